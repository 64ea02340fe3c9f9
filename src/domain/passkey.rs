//! Passkeys: what a browser brings of Web Authentication (Level 3), and whether it proves anything here.
//!
//! ```text
//!   made   webauthn.create, our challenge and origin, the credential's id in the data  --> public key, kept
//!   shown  webauthn.get, our challenge and origin, signature over data and client data --> present, verified or not
//! ```
//!
//! The browser gives the public key as SPKI beside the authenticator data, so no CBOR is read. With attestation `none`
//! nothing that comes with a new passkey is signed, neither the SPKI nor the COSE key in the data: comparing them would
//! only compare what the same hand wrote. A key is trusted on first use, which is why a passkey is made in a session that
//! was proven just before.

use std::net::Ipv4Addr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest::{SHA256, digest};
use ring::signature::{
    ECDSA_P256_SHA256_ASN1, ED25519, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey, VerificationAlgorithm,
};
use serde::Deserialize;
use uuid::Uuid;
use x509_cert::spki::{ObjectIdentifier, SubjectPublicKeyInfoRef};

use crate::clock::Timestamp;

/// Longest id of a credential, in bytes, as the standard says.
pub const MAX_CREDENTIAL_ID: usize = 1023;

/// Bits of the flags in authenticator data.
const PRESENT: u8 = 1;
const VERIFIED: u8 = 1 << 2;
const ATTESTED: u8 = 1 << 6;
const EXTENDED: u8 = 1 << 7;

/// What passkeys are made for: the origin of the pages, and its host, by which authenticators know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelyingParty {
    origin: String,
    id: String,
}

impl RelyingParty {
    /// The one at this origin; none where the host is an address, for which no browser makes a passkey.
    pub fn at(origin: &str) -> Option<Self> {
        let (_, authority) = origin.split_once("://")?;
        let host = authority.split_once(':').map_or(authority, |(host, _)| host);
        let is_name = !host.is_empty() && !host.starts_with('[') && host.parse::<Ipv4Addr>().is_err();
        is_name.then(|| Self { origin: origin.to_owned(), id: host.to_owned() })
    }

    /// The RP id.
    pub fn id(&self) -> &str {
        &self.id
    }

    fn hash(&self) -> [u8; 32] {
        sha256(self.id.as_bytes())
    }
}

/// How a passkey signs, by its COSE number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// Signatures of ECDSA on P-256 with SHA-256.
    Es256,
    /// Signatures of Ed25519.
    EdDsa,
    /// Signatures of RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
}

impl Algorithm {
    /// All of them, the preferred first.
    pub const ALL: [Self; 3] = [Self::EdDsa, Self::Es256, Self::Rs256];

    /// Its number in the registry of COSE, which is what browsers and the database call it.
    pub const fn number(self) -> i64 {
        match self {
            Self::Es256 => -7,
            Self::EdDsa => -8,
            Self::Rs256 => -257,
        }
    }

    /// The algorithm of this number, if it is one that is verified here.
    pub fn numbered(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.number() == number)
    }

    fn verification(self) -> &'static dyn VerificationAlgorithm {
        match self {
            Self::Es256 => &ECDSA_P256_SHA256_ASN1,
            Self::EdDsa => &ED25519,
            Self::Rs256 => &RSA_PKCS1_2048_8192_SHA256,
        }
    }
}

const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const P_256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const ED_25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");
const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");

/// The public key of a passkey.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    /// How it signs.
    pub algorithm: Algorithm,
    /// What the SPKI has of it: the point, the 32 bytes of Ed25519, or the key of RSA in DER.
    pub bytes: Vec<u8>,
}

impl PublicKey {
    /// Reads an SPKI, which must be of the algorithm that the browser says.
    pub fn of_spki(number: i64, spki: &[u8]) -> Option<Self> {
        let algorithm = Algorithm::numbered(number)?;
        let spki = SubjectPublicKeyInfoRef::try_from(spki).ok()?;
        let bytes = spki.subject_public_key.as_bytes()?;

        let fits = match algorithm {
            Algorithm::Es256 => {
                let curve = spki.algorithm.parameters_oid().ok();
                // The uncompressed form is all that is verified here.
                spki.algorithm.oid == EC_PUBLIC_KEY
                    && curve == Some(P_256)
                    && bytes.len() == 65
                    && bytes.starts_with(&[4])
            }
            Algorithm::EdDsa => spki.algorithm.oid == ED_25519 && bytes.len() == 32,
            // From 2048 bits to 8192.
            Algorithm::Rs256 => spki.algorithm.oid == RSA && (260..=1050).contains(&bytes.len()),
        };
        fits.then(|| Self { algorithm, bytes: bytes.to_vec() })
    }

    fn verifies(&self, signed: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(self.algorithm.verification(), &self.bytes).verify(signed, signature).is_ok()
    }
}

/// What a browser was asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ceremony {
    /// To make a passkey.
    Create,
    /// To show one.
    Get,
}

/// What a browser says of what it was asked to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientData {
    ceremony: Ceremony,
    challenge: Vec<u8>,
    origin: String,
    cross_origin: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ClientDataJson {
    r#type: String,
    challenge: String,
    origin: String,
    cross_origin: Option<bool>,
}

impl ClientData {
    /// Reads the JSON of a browser, whatever else is in it.
    pub fn read(json: &[u8]) -> Option<Self> {
        let read: ClientDataJson = serde_json::from_slice(json).ok()?;
        let ceremony = match read.r#type.as_str() {
            "webauthn.create" => Ceremony::Create,
            "webauthn.get" => Ceremony::Get,
            _ => return None,
        };
        Some(Self {
            ceremony,
            challenge: URL_SAFE_NO_PAD.decode(read.challenge).ok()?,
            origin: read.origin,
            cross_origin: read.cross_origin.unwrap_or(false),
        })
    }

    fn is(&self, ceremony: Ceremony, of: &RelyingParty) -> bool {
        self.ceremony == ceremony && self.origin == of.origin && !self.cross_origin
    }
}

/// What an authenticator says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthenticatorData {
    rp_id_hash: [u8; 32],
    flags: u8,
    sign_count: u32,
    /// The id of a credential that was made.
    credential_id: Option<Vec<u8>>,
}

impl AuthenticatorData {
    /// Reads the bytes of an authenticator; keys and extensions in them are left alone.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let (rp_id_hash, rest) = bytes.split_first_chunk::<32>()?;
        let (&[flags], rest) = rest.split_first_chunk::<1>()?;
        let (sign_count, rest) = rest.split_first_chunk::<4>()?;

        let credential_id = if flags & ATTESTED == 0 {
            if flags & EXTENDED == 0 && !rest.is_empty() {
                return None;
            }
            None
        } else {
            let (_aaguid, rest) = rest.split_first_chunk::<16>()?;
            let (length, rest) = rest.split_first_chunk::<2>()?;
            let (id, key) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
            let right = (1..=MAX_CREDENTIAL_ID).contains(&id.len()) && !key.is_empty();
            Some(right.then(|| id.to_vec())?)
        };
        let (rp_id_hash, sign_count) = (*rp_id_hash, u32::from_be_bytes(*sign_count));
        Some(Self { rp_id_hash, flags, sign_count, credential_id })
    }

    const fn has(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }

    /// Whether it is about us, and somebody was there.
    fn is_of(&self, of: &RelyingParty) -> bool {
        self.rp_id_hash == of.hash() && self.has(PRESENT)
    }
}

/// What a browser brings of a passkey that was just made, as bytes that nobody has looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registration {
    /// The id of the credential.
    pub credential_id: Vec<u8>,
    /// What the browser was asked, as JSON.
    pub client_data: Vec<u8>,
    /// What the authenticator says.
    pub authenticator_data: Vec<u8>,
    /// The public key, as SPKI in DER.
    pub public_key: Vec<u8>,
    /// The COSE number of its algorithm.
    pub algorithm: i64,
}

/// A passkey that was made for us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credential {
    /// The id by which an authenticator finds it.
    pub id: Vec<u8>,
    /// What its signatures are verified with.
    pub key: PublicKey,
    /// How often it has signed, where it counts that.
    pub sign_count: i64,
}

impl Registration {
    /// The challenge that it answers.
    pub fn challenge(&self) -> Option<Vec<u8>> {
        ClientData::read(&self.client_data).map(|said| said.challenge)
    }

    /// The passkey, if it was made for us.
    pub fn verify(&self, of: &RelyingParty) -> Option<Credential> {
        let said = ClientData::read(&self.client_data)?;
        let data = AuthenticatorData::read(&self.authenticator_data)?;
        let named = data.credential_id.as_deref() == Some(&self.credential_id);
        if !said.is(Ceremony::Create, of) || !data.is_of(of) || !named {
            return None;
        }

        let key = PublicKey::of_spki(self.algorithm, &self.public_key)?;
        Some(Credential { id: self.credential_id.clone(), key, sign_count: i64::from(data.sign_count) })
    }
}

/// What a browser brings of a passkey that is shown, as bytes that nobody has looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assertion {
    /// The id of the credential.
    pub credential_id: Vec<u8>,
    /// What the browser was asked, as JSON.
    pub client_data: Vec<u8>,
    /// What the authenticator says.
    pub authenticator_data: Vec<u8>,
    /// The signature over both.
    pub signature: Vec<u8>,
    /// Whose passkey the authenticator thinks it is, where it knows.
    pub user_handle: Option<Vec<u8>>,
}

/// What a passkey that was shown proves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shown {
    /// Whether the authenticator knew the person, by a finger, a face or a PIN: it proves as much as two steps then.
    pub user_verified: bool,
    /// How often it has signed, where it counts that.
    pub sign_count: i64,
}

impl Assertion {
    /// The challenge that it answers.
    pub fn challenge(&self) -> Option<Vec<u8>> {
        ClientData::read(&self.client_data).map(|said| said.challenge)
    }

    /// What it proves, if it was shown to us and signed with this key.
    pub fn verify(&self, of: &RelyingParty, key: &PublicKey) -> Option<Shown> {
        let said = ClientData::read(&self.client_data)?;
        let data = AuthenticatorData::read(&self.authenticator_data)?;
        if !said.is(Ceremony::Get, of) || !data.is_of(of) {
            return None;
        }

        let signed = [self.authenticator_data.as_slice(), &sha256(&self.client_data)].concat();
        let shown = Shown { user_verified: data.has(VERIFIED), sign_count: i64::from(data.sign_count) };
        key.verifies(&signed, &self.signature).then_some(shown)
    }
}

/// Whether a passkey that has signed so often can be the one that had: one that counts never comes to the same number
/// twice, unless there are two of it. The write of what it proves demands the same.
pub const fn counts_on(had: i64, has: i64) -> bool {
    has > had || (has == 0 && had == 0)
}

/// A challenge that was answered, to be used up by what the answer proves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answered {
    /// Its id.
    pub id: Uuid,
    /// From when on nothing is proven by it.
    pub expires_at: Timestamp,
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    digest(&SHA256, bytes).as_ref().try_into().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use ring::signature::{Ed25519KeyPair, KeyPair as _};

    const ORIGIN: &str = "http://localhost:8600";
    /// What a browser says, with the challenge 1 2 3 4.
    const GET: &str = r#"{"type":"webauthn.get","challenge":"AQIDBA","origin":"http://localhost:8600","crossOrigin":false,"other_keys_can_be_added_here":"x"}"#;
    const CREATE: &str =
        r#"{"type":"webauthn.create","challenge":"AQIDBA","origin":"http://localhost:8600"}"#;
    /// Keys of OpenSSL, and its signatures over `data(5, 7)` and `GET`.
    const ES_256: &str = "\
        MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEhjrJ0USc-QEaB5bQC9WXruc4S-CtST8cXNbm90v6jTBP64sEFGnq9lAeD_n4OP12\
        CPp6Mq-bSO2EHdHXkMZzQA";
    const ES_256_SIGNED: &str = "\
        MEYCIQDC3JQbikNIZXjflE3WrAMfQB6KIbF-F1Y9Eqc4umOHYwIhALVz-90igDHrGT7lQo49jgytUrxPLQGFEgI3kPKQeTEa";
    const RS_256: &str = "\
        MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAjcjA2Bx_DyyxLfK4nMjtrK9K8WNFTfb0XDsA6gasYSu-SagnMQ26PKTO\
        OdQ6yWcU9XI3V53YfWSDNagHhMHh_ITEP258oJ3rzaYb3ZupqGFqh_9cPopiJ80oWmIWAlTMauIywTmJI0FE_hC9qtsOptZszpDO\
        7bicV0Zxp96errmsxFCGNpSYksxI-GskkyVEgtSat2IRVwwUPrGqf7SPseNdVwZ2C-ZmzNHVGuhbuJPZyvFoB8CbPpVs-ghj572N\
        IDeQG31jDF9lyyUO-o522-revlCVyAMlvIxx25WhQU6yg-_uZJFU7Rh1Xzf716NIDfft21Pxd-EO3tHuz-25pwIDAQAB";
    const RS_256_SIGNED: &str = "\
        chTji_O0J6YkVVOoocErx-Vq1VLUFZPzd80xprHQ7lbFZs9nEB7dZ2Y70TibWg8cqLM6kZaunBNpPENtuoWshKO4ofJyTd0KxySU\
        77zS_QsrdreWN3_r57L9WlAIg7mvXKuVVMsMaTluak9oc77MF3jCbC-8SCCPF8HIQlN-X-ylG0-GE7idG0spb8NHuuFnovAJhrXl\
        oOAuVckXBkVGG7Sv-IP92Jx8vcpUDNtpBzczMSPactprXa4jNn-N9obiDlhviez3ggY5Pcy5RMLsV0DbNcv5Ht2RN2WoEKHwMoYS\
        7L2_rMqwHGPpU1ikIArpu34Ik2hjQeLl7-djATmdoA";

    fn bytes(text: &str) -> Vec<u8> {
        URL_SAFE_NO_PAD.decode(text).unwrap()
    }

    fn localhost() -> RelyingParty {
        RelyingParty::at(ORIGIN).unwrap()
    }

    /// Authenticator data of `localhost`.
    fn data(flags: u8, sign_count: u32) -> Vec<u8> {
        [&sha256(b"localhost")[..], &[flags], &sign_count.to_be_bytes()].concat()
    }

    /// The same with a credential that was made.
    fn made(flags: u8, id: &[u8], key: &[u8]) -> Vec<u8> {
        let length = u16::try_from(id.len()).unwrap().to_be_bytes();
        [&data(flags | ATTESTED, 0)[..], &[0; 16], &length, id, key].concat()
    }

    fn ed_25519() -> (Ed25519KeyPair, Vec<u8>) {
        let pair = Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap();
        let spki = [&bytes("MCowBQYDK2VwAyEA")[..], pair.public_key().as_ref()].concat();
        (pair, spki)
    }

    fn shown(client_data: &str, authenticator_data: Vec<u8>) -> Assertion {
        let (pair, _) = ed_25519();
        let signed = [&authenticator_data[..], &sha256(client_data.as_bytes())].concat();
        Assertion {
            credential_id: vec![1],
            client_data: client_data.into(),
            authenticator_data,
            signature: pair.sign(&signed).as_ref().to_vec(),
            user_handle: None,
        }
    }

    fn verify(assertion: &Assertion) -> Option<Shown> {
        assertion.verify(&localhost(), &PublicKey::of_spki(-8, &ed_25519().1).unwrap())
    }

    fn registration() -> Registration {
        Registration {
            credential_id: vec![1, 2, 3],
            client_data: CREATE.into(),
            authenticator_data: made(PRESENT, &[1, 2, 3], &[0xa4]),
            public_key: ed_25519().1,
            algorithm: -8,
        }
    }

    #[test]
    fn passkeys_are_made_for_names_and_not_for_addresses() {
        let id = |origin| RelyingParty::at(origin).map(|of| of.id().to_owned());
        assert_eq!(id("http://localhost:8600").as_deref(), Some("localhost"));
        assert_eq!(id("https://mail.example.org").as_deref(), Some("mail.example.org"));
        for address in
            ["https://192.0.2.7", "https://192.0.2.7:8443", "https://[2001:db8::7]:8443", "mail", ""]
        {
            assert_eq!(id(address), None, "{address}");
        }
    }

    #[test]
    fn what_openssl_has_signed_is_verified() {
        for (number, key, signature) in [(-7, ES_256, ES_256_SIGNED), (-257, RS_256, RS_256_SIGNED)] {
            let key = PublicKey::of_spki(number, &bytes(key)).unwrap();
            let (client_data, signature) = (GET.as_bytes().to_vec(), bytes(signature));
            let mut assertion = Assertion {
                signature,
                client_data,
                authenticator_data: data(5, 7),
                ..shown(GET, Vec::new())
            };
            let right = Some(Shown { user_verified: true, sign_count: 7 });
            assert_eq!(assertion.verify(&localhost(), &key), right);
            assertion.authenticator_data = data(5, 8);
            assert_eq!(assertion.verify(&localhost(), &key), None);
        }
    }

    #[test]
    fn a_passkey_proves_something_to_the_pages_it_was_asked_by_only() {
        assert_eq!(verify(&shown(GET, data(1, 0))), Some(Shown { user_verified: false, sign_count: 0 }));
        assert_eq!(verify(&shown(GET, data(5, 9))), Some(Shown { user_verified: true, sign_count: 9 }));
        assert_eq!(shown(GET, data(5, 9)).challenge(), Some(vec![1, 2, 3, 4]));

        for other in [
            CREATE.to_owned(),
            GET.replace("8600", "8601"),
            GET.replace("http:", "https:"),
            GET.replace("localhost:8600", "localhost:8600/"),
            GET.replace("\"crossOrigin\":false", "\"crossOrigin\":true"),
            GET.replace("webauthn.get", "payment.get"),
        ] {
            assert_eq!(verify(&shown(&other, data(5, 9))), None, "{other}");
        }
        // Nobody was there; other pages.
        assert_eq!(verify(&shown(GET, data(4, 9))), None);
        let mut elsewhere = data(5, 9);
        elsewhere[0] ^= 1;
        assert_eq!(verify(&shown(GET, elsewhere)), None);
        // Signed is what is there, by whoever has the key.
        let right = shown(GET, data(5, 9));
        let mut signature = right.signature.clone();
        signature[10] ^= 1;
        for wrong in [
            Assertion { authenticator_data: data(5, 10), ..right.clone() },
            Assertion { client_data: GET.replace("\"x\"", "\"y\"").into(), ..right.clone() },
            Assertion { signature, ..right.clone() },
            Assertion { signature: Vec::new(), ..right.clone() },
        ] {
            assert_eq!(verify(&wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn a_passkey_is_made_for_the_pages_that_asked_only() {
        let of = localhost();
        let right = registration();
        let made_here = right.verify(&of).unwrap();
        assert_eq!(
            (made_here.id, made_here.key.algorithm, made_here.sign_count),
            (vec![1, 2, 3], Algorithm::EdDsa, 0)
        );

        let with = |data: Vec<u8>| Registration { authenticator_data: data, ..right.clone() };
        let said = |json: String| Registration { client_data: json.into(), ..right.clone() };
        for wrong in [
            said(GET.into()),
            said(CREATE.replace("8600", "8601")),
            said(CREATE.replace('}', ",\"crossOrigin\":true}")),
            with(made(0, &[1, 2, 3], &[0xa4])),
            with(made(PRESENT, &[1, 2, 4], &[0xa4])),
            with(made(PRESENT, &[1, 2, 3], &[])),
            with(data(PRESENT, 0)),
            Registration {
                credential_id: Vec::new(),
                authenticator_data: made(PRESENT, &[], &[1]),
                ..right.clone()
            },
            Registration { algorithm: -7, ..right.clone() },
            Registration { algorithm: -7, public_key: bytes(RS_256), ..right.clone() },
            Registration { algorithm: -36, ..right.clone() },
            Registration { public_key: ed_25519().1[..43].to_vec(), ..right.clone() },
            Registration { public_key: [&ed_25519().1[..], &[0]].concat(), ..right.clone() },
        ] {
            assert_eq!(wrong.verify(&of), None, "{wrong:?}");
        }
        assert_eq!(right.verify(&RelyingParty::at("http://localhost:8601").unwrap()), None);
        let (other, data) =
            (RelyingParty::at("https://example.org").unwrap(), right.authenticator_data.clone());
        let there = Registration {
            client_data: CREATE.replace(ORIGIN, "https://example.org").into(),
            authenticator_data: data,
            ..right
        };
        assert_eq!(there.verify(&other), None);
    }

    #[test]
    fn data_that_break_off_or_go_on_are_none() {
        let whole = made(PRESENT, &[1, 2, 3], &[0xa4]);
        for end in 0..whole.len() {
            assert_eq!(AuthenticatorData::read(&whole[..end]), None, "{end}");
        }
        assert_eq!(AuthenticatorData::read(&[&data(1, 0)[..], &[0]].concat()), None);
        // Extensions follow, if it says so.
        assert!(AuthenticatorData::read(&[&data(1 | EXTENDED, 0)[..], &[0xa0]].concat()).is_some());
        assert_eq!(AuthenticatorData::read(&made(PRESENT, &[1; 1024], &[1])), None);
        assert!(AuthenticatorData::read(&made(PRESENT, &[1; 1023], &[1])).is_some());

        for end in 0..GET.len() {
            assert_eq!(ClientData::read(&GET.as_bytes()[..end]), None, "{end}");
        }
        for odd in ["null", "[]", "{}", &GET.replace("AQIDBA", "AQIDBA=="), &GET.replace("AQIDBA", "+/")] {
            assert_eq!(ClientData::read(odd.as_bytes()), None, "{odd}");
        }
    }

    #[test]
    fn one_that_counts_never_comes_to_the_same_number_twice() {
        assert!(counts_on(0, 0) && counts_on(0, 1) && counts_on(7, 8));
        assert!(!counts_on(7, 7) && !counts_on(7, 6) && !counts_on(7, 0));
    }

    proptest! {
        #[test]
        fn whatever_is_sent_is_read_or_not(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let read = AuthenticatorData::read(&bytes);
            prop_assert!(read.is_none_or(|read| read.rp_id_hash == bytes[..32]));
            prop_assert!(PublicKey::of_spki(-7, &bytes).is_none());
        }
    }
}

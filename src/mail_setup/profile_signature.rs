//! The signature of a profile: CMS `SignedData` (RFC 5652) around it, so that Apple's devices say whose it is instead of
//! "Not Signed".
//!
//! The types of the certificate come from x509-cert, which is in the tree already; the five that CMS adds to them are
//! here. The signature itself is made by rustls, with whatever key a web server may have, but Ed25519: CMS has it (RFC
//! 8419), and Apple's devices and older verifiers do not.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use der::asn1::{Any, GeneralizedTime, ObjectIdentifier, OctetString, OctetStringRef, SetOfVec, UtcTime};
use der::{Decode as _, Encode as _, Sequence, ValueOrd};
use ring::digest::{self, SHA256, SHA384};
use rustls::SignatureScheme;
use rustls::sign::{CertifiedKey, SigningKey};
use x509_cert::Certificate;
use x509_cert::attr::{Attribute, Attributes};
use x509_cert::name::Name;
use x509_cert::serial_number::SerialNumber;
use x509_cert::spki::AlgorithmIdentifierOwned;
use zeroize::Zeroizing;

use crate::clock::Timestamp;
use crate::domain::secret::Secret;

const DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.1");
const SIGNED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.2");
const CONTENT_TYPE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.3");
const MESSAGE_DIGEST: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.4");
const SIGNING_TIME: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.5");

/// What is signed with, and how CMS calls it.
struct Algorithm {
    scheme: SignatureScheme,
    digest: &'static digest::Algorithm,
    digest_oid: ObjectIdentifier,
    signature_oid: ObjectIdentifier,
    /// RSA says that it has no parameters, ECDSA says nothing (RFC 3370, RFC 5758).
    says_null: bool,
}

const ID_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");
const ID_SHA384: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.2");

/// A key of P-384 signs SHA-384 only, all others SHA-256.
const ALGORITHMS: [Algorithm; 3] = [
    Algorithm {
        scheme: SignatureScheme::RSA_PKCS1_SHA256,
        digest: &SHA256,
        digest_oid: ID_SHA256,
        signature_oid: ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1"),
        says_null: true,
    },
    Algorithm {
        scheme: SignatureScheme::ECDSA_NISTP256_SHA256,
        digest: &SHA256,
        digest_oid: ID_SHA256,
        signature_oid: ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2"),
        says_null: false,
    },
    Algorithm {
        scheme: SignatureScheme::ECDSA_NISTP384_SHA384,
        digest: &SHA384,
        digest_oid: ID_SHA384,
        signature_oid: ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.3"),
        says_null: false,
    },
];

impl Algorithm {
    fn of(key: &dyn SigningKey) -> Result<&'static Self, SignatureError> {
        let fits = |algorithm: &&Self| key.choose_scheme(&[algorithm.scheme]).is_some();
        ALGORITHMS.iter().find(fits).ok_or(SignatureError::Key)
    }

    fn digest(&self) -> AlgorithmIdentifierOwned {
        AlgorithmIdentifierOwned { oid: self.digest_oid, parameters: None }
    }

    fn signature(&self) -> AlgorithmIdentifierOwned {
        let parameters = self.says_null.then(Any::null);
        AlgorithmIdentifierOwned { oid: self.signature_oid, parameters }
    }
}

#[derive(Sequence)]
struct ContentInfo<'a> {
    content_type: ObjectIdentifier,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT")]
    content: SignedData<'a>,
}

#[derive(Sequence)]
struct SignedData<'a> {
    version: u8,
    digest_algorithms: SetOfVec<AlgorithmIdentifierOwned>,
    content: EncapsulatedContent<'a>,
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT")]
    certificates: SetOfVec<Any>,
    signers: SetOfVec<SignerInfo>,
}

#[derive(Sequence)]
struct EncapsulatedContent<'a> {
    content_type: ObjectIdentifier,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT")]
    content: &'a OctetStringRef,
}

#[derive(Sequence, ValueOrd)]
struct SignerInfo {
    version: u8,
    signer: IssuerAndSerialNumber,
    digest_algorithm: AlgorithmIdentifierOwned,
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT")]
    signed_attributes: Attributes,
    signature_algorithm: AlgorithmIdentifierOwned,
    signature: OctetString,
}

#[derive(Sequence, ValueOrd)]
struct IssuerAndSerialNumber {
    issuer: Name,
    serial_number: SerialNumber,
}

/// Why nothing can be signed.
#[derive(Debug, thiserror::Error)]
pub enum SignatureError {
    /// The key is of a kind that devices do not verify.
    #[error("its key must be RSA, or ECDSA on P-256 or P-384: Apple's devices verify no other signature")]
    Key,
    /// There is no certificate, or it cannot be read.
    #[error("its certificate cannot be read: {0}")]
    Certificate(der::Error),
    /// The signature cannot be made or written down.
    #[error("it cannot sign: {0}")]
    Failed(String),
}

impl From<der::Error> for SignatureError {
    fn from(error: der::Error) -> Self {
        Self::Failed(error.to_string())
    }
}

type CurrentIdentity = dyn Fn() -> Arc<CertifiedKey> + Send + Sync;

/// Signs profiles with a certificate that may be renewed meanwhile.
pub struct ProfileSigner(Box<CurrentIdentity>);

impl ProfileSigner {
    /// One that asks for the certificate each time. It is refused if what there is now can sign nothing.
    pub fn new(
        current: impl Fn() -> Arc<CertifiedKey> + Send + Sync + 'static,
    ) -> Result<Self, SignatureError> {
        let identity = current();
        Algorithm::of(&*identity.key)?;
        signer(&identity)?;
        Ok(Self(Box::new(current)))
    }

    /// The signed profile in DER, as it was signed at this time.
    pub fn sign(&self, profile: &Secret, at: Timestamp) -> Result<Zeroizing<Vec<u8>>, SignatureError> {
        sign(profile, &(self.0)(), at)
    }
}

impl fmt::Debug for ProfileSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ProfileSigner")
    }
}

fn sign(
    profile: &Secret,
    identity: &CertifiedKey,
    at: Timestamp,
) -> Result<Zeroizing<Vec<u8>>, SignatureError> {
    let content = profile.expose().as_bytes();
    let algorithm = Algorithm::of(&*identity.key)?;
    let signed_attributes = attributes(digest::digest(algorithm.digest, content).as_ref(), at)?;

    // It is the set that is signed (RFC 5652 section 5.4), not the field of the message, which has another tag.
    let signature = make_signature(algorithm, &*identity.key, &signed_attributes.to_der()?)?;
    let info = SignerInfo {
        version: 1,
        signer: signer(identity)?,
        digest_algorithm: algorithm.digest(),
        signed_attributes,
        signature_algorithm: algorithm.signature(),
        signature: OctetString::new(signature)?,
    };

    let certificates: Result<Vec<Any>, der::Error> =
        identity.cert.iter().map(|one| Any::from_der(one)).collect();
    let message = ContentInfo {
        content_type: SIGNED_DATA,
        content: SignedData {
            version: 1,
            digest_algorithms: SetOfVec::from_iter([algorithm.digest()])?,
            content: EncapsulatedContent { content_type: DATA, content: OctetStringRef::new(content)? },
            certificates: SetOfVec::from_iter(certificates?)?,
            signers: SetOfVec::from_iter([info])?,
        },
    };

    // Of the right length from the beginning: a buffer that grows leaves copies of the password behind.
    let length = usize::try_from(message.encoded_len()?)?;
    let mut written = Zeroizing::new(vec![0; length]);
    message.encode_to_slice(&mut written)?;
    Ok(written)
}

/// Who has signed: the first certificate, by its issuer and number.
fn signer(identity: &CertifiedKey) -> Result<IssuerAndSerialNumber, SignatureError> {
    let first = identity.cert.first().map_or(&[][..], |certificate| certificate);
    let certificate = Certificate::from_der(first).map_err(SignatureError::Certificate)?;
    let certificate = certificate.tbs_certificate();
    Ok(IssuerAndSerialNumber {
        issuer: certificate.issuer().clone(),
        serial_number: certificate.serial_number().clone(),
    })
}

/// What is signed: the kind of the content, its digest, and the time.
fn attributes(digest: &[u8], at: Timestamp) -> Result<Attributes, SignatureError> {
    let since_1970 = Duration::from_secs(u64::try_from(at.seconds()).unwrap_or(0));
    // Two digits of the year are enough until 2049, and longer ones are not allowed before.
    let time = match UtcTime::from_unix_duration(since_1970) {
        Ok(time) => Any::encode_from(&time)?,
        Err(_) => Any::encode_from(&GeneralizedTime::from_unix_duration(since_1970)?)?,
    };

    let all = [
        (CONTENT_TYPE, Any::encode_from(&DATA)?),
        (SIGNING_TIME, time),
        (MESSAGE_DIGEST, Any::encode_from(&OctetStringRef::new(digest)?)?),
    ];
    let all = all.map(|(oid, value)| Ok(Attribute { oid, values: SetOfVec::from_iter([value])? }));
    let all: Vec<Attribute> = all.into_iter().collect::<Result<_, der::Error>>()?;
    Ok(SetOfVec::from_iter(all)?)
}

fn make_signature(
    algorithm: &Algorithm,
    key: &dyn SigningKey,
    message: &[u8],
) -> Result<Vec<u8>, SignatureError> {
    let signer = key.choose_scheme(&[algorithm.scheme]).ok_or(SignatureError::Key)?;
    signer.sign(message).map_err(|why| SignatureError::Failed(why.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity(algorithm: &'static rcgen::SignatureAlgorithm) -> Arc<CertifiedKey> {
        let key = rcgen::KeyPair::generate_for(algorithm).unwrap();
        let parameters = rcgen::CertificateParams::new(["mail.example.org".to_owned()]).unwrap();
        let certificate = parameters.self_signed(&key).unwrap();
        let key = rustls::pki_types::PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let provider = rustls::crypto::ring::default_provider();
        Arc::new(CertifiedKey::from_der(vec![certificate.der().clone()], key, &provider).unwrap())
    }

    /// That it verifies is for OpenSSL to say, in `tests/real`; here, that it can be read back.
    #[test]
    fn what_is_signed_holds_the_profile_the_certificate_and_the_time() {
        let at = Timestamp::parse("2026-11-28T09:08:07Z").unwrap();
        for (kind, digest) in
            [(&rcgen::PKCS_ECDSA_P256_SHA256, ID_SHA256), (&rcgen::PKCS_ECDSA_P384_SHA384, ID_SHA384)]
        {
            let identity = identity(kind);
            let current = Arc::clone(&identity);
            let signer = ProfileSigner::new(move || Arc::clone(&current)).unwrap();
            let message = signer.sign(&Secret::new("<plist/>".into()), at).unwrap();

            let read = ContentInfo::from_der(&message).unwrap().content;
            assert_eq!(read.content.content.as_bytes(), b"<plist/>");
            assert_eq!(read.certificates.get(0).unwrap().to_der().unwrap(), identity.cert[0].as_ref());
            let info = read.signers.get(0).unwrap();
            assert_eq!((info.digest_algorithm.oid, info.signed_attributes.len()), (digest, 3));
            assert!(message.windows(13).any(|bytes| bytes == b"261128090807Z"));
        }
    }

    #[test]
    fn from_2050_on_the_year_has_four_digits() {
        let at = Timestamp::parse("2050-01-01T00:00:00Z").unwrap();
        let signed = sign(&Secret::new("x".into()), &identity(&rcgen::PKCS_ECDSA_P256_SHA256), at).unwrap();
        assert!(signed.windows(15).any(|bytes| bytes == b"20500101000000Z"));
    }

    #[test]
    fn ed25519_is_refused_before_anything_is_signed() {
        let identity = identity(&rcgen::PKCS_ED25519);
        let why = ProfileSigner::new(move || Arc::clone(&identity)).unwrap_err();
        assert!(why.to_string().contains("RSA, or ECDSA"), "{why}");
    }
}

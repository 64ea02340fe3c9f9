//! Values that strangers write: secrets, logins, networks, times.

use std::net::IpAddr;

use clientpass::clock::Timestamp;
use clientpass::domain::leak::LeakedString;
use clientpass::domain::login::Login;
use clientpass::domain::network::Networks;
use clientpass::domain::passkey::{Algorithm, Assertion, PublicKey, Registration, RelyingParty};
use clientpass::domain::place::Place;
use clientpass::domain::scan::{Finding, Scanner};
use clientpass::domain::secret::{
    CanonicalSecret, LETTERS, Token, looks_like_secret, recognise_recovery_code,
};

/// Recognition is idempotent, what is shown is a fixed point, and the way for ASCII gives what the long one gives.
pub fn client_password(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let recognised = CanonicalSecret::recognise(&text);
    let long_way = CanonicalSecret::recognise(&format!("{text}\u{200b}"));
    assert!(recognised == long_way, "the two ways differ");
    let code = recognise_recovery_code(&text);
    let Some(secret) = recognised else { return };
    assert_eq!(secret.letters().len(), LETTERS);
    assert!(CanonicalSecret::recognise(secret.letters()).as_ref() == Some(&secret), "not idempotent");
    assert!(CanonicalSecret::recognise(secret.grouped().expose()).as_ref() == Some(&secret));
    assert!(looks_like_secret(&text), "it would be logged");
    assert!(code.is_none(), "it is a recovery code, too");
}

/// A token is taken as it is written or not at all, and never logged.
pub fn token(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let Some(token) = Token::recognise(&text) else { return };
    assert_eq!(token.text().expose(), text);
    assert!(looks_like_secret(&text), "it would be logged");
    assert!(Token::recognise(&text[..text.len() - 1]).is_none(), "half of it is one, too");
}

/// What is found is one of ours, in a line that is there, and the same however the bytes are cut; a secret between any bytes
/// that are no letters and digits is found.
pub fn scan(input: &[u8]) {
    let whole = scanned(&[input]);
    let lines = input.split(|byte| *byte == b'\n').count() as u64;
    for finding in &whole {
        let text = finding.string.text();
        assert_eq!(LeakedString::recognise(text).as_ref(), Some(&finding.string));
        assert!(finding.line <= lines && finding.column >= 1);
        assert!(!finding.string.masked().contains(text), "it is shown whole");
    }
    let cut = usize::from(input.first().copied().unwrap_or(0)).min(input.len());
    let (one, other) = input.split_at(cut);
    assert_eq!(scanned(&[one, other]), whole, "the cut is seen");

    let between = [input, b" qwert-yuiop-asdfg-hjklz-xcvbn-mqwxm ", input].concat();
    let known = CanonicalSecret::recognise("qwertyuiopasdfghjklzxcvbnmqwxm");
    let is_known = |finding: &Finding| known.as_ref().is_some_and(|of| finding.string.text() == of.letters());
    assert!(scanned(&[&between]).iter().any(is_known), "one was missed");
}

fn scanned(pieces: &[&[u8]]) -> Vec<Finding> {
    let mut all = Vec::new();
    let mut scanner = Scanner::default();
    for piece in pieces {
        scanner.push(piece, &mut |finding| all.push(finding));
    }
    scanner.finish(&mut |finding| all.push(finding));
    all.sort_by(|one, other| {
        let place = |of: &Finding| (of.line, of.column, of.string.text().to_owned());
        place(one).cmp(&place(other))
    });
    all
}

/// A login is found whatever its case, and what is looked up is looked up as itself.
pub fn login(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let presented = Login::presented(&text);
    assert_eq!(Login::presented(&presented), presented);
    let Ok(login) = Login::parse("login", &text) else { return };
    assert_eq!(login.as_str(), presented, "it could not be found");
    assert_eq!(Login::parse("login", login.as_str()).as_ref(), Ok(&login));
    assert_eq!(Login::presented(&login.as_str().to_uppercase()), presented);
    assert!(login.as_str().ends_with(login.domain()) && !login.domain().is_empty());
    assert!(login.as_str().bytes().all(|byte| byte.is_ascii_graphic()), "it could break a line");
}

/// A line of what a browser says, then what an authenticator says; the rest is taken for a signature and a key as well.
/// Nobody without the key proves anything, and what is made has the id that it was made with.
pub fn passkey(input: &[u8]) {
    let end = input.iter().position(|byte| *byte == b'\n').unwrap_or(input.len());
    let (client_data, rest) = (input[..end].to_vec(), input.get(end + 1..).unwrap_or_default().to_vec());
    let of = RelyingParty::at("http://localhost:8600").unwrap();

    for algorithm in Algorithm::ALL {
        let assertion = Assertion {
            credential_id: rest.clone(),
            client_data: client_data.clone(),
            authenticator_data: rest.clone(),
            signature: rest.clone(),
            user_handle: None,
        };
        let key = PublicKey { algorithm, bytes: vec![4; 65] };
        assert_eq!(assertion.verify(&of, &key), None);

        let made = Registration {
            credential_id: rest.get(55..75).unwrap_or_default().to_vec(),
            client_data: client_data.clone(),
            authenticator_data: rest.clone(),
            public_key: SPKI.to_vec(),
            algorithm: algorithm.number(),
        };
        if let Some(credential) = made.verify(&of) {
            assert_eq!((&credential.id, credential.id.len()), (&made.credential_id, 20));
            assert!(made.challenge().is_some() && algorithm == Algorithm::EdDsa);
        }
        if let Some(key) = PublicKey::of_spki(algorithm.number(), &rest) {
            assert!(key.algorithm == algorithm && rest.ends_with(&key.bytes));
        }
    }
}

/// A key of Ed25519.
const SPKI: &[u8; 44] = b"\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00\
    \x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\
    \x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07";

/// Lines of blocks. What is stored is read back, and a list allows what its blocks say, written in any way.
pub fn networks(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let lines: Vec<&str> = text.lines().collect();
    if let Some(address) = lines.first().and_then(|line| line.parse::<IpAddr>().ok()) {
        let place = Place::at(address);
        let network = place.network().unwrap();
        assert_eq!(Place::at(network).network(), Some(network));
        assert_eq!(place.network_text(), Place::at(network).network_text());
    }
    let Ok(networks) = Networks::parse("networks", &lines) else { return };
    assert_eq!(Networks::from_text(&networks.to_text()).as_ref(), Some(&networks));
    let blocks = networks.blocks();
    assert_eq!(Networks::parse("networks", &blocks).as_ref(), Ok(&networks));
    assert!(networks.contain(&networks) && Networks::ANY.contain(&networks));
    assert_eq!(networks.allow(None), blocks.is_empty());
    for block in blocks {
        let (first, _) = block.split_once('/').expect("a block has a prefix");
        let first: IpAddr = first.parse().expect("a block begins with an address");
        assert!(networks.allow(Some(first)), "{block} does not allow {first}");
        let alone = Networks::parse("networks", &[block]).expect("one of a list is a list");
        assert!(networks.contain(&alone));
    }
}

/// A time that is read is written so that it is read again as the same one.
pub fn timestamp(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let Some(time) = Timestamp::parse(&text) else { return };
    assert_eq!(Timestamp::parse(&time.to_string()), Some(time), "{time}");
}

//! Basic credentials (RFC 7617): what `Authorization` of an HTTP request holds.

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use zeroize::Zeroizing;

/// Some clients leave the padding away.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A name and a password, byte for byte as they were typed.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    both: Zeroizing<Vec<u8>>,
    colon: usize,
}

impl Credentials {
    /// Reads the value of `Authorization`; `None` if it holds no Basic credentials.
    pub fn read(value: &[u8]) -> Option<Self> {
        let (scheme, encoded) = value.split_at_checked(6)?;
        if !scheme.eq_ignore_ascii_case(b"basic ") {
            return None;
        }
        let both = Zeroizing::new(LENIENT.decode(encoded.trim_ascii()).ok()?);
        let colon = both.iter().position(|byte| *byte == b':')?;
        Some(Self { both, colon })
    }

    /// What stands before the first colon.
    pub fn name(&self) -> &[u8] {
        self.both.get(..self.colon).unwrap_or_default()
    }

    /// What stands behind it.
    pub fn password(&self) -> &[u8] {
        self.both.get(self.colon + 1..).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::prelude::BASE64_STANDARD;
    use proptest::prelude::*;

    fn header(scheme: &str, bytes: &[u8]) -> Vec<u8> {
        format!("{scheme} {}", BASE64_STANDARD.encode(bytes)).into_bytes()
    }

    proptest! {
        #[test]
        fn name_and_password_arrive_as_they_were_typed(name: Vec<u8>, password: Vec<u8>) {
            prop_assume!(!name.contains(&b':'));
            let read = Credentials::read(&header("Basic", &[&name[..], b":", &password].concat())).unwrap();
            prop_assert_eq!((read.name(), read.password()), (&name[..], &password[..]));
        }

        #[test]
        fn no_header_makes_it_panic(value: Vec<u8>, scheme in "(?i)basic +") {
            for value in [value.clone(), [scheme.as_bytes(), &value].concat()] {
                if let Some(read) = Credentials::read(&value) {
                    prop_assert!(read.name().len() + read.password().len() < value.len());
                }
            }
        }
    }

    #[test]
    fn odd_bytes_pass_and_other_schemes_do_not() {
        let read = |value: &[u8]| {
            Credentials::read(value).map(|read| (read.name().to_vec(), read.password().to_vec()))
        };
        let pair = |name: &[u8], password: &[u8]| Some((name.to_vec(), password.to_vec()));

        assert_eq!(read(&header("bAsIc", b"a@b:c:d%41+ \x01\t\xe4")), pair(b"a@b", b"c:d%41+ \x01\t\xe4"));
        assert_eq!(read(b"Basic   YTpi "), pair(b"a", b"b"));
        assert_eq!(read(b"Basic YTpiYw"), pair(b"a", b"bc"));
        assert_eq!(read(&header("Basic", b":")), pair(b"", b""));

        for odd in [&b"Basic"[..], b"Basic ", b"Basic ???", b"Bearer YTpi", b"", b"BasicYTpi", b"Basic YWI"] {
            assert_eq!(read(odd), None, "{}", String::from_utf8_lossy(odd));
        }
    }
}

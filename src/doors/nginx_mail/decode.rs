//! `Auth-User` and `Auth-Pass` as nginx writes them: space, `%` and the bytes 00 to 1F as `%XX`, every other byte
//! as it is, so `+` is a plus and UTF-8 is raw (`NGX_ESCAPE_MAIL_AUTH`, since nginx 0.6.8).

use zeroize::Zeroizing;

/// What was typed, byte for byte. `None` for what nginx never writes: then something else has written it, and what was
/// typed is not known.
pub fn decode(value: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let mut typed = Zeroizing::new(Vec::with_capacity(value.len()));
    let mut rest = value.iter();
    while let Some(byte) = rest.next() {
        typed.push(match byte {
            b'%' => escaped(*rest.next()?, *rest.next()?)?,
            0..=b' ' => return None,
            byte => *byte,
        });
    }
    Some(typed)
}

/// One of the bytes that nginx escapes.
fn escaped(high: u8, low: u8) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let byte = digit(high)? * 16 + digit(low)?;
    matches!(byte, 0..=b' ' | b'%').then_some(byte)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// As nginx does it.
    fn encode(typed: &[u8]) -> Vec<u8> {
        let escape = |byte: &u8| match byte {
            0..=b' ' | b'%' => format!("%{byte:02X}").into_bytes(),
            byte => vec![*byte],
        };
        typed.iter().flat_map(escape).collect()
    }

    proptest! {
        #[test]
        fn every_byte_arrives_as_it_was_typed(typed: Vec<u8>) {
            prop_assert_eq!(decode(&encode(&typed)).unwrap().to_vec(), typed);
        }

        #[test]
        fn no_header_makes_it_panic_or_longer(value: Vec<u8>) {
            prop_assert!(decode(&value).is_none_or(|typed| typed.len() <= value.len()));
        }
    }

    #[test]
    fn only_what_nginx_escapes_is_unescaped() {
        let read =
            |text: &str| decode(text.as_bytes()).map(|typed| String::from_utf8(typed.to_vec()).unwrap());
        assert_eq!(read("100%25+%20\"\\ä%01%09").unwrap(), "100%+ \"\\ä\u{1}\t");
        assert_eq!(read("%2520").unwrap(), "%20", "nothing is read twice");
        for odd in ["a b", "a\tb", "%", "%2", "%zz", "%41", "%C3%A4", "%2B", "%+1", "100%"] {
            assert_eq!(read(odd), None, "{odd}");
        }
    }
}

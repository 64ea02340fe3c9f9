//! Distinguished names as text (RFC 4514): read into their parts, and values escaped for one.
//!
//! Read is what RFC 4514 writes, with spaces around separators. A value in `#hex`, quotes and RDNs of
//! several attributes are no names of ours, so they are not read. Programs that put a login into a name as it was typed
//! (saslauthd's fastbind, printers) are understood where only one thing can be meant.

use std::fmt::Write as _;

/// A part of a name: `uid=alice`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rdn {
    /// The attribute, in lower case.
    pub attribute: String,
    /// The value, unescaped.
    pub value: String,
}

/// Characters that a value may contain only behind a backslash.
const SPECIAL: [char; 7] = ['"', '+', ',', ';', '<', '>', '\\'];

/// How a value is read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reading {
    /// As RFC 4514 has it.
    Strict,
    /// So that `+` and `#` may stand where they can be nothing but letters of a login.
    Lenient,
}

/// Reads a name into its parts, the most special first. `None` if it is none; the empty name has no parts.
pub fn parse(text: &str) -> Option<Vec<Rdn>> {
    read(text, Reading::Strict)
}

/// The same of a name whose first value may be a login that nobody has escaped: `uid=anna+work@example.org`. A `+` that
/// begins another `attribute=value` still makes it no name of ours, so whatever is read without a backslash is what was
/// typed, and no two logins are read as one.
pub fn parse_lenient(text: &str) -> Option<Vec<Rdn>> {
    read(text, Reading::Lenient)
}

fn read(text: &str, first: Reading) -> Option<Vec<Rdn>> {
    if text.trim_matches(' ').is_empty() {
        return Some(Vec::new());
    }
    let readings = std::iter::once(first).chain(std::iter::repeat(Reading::Strict));
    pieces(text).zip(readings).map(|(piece, reading)| rdn(piece, reading)).collect()
}

/// The text between commas that no backslash escapes.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let mut escaped = false;
    text.split(move |character| {
        let splits = character == ',' && !escaped;
        escaped = character == '\\' && !escaped;
        splits
    })
}

fn rdn(piece: &str, reading: Reading) -> Option<Rdn> {
    let (attribute, value) = piece.split_once('=')?;
    let attribute = attribute.trim_matches(' ');
    let read = || Some(Rdn { attribute: attribute.to_ascii_lowercase(), value: unescape(value, reading)? });
    is_attribute(attribute).then(read).flatten()
}

fn is_attribute(text: &str) -> bool {
    let known = |character: char| character.is_ascii_alphanumeric() || ['-', '.'].contains(&character);
    text.starts_with(|first: char| first.is_ascii_alphanumeric()) && text.chars().all(known)
}

/// A value without its escapes: `\,` as well as `\2C`, whose bytes have to be UTF-8 in the end.
fn unescape(value: &str, reading: Reading) -> Option<String> {
    let value = value.trim_start_matches(' ');
    let lenient = reading == Reading::Lenient;

    if value.strip_prefix('#').is_some_and(|rest| !lenient || is_hexstring(rest)) {
        return None;
    }

    let mut bytes = Vec::with_capacity(value.len());
    // Where the last character ended that counts: spaces behind it do only if they are escaped.
    let mut end = 0;
    let mut rest = value.chars();
    while let Some(character) = rest.next() {
        if character == '\\' {
            escaped(&mut rest, &mut bytes)?;
            end = bytes.len();
        } else if lenient && character == '+' && !begins_a_pair(rest.as_str()) {
            bytes.push(b'+');
            end = bytes.len();
        } else if SPECIAL.contains(&character) || character == '\0' {
            return None;
        } else {
            bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
            end = if character == ' ' { end } else { bytes.len() };
        }
    }

    bytes.truncate(end);
    String::from_utf8(bytes).ok()
}

/// Whether what stands behind a `+` is another attribute with a value, as in an RDN of several (RFC 4514 section 2.2).
fn begins_a_pair(text: &str) -> bool {
    text.split_once('=').is_some_and(|(attribute, _)| is_attribute(attribute.trim_matches(' ')))
}

/// Whether what stands behind a `#` is a value in BER, two digits a byte (RFC 4514 section 2.4).
fn is_hexstring(text: &str) -> bool {
    let digits = text.trim_end_matches(' ');
    digits.len() >= 2
        && digits.len().is_multiple_of(2)
        && digits.bytes().all(|digit| digit.is_ascii_hexdigit())
}

/// What follows a backslash: a special character, or two digits that are a byte.
fn escaped(rest: &mut std::str::Chars<'_>, bytes: &mut Vec<u8>) -> Option<()> {
    let first = rest.next()?;

    let byte = match first.to_digit(16) {
        Some(high) => high * 16 + rest.next()?.to_digit(16)?,
        None if SPECIAL.contains(&first) || [' ', '#', '='].contains(&first) => u32::from(first),
        None => return None,
    };

    bytes.push(u8::try_from(byte).ok()?);
    Some(())
}

/// A value as it is written in a name.
pub fn escape(value: &str) -> String {
    let mut written = String::with_capacity(value.len());
    let last = value.chars().count().saturating_sub(1);

    for (at, character) in value.chars().enumerate() {
        let outermost = at == 0 && [' ', '#'].contains(&character) || at == last && character == ' ';
        match character {
            '\0'..='\u{1f}' | '\u{7f}' => {
                let _ = write!(written, "\\{:02X}", u32::from(character));
            }
            _ if outermost || SPECIAL.contains(&character) => written.extend(['\\', character]),
            _ => written.push(character),
        }
    }

    written
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn only_value(text: &str) -> Option<String> {
        let mut parts = parse(text)?;
        assert_eq!(parts.len(), 1, "{text}");
        Some(parts.remove(0).value)
    }

    #[test]
    fn a_name_is_read_into_its_parts() {
        let parts = parse("UID=alice@example.org , service = imap,2.5.4.3=x,dc=").unwrap();
        let read: Vec<(&str, &str)> =
            parts.iter().map(|rdn| (rdn.attribute.as_str(), rdn.value.as_str())).collect();
        assert_eq!(read, [("uid", "alice@example.org"), ("service", "imap"), ("2.5.4.3", "x"), ("dc", "")]);
        assert_eq!(parse(""), Some(Vec::new()));
    }

    #[test]
    fn escapes_of_both_kinds_are_undone() {
        for (written, meant) in [
            ("uid=a\\2Cb\\,c", "a,b,c"),
            ("uid=\\20a\\ ", " a "),
            ("uid=  a b  ", "a b"),
            ("uid=a\\ \\20  ", "a  "),
            ("uid=\\C3\\a4\\\\", "\u{e4}\\"),
            ("uid=a=b\\=c", "a=b=c"),
            ("uid=\\01\\09\\00", "\u{1}\t\0"),
            ("uid=\\\"\\+\\;\\<\\>\\#", "\"+;<>#"),
            ("uid=\\C2\\A0a\u{a0}\t", "\u{a0}a\u{a0}\t"),
        ] {
            assert_eq!(only_value(written).as_deref(), Some(meant), "{written}");
        }
    }

    #[test]
    fn what_is_no_name_of_ours_is_not_read() {
        for text in [
            "alice@example.org",
            "uid=a+cn=b",
            "uid=\"a\"",
            "uid=#0401",
            "uid=a;dc=b",
            "uid=a,",
            "=a",
            "u id=a",
            "uid=\\",
            "uid=\\2",
            "uid=\\g",
            "uid=\\C3",
            "uid=a\0b",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_login_that_nobody_has_escaped_is_read_where_only_one_thing_can_be_meant() {
        let first = |text: &str| parse_lenient(text)?.into_iter().next().map(|rdn| rdn.value);
        for (written, meant) in [
            ("uid=anna+work@example.org,dc=x", "anna+work@example.org"),
            ("uid=anna\\+work@example.org,dc=x", "anna+work@example.org"),
            ("uid=+a+@example.org+,dc=x", "+a+@example.org+"),
            ("uid=a+=b@example.org,dc=x", "a+=b@example.org"),
            ("uid=a=b+c@example.org,dc=x", "a=b+c@example.org"),
            ("uid=a+b\\=c@example.org,dc=x", "a+b=c@example.org"),
            ("uid=#a@example.org,dc=x", "#a@example.org"),
            ("uid=#abc,dc=x", "#abc"),
        ] {
            assert_eq!(first(written).as_deref(), Some(meant), "{written}");
        }

        for text in [
            "uid=a+cn=b,dc=x",
            "uid=a+ cn = b,dc=x",
            "uid=a+b+c=d@example.org,dc=x",
            "uid=a+2.5.4.3=b,dc=x",
            "uid=#04024869,dc=x",
            "uid=a;b,dc=x",
            "uid=a,ip=b+c",
            "uid=a,ip=#b+",
        ] {
            assert_eq!(parse_lenient(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_login_that_is_read_unescaped_is_read_as_itself(login in "[a-c+=#@.\";<>]{1,12}") {
            if let Some(parts) = parse_lenient(&format!("uid={login},dc=x")) {
                prop_assert_eq!(parts.len(), 2);
                prop_assert_eq!(&parts[0].value, &login);
            }
        }

        #[test]
        fn who_is_lenient_reads_what_is_right_no_differently(text in "[a-c=,\\\\+\"#; 0-9]{0,20}") {
            if let Some(parts) = parse(&text) {
                prop_assert_eq!(parse_lenient(&text), Some(parts));
            }
        }

        #[test]
        fn what_was_escaped_is_read_back(value in "\\PC{0,20}|[ -~\\x00-\\x1f]{0,20}") {
            prop_assert_eq!(only_value(&format!("uid={}", escape(&value))), Some(value));
        }

        #[test]
        fn no_text_makes_it_panic(text in "[a-z=,\\\\+\"#; 0-9A-F\u{e4}]{0,40}") {
            let _ = (parse(&text), parse_lenient(&text));
        }
    }
}

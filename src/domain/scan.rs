//! Finds strings that have the form of our secrets in bytes of any kind, piece by piece, in memory of a constant size.
//!
//! ```text
//!   client password   six groups of five letters with hyphens, or thirty small letters that are a word of their own
//!   token             cpk_ cps_ cpt_ cpi_ cpl_, and 36 letters and digits
//! ```
//!
//! Check letters and checksums must be right. Text is read as ASCII within UTF-8, or within UTF-16 of either order of bytes.
//! One in 661 of all runs of thirty small letters has right check letters by chance, so such a run must be a word of its
//! own and have as many different letters as chance gives; tokens have a checksum of 32 bits.

use crate::domain::leak::LeakedString;
use crate::domain::secret::{CanonicalSecret, LETTERS, Secret, Token, TokenKind};

/// Letters of a client password as it is shown, with its hyphens.
const GROUPED: usize = LETTERS + 5;
/// Characters of a token after its prefix.
const TOKEN_BODY: usize = 36;
/// As much of what came before is kept as decides whether a secret ends here.
const KEPT: usize = 64;
/// So few different letters has one of a hundred million random client passwords; words and sequences have fewer.
const LEAST_LETTERS: u32 = 9;

/// A string of our form, and where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The string.
    pub string: LeakedString,
    /// The line that it is in, counted from 1.
    pub line: u64,
    /// Where it begins in the line, counted from 1, in bytes that are not zero.
    pub column: u64,
}

/// Looks at bytes that come piece by piece.
#[derive(Debug, Default)]
pub struct Scanner {
    narrow: Lane,
    wide: Lane,
    /// The last byte, and whether there was one.
    last: Option<u8>,
}

impl Scanner {
    /// Looks at the next piece.
    pub fn push(&mut self, piece: &[u8], found: &mut dyn FnMut(Finding)) {
        self.narrow.push(piece, found);
        // What has no zero byte is no UTF-16 with ASCII in it.
        if piece.contains(&0) || self.last == Some(0) {
            let wide = self.widened(piece);
            self.wide.push(&wide, found);
        } else {
            self.wide.skip(piece);
        }
        self.last = piece.last().copied().or(self.last);
    }

    /// There is no more.
    pub fn finish(mut self, found: &mut dyn FnMut(Finding)) {
        self.narrow.push(b"\n", found);
        self.wide.push(b"\n", found);
    }

    /// The ASCII characters of UTF-16: each stands between zero bytes. Whatever else there is parts them.
    fn widened(&self, piece: &[u8]) -> Vec<u8> {
        let mut wide = Vec::with_capacity(piece.len());
        let mut last = self.last.unwrap_or(0);
        for byte in piece {
            match (last, *byte) {
                (0, 0) => wide.push(0),
                (0, byte) => wide.push(byte),
                (_, 0) => {}
                (_, byte) => wide.extend([0, byte]),
            }
            last = *byte;
        }
        wide
    }
}

/// All that is found in a text that somebody has pasted: wherever the scanner finds it, and lines that a person has typed in
/// another way.
pub fn found_in(text: &str) -> Vec<LeakedString> {
    let mut all = Vec::new();
    let mut scanner = Scanner::default();
    let mut found = |finding: Finding| all.push(finding.string);
    scanner.push(text.as_bytes(), &mut found);
    scanner.finish(&mut found);
    all.extend(text.lines().filter_map(LeakedString::recognise));

    all.sort_by(|one, other| one.text().cmp(other.text()));
    all.dedup();
    all
}

/// The same, to be reported.
pub fn secrets_in(text: &str) -> Vec<Secret> {
    found_in(text).iter().map(LeakedString::to_secret).collect()
}

/// Bytes of one encoding.
#[derive(Debug, Default)]
struct Lane {
    /// The end of what came before.
    kept: Vec<u8>,
    /// How many letters and digits in a row there were last.
    run: usize,
    /// Line breaks so far.
    lines: u64,
    /// Bytes since the last of them.
    column: u64,
}

impl Lane {
    fn push(&mut self, piece: &[u8], found: &mut dyn FnMut(Finding)) {
        let before = self.kept.len();
        self.kept.extend_from_slice(piece);
        let bytes = std::mem::take(&mut self.kept);

        for (at, byte) in bytes.iter().enumerate().skip(before) {
            if byte.is_ascii_alphanumeric() {
                self.run += 1;
            } else {
                if self.run >= 5
                    && let Some((string, length)) = ending_at(bytes.get(..at).unwrap_or_default(), self.run)
                {
                    let column = self.column.saturating_sub(length as u64) + 1;
                    found(Finding { string, line: self.lines + 1, column });
                }
                self.run = 0;
            }
            self.column += u64::from(*byte != 0);
            if *byte == b'\n' {
                (self.lines, self.column) = (self.lines + 1, 0);
            }
        }

        self.kept = bytes;
        self.forget();
    }

    /// Leaves bytes out none of which is a word together with its neighbours.
    fn skip(&mut self, piece: &[u8]) {
        let Some(last) = piece.last() else { return };
        let after = piece.rsplit(|byte| *byte == b'\n').next().unwrap_or_default().len();
        let breaks = piece.split(|byte| *byte == b'\n').count() - 1;
        self.lines += breaks as u64;
        self.column = if breaks > 0 { 0 } else { self.column } + after as u64;
        self.kept.extend([0, *last]);
        self.run = usize::from(last.is_ascii_alphanumeric());
        self.forget();
    }

    fn forget(&mut self) {
        let surplus = self.kept.len().saturating_sub(KEPT);
        self.kept.drain(..surplus);
    }
}

/// The secret that these bytes end with, and its length as it is written there; they end with so many letters and digits.
fn ending_at(bytes: &[u8], run: usize) -> Option<(LeakedString, usize)> {
    if run == 5 {
        return grouped(bytes).map(|string| (string, GROUPED));
    }
    if run == TOKEN_BODY
        && let Some(token) = token(bytes)
    {
        return Some((token, TOKEN_BODY + 4));
    }
    if run >= LETTERS { plain(bytes).map(|string| (string, LETTERS)) } else { None }
}

/// The end of the bytes, as text, and what comes before.
fn tail(bytes: &[u8], length: usize) -> Option<(&[u8], &str)> {
    let (before, tail) = bytes.split_at_checked(bytes.len().checked_sub(length)?)?;
    Some((before, std::str::from_utf8(tail).ok()?))
}

fn token(bytes: &[u8]) -> Option<LeakedString> {
    let (_, text) = tail(bytes, TOKEN_BODY + 4)?;
    Token::recognise(text).map(LeakedString::Token)
}

fn grouped(bytes: &[u8]) -> Option<LeakedString> {
    let (before, text) = tail(bytes, GROUPED)?;
    let is_letter = |byte: u8| byte.is_ascii_alphabetic() || matches!(byte, b'0' | b'1');
    let in_place = |(at, byte): (usize, u8)| if at % 6 == 5 { byte == b'-' } else { is_letter(byte) };
    (text.bytes().enumerate().all(in_place) && begins_after(before))
        .then(|| CanonicalSecret::recognise(text))?
        .filter(is_random)
        .map(LeakedString::ClientPassword)
}

fn plain(bytes: &[u8]) -> Option<LeakedString> {
    let (before, text) = tail(bytes, LETTERS)?;
    (text.bytes().all(|byte| byte.is_ascii_lowercase()) && begins_after(before))
        .then(|| CanonicalSecret::recognise(text))?
        .filter(is_random)
        .map(LeakedString::ClientPassword)
}

/// Whether a word begins after these bytes: they end with no letter or digit, or with something escaped.
fn begins_after(before: &[u8]) -> bool {
    let hex = u8::is_ascii_hexdigit;
    match before {
        [] => true,
        [.., last] if !last.is_ascii_alphanumeric() => true,
        // A line break or the like in a string of a program, in JSON, in a log.
        [.., b'\\', b'n' | b'r' | b't' | b'f' | b'b' | b'v' | b'0'] => true,
        // In an address, and in mail as quoted-printable.
        [.., b'%' | b'=', one, two] if hex(one) && hex(two) => true,
        [.., b'\\', b'x', one, two] if hex(one) && hex(two) => true,
        [.., b'\\', b'u', one, two, three, four] if [one, two, three, four].into_iter().all(hex) => true,
        before => ends_with_a_colour(before),
    }
}

/// A sequence for terminals: escape, bracket, numbers, a letter.
fn ends_with_a_colour(before: &[u8]) -> bool {
    let Some((letter, rest)) = before.split_last() else { return false };
    let numbers = rest.iter().rev().take_while(|byte| byte.is_ascii_digit() || **byte == b';').count();
    let rest = rest.get(..rest.len() - numbers).unwrap_or_default();
    letter.is_ascii_alphabetic() && rest.ends_with(b"\x1b[")
}

/// Whether it has as many different letters as chance gives.
fn is_random(secret: &CanonicalSecret) -> bool {
    let letters = secret.letters().bytes();
    let seen = letters.fold(0u32, |seen, letter| seen | 1 << (letter.wrapping_sub(b'a') & 31));
    seen.count_ones() >= LEAST_LETTERS
}

/// Regular expressions by which other programs find our secrets; they cannot look at check letters.
pub const PATTERNS: [&str; 3] =
    [r"\b[a-z]{5}(?:-[a-z]{5}){5}\b", r"\b[a-z]{30}\b", r"\bcp[kstil]_[0-9A-Za-z]{36}\b"];

/// What is found is called by these names in reports for programs.
pub const fn rule(kind: Option<TokenKind>) -> &'static str {
    match kind {
        None => "client-password",
        Some(TokenKind::ServiceKey) => "service-key",
        Some(TokenKind::Session) => "session-token",
        Some(TokenKind::Setup) => "setup-token",
        Some(TokenKind::Invitation) => "invitation-token",
        Some(TokenKind::ClientSetup) => "client-setup-token",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::secret::tests::seeded;
    use proptest::prelude::*;

    fn secret(seed: u64) -> CanonicalSecret {
        CanonicalSecret::generate(&mut seeded(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15))).unwrap()
    }

    fn key(seed: u64) -> String {
        Token::generate(TokenKind::ServiceKey, &mut seeded(seed)).unwrap().text().expose().to_owned()
    }

    /// What is found in these pieces: each string, its line and column.
    fn scan<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Vec<(String, u64, u64)> {
        let mut all = Vec::new();
        let mut scanner = Scanner::default();
        let mut found = |one: Finding| all.push((one.string.text().to_owned(), one.line, one.column));
        for piece in pieces {
            scanner.push(piece, &mut found);
        }
        scanner.finish(&mut found);
        all.sort_by_key(|(_, line, column)| (*line, *column));
        all
    }

    fn found(bytes: &[u8]) -> Vec<String> {
        scan([bytes]).into_iter().map(|(text, ..)| text).collect()
    }

    fn utf16(text: &str, big_endian: bool) -> Vec<u8> {
        let order = |unit: u16| if big_endian { unit.to_be_bytes() } else { unit.to_le_bytes() };
        text.encode_utf16().flat_map(order).collect()
    }

    #[test]
    fn secrets_are_found_in_whatever_stands_around_them() {
        let (one, token) = (secret(1), key(2));
        let (plain, grouped) = (one.letters().to_owned(), one.grouped().expose().to_owned());
        let around = [
            ("", ""),
            ("password=", "\n"),
            ("\"", "\","),
            ("-", "\n"),
            ("+", "\r\n"),
            ("imaps://alice%40example.org:", "@mail.example.org/"),
            ("\u{5bc6}\u{7801}\u{662f}", "\u{3002}"),
            ("line\\n", "\\n"),
            ("p%3D", "%26x"),
            ("password=3D", "=\n"),
            ("\\u003d", "\\u0026"),
            ("\x1b[01;31m\x1b[K", "\x1b[m\x1b[K"),
            ("_", "_"),
        ];
        for (before, after) in around {
            for text in [&plain, &grouped] {
                assert_eq!(
                    found(format!("{before}{text}{after}").as_bytes()),
                    [plain.as_str()],
                    "{before:?}"
                );
            }
            assert_eq!(found(format!("{before}{token}{after}").as_bytes()), [token.as_str()], "{before:?}");
        }
        assert_eq!(found(grouped.to_uppercase().as_bytes()), [plain]);
    }

    #[test]
    fn what_is_part_of_a_longer_word_or_wrong_or_no_chance_is_none() {
        let plain = secret(1).letters().to_owned();
        let wrong = format!("{}{}", if plain.starts_with('a') { "b" } else { "a" }, &plain[1..]);
        let token = key(2).replacen("cpk_", "cps_", 1);
        for text in [
            format!("x{plain}"),
            format!("{plain}x"),
            format!("X{plain}"),
            format!("{plain}9"),
            wrong,
            token,
            plain.to_uppercase(),
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaab".into(),
            "aaaaa-aaaaa-aaaaa-aaaaa-aaaaa-aaaab".into(),
        ] {
            assert_eq!(found(text.as_bytes()), Vec::<String>::new(), "{text}");
        }
    }

    #[test]
    fn utf_16_of_either_order_is_read_at_either_place() {
        let (grouped, token) = (secret(3).grouped().expose().to_owned(), key(4));
        let text = format!("\u{feff}\u{5bc6}\r\npw: {grouped}\r\n{token}");
        let expected = [(secret(3).letters().to_owned(), 2, 5), (token, 3, 1)];
        for big_endian in [false, true] {
            let bytes = utf16(&text, big_endian);
            assert_eq!(scan([&bytes[..]]), expected, "{big_endian}");
            let shifted = [b"x", &bytes[..]].concat();
            assert_eq!(scan([&shifted[..]]).len(), 2);
        }
        // Strings of a program, each with a zero at its end.
        let strings = format!("user\0{grouped}\0host\0");
        assert_eq!(found(strings.as_bytes()).len(), 1);
    }

    #[test]
    fn lines_and_columns_are_counted() {
        let one = secret(5).letters().to_owned();
        let text = format!("a\n\n  {one} {one}\n{one}");
        let expected = [(one.clone(), 3, 3), (one.clone(), 3, 34), (one, 4, 1)];
        assert_eq!(scan([text.as_bytes()]), expected);
    }

    #[test]
    fn of_a_pasted_text_each_is_found_once_and_typed_lines_as_well() {
        let (one, two) = (secret(6), secret(7));
        let spaced = two.grouped().expose().replace('-', " ");
        let text = format!("{}\n{}\n{}\r\n", one.letters(), one.grouped().expose(), spaced.to_uppercase());
        let mut expected = [one.letters(), two.letters()];
        expected.sort_unstable();
        let texts: Vec<_> = found_in(&text).iter().map(|one| one.text().to_owned()).collect();
        assert_eq!(texts, expected);
    }

    #[test]
    fn what_is_shown_of_a_finding_is_too_little_to_use_it() {
        let one = LeakedString::ClientPassword(secret(8));
        assert_eq!(one.masked(), format!("{}-…", &one.text()[..5]));
        let token = LeakedString::recognise(&key(9)).unwrap();
        assert_eq!((token.masked().chars().count(), token.name()), (9, "service key"));
    }

    proptest! {
        #[test]
        fn an_issued_secret_is_found_however_the_bytes_are_cut(
            seed: u64,
            before in "[ -~\n]{0,80}",
            after in "[ -~\n]{0,40}",
            cuts in proptest::collection::vec(0usize..200, 0..6),
            shown in 0usize..4,
        ) {
            let one = secret(seed);
            prop_assume!(is_random(&one));
            let text = if shown % 2 == 0 { one.letters().to_owned() } else { one.grouped().expose().to_owned() };
            let text = format!("{before} {text} {after}");
            let bytes = if shown < 2 { text.into_bytes() } else { utf16(&text, shown == 2) };
            let mut cuts: Vec<usize> = cuts.into_iter().filter(|cut| *cut < bytes.len()).collect();
            cuts.sort_unstable();
            let mut pieces = Vec::new();
            let mut rest = &bytes[..];
            let mut done = 0;
            for cut in cuts {
                let (piece, other) = rest.split_at(cut - done);
                pieces.push(piece);
                (rest, done) = (other, cut);
            }
            pieces.push(rest);
            let whole = scan([&bytes[..]]);
            prop_assert!(whole.iter().any(|(found, ..)| found == one.letters()));
            prop_assert_eq!(scan(pieces), whole);
        }
    }
}

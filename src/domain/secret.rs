//! Secrets: how they are drawn, written, recognised, and never shown by accident.
//!
//! A client password is 28 letters a–z (131.6 bits: above the 112 of NIST SP 800-63B and the 128 of
//! OWASP ASVS 5.0 11.5.1) and two check letters, ISO 7064 MOD 661-26. A token (service key, session,
//! setup, invitation, set-up of a client) is a prefix, 30 base62 characters and six of CRC-32.

use std::fmt;

use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use crate::domain::characters::is_separator;

/// A plain secret. It cannot be printed or serialized, and is wiped when dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes a plain secret in.
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// The plain text, for the one place that has to see it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

impl<'de> serde::Deserialize<'de> for Secret {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from).map(Self::new)
    }
}

/// Random letters in a client password, before its check letters.
pub const RANDOM_LETTERS: usize = 28;
/// Letters of a client password in all.
pub const LETTERS: usize = 30;

/// Something that fills a buffer with random bytes or fails with `E`.
pub type Random<'a, E> = &'a mut dyn FnMut(&mut [u8]) -> Result<(), E>;

/// A draw without bias: bytes at or above the largest multiple of the alphabet's size are thrown away.
fn draw<E>(alphabet: &[u8], count: usize, random: Random<'_, E>) -> Result<Zeroizing<String>, E> {
    let size = alphabet.len().max(1);
    let limit = 256 - 256 % size;

    let mut drawn = Zeroizing::new(String::with_capacity(count + 8));
    let mut buffer = Zeroizing::new([0u8; 64]);

    while drawn.len() < count {
        random(buffer.as_mut_slice())?;
        let usable = buffer.iter().map(|byte| usize::from(*byte)).filter(|byte| *byte < limit);
        let letters = usable.filter_map(|byte| alphabet.get(byte % size));
        let missing = count - drawn.len();
        drawn.extend(letters.take(missing).map(|letter| char::from(*letter)));
    }

    Ok(drawn)
}

/// What was typed as exactly `COUNT` letters a–z; `None` if it is anything else.
fn letters<const COUNT: usize>(input: &str) -> Option<Zeroizing<String>> {
    // What is typed as it was shown needs no tables.
    if input.is_ascii() {
        return only_letters(input.chars().map(|c| c.to_ascii_lowercase()), COUNT);
    }
    only_letters(input.nfkc().flat_map(char::to_lowercase), COUNT)
}

fn only_letters(folded: impl Iterator<Item = char>, count: usize) -> Option<Zeroizing<String>> {
    let mut letters = Zeroizing::new(String::with_capacity(count));

    for character in folded.filter(|c| !is_separator(*c)) {
        let letter = match character {
            '0' => 'o',
            '1' => 'l',
            'a'..='z' => character,
            _ => return None,
        };
        if letters.len() == count {
            return None;
        }
        letters.push(letter);
    }

    (letters.len() == count).then_some(letters)
}

const A_TO_Z: &[u8] = b"abcdefghijklmnopqrstuvwxyz";

/// Remainder of the letters, read as digits of base 26, by 661 (ISO 7064 MOD 661-26).
fn mod_661(letters: &str) -> u32 {
    letters.bytes().fold(0, |sum, letter| (sum * 26 + u32::from(letter - b'a')) % 661)
}

fn check_letters(letters: &str) -> [char; 2] {
    let check = (1 + 661 - mod_661(letters) * 676 % 661) % 661;
    let letter = |digit: u32| char::from(b'a' + u8::try_from(digit).unwrap_or(0));
    [letter(check / 26), letter(check % 26)]
}

/// A client password in its canonical form: thirty letters whose check letters are right.
#[derive(Clone, PartialEq, Eq)]
pub struct CanonicalSecret(Secret);

impl CanonicalSecret {
    /// Draws a new one.
    pub fn generate<E>(random: Random<'_, E>) -> Result<Self, E> {
        let mut letters = draw(A_TO_Z, RANDOM_LETTERS, random)?;
        let check = check_letters(&letters);
        letters.extend(check);
        Ok(Self(Secret(letters)))
    }

    /// What a person or a mail client may have sent, brought to canonical form: NFKC, lower case, without
    /// white space, dashes and whatever Unicode calls default-ignorable, `0` read as `o` and `1` as `l`. `None` if that
    /// is no client password; such a string needs no look-up.
    pub fn recognise(input: &str) -> Option<Self> {
        letters::<LETTERS>(input).filter(|letters| mod_661(letters) == 1).map(|letters| Self(Secret(letters)))
    }

    /// The thirty letters.
    pub fn letters(&self) -> &str {
        self.0.expose()
    }

    /// Six groups of five with hyphens, as it is shown.
    pub fn grouped(&self) -> Secret {
        let mut shown = Zeroizing::new(String::with_capacity(LETTERS + 5));

        for (at, letter) in self.letters().chars().enumerate() {
            if at > 0 && at % 5 == 0 {
                shown.push('-');
            }
            shown.push(letter);
        }

        Secret(shown)
    }
}

impl fmt::Debug for CanonicalSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CanonicalSecret")
    }
}

/// Letters in a recovery code: 117.5 bits, so a keyed hash may store it (NIST SP 800-63B look-up secrets).
const RECOVERY_LETTERS: usize = 25;

/// Draws a recovery code, in five groups of five letters.
pub fn generate_recovery_code<E>(random: Random<'_, E>) -> Result<Secret, E> {
    let letters = draw(A_TO_Z, RECOVERY_LETTERS, random)?;

    let mut shown = Zeroizing::new(String::with_capacity(RECOVERY_LETTERS + 4));
    for (at, letter) in letters.chars().enumerate() {
        if at > 0 && at % 5 == 0 {
            shown.push('-');
        }
        shown.push(letter);
    }

    Ok(Secret(shown))
}

/// A typed recovery code, read as a client password is: without case and separators; `None` if it cannot be one.
pub fn recognise_recovery_code(input: &str) -> Option<Secret> {
    letters::<RECOVERY_LETTERS>(input).map(Secret)
}

/// What a token is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// `cpk_…`: credential of a program.
    ServiceKey,
    /// `cps_…`: a member's sign-in.
    Session,
    /// `cpt_…`: the one-time setup link.
    Setup,
    /// `cpi_…`: the one-time link by which a member chooses the account password.
    Invitation,
    /// `cpl_…`: the one-time link by which a client password gets onto a phone.
    ClientSetup,
}

impl TokenKind {
    const ALL: [Self; 5] =
        [Self::ServiceKey, Self::Session, Self::Setup, Self::Invitation, Self::ClientSetup];

    const fn prefix(self) -> &'static str {
        match self {
            Self::ServiceKey => "cpk_",
            Self::Session => "cps_",
            Self::Setup => "cpt_",
            Self::Invitation => "cpi_",
            Self::ClientSetup => "cpl_",
        }
    }
}

const BASE62: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const TOKEN_RANDOM: usize = 30;
const TOKEN_CHECK: usize = 6;

/// A bearer token whose checksum is right.
#[derive(Clone, PartialEq, Eq)]
pub struct Token {
    kind: TokenKind,
    text: Secret,
}

impl Token {
    /// Draws a new one.
    pub fn generate<E>(kind: TokenKind, random: Random<'_, E>) -> Result<Self, E> {
        let body = draw(BASE62, TOKEN_RANDOM, random)?;
        let mut text = Zeroizing::new(String::with_capacity(4 + TOKEN_RANDOM + TOKEN_CHECK));
        text.push_str(kind.prefix());
        text.push_str(&body);
        let check = token_check(&text);
        text.push_str(&check);
        Ok(Self { kind, text: Secret(text) })
    }

    /// Reads a token; `None` if prefix, length or checksum are wrong, so that no look-up is needed.
    pub fn recognise(input: &str) -> Option<Self> {
        let kind = TokenKind::ALL.into_iter().find(|kind| input.starts_with(kind.prefix()))?;
        let (head, check) = input.split_at_checked(4 + TOKEN_RANDOM)?;
        let well_formed = input.len() == 4 + TOKEN_RANDOM + TOKEN_CHECK && token_check(head) == check;
        well_formed.then(|| Self { kind, text: Secret::new(input.to_owned()) })
    }

    /// What it is for.
    pub fn kind(&self) -> TokenKind {
        self.kind
    }

    /// Its whole text.
    pub fn text(&self) -> &Secret {
        &self.text
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token")
    }
}

fn token_check(head: &str) -> String {
    let mut rest = crc32fast::hash(head.as_bytes());

    let mut digits = ['0'; TOKEN_CHECK];
    for digit in digits.iter_mut().rev() {
        let at = usize::try_from(rest % 62).unwrap_or(0);
        *digit = BASE62.get(at).copied().map_or('0', char::from);
        rest /= 62;
    }
    digits.iter().collect()
}

/// Whether a text that should be a name looks like one of our secrets, and so must not be logged.
pub fn looks_like_secret(text: &str) -> bool {
    let token = TokenKind::ALL.iter().any(|kind| text.contains(kind.prefix()));
    let mut words = text.split(['@', ',', ';']).map(str::trim);
    token
        || words.any(|word| {
            CanonicalSecret::recognise(word).is_some() || is_like_recovery(word) || is_like_seed(word)
        })
}

/// As recovery codes are shown; without groups, any 25 letters could be one.
fn is_like_recovery(word: &str) -> bool {
    let group = |group: &str| group.len() == 5 && group.bytes().all(|byte| byte.is_ascii_alphabetic());
    word.len() == RECOVERY_LETTERS + 4 && word.split(['-', ' ']).all(group)
}

/// A TOTP seed of 160 bits in base32 (RFC 4648), as it is shown.
fn is_like_seed(word: &str) -> bool {
    word.len() == 32 && word.bytes().all(|byte| byte.is_ascii_alphabetic() || (b'2'..=b'7').contains(&byte))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Bytes that are the same for the same seed.
    pub fn seeded(seed: u64) -> impl FnMut(&mut [u8]) -> Result<(), ()> {
        let mut state = seed | 1;
        move |dest| {
            for byte in dest {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                *byte = state.to_le_bytes()[3];
            }
            Ok(())
        }
    }

    fn secret(seed: u64) -> CanonicalSecret {
        CanonicalSecret::generate(&mut seeded(seed)).unwrap()
    }

    proptest! {
        #[test]
        fn an_issued_secret_is_a_fixed_point(seed: u64) {
            let issued = secret(seed);
            prop_assert_eq!(issued.letters().len(), LETTERS);
            let again = CanonicalSecret::recognise(issued.letters()).unwrap();
            prop_assert_eq!(again.letters(), issued.letters());
            let from_groups = CanonicalSecret::recognise(issued.grouped().expose()).unwrap();
            prop_assert_eq!(from_groups.letters(), issued.letters());
        }

        #[test]
        fn recognition_is_idempotent_and_never_panics(input in "\\PC{0,64}") {
            if let Some(once) = CanonicalSecret::recognise(&input) {
                let twice = CanonicalSecret::recognise(once.letters()).unwrap();
                prop_assert_eq!(twice.letters(), once.letters());
            }
        }

        #[test]
        fn one_wrong_letter_is_always_seen(seed: u64, at in 0usize..30, shift in 1u8..26) {
            let mut letters = secret(seed).letters().as_bytes().to_vec();
            letters[at] = b'a' + (letters[at] - b'a' + shift) % 26;
            prop_assert!(CanonicalSecret::recognise(std::str::from_utf8(&letters).unwrap()).is_none());
        }

        #[test]
        fn two_swapped_neighbours_are_always_seen(seed: u64, at in 0usize..29) {
            let mut letters = secret(seed).letters().as_bytes().to_vec();
            prop_assume!(letters[at] != letters[at + 1]);
            letters.swap(at, at + 1);
            prop_assert!(CanonicalSecret::recognise(std::str::from_utf8(&letters).unwrap()).is_none());
        }

        #[test]
        fn tokens_are_recognised_and_their_typos_are_not(seed: u64, at in 4usize..40) {
            let token = Token::generate(TokenKind::Session, &mut seeded(seed)).unwrap();
            let text = token.text().expose().to_owned();
            prop_assert_eq!(Token::recognise(&text).unwrap().kind(), TokenKind::Session);
            let mut bytes = text.into_bytes();
            bytes[at] = if bytes[at] == b'x' { b'y' } else { b'x' };
            prop_assert!(Token::recognise(std::str::from_utf8(&bytes).unwrap()).is_none());
        }
    }

    #[test]
    fn what_people_type_is_understood() {
        let issued = secret(7);
        let plain = issued.letters();

        let typed = [
            plain.to_uppercase(),
            plain.replace('o', "0").replace('l', "1"),
            format!("  {}\u{200b}{}\t", &plain[..7], &plain[7..]),
            issued.grouped().expose().replace('-', "\u{2014}"),
            plain.chars().map(|c| char::from_u32(c as u32 + 0xfee0).unwrap()).collect(),
        ];

        for input in typed {
            assert_eq!(CanonicalSecret::recognise(&input).expect(&input).letters(), plain);
        }
    }

    #[test]
    fn the_check_letters_are_those_of_iso_7064() {
        // 28 times `a` is zero, so the check letters are the number 1 in base 26.
        assert_eq!(check_letters("aaaaaaaaaaaaaaaaaaaaaaaaaaaa"), ['a', 'b']);
        assert!(CanonicalSecret::recognise("aaaaaaaaaaaaaaaaaaaaaaaaaaaaab").is_some());
        assert!(CanonicalSecret::recognise("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa").is_none());
        assert!(CanonicalSecret::recognise("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaab").is_none());
    }

    /// Bytes from 234 on, the largest multiple of 26 in 256, would make the first letters likelier.
    #[test]
    fn bytes_that_would_bias_a_draw_are_thrown_away() {
        let mut next = 0u8;
        let mut count = |dest: &mut [u8]| -> Result<(), ()> {
            for byte in dest {
                *byte = next;
                next = next.wrapping_add(1);
            }
            Ok(())
        };

        let drawn = draw(A_TO_Z, 2 * 234, &mut count).unwrap();
        let alphabet = "abcdefghijklmnopqrstuvwxyz".repeat(18);
        assert_eq!(*drawn, alphabet);

        let mut next = 255u8;
        let mut once = |dest: &mut [u8]| {
            if next == 0 {
                Err("spent")
            } else {
                next = 0;
                dest.fill(255);
                Ok(())
            }
        };

        assert_eq!(draw(A_TO_Z, 1, &mut once), Err("spent"));
    }

    /// The checksum is CRC-32 in six digits of base 62, as another program computes it.
    #[test]
    fn tokens_have_the_checksum_that_others_compute() {
        for (text, kind) in [
            ("cpk_00000000000000000000000000000017lVDc", TokenKind::ServiceKey),
            ("cps_abcdefghijklmnopqrstuvwxyzABCD1LlW3X", TokenKind::Session),
        ] {
            let token = Token::recognise(text).unwrap();
            assert_eq!((token.kind(), token.text().expose()), (kind, text));
            assert_eq!(Token::recognise(&format!("{text}0")), None);
            assert_eq!(Token::recognise(&text.replacen("cp", "cq", 1)), None);
        }

        for kind in TokenKind::ALL {
            let drawn = Token::generate(kind, &mut seeded(9)).unwrap();
            assert!(drawn.text().expose().starts_with(kind.prefix()) && drawn.text().expose().len() == 40);
            assert_eq!(format!("{drawn:?}"), "Token");
        }
    }

    #[test]
    fn shown_in_groups_of_five() {
        let groups = |text: &Secret| text.expose().split('-').map(str::len).collect::<Vec<_>>();
        assert_eq!(groups(&secret(3).grouped()), [5; 6]);
        assert_eq!(groups(&generate_recovery_code(&mut seeded(5)).unwrap()), [5; 5]);
    }

    #[test]
    fn every_letter_is_drawn_about_equally_often() {
        let mut counts = [0u32; 26];

        for seed in 1..2_000 {
            for letter in secret(seed * 7_919).letters().bytes().take(RANDOM_LETTERS) {
                counts[usize::from(letter - b'a')] += 1;
            }
        }

        let expected = 1_999.0 * 28.0 / 26.0;
        for count in counts {
            assert!((f64::from(count) - expected).abs() < expected * 0.15, "{counts:?}");
        }
    }

    #[test]
    fn a_secret_in_a_name_is_seen_and_never_printed() {
        let issued = secret(3);
        assert!(looks_like_secret(issued.grouped().expose()));
        assert!(looks_like_secret(&format!("{}@example.org", issued.letters())));
        assert!(looks_like_secret("cpk_anything"));

        let code = generate_recovery_code(&mut seeded(5)).unwrap();
        assert!(looks_like_secret(&format!("Phone, {}", code.expose())));
        assert!(looks_like_secret(&code.expose().to_uppercase().replace('-', " ")));
        assert!(looks_like_secret("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"));

        for name in ["alice@example.org", "the phone of my other brother", "5d41402abc4b2a76b9719d911017c592"]
        {
            assert!(!looks_like_secret(name), "{name}");
        }
        assert_eq!(format!("{issued:?} {:?}", issued.grouped()), "CanonicalSecret Secret");
    }

    #[test]
    fn recovery_codes_survive_case_and_spaces() {
        let code = generate_recovery_code(&mut seeded(5)).unwrap();
        assert_eq!(code.expose().len(), 29);
        let typed = code.expose().to_uppercase().replace('-', " ");
        assert_eq!(recognise_recovery_code(&typed).unwrap().expose(), code.expose().replace('-', ""));
        assert_eq!(recognise_recovery_code("abc"), None);
    }
}

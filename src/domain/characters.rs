//! Characters that keyboards, clipboards and phones add to what people type, by Unicode's properties (`icu_properties`).

use icu_properties::props::{DefaultIgnorableCodePoint, GeneralCategory};
use icu_properties::{CodePointMapData, CodePointSetData};

/// Whether Unicode says that it shows nothing by itself: zero-width characters, direction marks, variation selectors,
/// the soft hyphen, fillers (property `Default_Ignorable_Code_Point`).
pub fn is_ignorable(character: char) -> bool {
    !character.is_ascii() && CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(character)
}

fn category(character: char) -> GeneralCategory {
    CodePointMapData::<GeneralCategory>::new().get(character)
}

/// Whether it only parts or surrounds the letters of a secret or the digits of a code: white space, a dash, or
/// something ignorable.
pub fn is_separator(character: char) -> bool {
    if character.is_ascii() {
        return character.is_whitespace() || character == '-';
    }
    let is_dash = category(character) == GeneralCategory::DashPunctuation || character == '\u{2212}';
    character.is_whitespace() || is_dash || is_ignorable(character)
}

/// A text without white space and ignorable characters around it.
pub fn trim(text: &str) -> &str {
    text.trim_matches(|character: char| character.is_whitespace() || is_ignorable(character))
}

/// Whether a reader sees nothing of a text. The blank Braille pattern has a picture, and that is empty.
pub fn is_invisible(text: &str) -> bool {
    let nothing = |character: char| {
        character.is_whitespace()
            || character == '\u{2800}'
            || is_ignorable(character)
            || matches!(category(character), GeneralCategory::Control | GeneralCategory::Format)
    };
    text.chars().all(nothing)
}

/// Whether a text is of more than one line: with a control character, or one of Unicode's own line ends.
pub fn breaks_a_line(character: char) -> bool {
    character.is_control() || matches!(character, '\u{2028}' | '\u{2029}')
}

/// The value of a decimal digit of any script. Those of one script follow each other from zero to nine (The Unicode
/// Standard, section 4.6).
pub fn decimal_digit(character: char) -> Option<u32> {
    if character.is_ascii() {
        return character.to_digit(10);
    }

    let is_digit = |character: char| category(character) == GeneralCategory::DecimalNumber;
    let before = |steps: u32| u32::from(character).checked_sub(steps).and_then(char::from_u32);
    let follows = |steps: &u32| before(*steps).is_some_and(is_digit);

    // The mathematical digits are the only ones whose runs touch; each of those is ten long, too.
    is_digit(character).then(|| (1..60).take_while(follows).max().unwrap_or(0) % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_shows_nothing_is_told_from_what_does() {
        for (text, invisible) in [
            ("", true),
            (" \u{a0}\u{3000}", true),
            ("\u{200b}\u{200e}\u{fe0f}\u{ad}\u{3164}\u{2800}\u{e0041}\u{feff}", true),
            ("\u{202a}\u{2066}\u{2069}\u{202c}", true),
            ("\u{200e}a", false),
            ("\u{2764}\u{fe0f}", false),
            ("\u{f8ff}", false),
        ] {
            assert_eq!(is_invisible(text), invisible, "{text:?}");
        }
    }

    #[test]
    fn dashes_spaces_and_ignorable_characters_separate() {
        for separator in
            " \t\n\u{a0}\u{3000}-\u{2010}\u{2014}\u{2212}\u{ff0d}\u{ad}\u{200b}\u{200f}\u{fe0e}\u{e0100}"
                .chars()
        {
            assert!(is_separator(separator), "{separator:?}");
        }

        for other in "aß0_.,:\u{1}\u{0}é中".chars() {
            assert!(!is_separator(other), "{other:?}");
        }

        assert_eq!(trim("\u{feff}\u{202a} a b\u{202c}\n"), "a b");
    }

    #[test]
    fn digits_of_every_script_have_their_value() {
        for zero in
            "0\u{660}\u{6f0}\u{966}\u{9e6}\u{e50}\u{1040}\u{1090}\u{ff10}\u{1d7ce}\u{1d7f6}\u{11066}".chars()
        {
            for value in 0..10 {
                let digit = char::from_u32(u32::from(zero) + value).unwrap();
                assert_eq!(decimal_digit(digit), Some(value), "{digit:?}");
            }
        }

        for other in "a\u{b2}\u{2460}\u{4e00}\u{bd}".chars() {
            assert_eq!(decimal_digit(other), None, "{other:?}");
        }
    }
}

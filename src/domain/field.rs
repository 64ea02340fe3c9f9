//! What is wrong with one field of a request: its name and why, never its value.

use unicode_normalization::UnicodeNormalization as _;

use crate::clock::Timestamp;
use crate::domain::characters::{breaks_a_line, is_invisible};
use crate::domain::secret::looks_like_secret;

/// Why a field was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// No such field.
    Unknown,
    /// It is required.
    Missing,
    /// It was given twice.
    Duplicate,
    /// It is not of the form that the field takes.
    Malformed,
    /// It has more bytes or items than allowed.
    TooLong,
    /// It has fewer bytes or items than required.
    TooShort,
    /// A number or time outside its bounds.
    OutOfRange,
    /// The value exists but may not be used here.
    NotAllowed,
    /// It names something that does not exist.
    NotFound,
}

impl Fault {
    /// The stable code in a problem's `errors[]`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Missing => "missing",
            Self::Duplicate => "duplicate",
            Self::Malformed => "malformed",
            Self::TooLong => "too_long",
            Self::TooShort => "too_short",
            Self::OutOfRange => "out_of_range",
            Self::NotAllowed => "not_allowed",
            Self::NotFound => "not_found",
        }
    }
}

/// A field that was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// Its name, as a path: `filter.member_ids[3]`.
    pub field: String,
    /// The kind of fault, which programs can read.
    pub fault: Fault,
    /// A sentence for the person who has to mend it.
    pub detail: &'static str,
}

impl FieldError {
    /// A refusal of `field`.
    pub fn new(field: impl Into<String>, fault: Fault, detail: &'static str) -> Self {
        Self { field: field.into(), fault, detail }
    }
}

/// What is wrong with the fields of one request: all of it, so that nobody mends one to hear of the next.
#[derive(Debug, Default)]
pub struct FieldErrors(Vec<FieldError>);

impl FieldErrors {
    /// What a field came to; if it was refused, that is kept.
    pub fn take<T>(&mut self, field: Result<T, FieldError>) -> Option<T> {
        field.map_err(|error| self.0.push(error)).ok()
    }

    /// These, and then the others.
    #[must_use]
    pub fn and(mut self, others: Self) -> Self {
        self.0.extend(others.0);
        self
    }

    /// All that was refused, in the order of the fields.
    pub fn all(self) -> Vec<FieldError> {
        self.0
    }
}

/// A time as RFC 3339 writes it.
pub fn time(field: &'static str, text: &str) -> Result<Timestamp, FieldError> {
    Timestamp::parse(text)
        .ok_or_else(|| FieldError::new(field, Fault::Malformed, "must be a time as in RFC 3339"))
}

/// A time as people type it: RFC 3339, or a day, which begins at midnight UTC.
pub fn typed_time(text: &str) -> Option<Timestamp> {
    Timestamp::parse(text).or_else(|| Timestamp::parse(&format!("{text}T00:00:00Z")))
}

/// The ids that a list in a field holds; the error names the item.
pub fn ids<T>(
    field: &str,
    texts: &[String],
    parse: impl Fn(&str) -> Option<T>,
) -> Result<Vec<T>, FieldError> {
    let id = |(at, text): (usize, &String)| {
        parse(text)
            .ok_or_else(|| FieldError::new(format!("{field}[{at}]"), Fault::Malformed, "must be an id"))
    };
    texts.iter().enumerate().map(id).collect()
}

/// One line of text for people, trimmed, in NFC, within `max` bytes, without control characters, with something to see,
/// and no secret of ours.
pub fn text_line(field: &'static str, text: &str, max: usize) -> Result<String, FieldError> {
    if text.chars().any(breaks_a_line) {
        return Err(FieldError::new(field, Fault::Malformed, "must not contain control characters"));
    }

    let text: String = text.trim().nfc().collect();
    if is_invisible(&text) {
        return Err(FieldError::new(field, Fault::TooShort, "must not be empty, or all of it invisible"));
    }

    if text.len() > max {
        return Err(FieldError::new(field, Fault::TooLong, "has too many bytes of UTF-8"));
    }

    if looks_like_secret(&text) {
        return Err(FieldError::new(
            field,
            Fault::NotAllowed,
            "looks like a secret, and others can read it here",
        ));
    }

    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_line_that_was_taken_is_taken_as_itself(text in "\\PC{0,40}|[ a\u{308}\u{200b}\u{a0}\u{212b}\n]{0,40}") {
            if let Ok(line) = text_line("label", &text, 128) {
                prop_assert_eq!(text_line("label", &line, 128), Ok(line));
            }
        }
    }

    #[test]
    fn a_line_is_trimmed_bounded_and_printable() {
        assert_eq!(text_line("label", "  Phone ", 128).unwrap(), "Phone");
        assert_eq!(text_line("label", &"ä".repeat(64), 128).unwrap().len(), 128);
        assert_eq!(text_line("label", &"ä".repeat(65), 128).unwrap_err().fault, Fault::TooLong);
        assert_eq!(text_line("label", "  ", 128).unwrap_err().fault, Fault::TooShort);

        for odd in ["a\n", "a\nb", "a\0", "a\u{2028}b"] {
            assert_eq!(text_line("label", odd, 128).unwrap_err().fault, Fault::Malformed, "{odd:?}");
        }
        for nothing in ["", "\u{200b}", "\u{2800}\u{3164}", "\u{202e}\u{fe0f}"] {
            assert_eq!(text_line("label", nothing, 128).unwrap_err().fault, Fault::TooShort, "{nothing:?}");
        }

        assert_eq!(text_line("label", "Bu\u{308}ro", 128).unwrap(), "B\u{fc}ro");
        assert_eq!(text_line("label", "\u{2764}\u{fe0f}", 128).unwrap(), "\u{2764}\u{fe0f}");
        assert_eq!(text_line("label", "cpk_anything", 128).unwrap_err().fault, Fault::NotAllowed);
    }
}

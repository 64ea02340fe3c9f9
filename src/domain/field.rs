//! What is wrong with one field of a request: its name and why, never its value.

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
    /// It is not of the form asked for.
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
    /// Why.
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

/// One line of text for people, trimmed, within `max` bytes, without control characters, and no secret of ours.
pub fn text_line(field: &'static str, text: &str, max: usize) -> Result<String, FieldError> {
    if text.chars().any(char::is_control) {
        return Err(FieldError::new(field, Fault::Malformed, "must not contain control characters"));
    }
    let text = text.trim();
    if text.is_empty() {
        return Err(FieldError::new(field, Fault::TooShort, "must not be empty"));
    }
    if text.len() > max {
        return Err(FieldError::new(field, Fault::TooLong, "has too many bytes of UTF-8"));
    }
    if looks_like_secret(text) {
        return Err(FieldError::new(
            field,
            Fault::NotAllowed,
            "looks like a secret, and others can read it here",
        ));
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_trimmed_bounded_and_printable() {
        assert_eq!(text_line("label", "  Phone ", 128).unwrap(), "Phone");
        assert_eq!(text_line("label", &"ä".repeat(64), 128).unwrap().len(), 128);
        assert_eq!(text_line("label", &"ä".repeat(65), 128).unwrap_err().fault, Fault::TooLong);
        assert_eq!(text_line("label", "  ", 128).unwrap_err().fault, Fault::TooShort);
        assert_eq!(text_line("label", "a\n", 128).unwrap_err().fault, Fault::Malformed);
        assert_eq!(text_line("label", "cpk_anything", 128).unwrap_err().fault, Fault::NotAllowed);
    }
}

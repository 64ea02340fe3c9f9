//! The forms of an account password. Keyboards write the same letters in several ways, composed or decomposed, full
//! width or half; so it is hashed in NFKC, as NIST SP 800-63B-4 section 3.1.1.2 requires.

use unicode_normalization::UnicodeNormalization as _;

use super::secret::Secret;

/// The form that is hashed.
pub fn normalised(typed: &Secret) -> Secret {
    let text = typed.expose();
    if text.is_ascii() {
        return typed.clone();
    }

    // Of the right size from the start: a text that grows leaves copies of itself behind.
    let mut normalised = String::with_capacity(text.nfkc().map(char::len_utf8).sum());
    normalised.extend(text.nfkc());
    Secret::new(normalised)
}

/// What a hash may have been made of: the NFKC of what was typed, and what was typed where that differs, for hashes
/// that were made before there was one form. What is compared depends on what was typed alone, not on whose hash it is.
pub fn candidates(typed: &Secret) -> Vec<Secret> {
    let normalised = normalised(typed);
    let as_typed = (normalised != *typed).then(|| typed.clone());
    std::iter::once(normalised).chain(as_typed).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forms(typed: &str) -> Vec<String> {
        let forms = candidates(&Secret::new(typed.into()));
        forms.iter().map(|form| form.expose().to_owned()).collect()
    }

    #[test]
    fn what_is_its_own_nfkc_has_one_form_and_all_else_has_two() {
        assert_eq!(forms("correct horse"), ["correct horse"]);
        assert_eq!(forms("gr\u{fc}n"), ["gr\u{fc}n"]);
        assert_eq!(forms("gru\u{308}n"), ["gr\u{fc}n", "gru\u{308}n"]);
        assert_eq!(forms("\u{ff50}\u{ff57}"), ["pw", "\u{ff50}\u{ff57}"]);
        // The longest expansion that there is.
        assert_eq!(forms("\u{fdfa}")[0].chars().count(), 18);
    }
}

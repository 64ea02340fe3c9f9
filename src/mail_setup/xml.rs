//! What XML 1.0 cannot say. Templates escape what has a meaning in XML; some characters it has no way to write at all.

use std::borrow::Cow;

/// A text without the characters that no XML can contain.
pub fn sayable(text: &str) -> Cow<'_, str> {
    let is_char = |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    if text.chars().all(is_char) {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(text.chars().filter(|c| is_char(*c)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_cannot_be_written_goes() {
        assert_eq!(
            sayable("Alice <a> \u{4e2d}\u{6587} \u{1f600}\t"),
            "Alice <a> \u{4e2d}\u{6587} \u{1f600}\t"
        );
        assert_eq!(sayable("a\0b\u{1b}c\u{ffff}d\u{7f}"), "abcd\u{7f}");
    }
}

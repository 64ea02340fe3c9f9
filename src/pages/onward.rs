//! Where a visitor goes on to: paths of ours and no others.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// Where members sign in.
pub const SIGN_IN: &str = "/sign-in";
/// Where whoever is signed in belongs.
pub const HOME: &str = "/overview";
/// What may stand in a query as it is.
const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'/');

/// A text as a part of a query.
pub fn percent(text: &str) -> String {
    utf8_percent_encode(text, KEPT).to_string()
}

/// Whether a path leads to a page of ours.
fn is_ours(path: &str) -> bool {
    let plain = path.chars().all(|c| c.is_ascii_graphic() && c != '\\');
    plain && path.starts_with('/') && !path.starts_with("//")
}

/// A path of ours to go on to after a sign-in; whatever would lead elsewhere leads home.
pub fn onward(next: Option<String>) -> String {
    let next = next.filter(|path| is_ours(path) && !path.starts_with(SIGN_IN));
    next.unwrap_or_else(|| HOME.to_owned())
}

/// The page that a visitor was on; the sign-in as well.
pub fn back(here: Option<&str>) -> String {
    match here {
        Some(here) if is_ours(here) => here.to_owned(),
        _ => HOME.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_led_elsewhere() {
        for path in ["/passwords/new?kind=phone", "/", "/a//b"] {
            assert_eq!(onward(Some(path.into())), path);
        }
        for path in [
            "//evil.example",
            "https://evil.example",
            "/\\evil.example",
            "/a\nb",
            "",
            "evil",
            "/sign-in?next=/",
        ] {
            assert_eq!(onward(Some(path.into())), HOME, "{path}");
        }
    }
}

//! Logins: mail addresses, and the one form that each has however it was typed.
//!
//! ```text
//!   " Alice@Example.ORG\n"   alice%40example.org   alice@MÜNCHEN.example   alice@xn--mnchen-3ya.example
//!            |                       |                        |                       |
//!    alice@example.org       alice@example.org       alice@xn--mnchen-3ya.example ----+
//! ```
//!
//! What was stored by earlier versions is in this form, or has a domain that is none by the present rules; such a login
//! is its own form.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;
use unicode_normalization::UnicodeNormalization as _;

use crate::domain::characters::trim;
use crate::domain::field::{Fault, FieldError};
use crate::domain::organization::DomainName;
use crate::domain::secret::looks_like_secret;

/// A mail address by which a member is known, in its one form.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Login(String);

/// Longest login that is looked up, in bytes (RFC 5321: 64 + 1 + 255).
pub const MAX_LOGIN: usize = 320;

impl Login {
    /// Reads a mail address: a dot-atom of ASCII (RFC 5321) before the `@`, a domain behind it.
    pub fn parse(field: &'static str, text: &str) -> Result<Self, FieldError> {
        let fault =
            || FieldError::new(field, Fault::Malformed, "must be a mail address such as alice@example.org");

        let text = Self::presented(text);
        let (local, domain) = text.rsplit_once('@').ok_or_else(fault)?;
        let atom = |part: &str| {
            !part.is_empty()
                && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+/=?^_`{|}~-".contains(&b))
        };

        // As it stands: the parser of domains takes white space off.
        let known = DomainName::parse(field, domain).is_ok_and(|parsed| parsed.as_str() == domain);
        if local.len() > 64 || !local.split('.').all(atom) || !known {
            return Err(fault());
        }

        Ok(Self(text))
    }

    /// What somebody typed, as it is looked up and counted: the same text for every way to write a login. It need not
    /// be an address. What is too long or has control characters inside is nobody's login, as the empty one is.
    pub fn presented(typed: &str) -> String {
        let decoded = unescape(typed);

        let text = trim(&decoded);
        if typed.len() > MAX_LOGIN || text.chars().any(char::is_control) {
            return String::new();
        }

        let login = fold(text);
        let canonical = login.rsplit_once('@').and_then(|(local, domain)| {
            // The parser of domains would take white space off that belongs to nobody's domain.
            let domain = Some(domain).filter(|domain| trim(domain).len() == domain.len());
            DomainName::parse("", domain?).ok().map(|domain| format!("{local}@{}", domain.as_str()))
        });

        Some(canonical.unwrap_or(login)).filter(|login| login.len() <= MAX_LOGIN).unwrap_or_default()
    }

    /// The ways to write a login that mail servers know their sessions by: this one, and with its domain in Unicode
    /// where that differs.
    pub fn spellings(login: &str) -> Vec<String> {
        let unicode = login.rsplit_once('@').and_then(|(local, domain)| {
            let (domain, valid) = idna::domain_to_unicode(domain);
            valid.ok().map(|()| format!("{local}@{domain}"))
        });
        let other = unicode.filter(|other| other != login);
        std::iter::once(login.to_owned()).chain(other).collect()
    }

    /// What a mail client sent, as it may be logged: people type passwords into the field for the login, so nothing but
    /// a mail address of a plausible domain.
    pub fn loggable(text: &str) -> Cow<'static, str> {
        let login = Self::parse("login", text).ok().filter(Self::has_plausible_domain);
        match login {
            Some(login) if looks_like_secret(&login.0) => "[looks like a secret]".into(),
            Some(login) => login.0.into(),
            None => "[no mail address]".into(),
        }
    }

    /// Whether the last label may be a top-level domain (RFC 3696 section 2: letters; RFC 5890: or an A-label).
    fn has_plausible_domain(&self) -> bool {
        let top = self.0.rsplit('.').next().unwrap_or_default();
        top.starts_with("xn--") || (top.len() >= 2 && top.bytes().all(|byte| byte.is_ascii_lowercase()))
    }

    /// The address as text, in its one form.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands behind the `@`.
    pub fn domain(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(_, domain)| domain)
    }
}

/// Some clients of `CalDAV` and `CardDAV` escape a login as in a URL: `alice%40example.org`. With an `@` beside it `%40` is
/// part of a login.
fn unescape(typed: &str) -> Cow<'_, str> {
    let is_escaped = !typed.contains('@') && typed.contains("%40");
    let decoded = is_escaped.then(|| percent_decode_str(typed).decode_utf8().ok()).flatten();
    decoded.unwrap_or(Cow::Borrowed(typed))
}

/// NFC, with ASCII letters in lower case. Twice, because a small letter may be composed where a capital is not.
fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let composed = text.nfc().map(|character| character.to_ascii_lowercase());
    composed.nfc().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn logins_are_addresses_in_lower_case() {
        let login = Login::parse("login", " Alice.B+x@Example.ORG ").unwrap();
        assert_eq!((login.as_str(), login.domain()), ("alice.b+x@example.org", "example.org"));
        for bad in [
            "alice",
            "@example.org",
            "a..b@example.org",
            "a b@example.org",
            "a@-x.org",
            "ä@example.org",
            "a@",
            "a@ example.org",
            "a@\nexample.org",
        ] {
            assert!(Login::parse("login", bad).is_err(), "{bad}");
        }

        let long = |letters| Login::parse("login", &format!("{}@example.org", "a".repeat(letters)));
        assert!(long(64).is_ok() && long(65).is_err());
    }

    #[test]
    fn only_what_is_a_mail_address_is_logged() {
        for (typed, logged) in [
            (" Alice@Example.ORG", "alice@example.org"),
            ("alice@example.xn--p1ai", "alice@example.xn--p1ai"),
            ("correct horse battery", "[no mail address]"),
            ("alice", "[no mail address]"),
            ("p@ssw0rd", "[no mail address]"),
            ("p@ssw0rd.2026", "[no mail address]"),
            ("p@ss.w", "[no mail address]"),
            ("alice@example.org\nevent=check", "[no mail address]"),
            ("aaaaaaaaaaaaaaaaaaaaaaaaaaaaab@example.org", "[looks like a secret]"),
        ] {
            assert_eq!(Login::loggable(typed), logged, "{typed}");
        }
    }

    const IDN: &str = "alice@xn--mnchen-3ya.example";

    #[test]
    fn every_way_to_write_a_login_is_the_same_login() {
        for (typed, login) in [
            (" Alice@Example.ORG\t", "alice@example.org"),
            ("\u{a0}alice@example.org\r\n", "alice@example.org"),
            ("\u{202a}alice@example.org\u{202c}\u{200b}", "alice@example.org"),
            ("alice%40example.org", "alice@example.org"),
            ("Alice%2Bx%40Example.org%20", "alice+x@example.org"),
            ("alice@m\u{fc}nchen.example", IDN),
            ("ALICE@M\u{dc}NCHEN.EXAMPLE", IDN),
            ("alice@mu\u{308}nchen.example", IDN),
            ("alice@xn--mnchen-3ya\u{3002}example", IDN),
            ("alice@XN--Mnchen-3ya.Example", IDN),
            ("alice@\u{ff45}xample.org", "alice@example.org"),
            // The Kelvin sign is the letter K to Unicode (its NFC).
            ("\u{212a}elvin@example.org", "kelvin@example.org"),
        ] {
            assert_eq!(Login::presented(typed), login, "{typed:?}");
            assert_eq!(Login::parse("login", typed).unwrap().as_str(), login, "{typed:?}");
        }
    }

    #[test]
    fn what_is_another_login_or_none_stays_what_it_is() {
        for (typed, form) in [
            ("a%40b@example.org", "a%40b@example.org"),
            ("a%ff%40example.org", "a%ff%40example.org"),
            ("al\u{a0}ice@example.org", "al\u{a0}ice@example.org"),
            ("\u{c9}ve@example.org", "\u{c9}ve@example.org"),
            ("a@ example.org", "a@ example.org"),
            ("A@localhost", "a@localhost"),
            // As an earlier version may have stored it.
            ("a@xn--a.example", "a@xn--a.example"),
            ("ali\nce@example.org", ""),
            ("a\0@example.org", ""),
        ] {
            assert_eq!(Login::presented(typed), form, "{typed:?}");
        }

        assert_eq!(Login::presented(&"x".repeat(MAX_LOGIN)).len(), MAX_LOGIN);
        assert_eq!(Login::presented(&"x".repeat(MAX_LOGIN + 1)), "");
        assert!(Login::parse("login", "a@xn--a.example").is_err());
    }

    #[test]
    fn mail_servers_know_a_domain_by_either_form() {
        assert_eq!(Login::spellings(IDN), [IDN, "alice@m\u{fc}nchen.example"]);
        for one in ["alice@example.org", "alice@xn--a.example", "alice"] {
            assert_eq!(Login::spellings(one), [one]);
        }
    }

    proptest! {
        #[test]
        fn the_form_of_a_form_is_itself(typed in "\\PC{0,24}|[aKk\u{212a}hH\u{331}\u{308}%40@.\u{3002}xn-\u{fc}\u{ad} ]{0,24}") {
            let form = Login::presented(&typed);
            prop_assert_eq!(Login::presented(&form), form.clone(), "{:?}", typed);
            prop_assert_eq!(Login::presented(&format!(" {typed}\n")), form);
        }

        #[test]
        fn case_composition_and_space_around_make_no_other_login(
            local in "[a-zA-Z0-9+.]{1,20}", label in "[a-z\u{e4}\u{f6}\u{fc}\u{e9}]{1,20}", before in "[ \u{a0}\u{200e}]{0,2}"
        ) {
            let typed = format!("{local}@{label}.example");
            let form = Login::presented(&typed);
            let decomposed: String = typed.nfd().collect();
            for other in [typed.to_uppercase(), decomposed, format!("{before}{typed}{before}"), typed.replace('@', "%40")] {
                prop_assert_eq!(Login::presented(&other), form.clone(), "{:?}", other);
            }
        }
    }
}

//! Organizations and their mail domains.
//!
//! ```text
//!   active --> dissolved     for ever; its domains are free again
//! ```

use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};

use crate::clock::Timestamp;
use crate::domain::characters::trim;
use crate::domain::field::{Fault, FieldError};
use crate::domain::ids::{MemberId, OrganizationId};

/// Longest name of an organization, in bytes.
pub const MAX_NAME: usize = 128;

/// A mail domain in its ASCII form (UTS 46): letters, digits and hyphens in labels (RFC 1035), A-labels (RFC 5891) for
/// what has others, in lower case.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DomainName(String);

impl DomainName {
    /// Reads a domain name, in ASCII or in Unicode.
    pub fn parse(field: &'static str, text: &str) -> Result<Self, FieldError> {
        let fault = || FieldError::new(field, Fault::Malformed, "must be a domain name such as example.org");

        let name = Uts46::new().to_ascii(
            trim(text).as_bytes(),
            AsciiDenyList::STD3,
            // A hyphen in the third and fourth place is in names that exist.
            Hyphens::CheckFirstLast,
            DnsLength::Verify,
        );

        let name = name.map_err(|_| fault())?.into_owned();
        if name.contains('.') { Ok(Self(name)) } else { Err(fault()) }
    }

    /// A name that may have been bound before there were these rules: as it is read now, else in lower case.
    pub fn lenient(text: &str) -> String {
        Self::parse("", text).map_or_else(|_| text.to_ascii_lowercase(), |name| name.0)
    }

    /// The name in ASCII, in lower case.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether an organization is in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrganizationState {
    /// The organization is in use.
    Active,
    /// Ended, with everything in it.
    Dissolved,
}

impl OrganizationState {
    /// Its name in the API and in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Dissolved => "dissolved",
        }
    }

    /// From its name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Active, Self::Dissolved].into_iter().find(|state| state.name() == name)
    }
}

/// An organization as the API shows one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organization {
    /// Names it in the API and the audit log; it never changes.
    pub id: OrganizationId,
    /// The name that people see; it need not be unique.
    pub name: String,
    /// The state; a dissolved organization never comes back.
    pub state: OrganizationState,
    /// Mail domains, by name.
    pub domains: Vec<String>,
    /// The owner, if it has one.
    pub owner_id: Option<MemberId>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Version of the row, for ETags.
    pub version: i64,
}

/// A domain as it is listed.
#[derive(Clone, Debug)]
pub struct BoundDomain {
    /// The name in ASCII, in lower case.
    pub name: String,
    /// When it was bound.
    pub created_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn domain_names_are_labels() {
        assert_eq!(DomainName::parse("name", "Mail.Example.ORG").unwrap().as_str(), "mail.example.org");

        for (typed, name) in [
            ("xn--bcher-kva.example", "xn--bcher-kva.example"),
            ("XN--Bcher-KVA.example", "xn--bcher-kva.example"),
            ("b\u{fc}cher.example", "xn--bcher-kva.example"),
            (" BU\u{308}CHER\u{3002}example\n", "xn--bcher-kva.example"),
            ("stra\u{df}e.example", "xn--strae-oqa.example"),
            ("r3---sn-x.example", "r3---sn-x.example"),
            ("soft\u{ad}hyphen.example", "softhyphen.example"),
        ] {
            assert_eq!(DomainName::parse("name", typed).unwrap().as_str(), name, "{typed:?}");
            assert_eq!(DomainName::lenient(typed), name);
        }

        assert_eq!(DomainName::lenient("XN--a.example"), "xn--a.example");
        for bad in [
            "",
            ".",
            "localhost",
            "a..b",
            "-a.org",
            "a-.org",
            "a b.org",
            "a_b.org",
            "example.org.",
            "xn--a.example",
            "xn--.example",
            "xn--bcher-kv.example",
            "a@example.org",
            "a\u{ff20}b.example",
            "a\0.example",
        ] {
            assert!(DomainName::parse("name", bad).is_err(), "{bad}");
        }

        let label = |letters| "a".repeat(letters);
        assert!(DomainName::parse("name", &format!("{}.org", label(63))).is_ok());
        assert!(DomainName::parse("name", &format!("{}.org", label(64))).is_err());
        let long = |last| format!("{0}.{0}.{0}.{1}", label(63), label(last));
        assert_eq!((long(61).len(), long(62).len()), (253, 254));
        assert!(DomainName::parse("name", &long(61)).is_ok());
        assert!(DomainName::parse("name", &long(62)).is_err());
    }
}

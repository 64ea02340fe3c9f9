//! Organizations and their mail domains.
//!
//! ```text
//!   active --> dissolved     for ever; its domains are free again
//! ```

use crate::clock::Timestamp;
use crate::domain::field::{Fault, FieldError};
use crate::domain::ids::{MemberId, OrganizationId};

/// Longest name of an organization, in bytes.
pub const MAX_NAME: usize = 128;

/// A mail domain: letters, digits and hyphens in labels (RFC 1035, RFC 5891 A-labels), in lower case.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DomainName(String);

impl DomainName {
    /// Reads a domain name.
    pub fn parse(field: &'static str, text: &str) -> Result<Self, FieldError> {
        let text = text.trim().to_ascii_lowercase();
        let label = |label: &str| {
            (1..=63).contains(&label.len())
                && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
                && !label.starts_with('-')
                && !label.ends_with('-')
        };
        if text.len() > 253 || !text.contains('.') || !text.split('.').all(label) {
            return Err(FieldError::new(
                field,
                Fault::Malformed,
                "must be a domain name such as example.org",
            ));
        }
        Ok(Self(text))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether an organization is in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrganizationState {
    /// In use.
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
    /// Id.
    pub id: OrganizationId,
    /// Name for people.
    pub name: String,
    /// State.
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
    /// Its name.
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
        assert!(DomainName::parse("name", "xn--bcher-kva.example").is_ok());
        for bad in
            ["", ".", "localhost", "a..b", "-a.org", "a-.org", "bücher.example", "a b.org", "example.org."]
        {
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

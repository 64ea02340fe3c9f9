//! Leaks: strings that were found where no secret belongs, what they open, and what becomes of that.
//!
//! ```text
//!   string --right check letters?--> look-up --opens something--> it ends, whoever's it is; a mail server's key is marked
//!      +-- no: ignored                  +-- opens nothing: nothing
//! ```
//!
//! Whoever reports learns nothing of which it was.

use crate::domain::access::Caller;
use crate::domain::audit::{Action, Actor, Target};
use crate::domain::audit_details::Details;
use crate::domain::characters::trim;
use crate::domain::field::{Fault, FieldError};
use crate::domain::ids::{ClientPasswordId, InvitationId, MemberId, OrganizationId, SessionId};
use crate::domain::secret::{CanonicalSecret, Secret, Token, TokenKind};
use crate::domain::service_key::{KeyRole, ServiceKey};

/// Most strings of one report.
pub const MAX_STRINGS: usize = 1_000;
/// Longest string of a report, in characters: longer than any of our secrets, however it was typed.
pub const MAX_CHARACTERS: usize = 256;

/// A string that has the form of one of our secrets, with right check letters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LeakedString {
    /// Thirty letters.
    ClientPassword(CanonicalSecret),
    /// A prefix, and what follows it.
    Token(Token),
}

impl LeakedString {
    /// What somebody found, brought to the form in which it is looked up; `None` if it is none of ours.
    pub fn recognise(text: &str) -> Option<Self> {
        let token = Token::recognise(trim(text)).map(Self::Token);
        token.or_else(|| CanonicalSecret::recognise(text).map(Self::ClientPassword))
    }

    /// The text that its verifier is made of.
    pub fn text(&self) -> &str {
        match self {
            Self::ClientPassword(secret) => secret.letters(),
            Self::Token(token) => token.text().expose(),
        }
    }

    /// What may be shown of it: enough to find it again, and too little to guess the rest.
    pub fn masked(&self) -> String {
        let shown = match self {
            Self::ClientPassword(_) => self.text().get(..5).map(|head| format!("{head}-")),
            Self::Token(_) => self.text().get(..8).map(str::to_owned),
        };
        format!("{}…", shown.unwrap_or_default())
    }

    /// What people call it.
    pub fn name(&self) -> &'static str {
        match self.token_kind() {
            None => "client password",
            Some(TokenKind::ServiceKey) => "service key",
            Some(TokenKind::Session) => "session token",
            Some(TokenKind::Setup) => "setup token",
            Some(TokenKind::Invitation) => "invitation token",
            Some(TokenKind::ClientSetup) => "set-up link token",
        }
    }

    /// The string, to be reported.
    pub fn to_secret(&self) -> Secret {
        Secret::new(self.text().to_owned())
    }

    /// What it is for, if it is a token.
    pub fn token_kind(&self) -> Option<TokenKind> {
        match self {
            Self::ClientPassword(_) => None,
            Self::Token(token) => Some(token.kind()),
        }
    }
}

/// Those of a report that have the form of our secrets, each once. What has another form is not worth a look-up, and
/// never a mistake of whoever reports.
pub fn recognised(strings: &[Secret]) -> Vec<LeakedString> {
    let mut found: Vec<_> =
        strings.iter().filter_map(|string| LeakedString::recognise(string.expose())).collect();
    found.sort_by(|one, other| one.text().cmp(other.text()));
    found.dedup();
    found
}

/// Refuses a report of no strings, of too many, or with one that is too long.
pub fn check(strings: &[Secret]) -> Result<(), FieldError> {
    if strings.is_empty() || strings.len() > MAX_STRINGS {
        return Err(FieldError::new("secrets", Fault::OutOfRange, "must have 1 to 1000 strings"));
    }
    let is_long = |string: &Secret| string.expose().chars().nth(MAX_CHARACTERS).is_some();
    match strings.iter().position(is_long) {
        Some(at) => {
            let field = format!("secrets[{at}]");
            Err(FieldError::new(field, Fault::TooLong, "must have at most 256 characters"))
        }
        None => Ok(()),
    }
}

/// Whose something is that was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Whose {
    /// The member.
    pub member_id: MemberId,
    /// The organization of the member.
    pub organization_id: OrganizationId,
}

/// Something live that a leaked string opens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Leak {
    /// A one-time link to a client password.
    ClientSetupLink(ClientPasswordId, Whose),
    /// An invitation to choose an account password.
    Invitation(InvitationId, Whose),
    /// A client password.
    ClientPassword(ClientPasswordId, Whose),
    /// A sign-in.
    Session(SessionId, Whose),
    /// The credential of a program.
    ServiceKey(ServiceKey),
    /// The one-time link by which the installation is set up.
    SetupToken,
}

impl Leak {
    /// Whether it ends. The key of a mail server does not: all mail of its members would stand still.
    pub fn ends(&self) -> bool {
        !matches!(self, Self::ServiceKey(key) if key.role == KeyRole::MailServer)
    }

    /// In this order they end: what would end with something else goes before it, as an invitation before the key that made
    /// it, and a client password before its successor, which has a later id.
    pub const fn order(&self) -> (u8, Option<ClientPasswordId>) {
        match self {
            Self::ClientSetupLink(..) => (0, None),
            Self::Invitation(..) => (1, None),
            Self::ClientPassword(id, _) => (2, Some(*id)),
            Self::Session(..) => (3, None),
            Self::ServiceKey(_) => (4, None),
            Self::SetupToken => (5, None),
        }
    }

    /// What the audit log says was done.
    pub fn action(&self) -> Action {
        match self {
            Self::ClientSetupLink(..) => Action::SetupLinkLeaked,
            Self::Invitation(..) => Action::InvitationLeaked,
            Self::ClientPassword(..) => Action::ClientPasswordLeaked,
            Self::Session(..) => Action::SessionLeaked,
            Self::ServiceKey(_) if self.ends() => Action::ServiceKeyLeaked,
            Self::ServiceKey(_) => Action::ServiceKeyLeakReported,
            Self::SetupToken => Action::SetupTokenLeaked,
        }
    }

    /// The member whose it is, if it is a member's.
    pub const fn member_id(&self) -> Option<MemberId> {
        match self {
            Self::ClientSetupLink(_, whose)
            | Self::Invitation(_, whose)
            | Self::ClientPassword(_, whose)
            | Self::Session(_, whose) => Some(whose.member_id),
            Self::ServiceKey(_) | Self::SetupToken => None,
        }
    }

    /// The organization that it is in; `None` if it is in none.
    pub const fn organization_id(&self) -> Option<OrganizationId> {
        match self {
            Self::ClientSetupLink(_, whose)
            | Self::Invitation(_, whose)
            | Self::ClientPassword(_, whose)
            | Self::Session(_, whose) => Some(whose.organization_id),
            Self::ServiceKey(key) => key.organization_id,
            Self::SetupToken => None,
        }
    }

    /// As the audit log names it.
    pub fn target(&self) -> Option<Target> {
        match self {
            Self::ClientSetupLink(id, _) | Self::ClientPassword(id, _) => Some(Target::ClientPassword(*id)),
            Self::Invitation(id, _) => Some(Target::Invitation(*id)),
            Self::Session(id, _) => Some(Target::Session(*id)),
            Self::ServiceKey(key) => Some(Target::ServiceKey(key.id)),
            Self::SetupToken => None,
        }
    }

    /// Who the audit log says has done it: whoever reported it, if the organization may know of them, else the service.
    pub fn actor(&self, reporter: &Caller) -> Actor {
        if self.knows(reporter) { reporter.actor() } else { Actor::System }
    }

    /// What else the audit log says of it.
    pub fn details(&self, reporter: &Caller) -> Details {
        let role = match self {
            Self::ServiceKey(key) => Some(key.role.name()),
            _ => None,
        };
        let reporter = (!self.knows(reporter)).then_some("elsewhere");
        Details::Leaked { role, reporter }
    }

    /// Whether the reporter belongs to its organization, or to none and so stands above all.
    fn knows(&self, reporter: &Caller) -> bool {
        reporter.confined_to().is_none_or(|home| Some(home) == self.organization_id())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::access::KeyHolder;
    use uuid::Uuid;

    fn strings(all: &[&str]) -> Vec<Secret> {
        all.iter().map(|text| Secret::new((*text).to_owned())).collect()
    }

    #[test]
    fn what_has_the_form_of_ours_is_found_however_it_was_typed_and_once() {
        let plain = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaab";
        let token = "cpk_00000000000000000000000000000017lVDc";
        let typed = [
            plain,
            "AAAAA-AAAAA-AAAAA-AAAAA-AAAAA-AAAAB",
            " aaaaa aaaaa aaaaa aaaaa aaaaa aaaab\n",
            token,
            "\u{200b}cpk_00000000000000000000000000000017lVDc ",
            "cpk_00000000000000000000000000000017lVDd",
            "a password",
            "",
        ];
        let found = recognised(&strings(&typed));
        let texts: Vec<_> = found.iter().map(LeakedString::text).collect();
        assert_eq!(texts, [plain, token]);
        assert_eq!(format!("{found:?}"), "[ClientPassword(CanonicalSecret), Token(Token)]");
    }

    #[test]
    fn a_report_has_up_to_a_thousand_strings_of_up_to_256_characters() {
        let refused = |all: Vec<Secret>| check(&all).map_err(|error| (error.field, error.fault));
        assert_eq!(refused(Vec::new()), Err(("secrets".into(), Fault::OutOfRange)));
        assert_eq!(refused(strings(&vec!["x"; 1_001])), Err(("secrets".into(), Fault::OutOfRange)));
        assert_eq!(refused(strings(&vec!["x"; 1_000])), Ok(()));
        let (longest, longer) = ("\u{1f600}".repeat(256), "x".repeat(257));
        assert_eq!(refused(strings(&["", &longest])), Ok(()));
        assert_eq!(refused(strings(&["", &longer])), Err(("secrets[1]".into(), Fault::TooLong)));
    }

    #[test]
    fn whoever_reports_from_elsewhere_is_not_named() {
        let organization = |n| OrganizationId::from(Uuid::from_u128(n));
        let whose = Whose { member_id: Uuid::from_u128(5).into(), organization_id: organization(1) };
        let leak = Leak::ClientPassword(Uuid::from_u128(6).into(), whose);
        let reporter = |home: Option<u128>| {
            Caller::Key(KeyHolder {
                id: Uuid::from_u128(3).into(),
                role: KeyRole::Auditor,
                organization_id: home.map(organization),
            })
        };
        for (home, named) in [(None, true), (Some(1), true), (Some(2), false)] {
            let (caller, elsewhere) = (reporter(home), (!named).then_some("elsewhere"));
            assert_eq!(leak.actor(&caller), if named { caller.actor() } else { Actor::System });
            assert_eq!(leak.details(&caller), Details::Leaked { role: None, reporter: elsewhere });
        }
    }
}

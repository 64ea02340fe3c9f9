//! What is done to a member after a page has said what it ends.

use super::office::Office;
use crate::domain::access::MemberPermission;
use crate::domain::member::{Member, MemberState};
use crate::pages::passwords;
use crate::pages::texts::Words;
use crate::service::members::MemberPatch;
use crate::service::{Error, IfMatch};

/// What is done to a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// All client passwords end.
    EndAll,
    /// No sign-in and no mail until re-activated.
    Suspend,
    /// Back from being suspended.
    Reactivate,
    /// All second factors go.
    RemoveFactors,
    /// Secure login goes off, or is no longer required.
    SecureLoginOff,
    /// Codes are taken from everywhere again.
    LiftBlock,
    /// Gone for ever.
    Leave,
}

impl Step {
    /// All of them, in the order of a page.
    pub const ALL: [Self; 7] = [
        Self::EndAll,
        Self::Suspend,
        Self::Reactivate,
        Self::RemoveFactors,
        Self::SecureLoginOff,
        Self::LiftBlock,
        Self::Leave,
    ];

    /// Its address below the member, and its name in messages.
    pub const fn path(self) -> &'static str {
        match self {
            Self::EndAll => "end-all",
            Self::Suspend => "suspend",
            Self::Reactivate => "reactivate",
            Self::RemoveFactors => "remove-factors",
            Self::SecureLoginOff => "secure-login-off",
            Self::LiftBlock => "lift-block",
            Self::Leave => "leave",
        }
    }

    /// What it takes.
    pub const fn permission(self) -> MemberPermission {
        match self {
            Self::EndAll => MemberPermission::Revoke,
            Self::Suspend => MemberPermission::Suspend,
            Self::Reactivate => MemberPermission::Reactivate,
            Self::RemoveFactors => MemberPermission::RemoveFactor,
            Self::SecureLoginOff => MemberPermission::SecureLoginOff,
            Self::LiftBlock => MemberPermission::LiftCodeBlock,
            Self::Leave => MemberPermission::Leave,
        }
    }

    /// Whether it ends something.
    pub const fn ends(self) -> bool {
        !matches!(self, Self::Reactivate | Self::LiftBlock)
    }

    /// Whether it is done to the member as the page showed it, and to no other version.
    pub const fn needs_version(self) -> bool {
        matches!(self, Self::Suspend | Self::Reactivate)
    }

    /// Whether all client passwords end with it.
    const fn ends_passwords(self, member: &Member) -> bool {
        match self {
            Self::EndAll | Self::Suspend | Self::RemoveFactors | Self::Leave => true,
            Self::SecureLoginOff => member.secure_login.enabled,
            Self::Reactivate | Self::LiftBlock => false,
        }
    }

    /// Does it.
    pub async fn act(self, office: &Office, member: &Member, if_match: &IfMatch) -> Result<(), Error> {
        let (call, id, services) = (&office.call, member.id, &office.services);
        let state = |state| MemberPatch { state: Some(state), ..MemberPatch::default() };
        match self {
            Self::EndAll => services.client_passwords.revoke_all(call, id).await.map(drop),
            Self::Suspend => {
                let patch = state(MemberState::Suspended);
                services.members.patch(call, id, &patch, if_match).await.map(drop)
            }
            Self::Reactivate => {
                let patch = state(MemberState::Active);
                services.members.patch(call, id, &patch, if_match).await.map(drop)
            }
            Self::RemoveFactors => services.second_factors.remove_all(call, id).await,
            Self::SecureLoginOff => {
                let absent = &IfMatch::Absent;
                services.secure_login.switch(call, id, false, false, absent).await.map(drop)
            }
            Self::LiftBlock => services.second_factors.lift_code_block(call, id).await,
            Self::Leave => services.members.leave(call, id).await,
        }
    }

    /// What it comes to, a line each, and the labels of what ends.
    pub async fn means(self, office: &Office, member: &Member) -> Result<Meaning, Error> {
        let words = &office.words;
        let mut meaning = Meaning { lines: Vec::new(), labels: Vec::new() };

        if self.ends_passwords(member) {
            meaning.labels = passwords::stops(office, member.id).await?;
            meaning.lines.push(words.with("admin-ends-passwords", "count", meaning.labels.len()));
        }
        if self == Self::RemoveFactors {
            let found = office.services.second_factors.list(&office.call, member.id).await?;
            let count = found.factors.len();
            meaning.lines.push(words.with("admin-ends-factors", "count", count));
        }
        meaning.lines.extend(self.lines(words, member));
        Ok(meaning)
    }

    /// What else it comes to.
    fn lines(self, words: &Words, member: &Member) -> Vec<String> {
        let on = member.secure_login.enabled;
        let messages: &[&str] = match self {
            Self::EndAll => &["admin-end-all-goes-on"],
            Self::Suspend => &["admin-ends-sessions", "admin-suspend-mail", "admin-suspend-back"],
            Self::Reactivate => &["admin-reactivate-ends", "admin-reactivate-new"],
            Self::RemoveFactors if on => &["admin-ends-sessions", "admin-remove-factors-mail", "admin-told"],
            Self::RemoveFactors => &["admin-ends-sessions", "admin-told"],
            Self::SecureLoginOff if on => {
                &["admin-ends-sessions", "admin-secure-login-off-mail", "admin-told"]
            }
            Self::SecureLoginOff => &["admin-secure-login-off-waives", "admin-secure-login-off-mail"],
            Self::LiftBlock => &["admin-lift-block-ends", "admin-lift-block-care"],
            Self::Leave => {
                &["admin-ends-sessions", "admin-leave-factors", "admin-leave-address", "admin-leave-ever"]
            }
        };
        messages.iter().map(|message| words.say(message)).collect()
    }
}

/// What a step comes to.
pub struct Meaning {
    /// What happens, a line each.
    pub lines: Vec<String>,
    /// The labels of the client passwords that end.
    pub labels: Vec<String>,
}

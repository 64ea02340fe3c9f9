//! What a mail server sends to have a password checked, and what it is answered.

use std::borrow::Cow;

use crate::domain::ids::{ClientPasswordId, MemberId, OrganizationId, RequestId};
use crate::domain::network::ClientAddress;
use crate::domain::place::Requester;
use crate::domain::protocol::Protocol;
use crate::domain::secret::Secret;
use crate::domain::verdict::Reason;

/// Longest password that is looked at, in bytes.
pub const MAX_PASSWORD: usize = 1024;
/// Longest name of a client, in bytes.
pub const MAX_CLIENT: usize = 256;

/// May this login have mail with this password?
#[derive(Clone, Copy, Debug)]
pub struct CredentialCheck<'a> {
    /// The login, as its bytes came.
    pub login: &'a [u8],
    /// The password, as its bytes came.
    pub password: &'a [u8],
    /// What the mail client speaks.
    pub protocol: Protocol,
    /// The address of the mail client, as the mail server says it.
    pub client_address: ClientAddress,
    /// The name that the mail client gives itself, if the mail server passes it on.
    pub client: Option<&'a str>,
    /// The organization that the key of the mail server is bound to; `None` for all.
    pub within: Option<OrganizationId>,
    /// Whether the mail server has another source to go on to. Where it has none, what that one would decide is
    /// refused: nobody knows this password.
    pub next_source: bool,
}

/// A check as it was read: what is no text, or is too long, matches nothing, and is refused as a wrong one is.
pub(super) struct ParsedCheck<'a> {
    /// The check as it came.
    pub(super) sent: CredentialCheck<'a>,
    pub(super) login: Cow<'a, str>,
    /// `None` if that can be nobody's.
    pub(super) password: Option<Secret>,
    pub(super) client: Option<&'a str>,
    /// The mail server; it stands for the place of the client where no address was said.
    pub(super) requester: Requester,
    pub(super) request_id: RequestId,
}

impl<'a> ParsedCheck<'a> {
    pub(super) fn read(check: &CredentialCheck<'a>, requester: Requester, request_id: RequestId) -> Self {
        let text = Some(check.password).filter(|bytes| bytes.len() <= MAX_PASSWORD);
        let text = text.and_then(|bytes| std::str::from_utf8(bytes).ok());

        Self {
            sent: *check,
            login: String::from_utf8_lossy(check.login),
            password: text.map(|text| Secret::new(text.to_owned())),
            client: check.client.filter(|client| client.len() <= MAX_CLIENT),
            requester,
            request_id,
        }
    }
}

/// Who was let in, and with what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// The login as the member's row has it, however it was typed.
    pub login: String,
    /// The organization that the member belongs to.
    pub organization_id: OrganizationId,
    /// The member who has the login.
    pub member_id: MemberId,
    /// The client password with its label; `None` if it was the account password.
    pub client_password: Option<(ClientPasswordId, String)>,
}

/// The answer to a mail server. Each door maps the outcomes in one `match`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CheckOutcome {
    /// The password is right and may be used here: let the client in.
    Accept(Accepted),
    /// Keep out, and ask no other source. The reason is for logs, never for the mail client.
    Reject(Reason),
    /// Ask the next source; this one neither lets in nor keeps out.
    Defer,
    /// No answer could be found: a temporary failure, never a wrong password.
    Unavailable,
}

impl CheckOutcome {
    /// Its name in logs and metrics.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Accept(_) => "accept",
            Self::Reject(_) => "reject",
            Self::Defer => "defer",
            Self::Unavailable => "unavailable",
        }
    }
}

/// What was found, if it could be.
pub(super) enum Answer {
    Accept(Accepted),
    Reject(Reason),
    Defer,
}

impl Answer {
    /// Result and reason, as they are logged.
    pub(super) const fn names(&self) -> (&'static str, &'static str) {
        match self {
            Self::Accept(_) => ("accept", ""),
            Self::Reject(reason) => ("reject", reason.name()),
            Self::Defer => ("defer", ""),
        }
    }
}

impl From<Answer> for CheckOutcome {
    fn from(answer: Answer) -> Self {
        match answer {
            Answer::Accept(accepted) => Self::Accept(accepted),
            Answer::Reject(reason) => Self::Reject(reason),
            Answer::Defer => Self::Defer,
        }
    }
}

//! What of a check goes into the history of log-ins.

use super::CredentialChecks;
use super::check::ParsedCheck;
use crate::domain::ids::MemberId;
use crate::domain::log_in::{FromWhere, LogInBy, LogInKey};
use crate::domain::policy::MemberPolicy;
use crate::domain::verdict::CheckContext;

impl CredentialChecks {
    /// Notes that a mail client got in, or that it was passed on, unless the policy keeps no history. `client` is what it
    /// calls itself, as it may be kept.
    pub(super) fn note_log_in(
        &self,
        (check, context): (&ParsedCheck<'_>, &CheckContext),
        policy: &MemberPolicy,
        (member, by): (MemberId, LogInBy),
        client: Option<String>,
    ) {
        if policy.limits.history.is_zero() {
            return;
        }

        let (protocol, from) = (context.protocol, FromWhere::of(check.sent.client_address.ip()));
        let client = client.filter(|client| !client.is_empty());
        self.log_ins.note(LogInKey { member, by, protocol, from, client, level: 0 }, context.now);
    }
}

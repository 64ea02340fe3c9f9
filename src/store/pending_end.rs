//! What notices say of an end of client passwords, on its way into the outbox.

use uuid::Uuid;

use super::engine::Value;
use super::record::Record;
use super::statements::{NOW, args};
use crate::domain::client_password::EndReason;
use crate::domain::ids::{AuditEventId, ClientPasswordId, MemberId, OrganizationId, RevocationId};

/// What notices say of an end, on its way into the outbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum PendingEnd {
    /// That all of the member or organization that the record is about have ended.
    All(About),
    /// Which of an organization have ended by themselves with this write and for this reason, if any.
    Some(About),
    /// That this one has, if it has ended with this write.
    One(ClientPasswordId),
    /// That the one which this one replaced has, if it has ended with this write.
    Predecessor(ClientPasswordId),
    /// Which of the members after the one and up to the other this piece of a bulk revocation has ended, if any.
    Piece {
        /// The id of its notice.
        notice: Uuid,
        /// The organization of the members.
        organization: OrganizationId,
        /// The bulk revocation.
        revocation: RevocationId,
        /// After this member.
        after: Uuid,
        /// Up to this one.
        upto: Uuid,
    },
}

/// Whose client passwords have ended, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct About {
    id: AuditEventId,
    organization_id: Option<OrganizationId>,
    member_id: Option<MemberId>,
    reason: EndReason,
}

impl PendingEnd {
    /// All client passwords of the member that the record is about, or else of the organization.
    pub(super) fn all(record: &Record, reason: EndReason) -> Self {
        Self::All(About::of(record, reason))
    }

    /// Those of the organization that end with the record's change.
    pub(super) fn some(record: &Record, reason: EndReason) -> Self {
        Self::Some(About::of(record, reason))
    }
}

impl About {
    fn of(record: &Record, reason: EndReason) -> Self {
        let Record { id, organization_id, member_id, .. } = *record;
        Self { id, organization_id, member_id, reason }
    }

    pub(super) fn args(&self, target: &str, everything: bool) -> Vec<Value> {
        args![
            target,
            self.id.uuid(),
            self.organization_id.map(OrganizationId::uuid),
            self.member_id.map(MemberId::uuid),
            everything,
            self.reason.name(),
            NOW,
            everything,
        ]
    }
}

//! How the set of a bulk revocation is counted and ended, the whole of it at once or what members in a range have of it.

use uuid::Uuid;

use super::{NewRevocation, Range, Scope, own};
use crate::domain::ids::{OrganizationId, RevocationId};
use crate::domain::revocation::RevocationState;
use crate::store::engine::unmet::Unmet;
use crate::store::pending_end::PendingEnd;
use crate::store::statements::{NOW, args, ending, long, note, point};
use crate::store::transaction::Transaction;

/// What of a set is to end.
pub(super) struct Targets {
    /// By this revocation.
    pub(super) revocation: RevocationId,
    /// In this organization.
    pub(super) organization: OrganizationId,
    pub(super) scope: Scope,
    /// Under which revocation the set is kept.
    pub(super) set: Uuid,
    /// Of these members.
    pub(super) range: Range,
}

impl Transaction {
    /// Counts what lives of a set, which is kept under the revocation itself. Where it is ended at once, all that is found
    /// ends, and is counted then.
    pub(super) fn count_targets(&mut self, id: Uuid, range: Range) {
        let args = args![NOW, id, range.after, range.upto];
        self.expect_one(long!("revocations/count"), args, Unmet::Broken);
    }

    /// Ends the set that was kept under `targets`, and writes what came of it. Two of these do not meet, because each has
    /// locked the organization.
    pub(super) fn end_at_once(&mut self, new: &NewRevocation<'_>, targets: Uuid) {
        let NewRevocation { id: revocation, organization_id: organization, scope, record, .. } = *new;
        self.end_targets(
            &Targets { revocation, organization, scope, set: targets, range: Range::ALL },
            record.id.uuid(),
        );
        self.finish_revocation(revocation, RevocationState::Done);
        self.record_revocation(record, revocation);
    }

    /// Ends what lives of a set, as far as it is in scope now. A member of whom nothing else lives ends by the epoch, the
    /// others one by one. All are locked first, so that nothing is rotated out of the set meanwhile.
    pub(super) fn end_targets(&mut self, of: &Targets, notice: Uuid) {
        let Targets { revocation, organization, scope, set, range: Range { after, upto } } = *of;
        let id = revocation.uuid();
        self.execute(note!("revocations/lock_members"), args![set, after, upto]);
        self.execute(long!("revocations/write_end"), args![NOW, id, set, after, upto]);
        let ended = PendingEnd::Piece { notice, organization, revocation, after, upto };
        self.end_any(ending!("revocations/end_members"), args![set, after, upto, id], [ended]);
        let args = args![NOW, id, set, after, upto, scope.below_rank, own(scope)];
        self.end_any(ending!("revocations/end"), args, []);

        self.expect_one(long!("revocations/add_ended"), args![id, after, upto], Unmet::Broken);
        self.execute(point!("revocations/match_ended"), args![id]);
        self.drop_targets(set, of.range);
    }

    pub(super) fn drop_targets(&mut self, targets: Uuid, range: Range) {
        self.execute(long!("revocations/drop_targets"), args![targets, range.after, range.upto]);
    }

    /// Writes that one is over that was running.
    pub(super) fn finish_revocation(&mut self, id: RevocationId, state: RevocationState) {
        let args = args![state.name(), NOW, id.uuid()];
        self.expect_one(point!("revocations/finish"), args, Unmet::Overtaken);
    }
}

//! Notices: what others did to a member's account, until the member has seen it.

use super::second_factors::session_of;
use super::{Call, Error, Listed, Paging, Refusal, Service};
use crate::clock::Timestamp;
use crate::domain::audit::Action;
use crate::domain::ids::{AuditEventId, MemberId};
use crate::domain::notice::{Notice, OPEN_FOR};
use crate::domain::permission::MemberPermission;
use crate::store::{Page, Unmet};

/// Notices that a sign-in shows; a list has the others.
const SHOWN: i64 = 50;

impl Service {
    /// A member's open notices, newest first.
    pub async fn open_notices(
        &self,
        call: &Call,
        id: MemberId,
        paging: Paging,
    ) -> Result<Listed<Notice>, Error> {
        let member = self.present_member(call, id).await?;
        self.may_to(call, MemberPermission::SeeNotices, &member)?;
        let found = self.store.open_notices(id, self.notices_since(), paging.page()).await?;
        Ok(Listed::cut(found, paging.limit, |notice| notice.id.uuid()))
    }

    /// Those that signing in shows, oldest first.
    pub(super) async fn notices_at_sign_in(&self, id: MemberId) -> Result<Vec<Notice>, Error> {
        let page = Page { before: uuid::Uuid::max(), from: uuid::Uuid::nil(), limit: SHOWN };
        let mut found = self.store.open_notices(id, self.notices_since(), page).await?;
        found.reverse();
        Ok(found)
    }

    /// The member has seen a notice. Refused in a session that somebody may have begun with what the notice is about;
    /// nothing happens if it was acknowledged before.
    pub async fn acknowledge_notice(
        &self,
        call: &Call,
        id: MemberId,
        notice: AuditEventId,
    ) -> Result<(), Error> {
        self.judged(call, async |call| {
            let (member, authority) = self.own_member(call, id, MemberPermission::SeeNotices).await?;
            if self.is_acknowledged(id, notice).await? {
                return Ok(());
            }
            let session = session_of(call)?;
            let change = self.about(call, authority, Action::NoticeAcknowledged, &member)?;
            let change = change.target("notice", notice);
            match self.store.acknowledge_notice(id, notice, session, &change.0).await? {
                Ok(()) => self.changed(&change),
                // Another session may have been first.
                Err(Unmet::Proof) if self.is_acknowledged(id, notice).await? => {}
                Err(Unmet::Proof) => return Err(Refusal::OlderFactorRequired.into()),
                Err(unmet) => return Err(unmet.into()),
            }
            Ok(())
        })
        .await
    }

    async fn is_acknowledged(&self, member: MemberId, notice: AuditEventId) -> Result<bool, Error> {
        let found = self.store.is_acknowledged(member, notice, self.notices_since()).await?;
        found.ok_or_else(|| Refusal::NotFound.into())
    }

    /// Forgets what was acknowledged of notices that are open no longer.
    pub async fn sweep_notices(&self) -> Result<(), Error> {
        Ok(self.store.sweep_notices(self.notices_since()).await?)
    }

    fn notices_since(&self) -> Timestamp {
        self.clock.now().minus(OPEN_FOR)
    }
}

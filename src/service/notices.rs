//! Notices: what others did to a member's account, until the member has seen it.

use super::audit_trail::AuditTrail;
use super::authority::Authorizer;
use super::parts::Parts;
use super::second_factors::session_of;
use super::{Call, Error, Listed, Paging, Refusal};
use crate::clock::{Clock, Timestamp};
use crate::domain::audit::{Action, Target};
use crate::domain::ids::{AuditEventId, MemberId};
use crate::domain::notice::{Notice, OPEN_FOR};
use crate::domain::permission::MemberPermission;
use crate::store::{NoticeStore, Page, Unmet};

/// Notices that a sign-in shows; a list has the others.
const SHOWN: i64 = 50;

/// Notices of what others did to a member's account.
#[derive(Clone)]
pub struct Notices {
    audit: AuditTrail,
    authorizer: Authorizer,
    clock: Clock,
    store: NoticeStore,
}

impl Notices {
    pub(super) fn new(parts: &Parts) -> Self {
        Self {
            audit: parts.audit.clone(),
            authorizer: Authorizer::new(parts),
            clock: parts.clock.clone(),
            store: parts.store.notices(),
        }
    }

    /// A member's open notices, newest first.
    pub async fn list(&self, call: &Call, id: MemberId, paging: Paging) -> Result<Listed<Notice>, Error> {
        let member = self.authorizer.present_member(call, id).await?;
        self.authorizer.may_to(call, MemberPermission::SeeNotices, &member)?;
        let found = self.store.list_open(id, self.notices_since(), paging.page()).await?;
        Ok(Listed::cut(found, paging.limit, |notice| notice.id.uuid()))
    }

    /// Those that signing in shows, oldest first.
    pub(super) async fn at_sign_in(&self, id: MemberId) -> Result<Vec<Notice>, Error> {
        let mut found = self.store.list_open(id, self.notices_since(), Page::first(SHOWN)).await?;
        found.reverse();
        Ok(found)
    }

    /// The member has seen a notice. Refused in a session that somebody may have begun with what the notice is about;
    /// nothing happens if it was acknowledged before.
    pub async fn acknowledge(&self, call: &Call, id: MemberId, notice: AuditEventId) -> Result<(), Error> {
        self.authorizer
            .judged(call, async |call| {
                let (member, authority) =
                    self.authorizer.own_member(call, id, MemberPermission::SeeNotices).await?;
                if self.is_acknowledged(id, notice).await? {
                    return Ok(());
                }

                let session = session_of(call)?;
                let change = self.audit.member_entry(call, authority, Action::NoticeAcknowledged, &member)?;
                let change = change.target(Target::Notice(notice));

                match self.store.acknowledge(id, notice, session, &change.0).await? {
                    Ok(()) => self.audit.committed(&change),
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

    fn notices_since(&self) -> Timestamp {
        self.clock.now().minus(OPEN_FOR)
    }
}

//! Sessions of a member: which there are, ending them, signing out.

use super::audit_trail::AuditTrail;
use super::authority::Authorizer;
use super::callers::IDLE;
use super::parts::Parts;
use super::second_factors::session_of;
use super::usage::UsageLog;
use super::{Call, Error, Listed, Paging, Refusal};
use crate::clock::Clock;
use crate::domain::access::Caller;
use crate::domain::audit::{Action, Target};
use crate::domain::ids::{MemberId, SessionId};
use crate::domain::permission::MemberPermission;
use crate::domain::session::MemberSession;
use crate::store::{Page, SessionStore, Unmet};

/// Sessions that a record names at most.
const NAMED: i64 = 50;

/// Lists and ends sessions.
#[derive(Clone)]
pub struct Sessions {
    audit: AuditTrail,
    authorizer: Authorizer,
    clock: Clock,
    store: SessionStore,
    usage: UsageLog,
}

impl Sessions {
    pub(super) fn new(parts: &Parts) -> Self {
        Self {
            audit: parts.audit.clone(),
            authorizer: Authorizer::new(parts),
            clock: parts.clock.clone(),
            store: parts.store.sessions(),
            usage: parts.usage.clone(),
        }
    }

    /// The member's own sessions, newest first.
    pub async fn list(
        &self,
        call: &Call,
        id: MemberId,
        paging: Paging,
    ) -> Result<Listed<MemberSession>, Error> {
        let member = self.authorizer.present_member(call, id).await?;
        self.authorizer.may_to(call, MemberPermission::ManageSessions, &member)?;
        self.usage.write_or_warn().await;

        let now = self.clock.now();
        let found = self.store.list_of_member(id, now, now.minus(IDLE), paging.page()).await?;
        Ok(Listed::cut(found, paging.limit, |session| session.id.uuid()))
    }

    /// Ends one of the member's own sessions, which may be the one that does so.
    pub async fn end(&self, call: &Call, id: MemberId, session: SessionId) -> Result<(), Error> {
        self.authorizer
            .judged(call, async |call| {
                let (member, authority) =
                    self.authorizer.own_member(call, id, MemberPermission::ManageSessions).await?;
                let change = self.audit.member_entry(call, authority, Action::SessionEnded, &member)?;
                let change = change.target(Target::Session(session));

                self.store.end(id, session, &change.0).await??;
                self.audit.committed(&change);
                Ok(())
            })
            .await
    }

    /// Ends all sessions of the member but the one that does so; gives how many.
    pub async fn end_others(&self, call: &Call, id: MemberId) -> Result<usize, Error> {
        self.authorizer
            .judged(call, async |call| {
                let (member, authority) =
                    self.authorizer.own_member(call, id, MemberPermission::ManageSessions).await?;
                let own = session_of(call)?;
                let change = self.audit.member_entry(call, authority, Action::SessionsEnded, &member)?;
                let change = change.targets(self.others(id, own).await?);

                match self.store.end_others(id, own, &change.0).await? {
                    Ok(ended) => {
                        self.audit.committed(&change);
                        Ok(ended)
                    }
                    // An end that ends nothing leaves no record, or anybody could fill the log with them.
                    Err(Unmet::Nothing) => Ok(0),
                    Err(unmet) => Err(unmet.into()),
                }
            })
            .await
    }

    /// The member, and the sessions beside the own one that are not over, for the record.
    async fn others(&self, id: MemberId, own: SessionId) -> Result<Vec<Target>, Error> {
        let now = self.clock.now();
        let found = self.store.list_of_member(id, now, now.minus(IDLE), Page::first(NAMED)).await?;

        let others = found.into_iter().map(|session| session.id).filter(|session| *session != own);
        Ok(std::iter::once(Target::Member(id)).chain(others.map(Target::Session)).collect())
    }

    /// Signs the caller out.
    pub async fn sign_out(&self, call: &Call) -> Result<(), Error> {
        self.authorizer
            .judged(call, async |call| {
                let Caller::Member(me) = call.caller else {
                    return Err(Refusal::Forbidden.into());
                };

                let change = self
                    .audit
                    .entry(call, call.caller.on_itself(), Action::SessionEnded)?
                    .in_organization(me.organization_id);
                let change = change.of_member(me.member_id).target(Target::Session(me.session_id));

                match self.store.end(me.member_id, me.session_id, &change.0).await? {
                    Ok(()) => self.audit.committed(&change),
                    // It is gone already.
                    Err(Unmet::Nothing) => {}
                    Err(unmet) => return Err(unmet.into()),
                }
                Ok(())
            })
            .await
    }
}

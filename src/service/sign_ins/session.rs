//! The session that a sign-in begins, or goes on with.

use std::time::Duration;

use super::proof::{Proven, SignInOrigin};
use crate::clock::{Clock, Timestamp};
use crate::domain::audit::{Action, Actor, Target};
use crate::domain::audit_details::Details;
use crate::domain::ids::{MemberId, SessionId};
use crate::domain::member::Member;
use crate::domain::notice::{Notice, Proof};
use crate::domain::secret::{Secret, TokenKind};
use crate::service::audit_trail::{AuditEntry, AuditTrail};
use crate::service::ids::Ids;
use crate::service::notices::Notices;
use crate::service::parts::Parts;
use crate::service::secrets::Secrets;
use crate::service::{Error, Refusal};
use crate::store::record::Origin;
use crate::store::sessions::NewSession;
use crate::store::{MemberStore, SessionStore};

/// How long a session lasts at most.
const LIFETIME: Duration = Duration::from_secs(12 * 3600);

/// A session that was begun, or goes on with a new token.
#[derive(Clone, Debug)]
pub struct Session {
    /// Its token; shown this once.
    pub token: Secret,
    /// When it ends at the latest.
    pub expires_at: Timestamp,
    /// The member who signed in.
    pub member: Member,
    /// What others did to the member's account, and is not acknowledged; oldest first.
    pub notices: Vec<Notice>,
}

/// A session that goes on, whose it is, and until when at the latest.
#[derive(Clone, Copy)]
pub(super) struct Kept {
    pub(super) id: SessionId,
    pub(super) member: MemberId,
    pub(super) expires_at: Timestamp,
}

/// Writes sessions.
#[derive(Clone)]
pub(super) struct SessionWriter {
    audit: AuditTrail,
    clock: Clock,
    ids: Ids,
    members: MemberStore,
    notices: Notices,
    secrets: Secrets,
    store: SessionStore,
}

impl SessionWriter {
    pub(super) fn new(parts: &Parts) -> Self {
        Self {
            audit: parts.audit.clone(),
            clock: parts.clock.clone(),
            ids: parts.ids.clone(),
            members: parts.store.members(),
            notices: Notices::new(parts),
            secrets: parts.secrets.clone(),
            store: parts.store.sessions(),
        }
    }

    /// Begins a session, or gives the one that is kept a new token.
    pub(super) async fn write(
        &self,
        proven: &Proven,
        proof: Option<Proof>,
        origin: &SignInOrigin,
        kept: Option<Kept>,
    ) -> Result<Session, Error> {
        let (token, (_, verifier)) = self.secrets.token(TokenKind::Session)?;
        let member_id = proven.found.id;
        let until = || self.clock.now().plus(LIFETIME);
        let new = NewSession {
            id: kept.map_or_else(|| self.ids.next(), |kept| Ok(kept.id))?,
            verifier,
            member_id,
            expires_at: kept.map_or_else(until, |kept| kept.expires_at),
            proof,
            ip: origin.ip.map(|ip| ip.to_string()),
            user_agent: origin.user_agent.clone(),
        };

        let notices = self.notices.at_sign_in(member_id).await?;
        let action = if kept.is_some() { Action::SessionReauthenticated } else { Action::SessionCreated };
        let change = self.entry(proven, &new, origin, action)?;

        // Not if the member was suspended, the password changed, or the second step confirmed or removed, while they
        // were compared.
        match kept {
            Some(_) => self.store.step_up(&new, &proven.hash, &change.0).await??,
            None => self.store.begin(&new, &proven.hash, &change.0).await??,
        }
        self.audit.committed(&change);

        let member = self.members.by_id(member_id).await?.ok_or(Refusal::InvalidCredentials)?;
        Ok(Session { token: token.text().clone(), expires_at: new.expires_at, member, notices })
    }

    fn entry(
        &self,
        proven: &Proven,
        new: &NewSession,
        origin: &SignInOrigin,
        action: Action,
    ) -> Result<AuditEntry, Error> {
        let (actor, request) = (Actor::Member(new.member_id), Some(origin.request_id));
        let change = self.audit.entry_by(Origin::System, actor, request, action)?;
        let change = change.in_organization(proven.found.organization_id).of_member(new.member_id);

        let second_factor = new.proof.map(Proof::name);
        let details = Details::SignedIn { second_factor, ip: new.ip.clone() };
        Ok(change.target(Target::Session(new.id)).details(details))
    }
}

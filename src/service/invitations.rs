//! Invitations: a one-time link by which a member chooses the account password, for the first time or anew.
//!
//! ```text
//!   open --redeemed--> the password is set; client passwords, sessions and kept answers end
//!     +--7 days, another invitation, a password set otherwise, ended by hand--> gone
//!     +--the member or who made it: suspended, left, of another role; the key that made it: ended--> gone
//! ```

use std::sync::Arc;
use std::time::Duration;

use super::audit_trail::AuditTrail;
use super::authority::Authorizer;
use super::ids::Ids;
use super::login_throttle::LoginThrottle;
use super::parts::Parts;
use super::password_hashing::PasswordHasher;
use super::secrets::Secrets;
use super::{Call, Error, Refusal};
use crate::clock::{Clock, Timestamp};
use crate::domain::audit::{Action, Actor, Target};
use crate::domain::audit_details::Details;
use crate::domain::client_password::EndReason;
use crate::domain::ids::{InvitationId, MemberId, RequestId};
use crate::domain::member::{SignIn, check_account_password};
use crate::domain::permission::MemberPermission;
use crate::domain::secret::{Secret, Token, TokenKind};
use crate::keyring::Keyring;
use crate::store::invitations::NewInvitation;
use crate::store::members::Ending;
use crate::store::record::Origin;
use crate::store::{InvitationStore, Unmet};

/// How long an invitation is good.
const LIFETIME: Duration = Duration::from_secs(7 * 86_400);

/// An invitation that was made.
#[derive(Clone, Debug)]
pub struct Invitation {
    /// What stands behind the `#` of the link; shown this once.
    pub token: Secret,
    /// From when on it is no longer good.
    pub expires_at: Timestamp,
}

/// An invitation that is open, without its link.
#[derive(Clone, Debug)]
pub struct OpenInvitation {
    /// Names it in the audit log.
    pub id: InvitationId,
    /// The member or program that made it.
    pub created_by: Actor,
    /// When it was made.
    pub created_at: Timestamp,
    /// From when on it is no longer good.
    pub expires_at: Timestamp,
}

/// Who has redeemed an invitation, and signs in here from now on.
#[derive(Clone, Debug)]
pub struct Redeemed {
    /// The member whose account password was set.
    pub member_id: MemberId,
    /// The login to sign in with.
    pub login: String,
}

/// Makes and redeems invitations.
#[derive(Clone)]
pub struct Invitations {
    audit: AuditTrail,
    authorizer: Authorizer,
    clock: Clock,
    ids: Ids,
    keyring: Arc<Keyring>,
    password_hasher: Arc<PasswordHasher>,
    secrets: Secrets,
    store: InvitationStore,
    throttle: LoginThrottle,
}

impl Invitations {
    pub(super) fn new(parts: &Parts) -> Self {
        Self {
            audit: parts.audit.clone(),
            authorizer: Authorizer::new(parts),
            clock: parts.clock.clone(),
            ids: parts.ids.clone(),
            keyring: Arc::clone(&parts.keyring),
            password_hasher: Arc::clone(&parts.password_hasher),
            secrets: parts.secrets.clone(),
            store: parts.store.invitations(),
            throttle: LoginThrottle::new(parts),
        }
    }

    /// Makes an invitation of an active member. An earlier one of the member is no longer good.
    pub async fn create(&self, call: &Call, id: MemberId) -> Result<Invitation, Error> {
        self.authorizer
            .judged(call, async |call| {
                let member = self.authorizer.present_member(call, id).await?;
                let authority = self.authorizer.may_to(call, MemberPermission::Invite, &member)?;

                let (token, _) = self.secrets.token(TokenKind::Invitation)?;
                // Nobody uses it before it is needed, so it could not move to a new pepper.
                let [verifier, _] = self.keyring.lasting_verifiers(token.text().expose());
                let new = NewInvitation { id: self.ids.next()?, verifier, member_id: id, lifetime: LIFETIME };

                let change = self.audit.member_entry(call, authority, Action::InvitationCreated, &member)?;
                let change = change.target(Target::Invitation(new.id)).that_are_made();
                let change = change.details(Details::Invitation { sign_in: member.sign_in.name() });
                let expires_at = self.store.create(&new, &change.0).await??;

                self.audit.committed(&change);
                Ok(Invitation { token: token.text().clone(), expires_at })
            })
            .await
    }

    /// The invitation of a member that is open; there is one at the most. Its link is not known any more.
    pub async fn open(&self, call: &Call, id: MemberId) -> Result<Option<OpenInvitation>, Error> {
        let member = self.authorizer.known_member(call, id).await?;
        self.authorizer.may_to(call, MemberPermission::EndInvitation, &member)?;
        let found = self.store.open_of_member(id, self.clock.now()).await?;
        Ok(found.map(|found| OpenInvitation {
            id: found.id,
            created_by: found.created_by,
            created_at: found.created_at,
            expires_at: found.expires_at,
        }))
    }

    /// Ends the invitation of a member that is open: its link is no longer good. Gives how many have ended; with none
    /// there is nothing to do.
    pub async fn end(&self, call: &Call, id: MemberId) -> Result<usize, Error> {
        self.authorizer
            .judged(call, async |call| {
                let member = self.authorizer.known_member(call, id).await?;
                let authority = self.authorizer.may_to(call, MemberPermission::EndInvitation, &member)?;
                let open = self.store.open_of_member(id, self.clock.now()).await?;
                let Some(open) = open else { return Ok(0) };

                let change = self.audit.member_entry(call, authority, Action::InvitationEnded, &member)?;
                let change = change.target(Target::Invitation(open.id));
                match self.store.end(id, &change.0).await? {
                    Ok(()) => self.audit.committed(&change),
                    // It has ended or was redeemed meanwhile.
                    Err(Unmet::Nothing) => return Ok(0),
                    Err(unmet) => return Err(unmet.into()),
                }
                Ok(1)
            })
            .await
    }

    /// Sets the account password of the member whom this invitation is of, and uses it up. All client passwords and
    /// sessions of the member end: who holds the link may be somebody else. Second factors stay.
    pub async fn redeem(
        &self,
        token: &Secret,
        password: &Secret,
        request_id: RequestId,
    ) -> Result<Redeemed, Error> {
        let token = Token::recognise(token.expose()).filter(|token| token.kind() == TokenKind::Invitation);
        let token = token.ok_or(Refusal::InvalidInvitation)?;
        let verifiers = self.keyring.lasting_verifiers(token.text().expose());

        // Looked up before anything is hashed: who has no link costs next to nothing.
        let found = self.store.find(&verifiers, self.clock.now()).await?.ok_or(Refusal::InvalidInvitation)?;
        check_account_password("password", password)?;
        let hash = self.password_hasher.hash(password).await?;

        let (member, actor) = (found.member_id, Actor::Member(found.member_id));
        let change =
            self.audit.entry_by(Origin::System, actor, Some(request_id), Action::InvitationRedeemed)?;
        let change = change.in_organization(found.organization_id).of_member(member);
        let change = change.target(Target::Invitation(found.id)).details(Details::AccountPassword {
            sign_in_before: found.sign_in.name(),
            sign_in: SignIn::Local.name(),
        });

        // What was found may have ended while it was hashed: the write decides.
        let ending = Ending {
            member,
            reason: EndReason::AccountPasswordChanged,
            keep: None,
            policy: None,
            record: &change.0,
        };
        self.store.redeem(found.id, &hash, &ending).await??;

        self.audit.committed(&change);
        self.throttle.remember_account_password(&found.login, password, &hash);
        Ok(Redeemed { member_id: member, login: found.login })
    }
}

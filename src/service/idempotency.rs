//! Idempotency keys: the same call, sent again, gets the same answer and makes nothing twice.
//!
//! ```text
//!   first   nobody has claimed the key: the change and the claim in one write, then the answer is kept, sealed
//!   again   the claim is found: if the caller still may and the thing still lives, the answer is opened
//! ```
//!
//! What is refused claims nothing, so it may be sent again. After a crash between the two writes the thing is
//! there and its answer is lost: the key is refused for a day, and nothing is made a second time.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use zeroize::Zeroizing;

use super::authority::Authorizer;
use super::ids::Ids;
use super::parts::Parts;
use super::rules::PolicyRules;
use super::{Call, Error, Refusal};
use crate::clock::Clock;
use crate::domain::access::{InstallationPermission, MemberPermission, OrganizationPermission};
use crate::domain::audit::{Actor, Target};
use crate::domain::client_password::State;
use crate::domain::ids::{ClientPasswordId, MemberId, OrganizationId};
use crate::domain::member::{Member, MemberState};
use crate::domain::organization::{Organization, OrganizationState};
use crate::entropy::Entropy;
use crate::keyring::Keyring;
use crate::service::client_passwords::may_have_client_passwords;
use crate::store::record::Claim;
use crate::store::{
    ClientPasswordStore, DepartmentStore, IdempotencyStore, InvitationStore, MemberStore, OrganizationStore,
    SecondFactorStore, ServiceKeyStore,
};

/// An answer is given again for this long.
pub(super) const KEPT: Duration = Duration::from_secs(600);

/// What a call makes, and below what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Creation {
    /// The first organization, with its owner and two keys.
    Installation,
    /// An organization, with its owner if one is named.
    Organization,
    /// A binding of a domain to this organization.
    Domain(OrganizationId),
    /// A department of this organization.
    Department(OrganizationId),
    /// A member of this organization.
    Member(OrganizationId),
    /// A second factor, or the recovery codes that come with its confirmation.
    Factor(MemberId),
    /// New recovery codes of this member.
    RecoveryCodes(MemberId),
    /// An invitation of this member.
    Invitation(MemberId),
    /// A client password of this member.
    ClientPassword(MemberId),
    /// The successor of a client password.
    Successor(ClientPasswordId),
    /// A bulk revocation, or its dry run.
    Revocation(OrganizationId),
    /// A service key, bound to an organization or to none.
    ServiceKey,
}

/// A call that came with an idempotency key.
pub struct Attempt {
    creation: Creation,
    /// Nobody is known yet who sets up an installation.
    call: Option<Call>,
    claim: Claim,
    verifiers: [[u8; 32]; 2],
    bodies: [[u8; 32]; 2],
    /// Key, caller and route: who knows them all can open the answer, with the keyring.
    context: Zeroizing<Vec<u8>>,
    /// The answer is given again for this long.
    kept_for: Duration,
}

impl fmt::Debug for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Attempt")
    }
}

impl Attempt {
    /// The same attempt, which an earlier answer is given to for a shorter time.
    #[must_use]
    pub fn kept_for(self, time: Duration) -> Self {
        Self { kept_for: time.min(KEPT), ..self }
    }

    pub(super) fn claim(&self) -> Claim {
        self.claim
    }
}

impl Call {
    /// This call, whose change claims the key that it came with.
    #[must_use]
    pub fn claiming(self, attempt: Option<&Attempt>) -> Self {
        Self { claim: attempt.map(Attempt::claim), ..self }
    }
}

/// What of a call's claim is of this kind.
macro_rules! made {
    ($made:expr, $kind:ident) => {{
        // The last: in claims of before they had ids of their own, a rotation named the old one first.
        let found = $made.iter().rev().find_map(|one| match one {
            Target::$kind(id) => Some(id.clone()),
            _ => None,
        });
        found.ok_or_else(|| Error::Unavailable("a claim does not say what was made".into()))
    }};
}

/// Answers that are given again.
#[derive(Clone)]
pub struct Idempotency {
    answers: IdempotencyStore,
    authorizer: Authorizer,
    client_passwords: ClientPasswordStore,
    clock: Clock,
    departments: DepartmentStore,
    entropy: Arc<dyn Entropy>,
    ids: Ids,
    invitations: InvitationStore,
    keyring: Arc<Keyring>,
    members: MemberStore,
    organizations: OrganizationStore,
    rules: PolicyRules,
    second_factors: SecondFactorStore,
    service_keys: ServiceKeyStore,
}

impl Idempotency {
    pub(super) fn new(parts: &Parts) -> Self {
        Self {
            answers: parts.store.answers(),
            authorizer: Authorizer::new(parts),
            client_passwords: parts.store.client_passwords(),
            clock: parts.clock.clone(),
            departments: parts.store.departments(),
            entropy: Arc::clone(&parts.entropy),
            ids: parts.ids.clone(),
            invitations: parts.store.invitations(),
            keyring: Arc::clone(&parts.keyring),
            members: parts.store.members(),
            organizations: parts.store.organizations(),
            rules: parts.rules.clone(),
            second_factors: parts.store.second_factors(),
            service_keys: parts.store.service_keys(),
        }
    }

    /// A call with this key, body and path; without a `call` nobody is known yet.
    pub fn attempt(
        &self,
        key: &str,
        call: Option<&Call>,
        creation: Creation,
        path: &str,
        body: &[u8],
    ) -> Result<Attempt, Error> {
        let actor = call.map_or(Actor::Setup, |call| call.caller.actor());
        let id = actor.id().map(|id| id.to_string()).unwrap_or_default();

        // None of the parts has a line break in it.
        let context = format!("idempotency key\n{}\n{id}\n{path}\n{key}", actor.kind());
        let context = Zeroizing::new(context.into_bytes());
        let verifiers = self.keyring.fingerprints(&context);
        let body = Zeroizing::new([&context, &b"\n"[..], body].concat());
        let bodies = self.keyring.fingerprints(&body);

        let member_id = match actor {
            Actor::Member(id) => Some(id),
            _ => None,
        };
        let ([verifier, _], [body, _]) = (verifiers, bodies);
        let claim = Claim { id: self.ids.next()?, verifier, body, member_id };
        Ok(Attempt { creation, call: call.copied(), claim, verifiers, bodies, context, kept_for: KEPT })
    }

    /// The answer to an earlier call with this key; `None` if there was none.
    pub async fn earlier_answer(&self, attempt: &Attempt) -> Result<Option<Zeroizing<Vec<u8>>>, Error> {
        let now = self.clock.now();
        let found = self.answers.find(&attempt.verifiers, now).await?;
        let Some(earlier) = found.filter(|found| found.id != attempt.claim.id) else {
            return Ok(None);
        };

        if attempt.bodies.iter().all(|body| earlier.body != *body) {
            return Err(Refusal::IdempotencyKeyReused.into());
        }
        if now.since(earlier.at) >= attempt.kept_for {
            return Err(Refusal::IdempotencyAnswerGone.into());
        }

        self.authorize_replay(attempt, &earlier.made).await?;
        if earlier.closed {
            return Err(Refusal::IdempotencyAnswerGone.into());
        }

        let sealed = earlier.answer.ok_or(Refusal::IdempotencyInProgress)?;
        let answer = self.keyring.open_in(&attempt.context, earlier.id, &sealed);
        answer.map(Some).ok_or_else(|| Error::Unavailable("a kept answer cannot be opened".into()))
    }

    /// Keeps what was answered. The change stands even if that fails; then a retry is refused.
    pub async fn keep_answer(&self, attempt: &Attempt, answer: &[u8]) {
        let (claim, entropy) = (&attempt.claim, self.entropy.as_ref());
        let kept = match self.keyring.seal_in(&attempt.context, claim.id, answer, entropy) {
            Ok(sealed) => self.answers.keep_answer(claim, sealed).await.map_err(Error::from),
            Err(error) => Err(error.into()),
        };

        if let Err(error) = kept {
            tracing::warn!(event = "answer_not_kept", %error);
        }
    }

    /// Refuses unless the caller may still make what the key was used for, and it still lives.
    async fn authorize_replay(&self, attempt: &Attempt, made: &[Target]) -> Result<(), Error> {
        let Some(call) = &attempt.call else {
            return self.installation_lives(made).await;
        };

        match attempt.creation {
            Creation::Installation => self.installation_lives(made).await,
            Creation::Organization => {
                Authorizer::may_in_installation(call, InstallationPermission::CreateOrganization)?;
                self.made_organization(made).await.map(drop)
            }
            Creation::Domain(home) => {
                let (home, _) =
                    self.authorizer.may_change(call, OrganizationPermission::BindDomain, home).await?;
                lives(home.domains.contains(&made!(made, Domain)?))
            }
            Creation::Department(home) => {
                let permission = OrganizationPermission::ChangeDepartments;
                self.authorizer.may_change(call, permission, home).await?;
                lives(self.departments.by_id(made!(made, Department)?).await?.is_some())
            }
            Creation::Member(home) => self.member_lives(call, home, made).await,
            Creation::Factor(member) => {
                self.authorizer.own_member(call, member, MemberPermission::AddFactor).await?;
                self.factor_lives(member, made).await
            }
            // What ends the codes takes the answer away.
            Creation::RecoveryCodes(member) => {
                self.authorizer.own_member(call, member, MemberPermission::AddFactor).await.map(drop)
            }
            Creation::ClientPassword(member) => {
                let (member, _) = self.authorizer.own_member(call, member, MemberPermission::Issue).await?;
                self.secret_lives(&member, made).await
            }
            Creation::Invitation(member) => self.invitation_lives(call, member, made).await,
            Creation::Successor(old) => {
                let (member, ..) =
                    self.authorizer.known_password(call, old, MemberPermission::Rotate).await?;
                self.secret_lives(&member, made).await
            }
            Creation::Revocation(home) => {
                self.authorizer.may_change(call, OrganizationPermission::BulkRevoke, home).await.map(drop)
            }
            Creation::ServiceKey => {
                let key = self.service_keys.by_id(made!(made, ServiceKey)?).await?;
                let key = key.ok_or(Refusal::NotActive)?;
                self.authorizer.may_create_key(call, key.role, key.organization_id).await.map(drop)
            }
        }
    }

    async fn member_lives(&self, call: &Call, home: OrganizationId, made: &[Target]) -> Result<(), Error> {
        let member = self.made_member(made).await?;
        let permission = OrganizationPermission::CreateMember { role: member.role, with_password: false };
        self.authorizer.may_change(call, permission, home).await?;
        lives(member.state != MemberState::Left)
    }

    async fn invitation_lives(&self, call: &Call, member: MemberId, made: &[Target]) -> Result<(), Error> {
        let member = self.authorizer.present_member(call, member).await?;
        self.authorizer.may_to(call, MemberPermission::Invite, &member)?;
        lives(self.invitations.is_open(made!(made, Invitation)?, self.clock.now()).await?)
    }

    async fn factor_lives(&self, member: MemberId, made: &[Target]) -> Result<(), Error> {
        let (id, factors) = (made!(made, SecondFactor)?, self.second_factors.of_member(member).await?);
        lives(factors.iter().any(|stored| stored.factor.id == id))
    }

    async fn secret_lives(&self, member: &Member, made: &[Target]) -> Result<(), Error> {
        may_have_client_passwords(&self.rules.for_member(member).await?, member)?;
        let id = made!(made, ClientPassword)?;
        let found = self.client_passwords.by_id(id).await?.ok_or(Refusal::NotActive)?;
        lives(matches!(found.validity.at(self.clock.now()), State::Active | State::Superseded))
    }

    async fn made_member(&self, made: &[Target]) -> Result<Member, Error> {
        let id = made!(made, Member)?;
        self.members.by_id(id).await?.ok_or_else(|| Refusal::NotActive.into())
    }

    async fn made_organization(&self, made: &[Target]) -> Result<Organization, Error> {
        let id = made!(made, Organization)?;
        let found = self.organizations.by_id(id).await?.ok_or(Refusal::NotActive)?;
        lives(found.state == OrganizationState::Active).map(|()| found)
    }

    async fn installation_lives(&self, made: &[Target]) -> Result<(), Error> {
        self.made_organization(made).await?;
        for target in made {
            if let Target::ServiceKey(id) = target {
                lives(self.service_keys.by_id(*id).await?.is_some())?;
            }
        }
        Ok(())
    }
}

/// What an attempt comes to: what it came to before, else what is made now. If that is refused, another with the same key
/// may have been first at the same moment.
pub async fn made_once<T, E: From<Error>>(
    earlier: impl AsyncFn() -> Result<Option<T>, Error>,
    make: impl AsyncFnOnce() -> Result<T, E>,
) -> Result<T, E> {
    if let Some(earlier) = earlier().await? {
        return Ok(earlier);
    }

    match make().await {
        Ok(answer) => Ok(answer),
        Err(refused) => match earlier().await {
            Ok(Some(earlier)) => Ok(earlier),
            Ok(None) | Err(Error::Unavailable(_)) => Err(refused),
            Err(other) => Err(other.into()),
        },
    }
}

fn lives(does: bool) -> Result<(), Error> {
    if does { Ok(()) } else { Err(Refusal::NotActive.into()) }
}

//! The beginning: an empty installation gets its first organization, by the setup link or by `init`.

use std::sync::Arc;
use std::time::Duration;

use super::audit_trail::AuditTrail;
use super::idempotency::Attempt;
use super::ids::Ids;
use super::parts::Parts;
use super::password_hashing::PasswordHasher;
use super::secrets::Secrets;
use super::{Error, Refusal};
use crate::clock::Clock;
use crate::domain::audit::{Action, Actor, Target};
use crate::domain::audit_details::Details;
use crate::domain::field::{Fault, FieldError, FieldErrors, text_line};
use crate::domain::ids::{MemberId, OrganizationId, RequestId};
use crate::domain::login::Login;
use crate::domain::member::{Role, check_account_password};
use crate::domain::organization::{DomainName, MAX_NAME};
use crate::domain::secret::{Secret, Token, TokenKind};
use crate::domain::service_key::KeyRole;
use crate::keyring::Keyring;
use crate::store::SetupStore;
use crate::store::departments::DepartmentChange;
use crate::store::members::NewMember;
use crate::store::organizations::NewOrganization;
use crate::store::record::Origin;
use crate::store::setup::FirstOrganization;

/// How long a setup link is good.
pub const LINK_LIFETIME: Duration = Duration::from_secs(3600);

/// What an installation begins with.
#[derive(Clone, Debug)]
pub struct SetupRequest<'a> {
    /// The organization's name.
    pub organization: &'a str,
    /// The mail domain that the organization begins with.
    pub domain: &'a str,
    /// The owner's login, an address in that domain.
    pub owner: &'a str,
    /// The owner's account password.
    pub password: &'a Secret,
}

/// What the installation begins with; the keys are shown this once.
#[derive(Clone, Debug)]
pub struct NewInstallation {
    /// The id of the first organization.
    pub organization_id: OrganizationId,
    /// The id of the owner, a member of that organization.
    pub owner_id: MemberId,
    /// The owner's login.
    pub owner_login: String,
    /// Key of an operator, for all organizations.
    pub operator_key: Secret,
    /// Key of a mail server, for all organizations.
    pub mail_server_key: Secret,
}

/// The beginning of an installation.
#[derive(Clone)]
pub struct Setup {
    audit: AuditTrail,
    clock: Clock,
    ids: Ids,
    keyring: Arc<Keyring>,
    password_hasher: Arc<PasswordHasher>,
    secrets: Secrets,
    store: SetupStore,
}

impl Setup {
    pub(super) fn new(parts: &Parts) -> Self {
        Self {
            audit: parts.audit.clone(),
            clock: parts.clock.clone(),
            ids: parts.ids.clone(),
            keyring: Arc::clone(&parts.keyring),
            password_hasher: Arc::clone(&parts.password_hasher),
            secrets: parts.secrets.clone(),
            store: parts.store.setup(),
        }
    }

    /// Whether there is an organization, or has been one.
    pub async fn is_set_up(&self) -> Result<bool, Error> {
        Ok(self.store.any_organization().await?)
    }

    /// A setup token that is good for an hour, if there is no organization yet. An older one is no longer good.
    pub async fn new_token(&self) -> Result<Option<Secret>, Error> {
        if self.is_set_up().await? {
            return Ok(None);
        }
        let (token, (_, verifier)) = self.secrets.token(TokenKind::Setup)?;
        self.store.put_token(&verifier, self.clock.now().plus(LINK_LIFETIME)).await?;
        Ok(Some(token.text().clone()))
    }

    /// Redeems the setup link.
    pub async fn redeem(
        &self,
        token: &Secret,
        request: &SetupRequest<'_>,
        request_id: RequestId,
        attempt: Option<&Attempt>,
    ) -> Result<NewInstallation, Error> {
        let token = Token::recognise(token.expose()).filter(|token| token.kind() == TokenKind::Setup);
        let token = token.ok_or(Refusal::InvalidSetupToken)?;
        if self.is_set_up().await? {
            return Err(Refusal::AlreadySetUp.into());
        }
        self.set_up(Some(&token), request, Some(request_id), attempt).await
    }

    /// Sets an empty installation up without a link: whoever owns the data directory may.
    pub async fn initialize(&self, request: &SetupRequest<'_>) -> Result<NewInstallation, Error> {
        self.set_up(None, request, None, None).await
    }

    /// A password for an owner who has not chosen one: 25 letters, 117 bits.
    pub fn draw_password(&self) -> Result<Secret, Error> {
        Ok(self.secrets.recovery_code()?)
    }

    async fn set_up(
        &self,
        token: Option<&Token>,
        request: &SetupRequest<'_>,
        request_id: Option<RequestId>,
        attempt: Option<&Attempt>,
    ) -> Result<NewInstallation, Error> {
        let now = self.clock.now();
        let (organization, owner) = self.first_people(request).await?;
        let (operator, operator_key) =
            self.secrets.service_key(KeyRole::Operator, None, "operator".into())?;
        let (server, mail_server_key) =
            self.secrets.service_key(KeyRole::MailServer, None, "mail server".into())?;

        let change =
            self.audit.entry_by(Origin::Setup, Actor::Setup, request_id, Action::OrganizationCreated)?;
        let change = change.in_organization(organization.id).of_member(owner.id).targets(vec![
            Target::Organization(organization.id),
            Target::Member(owner.id),
            Target::ServiceKey(operator.key.id),
            Target::ServiceKey(server.key.id),
        ]);
        let change =
            change.that_are_made().details(Details::Domains { domains: vec![request.domain.to_owned()] });
        let change = change.claiming(attempt.map(Attempt::claim));

        let installation = NewInstallation {
            organization_id: organization.id,
            owner_id: owner.id,
            owner_login: owner.login.as_str().to_owned(),
            operator_key,
            mail_server_key,
        };

        let first = FirstOrganization { organization, owner, keys: [operator, server] };
        let verifiers = token.map(|token| self.keyring.verifiers(token.text().expose()));
        let token = verifiers.as_ref().map(|verifiers| (verifiers, now));
        self.store.set_up(token, &first, &change.0).await??;
        self.audit.committed(&change);
        Ok(installation)
    }

    async fn first_people(&self, request: &SetupRequest<'_>) -> Result<(NewOrganization, NewMember), Error> {
        let (name, domain, login) = asked(request)?;
        let hash = self.password_hasher.hash(request.password).await?;

        let (organization_id, owner_id): (OrganizationId, MemberId) = (self.ids.next()?, self.ids.next()?);
        let created_at = self.clock.now();
        let domains = vec![domain];
        let organization =
            NewOrganization { id: organization_id, name, domains, owner_id: Some(owner_id), created_at };
        let display_name = login.as_str().to_owned();
        let password_hash = Some(hash);
        let owner = NewMember {
            id: owner_id,
            organization_id,
            login,
            display_name,
            role: Role::Owner,
            password_hash,
            created_at,
            departments: DepartmentChange::default(),
        };
        Ok((organization, owner))
    }
}

/// The organization's name and domain, and its owner's login.
fn asked(request: &SetupRequest<'_>) -> Result<(String, DomainName, Login), Error> {
    let mut wrong = FieldErrors::default();
    let name = wrong.take(text_line("organization", request.organization, MAX_NAME));
    let domain = wrong.take(DomainName::parse("domain", request.domain));
    let login = Login::parse("owner", request.owner).and_then(|login| {
        let is_elsewhere = domain.as_ref().is_some_and(|domain| domain.as_str() != login.domain());
        let detail = "must be an address in the domain";
        if is_elsewhere { Err(FieldError::new("owner", Fault::NotAllowed, detail)) } else { Ok(login) }
    });
    let login = wrong.take(login);

    match (name, domain, login, wrong.take(check_account_password("password", request.password))) {
        (Some(name), Some(domain), Some(login), Some(())) => Ok((name, domain, login)),
        _ => Err(wrong.into()),
    }
}

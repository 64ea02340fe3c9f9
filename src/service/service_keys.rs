//! Service keys: made by operators, by an organization's administrators for their own, and by whoever owns the data
//! directory, who needs no key.

use super::{Call, Error, Listed, Paging, Refusal, Service};
use crate::domain::access::{Authority, Denial, InstallationPermission, OrganizationPermission};
use crate::domain::audit::Action;
use crate::domain::field::{Fault, FieldError, text_line};
use crate::domain::ids::{OrganizationId, ServiceKeyId};
use crate::domain::organization::OrganizationState;
use crate::domain::secret::{Secret, TokenKind};
use crate::domain::service_key::{KeyRole, MAX_LABEL, ServiceKey};
use crate::store::service_keys::NewServiceKey;

/// Makes an operator key where there is none any more.
pub const ANOTHER_OPERATOR: &str = "clientpass service-keys create --role operator --label LABEL";

/// What became of a key that was ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EndedKey {
    /// Whether no operator key is left that is bound to no organization.
    pub last_operator: bool,
}

impl Service {
    /// Makes a key; its token is shown this once. A confined caller's keys are confined alike.
    pub async fn create_service_key(
        &self,
        call: &Call,
        role: KeyRole,
        organization: Option<OrganizationId>,
        label: &str,
    ) -> Result<(ServiceKey, Secret), Error> {
        self.judged(call, async |call| {
            let organization = organization.or(call.caller.confined_to());
            let authority = self.may_create_key(call, role, organization).await?;
            let label = text_line("label", label, MAX_LABEL)?;
            let (new, token) = self.new_service_key(role, organization, label)?;
            let change = self.record(call, authority, Action::ServiceKeyCreated)?.of_key(&new.key);
            self.store.create_service_key(&new, &change.0).await??;
            self.changed(&change);
            Ok((new.key, token))
        })
        .await
    }

    pub(super) async fn may_create_key(
        &self,
        call: &Call,
        role: KeyRole,
        organization: Option<OrganizationId>,
    ) -> Result<Authority, Error> {
        let Some(home) = organization else {
            return Self::may_in_installation(call, InstallationPermission::CreateServiceKey);
        };
        let found = self.store.organization(home).await?;
        let hidden = || FieldError::new("organization_id", Fault::NotFound, "names no organization");
        let organization = found.ok_or_else(hidden)?;
        let permission = OrganizationPermission::CreateServiceKey(role);
        let authority = match call.caller.may(permission, home, self.clock.now()) {
            Err(Denial::Hidden) => return Err(hidden().into()),
            other => other?,
        };
        if organization.state == OrganizationState::Dissolved {
            return Err(Refusal::NotActive.into());
        }
        Ok(authority)
    }

    pub(super) fn new_service_key(
        &self,
        role: KeyRole,
        organization_id: Option<OrganizationId>,
        label: String,
    ) -> Result<(NewServiceKey, Secret), Error> {
        let (token, (pepper_id, verifier)) = self.token(TokenKind::ServiceKey)?;
        let (id, created_at) = (self.id()?, self.clock.now());
        let key = ServiceKey { id, role, organization_id, label, created_at, last_used_at: None };
        Ok((NewServiceKey { verifier, pepper_id, key }, token.text().clone()))
    }

    /// Keys that the caller may see, newest first.
    pub async fn service_keys(&self, call: &Call, paging: Paging) -> Result<Listed<ServiceKey>, Error> {
        let home = call.caller.confined_to();
        match home {
            Some(home) => drop(self.may(call, OrganizationPermission::ReadServiceKeys, home).await?),
            None => drop(Self::may_in_installation(call, InstallationPermission::ReadServiceKeys)?),
        }
        self.settle_usage().await;
        let found = self.store.service_keys(home, paging.page()).await?;
        Ok(Listed::cut(found, paging.limit, |key| key.id.uuid()))
    }

    /// Ends a key; the last operator's too, which may have leaked.
    pub async fn end_service_key(&self, call: &Call, id: ServiceKeyId) -> Result<EndedKey, Error> {
        self.judged(call, async |call| {
            let key = self.store.service_key(id).await?.ok_or(Refusal::NotFound)?;
            let authority = match key.organization_id {
                Some(home) => call.caller.may(
                    OrganizationPermission::EndServiceKey(key.role),
                    home,
                    self.clock.now(),
                )?,
                // Who may not end it need not know that it exists.
                None => Self::may_in_installation(call, InstallationPermission::EndServiceKey)
                    .map_err(|_| Refusal::NotFound)?,
            };
            let change = self.record(call, authority, Action::ServiceKeyRevoked)?.of_key(&key);
            self.store.end_service_key(id, &change.0).await??;
            self.changed(&change);
            Ok(EndedKey { last_operator: self.was_last_operator(&key).await })
        })
        .await
    }

    /// Whether no operator key is left since this one has ended. It has, so what cannot be told is not an error.
    pub(super) async fn was_last_operator(&self, ended: &ServiceKey) -> bool {
        ended.role == KeyRole::Operator
            && ended.organization_id.is_none()
            && self.store.count_operators().await.is_ok_and(|left| left == 0)
    }

    /// The key itself, for `GET /v1/me`.
    pub async fn own_key(&self, id: ServiceKeyId) -> Result<ServiceKey, Error> {
        self.store.service_key(id).await?.ok_or_else(|| Refusal::InvalidToken.into())
    }
}

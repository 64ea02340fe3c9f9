//! Service keys: made by operators, by an organization's administrators for their own, and by whoever owns the data
//! directory, who needs no key.

use super::audit_trail::AuditTrail;
use super::authority::Authorizer;
use super::parts::Parts;
use super::secrets::Secrets;
use super::usage::UsageLog;
use super::{Call, Error, Listed, Paging, Refusal};
use crate::clock::Clock;
use crate::domain::access::{InstallationPermission, OrganizationPermission};
use crate::domain::audit::Action;
use crate::domain::field::text_line;
use crate::domain::ids::{OrganizationId, ServiceKeyId};
use crate::domain::secret::Secret;
use crate::domain::service_key::{KeyRole, MAX_LABEL, ServiceKey};
use crate::store::ServiceKeyStore;

pub mod at_terminal;

/// Makes an operator key where there is none any more.
pub const ANOTHER_OPERATOR: &str = "clientpass service-keys create --role operator --label LABEL";

/// What became of a key that was ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EndedKey {
    /// Whether no operator key is left that is bound to no organization.
    pub last_operator: bool,
}

/// Makes, lists and ends service keys.
#[derive(Clone)]
pub struct ServiceKeys {
    audit: AuditTrail,
    authorizer: Authorizer,
    clock: Clock,
    secrets: Secrets,
    store: ServiceKeyStore,
    usage: UsageLog,
}

impl ServiceKeys {
    pub(super) fn new(parts: &Parts) -> Self {
        Self {
            audit: parts.audit.clone(),
            authorizer: Authorizer::new(parts),
            clock: parts.clock.clone(),
            secrets: parts.secrets.clone(),
            store: parts.store.service_keys(),
            usage: parts.usage.clone(),
        }
    }

    /// Makes a key; its token is shown this once. A confined caller's keys are confined alike.
    pub async fn create(
        &self,
        call: &Call,
        role: KeyRole,
        organization: Option<OrganizationId>,
        label: &str,
    ) -> Result<(ServiceKey, Secret), Error> {
        self.authorizer
            .judged(call, async |call| {
                let organization = organization.or(call.caller.confined_to());
                let authority = self.authorizer.may_create_key(call, role, organization).await?;
                let label = text_line("label", label, MAX_LABEL)?;
                let (new, token) = self.secrets.service_key(role, organization, label)?;

                let change = self.audit.entry(call, authority, Action::ServiceKeyCreated)?;
                let change = change.of_key(&new.key).that_are_made();
                self.store.create(&new, &change.0).await??;
                self.audit.committed(&change);
                Ok((new.key, token))
            })
            .await
    }

    /// Keys that the caller may see, newest first.
    pub async fn list(&self, call: &Call, paging: Paging) -> Result<Listed<ServiceKey>, Error> {
        let home = call.caller.confined_to();
        match home {
            Some(home) => {
                drop(self.authorizer.may(call, OrganizationPermission::ReadServiceKeys, home).await?);
            }
            None => drop(Authorizer::may_in_installation(call, InstallationPermission::ReadServiceKeys)?),
        }

        self.usage.write_or_warn().await;
        let found = self.store.list(home, paging.page()).await?;
        Ok(Listed::cut(found, paging.limit, |key| key.id.uuid()))
    }

    /// Ends a key; the last operator's too, which may have leaked.
    pub async fn end(&self, call: &Call, id: ServiceKeyId) -> Result<EndedKey, Error> {
        self.authorizer
            .judged(call, async |call| {
                let key = self.store.by_id(id).await?.ok_or(Refusal::NotFound)?;
                let authority = match key.organization_id {
                    Some(home) => call.caller.may(
                        OrganizationPermission::EndServiceKey(key.role),
                        home,
                        self.clock.now(),
                    )?,
                    // Who may not end it need not know that it exists.
                    None => Authorizer::may_in_installation(call, InstallationPermission::EndServiceKey)
                        .map_err(|_| Refusal::NotFound)?,
                };

                let change = self.audit.entry(call, authority, Action::ServiceKeyRevoked)?.of_key(&key);
                self.store.end(id, &change.0).await??;
                self.audit.committed(&change);
                Ok(EndedKey { last_operator: self.was_last_operator(&key).await })
            })
            .await
    }

    /// Whether no operator key is left since this one has ended. It has, so a count that fails is no error.
    pub(super) async fn was_last_operator(&self, ended: &ServiceKey) -> bool {
        ended.role == KeyRole::Operator
            && ended.organization_id.is_none()
            && self.store.count_operators().await.is_ok_and(|left| left == 0)
    }

    /// The key itself, for `GET /v1/me`.
    pub async fn get_own(&self, id: ServiceKeyId) -> Result<ServiceKey, Error> {
        self.store.by_id(id).await?.ok_or_else(|| Refusal::InvalidToken.into())
    }
}

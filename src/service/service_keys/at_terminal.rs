//! Service keys at the terminal: whoever owns the data directory lists, makes and ends them, and needs none for it.

use serde::{Deserialize, Serialize};

use super::{EndedKey, ServiceKeys};
use crate::domain::audit::Action;
use crate::domain::field::text_line;
use crate::domain::ids::{OrganizationId, ServiceKeyId};
use crate::domain::secret::Secret;
use crate::domain::service_key::{KeyRole, MAX_LABEL, ServiceKey};
use crate::entropy::NoEntropy;
use crate::service::{Error, Paging};
use crate::store::Unmet;
use crate::store::engine::EngineError;

/// Keys that are read at a time.
const PAGE: u32 = 200;

/// A service key, as whoever owns the data directory sees one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyListing {
    /// The id by which commands name the key.
    pub id: String,
    /// The name of its role, such as `mail_server`.
    pub role: String,
    /// The organization that it is bound to; `None` for all.
    pub organization_id: Option<String>,
    /// What it is called.
    pub label: String,
    /// When it was made, as RFC 3339.
    pub created_at: String,
    /// When it was used last, as RFC 3339; `None` if never.
    pub last_used_at: Option<String>,
    /// When it was reported as found somewhere, as RFC 3339; `None` if it was not. Only a mail server's lives on.
    #[serde(default)]
    pub leak_reported_at: Option<String>,
}

impl From<&ServiceKey> for KeyListing {
    fn from(of: &ServiceKey) -> Self {
        Self {
            id: of.id.to_string(),
            role: of.role.name().to_owned(),
            organization_id: of.organization_id.map(|id| id.to_string()),
            label: of.label.clone(),
            created_at: of.created_at.to_string(),
            last_used_at: of.last_used_at.map(|at| at.to_string()),
            leak_reported_at: of.leak_reported_at.map(|at| at.to_string()),
        }
    }
}

/// A service key that was just made, with its token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewKey {
    /// The key as lists show it.
    #[serde(flatten)]
    pub listing: KeyListing,
    /// Its token; shown this once.
    #[serde(with = "crate::service::shown_once")]
    pub key: Secret,
}

/// Why a service key was not made or ended.
#[derive(Debug, thiserror::Error)]
pub enum AdminKeyError {
    /// There is no such role.
    #[error("there is no role {0:?}; there are operator, directory, mail_server and auditor")]
    NoSuchRole(String),
    /// There is no such organization, or it is dissolved.
    #[error("there is no active organization {0}")]
    NoSuchOrganization(String),
    /// There is no such key.
    #[error("there is no service key {0}; see which there are: clientpass service-keys list")]
    NoSuchKey(String),
    /// The label is none, or it cannot be answered now.
    #[error("{0}")]
    Failed(Error),
}

impl From<Error> for AdminKeyError {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl From<EngineError> for AdminKeyError {
    fn from(error: EngineError) -> Self {
        Self::Failed(error.into())
    }
}

impl From<NoEntropy> for AdminKeyError {
    fn from(error: NoEntropy) -> Self {
        Self::Failed(error.into())
    }
}

impl ServiceKeys {
    /// All service keys, newest first.
    pub async fn list_all(&self) -> Result<Vec<KeyListing>, AdminKeyError> {
        self.usage.write_or_warn().await;
        let (mut all, mut before) = (Vec::new(), None);

        loop {
            let page = Paging { before, limit: PAGE };
            let found = self.store.list(None, page.page()).await?;
            all.extend(found.iter().map(KeyListing::from));
            match found.last() {
                Some(last) => before = Some(last.id.uuid()),
                None => return Ok(all),
            }
        }
    }

    /// Makes a key of a role, bound to an organization or to none.
    pub async fn create_as_admin(
        &self,
        role: &str,
        organization: Option<&str>,
        label: &str,
    ) -> Result<NewKey, AdminKeyError> {
        let no_role = || AdminKeyError::NoSuchRole(role.to_owned());
        let role = KeyRole::parse(role).ok_or_else(no_role)?;
        let unknown = || AdminKeyError::NoSuchOrganization(organization.unwrap_or_default().to_owned());
        let home = organization.map(|id| OrganizationId::parse(id).ok_or_else(unknown)).transpose()?;
        let label = text_line("label", label, MAX_LABEL).map_err(Error::from)?;
        let (new, key) = self.secrets.service_key(role, home, label)?;

        let change = self.audit.terminal_entry(Action::ServiceKeyCreated)?.of_key(&new.key);
        self.store.create(&new, &change.0).await?.map_err(|unmet| match unmet {
            Unmet::NotActive => unknown(),
            other => Error::from(other).into(),
        })?;
        self.audit.committed(&change);
        Ok(NewKey { listing: KeyListing::from(&new.key), key })
    }

    /// Ends a key, the last operator's too.
    pub async fn end_as_admin(&self, id: &str) -> Result<EndedKey, AdminKeyError> {
        let unknown = || AdminKeyError::NoSuchKey(id.to_owned());
        let id = ServiceKeyId::parse(id).ok_or_else(unknown)?;
        let key = self.store.by_id(id).await?.ok_or_else(unknown)?;

        let change = self.audit.terminal_entry(Action::ServiceKeyRevoked)?.of_key(&key);
        self.store.end(id, &change.0).await?.map_err(|unmet| match unmet {
            Unmet::Nothing => unknown(),
            other => Error::from(other).into(),
        })?;
        self.audit.committed(&change);
        Ok(EndedKey { last_operator: self.was_last_operator(&key).await })
    }
}

//! What the doors of mail servers share: a check and its four outcomes, and the keys of mail servers.

use std::sync::Arc;

use crate::clock::Clock;
use crate::domain::ids::{OrganizationId, RequestId};
use crate::domain::place::Requester;
use crate::net::connections;
use crate::service::callers::MailServerKeys;
use crate::service::credential_checks::{ANSWER_TIMEOUT, CheckOutcome, CredentialCheck, CredentialChecks};
use crate::service::{Error, Ids};
use crate::telemetry::Metrics;

/// Why a mail server may not use a door: its operator's fault, or ours, and never a wrong password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyError {
    /// It is no service key of a mail server.
    Wrong,
    /// The key could not be looked up now; it may be right.
    Unavailable,
}

/// The service as one door sees it. It can look up and compare, and change nothing.
#[derive(Clone)]
pub struct Authenticator {
    /// The door's name in logs and metrics.
    pub door: &'static str,
    /// Answers checks; a door has no other way to credentials.
    pub checks: Arc<CredentialChecks>,
    /// Recognises the keys of mail servers.
    pub keys: MailServerKeys,
    /// Makes an id for each request, by which logs refer to it.
    pub ids: Ids,
    /// Measures the five seconds that an answer may take.
    pub clock: Clock,
    /// Counts every answer of the door, by its result.
    pub metrics: Arc<Metrics>,
}

impl Authenticator {
    /// Checks; answers in less than five seconds.
    pub async fn check(&self, check: &CredentialCheck<'_>) -> CheckOutcome {
        let _busy = connections::busy();

        let outcome = match self.ids.next::<RequestId>() {
            Ok(id) => self.checks.check(check, Requester::Door(self.door), id).await,
            Err(_) => CheckOutcome::Unavailable,
        };

        if matches!(outcome, CheckOutcome::Accept(_)) {
            connections::proven();
        }

        self.metrics.door_answer(self.door, outcome.name());
        outcome
    }

    /// Which organization a mail server's service key is bound to; `None` if to none.
    pub async fn authenticate_key(&self, bearer: &str) -> Result<Option<OrganizationId>, KeyError> {
        let _busy = connections::busy();
        let id = self.ids.next::<RequestId>().map_err(|_| KeyError::Unavailable)?;

        match self.keys.recognise(bearer, Requester::Door(self.door), id).await {
            Ok(organization) => {
                connections::proven();
                Ok(organization)
            }
            Err(why @ Error::Refused(_)) => {
                tracing::warn!(event = "door_key_refused", door = self.door, %why, request_id = %id);
                self.metrics.door_answer(self.door, "wrong_key");
                Err(KeyError::Wrong)
            }
            Err(_) => {
                self.metrics.door_answer(self.door, CheckOutcome::Unavailable.name());
                Err(KeyError::Unavailable)
            }
        }
    }

    /// Does this behind a mail server's service key, both in less than five seconds.
    pub async fn behind_key<T>(
        &self,
        bearer: &str,
        then: impl AsyncFnOnce(Option<OrganizationId>) -> T,
    ) -> Result<T, KeyError> {
        let _busy = connections::busy();
        let both = async { Ok(then(self.authenticate_key(bearer).await?).await) };
        tokio::select! {
            biased;
            done = both => done,
            () = self.clock.sleep(ANSWER_TIMEOUT) => Err(KeyError::Unavailable),
        }
    }

    /// The login in its own writing, if somebody has it.
    pub async fn find_login(
        &self,
        login: &str,
        within: Option<OrganizationId>,
    ) -> Result<Option<String>, KeyError> {
        let _busy = connections::busy();

        let found = match self.ids.next::<RequestId>() {
            Ok(id) => self.checks.find_login(login, within, Requester::Door(self.door), id).await,
            Err(error) => Err(error.into()),
        };

        let result = match &found {
            Ok(Some(_)) => "found",
            Ok(None) => "not_found",
            Err(_) => CheckOutcome::Unavailable.name(),
        };

        self.metrics.door_answer(self.door, result);
        found.map_err(|_| KeyError::Unavailable)
    }
}

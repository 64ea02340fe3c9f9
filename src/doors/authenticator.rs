//! What the doors of mail servers share: a question and its four answers, in time and whatever happens below.

use std::sync::Arc;
use std::time::Duration;

use crate::clock::Clock;
use crate::domain::access::{Caller, KeyHolder};
use crate::domain::ids::{OrganizationId, RequestId};
use crate::domain::network::ClientAddress;
use crate::domain::place;
use crate::domain::protocol::Protocol;
use crate::domain::secret::Secret;
use crate::domain::service_key::KeyRole;
use crate::domain::verdict::Reason;
use crate::net::connections;
use crate::service::credential_checks::{Accepted, Answer, Check, MAX_CLIENT, MAX_PASSWORD};
use crate::service::{Error, Service};
use crate::telemetry::Metrics;

/// What is not answered by then is answered "cannot tell": the most impatient mail servers give up after ten
/// seconds, some never, and a check may wait four for its turn.
const DEADLINE: Duration = Duration::from_millis(4_500);

/// May this login have mail with this password?
#[derive(Clone, Debug)]
pub struct Question<'a> {
    /// The login, as its bytes came.
    pub login: &'a [u8],
    /// The password, as its bytes came.
    pub password: &'a [u8],
    /// What the mail client speaks.
    pub protocol: Protocol,
    /// Where it comes from, as the mail server says it.
    pub client_address: ClientAddress,
    /// What it calls itself.
    pub client: Option<&'a str>,
    /// The organization that the asking key is bound to.
    pub within: Option<OrganizationId>,
    /// Whether the mail server has another source to ask; where it has none, nothing is deferred to it.
    pub next_source: bool,
}

/// What a mail server is told. Each door maps them in one `match`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Let in.
    Accept(Accepted),
    /// Keep out, and ask no other source. The reason is for logs, never for the mail client.
    Reject(Reason),
    /// Ask the next source; this one neither lets in nor keeps out.
    Defer,
    /// Cannot tell: a temporary failure, never a wrong password.
    Unavailable,
}

impl Outcome {
    fn name(&self) -> &'static str {
        match self {
            Self::Accept(_) => "accept",
            Self::Reject(_) => "reject",
            Self::Defer => "defer",
            Self::Unavailable => "unavailable",
        }
    }
}

/// Why a mail server may not ask: its operator's fault, or ours, and never a wrong password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoKey {
    /// It is no service key of a mail server.
    Wrong,
    /// Cannot tell.
    Unavailable,
}

/// Asks the service, for one door.
#[derive(Clone, Debug)]
pub struct Asker {
    /// The door's name in logs and metrics.
    pub door: &'static str,
    /// The use cases.
    pub service: Arc<Service>,
    /// Time.
    pub clock: Clock,
    /// Numbers.
    pub metrics: Arc<Metrics>,
}

impl Asker {
    /// Asks; answers in less than five seconds.
    pub async fn ask(&self, question: &Question<'_>) -> Outcome {
        let _busy = connections::busy();
        let outcome = match self.service.next_id().map(RequestId::from) {
            Ok(id) => self.in_time(id, self.verify(question, id)).await,
            Err(error) => Err(error.into()),
        };
        let outcome = match outcome {
            Ok(Answer::Accept(accepted)) => {
                connections::proven();
                Outcome::Accept(accepted)
            }
            Ok(Answer::Reject(reason)) => Outcome::Reject(reason),
            Ok(Answer::Defer) => Outcome::Defer,
            Err(_) => Outcome::Unavailable,
        };
        self.metrics.door_answer(self.door, outcome.name());
        outcome
    }

    /// What cannot be read as text, or is too long, matches nothing, and is refused as a wrong one is.
    async fn verify(&self, question: &Question<'_>, request_id: RequestId) -> Result<Answer, Error> {
        let login = String::from_utf8_lossy(question.login);
        if question.client_address == ClientAddress::Unreadable {
            tracing::warn!(event = "client_address_unreadable", door = self.door, %request_id);
        }
        let text = Some(question.password).filter(|bytes| bytes.len() <= MAX_PASSWORD);
        let text = text.and_then(|bytes| std::str::from_utf8(bytes).ok());
        let password = text.map(|text| Secret::new(text.to_owned()));
        let check = Check {
            login: &login,
            password: password.as_ref(),
            protocol: question.protocol,
            client_ip: question.client_address.ip(),
            unreadable_ip: question.client_address == ClientAddress::Unreadable,
            client: question.client.filter(|client| client.len() <= MAX_CLIENT),
            asker: place::Asker::Door(self.door),
            within: question.within,
            next_source: question.next_source,
            request_id,
        };
        self.service.verify(&check).await
    }

    /// Which organization a mail server's service key is bound to; `None` if to none.
    pub async fn key(&self, bearer: &str) -> Result<Option<OrganizationId>, NoKey> {
        let _busy = connections::busy();
        let id = self.service.next_id().map(RequestId::from).map_err(|_| NoKey::Unavailable)?;
        let wrong = |why: &Error| {
            tracing::warn!(event = "door_key_refused", door = self.door, %why, request_id = %id);
            self.metrics.door_answer(self.door, "wrong_key");
            NoKey::Wrong
        };
        match self.in_time(id, self.service.recognise(bearer)).await {
            Ok(Caller::Key(KeyHolder { role: KeyRole::MailServer, organization_id, .. })) => {
                connections::proven();
                Ok(organization_id)
            }
            Ok(_) => Err(wrong(&crate::service::Refusal::Forbidden.into())),
            Err(error @ Error::Refused(_)) => Err(wrong(&error)),
            Err(_) => {
                self.metrics.door_answer(self.door, Outcome::Unavailable.name());
                Err(NoKey::Unavailable)
            }
        }
    }

    /// Does this behind a mail server's service key, both in less than five seconds.
    pub async fn behind_key<T>(
        &self,
        bearer: &str,
        then: impl AsyncFnOnce(Option<OrganizationId>) -> T,
    ) -> Result<T, NoKey> {
        let _busy = connections::busy();
        let both = async { Ok(then(self.key(bearer).await?).await) };
        tokio::select! {
            biased;
            done = both => done,
            () = self.clock.sleep(DEADLINE) => Err(NoKey::Unavailable),
        }
    }

    /// The login in its own writing, if somebody has it.
    pub async fn find(&self, login: &str, within: Option<OrganizationId>) -> Result<Option<String>, NoKey> {
        let _busy = connections::busy();
        let found = match self.service.next_id().map(RequestId::from) {
            Ok(id) => self.in_time(id, self.service.find_login(login, within, id)).await,
            Err(error) => Err(error.into()),
        };
        let result = match &found {
            Ok(Some(_)) => "found",
            Ok(None) => "not_found",
            Err(_) => Outcome::Unavailable.name(),
        };
        self.metrics.door_answer(self.door, result);
        found.map_err(|_| NoKey::Unavailable)
    }

    async fn in_time<T>(
        &self,
        id: RequestId,
        answer: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        tokio::select! {
            biased;
            answer = answer => answer,
            () = self.clock.sleep(DEADLINE) => {
                tracing::warn!(event = "check_given_up", door = self.door, request_id = %id);
                Err(Error::Unavailable("not answered in time".into()))
            }
        }
    }
}

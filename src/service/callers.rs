//! Who calls: the holder of a session or a key.

use std::sync::Arc;
use std::time::Duration;

use super::deadline::{Deadline, in_time, with_deadline};
use super::login_throttle::ThrottleMemory;
use super::parts::Parts;
use super::usage::UsageLog;
use super::{Error, Refusal};
use crate::clock::Clock;
use crate::domain::access::{Caller, KeyHolder};
use crate::domain::ids::{OrganizationId, RequestId};
use crate::domain::place::Requester;
use crate::domain::secret::{Token, TokenKind};
use crate::domain::service_key::KeyRole;
use crate::keyring::Keyring;
use crate::store::usage::Moved;
use crate::store::{ServiceKeyStore, SessionStore};

/// A session unused for this long is over.
pub(super) const IDLE: Duration = Duration::from_secs(30 * 60);

/// Recognises callers by their bearer tokens.
#[derive(Clone)]
pub struct Callers {
    clock: Clock,
    keyring: Arc<Keyring>,
    memory: Arc<ThrottleMemory>,
    service_keys: ServiceKeyStore,
    sessions: SessionStore,
    usage: UsageLog,
}

impl Callers {
    pub(super) fn new(parts: &Parts) -> Self {
        Self {
            clock: parts.clock.clone(),
            keyring: Arc::clone(&parts.keyring),
            memory: Arc::clone(&parts.memory),
            service_keys: parts.store.service_keys(),
            sessions: parts.store.sessions(),
            usage: parts.usage.clone(),
        }
    }

    /// Who holds this bearer token. The session or key is used from now.
    pub async fn recognise(&self, bearer: &str) -> Result<Caller, Error> {
        let caller = self.recognise_unnoted(bearer).await?;
        match caller {
            Caller::Member(me) => self.usage.session(me.session_id, self.clock.now()),
            Caller::Key(key) => self.usage.key(key.id, self.clock.now()),
            Caller::Terminal => {}
        }
        Ok(caller)
    }

    /// The same, without a word that the session or key was used.
    pub async fn recognise_unnoted(&self, bearer: &str) -> Result<Caller, Error> {
        let token = Token::recognise(bearer).ok_or(Refusal::InvalidToken)?;
        let verifiers = self.keyring.verifiers(token.text().expose());
        let (now, deadline) = (self.clock.now(), Deadline::after(self.clock.monotonic()));

        match token.kind() {
            TokenKind::Session => {
                let session =
                    with_deadline(&self.clock, deadline, self.sessions.by_verifier(&verifiers)).await?;
                let session = session.ok_or(Refusal::InvalidToken)?;
                let me = session.signed_in;
                let seen = self.usage.session_seen(me.session_id).unwrap_or(session.last_seen_at);
                let idle = now.since(seen.max(session.last_seen_at)) >= IDLE;
                if idle || me.expires_at <= now {
                    return Err(Refusal::InvalidToken.into());
                }

                Ok(Caller::Member(me))
            }
            TokenKind::ServiceKey => {
                let found =
                    with_deadline(&self.clock, deadline, self.service_keys.holder(&verifiers)).await?;
                let found = found.ok_or(Refusal::InvalidToken)?;
                let key = found.holder;
                if let Some(newer) = self.keyring.newer_verifier(token.text().expose(), found.pepper_id) {
                    self.usage.key_moves(key.id, Moved::new(found.pepper_id, newer));
                }

                Ok(Caller::Key(key))
            }
            TokenKind::Setup | TokenKind::Invitation | TokenKind::ClientSetup => {
                Err(Refusal::InvalidToken.into())
            }
        }
    }

    /// A proxy names clients and is not trusted: its word is not taken, and it is none of them.
    pub fn note_untrusted_proxy(&self, peer: std::net::IpAddr) {
        if self.memory.note_proxy(peer) {
            tracing::warn!(
                event = "proxy_not_trusted",
                %peer,
                "X-Forwarded-For comes from a peer that is not trusted, so nobody behind it has an address; if it is \
                 your proxy, set trusted_proxies = [\"{peer}\"] in [server]"
            );
        }
    }
}

/// Recognises the keys of mail servers, and nobody else.
#[derive(Clone)]
pub struct MailServerKeys(Callers);

impl MailServerKeys {
    pub(super) const fn new(callers: Callers) -> Self {
        Self(callers)
    }

    /// Which organization the key is bound to; `None` if to none. Whoever is no mail server is refused. Answers in less
    /// than five seconds.
    pub async fn recognise(
        &self,
        bearer: &str,
        requester: Requester,
        request_id: RequestId,
    ) -> Result<Option<OrganizationId>, Error> {
        match in_time(&self.0.clock, requester, request_id, self.0.recognise(bearer)).await? {
            Caller::Key(KeyHolder { role: KeyRole::MailServer, organization_id, .. }) => Ok(organization_id),
            _ => Err(Refusal::Forbidden.into()),
        }
    }
}

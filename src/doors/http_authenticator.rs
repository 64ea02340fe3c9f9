//! What the doors over HTTP share: the key of the mail server or proxy, and headers.

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};

use super::authenticator::{Authenticator, KeyError};
use crate::domain::ids::OrganizationId;
use crate::service::credential_checks::{CheckOutcome, CredentialCheck};

/// The service key of a mail server, where the protocol has no better place for it.
pub const KEY: HeaderName = HeaderName::from_static("x-clientpass-key");

/// Checks for one door over HTTP, and decides who may use that door.
#[derive(Clone)]
pub struct HttpAuthenticator {
    /// Answers checks and recognises keys, as for every other door.
    pub inner: Authenticator,
    /// Whether every request must come with a key.
    pub require_key: bool,
}

impl HttpAuthenticator {
    /// The organization that the key is bound to; `None` if to none. A key that is given is looked at even where none
    /// is needed: who sends a wrong one has been set up wrong.
    pub async fn admit(&self, key: Option<&[u8]>) -> Result<Option<OrganizationId>, KeyError> {
        match key {
            // What is no text is no key; whoever recognises keys says so, too.
            Some(key) => self.inner.authenticate_key(&String::from_utf8_lossy(key)).await,
            None if self.require_key => {
                self.fault("a service key is needed, and none was sent");
                Err(KeyError::Wrong)
            }
            None => Ok(None),
        }
    }

    /// Checks; answers in less than five seconds.
    pub async fn check(&self, check: &CredentialCheck<'_>) -> CheckOutcome {
        self.inner.check(check).await
    }

    /// Notes that the mail server or proxy, or we, have been set up wrong: for the operator, who alone can do
    /// something.
    pub fn fault(&self, why: &'static str) {
        tracing::error!(event = "door_set_up_wrong", door = self.inner.door, why);
        self.inner.metrics.door_answer(self.inner.door, "set_up_wrong");
    }
}

/// The bytes of a header.
pub fn header<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a [u8]> {
    headers.get(name).map(HeaderValue::as_bytes)
}

/// A header as text; what is none is not there.
pub fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim)
}

//! What the doors share that are asked over HTTP: the key of whoever asks, and headers.

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};

use super::authenticator::{Asker, NoKey};
use crate::domain::ids::OrganizationId;

/// The service key of a mail server, where the protocol has no better place for it.
pub const KEY: HeaderName = HeaderName::from_static("x-clientpass-key");

/// Asks for one door, and knows whom it lets ask.
#[derive(Clone, Debug)]
pub struct Desk {
    /// Asks.
    pub asker: Asker,
    /// Whether nobody may ask without a key.
    pub require_key: bool,
}

impl Desk {
    /// Which organization whoever asks is bound to; `None` if to none. A key that is given is looked at even where
    /// none is needed: who sends a wrong one has been set up wrong.
    pub async fn admit(&self, key: Option<&[u8]>) -> Result<Option<OrganizationId>, NoKey> {
        match key {
            // What is no text is no key; whoever recognises keys says so, too.
            Some(key) => self.asker.key(&String::from_utf8_lossy(key)).await,
            None if self.require_key => {
                self.fault("a service key is needed, and none was sent");
                Err(NoKey::Wrong)
            }
            None => Ok(None),
        }
    }

    /// Notes that whoever asks, or we, have been set up wrong: for the operator, who alone can do something.
    pub fn fault(&self, why: &'static str) {
        tracing::error!(event = "door_set_up_wrong", door = self.asker.door, why);
        self.asker.metrics.door_answer(self.asker.door, "set_up_wrong");
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

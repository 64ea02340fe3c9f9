//! Passkeys in a browser: what the script puts into a form.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;

use super::cookies::Kept;
use super::visit::Visit;
use crate::domain::passkey::{Assertion, Registration, RelyingParty};
use crate::domain::secret::Secret;
use crate::service::{Error, Refusal};

/// What a passkey is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// To sign in by it alone.
    SignIn,
    /// As the second step, after the right account password.
    Code,
    /// Once more, in a session.
    StepUp,
}

/// Bytes, as the script writes them.
#[derive(Deserialize)]
#[serde(try_from = "String")]
struct Bytes(Vec<u8>);

impl TryFrom<String> for Bytes {
    type Error = base64::DecodeError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        URL_SAFE_NO_PAD.decode(text).map(Self)
    }
}

#[derive(Deserialize)]
struct ShownField {
    r#for: Purpose,
    id: Bytes,
    client: Bytes,
    data: Bytes,
    signature: Bytes,
    user: Option<Bytes>,
}

/// What a form brings of a passkey that was shown; none if it is nothing that the script writes.
pub fn shown(field: &str) -> Option<(Purpose, Assertion)> {
    let read: ShownField = serde_json::from_str(field).ok()?;
    let assertion = Assertion {
        credential_id: read.id.0,
        client_data: read.client.0,
        authenticator_data: read.data.0,
        signature: read.signature.0,
        user_handle: read.user.map(|user| user.0),
    };
    Some((read.r#for, assertion))
}

#[derive(Deserialize)]
struct MadeField {
    id: Bytes,
    client: Bytes,
    data: Bytes,
    key: Bytes,
    algorithm: i64,
}

/// What a form brings of a passkey that was made; none if it is nothing that the script writes.
pub fn made(field: &str) -> Option<Registration> {
    let read: MadeField = serde_json::from_str(field).ok()?;
    Some(Registration {
        credential_id: read.id.0,
        client_data: read.client.0,
        authenticator_data: read.data.0,
        public_key: read.key.0,
        algorithm: read.algorithm,
    })
}

impl Visit {
    /// What passkeys are made for here; refused where there can be none.
    pub fn relying_party(&self) -> Result<&RelyingParty, Error> {
        self.site.relying_party.as_ref().ok_or_else(|| Refusal::NotFound.into())
    }

    /// The pending sign-in of this browser, also one that it is only told of by this answer.
    pub fn pending(&self) -> Option<Secret> {
        let brought = || Kept::Pending.of(&self.site, &self.request);
        self.new_cookie(Kept::Pending).or_else(brought).map(Secret::new)
    }
}

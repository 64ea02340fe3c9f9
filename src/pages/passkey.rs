//! Passkeys in a browser: what the script asks for when a button is pressed, and what it puts into the form.

use actix_web::HttpResponse;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use super::cookies::Kept;
use super::error::PageError;
use super::submitted::Sent;
use super::visit::{Signed, Visit};
use crate::domain::passkey::{Algorithm, Assertion, Registration, RelyingParty};
use crate::domain::secret::Secret;
use crate::service::sign_ins::{AskedForPasskey, ToShow};
use crate::service::{Error, Refusal};

/// How long a browser waits for the visitor, in milliseconds: as long as the challenge is good.
const TIMEOUT: u32 = 300_000;

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

#[derive(Serialize)]
struct Named {
    r#type: &'static str,
    id: String,
}

fn named(ids: &[Vec<u8>]) -> Vec<Named> {
    ids.iter().map(|id| Named { r#type: "public-key", id: URL_SAFE_NO_PAD.encode(id) }).collect()
}

/// `PublicKeyCredentialRequestOptions`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ToShowJson<'a> {
    challenge: String,
    rp_id: &'a str,
    allow_credentials: Vec<Named>,
    user_verification: &'static str,
    timeout: u32,
}

/// `PublicKeyCredentialCreationOptions`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ToMakeJson<'a> {
    challenge: String,
    rp: Rp<'a>,
    user: User<'a>,
    pub_key_cred_params: Vec<Parameters>,
    exclude_credentials: Vec<Named>,
    authenticator_selection: Selection,
    attestation: &'static str,
    timeout: u32,
}

#[derive(Serialize)]
struct Rp<'a> {
    id: &'a str,
    name: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct User<'a> {
    id: String,
    name: &'a str,
    display_name: &'a str,
}

#[derive(Serialize)]
struct Parameters {
    r#type: &'static str,
    alg: i64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Selection {
    resident_key: &'static str,
    user_verification: &'static str,
}

/// `POST /passkeys/options`: what the browser has to know to show a passkey, or to make one.
pub async fn options(sent: Sent) -> Result<HttpResponse, PageError> {
    match sent.form.text("passkey_for") {
        "sign-in" => {
            let origin = sent.origin()?;
            to_show(&sent, AskedForPasskey::Anybody(&origin), "required").await
        }
        "code" => {
            let pending = sent.pending().ok_or(Refusal::SignInExpired)?;
            // The password says who it is; the passkey need not ask again.
            to_show(&sent, AskedForPasskey::Pending(&pending), "discouraged").await
        }
        "step-up" => {
            let call = sent.session().await?.ok_or(PageError::sign_in())?;
            to_show(&sent, AskedForPasskey::Session(&call), "preferred").await
        }
        "create" => to_make(&sent).await,
        _ => Err(Refusal::NotFound.into()),
    }
}

async fn to_show(
    visit: &Visit,
    asked: AskedForPasskey<'_>,
    user_verification: &'static str,
) -> Result<HttpResponse, PageError> {
    let of = visit.relying_party()?;
    let ToShow { challenge, known } = visit.services.sign_ins.ask_for_passkey(asked, of).await?;
    Ok(HttpResponse::Ok().json(ToShowJson {
        challenge: URL_SAFE_NO_PAD.encode(challenge),
        rp_id: of.id(),
        allow_credentials: named(&known),
        user_verification,
        timeout: TIMEOUT,
    }))
}

async fn to_make(visit: &Visit) -> Result<HttpResponse, PageError> {
    let of = visit.relying_party()?;
    let call = visit.session().await?.ok_or(PageError::sign_in())?;
    let signed = Signed::by(visit.clone(), call).await?;
    let member = &signed.member;
    let begun = signed.services.passkeys.begin(&signed.call, member.id, of).await?;

    let parameters = |algorithm: Algorithm| Parameters { r#type: "public-key", alg: algorithm.number() };
    Ok(HttpResponse::Ok().json(ToMakeJson {
        challenge: URL_SAFE_NO_PAD.encode(begun.challenge),
        rp: Rp { id: of.id(), name: &visit.site.brand.name },
        user: User {
            id: URL_SAFE_NO_PAD.encode(member.id.uuid().as_bytes()),
            name: &member.login,
            display_name: &member.display_name,
        },
        pub_key_cred_params: Algorithm::ALL.into_iter().map(parameters).collect(),
        exclude_credentials: named(&begun.known),
        authenticator_selection: Selection { resident_key: "preferred", user_verification: "preferred" },
        attestation: "none",
        timeout: TIMEOUT,
    }))
}

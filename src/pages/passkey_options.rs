//! Passkeys in a browser: what the script asks for when a button is pressed.

use actix_web::HttpResponse;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;

use super::error::PageError;
use super::submitted::Sent;
use super::visit::{Signed, Visit};
use crate::domain::passkey::Algorithm;
use crate::service::Refusal;
use crate::service::sign_ins::{AskedForPasskey, ToShow};

/// How long a browser waits for the visitor, in milliseconds: as long as the challenge is good.
const TIMEOUT: u32 = 300_000;

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

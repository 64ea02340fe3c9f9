//! Whether a mail client has just signed in with a new client password: asked by its page every two seconds. That
//! somebody left a page open does not make the session last.

use actix_web::HttpResponse;
use serde::Serialize;

use super::clients::known;
use super::view::protocol;
use crate::domain::client_password::ClientPassword;
use crate::domain::ids::ClientPasswordId;
use crate::http::path::path_id;
use crate::pages::error::PageError;
use crate::pages::texts::Words;
use crate::pages::visit::Visit;

#[derive(Serialize)]
struct Seen {
    said: Option<String>,
}

/// `GET /passwords/{client_password_id}/live`.
pub async fn look(visit: Visit) -> Result<HttpResponse, PageError> {
    let call = visit.session_unnoted().await?.ok_or(PageError::sign_in())?;
    let id: ClientPasswordId = path_id(&visit.request)?;
    let found = visit.services.client_passwords.get(&call, id).await?;
    Ok(HttpResponse::Ok().json(Seen { said: said(&visit.words, &found) }))
}

/// What is said of its first sign-in.
fn said(words: &Words, one: &ClientPassword) -> Option<String> {
    let used = one.last_used.as_ref()?;
    let client = used.client.as_deref().and_then(known).map(|(name, _)| name);
    let client = client.map_or_else(|| words.say("live-client"), str::to_owned);
    let how = protocol(words, used.protocol);

    Some(match &used.ip {
        Some(ip) => words.with_three("live-seen-from", ("client", &client), ("how", &how), ("ip", ip)),
        None => words.with_two("live-seen", ("client", &client), ("how", &how)),
    })
}

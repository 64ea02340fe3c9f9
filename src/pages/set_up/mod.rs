//! Mail on a phone by a one-time link: a page that may be fetched as often as somebody likes, so that previews of links
//! and scanners do no harm, and its button, which fetches the profile once.

use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use uuid::{Builder, Uuid};

use super::error::PageError;
use super::frame::{Frame, Room, When};
use super::visit::Visit;
use crate::domain::protocol::ProtocolSet;
use crate::domain::secret::Secret;
use crate::http::middleware::request_id;
use crate::mail_setup::mobileconfig::{self, MEDIA_TYPE, ProfileIds};
use crate::mail_setup::profile_signature::ProfileSigner;
use crate::mail_setup::{Account, MailServers, MailSettings};
use crate::service::Error;
use crate::service::client_setup_links::{Fetched, ToSetUp};

/// Where the links lead: the token comes after it.
pub const BELOW: &str = "/set-up/";
/// What a browser calls the profile where it keeps it as a file.
const FILE: &str = "attachment; filename=\"mail.mobileconfig\"";

/// The servers of a profile for whoever has this login and may use these protocols; none if there can be no profile.
pub fn servers(request: &HttpRequest, login: &str, protocols: ProtocolSet) -> Option<MailServers> {
    let settings = request.app_data::<Data<MailSettings>>()?;
    let servers = settings.of_login(login)?.within(protocols);
    mobileconfig::can_be_made(&servers).then_some(servers)
}

fn token(visit: &Visit) -> Secret {
    Secret::new(visit.request.match_info().get("token").unwrap_or("").to_owned())
}

fn signer(visit: &Visit) -> Option<&ProfileSigner> {
    visit.request.app_data::<Data<ProfileSigner>>().map(Data::get_ref)
}

/// What the link of the address sets up, and at which servers; none if it is over.
async fn good(visit: &Visit) -> Result<Option<(ToSetUp, MailServers)>, PageError> {
    let Some(found) = visit.services.client_setup_links.find(&token(visit)).await? else {
        return Ok(None);
    };
    let servers = servers(&visit.request, &found.login, found.protocols);
    Ok(servers.map(|servers| (found, servers)))
}

#[derive(Template)]
#[template(path = "pages/set_up/set_up.html")]
struct SetUpPage {
    frame: Frame,
    login: String,
    label: String,
    until: When,
    signed: bool,
}

/// `GET /set-up/{token}`: what the link does; it stays good.
pub async fn page(visit: Visit) -> Result<HttpResponse, PageError> {
    let Some((found, _)) = good(&visit).await? else { return over(&visit) };
    visit.show(&SetUpPage {
        frame: visit.frame(Room::Outside),
        signed: signer(&visit).is_some(),
        until: When(found.expires_at),
        login: found.login,
        label: found.label,
    })
}

/// `POST /set-up/{token}`: the profile, once.
pub async fn fetch(visit: Visit) -> Result<HttpResponse, PageError> {
    // Whatever the profile needs is there before the link is used up.
    let Some((_, servers)) = good(&visit).await? else { return over(&visit) };
    let (uuids, id) = (uuids(&visit)?, request_id(&visit.request)?);

    let Some(fetched) = visit.services.client_setup_links.fetch(&token(&visit), id).await? else {
        return over(&visit);
    };
    let body = profile(&visit, &servers, &fetched, uuids)?;
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, MEDIA_TYPE))
        .insert_header((CONTENT_DISPOSITION, FILE))
        .body(body))
}

fn uuids(visit: &Visit) -> Result<[Uuid; 4], Error> {
    let mut uuids = [Uuid::nil(); 4];
    for uuid in &mut uuids {
        *uuid = Builder::from_random_bytes(visit.services.ids.random()?).into_uuid();
    }
    Ok(uuids)
}

/// The profile; signed, where there is something to sign with.
fn profile(
    visit: &Visit,
    servers: &MailServers,
    Fetched { secret, of }: &Fetched,
    uuids: [Uuid; 4],
) -> Result<Vec<u8>, PageError> {
    let account = Account { login: &of.login, display_name: &of.display_name, password: secret };
    // With what came from it by rotating the profile is the same, so that a device replaces the password.
    let ids = ProfileIds { member: of.member_id, client_password: of.lineage, uuids };
    let made = mobileconfig::profile(servers, account, &ids, &of.organization_name);
    let made = made.ok_or_else(|| Error::Unavailable("a profile was not made".into()))?;

    let now = visit.now()?;
    match signer(visit).map(|signer| signer.sign(&made, now)) {
        Some(Ok(signed)) => Ok(signed.to_vec()),
        // It cannot be fetched again, and does its work without a signature.
        Some(Err(why)) => {
            tracing::error!(event = "profile_not_signed", %why);
            Ok(made.expose().into())
        }
        None => Ok(made.expose().into()),
    }
}

#[derive(Template)]
#[template(path = "pages/set_up/over.html")]
struct OverPage {
    frame: Frame,
}

/// The page behind a link that was used, is too old, or never was one.
fn over(visit: &Visit) -> Result<HttpResponse, PageError> {
    visit.answer(StatusCode::GONE, &OverPage { frame: visit.frame(Room::Outside) })
}

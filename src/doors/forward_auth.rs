//! HTTP forward authentication: nginx `auth_request`, Caddy, Traefik, and Exim with `${readsocket}`. A reverse proxy
//! sends a sub-request before every single request of a mail client, with any path and method.
//!
//! What the proxy does not set itself, the mail client may: it has to overwrite `X-Real-IP` (or to extend
//! `X-Forwarded-For`) and `X-Clientpass-Protocol`.

use actix_web::http::header::{
    AUTHORIZATION, CACHE_CONTROL, HeaderMap, HeaderName, RETRY_AFTER, USER_AGENT, WWW_AUTHENTICATE,
    X_FORWARDED_FOR,
};
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};

use super::basic::Credentials;
use super::http_authenticator::{HttpAuthenticator, KEY, header, text};
use crate::domain::network::ClientAddress;
use crate::domain::protocol::Protocol;
use crate::service::credential_checks::{Accepted, CheckOutcome, CredentialCheck};

const PROTOCOL: HeaderName = HeaderName::from_static("x-clientpass-protocol");
const X_REAL_IP: HeaderName = HeaderName::from_static("x-real-ip");

/// The settings of the door.
#[derive(Clone)]
pub struct ForwardAuth {
    /// Checks the key of the proxy and the credentials of the mail client.
    pub authenticator: HttpAuthenticator,
    /// The protocol of a request that names none.
    pub protocol: Protocol,
    /// Whether the proxy has a source of its own to try next: then it gets 403 on `defer`, and else 401.
    pub next_source: bool,
}

/// Adds the door to a server.
pub fn configure(config: &mut ServiceConfig, door: &ForwardAuth) {
    config.app_data(web::Data::new(door.clone())).default_service(web::to(answer));
}

async fn answer(request: HttpRequest, door: web::Data<ForwardAuth>) -> HttpResponse {
    let headers = request.headers();
    // Mail clients send a request without credentials first, to learn the scheme.
    let Some(credentials) = header(headers, &AUTHORIZATION).and_then(Credentials::read) else {
        return challenge();
    };

    let Ok(within) = door.authenticator.admit(header(headers, &KEY)).await else {
        return unavailable();
    };

    let Ok(protocol) = door.protocol_of(headers) else {
        door.authenticator.fault("the protocol that the proxy names is none");
        return unavailable();
    };

    let check = CredentialCheck {
        login: credentials.name(),
        password: credentials.password(),
        protocol,
        client_address: client_address(headers),
        client: text(headers, &USER_AGENT),
        within,
        next_source: door.next_source,
    };

    match door.authenticator.check(&check).await {
        CheckOutcome::Accept(accepted) => welcome(&accepted),
        CheckOutcome::Defer if door.next_source => HttpResponse::Forbidden().finish(),
        CheckOutcome::Reject(_) | CheckOutcome::Defer => challenge(),
        CheckOutcome::Unavailable => unavailable(),
    }
}

struct NoProtocol;

impl ForwardAuth {
    fn protocol_of(&self, headers: &HeaderMap) -> Result<Protocol, NoProtocol> {
        if !headers.contains_key(PROTOCOL) {
            return Ok(self.protocol);
        }
        let name = text(headers, &PROTOCOL).unwrap_or_default();
        Protocol::asked_for(name, self.protocol).ok_or(NoProtocol)
    }
}

/// Of a list only the last address is the proxy's word; those before it may be anybody's.
fn client_address(headers: &HeaderMap) -> ClientAddress {
    let forwarded = || headers.get_all(X_FORWARDED_FOR).last();
    // A header that is no text says something, and no address.
    let said = headers.get(X_REAL_IP).or_else(forwarded).map(|value| value.to_str().unwrap_or("unknown"));
    ClientAddress::read(said.and_then(|list| list.rsplit(',').next()))
}

/// Logins are ASCII without spaces, ids are UUIDs: both can stand in a header.
fn welcome(accepted: &Accepted) -> HttpResponse {
    let mut answer = HttpResponse::Ok();
    answer
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header(("x-clientpass-login", accepted.login.as_str()))
        .insert_header(("x-clientpass-member-id", accepted.member_id.to_string()))
        .insert_header(("x-clientpass-organization-id", accepted.organization_id.to_string()));

    if let Some((id, _)) = &accepted.client_password {
        answer.insert_header(("x-clientpass-client-password-id", id.to_string()));
    }

    answer.finish()
}

fn challenge() -> HttpResponse {
    HttpResponse::Unauthorized()
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((WWW_AUTHENTICATE, "Basic realm=\"clientpass\", charset=\"UTF-8\""))
        .finish()
}

fn unavailable() -> HttpResponse {
    HttpResponse::ServiceUnavailable()
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((RETRY_AFTER, "1"))
        .finish()
}

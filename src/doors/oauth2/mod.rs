//! The OAuth2 password grant: what `passdb oauth2` of Dovecot 2.3 and 2.4 sends with `grant_url`, without any code.
//!
//! Dovecot takes only a 200 for an answer; everything else is a temporary failure (2.4 even `invalid_grant`). In a
//! 200 it looks at `active`, then at `scope`:
//!
//! ```text
//!               scope asked for: none             clientpass
//!   accept      active                            active, scope clientpass
//!   reject      not active                        active, scope empty        final: "user disabled"
//!   defer       not active, as reject             not active                 next passdb, with result_failure = continue
//! ```
//!
//! With `active` Dovecot has no way to learn whether it may try its next source; after what is out of scope it never
//! tries one. The token opens nothing.

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::{AUTHORIZATION, CACHE_CONTROL, HeaderMap, HeaderName, RETRY_AFTER};
use actix_web::web::{self, Payload, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;

use super::authenticator::KeyError;
use super::basic::Credentials;
use super::http_authenticator::{HttpAuthenticator, header, text};
use crate::domain::network::ClientAddress;
use crate::domain::protocol::Protocol;
use crate::service::credential_checks::{Accepted, CheckOutcome, CredentialCheck};

pub mod grant;

use grant::{Fault, Grant};

/// Longest form, in bytes: login, password and key, every byte escaped.
const MAX_FORM: usize = 16_384;
/// A form must have arrived within this time.
const READ_TIMEOUT: Duration = Duration::from_secs(5);
/// Asks for refusals that Dovecot takes for final.
const SCOPE: &[u8] = b"clientpass";
/// What the mail client speaks: Dovecot 2.3, and 2.4.
const SERVICE: HeaderName = HeaderName::from_static("x-dovecot-auth-service");
const PROTOCOL: HeaderName = HeaderName::from_static("x-dovecot-auth-protocol");
const REMOTE: HeaderName = HeaderName::from_static("x-dovecot-auth-remote");

/// Adds the door to a server.
pub fn configure(config: &mut ServiceConfig, authenticator: &HttpAuthenticator) {
    let grant = web::resource("/oauth2/grant").route(web::post().to(answer));
    let wrong_method = || async { error(StatusCode::METHOD_NOT_ALLOWED, "invalid_request") };
    let nothing_here = || async { error(StatusCode::NOT_FOUND, "invalid_request") };
    config.app_data(web::Data::new(authenticator.clone()));
    config.service(grant.default_service(web::to(wrong_method))).default_service(web::to(nothing_here));
}

/// What a grant is answered; a refusal is none of these.
enum NoAnswer {
    Form(Fault),
    Key(KeyError),
    /// The mail server does not say what the mail client speaks, or not in our words.
    Headers(&'static str),
    TooLong,
}

async fn answer(
    request: HttpRequest,
    body: Payload,
    authenticator: web::Data<HttpAuthenticator>,
) -> HttpResponse {
    match asked(&request, body, &authenticator).await {
        Ok(answer) => answer,
        Err(NoAnswer::Form(Fault::Malformed)) => {
            authenticator.fault("the request is no password grant");
            error(StatusCode::BAD_REQUEST, "invalid_request")
        }
        Err(NoAnswer::Form(Fault::OtherGrant)) => {
            authenticator.fault("the request is another grant than password");
            error(StatusCode::BAD_REQUEST, "unsupported_grant_type")
        }
        Err(NoAnswer::Headers(why)) => {
            authenticator.fault(why);
            error(StatusCode::BAD_REQUEST, "invalid_request")
        }
        Err(NoAnswer::TooLong) => error(StatusCode::PAYLOAD_TOO_LARGE, "invalid_request"),
        Err(NoAnswer::Key(KeyError::Wrong)) => error(StatusCode::UNAUTHORIZED, "invalid_client"),
        Err(NoAnswer::Key(KeyError::Unavailable)) => unavailable(),
    }
}

async fn asked(
    request: &HttpRequest,
    body: Payload,
    authenticator: &HttpAuthenticator,
) -> Result<HttpResponse, NoAnswer> {
    let headers = request.headers();
    let form = read_body(body, authenticator).await?;
    let grant = grant::read(&form).map_err(NoAnswer::Form)?;

    let basic = header(headers, &AUTHORIZATION).and_then(Credentials::read);
    let secret = grant.client_secret.as_deref().map(Vec::as_slice);
    let key = basic.as_ref().map(Credentials::password).or(secret);
    let within = authenticator.admit(key).await.map_err(NoAnswer::Key)?;

    let stops =
        grant.scope.as_ref().is_some_and(|scope| scope.split(|byte| *byte == b' ').any(|of| of == SCOPE));

    let check = CredentialCheck {
        login: &grant.username,
        password: &grant.password,
        protocol: protocol(headers)?,
        client_address: ClientAddress::read(text(headers, &REMOTE)),
        client: None,
        within,
        next_source: stops,
    };

    Ok(match authenticator.inner.check(&check).await {
        CheckOutcome::Accept(accepted) => {
            token(&grant, Some(&accepted), true, grant.scope.as_deref().map(Vec::as_slice))
        }
        CheckOutcome::Reject(_) if stops => token(&grant, None, true, Some(b"")),
        CheckOutcome::Reject(_) | CheckOutcome::Defer => token(&grant, None, false, None),
        CheckOutcome::Unavailable => unavailable(),
    })
}

async fn read_body(body: Payload, authenticator: &HttpAuthenticator) -> Result<web::Bytes, NoAnswer> {
    tokio::select! {
        biased;
        read = body.to_bytes_limited(MAX_FORM) => match read {
            Ok(Ok(form)) => Ok(form),
            Ok(Err(_)) => Err(NoAnswer::Form(Fault::Malformed)),
            Err(_) => Err(NoAnswer::TooLong),
        },
        () = authenticator.inner.clock.sleep(READ_TIMEOUT) => Err(NoAnswer::Form(Fault::Malformed)),
    }
}

fn protocol(headers: &HeaderMap) -> Result<Protocol, NoAnswer> {
    let name = text(headers, &SERVICE).or_else(|| text(headers, &PROTOCOL));
    let name = name.ok_or(NoAnswer::Headers(
        "the request does not say what the mail client speaks: send_auth_headers = yes",
    ))?;
    Protocol::asked_for(name, Protocol::Webdav)
        .ok_or(NoAnswer::Headers("the request is about a service that is no protocol of a mail client"))
}

#[derive(Serialize)]
struct Issued<'a> {
    access_token: &'static str,
    token_type: &'static str,
    username: &'a str,
    /// The login in its own writing, for who was let in.
    #[serde(skip_serializing_if = "Option::is_none")]
    login: Option<&'a str>,
    /// As text: that is how Dovecot compares it.
    active: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<&'a str>,
}

/// `username` is the login of the request: where it differs, Dovecot knows nobody. `login` is whom Dovecot has to know
/// the session by, or a kick would miss a login that was typed in another way.
fn token(grant: &Grant, accepted: Option<&Accepted>, active: bool, scope: Option<&[u8]>) -> HttpResponse {
    let (username, scope) = (String::from_utf8_lossy(&grant.username), scope.map(String::from_utf8_lossy));

    let issued = Issued {
        access_token: "none",
        token_type: "bearer",
        username: &username,
        login: accepted.map(|accepted| accepted.login.as_str()),
        active: if active { "true" } else { "false" },
        scope: scope.as_deref(),
    };

    HttpResponse::Ok().insert_header((CACHE_CONTROL, "no-store")).json(issued)
}

#[derive(Serialize)]
struct Failure {
    error: &'static str,
}

fn error(status: StatusCode, error: &'static str) -> HttpResponse {
    HttpResponse::build(status).insert_header((CACHE_CONTROL, "no-store")).json(Failure { error })
}

fn unavailable() -> HttpResponse {
    HttpResponse::ServiceUnavailable()
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((RETRY_AFTER, "1"))
        .json(Failure { error: "temporarily_unavailable" })
}

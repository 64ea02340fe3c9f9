//! `auth_http` of nginx's mail proxy (IMAP, POP3, SMTP): nginx wants to know whether a password is right, and which
//! mail server the mail client is to be connected with.
//!
//! nginx ignores the status, so it is always 200; what it cannot read is "internal server error" to the mail client,
//! which is no wrong password either. It has no source to try next: on `defer` the password is wrong, unless the mail
//! server behind checks passwords itself.

use std::sync::Arc;

use actix_web::http::header::{HeaderMap, HeaderName};
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use zeroize::Zeroizing;

use super::http_authenticator::{HttpAuthenticator, KEY, header, text};
use crate::config::doors::Route;
use crate::domain::login::Login;
use crate::domain::network::ClientAddress;
use crate::domain::organization::DomainName;
use crate::domain::protocol::Protocol;
use crate::service::credential_checks::{CheckOutcome, CredentialCheck};

pub mod decode;
pub mod reply;

use reply::{Attempt, Connect, Reply};

const METHOD: HeaderName = HeaderName::from_static("auth-method");
const USER: HeaderName = HeaderName::from_static("auth-user");
const PASS: HeaderName = HeaderName::from_static("auth-pass");
const PROTOCOL: HeaderName = HeaderName::from_static("auth-protocol");
const ATTEMPT: HeaderName = HeaderName::from_static("auth-login-attempt");
const CLIENT_IP: HeaderName = HeaderName::from_static("client-ip");

/// The settings of the door.
#[derive(Clone)]
pub struct NginxMail {
    /// Checks the key of nginx and the credentials of the mail client.
    pub authenticator: HttpAuthenticator,
    /// Which mail servers stand behind nginx.
    pub routes: Arc<[Route]>,
}

/// Adds the door to a server.
pub fn configure(config: &mut ServiceConfig, door: &NginxMail) {
    config.app_data(web::Data::new(door.clone())).default_service(web::to(answer));
}

async fn answer(request: HttpRequest, door: web::Data<NginxMail>) -> HttpResponse {
    let headers = request.headers();
    let number = text(headers, &ATTEMPT).and_then(|number| number.parse().ok()).unwrap_or(1);
    let attempt = Attempt { protocol: protocol(headers), number };

    let reply = door.reply(headers, attempt).await.unwrap_or(Reply::Later(attempt));

    let mut answer = HttpResponse::Ok();
    for (name, value) in reply.headers() {
        answer.insert_header((name, value));
    }

    answer.finish()
}

/// There is no answer now; why is logged.
struct CannotTell;

/// What the mail client typed, and from where.
struct Credentials {
    login: Zeroizing<Vec<u8>>,
    password: Zeroizing<Vec<u8>>,
    protocol: Protocol,
    client_address: ClientAddress,
}

impl NginxMail {
    async fn reply(&self, headers: &HeaderMap, attempt: Attempt) -> Result<Reply, CannotTell> {
        let within = self.authenticator.admit(header(headers, &KEY)).await.map_err(|_| CannotTell)?;

        if text(headers, &METHOD).is_some_and(|method| method != "plain") {
            self.authenticator.fault("nginx offers another mechanism than plain and login: it must not");
            return Ok(Reply::Refuse(attempt));
        }

        let asked = read(headers, attempt).map_err(|why| {
            self.authenticator.fault(why);
            CannotTell
        })?;

        let next = self.route(asked.protocol, &asked.login).filter(|route| route.checks_passwords);

        let check = CredentialCheck {
            login: &asked.login,
            password: &asked.password,
            protocol: asked.protocol,
            client_address: asked.client_address,
            client: None,
            within,
            next_source: next.is_some(),
        };

        match self.authenticator.check(&check).await {
            CheckOutcome::Accept(accepted) => {
                let Some(route) = self.route(asked.protocol, accepted.login.as_bytes()) else {
                    self.authenticator.fault("no route leads to a mail server for a login that was let in");
                    return Err(CannotTell);
                };
                Ok(Reply::Connect(connect(route, Some(accepted.login))))
            }
            CheckOutcome::Reject(_) => Ok(Reply::Refuse(attempt)),
            CheckOutcome::Defer => {
                Ok(next.map_or(Reply::Refuse(attempt), |route| Reply::Connect(connect(route, None))))
            }
            CheckOutcome::Unavailable => Err(CannotTell),
        }
    }

    /// The route for a login: one for its domain before one for all.
    fn route(&self, protocol: Protocol, login: &[u8]) -> Option<&Route> {
        let login = Login::presented(&String::from_utf8_lossy(login));
        let domain = login.rsplit_once('@').map_or("", |(_, domain)| domain);
        let fits = |route: &&Route| {
            let of = route.domain.as_deref();
            route.protocol == protocol && of.is_none_or(|of| domain == DomainName::lenient(of))
        };
        self.routes.iter().filter(fits).max_by_key(|route| route.domain.is_some())
    }
}

/// A mail server that is trusted with the member's password only where it has none of its own.
fn connect(route: &Route, user: Option<String>) -> Connect {
    let password = user.is_some().then(|| route.backend_password.clone()).flatten();
    Connect { server: route.server, port: route.port, user, password }
}

/// What nginx's mail proxy speaks.
fn protocol(headers: &HeaderMap) -> Option<Protocol> {
    let known = [Protocol::Imap, Protocol::Pop3, Protocol::Smtp];
    Protocol::from_mail_server(text(headers, &PROTOCOL)?).filter(|protocol| known.contains(protocol))
}

fn read(headers: &HeaderMap, attempt: Attempt) -> Result<Credentials, &'static str> {
    let read = |name| header(headers, &name).map(decode::decode);
    let (Some(login), Some(password)) = (read(USER), read(PASS)) else {
        return Err("the request has no Auth-User or no Auth-Pass: it is not nginx's mail proxy that asks");
    };

    let (Some(login), Some(password)) = (login, password) else {
        return Err("Auth-User or Auth-Pass is not escaped as nginx does it");
    };

    let protocol = attempt.protocol.ok_or("Auth-Protocol is not imap, pop3 or smtp")?;
    let client_address = ClientAddress::read(text(headers, &CLIENT_IP));

    Ok(Credentials { login, password, protocol, client_address })
}

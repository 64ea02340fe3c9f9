//! `POST /v1/verify`: a mail server has a login and password checked.

use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::domain::access::{Caller, KeyHolder};
use crate::domain::field::Fault;
use crate::domain::ids::{ClientPasswordId, RequestId};
use crate::domain::login::MAX_LOGIN;
use crate::domain::network::{ClientAddress, read_address};
use crate::domain::place::Requester;
use crate::domain::protocol::Protocol;
use crate::domain::secret::Secret;
use crate::domain::service_key::KeyRole;
use crate::http::body;
use crate::http::caller::{self, Data};
use crate::http::method::{allowed, other_method};
use crate::http::middleware::run_route;
use crate::http::problem::Problem;
use crate::http::query::{self, NoQuery};
use crate::http::raw_body::MAX_BODY;
use crate::service::credential_checks::{CheckOutcome, CredentialCheck, MAX_CLIENT, MAX_PASSWORD};
use crate::service::{Error, Refusal};

/// The path of the check, which has a route before all others.
pub const PATH: &str = "/v1/verify";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Body {
    login: String,
    password: Secret,
    protocol: String,
    client_ip: Option<String>,
    client: Option<String>,
}

impl Body {
    /// Login and password are opaque: they can be too long, never malformed.
    fn check_sizes(&self) -> Result<(), Problem> {
        let client = self.client.as_deref().unwrap_or("");

        for (field, length, most) in [
            ("login", self.login.len(), MAX_LOGIN),
            ("password", self.password.expose().len(), MAX_PASSWORD),
            ("client", client.len(), MAX_CLIENT),
        ] {
            if length > most {
                return Err(Problem::field(field, Fault::TooLong, "has too many bytes"));
            }
        }
        Ok(())
    }

    fn protocol(&self) -> Result<Protocol, Problem> {
        let unknown = || Problem::field("protocol", Fault::Malformed, "is no protocol that is known here");
        Protocol::from_mail_server(&self.protocol).ok_or_else(unknown)
    }

    fn client_address(&self) -> Result<ClientAddress, Problem> {
        let malformed =
            || Problem::field("client_ip", Fault::Malformed, "must be an IP address without a port");
        let Some(ip) = self.client_ip.as_deref() else { return Ok(ClientAddress::NotGiven) };
        read_address(ip).map(ClientAddress::Known).ok_or_else(malformed)
    }
}

#[derive(Serialize)]
#[serde(tag = "result", rename_all = "lowercase")]
enum Shown {
    Accept {
        via: &'static str,
        login: String,
        organization_id: Uuid,
        member_id: Uuid,
        client_password_id: Option<Uuid>,
        label: Option<String>,
    },
    Reject {
        reason: &'static str,
    },
    Defer,
}

impl Shown {
    /// The answer to an outcome; `None` where there is none to give.
    fn of(outcome: CheckOutcome) -> Option<Self> {
        Some(match outcome {
            CheckOutcome::Accept(accepted) => {
                let (id, label) = accepted.client_password.unzip();
                Self::Accept {
                    via: if id.is_some() { "client_password" } else { "account_password" },
                    login: accepted.login,
                    organization_id: accepted.organization_id.uuid(),
                    member_id: accepted.member_id.uuid(),
                    client_password_id: id.map(ClientPasswordId::uuid),
                    label,
                }
            }
            CheckOutcome::Reject(reason) => Self::Reject { reason: reason.name() },
            CheckOutcome::Defer => Self::Defer,
            CheckOutcome::Unavailable => return None,
        })
    }
}

pub async fn verify(request: HttpRequest, payload: Payload) -> HttpResponse {
    run_route(&request, PATH, async |id| answer(&request, payload, id).await).await
}

/// The answer to any other method.
pub async fn wrong_method(request: HttpRequest) -> HttpResponse {
    run_route(&request, PATH, async |_| other_method(request.method(), allowed(&["POST"]))).await
}

async fn answer(request: &HttpRequest, payload: Payload, id: RequestId) -> Result<HttpResponse, Problem> {
    let NoQuery {} = query::parse(request.query_string())?;
    let call = caller::authenticate(request, id).await?;
    let body: Body = body::json(request, payload.into_inner(), MAX_BODY).await?;
    let call = caller::authenticate_after_body(request, call).await?;

    let Caller::Key(KeyHolder { role: KeyRole::MailServer, organization_id: within, id }) = call.caller
    else {
        return Err(Refusal::Forbidden.into());
    };

    body.check_sizes()?;

    let check = CredentialCheck {
        login: body.login.as_bytes(),
        password: body.password.expose().as_bytes(),
        protocol: body.protocol()?,
        client_address: body.client_address()?,
        client: body.client.as_deref(),
        within,
        next_source: true,
    };

    let services = request.app_data::<Data>().ok_or_else(caller::no_service)?;
    let outcome = services.credential_checks.check(&check, Requester::Key(id), call.request_id).await;
    let shown =
        Shown::of(outcome).ok_or_else(|| Error::Unavailable("the check could not be answered".into()))?;

    Ok(HttpResponse::Ok().json(shown))
}

//! `POST /v1/verify`: a mail server asks.

use std::net::IpAddr;

use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::domain::access::{Caller, KeyHolder};
use crate::domain::field::Fault;
use crate::domain::ids::{ClientPasswordId, RequestId};
use crate::domain::login::MAX_LOGIN;
use crate::domain::network::read_address;
use crate::domain::place::Asker;
use crate::domain::protocol::Protocol;
use crate::domain::secret::Secret;
use crate::domain::service_key::KeyRole;
use crate::http::body;
use crate::http::caller::{self, Data};
use crate::http::method::{allowed, other_method};
use crate::http::middleware::frame_route;
use crate::http::problem::Problem;
use crate::http::query::{self, Nothing};
use crate::service::Refusal;
use crate::service::credential_checks::{Answer, Check, MAX_CLIENT, MAX_PASSWORD};

/// Where it is.
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

    fn client_ip(&self) -> Result<Option<IpAddr>, Problem> {
        let malformed =
            || Problem::field("client_ip", Fault::Malformed, "must be an IP address without a port");
        self.client_ip.as_deref().map(|ip| read_address(ip).ok_or_else(malformed)).transpose()
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

impl From<Answer> for Shown {
    fn from(answer: Answer) -> Self {
        match answer {
            Answer::Accept(accepted) => {
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
            Answer::Reject(reason) => Self::Reject { reason: reason.name() },
            Answer::Defer => Self::Defer,
        }
    }
}

pub async fn verify(request: HttpRequest, payload: Payload) -> HttpResponse {
    frame_route(&request, PATH, async |id| answer(&request, payload, id).await).await
}

/// The answer to any other method.
pub async fn wrong_method(request: HttpRequest) -> HttpResponse {
    frame_route(&request, PATH, async |_| other_method(request.method(), allowed(&["POST"]))).await
}

async fn answer(request: &HttpRequest, payload: Payload, id: RequestId) -> Result<HttpResponse, Problem> {
    let Nothing {} = query::parse(request.query_string())?;
    let call = caller::authenticate(request, id).await?;
    let body: Body = body::json(request, payload.into_inner()).await?;
    let call = caller::authenticate_after_body(request, call).await?;
    let Caller::Key(KeyHolder { role: KeyRole::MailServer, organization_id: within, id }) = call.caller
    else {
        return Err(Refusal::Forbidden.into());
    };
    body.check_sizes()?;
    let check = Check {
        login: &body.login,
        password: Some(&body.password),
        protocol: body.protocol()?,
        client_ip: body.client_ip()?,
        unreadable_ip: false,
        client: body.client.as_deref(),
        asker: Asker::Key(id),
        within,
        next_source: true,
        request_id: call.request_id,
    };
    let service = request.app_data::<Data>().ok_or_else(caller::no_service)?;
    let answer = service.verify(&check).await?;
    Ok(HttpResponse::Ok().json(Shown::from(answer)))
}

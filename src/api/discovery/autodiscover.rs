//! Autodiscover: the settings in XML that Outlook asks for, and where that is, in JSON.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Value, json};

use super::exchange::{host, public_origin, xml};
use crate::clock::Clock;
use crate::http::problem::Problem;
use crate::http::query;
use crate::http::raw_body;
use crate::mail_setup::MailSettings;
use crate::mail_setup::autodiscover::{self, Refusal};

/// Where the settings are asked for.
pub const XML: &str = "/autodiscover/autodiscover.xml";
/// Where that is asked for.
pub const JSON: &str = "/autodiscover/autodiscover.json";
/// The only protocol that there is here.
const PROTOCOL: &str = "AutodiscoverV1";

/// Answers with settings, or refuses: both with 200, as Outlook wants it.
pub async fn settings(
    request: HttpRequest,
    payload: Payload,
    settings: Data<MailSettings>,
    clock: Data<Clock>,
) -> Result<HttpResponse, Problem> {
    if settings.is_empty() {
        return Err(Problem::not_found());
    }

    let body = raw_body::read(&request, payload.into_inner(), raw_body::MAX_BODY).await?;
    let answer = autodiscover::read(&body).and_then(|asked| {
        let servers = settings.of(&asked.domain).ok_or(Refusal::Unreadable)?;
        Ok(autodiscover::settings(&asked, servers))
    });
    Ok(xml(answer.unwrap_or_else(|refusal| autodiscover::refuse(refusal, clock.now()))))
}

/// Says where a protocol is asked for.
pub async fn version_2(request: HttpRequest, settings: Data<MailSettings>) -> Result<HttpResponse, Problem> {
    if settings.is_empty() {
        return Err(Problem::not_found());
    }

    // Names of parameters are written as the client likes, like paths.
    let query = request.query_string();
    let protocol = query::value(query, "Protocol").or_else(|| query::value(query, "protocol"));
    let Some(protocol) = protocol else {
        return Ok(refusal("MandatoryParameterMissing", "The parameter Protocol is missing."));
    };
    if !protocol.eq_ignore_ascii_case(PROTOCOL) {
        return Ok(refusal("InvalidProtocol", "The only protocol here is AutodiscoverV1."));
    }

    let url = url(&request).ok_or_else(Problem::not_found)?;
    Ok(answer(StatusCode::OK, &json!({"Protocol": PROTOCOL, "Url": url})))
}

/// Where the XML is: at the address that the configuration says, else at the name that was asked.
fn url(request: &HttpRequest) -> Option<String> {
    let asked = || host(request).map(|host| format!("https://{}", host.as_str()));
    let origin = public_origin(request).map(str::to_owned).or_else(asked)?;
    Some(format!("{}{XML}", origin.trim_end_matches('/')))
}

fn refusal(code: &str, message: &str) -> HttpResponse {
    answer(StatusCode::BAD_REQUEST, &json!({"ErrorCode": code, "ErrorMessage": message}))
}

fn answer(status: StatusCode, body: &Value) -> HttpResponse {
    HttpResponse::build(status).json(body)
}

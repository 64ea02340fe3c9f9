//! Problems (RFC 9457): the one table from refusals to status and code.

use std::fmt;
use std::time::Duration;

use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::{HttpResponse, ResponseError};
use serde::Serialize;

use super::refusals;

use crate::domain::field::{Fault, FieldError};
use crate::domain::ids::RequestId;
use crate::service::{Error, Refusal};

/// Nothing lifts a block of codes by itself: a caller need not try again soon.
const BLOCKED: Duration = Duration::from_secs(3_600);
/// A longest life is mostly written down by then.
const SETTLING: Duration = Duration::from_secs(1);

/// What took too long will not take less at once.
const TOO_LONG: Duration = Duration::from_secs(60);

/// A problem on its way out.
#[derive(Clone, Debug)]
pub struct Problem {
    status: StatusCode,
    code: &'static str,
    title: &'static str,
    detail: &'static str,
    more: Box<More>,
}

/// What only some problems have.
#[derive(Clone, Debug, Default)]
struct More {
    errors: Vec<FieldError>,
    retry_after: Option<Duration>,
    challenge: Option<&'static str>,
    allow: Option<String>,
    cause: Option<String>,
}

#[derive(Serialize)]
struct Wire<'a> {
    #[serde(rename = "type")]
    kind: String,
    title: &'a str,
    status: u16,
    code: &'a str,
    detail: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    instance: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<WireField<'a>>,
}

#[derive(Serialize)]
struct WireField<'a> {
    field: &'a str,
    code: &'a str,
    detail: &'a str,
}

impl<'a> From<&'a FieldError> for WireField<'a> {
    fn from(of: &'a FieldError) -> Self {
        Self { field: &of.field, code: of.fault.code(), detail: of.detail }
    }
}

const BEARER: &str = "Bearer realm=\"clientpass\"";
const BAD_TOKEN: &str = "Bearer realm=\"clientpass\", error=\"invalid_token\"";
const STEP_UP: &str = "Bearer error=\"insufficient_user_authentication\", \
     error_description=\"Sign in again: this needs a sign-in not older than 5 minutes\", max_age=\"300\"";

impl Problem {
    fn new(status: StatusCode, code: &'static str, title: &'static str, detail: &'static str) -> Self {
        let challenge = (status == StatusCode::UNAUTHORIZED).then_some(BEARER);
        Self { status, code, title, detail, more: Box::new(More { challenge, ..More::default() }) }
    }

    fn with(mut self, add: impl FnOnce(&mut More)) -> Self {
        add(&mut self.more);
        self
    }

    fn unavailable(detail: &'static str, cause: String) -> Self {
        let problem = Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", "Unavailable", detail);
        problem.with(|more| {
            more.retry_after = Some(Duration::from_secs(1));
            more.cause = Some(cause);
        })
    }

    /// Its stable name.
    pub const fn code(&self) -> &'static str {
        self.code
    }

    /// How long to wait before the next try.
    pub fn retry_after(&self) -> Option<Duration> {
        self.more.retry_after
    }

    /// The methods that the address knows, where it was asked by another.
    pub fn allow(&self) -> Option<&str> {
        self.more.allow.as_deref()
    }

    /// Why, for the log and never for the caller.
    pub fn cause(&self) -> Option<&str> {
        self.more.cause.as_deref()
    }

    /// There is nothing at this address, or nothing that the caller may know of.
    pub fn not_found() -> Self {
        Refusal::NotFound.into()
    }

    /// The address knows other methods.
    pub fn method_not_allowed(allow: String) -> Self {
        let detail = "This address does not know the method; the Allow header names those that it does.";
        let problem =
            Self::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "Method not allowed", detail);
        problem.with(|more| more.allow = Some(allow))
    }

    /// One field is wrong.
    pub fn field(field: impl Into<String>, fault: Fault, detail: &'static str) -> Self {
        Error::from(FieldError::new(field, fault, detail)).into()
    }

    /// A link is asked for, and nobody has said by which address browsers reach the service.
    pub fn public_url_missing() -> Self {
        let detail =
            "An operator must set server.public_url, the address by which browsers reach the service.";
        Self::new(StatusCode::CONFLICT, "public_url_missing", "Public URL missing", detail)
    }

    /// The body is no JSON, or not sent as such.
    pub fn unsupported_media_type() -> Self {
        let detail = "Send the body as JSON, with Content-Type: application/json.";
        Self::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported_media_type",
            "Unsupported media type",
            detail,
        )
    }

    /// The body is too large.
    pub fn body_too_large() -> Self {
        let detail = "A body may have at most 65536 bytes.";
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", "Body too large", detail)
    }

    /// The headers are too large.
    pub fn headers_too_large() -> Self {
        let detail = "The headers may have at most 16384 bytes in all.";
        let status = StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE;
        Self::new(status, "headers_too_large", "Headers too large", detail)
    }

    /// The body did not arrive in time.
    pub fn too_slow() -> Self {
        let detail = "The body did not arrive within 10 seconds.";
        Self::new(StatusCode::REQUEST_TIMEOUT, "request_timeout", "Request timeout", detail)
    }

    /// The answer, naming the request.
    pub fn answer(&self, request: Option<RequestId>) -> HttpResponse {
        let mut answer = HttpResponse::build(self.status);
        answer.content_type("application/problem+json");

        if let Some(wait) = self.more.retry_after {
            let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
            answer.insert_header((RETRY_AFTER, seconds.max(1).to_string()));
        }
        if let Some(challenge) = self.more.challenge {
            answer.insert_header((WWW_AUTHENTICATE, challenge));
        }
        if let Some(allow) = &self.more.allow {
            answer.insert_header((ALLOW, allow.as_str()));
        }

        let wire = Wire {
            kind: format!("urn:clientpass:problem:{}", self.code),
            title: self.title,
            status: self.status.as_u16(),
            code: self.code,
            detail: self.detail,
            instance: request.map(|id| format!("urn:uuid:{id}")),
            errors: self.more.errors.iter().map(WireField::from).collect(),
        };
        answer.body(serde_json::to_string(&wire).unwrap_or_default())
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code)
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse<BoxBody> {
        self.answer(None)
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::Invalid(errors) => {
                let detail = "Some of what was sent cannot be taken; errors says what. Nothing was changed.";
                let problem =
                    Self::new(StatusCode::BAD_REQUEST, "invalid_request", "Invalid request", detail);
                problem.with(|more| more.errors = errors)
            }
            Error::Refused(refusal) => refusal.into(),
            Error::FactsChanged => Refusal::Conflict.into(),
            Error::TooManyAttempts(wait) => {
                let detail = "Too many tries; wait as long as Retry-After says.";
                let status = StatusCode::TOO_MANY_REQUESTS;
                let problem = Self::new(status, "too_many_attempts", "Too many attempts", detail);
                problem.with(|more| more.retry_after = Some(wait))
            }
            Error::CodesBlocked => {
                let detail = "Too many codes in a row were wrong. Sign in from where you have signed in before, or with a recovery \
                              code, or ask an administrator to lift the block.";
                let status = StatusCode::TOO_MANY_REQUESTS;
                let problem = Self::new(status, "too_many_attempts", "Too many attempts", detail);
                problem.with(|more| more.retry_after = Some(BLOCKED))
            }
            Error::TooManyChanges(wait) => {
                let detail =
                    "Too many changes at once; wait as long as Retry-After says. Ending is never put off.";
                let status = StatusCode::TOO_MANY_REQUESTS;
                let problem = Self::new(status, "too_many_changes", "Too many changes", detail);
                problem.with(|more| more.retry_after = Some(wait))
            }
            Error::Unavailable(cause) => Self::unavailable(
                "The service cannot answer now. Nothing is wrong with what was sent; try again.",
                cause,
            ),
            Error::OutcomeUnknown(cause) => Self::unavailable(
                "The database was lost in the middle; nobody knows yet whether it was done. Look before you repeat it.",
                cause,
            ),
        }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let (status, code, title, detail) = refusals::describe(refusal);
        let problem = Self::new(status, code, title, detail);
        match refusal {
            Refusal::InvalidToken => problem.with(|more| more.challenge = Some(BAD_TOKEN)),
            Refusal::PreviewTooLong => problem.with(|more| more.retry_after = Some(TOO_LONG)),
            Refusal::StepUpRequired => problem.with(|more| more.challenge = Some(STEP_UP)),
            Refusal::PolicySettling | Refusal::PreviewRunning => {
                problem.with(|more| more.retry_after = Some(SETTLING))
            }
            _ => problem,
        }
    }
}

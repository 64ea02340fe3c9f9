//! What every page gets: the rule that changes come from our own pages, headers that keep a browser to them, and a page
//! where something went wrong.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{
    CONTENT_SECURITY_POLICY, HeaderMap, HeaderName, HeaderValue, ORIGIN, REFERRER_POLICY, VARY,
};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{Error, HttpRequest, HttpResponse};

use super::error::PageError;
use super::visit::Visit;
use super::{problem, proof};
use crate::http;
use crate::http::middleware::{log_cause, request_id};
use crate::http::problem::Problem;

/// Only what our pages need: nothing inline, nothing from elsewhere, in nobody's frame, and no markup made by a script.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
     form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'",
);
const NO_REFERRER: HeaderValue = HeaderValue::from_static("same-origin");
const OPENER: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
const RESOURCES: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
const PERMISSIONS: HeaderName = HeaderName::from_static("permissions-policy");
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Runs a request for a page.
pub async fn middleware<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let refused = refusal(request.request());
    let answer = match refused {
        Some(error) => request.error_response(error),
        None => next.call(request).await?.map_into_boxed_body(),
    };

    let (request, answer) = answer.into_parts();
    let error = answer.error().and_then(|error| {
        let problem = || error.as_error::<Problem>().cloned().map(PageError::from);
        error.as_error::<PageError>().cloned().or_else(problem)
    });

    let mut answer = match error {
        Some(error) => explained(&request, &error).await,
        None => answer,
    };
    dress(answer.headers_mut());
    for cookie in Visit::kept(&request) {
        if let Err(why) = answer.add_cookie(&cookie) {
            tracing::error!(event = "cookie_not_set", %why);
        }
    }
    Ok(ServiceResponse::new(request, answer))
}

/// Why a request is not even looked at.
fn refusal(request: &HttpRequest) -> Option<PageError> {
    let visit = match Visit::of(request) {
        Ok(visit) => visit,
        Err(problem) => return Some(problem.into()),
    };
    let Some(ours) = visit.site.public_url.as_deref() else {
        return Some(PageError::Off);
    };

    let changes = !matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    (changes && !comes_from(ours, request.headers())).then_some(PageError::Foreign)
}

/// Whether a request was sent by a page of this origin, or by the visitor's own hand: by Fetch Metadata, else by
/// `Origin`. A browser sends one of them along with whatever changes something.
fn comes_from(ours: &str, headers: &HeaderMap) -> bool {
    let text = |name: HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or(""));
    match text(SEC_FETCH_SITE) {
        Some(site) => matches!(site, "same-origin" | "none"),
        None => text(ORIGIN) == Some(ours),
    }
}

/// The page at an address where nothing is.
pub fn nothing_here(request: HttpRequest) -> http::middleware::Page {
    Box::pin(async move {
        let mut answer = explained(&request, &Problem::not_found().into()).await;
        dress(answer.headers_mut());
        Ok(answer)
    })
}

/// The page that says it, or asks for what is missing.
async fn explained(request: &HttpRequest, error: &PageError) -> HttpResponse {
    let id = request_id(request).ok();
    if let PageError::Problem(problem) | PageError::Asks(_, Some(problem)) = error {
        log_cause(problem, id);
    }

    match page(request, error).await {
        Ok(answer) => answer,
        // Not even that can be said nicely.
        Err(PageError::Problem(problem)) => problem.answer(id),
        Err(_) => HttpResponse::new(StatusCode::INTERNAL_SERVER_ERROR),
    }
}

async fn page(request: &HttpRequest, error: &PageError) -> Result<HttpResponse, PageError> {
    let visit = Visit::of(request)?;
    match error {
        PageError::Asks(ask, problem) => proof::page(&visit, *ask, problem.as_ref()).await,
        other => {
            let id = request_id(request).map(|id| id.to_string()).unwrap_or_default();
            problem::page(&visit, other, id).await
        }
    }
}

fn dress(headers: &mut HeaderMap) {
    headers.insert(CONTENT_SECURITY_POLICY, POLICY);
    headers.insert(REFERRER_POLICY, NO_REFERRER);
    headers.insert(OPENER, HeaderValue::from_static("same-origin"));
    headers.insert(RESOURCES, HeaderValue::from_static("same-origin"));
    headers.insert(
        PERMISSIONS,
        HeaderValue::from_static("camera=(), geolocation=(), microphone=(), payment=()"),
    );
    headers.insert(VARY, HeaderValue::from_static("Accept-Language, Cookie"));
}

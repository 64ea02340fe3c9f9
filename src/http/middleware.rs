//! What every request gets: an id, limits, headers, a line in the log, a number in the metrics. Checks, which are
//! nearly all that comes in, get it without a middleware, whose boxes cost more than what is in them.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{
    CACHE_CONTROL, HeaderMap, HeaderName, HeaderValue, STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS,
};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, HttpRequest, HttpResponse, web};

use super::problem::Problem;
use crate::clock::Clock;
use crate::domain::ids::RequestId;
use crate::domain::network::OverTls;
use crate::net::connections;
use crate::service::Services;
use crate::telemetry::Metrics;

/// Bytes that the headers may have in all.
const MAX_HEADERS: usize = 16_384;
/// Where TLS is on, whoever came by it comes by nothing else for a year (RFC 6797).
const HSTS: HeaderValue = HeaderValue::from_static("max-age=31536000");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Runs a request: gives it an id, and its answer the headers that every answer has.
pub async fn middleware<B: MessageBody + 'static>(
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let _busy = connections::busy();
    let clock = request.app_data::<web::Data<Clock>>().cloned();
    let came_in = clock.as_ref().map(|clock| clock.monotonic());
    let id = new_id(request.request());

    // Whoever answers GET answers HEAD; what it would send is left out where it is sent.
    if request.method() == Method::HEAD {
        request.head_mut().method = Method::GET;
    }

    if let Some(id) = id {
        request.extensions_mut().insert(id);
    }

    let answer = if too_large(request.headers()) {
        request.into_response(Problem::headers_too_large().answer(id)).map_into_boxed_body()
    } else {
        named(next.call(request).await?.map_into_boxed_body(), id)
    };

    let spent = clock.zip(came_in).map(|(clock, came_in)| clock.monotonic().saturating_sub(came_in));
    Ok(finished(answer, id, spent.unwrap_or_default()))
}

/// Runs the requests of one route like all others, without the routes of the API around it.
pub async fn run_route(
    request: &HttpRequest,
    route: &'static str,
    answer: impl AsyncFnOnce(RequestId) -> Result<HttpResponse, Problem>,
) -> HttpResponse {
    let _busy = connections::busy();
    let id = new_id(request);

    let checked = match id {
        _ if too_large(request.headers()) => Err(Problem::headers_too_large()),
        Some(id) => answer(id).await,
        None => Err(no_id()),
    };

    let mut answer = checked.unwrap_or_else(|problem| explained(&problem, id));
    dress(answer.headers_mut(), id, over_tls(request));
    count(request, route, answer.status().as_u16());
    answer
}

fn new_id(request: &HttpRequest) -> Option<RequestId> {
    request.app_data::<web::Data<Services>>()?.ids.next().ok()
}

fn no_id() -> Problem {
    crate::service::Error::Unavailable("no random bytes for a request id".into()).into()
}

fn too_large(headers: &HeaderMap) -> bool {
    headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum::<usize>() > MAX_HEADERS
}

/// A problem names its request; handlers do not know the request's id.
fn named(answer: ServiceResponse, id: Option<RequestId>) -> ServiceResponse {
    let problem = answer.response().error().and_then(|error| error.as_error::<Problem>()).cloned();
    match problem {
        None => answer,
        Some(problem) => answer.into_response(explained(&problem, id)),
    }
}

/// The answer of a problem; its cause is for the log only.
fn explained(problem: &Problem, id: Option<RequestId>) -> HttpResponse {
    log_cause(problem, id);
    problem.answer(id)
}

/// Writes down why something cannot be answered.
pub fn log_cause(problem: &Problem, id: Option<RequestId>) {
    if let Some(cause) = problem.cause() {
        tracing::error!(event = "unavailable", cause = %cause, request_id = id.map(tracing::field::display));
    }
}

fn over_tls(request: &HttpRequest) -> bool {
    request.app_data::<OverTls>().is_some_and(|OverTls(is)| *is)
}

fn dress(headers: &mut HeaderMap, id: Option<RequestId>, secure: bool) {
    if secure {
        headers.insert(STRICT_TRANSPORT_SECURITY, HSTS);
    }

    if !headers.contains_key(CACHE_CONTROL) {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if let Some(value) = id.and_then(|id| HeaderValue::from_str(&id.to_string()).ok()) {
        headers.insert(REQUEST_ID, value);
    }
}

fn count(request: &HttpRequest, route: &'static str, status: u16) {
    if let Some(metrics) = request.app_data::<web::Data<Metrics>>() {
        metrics.request(route, status);
    }
}

fn finished(mut answer: ServiceResponse, id: Option<RequestId>, spent: Duration) -> ServiceResponse {
    let secure = over_tls(answer.request());
    dress(answer.headers_mut(), id, secure);

    let request = answer.request();
    let route = route(request).unwrap_or("unknown");
    let status = answer.status().as_u16();
    count(request, route, status);

    tracing::info!(
        event = "request",
        method = %request.method(),
        route,
        status,
        micros = u64::try_from(spent.as_micros()).unwrap_or(u64::MAX),
        request_id = id.map(tracing::field::display),
    );
    answer
}

/// The paths of a table of routes, as patterns: what requests are counted by.
#[derive(Clone, Copy, Debug)]
pub struct Routes(pub fn(&str) -> Option<&'static str>);

/// What is shown to a browser at an address where nothing is.
#[derive(Clone, Copy, Debug)]
pub struct NothingHere(pub fn(HttpRequest) -> Page);

/// A page on its way.
pub type Page = Pin<Box<dyn Future<Output = Result<HttpResponse, Problem>>>>;

/// The pattern that a request fits, as the table of routes has it.
fn route(request: &HttpRequest) -> Option<&'static str> {
    let Routes(known) = request.app_data::<Routes>()?;
    known(&request.match_pattern()?)
}

/// The id of a request, put there by the middleware.
pub fn request_id(request: &HttpRequest) -> Result<RequestId, Problem> {
    request.extensions().get::<RequestId>().copied().ok_or_else(no_id)
}

//! What every request gets: an id, limits, headers, a line in the log, a number in the metrics.

use std::time::Duration;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{CACHE_CONTROL, HeaderName, HeaderValue, X_CONTENT_TYPE_OPTIONS};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, web};

use super::problem::Problem;
use super::{ROUTES, VERIFY};
use crate::clock::Clock;
use crate::domain::ids::RequestId;
use crate::service::Service;
use crate::telemetry::Metrics;

/// Bytes that the headers may have in all.
const MAX_HEADERS: usize = 16_384;
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Runs a request inside its frame.
pub async fn frame<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let service = request.app_data::<web::Data<Service>>().cloned();
    let metrics = request.app_data::<web::Data<Metrics>>().cloned();
    let clock = request.app_data::<web::Data<Clock>>().cloned();
    let came_in = clock.as_ref().map(|clock| clock.monotonic());
    let id = service.and_then(|service| service.next_id().ok()).map(RequestId::from);
    if let Some(id) = id {
        request.extensions_mut().insert(id);
    }
    let headers: usize =
        request.headers().iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
    let answer = if headers > MAX_HEADERS {
        request.into_response(Problem::headers_too_large().answer(id)).map_into_boxed_body()
    } else {
        named(next.call(request).await?.map_into_boxed_body(), id)
    };
    let spent = clock.zip(came_in).map(|(clock, came_in)| clock.monotonic().saturating_sub(came_in));
    Ok(finished(answer, id, metrics.as_ref(), spent.unwrap_or_default()))
}

/// A problem names its request; handlers do not know the request's id.
fn named(answer: ServiceResponse, id: Option<RequestId>) -> ServiceResponse {
    let problem = answer.response().error().and_then(|error| error.as_error::<Problem>()).cloned();
    match problem {
        None => answer,
        Some(problem) => {
            if let Some(cause) = problem.cause() {
                tracing::error!(event = "unavailable", cause = %cause, request_id = id.map(tracing::field::display));
            }
            answer.into_response(problem.answer(id))
        }
    }
}

fn finished(
    mut answer: ServiceResponse,
    id: Option<RequestId>,
    metrics: Option<&web::Data<Metrics>>,
    spent: Duration,
) -> ServiceResponse {
    let headers = answer.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if let Some(value) = id.and_then(|id| HeaderValue::from_str(&id.to_string()).ok()) {
        headers.insert(REQUEST_ID, value);
    }
    let request = answer.request();
    // Finding the pattern costs a regular expression for each route before it.
    let route = match request.path() {
        VERIFY => VERIFY,
        _ => request.match_pattern().and_then(|pattern| known(&pattern)).unwrap_or("unknown"),
    };
    let status = answer.status().as_u16();
    if let Some(metrics) = metrics {
        metrics.request(route, status);
    }
    // A check has a line of its own.
    if route != VERIFY {
        tracing::info!(
            event = "request",
            method = %request.method(),
            route,
            status,
            micros = u64::try_from(spent.as_micros()).unwrap_or(u64::MAX),
            request_id = id.map(tracing::field::display),
        );
    }
    answer
}

/// A pattern as the table of routes has it.
fn known(pattern: &str) -> Option<&'static str> {
    ROUTES.iter().map(|(_, path)| *path).find(|path| *path == pattern)
}

/// The id of a request, put there by the frame.
pub fn request_id(request: &actix_web::HttpRequest) -> Result<RequestId, Problem> {
    let id = request.extensions().get::<RequestId>().copied();
    id.ok_or_else(|| crate::service::Error::Unavailable("no random bytes for a request id".into()).into())
}

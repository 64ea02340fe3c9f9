//! The body of a request, as its bytes: so many at the most, and in time.

use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::http::header::HeaderName;
use actix_web::web::{self, Bytes, BytesMut};
use actix_web::{HttpMessage as _, HttpRequest};
use futures_util::StreamExt as _;
use tokio::task::yield_now;

use super::problem::Problem;
use crate::clock::Clock;
use crate::domain::field::Fault;
use crate::service::Error;

/// Whoever sends it may send the request again: its body is kept, to be compared.
pub const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// Longest body of most calls, in bytes.
pub const MAX_BODY: usize = 65_536;
/// Longest body of a call that names thousands of things, in bytes.
pub const MAX_LARGE_BODY: usize = 4 << 20;
/// A body must have arrived within this time.
const READ_TIMEOUT: Duration = Duration::from_secs(10);

/// Reads a whole body of at most `max` bytes within the limit of time, and keeps it where an idempotency key needs it.
pub async fn read(request: &HttpRequest, mut payload: Payload, max: usize) -> Result<Bytes, Problem> {
    let Some(clock) = request.app_data::<web::Data<Clock>>() else {
        return Err(Error::Unavailable("no clock".into()).into());
    };

    let all = async {
        let mut body = BytesMut::new();
        while let Some(chunk) = payload.next().await {
            let chunk = chunk.map_err(|_| unreadable())?;
            if body.len() + chunk.len() > max {
                return Err(Problem::body_too_large());
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body.freeze())
    };

    let late = async {
        // Most bodies are there at the second look; then no timer is set.
        yield_now().await;
        request.extensions_mut().insert(Late);
        clock.sleep(READ_TIMEOUT).await;
    };

    let body = tokio::select! {
        biased;
        body = all => body?,
        () = late => return Err(Problem::too_slow()),
    };

    if request.headers().contains_key(IDEMPOTENCY_KEY) {
        request.extensions_mut().insert(Raw(body.clone()));
    }
    Ok(body)
}

/// The body of a request was waited for.
struct Late;

/// Whether the body of a request took its time.
pub fn was_late(request: &HttpRequest) -> bool {
    request.extensions().get::<Late>().is_some()
}

/// A body as it came; an idempotency key is compared with it.
struct Raw(Bytes);

/// The body of a request with an idempotency key, after an extractor has read it.
pub fn raw_body(request: &HttpRequest) -> Bytes {
    request.extensions().get::<Raw>().map(|Raw(body)| body.clone()).unwrap_or_default()
}

/// The refusal of what cannot be read as JSON.
pub fn unreadable() -> Problem {
    Problem::field("", Fault::Malformed, "the body is no JSON")
}

//! `Idempotency-Key`: a call that makes something, sent again, is answered as it was the first time.

use actix_web::body::{BoxBody, MessageBody as _};
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::problem::Problem;
use super::raw_body::{IDEMPOTENCY_KEY, raw_body};
use crate::domain::field::Fault;
use crate::service::idempotency::{Attempt, Creation, made_once};
use crate::service::{Call, Error, Services};

const NAME: &str = "Idempotency-Key";
/// Fewer characters are no key that nobody else would choose.
const LENGTHS: std::ops::RangeInclusive<usize> = 16..=255;

/// Makes what the call requests, unless its idempotency key says that this was done before.
pub async fn idempotent(
    request: &HttpRequest,
    services: &Services,
    call: Option<&Call>,
    creation: Creation,
    make: impl AsyncFnOnce(Option<&Attempt>) -> Result<HttpResponse, Problem>,
) -> Result<HttpResponse, Problem> {
    let Some(key) = key(request)? else { return make(None).await };
    let attempt = services.idempotency.attempt(key, call, creation, request.path(), &raw_body(request))?;

    let earlier = async || {
        let kept = services.idempotency.earlier_answer(&attempt).await?;
        kept.map(|kept| replay(&kept)).transpose()
    };
    made_once(earlier, async || {
        let answer = make(Some(&attempt)).await?;
        Ok(keep(services, &attempt, answer).await)
    })
    .await
}

fn key(request: &HttpRequest) -> Result<Option<&str>, Problem> {
    let mut given = request.headers().get_all(IDEMPOTENCY_KEY);
    let Some(key) = given.next() else { return Ok(None) };

    if given.next().is_some() {
        return Err(Problem::field(NAME, Fault::Duplicate, "was given twice"));
    }

    let visible = key.to_str().ok().filter(|key| key.bytes().all(|byte| byte.is_ascii_graphic()));
    let key = visible
        .ok_or_else(|| Problem::field(NAME, Fault::Malformed, "takes visible ASCII characters, no spaces"))?;

    if key.len() < *LENGTHS.start() {
        return Err(Problem::field(NAME, Fault::TooShort, "takes 16 characters or more"));
    }
    if key.len() > *LENGTHS.end() {
        return Err(Problem::field(NAME, Fault::TooLong, "takes at most 255 characters"));
    }

    Ok(Some(key))
}

/// An answer as it is kept; the middleware adds what is of each request.
#[derive(Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
struct StoredResponse {
    status: u16,
    #[zeroize(skip)]
    headers: Vec<(String, String)>,
    body: String,
}

async fn keep(services: &Services, attempt: &Attempt, answer: HttpResponse) -> HttpResponse {
    let (head, body) = answer.into_parts();

    // No answer of ours is a stream.
    let bytes = match body.try_into_bytes() {
        Ok(bytes) => bytes,
        Err(body) => return head.set_body(body),
    };

    let text = |value: &actix_web::http::header::HeaderValue| value.to_str().unwrap_or("").to_owned();
    let kept = StoredResponse {
        status: head.status().as_u16(),
        headers: head.headers().iter().map(|(name, value)| (name.to_string(), text(value))).collect(),
        body: String::from_utf8_lossy(&bytes).into_owned(),
    };

    if let Ok(kept) = serde_json::to_vec(&kept).map(Zeroizing::new) {
        services.idempotency.keep_answer(attempt, &kept).await;
    }
    head.set_body(BoxBody::new(bytes))
}

fn replay(kept: &[u8]) -> Result<HttpResponse, Error> {
    let unreadable = || Error::Unavailable("a kept answer cannot be read".into());
    let mut kept: StoredResponse = serde_json::from_slice(kept).map_err(|_| unreadable())?;
    let mut answer = HttpResponse::build(StatusCode::from_u16(kept.status).map_err(|_| unreadable())?);
    for (name, value) in &kept.headers {
        answer.append_header((name.as_str(), value.as_str()));
    }
    Ok(answer.body(std::mem::take(&mut kept.body)))
}

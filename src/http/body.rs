//! JSON bodies: parsed strictly, refused by field name, never echoed.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::{FromRequest, HttpRequest};
use serde::de::DeserializeOwned;

use super::problem::Problem;
use super::raw_body::{MAX_BODY, MAX_LARGE_BODY, read, unreadable};
use crate::domain::field::{Fault, FieldError};
use crate::domain::json::Object;
use crate::service::Error;

type Extracted<T> = Pin<Box<dyn Future<Output = Result<T, Problem>>>>;

/// A JSON body of exactly these fields.
pub struct Json<T>(pub T);

impl<T: DeserializeOwned + 'static> FromRequest for Json<T> {
    type Error = Problem;
    type Future = Extracted<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move { json(&request, payload, MAX_BODY).await.map(Self) })
    }
}

/// A JSON body of exactly these fields, which names thousands of things.
pub struct LargeJson<T>(pub T);

impl<T: DeserializeOwned + 'static> FromRequest for LargeJson<T> {
    type Error = Problem;
    type Future = Extracted<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move { json(&request, payload, MAX_LARGE_BODY).await.map(Self) })
    }
}

/// The JSON body of a request, of at most `max` bytes.
pub async fn json<T: DeserializeOwned>(
    request: &HttpRequest,
    payload: Payload,
    max: usize,
) -> Result<T, Problem> {
    let bytes = read(request, payload, max).await?;
    require_json(request)?;
    parse(&bytes)
}

/// A JSON body that may be left out.
pub struct OptionalJson<T>(pub T);

impl<T: DeserializeOwned + Default + 'static> FromRequest for OptionalJson<T> {
    type Error = Problem;
    type Future = Extracted<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let bytes = read(&request, payload, MAX_BODY).await?;

            if bytes.is_empty() {
                return Ok(Self(T::default()));
            }

            require_json(&request)?;
            parse(&bytes).map(Self)
        })
    }
}

fn require_json(request: &HttpRequest) -> Result<(), Problem> {
    let kind = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    let kind = kind.split(';').next().unwrap_or("").trim();
    if kind.eq_ignore_ascii_case("application/json") {
        Ok(())
    } else {
        Err(Problem::unsupported_media_type())
    }
}

/// Parses the body of a request.
pub fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    // Keeping track of where one is costs as much as reading; only who has to name a field needs it.
    if let Ok(Object(parsed)) = serde_json::from_slice(bytes) {
        return Ok(parsed);
    }

    let mut json = serde_json::Deserializer::from_slice(bytes);
    let parsed =
        serde_path_to_error::deserialize(&mut json).map(|Object(parsed)| parsed).map_err(|error| {
            if error.inner().is_data() {
                Error::from(field_error(&error.path().to_string(), &error.inner().to_string())).into()
            } else {
                unreadable()
            }
        })?;

    json.end().map_err(|_| unreadable())?;
    Ok(parsed)
}

/// Longest name of a field that is repeated, in characters.
const MAX_NAME: usize = 128;

/// A name that somebody sent, as it may be repeated.
fn shown(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).take(MAX_NAME).collect()
}

/// What serde says, as a field and a fault. Of its message only the name of a field is taken: the rest may contain
/// the value.
pub fn field_error(path: &str, message: &str) -> FieldError {
    let name = |prefix: &str| message.strip_prefix(prefix)?.strip_prefix('`')?.split('`').next();
    let inside = |name: &str| {
        let parent = path.strip_suffix(name).unwrap_or(path).trim_end_matches('.');
        shown(&if parent.is_empty() || parent == "?" { name.into() } else { format!("{parent}.{name}") })
    };

    if let Some(name) = name("unknown field ") {
        return FieldError::new(inside(name), Fault::Unknown, "is not a field here");
    }
    if let Some(name) = name("missing field ") {
        return FieldError::new(inside(name), Fault::Missing, "is required");
    }
    if let Some(name) = name("duplicate field ") {
        return FieldError::new(inside(name), Fault::Duplicate, "was given twice");
    }

    let path = if path == "." { "" } else { path };
    FieldError::new(shown(path), Fault::Malformed, "is not of the type or form that is asked for")
}

//! Bodies and headers of requests: parsed strictly, refused by field name, never echoed.

use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::http::header::{self, AUTHORIZATION, CONTENT_TYPE, IF_MATCH};
use actix_web::web::{self, Bytes, BytesMut};
use actix_web::{FromRequest, HttpMessage as _, HttpRequest};
use futures_util::StreamExt as _;
use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeOwned, MapAccess, Unexpected, Visitor};
use serde::{Deserialize, Deserializer};
use tokio::task::yield_now;
use uuid::Uuid;

use super::client_ip::Origin;
use super::idempotency::IDEMPOTENCY_KEY;
use super::middleware::request_id;
use super::problem::Problem;
use crate::clock::Clock;
use crate::domain::field::{Fault, FieldError};
use crate::domain::ids::RequestId;
use crate::net::connections;
use crate::service::{Call, Error, IfMatch, Refusal, Service};

type Extracted<T> = Pin<Box<dyn Future<Output = Result<T, Problem>>>>;

/// Longest body, in bytes.
const MAX_BODY: usize = 65_536;
/// A body must have arrived within this time.
const PATIENCE: Duration = Duration::from_secs(10);

/// A JSON body of exactly these fields.
pub struct Json<T>(pub T);

impl<T: DeserializeOwned + 'static> FromRequest for Json<T> {
    type Error = Problem;
    type Future = Extracted<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move { json(&request, payload).await.map(Self) })
    }
}

/// The JSON body of a request.
pub async fn json<T: DeserializeOwned>(request: &HttpRequest, payload: Payload) -> Result<T, Problem> {
    let bytes = read(request, payload).await?;
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
            let bytes = read(&request, payload).await?;
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

async fn read(request: &HttpRequest, mut payload: Payload) -> Result<Bytes, Problem> {
    let Some(clock) = request.app_data::<web::Data<Clock>>() else {
        return Err(Error::Unavailable("no clock".into()).into());
    };
    let all = async {
        let mut body = BytesMut::new();
        while let Some(chunk) = payload.next().await {
            let chunk = chunk.map_err(|_| unreadable())?;
            if body.len() + chunk.len() > MAX_BODY {
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
        clock.sleep(PATIENCE).await;
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

/// A body as it came; what an idempotency key is held against.
struct Raw(Bytes);

/// The body of a request with an idempotency key, after an extractor has read it.
pub fn raw_body(request: &HttpRequest) -> Bytes {
    request.extensions().get::<Raw>().map(|Raw(body)| body.clone()).unwrap_or_default()
}

fn unreadable() -> Problem {
    Problem::field("", Fault::Malformed, "the body is no JSON")
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

/// A JSON object. What serde derives would take an array of the values as well.
pub struct Object<T>(pub T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Members<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for Members<T> {
            type Value = T;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<T, A::Error> {
                T::deserialize(MapAccessDeserializer::new(members))
            }
        }

        from.deserialize_map(Members(PhantomData)).map(Self)
    }
}

/// Longest name of a field that is repeated, in characters.
const MAX_NAME: usize = 128;

/// A name that somebody sent, as it may be repeated.
fn shown(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).take(MAX_NAME).collect()
}

/// What serde says, as a field and a fault. Of its message only the name of a field is taken: the rest may hold
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

/// The service.
pub type Data = web::Data<Service>;

/// A call by a recognised caller.
pub struct Authenticated(pub Call);

impl FromRequest for Authenticated {
    type Error = Problem;
    type Future = Extracted<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move { authenticate(&request, request_id(&request)?).await.map(Self) })
    }
}

/// A call with a body. The caller is recognised before the body is read, so that nobody else's is, and once more after
/// it, if it took its time.
pub struct With<B>(pub Call, pub B);

impl<B: FromRequest<Error = Problem> + 'static> FromRequest for With<B> {
    type Error = Problem;
    type Future = Extracted<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, mut payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let id = request_id(&request)?;
            let call = authenticate(&request, id).await?;
            let body = B::from_request(&request, &mut payload).await?;
            Ok(Self(authenticate_after_body(&request, call).await?, body))
        })
    }
}

/// The caller once more, if the body took its time: the caller may be nobody by now.
pub async fn authenticate_after_body(request: &HttpRequest, call: Call) -> Result<Call, Problem> {
    let late = request.extensions().get::<Late>().is_some();
    if late { authenticate(request, call.request_id).await } else { Ok(call) }
}

/// Recognises who makes a request.
pub async fn authenticate(request: &HttpRequest, id: RequestId) -> Result<Call, Problem> {
    let service = request.app_data::<Data>().ok_or_else(no_service)?;
    let header = request.headers().get(AUTHORIZATION).ok_or(Refusal::NotSignedIn)?;
    let bearer = header.to_str().ok().and_then(bearer).ok_or(Refusal::InvalidToken)?;
    let caller = service.recognise(bearer).await?;
    connections::proven();
    Ok(Call::new(caller, id).from(Origin::of(request).place))
}

/// The application was put together wrongly.
pub fn no_service() -> Problem {
    Error::Unavailable("no service".into()).into()
}

fn bearer(header: &str) -> Option<&str> {
    let (scheme, token) = header.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

/// The caller's `If-Match`: `*`, or ETags of which one has to be ours (RFC 9110 section 13.1.1). Compared weakly, because
/// a proxy that compresses an answer makes its tag weak, and ours is the version of a row, not of the bytes.
pub fn if_match(request: &HttpRequest) -> IfMatch {
    if !request.headers().contains_key(IF_MATCH) {
        return IfMatch::Absent;
    }
    match request.get_header() {
        Some(header::IfMatch::Any) => IfMatch::Any,
        Some(header::IfMatch::Items(tags)) => {
            IfMatch::Versions(tags.iter().filter_map(|tag| tag.tag().parse().ok()).collect())
        }
        None => IfMatch::Versions(Vec::new()),
    }
}

/// The ETag of a version.
pub fn etag(version: i64) -> header::ETag {
    header::ETag(header::EntityTag::new_strong(version.to_string()))
}

/// An id in the path. What is no id names nothing.
pub fn path_id<T: From<Uuid>>(request: &HttpRequest, name: &str) -> Result<T, Problem> {
    let text = request.match_info().get(name).unwrap_or("");
    let id = (text.len() == 36).then(|| Uuid::try_parse(text).ok()).flatten();
    id.map(T::from).ok_or_else(Problem::not_found)
}

/// A time in a body.
pub fn time(field: &str, text: &str) -> Result<crate::clock::Timestamp, Problem> {
    crate::clock::Timestamp::parse(text)
        .ok_or_else(|| Problem::field(field, Fault::Malformed, "must be a time as in RFC 3339"))
}

/// The first number that is too large for one.
const PAST_U64: f64 = 18_446_744_073_709_551_616.0;

/// A whole number that is not negative. JSON Schema calls `60.0` an integer, too, and some languages write it so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Whole(pub u64);

impl<'de> Deserialize<'de> for Whole {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Number;

        impl Visitor<'_> for Number {
            type Value = Whole;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a whole number that is not negative")
            }

            fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<Whole, E> {
                Ok(Whole(number))
            }

            #[allow(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "it is whole and in range"
            )]
            fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<Whole, E> {
                if number.fract() == 0.0 && (0.0..PAST_U64).contains(&number) {
                    Ok(Whole(number as u64))
                } else {
                    Err(E::invalid_type(Unexpected::Float(number), &self))
                }
            }
        }

        from.deserialize_any(Number)
    }
}

/// A field that may be absent but not null: in a change, where null could be taken for "remove it". Needs
/// `#[serde(default)]`. In what makes something, an `Option` takes null as if it were not there.
pub fn given<'de, T, D>(from: D) -> Result<Option<T>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    T::deserialize(from).map(Some)
}

/// A field that may be absent, null, or hold something.
#[derive(Default)]
pub enum Field<T> {
    /// It was not sent. Needs `#[serde(default)]`.
    #[default]
    Absent,
    /// It was sent as null.
    Null,
    /// It was sent.
    Value(T),
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Field<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Ok(Option::deserialize(from)?.map_or(Self::Null, Self::Value))
    }
}

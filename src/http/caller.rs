//! Who makes a request.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::header::AUTHORIZATION;
use actix_web::{FromRequest, HttpRequest, web};

use super::client_ip::ClientOrigin;
use super::middleware::request_id;
use super::problem::Problem;
use super::raw_body::was_late;
use crate::domain::ids::RequestId;
use crate::net::connections;
use crate::service::{Call, Error, Refusal, Services};

type Extracted<T> = Pin<Box<dyn Future<Output = Result<T, Problem>>>>;

/// The services of the process, as handlers get them.
pub type Data = web::Data<Services>;

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
    if was_late(request) { authenticate(request, call.request_id).await } else { Ok(call) }
}

/// Recognises who makes a request.
pub async fn authenticate(request: &HttpRequest, id: RequestId) -> Result<Call, Problem> {
    let header = request.headers().get(AUTHORIZATION).ok_or(Refusal::NotSignedIn)?;
    let bearer = header.to_str().ok().and_then(bearer).ok_or(Refusal::InvalidToken)?;
    Ok(recognise(request, bearer, id, Seen::Noted).await?)
}

/// Whether a session lasts longer for this request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// It is used by somebody who is there.
    Noted,
    /// It is used by a page that looks again by itself.
    Unnoted,
}

/// Recognises who makes a request by a token, however it came.
pub async fn recognise(request: &HttpRequest, token: &str, id: RequestId, seen: Seen) -> Result<Call, Error> {
    let unavailable = || Error::Unavailable("no service".into());
    let services = request.app_data::<Data>().ok_or_else(unavailable)?;
    let caller = match seen {
        Seen::Noted => services.callers.recognise(token).await?,
        Seen::Unnoted => services.callers.recognise_unnoted(token).await?,
    };

    connections::proven();
    Ok(Call::new(caller, id).from(ClientOrigin::of(request).place))
}

/// The application was put together wrongly.
pub fn no_service() -> Problem {
    Error::Unavailable("no service".into()).into()
}

fn bearer(header: &str) -> Option<&str> {
    let (scheme, token) = header.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

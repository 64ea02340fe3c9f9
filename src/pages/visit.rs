//! Who asks for a page, and what is answered: anybody, or a member who is signed in.

use std::future::{Future, Ready, ready};
use std::ops::Deref;
use std::pin::Pin;

use actix_web::cookie::Cookie;
use actix_web::dev::Payload;
use actix_web::http::header::{ACCEPT_LANGUAGE, CONTENT_LANGUAGE, LOCATION};
use actix_web::http::{Method, StatusCode};
use actix_web::web::Data;
use actix_web::{FromRequest, HttpMessage as _, HttpRequest, HttpResponse};
use askama::Template;
use uuid::Uuid;

use super::cookies::Kept;
use super::error::PageError;
use super::frame::{Frame, Me, Room};
use super::language::Language;
use super::site::Site;
use super::texts::Words;
use crate::clock::{Clock, Timestamp};
use crate::domain::access::Caller;
use crate::domain::ids::DeviceId;
use crate::domain::member::Member;
use crate::domain::secret::Secret;
use crate::http::caller::{Seen, no_service, recognise};
use crate::http::client_ip::sign_in_origin;
use crate::http::middleware::request_id;
use crate::http::problem::Problem;
use crate::service::sign_ins::{Session, SignInOrigin};
use crate::service::{Call, Error, Refusal, Services};

type Extracted<T> = Pin<Box<dyn Future<Output = Result<T, PageError>>>>;

/// A request for a page, by anybody.
#[derive(Clone)]
pub struct Visit {
    /// The request.
    pub request: HttpRequest,
    /// What all pages share.
    pub site: Data<Site>,
    /// The use cases.
    pub services: Data<Services>,
    /// What pages say in the language of the visitor.
    pub words: Words,
}

/// Cookies that the answer brings, whatever it is.
#[derive(Default)]
struct NewCookies(Vec<Cookie<'static>>);

impl Visit {
    /// The visit of a request.
    pub fn of(request: &HttpRequest) -> Result<Self, Problem> {
        let site = request.app_data::<Data<Site>>().ok_or_else(no_service)?;
        let services = request.app_data::<Data<Services>>().ok_or_else(no_service)?;

        let chosen = Kept::Language.of(site, request).and_then(|tag| Language::parse(&tag));
        let header = request.headers().get(ACCEPT_LANGUAGE).and_then(|header| header.to_str().ok());
        let language = chosen.unwrap_or_else(|| Language::accepted(header.unwrap_or("")));

        let words = site.words(language);
        Ok(Self { request: request.clone(), site: site.clone(), services: services.clone(), words })
    }

    /// What is around a page.
    pub fn frame(&self, room: Room) -> Frame {
        self.frame_of(room, None)
    }

    /// What is around a page of this member, or of nobody.
    pub fn frame_of(&self, room: Room, me: Option<Me>) -> Frame {
        let assets = &self.site.assets;
        let random: [u8; 16] = self.services.ids.random().unwrap_or_default();

        let done = self.query("done").map(|done| format!("done-{done}"));
        Frame {
            t: self.words.clone(),
            name: self.site.brand.name.clone(),
            style: assets.address("style.css"),
            script: assets.address("script.js"),
            logo: assets.address("logo"),
            // The answer to a form cannot be asked for again.
            here: if *self.request.method() == Method::GET { self.here() } else { "/".into() },
            room,
            me,
            languages: Language::ALL,
            once: format!("{:032x}", u128::from_be_bytes(random)),
            done: done.filter(|done| self.words.has(done)).map(|done| self.words.say(&done)),
        }
    }

    /// A page.
    pub fn show(&self, page: &impl Template) -> Result<HttpResponse, PageError> {
        self.answer(StatusCode::OK, page)
    }

    /// A page with another status.
    pub fn answer(&self, status: StatusCode, page: &impl Template) -> Result<HttpResponse, PageError> {
        let html = page.render().map_err(|why| Error::Unavailable(format!("a page was not made: {why}")))?;
        let mut answer = HttpResponse::build(status);
        answer.insert_header((CONTENT_LANGUAGE, self.words.language.tag()));
        Ok(answer.content_type("text/html; charset=utf-8").body(html))
    }

    /// Sends the browser on to a page of ours.
    #[allow(clippy::unused_self, clippy::unnecessary_wraps, reason = "it is an answer like the two above")]
    pub fn go_to(&self, path: &str) -> Result<HttpResponse, PageError> {
        Ok(HttpResponse::SeeOther().insert_header((LOCATION, path)).finish())
    }

    /// A cookie for the answer.
    pub fn keep(&self, cookie: Cookie<'static>) {
        let mut extensions = self.request.extensions_mut();
        if let Some(NewCookies(cookies)) = extensions.get_mut() {
            cookies.push(cookie);
        } else {
            extensions.insert(NewCookies(vec![cookie]));
        }
    }

    /// The cookie of a session that has begun, or goes on with another token.
    pub fn keep_session(&self, session: &Session) {
        self.keep(Kept::Session.with(&self.site, session.token.expose()));
    }

    /// What a cookie for the answer will hold, if there is such.
    pub fn new_cookie(&self, which: Kept) -> Option<String> {
        let extensions = self.request.extensions();
        let NewCookies(cookies) = extensions.get()?;
        let name = which.with(&self.site, "");
        let found = cookies.iter().rev().find(|cookie| cookie.name() == name.name())?;
        Some(found.value().to_owned()).filter(|value| !value.is_empty())
    }

    /// The cookies for the answer of this request.
    pub fn kept(request: &HttpRequest) -> Vec<Cookie<'static>> {
        request.extensions_mut().remove::<NewCookies>().unwrap_or_default().0
    }

    /// The call of whoever has a session here; none if it is over.
    pub async fn session(&self) -> Result<Option<Call>, Problem> {
        let Some(token) = Kept::Session.of(&self.site, &self.request) else { return Ok(None) };
        self.call(&Secret::new(token), Seen::Noted).await
    }

    /// The same, for what a page asks by itself: the session does not last longer for it.
    pub async fn session_unnoted(&self) -> Result<Option<Call>, Problem> {
        let Some(token) = Kept::Session.of(&self.site, &self.request) else { return Ok(None) };
        self.call(&Secret::new(token), Seen::Unnoted).await
    }

    /// The time now.
    pub fn now(&self) -> Result<Timestamp, PageError> {
        Ok(self.clock()?.now())
    }

    /// The clock that time is read from and waited by.
    pub fn clock(&self) -> Result<&Clock, Error> {
        let clock = self.request.app_data::<Data<Clock>>().map(Data::get_ref);
        clock.ok_or_else(|| Error::Unavailable("no clock".into()))
    }

    /// The call of whoever has this token.
    pub async fn call(&self, token: &Secret, seen: Seen) -> Result<Option<Call>, Problem> {
        let id = request_id(&self.request)?;
        match recognise(&self.request, token.expose(), id, seen).await {
            Ok(call) => Ok(Some(call)),
            Err(Error::Refused(Refusal::InvalidToken)) => Ok(None),
            Err(other) => Err(other.into()),
        }
    }

    /// Where a sign-in comes from, with the device; one that is new gets its cookie.
    pub fn origin(&self) -> Result<SignInOrigin, Problem> {
        let known = Kept::Device.of(&self.site, &self.request).and_then(|id| DeviceId::parse(&id));
        let device = match known {
            Some(device) => device,
            None => Uuid::from_bytes(self.services.ids.random().map_err(Error::from)?).into(),
        };

        self.keep(Kept::Device.with(&self.site, &device.to_string()));
        sign_in_origin(&self.request, Some(device))
    }

    /// The path of the request, with what it asks.
    pub fn here(&self) -> String {
        self.request.uri().path_and_query().map_or_else(|| "/".into(), ToString::to_string)
    }

    /// What the address asks under this name.
    pub fn query(&self, name: &str) -> Option<String> {
        let mut all = form_urlencoded::parse(self.request.query_string().as_bytes());
        all.find(|(field, value)| field == name && !value.is_empty()).map(|(_, value)| value.into_owned())
    }
}

impl FromRequest for Visit {
    type Error = PageError;
    type Future = Ready<Result<Self, PageError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::of(request).map_err(PageError::from))
    }
}

/// A member who is signed in asks for a page.
#[derive(Clone)]
pub struct Signed {
    /// The visit.
    pub visit: Visit,
    /// The call by which services know the member.
    pub call: Call,
    /// The member.
    pub member: Member,
}

impl Signed {
    /// The member of this call.
    pub async fn by(visit: Visit, call: Call) -> Result<Self, PageError> {
        let Caller::Member(me) = call.caller else { return Err(PageError::sign_in()) };
        let member = visit.services.members.get(&call, me.member_id).await?;
        Ok(Self { visit, call, member })
    }

    /// What is around a page of this member.
    pub fn frame(&self, room: Room) -> Frame {
        self.visit.frame_of(room, Some(Me::of(&self.member)))
    }
}

impl Deref for Signed {
    type Target = Visit;

    fn deref(&self) -> &Visit {
        &self.visit
    }
}

impl FromRequest for Signed {
    type Error = PageError;
    type Future = Extracted<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let visit = Visit::of(&request)?;
            let call = visit.session().await?.ok_or(PageError::sign_in())?;
            Self::by(visit, call).await
        })
    }
}

//! The cookies of the pages. Where browsers come by TLS, their names begin with `__Host-`, so that no other host can set
//! them (RFC 6265bis); on `http://localhost` a browser may refuse that.

use actix_web::HttpRequest;
use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, SameSite};

use super::site::Site;

/// A cookie of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// The token of the session.
    Session,
    /// A right account password that waits for its second step.
    Pending,
    /// The device, known to those who signed in with it.
    Device,
    /// The language that was chosen.
    Language,
}

impl Kept {
    const fn name(self, secure: bool) -> &'static str {
        match (self, secure) {
            (Self::Session, true) => "__Host-session",
            (Self::Session, false) => "session",
            (Self::Pending, true) => "__Host-pending",
            (Self::Pending, false) => "pending",
            (Self::Device, true) => "__Host-device",
            (Self::Device, false) => "device",
            (Self::Language, true) => "__Host-language",
            (Self::Language, false) => "language",
        }
    }

    /// How long a browser keeps it; the session only as long as it runs.
    const fn lifetime(self) -> Option<Duration> {
        match self {
            Self::Session => None,
            Self::Pending => Some(Duration::minutes(5)),
            Self::Device | Self::Language => Some(Duration::days(400)),
        }
    }

    /// What the browser brought.
    pub fn of(self, site: &Site, request: &HttpRequest) -> Option<String> {
        let cookie = request.cookie(self.name(site.is_secure()))?;
        Some(cookie.value().to_owned()).filter(|value| !value.is_empty())
    }

    /// The cookie with this value.
    pub fn with(self, site: &Site, value: &str) -> Cookie<'static> {
        let secure = site.is_secure();
        let cookie = Cookie::build(self.name(secure), value.to_owned());
        let cookie = cookie.path("/").http_only(true).secure(secure).same_site(SameSite::Lax);
        match self.lifetime() {
            Some(lifetime) => cookie.max_age(lifetime).finish(),
            None => cookie.finish(),
        }
    }

    /// What makes the browser forget it.
    pub fn gone(self, site: &Site) -> Cookie<'static> {
        let mut cookie = self.with(site, "");
        cookie.set_max_age(Duration::ZERO);
        cookie
    }
}

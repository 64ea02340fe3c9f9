//! What the questions of mail clients have in common, and the answers.

use actix_web::http::header::HOST;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use crate::domain::organization::DomainName;
use crate::http::public_url::PublicUrl;

/// Where clientpass is reached from outside, if that is known.
pub fn public_origin(request: &HttpRequest) -> Option<&str> {
    request.app_data::<Data<PublicUrl>>()?.origin()
}

/// The name that the request was sent to, without a port.
pub fn host(request: &HttpRequest) -> Option<DomainName> {
    let host = request.headers().get(HOST)?.to_str().ok()?;
    DomainName::parse("host", host.split(':').next()?).ok()
}

/// An answer in XML.
pub fn xml(text: String) -> HttpResponse {
    HttpResponse::Ok().content_type("text/xml; charset=utf-8").body(text)
}

//! The page behind the setup link. It speaks to the API like everyone else.
use std::future::{Ready, ready};

use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS,
};
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};

use crate::domain::network::OverTls;

const PAGE: &str = include_str!("page.html");
const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// Only what this page itself needs: no inline code, nothing from elsewhere, in nobody's frame.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Adds the pages to an application.
pub fn configure(config: &mut ServiceConfig) {
    config
        .route("/setup", web::get().to(|request| asset(&request, "text/html; charset=utf-8", PAGE)))
        .route("/setup/page.css", web::get().to(|request| asset(&request, "text/css; charset=utf-8", STYLE)))
        .route(
            "/setup/page.js",
            web::get().to(|request| asset(&request, "text/javascript; charset=utf-8", SCRIPT)),
        );
}

fn asset(request: &HttpRequest, kind: &'static str, text: &'static str) -> Ready<HttpResponse> {
    let mut answer = HttpResponse::Ok();

    if request.app_data::<OverTls>().is_some_and(|OverTls(is)| *is) {
        answer.insert_header((STRICT_TRANSPORT_SECURITY, "max-age=31536000"));
    }

    answer
        .content_type(kind)
        .insert_header((CONTENT_SECURITY_POLICY, POLICY))
        .insert_header((REFERRER_POLICY, "no-referrer"))
        .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((CACHE_CONTROL, "no-store"));

    ready(answer.body(text))
}

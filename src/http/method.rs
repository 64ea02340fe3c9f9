//! Methods that an address does not know.

use actix_web::HttpResponse;
use actix_web::http::Method;
use actix_web::http::header::ALLOW;

use super::problem::Problem;

/// What an address answers, as an `Allow` header names it.
pub fn allowed(methods: &[&str]) -> String {
    let head = if methods.contains(&"GET") { ", HEAD" } else { "" };
    format!("{}{head}, OPTIONS", methods.join(", "))
}

/// The answer to a method that an address does not know: to `OPTIONS`, which it knows.
pub fn other_method(method: &Method, allow: String) -> Result<HttpResponse, Problem> {
    if method == Method::OPTIONS {
        Ok(HttpResponse::NoContent().insert_header((ALLOW, allow)).finish())
    } else {
        Err(Problem::method_not_allowed(allow))
    }
}

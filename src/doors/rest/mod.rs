//! The REST API under `/v1`, as `openapi.yaml` describes it.

use std::future::{Ready, ready};

use actix_web::http::Method;
use actix_web::http::header::ALLOW;
use actix_web::middleware::from_fn;
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, Route};

mod audit_events;
pub mod body;
mod client_passwords;
mod frame;
mod idempotency;
mod members;
mod notices;
mod organizations;
mod origin;
pub mod problem;
pub mod query;
mod revocations;
mod second_factors;
mod service_keys;
mod sessions;
mod setup;
mod system;
mod verify;

use problem::Problem;
pub use system::{AtStart, configure_metrics};

/// The routes, as method and path; what `openapi.yaml` must describe, no more and no less.
pub const ROUTES: &[(&str, &str)] = &[
    ("GET", "/healthz"),
    ("GET", "/readyz"),
    ("GET", "/metrics"),
    ("GET", "/openapi.yaml"),
    ("POST", "/v1/setup"),
    ("POST", "/v1/sessions"),
    ("DELETE", "/v1/sessions/current"),
    ("GET", "/v1/me"),
    ("GET", "/v1/organizations"),
    ("POST", "/v1/organizations"),
    ("GET", "/v1/organizations/{organization_id}"),
    ("PATCH", "/v1/organizations/{organization_id}"),
    ("DELETE", "/v1/organizations/{organization_id}"),
    ("GET", "/v1/organizations/{organization_id}/domains"),
    ("POST", "/v1/organizations/{organization_id}/domains"),
    ("DELETE", "/v1/organizations/{organization_id}/domains/{name}"),
    ("GET", "/v1/organizations/{organization_id}/members"),
    ("POST", "/v1/organizations/{organization_id}/members"),
    ("GET", "/v1/organizations/{organization_id}/client-passwords"),
    ("GET", "/v1/organizations/{organization_id}/revocations"),
    ("POST", "/v1/organizations/{organization_id}/revocations"),
    ("GET", "/v1/organizations/{organization_id}/revocations/{revocation_id}"),
    ("GET", "/v1/organizations/{organization_id}/audit-events"),
    ("GET", "/v1/members/{member_id}"),
    ("PATCH", "/v1/members/{member_id}"),
    ("DELETE", "/v1/members/{member_id}"),
    ("PUT", "/v1/members/{member_id}/password"),
    ("GET", "/v1/members/{member_id}/second-factors"),
    ("POST", "/v1/members/{member_id}/second-factors"),
    ("DELETE", "/v1/members/{member_id}/second-factors"),
    ("DELETE", "/v1/members/{member_id}/second-factors/{second_factor_id}"),
    ("POST", "/v1/members/{member_id}/second-factors/{second_factor_id}/confirm"),
    ("DELETE", "/v1/members/{member_id}/code-block"),
    ("GET", "/v1/members/{member_id}/secure-login"),
    ("PUT", "/v1/members/{member_id}/secure-login"),
    ("GET", "/v1/members/{member_id}/notices"),
    ("POST", "/v1/members/{member_id}/notices/{notice_id}/acknowledge"),
    ("GET", "/v1/members/{member_id}/client-passwords"),
    ("POST", "/v1/members/{member_id}/client-passwords"),
    ("DELETE", "/v1/members/{member_id}/client-passwords"),
    ("GET", "/v1/client-passwords/{client_password_id}"),
    ("PATCH", "/v1/client-passwords/{client_password_id}"),
    ("DELETE", "/v1/client-passwords/{client_password_id}"),
    ("POST", "/v1/client-passwords/{client_password_id}/rotate"),
    ("GET", "/v1/service-keys"),
    ("POST", "/v1/service-keys"),
    ("DELETE", "/v1/service-keys/{service_key_id}"),
    ("POST", VERIFY),
];

/// The busiest route.
const VERIFY: &str = "/v1/verify";

/// Adds the check to an application whose data hold the service, the clock and the metrics. Comes first: the router
/// tries one service after the other.
pub fn configure_check(config: &mut ServiceConfig) {
    let check = web::resource(VERIFY).route(web::post().to(verify::verify));
    config.service(check.default_service(web::to(verify::wrong_method)));
}

/// Adds the rest of the API.
pub fn configure(config: &mut ServiceConfig) {
    config.service(
        web::scope("").wrap(from_fn(frame::frame)).configure(routes).default_service(web::to(nothing_here)),
    );
}

fn nothing_here() -> Ready<Result<HttpResponse, Problem>> {
    ready(Err(Problem::not_found()))
}

fn routes(config: &mut ServiceConfig) {
    let mut paths: Vec<&str> = ROUTES.iter().map(|(_, path)| *path).filter(|path| *path != VERIFY).collect();
    paths.dedup();
    for path in paths {
        let methods: Vec<&str> =
            ROUTES.iter().filter(|(_, of)| *of == path).map(|(method, _)| *method).collect();
        let mut resource = web::resource(path);
        for method in &methods {
            if let Some(route) = route(method, path) {
                resource = resource.route(route);
            }
        }
        let allow = allowed(&methods);
        let other = move |request: HttpRequest| ready(other_method(request.method(), allow.clone()));
        config.service(resource.default_service(web::to(other)));
    }
}

/// What an address answers, as an `Allow` header names it.
fn allowed(methods: &[&str]) -> String {
    let head = if methods.contains(&"GET") { ", HEAD" } else { "" };
    format!("{}{head}, OPTIONS", methods.join(", "))
}

/// The answer to a method that an address does not know: to `OPTIONS`, which it knows.
fn other_method(method: &Method, allow: String) -> Result<HttpResponse, Problem> {
    if method == Method::OPTIONS {
        Ok(HttpResponse::NoContent().insert_header((ALLOW, allow)).finish())
    } else {
        Err(Problem::method_not_allowed(allow))
    }
}

/// The handler of a route.
fn route(method: &str, path: &str) -> Option<Route> {
    let below = |prefix: &str| path.strip_prefix(prefix);
    if let Some(rest) = below("/v1/organizations") {
        return organizations::route(method, rest)
            .or_else(|| members::route_in_organization(method, rest))
            .or_else(|| client_passwords::route_in_organization(method, rest))
            .or_else(|| revocations::route(method, rest))
            .or_else(|| audit_events::route(method, rest));
    }
    if let Some(rest) = below("/v1/members/{member_id}") {
        return members::route(method, rest)
            .or_else(|| second_factors::route(method, rest))
            .or_else(|| notices::route(method, rest))
            .or_else(|| client_passwords::route_of_member(method, rest));
    }
    if let Some(rest) = below("/v1/client-passwords/{client_password_id}") {
        return client_passwords::route(method, rest);
    }
    match (method, path) {
        ("GET", "/healthz") => Some(web::get().to(system::healthz)),
        ("GET", "/readyz") => Some(web::get().to(system::readyz)),
        ("GET", "/metrics") => Some(web::get().to(system::metrics)),
        ("GET", "/openapi.yaml") => Some(web::get().to(system::openapi)),
        ("POST", "/v1/setup") => Some(web::post().to(setup::redeem)),
        ("POST", "/v1/sessions") => Some(web::post().to(sessions::begin)),
        ("DELETE", "/v1/sessions/current") => Some(web::delete().to(sessions::end)),
        ("GET", "/v1/me") => Some(web::get().to(sessions::me)),
        ("GET", "/v1/service-keys") => Some(web::get().to(service_keys::list)),
        ("POST", "/v1/service-keys") => Some(web::post().to(service_keys::create)),
        ("DELETE", "/v1/service-keys/{service_key_id}") => Some(web::delete().to(service_keys::end)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_route_has_a_handler() {
        for (method, path) in ROUTES.iter().filter(|(_, path)| *path != VERIFY) {
            assert!(route(method, path).is_some(), "{method} {path}");
        }
    }
}

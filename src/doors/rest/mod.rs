//! The REST API under `/v1`, as `openapi.yaml` describes it.

use std::future::{Ready, ready};

use actix_web::http::Method;
use actix_web::http::header::ALLOW;
use actix_web::middleware::from_fn;
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, Resource};

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
mod routes;
mod second_factors;
mod service_keys;
mod sessions;
mod setup;
mod system;
mod verify;

use problem::Problem;
pub use routes::{ENDPOINTS, Endpoint, Needs};
pub use system::{AtStart, configure_metrics};

/// The busiest route.
const VERIFY: &str = "/v1/verify";

/// Adds the check to an application whose data hold the service, the clock and the metrics. Comes first: the router
/// tries one service after the other.
pub fn configure_check(config: &mut ServiceConfig) {
    config.service(resource(VERIFY).default_service(web::to(verify::wrong_method)));
}

/// Adds the rest of the API.
pub fn configure(config: &mut ServiceConfig) {
    config.service(
        web::scope("")
            .wrap(from_fn(frame::frame))
            .configure(resources)
            .default_service(web::to(nothing_here)),
    );
}

fn nothing_here() -> Ready<Result<HttpResponse, Problem>> {
    ready(Err(Problem::not_found()))
}

fn resources(config: &mut ServiceConfig) {
    let others = ENDPOINTS.iter().filter(|endpoint| endpoint.path != VERIFY);
    let mut paths: Vec<&str> = others.map(|endpoint| endpoint.path).collect();
    paths.dedup();
    for path in paths {
        let allow = allowed(&at(path).map(|endpoint| endpoint.method).collect::<Vec<_>>());
        let other = move |request: HttpRequest| ready(other_method(request.method(), allow.clone()));
        config.service(resource(path).default_service(web::to(other)));
    }
}

/// What of the table is at this path.
fn at(path: &str) -> impl Iterator<Item = &'static Endpoint> {
    ENDPOINTS.iter().filter(move |endpoint| endpoint.path == path)
}

fn resource(path: &str) -> Resource {
    at(path).fold(web::resource(path), |resource, one| resource.route(one.route()))
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

//! The REST API under `/v1`, as `openapi.yaml` describes it.

use std::future::ready;

use actix_web::http::Method;
use actix_web::http::header::ACCEPT;
use actix_web::middleware::from_fn;
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, Resource};

mod actors;
mod audit_events;
mod client_passwords;
mod departments;
mod invitations;
mod leaks;
mod log_ins;
mod members;
mod notices;
mod organizations;
mod ownership;
mod policy;
mod revocations;
mod routes;
mod second_factors;
mod service_keys;
mod sessions;
mod setup;
mod system;
mod totals;
mod verify;
mod warnings;

use crate::http::method::{allowed, other_method};
use crate::http::middleware::{NothingHere, Routes, middleware};
use crate::http::problem::Problem;
pub use routes::{ENDPOINTS, Endpoint, Needs};
pub use system::{AtStart, configure_metrics};

/// Adds the check to an application whose data have the service, the clock and the metrics. Must come first: the router
/// tries one service after the other.
pub fn configure_check(config: &mut ServiceConfig) {
    config.service(resource(verify::PATH).default_service(web::to(verify::wrong_method)));
}

/// Adds the rest of the API.
pub fn configure(config: &mut ServiceConfig) {
    config.app_data(Routes(known)).service(
        web::scope("").wrap(from_fn(middleware)).configure(resources).default_service(web::to(nothing_here)),
    );
}

/// Nothing is here: a browser gets a page that says so, everybody else a problem.
async fn nothing_here(request: HttpRequest) -> Result<HttpResponse, Problem> {
    match request.app_data::<NothingHere>() {
        Some(NothingHere(page)) if wants_page(&request) => page(request.clone()).await,
        _ => Err(Problem::not_found()),
    }
}

/// Whether a browser asks for something to look at.
fn wants_page(request: &HttpRequest) -> bool {
    let accepts = request.headers().get(ACCEPT).and_then(|accepts| accepts.to_str().ok()).unwrap_or("");
    *request.method() == Method::GET && accepts.contains("text/html") && !request.path().starts_with("/v1/")
}

fn resources(config: &mut ServiceConfig) {
    let others = ENDPOINTS.iter().filter(|endpoint| endpoint.path != verify::PATH);
    let mut paths: Vec<&str> = others.map(|endpoint| endpoint.path).collect();
    paths.dedup();
    for path in paths {
        let allow = allowed(&at(path).map(|endpoint| endpoint.method).collect::<Vec<_>>());
        let other = move |request: HttpRequest| ready(other_method(request.method(), allow.clone()));
        config.service(resource(path).default_service(web::to(other)));
    }
}

/// A path as the table has it.
fn known(pattern: &str) -> Option<&'static str> {
    at(pattern).next().map(|endpoint| endpoint.path)
}

/// What of the table is at this path.
fn at(path: &str) -> impl Iterator<Item = &'static Endpoint> + use<'_> {
    ENDPOINTS.iter().filter(move |endpoint| endpoint.path == path)
}

fn resource(path: &str) -> Resource {
    at(path).fold(web::resource(path), |resource, one| resource.route(one.route()))
}

//! Whether the process lives, whether it can answer, its numbers, and the description of the API. What reveals more
//! than an answer does is for those who oversee the installation.

use std::sync::Arc;

use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::domain::field::Fault;
use crate::http::caller::{self, Data};
use crate::http::middleware;
use crate::http::problem::Problem;
use crate::http::query::{NoQuery, Query};
use crate::net::connections::Room;
use crate::service::Services;
use crate::telemetry::{JobReport, Metrics};

/// The description, as it stands in the repository.
pub const OPENAPI: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/openapi.yaml"));

/// What was decided when the process started.
#[derive(Clone, Debug, Serialize)]
pub struct AtStart {
    /// The kind of database.
    pub engine: &'static str,
    /// Files that may be open.
    pub open_files: u64,
    /// Connections of the API.
    pub rest_connections: Room,
    /// The most that a door has.
    pub door_connections: Room,
}

pub async fn healthz(_: Query<NoQuery>) -> HttpResponse {
    HttpResponse::Ok().json(json!({"status": "ok"}))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Readiness {
    verbose: Option<String>,
}

impl Readiness {
    fn is_verbose(&self) -> Result<bool, Problem> {
        match self.verbose.as_deref() {
            None | Some("false") => Ok(false),
            Some("" | "true") => Ok(true),
            Some(_) => Err(Problem::field("verbose", Fault::Malformed, "must be true, false or nothing")),
        }
    }
}

pub async fn readyz(
    request: HttpRequest,
    services: Data,
    at_start: web::Data<AtStart>,
    metrics: web::Data<Metrics>,
    Query(asked): Query<Readiness>,
) -> Result<HttpResponse, Problem> {
    if !asked.is_verbose()? {
        services.installation.ready().await?;
        return Ok(HttpResponse::Ok().json(json!({"status": "ok"})));
    }

    oversees(&request, &services).await?;
    let load = services.installation.load().await?;

    Ok(HttpResponse::Ok().json(json!({
        "status": "ok",
        "at_start": **at_start,
        "read_micros": u64::try_from(load.read.as_micros()).unwrap_or(u64::MAX),
        "comparisons": load.comparisons,
        "parked_refusals": load.parked_refusals,
        "lease_held": metrics.is_lease_held(),
        "jobs": metrics.jobs().iter().map(shown_job).collect::<Vec<_>>(),
    })))
}

fn shown_job(report: &JobReport) -> Value {
    json!({"job": report.job, "behind_seconds": report.behind.as_secs(), "failures": report.failures})
}

pub async fn metrics(
    request: HttpRequest,
    services: Data,
    metrics: web::Data<Metrics>,
    _: Query<NoQuery>,
) -> Result<HttpResponse, Problem> {
    oversees(&request, &services).await?;
    Ok(shown(&metrics))
}

/// Refuses unless the caller may know how the whole installation is.
async fn oversees(request: &HttpRequest, services: &Services) -> Result<(), Problem> {
    let call = caller::authenticate(request, middleware::request_id(request)?).await?;
    Ok(services.installation.oversees(&call)?)
}

fn shown(metrics: &Metrics) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("application/openmetrics-text; version=1.0.0; charset=utf-8")
        .body(metrics.text())
}

/// The metrics alone, for whoever reaches the address.
pub fn configure_metrics(config: &mut ServiceConfig, metrics: &Arc<Metrics>) {
    let metrics = Arc::clone(metrics);
    config.route("/metrics", web::get().to(move || std::future::ready(shown(&metrics))));
}

pub async fn openapi(_: Query<NoQuery>) -> HttpResponse {
    HttpResponse::Ok().content_type("application/yaml").body(OPENAPI)
}

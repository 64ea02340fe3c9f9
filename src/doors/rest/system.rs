//! Whether the process lives, whether it can answer, its numbers, and the description of the API.

use actix_web::{HttpResponse, web};
use serde_json::json;

use super::body::Data;
use super::problem::Problem;
use super::query::{Nothing, Query};
use crate::telemetry::Metrics;

/// The description, as it stands in the repository.
pub const OPENAPI: &str = include_str!("../../../openapi.yaml");

pub async fn healthz(_: Query<Nothing>) -> HttpResponse {
    HttpResponse::Ok().json(json!({"status": "ok"}))
}

pub async fn readyz(service: Data, _: Query<Nothing>) -> Result<HttpResponse, Problem> {
    service.ready().await?;
    Ok(HttpResponse::Ok().json(json!({"status": "ok"})))
}

pub async fn metrics(metrics: web::Data<Metrics>, _: Query<Nothing>) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("application/openmetrics-text; version=1.0.0; charset=utf-8")
        .body(metrics.text())
}

pub async fn openapi(_: Query<Nothing>) -> HttpResponse {
    HttpResponse::Ok().content_type("application/yaml").body(OPENAPI)
}

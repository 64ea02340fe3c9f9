//! `/v1/leaks`: strings that were found somewhere.

use actix_web::HttpResponse;
use serde::{Deserialize, Serialize};

use crate::domain::secret::Secret;
use crate::http::body::LargeJson;
use crate::http::caller::{Data, With};
use crate::http::problem::Problem;
use crate::http::query::{NoQuery, Query};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    secrets: Vec<Secret>,
}

/// Whatever was found: whoever reports learns nothing.
#[derive(Serialize)]
struct Reported {}

pub async fn report(
    services: Data,
    _: Query<NoQuery>,
    With(call, LargeJson(body)): With<LargeJson<Report>>,
) -> Result<HttpResponse, Problem> {
    services.leaks.report(&call, &body.secrets).await?;
    Ok(HttpResponse::Accepted().json(Reported {}))
}

//! `/v1/organizations/{organization_id}/totals`.

use actix_web::{HttpRequest, HttpResponse};

use crate::domain::totals::TotalsForm;
use crate::http::caller::{Authenticated, Data};
use crate::http::path::path_id;
use crate::http::problem::Problem;
use crate::http::query::{NoQuery, Query};

pub async fn read(
    request: HttpRequest,
    services: Data,
    _: Query<NoQuery>,
    Authenticated(call): Authenticated,
) -> Result<HttpResponse, Problem> {
    let totals = services.totals.get(&call, path_id(&request)?).await?;
    Ok(HttpResponse::Ok().json(TotalsForm::from(&totals)))
}

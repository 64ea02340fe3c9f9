//! The call of a list: who makes it, what it is filtered by, and which page it wants.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, HttpResponse};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::caller::authenticate;
use super::middleware::request_id;
use super::problem::Problem;
use super::query::{List, paging, parse, split};
use crate::service::{Call, Listed, Paging};

/// A call of a list whose filters are the query parameters of `F`; every list also knows `limit` and `cursor`.
pub struct Listing<F> {
    /// The recognised caller.
    pub call: Call,
    /// The filters, as they were written.
    pub filters: F,
    /// The page.
    pub paging: Paging,
    request: HttpRequest,
}

/// The query parameters of every list.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PageParameters {
    /// How many items a page has, 1 to 200.
    pub limit: Option<u32>,
    /// Where it begins, as the page before said.
    pub cursor: Option<String>,
}

const PAGE_PARAMETERS: [&str; 2] = ["limit", "cursor"];

impl<F: DeserializeOwned + 'static> FromRequest for Listing<F> {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let (page, filters) = split(request.query_string(), &PAGE_PARAMETERS);
            let (filters, page): (F, PageParameters) = (parse(&filters)?, parse(&page)?);
            let call = authenticate(&request, request_id(&request)?).await?;
            let paging = paging(&request, page.limit, page.cursor.as_deref())?;

            Ok(Self { call, filters, paging, request })
        })
    }
}

impl<F> Listing<F> {
    /// The answer that shows this page.
    pub fn answer<D, T: Serialize>(&self, listed: Listed<D>, show: impl Fn(D) -> T) -> HttpResponse {
        HttpResponse::Ok().json(List::show(&self.request, listed, show))
    }
}

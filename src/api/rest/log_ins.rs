//! The history of log-ins: `/v1/members/{member_id}/log-ins`.

use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};

use crate::domain::field::Fault;
use crate::domain::ids::ClientPasswordId;
use crate::domain::log_in::{LogIn, LogInFilter};
use crate::domain::protocol::Protocol;
use crate::http::caller::Data;
use crate::http::fields::time;
use crate::http::listing::Listing;
use crate::http::path::path_id;
use crate::http::problem::Problem;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Filters {
    client_password_id: Option<String>,
    protocol: Option<String>,
    since: Option<String>,
}

impl Filters {
    fn filter(&self) -> Result<LogInFilter, Problem> {
        let bad = |field: &'static str, detail| move || Problem::field(field, Fault::Malformed, detail);
        let bad_id = bad("client_password_id", "must be the id of a client password");
        let id = self.client_password_id.as_deref();
        let id = id.map(|id| ClientPasswordId::parse(id).ok_or_else(bad_id)).transpose()?;

        let bad_protocol = bad("protocol", "must be a protocol such as imap or smtp");
        let protocol = self.protocol.as_deref();
        let protocol = protocol.map(|name| Protocol::parse(name).ok_or_else(bad_protocol)).transpose()?;
        let since = self.since.as_deref().map(|text| time("since", text)).transpose()?;
        Ok(LogInFilter { client_password: id, protocol, since })
    }
}

#[derive(Serialize)]
struct Body {
    id: String,
    result: &'static str,
    via: Option<&'static str>,
    client_password_id: Option<String>,
    protocol: &'static str,
    ip: Option<String>,
    network: Option<String>,
    client: Option<String>,
    folded: bool,
    first_at: String,
    last_at: String,
    count: i64,
}

impl From<LogIn> for Body {
    fn from(LogIn { key, seen }: LogIn) -> Self {
        Self {
            id: key.id().to_string(),
            result: key.by.result(),
            via: key.by.via(),
            client_password_id: key.by.client_password().map(|id| id.to_string()),
            protocol: key.protocol.name(),
            ip: key.from.address().map(|address| address.to_string()),
            network: key.from.network().map(|network| network.to_string()),
            folded: key.is_folded(),
            client: key.client,
            first_at: seen.first.to_string(),
            last_at: seen.last.to_string(),
            count: seen.count,
        }
    }
}

pub async fn list(
    request: HttpRequest,
    services: Data,
    list: Listing<Filters>,
) -> Result<HttpResponse, Problem> {
    let wanted = list.filters.filter()?;
    let listed = services.log_ins.list(&list.call, path_id(&request)?, &wanted, list.paging).await?;
    Ok(list.answer(listed, Body::from))
}

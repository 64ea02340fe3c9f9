//! `config-v1.1.xml`: what Thunderbird and most others ask for.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use super::exchange::{host, public_origin, xml};
use crate::domain::organization::DomainName;
use crate::http::problem::Problem;
use crate::http::query;
use crate::mail_setup::MailSettings;
use crate::mail_setup::autoconfig::autoconfig;

/// Under this name of a domain its autoconfig is asked for.
const LABEL: &str = "autoconfig.";

/// Answers for the domain that is asked about.
pub async fn configuration(
    request: HttpRequest,
    settings: Data<MailSettings>,
) -> Result<HttpResponse, Problem> {
    let asked = domain(&request);
    let offered = settings.offered(asked.as_deref());
    let (domain, servers) = offered.ok_or_else(Problem::not_found)?;
    Ok(xml(autoconfig(domain, servers, public_origin(&request))))
}

/// The domain of the address, else that of the name which was asked. What is no address counts as none.
fn domain(request: &HttpRequest) -> Option<String> {
    let of_address = || {
        let address = query::value(request.query_string(), "emailaddress")?;
        let (_, domain) = address.rsplit_once('@')?;
        DomainName::parse("emailaddress", domain).ok()
    };

    let of_host = || {
        let host = host(request)?;
        DomainName::parse("host", host.as_str().strip_prefix(LABEL)?).ok()
    };

    of_address().or_else(of_host).map(|domain| domain.as_str().to_owned())
}

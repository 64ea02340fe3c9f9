//! What a bulk revocation has ended, as a table for a spreadsheet (RFC 4180): whom to tell.

use actix_web::HttpResponse;
use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use actix_web::web::{Bytes, Data};
use futures_util::stream::try_unfold;

use super::office::Office;
use crate::clock::Timestamp;
use crate::domain::ids::{OrganizationId, RevocationId};
use crate::domain::revocation::EndedClientPassword;
use crate::http::path::path_id;
use crate::pages::error::PageError;
use crate::service::{Call, Paging, Services};

/// Rows that are read at a time.
const ROWS: u32 = 200;
const HEAD: &str = "login,label,client_password_id,ended_at,last_used_at\r\n";

/// Where the table goes on; nowhere once all has been read.
struct Rest {
    services: Data<Services>,
    call: Call,
    home: OrganizationId,
    revocation: RevocationId,
    paging: Option<Paging>,
    /// Whether the line of names is still to come.
    begins: bool,
}

/// `GET /admin/revocations/{revocation_id}/ended.csv`.
pub async fn ended(office: Office) -> Result<HttpResponse, PageError> {
    let revocation: RevocationId = path_id(&office.request)?;
    office.services.revocations.get(&office.call, office.home, revocation).await?;

    let rest = Rest {
        services: office.services.clone(),
        call: office.call,
        home: office.home,
        revocation,
        paging: Some(Paging { before: None, limit: ROWS }),
        begins: true,
    };
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/csv; charset=utf-8"))
        .insert_header((CONTENT_DISPOSITION, format!("attachment; filename=\"ended-{revocation}.csv\"")))
        .streaming(try_unfold(rest, next)))
}

/// The next piece. What cannot be read breaks the answer off, so that nobody takes a part for the whole.
async fn next(mut rest: Rest) -> Result<Option<(Bytes, Rest)>, PageError> {
    if std::mem::take(&mut rest.begins) {
        return Ok(Some((Bytes::from_static(HEAD.as_bytes()), rest)));
    }

    let Some(paging) = rest.paging else { return Ok(None) };
    let revocations = &rest.services.revocations;
    let listed = revocations.ended(&rest.call, rest.home, rest.revocation, paging).await?;
    rest.paging = listed.next.map(|before| Paging { before: Some(before), limit: ROWS });
    let lines: String = listed.items.iter().map(line).collect();
    Ok(Some((lines.into(), rest)))
}

fn line(one: &EndedClientPassword) -> String {
    let time = |at: Option<Timestamp>| at.map(|at| at.to_string()).unwrap_or_default();
    let cells =
        [cell(&one.login), cell(&one.label), one.id.to_string(), time(one.ended_at), time(one.last_used_at)];
    format!("{}\r\n", cells.join(","))
}

/// What somebody typed, as a cell that is text: a spreadsheet computes whatever begins like a formula.
fn cell(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let quoted = text.replace('"', "\"\"");
    format!("\"{}{quoted}\"", if formula { "'" } else { "" })
}

#[cfg(test)]
mod tests {
    use super::cell;

    #[test]
    fn a_cell_is_text_whatever_is_in_it() {
        for (text, shown) in [
            ("My phone", "\"My phone\""),
            ("a,b\"c\"", "\"a,b\"\"c\"\"\""),
            ("=HYPERLINK(1)", "\"'=HYPERLINK(1)\""),
            ("@sum", "\"'@sum\""),
            ("-1", "\"'-1\""),
            ("", "\"\""),
        ] {
            assert_eq!(cell(text), shown);
        }
    }
}

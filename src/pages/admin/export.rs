//! What a bulk revocation has ended, as a table for a spreadsheet (RFC 4180): whom to tell.

use actix_web::HttpResponse;
use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use actix_web::web::{Bytes, Data};
use futures_util::stream::try_unfold;

use super::office::Office;
use crate::clock::Timestamp;
use crate::domain::export::text_cell;
use crate::domain::ids::{ClientPasswordId, MemberId, OrganizationId, RevocationId};
use crate::domain::revocation::EndedClientPassword;
use crate::http::path::path_id;
use crate::pages::error::PageError;
use crate::service::{Call, Services};

/// Rows that are read at a time.
const ROWS: u32 = 200;
const HEAD: &str = "login,label,client_password_id,ended_at,last_used_at\r\n";

/// Where the table goes on.
struct Rest {
    services: Data<Services>,
    call: Call,
    home: OrganizationId,
    revocation: RevocationId,
    after: Option<(MemberId, ClientPasswordId)>,
    /// Whether all has been read.
    is_over: bool,
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
        after: None,
        is_over: false,
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

    if rest.is_over {
        return Ok(None);
    }
    let revocations = &rest.services.revocations;
    let ended = revocations.ended(&rest.call, rest.home, rest.revocation, rest.after, ROWS).await?;
    rest.is_over = u32::try_from(ended.len()).is_ok_and(|read| read < ROWS);
    rest.after = ended.last().map(|one| (one.member_id, one.id));
    let lines: String = ended.iter().map(line).collect();
    Ok(Some((lines.into(), rest)))
}

fn line(one: &EndedClientPassword) -> String {
    let time = |at: Option<Timestamp>| at.map(|at| at.to_string()).unwrap_or_default();
    let cells = [
        text_cell(&one.login),
        text_cell(&one.label),
        one.id.to_string(),
        time(one.ended_at),
        time(one.last_used_at),
    ];
    format!("{}\r\n", cells.join(","))
}

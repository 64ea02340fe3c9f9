//! Whole lists as an answer that is sent while it is read: memory does not grow with the list, and checks go on beside it.
//!
//! An answer that breaks off is incomplete and says so: its transfer has no end, which every client of HTTP reports. So
//! does one whose session or key has ended meanwhile.

use std::io;
use std::time::Duration;

use actix_web::http::header::{ACCEPT, CONTENT_DISPOSITION, CONTENT_TYPE};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse, web};
use futures_util::stream::try_unfold;
use uuid::Uuid;

use super::caller::{Data, no_service};
use super::problem::Problem;
use crate::clock::Clock;
use crate::domain::export::Format;
use crate::domain::ids::OrganizationId;
use crate::service::exports::{Export, Piece, Selection};
use crate::service::{Call, Error};

/// The form in which a request wants a list; none if as pages of JSON.
pub fn wanted(request: &HttpRequest) -> Option<Format> {
    let accept = request.headers().get(ACCEPT)?.to_str().ok()?;
    let mut best: Option<(u16, Option<Format>)> = None;
    for range in accept.split(',') {
        let (kind, weight) = weighed(range);
        let format = Format::ALL.into_iter().find(|format| kind.eq_ignore_ascii_case(format.media_type()));
        let is_json =
            ["application/json", "*/*", "application/*"].iter().any(|of| kind.eq_ignore_ascii_case(of));
        // Of two that are wanted alike the first goes before.
        if (format.is_some() || is_json) && weight > 0 && best.is_none_or(|(most, _)| weight > most) {
            best = Some((weight, format));
        }
    }
    best?.1
}

/// A media range without its parameters, and its weight in thousandths (RFC 9110, 12.4.2).
fn weighed(range: &str) -> (&str, u16) {
    let mut parts = range.split(';').map(str::trim);
    let kind = parts.next().unwrap_or_default();
    let weight = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
    let thousandths = |text: &str| {
        let (whole, part) = text.split_once('.').unwrap_or((text, ""));
        format!("{whole}{part:0<3}").parse::<u16>().unwrap_or(0).min(1000)
    };
    (kind, weight.map_or(1000, thousandths))
}

/// Where a file goes on.
enum At {
    /// With this piece, which was read already, so that a refusal is an answer of its own.
    First(Piece),
    /// With what is older than this.
    Before(Uuid),
}

/// What is left of a file.
struct Rest {
    services: Data,
    clock: Clock,
    call: Call,
    organization: OrganizationId,
    export: Export,
    at: At,
    /// When the piece before was begun.
    begun: Duration,
    count: usize,
}

/// A list as a file, from `before` on.
pub async fn answer(
    request: &HttpRequest,
    (call, organization): (Call, OrganizationId),
    (selection, format): (Selection, Format),
    before: Option<Uuid>,
) -> Result<HttpResponse, Problem> {
    let services = request.app_data::<Data>().cloned().ok_or_else(no_service)?;
    let clock = request.app_data::<web::Data<Clock>>().ok_or_else(no_service)?.get_ref().clone();
    let export = Export { selection, format };

    let begun = clock.monotonic();
    let mut first = services.exports.piece(&call, organization, &export, before).await?;
    first.text.insert_str(0, &export.head());

    let name = format!("{}.{}", export.selection.name(), format.name());
    let rest = Rest { services, clock, call, organization, export, at: At::First(first), begun, count: 0 };
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, format.content_type()))
        .insert_header((CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")))
        .streaming(try_unfold(Some(rest), next)))
}

/// The next piece that has lines in it. What cannot be read breaks the answer off, so that nobody takes a part for the
/// whole.
async fn next(rest: Option<Rest>) -> io::Result<Option<(Bytes, Option<Rest>)>> {
    let Some(mut rest) = rest else { return Ok(None) };
    loop {
        let piece = match std::mem::replace(&mut rest.at, At::Before(Uuid::nil())) {
            At::First(piece) => piece,
            At::Before(before) => {
                // What was read is sent first, and others have their turn.
                tokio::task::yield_now().await;
                rest.clock.pause_since(rest.begun).await;
                rest.begun = rest.clock.monotonic();
                let exports = &rest.services.exports;
                match exports.piece(&rest.call, rest.organization, &rest.export, Some(before)).await {
                    Ok(piece) => piece,
                    Err(error) => {
                        log_end(&rest, Some(&error));
                        return Err(io::Error::other(error.to_string()));
                    }
                }
            }
        };

        rest.count += piece.count;
        let text = Bytes::from(piece.text);
        let Some(before) = piece.next else {
            log_end(&rest, None);
            return Ok((!text.is_empty()).then_some((text, None)));
        };
        rest.at = At::Before(before);
        if !text.is_empty() {
            return Ok(Some((text, Some(rest))));
        }
    }
}

/// Says in the log what was handed out, since nothing else does.
fn log_end(rest: &Rest, error: Option<&Error>) {
    let (list, request_id) = (rest.export.selection.name(), rest.call.request_id);
    let (organization_id, items) = (rest.organization, rest.count);
    match error {
        None => tracing::info!(event = "exported", list, items, %organization_id, %request_id),
        Some(error) => {
            tracing::warn!(event = "export_broken_off", list, items, %organization_id, %request_id, %error);
        }
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn the_form_that_is_wanted_most_is_taken() {
        let csv = Some(Format::Csv);
        for (accept, expected) in [
            ("text/csv", csv),
            ("TEXT/CSV; header=present", csv),
            ("application/x-ndjson", Some(Format::Ndjson)),
            ("application/json", None),
            ("*/*", None),
            ("text/html, */*;q=0.8", None),
            ("application/json;q=0.5, text/csv;q=0.9", csv),
            ("text/csv;q=0.5, application/json", None),
            ("text/csv;q=0", None),
            ("text/csv, */*", csv),
            ("text/csv;q=0.501, application/x-ndjson;q=0.51", Some(Format::Ndjson)),
            ("", None),
        ] {
            let request = TestRequest::default().insert_header((ACCEPT, accept)).to_http_request();
            assert_eq!(wanted(&request), expected, "{accept}");
        }
    }
}

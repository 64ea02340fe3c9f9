//! `If-Match` and `ETag` (RFC 9110 section 13.1.1).

use actix_web::http::header::{self, IF_MATCH};
use actix_web::{HttpMessage as _, HttpRequest};

use crate::service::IfMatch;

/// The caller's `If-Match`: `*`, or ETags of which one has to be ours (RFC 9110 section 13.1.1). Compared weakly, because
/// a proxy that compresses an answer makes its tag weak, and ours is the version of a row, not of the bytes.
pub fn if_match(request: &HttpRequest) -> IfMatch {
    if !request.headers().contains_key(IF_MATCH) {
        return IfMatch::Absent;
    }

    match request.get_header() {
        Some(header::IfMatch::Any) => IfMatch::Any,
        Some(header::IfMatch::Items(tags)) => {
            IfMatch::Versions(tags.iter().filter_map(|tag| tag.tag().parse().ok()).collect())
        }
        None => IfMatch::Versions(Vec::new()),
    }
}

/// The ETag of a version.
pub fn etag(version: i64) -> header::ETag {
    header::ETag(header::EntityTag::new_strong(version.to_string()))
}

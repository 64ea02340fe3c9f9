//! Query parameters: only known ones, and cursors that fit the list they came from.

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest::{SHA256, digest};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::body::field_error;
use super::problem::Problem;
use crate::domain::field::Fault;
use crate::service::{Error, Listed, Paging};

/// Query parameters of exactly these names.
pub struct Query<T>(pub T);

/// No query parameters.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoQuery {}

/// Whether what is sent is only to be tried.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DryRun {
    /// Only say what would come of it.
    #[serde(default)]
    pub dry_run: bool,
}

impl<T: DeserializeOwned> FromRequest for Query<T> {
    type Error = Problem;
    type Future = std::future::Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        std::future::ready(parse(request.query_string()).map(Self))
    }
}

/// Parses the query of a request.
pub fn parse<T: DeserializeOwned>(query: &str) -> Result<T, Problem> {
    let pairs = serde_urlencoded::Deserializer::new(url_pairs(query));
    serde_path_to_error::deserialize(pairs).map_err(|error| {
        Error::from(field_error(&error.path().to_string(), &error.inner().to_string())).into()
    })
}

/// The parameters of a query that have one of these names, and all others.
pub fn split(query: &str, names: &[&str]) -> (String, String) {
    let is_named = |pair: &&str| url_pairs(pair).any(|(name, _)| names.contains(&name.as_ref()));
    let (these, others): (Vec<&str>, Vec<&str>) = query.split('&').partition(is_named);
    (these.join("&"), others.join("&"))
}

/// The first value of this name, whatever else there is: where others write the query, who add to it as they like.
pub fn value(query: &str, name: &str) -> Option<String> {
    url_pairs(query).find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
}

fn url_pairs(query: &str) -> form_urlencoded::Parse<'_> {
    form_urlencoded::parse(query.as_bytes())
}

/// What a page of a list shows at the least, and at the most.
const LIMITS: std::ops::RangeInclusive<u32> = 1..=200;
const DEFAULT_LIMIT: u32 = 50;

/// How many items a page has.
pub fn limit(limit: Option<u32>) -> Result<u32, Problem> {
    let limit = limit.unwrap_or(DEFAULT_LIMIT);
    if LIMITS.contains(&limit) {
        Ok(limit)
    } else {
        Err(Problem::field("limit", Fault::OutOfRange, "must be 1 to 200"))
    }
}

/// A filter that was given must say something, or it would find everything.
pub fn filter(field: &str, text: Option<&str>, max: usize) -> Result<Option<String>, Problem> {
    match text {
        Some("") => Err(Problem::field(field, Fault::TooShort, "must not be empty")),
        Some(text) if text.trim().is_empty() || text.chars().any(char::is_control) => {
            Err(Problem::field(field, Fault::Malformed, "is nothing that it could find"))
        }
        Some(text) if text.chars().count() > max => {
            Err(Problem::field(field, Fault::TooLong, "is longer than anything that it could find"))
        }
        text => Ok(text.map(str::to_owned)),
    }
}

/// The page that a request names by its limit and cursor.
pub fn paging(request: &HttpRequest, limit: Option<u32>, cursor: Option<&str>) -> Result<Paging, Problem> {
    let before = match cursor {
        None => None,
        Some(cursor) => {
            let id = open_cursor(request, cursor).and_then(|bytes| Uuid::from_slice(&bytes).ok());
            Some(id.ok_or_else(bad_cursor)?)
        }
    };
    Ok(Paging { before, limit: self::limit(limit)? })
}

/// The refusal of a cursor that did not come from this list.
pub fn bad_cursor() -> Problem {
    Problem::field("cursor", Fault::Malformed, "is not one that this list, with these filters, has given")
}

/// What a cursor points behind; `None` if it came from another list or other filters.
pub fn open_cursor(request: &HttpRequest, cursor: &str) -> Option<Vec<u8>> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
    let (tag, position) = bytes.split_first_chunk::<TAG>()?;
    (*tag == list_tag(request)).then(|| position.to_vec())
}

/// A cursor behind `position` of this list.
pub fn make_cursor(request: &HttpRequest, position: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode([&list_tag(request)[..], position].concat())
}

const TAG: usize = 6;

/// A mark of path and filters, so that a cursor does not silently skip parts of another list.
fn list_tag(request: &HttpRequest) -> [u8; TAG] {
    let mut pairs: Vec<_> = url_pairs(request.query_string())
        .filter(|(name, _)| name != "cursor" && name != "limit")
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    pairs.sort();
    let hash = digest(&SHA256, format!("{}?{}", request.path(), pairs.join("&")).as_bytes());
    hash.as_ref().first_chunk::<TAG>().copied().unwrap_or_default()
}

/// A list as the API shows one.
#[derive(Serialize)]
pub struct List<T> {
    /// The items of this page, in the order of the list.
    pub items: Vec<T>,
    /// Where the next page begins.
    pub next_cursor: Option<String>,
}

impl<T> List<T> {
    /// Shows a page of this request.
    pub fn show<D>(request: &HttpRequest, listed: Listed<D>, show: impl Fn(D) -> T) -> Self {
        let next_cursor = listed.next.map(|id| make_cursor(request, id.as_bytes()));
        Self { items: listed.items.into_iter().map(show).collect(), next_cursor }
    }
}

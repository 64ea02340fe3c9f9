//! Ids in a path.

use actix_web::HttpRequest;
use uuid::Uuid;

use super::problem::Problem;

/// An id in the path. What is no id names nothing.
pub fn path_id<T: From<Uuid>>(request: &HttpRequest, name: &str) -> Result<T, Problem> {
    let text = request.match_info().get(name).unwrap_or("");
    let id = (text.len() == 36).then(|| Uuid::try_parse(text).ok()).flatten();
    id.map(T::from).ok_or_else(Problem::not_found)
}

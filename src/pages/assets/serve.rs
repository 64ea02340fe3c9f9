//! Serves the assets of the pages.

use actix_web::HttpResponse;
use actix_web::http::header::CACHE_CONTROL;
use actix_web::web::{Data, Path};

use crate::http::problem::Problem;
use crate::pages::site::Site;

/// The path of an asset.
pub const PATH: &str = "/assets/{version}/{name}";
/// What nobody changes may be kept by a browser for a year.
const FOR_EVER: &str = "public, max-age=31536000, immutable";

/// Serves one. What another version names is answered as well, so that a page from before an upgrade has its style.
pub async fn serve(site: Data<Site>, path: Path<(String, String)>) -> Result<HttpResponse, Problem> {
    let (version, name) = path.into_inner();
    let (bytes, media_type) = site.assets.find(&name).ok_or_else(Problem::not_found)?;
    let kept = if version == site.assets.version { FOR_EVER } else { "no-store" };
    Ok(HttpResponse::Ok().content_type(media_type).insert_header((CACHE_CONTROL, kept)).body(bytes))
}

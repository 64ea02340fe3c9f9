//! What mail clients ask before they know a password: where mail is. Anybody may ask, and the answer is made from the
//! configuration alone, so it tells nobody who exists.

use actix_web::middleware::from_fn;
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, Route};

use crate::http::method::{allowed, other_method};
use crate::http::middleware::{Routes, middleware};

mod autoconfig;
mod autodiscover;
mod exchange;

const AUTOCONFIG: &str = "/mail/config-v1.1.xml";
const WELL_KNOWN_AUTOCONFIG: &str = "/.well-known/autoconfig/mail/config-v1.1.xml";

/// The paths as they are asked for, and as they are counted. Outlook writes them as it likes.
const PATHS: [(&str, &str); 8] = [
    (AUTOCONFIG, AUTOCONFIG),
    (WELL_KNOWN_AUTOCONFIG, WELL_KNOWN_AUTOCONFIG),
    (autodiscover::XML, autodiscover::XML),
    ("/Autodiscover/Autodiscover.xml", autodiscover::XML),
    ("/AutoDiscover/AutoDiscover.xml", autodiscover::XML),
    (autodiscover::JSON, autodiscover::JSON),
    ("/Autodiscover/Autodiscover.json", autodiscover::JSON),
    ("/AutoDiscover/AutoDiscover.json", autodiscover::JSON),
];

/// Adds the routes to an application whose data have the mail settings and what the middleware needs. Must come before
/// the REST API, which takes all paths that are left.
pub fn configure(config: &mut ServiceConfig) {
    for (path, counted) in PATHS {
        let (method, route) = route(counted);
        let allow = allowed(&[method]);
        let other =
            move |request: HttpRequest| std::future::ready(other_method(request.method(), allow.clone()));

        let resource = web::resource(path).app_data(Routes(counted_path)).wrap(from_fn(middleware));
        config.service(resource.route(route).default_service(web::to(other)));
    }
}

fn route(path: &str) -> (&'static str, Route) {
    match path {
        autodiscover::XML => ("POST", web::post().to(autodiscover::settings)),
        autodiscover::JSON => ("GET", web::get().to(autodiscover::version_2)),
        _ => ("GET", web::get().to(autoconfig::configuration)),
    }
}

fn counted_path(pattern: &str) -> Option<&'static str> {
    PATHS.iter().find(|(path, _)| *path == pattern).map(|(_, counted)| *counted)
}

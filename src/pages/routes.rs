//! Every page: its method and path, and its handler.

use actix_web::guard::fn_guard;
use actix_web::middleware::from_fn;
use actix_web::web::{self, ServiceConfig, to};
use actix_web::{HttpRequest, Route};
use std::future::ready;

use super::error::PageError;
use super::{assets, middleware, overview, setup, sign_in};
use crate::http;
use crate::http::method::{allowed, other_method};
use crate::http::middleware::Routes;

/// A page, or what a form of one does.
#[derive(Clone, Copy, Debug)]
pub struct Page {
    /// GET or POST.
    pub method: &'static str,
    /// The path, with `{names}` for what it is about.
    pub path: &'static str,
    handler: fn() -> Route,
}

const fn get(path: &'static str, handler: fn() -> Route) -> Page {
    Page { method: "GET", path, handler }
}

const fn post(path: &'static str, handler: fn() -> Route) -> Page {
    Page { method: "POST", path, handler }
}

/// All of them, those of one path one after the other.
#[rustfmt::skip]
pub const PAGES: &[Page] = &[
    get("/", || to(sign_in::root)),
    get(assets::PATH, || to(assets::serve)),
    get(sign_in::SIGN_IN, || to(sign_in::form)),
    post(sign_in::SIGN_IN, || to(sign_in::done)),
    get("/signed-in", || to(sign_in::signed_in)),
    post("/sign-out", || to(sign_in::sign_out)),
    post("/language", || to(sign_in::language)),

    get("/overview", || to(overview::page)),
];

/// Adds the pages to an application whose data have the site and the services.
pub fn configure(config: &mut ServiceConfig) {
    let mut paths: Vec<&str> = PAGES.iter().map(|page| page.path).collect();
    paths.dedup();

    setup::configure(config);
    for path in paths {
        let methods: Vec<&str> = at(path).map(|page| page.method).collect();
        let allow = allowed(&methods);
        let other = move |request: HttpRequest| {
            ready(other_method(request.method(), allow.clone()).map_err(PageError::from))
        };
        let resource = at(path).fold(web::resource(path), |resource, page| {
            resource.route((page.handler)().guard(fn_guard(|context| context.head().method == page.method)))
        });
        let resource = resource.app_data(Routes(known)).default_service(to(other));
        // The last to be wrapped around is the first to run.
        config.service(
            resource.wrap(from_fn(middleware::middleware)).wrap(from_fn(http::middleware::middleware)),
        );
    }
}

/// A path as the table has it.
fn known(pattern: &str) -> Option<&'static str> {
    at(pattern).next().map(|page| page.path)
}

fn at(path: &str) -> impl Iterator<Item = &'static Page> + use<'_> {
    PAGES.iter().filter(move |page| page.path == path)
}

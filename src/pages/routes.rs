//! Every page: its method and path, and its handler.

use std::future::ready;

use actix_web::guard::fn_guard;
use actix_web::middleware::from_fn;
use actix_web::web::{self, ServiceConfig, to};
use actix_web::{HttpRequest, Route};

use super::error::PageError;
use super::onward::SIGN_IN;
use super::{activity, assets, help, middleware, overview, passwords, security, setup, sign_in, start};
use crate::http;
use crate::http::method::{allowed, other_method};
use crate::http::middleware::{NothingHere, Routes};

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
    get(assets::serve::PATH, || to(assets::serve::serve)),
    get(SIGN_IN, || to(sign_in::form)),
    post(SIGN_IN, || to(sign_in::done)),
    get("/signed-in", || to(sign_in::signed_in)),
    post("/sign-out", || to(sign_in::sign_out)),
    post("/language", || to(sign_in::language)),
    get(setup::PATH, || to(setup::form)),
    post(setup::PATH, || to(setup::set_up)),

    get("/overview", || to(overview::page)),
    post("/notices/{notice_id}/acknowledge", || to(overview::acknowledge)),
    get("/start", || to(start::page)),
    get("/activity", || to(activity::page)),
    get("/help", || to(help::page)),

    get("/passwords", || to(passwords::list::page)),
    get("/passwords/new", || to(passwords::new::form)),
    post("/passwords/new", || to(passwords::new::make)),
    get("/passwords/end-all", || to(passwords::end::all_form)),
    post("/passwords/end-all", || to(passwords::end::end_all)),
    get("/passwords/{client_password_id}", || to(passwords::detail::page)),
    post("/passwords/{client_password_id}", || to(passwords::detail::change)),
    get("/passwords/{client_password_id}/rotate", || to(passwords::rotate::form)),
    post("/passwords/{client_password_id}/rotate", || to(passwords::rotate::rotate)),
    get("/passwords/{client_password_id}/end", || to(passwords::end::form)),
    post("/passwords/{client_password_id}/end", || to(passwords::end::end)),
    get("/passwords/{client_password_id}/live", || to(passwords::live::look)),

    get("/security", || to(security::page)),
    get("/security/secure-login/off", || to(security::secure_login::off_form)),
    post("/security/secure-login/off", || to(security::secure_login::off)),
    post("/security/secure-login/on", || to(security::secure_login::on)),
    post("/security/factors", || to(security::factors::add)),
    post("/security/factors/{second_factor_id}/confirm", || to(security::factors::confirm)),
    get("/security/factors/{second_factor_id}/remove", || to(security::factors::remove_form)),
    post("/security/factors/{second_factor_id}/remove", || to(security::factors::remove)),
    get("/security/password", || to(security::account_password::form)),
    post("/security/password", || to(security::account_password::change)),
    post("/security/sessions/end-others", || to(security::end_others)),
    post("/security/sessions/{session_id}/end", || to(security::end_session)),
];

/// Adds the pages to an application whose data have the site and the services.
pub fn configure(config: &mut ServiceConfig) {
    let mut paths: Vec<&str> = PAGES.iter().map(|page| page.path).collect();
    paths.dedup();

    config.app_data(NothingHere(middleware::nothing_here));
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

//! Every page: its method and path, and its handler.

use std::future::ready;

use actix_web::guard::fn_guard;
use actix_web::middleware::from_fn;
use actix_web::web::{self, ServiceConfig, to};
use actix_web::{HttpRequest, Route};

use super::admin::{
    audit, client_passwords, department_members, departments, export, invite, keys, leaks, member,
    member_change, member_departments, member_log_ins, member_rules, members, organization, ownership,
    password_end, policy, profile, revocations, warnings,
};
use super::error::PageError;
use super::onward::SIGN_IN;
use super::{
    activity, assets, help, holds, invitation, log_ins, middleware, overview, passkey_options, passwords,
    security, set_up, setup, sign_in, start,
};
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
    post("/passkeys/options", || to(passkey_options::options)),
    get("/invitation", || to(invitation::form)),
    post("/invitation", || to(invitation::redeem)),

    get("/set-up/{token}", || to(set_up::page)),
    post("/set-up/{token}", || to(set_up::fetch)),
    get(setup::PATH, || to(setup::form)),
    post(setup::PATH, || to(setup::set_up)),

    get("/overview", || to(overview::page)),
    post("/notices/{notice_id}/acknowledge", || to(overview::acknowledge)),
    post("/ownership/accept", || to(overview::ownership::accept)),
    post("/ownership/decline", || to(overview::ownership::decline)),
    get("/start", || to(start::page)),
    get("/activity", || to(activity::page)),
    get("/log-ins", || to(log_ins::page)),
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
    get("/security/rules", || to(holds::page)),
    get("/security/secure-login/off", || to(security::secure_login::off_form)),
    post("/security/secure-login/off", || to(security::secure_login::off)),
    post("/security/secure-login/on", || to(security::secure_login::on)),
    post("/security/factors", || to(security::factors::add)),
    post("/security/factors/{second_factor_id}/confirm", || to(security::factors::confirm)),
    get("/security/factors/{second_factor_id}/remove", || to(security::factors::remove_form)),
    post("/security/factors/{second_factor_id}/remove", || to(security::factors::remove)),
    post("/security/passkeys", || to(security::passkeys::make)),
    get("/security/recovery-codes", || to(security::codes::form)),
    post("/security/recovery-codes", || to(security::codes::renew)),
    get("/security/password", || to(security::account_password::form)),
    post("/security/password", || to(security::account_password::change)),
    get("/security/leaks", || to(security::leaks::form)),
    post("/security/leaks", || to(security::leaks::report)),
    post("/security/sessions/end-others", || to(security::end_others)),
    post("/security/sessions/{session_id}/end", || to(security::end_session)),

    get("/admin/leaks", || to(leaks::form)),
    post("/admin/leaks", || to(leaks::report)),
    get("/admin/members", || to(members::list)),
    get("/admin/members/new", || to(members::new)),
    post("/admin/members/new", || to(members::create)),
    get("/admin/members/export", || to(members::export)),
    get("/admin/members/{member_id}", || to(member::page)),
    get("/admin/members/{member_id}/rename", || to(profile::name)),
    post("/admin/members/{member_id}/rename", || to(profile::rename)),
    get("/admin/members/{member_id}/role", || to(profile::role)),
    post("/admin/members/{member_id}/role", || to(profile::change_role)),
    get("/admin/members/{member_id}/departments", || to(member_departments::ask)),
    post("/admin/members/{member_id}/departments", || to(member_departments::act)),
    get("/admin/members/{member_id}/rules", || to(member_rules::page)),
    get("/admin/members/{member_id}/log-ins", || to(member_log_ins::page)),
    get("/admin/members/{member_id}/invite", || to(invite::ask)),
    post("/admin/members/{member_id}/invite", || to(invite::act)),
    post("/admin/members/{member_id}/end-invitation", || to(invite::end)),
    get("/admin/members/{member_id}/end-all", || to(member_change::end_all::ask)),
    post("/admin/members/{member_id}/end-all", || to(member_change::end_all::act)),
    get("/admin/members/{member_id}/suspend", || to(member_change::suspend::ask)),
    post("/admin/members/{member_id}/suspend", || to(member_change::suspend::act)),
    get("/admin/members/{member_id}/reactivate", || to(member_change::reactivate::ask)),
    post("/admin/members/{member_id}/reactivate", || to(member_change::reactivate::act)),
    get("/admin/members/{member_id}/remove-factors", || to(member_change::remove_factors::ask)),
    post("/admin/members/{member_id}/remove-factors", || to(member_change::remove_factors::act)),
    get("/admin/members/{member_id}/secure-login-off", || to(member_change::secure_login_off::ask)),
    post("/admin/members/{member_id}/secure-login-off", || to(member_change::secure_login_off::act)),
    get("/admin/members/{member_id}/lift-block", || to(member_change::lift_block::ask)),
    post("/admin/members/{member_id}/lift-block", || to(member_change::lift_block::act)),
    get("/admin/members/{member_id}/leave", || to(member_change::leave::ask)),
    post("/admin/members/{member_id}/leave", || to(member_change::leave::act)),
    get("/admin/members/{member_id}/client-passwords/{client_password_id}/end", || to(password_end::ask)),
    post("/admin/members/{member_id}/client-passwords/{client_password_id}/end", || to(password_end::act)),
    get("/admin/warnings", || to(warnings::page)),
    get("/admin/departments", || to(departments::list)),
    get("/admin/departments/new", || to(departments::new)),
    post("/admin/departments/new", || to(departments::create)),
    get("/admin/departments/{department_id}", || to(departments::one)),
    post("/admin/departments/{department_id}", || to(departments::change)),
    get("/admin/departments/{department_id}/members", || to(department_members::ask)),
    post("/admin/departments/{department_id}/members", || to(department_members::act)),
    get("/admin/departments/{department_id}/delete", || to(departments::ask)),
    post("/admin/departments/{department_id}/delete", || to(departments::delete)),
    get("/admin/client-passwords", || to(client_passwords::list)),
    get("/admin/client-passwords/export", || to(client_passwords::export)),
    get("/admin/policy", || to(policy::page::show)),
    post("/admin/policy", || to(policy::page::act)),
    get("/admin/revocations", || to(revocations::list)),
    post("/admin/revocations", || to(revocations::revoke)),
    get("/admin/revocations/preview", || to(revocations::list)),
    post("/admin/revocations/preview", || to(revocations::preview)),
    get("/admin/revocations/{revocation_id}", || to(revocations::one)),
    post("/admin/revocations/{revocation_id}/stop", || to(revocations::stop)),
    get("/admin/revocations/{revocation_id}/ended.csv", || to(export::ended)),
    get("/admin/audit", || to(audit::page)),
    get("/admin/audit/export", || to(audit::export)),
    get("/admin/keys", || to(keys::list)),
    get("/admin/keys/new", || to(keys::new)),
    post("/admin/keys/new", || to(keys::create)),
    get("/admin/keys/{service_key_id}/end", || to(keys::ask)),
    post("/admin/keys/{service_key_id}/end", || to(keys::end)),
    get("/admin/organization", || to(organization::page)),
    post("/admin/organization", || to(organization::rename)),
    post("/admin/organization/offer", || to(organization::offer)),
    post("/admin/organization/offer/withdraw", || to(ownership::withdraw)),
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

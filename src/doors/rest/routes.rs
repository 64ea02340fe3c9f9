//! Every route of the API: its method and path, what a caller needs for it, whether it takes an `Idempotency-Key`, and
//! its handler.

use actix_web::{Route, web};

use super::{
    VERIFY, audit_events, client_passwords, members, notices, organizations, revocations, second_factors,
    service_keys, sessions, setup, system, verify,
};
use crate::domain::member::Role;
use crate::domain::permission::{InstallationPermission, MemberPermission, OrganizationPermission};
use crate::domain::service_key::KeyRole;

/// What a caller needs for a route. Where the body says how much is asked for, it is what the least of it needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// No credentials: it is public, or its body holds the proof.
    Nothing,
    /// The key of a mail server.
    MailServer,
    /// Any session or key: it is about the caller.
    Recognition,
    /// This, in the installation.
    InInstallation(InstallationPermission),
    /// This, in the organization that is named.
    InOrganization(OrganizationPermission),
    /// This, about the member that is named or has what is named.
    OfMember(MemberPermission),
}

impl Needs {
    /// Whether the caller must have signed in lately, if it is a session.
    pub const fn demands_fresh(self) -> bool {
        match self {
            Self::Nothing | Self::MailServer | Self::Recognition | Self::InInstallation(_) => false,
            Self::InOrganization(permission) => permission.demands_fresh(),
            Self::OfMember(permission) => permission.demands_fresh(),
        }
    }
}

/// A route; what `openapi.yaml` must describe, no more and no less.
#[derive(Clone, Copy, Debug)]
pub struct Endpoint {
    /// GET, POST, PUT, PATCH or DELETE.
    pub method: &'static str,
    /// The path, with `{names}` for what it is about.
    pub path: &'static str,
    /// What a caller needs.
    pub needs: Needs,
    /// Whether it takes an `Idempotency-Key`.
    pub idempotent: bool,
    pub(super) handler: fn() -> Route,
}

const fn get(path: &'static str, needs: Needs, handler: fn() -> Route) -> Endpoint {
    Endpoint { method: "GET", path, needs, idempotent: false, handler }
}

const fn post(path: &'static str, needs: Needs, handler: fn() -> Route) -> Endpoint {
    Endpoint { method: "POST", path, needs, idempotent: false, handler }
}

/// A POST that makes something.
const fn create(path: &'static str, needs: Needs, handler: fn() -> Route) -> Endpoint {
    Endpoint { idempotent: true, ..post(path, needs, handler) }
}

const fn put(path: &'static str, needs: Needs, handler: fn() -> Route) -> Endpoint {
    Endpoint { method: "PUT", path, needs, idempotent: false, handler }
}

const fn patch(path: &'static str, needs: Needs, handler: fn() -> Route) -> Endpoint {
    Endpoint { method: "PATCH", path, needs, idempotent: false, handler }
}

const fn delete(path: &'static str, needs: Needs, handler: fn() -> Route) -> Endpoint {
    Endpoint { method: "DELETE", path, needs, idempotent: false, handler }
}

use InstallationPermission as I;
use MemberPermission as M;
use Needs::{InInstallation, InOrganization, MailServer, Nothing, OfMember, Recognition};
use OrganizationPermission as O;

const A_MEMBER: O = O::CreateMember { role: Role::Member, with_password: false };
const A_KEY: O = O::CreateServiceKey(KeyRole::MailServer);
const END_A_KEY: O = O::EndServiceKey(KeyRole::MailServer);

/// All of them, those of one path one after the other.
#[rustfmt::skip]
pub const ENDPOINTS: &[Endpoint] = &[
    get("/healthz", Nothing, || web::get().to(system::healthz)),
    get("/readyz", Nothing, || web::get().to(system::readyz)),
    get("/metrics", InInstallation(I::ReadMetrics), || web::get().to(system::metrics)),
    get("/openapi.yaml", Nothing, || web::get().to(system::openapi)),
    create("/v1/setup", Nothing, || web::post().to(setup::redeem)),
    post("/v1/sessions", Nothing, || web::post().to(sessions::begin)),
    delete("/v1/sessions/current", Recognition, || web::delete().to(sessions::end)),
    get("/v1/me", Recognition, || web::get().to(sessions::me)),

    get("/v1/organizations", InInstallation(I::ReadOrganizations), || web::get().to(organizations::list)),
    create("/v1/organizations", InInstallation(I::CreateOrganization), || web::post().to(organizations::create)),
    get("/v1/organizations/{organization_id}", InOrganization(O::Read), || web::get().to(organizations::read)),
    patch("/v1/organizations/{organization_id}", InOrganization(O::Rename), || web::patch().to(organizations::rename)),
    delete("/v1/organizations/{organization_id}", InOrganization(O::Dissolve), || web::delete().to(organizations::dissolve)),
    get("/v1/organizations/{organization_id}/domains", InOrganization(O::ReadDomains), || web::get().to(organizations::domains)),
    create("/v1/organizations/{organization_id}/domains", InOrganization(O::BindDomain), || web::post().to(organizations::bind)),
    delete("/v1/organizations/{organization_id}/domains/{name}", InOrganization(O::UnbindDomain), || web::delete().to(organizations::unbind)),
    get("/v1/organizations/{organization_id}/members", InOrganization(O::ReadMembers), || web::get().to(members::list)),
    create("/v1/organizations/{organization_id}/members", InOrganization(A_MEMBER), || web::post().to(members::create)),
    get("/v1/organizations/{organization_id}/client-passwords", InOrganization(O::ReadClientPasswords), || web::get().to(client_passwords::list_all)),
    get("/v1/organizations/{organization_id}/revocations", InOrganization(O::BulkRevoke), || web::get().to(revocations::list)),
    create("/v1/organizations/{organization_id}/revocations", InOrganization(O::BulkRevoke), || web::post().to(revocations::revoke)),
    get("/v1/organizations/{organization_id}/revocations/{revocation_id}", InOrganization(O::BulkRevoke), || web::get().to(revocations::read)),
    get("/v1/organizations/{organization_id}/audit-events", InOrganization(O::ReadAudit), || web::get().to(audit_events::list)),

    get("/v1/members/{member_id}", OfMember(M::Read), || web::get().to(members::read)),
    patch("/v1/members/{member_id}", OfMember(M::Rename), || web::patch().to(members::patch)),
    delete("/v1/members/{member_id}", OfMember(M::Leave), || web::delete().to(members::leave)),
    put("/v1/members/{member_id}/password", OfMember(M::SetPassword), || web::put().to(members::set_password)),
    get("/v1/members/{member_id}/second-factors", OfMember(M::ReadFactors), || web::get().to(second_factors::list)),
    create("/v1/members/{member_id}/second-factors", OfMember(M::AddFactor), || web::post().to(second_factors::add)),
    delete("/v1/members/{member_id}/second-factors", OfMember(M::RemoveFactor), || web::delete().to(second_factors::remove_all)),
    delete("/v1/members/{member_id}/second-factors/{second_factor_id}", OfMember(M::RemoveFactor), || web::delete().to(second_factors::remove)),
    create("/v1/members/{member_id}/second-factors/{second_factor_id}/confirm", OfMember(M::AddFactor), || web::post().to(second_factors::confirm)),
    delete("/v1/members/{member_id}/code-block", OfMember(M::LiftCodeBlock), || web::delete().to(second_factors::lift_code_block)),
    get("/v1/members/{member_id}/secure-login", OfMember(M::ReadSecureLogin), || web::get().to(members::secure_login)),
    put("/v1/members/{member_id}/secure-login", OfMember(M::SecureLoginOff), || web::put().to(members::switch_secure_login)),
    get("/v1/members/{member_id}/notices", OfMember(M::SeeNotices), || web::get().to(notices::list)),
    post("/v1/members/{member_id}/notices/{notice_id}/acknowledge", OfMember(M::SeeNotices), || web::post().to(notices::acknowledge)),
    get("/v1/members/{member_id}/client-passwords", OfMember(M::ReadClientPasswords), || web::get().to(client_passwords::list)),
    create("/v1/members/{member_id}/client-passwords", OfMember(M::Issue), || web::post().to(client_passwords::issue)),
    delete("/v1/members/{member_id}/client-passwords", OfMember(M::Revoke), || web::delete().to(client_passwords::revoke_all)),

    get("/v1/client-passwords/{client_password_id}", OfMember(M::ReadClientPasswords), || web::get().to(client_passwords::read)),
    patch("/v1/client-passwords/{client_password_id}", OfMember(M::Narrow), || web::patch().to(client_passwords::patch)),
    delete("/v1/client-passwords/{client_password_id}", OfMember(M::Revoke), || web::delete().to(client_passwords::revoke)),
    create("/v1/client-passwords/{client_password_id}/rotate", OfMember(M::Rotate), || web::post().to(client_passwords::rotate)),

    get("/v1/service-keys", InOrganization(O::ReadServiceKeys), || web::get().to(service_keys::list)),
    create("/v1/service-keys", InOrganization(A_KEY), || web::post().to(service_keys::create)),
    delete("/v1/service-keys/{service_key_id}", InOrganization(END_A_KEY), || web::delete().to(service_keys::end)),

    post(VERIFY, MailServer, || web::post().to(verify::verify)),
];

//! Every route of the API: its method and path, what a caller needs for it, whether it takes an `Idempotency-Key`, and
//! its handler.

use actix_web::Route;
use actix_web::guard::fn_guard;
use actix_web::web::to;

use super::{
    audit_events, client_passwords, departments, invitations, leaks, log_ins, members, notices,
    organizations, ownership, policy, revocations, second_factors, service_keys, sessions, setup, system,
    totals, verify, warnings,
};
use crate::domain::member::Role;
use crate::domain::permission::{InstallationPermission, MemberPermission, OrganizationPermission};
use crate::domain::service_key::KeyRole;

/// What a caller needs for a route. Where the body says how much is requested, it is what the least of it needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// No credentials: it is public, or its body holds the proof.
    Nothing,
    /// The key of a mail server.
    MailServer,
    /// Any session or key: it is about the caller.
    Recognition,
    /// Any session or key but a mail server's.
    NoMailServer,
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
            Self::Nothing
            | Self::MailServer
            | Self::Recognition
            | Self::NoMailServer
            | Self::InInstallation(_) => false,
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
    handler: fn() -> Route,
}

impl Endpoint {
    /// The route: its handler for its method.
    pub(super) fn route(&'static self) -> Route {
        (self.handler)().guard(fn_guard(|context| context.head().method == self.method))
    }
}

const fn endpoint(
    method: &'static str,
    path: &'static str,
    needs: Needs,
    handler: fn() -> Route,
) -> Endpoint {
    Endpoint { method, path, needs, idempotent: false, handler }
}

/// A POST that makes something.
const fn create(path: &'static str, needs: Needs, handler: fn() -> Route) -> Endpoint {
    Endpoint { idempotent: true, ..endpoint("POST", path, needs, handler) }
}

use InstallationPermission as I;
use MemberPermission as M;
use Needs::{InInstallation, InOrganization, MailServer, NoMailServer, Nothing, OfMember, Recognition};
use OrganizationPermission as O;

const A_MEMBER: O = O::CreateMember { role: Role::Member, with_password: false };
const A_KEY: O = O::CreateServiceKey(KeyRole::MailServer);
const END_A_KEY: O = O::EndServiceKey(KeyRole::MailServer);

/// All of them, those of one path one after the other.
#[rustfmt::skip]
pub const ENDPOINTS: &[Endpoint] = &[
    endpoint("GET", "/healthz", Nothing, || to(system::healthz)),
    endpoint("GET", "/readyz", Nothing, || to(system::readyz)),
    endpoint("GET", "/metrics", InInstallation(I::ReadMetrics), || to(system::metrics)),
    endpoint("GET", "/openapi.yaml", Nothing, || to(system::openapi)),
    create("/v1/setup", Nothing, || to(setup::redeem)),
    endpoint("POST", "/v1/sessions", Nothing, || to(sessions::begin)),
    endpoint("DELETE", "/v1/sessions/current", Recognition, || to(sessions::end)),
    endpoint("GET", "/v1/me", Recognition, || to(sessions::me)),

    endpoint("POST", "/v1/invitations/redeem", Nothing, || to(invitations::redeem)),

    endpoint("GET", "/v1/organizations", InInstallation(I::ReadOrganizations), || to(organizations::list)),
    create("/v1/organizations", InInstallation(I::CreateOrganization), || to(organizations::create)),
    endpoint("GET", "/v1/organizations/{organization_id}", InOrganization(O::Read), || to(organizations::read)),
    endpoint("PATCH", "/v1/organizations/{organization_id}", InOrganization(O::Rename), || to(organizations::rename)),
    endpoint("DELETE", "/v1/organizations/{organization_id}", InOrganization(O::Dissolve), || to(organizations::dissolve)),
    endpoint("GET", "/v1/organizations/{organization_id}/ownership", InOrganization(O::Read), || to(ownership::read)),
    endpoint("POST", "/v1/organizations/{organization_id}/ownership", InOrganization(O::HandOver), || to(ownership::hand_over)),
    endpoint("DELETE", "/v1/organizations/{organization_id}/ownership", InOrganization(O::EndOffer), || to(ownership::end_offer)),
    endpoint("POST", "/v1/organizations/{organization_id}/ownership/accept", InOrganization(O::TakeOver), || to(ownership::accept)),
    endpoint("GET", "/v1/organizations/{organization_id}/domains", InOrganization(O::ReadDomains), || to(organizations::domains)),
    create("/v1/organizations/{organization_id}/domains", InOrganization(O::BindDomain), || to(organizations::bind)),
    endpoint("DELETE", "/v1/organizations/{organization_id}/domains/{name}", InOrganization(O::UnbindDomain), || to(organizations::unbind)),
    endpoint("GET", "/v1/organizations/{organization_id}/policy", InOrganization(O::ReadPolicy), || to(policy::read)),
    endpoint("PUT", "/v1/organizations/{organization_id}/policy", InOrganization(O::PutPolicy), || to(policy::put)),
    endpoint("POST", "/v1/organizations/{organization_id}/policy/what-if", InOrganization(O::PreviewPolicy), || to(policy::what_if)),
    endpoint("GET", "/v1/organizations/{organization_id}/departments", InOrganization(O::ReadDepartments), || to(departments::list)),
    create("/v1/organizations/{organization_id}/departments", InOrganization(O::ChangeDepartments), || to(departments::create)),
    endpoint("POST", "/v1/organizations/{organization_id}/departments/{department_id}/members", InOrganization(O::ReadDepartments), || to(departments::change_members)),
    endpoint("GET", "/v1/organizations/{organization_id}/members", InOrganization(O::ReadMembers), || to(members::list)),
    create("/v1/organizations/{organization_id}/members", InOrganization(A_MEMBER), || to(members::create)),
    endpoint("GET", "/v1/organizations/{organization_id}/totals", InOrganization(O::ReadMembers), || to(totals::read)),
    endpoint("GET", "/v1/organizations/{organization_id}/client-passwords", InOrganization(O::ReadClientPasswords), || to(client_passwords::list_all)),
    endpoint("GET", "/v1/organizations/{organization_id}/warnings", InOrganization(O::ReadClientPasswords), || to(warnings::list)),
    endpoint("GET", "/v1/organizations/{organization_id}/revocations", InOrganization(O::ReadClientPasswords), || to(revocations::list)),
    create("/v1/organizations/{organization_id}/revocations", InOrganization(O::BulkRevoke), || to(revocations::revoke)),
    endpoint("GET", "/v1/organizations/{organization_id}/revocations/{revocation_id}", InOrganization(O::ReadClientPasswords), || to(revocations::read)),
    endpoint("POST", "/v1/organizations/{organization_id}/revocations/{revocation_id}/stop", InOrganization(O::BulkRevoke), || to(revocations::stop)),
    endpoint("GET", "/v1/organizations/{organization_id}/audit-events", InOrganization(O::ReadAudit), || to(audit_events::list)),

    endpoint("GET", "/v1/departments/{department_id}", InOrganization(O::ReadDepartments), || to(departments::read)),
    endpoint("PATCH", "/v1/departments/{department_id}", InOrganization(O::ChangeDepartments), || to(departments::patch)),
    endpoint("DELETE", "/v1/departments/{department_id}", InOrganization(O::ChangeDepartments), || to(departments::delete)),

    endpoint("GET", "/v1/members/{member_id}", OfMember(M::Read), || to(members::read)),
    endpoint("PATCH", "/v1/members/{member_id}", OfMember(M::Rename), || to(members::patch)),
    endpoint("DELETE", "/v1/members/{member_id}", OfMember(M::Leave), || to(members::leave)),
    endpoint("PUT", "/v1/members/{member_id}/password", OfMember(M::SetPassword), || to(members::set_password)),
    create("/v1/members/{member_id}/invitations", OfMember(M::Invite), || to(invitations::create)),
    endpoint("GET", "/v1/members/{member_id}/invitations", OfMember(M::EndInvitation), || to(invitations::list)),
    endpoint("DELETE", "/v1/members/{member_id}/invitations", OfMember(M::EndInvitation), || to(invitations::end)),
    endpoint("GET", "/v1/members/{member_id}/second-factors", OfMember(M::ReadFactors), || to(second_factors::list)),
    create("/v1/members/{member_id}/second-factors", OfMember(M::AddFactor), || to(second_factors::add)),
    endpoint("DELETE", "/v1/members/{member_id}/second-factors", OfMember(M::RemoveFactor), || to(second_factors::remove_all)),
    endpoint("DELETE", "/v1/members/{member_id}/second-factors/{second_factor_id}", OfMember(M::RemoveFactor), || to(second_factors::remove)),
    create("/v1/members/{member_id}/second-factors/{second_factor_id}/confirm", OfMember(M::AddFactor), || to(second_factors::confirm)),
    create("/v1/members/{member_id}/recovery-codes", OfMember(M::AddFactor), || to(second_factors::renew_recovery_codes)),
    endpoint("DELETE", "/v1/members/{member_id}/code-block", OfMember(M::LiftCodeBlock), || to(second_factors::lift_code_block)),
    endpoint("GET", "/v1/members/{member_id}/secure-login", OfMember(M::ReadSecureLogin), || to(members::secure_login)),
    endpoint("PUT", "/v1/members/{member_id}/secure-login", OfMember(M::SecureLoginOff), || to(members::switch_secure_login)),
    endpoint("GET", "/v1/members/{member_id}/notices", OfMember(M::SeeNotices), || to(notices::list)),
    endpoint("POST", "/v1/members/{member_id}/notices/{notice_id}/acknowledge", OfMember(M::SeeNotices), || to(notices::acknowledge)),
    endpoint("GET", "/v1/members/{member_id}/sessions", OfMember(M::ManageSessions), || to(sessions::list)),
    endpoint("DELETE", "/v1/members/{member_id}/sessions", OfMember(M::ManageSessions), || to(sessions::end_others)),
    endpoint("DELETE", "/v1/members/{member_id}/sessions/{session_id}", OfMember(M::ManageSessions), || to(sessions::end_one)),
    endpoint("GET", "/v1/members/{member_id}/client-passwords", OfMember(M::ReadClientPasswords), || to(client_passwords::list)),
    create("/v1/members/{member_id}/client-passwords", OfMember(M::Issue), || to(client_passwords::issue)),
    endpoint("DELETE", "/v1/members/{member_id}/client-passwords", OfMember(M::Revoke), || to(client_passwords::revoke_all)),
    endpoint("GET", "/v1/members/{member_id}/log-ins", OfMember(M::ReadClientPasswords), || to(log_ins::list)),

    endpoint("GET", "/v1/client-passwords/{client_password_id}", OfMember(M::ReadClientPasswords), || to(client_passwords::read)),
    endpoint("PATCH", "/v1/client-passwords/{client_password_id}", OfMember(M::Narrow), || to(client_passwords::patch)),
    endpoint("DELETE", "/v1/client-passwords/{client_password_id}", OfMember(M::Revoke), || to(client_passwords::revoke)),
    create("/v1/client-passwords/{client_password_id}/rotate", OfMember(M::Rotate), || to(client_passwords::rotate)),

    endpoint("GET", "/v1/service-keys", InOrganization(O::ReadServiceKeys), || to(service_keys::list)),
    create("/v1/service-keys", InOrganization(A_KEY), || to(service_keys::create)),
    endpoint("DELETE", "/v1/service-keys/{service_key_id}", InOrganization(END_A_KEY), || to(service_keys::end)),

    endpoint("POST", "/v1/leaks", NoMailServer, || to(leaks::report)),

    endpoint("POST", verify::PATH, MailServer, || to(verify::verify)),
];

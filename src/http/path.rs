//! Ids in a path.

use actix_web::HttpRequest;
use uuid::Uuid;

use super::problem::Problem;
use crate::domain::ids::{
    AuditEventId, ClientPasswordId, FactorId, MemberId, OrganizationId, RevocationId, ServiceKeyId, SessionId,
};

/// An id that routes have in their path, each kind under one name.
pub trait PathId: From<Uuid> {
    /// What stands in braces in the path.
    const NAME: &'static str;
}

impl PathId for OrganizationId {
    const NAME: &'static str = "organization_id";
}

impl PathId for MemberId {
    const NAME: &'static str = "member_id";
}

impl PathId for FactorId {
    const NAME: &'static str = "second_factor_id";
}

impl PathId for ClientPasswordId {
    const NAME: &'static str = "client_password_id";
}

impl PathId for RevocationId {
    const NAME: &'static str = "revocation_id";
}

impl PathId for ServiceKeyId {
    const NAME: &'static str = "service_key_id";
}

impl PathId for SessionId {
    const NAME: &'static str = "session_id";
}

impl PathId for AuditEventId {
    const NAME: &'static str = "notice_id";
}

/// The id of this kind in the path. What is no id names nothing, so it is not found.
pub fn path_id<T: PathId>(request: &HttpRequest) -> Result<T, Problem> {
    let text = request.match_info().get(T::NAME).unwrap_or("");
    let id = (text.len() == 36).then(|| Uuid::try_parse(text).ok()).flatten();
    id.map(T::from).ok_or_else(Problem::not_found)
}

//! Ids in a path.

use actix_web::HttpRequest;
use uuid::Uuid;

use super::problem::Problem;
use crate::domain::ids::{
    AuditEventId, ClientPasswordId, DepartmentId, FactorId, MemberId, OrganizationId, RevocationId,
    ServiceKeyId, SessionId,
};

/// An id that routes have in their path, each kind under one name.
pub trait PathId: From<Uuid> {
    /// What stands in braces in the path.
    const NAME: &'static str;
}

macro_rules! path_ids {
    ($($id:ident = $name:literal)*) => {$(
        impl PathId for $id {
            const NAME: &'static str = $name;
        }
    )*};
}

path_ids! {
    OrganizationId = "organization_id"
    DepartmentId = "department_id"
    MemberId = "member_id"
    FactorId = "second_factor_id"
    ClientPasswordId = "client_password_id"
    RevocationId = "revocation_id"
    ServiceKeyId = "service_key_id"
    SessionId = "session_id"
    AuditEventId = "notice_id"
}

/// The id of this kind in the path. What is no id names nothing, so it is not found.
pub fn path_id<T: PathId>(request: &HttpRequest) -> Result<T, Problem> {
    let text = request.match_info().get(T::NAME).unwrap_or("");
    let id = (text.len() == 36).then(|| Uuid::try_parse(text).ok()).flatten();
    id.map(T::from).ok_or_else(Problem::not_found)
}

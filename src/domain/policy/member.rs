//! What the policy comes to for one member at one moment.

use std::sync::Arc;

use super::limits::Limits;
use crate::clock::Timestamp;
use crate::domain::protocol::ProtocolSet;

/// What holds for one member at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberPolicy {
    /// Whether the member may use client passwords.
    pub available: bool,
    /// Protocols that are on.
    pub protocols: ProtocolSet,
    /// Whether mail is refused while secure login is off.
    pub secure_login_required: bool,
    /// From when that is so, or will be, where a day was named.
    pub secure_login_required_from: Option<Timestamp>,
    /// What holds for all members of the organization.
    pub limits: Arc<Limits>,
}

impl Default for MemberPolicy {
    fn default() -> Self {
        Self {
            available: true,
            protocols: ProtocolSet::ALL,
            secure_login_required: false,
            secure_login_required_from: None,
            limits: Arc::default(),
        }
    }
}

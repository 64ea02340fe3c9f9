//! Notices: what somebody else did to a member's account, shown to the member until it is acknowledged.
//!
//! ```text
//!   open --acknowledged in a session that was proven with a factor confirmed before--> gone
//!     +--30 days--> gone
//! ```
//!
//! Whoever sets another's account password and signs in with it has no such factor, so the notice waits for the member.

use std::time::Duration;

use crate::clock::Timestamp;
use crate::domain::audit::Actor;
use crate::domain::ids::{AuditEventId, FactorId};
use crate::domain::passkey::Answered;

/// A notice that nobody acknowledges stays open for this long.
pub const OPEN_FOR: Duration = Duration::from_secs(30 * 86_400);

/// Something that somebody else did to a member's account password, factors or secure login.
#[derive(Clone, Debug)]
pub struct Notice {
    /// Of the audit event.
    pub id: AuditEventId,
    /// When it was done; the notice stays open from then on, as [`OPEN_FOR`] says.
    pub at: Timestamp,
    /// The action by its name in the API, such as `secure_login.off`.
    pub action: String,
    /// Whoever did it: somebody else than the member.
    pub actor: Actor,
}

/// What a session was proven with, beside the account password; a passkey that knew the person, instead of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// A code of this factor.
    Totp {
        /// The factor whose code was given.
        factor: FactorId,
        /// When it was confirmed.
        confirmed_at: Option<Timestamp>,
    },
    /// A recovery code.
    RecoveryCode {
        /// HMAC of the code.
        verifier: [u8; 32],
        /// When the codes were made, if that is known.
        made_at: Option<Timestamp>,
    },
    /// A signature of this passkey.
    Passkey {
        /// The factor whose key signed.
        factor: FactorId,
        /// When it was made.
        confirmed_at: Option<Timestamp>,
        /// How often it has signed, where it counts that.
        sign_count: i64,
        /// The challenge that was signed.
        challenge: Answered,
    },
}

impl Proof {
    /// Its name in the API and in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Totp { .. } => "totp",
            Self::RecoveryCode { .. } => "recovery_code",
            Self::Passkey { .. } => "passkey",
        }
    }

    /// The factor, if it was one.
    pub const fn factor(self) -> Option<FactorId> {
        match self {
            Self::Totp { factor, .. } | Self::Passkey { factor, .. } => Some(factor),
            Self::RecoveryCode { .. } => None,
        }
    }

    /// Since when the member has had it. A recovery code counts as a factor confirmed when the codes were made.
    pub const fn confirmed_at(self) -> Option<Timestamp> {
        match self {
            Self::Totp { confirmed_at, .. } | Self::Passkey { confirmed_at, .. } => confirmed_at,
            Self::RecoveryCode { made_at, .. } => made_at,
        }
    }
}

//! What the configuration says of the service.

use std::time::Duration;

use super::change_limiter::ChangeQuotas;
use super::password_hashing::Argon2Params;

/// What to answer about a login that nobody has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UnknownLogin {
    /// Refuse it, as a wrong password is refused.
    #[default]
    Reject,
    /// Let the mail server's next source decide.
    Defer,
}

/// Settings of the service.
#[derive(Clone, Debug)]
pub struct Settings {
    /// What to answer about unknown logins.
    pub unknown_login: UnknownLogin,
    /// A refusal leaves on the first step that is no earlier than this, or later; zero: at once.
    pub refusal_floor: Duration,
    /// Refusals that may wait at the same time.
    pub max_parked: usize,
    /// Rows that are read for one page of a list at the most.
    pub list_rows: i64,
    /// Client passwords that a bulk revocation ends at once at the most; more are ended by a job.
    pub revocation_at_once: i64,
    /// How many changes callers of each kind may make.
    pub change_quotas: ChangeQuotas,
    /// What hashing an account password costs, and how many are hashed at once.
    pub argon2: Argon2Params,
}

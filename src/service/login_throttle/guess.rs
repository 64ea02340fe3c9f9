//! A secret that somebody tries, and what becomes of it.

use std::time::Duration;

use crate::domain::place::Place;
use crate::domain::secret::Secret;

/// A mail check over its quota waits at most this long, then ends as "cannot answer".
const MAIL_CHECK_WAIT: Duration = Duration::from_secs(4);

/// What a secret is tried for. Each has quotas of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::service) enum Use {
    /// The account password in a mail check; it alone may wait for its turn.
    MailCheck,
    /// The account password at sign-in.
    SignIn,
    /// The current password, to set another.
    CurrentPassword,
    /// A one-time code at sign-in.
    Code,
}

/// A secret that somebody tries.
#[derive(Clone, Copy)]
pub(in crate::service) struct Guess<'a> {
    /// What the secret is tried for, which decides the quotas.
    pub(in crate::service) used: Use,
    /// Where the guess comes from; places that are known have quotas of their own.
    pub(in crate::service) place: Place,
    /// The login whose secret it should be.
    pub(in crate::service) login: &'a str,
    /// The account password that was typed; `None` if that can be nobody's.
    pub(in crate::service) password: Option<&'a Secret>,
    /// What it is compared with; `None` if nobody may get in with an account password.
    pub(in crate::service) hash: Option<&'a str>,
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::service) enum Tried {
    /// The secret is right.
    Right,
    /// It is not, or nobody may get in with one.
    Wrong,
    /// Come back after this time.
    Later(Duration),
}

impl Guess<'_> {
    /// How long it may wait for its turn.
    pub(super) const fn timeout(&self) -> Duration {
        match self.used {
            Use::MailCheck => MAIL_CHECK_WAIT,
            Use::SignIn | Use::CurrentPassword | Use::Code => Duration::ZERO,
        }
    }
}

//! Why a use case did not happen: a refusal is a value, only "cannot answer" is an error.

use std::fmt;
use std::time::Duration;

use crate::domain::access::Denial;
use crate::domain::field::{FieldError, FieldErrors};
use crate::entropy::NoEntropy;
use crate::keyring::SealError;
use crate::store::Unmet;
use crate::store::engine::EngineError;

/// Why a use case did not happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// Fields are wrong; nothing was done.
    Invalid(Vec<FieldError>),
    /// It was refused; nothing was done.
    Refused(Refusal),
    /// What the call was judged by has changed before it was done, the caller's authority or the version of a row: it is
    /// judged once more.
    FactsChanged,
    /// Too many tries; come back after this time.
    TooManyAttempts(Duration),
    /// Too many changes; come back after this time.
    TooManyChanges(Duration),
    /// So many codes in a row were wrong that none is taken from a place that is not known.
    CodesBlocked,
    /// It cannot be answered now. Never a reason to refuse a password.
    Unavailable(String),
    /// It may have been done or not.
    OutcomeUnknown(String),
}

/// A refusal, each with a code of its own in the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is described where the doors map it")]
pub enum Refusal {
    NotSignedIn,
    InvalidToken,
    StepUpRequired,
    InvalidCredentials,
    SecondFactorRequired,
    InvalidCode,
    InvalidPasskey,
    SignInExpired,
    InvalidCurrentPassword,
    InvalidSetupToken,
    InvalidInvitation,
    Forbidden,
    NotAvailableToMember,
    NotFound,
    SecureLoginOff,
    SecureLoginRequired,
    SecondFactorMissing,
    LimitReached,
    LoginTaken,
    DomainTaken,
    DomainInUse,
    DepartmentInUse,
    NoRoomBelow,
    NotActive,
    AlreadySetUp,
    AlreadyConfirmed,
    PreviewUsed,
    PreviewRunning,
    PreviewTooLong,
    PolicySettling,
    OwnerRequired,
    OlderFactorRequired,
    Conflict,
    VersionMismatch,
    VersionRequired,
    IdempotencyKeyReused,
    IdempotencyInProgress,
    IdempotencyAnswerGone,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid(errors) => {
                let lines: Vec<_> =
                    errors.iter().map(|error| format!("{} {}", error.field, error.detail)).collect();
                f.write_str(&lines.join("; "))
            }
            Self::Refused(refusal) => write!(f, "refused: {refusal:?}"),
            Self::FactsChanged => f.write_str("somebody else changed it at the same moment; try again"),
            Self::TooManyAttempts(wait) => write!(f, "too many attempts; come back in {} s", wait.as_secs()),
            Self::TooManyChanges(wait) => write!(f, "too many changes; come back in {} s", wait.as_secs()),
            Self::CodesBlocked => f.write_str("too many wrong codes in a row"),
            Self::Unavailable(why) | Self::OutcomeUnknown(why) => f.write_str(why),
        }
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<FieldError> for Error {
    fn from(error: FieldError) -> Self {
        Self::Invalid(vec![error])
    }
}

impl From<FieldErrors> for Error {
    fn from(errors: FieldErrors) -> Self {
        Self::Invalid(errors.all())
    }
}

impl From<EngineError> for Error {
    fn from(error: EngineError) -> Self {
        let why = error.to_string();
        if matches!(error, EngineError::OutcomeUnknown(_)) {
            Self::OutcomeUnknown(why)
        } else {
            Self::Unavailable(why)
        }
    }
}

/// What a write was refused for while it was under way is what a later call would be refused for.
impl From<Unmet> for Error {
    fn from(unmet: Unmet) -> Self {
        Self::Refused(match unmet {
            Unmet::Broken => return Self::Unavailable("the database does not hold what it should".into()),
            Unmet::LeaseLost => {
                return Self::Unavailable("another node has taken the lease and does it".into());
            }
            Unmet::Authority | Unmet::Version => return Self::FactsChanged,
            Unmet::Overtaken | Unmet::TooMany | Unmet::LastOperatorKey => Refusal::Conflict,
            Unmet::NotActive => Refusal::NotActive,
            Unmet::Nothing => Refusal::NotFound,
            Unmet::SecureLoginOff => Refusal::SecureLoginOff,
            Unmet::LimitReached => Refusal::LimitReached,
            Unmet::LoginTaken => Refusal::LoginTaken,
            Unmet::DomainTaken => Refusal::DomainTaken,
            Unmet::DomainInUse => Refusal::DomainInUse,
            Unmet::DepartmentInUse => Refusal::DepartmentInUse,
            Unmet::NoRoomBelow => Refusal::NoRoomBelow,
            Unmet::PreviewUsed => Refusal::PreviewUsed,
            Unmet::Proof => Refusal::InvalidCredentials,
            Unmet::SessionOver => Refusal::InvalidToken,
            Unmet::CodeUsed => Refusal::InvalidCode,
            Unmet::ChallengeUsed => Refusal::InvalidPasskey,
            Unmet::CodesBlocked => return Self::CodesBlocked,
            Unmet::SetupToken => Refusal::InvalidSetupToken,
            Unmet::Invitation => Refusal::InvalidInvitation,
            Unmet::SecondFactorMissing => Refusal::SecondFactorMissing,
            Unmet::AlreadySetUp => Refusal::AlreadySetUp,
            Unmet::Claimed => Refusal::IdempotencyInProgress,
        })
    }
}

impl From<NoEntropy> for Error {
    fn from(error: NoEntropy) -> Self {
        Self::Unavailable(error.to_string())
    }
}

impl From<SealError> for Error {
    fn from(error: SealError) -> Self {
        Self::Unavailable(error.to_string())
    }
}

impl From<Denial> for Error {
    fn from(denial: Denial) -> Self {
        Self::Refused(match denial {
            Denial::Hidden => Refusal::NotFound,
            Denial::Forbidden => Refusal::Forbidden,
            Denial::StepUp => Refusal::StepUpRequired,
        })
    }
}

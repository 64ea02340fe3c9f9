//! Why a page is another one than was asked for.

use std::fmt;

use actix_web::ResponseError;
use actix_web::http::StatusCode;

use crate::http::problem::Problem;
use crate::service::{Error, Refusal};

/// What a visitor has to prove before the page goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    /// Login and account password.
    SignIn,
    /// A code, after the right account password.
    Code,
    /// Once more, who has been signed in for a while.
    StepUp,
}

/// Why a page is another one than was asked for.
#[derive(Clone, Debug)]
pub enum PageError {
    /// It is refused, or cannot be made now.
    Problem(Problem),
    /// Something is to be proven first; with what was wrong about the last try.
    Asks(Ask, Option<Problem>),
    /// The form was filled in by another member.
    OtherMember,
    /// The request did not come from a page of ours.
    Foreign,
    /// Nobody has said yet where browsers reach the pages.
    Off,
}

impl PageError {
    /// Whoever asks is not signed in.
    pub const fn sign_in() -> Self {
        Self::Asks(Ask::SignIn, None)
    }
}

impl From<Problem> for PageError {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl From<Error> for PageError {
    fn from(error: Error) -> Self {
        match error {
            Error::Refused(Refusal::NotSignedIn | Refusal::InvalidToken) => Self::sign_in(),
            Error::Refused(Refusal::StepUpRequired) => Self::Asks(Ask::StepUp, None),
            other => Self::Problem(other.into()),
        }
    }
}

impl From<Refusal> for PageError {
    fn from(refusal: Refusal) -> Self {
        Error::from(refusal).into()
    }
}

impl fmt::Display for PageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Problem(problem) => problem.fmt(f),
            Self::Asks(ask, _) => write!(f, "asks for {ask:?}"),
            Self::OtherMember => f.write_str("sent by another member"),
            Self::Foreign => f.write_str("not sent by a page of ours"),
            Self::Off => f.write_str("server.public_url is not set"),
        }
    }
}

impl std::error::Error for PageError {}

impl ResponseError for PageError {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::Problem(problem) => problem.status_code(),
            Self::Asks(_, None) => StatusCode::UNAUTHORIZED,
            Self::Asks(_, Some(problem)) => problem.status_code(),
            Self::OtherMember => StatusCode::CONFLICT,
            Self::Foreign => StatusCode::FORBIDDEN,
            Self::Off => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

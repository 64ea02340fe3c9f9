//! Why a notice was not delivered.

use crate::net::http_client::HttpError;

/// Why a notice was not delivered.
#[derive(Debug, PartialEq, Eq)]
pub enum Failure {
    /// The target does not answer, or not to us: it is left alone for a while.
    Down(String),
    /// The same, and it has closed the connection in the middle of the request.
    Cut(String),
    /// The target does not take this; perhaps it takes something else.
    Refused(String),
    /// The target wants no more notices.
    Gone(String),
}

impl From<HttpError> for Failure {
    fn from(error: HttpError) -> Self {
        match error {
            HttpError::Failed(why) => Self::Down(why),
            HttpError::Cut(why) => Self::Cut(why),
        }
    }
}

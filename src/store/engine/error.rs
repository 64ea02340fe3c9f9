//! The database cannot answer.

/// The database cannot answer. Never a reason to refuse a password.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EngineError {
    /// It is down, full, locked, or too busy. Nothing was written.
    #[error("the database cannot answer: {0}")]
    Unavailable(String),
    /// A write may have happened or not. Whoever undoes something for it must look first.
    #[error("the database cannot say whether it was written: {0}")]
    OutcomeUnknown(String),
    /// It holds something that this program cannot read.
    #[error("the database holds something unreadable: {0}")]
    Unreadable(String),
}

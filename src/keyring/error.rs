//! Why the keyring cannot be used.

use crate::entropy::NoEntropy;

/// Why the keyring cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyringError {
    /// The file cannot be read or written.
    #[error("{path}: {source}")]
    File {
        /// Which.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// The file is no keyring, or not a usable one.
    #[error("{0}: {1}")]
    Unusable(String, &'static str),
    /// Others may read the file.
    #[error("{0} can be read by others: chmod 600 it")]
    Exposed(String),
    /// Two peppers are valid already.
    #[error("two peppers are valid already; retire the older one first: clientpass keys retire {0}")]
    Full(i64),
    /// No random bytes.
    #[error(transparent)]
    Entropy(#[from] NoEntropy),
}

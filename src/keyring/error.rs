//! Why the keyring cannot be used.

use crate::entropy::NoEntropy;

/// Why something was not sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The keyring has no sealing key.
    #[error("the keyring has no sealing key; put back the one that the database was made with")]
    NoKey,
    /// No key can be derived from the context, or what is to be sealed is too long for AES-256-GCM.
    #[error("it cannot be sealed")]
    Refused,
    /// The operating system gives no random bytes for the nonce.
    #[error(transparent)]
    Entropy(#[from] NoEntropy),
}

/// Why the keyring cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyringError {
    /// The file cannot be read or written.
    #[error("{path}: {source}")]
    File {
        /// The path of the file, for the message.
        path: String,
        /// What the operating system said.
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
    /// The operating system gives no random bytes for a new key.
    #[error(transparent)]
    Entropy(#[from] NoEntropy),
}

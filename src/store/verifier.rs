//! Verifiers of secrets.

/// A verifier: HMAC-SHA-256 of a secret under a pepper.
pub type Verifier = [u8; 32];

/// The verifiers of one presented secret under the two peppers that may be valid; the same twice if there is one.
pub type Verifiers = [Verifier; 2];

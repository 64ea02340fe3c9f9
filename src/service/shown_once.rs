//! Secrets on the control socket: one in the reply to whoever owns the data directory, and those that such a person has
//! found somewhere and reports.

use serde::{Deserialize, Deserializer, Serializer};

use crate::domain::secret::Secret;

/// Writes it down; a secret has no form of its own in an answer.
pub(super) fn serialize<S: Serializer>(secret: &Secret, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(secret.expose())
}

/// Reads it again.
pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Secret, D::Error> {
    Secret::deserialize(from)
}

/// Many of them, on their way in.
pub(super) mod reported {
    use serde::{Deserialize, Deserializer, Serializer};

    use crate::domain::secret::Secret;

    /// Writes them down.
    pub fn serialize<S: Serializer>(secrets: &[Secret], to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(secrets.iter().map(Secret::expose))
    }

    /// Reads them again.
    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Secret>, D::Error> {
        Vec::deserialize(from)
    }
}

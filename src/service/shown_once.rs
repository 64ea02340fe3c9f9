//! A secret in the reply to whoever owns the data directory: the one place where one leaves by the control socket.

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

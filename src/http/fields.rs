//! Fields of a body: what JSON cannot say by itself.

use serde::{Deserialize, Deserializer};

use super::problem::Problem;
use crate::clock::Timestamp;
use crate::domain::field;
use crate::service::Error;

/// A time in a body or a query.
pub fn time(field: &'static str, text: &str) -> Result<Timestamp, Problem> {
    field::time(field, text).map_err(|error| Error::from(error).into())
}

/// The ids that a list in a body holds.
pub fn ids<T>(field: &str, texts: &[String], parse: impl Fn(&str) -> Option<T>) -> Result<Vec<T>, Problem> {
    field::ids(field, texts, parse).map_err(|error| Error::from(error).into())
}

/// A field that may be absent, null, or have a value.
#[derive(Default)]
pub enum Field<T> {
    /// It was not sent. Needs `#[serde(default)]`.
    #[default]
    Absent,
    /// It was sent as null.
    Null,
    /// It was sent with this value.
    Value(T),
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Field<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Ok(Option::deserialize(from)?.map_or(Self::Null, Self::Value))
    }
}

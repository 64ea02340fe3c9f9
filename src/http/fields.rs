//! Fields of a body: what JSON cannot say by itself.

use std::fmt;

use serde::de::{Unexpected, Visitor};
use serde::{Deserialize, Deserializer};

use super::problem::Problem;
use crate::clock::Timestamp;
use crate::domain::field;
use crate::service::Error;

/// A time in a body or a query.
pub fn time(field: &'static str, text: &str) -> Result<Timestamp, Problem> {
    field::time(field, text).map_err(|error| Error::from(error).into())
}

/// The first number that is too large for one.
const PAST_U64: f64 = 18_446_744_073_709_551_616.0;

/// A whole number that is not negative. JSON Schema calls `60.0` an integer, too, and some languages write it so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Whole(pub u64);

impl<'de> Deserialize<'de> for Whole {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Number;

        impl Visitor<'_> for Number {
            type Value = Whole;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a whole number that is not negative")
            }

            fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<Whole, E> {
                Ok(Whole(number))
            }

            #[allow(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "it is whole and in range"
            )]
            fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<Whole, E> {
                if number.fract() == 0.0 && (0.0..PAST_U64).contains(&number) {
                    Ok(Whole(number as u64))
                } else {
                    Err(E::invalid_type(Unexpected::Float(number), &self))
                }
            }
        }

        from.deserialize_any(Number)
    }
}

/// A field that may be absent but not null: in a change, where null could be taken for "remove it". Needs
/// `#[serde(default)]`. In what makes something, an `Option` takes null as if it were not there.
pub fn non_null<'de, T, D>(from: D) -> Result<Option<T>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    T::deserialize(from).map(Some)
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

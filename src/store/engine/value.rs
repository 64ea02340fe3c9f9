//! Values and rows.

use std::time::Duration;

use uuid::Uuid;

use super::error::EngineError;
use crate::clock::Timestamp;

/// A value on its way in or out.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Value {
    /// NULL, in a column of any type.
    Null,
    /// BIGINT: numbers, flags as 0 or 1, times in microseconds.
    Int(i64),
    /// TEXT in UTF-8.
    Text(String),
    /// BLOB or BYTEA: ids, verifiers, and what is sealed.
    Bytes(Vec<u8>),
    /// BIGINT: the time at which the engine runs the write, and so many microseconds more. Only a step can have it.
    Now(i64),
}

impl Value {
    /// The time at which the engine runs the write, and so much more.
    pub fn now_plus(more: Duration) -> Self {
        Self::Now(i64::try_from(more.as_micros()).unwrap_or(i64::MAX))
    }

    /// The time at which the engine runs the write, less so much.
    pub fn now_minus(less: Duration) -> Self {
        Self::Now(i64::try_from(less.as_micros()).map_or(i64::MIN, |micros| -micros))
    }
}

macro_rules! value_from {
    ($($type:ty, $binding:ident => $value:expr;)*) => {$(
        impl From<$type> for Value {
            fn from($binding: $type) -> Self {
                $value
            }
        }
    )*};
}

value_from! {
    i64, int => Self::Int(int);
    bool, flag => Self::Int(i64::from(flag));
    &str, text => Self::Text(text.to_owned());
    String, text => Self::Text(text);
    &[u8], bytes => Self::Bytes(bytes.to_vec());
    Vec<u8>, bytes => Self::Bytes(bytes);
    Uuid, id => Self::Bytes(id.as_bytes().to_vec());
    Timestamp, time => Self::Int(time.micros());
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// One row of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row(pub Vec<Value>);

impl Row {
    /// Reads the columns one after the other.
    pub fn columns(self) -> Columns {
        Columns { values: self.0.into_iter(), at: 0 }
    }
}

/// The columns of a row, taken in the order of the statement.
#[derive(Debug)]
pub struct Columns {
    values: std::vec::IntoIter<Value>,
    at: usize,
}

impl Columns {
    fn next(&mut self) -> Value {
        self.at += 1;
        self.values.next().unwrap_or(Value::Null)
    }

    fn odd<T>(&self) -> Result<T, EngineError> {
        Err(EngineError::Unreadable(format!("column {} holds something unexpected", self.at)))
    }

    /// Takes an integer; NULL is unreadable here.
    pub fn int(&mut self) -> Result<i64, EngineError> {
        self.opt_int()?.map_or_else(|| self.odd(), Ok)
    }

    /// An integer or NULL.
    pub fn opt_int(&mut self) -> Result<Option<i64>, EngineError> {
        match self.next() {
            Value::Null => Ok(None),
            Value::Int(int) => Ok(Some(int)),
            _ => self.odd(),
        }
    }

    /// A flag, kept as 0 or 1.
    pub fn flag(&mut self) -> Result<bool, EngineError> {
        Ok(self.int()? != 0)
    }

    /// Takes a time, kept in microseconds; NULL is unreadable here.
    pub fn time(&mut self) -> Result<Timestamp, EngineError> {
        self.int().map(Timestamp::from_micros)
    }

    /// A time or NULL.
    pub fn opt_time(&mut self) -> Result<Option<Timestamp>, EngineError> {
        Ok(self.opt_int()?.map(Timestamp::from_micros))
    }

    /// Takes a text; NULL is unreadable here.
    pub fn text(&mut self) -> Result<String, EngineError> {
        self.opt_text()?.map_or_else(|| self.odd(), Ok)
    }

    /// A text or NULL.
    pub fn opt_text(&mut self) -> Result<Option<String>, EngineError> {
        match self.next() {
            Value::Null => Ok(None),
            Value::Text(text) => Ok(Some(text)),
            _ => self.odd(),
        }
    }

    /// Takes bytes; NULL is unreadable here.
    pub fn bytes(&mut self) -> Result<Vec<u8>, EngineError> {
        self.opt_bytes()?.map_or_else(|| self.odd(), Ok)
    }

    /// Bytes or NULL.
    pub fn opt_bytes(&mut self) -> Result<Option<Vec<u8>>, EngineError> {
        match self.next() {
            Value::Null => Ok(None),
            Value::Bytes(bytes) => Ok(Some(bytes)),
            _ => self.odd(),
        }
    }

    /// Takes exactly `N` bytes.
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], EngineError> {
        self.bytes()?.try_into().or_else(|_| self.odd())
    }

    /// Takes an id, kept as its 16 bytes; NULL is unreadable here.
    pub fn id<T: From<Uuid>>(&mut self) -> Result<T, EngineError> {
        self.opt_id()?.map_or_else(|| self.odd(), Ok)
    }

    /// An id or NULL.
    pub fn opt_id<T: From<Uuid>>(&mut self) -> Result<Option<T>, EngineError> {
        match self.next() {
            Value::Null => Ok(None),
            Value::Bytes(bytes) => match Uuid::from_slice(&bytes) {
                Ok(id) => Ok(Some(id.into())),
                Err(_) => self.odd(),
            },
            _ => self.odd(),
        }
    }

    /// A text that `parse` understands.
    pub fn parsed<T>(&mut self, parse: impl FnOnce(&str) -> Option<T>) -> Result<T, EngineError> {
        let text = self.text()?;
        parse(&text).map_or_else(|| self.odd(), Ok)
    }

    /// A text that `parse` understands, or NULL.
    pub fn opt_parsed<T>(&mut self, parse: impl FnOnce(&str) -> Option<T>) -> Result<Option<T>, EngineError> {
        match self.opt_text()? {
            None => Ok(None),
            Some(text) => parse(&text).map_or_else(|| self.odd(), |value| Ok(Some(value))),
        }
    }

    /// A number that `parse` understands.
    pub fn decoded<T>(&mut self, parse: impl FnOnce(i64) -> Option<T>) -> Result<T, EngineError> {
        let int = self.int()?;
        parse(int).map_or_else(|| self.odd(), Ok)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_that_holds_something_else_is_named() {
        let mut columns = Row(vec![Value::Int(1), Value::Null, Value::Int(3)]).columns();
        assert_eq!((columns.int(), columns.opt_text()), (Ok(1), Ok(None)));
        let odd = EngineError::Unreadable("column 3 holds something unexpected".into());
        assert_eq!(columns.text(), Err(odd));
    }
}

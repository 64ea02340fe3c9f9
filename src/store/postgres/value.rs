//! Values on their way to PostgreSQL and back.

use std::error::Error as StdError;

use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};
use tokio_postgres::{Error, Row as PgRow};

use crate::store::engine::{Row, Value};

type Wrong = Box<dyn StdError + Sync + Send>;

impl ToSql for Value {
    fn to_sql(&self, kind: &Type, out: &mut BytesMut) -> Result<IsNull, Wrong> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            // The server takes a parameter that is compared with a small literal for a small integer.
            Self::Int(int) if *kind == Type::INT4 => i32::try_from(*int)?.to_sql(kind, out),
            Self::Int(int) if *kind == Type::INT8 => int.to_sql(kind, out),
            // Its texts know no NUL. Nothing that is kept has one, so what is looked up with one is not found.
            Self::Text(text) if *kind == Type::TEXT => text.replace('\0', "\u{fffd}").to_sql(kind, out),
            Self::Bytes(bytes) if *kind == Type::BYTEA => bytes.to_sql(kind, out),
            _ => Err(format!("a parameter is not of type {kind}").into()),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

impl FromSql<'_> for Value {
    fn from_sql(kind: &Type, raw: &[u8]) -> Result<Self, Wrong> {
        match *kind {
            Type::INT8 => i64::from_sql(kind, raw).map(Self::Int),
            Type::INT4 => i32::from_sql(kind, raw).map(|int| Self::Int(int.into())),
            Type::TEXT => String::from_sql(kind, raw).map(Self::Text),
            Type::BYTEA => Vec::from_sql(kind, raw).map(Self::Bytes),
            // No column is of another type; whoever takes this one finds it unreadable.
            _ => Ok(Self::Text(format!("a value of type {kind}"))),
        }
    }

    fn from_sql_null(_: &Type) -> Result<Self, Wrong> {
        Ok(Self::Null)
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

pub(super) fn row(found: &PgRow) -> Result<Row, Error> {
    row_from(0, found)
}

fn row_from(first: usize, found: &PgRow) -> Result<Row, Error> {
    (first..found.len()).map(|at| found.try_get(at)).collect::<Result<_, _>>().map(Row)
}

/// A row whose first column says to which argument it belongs, counted from 1; given counted from 0.
pub(super) fn numbered(found: &PgRow) -> Result<(usize, Row), Error> {
    let number: i64 = found.try_get(0)?;
    Ok((usize::try_from(number - 1).unwrap_or(usize::MAX), row_from(1, found)?))
}

/// Two or more arguments of a statement that takes one, and the type of an array of them. `None` if they are not.
pub(super) fn several(arguments: &[Vec<Value>]) -> Option<(Vec<&Value>, &'static str)> {
    let mut each = Vec::with_capacity(arguments.len());
    for arguments in arguments {
        let [one] = &arguments[..] else { return None };
        each.push(one);
    }

    let [first, _, ..] = each[..] else { return None };
    let kind = array_of(first)?;
    each.iter().all(|one| array_of(one) == Some(kind)).then_some((each, kind))
}

/// The type of an array of such values; `None` if nothing says it.
const fn array_of(value: &Value) -> Option<&'static str> {
    match value {
        Value::Null | Value::Now(_) => None,
        Value::Int(_) => Some("BIGINT[]"),
        Value::Text(_) => Some("TEXT[]"),
        Value::Bytes(_) => Some("BYTEA[]"),
    }
}

//! The steps of a write, each with what it means if it is not met.

use super::outbox::ToTell;
use super::unmet::Unmet;
use super::versions::Touches;
use crate::store::engine::{Reach, Row, Statement, Step, Value};

/// The steps of a write, in order.
#[derive(Debug, Default)]
pub struct Transaction {
    steps: Vec<Step>,
    /// What they end; goes into the outbox with them.
    ends: Vec<ToTell>,
}

/// A statement that ends client passwords. It becomes a step only together with what is to be told of it.
#[derive(Debug)]
pub struct Ending(Statement);

impl Ending {
    pub(super) const fn new(name: &'static str, sql: &'static str) -> Self {
        Self(Statement { name, sql, reach: Reach::Long, touches: Touches::of(sql) })
    }
}

impl Transaction {
    /// No steps yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a step that must touch exactly one row; if it does not, nothing is written, for the reason `unmet`.
    pub(super) fn expect_one(&mut self, statement: &'static Statement, args: Vec<Value>, unmet: Unmet) {
        self.steps.push(Step { statement, args, unless_one: Some(unmet) });
    }

    /// Adds a step that may touch any number of rows. Gives its index among the rows that are returned.
    pub(super) fn execute(&mut self, statement: &'static Statement, args: Vec<Value>) -> usize {
        self.steps.push(Step { statement, args, unless_one: None });
        self.steps.len() - 1
    }

    /// Adds a step that must touch exactly one row and ends client passwords.
    pub(super) fn end_one(
        &mut self,
        Ending(statement): &'static Ending,
        args: Vec<Value>,
        unmet: Unmet,
        end: ToTell,
    ) {
        self.ends.push(end);
        self.expect_one(statement, args, unmet);
    }

    /// Adds a step that may touch any number of rows and ends client passwords.
    pub(super) fn end_any(
        &mut self,
        Ending(statement): &'static Ending,
        args: Vec<Value>,
        ends: impl IntoIterator<Item = ToTell>,
    ) {
        self.ends.extend(ends);
        self.execute(statement, args);
    }

    /// What the steps end.
    pub(super) fn take_ends(&mut self) -> Vec<ToTell> {
        std::mem::take(&mut self.ends)
    }

    /// The steps.
    pub(super) fn into_steps(self) -> Vec<Step> {
        self.steps
    }
}

/// What a finished write returned.
#[derive(Debug)]
pub struct Done(pub(super) Vec<Vec<Row>>);

impl Done {
    /// The rows of the step of this index, in order.
    pub fn take(&mut self, step: usize) -> Vec<Row> {
        self.0.get_mut(step).map(std::mem::take).unwrap_or_default()
    }
}

/// A statement of `sql/query`: `point!` reads by key, `long!` may read many rows, `note!` changes, of a table that checks
/// read, only columns that none reads.
macro_rules! statement {
    ($name:literal, $reach:ident) => {{
        const SQL: &str = include_str!(concat!("../../sql/query/", $name, ".sql"));
        const STATEMENT: $crate::store::engine::Statement = $crate::store::engine::Statement {
            name: $name,
            sql: SQL,
            reach: $crate::store::engine::Reach::$reach,
            touches: $crate::store::versions::Touches::of(SQL),
        };
        &STATEMENT
    }};
}

macro_rules! point {
    ($name:literal) => {
        $crate::store::transaction::statement!($name, Point)
    };
}

macro_rules! long {
    ($name:literal) => {
        $crate::store::transaction::statement!($name, Long)
    };
}

macro_rules! note {
    ($name:literal) => {{
        const NOTE: $crate::store::engine::Statement = $crate::store::engine::Statement {
            touches: $crate::store::versions::Touches::Nothing,
            ..*$crate::store::transaction::statement!($name, Point)
        };
        &NOTE
    }};
}

/// A statement of `sql/query` that ends client passwords.
macro_rules! ending {
    ($name:literal) => {{
        const STATEMENT: $crate::store::transaction::Ending = $crate::store::transaction::Ending::new(
            $name,
            include_str!(concat!("../../sql/query/", $name, ".sql")),
        );
        &STATEMENT
    }};
}

/// The arguments of a statement, each turned into a value.
macro_rules! args {
    ($($value:expr),* $(,)?) => {
        vec![$($crate::store::engine::Value::from($value)),*]
    };
}

pub(super) use {args, ending, long, note, point, statement};

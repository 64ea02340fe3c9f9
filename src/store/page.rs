//! Pages of a list.

use uuid::Uuid;

/// A page of a list: items before `before`, at most `limit`.
#[derive(Clone, Copy, Debug)]
pub struct Page {
    /// Only items with a smaller id, newest first.
    pub before: Uuid,
    /// Only items with this id or a larger one: further is not read for one page.
    pub from: Uuid,
    /// The greatest number of items.
    pub limit: i64,
}

impl Page {
    /// The newest items, at most so many.
    pub const fn first(limit: i64) -> Self {
        Self { before: Uuid::max(), from: Uuid::nil(), limit }
    }
}

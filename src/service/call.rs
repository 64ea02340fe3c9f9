//! What a call brings with it: who calls, which version it means, which page it wants.

use uuid::Uuid;

use super::Refusal;
use crate::domain::access::Caller;
use crate::domain::ids::RequestId;
use crate::domain::place::{Place, Requester};
use crate::store::Page;
use crate::store::record::Claim;

/// A call: who makes it and which request it belongs to.
#[derive(Clone, Copy, Debug)]
pub struct Call {
    /// The caller, whose permission every use case judges.
    pub caller: Caller,
    /// The request, as logs and audit records name it.
    pub request_id: RequestId,
    /// Where the request comes from.
    pub(super) place: Place,
    /// The idempotency key that it came with.
    pub(super) claim: Option<Claim>,
    /// Whether it is judged again: what it changes was counted when it was judged first.
    pub(super) counted: bool,
}

impl Call {
    /// A call without an idempotency key.
    pub const fn new(caller: Caller, request_id: RequestId) -> Self {
        Self {
            caller,
            request_id,
            place: Place::Unknown(Requester::Door("api")),
            claim: None,
            counted: false,
        }
    }

    /// The same call, from this place.
    #[must_use]
    pub const fn from(self, place: Place) -> Self {
        Self { place, ..self }
    }
}

/// Stands for any version in a write, because no row has it.
const ANY_VERSION: i64 = -1;

/// What a caller demands of the version that it changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IfMatch {
    /// Nothing was demanded.
    Absent,
    /// Any version will do.
    Any,
    /// One of these versions; none, where nothing that was named is a version of ours.
    Versions(Vec<i64>),
}

impl IfMatch {
    /// Whether a row of `version` may be changed.
    pub(super) fn allows(&self, version: i64) -> Result<(), Refusal> {
        match self {
            Self::Absent | Self::Any => Ok(()),
            Self::Versions(wanted) if wanted.contains(&version) => Ok(()),
            Self::Versions(_) => Err(Refusal::VersionMismatch),
        }
    }

    /// The same, where a demand is required.
    pub(super) fn requires(&self, version: i64) -> Result<(), Refusal> {
        if *self == Self::Absent { Err(Refusal::VersionRequired) } else { self.allows(version) }
    }

    /// The version that a write demands of a row that was read with `version`, which is allowed; less than zero, and so
    /// any, where the caller demands none. What ends something must not be delayed by whoever changes the row again and
    /// again.
    pub(super) const fn demanded(&self, version: i64) -> i64 {
        match self {
            Self::Absent | Self::Any => ANY_VERSION,
            Self::Versions(_) => version,
        }
    }
}

/// The page that a request names: items with smaller ids than `before`, at most `limit`.
#[derive(Clone, Copy, Debug)]
pub struct Paging {
    /// The last id of the page before, if this is not the first.
    pub before: Option<Uuid>,
    /// The greatest number of items on the page, 1 to 200.
    pub limit: u32,
}

impl Paging {
    pub(super) fn page(self) -> Page {
        // One more shows whether there is a next page.
        let newest = Page::first(i64::from(self.limit) + 1);
        Page { before: self.before.unwrap_or(newest.before), ..newest }
    }
}

/// A page of a list.
#[derive(Clone, Debug)]
pub struct Listed<T> {
    /// The items, newest first.
    pub items: Vec<T>,
    /// Where the next page begins, if there is one.
    pub next: Option<Uuid>,
}

impl<T> Listed<T> {
    /// A page of what was read up to `stopped`; `None` if that was all.
    pub(super) fn cut_at(items: Vec<T>, limit: u32, id: impl Fn(&T) -> Uuid, stopped: Option<Uuid>) -> Self {
        let listed = Self::cut(items, limit, id);
        Self { next: listed.next.or(stopped), ..listed }
    }

    pub(super) fn cut(mut items: Vec<T>, limit: u32, id: impl Fn(&T) -> Uuid) -> Self {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = items.len() > limit;
        items.truncate(limit);
        let next = if more { items.last().map(id) } else { None };
        Self { items, next }
    }
}

//! How long a check waits: it says that it cannot answer before the mail client, or the mail server, has given up. And
//! how long counting may take.

use std::time::Duration;

use super::{Error, Refusal};
use crate::clock::Clock;
use crate::domain::ids::RequestId;
use crate::domain::place::Requester;

/// What is not known by then is answered as unavailable: the most impatient mail servers give up after ten
/// seconds, some never, and a check may wait four for its turn.
pub const ANSWER_TIMEOUT: Duration = Duration::from_millis(4_500);

/// So long a check may wait for the database to recognise the mail server, and as long again to find the member: with
/// the way to the mail server and back less than two seconds in all.
const DATABASE_TIMEOUT: Duration = Duration::from_millis(900);

/// What would count the members of an organization for longer than this says that it does not. Whatever stands between
/// would give up sooner or later, and whoever asked would not know why.
const COUNT_TIMEOUT: Duration = Duration::from_secs(30);

/// Until when the database may be waited for, in monotonic time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Deadline(Duration);

impl Deadline {
    /// The deadline of a request that came in at this monotonic time.
    pub(super) fn after(came_in: Duration) -> Self {
        Self(came_in.saturating_add(DATABASE_TIMEOUT))
    }
}

/// What is known by the deadline; else "cannot answer".
pub(super) async fn with_deadline<T, E: Into<Error>>(
    clock: &Clock,
    Deadline(until): Deadline,
    asked: impl Future<Output = Result<T, E>>,
) -> Result<T, Error> {
    // Most answers are there at the first look; then no timer is set.
    let late = async { clock.sleep(until.saturating_sub(clock.monotonic())).await };
    tokio::select! {
        biased;
        answered = asked => answered.map_err(Into::into),
        () = late => Err(Error::Unavailable("the database is too slow".into())),
    }
}

/// What is answered before mail servers give up; else "cannot answer".
pub(super) async fn in_time<T>(
    clock: &Clock,
    requester: Requester,
    request_id: RequestId,
    answer: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    tokio::select! {
        biased;
        answer = answer => answer,
        () = clock.sleep(ANSWER_TIMEOUT) => {
            tracing::warn!(event = "check_given_up", %requester, %request_id);
            Err(Error::Unavailable("not answered in time".into()))
        }
    }
}

/// What has been counted before a caller gives up; else a refusal that says so.
pub(super) async fn counted_in_time<T>(
    clock: &Clock,
    counted: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    tokio::select! {
        biased;
        counted = counted => counted,
        () = clock.sleep(COUNT_TIMEOUT) => Err(Refusal::PreviewTooLong.into()),
    }
}

//! Telling mail servers which client passwords have ended: what is said of each end, to whom it has been said.
//!
//! Ends wait in the outbox. Whoever tells takes a page of them, says it, and says what came of it here. What it did
//! not say before its time was over is taken by the next one: everything is told at least once.

use std::time::Duration;

use tokio::sync::futures::Notified;
use uuid::Uuid;

use super::{Error, Service};
use crate::domain::ends::{Ended, GIVE_UP_AFTER, Notice, pause};
use crate::domain::ids::{ClientPasswordId, MemberId};
use crate::store::outbox::{Place, Taken};

/// How long telling one page may take; afterwards somebody else may tell it.
const HOLD: Duration = Duration::from_secs(15);
/// Rows that are given up at a time.
const BATCH: i64 = 100;

/// Most client passwords or members on a page.
const PAGE: i64 = 50;

/// How somebody wants to be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// One notice at a time; of an organization as a whole.
    Single,
    /// Of member after member, many at a time.
    Members,
}

/// What is to be said in one go.
#[derive(Debug)]
pub struct Page {
    /// What.
    pub notices: Vec<Notice>,
    taken: Taken,
    /// Up to where this goes; `None` if it is the last of its end.
    upto: Option<Place>,
}

/// Notices, and up to where they go if there may be more.
type Found = (Vec<Notice>, Option<Place>);

impl Service {
    /// Ends when the next change has been written. What changes after this call is not missed.
    pub fn next_change(&self) -> Notified<'_> {
        self.bell.notified()
    }

    /// Before anything is told: where one process owns the data, nobody else is telling.
    pub async fn begin_telling(&self, target: &str) -> Result<(), Error> {
        if self.store.is_shared() {
            return Ok(());
        }
        Ok(self.store.let_go(target, self.clock.now()).await?)
    }

    /// What has to be said next to `target`, if anything.
    pub async fn next_page(&self, target: &str, manner: Manner) -> Result<Option<Page>, Error> {
        while let Some(taken) = self.store.take_end(target, self.clock.now(), HOLD).await? {
            let (notices, upto) = self.notices(&taken, manner).await?;
            if !notices.is_empty() {
                return Ok(Some(Page { notices, taken, upto }));
            }
            self.store.end_told(&taken).await?;
        }
        Ok(None)
    }

    /// A page was said.
    pub async fn told(&self, target: &str, page: &Page) -> Result<(), Error> {
        match page.upto {
            None => self.store.end_told(&page.taken).await?,
            Some(place) => self.store.end_told_up_to(&page.taken, place, self.clock.now()).await?,
        }
        let (taken, notices) = (&page.taken, page.notices.len());
        self.metrics.told(target, "told");
        tracing::info!(
            event = "end_told", to = target, id = %taken.id, organization_id = %taken.organization_id,
            member_id = taken.member_id.map(tracing::field::display), notices, attempts = taken.attempts,
        );
        Ok(())
    }

    /// A page was not said because of who was to be told; it is due again at once.
    pub async fn not_told(&self, target: &str, page: &Page, why: &str) -> Result<(), Error> {
        self.log_failure(target, page, why);
        Ok(self.store.end_not_told(&page.taken, self.clock.now()).await?)
    }

    /// A page was not taken although others are; it is due again later.
    pub async fn refused(&self, target: &str, page: &Page, why: &str) -> Result<(), Error> {
        self.log_failure(target, page, why);
        let wait = pause(u32::try_from(page.taken.attempts).unwrap_or(u32::MAX));
        Ok(self.store.end_not_told(&page.taken, self.clock.now().plus(wait)).await?)
    }

    /// A page is not said again: whoever was to be told wants to be told no more.
    pub async fn unwanted(&self, target: &str, page: &Page, why: &str) -> Result<(), Error> {
        self.metrics.told(target, "given_up");
        tracing::error!(event = "end_given_up", to = target, id = %page.taken.id, why);
        Ok(self.store.end_told(&page.taken).await?)
    }

    fn log_failure(&self, target: &str, page: &Page, why: &str) {
        self.metrics.told(target, "failed");
        let taken = &page.taken;
        tracing::warn!(event = "end_not_told", to = target, id = %taken.id, attempts = taken.attempts, why);
    }

    /// Counts what has still to be told, for the operator.
    pub async fn count_untold(&self, target: &str) -> Result<(), Error> {
        self.metrics.untold(target, self.store.count_untold(target).await?);
        Ok(())
    }

    /// Gives up what could not be told for days, whoever it was for.
    pub async fn give_up_untold(&self) -> Result<(), Error> {
        let until = self.clock.now().minus(GIVE_UP_AFTER);
        loop {
            let untold = self.store.untold(until, BATCH).await?;
            for end in &untold {
                if self.store.give_up(end).await?.is_ok() {
                    self.metrics.told(&end.target, "given_up");
                    tracing::error!(
                        event = "end_given_up", to = end.target, id = %end.id,
                        organization_id = %end.organization_id,
                        member_id = end.member_id.map(tracing::field::display),
                        reason = end.reason.name(), ended_at = %end.ended_at, attempts = end.attempts,
                    );
                }
            }
            if untold.is_empty() {
                return Ok(());
            }
        }
    }

    /// Has what dates have ended told as well.
    pub async fn tell_dates(&self) -> Result<(), Error> {
        let now = self.clock.now();
        if self.store.tell_dates(now, now.minus(GIVE_UP_AFTER)).await? {
            self.bell.notify_waiters();
        }
        Ok(())
    }

    async fn notices(&self, taken: &Taken, manner: Manner) -> Result<Found, Error> {
        match (taken.client_password_id, taken.everything, taken.member_id) {
            (Some(password), _, Some(member)) => self.of_password(taken, password, member).await,
            (Some(_), _, None) => Ok((vec![], None)),
            (None, false, _) => self.of_some(taken, manner).await,
            (None, true, Some(member)) => self.of_member(taken, member).await,
            (None, true, None) if manner == Manner::Members => self.of_each_member(taken).await,
            (None, true, None) => Ok((vec![notice(taken, None, None, Ended::All)], None)),
        }
    }

    async fn of_member(&self, taken: &Taken, id: MemberId) -> Result<Found, Error> {
        let found = self.store.member(id).await?;
        let notices = found.map(|member| notice(taken, None, Some((id, member.login)), Ended::All));
        Ok((notices.into_iter().collect(), None))
    }

    async fn of_password(
        &self,
        taken: &Taken,
        password: ClientPasswordId,
        id: MemberId,
    ) -> Result<Found, Error> {
        let found = self.store.member(id).await?;
        let these = Ended::These(vec![password]);
        let notices = found.map(|member| notice(taken, None, Some((id, member.login)), these));
        Ok((notices.into_iter().collect(), None))
    }

    async fn of_each_member(&self, taken: &Taken) -> Result<Found, Error> {
        let members = self.store.logins(taken.organization_id, taken.told.member_id, PAGE).await?;
        let last = members.last().map(|(member_id, _)| Place { member_id: *member_id, ..taken.told });
        let upto = last.filter(|_| is_full(members.len()));
        let one = |(id, login): (MemberId, _)| notice(taken, Some(id.uuid()), Some((id, login)), Ended::All);
        Ok((members.into_iter().map(one).collect(), upto))
    }

    /// Those that ended one by one, put together by member.
    async fn of_some(&self, taken: &Taken, manner: Manner) -> Result<Found, Error> {
        let ended = self.store.ended_with(taken, PAGE).await?;
        let full = is_full(ended.len());
        let mut members = ended.chunk_by(|(one, ..), (other, ..)| one == other);
        let said: Vec<_> = match manner {
            Manner::Single => members.by_ref().take(1).collect(),
            Manner::Members => members.by_ref().collect(),
        };
        let more = full || members.next().is_some();
        let last = said.last().and_then(|of| of.last());
        let upto = last.map(|(member_id, _, client_password_id)| Place {
            member_id: *member_id,
            client_password_id: *client_password_id,
        });
        Ok((said.into_iter().filter_map(|of| of_one(taken, of)).collect(), upto.filter(|_| more)))
    }
}

/// Whether there may be more than what was found.
fn is_full(found: usize) -> bool {
    i64::try_from(found).is_ok_and(|found| found >= PAGE)
}

/// What is said of some client passwords of one member.
fn of_one(taken: &Taken, ended: &[(MemberId, String, ClientPasswordId)]) -> Option<Notice> {
    let (member, login, first) = ended.first()?;
    let these = Ended::These(ended.iter().map(|(.., id)| *id).collect());
    Some(notice(taken, Some(first.uuid()), Some((*member, login.clone())), these))
}

/// What is said of an end; `part` tells apart what is said of its parts.
fn notice(
    taken: &Taken,
    part: Option<Uuid>,
    member: Option<(MemberId, String)>,
    client_passwords: Ended,
) -> Notice {
    let part = part.map(|part| format!(".{part}")).unwrap_or_default();
    Notice {
        id: format!("{}{part}", taken.id),
        organization_id: taken.organization_id,
        member,
        client_passwords,
        reason: taken.reason,
        at: taken.ended_at,
    }
}

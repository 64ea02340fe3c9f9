//! Notices to mail servers and programs of which client passwords have ended, or will: what each says, and to whom it has
//! been delivered.
//!
//! Ends wait in the outbox. Whoever delivers claims a page of them, delivers it, and reports here what came of it. What
//! it did not deliver before its time was over is claimed by the next one: each notice is delivered at least once.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::futures::Notified;
use uuid::Uuid;

use super::Error;
use super::outbox_signal::OutboxSignal;
use super::parts::Parts;
use super::rules::PolicyRules;
use crate::clock::{Clock, Timestamp};
use crate::domain::backoff::pause;
use crate::domain::client_password::{ClientPassword, EndReason, State};
use crate::domain::ends::{EndNotice, Ended, GIVE_UP_AFTER, Notice};
use crate::domain::ids::{ClientPasswordId, MemberId};
use crate::domain::lease::Lease;
use crate::domain::policy::Limits;
use crate::domain::warnings::ExpiryNotice;
use crate::store::outbox::{Claimed, Place};
use crate::store::{ClientPasswordStore, Database, MemberStore, OutboxStore, Unmet};
use crate::telemetry::Metrics;

/// How long delivering one page may take; afterwards somebody else may claim it.
const HOLD: Duration = Duration::from_secs(15);
/// Rows that are given up at a time.
const BATCH: i64 = 100;

/// Most client passwords or members on a page.
const PAGE: i64 = 50;

/// How a target takes its notices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// One notice at a time; of an organization as a whole.
    Single,
    /// Of member after member, many at a time.
    Members,
}

/// Notices of one end that are delivered together.
#[derive(Debug)]
pub struct Page {
    /// The notices, at least one.
    pub notices: Vec<Notice>,
    claimed: Claimed,
    /// Up to where this goes; `None` if it is the last of its end.
    upto: Option<Place>,
}

/// Notices, and up to where they go if there may be more.
type Found = (Vec<Notice>, Option<Place>);

/// Notices that have still to be delivered to mail servers and programs.
#[derive(Clone)]
pub struct EndNotices {
    client_passwords: ClientPasswordStore,
    clock: Clock,
    database: Database,
    members: MemberStore,
    metrics: Arc<Metrics>,
    outbox: OutboxStore,
    rules: PolicyRules,
    signal: OutboxSignal,
}

impl EndNotices {
    pub(super) fn new(parts: &Parts) -> Self {
        Self {
            client_passwords: parts.store.client_passwords(),
            clock: parts.clock.clone(),
            database: parts.store.database(),
            members: parts.store.members(),
            metrics: Arc::clone(&parts.metrics),
            outbox: parts.store.outbox(),
            rules: parts.rules.clone(),
            signal: parts.signal.clone(),
        }
    }

    /// Ends when the next change has been written. What changes after this call is not missed.
    pub fn next_change(&self) -> Notified<'_> {
        self.signal.notified()
    }

    /// Whether there is anybody to notify.
    pub fn has_targets(&self) -> bool {
        !self.database.targets().is_empty()
    }

    /// Releases older claims before anything is delivered: where one process owns the data, nobody else delivers.
    pub async fn begin(&self, target: &str) -> Result<(), Error> {
        if self.database.is_shared() {
            return Ok(());
        }
        Ok(self.outbox.release_all(target, self.clock.now()).await?)
    }

    /// Claims what has to be delivered next to `target`, if there is anything.
    pub async fn next_page(&self, target: &str, manner: Manner) -> Result<Option<Page>, Error> {
        while let Some(claimed) = self.outbox.claim_next(target, self.clock.now(), HOLD).await? {
            let (notices, upto) = self.notices(&claimed, manner).await?;
            if !notices.is_empty() {
                return Ok(Some(Page { notices, claimed, upto }));
            }
            // A warning that could not be delivered, of an end that has come or comes no more.
            if claimed.warns_of.is_some() && claimed.attempts > 1 {
                self.metrics.end_notice(target, "given_up");
                tracing::warn!(event = "warning_given_up", to = target, id = %claimed.id);
            }
            self.outbox.delivered(&claimed).await?;
        }

        Ok(None)
    }

    /// Records that a page was delivered.
    pub async fn delivered(&self, target: &str, page: &Page) -> Result<(), Error> {
        match page.upto {
            None => self.outbox.delivered(&page.claimed).await?,
            Some(place) => self.outbox.delivered_up_to(&page.claimed, place, self.clock.now()).await?,
        }

        let (claimed, notices) = (&page.claimed, page.notices.len());
        self.metrics.end_notice(target, "delivered");
        tracing::info!(
            event = "end_notice_delivered", to = target, id = %claimed.id, organization_id = %claimed.organization_id,
            member_id = claimed.member_id.map(tracing::field::display), notices, attempts = claimed.attempts,
        );
        Ok(())
    }

    /// Records that a page was not delivered because of its target; it is due again at once.
    pub async fn failed(&self, target: &str, page: &Page, why: &str) -> Result<(), Error> {
        self.log_failure(target, page, why);
        Ok(self.outbox.reschedule_claimed(&page.claimed, self.clock.now()).await?)
    }

    /// Records that a target refused this page although it takes others; it is due again later.
    pub async fn refused(&self, target: &str, page: &Page, why: &str) -> Result<(), Error> {
        self.log_failure(target, page, why);
        let wait = pause(u32::try_from(page.claimed.attempts).unwrap_or(u32::MAX));
        Ok(self.outbox.reschedule_claimed(&page.claimed, self.clock.now().plus(wait)).await?)
    }

    /// Gives a page up: its target wants no more notices.
    pub async fn give_up(&self, target: &str, page: &Page, why: &str) -> Result<(), Error> {
        self.metrics.end_notice(target, "given_up");
        tracing::error!(event = "end_notice_given_up", to = target, id = %page.claimed.id, why);
        Ok(self.outbox.delivered(&page.claimed).await?)
    }

    fn log_failure(&self, target: &str, page: &Page, why: &str) {
        self.metrics.end_notice(target, "failed");
        let claimed = &page.claimed;
        tracing::warn!(event = "end_notice_failed", to = target, id = %claimed.id, attempts = claimed.attempts, why);
    }

    /// Counts what has still to be delivered to a target of this kind, for the operator.
    pub async fn count_pending(&self, kind: &'static str, target: &str) -> Result<(), Error> {
        let (count, oldest) = (self.outbox.count_pending(target).await?, self.outbox.oldest(target).await?);
        self.metrics.pending_end_notices(kind, target, count, oldest);
        Ok(())
    }

    /// Gives up what could not be delivered for days, whatever its target.
    pub async fn give_up_stale(&self, lease: Lease) -> Result<(), Error> {
        let until = self.clock.now().minus(GIVE_UP_AFTER);
        loop {
            let stale = self.outbox.list_stale(until, BATCH).await?;
            for end in &stale {
                let given_up = self.outbox.give_up(lease, end).await?;
                if given_up == Err(Unmet::LeaseLost) {
                    return Ok(given_up?);
                }
                // Unless it is being delivered at this moment.
                if given_up.is_ok() {
                    self.metrics.end_notice(&end.target, "given_up");
                    tracing::error!(
                        event = "end_notice_given_up", to = end.target, id = %end.id,
                        organization_id = %end.organization_id,
                        member_id = end.member_id.map(tracing::field::display),
                        reason = end.reason.name(), ended_at = %end.ended_at, attempts = end.attempts,
                    );
                }
            }

            if stale.is_empty() {
                return Ok(());
            }
        }
    }

    /// Puts what dates have ended into the outbox as well.
    pub async fn add_dated(&self, lease: Lease) -> Result<(), Error> {
        let now = self.clock.now();
        if self.outbox.add_dated(lease, now, now.minus(GIVE_UP_AFTER)).await?? {
            self.signal.notify();
        }
        Ok(())
    }

    async fn notices(&self, claimed: &Claimed, manner: Manner) -> Result<Found, Error> {
        if let Some(warns_of) = claimed.warns_of {
            return Ok((self.of_warning(claimed, warns_of).await?.into_iter().collect(), None));
        }
        match (claimed.client_password_id, claimed.everything, claimed.member_id) {
            (Some(password), _, Some(member)) => self.of_password(claimed, password, member).await,
            (Some(_), _, None) => Ok((vec![], None)),
            (None, false, _) => self.of_some(claimed, manner).await,
            (None, true, Some(member)) => self.of_member(claimed, member).await,
            (None, true, None) if manner == Manner::Members => self.of_each_member(claimed).await,
            (None, true, None) => Ok((vec![notice(claimed, None, None, Ended::All)], None)),
        }
    }

    /// The warning, if what it warns of is still to come.
    async fn of_warning(
        &self,
        claimed: &Claimed,
        (ends_at, days): (Timestamp, u32),
    ) -> Result<Option<Notice>, Error> {
        let Some((id, member_id)) = claimed.client_password_id.zip(claimed.member_id) else {
            return Ok(None);
        };
        let (found, member) = (self.client_passwords.by_id(id).await?, self.members.by_id(member_id).await?);
        let Some((found, member)) = found.zip(member) else { return Ok(None) };
        let limits = self.rules.limits(claimed.organization_id).await?;
        if !is_to_come(&found, &limits, (ends_at, claimed.reason), self.clock.now()) {
            return Ok(None);
        }

        Ok(Some(Notice::Expiring(ExpiryNotice {
            id: claimed.id.to_string(),
            organization_id: claimed.organization_id,
            member_id,
            login: member.login,
            client_password_id: id,
            label: found.label,
            ends_at,
            reason: claimed.reason,
            days,
            at: claimed.ended_at,
        })))
    }

    async fn of_member(&self, claimed: &Claimed, id: MemberId) -> Result<Found, Error> {
        let found = self.members.by_id(id).await?;
        let notices = found.map(|member| notice(claimed, None, Some((id, member.login)), Ended::All));
        Ok((notices.into_iter().collect(), None))
    }

    async fn of_password(
        &self,
        claimed: &Claimed,
        password: ClientPasswordId,
        id: MemberId,
    ) -> Result<Found, Error> {
        let found = self.members.by_id(id).await?;
        let these = Ended::These(vec![password]);
        let notices = found.map(|member| notice(claimed, None, Some((id, member.login)), these));
        Ok((notices.into_iter().collect(), None))
    }

    async fn of_each_member(&self, claimed: &Claimed) -> Result<Found, Error> {
        let members = self.outbox.logins(claimed.organization_id, claimed.delivered.member_id, PAGE).await?;
        let last = members.last().map(|(member_id, _)| Place { member_id: *member_id, ..claimed.delivered });
        let upto = last.filter(|_| is_full(members.len()));
        let one =
            |(id, login): (MemberId, _)| notice(claimed, Some(id.uuid()), Some((id, login)), Ended::All);
        Ok((members.into_iter().map(one).collect(), upto))
    }

    /// Those that ended one by one, put together by member.
    async fn of_some(&self, claimed: &Claimed, manner: Manner) -> Result<Found, Error> {
        let ended = self.outbox.ended_with(claimed, PAGE).await?;
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
        Ok((said.into_iter().filter_map(|of| of_one(claimed, of)).collect(), upto.filter(|_| more)))
    }
}

/// Whether there may be more than what was found.
fn is_full(found: usize) -> bool {
    i64::try_from(found).is_ok_and(|found| found >= PAGE)
}

/// Whether a client password will end at this time and for this reason, if nothing is done.
fn is_to_come(
    of: &ClientPassword,
    limits: &Limits,
    (ends_at, reason): (Timestamp, EndReason),
    now: Timestamp,
) -> bool {
    let end = match reason {
        EndReason::Idle => limits.idle_at(of.created_at, of.last_used.as_ref().map(|used| used.at)),
        _ => limits.expires_at(of.created_at, of.validity.expires_at),
    };
    ends_at > now && end == Some(ends_at) && of.validity.at(now) == State::Active
}

/// The notice of some client passwords of one member.
fn of_one(claimed: &Claimed, ended: &[(MemberId, String, ClientPasswordId)]) -> Option<Notice> {
    let (member, login, first) = ended.first()?;
    let these = Ended::These(ended.iter().map(|(.., id)| *id).collect());
    Some(notice(claimed, Some(first.uuid()), Some((*member, login.clone())), these))
}

/// The notice of an end; `part` sets apart the notices of its parts.
fn notice(
    claimed: &Claimed,
    part: Option<Uuid>,
    member: Option<(MemberId, String)>,
    client_passwords: Ended,
) -> Notice {
    let part = part.map(|part| format!(".{part}")).unwrap_or_default();

    Notice::Ended(EndNotice {
        id: format!("{}{part}", claimed.id),
        organization_id: claimed.organization_id,
        member,
        client_passwords,
        reason: claimed.reason,
        at: claimed.ended_at,
    })
}

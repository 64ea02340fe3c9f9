//! Guessing is slow, and nobody is locked out: rule 10 for account passwords.
//!
//! ```text
//!   seen here before? ----> wrong, at no cost
//!     | no
//!   known place ----> in memory? --> right        its own quota --> Argon2 --> right
//!     |                                                 | wrong
//!   any address ---------------------------------> a stranger's quota --> in memory? Argon2 --> right, wrong
//!     |                                                 | spent
//!   no address -----> 1/s: in memory? --> right         later
//!                     1/10 s: Argon2 --> right, wrong
//! ```
//!
//! A known place decides only whether a candidate is looked at. A wrong one is answered as a stranger's would be.

use std::sync::Arc;
use std::time::Duration;

use zeroize::Zeroizing;

use super::Error;
use crate::clock::Clock;
use crate::domain::ids::MemberId;
use crate::domain::place::{Place, Requester};
use crate::domain::secret::Secret;
use crate::domain::throttle::QuotaKind;
use crate::keyring::Keyring;
use crate::service::parts::Parts;
use crate::service::password_hashing::PasswordHasher;
use crate::service::refusals::RefusalTimer;
use crate::service::usage::UsageLog;
use crate::store::PlaceStore;
use crate::store::known_places::{Familiarity, Purpose};
use crate::telemetry::Metrics;

mod guess;
mod memory;

pub(super) use guess::{Guess, Tried, Use};
pub(super) use memory::ThrottleMemory;
use memory::{Seen, Tag, may_be_known};

/// What a guess is remembered by.
struct Tags {
    /// From this place, for this login, against this hash.
    wrong: Tag,
    /// For this login, against this hash, from anywhere.
    right: Option<Tag>,
}

/// Slows guessing down.
#[derive(Clone)]
pub(in crate::service) struct LoginThrottle {
    clock: Clock,
    keyring: Arc<Keyring>,
    memory: Arc<ThrottleMemory>,
    metrics: Arc<Metrics>,
    password_hasher: Arc<PasswordHasher>,
    places: PlaceStore,
    refusals: RefusalTimer,
    usage: UsageLog,
}

impl LoginThrottle {
    pub(super) fn new(parts: &Parts) -> Self {
        Self {
            clock: parts.clock.clone(),
            keyring: Arc::clone(&parts.keyring),
            memory: Arc::clone(&parts.memory),
            metrics: Arc::clone(&parts.metrics),
            password_hasher: Arc::clone(&parts.password_hasher),
            places: parts.store.places(),
            refusals: RefusalTimer::new(parts),
            usage: parts.usage.clone(),
        }
    }

    /// Tries an account password.
    pub(super) async fn try_password(&self, guess: &Guess<'_>) -> Result<Tried, Error> {
        let tags = self.tags(guess);
        let seen = self.memory.seen(&tags.wrong);
        if seen == Some(Seen::Answered) {
            self.wait_like_a_dummy(guess).await;
            return Ok(Tried::Wrong);
        }

        match guess.place {
            Place::Unknown(requester) => self.try_without_address(guess, &tags, seen, requester).await,
            Place::Address(_) | Place::Device(_) => match self.standing(guess).await? {
                Some(known) => self.try_at_known_place(guess, &tags, seen, known).await,
                None => self.try_as_stranger(guess, &tags, guess.timeout()).await,
            },
        }
    }

    /// How well the place is known to the login. The database is read only where it makes a difference.
    pub(super) async fn standing(&self, guess: &Guess<'_>) -> Result<Option<Familiarity>, Error> {
        let tag = self.place_tag(guess.login, Purpose::of(guess.used), &guess.place);
        if let Some(known) = self.memory.familiarity(&tag) {
            return Ok(Some(known));
        }

        if self.memory.wait(QuotaKind::Stranger, guess).is_zero() {
            return Ok(None);
        }
        self.stored_standing(guess).await
    }

    /// How well the place is known to the login, as the database has it.
    pub(super) async fn stored_standing(&self, guess: &Guess<'_>) -> Result<Option<Familiarity>, Error> {
        let purpose = Purpose::of(guess.used);
        let known = self.places.familiarity(guess.login, purpose, &guess.place).await?;
        if let Some(known) = known {
            self.memory.remember_place(self.place_tag(guess.login, purpose, &guess.place), known);
        }
        Ok(known)
    }

    async fn try_at_known_place(
        &self,
        guess: &Guess<'_>,
        tags: &Tags,
        seen: Option<Seen>,
        known: Familiarity,
    ) -> Result<Tried, Error> {
        let exact = known == Familiarity::Place;
        if exact && self.memory.is_right(tags.right.as_ref()) {
            return Ok(Tried::Right);
        }

        let (mut looked_at, mut timeout) = (seen == Some(Seen::Unanswered), guess.timeout());
        let own = if exact { QuotaKind::Known } else { QuotaKind::KnownNetwork };
        if !looked_at && let Ok(wait) = self.memory.take(own, guess, timeout) {
            self.slow_down(wait).await;
            timeout = timeout.saturating_sub(wait);
            if self.matches(guess, tags, own).await? {
                return Ok(Tried::Right);
            }
            self.memory.remember_wrong(tags.wrong, Seen::Unanswered);
            looked_at = true;
        }

        if !looked_at {
            return self.try_as_stranger(guess, tags, timeout).await;
        }

        match self.memory.take(QuotaKind::Stranger, guess, timeout) {
            Ok(wait) => {
                self.slow_down(wait).await;
                self.memory.remember_wrong(tags.wrong, Seen::Answered);
                Ok(Tried::Wrong)
            }
            Err(wait) => Ok(Tried::Later(wait)),
        }
    }

    /// Charged before it is compared with anything, memory included.
    async fn try_as_stranger(
        &self,
        guess: &Guess<'_>,
        tags: &Tags,
        timeout: Duration,
    ) -> Result<Tried, Error> {
        match self.memory.take(QuotaKind::Stranger, guess, timeout) {
            Ok(wait) => {
                self.slow_down(wait).await;

                if self.memory.is_right(tags.right.as_ref()) {
                    self.memory.give_back(QuotaKind::Stranger, guess);
                    return Ok(Tried::Right);
                }
                if self.matches(guess, tags, QuotaKind::Stranger).await? {
                    return Ok(Tried::Right);
                }
                self.memory.remember_wrong(tags.wrong, Seen::Answered);
                Ok(Tried::Wrong)
            }
            Err(wait) => {
                self.wait_like_a_dummy(guess).await;
                Ok(Tried::Later(wait))
            }
        }
    }

    async fn try_without_address(
        &self,
        guess: &Guess<'_>,
        tags: &Tags,
        seen: Option<Seen>,
        requester: Requester,
    ) -> Result<Tried, Error> {
        if self.memory.note_without_address(requester) {
            tracing::warn!(
                event = "no_client_address",
                %requester,
                "account passwords are tried and no address of the client comes with them: guessing is slowed for all \
                 who come this way together; have the mail server or proxy pass the address"
            );
        }

        let mut timeout = guess.timeout();
        let new = seen.is_none();
        if new {
            match self.memory.take(QuotaKind::LookUp, guess, timeout) {
                Ok(wait) => {
                    self.slow_down(wait).await;
                    timeout = timeout.saturating_sub(wait);
                }
                Err(wait) => return Ok(Tried::Later(wait)),
            }
        }

        let right = self.memory.is_right(tags.right.as_ref());
        if !right {
            self.memory.remember_wrong(tags.wrong, Seen::NotInMemory);
            match self.memory.take(QuotaKind::Slow, guess, timeout) {
                Ok(wait) => self.slow_down(wait).await,
                Err(wait) => return Ok(Tried::Later(wait)),
            }
        }

        if right || self.matches(guess, tags, QuotaKind::Slow).await? {
            if new {
                self.memory.give_back(QuotaKind::LookUp, guess);
            }
            // Else whoever comes the same way would find it without a look into memory being charged.
            self.memory.forget_wrong(&tags.wrong);
            return Ok(Tried::Right);
        }
        self.memory.remember_wrong(tags.wrong, Seen::Answered);
        Ok(Tried::Wrong)
    }

    /// Compares by Argon2 what was charged to `quota`. What was right, or could not be compared, was no guess.
    async fn matches(&self, guess: &Guess<'_>, tags: &Tags, quota: QuotaKind) -> Result<bool, Error> {
        let begun = self.clock.monotonic();
        let compared = self.compare_slowly(guess).await;

        if guess.used == Use::SignIn {
            self.memory.took(self.clock.monotonic().saturating_sub(begun));
        }
        if !matches!(compared, Ok(false)) {
            self.memory.give_back(quota, guess);
        }
        if matches!(compared, Ok(true)) {
            self.memory.remember_right(tags.right);
        }

        compared
    }

    /// Where there is nothing to compare with, a sign-in pretends to.
    async fn compare_slowly(&self, guess: &Guess<'_>) -> Result<bool, Error> {
        Ok(match (guess.password, guess.hash) {
            (Some(password), Some(hash)) if guess.used == Use::MailCheck => {
                self.password_hasher.verify_for_mail(password, hash).await?
            }
            (Some(password), Some(hash)) => self.password_hasher.verify(password, hash).await?,
            (Some(password), None) if guess.used == Use::SignIn => {
                self.password_hasher.verify_dummy(password).await?;
                false
            }
            _ => false,
        })
    }

    /// At sign-in an answer at once takes as long as a comparison: it must not be seen that there was none. At a
    /// check the floor of refusals does the same.
    async fn wait_like_a_dummy(&self, guess: &Guess<'_>) {
        if guess.used == Use::SignIn {
            // Where so many wait already nobody could tell the time of one from that of another.
            drop(self.refusals.park(self.memory.as_long_as_before()).await);
        }
    }

    async fn slow_down(&self, wait: Duration) {
        if !wait.is_zero() {
            self.metrics.throttled();
            self.clock.sleep(wait).await;
        }
    }

    /// Remembers an account password that was just set, or was right.
    pub(super) fn remember_account_password(&self, login: &str, password: &Secret, hash: &str) {
        self.memory.remember_right(Some(self.tag(&["right", login, hash, password.expose()])));
    }

    /// A member got in from here.
    pub(super) fn record_sign_in(&self, member: MemberId, login: &str, purpose: Purpose, place: Place) {
        if may_be_known(&place) {
            self.memory.remember_place(self.place_tag(login, purpose, &place), Familiarity::Place);
            self.usage.got_in_from((member, purpose, place), self.clock.now());
        }
    }

    fn tags(&self, guess: &Guess<'_>) -> Tags {
        let place = format!("{:?} {:?}", guess.used, guess.place);
        let password = guess.password.map_or("", Secret::expose);
        let none = if guess.password.is_none() { "none" } else { "" };
        let hash = guess.hash.unwrap_or("");

        let wrong = self.tag(&["wrong", &place, guess.login, hash, none, password]);
        let right = |hash| self.tag(&["right", guess.login, hash, password]);
        let right = guess.hash.filter(|_| guess.password.is_some()).map(right);
        Tags { wrong, right }
    }

    fn place_tag(&self, login: &str, purpose: Purpose, place: &Place) -> Tag {
        self.tag(&["place", purpose.name(), login, &format!("{place:?}")])
    }

    /// A hash of texts that nobody can guess at without the keyring.
    fn tag(&self, texts: &[&str]) -> Tag {
        let mut all = Zeroizing::new(b"clientpass throttle 1".to_vec());
        // Room for all of it at once: what grows leaves copies behind.
        all.reserve(texts.iter().map(|text| text.len() + 8).sum());
        for text in texts {
            all.extend_from_slice(&(text.len() as u64).to_be_bytes());
            all.extend_from_slice(text.as_bytes());
        }

        let [newest, _] = self.keyring.fingerprints(&all);
        newest.first_chunk().copied().unwrap_or_default()
    }
}

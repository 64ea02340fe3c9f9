//! Guessing is slow, and nobody is locked out: rule 10 for account passwords.
//!
//! ```text
//!   seen here before? ----> wrong, at no cost
//!     | no
//!   known place ----> in memory? --> right        its own budget --> Argon2 --> right
//!     |                                                 | wrong
//!   any address ---------------------------------> a stranger's budget --> in memory? Argon2 --> right, wrong
//!     |                                                 | spent
//!   no address -----> 1/s: in memory? --> right         later
//!                     1/10 s: Argon2 --> right, wrong
//! ```
//!
//! A known place decides only whether a candidate is looked at. A wrong one is answered as a stranger's would be.

use std::time::Duration;

use zeroize::Zeroizing;

use super::{Error, Service};
use crate::domain::ids::MemberId;
use crate::domain::place::{Asker, Place};
use crate::domain::secret::Secret;
use crate::domain::throttle::Budget;
use crate::store::known_places::{Familiarity, Purpose};

mod memory;

pub(super) use memory::LoginThrottle;
use memory::{Seen, Tag, may_be_known};

/// A mail check over its budget waits at most this long, then ends as "cannot answer".
const MAIL_CHECK_WAIT: Duration = Duration::from_secs(4);

/// What a secret is tried for. Each has budgets of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
    /// Mail.
    MailCheck,
    /// A session.
    SignIn,
    /// The current password, to set another.
    CurrentPassword,
    /// A one-time code at sign-in.
    Code,
}

/// A secret that somebody tries.
#[derive(Clone, Copy)]
pub(super) struct Guess<'a> {
    /// What for.
    pub(super) used: Use,
    /// From where.
    pub(super) place: Place,
    /// Whose it should be.
    pub(super) login: &'a str,
    /// The account password that was typed; `None` if that can be nobody's.
    pub(super) password: Option<&'a Secret>,
    /// What it is held against; `None` if nobody may get in with an account password.
    pub(super) hash: Option<&'a str>,
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tried {
    /// It is the one.
    Right,
    /// It is not, or nobody may get in with one.
    Wrong,
    /// Come back after this time.
    Later(Duration),
}

/// What a guess is remembered by.
struct Tags {
    /// From this place, for this login, against this hash.
    wrong: Tag,
    /// For this login, against this hash, from anywhere.
    right: Option<Tag>,
}

impl Guess<'_> {
    /// How long it may wait for its turn.
    const fn patience(&self) -> Duration {
        match self.used {
            Use::MailCheck => MAIL_CHECK_WAIT,
            Use::SignIn | Use::CurrentPassword | Use::Code => Duration::ZERO,
        }
    }
}

impl Service {
    /// Tries an account password.
    pub(super) async fn try_account_password(&self, guess: &Guess<'_>) -> Result<Tried, Error> {
        let tags = self.tags(guess);
        let seen = self.throttle.seen(&tags.wrong);
        if seen == Some(Seen::Answered) {
            self.wait_like_a_dummy(guess).await;
            return Ok(Tried::Wrong);
        }
        match guess.place {
            Place::Unknown(asker) => self.try_without_address(guess, &tags, seen, asker).await,
            Place::Address(_) | Place::Device(_) => match self.standing(guess).await? {
                Some(known) => self.try_at_known_place(guess, &tags, seen, known).await,
                None => self.try_as_stranger(guess, &tags, guess.patience()).await,
            },
        }
    }

    /// How well the place is known to the login. The database is asked only where it makes a difference.
    pub(super) async fn standing(&self, guess: &Guess<'_>) -> Result<Option<Familiarity>, Error> {
        let tag = self.place_tag(guess.login, Purpose::of(guess.used), &guess.place);
        if let Some(known) = self.throttle.familiarity(&tag) {
            return Ok(Some(known));
        }
        if self.throttle.wait(Budget::Stranger, guess).is_zero() {
            return Ok(None);
        }
        self.stored_standing(guess).await
    }

    /// How well the place is known to the login, as the database has it.
    pub(super) async fn stored_standing(&self, guess: &Guess<'_>) -> Result<Option<Familiarity>, Error> {
        let purpose = Purpose::of(guess.used);
        let known = self.store.familiarity(guess.login, purpose, &guess.place).await?;
        if let Some(known) = known {
            self.throttle.remember_place(self.place_tag(guess.login, purpose, &guess.place), known);
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
        if exact && self.throttle.is_right(tags.right.as_ref()) {
            return Ok(Tried::Right);
        }
        let (mut looked_at, mut patience) = (seen == Some(Seen::Unanswered), guess.patience());
        let own = if exact { Budget::Known } else { Budget::KnownNetwork };
        if !looked_at && let Ok(wait) = self.throttle.take(own, guess, patience) {
            self.slow_down(wait).await;
            patience = patience.saturating_sub(wait);
            if self.matches(guess, tags, own).await? {
                return Ok(Tried::Right);
            }
            self.throttle.remember_wrong(tags.wrong, Seen::Unanswered);
            looked_at = true;
        }
        if !looked_at {
            return self.try_as_stranger(guess, tags, patience).await;
        }
        match self.throttle.take(Budget::Stranger, guess, patience) {
            Ok(wait) => {
                self.slow_down(wait).await;
                self.throttle.remember_wrong(tags.wrong, Seen::Answered);
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
        patience: Duration,
    ) -> Result<Tried, Error> {
        match self.throttle.take(Budget::Stranger, guess, patience) {
            Ok(wait) => {
                self.slow_down(wait).await;
                if self.throttle.is_right(tags.right.as_ref()) {
                    self.throttle.give_back(Budget::Stranger, guess);
                    return Ok(Tried::Right);
                }
                if self.matches(guess, tags, Budget::Stranger).await? {
                    return Ok(Tried::Right);
                }
                self.throttle.remember_wrong(tags.wrong, Seen::Answered);
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
        asker: Asker,
    ) -> Result<Tried, Error> {
        if self.throttle.note_without_address(asker) {
            tracing::warn!(
                event = "no_client_address",
                %asker,
                "account passwords are tried and no address of the client comes with them: guessing is slowed for all \
                 who come this way together; have the mail server or proxy pass the address"
            );
        }
        let mut patience = guess.patience();
        let new = seen.is_none();
        if new {
            match self.throttle.take(Budget::LookUp, guess, patience) {
                Ok(wait) => {
                    self.slow_down(wait).await;
                    patience = patience.saturating_sub(wait);
                }
                Err(wait) => return Ok(Tried::Later(wait)),
            }
        }
        let right = self.throttle.is_right(tags.right.as_ref());
        if !right {
            self.throttle.remember_wrong(tags.wrong, Seen::NotInMemory);
            match self.throttle.take(Budget::Slow, guess, patience) {
                Ok(wait) => self.slow_down(wait).await,
                Err(wait) => return Ok(Tried::Later(wait)),
            }
        }
        if right || self.matches(guess, tags, Budget::Slow).await? {
            if new {
                self.throttle.give_back(Budget::LookUp, guess);
            }
            // Else whoever comes the same way would find it without a look into memory being charged.
            self.throttle.forget_wrong(&tags.wrong);
            return Ok(Tried::Right);
        }
        self.throttle.remember_wrong(tags.wrong, Seen::Answered);
        Ok(Tried::Wrong)
    }

    /// Compares by Argon2 what was charged to `budget`. What was right, or could not be compared, was no guess.
    async fn matches(&self, guess: &Guess<'_>, tags: &Tags, budget: Budget) -> Result<bool, Error> {
        let begun = self.clock.monotonic();
        let compared = self.compare_slowly(guess).await;
        if guess.used == Use::SignIn {
            self.throttle.took(self.clock.monotonic().saturating_sub(begun));
        }
        if !matches!(compared, Ok(false)) {
            self.throttle.give_back(budget, guess);
        }
        if matches!(compared, Ok(true)) {
            self.throttle.remember_right(tags.right);
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

    /// At sign-in whoever is told at once takes as long as a comparison: it must not be seen that there was none. At a
    /// check the floor of refusals does the same.
    async fn wait_like_a_dummy(&self, guess: &Guess<'_>) {
        if guess.used == Use::SignIn {
            // Where so many wait already nobody could tell the time of one from that of another.
            drop(self.park(self.throttle.as_long_as_before()).await);
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
        self.throttle.remember_right(Some(self.tag(&["right", login, hash, password.expose()])));
    }

    /// A member got in from here.
    pub(super) fn record_sign_in(&self, member: MemberId, login: &str, purpose: Purpose, place: Place) {
        if may_be_known(&place) {
            self.throttle.remember_place(self.place_tag(login, purpose, &place), Familiarity::Place);
            self.usage.got_in_from((member, purpose, place), self.clock.now());
        }
    }

    /// A proxy names clients and is not trusted: its word is not taken, and it is none of them.
    pub fn note_untrusted_proxy(&self, peer: std::net::IpAddr) {
        if self.throttle.note_proxy(peer) {
            tracing::warn!(
                event = "proxy_not_trusted",
                %peer,
                "X-Forwarded-For comes from a peer that is not trusted, so nobody behind it has an address; if it is \
                 your proxy, set trusted_proxies = [\"{peer}\"] in [server]"
            );
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

//! Places that members got in from, and one-time codes that were tried in vain: what guessing is slowed by and has to
//! outlive the process.

use super::database::{Attempt, Database};
use super::engine::unmet::Unmet;
use super::engine::{Columns, EngineError};
use super::record::Record;
use super::statements::{args, long, point};
use super::transaction::Transaction;
use crate::clock::Timestamp;
use crate::domain::ids::MemberId;
use crate::domain::lease::Lease;
use crate::domain::place::Place;
use crate::domain::second_factor::MOST_WRONG_CODES;

/// Places of a member that are remembered, for each purpose.
const REMEMBERED: i64 = 64;

/// What a place is known for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Purpose {
    /// A client password or the account password was right there.
    Password,
    /// A sign-in was completed there, with a second step.
    Code,
}

impl Purpose {
    /// Its name in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Code => "code",
        }
    }
}

/// How well a place is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Familiarity {
    /// The login got in from exactly there.
    Place,
    /// The login got in from that network, before exact places were kept.
    Network,
}

/// A place of which a member is known there: an address or a device.
pub type KnownPlace = (MemberId, Purpose, Place);

/// Forgets of what is kept for a member the places that are too many.
pub(super) fn forget_oldest(transaction: &mut Transaction, member: MemberId, purpose: Purpose) {
    transaction
        .execute(point!("known_places/forget_oldest"), args![member.uuid(), purpose.name(), REMEMBERED - 1]);
}

/// What was tried in vain counts no more.
pub(super) fn forget_wrong_codes(transaction: &mut Transaction, member: MemberId) {
    transaction.execute(point!("code_guesses/forget"), args![member.uuid()]);
}

/// Known places, and codes that were tried in vain.
#[derive(Clone, Debug)]
pub struct PlaceStore {
    database: Database,
}

impl PlaceStore {
    pub(super) const fn new(database: Database) -> Self {
        Self { database }
    }

    /// How well the place is known to this login; `None` if it is not.
    pub async fn familiarity(
        &self,
        login: &str,
        purpose: Purpose,
        place: &Place,
    ) -> Result<Option<Familiarity>, EngineError> {
        let Some(text) = place.to_text() else { return Ok(None) };
        let network = place.network_text().unwrap_or_else(|| text.clone());
        let args = args![login, purpose.name(), text.as_str(), network];
        let known = self.database.all(point!("known_places/of_login"), args, Columns::text).await?;

        Ok(if known.contains(&text) {
            Some(Familiarity::Place)
        } else {
            known.first().map(|_| Familiarity::Network)
        })
    }

    /// Forgets places that nobody has got in from since.
    pub async fn sweep(&self, lease: Lease, until: Timestamp) -> Attempt {
        let mut transaction = Transaction::job(lease);
        transaction.execute(long!("known_places/sweep"), args![until]);
        self.database.commit(transaction).await
    }

    /// Counts a code as wrong before it is compared, unless as many were wrong as may be.
    pub async fn count_code(&self, member: MemberId) -> Attempt {
        let mut transaction = Transaction::system();
        transaction.expect_one(
            point!("code_guesses/count"),
            args![member.uuid(), MOST_WRONG_CODES],
            Unmet::CodesBlocked,
        );
        self.database.commit(transaction).await
    }

    /// Whether codes from places that are not known are not taken.
    pub async fn are_codes_blocked(&self, member: MemberId) -> Result<bool, EngineError> {
        let wrong =
            self.database.one(point!("code_guesses/wrong"), args![member.uuid()], Columns::int).await?;
        Ok(wrong.is_some_and(|wrong| wrong >= MOST_WRONG_CODES))
    }

    /// Takes codes from everywhere again.
    pub async fn lift_code_block(&self, member: MemberId, record: &Record) -> Attempt {
        let mut transaction = Transaction::of(record);
        transaction.expect_one(
            point!("code_guesses/lift"),
            args![member.uuid(), MOST_WRONG_CODES],
            Unmet::Nothing,
        );

        transaction.record(record);
        self.database.commit(transaction).await
    }
}

//! The first organization: the one-time setup token and what it is redeemed for.

use super::audit::Record;
use super::engine::{Columns, EngineError};
use super::members::NewMember;
use super::organizations::NewOrganization;
use super::service_keys::NewServiceKey;
use super::{Outcome, Plan, Store, Verifier, Verifiers, args, long, point};
use crate::clock::Timestamp;

/// Everything that an empty installation begins with.
#[derive(Clone, Debug)]
pub struct FirstOrganization {
    /// The organization with its domain.
    pub organization: NewOrganization,
    /// Its owner.
    pub owner: NewMember,
    /// Keys of no organization: the operator's and the mail server's.
    pub keys: [NewServiceKey; 2],
}

/// What `Store::set_up` may find.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetUp {
    /// Done.
    Done,
    /// The token is wrong, used or too old.
    WrongToken,
    /// There is an organization already.
    NotEmpty,
}

impl Store {
    /// Whether there is any organization.
    pub async fn any_organization(&self) -> Result<bool, EngineError> {
        let count = self.one(point!("setup/any_organization"), vec![], Columns::int).await?;
        Ok(count.unwrap_or(0) > 0)
    }

    /// Makes this the only valid setup token.
    pub async fn put_setup_token(
        &self,
        verifier: &Verifier,
        expires_at: Timestamp,
    ) -> Result<(), EngineError> {
        let mut plan = Plan::new();
        plan.must(point!("setup/lock"), vec![]);
        plan.then(long!("setup/clear_tokens"), vec![]);
        plan.then(point!("setup/put_token"), args![&verifier[..], expires_at]);
        self.write(plan).await.map(|_| ())
    }

    /// Makes the first organization. With a token, only if it is valid at `now`; it is used up.
    pub async fn set_up(
        &self,
        token: Option<(&Verifiers, Timestamp)>,
        first: &FirstOrganization,
        record: &Record,
    ) -> Result<SetUp, EngineError> {
        let mut plan = Plan::new();
        // There is no row yet that this is about: all who set up wait for each other on one that always is.
        plan.must(point!("setup/lock"), vec![]);
        let mut token_step = None;
        if let Some(([a, b], now)) = token {
            token_step = Some(plan.must(point!("setup/take_token"), args![&a[..], &b[..], now]));
        }
        first.organization.insert(&mut plan, point!("organizations/insert_first"));
        first.owner.insert(&mut plan);
        for key in &first.keys {
            key.insert(&mut plan);
        }
        plan.then(long!("setup/clear_tokens"), vec![]);
        plan.record(record);
        let outcome: Outcome = self.write(plan).await?;
        Ok(match outcome {
            Ok(_) => SetUp::Done,
            Err(step) if Some(step) == token_step => SetUp::WrongToken,
            Err(_) => SetUp::NotEmpty,
        })
    }
}

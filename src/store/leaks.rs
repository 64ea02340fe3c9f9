//! Leaks: what a string opens that was found somewhere, and the transaction that ends all that a report has found.
//!
//! Of the strings only verifiers come here. A report is one transaction whatever it has found, so that what is acknowledged
//! is on disk as a whole, and whoever reports waits for one commit.

use super::database::{Attempt, Database};
use super::engine::unmet::Unmet;
use super::engine::{Columns, EngineError};
use super::record::Record;
use super::service_keys::service_key;
use super::statements::{NOW, args, long, note, point};
use super::transaction::Transaction;
use super::verifier::Verifiers;
use crate::clock::Timestamp;
use crate::domain::client_password::EndReason;
use crate::domain::ids::MemberId;
use crate::domain::leak::{Leak, Whose};
use crate::domain::secret::TokenKind;

/// Something that was found, on its way to its end.
#[derive(Clone, Debug)]
pub struct LeakEnd {
    /// What the string opens.
    pub leak: Leak,
    /// The verifiers of the string.
    pub verifiers: Verifiers,
    /// The record of its end, in the organization that it is in.
    pub record: Record,
}

fn whose(c: &mut Columns) -> Result<Whose, EngineError> {
    Ok(Whose { member_id: c.id()?, organization_id: c.id()? })
}

/// Finds and ends what was found somewhere.
#[derive(Clone, Debug)]
pub struct LeakStore {
    database: Database,
}

impl LeakStore {
    pub(super) const fn new(database: Database) -> Self {
        Self { database }
    }

    /// What lives at `now` and has one of these verifiers: a client password, or what a token of this kind opens.
    pub async fn find(
        &self,
        kind: Option<TokenKind>,
        [a, b]: &Verifiers,
        now: Timestamp,
    ) -> Result<Option<Leak>, EngineError> {
        let database = &self.database;
        let args = args![&a[..], &b[..], now];
        match kind {
            None => {
                let decode = |c: &mut Columns| Ok(Leak::ClientPassword(c.id()?, whose(c)?));
                database.one(point!("leaks/client_password"), args, decode).await
            }
            Some(TokenKind::Session) => {
                let decode = |c: &mut Columns| Ok(Leak::Session(c.id()?, whose(c)?));
                database.one(point!("leaks/session"), args, decode).await
            }
            Some(TokenKind::ServiceKey) => {
                let decode = |c: &mut Columns| Ok(Leak::ServiceKey(service_key(c)?));
                database.one(point!("leaks/service_key"), args![&a[..], &b[..]], decode).await
            }
            Some(TokenKind::Invitation) => {
                let decode = |c: &mut Columns| Ok(Leak::Invitation(c.id()?, whose(c)?));
                database.one(point!("leaks/invitation"), args, decode).await
            }
            Some(TokenKind::ClientSetup) => {
                let decode = |c: &mut Columns| Ok(Leak::ClientSetupLink(c.id()?, whose(c)?));
                database.one(point!("leaks/client_setup_link"), args, decode).await
            }
            Some(TokenKind::Setup) => {
                let decode = |_: &mut Columns| Ok(Leak::SetupToken);
                database.one(point!("leaks/setup_token"), args, decode).await
            }
        }
    }

    /// Writes down that there was a report, and ends all that it has found, all or nothing. What has changed since it was
    /// found is looked for once more.
    pub async fn end(&self, report: &Record, ends: &[LeakEnd]) -> Attempt {
        let members: Vec<MemberId> = ends.iter().filter_map(|end| end.leak.member_id()).collect();
        let mut transaction = Transaction::of_many(report, &members);
        transaction.record(report);
        for end in ends {
            transaction.end_leak(end);
            transaction.record(&end.record);
        }
        self.database.commit(transaction).await
    }
}

impl Transaction {
    fn end_leak(&mut self, LeakEnd { leak, verifiers: [a, b], .. }: &LeakEnd) {
        let [a, b] = [&a[..], &b[..]];
        match leak {
            Leak::ClientPassword(id, _) => {
                self.end_client_password(*id, EndReason::Leaked, Unmet::Version);
            }
            Leak::Session(id, _) => {
                self.expect_one(point!("leaks/end_session"), args![id.uuid(), a, b], Unmet::Version);
            }
            Leak::Invitation(id, whose) => {
                let args = args![id.uuid(), whose.member_id.uuid()];
                self.expect_one(point!("leaks/end_invitation"), args, Unmet::Version);
            }
            Leak::ClientSetupLink(id, _) => {
                let args = args![id.uuid(), a, b];
                self.expect_one(point!("leaks/end_client_setup_link"), args, Unmet::Version);
            }
            Leak::ServiceKey(key) if !leak.ends() => {
                self.expect_one(note!("leaks/mark_service_key"), args![NOW, key.id.uuid()], Unmet::Version);
            }
            Leak::ServiceKey(key) => {
                self.expect_one(point!("service_keys/end"), args![key.id.uuid()], Unmet::Version);
                self.execute(long!("invitations/end_by"), args![key.id.uuid()]);
            }
            Leak::SetupToken => {
                self.expect_one(point!("leaks/end_setup_token"), args![a, b], Unmet::Version);
            }
        }
    }
}

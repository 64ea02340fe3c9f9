//! Client passwords: made, listed, changed, ended one by one. Rotation is next door.

use unicode_normalization::UnicodeNormalization as _;
use uuid::Uuid;

use super::database::{Attempt, Database};
use super::engine::unmet::Unmet;
use super::engine::{Columns, EngineError, Value};
use super::page::Page;
use super::pending_end::PendingEnd;
use super::policies::PolicyFacts;
use super::record::Record;
use super::statements::{NOW, args, ending, list, long, point};
use super::transaction::Transaction;
use super::verifier::Verifier;
use crate::clock::Timestamp;
use crate::domain::client_password::{
    ClientPassword, End, EndReason, LastUse, PROLONGED_BEFORE, StaleUse, StateFilter, Validity,
};
use crate::domain::ids::{ClientPasswordId, MemberId, OrganizationId};
use crate::domain::network::Networks;
use crate::domain::protocol::{Protocol, ProtocolSet};
use crate::domain::revocation::{Filter, ListFilter, MAX_DEPARTMENTS};

pub mod rotation;
pub mod sweeping;

/// A client password on its way in; its secret only as a verifier.
#[derive(Clone, Debug)]
pub struct NewClientPassword {
    /// The id that the record names.
    pub id: ClientPasswordId,
    /// HMAC of the secret.
    pub verifier: Verifier,
    /// The pepper of that HMAC.
    pub pepper_id: i64,
    /// The member who may use it.
    pub member_id: MemberId,
    /// The name that the member gave it, checked already.
    pub label: String,
    /// Protocols it opens.
    pub protocols: ProtocolSet,
    /// Networks it opens them from.
    pub networks: Networks,
    /// When it expires; `None` for never.
    pub expires_at: Option<Timestamp>,
}

/// What a member may change of a client password.
#[derive(Clone, Debug)]
pub struct Change {
    /// The label from now on, changed or not.
    pub label: String,
    /// All protocols that it opens from now on.
    pub protocols: ProtocolSet,
    /// All networks that it opens them from; if none is listed, any.
    pub networks: Networks,
    /// When it expires from now on; `None` for never.
    pub expires_at: Option<Timestamp>,
    /// Whether that is later than it was.
    pub prolongs: bool,
}

/// A protocol kept as its bit.
pub(super) fn protocol(bits: i64) -> Option<Protocol> {
    ProtocolSet::from_bits(bits).iter().next()
}

/// The bit of a protocol.
pub(super) fn bit(protocol: Protocol) -> i64 {
    ProtocolSet::EMPTY.with(protocol).bits()
}

fn end(c: &mut Columns) -> Result<Option<End>, EngineError> {
    let (at, reason) = (c.opt_time()?, c.opt_parsed(EndReason::parse)?);
    Ok(at.zip(reason).map(|(at, reason)| End { at, reason }))
}

fn last_use(c: &mut Columns) -> Result<Option<LastUse>, EngineError> {
    let (at, bits, ip, client) = (c.opt_time()?, c.opt_int()?, c.opt_text()?, c.opt_text()?);
    let used = at.zip(bits.and_then(protocol));
    Ok(used.map(|(at, protocol)| LastUse { at, protocol, ip, client }))
}

fn stale_use(c: &mut Columns) -> Result<Option<StaleUse>, EngineError> {
    let (at, bits, ip, count) = (c.opt_time()?, c.opt_int()?, c.opt_text()?, c.opt_int()?);
    let used = at.zip(bits.and_then(protocol));
    Ok(used.map(|(at, protocol)| StaleUse { at, protocol, ip, count: count.unwrap_or(0) }))
}

/// The columns of the view `client_password_details`, in its order.
pub(super) fn client_password(c: &mut Columns) -> Result<ClientPassword, EngineError> {
    let (id, member_id, organization_id) = (c.id()?, c.id()?, c.id()?);
    let (label, protocols) = (c.text()?, ProtocolSet::from_bits(c.int()?));
    let networks = c.parsed(Networks::from_text)?;
    let (created_at, expires_at, overlap_until) = (c.time()?, c.opt_time()?, c.opt_time()?);
    let (individual_end, member_end, organization_end) = (end(c)?, end(c)?, end(c)?);
    let epoch_end = member_end.into_iter().chain(organization_end).min_by_key(|end| end.at);

    Ok(ClientPassword {
        id,
        member_id,
        organization_id,
        label,
        protocols,
        networks,
        validity: Validity { expires_at, overlap_until, individual_end, epoch_end },
        created_at,
        last_used: last_use(c)?,
        stale_use: stale_use(c)?,
        replaces: c.opt_id()?,
        replaced_by: c.opt_id()?,
        version: c.int()?,
        moved: ProtocolSet::from_bits(c.int()?),
        idle_at: None,
    })
}

/// Reads and writes client passwords.
#[derive(Clone, Debug)]
pub struct ClientPasswordStore {
    database: Database,
}

impl ClientPasswordStore {
    pub(super) const fn new(database: Database) -> Self {
        Self { database }
    }

    /// The last row of a page that reads so many on from `before`, if there are more.
    pub async fn end_of_page(
        &self,
        organization: OrganizationId,
        before: Uuid,
        rows: i64,
    ) -> Result<Option<Uuid>, EngineError> {
        self.database.end_of_page(list!("client_passwords/page_end"), organization.uuid(), before, rows).await
    }

    /// The same of a member's list.
    pub async fn end_of_member_page(
        &self,
        member: MemberId,
        before: Uuid,
        rows: i64,
    ) -> Result<Option<Uuid>, EngineError> {
        let statement = list!("client_passwords/page_end_of_member");
        self.database.end_of_page(statement, member.uuid(), before, rows).await
    }

    /// Makes a client password, if the member may have one more and the policy still says what it was made by.
    pub async fn issue(
        &self,
        new: &NewClientPassword,
        limit: i64,
        facts: &PolicyFacts,
        record: &Record,
    ) -> Attempt {
        let mut transaction = Transaction::of(record);
        transaction.demand_policy(facts);
        transaction.demand_secure_login(new.member_id);

        transaction.expect_one(
            point!("client_passwords/issue"),
            args![
                &new.verifier[..],
                new.pepper_id,
                new.id.uuid(),
                new.label.as_str(),
                new.protocols.bits(),
                new.networks.to_text(),
                NOW,
                new.expires_at,
                new.member_id.uuid(),
                limit,
            ],
            Unmet::LimitReached,
        );

        transaction.record(record);
        self.database.commit(transaction).await
    }

    /// One client password, ended or not.
    pub async fn by_id(&self, id: ClientPasswordId) -> Result<Option<ClientPassword>, EngineError> {
        self.database.one(point!("client_passwords/by_id"), args![id.uuid()], client_password).await
    }

    /// Client passwords of a member of this organization that the filter finds, newest first. `member_ids` is not
    /// looked at.
    pub async fn list_of_member(
        &self,
        organization: OrganizationId,
        member: MemberId,
        wanted: &ListFilter,
        now: Timestamp,
        page: Page,
    ) -> Result<Vec<ClientPassword>, EngineError> {
        let mut args = args![member.uuid(), page.before, page.from, organization.uuid()];
        args.extend(wanted_args(wanted, now, page));
        self.database.all(list!("client_passwords/of_member"), args, client_password).await
    }

    /// Client passwords of an organization that the filter finds, newest first. `member_ids` is not looked at.
    pub async fn list_of_organization(
        &self,
        organization: OrganizationId,
        wanted: &ListFilter,
        now: Timestamp,
        page: Page,
    ) -> Result<Vec<ClientPassword>, EngineError> {
        let mut args = args![organization.uuid(), page.before, page.from];
        args.extend(wanted_args(wanted, now, page));
        self.database.all(list!("client_passwords/of_organization"), args, client_password).await
    }

    /// Those with exactly this label, of this writing, that the filter finds, newest first.
    pub async fn list_of_label(
        &self,
        organization: OrganizationId,
        label: &str,
        wanted: &ListFilter,
        now: Timestamp,
        page: Page,
    ) -> Result<Vec<ClientPassword>, EngineError> {
        let mut args = args![organization.uuid(), label, page.before, page.from];
        args.extend(wanted_args(wanted, now, page));
        self.database.all(list!("client_passwords/of_label"), args, client_password).await
    }

    /// The last row of a piece of the list of a label.
    pub async fn end_of_label_page(
        &self,
        organization: OrganizationId,
        label: &str,
        before: Uuid,
        rows: i64,
    ) -> Result<Option<Uuid>, EngineError> {
        let args = args![organization.uuid(), label, before, rows];
        self.database.one(list!("client_passwords/page_end_of_label"), args, Columns::id).await
    }

    /// Whether a client password of this organization has this label, or had it.
    pub async fn is_label_known(
        &self,
        organization: OrganizationId,
        label: &str,
    ) -> Result<bool, EngineError> {
        let args = args![organization.uuid(), label.to_owned(), decomposed(label)];
        let found = self.database.one(long!("client_passwords/any_of_label"), args, Columns::int).await?;
        Ok(found.is_some())
    }

    /// How many live client passwords a member has.
    pub async fn count_live(&self, member: MemberId, now: Timestamp) -> Result<i64, EngineError> {
        let count =
            self.database.one(point!("client_passwords/count_live"), args![member.uuid(), now], Columns::int);
        Ok(count.await?.unwrap_or(0))
    }

    /// Changes a live client password of this version, if the policy still says what the change was judged by.
    pub async fn update(
        &self,
        id: ClientPasswordId,
        version: i64,
        change: &Change,
        facts: &PolicyFacts,
        record: &Record,
    ) -> Attempt {
        let mut transaction = Transaction::of(record);
        transaction.demand_policy(facts);
        let until = if change.prolongs { Value::now_plus(PROLONGED_BEFORE) } else { NOW };
        let lives = point!("client_passwords/lives");
        transaction.expect_one(lives, args![id.uuid(), until], Unmet::NotActive);

        transaction.expect_one(
            point!("client_passwords/update"),
            args![
                change.label.as_str(),
                change.protocols.bits(),
                change.networks.to_text(),
                change.expires_at,
                id.uuid(),
                version,
            ],
            Unmet::Version,
        );

        transaction.record(record);
        self.database.commit(transaction).await
    }

    /// Ends one, and what it has replaced and still overlaps with: whoever ends the password of a client that is lost
    /// means the client, which may not have taken the new one yet. If it has ended already, nothing is written.
    pub async fn revoke(&self, id: ClientPasswordId, reason: EndReason, record: &Record) -> Attempt {
        let mut transaction = Transaction::of(record);
        transaction.end_client_password(id, reason, Unmet::NotActive);
        transaction.record(record);
        self.database.commit(transaction).await
    }

    /// When a client password opened mail last, as far as it was written.
    pub async fn last_use(&self, id: ClientPasswordId) -> Result<Option<Timestamp>, EngineError> {
        let read =
            self.database.one(point!("client_passwords/last_use"), args![id.uuid()], Columns::opt_time);
        Ok(read.await?.flatten())
    }

    /// Ends one that nothing has used after `since`. If it has ended or was used, nothing is written.
    pub async fn end_idle(&self, id: ClientPasswordId, since: Timestamp, record: &Record) -> Attempt {
        let mut transaction = Transaction::of(record);
        let args = args![NOW, EndReason::Idle.name(), id.uuid(), since];
        transaction.end_one(
            ending!("client_passwords/end_idle"),
            args,
            Unmet::NotActive,
            PendingEnd::One(id),
        );
        transaction.record(record);
        self.database.commit(transaction).await
    }
}

impl Transaction {
    /// Ends one, and what it has replaced and still overlaps with; `unmet` if it has ended already.
    pub(super) fn end_client_password(&mut self, id: ClientPasswordId, reason: EndReason, unmet: Unmet) {
        let args = args![NOW, reason.name(), id.uuid()];
        self.end_one(ending!("client_passwords/revoke"), args, unmet, PendingEnd::One(id));
        self.end_any(
            ending!("client_passwords/end_predecessor"),
            args![NOW, reason.name(), id.uuid()],
            [PendingEnd::Predecessor(id)],
        );
    }

    /// Demands that a member, whose row is locked by now, is active and has secure login on.
    pub(super) fn demand_secure_login(&mut self, member: MemberId) {
        self.expect_one(point!("members/has_secure_login"), args![member.uuid()], Unmet::SecureLoginOff);
    }
}

/// The writings in which a label may be stored, each once.
pub fn writings(label: &str) -> Vec<String> {
    let mut found = vec![label.to_owned(), decomposed(label)];
    found.dedup();
    found
}

/// The other writing of a label: those made before all were brought to NFC are as they were typed.
fn decomposed(label: &str) -> String {
    label.nfd().collect()
}

/// State, filter and size of a page, as the statements of lists take them.
fn wanted_args(wanted: &ListFilter, now: Timestamp, page: Page) -> Vec<Value> {
    let mut args = args![wanted.state.map_or("", StateFilter::name), now];
    args.extend(filter_args(&wanted.filter));

    args.extend(args![wanted.ended_reason.map_or("", EndReason::name)]);
    args.push(wanted.filter.department_ids.is_some().into());
    let departments = wanted.filter.department_ids.iter().flatten().map(|id| Value::from(id.uuid()));
    args.extend(departments.chain(std::iter::repeat(Uuid::nil().into())).take(MAX_DEPARTMENTS));
    args.push(page.limit.into());
    args
}

/// The conditions of a filter, as the statements take them.
pub(super) fn filter_args(filter: &Filter) -> Vec<Value> {
    let label = filter.label.clone().unwrap_or_default();
    let decomposed = decomposed(&label);

    args![
        label,
        decomposed,
        filter.protocols.map_or(0, ProtocolSet::bits),
        filter.created_before.map_or(i64::MAX, Timestamp::micros),
        filter.last_used_before.is_some(),
        filter.last_used_before.map_or(0, Timestamp::micros),
        filter.never_used.map_or(-1, i64::from),
        filter.networks.is_some(),
        filter.secure_login.map_or(-1, i64::from),
    ]
}

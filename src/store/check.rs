//! What a check reads: one statement by verifier, or one by login. Mail clients come again and again, so what was
//! read is cached until it changes.

use std::sync::Arc;

use uuid::Uuid;

use super::cache::{CachedRows, RowCache};
use super::database::Database;
use super::engine::{Columns, EngineError};
use super::statements::{args, point};
use super::verifier::Verifiers;
use crate::domain::client_password::{End, EndReason, Validity};
use crate::domain::ids::{ClientPasswordId, DepartmentId, MemberId, OrganizationId};
use crate::domain::member::{MemberState, SignIn};
use crate::domain::network::Networks;
use crate::domain::organization::OrganizationState;
use crate::domain::protocol::ProtocolSet;
use crate::domain::verdict::{Candidate, MemberStatus, WhenUsed};

/// The member whom a check is about.
#[derive(Clone, Debug)]
pub struct CheckedMember {
    /// The id of the member, for the answer and the log.
    pub id: MemberId,
    /// The organization that the member belongs to; the key of the mail server may be bound to another.
    pub organization_id: OrganizationId,
    /// The login as the member's row has it, however it was typed.
    pub login: String,
    /// What the verdict has to know.
    pub status: MemberStatus,
    /// The version of what the policy and the tree of departments come to.
    pub rules_version: i64,
    /// The departments that the member is in.
    pub departments: Vec<DepartmentId>,
}

impl CheckedMember {
    fn heap(&self) -> usize {
        self.login.capacity() + self.departments.capacity() * size_of::<DepartmentId>()
    }
}

/// A client password that a presented secret matched.
#[derive(Clone, Debug)]
pub struct CheckedPassword {
    /// The id under which its uses are written.
    pub id: ClientPasswordId,
    /// The name that the member gave it, for the answer.
    pub label: String,
    /// The client password that it replaces, if it came from a rotation.
    pub replaces: Option<ClientPasswordId>,
    /// The pepper under which it was found.
    pub pepper_id: i64,
    /// Protocols on which the first use of this one has still to end that one.
    pub pending_moves: ProtocolSet,
    /// What the verdict has to know.
    pub found: Candidate,
    /// The member whose client password it is.
    pub member: CheckedMember,
}

/// A member with the hash of the account password.
pub type CheckedLogin = (CheckedMember, Option<String>);

/// Counts of an `Arc`, and what the allocator adds to each piece.
const PIECE: usize = 16;

impl CachedRows for Arc<CheckedPassword> {
    fn rows(&self) -> impl AsRef<[Uuid]> {
        [self.id.uuid(), self.member.id.uuid(), self.member.organization_id.uuid()]
    }

    fn heap(&self) -> usize {
        let texts = self.label.capacity() + self.member.heap() + self.found.networks.heap();
        size_of::<CheckedPassword>() + texts + 5 * PIECE
    }
}

impl CachedRows for Arc<CheckedLogin> {
    fn rows(&self) -> impl AsRef<[Uuid]> {
        [self.0.id.uuid(), self.0.organization_id.uuid()]
    }

    fn heap(&self) -> usize {
        let (member, hash) = self.as_ref();
        size_of::<CheckedLogin>() + member.heap() + hash.as_ref().map_or(0, String::capacity) + 4 * PIECE
    }
}

/// What checks have read and nothing has changed since.
#[derive(Debug)]
pub(super) struct CheckCache {
    passwords: RowCache<Verifiers, Arc<CheckedPassword>>,
    logins: RowCache<String, Arc<CheckedLogin>>,
}

impl CheckCache {
    /// No more than about so many bytes. Most checks are of client passwords.
    pub(super) fn new(bytes: usize) -> Self {
        let logins = bytes / 4;
        Self { passwords: RowCache::new(bytes - logins), logins: RowCache::new(logins) }
    }
}

/// Reads what a check needs, by verifier or by login.
#[derive(Clone, Debug)]
pub struct CheckStore {
    database: Database,
    cache: Arc<CheckCache>,
}

fn member(c: &mut Columns) -> Result<CheckedMember, EngineError> {
    let (id, organization_id, login) = (c.id()?, c.id()?, c.text()?);
    let state = c.parsed(MemberState::parse)?;
    let (secure_login, secure_login_required, epoch) = (c.flag()?, c.flag()?, c.int()?);
    let sign_in = if c.flag()? { SignIn::Local } else { SignIn::External };
    let (organization, organization_epoch) = (c.parsed(OrganizationState::parse)?, c.int()?);

    let status = MemberStatus {
        organization,
        organization_epoch,
        state,
        sign_in,
        secure_login,
        secure_login_required,
        epoch,
    };
    let (rules_version, department) = (c.int()?, c.opt_id()?);
    let departments = department.into_iter().collect();
    Ok(CheckedMember { id, organization_id, login, status, rules_version, departments })
}

/// What a statement found that gives a row for each department of the member.
fn folded<T>(rows: Vec<T>, of: impl Fn(&mut T) -> &mut CheckedMember) -> Option<T> {
    let mut rows = rows.into_iter();
    let mut found = rows.next()?;
    for mut row in rows {
        let more = std::mem::take(&mut of(&mut row).departments);
        of(&mut found).departments.extend(more);
    }
    Some(found)
}

fn password(c: &mut Columns) -> Result<CheckedPassword, EngineError> {
    let (id, label) = (c.id()?, c.text()?);
    let (epoch, organization_epoch) = (c.int()?, c.int()?);
    let created_at = c.time()?;
    let (ended_at, reason) = (c.opt_time()?, c.opt_parsed(EndReason::parse)?);
    let individual_end = ended_at.zip(reason).map(|(at, reason)| End { at, reason });
    let validity =
        Validity { expires_at: c.opt_time()?, overlap_until: c.opt_time()?, individual_end, epoch_end: None };
    let moved = ProtocolSet::from_bits(c.int()?);
    let pending_moves = ProtocolSet::from_bits(c.int()?);
    let protocols = ProtocolSet::from_bits(c.int()?);
    let networks = c.parsed(Networks::from_text)?;
    let (replaces, pepper_id) = (c.opt_id()?, c.int()?);

    let found = Candidate {
        epoch,
        organization_epoch,
        created_at,
        last_used: WhenUsed::NotRead,
        validity,
        moved,
        protocols,
        networks,
    };
    Ok(CheckedPassword { id, label, replaces, pepper_id, pending_moves, found, member: member(c)? })
}

impl CheckStore {
    pub(super) const fn new(database: Database, cache: Arc<CheckCache>) -> Self {
        Self { database, cache }
    }

    /// The client password of this secret, ended or not.
    pub async fn by_verifier(
        &self,
        verifiers: &Verifiers,
    ) -> Result<Option<Arc<CheckedPassword>>, EngineError> {
        let read = async || {
            let found = self.database.presented(point!("check/by_verifier"), verifiers, password).await?;
            Ok(folded(found, |password| &mut password.member).map(Arc::new))
        };
        self.database.current(&self.cache.passwords, *verifiers, read).await
    }

    /// When and how the epoch of a client password of this member ended.
    pub async fn epoch_end(
        &self,
        member: &CheckedMember,
        found: &Candidate,
    ) -> Result<Option<End>, EngineError> {
        let decode = |c: &mut Columns| Ok(End { at: c.time()?, reason: c.parsed(EndReason::parse)? });
        let of =
            args![member.id.uuid(), found.epoch, member.organization_id.uuid(), found.organization_epoch];
        let ends = self.database.all(point!("check/epoch_ends"), of, decode).await?;
        Ok(ends.into_iter().min_by_key(|end| end.at))
    }

    /// The member of this login who has not left, with the hash of the account password.
    pub async fn by_login(&self, login: &str) -> Result<Option<Arc<CheckedLogin>>, EngineError> {
        let read = async || {
            let decode = |c: &mut Columns| Ok((member(c)?, c.opt_text()?));
            let found = self.database.all(point!("check/by_login"), args![login], decode).await?;
            Ok(folded(found, |(member, _)| member).map(Arc::new))
        };
        self.database.current(&self.cache.logins, login.to_owned(), read).await
    }
}

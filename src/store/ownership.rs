//! Who owns an organization, and who may come to.

use super::database::{Attempt, Database};
use super::engine::unmet::Unmet;
use super::engine::{Columns, EngineError, Value};
use super::record::Record;
use super::statements::{NOW, args, point};
use super::transaction::Transaction;
use crate::clock::Timestamp;
use crate::domain::ids::{MemberId, OrganizationId};
use crate::domain::member::Role;
use crate::domain::ownership::{OFFER_LIFETIME, OwnershipOffer};

/// A hand-over, as it was judged.
#[derive(Clone, Copy, Debug)]
pub struct HandOver {
    /// The organization.
    pub organization_id: OrganizationId,
    /// The owner until then, who becomes an administrator.
    pub from: Option<MemberId>,
    /// The owner from then on.
    pub to: MemberId,
    /// The role of the owner-to-be.
    pub role: Role,
    /// Whether it rests on an open offer, which it uses up.
    pub by_offer: bool,
}

/// Reads and writes who owns what.
#[derive(Clone, Debug)]
pub struct OwnershipStore {
    database: Database,
}

impl OwnershipStore {
    pub(super) const fn new(database: Database) -> Self {
        Self { database }
    }

    /// The offer in an organization that is open at `now`.
    pub async fn offer(
        &self,
        organization: OrganizationId,
        now: Timestamp,
    ) -> Result<Option<OwnershipOffer>, EngineError> {
        let decode = |c: &mut Columns| {
            Ok(OwnershipOffer { member_id: c.id()?, created_at: c.time()?, expires_at: c.time()? })
        };
        self.database.one(point!("ownership/find"), args![organization.uuid(), now], decode).await
    }

    /// Offers it to an active member who is not the owner, in the place of an earlier offer.
    pub async fn put_offer(
        &self,
        organization: OrganizationId,
        member: MemberId,
        record: &Record,
    ) -> Attempt {
        let mut transaction = Transaction::of(record);
        transaction.lock_organization(organization);
        let owner = Role::Owner.rank();
        let args = args![NOW, Value::now_plus(OFFER_LIFETIME), member.uuid(), organization.uuid(), owner];
        transaction.expect_one(point!("ownership/offer"), args, Unmet::NotActive);
        transaction.record(record);
        self.database.commit(transaction).await
    }

    /// Withdraws the offer to this member.
    pub async fn end_offer(
        &self,
        organization: OrganizationId,
        member: MemberId,
        record: &Record,
    ) -> Attempt {
        let mut transaction = Transaction::of(record);
        transaction.lock_organization(organization);
        let args = args![organization.uuid(), member.uuid(), NOW];
        transaction.expect_one(point!("ownership/take"), args, Unmet::Nothing);
        transaction.record(record);
        self.database.commit(transaction).await
    }

    /// Hands it over: the former owner becomes an administrator, and what hangs on the roles of both ends.
    pub async fn hand_over(&self, new: &HandOver, record: &Record) -> Attempt {
        let mut transaction = Transaction::of(record);
        let organization = new.organization_id.uuid();
        transaction.lock_organization(new.organization_id);
        if new.by_offer {
            let args = args![organization, new.to.uuid(), NOW];
            transaction.expect_one(point!("ownership/take"), args, Unmet::Nothing);
        }
        transaction.execute(point!("ownership/end"), args![organization]);

        let (owner, admin) = (Role::Owner.rank(), Role::Admin.rank());
        if let Some(from) = new.from {
            let args = args![admin, from.uuid(), organization, owner];
            transaction.expect_one(point!("ownership/change_role"), args, Unmet::Version);
            transaction.end_what_hangs_on_role(from);
        }
        let args = args![owner, new.to.uuid(), organization, new.role.rank()];
        transaction.expect_one(point!("ownership/change_role"), args, Unmet::Version);
        transaction.end_what_hangs_on_role(new.to);

        let args = args![new.to.uuid(), organization, new.from.map(MemberId::uuid)];
        transaction.expect_one(point!("ownership/set_owner"), args, Unmet::Version);
        transaction.record(record);
        self.database.commit(transaction).await
    }
}

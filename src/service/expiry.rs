//! What time has ended is forgotten.

use uuid::Uuid;

use super::Error;
use super::callers::IDLE;
use super::idempotency::KEPT;
use super::parts::Parts;
use crate::clock::Clock;
use crate::domain::lease::Lease;
use crate::domain::notice::OPEN_FOR;
use crate::domain::policy::{DEFAULT_TOMBSTONE_DAYS, Limits};
use crate::domain::revocation::PREVIEW_KEPT;
use crate::store::client_passwords::sweeping::Gone;
use crate::store::{
    ClientPasswordStore, ClientSetupLinkStore, IdempotencyStore, InvitationStore, NoticeStore, PlaceStore,
    RevocationStore, SessionStore,
};

/// So many go in one transaction: other changes wait for no more.
const BATCH: i64 = 200;

/// Forgets what time has ended.
#[derive(Clone)]
pub struct Expiry {
    answers: IdempotencyStore,
    client_passwords: ClientPasswordStore,
    client_setup_links: ClientSetupLinkStore,
    clock: Clock,
    invitations: InvitationStore,
    notices: NoticeStore,
    places: PlaceStore,
    revocations: RevocationStore,
    sessions: SessionStore,
}

impl Expiry {
    pub(super) fn new(parts: &Parts) -> Self {
        Self {
            answers: parts.store.answers(),
            client_passwords: parts.store.client_passwords(),
            client_setup_links: parts.store.client_setup_links(),
            clock: parts.clock.clone(),
            invitations: parts.store.invitations(),
            notices: parts.store.notices(),
            places: parts.store.places(),
            revocations: parts.store.revocations(),
            sessions: parts.store.sessions(),
        }
    }

    /// Deletes answers that are not given again, and forgets keys that are a day old.
    pub async fn sweep_answers(&self, lease: Lease) -> Result<(), Error> {
        let now = self.clock.now();
        Ok(self.answers.sweep(lease, now, now.minus(KEPT)).await??)
    }

    /// Deletes secrets behind set-up links that nobody has fetched in time.
    pub async fn sweep_client_setup_links(&self, lease: Lease) -> Result<(), Error> {
        Ok(self.client_setup_links.sweep(lease, self.clock.now()).await??)
    }

    /// Forgets sessions that are over.
    pub async fn sweep_sessions(&self, lease: Lease) -> Result<(), Error> {
        let now = self.clock.now();
        Ok(self.sessions.sweep(lease, now, now.minus(IDLE)).await??)
    }

    /// Forgets invitations that nobody has redeemed in time.
    pub async fn sweep_invitations(&self, lease: Lease) -> Result<(), Error> {
        Ok(self.invitations.sweep(lease, self.clock.now()).await??)
    }

    /// Forgets client passwords that ended longer ago than their organization wants them recognised.
    pub async fn sweep_tombstones(&self, lease: Lease) -> Result<(), Error> {
        let until = (self.clock.now(), DEFAULT_TOMBSTONE_DAYS);
        for gone in Gone::ALL {
            let mut after = Uuid::nil();
            loop {
                let begun = self.clock.monotonic();
                let (ids, end) = self.client_passwords.forgotten(gone, after, until, BATCH).await?;
                if ids.is_empty() {
                    break;
                }
                self.client_passwords.forget(lease, &ids).await??;
                after = end;
                self.clock.pause_since(begun).await;
            }
        }
        Ok(())
    }

    /// Forgets what previews of bulk revocations have found that nobody may end any more.
    pub async fn sweep_previews(&self, lease: Lease) -> Result<(), Error> {
        loop {
            let begun = self.clock.monotonic();
            let until = self.clock.now().minus(PREVIEW_KEPT);
            let found = self.revocations.forgotten_targets(until, BATCH).await?;
            if found.is_empty() {
                return Ok(());
            }
            self.revocations.forget_targets(lease, &found).await??;
            self.clock.pause_since(begun).await;
        }
    }

    /// Forgets places from which nobody has got in for as long as tombstones are kept where the policy does not say.
    pub async fn sweep_places(&self, lease: Lease) -> Result<(), Error> {
        let until = self.clock.now().minus(Limits::default().tombstone);
        Ok(self.places.sweep(lease, until).await??)
    }

    /// Forgets what was acknowledged of notices that are open no longer.
    pub async fn sweep_notices(&self, lease: Lease) -> Result<(), Error> {
        Ok(self.notices.sweep(lease, self.clock.now().minus(OPEN_FOR)).await??)
    }
}

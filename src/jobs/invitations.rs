//! Forgets invitations that nobody has redeemed in time.

use std::sync::Arc;
use std::time::Duration;

use super::Schedule;
use crate::service::expiry::Expiry;

pub(super) fn add(to: &mut Schedule, expiry: &Arc<Expiry>) {
    let (expiry, every) = (Arc::clone(expiry), Duration::from_secs(3_600));
    to.under_the_lease("invitations", every, async move |lease| expiry.sweep_invitations(lease).await);
}

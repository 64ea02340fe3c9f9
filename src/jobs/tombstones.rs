//! Forgets client passwords that ended longer ago than their organization wants them recognised.

use std::sync::Arc;
use std::time::Duration;

use super::Schedule;
use crate::service::expiry::Expiry;

pub(super) fn add(to: &mut Schedule, expiry: &Arc<Expiry>) {
    let (expiry, every) = (Arc::clone(expiry), Duration::from_secs(86_400));
    to.under_the_lease("tombstones", every, async move |lease| expiry.sweep_tombstones(lease).await);
}

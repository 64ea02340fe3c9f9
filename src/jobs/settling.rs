//! Writes down the longest life of policies that were put: at once if this process has put one, else with the next round.

use std::sync::Arc;

use super::Schedule;
use crate::domain::policy::SETTLE_EVERY;
use crate::service::settling::Settling;

pub(super) fn add(to: &mut Schedule, settling: &Arc<Settling>) {
    let (settling, due) = (Arc::clone(settling), Arc::clone(settling));
    let woken = async move || due.is_due().await;
    to.under_the_lease_when("settling", SETTLE_EVERY, woken, async move |lease| settling.settle(lease).await);
}

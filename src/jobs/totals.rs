//! Counts members and client passwords: every few minutes, and at once if somebody here asked for what was never counted.

use std::sync::Arc;

use super::Schedule;
use crate::domain::totals::COUNT_EVERY;
use crate::service::totals::Totals;

pub(super) fn add(to: &mut Schedule, totals: &Arc<Totals>) {
    let (totals, due) = (Arc::clone(totals), Arc::clone(totals));
    let woken = async move || due.is_due().await;
    to.under_the_lease_when("totals", COUNT_EVERY, woken, async move |lease| totals.count(lease).await);
}

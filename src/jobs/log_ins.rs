//! Forgets log-ins that are older than their organization keeps them, and those of members who have left.

use std::sync::Arc;
use std::time::Duration;

use super::Schedule;
use crate::service::log_in_expiry::LogInExpiry;

pub(super) fn add(to: &mut Schedule, expiry: &Arc<LogInExpiry>) {
    let (expiry, woken, every) = (Arc::clone(expiry), Arc::clone(expiry), Duration::from_secs(3_600));
    let is_due = async move || woken.is_due().await;
    to.under_the_lease_when("log_ins", every, is_due, async move |lease| expiry.sweep(lease).await);
}

//! Forgets sessions that are over.

use std::sync::Arc;
use std::time::Duration;

use super::Schedule;
use crate::service::expiry::Expiry;

pub(super) fn add(to: &mut Schedule, expiry: &Arc<Expiry>) {
    let (expiry, every) = (Arc::clone(expiry), Duration::from_secs(600));
    to.under_the_lease("sessions", every, async move |lease| expiry.sweep_sessions(lease).await);
}

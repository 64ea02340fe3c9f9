//! Deletes the answers of calls with an idempotency key that are not given again, and forgets keys that are a day old.

use std::sync::Arc;
use std::time::Duration;

use super::Schedule;
use crate::service::expiry::Expiry;

pub(super) fn add(to: &mut Schedule, expiry: &Arc<Expiry>) {
    let (expiry, every) = (Arc::clone(expiry), Duration::from_secs(60));
    to.under_the_lease("answers", every, async move |lease| expiry.sweep_answers(lease).await);
}

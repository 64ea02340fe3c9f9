//! Forgets what previews of bulk revocations have found, once nobody may end it any more.

use std::sync::Arc;
use std::time::Duration;

use super::Schedule;
use crate::service::expiry::Expiry;

pub(super) fn add(to: &mut Schedule, expiry: &Arc<Expiry>) {
    let (expiry, every) = (Arc::clone(expiry), Duration::from_secs(86_400));
    to.under_the_lease("previews", every, async move |lease| expiry.sweep_previews(lease).await);
}

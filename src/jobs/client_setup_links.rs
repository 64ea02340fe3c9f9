//! Deletes the sealed secrets behind set-up links that nobody has fetched in time.

use std::sync::Arc;
use std::time::Duration;

use super::Schedule;
use crate::service::expiry::Expiry;

pub(super) fn add(to: &mut Schedule, expiry: &Arc<Expiry>) {
    let (expiry, every) = (Arc::clone(expiry), Duration::from_secs(60));
    to.under_the_lease("client_setup_links", every, async move |lease| {
        expiry.sweep_client_setup_links(lease).await
    });
}

//! Gives up notices that could not be delivered for days, also those for targets that the configuration names no
//! longer.

use std::sync::Arc;
use std::time::Duration;

use super::Schedule;
use crate::service::end_notices::EndNotices;

pub(super) fn add(to: &mut Schedule, end_notices: &Arc<EndNotices>) {
    let end_notices = Arc::clone(end_notices);
    let every = Duration::from_secs(60);
    to.under_the_lease("stale_ends", every, async move |lease| end_notices.give_up_stale(lease).await);
}

//! Puts client passwords that have come to their date into the outbox, for mail servers to be notified.

use std::sync::Arc;
use std::time::Duration;

use super::Schedule;
use crate::service::end_notices::EndNotices;

pub(super) fn add(to: &mut Schedule, end_notices: &Arc<EndNotices>) {
    if end_notices.has_targets() {
        let end_notices = Arc::clone(end_notices);
        let every = Duration::from_secs(1);
        to.under_the_lease("dated_ends", every, async move |lease| end_notices.add_dated(lease).await);
    }
}

//! Holds the lease, or takes over from a process that is gone.

use std::sync::Arc;

use super::Schedule;
use crate::domain::lease::BEAT_EVERY;
use crate::service::leases::Leases;

pub(super) fn add(to: &mut Schedule, leases: &Arc<Leases>) {
    if leases.is_shared() {
        let leases = Arc::clone(leases);
        to.steadily_in_every_process("lease", BEAT_EVERY, async move || leases.keep().await);
    }
}

//! Carries out bulk revocations that are not done at once: at once if this process has begun one, else with the next round.

use std::sync::Arc;

use super::Schedule;
use crate::domain::revocation::CARRY_OUT_EVERY;
use crate::service::revocations::jobs::RevocationJobs;

pub(super) fn add(to: &mut Schedule, jobs: &Arc<RevocationJobs>) {
    let (jobs, due) = (Arc::clone(jobs), Arc::clone(jobs));
    let woken = async move || due.is_due().await;
    to.under_the_lease_when("revocations", CARRY_OUT_EVERY, woken, async move |lease| {
        jobs.carry_out(lease).await
    });
}

//! Warns whoever has a client password before it ends by itself, writes down what has lain unused for too long, and
//! forgets warnings of ends that have come.

use std::sync::Arc;
use std::time::Duration;

use super::Schedule;
use crate::domain::warnings::LOOK_EVERY;
use crate::service::warnings::Warnings;

pub(super) fn add(to: &mut Schedule, warnings: &Arc<Warnings>) {
    let looking = Arc::clone(warnings);
    to.under_the_lease("warnings", LOOK_EVERY, async move |lease| looking.look(lease).await);

    let (sweeping, every) = (Arc::clone(warnings), Duration::from_secs(86_400));
    to.under_the_lease("old_warnings", every, async move |lease| sweeping.sweep(lease).await);
}

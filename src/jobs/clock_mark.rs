//! Writes down how late it is, where no change has done so: dates that have come stay so after a start on a clock that is
//! behind.

use std::time::Duration;

use super::Schedule;
use crate::service::clock_mark::ClockMark;

pub(super) fn add(to: &mut Schedule, mark: &ClockMark) {
    let mark = mark.clone();
    to.in_every_process("clock_mark", Duration::from_secs(60), async move || mark.write_due().await);
}

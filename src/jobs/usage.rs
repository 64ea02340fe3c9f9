//! Writes down which client passwords, sessions and keys have been used.

use std::time::Duration;

use super::Schedule;
use crate::service::UsageLog;

pub(super) fn add(to: &mut Schedule, usage: &UsageLog) {
    let usage = usage.clone();
    to.in_every_process("usage", Duration::from_secs(1), async move || usage.write_due().await);
}

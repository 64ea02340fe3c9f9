//! Writes down which client passwords, sessions and keys have been used, and who logged in.

use std::time::Duration;

use super::Schedule;
use crate::service::{LogInLog, UsageLog};

pub(super) fn add(to: &mut Schedule, usage: &UsageLog, log_ins: &LogInLog) {
    let (usage, log_ins) = (usage.clone(), log_ins.clone());
    to.in_every_process("usage", Duration::from_secs(1), async move || {
        let uses = usage.write_due().await;
        log_ins.write_due().await.and(uses)
    });
}

//! What runs by itself: one schedule, a file for each job.
//!
//! ```text
//!   in every process    usage, clock_mark       every second, every minute
//!                       lease                   every 3 s, where several processes have the same database
//!   by the holder of    dated_ends, stale_ends  every second, every minute
//!   the lease           settling                at once after a PUT here, else every 7 s
//!                       revocations             at once after a POST here, else every 7 s
//!                       warnings, old_warnings  every 8.5 s, once a day
//!                       client_setup_links      every minute
//!                       answers, sessions       every minute, every ten minutes
//!                       invitations             every hour
//!                       log_ins                 every hour, and at once where a policy keeps less
//!                       totals                  every five minutes, and at once where somebody waits for the first
//!                       tombstones, previews, places, notices   once a day
//! ```
//!
//! Each job has a task of its own, so one that takes long or fails holds up no other. A new one is a file with an `add`,
//! and a line in [`start`].

use std::sync::Arc;

use crate::service::clock_mark::ClockMark;
use crate::service::end_notices::EndNotices;
use crate::service::expiry::Expiry;
use crate::service::leases::Leases;
use crate::service::log_in_expiry::LogInExpiry;
use crate::service::revocations::jobs::RevocationJobs;
use crate::service::settling::Settling;
use crate::service::totals::Totals;
use crate::service::warnings::Warnings;
use crate::service::{LogInLog, UsageLog};

mod answers;
mod client_setup_links;
mod clock_mark;
mod dated_ends;
mod invitations;
mod lease;
mod log_ins;
mod notices;
mod places;
mod previews;
mod revocations;
mod schedule;
mod sessions;
mod settling;
mod stale_ends;
mod tombstones;
mod totals;
mod usage;
mod warnings;

pub use schedule::Schedule;

/// What the jobs do their work with.
pub struct Work {
    /// Uses that are still to be written.
    pub usage: UsageLog,
    /// Log-ins that are still to be written.
    pub log_ins: LogInLog,
    /// The mark of the clock.
    pub clock_mark: ClockMark,
    /// The lease decides which process does what is done once in an installation.
    pub leases: Arc<Leases>,
    /// Forgets what time has ended.
    pub expiry: Arc<Expiry>,
    /// Forgets log-ins.
    pub log_in_expiry: Arc<LogInExpiry>,
    /// Writes down the longest lives of policies.
    pub settling: Arc<Settling>,
    /// Carries out bulk revocations that are not done at once.
    pub revocations: Arc<RevocationJobs>,
    /// Counts members and client passwords.
    pub totals: Arc<Totals>,
    /// Notices of ends that are still to be delivered to mail servers.
    pub end_notices: Arc<EndNotices>,
    /// Warns of client passwords that will end by themselves.
    pub warnings: Arc<Warnings>,
}

/// Starts all jobs.
pub fn start(schedule: &mut Schedule, work: &Work) {
    usage::add(schedule, &work.usage, &work.log_ins);
    clock_mark::add(schedule, &work.clock_mark);
    lease::add(schedule, &work.leases);
    dated_ends::add(schedule, &work.end_notices);
    stale_ends::add(schedule, &work.end_notices);
    settling::add(schedule, &work.settling);
    revocations::add(schedule, &work.revocations);
    warnings::add(schedule, &work.warnings);
    answers::add(schedule, &work.expiry);
    client_setup_links::add(schedule, &work.expiry);
    sessions::add(schedule, &work.expiry);
    invitations::add(schedule, &work.expiry);
    log_ins::add(schedule, &work.log_in_expiry);
    tombstones::add(schedule, &work.expiry);
    totals::add(schedule, &work.totals);
    previews::add(schedule, &work.expiry);
    places::add(schedule, &work.expiry);
    notices::add(schedule, &work.expiry);
}

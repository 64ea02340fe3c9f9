//! What runs by itself: one schedule, a file for each job.
//!
//! ```text
//!   in every process    usage, clock_mark       every second, every minute
//!                       lease                   every 3 s, where several processes have the same database
//!   by the holder of    dated_ends, stale_ends  every second, every minute
//!   the lease           settling                at once after a PUT here, else every 7 s
//!                       client_setup_links      every minute
//!                       answers, sessions       every minute, every ten minutes
//!                       invitations             every hour
//!                       tombstones, places, notices   once a day
//! ```
//!
//! Each job has a task of its own, so one that takes long or fails holds up no other. A new one is a file with an `add`,
//! and a line in [`start`].

use std::sync::Arc;

use crate::service::UsageLog;
use crate::service::clock_mark::ClockMark;
use crate::service::end_notices::EndNotices;
use crate::service::expiry::Expiry;
use crate::service::leases::Leases;
use crate::service::settling::Settling;

mod answers;
mod client_setup_links;
mod clock_mark;
mod dated_ends;
mod invitations;
mod lease;
mod notices;
mod places;
mod schedule;
mod sessions;
mod settling;
mod stale_ends;
mod tombstones;
mod usage;

pub use schedule::Schedule;

/// What the jobs do their work with.
pub struct Work {
    /// Uses that are still to be written.
    pub usage: UsageLog,
    /// The mark of the clock.
    pub clock_mark: ClockMark,
    /// The lease decides which process does what is done once in an installation.
    pub leases: Arc<Leases>,
    /// Forgets what time has ended.
    pub expiry: Arc<Expiry>,
    /// Writes down the longest lives of policies.
    pub settling: Arc<Settling>,
    /// Notices of ends that are still to be delivered to mail servers.
    pub end_notices: Arc<EndNotices>,
}

/// Starts all jobs.
pub fn start(schedule: &mut Schedule, work: &Work) {
    usage::add(schedule, &work.usage);
    clock_mark::add(schedule, &work.clock_mark);
    lease::add(schedule, &work.leases);
    dated_ends::add(schedule, &work.end_notices);
    stale_ends::add(schedule, &work.end_notices);
    settling::add(schedule, &work.settling);
    answers::add(schedule, &work.expiry);
    client_setup_links::add(schedule, &work.expiry);
    sessions::add(schedule, &work.expiry);
    invitations::add(schedule, &work.expiry);
    tombstones::add(schedule, &work.expiry);
    places::add(schedule, &work.expiry);
    notices::add(schedule, &work.expiry);
}

//! What runs by itself.

use std::sync::Arc;
use std::time::Duration;

use crate::clock::Clock;
use crate::service::UsageLog;
use crate::service::end_notices::EndNotices;
use crate::service::expiry::Expiry;

/// Writes uses down when they are due.
pub async fn write_usage(usage: UsageLog, clock: Clock) {
    loop {
        clock.sleep(Duration::from_secs(1)).await;
        if let Err(error) = usage.write_due().await {
            tracing::warn!(event = "usage_not_written", %error);
        }
    }
}

/// Forgets what time has ended: kept answers, and ends that could not be told for days, every minute, sessions every
/// ten, old tombstones once a day.
pub async fn sweep(expiry: Arc<Expiry>, end_notices: Arc<EndNotices>, clock: Clock) {
    let (mut last_sessions, mut last_day) = (clock.monotonic(), clock.monotonic());
    loop {
        clock.sleep(Duration::from_secs(60)).await;
        let mut swept = expiry.sweep_answers().await.and(end_notices.give_up_stale().await);
        let now = clock.monotonic();
        if now.saturating_sub(last_sessions) >= Duration::from_secs(600) {
            last_sessions = now;
            swept = swept.and(expiry.sweep_sessions().await);
        }
        if now.saturating_sub(last_day) >= Duration::from_secs(86_400) {
            last_day = now;
            swept = swept.and(expiry.sweep_tombstones().await).and(expiry.sweep_notices().await);
        }
        if let Err(error) = swept {
            tracing::warn!(event = "sweep_failed", %error);
        }
    }
}

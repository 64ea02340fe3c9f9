//! Wakes a job of this process before its time, once there is something for it to do.

use std::sync::Arc;

use tokio::sync::Notify;

/// Given once there is something to do; kept for a job that does not wait for it yet.
#[derive(Clone, Debug, Default)]
pub(super) struct JobSignal(Arc<Notify>);

impl JobSignal {
    /// Ends when there was something to do since it last ended.
    pub(super) async fn notified(&self) {
        self.0.notified().await;
    }

    /// There is something to do.
    pub(super) fn notify(&self) {
        self.0.notify_one();
    }
}

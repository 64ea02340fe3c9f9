//! Wakes whoever writes longest lives down, once a policy was put that has to be.

use std::sync::Arc;

use tokio::sync::Notify;

/// Given once such a policy was put; kept for whoever does not wait for it yet.
#[derive(Clone, Debug, Default)]
pub(super) struct SettlingSignal(Arc<Notify>);

impl SettlingSignal {
    /// Ends when such a policy was put since it last ended.
    pub(super) async fn notified(&self) {
        self.0.notified().await;
    }

    /// A policy was put whose longest life is still to be written down.
    pub(super) fn notify(&self) {
        self.0.notify_one();
    }
}

//! Wakes those who wait for it when something was written.

use std::sync::Arc;

use tokio::sync::Notify;
use tokio::sync::futures::Notified;

/// Given after every change.
#[derive(Clone, Debug, Default)]
pub(super) struct OutboxSignal(Arc<Notify>);

impl OutboxSignal {
    /// Ends when something has been written after this call.
    pub(super) fn notified(&self) -> Notified<'_> {
        self.0.notified()
    }

    /// Wakes whoever waits: something was written.
    pub(super) fn notify(&self) {
        self.0.notify_waiters();
    }
}

//! What systemd is told of the service that it has started: that it is ready, that it is alive, that it stops. Nobody is
//! told where somebody else has started it.

use sd_notify::NotifyState;

use crate::clock::Clock;

/// The service answers from now on.
pub fn is_ready() {
    tell(NotifyState::Ready);
}

/// The service lets nobody new in, and ends.
pub fn is_stopping() {
    tell(NotifyState::Stopping);
}

/// Says that the process is alive, twice in each of the periods after which the watchdog would end it. It looks at
/// nothing else: a database that is down comes back without a restart, which would only close the connections of mail
/// servers.
pub async fn keep_alive(clock: Clock) {
    let Some(period) = sd_notify::watchdog_enabled() else { return };
    loop {
        tell(NotifyState::Watchdog);
        clock.sleep(period / 2).await;
    }
}

fn tell(state: NotifyState<'_>) {
    if let Err(error) = sd_notify::notify(&[state]) {
        tracing::warn!(event = "service_manager_not_told", %error);
    }
}

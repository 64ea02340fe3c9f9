//! How busy the service is, for those who oversee the installation.

use std::time::Duration;

use super::{Call, Error, Refusal, Service};
use crate::domain::access::InstallationPermission;

/// How busy it is at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Load {
    /// How long a read of the database takes.
    pub read: Duration,
    /// Account passwords of mail clients that are being compared, or wait for it.
    pub comparisons: usize,
    /// Refusals that wait for their step.
    pub parked_refusals: usize,
}

impl Service {
    /// Refuses, as one whom it does not know, whoever does not oversee the installation.
    pub fn oversees(&self, call: &Call) -> Result<(), Error> {
        let allowed = call.caller.may_in_installation(InstallationPermission::ReadMetrics);
        allowed.map(drop).map_err(|_| Refusal::InvalidToken.into())
    }

    /// How busy the service is, if it can answer.
    pub async fn load(&self) -> Result<Load, Error> {
        let asked = self.clock.monotonic();
        self.ready().await?;
        Ok(Load {
            read: self.clock.monotonic().saturating_sub(asked),
            comparisons: self.password_hasher.load().underway(),
            parked_refusals: self.metrics.parked(),
        })
    }
}

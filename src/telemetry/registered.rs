//! Metrics as they are made: at zero, and shown from then on.

use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Metric, Registry};

/// Counts times from 8 microseconds to 2 seconds.
pub(super) fn in_steps() -> Histogram {
    Histogram::new(exponential_buckets(0.000_008, 2.0, 19))
}

/// A metric at zero that is shown under this name.
pub(super) fn registered<M: Metric + Clone + Default>(registry: &mut Registry, name: &str, help: &str) -> M {
    let metric = M::default();
    registry.register(name, help, metric.clone());
    metric
}

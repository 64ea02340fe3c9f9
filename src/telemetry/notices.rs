//! Numbers about notices of ends: what came of them, how many wait, and since when.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicU64;
use std::sync::{Mutex, PoisonError};

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use super::registered::registered;
use crate::clock::Timestamp;

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct TargetLabel {
    target: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct TryLabels {
    target: String,
    result: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, PartialOrd, Ord, EncodeLabelSet)]
struct KindLabels {
    kind: &'static str,
    target: String,
}

/// Numbers about notices of ends.
#[derive(Debug)]
pub(super) struct Notices {
    tries: Family<TryLabels, Counter>,
    pending: Family<TargetLabel, Gauge>,
    oldest_seconds: Family<KindLabels, Gauge<f64, AtomicU64>>,
    /// Of when the oldest is that waits. Its age is worked out when somebody looks: it grows without anybody's doing.
    oldest: Mutex<BTreeMap<KindLabels, Option<Timestamp>>>,
}

impl Notices {
    pub(super) fn new(of: &mut Registry) -> Self {
        Self {
            tries: registered(
                of,
                "end_notices",
                "Tries to notify of ended client passwords, by target and what came of them",
            ),
            pending: registered(
                of,
                "end_notices_pending",
                "Ends of client passwords of which targets have still to be notified",
            ),
            oldest_seconds: registered(
                of,
                "outbox_oldest_seconds",
                "Age of the oldest notice that a target has still to be told, 0 where none waits",
            ),
            oldest: Mutex::default(),
        }
    }

    pub(super) fn tried(&self, target: &str, result: &'static str) {
        self.tries.get_or_create(&TryLabels { target: target.to_owned(), result }).inc();
    }

    pub(super) fn wait(&self, kind: &'static str, target: &str, count: i64, oldest: Option<Timestamp>) {
        self.pending.get_or_create(&TargetLabel { target: target.to_owned() }).set(count);
        let labels = KindLabels { kind, target: target.to_owned() };
        self.oldest.lock().unwrap_or_else(PoisonError::into_inner).insert(labels, oldest);
    }

    /// Brings the ages up to date.
    pub(super) fn age(&self, now: Timestamp) {
        for (labels, oldest) in self.oldest.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            let age = oldest.map_or(0.0, |oldest| now.since(oldest).as_secs_f64());
            self.oldest_seconds.get_or_create(labels).set(age);
        }
    }
}

//! What each part of a check costs by itself, in process.

use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use clientpass::clock::{Clock, SystemTimeSource};
use clientpass::domain::secret::CanonicalSecret;
use clientpass::keyring::Keyring;
use clientpass::telemetry::Metrics;

use super::data::Seeded;

fn cost(name: &str, mut part: impl FnMut()) {
    const RUNS: u32 = 200_000;
    (0..RUNS / 10).for_each(|_| part());
    let begun = Instant::now();
    (0..RUNS).for_each(|_| part());
    println!("  {name:<58} {:>8.2} us", begun.elapsed().as_secs_f64() * 1e6 / f64::from(RUNS));
}

pub fn measure(folder: &Path) {
    println!("\nParts of a check, in process:");
    let keyring = Keyring::load(&folder.join("keyring.json")).unwrap();
    let mut random = Seeded(7);
    let secret = random.secret();
    let shown = secret.grouped();
    cost("a secret read: NFKC, folding, check letters", || {
        black_box(CanonicalSecret::recognise(black_box(shown.expose())));
    });
    cost("its verifiers: HMAC-SHA-256", || {
        black_box(keyring.verifiers(black_box(secret.letters())));
    });
    let metrics = Metrics::new(Clock::new(Arc::new(SystemTimeSource::new())));
    cost("counted and timed", || metrics.check("accept", "", "imap", Duration::from_micros(100)));
}

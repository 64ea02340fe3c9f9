//! How long to wait before what has failed is tried again.

use std::time::Duration;

/// Longest pause between two tries.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// After its first failure, what is done seldom is tried again this soon.
const SOON: Duration = Duration::from_secs(60);

/// The pause after so many failures in a row: a second after the first, then twice as long each time, at most 30 s.
pub fn pause(failures: u32) -> Duration {
    pause_of(Duration::from_secs(1), failures)
}

/// The same of what is done again and again: at first after its period or a minute, at last after its period or 30 s,
/// whichever is longer.
pub fn pause_of(every: Duration, failures: u32) -> Duration {
    let times = 1u32.checked_shl(failures.saturating_sub(1)).unwrap_or(u32::MAX);
    every.min(SOON).saturating_mul(times).min(every.max(LONGEST_PAUSE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest() {
        let seconds = [0, 1, 2, 3, 4, 5, 6, 7, 64, 65, u32::MAX].map(|failures| pause(failures).as_secs());
        assert_eq!(seconds, [1, 1, 2, 4, 8, 16, 30, 30, 30, 30, 30]);
    }

    #[test]
    fn what_is_done_once_a_day_is_tried_again_within_minutes() {
        let seconds = |every: u64| {
            [1, 2, 3, 4, 5, 6, 7, u32::MAX].map(|n| pause_of(Duration::from_secs(every), n).as_secs())
        };
        assert_eq!(seconds(1), [1, 2, 4, 8, 16, 30, 30, 30]);
        assert_eq!(seconds(3), [3, 6, 12, 24, 30, 30, 30, 30]);
        assert_eq!(seconds(60), [60; 8]);
        assert_eq!(seconds(600), [60, 120, 240, 480, 600, 600, 600, 600]);
        assert_eq!(seconds(86_400), [60, 120, 240, 480, 960, 1_920, 3_840, 86_400]);
    }
}

//! When a refusal leaves: on a step after it came in, the same for every reason. The step is chosen on arrival from
//! how long account passwords take to compare, so that those who measure the time learn how busy the service is and
//! nothing about whose login they tried.

use std::time::Duration;

/// The steps, shortest first; after the last there is none to wait for.
pub const STEPS: [Duration; 6] = [
    Duration::from_millis(50),
    Duration::from_millis(100),
    Duration::from_millis(200),
    Duration::from_millis(400),
    Duration::from_millis(800),
    Duration::from_millis(1_600),
];

/// The first step that is not before `at_least`; `None` beyond the last.
pub fn step_from(at_least: Duration) -> Option<Duration> {
    STEPS.into_iter().find(|step| *step >= at_least)
}

/// How long of what was measured is believed, in seconds.
const REMEMBERED: u64 = 60;
const SECONDS: usize = 60;

/// What the comparisons that ended within a second took, by step; the last count is of those beyond.
#[derive(Clone, Copy, Debug, Default)]
struct Second {
    /// Which second it is, counted from one.
    number: u64,
    by_step: [u32; STEPS.len() + 1],
    computed: u32,
    computing: Duration,
}

impl Second {
    fn count(&self) -> u32 {
        self.by_step.iter().sum()
    }
}

/// What comparisons of account passwords took lately.
#[derive(Debug)]
pub struct LastMinute {
    seconds: [Second; SECONDS],
}

impl Default for LastMinute {
    fn default() -> Self {
        Self { seconds: [Second::default(); SECONDS] }
    }
}

/// What is to be expected of a comparison that begins now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Expected {
    /// 99 of 100 were done within this time, their wait included; zero if there were none.
    pub took: Duration,
    /// What one takes once it is its turn, on average.
    pub computing: Duration,
}

impl Expected {
    /// How long it takes where so many are waiting or being computed, so many at a time.
    pub fn behind(self, underway: usize, at_once: usize) -> Duration {
        let rounds = underway.checked_div(at_once.max(1)).unwrap_or(0);
        if rounds == 0 {
            return self.took;
        }
        let rounds = u32::try_from(rounds).unwrap_or(u32::MAX).saturating_add(1);
        self.took.max(self.computing.saturating_mul(rounds))
    }
}

impl LastMinute {
    /// A comparison ended in this second: what it took in all, and without its wait, if it came to its turn.
    pub fn record(&mut self, second: u64, took: Duration, computing: Option<Duration>) {
        let number = second.saturating_add(1);
        let at = usize::try_from(second % REMEMBERED).unwrap_or(0);
        let Some(slot) = self.seconds.get_mut(at) else { return };

        if slot.number != number {
            *slot = Second { number, ..Second::default() };
        }

        let step = STEPS.iter().position(|step| *step >= took).unwrap_or(STEPS.len());
        if let Some(count) = slot.by_step.get_mut(step) {
            *count = count.saturating_add(1);
        }

        if let Some(computing) = computing {
            slot.computed = slot.computed.saturating_add(1);
            slot.computing = slot.computing.saturating_add(computing);
        }
    }

    /// What is to be expected in this second.
    pub fn expected(&self, second: u64) -> Expected {
        let from = (second + 1).saturating_sub(REMEMBERED - 1).max(1);

        let lately = || self.seconds.iter().filter(|slot| slot.number >= from);
        let count: u32 = lately().map(Second::count).sum();
        if count == 0 {
            return Expected::default();
        }

        let within = |step: usize| -> u64 {
            lately().flat_map(|slot| slot.by_step.iter().take(step + 1)).copied().map(u64::from).sum()
        };
        let took =
            STEPS.into_iter().enumerate().find(|(step, _)| within(*step) * 100 >= u64::from(count) * 99);

        let (computed, computing) = lately().fold((0u32, Duration::ZERO), |(computed, computing), slot| {
            (computed.saturating_add(slot.computed), computing.saturating_add(slot.computing))
        });

        let computing = computing.checked_div(computed).unwrap_or_default();
        Expected { took: took.map_or(Duration::MAX, |(_, step)| step), computing }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn what_took_long_counts_for_a_minute() {
        let mut minute = LastMinute::default();
        assert_eq!(minute.expected(0).took, Duration::ZERO);

        minute.record(7, ms(170), Some(ms(30)));
        for second in 7..67 {
            assert_eq!(minute.expected(second), Expected { took: ms(200), computing: ms(30) }, "{second}");
        }
        assert_eq!(minute.expected(67), Expected::default());

        // Its place is taken by the same second of the next minute.
        minute.record(67, ms(20), Some(ms(20)));
        assert_eq!(minute.expected(67), Expected { took: ms(50), computing: ms(20) });
    }

    #[test]
    fn one_of_a_hundred_may_take_longer() {
        let mut minute = LastMinute::default();
        (0..99).for_each(|_| minute.record(1, ms(20), Some(ms(20))));

        minute.record(2, ms(5_000), None);
        assert_eq!(minute.expected(2).took, ms(50));
        minute.record(2, ms(1_000), Some(ms(20)));
        assert_eq!(minute.expected(2).took, ms(1_600));
        (0..8).for_each(|_| minute.record(2, ms(1_601), Some(ms(20))));
        assert_eq!(step_from(minute.expected(2).took), None);
    }

    #[test]
    fn who_waits_counts_by_rounds() {
        let expected = Expected { took: ms(50), computing: ms(30) };
        let behind = [(0, 50), (1, 50), (2, 60), (4, 90), (40, 630), (400, 6_030)];
        for (underway, millis) in behind {
            assert_eq!(expected.behind(underway, 2), ms(millis), "{underway}");
        }
    }

    #[test]
    fn steps_double_and_end() {
        let steps = [(0, Some(50)), (50, Some(50)), (51, Some(100)), (1_600, Some(1_600)), (1_601, None)];
        for (at_least, step) in steps {
            assert_eq!(step_from(ms(at_least)), step.map(ms), "{at_least}");
        }
    }
}

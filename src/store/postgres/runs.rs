//! How often a write is run: again where it is known that nothing was written, and not for ever.

use tokio_postgres::error::SqlState;

use crate::store::engine::EngineError;

/// What the database rolled back because of others is run again at most so often: who is in the way then is there to
/// stay, and more runs make it worse for all.
const ROLLED_BACK: usize = 3;
/// What lost its connection, or a key to somebody else, is run again at most so often: more says that something else is
/// wrong.
const LOST: usize = 20;

/// Why a run of a write came to nothing.
#[derive(Debug)]
pub(super) enum Failure {
    /// The database has rolled it back because of what others wrote meanwhile.
    RolledBack(EngineError),
    /// Its connection was lost before COMMIT was sent, or somebody else was first: nothing was written.
    Lost(EngineError),
    /// It would fail again, or nobody knows whether it was written.
    Failed(EngineError),
}

/// Whether the database says that it has rolled a transaction back because of others: 40001 and 40P01.
pub(super) fn is_rolled_back(code: Option<&SqlState>) -> bool {
    let others = [SqlState::T_R_SERIALIZATION_FAILURE, SqlState::T_R_DEADLOCK_DETECTED];
    code.is_some_and(|code| others.contains(code))
}

/// The runs of a write so far.
pub(super) struct Runs {
    rolled_back: usize,
    lost: usize,
    last: EngineError,
}

impl Runs {
    pub(super) fn new() -> Self {
        let last = EngineError::Unavailable("it has not answered in time".into());
        Self { rolled_back: 0, lost: 0, last }
    }

    /// Why the last run came to nothing, for whoever has no time for another one.
    pub(super) fn last(self) -> EngineError {
        self.last
    }

    /// Counts a run that came to nothing; the error where there is to be no other.
    pub(super) fn failed(&mut self, failure: Failure) -> Result<(), EngineError> {
        let (count, most, why) = match failure {
            Failure::RolledBack(why) => (&mut self.rolled_back, ROLLED_BACK, why),
            Failure::Lost(why) => (&mut self.lost, LOST, why),
            Failure::Failed(why) => return Err(why),
        };
        if *count == most {
            return Err(why);
        }

        *count += 1;
        self.last = why;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn why() -> EngineError {
        EngineError::Unavailable("because".into())
    }

    /// How often it runs again where each run comes to nothing in this way.
    fn again(failure: fn(EngineError) -> Failure) -> usize {
        let mut runs = Runs::new();
        (0..100).take_while(|_| runs.failed(failure(why())).is_ok()).count()
    }

    #[test]
    fn what_was_rolled_back_is_run_again_three_times_and_what_is_not_known_never() {
        assert_eq!(again(Failure::RolledBack), 3);
        assert_eq!(again(Failure::Lost), 20);
        assert_eq!(again(Failure::Failed), 0);
    }

    #[test]
    fn each_reason_has_a_count_of_its_own_and_the_last_is_told() {
        let mut runs = Runs::new();
        for _ in 0..3 {
            runs.failed(Failure::Lost(why())).unwrap();
            runs.failed(Failure::RolledBack(why())).unwrap();
        }
        runs.failed(Failure::Lost(EngineError::Unavailable("lost".into()))).unwrap();
        assert_eq!(runs.failed(Failure::RolledBack(why())), Err(why()));
        assert_eq!(runs.last(), EngineError::Unavailable("lost".into()));
    }

    #[test]
    fn only_two_codes_say_that_others_were_in_the_way() {
        for code in ["40001", "40P01"] {
            assert!(is_rolled_back(Some(&SqlState::from_code(code))), "{code}");
        }
        for code in ["40000", "40002", "40003", "23505", "57014", "08006", "25P02"] {
            assert!(!is_rolled_back(Some(&SqlState::from_code(code))), "{code}");
        }
        assert!(!is_rolled_back(None));
    }
}

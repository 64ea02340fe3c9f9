//! Dates that are typed: a day in UTC, or a moment as RFC 3339 writes it.

use std::time::Duration;

use crate::clock::Timestamp;
use crate::domain::field::{FieldError, time};

const DAY: Duration = Duration::from_secs(86_400);
/// How long a day is as it is written: `2026-11-22`.
const DAY_LENGTH: usize = 10;

/// The beginning of what was typed; none if nothing was.
pub fn beginning(field: &'static str, typed: &str) -> Result<Option<Timestamp>, FieldError> {
    match typed.len() {
        0 => Ok(None),
        DAY_LENGTH => time(field, &format!("{typed}T00:00:00Z")).map(Some),
        _ => time(field, typed).map(Some),
    }
}

/// The end of what was typed: of a day the beginning of the next.
pub fn end(field: &'static str, typed: &str) -> Result<Option<Timestamp>, FieldError> {
    let begun = beginning(field, typed)?;
    Ok(begun.map(|at| if typed.len() == DAY_LENGTH { at.plus(DAY) } else { at }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_has_a_beginning_and_an_end() {
        let shown = |at: Result<Option<Timestamp>, FieldError>| at.unwrap().map(|at| at.to_string());
        assert_eq!(shown(beginning("since", "2026-11-22")).as_deref(), Some("2026-11-22T00:00:00Z"));
        assert_eq!(shown(end("until", "2026-11-30")).as_deref(), Some("2026-12-01T00:00:00Z"));
        assert_eq!(shown(end("until", "2026-11-30T08:00:00Z")).as_deref(), Some("2026-11-30T08:00:00Z"));
        assert_eq!(shown(end("until", "")), None);
        for odd in ["yesterday!", "2026-13-01", "1.5.2026", "ééééé"] {
            assert!(beginning("since", odd).is_err(), "{odd}");
        }
    }
}

//! Second factors: TOTP (RFC 6238: SHA-1, six digits, 30 seconds, one step of skew).
//!
//! ```text
//!   pending --confirm--> confirmed
//! ```

use totp_rs::{Algorithm, Builder, Totp};

use crate::clock::Timestamp;
use crate::domain::ids::FactorId;
use crate::domain::secret::Secret;

/// Bytes of a TOTP seed: 160 bits, as RFC 4226 section 4 recommends.
pub const SEED_BYTES: usize = 20;
/// How many recovery codes the first confirmed factor brings.
pub const RECOVERY_CODES: usize = 10;
/// Longest label, in bytes of UTF-8.
pub const MAX_LABEL: usize = 128;
/// Factors a member may have, pending ones included.
pub const MAX_FACTORS: i64 = 10;

/// Codes of a member that may be wrong in a row; after that none is taken from a place that is not known.
pub const MOST_WRONG_CODES: i64 = 50;

/// A second factor as the API shows one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Factor {
    /// Id.
    pub id: FactorId,
    /// What the member calls it.
    pub label: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was confirmed with a first code.
    pub confirmed_at: Option<Timestamp>,
    /// When a code of it was last used.
    pub last_used_at: Option<Timestamp>,
}

fn totp(seed: &[u8], account: &str) -> Totp {
    Builder::new()
        .with_algorithm(Algorithm::SHA1)
        .with_digits(6)
        .with_skew(1)
        .with_step_duration(30)
        .with_secret(seed.to_vec())
        // A colon parts issuer and account in the URI.
        .with_account_name(account.replace(':', "_"))
        .with_issuer(Some("clientpass"))
        .build_noncompliant()
}

/// The time step of a code that was presented.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// Which.
    pub number: i64,
    /// The latest step whose code is taken at this time. A used one that is later says that the clock was wrong.
    pub latest: i64,
}

/// The step whose code `code` is, if it is that of the wall clock or a neighbour's. Whether it was used before, the
/// store knows: a code works once, and none works that is older than one that was used.
pub fn matching_step(seed: &[u8], code: &str, wall: Timestamp) -> Option<Step> {
    let well_formed = code.len() == 6 && code.bytes().all(|digit| digit.is_ascii_digit());
    let seconds = u64::try_from(wall.seconds()).ok()?;
    let step = totp(seed, "").check(code, seconds).filter(|_| well_formed)?;
    Some(Step { number: i64::try_from(step).ok()?, latest: wall.seconds() / 30 + 1 })
}

/// The six digits of a code that was typed, which may have spaces; `None` if it is none, and so no guess.
pub fn code_digits(typed: &str) -> Option<Secret> {
    let digits: String = typed.chars().filter(|c| !c.is_whitespace()).collect();
    (digits.len() == 6 && digits.bytes().all(|digit| digit.is_ascii_digit())).then(|| Secret::new(digits))
}

/// The seed in base32, and the `otpauth:` URI that an authenticator reads; `None` for an empty account name.
pub fn enrolment(seed: &[u8], account: &str) -> Option<(Secret, Secret)> {
    let uri = totp(seed, account).to_url().ok()?;
    Some((Secret::new(totp_rs::Secret::from(seed.to_vec()).to_base32()), Secret::new(uri)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEED: &[u8] = b"12345678901234567890";

    const fn at(seconds: i64) -> Timestamp {
        Timestamp::from_micros(seconds * 1_000_000)
    }

    fn step(code: &str, seconds: i64) -> Option<i64> {
        matching_step(SEED, code, at(seconds)).map(|step| step.number)
    }

    /// RFC 6238 appendix B, the last six of its eight digits.
    #[test]
    fn codes_are_those_of_the_rfc() {
        for (seconds, code) in [(59, "287082"), (1_111_111_109, "081804"), (1_234_567_890, "005924")] {
            assert_eq!(step(code, seconds), Some(seconds / 30));
        }
    }

    #[test]
    fn a_code_works_one_step_early_or_late() {
        assert_eq!(step("287082", 89), Some(1));
        assert_eq!(step("287082", 29), Some(1));
        assert_eq!(step("287082", 90), None);
        assert_eq!(step("287082 ", 59), None);
        let late = matching_step(SEED, "287082", at(89));
        assert_eq!(late, Some(Step { number: 1, latest: 3 }));
    }

    #[test]
    fn what_has_no_six_digits_is_no_code() {
        for typed in ["287082", " 287 082\n"] {
            assert_eq!(code_digits(typed).unwrap().expose(), "287082");
        }
        for typed in ["", "28708", "2870822", "28708a", "２８７０８２"] {
            assert!(code_digits(typed).is_none(), "{typed}");
        }
    }

    #[test]
    fn the_uri_names_issuer_account_and_seed() {
        let (secret, uri) = enrolment(SEED, "alice@example.org").unwrap();
        let uri = uri.expose();
        assert_eq!(secret.expose(), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        assert!(uri.starts_with("otpauth://totp/clientpass:alice%40example.org?"), "{uri}");
        assert!(uri.contains("secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ") && uri.contains("issuer=clientpass"));
    }
}

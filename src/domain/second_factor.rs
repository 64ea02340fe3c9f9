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

/// The time step whose code `code` is, if it is one of now's or a neighbour's and later than `last_step`:
/// a code works once.
pub fn matching_step(seed: &[u8], code: &str, now: Timestamp, last_step: Option<i64>) -> Option<i64> {
    let well_formed = code.len() == 6 && code.bytes().all(|digit| digit.is_ascii_digit());
    let seconds = u64::try_from(now.seconds()).ok()?;
    let step = totp(seed, "").check(code, seconds).filter(|_| well_formed)?;
    let step = i64::try_from(step).ok()?;
    (last_step.is_none_or(|last| step > last)).then_some(step)
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

    /// RFC 6238 appendix B, the last six of its eight digits.
    #[test]
    fn codes_are_those_of_the_rfc() {
        for (seconds, code) in [(59, "287082"), (1_111_111_109, "081804"), (1_234_567_890, "005924")] {
            assert_eq!(matching_step(SEED, code, at(seconds), None), Some(seconds / 30));
        }
    }

    #[test]
    fn a_code_works_one_step_early_or_late_and_once() {
        assert_eq!(matching_step(SEED, "287082", at(89), None), Some(1));
        assert_eq!(matching_step(SEED, "287082", at(29), None), Some(1));
        assert_eq!(matching_step(SEED, "287082", at(90), None), None);
        assert_eq!(matching_step(SEED, "287082", at(59), Some(1)), None);
        assert_eq!(matching_step(SEED, "287082 ", at(59), None), None);
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

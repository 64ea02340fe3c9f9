//! Second factors: TOTP (RFC 6238: SHA-1, six digits, 30 seconds, one step of skew), and passkeys, which are read and
//! verified in `passkey`.
//!
//! ```text
//!   TOTP     pending --confirm--> confirmed
//!   passkey               made--> confirmed
//! ```

use std::fmt;

use totp_rs::{Algorithm, Builder};
use unicode_normalization::UnicodeNormalization as _;

use crate::clock::Timestamp;
use crate::domain::characters::{decimal_digit, is_separator};
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

/// What a second factor is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FactorKind {
    /// An authenticator that shows codes.
    Totp,
    /// A key that a browser or a device signs with.
    Passkey,
}

impl FactorKind {
    /// Its name in the API and in the audit log.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Totp => "totp",
            Self::Passkey => "passkey",
        }
    }

    /// What one is called that was not given a label.
    const fn default_label(self) -> &'static str {
        match self {
            Self::Totp => DEFAULT_LABEL,
            Self::Passkey => "Passkey",
        }
    }
}

/// A second factor as the API shows one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Factor {
    /// Names the factor in the API and the audit log.
    pub id: FactorId,
    /// What it is.
    pub kind: FactorKind,
    /// What the member calls it.
    pub label: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was confirmed with a first code, or made as a passkey.
    pub confirmed_at: Option<Timestamp>,
    /// When it was last used.
    pub last_used_at: Option<Timestamp>,
}

impl Factor {
    /// Whether it is a second step: nothing is proven by one that is pending.
    pub const fn is_confirmed(&self) -> bool {
        self.confirmed_at.is_some()
    }
}

/// Digits of a code.
const DIGITS: usize = 6;

/// Something typed that can be a code of an authenticator: six digits.
pub struct TotpCode(Secret);

impl TotpCode {
    /// Reads what was typed: digits of any script, with whatever keyboards, clipboards and authenticators put between
    /// and around them (`123 456`). `None` if that is not six digits; then it is no guess of a code.
    pub fn recognise(typed: &str) -> Option<Self> {
        let digits = typed.nfkc().filter(|character| !is_separator(*character)).take(DIGITS + 1);
        let digit = |character| decimal_digit(character).and_then(|value| char::from_digit(value, 10));
        let code = digits.map(digit).collect::<Option<String>>().map(Secret::new)?;
        (code.expose().len() == DIGITS).then_some(Self(code))
    }

    /// Its six digits, in ASCII.
    pub fn digits(&self) -> &str {
        self.0.expose()
    }
}

impl fmt::Debug for TotpCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TotpCode")
    }
}

/// What a factor is called that was not given a label: `TOTP`, or with a number where there is one of that name.
pub fn default_label(kind: FactorKind, taken: &[&str]) -> String {
    let name = kind.default_label();
    let numbered = (2..).map(|number| format!("{name} {number}"));
    let mut names = std::iter::once(name.to_owned()).chain(numbered);
    names.find(|name| !taken.contains(&name.as_str())).unwrap_or_default()
}

const DEFAULT_LABEL: &str = "TOTP";

/// Whose codes these are, as an authenticator shows it.
#[derive(Clone, Copy, Debug)]
pub struct Account<'a> {
    /// The organization's name.
    pub organization: &'a str,
    /// The member's login.
    pub login: &'a str,
    /// The factor's label, which distinguishes several of one member.
    pub label: &'a str,
}

impl Account<'_> {
    /// The login, and the label where it says something.
    fn name(&self) -> String {
        if self.label == DEFAULT_LABEL {
            self.login.into()
        } else {
            format!("{} ({})", self.login, self.label)
        }
    }
}

fn builder(seed: &[u8]) -> Builder {
    Builder::new()
        .with_algorithm(Algorithm::SHA1)
        .with_digits(6)
        .with_skew(1)
        .with_step_duration(30)
        .with_secret(seed.to_vec())
}

/// The time step of a code that was presented.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// The number of the step: how many periods of 30 seconds have passed since 1970.
    pub number: i64,
    /// The latest step whose code is taken at this time. A used one that is later says that the clock was wrong.
    pub latest: i64,
}

/// The step whose code `code` is, if it is that of the wall clock or a neighbour's. Whether it was used before, the
/// store knows: a code works once, and none works that is older than one that was used.
pub fn matching_step(seed: &[u8], code: &TotpCode, wall: Timestamp) -> Option<Step> {
    let seconds = u64::try_from(wall.seconds()).ok()?;
    let step = builder(seed).build_noncompliant().check(code.digits(), seconds)?;
    Some(Step { number: i64::try_from(step).ok()?, latest: wall.seconds() / 30 + 1 })
}

/// The seed in base32, and the `otpauth:` URI that an authenticator reads; `None` for an empty account name.
pub fn enrolment(seed: &[u8], account: &Account<'_>) -> Option<(Secret, Secret)> {
    // A colon parts issuer and account in the URI.
    let without_colon = |text: &str| text.replace(':', "_");
    let issuer = without_colon(account.organization);
    let totp = builder(seed).with_account_name(without_colon(&account.name())).with_issuer(Some(issuer));
    let uri = totp.build_noncompliant().to_url().ok()?;
    Some((Secret::new(totp_rs::Secret::from(seed.to_vec()).to_base32()), Secret::new(uri)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SEED: &[u8] = b"12345678901234567890";

    const fn at(seconds: i64) -> Timestamp {
        Timestamp::from_micros(seconds * 1_000_000)
    }

    fn step(code: &str, seconds: i64) -> Option<i64> {
        matching_step(SEED, &TotpCode::recognise(code).unwrap(), at(seconds)).map(|step| step.number)
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
        assert_eq!(step("287083", 59), None);
        let late = matching_step(SEED, &TotpCode::recognise("287082").unwrap(), at(89));
        assert_eq!(late, Some(Step { number: 1, latest: 3 }));
    }

    #[test]
    fn a_code_is_read_as_it_is_typed() {
        for typed in [
            "123456",
            "123 456",
            " 123-456\r\n",
            "\u{ff11}\u{ff12}\u{ff13}\u{3000}\u{ff14}\u{ff15}\u{ff16}",
            "\u{661}\u{662}\u{663}\u{664}\u{665}\u{666}",
            "\u{6f1}\u{6f2}\u{6f3}\u{200c}\u{6f4}\u{6f5}\u{6f6}",
            "\u{967}\u{968}\u{969}\u{96a}\u{96b}\u{96c}",
            "\u{200e}123\u{2009}456\u{200f}",
            "1\u{fe0f}23456",
            "\u{2460}\u{2461}\u{2462}\u{2463}\u{2464}\u{2465}",
        ] {
            assert_eq!(TotpCode::recognise(typed).expect(typed).digits(), "123456", "{typed:?}");
        }

        for other in ["", "12345", "1234567", "12345a", "123.456", "one", "\u{4e00}23456"] {
            assert!(TotpCode::recognise(other).is_none(), "{other:?}");
        }

        assert_eq!(format!("{:?}", TotpCode::recognise("123456")), "Some(TotpCode)");
    }

    proptest! {
        #[test]
        fn six_digits_are_a_code_whatever_stands_between(code in "[0-9]{6}", at in 0usize..6, between in "[ \\-\u{a0}\u{200b}\n]{0,3}") {
            let typed = format!("{between}{}{between}{}{between}", &code[..at], &code[at..]);
            let read = TotpCode::recognise(&typed).map(|code| code.digits().to_owned());
            prop_assert_eq!(read, Some(code));
        }

        #[test]
        fn what_is_read_is_six_digits_and_read_as_itself(typed in "\\PC{0,12}|[0-9 ]{4,9}") {
            if let Some(code) = TotpCode::recognise(&typed) {
                prop_assert!(code.digits().len() == 6 && code.digits().bytes().all(|digit| digit.is_ascii_digit()));
                let again = TotpCode::recognise(code.digits()).map(|code| code.digits().to_owned());
                prop_assert_eq!(again.as_deref(), Some(code.digits()));
            }
        }
    }

    #[test]
    fn factors_without_a_label_are_told_apart() {
        let label = |taken: &[&str]| default_label(FactorKind::Totp, taken);
        assert_eq!(label(&[]), "TOTP");
        assert_eq!(label(&["Phone"]), "TOTP");
        assert_eq!(label(&["TOTP 2", "TOTP"]), "TOTP 3");
        assert_eq!(label(&["TOTP 2"]), "TOTP");
        assert_eq!(default_label(FactorKind::Passkey, &["TOTP", "Passkey"]), "Passkey 2");
    }

    #[test]
    fn the_uri_names_organization_login_label_and_seed() {
        let account = |organization, label| Account { organization, login: "alice@example.org", label };
        let uri = |organization, label| enrolment(SEED, &account(organization, label)).unwrap().1;

        let (secret, plain) = enrolment(SEED, &account("Example", "TOTP")).unwrap();
        assert_eq!(secret.expose(), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        assert!(
            plain.expose().starts_with("otpauth://totp/Example:alice%40example.org?"),
            "{}",
            plain.expose()
        );
        assert!(plain.expose().contains("secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"));
        assert!(plain.expose().contains("issuer=Example"), "{}", plain.expose());

        let odd = uri("B\u{fc}ro & S\u{f6}hne: a+b", "My phone, 2: new");
        let odd = odd.expose();
        assert!(odd.starts_with("otpauth://totp/B%C3%BCro%20%26%20S%C3%B6hne_%20a%2Bb:alice%40example.org%20%28My%20phone%2C%202_%20new%29?"), "{odd}");
        // A plus is no space to every authenticator.
        assert!(odd.contains("issuer=B%C3%BCro%20%26%20S%C3%B6hne_%20a%2Bb"), "{odd}");
    }
}

//! What kinds of findings there are: each is written once, for the finding itself and for the doctor's page.

use serde::Serialize;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// It lets somebody in or out who should not be, or soon will.
    Error,
    /// It works, and will hurt.
    Warning,
    /// Something to know.
    Note,
}

/// What comes of a finding, the worst first; findings are listed in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Harm {
    /// Somebody gets in who should not, or whoever was cut off gets in again.
    LetsIn,
    /// Somebody reads passwords, keys or data that are not theirs.
    Discloses,
    /// Mail clients with the right password do not get in, or the service does not start.
    KeepsOut,
    /// It works today, and will hurt.
    WillHurt,
    /// Nothing is wrong; it is good to know.
    Know,
}

impl Harm {
    /// How bad that is.
    pub const fn severity(self) -> Severity {
        match self {
            Self::LetsIn | Self::Discloses | Self::KeepsOut => Severity::Error,
            Self::WillHurt => Severity::Warning,
            Self::Know => Severity::Note,
        }
    }
}

/// A kind of finding, as the doctor's page lists it.
#[derive(Debug, PartialEq, Eq)]
pub struct Kind {
    /// A name for programs, which stays. Kinds share one where the same thing is worse in one place than in another.
    pub code: &'static str,
    /// What comes of it, in one word.
    pub harm: Harm,
    /// When it is found.
    pub found: &'static str,
    /// What comes of it.
    pub why: &'static str,
    /// What to do, in general; the finding itself says the line.
    pub change: &'static str,
}

/// What may be found of any mail server.
pub(crate) static ANY_MAIL_SERVER: &[&Kind] = &[&NOT_LOOKED_AT];

/// A program of a mail server that is here and does not print its configuration.
pub(crate) static NOT_LOOKED_AT: Kind = Kind {
    code: "not_looked_at",
    harm: Harm::WillHurt,
    found: "a mail server is installed, and its program does not print the configuration to the doctor",
    why: "nothing is known of this mail server",
    change: "run the program that the finding names as root, and put right what it complains about",
};

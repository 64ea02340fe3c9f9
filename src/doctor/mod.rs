//! What is misconfigured, ours and the mail server's side: texts and facts in, findings out.
//!
//! Here are the rules only, so that each is tried on what real programs print; `doctor/probe` runs the programs and
//! looks at the files.
//!
//! Nothing of a configuration is repeated in a finding but names of settings and the values that are judged: the rest
//! may contain passwords.

use serde::Serialize;

pub mod clientpass;
pub mod dovecot;
pub mod kind;
mod networks;
pub mod nginx;
pub mod opened;
pub mod page;
pub mod postfix;
pub mod probe;
pub mod saslauthd;
#[cfg(test)]
mod shipped;

pub use kind::{Harm, Kind, Severity};

/// Whose configuration a finding is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum About {
    /// The configuration and the state of clientpass.
    Clientpass,
    /// The configuration of Dovecot.
    Dovecot,
    /// The configuration of Postfix.
    Postfix,
    /// The configuration of nginx.
    Nginx,
    /// The configuration of Cyrus saslauthd.
    Saslauthd,
}

/// Something that is misconfigured.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// What comes of it, in one word.
    pub harm: Harm,
    /// Whose configuration it is about.
    pub about: About,
    /// A name for programs, which stays.
    pub code: &'static str,
    /// What was found.
    pub what: String,
    /// What comes of it.
    pub why: &'static str,
    /// What to do: the line to change, or the command.
    pub change: String,
}

/// Findings about one program, in the order in which they were made.
pub(crate) struct Findings {
    about: About,
    found: Vec<Finding>,
}

impl Findings {
    pub(crate) fn about(about: About) -> Self {
        Self { about, found: Vec::new() }
    }

    /// Adds a finding of this kind: what was found, and the line to change.
    pub(crate) fn find(&mut self, kind: &'static Kind, what: &str, change: &str) {
        let Kind { code, harm, why, .. } = *kind;
        let (severity, about) = (harm.severity(), self.about);
        let finding = Finding { severity, harm, about, code, what: what.into(), why, change: change.into() };
        // The same of a second service of a mail server says nothing new.
        if !self.found.contains(&finding) {
            self.found.push(finding);
        }
    }

    pub(crate) fn all(self) -> Vec<Finding> {
        self.found
    }
}

/// Whether an address, as configurations write it, can be reached from this machine only.
pub(crate) fn is_local(address: &str) -> bool {
    let host = host_of(address);
    let ip = host.parse::<std::net::IpAddr>();
    host == "localhost" || address.starts_with("unix:") || ip.is_ok_and(|ip| ip.to_canonical().is_loopback())
}

/// `127.0.0.1` of `127.0.0.1:25`, `::1` of `[::1]:25` and of `::1`.
fn host_of(address: &str) -> &str {
    if let Some((host, _)) = address.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        return host;
    }
    match address.split_once(':') {
        Some((host, port)) if !port.contains(':') => host,
        _ => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_this_machine_can_reach_is_local() {
        for local in
            ["127.0.0.1", "127.0.0.1:143", "[::1]:143", "::1", "localhost:25", "unix:/run/clientpass/x"]
        {
            assert!(is_local(local), "{local}");
        }

        for open in
            ["*", "*:143", "143", "[::]:143", "::", "0.0.0.0:25", "mail.example.org:25", "192.0.2.7", ""]
        {
            assert!(!is_local(open), "{open}");
        }
    }
}

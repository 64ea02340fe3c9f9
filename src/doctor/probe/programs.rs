//! Programs of mail servers that print their configuration.

use std::env;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::doctor::kind::NOT_LOOKED_AT;
use crate::doctor::{About, Finding, Findings};

/// What came of it.
pub enum Printed {
    /// What it printed.
    Text(String),
    /// It is here and does not do it: what is to be said of the mail server.
    Failed(Box<dyn FnOnce(About) -> Vec<Finding>>),
    /// It is not here.
    NotInstalled,
}

impl Printed {
    /// Nothing is known, for this reason; what to do about it.
    pub(super) fn failed(why: String, change: String) -> Self {
        Self::Failed(Box::new(move |about| {
            let mut found = Findings::about(about);
            found.find(&NOT_LOOKED_AT, &why, &change);
            found.all()
        }))
    }
}

/// Runs a program, if it is installed.
pub fn program(name: &'static str, arguments: &'static [&'static str]) -> Printed {
    let Some(path) = find(name) else { return Printed::NotInstalled };
    let ran = Command::new(path).args(arguments).env("LC_ALL", "C").stdin(Stdio::null()).output();

    let why = match ran {
        Ok(output) if output.status.success() => {
            return Printed::Text(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        // What it complained about may quote the configuration.
        Ok(output) => format!("{} {} failed ({})", name, arguments.join(" "), output.status),
        Err(error) => format!("{name} cannot be run: {error}"),
    };

    let change = format!("run it as root and look what it says: {name} {}", arguments.join(" "));
    Printed::failed(why, change)
}

/// Programs of mail servers are often where only root looks.
fn find(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = env::split_paths(&path).chain(["/usr/sbin", "/usr/local/sbin"].map(PathBuf::from));
    folders.map(|folder| folder.join(name)).find(|program| program.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Harm;

    /// What is said of a mail server whose program is this one.
    fn said(name: &'static str) -> Vec<(Harm, String)> {
        match program(name, &["-n"]) {
            Printed::Failed(findings) => {
                let found = findings(About::Postfix);
                assert!(found.iter().all(|one| one.about == About::Postfix && one.code == "not_looked_at"));
                found.into_iter().map(|one| (one.harm, one.what)).collect()
            }
            Printed::Text(_) | Printed::NotInstalled => Vec::new(),
        }
    }

    #[test]
    fn a_program_that_prints_nothing_is_told_and_one_that_prints_or_is_not_there_is_not() {
        assert_eq!(said("false"), [(Harm::WillHurt, "false -n failed (exit status: 1)".into())]);
        // It is there, and no program.
        let said_of_none = said("/etc/passwd");
        assert!(said_of_none.iter().all(|(_, what)| what.starts_with("/etc/passwd cannot be run")));
        assert_eq!(said_of_none.len(), 1);

        assert_eq!(said("echo"), []);
        assert!(matches!(program("echo", &["is", "here"]), Printed::Text(text) if text == "is here\n"));
        assert_eq!(said("no-such-program"), []);
        assert!(matches!(program("no-such-program", &[]), Printed::NotInstalled));
    }
}

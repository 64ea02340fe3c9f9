//! Programs of mail servers that print their configuration.

use std::env;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::doctor::{About, Finding, Severity};

/// What came of it.
pub enum Printed {
    /// What it printed.
    Text(String),
    /// It is here and does not do it: what is to be said of the mail server.
    Failed(Box<dyn FnOnce(About) -> Finding>),
    /// It is not here.
    NotInstalled,
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

    Printed::Failed(Box::new(move |about| Finding {
        severity: Severity::Warning,
        about,
        code: "not_looked_at",
        what: why,
        why: "nothing is known of this mail server",
        change: format!("run it as root and look what it says: {name} {}", arguments.join(" ")),
    }))
}

/// Programs of mail servers are often where only root looks.
fn find(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = env::split_paths(&path).chain(["/usr/sbin", "/usr/local/sbin"].map(PathBuf::from));
    folders.map(|folder| folder.join(name)).find(|program| program.is_file())
}

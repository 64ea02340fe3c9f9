//! The files of saslauthd, which prints its configuration to nobody.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use super::files::file;
use super::programs::Printed;
use crate::doctor::kind::NOT_LOOKED_AT;
use crate::doctor::{About, Finding, Findings};

const SETTINGS: &str = "/etc/saslauthd.conf";
const START: &str = "/etc/default/saslauthd";

/// Its settings, if it has some for LDAP.
pub fn settings() -> Printed {
    settings_in(Path::new(SETTINGS))
}

fn settings_in(path: &Path) -> Printed {
    let why = match fs::read(path) {
        Ok(bytes) => return Printed::Text(String::from_utf8_lossy(&bytes).into_owned()),
        Err(why) if why.kind() == ErrorKind::NotFound => return Printed::NotInstalled,
        Err(why) => format!("{} cannot be read: {why}", path.display()),
    };
    Printed::Failed(Box::new(move |about: About| -> Vec<Finding> {
        let mut found = Findings::about(about);
        found.find(&NOT_LOOKED_AT, &why, "run clientpass doctor as root");
        found.all()
    }))
}

/// How Debian starts it.
pub fn start() -> Option<String> {
    let bytes = fs::read(START).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// The mode of its settings.
pub fn mode() -> Option<u32> {
    file(Path::new(SETTINGS)).map(|file| file.mode)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_not_there_is_no_saslauthd_and_one_that_cannot_be_read_is_told() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(settings_in(&folder.path().join("none")), Printed::NotInstalled));
        let path = folder.path().join("saslauthd.conf");
        fs::write(&path, "ldap_servers: ldap://127.0.0.1\n").unwrap();
        assert!(matches!(settings_in(&path), Printed::Text(text) if text.starts_with("ldap_servers")));

        // A folder is read by nobody.
        let Printed::Failed(findings) = settings_in(folder.path()) else { panic!("it is read") };
        let found = findings(About::Saslauthd);
        assert_eq!((found.len(), found[0].code), (1, "not_looked_at"), "{found:?}");
    }
}

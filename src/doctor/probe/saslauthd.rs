//! The files of saslauthd, which prints its configuration to nobody.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::files::file;
use super::programs::Printed;

const SETTINGS: &str = "/etc/saslauthd.conf";
/// Where Debian says how each is started.
const START: &str = "/etc/default";

/// Its settings, if it has some for LDAP.
pub fn settings() -> Printed {
    settings_in(Path::new(SETTINGS))
}

fn settings_in(path: &Path) -> Printed {
    match fs::read(path) {
        Ok(bytes) => Printed::Text(String::from_utf8_lossy(&bytes).into_owned()),
        Err(why) if why.kind() == ErrorKind::NotFound => Printed::NotInstalled,
        Err(why) => {
            let why = format!("{} cannot be read: {why}", path.display());
            Printed::failed(why, "run clientpass doctor as root".into())
        }
    }
}

/// How Debian starts it, each of them.
pub fn start() -> Vec<String> {
    start_in(Path::new(START))
}

fn start_in(folder: &Path) -> Vec<String> {
    let files = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let is_one = |path: &PathBuf| {
        let more = path.file_name().and_then(|name| name.to_str()?.strip_prefix("saslauthd"));
        // As its start script has it: what editors and dpkg leave there is not one.
        more.is_some_and(|more| more.chars().all(|c| c.is_ascii_alphanumeric() || ['_', '-'].contains(&c)))
    };
    let mut files: Vec<PathBuf> = files.filter(is_one).collect();
    files.sort();
    let read = |path: &PathBuf| Some(String::from_utf8_lossy(&fs::read(path).ok()?).into_owned());
    files.iter().filter_map(read).collect()
}

/// The mode of its settings.
pub fn mode() -> Option<u32> {
    file(Path::new(SETTINGS)).map(|file| file.mode)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::About;

    #[test]
    fn a_file_that_is_not_there_is_no_saslauthd_and_one_that_cannot_be_read_is_told() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(settings_in(&folder.path().join("none")), Printed::NotInstalled));
        let path = folder.path().join("saslauthd.conf");
        fs::write(&path, "ldap_servers: ldap://127.0.0.1\n").unwrap();
        assert!(matches!(settings_in(&path), Printed::Text(text) if text.starts_with("ldap_servers")));

        for (name, text) in
            [("saslauthd-postfix", "b"), ("saslauthd", "a"), ("saslauthd-x.dpkg-dist", "c"), ("slapd", "d")]
        {
            fs::write(folder.path().join(name), text).unwrap();
        }
        assert_eq!(start_in(folder.path()), ["a", "b"]);

        // A folder is read by nobody.
        let Printed::Failed(findings) = settings_in(folder.path()) else { panic!("it is read") };
        let found = findings(About::Saslauthd);
        assert_eq!((found.len(), found[0].code), (1, "not_looked_at"), "{found:?}");
    }
}

//! A private saslauthd that asks a running clientpass, with the configuration this repository ships, and
//! testsaslauthd, which asks it as Cyrus IMAP does.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use super::{find_program, poll, stop};

const SHIPPED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/mail-servers/cyrus/saslauthd.conf");
const PATIENCE: Duration = Duration::from_secs(15);

/// A running saslauthd; dropping it stops it and removes its directory.
pub struct Saslauthd {
    process: Child,
    dir: TempDir,
}

/// What is missing here to run it, or nothing.
pub fn missing() -> Option<String> {
    let missing = ["saslauthd", "testsaslauthd"].into_iter().find(|name| find_program(name).is_none())?;
    Some(format!("the program {missing} is not installed (Debian: sasl2-bin)"))
}

impl Saslauthd {
    /// Starts one that asks `url` (`ldap://127.0.0.1:8389`) with the service key `key`: the shipped file with its two
    /// changes, and these lines in place of those of the same names.
    ///
    /// # Panics
    ///
    /// Where it does not come up.
    pub fn start(url: &str, key: &str, changed: &str) -> Self {
        Self::start_with(url, key, changed, &[])
    }

    /// The same with more options.
    ///
    /// # Panics
    ///
    /// Where it does not come up.
    pub fn start_with(url: &str, key: &str, changed: &str, options: &[&str]) -> Self {
        let dir = TempDir::with_prefix("clientpass-saslauthd-").unwrap();
        let file = dir.path().join("saslauthd.conf");
        fs::write(&file, configuration(url, key, changed)).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();

        let log = fs::File::create(dir.path().join("log")).unwrap();
        let process = Command::new(find_program("saslauthd").unwrap())
            .args(["-a", "ldap", "-r", "-n", "5", "-d", "-m"])
            .arg(dir.path())
            .arg("-O")
            .arg(&file)
            .args(options)
            // It ends its whole group of processes with itself.
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();

        let saslauthd = Self { process, dir };
        assert!(poll(PATIENCE, || saslauthd.socket().exists()), "{}", saslauthd.log());
        saslauthd
    }

    /// Its configuration.
    pub fn file(&self) -> PathBuf {
        self.dir.path().join("saslauthd.conf")
    }

    fn socket(&self) -> PathBuf {
        self.dir.path().join("mux")
    }

    /// What it has logged.
    pub fn log(&self) -> String {
        fs::read_to_string(self.dir.path().join("log")).unwrap_or_default()
    }

    /// Whether a login is let in, as Cyrus IMAP asks for it.
    ///
    /// # Panics
    ///
    /// Where the answer is neither yes nor no.
    #[track_caller]
    pub fn lets_in(&self, login: &str, password: &str, service: &str) -> bool {
        let (user, realm) = login.split_once('@').unwrap_or((login, ""));
        let output = Command::new(find_program("testsaslauthd").unwrap())
            .args(["-u", user, "-r", realm, "-p", password, "-s", service, "-f"])
            .arg(self.socket())
            .output()
            .unwrap();

        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        match (said.contains("OK \"Success.\""), said.contains("NO \"authentication failed\"")) {
            (true, false) => true,
            (false, true) => false,
            _ => panic!("{said}{}\n{}", String::from_utf8_lossy(&output.stderr), self.log()),
        }
    }
}

impl Drop for Saslauthd {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("what saslauthd logged:\n{}", self.log());
        }
        if stop(&mut self.process, PATIENCE).is_none() {
            drop(self.process.kill());
            drop(self.process.wait());
        }
    }
}

/// The shipped file with the two changes its reader makes, and others.
fn configuration(url: &str, key: &str, changed: &str) -> String {
    let mut text = fs::read_to_string(Path::new(SHIPPED)).unwrap();
    for (shipped, here) in [
        ("\nldap_servers: ldap://127.0.0.1:8389\n", format!("\nldap_servers: {url}\n")),
        ("\nldap_bind_pw: cpk_000000000000000000000000000000000000\n", format!("\nldap_bind_pw: {key}\n")),
    ] {
        assert_eq!(text.matches(shipped).count(), 1, "saslauthd.conf does not hold {shipped} exactly once");
        text = text.replace(shipped, &here);
    }

    let names: Vec<&str> =
        changed.lines().filter_map(|line| line.split_once(':')).map(|(name, _)| name).collect();
    let kept = text.lines().filter(|line| !names.iter().any(|name| line.starts_with(&format!("{name}:"))));
    kept.flat_map(|line| [line, "\n"]).collect::<String>() + changed
}

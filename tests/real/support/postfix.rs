//! A private Postfix that asks a running clientpass itself, with the configuration this repository ships.
//!
//! Queue, data and configuration lie in a directory of its own, the ports are free ones of 127.0.0.1, smtpd runs
//! chrooted as on Debian, and no Dovecot runs. It has to be started by root, because Postfix gives up rights it must
//! first have.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::{Ipv4Addr, TcpStream};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rcgen::{CertifiedKey, KeyPair};
use tempfile::TempDir;

use super::ldap::certificate;
use super::{find_program, free_port, poll, stop};

const PROGRAMS: &str = "/usr/lib/postfix/sbin";
const SHIPPED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/mail-servers/postfix");
const PATIENCE: Duration = Duration::from_secs(15);

/// What the shipped files are added to.
const MAIN: &str = "\
compatibility_level = 3.6
queue_directory = DIR/spool
data_directory = DIR/data
daemon_directory = /usr/lib/postfix/sbin
maillog_file_prefixes = DIR
maillog_file = DIR/log
myhostname = mail.example.org
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
alias_maps =
smtpd_tls_chain_files = DIR/tls.pem
# Tests need not wait for a refusal, and try often.
smtpd_error_sleep_time = 0
smtpd_soft_error_limit = 1000
smtpd_hard_error_limit = 1000
";
const MASTER: &str = "
postlog   unix-dgram n  -       n       -       1       postlogd
tlsmgr    unix  -       -       y       1000?   1       tlsmgr
anvil     unix  -       -       y       -       1       anvil
rewrite   unix  -       -       y       -       -       trivial-rewrite
proxymap  unix  -       -       n       -       -       proxymap
";

/// A Postfix; dropping it stops it and removes its directory.
pub struct Postfix {
    dir: TempDir,
    /// Where it listens for submission.
    pub port: u16,
    /// What it shows there.
    pub certificate: CertifiedKey<KeyPair>,
    master: Option<Child>,
}

impl Postfix {
    /// Makes its folders and its configuration; it does not run yet.
    ///
    /// # Panics
    ///
    /// Where they cannot be made.
    pub fn prepared() -> Self {
        let dir = TempDir::with_prefix("clientpass-postfix-").unwrap();
        let postfix = Self { dir, port: free_port(), certificate: certificate(), master: None };
        postfix.make_folders();

        let read = |name: &str| fs::read_to_string(Path::new(SHIPPED).join(name)).unwrap();
        let main = MAIN.replace("DIR", &postfix.dir.path().display().to_string());
        fs::write(postfix.path("etc/main.cf"), main + &read("main.cf")).unwrap();
        let services =
            once(&read("master.cf"), "submission inet", &format!("127.0.0.1:{} inet", postfix.port));
        let services = once(&services, "submissions inet", &format!("127.0.0.1:{} inet", free_port()));
        fs::write(postfix.path("etc/master.cf"), services + MASTER).unwrap();

        let made = &postfix.certificate;
        fs::write(postfix.path("tls.pem"), made.signing_key.serialize_pem() + &made.cert.pem()).unwrap();
        postfix
    }

    /// The shipped section for clientpass, for this queue directory.
    ///
    /// # Panics
    ///
    /// Where the shipped file is not as it should be.
    pub fn door(&self) -> String {
        let shipped = fs::read_to_string(Path::new(SHIPPED).join("clientpass.toml")).unwrap();
        once(&shipped, "/var/spool/postfix", &self.path("spool").display().to_string())
    }

    /// The socket that it asks on.
    pub fn socket(&self) -> PathBuf {
        self.path("spool/clientpass/auth")
    }

    /// Starts it, and returns when it greets.
    ///
    /// # Panics
    ///
    /// Where it does not.
    pub fn start(&mut self) {
        let master = Command::new(Path::new(PROGRAMS).join("master"))
            .args(["-d", "-c"])
            .arg(self.path("etc"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(fs::File::create(self.path("stderr")).unwrap())
            .spawn()
            .unwrap();

        self.master = Some(master);
        assert!(poll(PATIENCE, || greets(self.port)), "Postfix does not come up:\n{}", self.log());
    }

    /// What it has logged so far.
    pub fn log(&self) -> String {
        let text = |name| fs::read(self.path(name)).unwrap_or_default();
        String::from_utf8_lossy(&[text("stderr"), text("log")].concat()).into_owned()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn make_folders(&self) {
        let (postfix, group) = account("postfix").unwrap();
        fs::set_permissions(self.dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
        for name in ["etc", "data", "spool", "spool/pid", "spool/private", "spool/public", "spool/clientpass"]
        {
            fs::create_dir(self.path(name)).unwrap();
        }
        for name in ["data", "spool/private", "spool/public"] {
            chown(self.path(name), Some(postfix), None).unwrap();
        }

        // As the shipped README makes it, whose user is root here.
        chown(self.path("spool/clientpass"), None, Some(group)).unwrap();
        fs::set_permissions(self.path("spool/clientpass"), fs::Permissions::from_mode(0o2710)).unwrap();
    }
}

/// Whether a mail server greets on this port.
pub fn greets(port: u16) -> bool {
    let Ok(stream) = TcpStream::connect((Ipv4Addr::LOCALHOST, port)) else { return false };
    stream.set_read_timeout(Some(Duration::from_secs(2))).unwrap();
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line).is_ok() && line.starts_with("220 ")
}

/// The text with one thing replaced that must be there once.
///
/// # Panics
///
/// Where it is not.
pub fn once(text: &str, shipped: &str, here: &str) -> String {
    assert_eq!(text.matches(shipped).count(), 1, "{shipped:?} must be there exactly once");
    text.replace(shipped, here)
}

/// User and group of an account.
pub fn account(name: &str) -> Option<(u32, u32)> {
    let accounts = fs::read_to_string("/etc/passwd").ok()?;
    let line = accounts.lines().find(|line| line.split(':').next() == Some(name))?;
    let mut fields = line.split(':').skip(2).map(|field| field.parse().ok());
    Some((fields.next()??, fields.next()??))
}

impl Drop for Postfix {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("what Postfix logged:\n{}", self.log());
        }
        if let Some(master) = &mut self.master
            && stop(master, PATIENCE).is_none()
        {
            drop(master.kill());
            drop(master.wait());
        }

        // Its processes outlive the master by a moment and may still write.
        poll(PATIENCE, || fs::remove_dir_all(self.dir.path()).is_ok() || !self.dir.path().exists());
    }
}

/// What keeps Postfix from running here, or nothing.
pub fn missing() -> Option<String> {
    if find_program("postfix").is_none() || !Path::new(PROGRAMS).join("master").is_file() {
        return Some("Postfix is not installed (Debian: postfix)".to_owned());
    }
    let root = fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0);
    (!root).then(|| "Postfix can be started by root only".to_owned())
}

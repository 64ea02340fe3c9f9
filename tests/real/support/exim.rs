//! A private Exim, with the dovecot driver or without, that asks a running clientpass, with the configuration this
//! repository ships.
//!
//! Debian's Exim and Postfix cannot both be installed: scripts/test unpacks Exim into `target/tools/exim`.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rcgen::{CertifiedKey, KeyPair};
use tempfile::TempDir;

use super::ldap::certificate;
use super::postfix::{account, greets, once};
use super::{free_port, poll, stop};

const SHIPPED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/mail-servers/exim");
/// The user that Debian's package makes.
pub const USER: &str = "Debian-exim";
const PATIENCE: Duration = Duration::from_secs(15);

const CONFIGURATION: &str = "\
primary_hostname = mail.example.org
spool_directory = DIR/spool
log_file_path = DIR/log/%s
pid_file_path = DIR/exim.pid
exim_user = Debian-exim
exim_group = Debian-exim
keep_environment =
local_interfaces = 127.0.0.1
daemon_smtp_ports = PORT
tls_advertise_hosts = *
tls_certificate = DIR/tls.pem
tls_privatekey = DIR/tls.pem
host_lookup =
rfc1413_query_timeout = 0s
smtp_accept_max = 400
smtp_connect_backlog = 400
";

/// A running Exim; dropping it stops it and removes its directory.
pub struct Exim {
    dir: TempDir,
    /// Where it listens.
    pub port: u16,
    /// What it shows there.
    pub certificate: CertifiedKey<KeyPair>,
    daemon: Child,
}

/// Which of Debian's packages it is of.
#[derive(Clone, Copy)]
pub enum Daemon {
    /// `exim4-daemon-heavy`, with the dovecot driver.
    Heavy,
    /// `exim4-daemon-light`, without.
    Light,
}

impl Daemon {
    fn unpacked(self) -> PathBuf {
        // Of the build that is tested.
        let target = Path::new(env!("CARGO_BIN_EXE_clientpass")).ancestors().nth(2).unwrap();
        target.join(match self {
            Self::Heavy => "tools/exim",
            Self::Light => "tools/exim-light",
        })
    }

    /// What is missing here to run it, or nothing.
    pub fn missing(self) -> Option<String> {
        let there = self.unpacked().join("usr/sbin/exim4").is_file() && account(USER).is_some();
        (!there).then(|| format!("no Exim in {} (scripts/test unpacks one)", self.unpacked().display()))
    }
}

/// A shipped file with these changes.
fn shipped(name: &str, changes: &[(&str, &str)]) -> String {
    let text = fs::read_to_string(Path::new(SHIPPED).join(name)).unwrap();
    changes.iter().fold(text, |text, (shipped, here)| once(&text, shipped, here))
}

impl Exim {
    /// Starts one that asks on this socket, and returns when it greets.
    ///
    /// # Panics
    ///
    /// Where it does not come up; the message holds its log.
    pub fn start(socket: &Path) -> Self {
        let auth = shipped("heavy.conf", &[("/run/clientpass/auth", &socket.display().to_string())]);
        Self::start_with(Daemon::Heavy, "", &auth)
    }

    /// Starts one without the dovecot driver, that asks at this address. It offers AUTH without TLS, too.
    ///
    /// # Panics
    ///
    /// Where it does not come up; the message holds its log.
    pub fn start_light(address: &str) -> Self {
        let main = shipped("light-main.conf", &[("CLIENTPASS_ADDRESS = inet:127.0.0.1:8604", address)]);
        let auth = shipped("light-auth.conf", &[]);
        let only_with_tls = "  server_advertise_condition = ${if eq{$tls_in_cipher}{}{}{*}}\n";
        assert_eq!(auth.matches(only_with_tls).count(), 2);
        Self::start_with(Daemon::Light, &main, &auth.replace(only_with_tls, ""))
    }

    fn start_with(daemon: Daemon, main: &str, auth: &str) -> Self {
        let dir = TempDir::with_prefix("clientpass-exim-").unwrap();
        let port = free_port();
        let path = |name: &str| dir.path().join(name);
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let (user, group) = account(USER).unwrap();
        for name in ["spool", "log"] {
            fs::create_dir(path(name)).unwrap();
            std::os::unix::fs::chown(path(name), Some(user), Some(group)).unwrap();
        }

        let made = certificate();
        fs::write(path("tls.pem"), made.signing_key.serialize_pem() + &made.cert.pem()).unwrap();
        let own = CONFIGURATION.replace("DIR", &dir.path().display().to_string());
        fs::write(
            path("exim.conf"),
            own.replace("PORT", &port.to_string()) + main + "begin authenticators\n" + auth,
        )
        .unwrap();

        let unpacked = daemon.unpacked();
        let libraries = ["usr/lib", "usr/lib/x86_64-linux-gnu"].map(|folder| unpacked.join(folder));
        let daemon = Command::new(unpacked.join("usr/sbin/exim4"))
            .args(["-bdf", "-C"])
            .arg(path("exim.conf"))
            .env("LD_LIBRARY_PATH", std::env::join_paths(libraries).unwrap())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(fs::File::create(path("stderr")).unwrap())
            .spawn()
            .unwrap();

        let exim = Self { dir, port, certificate: made, daemon };
        assert!(poll(PATIENCE, || greets(port)), "Exim does not come up:\n{}", exim.log());
        exim
    }

    /// What it has logged so far.
    pub fn log(&self) -> String {
        let text = |name| fs::read_to_string(self.dir.path().join(name)).unwrap_or_default();
        ["stderr", "log/main", "log/panic", "log/reject"].map(text).concat()
    }
}

impl Drop for Exim {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("what Exim logged:\n{}", self.log());
        }
        if stop(&mut self.daemon, PATIENCE).is_none() {
            drop(self.daemon.kill());
            drop(self.daemon.wait());
        }
    }
}

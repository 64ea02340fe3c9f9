//! A private Dovecot 2.3 that asks a running clientpass, with the configuration this repository ships.
//!
//! Everything lives in a directory of its own and on free ports of 127.0.0.1; nothing of an installed Dovecot is
//! read or touched. It has to be started by root, because Dovecot gives up rights it must first have.

use std::fs;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::thread;
use std::time::Duration;

use tempfile::TempDir;

use super::{find_program, free_port, poll, stop};

const PACKAGES: &str = "Debian 12: dovecot-core dovecot-imapd dovecot-pop3d dovecot-submissiond dovecot-managesieved dovecot-auth-lua";
const SHIPPED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/mail-servers/dovecot");
const PATIENCE: Duration = Duration::from_secs(15);
/// What every port greets with.
const READY: &str = "ready";

/// A mail server with mailboxes of its own, the shipped file, and the next source of passwords after it.
const CONFIGURATION: &str = "\
base_dir = DIR/run
state_dir = DIR/state
log_path = DIR/log
protocols = imap pop3 submission sieve
listen = 127.0.0.1
login_greeting = ready
managesieve_implementation_string = ready
ssl = no
disable_plaintext_auth = no
auth_mechanisms = plain login
mail_location = maildir:DIR/mail/%u
first_valid_uid = 1
service imap-login {
  inet_listener imap {
    port = IMAP_PORT
  }
  inet_listener imaps {
    port = 0
  }
}
service pop3-login {
  inet_listener pop3 {
    port = POP3_PORT
  }
  inet_listener pop3s {
    port = 0
  }
}
service submission-login {
  inet_listener submission {
    port = SUBMISSION_PORT
  }
}
submission_relay_host = 127.0.0.1
submission_relay_port = RELAY_PORT
service managesieve-login {
  inet_listener sieve {
    port = SIEVE_PORT
  }
}
# Every login reaches clientpass, whatever is in it.
auth_username_chars =
!include DIR/clientpass.conf
passdb {
  driver = passwd-file
  args = username_format=%u DIR/users
}
userdb {
  driver = static
  args = uid=mail gid=mail home=DIR/mail/%u
}
# Tests need not wait for a refusal.
auth_failure_delay = 0
";

/// A running Dovecot; dropping it stops it and removes its directory.
pub struct Dovecot {
    master: Child,
    dir: TempDir,
    ports: Ports,
}

/// Protocols that it speaks, and what their ports are called in its configuration.
const PROTOCOLS: [(&str, &str); 4] = [
    ("imap", "IMAP_PORT"),
    ("pop3", "POP3_PORT"),
    ("submission", "SUBMISSION_PORT"),
    ("sieve", "SIEVE_PORT"),
];

/// Those of [`PROTOCOLS`].
type Ports = [u16; PROTOCOLS.len()];

impl Dovecot {
    /// Starts one that asks clientpass at `url` (`http://127.0.0.1:8600`) with the service key `key`, and
    /// returns when all of it greets. After a `defer` the passwords of `users`, pairs of login and password in
    /// the clear, decide.
    ///
    /// # Panics
    ///
    /// Where it does not come up; the message holds its log.
    pub fn start(url: &str, key: &str, users: &[(&str, &str)]) -> Dovecot {
        // A port that was free may be taken before Dovecot has it, so more than one try.
        let mut why = String::new();
        for _ in 0..3 {
            match Dovecot::try_start(url, key, users) {
                Ok(mut dovecot) => {
                    if dovecot.comes_up() {
                        return dovecot;
                    }
                    why = dovecot.log();
                }
                Err(error) => why = error.to_string(),
            }
        }
        panic!("Dovecot does not come up: {why}")
    }

    /// The port of 127.0.0.1 for `imap`, `pop3`, `submission` or `sieve`.
    ///
    /// # Panics
    ///
    /// For another one.
    pub fn port(&self, protocol: &str) -> u16 {
        self.ports[PROTOCOLS.iter().position(|(name, _)| *name == protocol).unwrap()]
    }

    /// What it has logged so far, its complaints before there was a log included.
    pub fn log(&self) -> String {
        let text = |name| fs::read(self.dir.path().join(name)).unwrap_or_default();
        String::from_utf8_lossy(&[text("stderr"), text("log")].concat()).into_owned()
    }

    fn try_start(url: &str, key: &str, users: &[(&str, &str)]) -> io::Result<Dovecot> {
        let dir = TempDir::with_prefix("clientpass-dovecot-")?;
        let ports = PROTOCOLS.map(|_| free_port());
        write_files(dir.path(), ports, url, key, users)?;
        let master = Command::new(find_program("dovecot").unwrap_or_default())
            .args(["-F", "-c"])
            .arg(dir.path().join("dovecot.conf"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(fs::File::create(dir.path().join("stderr"))?)
            .spawn()?;
        Ok(Dovecot { master, dir, ports })
    }

    /// Whether all ports greet before patience runs out or the program ends.
    fn comes_up(&mut self) -> bool {
        let mut up = false;
        poll(PATIENCE, || {
            up = self.ports.into_iter().all(|port| greeting(port).contains(READY));
            up || matches!(self.master.try_wait(), Ok(Some(_)))
        });
        up
    }
}

impl Drop for Dovecot {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("what Dovecot logged:\n{}", self.log());
        }
        if stop(&mut self.master, PATIENCE).is_none() {
            drop(self.master.kill());
            drop(self.master.wait());
        }
        // Its processes outlive the master by a moment and may still write.
        poll(PATIENCE, || fs::remove_dir_all(self.dir.path()).is_ok() || !self.dir.path().exists());
    }
}

/// What keeps Dovecot from running here, or nothing.
pub fn missing() -> Option<String> {
    let Some(program) = find_program("dovecot") else {
        return Some(format!("the program dovecot is not installed ({PACKAGES})"));
    };
    let version =
        Command::new(program).arg("--version").output().map(|output| output.stdout).unwrap_or_default();
    let version = String::from_utf8_lossy(&version).trim().to_owned();
    if !version.starts_with("2.3.") {
        return Some(format!("the tests configure Dovecot 2.3, this is \"{version}\""));
    }
    let libraries = ["/usr/lib/dovecot", "/usr/lib64/dovecot", "/usr/libexec/dovecot"].map(Path::new);
    for part in
        ["imap-login", "pop3-login", "submission-login", "managesieve-login", "modules/auth/libauthdb_lua.so"]
    {
        if !libraries.iter().any(|library| library.join(part).exists()) {
            return Some(format!("{part} of Dovecot is not installed ({PACKAGES})"));
        }
    }
    let root = fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0);
    (!root).then(|| "Dovecot can be started by root only".to_owned())
}

fn write_files(dir: &Path, ports: Ports, url: &str, key: &str, users: &[(&str, &str)]) -> io::Result<()> {
    // Dovecot's own users read here: the key is a throw-away one.
    fs::set_permissions(dir, fs::Permissions::from_mode(0o755))?;
    fs::create_dir(dir.join("mail"))?;
    fs::set_permissions(dir.join("mail"), fs::Permissions::from_mode(0o777))?;
    fs::copy(Path::new(SHIPPED).join("clientpass.lua"), dir.join("clientpass.lua"))?;
    fs::write(dir.join("clientpass.key"), format!("{key}\n"))?;
    fs::write(dir.join("clientpass.conf"), shipped_configuration(dir, url)?)?;
    fs::write(dir.join("users"), passwd_file(users))?;
    fs::write(dir.join("dovecot.conf"), configuration(dir, ports))
}

/// The shipped file with the two changes its reader makes, and the script beside it.
fn shipped_configuration(dir: &Path, url: &str) -> io::Result<String> {
    let mut text = fs::read_to_string(Path::new(SHIPPED).join("dovecot-2.3.conf"))?;
    let at = |name| dir.join(name).display().to_string();
    for (shipped, here) in [
        ("http://127.0.0.1:8600", url.to_owned()),
        ("/etc/dovecot/clientpass.key", at("clientpass.key")),
        ("/etc/dovecot/clientpass.lua", at("clientpass.lua")),
    ] {
        if text.matches(shipped).count() != 1 {
            return Err(io::Error::other(format!("dovecot-2.3.conf does not hold {shipped} exactly once")));
        }
        text = text.replace(shipped, &here);
    }
    Ok(text)
}

/// In hexadecimal, because a colon would end a password.
fn passwd_file(users: &[(&str, &str)]) -> String {
    let hex = |text: &str| text.bytes().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat();
    let line = |(login, password): &(&str, &str)| format!("{login}:{{PLAIN.HEX}}{}\n", hex(password));
    users.iter().map(line).collect::<Vec<_>>().concat()
}

fn configuration(dir: &Path, ports: Ports) -> String {
    let text =
        CONFIGURATION.replace("DIR", &dir.display().to_string()).replace("RELAY_PORT", &relay().to_string());
    PROTOCOLS.iter().zip(ports).fold(text, |text, ((_, name), port)| text.replace(name, &port.to_string()))
}

/// Where Dovecot's submission service passes mail on: it logs nobody in without. One for all, as long as the tests
/// run.
fn relay() -> u16 {
    static PORT: OnceLock<u16> = OnceLock::new();
    *PORT.get_or_init(|| {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                thread::spawn(move || drop(take_all(&stream)));
            }
        });
        port
    })
}

/// Says yes to everything.
fn take_all(mut stream: &TcpStream) -> io::Result<()> {
    stream.write_all(b"220 relay\r\n")?;
    for line in BufReader::new(stream).lines() {
        let answer: &[u8] =
            if line?.eq_ignore_ascii_case("QUIT") { b"221 bye\r\n" } else { b"250 relay\r\n" };
        stream.write_all(answer)?;
    }
    Ok(())
}

/// The first line a port sends, or nothing.
fn greeting(port: u16) -> String {
    let read = || -> io::Result<String> {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
        stream.set_read_timeout(Some(Duration::from_secs(2)))?;
        let mut line = vec![0; 512];
        let length = stream.read(&mut line)?;
        line.truncate(length);
        Ok(String::from_utf8_lossy(&line).into_owned())
    };
    read().unwrap_or_default()
}

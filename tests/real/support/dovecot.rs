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

use super::postfix::once;
use super::{find_program, free_port, poll, stop};

const PACKAGES: &str = "Debian 12: dovecot-core dovecot-imapd dovecot-pop3d dovecot-submissiond dovecot-managesieved dovecot-auth-lua";
const SHIPPED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/mail-servers");
/// The key of its doveadm HTTP API.
pub const DOVEADM_KEY: &str = "a-long-random-word";
const PATIENCE: Duration = Duration::from_secs(15);
/// What Dovecot's next source of passwords knows: alice's account password as clientpass has it, the password of
/// carol, who signs in elsewhere, and somebody who is no member.
pub const NEXT_SOURCE: [(&str, &str); 3] = [
    ("alice@example.org", "alice's password"),
    ("carol@example.org", CAROLS),
    ("nobody@example.org", "theirs"),
];
/// What carol types, wherever she signs in.
pub const CAROLS: &str = "carol's password elsewhere";
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
!include DIR/doveadm.conf
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

/// Those of [`PROTOCOLS`], and of its doveadm HTTP API.
#[derive(Clone, Copy)]
struct Ports {
    mail: [u16; PROTOCOLS.len()],
    doveadm: u16,
}

impl Dovecot {
    /// Starts one that asks clientpass at `url` (`http://127.0.0.1:8600`) with the service key `key`, and
    /// returns when all of it greets. After a `defer` the passwords of `users`, pairs of login and password in
    /// the clear, decide.
    ///
    /// # Panics
    ///
    /// Where it does not come up; the message holds its log.
    pub fn start(url: &str, key: &str, users: &[(&str, &str)]) -> Dovecot {
        Dovecot::start_with(&shipped_lua(url, key), users)
    }

    /// The same by LDAP, at `url` (`ldap://127.0.0.1:8389`).
    ///
    /// # Panics
    ///
    /// Where it does not come up; the message holds its log.
    pub fn start_on_ldap(url: &str, users: &[(&str, &str)]) -> Dovecot {
        Dovecot::start_with(&shipped_ldap(url), users)
    }

    /// The same with other sources before the passwords of `users`: files, of which `clientpass.conf` is included.
    /// In their text `DIR/` is the directory they are in.
    ///
    /// # Panics
    ///
    /// Where it does not come up; the message holds its log.
    pub fn start_with(files: &[(&str, String)], users: &[(&str, &str)]) -> Dovecot {
        // A port that was free may be taken before Dovecot has it, so more than one try.
        let mut why = String::new();
        for _ in 0..3 {
            match Dovecot::try_start(files, users) {
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
        self.ports.mail[PROTOCOLS.iter().position(|(name, _)| *name == protocol).unwrap()]
    }

    /// What it has logged so far, its complaints before there was a log included.
    pub fn log(&self) -> String {
        let text = |name| fs::read(self.dir.path().join(name)).unwrap_or_default();
        String::from_utf8_lossy(&[text("stderr"), text("log")].concat()).into_owned()
    }

    fn try_start(files: &[(&str, String)], users: &[(&str, &str)]) -> io::Result<Dovecot> {
        let dir = TempDir::with_prefix("clientpass-dovecot-")?;
        let ports = Ports { mail: PROTOCOLS.map(|_| free_port()), doveadm: free_port() };
        write_files(dir.path(), ports, files, users)?;
        let master = launch(dir.path())?;
        Ok(Dovecot { master, dir, ports })
    }

    /// Its doveadm HTTP API, as the shipped file opens it.
    pub fn doveadm_url(&self) -> String {
        format!("http://127.0.0.1:{}/doveadm/v1", self.ports.doveadm)
    }

    /// Stops it; its files stay.
    ///
    /// # Panics
    ///
    /// Where it does not end.
    pub fn stop(&mut self) {
        assert!(stop(&mut self.master, PATIENCE).is_some(), "it does not end:\n{}", self.log());
    }

    /// Starts it again where it was.
    ///
    /// # Panics
    ///
    /// Where it does not come up.
    pub fn restart(&mut self) {
        self.stop();
        self.master = launch(self.dir.path()).unwrap();
        assert!(self.comes_up(), "it does not come up:\n{}", self.log());
    }

    /// Whether all ports greet in time, and before the program ends.
    fn comes_up(&mut self) -> bool {
        let mut up = false;
        poll(PATIENCE, || {
            up = self.ports.mail.into_iter().all(|port| greeting(port).contains(READY));
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

fn launch(dir: &Path) -> io::Result<Child> {
    Command::new(find_program("dovecot").unwrap_or_default())
        .args(["-F", "-c"])
        .arg(dir.join("dovecot.conf"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(fs::File::create(dir.join("stderr"))?)
        .spawn()
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

/// What keeps it from asking by LDAP, or nothing.
pub fn missing_ldap() -> Option<String> {
    let there = Path::new("/usr/lib/dovecot/modules/auth/libauthdb_ldap.so").exists();
    (!there).then(|| "LDAP of Dovecot is not installed (Debian: dovecot-ldap)".to_owned())
}

fn write_files(dir: &Path, ports: Ports, files: &[(&str, String)], users: &[(&str, &str)]) -> io::Result<()> {
    // Dovecot's own users read here: the key is a throw-away one.
    fs::set_permissions(dir, fs::Permissions::from_mode(0o755))?;
    fs::create_dir(dir.join("mail"))?;
    fs::set_permissions(dir.join("mail"), fs::Permissions::from_mode(0o777))?;

    let doveadm = shipped_doveadm(ports);
    for (name, text) in files.iter().chain([&("doveadm.conf", doveadm)]) {
        fs::write(dir.join(name), text.replace("DIR/", &format!("{}/", dir.display())))?;
    }
    fs::write(dir.join("users"), passwd_file(users))?;
    fs::write(dir.join("dovecot.conf"), configuration(dir, ports))
}

/// The shipped files for Lua with the two changes their reader makes.
fn shipped_lua(url: &str, key: &str) -> [(&'static str, String); 3] {
    let conf = shipped(
        "dovecot/dovecot-2.3.conf",
        &[
            ("http://127.0.0.1:8600", url),
            ("/etc/dovecot/clientpass.key", "DIR/clientpass.key"),
            ("/etc/dovecot/clientpass.lua", "DIR/clientpass.lua"),
        ],
    );
    let script = shipped("dovecot/clientpass.lua", &[]);

    [("clientpass.conf", conf), ("clientpass.key", format!("{key}\n")), ("clientpass.lua", script)]
}

/// The same for LDAP.
fn shipped_ldap(url: &str) -> [(&'static str, String); 2] {
    let binding = shipped("ldap/clientpass-ldap.conf.ext", &[("ldap://127.0.0.1:8389", url)]);
    let (theirs, ours) = ("args = /etc/dovecot/clientpass-ldap.conf.ext", "args = DIR/ldap.conf");
    [("ldap.conf", binding), ("clientpass.conf", shipped("ldap/dovecot-2.3.conf", &[(theirs, ours)]))]
}

/// The shipped file for the doveadm HTTP API with the two changes its reader makes.
fn shipped_doveadm(ports: Ports) -> String {
    let port = ports.doveadm.to_string();
    shipped("dovecot/doveadm-2.3.conf", &[("CHANGE-ME", DOVEADM_KEY), ("8080", &port)])
}

/// A shipped file with these changes.
///
/// # Panics
///
/// Where what is changed is not there exactly once.
pub fn shipped(name: &str, changes: &[(&str, &str)]) -> String {
    let text = fs::read_to_string(Path::new(SHIPPED).join(name)).unwrap();
    changes.iter().fold(text, |text, (shipped, here)| once(&text, shipped, here))
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
    PROTOCOLS
        .iter()
        .zip(ports.mail)
        .fold(text, |text, ((_, name), port)| text.replace(name, &port.to_string()))
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

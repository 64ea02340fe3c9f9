//! A private Dovecot, 2.3 or 2.4, that asks a running clientpass, with the configuration this repository ships.
//!
//! Everything lives in a directory of its own and on free ports of 127.0.0.1; nothing of an installed Dovecot is
//! read or touched. It has to be started by root, because Dovecot gives up rights it must first have.

use std::fs;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::OnceLock;
use std::thread;
use std::time::Duration;

use tempfile::TempDir;

use super::actors::Person;
use super::dovecot_generation::{self as generation, of_this_generation};
use super::mail_client::{EVERY_CLIENT, Told};
use super::postfix::once;
use super::{free_port, poll, stop};

pub use super::dovecot_generation::{is_2_4, missing, missing_ldap};

const SHIPPED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/mail-servers");
/// The key of its doveadm HTTP API.
pub const DOVEADM_KEY: &str = "a-long-random-word";
const PATIENCE: Duration = Duration::from_secs(15);
/// What Dovecot's next source of passwords knows: alice's account password as clientpass has it, the password of
/// carol, who signs in elsewhere, somebody who is no member, and one whom nobody may ask it about in an outage.
pub const NEXT_SOURCE: [(&str, &str); 4] = [
    ("alice@example.org", "alice's password"),
    ("carol@example.org", CAROLS),
    ("nobody@example.org", "theirs"),
    ("erin@example.org", "erin's password"),
];
/// What carol types, wherever she signs in.
pub const CAROLS: &str = "carol's password elsewhere";
/// What every port greets with.
const READY: &str = "ready";

/// Every login reaches clientpass, whatever is in it.
const ANY_LOGIN: (&str, &str) = ("logins.conf", "auth_username_chars =\n");
/// In place of that: only logins that the shipped file allows.
const SHIPPED_LOGINS: (&str, String) = (ANY_LOGIN.0, String::new());

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

    /// The port of 127.0.0.1 for `imap`, `pop3`, `sieve`, or `submission`, which is `smtp` as well.
    ///
    /// # Panics
    ///
    /// For another one.
    pub fn port(&self, protocol: &str) -> u16 {
        let protocol = if protocol == "smtp" { "submission" } else { protocol };
        self.ports.mail[PROTOCOLS.iter().position(|(name, _)| *name == protocol).unwrap()]
    }

    /// What it has logged so far, its complaints before there was a log included.
    pub fn log(&self) -> String {
        let text = |name| fs::read(self.dir.path().join(name)).unwrap_or_default();
        String::from_utf8_lossy(&[text("stderr"), text("log")].concat()).into_owned()
    }

    fn try_start(files: &[(&str, String)], users: &[(&str, &str)]) -> io::Result<Dovecot> {
        let dir = generation::new_dir()?;
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
        // Another program may have one of its ports for a moment.
        let up = (0..3).any(|_| {
            self.master = launch(self.dir.path()).unwrap();
            self.comes_up()
        });
        assert!(up, "it does not come up:\n{}", self.log());
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
    generation::program()
        .ok_or(io::ErrorKind::NotFound)?
        .args(["-F", "-c"])
        .arg(generation::seen(dir).join("dovecot.conf"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(fs::File::create(dir.join("stderr"))?)
        .spawn()
}

fn write_files(dir: &Path, ports: Ports, files: &[(&str, String)], users: &[(&str, &str)]) -> io::Result<()> {
    // Dovecot's own users read here: the key is a throw-away one.
    fs::set_permissions(dir, fs::Permissions::from_mode(0o755))?;
    fs::create_dir(dir.join("mail"))?;
    fs::set_permissions(dir.join("mail"), fs::Permissions::from_mode(0o777))?;

    let ours = [("doveadm.conf", shipped_doveadm(ports)), (ANY_LOGIN.0, ANY_LOGIN.1.to_owned())];
    // What a test has itself comes last, and stays.
    for (name, text) in ours.iter().chain(files) {
        let seen = format!("{}/", generation::seen(dir).display());
        fs::write(dir.join(name), text.replace("DIR/", &seen))?;
    }
    fs::write(dir.join("users"), passwd_file(users))?;
    fs::write(dir.join("dovecot.conf"), configuration(dir, ports))
}

/// The shipped files for Lua with the two changes their reader makes.
pub fn shipped_lua(url: &str, key: &str) -> Vec<(&'static str, String)> {
    let conf = shipped(
        &of_this_generation("dovecot/dovecot-2.3.conf"),
        &[
            ("http://127.0.0.1:8600", url),
            ("/etc/dovecot/clientpass.key", "DIR/clientpass.key"),
            ("/etc/dovecot/clientpass.lua", "DIR/clientpass.lua"),
        ],
    );
    let script = shipped("dovecot/clientpass.lua", &[]);

    vec![("clientpass.conf", conf), ("clientpass.key", format!("{key}\n")), ("clientpass.lua", script)]
}

/// The same for LDAP, with their one change.
pub fn shipped_ldap(url: &str) -> Vec<(&'static str, String)> {
    let address = ("ldap://127.0.0.1:8389", url);
    if is_2_4() {
        return vec![("clientpass.conf", shipped("ldap/dovecot-2.4.conf", &[address]))];
    }
    let binding = shipped("ldap/clientpass-ldap.conf.ext", &[address]);
    let (theirs, ours) = ("args = /etc/dovecot/clientpass-ldap.conf.ext", "args = DIR/ldap.conf");
    vec![("ldap.conf", binding), ("clientpass.conf", shipped("ldap/dovecot-2.3.conf", &[(theirs, ours)]))]
}

/// The same for the OAuth2 grant at this port, with the two changes their reader makes.
pub fn shipped_grant(door: u16, key: &str) -> Vec<(&'static str, String)> {
    let (theirs, ours) =
        ("grant_url = http://127.0.0.1:8602/", format!("grant_url = http://127.0.0.1:{door}/"));
    if is_2_4() {
        let secret = format!("client_secret = {key}");
        let changes = [(theirs, ours.as_str()), ("client_secret = cpk_...", &secret)];
        return vec![("clientpass.conf", shipped("dovecot/oauth2-grant-2.4.conf", &changes))];
    }
    let conf = shipped(
        "dovecot/oauth2-grant-2.3.conf",
        &[("args = /etc/dovecot/clientpass-oauth2.conf.ext", "args = DIR/clientpass-oauth2.conf.ext")],
    );
    let secret = format!("client_secret = {key}");
    let changes = [(theirs, ours.as_str()), ("#client_secret = cpk_...", &secret)];
    vec![
        ("clientpass-oauth2.conf.ext", shipped("dovecot/oauth2-grant-2.3.conf.ext", &changes)),
        ("clientpass.conf", conf),
    ]
}

/// The shipped file for the doveadm HTTP API with the two changes its reader makes.
fn shipped_doveadm(ports: Ports) -> String {
    let port = ports.doveadm.to_string();
    shipped(&of_this_generation("dovecot/doveadm-2.3.conf"), &[("CHANGE-ME", DOVEADM_KEY), ("8080", &port)])
}

/// Fails unless a Dovecot of these files, and with no other setting of logins than theirs, lets in this person, whose
/// login has a `+`, and nobody with a wrong password.
///
/// # Panics
///
/// Where it does not.
#[track_caller]
pub fn lets_a_plus_in(files: &[(&str, String)], person: &Person) {
    let files: Vec<_> = files.iter().cloned().chain([SHIPPED_LOGINS]).collect();
    let dovecot = Dovecot::start_with(&files, &[]);
    let phone = person.issue("phone");
    for client in EVERY_CLIENT {
        let told = |password: &str| client.logs_in(&dovecot, &person.login, password);
        assert_eq!(told(&phone.secret), Told::In, "{client:?}");
        assert_eq!(told("made up"), Told::WrongPassword, "{client:?}");
    }
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
    let text = generation::configuration()
        .replace("DIR", &generation::seen(dir).display().to_string())
        .replace("RELAY_PORT", &relay().to_string());
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

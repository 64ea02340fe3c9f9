//! What mail servers do without clientpass: Dovecot that reads a passwd-file, and slapd. Each is a private one, in a
//! directory of its own, on core 0; nothing of an installed one is read or touched.

use std::fmt::Write as _;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::digest::{self, SHA1_FOR_LEGACY_USE_ONLY, SHA256};
use rustix::process::{Pid, Signal, kill_process};

use super::verify::server::cpu_of;

/// How Dovecot keeps passwords.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    Sha256,
    Sha512Crypt,
}

/// A program that answers. Dropping it ends it and what it has started.
pub struct Peer {
    process: Child,
}

impl Peer {
    /// CPU time of all its processes, in seconds.
    pub fn cpu_seconds(&self) -> f64 {
        family(self.process.id()).into_iter().map(cpu_of).sum()
    }

    fn start(program: &str, arguments: &[&str], log: &Path) -> Self {
        let log = fs::File::create(log).unwrap();
        let process = Command::new("taskset")
            .args(["-c", "0", program])
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        Self { process }
    }

    fn comes_up(&mut self, answers: impl Fn() -> bool) -> bool {
        (0..100).any(|_| {
            std::thread::sleep(Duration::from_millis(100));
            answers() && matches!(self.process.try_wait(), Ok(None))
        })
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = kill_process(Pid::from_child(&self.process), Signal::TERM);
        let ended = (0..100).any(|_| {
            std::thread::sleep(Duration::from_millis(100));
            !matches!(self.process.try_wait(), Ok(None))
        });
        if !ended {
            drop(self.process.kill());
            drop(self.process.wait());
        }
    }
}

/// A process and all that come of it.
fn family(first: u32) -> Vec<u32> {
    let Ok(processes) = fs::read_dir("/proc") else { return Vec::new() };
    let born: Vec<(u32, u32)> = processes
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            let stat = fs::read_to_string(path.join("stat")).ok()?;
            let parent = stat.rsplit(") ").next()?.split(' ').nth(1)?.parse().ok()?;
            Some((parent, path.file_name()?.to_str()?.parse().ok()?))
        })
        .collect();
    let mut found = vec![first];
    let mut at = 0;
    while at < found.len() {
        let of = found[at];
        found.extend(born.iter().filter(|(parent, _)| *parent == of).map(|(_, child)| *child));
        at += 1;
    }
    found
}

/// Logins with their passwords.
fn people(sample: &Path) -> Vec<(String, String)> {
    let text = fs::read_to_string(sample).unwrap();
    let halves = text.lines().map(|line| line.split_once('\t').unwrap());
    halves.map(|(login, secret)| (login.to_owned(), secret.to_owned())).collect()
}

const DOVECOT: &str = "\
base_dir = DIR/run
state_dir = DIR/state
log_path = DIR/log
protocols = none
ssl = no
disable_plaintext_auth = no
auth_mechanisms = plain
auth_cache_size = CACHE
passdb {
  driver = passwd-file
  args = username_format=%u DIR/users
}
userdb {
  driver = static
  args = uid=mail gid=mail home=/nonexistent
}
service auth {
  unix_listener DIR/asked {
    mode = 0600
  }
}
service anvil {
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
";

/// Dovecot's auth service with a passwd-file, and its socket; or why there is none.
pub fn dovecot(folder: &Path, sample: &Path, scheme: Scheme, cache: &str) -> Result<(Peer, PathBuf), String> {
    fs::create_dir(folder).unwrap();
    // Its own users read here.
    fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).unwrap();
    fs::write(folder.join("users"), passwd_file(&people(sample), scheme)?).unwrap();
    let text = DOVECOT.replace("DIR", folder.to_str().unwrap()).replace("CACHE", cache);
    let configuration = folder.join("dovecot.conf");
    fs::write(&configuration, text).unwrap();
    let mut peer =
        Peer::start("dovecot", &["-F", "-c", configuration.to_str().unwrap()], &folder.join("stderr"));
    let socket = folder.join("asked");
    if peer.comes_up(|| UnixStream::connect(&socket).is_ok()) {
        return Ok((peer, socket));
    }
    let said = ["stderr", "log"].map(|name| fs::read_to_string(folder.join(name)).unwrap_or_default());
    Err(format!("Dovecot does not come up: {}", said.concat()))
}

fn passwd_file(people: &[(String, String)], scheme: Scheme) -> Result<String, String> {
    let hashes: Vec<String> = match scheme {
        Scheme::Sha256 => {
            let hash = |secret: &str| STANDARD.encode(digest::digest(&SHA256, secret.as_bytes()));
            people.iter().map(|(_, secret)| format!("{{SHA256}}{}", hash(secret))).collect()
        }
        Scheme::Sha512Crypt => crypt(people)?,
    };
    let lines = people.iter().zip(hashes).map(|((login, _), hash)| format!("{login}:{hash}::::::\n"));
    Ok(lines.collect())
}

/// With the rounds that are usual, 5,000.
fn crypt(people: &[(String, String)]) -> Result<Vec<String>, String> {
    let secrets = people.iter().map(|(_, secret)| secret.as_str());
    let made = Command::new("openssl").args(["passwd", "-6"]).args(secrets).output();
    let made = made.map_err(|why| format!("openssl makes no hashes: {why}"))?;
    let text = String::from_utf8_lossy(&made.stdout);
    Ok(text.lines().map(|hash| format!("{{SHA512-CRYPT}}{hash}")).collect())
}

const SLAPD: &str = "\
include /etc/ldap/schema/core.schema
modulepath /usr/lib/ldap
moduleload back_mdb
pidfile DIR/pid
argsfile DIR/args
loglevel 0
database mdb
suffix dc=clientpass
maxsize 1073741824
directory DIR/entries
";

/// slapd with an entry for each login, and its address; or why there is none.
pub fn slapd(folder: &Path, sample: &Path) -> Result<(Peer, SocketAddr), String> {
    fs::create_dir_all(folder.join("entries")).unwrap();
    let (configuration, entries) = (folder.join("slapd.conf"), folder.join("entries.ldif"));
    fs::write(&configuration, SLAPD.replace("DIR", folder.to_str().unwrap())).unwrap();
    fs::write(&entries, ldif(&people(sample))).unwrap();
    let added =
        Command::new("slapadd").args(["-q", "-f"]).arg(&configuration).arg("-l").arg(&entries).output();
    let added = added.map_err(|why| format!("slapadd does not run: {why}"))?;
    if !added.status.success() {
        return Err(format!("slapadd: {}", String::from_utf8_lossy(&added.stderr)));
    }
    let address = free_address();
    let url = format!("ldap://{address}");
    let arguments = ["-h", &url, "-f", configuration.to_str().unwrap(), "-d", "0"];
    let mut peer = Peer::start("slapd", &arguments, &folder.join("stderr"));
    if peer.comes_up(|| TcpStream::connect(address).is_ok()) {
        return Ok((peer, address));
    }
    Err(format!("slapd does not come up: {}", fs::read_to_string(folder.join("stderr")).unwrap_or_default()))
}

fn ldif(people: &[(String, String)]) -> String {
    let root =
        "dn: dc=clientpass\nobjectClass: dcObject\nobjectClass: organization\ndc: clientpass\no: bench\n";
    people.iter().fold(root.to_owned(), |mut text, (login, secret)| {
        let salt: &[u8] = b"saltsalt";
        let salted = [secret.as_bytes(), salt].concat();
        let hash = digest::digest(&SHA1_FOR_LEGACY_USE_ONLY, &salted);
        let kept = STANDARD.encode([hash.as_ref(), salt].concat());
        let _ = write!(
            text,
            "\ndn: uid={login},dc=clientpass\nobjectClass: person\nobjectClass: uidObject\nuid: {login}\n\
             cn: {login}\nsn: {login}\nuserPassword: {{SSHA}}{kept}\n"
        );
        text
    })
}

/// A port of 127.0.0.1 that was free a moment ago.
pub fn free_address() -> SocketAddr {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap()
}

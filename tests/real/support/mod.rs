//! What the tests against real programs share.

pub mod caddy;
pub mod clientpass;
pub mod dovecot;
mod dovecot_generation;
pub mod exim;
pub mod mail_client;
pub mod nginx;
pub mod pgbouncer;
pub mod plain;
pub mod postfix;
pub mod postgres;
pub mod prosody;
pub mod saslauthd;
pub mod server;
pub mod smtp;
pub mod swaks;
pub mod web;

// Of the other test binary: whoever makes requests is the same here, and so is what the answers must look like.
#[allow(dead_code, reason = "these tests tell a shorter story")]
#[path = "../../it/support/actors.rs"]
pub mod actors;
#[allow(dead_code, reason = "these tests tell a shorter story")]
#[path = "../../it/support/contract.rs"]
mod contract;
#[allow(dead_code, reason = "these tests tell a shorter story")]
#[path = "../../it/support/ldap.rs"]
pub mod ldap;
#[allow(dead_code, reason = "these tests tell a shorter story")]
#[path = "../../it/support/proxy.rs"]
pub mod proxy;
#[allow(dead_code, reason = "these tests tell a shorter story")]
#[path = "../../it/support/receiver.rs"]
pub mod receiver;
#[allow(dead_code, reason = "these tests tell a shorter story")]
#[path = "../../it/support/time.rs"]
mod time;

use std::env;
use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::ops::Range;
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::net::{SocketAddr, UnixListener};
use std::path::PathBuf;
use std::process::{self, Child, Command, ExitStatus};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Whether what a test needs is here, told what is missing. Says that the test is skipped; fails instead where
/// `CLIENTPASS_REQUIRE_REAL` is 1.
///
/// # Panics
///
/// Where something is missing that must not be.
pub fn runnable(missing: Option<String>) -> bool {
    let Some(what) = missing else { return true };
    assert!(env::var("CLIENTPASS_REQUIRE_REAL").as_deref() != Ok("1"), "cannot be tested: {what}");
    println!("skipped: {what}");
    false
}

/// Where a program lies, if it is installed.
pub fn find_program(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = env::split_paths(&path).chain(["/usr/sbin", "/usr/local/sbin"].map(PathBuf::from));
    folders.map(|folder| folder.join(name)).find(|program| program.is_file())
}

/// A port of 127.0.0.1 that is free now and that no other test asks for, in this process or another. It lies below those
/// that the system gives to outgoing connections, so that none of these takes it while a server restarts.
///
/// # Panics
///
/// Where there is none.
pub fn free_port() -> u16 {
    static PORTS: Mutex<Vec<Ports>> = Mutex::new(Vec::new());

    let mut mine = PORTS.lock().unwrap_or_else(PoisonError::into_inner);
    loop {
        let found = mine.last_mut().and_then(|ports| {
            ports.left.find(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok())
        });
        match found {
            Some(port) => return port,
            None => mine.push(Ports::reserve()),
        }
    }
}

/// Ports that this process alone gives out, as long as it lives.
struct Ports {
    left: Range<u16>,
    /// Its name says which; the system forgets it with the process, however that ends.
    _reserved: UnixListener,
}

impl Ports {
    const FIRST: u16 = 20_000;
    const AT_ONCE: u16 = 64;
    const BLOCKS: u16 = 187;

    fn reserve() -> Self {
        // Each process begins elsewhere, so that ports of one that has just ended are not used at once.
        let begin = u16::try_from(process::id() % u32::from(Self::BLOCKS)).unwrap();
        let reserve = |number: u16| {
            let first = Self::FIRST + (begin + number) % Self::BLOCKS * Self::AT_ONCE;
            let name = SocketAddr::from_abstract_name(format!("clientpass-tests-ports-{first}")).unwrap();
            let reserved = UnixListener::bind_addr(&name).ok()?;
            Some(Self { left: first..first + Self::AT_ONCE, _reserved: reserved })
        };
        (0..Self::BLOCKS).find_map(reserve).expect("no ports are free")
    }
}

/// Calls `f` again and again until it returns true; whether it did before about `deadline` was over.
#[allow(clippy::disallowed_methods, reason = "waits for other processes only, which know no clock of ours")]
pub fn poll(deadline: Duration, mut f: impl FnMut() -> bool) -> bool {
    let step = Duration::from_millis(20);
    for _ in 0..deadline.as_millis() / step.as_millis() {
        if f() {
            return true;
        }
        std::thread::sleep(step);
    }

    f()
}

/// Sends a signal to a process; after `STOP` each of its threads stands still.
pub fn signal(pid: u32, name: &str) -> bool {
    let sent =
        Command::new("sh").args(["-c", "kill -s \"$1\" \"$2\"", "sh", name, &pid.to_string()]).status();
    let sent = sent.is_ok_and(|status| status.success());
    sent && (name != "STOP" || poll(Duration::from_secs(5), || stands_still(pid)))
}

/// A thread that runs on another processor is stopped a little later than the signal is sent.
fn stands_still(pid: u32) -> bool {
    let Ok(threads) = fs::read_dir(format!("/proc/{pid}/task")) else { return false };
    let mut states = threads.map(|thread| {
        let stat = fs::read_to_string(thread.ok()?.path().join("stat")).ok()?;
        stat.rsplit(") ").next()?.chars().next()
    });
    states.all(|state| state == Some('T'))
}

/// Tells a process to end (SIGTERM), by its id and no other; how it ended, if it did so before the deadline.
pub fn stop(process: &mut Child, deadline: Duration) -> Option<ExitStatus> {
    let mut ended = process.try_wait().ok().flatten();
    if ended.is_none() {
        signal(process.id(), "TERM");
        poll(deadline, || {
            ended = process.try_wait().ok().flatten();
            ended.is_some()
        });
    }

    ended
}

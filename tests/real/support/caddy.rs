//! A private Caddy that asks a running clientpass, with the snippet that this repository ships.

use std::fs;
use std::net::{Ipv4Addr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use super::postfix::once;
use super::{find_program, poll, stop};

const SHIPPED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/mail-servers/caddy/Caddyfile");
const PATIENCE: Duration = Duration::from_secs(15);
/// The first line of the site that the shipped file has as an example.
const EXAMPLE: &str = "dav.example.org {";

/// A running Caddy; dropping it stops it and removes its directory.
pub struct Caddy {
    dir: TempDir,
    process: Child,
}

/// What is missing here to run it, or nothing.
pub fn missing() -> Option<String> {
    find_program("caddy").is_none().then(|| "the program caddy is not installed (Debian: caddy)".into())
}

/// The shipped file with the two changes its reader makes, the example for a site at this port, and in that these
/// changes.
///
/// # Panics
///
/// Where what is changed is not there exactly once.
pub fn shipped(door: &str, key: &str, port: u16, changes: &[(&str, &str)]) -> String {
    let text = fs::read_to_string(Path::new(SHIPPED)).unwrap();
    let site = format!("http://127.0.0.1:{port} {{");
    let own = [
        ("forward_auth 127.0.0.1:8604 {", format!("forward_auth {door} {{")),
        ("#header_up X-Clientpass-Key cpk_...", format!("header_up X-Clientpass-Key {key}")),
        (EXAMPLE, site),
    ];
    let text = own.iter().fold(text, |text, (shipped, here)| once(&text, shipped, here));
    changes.iter().fold(text, |text, (shipped, here)| once(&text, shipped, here))
}

impl Caddy {
    /// Starts one with this Caddyfile; returns when the port is open.
    ///
    /// # Panics
    ///
    /// Where it does not come up; the message holds its log.
    pub fn start(caddyfile: &str, port: u16) -> Self {
        let dir = TempDir::with_prefix("clientpass-caddy-").unwrap();
        let file = dir.path().join("Caddyfile");
        // Its own port would be in the way of other tests; and what it is asked shall be in its log.
        let own = "{\n\tadmin off\n\tauto_https off\n\tdebug\n}\n";
        fs::write(&file, format!("{own}{caddyfile}")).unwrap();

        let process = Command::new(find_program("caddy").unwrap())
            .args(["run", "--adapter", "caddyfile", "--config"])
            .arg(&file)
            .env("HOME", dir.path())
            .env("XDG_DATA_HOME", dir.path())
            .env("XDG_CONFIG_HOME", dir.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(fs::File::create(dir.path().join("log")).unwrap())
            .spawn()
            .unwrap();

        let caddy = Self { dir, process };
        let open = || TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok();
        assert!(poll(PATIENCE, open), "Caddy does not come up:\n{}", caddy.log());
        caddy
    }

    /// What it has logged so far.
    pub fn log(&self) -> String {
        fs::read_to_string(self.dir.path().join("log")).unwrap_or_default()
    }
}

impl Drop for Caddy {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let log = self.log();
            eprintln!("what Caddy logged:\n{}", log.get(log.len().saturating_sub(20_000)..).unwrap_or(&log));
        }
        if stop(&mut self.process, PATIENCE).is_none() {
            drop(self.process.kill());
            drop(self.process.wait());
        }
    }
}

//! The built binary as a process of its own, set up with `init`, on a port and a data directory that it keeps when
//! it is stopped and started again.

use std::fs::{self, File};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use clientpass::clock::{SystemTimeSource, TimeSource as _, Timestamp};
use serde_json::Value;
use tempfile::TempDir;

use super::actors::{Http, Installation, Person};
use super::{free_port, poll, stop};

const PATIENCE: Duration = Duration::from_secs(20);

/// A running clientpass; dropping it stops it and removes its data.
pub struct Clientpass {
    address: SocketAddr,
    folder: TempDir,
    process: Option<Child>,
}

impl Clientpass {
    /// Sets up an organization of `example.org`, owned by `owner@example.org`, and serves it.
    ///
    /// # Panics
    ///
    /// Where the binary does not do so; the message holds its log.
    pub fn installed() -> (Self, Installation) {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()));
        let mut clientpass =
            Self { address, folder: TempDir::with_prefix("clientpass-").unwrap(), process: None };
        let made = clientpass.init();
        clientpass.start();
        let installation = clientpass.installation(&made);
        (clientpass, installation)
    }

    /// Where it answers.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The time it goes by.
    pub fn now() -> Timestamp {
        SystemTimeSource::new().wall()
    }

    /// What it has printed and logged so far.
    pub fn log(&self) -> String {
        fs::read_to_string(self.log_path()).unwrap_or_default()
    }

    /// Starts it where it was before, and returns when it can answer.
    ///
    /// # Panics
    ///
    /// Where it does not come up.
    pub fn start(&mut self) {
        let log = File::options().create(true).append(true).open(self.log_path()).unwrap();
        let listen = self.address.to_string();
        let process = self
            .command(&["--listen", &listen])
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        self.process = Some(process);
        let up = poll(PATIENCE, || self.answers());
        assert!(up, "clientpass does not come up:\n{}", self.log());
    }

    /// Stops it with SIGTERM; the data stay.
    ///
    /// # Panics
    ///
    /// Where it does not end in time and in order.
    pub fn stop(&mut self) {
        let Some(mut process) = self.process.take() else { return };
        let ended = stop(&mut process, PATIENCE);
        assert!(ended.is_some_and(|status| status.success()), "it ended with {ended:?}:\n{}", self.log());
    }

    fn answers(&self) -> bool {
        // A port that nobody listens on is an error, and an error is no answer.
        ureq::get(format!("{}/readyz", self.url())).call().is_ok()
    }

    fn log_path(&self) -> PathBuf {
        self.folder.path().join("log")
    }

    /// Nothing of this process's environment reaches it.
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_clientpass"));
        command.env_clear().arg("--data-dir").arg(self.folder.path().join("data")).args(arguments);
        command.stdin(Stdio::null());
        command
    }

    fn init(&self) -> Value {
        let wish = ["--organization", "Example", "--domain", "example.org", "--owner", "owner@example.org"];
        let output = self.command(&["init"]).args(wish).output().unwrap();
        let printed = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success(), "{printed}{}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(printed.lines().count(), 1, "init prints one line: {printed}");
        serde_json::from_str(&printed).unwrap()
    }

    fn installation(&self, made: &Value) -> Installation {
        let text = |field: &str| made[field].as_str().unwrap().to_owned();
        let http = Http::to(self.address);
        Installation {
            organization_id: text("organization_id"),
            operator: http.bearing(&text("operator_key")),
            mail_server: http.bearing(&text("mail_server_key")),
            owner: Person {
                http,
                id: text("owner_id"),
                login: text("owner_login"),
                password: text("owner_password"),
                seed: None,
                recovery_codes: Vec::new(),
            },
        }
    }
}

impl Drop for Clientpass {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("what clientpass printed:\n{}", self.log());
        }
        if let Some(mut process) = self.process.take() {
            drop(process.kill());
            drop(process.wait());
        }
    }
}

//! The built binary as a process of its own, set up with `init`, on a port and a data directory that it keeps when
//! it is stopped and started again.

use std::fs::{self, File};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use clientpass::clock::{SystemTimeSource, TimeSource as _, Timestamp};
use serde_json::Value;
use tempfile::TempDir;

use super::actors::{Http, Installation, Person};
use super::{free_port, poll, stop};

const PATIENCE: Duration = Duration::from_secs(20);
/// A command that has not ended by then never will.
const ENDS: Duration = Duration::from_secs(120);

/// A running clientpass; dropping it stops it and removes its data.
pub struct Clientpass {
    address: SocketAddr,
    folder: TempDir,
    process: Option<Child>,
    options: Vec<String>,
    environment: Vec<(String, String)>,
    everywhere: bool,
    database: Option<String>,
    /// Files that it may have open.
    files: Option<u32>,
}

/// How a command ended.
#[derive(Debug)]
pub struct Ran {
    /// The exit code; `None` if a signal ended it.
    pub code: Option<i32>,
    /// What it printed.
    pub printed: String,
    /// What it complained about.
    pub complained: String,
}

impl Ran {
    /// Runs a command to its end.
    ///
    /// # Panics
    ///
    /// Where it cannot be started.
    pub fn of(command: &mut Command) -> Self {
        let mut process = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        // One that serves, though it should not, would never end.
        if !poll(ENDS, || process.try_wait().unwrap().is_some()) {
            process.kill().unwrap();
        }
        let output = process.wait_with_output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Self { code: output.status.code(), printed: text(&output.stdout), complained: text(&output.stderr) }
    }

    /// What it printed as JSON.
    ///
    /// # Panics
    ///
    /// Where it failed, or printed something else.
    #[track_caller]
    pub fn json(&self) -> Value {
        assert_eq!(self.code, Some(0), "{self:?}");
        serde_json::from_str(&self.printed).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Fails unless it was refused, with exit code 1, in one line that says this.
    ///
    /// # Panics
    ///
    /// Where it was not.
    #[track_caller]
    pub fn refused(&self, says: &[&str]) {
        assert_eq!(self.code, Some(1), "{self:?}");
        assert_eq!(self.complained.trim_end().lines().count(), 1, "{self:?}");
        assert!(self.complained.starts_with("clientpass: "), "{self:?}");
        for word in says {
            assert!(self.complained.contains(word), "{word:?} is not said: {self:?}");
        }
    }
}

impl Clientpass {
    /// Sets up an organization of `example.org`, owned by `owner@example.org`, and serves it.
    ///
    /// # Panics
    ///
    /// Where the binary does not do so; the message holds its log.
    pub fn installed() -> (Self, Installation) {
        Self::set_up(None)
    }

    /// The same on an empty PostgreSQL database.
    ///
    /// # Panics
    ///
    /// Where the binary does not do so; the message holds its log.
    pub fn installed_on(database: &str) -> (Self, Installation) {
        Self::set_up(Some(database.to_owned()))
    }

    /// Another process on the same PostgreSQL database, with the same keyring; not started yet.
    ///
    /// # Panics
    ///
    /// Where there is no keyring.
    pub fn another_node(&self) -> Self {
        let node = Self::at_rest(self.database.clone());
        fs::create_dir(node.beside("data")).unwrap();
        fs::copy(self.data("keyring.json"), node.data("keyring.json")).unwrap();
        node
    }

    /// Serves an empty data directory.
    ///
    /// # Panics
    ///
    /// Where the binary does not do so; the message holds its log.
    pub fn empty() -> Self {
        let mut clientpass = Self::at_rest(None);
        clientpass.start();
        clientpass
    }

    /// The token of the setup link that it has printed.
    ///
    /// # Panics
    ///
    /// Where it has printed none.
    pub fn setup_token(&self) -> String {
        self.says("/setup#", 1);
        let log = self.log();
        let (_, behind) = log.split_once("/setup#").unwrap();
        behind.lines().next().unwrap().trim().to_owned()
    }

    fn at_rest(database: Option<String>) -> Self {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()));
        let folder = TempDir::with_prefix("clientpass-").unwrap();
        Self {
            address,
            folder,
            process: None,
            options: Vec::new(),
            environment: Vec::new(),
            everywhere: false,
            database,
            files: None,
        }
    }

    fn set_up(database: Option<String>) -> (Self, Installation) {
        let mut clientpass = Self::at_rest(database);
        let made = clientpass.init();
        clientpass.start();
        let installation = clientpass.installation(&made);
        (clientpass, installation)
    }

    /// Where it answers.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// A path beside its data directory.
    pub fn beside(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A path in its data directory.
    pub fn data(&self, name: &str) -> PathBuf {
        self.beside("data").join(name)
    }

    /// The id of its process.
    ///
    /// # Panics
    ///
    /// Where it does not run.
    pub fn pid(&self) -> u32 {
        self.process.as_ref().unwrap().id()
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Listens on every address of this machine from now on; requests go to loopback all the same.
    pub fn listen_everywhere(&mut self) {
        self.everywhere = true;
    }

    /// From now on it may have so many files open, and no more.
    pub fn limit_files(&mut self, files: u32) {
        self.files = Some(files);
    }

    /// Options that it is started with from now on.
    pub fn with_options(&mut self, options: &[&str]) {
        self.options = options.iter().map(|option| (*option).to_owned()).collect();
    }

    /// Variables that it is started with from now on, and no others.
    pub fn with_environment(&mut self, variables: &[(&str, &str)]) {
        self.environment =
            variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    }

    /// Runs a command on its data directory.
    pub fn run(&self, arguments: &[&str]) -> Ran {
        Ran::of(&mut self.command(arguments))
    }

    /// The time it goes by.
    pub fn now() -> Timestamp {
        SystemTimeSource::new().wall()
    }

    /// What it has printed and logged so far.
    pub fn log(&self) -> String {
        fs::read_to_string(self.log_path()).unwrap_or_default()
    }

    /// Fails unless it logs or prints this before long, so many times.
    ///
    /// # Panics
    ///
    /// Where it does not.
    #[track_caller]
    pub fn says(&self, text: &str, times: usize) {
        let said = poll(PATIENCE, || self.log().matches(text).count() >= times);
        assert!(said, "{text:?} is not said {times} times:\n{}", self.log());
    }

    /// Starts it where it was before, and returns when it can answer.
    ///
    /// # Panics
    ///
    /// Where it does not come up.
    pub fn start(&mut self) {
        let log = File::options().create(true).append(true).open(self.log_path()).unwrap();
        let mut listen = self.address;
        if self.everywhere {
            listen.set_ip(Ipv4Addr::UNSPECIFIED.into());
        }
        let listen = listen.to_string();
        let process = self
            .command(&["--listen", &listen])
            .args(&self.options)
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

    /// Ends it with SIGKILL, wherever it is.
    ///
    /// # Panics
    ///
    /// Where it does not run.
    pub fn kill(&mut self) {
        let mut process = self.process.take().unwrap();
        process.kill().unwrap();
        process.wait().unwrap();
    }

    /// The exit code that it ends with by itself.
    ///
    /// # Panics
    ///
    /// Where it does not end.
    pub fn ended(&mut self) -> Option<i32> {
        let mut process = self.process.take().unwrap();
        assert!(poll(PATIENCE, || process.try_wait().unwrap().is_some()), "it goes on");
        process.wait().unwrap().code()
    }

    /// Starts it again so that its refusals do not wait: for tests that check many passwords.
    ///
    /// # Panics
    ///
    /// Where it does not come up.
    pub fn restart_without_floor(&mut self) {
        self.restart_with("[verify]\nrefusal_floor_ms = 0\n");
    }

    /// Starts it again with this configuration file: with its doors, for example.
    ///
    /// # Panics
    ///
    /// Where it does not come up.
    pub fn restart_with(&mut self, toml: &str) {
        let file = self.beside("clientpass.toml");
        fs::write(&file, toml).unwrap();
        self.with_options(&["--config", &file.display().to_string()]);
        self.stop();
        self.start();
    }

    /// Fails unless it answers again before long, by itself.
    ///
    /// # Panics
    ///
    /// Where it does not.
    pub fn recovers(&self) {
        // A database that has just come back may stall again.
        let steady = || (0..20).all(|_| self.answers());
        assert!(poll(PATIENCE, steady), "it does not recover:\n{}", self.log());
    }

    fn answers(&self) -> bool {
        if self.options.iter().any(|option| option == "--tls-certificate") {
            return TcpStream::connect(self.address).is_ok();
        }
        // A port that nobody listens on is an error, and an error is no answer.
        ureq::get(format!("{}/readyz", self.url())).call().is_ok()
    }

    fn log_path(&self) -> PathBuf {
        self.folder.path().join("log")
    }

    /// A command on its data directory, to be run. Nothing of this process's environment reaches it.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let binary = env!("CARGO_BIN_EXE_clientpass");
        let mut command = Command::new(if self.files.is_some() { "prlimit" } else { binary });
        command.env_clear().envs(self.environment.iter().cloned());
        if let Some(files) = self.files {
            command.arg(format!("--nofile={files}:{files}")).arg(binary);
        }
        command.arg("--data-dir").arg(self.folder.path().join("data")).args(arguments);
        if let Some(database) = &self.database {
            command.args(["--database-url", database]);
        }
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

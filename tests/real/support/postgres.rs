//! A PostgreSQL server of a test's own, on a socket under a private directory.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

use tempfile::TempDir;

use super::poll;

const PATIENCE: Duration = Duration::from_secs(30);

/// A running server; dropping it stops it and removes its data.
pub struct Server {
    folder: TempDir,
    programs: PathBuf,
}

/// The server programs of the newest PostgreSQL that is installed.
fn programs() -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").ok()?;
    let mut found: Vec<PathBuf> = versions.filter_map(|entry| Some(entry.ok()?.path().join("bin"))).collect();
    found.retain(|folder| folder.join("initdb").is_file());
    found.sort();
    found.pop()
}

/// What is missing for such a server.
pub fn missing() -> Option<String> {
    programs().is_none().then(|| "PostgreSQL is not installed".into())
}

impl Server {
    /// Starts one that waits for the disk, as a server should, with these lines in its configuration.
    ///
    /// # Panics
    ///
    /// Where it does not start.
    pub fn start(settings: &str) -> Self {
        let folder = TempDir::with_prefix("postgres-").unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o777)).unwrap();
        let server = Self { folder, programs: programs().unwrap() };
        let data = server.path("data");
        let made = server.run("initdb", &["-D", &data, "-A", "trust", "-E", "UTF8", "-U", "postgres"]);
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));

        let own = format!(
            "\nlisten_addresses = ''\nunix_socket_directories = '{}'\nmax_connections = 200\n{settings}\n",
            server.folder.path().display()
        );
        let file = server.folder.path().join("data/postgresql.conf");
        let default = fs::read_to_string(&file).unwrap();
        fs::write(&file, default + &own).unwrap();

        server.up();
        server
    }

    /// A path in its folder.
    pub fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    /// The address of a database.
    pub fn url(&self, database: &str) -> String {
        format!("host={} user=postgres dbname={database}", self.folder.path().display())
    }

    /// Runs one of its programs, as a user that it accepts.
    ///
    /// # Panics
    ///
    /// Where it cannot be run.
    pub fn run(&self, program: &str, arguments: &[&str]) -> Output {
        let program = self.programs.join(program);
        let mut command = if nobody() {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--"]).arg(program);
            command
        } else {
            Command::new(program)
        };

        command.current_dir(self.folder.path()).args(arguments).output().unwrap()
    }

    /// Runs SQL as the superuser; gives what was printed.
    ///
    /// # Panics
    ///
    /// Where it is refused.
    pub fn sql(&self, database: &str, text: &str) -> String {
        self.sql_on(5432, database, text)
    }

    /// The same on a server with another port.
    ///
    /// # Panics
    ///
    /// Where it is refused.
    pub fn sql_on(&self, port: u16, database: &str, text: &str) -> String {
        let (folder, port) = (self.folder.path().display().to_string(), port.to_string());
        let to = ["-h", &folder, "-p", &port, "-U", "postgres", "-d", database, "-Atqc", text];
        let ran = self.run("psql", &to);
        assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
        String::from_utf8(ran.stdout).unwrap()
    }

    /// Starts it again where it was.
    ///
    /// # Panics
    ///
    /// Where it does not come up.
    pub fn up(&self) {
        let (data, log) = (self.path("data"), self.path("log"));
        let ran = self.run("pg_ctl", &["-D", &data, "-l", &log, "-w", "-t", "60", "start"]);
        let log = fs::read_to_string(log).unwrap_or_default();
        assert!(ran.status.success(), "{}{log}", String::from_utf8_lossy(&ran.stderr));
    }

    /// Stops it in order and starts it again.
    ///
    /// # Panics
    ///
    /// Where it does not come up.
    pub fn again(&self) {
        let data = self.path("data");
        assert!(self.run("pg_ctl", &["-D", &data, "-w", "-m", "fast", "stop"]).status.success());
        self.up();
    }

    /// Kills every process of it at once, as a crash of the machine would.
    ///
    /// # Panics
    ///
    /// Where they do not die.
    pub fn crash(&self) {
        let file = self.folder.path().join("data/postmaster.pid");
        let main = fs::read_to_string(&file).unwrap().lines().next().unwrap().to_owned();
        let kill = "children=$(cat /proc/$1/task/$1/children); kill -9 $1 $children";
        drop(Command::new("sh").args(["-c", kill, "sh", &main]).output());
        assert!(poll(PATIENCE, || !Path::new(&format!("/proc/{main}")).exists()));
        fs::remove_file(file).unwrap();
    }
}

/// Whether this process is one that PostgreSQL refuses to run as.
fn nobody() -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    status.lines().any(|line| line.starts_with("Uid:\t0\t"))
}

impl Drop for Server {
    fn drop(&mut self) {
        let data = self.path("data");
        drop(self.run("pg_ctl", &["-D", &data, "-m", "immediate", "stop"]));
    }
}

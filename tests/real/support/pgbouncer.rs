//! A private PgBouncer in front of a test's own PostgreSQL.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use super::postfix::account;
use super::postgres::Server;
use super::{find_program, poll, signal, stop};

const PATIENCE: Duration = Duration::from_secs(15);
const PORT: u16 = 6432;

/// A running PgBouncer; dropping it stops it and removes its directory.
pub struct PgBouncer {
    folder: TempDir,
    /// Where the server behind it has its socket.
    server: String,
    process: Child,
}

impl PgBouncer {
    /// Starts one with these settings. Returns when it takes connections.
    ///
    /// # Panics
    ///
    /// Where it does not come up; the message holds its log.
    pub fn before(server: &Server, settings: &str) -> Self {
        let folder = TempDir::with_prefix("pgbouncer-").unwrap();
        fs::set_permissions(folder.path(), Permissions::from_mode(0o777)).unwrap();
        let behind = server.path("").trim_end_matches('/').to_owned();
        write(folder.path(), &behind, settings);

        let mut command = Command::new(find_program("pgbouncer").unwrap());
        command.arg(folder.path().join("ini")).stdin(Stdio::null()).stdout(Stdio::null());
        // It refuses to run as root.
        if fs::metadata("/proc/self").is_ok_and(|of| std::os::unix::fs::MetadataExt::uid(&of) == 0) {
            let (user, group) = account("postgres").unwrap();
            command.uid(user).gid(group);
        }
        let process = command.stderr(fs::File::create(folder.path().join("log")).unwrap()).spawn().unwrap();

        let pgbouncer = Self { folder, server: behind, process };
        let socket = pgbouncer.folder.path().join(format!(".s.PGSQL.{PORT}"));
        assert!(poll(PATIENCE, || socket.exists()), "PgBouncer does not come up:\n{}", pgbouncer.log());
        pgbouncer
    }

    /// The address of a database behind it.
    pub fn url(&self, database: &str) -> String {
        format!("host={} port={PORT} user=postgres dbname={database}", self.folder.path().display())
    }

    /// Has it go by other settings from now on.
    ///
    /// # Panics
    ///
    /// Where it does not read them.
    pub fn set(&self, settings: &str) {
        let read = || self.log().matches("SIGHUP").count();
        let before = read();
        write(self.folder.path(), &self.server, settings);
        assert!(signal(self.process.id(), "HUP"));
        assert!(poll(PATIENCE, || read() > before), "{}", self.log());
    }

    /// What it has logged so far.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
}

fn write(folder: &Path, server: &str, settings: &str) {
    let own = format!(
        "[databases]\n* = host={server} user=postgres\n[pgbouncer]\nunix_socket_dir = {}\nlisten_port = {PORT}\n\
         auth_type = any\ndefault_pool_size = 60\nmax_client_conn = 300\n{settings}\n",
        folder.display()
    );
    fs::write(folder.join("ini"), own).unwrap();
}

impl Drop for PgBouncer {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("what PgBouncer logged:\n{}", self.log());
        }
        if stop(&mut self.process, PATIENCE).is_none() {
            drop(self.process.kill());
            drop(self.process.wait());
        }
    }
}

/// What is missing for it.
pub fn missing() -> Option<String> {
    let program: Option<PathBuf> = find_program("pgbouncer");
    program.is_none().then(|| "PgBouncer is not installed (Debian: pgbouncer)".into())
}

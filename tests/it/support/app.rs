//! An application of a test's own: the very object that `main` starts, on a free port, in a folder of its own.

use std::io::{Read as _, Write as _};
use std::net::SocketAddr;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::thread::JoinHandle;
use std::time::Duration;

use clientpass::app::{self, Environment, Handle, Restore};
use clientpass::config::{Config, DatabaseUrl};
use clientpass::domain::lease::Lease;
use clientpass::service::admin::{AdminCommand, AdminReply};
use clientpass::service::expiry::Expiry;
use clientpass::service::restore::Restored;
use clientpass::service::{Argon2Params, Services};
use clientpass::telemetry::Metrics;
use rusqlite::{Connection, OpenFlags};
use serde_json::Value;
use tempfile::TempDir;

use super::actors::{Http, Installation};
use super::database::Database;
use super::entropy::CountedEntropy;
use super::faulty::{Faults, Faulty};
use super::proxy::Proxy;
use super::time::TestTime;

/// What a test wants otherwise.
#[derive(Clone)]
pub struct Options {
    /// The configuration, with the doors that are open; listen address and data directory are the test's.
    pub config: Config,
    /// What an account password costs.
    pub argon2: Argon2Params,
}

impl Default for Options {
    /// The default configuration, with refusals that do not wait.
    fn default() -> Self {
        let mut config = Config::default();
        config.verify.refusal_floor_ms = 0;
        config.server.workers = Some(2);
        // Time stands still in tests: nobody gets a budget back while it does.
        config.limits.session_changes = 1_000_000;
        config.limits.key_changes = 1_000_000;
        Self { config, argon2: Argon2Params { memory_kib: 64, passes: 1, at_once: 2 } }
    }
}

struct Serving {
    handle: Handle,
    services: Arc<Services>,
    metrics: Arc<Metrics>,
    thread: JoinHandle<()>,
}

/// A running application.
pub struct TestApp {
    /// Where it listens.
    pub address: SocketAddr,
    /// Its doors for mail servers, by name, and where each listens.
    pub doors: Vec<(&'static str, String)>,
    /// The time that it goes by, which only the test moves.
    pub time: TestTime,
    /// What is broken in its database.
    pub faults: Faults,
    /// The one-time setup token, as long as there is no organization.
    pub setup_token: Option<String>,
    entropy: Arc<CountedEntropy>,
    options: Options,
    folder: TempDir,
    serving: Option<Serving>,
    database: Option<Arc<Database>>,
    /// The keyring, if it is another node's.
    keyring: Option<PathBuf>,
    /// The wire to its database, if the test can cut it.
    wire: Option<Arc<Proxy>>,
}

impl TestApp {
    /// Starts on an empty data directory.
    pub fn start() -> Self {
        Self::start_with(Options::default())
    }

    /// Starts on an empty data directory with these options.
    pub fn start_with(options: Options) -> Self {
        let mut app = Self::at_rest(options);
        app.serve();
        app
    }

    fn at_rest(options: Options) -> Self {
        Self {
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
            doors: Vec::new(),
            time: TestTime::new(),
            faults: Faults::default(),
            setup_token: None,
            entropy: Arc::new(CountedEntropy::default()),
            options,
            folder: tempfile::tempdir().unwrap(),
            serving: None,
            database: Database::migrated().map(Arc::new),
            keyring: None,
            wire: None,
        }
    }

    /// Not started yet, with a wire to an empty database that can be cut; none on SQLite.
    pub fn behind_a_wire() -> Option<(Self, Arc<Proxy>)> {
        let database = Database::fresh()?;
        let wire = Arc::new(Proxy::before(&database.url));
        let mut app = Self::at_rest(Options::default());
        app.database = Some(Arc::new(database));
        app.wire = Some(Arc::clone(&wire));
        Some((app, wire))
    }

    /// Where its database is, without the wire; none on SQLite.
    pub fn database_url(&self) -> Option<&str> {
        self.database.as_ref().map(|database| database.url.as_str())
    }

    /// The same as [`Self::installed`] with a wire to the database that can be cut; none on SQLite.
    pub fn installed_behind_a_wire() -> Option<(Self, Installation, Arc<Proxy>)> {
        let (mut app, wire) = Self::behind_a_wire()?;
        app.serve();
        let installation = app.http().set_up(app.setup_token.as_deref().unwrap());
        Some((app, installation, wire))
    }

    /// Why it does not start with these options.
    #[track_caller]
    pub fn refuses(options: Options) -> String {
        let app = Self::at_rest(options);
        let started = actix_web::rt::System::new().block_on(app::start(&app.config(), &app.outside()));
        started.err().expect("it starts").to_string()
    }

    /// Starts, and redeems the setup link: an organization `Example` of `example.org`, owned by
    /// `owner@example.org`.
    pub fn installed() -> (Self, Installation) {
        Self::installed_with(Options::default())
    }

    /// The same with these options.
    pub fn installed_with(options: Options) -> (Self, Installation) {
        let app = Self::start_with(options);
        let installation = app.http().set_up(app.setup_token.as_deref().unwrap());
        (app, installation)
    }

    /// Another process on the same database, with the same keyring and in the same time; none on SQLite, where one
    /// process owns the file.
    pub fn second_node(&self) -> Option<Self> {
        let database = Arc::clone(self.database.as_ref()?);
        let mut node = Self {
            address: self.address,
            doors: Vec::new(),
            time: self.time.clone(),
            faults: Faults::default(),
            setup_token: None,
            entropy: Arc::clone(&self.entropy),
            options: self.options.clone(),
            folder: tempfile::tempdir().unwrap(),
            serving: None,
            database: Some(database),
            keyring: Some(self.folder.path().join("keyring.json")),
            wire: None,
        };

        node.serve();
        Some(node)
    }

    /// The use cases, for what is too fast for sockets.
    pub fn services(&self) -> Arc<Services> {
        Arc::clone(&self.serving.as_ref().expect("stopped").services)
    }

    /// Has something forgotten now that a job forgets by and by.
    pub fn sweep(&self, act: impl AsyncFnOnce(&Expiry, Lease) -> Result<(), clientpass::service::Error>) {
        let services = self.services();
        actix_web::rt::System::new().block_on(async {
            let lease = services.leases.current().await.unwrap().expect("another node holds the lease");
            act(&services.expiry, lease).await.unwrap();
        });
    }

    /// Looks at everything that ends by itself, once longest lives are written down; as jobs do by and by.
    pub fn look(&self) {
        let services = self.services();
        actix_web::rt::System::new().block_on(async {
            let lease = services.leases.current().await.unwrap().expect("another node holds the lease");
            services.settling.settle(lease).await.unwrap();
            services.warnings.look(lease).await.unwrap();
        });
    }

    /// The metrics, as they are shown.
    pub fn metrics(&self) -> String {
        self.serving.as_ref().expect("stopped").metrics.text()
    }

    /// Requests without anybody's credentials.
    pub fn http(&self) -> Http {
        Http::to(self.address)
    }

    /// Where a door listens: `127.0.0.1:port` or `unix:/path`.
    #[track_caller]
    pub fn door(&self, name: &str) -> &str {
        let found = self.doors.iter().find(|(door, _)| *door == name);
        found.map_or_else(|| panic!("{name} is not open"), |(_, address)| address.as_str())
    }

    /// The data directory, which goes with this value.
    pub fn data_dir(&self) -> &Path {
        self.folder.path()
    }

    /// A number that a query finds in its file of SQLite.
    #[track_caller]
    pub fn number(&self, query: &str) -> i64 {
        let file = self.data_dir().join("clientpass.sqlite");
        let database = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
        database.query_row(query, [], |row| row.get(0)).unwrap()
    }

    /// Lets time pass.
    pub fn advance(&self, by: Duration) {
        self.time.advance(by);
    }

    /// Stops gracefully; the data stay.
    pub fn stop(&mut self) {
        let Some(Serving { handle, services, thread, .. }) = self.serving.take() else { return };
        drop(services);
        handle.stop();
        thread.join().unwrap();
    }

    /// Stops and starts again on the same data.
    pub fn restart(&mut self) {
        self.stop();
        self.serve();
    }

    /// Stops, changes the configuration and starts again on the same data.
    pub fn reconfigure(&mut self, change: impl FnOnce(&mut Config)) {
        self.stop();
        change(&mut self.options.config);
        self.serve();
    }

    fn outside(&self) -> Environment {
        let faults = self.faults.clone();
        Environment {
            time: Arc::new(self.time.clone()),
            entropy: self.entropy.clone(),
            wrap_engine: Some(Arc::new(move |inner| Arc::new(Faulty { inner, faults: faults.clone() }))),
            argon2: self.options.argon2.clone(),
        }
    }

    /// Gives a command to the process that serves; what was done, or why not.
    pub fn order(&self, order: &Value) -> Result<Value, String> {
        let mut socket = UnixStream::connect(self.data_dir().join("control.sock")).unwrap();
        writeln!(socket, "{order}").unwrap();
        let mut line = String::new();
        socket.read_to_string(&mut line).unwrap();
        let mut answer: Value = serde_json::from_str(&line).unwrap();

        match answer["refused"].as_str() {
            Some(why) => Err(why.to_owned()),
            None => Ok(answer["done"].take()),
        }
    }

    /// Stops, executes the command as the program does where nothing serves, and starts again.
    pub fn order_at_rest(&mut self, order: &AdminCommand) -> Result<AdminReply, String> {
        self.stop();
        let done = self.execute(order);
        self.serve();
        done
    }

    /// Executes the command as the program does where nothing serves.
    pub fn execute(&self, order: &AdminCommand) -> Result<AdminReply, String> {
        let (config, outside) = (self.config(), self.outside());
        actix_web::rt::System::new().block_on(app::execute(&config, &outside, order))
    }

    /// Stops, restores as the command does, and starts again.
    pub fn restore_at_rest(&mut self, wish: &Restore<'_>) -> Result<Restored, String> {
        self.stop();
        let done = self.restore(wish);
        self.serve();
        done
    }

    /// Restores as the command does.
    pub fn restore(&self, wish: &Restore<'_>) -> Result<Restored, String> {
        let (config, outside) = (self.config(), self.outside());
        actix_web::rt::System::new().block_on(app::restore(&config, &outside, wish))
    }

    /// Opens the data as a command does, without serving, and does something with them; or says why they do not open.
    pub fn open<T>(&self, act: impl AsyncFnOnce(&Services) -> T) -> Result<T, String> {
        let (config, outside) = (self.config(), self.outside());
        actix_web::rt::System::new().block_on(async {
            let opened = app::open(&config, &outside).await.map_err(|error| error.to_string())?;
            Ok(act(&opened.services).await)
        })
    }

    /// The configuration that it is started with.
    pub fn config(&self) -> Config {
        let mut config = self.options.config.clone();
        // Any free port, of this address unless a test says another.
        config.server.listen.set_port(0);
        config.storage.data_dir = self.folder.path().to_path_buf();
        if let Some(keyring) = &self.keyring {
            config.storage.keyring = Some(keyring.clone());
        }
        if let Some(database) = &self.database {
            let url = self.wire.as_ref().map_or_else(|| database.url.clone(), |wire| wire.url(&database.url));
            config.storage.database_url = Some(DatabaseUrl(url));
            config.storage.database_connections = 8;
        }

        config
    }

    /// Starts it, and waits until it listens.
    pub fn serve(&mut self) {
        let (outside, config) = (self.outside(), self.config());
        let (tell, told) = channel();
        let thread = std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let running = app::start(&config, &outside).await.unwrap();
                let token = running.services.setup.new_token().await.unwrap();
                let token = token.map(|token| token.expose().to_owned());
                let serving = (Arc::clone(&running.services), Arc::clone(&running.metrics));
                tell.send((running.address, running.doors.clone(), running.handle(), serving, token))
                    .unwrap();
                running.run().await.unwrap();
            });
        });
        let (address, doors, handle, (services, metrics), token) =
            told.recv().expect("the application did not start");

        self.address = address;
        self.doors = doors;
        self.setup_token = token;
        self.serving = Some(Serving { handle, services, metrics, thread });
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        self.stop();
    }
}

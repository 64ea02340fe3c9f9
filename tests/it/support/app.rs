//! An application of a test's own: the very object that `main` starts, on a free port, in a folder of its own.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::thread::JoinHandle;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use clientpass::app::{self, Outside};
use clientpass::config::Config;
use clientpass::service::Hasher;
use tempfile::TempDir;

use super::actors::{Http, Installation};
use super::entropy::CountedEntropy;
use super::faulty::{Faults, Faulty};
use super::time::TestTime;

/// What a test wants otherwise.
#[derive(Clone)]
pub struct Options {
    /// The configuration; listen address and data directory are the test's.
    pub config: Config,
}

impl Default for Options {
    /// The default configuration, with refusals that do not wait.
    fn default() -> Self {
        let mut config = Config::default();
        config.verify.refusal_floor_ms = 0;
        config.server.workers = Some(2);
        Self { config }
    }
}

struct Serving {
    handle: ServerHandle,
    thread: JoinHandle<()>,
}

/// A running application.
pub struct TestApp {
    /// Where it listens.
    pub address: SocketAddr,
    /// Its time.
    pub time: TestTime,
    /// What is broken in its database.
    pub faults: Faults,
    /// The one-time setup token, as long as there is no organization.
    pub setup_token: Option<String>,
    entropy: Arc<CountedEntropy>,
    options: Options,
    folder: TempDir,
    serving: Option<Serving>,
}

impl TestApp {
    /// Starts on an empty data directory.
    pub fn start() -> Self {
        Self::start_with(Options::default())
    }

    /// Starts on an empty data directory with these options.
    pub fn start_with(options: Options) -> Self {
        let mut app = Self {
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
            time: TestTime::new(),
            faults: Faults::default(),
            setup_token: None,
            entropy: Arc::new(CountedEntropy::default()),
            options,
            folder: tempfile::tempdir().unwrap(),
            serving: None,
        };
        app.serve();
        app
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

    /// Requests without anybody's credentials.
    pub fn http(&self) -> Http {
        Http::to(self.address)
    }

    /// The data directory.
    pub fn data_dir(&self) -> &Path {
        self.folder.path()
    }

    /// Lets time pass.
    pub fn advance(&self, by: Duration) {
        self.time.advance(by);
    }

    /// Stops gracefully; the data stay.
    pub fn stop(&mut self) {
        let Some(Serving { handle, thread }) = self.serving.take() else { return };
        // The stop is sent at once; its future only waits for it to be done.
        drop(handle.stop(true));
        thread.join().unwrap();
    }

    /// Stops and starts again on the same data.
    pub fn restart(&mut self) {
        self.stop();
        self.serve();
    }

    fn outside(&self) -> Outside {
        let faults = self.faults.clone();
        Outside {
            time: Arc::new(self.time.clone()),
            entropy: self.entropy.clone(),
            wrap_engine: Some(Arc::new(move |inner| Arc::new(Faulty { inner, faults: faults.clone() }))),
            hasher: Hasher { memory_kib: 64, passes: 1, at_once: 2 },
        }
    }

    fn serve(&mut self) {
        let (outside, mut config) = (self.outside(), self.options.config.clone());
        config.server.listen = SocketAddr::from(([127, 0, 0, 1], 0));
        config.storage.data_dir = self.folder.path().to_path_buf();
        let (tell, told) = channel();
        let thread = std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let running = app::start(&config, &outside).await.unwrap();
                let token = running.service.setup_token().await.unwrap();
                let token = token.map(|token| token.expose().to_owned());
                tell.send((running.address, running.handle(), token)).unwrap();
                running.run().await.unwrap();
            });
        });
        let (address, handle, token) = told.recv().expect("the application did not start");
        self.address = address;
        self.setup_token = token;
        self.serving = Some(Serving { handle, thread });
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        self.stop();
    }
}

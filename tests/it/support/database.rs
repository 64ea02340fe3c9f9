//! A PostgreSQL database of a test's own, where `CLIENTPASS_TEST_DATABASE_URL` says on which server.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};

use clientpass::store::migrate;
use tokio_postgres::{Client, NoTls};

/// Names the server, e.g. `host=/run/postgresql user=postgres dbname=postgres`. Without it tests run on SQLite.
pub const SERVER: &str = "CLIENTPASS_TEST_DATABASE_URL";

/// A database of a test's own, which goes with this value.
pub struct Database {
    /// How to reach it.
    pub url: String,
    name: String,
}

/// The server that the tests run on, unless it is SQLite.
pub fn server() -> Option<String> {
    std::env::var(SERVER).ok().filter(|url| !url.is_empty())
}

/// Whether the tests run on PostgreSQL.
pub fn on_postgres() -> bool {
    server().is_some()
}

impl Database {
    /// An empty database, if the tests run on PostgreSQL.
    pub fn fresh() -> Option<Self> {
        Some(Self::copy_of("template0", &server()?))
    }

    /// A database that has been migrated, if the tests run on PostgreSQL: a copy of one that the first test makes, so that
    /// the others are spared the migrations.
    pub fn migrated() -> Option<Self> {
        let server = server()?;
        Some(Self::copy_of(&template(&server), &server))
    }

    fn copy_of(template: &str, server: &str) -> Self {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let name = format!("t{}_{}", std::process::id(), MADE.fetch_add(1, Ordering::Relaxed));
        // One of this name may have been left behind by a process that was killed.
        execute(server, &[&drop_it(&name), &create_it(&name, template)]);
        Self { url: format!("{server} dbname={name}"), name }
    }
}

/// The name of a migrated database, which nobody is connected to. It is made once for each state of the migrations.
fn template(server: &str) -> String {
    let mut hasher = DefaultHasher::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("sql/schema/postgres");
    let mut files: Vec<_> = folder.read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    for file in files {
        std::fs::read(file).unwrap().hash(&mut hasher);
    }
    let name = format!("template_{:x}", hasher.finish());

    on_a_thread(async {
        connected(server, async |client| {
            // Tests that begin at once wait for the one that makes it.
            client.batch_execute("SELECT pg_advisory_lock(7164310422)").await.unwrap();
            let found = client.query("SELECT 1 FROM pg_database WHERE datname = $1", &[&name]).await.unwrap();
            if found.is_empty() {
                // It gets its name when it is done: this process may be killed in the middle.
                let begun = "template_begun";
                client.batch_execute(&drop_it(begun)).await.unwrap();
                client.batch_execute(&create_it(begun, "template0")).await.unwrap();
                let url = format!("{server} dbname={begun}");
                connected(&url, async |client| migrate::postgres(client).await.unwrap()).await;
                client.batch_execute(&format!("ALTER DATABASE {begun} RENAME TO {name}")).await.unwrap();
            }
        })
        .await;
    });
    name
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Some(server) = server() {
            execute(&server, &[&drop_it(&self.name)]);
        }
    }
}

fn drop_it(name: &str) -> String {
    format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")
}

fn create_it(name: &str, template: &str) -> String {
    // File by file: a template is small, and half of the time would go into the log of the server.
    format!("CREATE DATABASE {name} TEMPLATE {template} ENCODING 'UTF8' STRATEGY FILE_COPY")
}

/// Runs statements one after the other.
pub fn execute(url: &str, statements: &[&str]) {
    on_a_thread(connected(url, async |client| {
        for statement in statements {
            client.batch_execute(statement).await.unwrap();
        }
    }));
}

/// Does something with a connection, which is closed at the end.
async fn connected(url: &str, work: impl AsyncFnOnce(&Client)) {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    let connection = tokio::spawn(connection);
    work(&client).await;
    drop(client);
    connection.await.unwrap().unwrap();
}

/// Waits for something on a thread of its own: the caller may be inside a runtime.
fn on_a_thread(work: impl Future<Output = ()> + Send) {
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(work);
        });
        waiting.join().unwrap();
    });
}

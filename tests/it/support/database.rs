//! A PostgreSQL database of a test's own, where `CLIENTPASS_TEST_DATABASE_URL` says on which server.

use std::sync::atomic::{AtomicU32, Ordering};

/// Names the server, e.g. `host=/run/postgresql user=postgres dbname=postgres`. Without it tests run on SQLite.
pub const SERVER: &str = "CLIENTPASS_TEST_DATABASE_URL";

/// An empty database, which goes with this value.
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
        static MADE: AtomicU32 = AtomicU32::new(0);
        let server = server()?;
        let name = format!("t{}_{}", std::process::id(), MADE.fetch_add(1, Ordering::Relaxed));

        // One of this name may have been left behind by a process that was killed.
        execute(
            &server,
            &[&drop_it(&name), &format!("CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")],
        );
        Some(Self { url: format!("{server} dbname={name}"), name })
    }
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

/// Runs statements one after the other, on a thread of its own: the caller may be inside a runtime.
pub fn execute(url: &str, statements: &[&str]) {
    std::thread::scope(|scope| {
        let work = scope.spawn(|| {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.unwrap();
                let connection = tokio::spawn(connection);
                for statement in statements {
                    client.batch_execute(statement).await.unwrap();
                }
                drop(client);
                connection.await.unwrap().unwrap();
            });
        });
        work.join().unwrap();
    });
}

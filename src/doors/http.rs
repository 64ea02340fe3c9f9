//! Doors that speak HTTP: a server of its own on the door's socket, stopped and drained like the API's.

use std::io;
use std::time::Duration;

use actix_web::dev::Server;
use actix_web::web::ServiceConfig;
use actix_web::{App, HttpServer};

use super::socket::{Listener, SocketFile};

/// How such a server is run.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Threads that answer.
    pub workers: usize,
    /// Connections at the same time.
    pub max_connections: usize,
    /// How long requests in flight may take once the door is told to stop, in seconds.
    pub shutdown_seconds: u64,
}

/// A server with these routes and data; and the file of its socket, which must live as long as it serves.
pub fn serve(
    listener: Listener,
    limits: Limits,
    configure: impl Fn(&mut ServiceConfig) + Clone + Send + 'static,
) -> io::Result<(Server, Option<SocketFile>)> {
    let workers = limits.workers.max(1);
    let server = HttpServer::new(move || App::new().configure(configure.clone()))
        .workers(workers)
        .max_connections(limits.max_connections.div_ceil(workers))
        .client_request_timeout(Duration::from_secs(5))
        .keep_alive(Duration::from_secs(75))
        .shutdown_timeout(limits.shutdown_seconds)
        .disable_signals();
    let (server, file) = match listener {
        Listener::Tcp(listener) => (server.listen(listener)?, None),
        Listener::Unix(listener, file) => (server.listen_uds(listener)?, Some(file)),
    };
    Ok((server.run(), file))
}

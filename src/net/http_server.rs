//! Servers that speak HTTP, the API's and those of doors: each connection has a seat, for as long as nobody needs it
//! more; stopped and drained alike.

use std::future::{Future, ready};
use std::io;
use std::net::IpAddr;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use actix_http::error::DispatchError;
use actix_http::{HttpService, Protocol};
use actix_service::{IntoServiceFactory as _, ServiceFactoryExt as _, fn_factory, fn_service, map_config};
use actix_web::App;
use actix_web::dev::{AppConfig, Server, Service, ServiceFactory};
use actix_web::rt::net::{TcpStream, UnixStream};
use actix_web::web::ServiceConfig;
use rustls::ServerConfig;

use super::connections::{Connections, seated};
use super::listener::{Listener, SocketFile};
use crate::clock::Clock;

pub use super::connections::Room;

/// How such a server is run.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Threads that answer.
    pub workers: usize,
    /// Who may be connected at the same time.
    pub room: Room,
    /// How long requests in flight may take once it is stopped, in seconds.
    pub shutdown_seconds: u64,
    /// Measures how long connections have been idle.
    pub clock: Clock,
}

/// The head of a request takes at most so long.
const HEAD: Duration = Duration::from_secs(5);
/// A connection is kept so long for the next request.
const KEEP_ALIVE: Duration = Duration::from_secs(75);
/// A peer that does not close what is closed is given up after this time.
const CLOSING: Duration = Duration::from_secs(1);
/// Connections that a worker may have beyond all seats: those that are just being sent away.
const LEAVING: usize = 64;

/// What answers the requests of a connection, by what its routes and data are. No function: the type has no name.
macro_rules! http {
    ($configure:expr, $stopping:expr) => {{
        let stopping = $stopping.clone();
        let app = App::new().configure($configure.clone()).into_factory();
        let app = app.map_err(|error: actix_web::Error| error.error_response());
        HttpService::build()
            .keep_alive(KEEP_ALIVE)
            .client_request_timeout(HEAD)
            .client_disconnect_timeout(CLOSING)
            // Connections that wait for their next request end with the server and do not delay it.
            .graceful_shutdown_signal(move || {
                let stopping = stopping.clone();
                async move { stopping.notified().await }
            })
            .finish(map_config(app, |()| AppConfig::default()))
    }};
}

/// A server with these routes and data; and the file of its socket, which must live as long as it serves.
pub fn serve(
    listener: Listener,
    tls: Option<ServerConfig>,
    limits: &Limits,
    configure: impl Fn(&mut ServiceConfig) + Clone + Send + 'static,
) -> io::Result<(Server, Option<SocketFile>)> {
    let seats = Connections::new(limits.room, Duration::ZERO, limits.clock.clone());
    let server = Server::build()
        .workers(limits.workers.max(1))
        .max_concurrent_connections(limits.room.connections.saturating_add(LEAVING))
        .shutdown_timeout(limits.shutdown_seconds)
        .disable_signals();

    let stopping = server.graceful_shutdown_signal();
    let mut file = None;

    let server = match (listener, tls) {
        (Listener::Tcp(listener), None) => server
            .listen("http", listener, move || gated(Arc::clone(&seats), http!(configure, stopping).tcp()))?,
        (Listener::Tcp(listener), Some(tls)) => {
            let https =
                move || gated(Arc::clone(&seats), http!(configure, stopping).rustls_0_23(tls.clone()));
            server.listen("https", listener, https)?
        }
        (Listener::Unix(listener, socket), _) => {
            file = Some(socket);
            let http = move || {
                let stream = fn_service(async |stream: UnixStream| {
                    Ok::<_, DispatchError>((stream, Protocol::Http1, None))
                });
                gated(Arc::clone(&seats), stream.and_then(http!(configure, stopping)))
            };
            server.listen_uds("http", listener, http)?
        }
    };
    Ok((server.run(), file))
}

/// Lets a stream in while there is room, and serves it until it ends or has to go.
fn gated<T: Peer + 'static, F>(
    seats: Arc<Connections>,
    serve: F,
) -> impl ServiceFactory<T, Config = (), Response = (), Error = F::Error, InitError = (), Service = Gate<F::Service>>
where
    F: ServiceFactory<T, Config = (), Response = (), InitError = ()> + 'static,
    <F::Service as Service<T>>::Future: 'static,
    F::Error: 'static,
{
    let serve = Rc::new(serve);
    fn_factory(move || {
        let (seats, serve) = (Arc::clone(&seats), Rc::clone(&serve));
        async move { Ok(Gate { serve: serve.new_service(()).await?, seats }) }
    })
}

/// A service of streams behind the seats.
struct Gate<S> {
    serve: S,
    seats: Arc<Connections>,
}

impl<T: Peer, S: Service<T, Response = ()>> Service<T> for Gate<S>
where
    S::Future: 'static,
    S::Error: 'static,
{
    type Response = ();
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<(), S::Error>>>>;

    fn poll_ready(&self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.serve.poll_ready(context)
    }

    fn call(&self, stream: T) -> Self::Future {
        match self.seats.admit(stream.peer()) {
            // It is closed.
            Err(_) => Box::pin(ready(Ok(()))),
            Ok(taken) => {
                let served = self.serve.call(stream);
                Box::pin(async move { seated(&taken, served).await.unwrap_or(Ok(())) })
            }
        }
    }
}

/// Who is at the other end.
trait Peer {
    /// The address; `None` on this machine without one.
    fn peer(&self) -> Option<IpAddr>;
}

impl Peer for TcpStream {
    fn peer(&self) -> Option<IpAddr> {
        self.peer_addr().ok().map(|peer| peer.ip())
    }
}

impl Peer for UnixStream {
    fn peer(&self) -> Option<IpAddr> {
        None
    }
}

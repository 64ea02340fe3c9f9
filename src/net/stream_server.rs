//! Doors that speak over a stream of bytes: connections, limits, deadlines, and a stop that lets requests in flight
//! be answered.
//!
//! ```text
//!   accept, if there is room --> greet --> read --> a whole request? --> say, ask, or end
//!                                           ^                                  |
//!                                           +---- answers, as they come <------+
//! ```
//!
//! What is said is decided by a [`Conversation`], which knows nothing of sockets and of time.

use std::future::Future;
use std::io;
use std::net::IpAddr;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::{FuturesUnordered, StreamExt as _};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, UnixListener};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use zeroize::Zeroizing;

use super::connections::{Connections, Room, seated};
use super::listener::{Listener, SocketFile};
use super::tls_stream::{Line, Stream, Tls};
use crate::clock::Clock;
use crate::telemetry::Metrics;

/// A peer that does not take what it is sent is given up after this time.
const WRITING: Duration = Duration::from_secs(5);
/// Bytes that are read at once.
const ROOM: usize = 4_096;
/// Questions of one connection at the same time; while there are so many, no more is read.
const AT_ONCE: usize = 256;
/// Who came or was answered less than this ago is not sent away for somebody else.
const GRACE: Duration = Duration::from_secs(1);
/// After the system has refused a connection it is tried again; at first after this time, at last after a second.
const PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// A request that is being answered.
pub type Pending<T> = Pin<Box<dyn Future<Output = T>>>;

/// What comes of a request, or of the outcome of one that took time.
pub enum Step<T> {
    /// Send this; nothing if it is empty.
    Say(Vec<u8>),
    /// Have this answered; [`Conversation::answer`] gets the outcome. The next request need not wait for that.
    Ask(Pending<T>),
    /// Send this, and speak TLS from then on.
    Secure(Vec<u8>),
    /// Send this, then close.
    End(Vec<u8>),
}

/// What is said on a connection.
pub trait Conversation {
    /// The outcome of a request that took time.
    type Answer;

    /// What is said before anything has been read.
    fn greet(&mut self) -> Vec<u8>;
    /// Takes one whole request from the front of what was received; `None`, and takes nothing, if there is none.
    fn read(&mut self, received: &mut Received) -> Option<Step<Self::Answer>>;
    /// A request that took time has its outcome.
    fn answer(&mut self, answer: Self::Answer) -> Step<Self::Answer>;
    /// How long it is waited for the next whole request while none is being answered.
    fn read_timeout(&self) -> Duration;
    /// What makes the connection secure, if anything does: at once where the first byte begins a handshake.
    fn tls(&self) -> Option<Tls> {
        None
    }
    /// It is secure from now on.
    fn secured(&mut self) {}
}

/// Bytes that were received and not yet taken. They may contain passwords: wiped when dropped.
pub type Received = Zeroizing<Vec<u8>>;

/// A server of such conversations.
pub struct StreamServer {
    /// Its name in logs and metrics.
    pub name: &'static str,
    /// Who may be connected at the same time.
    pub room: Room,
    /// How long requests in flight may take once the door is stopped.
    pub drain: Duration,
    /// Measures timeouts, pauses and the drain.
    pub clock: Clock,
    /// Counts the connections of the door.
    pub metrics: Arc<Metrics>,
}

enum Accepting {
    Tcp(TcpListener),
    Unix(UnixListener),
}

impl Accepting {
    /// What accepts, and the file of its socket.
    fn of(listener: Listener) -> io::Result<(Self, Option<SocketFile>)> {
        Ok(match listener {
            Listener::Tcp(listener) => (Self::Tcp(TcpListener::from_std(listener)?), None),
            Listener::Unix(listener, file) => (Self::Unix(UnixListener::from_std(listener)?), Some(file)),
        })
    }

    async fn accept(&self) -> io::Result<(Box<dyn Stream>, Option<IpAddr>)> {
        Ok(match self {
            Self::Tcp(listener) => {
                let (stream, peer) = listener.accept().await?;
                stream.set_nodelay(true)?;
                (Box::new(stream), Some(peer.ip()))
            }
            Self::Unix(listener) => (Box::new(listener.accept().await?.0), None),
        })
    }
}

impl StreamServer {
    /// Serves until it is stopped, and until every request that came before is answered.
    pub async fn serve<C: Conversation + 'static>(
        self,
        listener: Listener,
        stop: CancellationToken,
        begin: impl Fn() -> C,
    ) -> io::Result<()> {
        let (listener, file) = Accepting::of(listener)?;
        let door = Rc::new(self);

        let connected = TaskTracker::new();
        tokio::select! {
            () = door.accept(&listener, &connected, &stop, begin) => {}
            () = stop.cancelled() => {}
        }

        drop((listener, file));
        connected.close();
        tokio::select! {
            () = connected.wait() => {}
            () = door.clock.sleep(door.drain) => tracing::warn!(event = "door_not_drained", door = door.name),
        }
        Ok(())
    }

    async fn accept<C: Conversation + 'static>(
        self: &Rc<Self>,
        listener: &Accepting,
        connected: &TaskTracker,
        stop: &CancellationToken,
        begin: impl Fn() -> C,
    ) {
        let mut pause = PAUSE;
        let connections = Connections::new(self.room, GRACE, self.clock.clone());

        loop {
            match listener.accept().await {
                Ok((stream, peer)) => {
                    pause = PAUSE;
                    // While one waits for room, the others wait where it costs nothing.
                    let Some(taken) = connections.admit_in_turn(peer).await else { continue };
                    let (door, talk, stop) = (Rc::clone(self), begin(), stop.clone());
                    actix_web::rt::spawn(connected.track_future(async move {
                        door.metrics.door_connection(door.name);
                        let ended = seated(&taken, converse(stream, talk, &door.clock, stop)).await;
                        if let Some(Err(error)) = ended {
                            tracing::debug!(event = "connection_lost", door = door.name, %error);
                        }
                        drop(taken);
                    }));
                }
                Err(error) => {
                    tracing::warn!(event = "door_not_accepted", door = self.name, %error);
                    self.clock.sleep(pause).await;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
            }
        }
    }
}

/// What happens next on a connection.
enum Event<T> {
    Answered(T),
    Received(usize),
    Silent,
    Stopped,
}

/// Holds a conversation to its end.
pub async fn converse<C: Conversation>(
    stream: impl Stream + 'static,
    mut talk: C,
    clock: &Clock,
    stop: CancellationToken,
) -> io::Result<()> {
    let mut line: Line = Box::new(stream);

    if let Some(tls) = talk.tls() {
        let begun = tokio::select! {
            begun = tls.begin_if_asked(line, talk.read_timeout(), clock) => begun?,
            () = stop.cancelled() => return Ok(()),
        };
        line = begun.0;
        if begun.1 {
            talk.secured();
        }
    }

    hold(&mut line, talk, clock, stop).await?;
    tokio::select! {
        closed = line.shutdown() => closed,
        () = clock.sleep(WRITING) => Ok(()),
    }
}

async fn hold<C: Conversation>(
    line: &mut Line,
    mut talk: C,
    clock: &Clock,
    stop: CancellationToken,
) -> io::Result<()> {
    let mut asking = FuturesUnordered::new();
    let mut received = Received::new(Vec::with_capacity(ROOM));
    let mut stopping = std::pin::pin!(stop.cancelled());
    // Whether anything more is read; and since when nothing whole has come or gone.
    let (mut listening, mut since) = (true, clock.monotonic());
    send(line, &talk.greet(), clock).await?;
    loop {
        while listening && asking.len() < AT_ONCE {
            let Some(next) = talk.read(&mut received) else { break };
            since = clock.monotonic();
            if !take(next, &mut talk, line, &received, &asking, clock).await? {
                return Ok(());
            }
        }
        if !listening && asking.is_empty() {
            return Ok(());
        }
        let quiet = clock.monotonic().saturating_sub(since);
        let wait = asking.is_empty().then(|| clock.sleep(talk.read_timeout().saturating_sub(quiet)));
        let event = tokio::select! {
            // What comes with the stop or after it is not read; what comes in the last moment of the timeout is.
            biased;
            () = &mut stopping, if listening => Event::Stopped,
            Some(answer) = asking.next() => Event::Answered(answer),
            read = line.read_buf(&mut *received), if listening && asking.len() < AT_ONCE => Event::Received(read?),
            Some(()) = maybe(wait) => Event::Silent,
        };

        match event {
            Event::Answered(answer) => {
                since = clock.monotonic();
                let next = talk.answer(answer);
                if !take(next, &mut talk, line, &received, &asking, clock).await? {
                    return Ok(());
                }
            }
            Event::Silent => return Ok(()),
            // A peer that has closed its side may still wait for answers.
            Event::Received(0) | Event::Stopped => listening = false,
            Event::Received(_) => {}
        }
    }
}

/// Waits for what may not be there.
async fn maybe<T>(future: Option<impl Future<Output = T>>) -> Option<T> {
    match future {
        Some(future) => Some(future.await),
        None => None,
    }
}

/// Does what a step says; whether the conversation goes on.
async fn take<C: Conversation>(
    step: Step<C::Answer>,
    talk: &mut C,
    line: &mut Line,
    received: &Received,
    asking: &FuturesUnordered<Pending<C::Answer>>,
    clock: &Clock,
) -> io::Result<bool> {
    match step {
        Step::Say(bytes) => send(line, &bytes, clock).await.map(|()| true),
        Step::Ask(question) => {
            asking.push(question);
            Ok(true)
        }
        Step::Secure(bytes) => {
            // What came in the clear is not to be taken for secured.
            let Some(tls) = talk.tls().filter(|_| received.is_empty()) else { return Ok(false) };
            send(line, &bytes, clock).await?;
            let plain = std::mem::replace(line, Box::new(tokio::io::empty()));
            *line = tls.begin(plain, clock).await?;
            talk.secured();
            Ok(true)
        }
        Step::End(bytes) => send(line, &bytes, clock).await.map(|()| false),
    }
}

async fn send(line: &mut Line, bytes: &[u8], clock: &Clock) -> io::Result<()> {
    if bytes.is_empty() {
        return Ok(());
    }

    tokio::select! {
        biased;
        sent = write(line, bytes) => sent,
        () = clock.sleep(WRITING) => Err(io::ErrorKind::TimedOut.into()),
    }
}

/// TLS keeps what is written until it is flushed.
async fn write(line: &mut Line, bytes: &[u8]) -> io::Result<()> {
    line.write_all(bytes).await?;
    line.flush().await
}

//! A wire to the server that a test can cut, hold, and cut at a word.

use std::io::{Read as _, Write as _};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use tempfile::TempDir;

/// What happens to the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wire {
    /// They go through.
    Whole,
    /// Each time the client says something it is kept for so long; the answers go through.
    Slow(Duration),
    /// They are kept until the wire is whole again; nothing is closed.
    Held,
    /// New connections are closed at once, old ones too.
    Cut,
    /// When the client says COMMIT, the connection is closed: before the server hears it.
    CutBeforeCommit,
    /// When the client says COMMIT, the server hears it and its answer is lost.
    CutAfterCommit,
    /// The same once, after so many that are answered; then the wire is whole.
    CutAfterOneCommit(usize),
    /// When the client says COMMIT, the server hears it, and from then on nothing comes back over that connection.
    CommitUnanswered,
    /// When the client says COMMIT, the server hears it, and its answer becomes 40003: it is not known what became of it.
    CommitUnknown,
    /// The server is Pgpool-II, with these values of `load_balance_mode` and `memory_cache_enabled`.
    Pgpool(&'static str, &'static str),
}

/// An error 40003, and that the server is ready for the next question.
const UNKNOWN: &[u8] = b"E\0\0\0\x25SERROR\0VERROR\0C40003\0Mnot known\0\0Z\0\0\0\x05I";

struct State {
    wire: Wire,
    open: Vec<UnixStream>,
    /// How often all connections were stranded.
    stranded: usize,
}

/// A wire between clientpass and the server.
pub struct Proxy {
    state: Arc<(Mutex<State>, Condvar)>,
    folder: TempDir,
}

const SOCKET: &str = ".s.PGSQL.5432";

impl Proxy {
    /// In front of the server of this address, which must name a folder of a socket as `host=`.
    pub fn before(url: &str) -> Self {
        let host = url.split_whitespace().find_map(|word| word.strip_prefix("host=")).unwrap();
        let port = url.split_whitespace().find_map(|word| word.strip_prefix("port=")).unwrap_or("5432");
        let server = format!("{host}/.s.PGSQL.{port}");
        let folder = tempfile::tempdir().unwrap();
        let listener = UnixListener::bind(folder.path().join(SOCKET)).unwrap();

        let state = Arc::new((
            Mutex::new(State { wire: Wire::Whole, open: Vec::new(), stranded: 0 }),
            Condvar::new(),
        ));
        let shared = Arc::clone(&state);

        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let Ok(upstream) = UnixStream::connect(&server) else { continue };
                let mut held = shared.0.lock().unwrap();
                if held.wire == Wire::Cut {
                    continue;
                }
                held.open.extend([client.try_clone().unwrap(), upstream.try_clone().unwrap()]);
                drop(held);

                let (a, b) = (client.try_clone().unwrap(), upstream.try_clone().unwrap());
                let (there, back) = (Arc::clone(&shared), Arc::clone(&shared));
                let unanswered = Arc::new(AtomicBool::new(false));
                let known = Arc::clone(&unanswered);
                std::thread::spawn(move || pump(a, b, &there, (true, &known)));
                std::thread::spawn(move || pump(upstream, client, &back, (false, &unanswered)));
            }
        });
        Self { state, folder }
    }

    /// The address of the wire, for the database of this address.
    pub fn url(&self, url: &str) -> String {
        let others =
            url.split_whitespace().filter(|word| !word.starts_with("host=") && !word.starts_with("port="));
        format!("{} host={}", others.collect::<Vec<_>>().join(" "), self.folder.path().display())
    }

    /// Nothing that is said over the connections that are open now arrives any more, and nobody closes them: the other
    /// side has gone without a word. New ones are as the wire is.
    pub fn strand(&self) {
        self.state.0.lock().unwrap().stranded += 1;
    }

    /// Whether the answer to a COMMIT has been lost since the wire was set to lose one; it is whole from now on.
    pub fn has_cut(&self) -> bool {
        let cut = self.state.0.lock().unwrap().wire == Wire::Whole;
        self.set(Wire::Whole);
        cut
    }

    /// Changes the wire.
    pub fn set(&self, wire: Wire) {
        let mut state = self.state.0.lock().unwrap();
        state.wire = wire;
        if wire == Wire::Cut {
            for stream in state.open.drain(..) {
                drop(stream.shutdown(Shutdown::Both));
            }
        }

        drop(state);
        self.state.1.notify_all();
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.set(Wire::Cut);
    }
}

/// Moves bytes one way, as the wire is; nothing to the client that is not to be answered any more.
fn pump(
    mut from: UnixStream,
    mut to: UnixStream,
    state: &(Mutex<State>, Condvar),
    (from_client, unanswered): (bool, &AtomicBool),
) {
    let mut bytes = [0u8; 16 * 1024];
    let mut lost = false;
    let made = state.0.lock().unwrap().stranded;
    while let Ok(count @ 1..) = from.read(&mut bytes) {
        let bytes = &mut bytes[..count];
        let held = state.0.lock().unwrap();
        let waits = |state: &mut State| match state.wire {
            Wire::Cut => false,
            wire => wire == Wire::Held || state.stranded > made,
        };
        let held = state.1.wait_while(held, waits).unwrap();
        let wire = held.wire;
        if let (Wire::Slow(delay), true) = (wire, from_client) {
            drop(state.1.wait_timeout_while(held, delay, |state| state.wire == wire).unwrap());
        } else {
            drop(held);
        }

        if let (Wire::Pgpool(balances, remembers), true) = (wire, from_client) {
            ask_for_pgpool(bytes, [balances, remembers]);
        }
        // A simple query: Q, its length, its text.
        let commits = from_client && bytes.windows(7).any(|word| word == b"COMMIT\0");
        let cuts = commits && cuts_after_one(state);
        match wire {
            Wire::CutBeforeCommit if commits => break,
            // Before the server can hear it.
            Wire::CommitUnanswered | Wire::CommitUnknown if commits => {
                unanswered.store(true, Ordering::SeqCst);
            }
            _ if cuts || commits && wire == Wire::CutAfterCommit => {
                unanswered.store(true, Ordering::SeqCst);
                drop(to.write_all(bytes));
                lost = true;
                break;
            }
            _ if !from_client && unanswered.load(Ordering::SeqCst) => {
                if wire == Wire::CommitUnknown {
                    drop(to.write_all(UNKNOWN));
                }
                continue;
            }
            _ => {}
        }

        if to.write_all(bytes).is_err() {
            break;
        }
    }

    // The client loses the connection; the server has heard what was sent.
    drop(from.shutdown(Shutdown::Both));
    drop(to.shutdown(if lost { Shutdown::Read } else { Shutdown::Both }));
}

/// Puts what asks the server for Pgpool-II's answer in the place of what only Pgpool-II answers, at the same length.
fn ask_for_pgpool(said: &mut [u8], [balances, remembers]: [&str; 2]) {
    for (asked, answer) in [
        ("SHOW pool_version\0", "4.3.5"),
        ("PGPOOL SHOW load_balance_mode\0", balances),
        ("PGPOOL SHOW memory_cache_enabled\0", remembers),
    ] {
        let at = said.windows(asked.len()).position(|word| word == asked.as_bytes());
        if let Some(at) = at {
            let sql = format!("SELECT '{answer}'");
            let sql = format!("{sql:<width$}\0", width = asked.len() - 1);
            said[at..at + asked.len()].copy_from_slice(sql.as_bytes());
        }
    }
}

/// Counts a COMMIT; whether it is the one whose answer is lost.
fn cuts_after_one((state, _): &(Mutex<State>, Condvar)) -> bool {
    let mut state = state.lock().unwrap();
    let Wire::CutAfterOneCommit(left) = state.wire else { return false };
    state.wire = left.checked_sub(1).map_or(Wire::Whole, Wire::CutAfterOneCommit);
    left == 0
}

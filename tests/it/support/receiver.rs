//! Somebody who is notified that client passwords have ended: an HTTP server on a real socket that answers as a test
//! says.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};

use serde_json::Value;

use super::time::PATIENCE;

/// A request as it came in.
#[derive(Clone, Debug)]
pub struct Heard {
    /// Where the request went, as its first line says.
    pub target: String,
    /// Headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body as it came.
    pub bytes: Vec<u8>,
    /// The body as JSON.
    pub body: Value,
}

impl Heard {
    /// The value of a header; fails if there is none.
    #[track_caller]
    pub fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(known, _)| known == name);
        &found.unwrap_or_else(|| panic!("no {name} in {:?}", self.headers)).1
    }
}

/// What is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// This status, and no body.
    Status(u16),
    /// A redirect to this address.
    Redirect(String),
    /// An answer that does not end.
    Endless,
    /// What doveadm answers when it has done everything.
    Done,
    /// Nothing, and the connection stays open.
    Silence,
    /// The connection is closed.
    Nothing,
    /// What doveadm 2.4.1 does: the connection is closed where a cache is to be flushed.
    DoneWithoutFlush,
}

struct State {
    reply: Reply,
    heard: Vec<Heard>,
    /// Those that wait for an answer that does not come.
    silent: Vec<TcpStream>,
}

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
    closed: AtomicBool,
}

/// A server; dropping it closes it.
pub struct Receiver {
    address: SocketAddr,
    shared: Arc<Shared>,
}

impl Receiver {
    /// Listens on a free port.
    pub fn start(reply: Reply) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let state = Mutex::new(State { reply, heard: Vec::new(), silent: Vec::new() });
        let shared = Arc::new(Shared { state, changed: Condvar::new(), closed: AtomicBool::new(false) });

        let serving = Arc::clone(&shared);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if serving.closed.load(Ordering::SeqCst) {
                    return;
                }
                let shared = Arc::clone(&serving);
                std::thread::spawn(move || shared.serve(stream.unwrap()));
            }
        });

        Self { address, shared }
    }

    /// Where it listens.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Answers so from now on.
    pub fn replies(&self, reply: Reply) {
        self.shared.state.lock().unwrap().reply = reply;
    }

    /// How many requests have come.
    pub fn count(&self) -> usize {
        self.shared.state.lock().unwrap().heard.len()
    }

    /// All requests, once so many have come; fails if they do not.
    #[track_caller]
    pub fn heard(&self, count: usize) -> Vec<Heard> {
        let state = self.shared.state.lock().unwrap();
        let missing = |state: &mut State| state.heard.len() < count;
        let (state, waited) = self.shared.changed.wait_timeout_while(state, PATIENCE, missing).unwrap();
        assert!(!waited.timed_out(), "{} of {count} came: {:?}", state.heard.len(), state.heard);
        state.heard.clone()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.shared.closed.store(true, Ordering::SeqCst);
        self.shared.state.lock().unwrap().silent.clear();
        // Wakes the one that waits for connections, so that nobody listens here any more.
        drop(TcpStream::connect(self.address));
    }
}

impl Shared {
    fn serve(&self, mut stream: TcpStream) {
        let Some(heard) = read(&mut stream) else { return };
        let commands = heard.body.as_array().cloned().unwrap_or_default();
        let mut state = self.state.lock().unwrap();
        state.heard.push(heard);
        let reply = state.reply.clone();
        if reply == Reply::Silence {
            state.silent.push(stream.try_clone().unwrap());
        }
        self.changed.notify_all();
        drop(state);

        let (status, body) = match reply {
            Reply::Status(status) => (status, String::new()),
            Reply::Redirect(to) => return redirect(&mut stream, &to),
            Reply::Endless => return answer_without_end(&mut stream),
            Reply::DoneWithoutFlush if commands.iter().any(|one| one[0] == "authCacheFlush") => return,
            Reply::Done | Reply::DoneWithoutFlush => (200, done(&commands)),
            Reply::Silence | Reply::Nothing => return,
        };

        let length = body.len();
        let begin =
            format!("HTTP/1.1 {status} Said\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n");
        drop(stream.write_all((begin + &body).as_bytes()));
    }
}

fn redirect(stream: &mut TcpStream, to: &str) {
    let answer =
        format!("HTTP/1.1 307 Said\r\nlocation: {to}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    drop(stream.write_all(answer.as_bytes()));
}

/// Writes until the caller has read enough.
fn answer_without_end(stream: &mut TcpStream) {
    let begin = "HTTP/1.1 200 Said\r\ncontent-type: text/plain\r\nconnection: close\r\n\r\n";
    let mut written = stream.write_all(begin.as_bytes());
    while written.is_ok() {
        written = stream.write_all(&[b'x'; 4096]);
    }
}

/// As Dovecot 2.3 answers: a kick that finds nobody is an error of its own.
fn done(commands: &[Value]) -> String {
    let one = |command: &Value| {
        if command[0] == "kick" {
            format!(r#"["error",{{"type":"exitCode", "exitCode":68}},{}]"#, command[2])
        } else {
            format!(r#"["doveadmResponse",[{{"entries":"0"}}],{}]"#, command[2])
        }
    };

    format!("[{}]", commands.iter().map(one).collect::<Vec<_>>().join(","))
}

/// A whole request; nothing if there was none.
fn read(stream: &mut TcpStream) -> Option<Heard> {
    let mut reader = BufReader::new(stream);
    let mut headers = Vec::new();
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|length| *length > 0)?;
    let target = line.split(' ').nth(1)?.to_owned();

    loop {
        line.clear();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        headers.push((name.to_lowercase(), value.to_owned()));
    }

    let length = headers.iter().find(|(name, _)| name == "content-length");
    let length = length.map_or(0, |(_, value)| value.parse().unwrap());
    let mut bytes = vec![0; length];
    reader.read_exact(&mut bytes).ok()?;
    Some(Heard { target, headers, body: serde_json::from_slice(&bytes).unwrap_or(Value::Null), bytes })
}

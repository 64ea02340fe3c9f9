//! Dovecot's authentication protocol, as Dovecot's auth service speaks it to mail servers: Postfix, Exim, Prosody and
//! Radicale use it, with no Dovecot there.
//!
//! ```text
//!   connected --> greeted --VERSION 1--> AUTH --> exchange --> check --> OK | FAIL
//!                                                 ^      |
//!                                                 +-CONT-+     many at a time, answered in any order
//! ```
//!
//! The protocol has two answers; "cannot answer now" is a third. Servers that claim minor version 0 (Postfix, Exim)
//! take every FAIL for a wrong password, so their connection is closed, which they take for a temporary failure; the
//! others understand `code=temp_fail`. There is no next source behind this door: nothing is deferred, and a password
//! that nobody here knows is refused.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use crate::service::credential_checks::{CheckOutcome, CredentialCheck};

pub mod line;
pub mod sasl;

use self::line::{Auth, Given, Line, MAX_LINE, Reply, write};
use self::sasl::{Credentials, Exchange, Turn};
use super::authenticator::Authenticator;
use crate::domain::login::MAX_LOGIN;
use crate::domain::network::ClientAddress;
use crate::domain::protocol::Protocol;
use crate::net::stream_server::{Conversation, Received, Step};

/// A connection on which no VERSION has come is given up after this time.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// One that has been greeted may be silent for long: a Postfix process keeps its own for the next mail client.
const IDLE: Duration = Duration::from_secs(1_800);
/// Exchanges that may wait for their mail client; mail servers do not say when one has gone.
const MAX_WAITING: usize = 256;

/// Where an exchange stands that waits for its mail client.
struct Waiting {
    request: Request,
    exchange: Exchange,
}

/// A request, as far as it is needed to the end.
#[derive(Clone, Copy)]
struct Request {
    id: u32,
    protocol: Option<Protocol>,
    client_address: ClientAddress,
}

/// The outcome of a check.
pub struct Answered {
    id: u32,
    /// Distinguishes checks with the same number: one may have been cancelled.
    serial: u64,
    login: Vec<u8>,
    outcome: CheckOutcome,
}

/// What is said on one connection.
pub struct Talk {
    authenticator: Authenticator,
    /// The protocol that `http` stands for at this door.
    http: Protocol,
    /// The number of the connection.
    number: u32,
    /// The minor version of the mail server, once it has said it.
    minor: Option<u32>,
    waiting: BTreeMap<u32, Waiting>,
    asked: HashMap<u32, u64>,
    serial: u64,
}

type Next = Step<Answered>;

fn nothing() -> Next {
    Step::Say(Vec::new())
}

/// A mail server that does not keep to the protocol cannot be answered.
fn broken() -> Next {
    Step::End(Vec::new())
}

impl Talk {
    /// Begins on a connection.
    pub fn new(authenticator: Authenticator, http: Protocol, number: u32) -> Self {
        let waiting = BTreeMap::new();
        Self { authenticator, http, number, minor: None, waiting, asked: HashMap::new(), serial: 0 }
    }

    fn obey(&mut self, line: Line) -> Next {
        match (line, self.minor) {
            (Line::Version { major: 1, minor }, None) => {
                self.minor = Some(minor);
                nothing()
            }
            (Line::Version { .. }, _) => broken(),
            (Line::Cpid, _) => nothing(),
            (_, None) => broken(),
            (Line::Auth(auth), Some(minor)) => self.begin(auth, minor),
            (Line::Cont { id, message }, Some(_)) => self.go_on(id, message),
            (Line::Cancel { id }, Some(_)) => {
                self.waiting.remove(&id);
                self.asked.remove(&id);
                nothing()
            }
        }
    }

    fn begin(&mut self, auth: Auth, minor: u32) -> Next {
        let Auth { id, mechanism, service, client_address, initial } = auth;
        if self.waiting.contains_key(&id) || self.asked.contains_key(&id) {
            return broken();
        }

        let service = service.unwrap_or_default();
        let protocol = Protocol::asked_for(&service, self.http);
        if protocol.is_none() {
            // The operator's fault, who has to see it; nobody's password is wrong.
            tracing::warn!(event = "unknown_protocol", door = self.authenticator.door, %service);
        }

        let request = Request { id, protocol, client_address };

        let initial = match initial {
            // Exim says `resp=` where there is none.
            None => None,
            Some(Given::Nothing) if minor < 2 => None,
            Some(Given::Nothing) => Some(line::Message::default()),
            Some(Given::Message(message)) => Some(message),
            Some(Given::Garbled) => return garbled(id),
        };

        match Exchange::of(&mechanism) {
            Some(exchange) => self.turn(request, exchange.begin(initial)),
            None => Step::Say(write(id, Reply::Fail { login: b"", code: Some("auth_mech_invalid") })),
        }
    }

    fn go_on(&mut self, id: u32, message: Given) -> Next {
        let Some(Waiting { request, exchange }) = self.waiting.remove(&id) else {
            // One of too many that waited.
            return self.cannot_tell(id, b"");
        };

        match message {
            Given::Nothing => self.turn(request, exchange.next(line::Message::default())),
            Given::Message(message) => self.turn(request, exchange.next(message)),
            Given::Garbled => garbled(id),
        }
    }

    fn turn(&mut self, request: Request, turn: Turn) -> Next {
        match turn {
            Turn::Challenge(challenge, exchange) => {
                if self.waiting.len() >= MAX_WAITING {
                    // Numbers run on: the smallest has waited longest.
                    self.waiting.pop_first();
                }
                self.waiting.insert(request.id, Waiting { request, exchange });
                Step::Say(write(request.id, Reply::Cont(challenge)))
            }
            Turn::Credentials(credentials) => match request.protocol {
                Some(protocol) => self.ask(request, protocol, credentials),
                None => self.cannot_tell(request.id, &credentials.login),
            },
            Turn::Refuse(login) => {
                Step::Say(write(request.id, Reply::Fail { login: short(&login), code: None }))
            }
        }
    }

    fn ask(&mut self, request: Request, protocol: Protocol, credentials: Credentials) -> Next {
        let Request { id, client_address, .. } = request;

        self.serial += 1;
        let (authenticator, serial) = (self.authenticator.clone(), self.serial);
        self.asked.insert(id, serial);

        Step::Ask(Box::pin(async move {
            let Credentials { login, password } = credentials;
            let check = CredentialCheck {
                login: &login,
                password: &password,
                protocol,
                client_address,
                client: None,
                within: None,
                next_source: false,
            };

            let outcome = authenticator.check(&check).await;
            Answered { id, serial, login, outcome }
        }))
    }

    fn cannot_tell(&self, id: u32, login: &[u8]) -> Next {
        if self.minor.unwrap_or(0) == 0 {
            return Step::End(Vec::new());
        }
        Step::Say(write(id, Reply::Fail { login: short(login), code: Some("temp_fail") }))
    }
}

fn garbled(id: u32) -> Next {
    Step::Say(write(id, Reply::Fail { login: b"", code: Some("invalid_base64") }))
}

/// A login that is said back; nothing of one that is too long.
fn short(login: &[u8]) -> &[u8] {
    if login.len() <= MAX_LOGIN { login } else { b"" }
}

impl Conversation for Talk {
    type Answer = Answered;

    /// All at once, mechanisms first: some servers wait for the end before they say anything, and read the order.
    fn greet(&mut self) -> Vec<u8> {
        // It proves nothing here; there is no second connection to show it on. So a greeting need not fail for it.
        let cookie = u128::from_be_bytes(self.authenticator.ids.random().unwrap_or_default());

        let (process, number) = (std::process::id(), self.number);
        format!(
            "VERSION\t1\t2\nMECH\tPLAIN\tplaintext\nMECH\tLOGIN\tplaintext\nSPID\t{process}\nCUID\t{number}\n\
             COOKIE\t{cookie:032x}\nDONE\n"
        )
        .into_bytes()
    }

    fn read(&mut self, received: &mut Received) -> Option<Next> {
        let Some(end) = received.iter().position(|byte| *byte == b'\n') else {
            return (received.len() > MAX_LINE).then(broken);
        };

        let line = Received::new(received.drain(..=end).take(end).collect());
        if line.len() > MAX_LINE {
            return Some(broken());
        }

        Some(Line::parse(&line).map_or_else(|_| broken(), |line| self.obey(line)))
    }

    fn answer(&mut self, answer: Answered) -> Next {
        let Answered { id, serial, login, outcome } = answer;
        if self.asked.get(&id) != Some(&serial) {
            return nothing();
        }

        self.asked.remove(&id);

        match outcome {
            CheckOutcome::Accept(accepted) => Step::Say(write(id, Reply::Ok(&accepted.login))),
            CheckOutcome::Reject(_) | CheckOutcome::Defer => {
                Step::Say(write(id, Reply::Fail { login: short(&login), code: None }))
            }
            CheckOutcome::Unavailable => self.cannot_tell(id, &login),
        }
    }

    fn read_timeout(&self) -> Duration {
        if self.minor.is_some() { IDLE } else { HANDSHAKE }
    }
}

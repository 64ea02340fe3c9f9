//! LDAP simple bind: for mail servers that can do nothing better. A bind is the question; the search for one login may
//! come before it. Nothing else can be read, nothing can be changed.
//!
//! ```text
//!   bytes --> message --> session --> service: is it a key? may it have mail? is it somebody's login?
//!                            ^                     |
//!             answer <-------+----- what came -----+
//! ```

use crate::service::credential_checks::{CheckOutcome, CredentialCheck};
use std::sync::Arc;
use std::time::Duration;

use zeroize::Zeroize as _;

use self::session::{Action, Ask, Reply, Session};
use super::authenticator::Authenticator;
use crate::config::doors;
use crate::domain::ids::OrganizationId;
use crate::domain::secret::Secret;
use crate::net::stream_server::{Conversation, Pending, Received, Step};
use crate::net::tls_stream::Tls;
use bind_target::{BindNames, BindTarget};

pub mod bind_target;
pub mod dn;
pub mod dn_template;
pub mod filter;
pub mod message;
pub mod response;
pub mod search;
pub mod session;

pub use self::session::Rules;

/// How long the next request is waited for: a mail server keeps a connection for when it needs it, whoever has proven
/// nothing holds no place for long.
const FIRST: Duration = Duration::from_secs(30);
const NEXT: Duration = Duration::from_secs(15 * 60);

/// Names that cannot be taken.
#[derive(Debug, thiserror::Error)]
pub enum Unusable {
    /// A form that is none.
    #[error("{0:?} is no form of names: {1}")]
    Form(String, dn_template::FormError),
    /// Forms that somebody could turn into each other.
    #[error(
        "doors.ldap.names cannot have both {0:?} and {1:?}: where a mail server does not escape a login, whoever types \
         one into the second chooses what the first says of protocol and address. Say names_are_escaped = true if all \
         of them do"
    )]
    Typed(String, String),
}

/// The name that is a login as it stands.
const PLAIN: &str = "{login}";

impl Rules {
    /// What the section says.
    pub fn of(section: &doors::Ldap, has_tls: bool) -> Result<Self, Unusable> {
        let (plain, names): (Vec<&String>, Vec<&String>) =
            section.names.iter().partition(|name| *name == PLAIN);

        let form = |text: &&String| {
            dn_template::Form::parse(text).map_err(|why| Unusable::Form((*text).clone(), why))
        };

        let forms = names.iter().map(form).collect::<Result<Vec<_>, _>>()?;
        let trusted = section.names_are_escaped;
        let both = |one: &String, other: &str| Unusable::Typed(one.clone(), other.to_owned());

        for (name, form) in names.iter().zip(&forms).filter(|_| !trusted) {
            if !plain.is_empty() && form.says_more_than_login() {
                return Err(both(name, PLAIN));
            }
            let other = names.iter().zip(&forms).find(|(_, other)| form.can_be_typed_into(other));
            if let Some((other, _)) = other {
                return Err(both(name, other));
            }
        }

        let bind_names = BindNames { forms, plain: !plain.is_empty(), protocol: section.protocol };
        Ok(Self { bind_names, has_tls, need_tls: section.needs_tls(), need_key: section.require_key })
    }
}

/// A connection: the session of [`session`], joined to bytes, TLS and the service.
pub struct Connection {
    authenticator: Authenticator,
    session: Session,
    tls: Option<Tls>,
    /// Whether a bind has proven something: a key, or somebody who got in.
    proven: bool,
}

impl Connection {
    /// One that has just begun.
    pub fn new(authenticator: Authenticator, rules: Arc<Rules>, tls: Option<Tls>) -> Self {
        Self { authenticator, session: Session::new(rules), tls, proven: false }
    }

    fn step(&self, action: Action) -> Step<Reply> {
        match action {
            Action::Say(messages) => Step::Say(message::encode(messages)),
            Action::Ask(ask) => Step::Ask(execute(self.authenticator.clone(), ask)),
            Action::Secure(message) => Step::Secure(message::encode([message])),
            Action::End(message) => Step::End(message::encode(message)),
        }
    }
}

impl Conversation for Connection {
    type Answer = Reply;

    fn greet(&mut self) -> Vec<u8> {
        Vec::new()
    }

    fn read(&mut self, received: &mut Received) -> Option<Step<Reply>> {
        let action = match take(received) {
            Ok(None) => return None,
            Ok(Some(request)) => self.session.request(request),
            Err(why) => session::disconnect(&why.to_string()),
        };
        Some(self.step(action))
    }

    fn answer(&mut self, came: Reply) -> Step<Reply> {
        self.proven |= matches!(came, Reply::Key(_, Ok(())) | Reply::Checked(_, Ok(CheckOutcome::Accept(_))));
        Step::Say(message::encode(self.session.answered(came)))
    }

    fn tls(&self) -> Option<Tls> {
        self.tls.clone()
    }

    fn secured(&mut self) {
        self.session.secured();
    }

    fn read_timeout(&self) -> Duration {
        if self.proven { NEXT } else { FIRST }
    }
}

/// The first request of what was received, which is wiped.
fn take(received: &mut Received) -> Result<Option<message::Request>, message::WireError> {
    let Some(length) = message::frame(received)? else { return Ok(None) };
    let Some(bytes) = received.get_mut(..length) else { return Ok(None) };
    let request = message::parse(bytes);
    bytes.zeroize();
    received.drain(..length);
    request.map(Some)
}

fn execute(authenticator: Authenticator, ask: Ask) -> Pending<Reply> {
    Box::pin(async move {
        match ask {
            Ask::Key(id, key) => Reply::Key(id, authenticator.authenticate_key(key.expose()).await.map(drop)),
            Ask::Check(id, None, who, password) => {
                Reply::Checked(id, Ok(check(&authenticator, &who, &password, None).await))
            }
            Ask::Check(id, Some(key), who, password) => {
                let check = async |within| check(&authenticator, &who, &password, within).await;
                Reply::Checked(id, authenticator.behind_key(key.expose(), check).await)
            }
            Ask::Find(id, key, login) => {
                let find = async |within| authenticator.find_login(&login, within).await;
                Reply::Found(id, authenticator.behind_key(key.expose(), find).await.flatten())
            }
        }
    })
}

async fn check(
    authenticator: &Authenticator,
    who: &BindTarget,
    password: &Secret,
    within: Option<OrganizationId>,
) -> CheckOutcome {
    let check = CredentialCheck {
        login: who.login.as_bytes(),
        password: password.expose().as_bytes(),
        protocol: who.protocol,
        client_address: who.address,
        client: None,
        within,
        // LDAP has no word for "ask the next one".
        next_source: false,
    };

    authenticator.check(&check).await
}

//! Mail clients of the demo. As real ones they know a password because somebody gave it to them, and come again and again.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::UnboundedReceiver;

use crate::cli::terminal::say;
use crate::clock::Clock;
use crate::domain::network::ClientAddress;
use crate::domain::place::Requester;
use crate::domain::protocol::Protocol;
use crate::domain::secret::Secret;
use crate::service::credential_checks::{CheckOutcome, CredentialCheck};
use crate::service::{Error, Services};

/// Who asks in the demo.
pub const REQUESTER: Requester = Requester::Door("demo");
/// What the client calls itself that takes what is typed, and where it is.
pub const THUNDERBIRD: &str = "Thunderbird 153.8";
const TYPED_FROM: [u8; 4] = [192, 0, 2, 77];
/// Whose password was typed if nobody is named.
const USUAL: &str = "bob@example.org";
const OFTEN: Duration = Duration::from_secs(4);
const NOW_AND_THEN: Duration = Duration::from_secs(40);

/// A mail client on some machine.
#[derive(Clone, Copy)]
pub struct Device<'a> {
    /// The login that is typed into it.
    pub login: &'a str,
    /// What it calls itself.
    pub client: &'static str,
    /// Its address.
    pub ip: [u8; 4],
}

/// Mail clients, and what they ask.
#[derive(Clone)]
pub struct MailClients {
    /// The use cases.
    pub services: Arc<Services>,
    /// What they wait by.
    pub clock: Clock,
}

impl MailClients {
    /// Has a mail client sign in over IMAP.
    pub async fn check(&self, device: Device<'_>, password: &Secret) -> Result<CheckOutcome, Error> {
        let check = CredentialCheck {
            login: device.login.as_bytes(),
            password: password.expose().as_bytes(),
            protocol: Protocol::Imap,
            client_address: ClientAddress::Known(IpAddr::from(device.ip)),
            client: Some(device.client),
            within: None,
            next_source: true,
        };
        let id = self.services.ids.next()?;
        Ok(self.services.credential_checks.check(&check, REQUESTER, id).await)
    }

    /// One whose password lives: its last use moves.
    pub async fn come_often(&self, device: Device<'_>, password: &Secret) {
        self.come(device, password, OFTEN).await;
    }

    /// One whose password is dead, and which nobody has told.
    pub async fn come_now_and_then(&self, device: Device<'_>, password: &Secret) {
        self.come(device, password, NOW_AND_THEN).await;
    }

    async fn come(&self, device: Device<'_>, password: &Secret, every: Duration) {
        loop {
            self.clock.sleep(every).await;
            // What becomes of it the pages show.
            drop(self.check(device, password).await);
        }
    }

    /// One that takes each password that is typed, and comes with the last that was right until another is typed.
    pub async fn come_with_what_is_typed(&self, mut lines: UnboundedReceiver<String>) {
        let mut kept: Option<(String, Secret, String)> = None;
        let mut open = true;
        loop {
            tokio::select! {
                line = lines.recv(), if open => match line.as_deref().map(read) {
                    Some(Some((login, password))) => kept = Some((login, password, String::new())),
                    Some(None) => {}
                    None => open = false,
                },
                () = self.clock.sleep(OFTEN) => {}
            }

            let Some((login, password, said)) = &mut kept else { continue };
            let device = Device { login, client: THUNDERBIRD, ip: TYPED_FROM };
            let Ok(found) = self.check(device, password).await else { continue };
            let now = outcome(&found);
            if now != *said {
                say(&format!("{THUNDERBIRD} asks for mail of {login}: {now}"));
            }

            let never_right = said.is_empty() && !matches!(found, CheckOutcome::Accept(_));
            *said = now;
            if never_right {
                kept = None;
            }
        }
    }
}

/// What becomes of a check, in a word and its reason.
pub fn outcome(of: &CheckOutcome) -> String {
    match of {
        CheckOutcome::Accept(_) => "ACCEPT".into(),
        CheckOutcome::Reject(reason) => format!("REJECT ({})", reason.name()),
        CheckOutcome::Defer => "DEFER".into(),
        CheckOutcome::Unavailable => "UNAVAILABLE".into(),
    }
}

/// Login and password of a line: the password alone is Bob's.
fn read(line: &str) -> Option<(String, Secret)> {
    let line = line.trim();
    let (login, password) = match line.split_once(' ') {
        Some((login, password)) if login.contains('@') => (login, password.trim()),
        _ => (USUAL, line),
    };
    (!password.is_empty()).then(|| (login.to_owned(), Secret::new(password.to_owned())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_password_of_bob_or_of_whom_it_names() {
        let read = |line| read(line).map(|(login, password)| (login, password.expose().to_owned()));
        let is = |login: &str, password: &str| Some((login.to_owned(), password.to_owned()));
        assert_eq!(read(" abcde-fghij\n"), is(USUAL, "abcde-fghij"));
        assert_eq!(read("abcde fghij"), is(USUAL, "abcde fghij"));
        assert_eq!(read("alice@example.org  abcde"), is("alice@example.org", "abcde"));
        assert_eq!((read("\n"), read("  ")), (None, None));
    }
}

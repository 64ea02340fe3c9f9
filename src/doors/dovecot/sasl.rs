//! The mechanisms: PLAIN (RFC 4616) and LOGIN, from what a mail client says to a login and a password.
//!
//! ```text
//!   PLAIN   [authorize-as] NUL login NUL password       at once, or after an empty challenge
//!   LOGIN   "Username:" login "Password:" password      the login may come at once
//! ```

use super::line::Message;
use crate::domain::login::Login;

const USERNAME: &[u8] = b"Username:";
const PASSWORD: &[u8] = b"Password:";

/// A mechanism, and how far a mail client has come with it.
#[derive(Debug)]
pub enum Exchange {
    /// PLAIN, of which the one message is missing.
    Plain,
    /// LOGIN, of which nothing has come.
    Login,
    /// LOGIN, of which the password is missing.
    LoginAs(Vec<u8>),
}

/// What comes of a message.
#[derive(Debug)]
pub enum Turn {
    /// Say this to the mail client, and wait for its next message.
    Challenge(&'static [u8], Exchange),
    /// This is who it is, and how it proves it.
    Credentials(Credentials),
    /// Not as the mechanism wants it, or in somebody else's name. The login, if there was one.
    Refuse(Vec<u8>),
}

/// A login and a password, as their bytes came.
#[derive(Debug, PartialEq, Eq)]
pub struct Credentials {
    /// The login as it was typed; it need not be UTF-8.
    pub login: Vec<u8>,
    /// The password as it was typed; wiped when dropped.
    pub password: Message,
}

impl Exchange {
    /// The mechanism of this name, in upper case.
    pub fn of(mechanism: &str) -> Option<Self> {
        match mechanism {
            "PLAIN" => Some(Self::Plain),
            "LOGIN" => Some(Self::Login),
            _ => None,
        }
    }

    /// Begins, with the message that came with the mechanism's name, if one did.
    pub fn begin(self, initial: Option<Message>) -> Turn {
        match (self, initial) {
            (Self::Plain, None) => Turn::Challenge(b"", Self::Plain),
            // Without a name, LOGIN has to prompt for it.
            (Self::Login, None) => Turn::Challenge(USERNAME, Self::Login),
            (Self::Login, Some(name)) if name.is_empty() => Turn::Challenge(USERNAME, Self::Login),
            (exchange, Some(message)) => exchange.next(message),
            (exchange @ Self::LoginAs(_), None) => Turn::Challenge(PASSWORD, exchange),
        }
    }

    /// Goes on with the next message.
    pub fn next(self, message: Message) -> Turn {
        match self {
            Self::Plain => plain(&message),
            Self::Login => Turn::Challenge(PASSWORD, Self::LoginAs(message.to_vec())),
            Self::LoginAs(login) => Turn::Credentials(Credentials { login, password: message }),
        }
    }
}

/// Nobody may act in the name of somebody else.
fn plain(message: &[u8]) -> Turn {
    let mut parts = message.split(|byte| *byte == 0);
    let (Some(other), Some(login), Some(password), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Turn::Refuse(Vec::new());
    };

    if !other.is_empty() && !is_same(other, login) {
        return Turn::Refuse(login.to_vec());
    }

    Turn::Credentials(Credentials { login: login.to_vec(), password: Message::new(password.to_vec()) })
}

fn is_same(one: &[u8], other: &[u8]) -> bool {
    let form = |login| std::str::from_utf8(login).map(Login::presented);
    let same_form = |one: String, other: String| !one.is_empty() && one == other;
    one == other || form(one).is_ok_and(|one| form(other).is_ok_and(|other| same_form(one, other)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn said(text: &[u8]) -> Message {
        Message::new(text.to_vec())
    }

    /// The login and the password at which an exchange arrives.
    #[track_caller]
    fn arrives(turn: Turn) -> (Vec<u8>, Vec<u8>) {
        match turn {
            Turn::Credentials(Credentials { login, password }) => (login, password.to_vec()),
            other => panic!("{other:?}"),
        }
    }

    #[track_caller]
    fn goes_on(turn: Turn, expected: &[u8]) -> Exchange {
        match turn {
            Turn::Challenge(challenge, exchange) if challenge == expected => exchange,
            other => panic!("{other:?}"),
        }
    }

    fn pair(login: &str, password: &str) -> (Vec<u8>, Vec<u8>) {
        (login.into(), password.into())
    }

    #[test]
    fn plain_comes_at_once_or_after_an_empty_challenge() {
        assert_eq!(arrives(Exchange::Plain.begin(Some(said(b"\0a\0b")))), pair("a", "b"));
        let waiting = goes_on(Exchange::Plain.begin(None), b"");
        assert_eq!(arrives(waiting.next(said(b"a\0A\0"))), pair("A", ""));
    }

    #[test]
    fn plain_in_another_name_or_another_form_is_refused() {
        for (message, login) in [
            (&b"b\0a\0secret"[..], "a"),
            (b"", ""),
            (b"a", ""),
            (b"a\0secret", ""),
            (b"\0a\0secret\0", ""),
            (b"\0a\0b\0c", ""),
        ] {
            let turn = Exchange::Plain.begin(Some(said(message)));
            assert!(matches!(&turn, Turn::Refuse(of) if of == login.as_bytes()), "{turn:?}");
        }
    }

    #[test]
    fn login_asks_for_what_it_has_not_been_told() {
        let named = goes_on(Exchange::Login.begin(None), USERNAME).next(said(b"a"));
        assert_eq!(arrives(goes_on(named, PASSWORD).next(said(b"b c"))), pair("a", "b c"));
        let at_once = goes_on(Exchange::Login.begin(Some(said(b"a"))), PASSWORD);
        assert_eq!(arrives(at_once.next(said(b"b"))), pair("a", "b"));
        let nameless = goes_on(Exchange::Login.begin(Some(said(b""))), USERNAME).next(said(b""));
        assert_eq!(arrives(goes_on(nameless, PASSWORD).next(said(b""))), pair("", ""));
    }

    #[test]
    fn no_other_mechanism_is_known() {
        for name in ["", "plain", "CRAM-MD5", "XOAUTH2", "EXTERNAL"] {
            assert!(Exchange::of(name).is_none(), "{name}");
        }
    }

    proptest! {
        #[test]
        fn plain_keeps_every_byte(login in vec_without_nul(), password in vec_without_nul()) {
            let message = [b"\0", login.as_slice(), b"\0", password.as_slice()].concat();
            let Turn::Credentials(found) = Exchange::Plain.begin(Some(Message::new(message))) else { panic!() };
            prop_assert_eq!((found.login, found.password.to_vec()), (login, password));
        }

        #[test]
        fn no_messages_make_an_exchange_fail(name in "PLAIN|LOGIN", messages: Vec<Vec<u8>>) {
            let mut turn = Exchange::of(&name).unwrap().begin(None);
            for message in messages {
                let Turn::Challenge(_, exchange) = turn else { break };
                turn = exchange.next(Message::new(message));
            }
        }
    }

    fn vec_without_nul() -> impl Strategy<Value = Vec<u8>> {
        proptest::collection::vec(1..=255u8, 0..40)
    }
}

//! Lines of Dovecot's authentication protocol 1.2, what mail servers send and what is sent back.
//!
//! ```text
//!   VERSION 1 0                                      words are separated by tabs; a tab, a line feed, a carriage
//!   CPID 9400                                        return, a NUL or the escape itself inside a word is written
//!   AUTH 1 PLAIN service=smtp rip=192.0.2.7 resp=…   with 0x01 before it
//!   CONT 1 …
//!   CANCEL 1
//! ```

use std::fmt;
use std::ops::Deref;

use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use base64::{Engine as _, alphabet};
use zeroize::Zeroizing;

use crate::domain::network::ClientAddress;

/// Longest line, in bytes, without its end.
pub const MAX_LINE: usize = 16_384;

const ESCAPE: u8 = 1;

/// Bytes of a message between mail client and mechanism. They may contain a password: never printed, wiped when
/// dropped.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Message(Zeroizing<Vec<u8>>);

impl Message {
    /// Takes the bytes in.
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(Zeroizing::new(bytes))
    }
}

impl Deref for Message {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Message")
    }
}

/// A line that a mail server sends.
#[derive(Debug, PartialEq, Eq)]
pub enum Line {
    /// The protocol that it speaks.
    Version {
        /// The major version; another than ours ends the connection.
        major: u32,
        /// The minor version, which decides how a temporary failure is answered.
        minor: u32,
    },
    /// The number of its process, which says nothing.
    Cpid,
    /// A mail client begins to authenticate.
    Auth(Auth),
    /// A mail client goes on with its exchange.
    Cont {
        /// The number of the request.
        id: u32,
        /// The next message of the mail client.
        message: Given,
    },
    /// The mail client has given up.
    Cancel {
        /// The number of the request.
        id: u32,
    },
}

/// A request for authentication (AUTH): the head of an exchange.
#[derive(Debug, PartialEq, Eq)]
pub struct Auth {
    /// Its number, to which its answers refer.
    pub id: u32,
    /// The mechanism, in upper case.
    pub mechanism: String,
    /// What the mail client speaks.
    pub service: Option<String>,
    /// Where the mail client is.
    pub client_address: ClientAddress,
    /// What it said together with the name of the mechanism, if it did.
    pub initial: Option<Given>,
}

/// A message as it was given: in base64.
#[derive(Debug, PartialEq, Eq)]
pub enum Given {
    /// Nothing stood there. What that means depends on who says it.
    Nothing,
    /// The message that stood there, decoded.
    Message(Message),
    /// What stood there is no base64.
    Garbled,
}

/// Not a line of this protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed;

impl Line {
    /// Reads a line, without its end. Parameters that nobody knows are passed over.
    pub fn parse(line: &[u8]) -> Result<Self, Malformed> {
        let mut words = line.split(|byte| *byte == b'\t');

        match words.next().unwrap_or_default() {
            b"VERSION" => Ok(Self::Version { major: number(words.next())?, minor: number(words.next())? }),
            b"CPID" => Ok(Self::Cpid),
            b"AUTH" => {
                let (id, mechanism) = (number(words.next())?, words.next().ok_or(Malformed)?);
                auth(id, mechanism, words).map(Self::Auth)
            }
            b"CONT" => {
                let (id, message) = (number(words.next())?, words.next().ok_or(Malformed)?);
                if words.next().is_some() {
                    return Err(Malformed);
                }
                Ok(Self::Cont { id, message: given(message) })
            }
            b"CANCEL" => Ok(Self::Cancel { id: number(words.next())? }),
            _ => Err(Malformed),
        }
    }
}

fn auth<'a>(id: u32, mechanism: &[u8], words: impl Iterator<Item = &'a [u8]>) -> Result<Auth, Malformed> {
    let mechanism = text(mechanism).to_ascii_uppercase();

    let mut auth =
        Auth { id, mechanism, service: None, client_address: ClientAddress::NotGiven, initial: None };

    for word in words {
        // Whatever follows may come from the mail client: nothing does.
        if auth.initial.is_some() {
            return Err(Malformed);
        }

        let (name, value) = split(word);
        match name {
            b"service" => auth.service = Some(text(value)),
            b"rip" => auth.client_address = ClientAddress::read(Some(&text(value))),
            b"resp" if word.contains(&b'=') => auth.initial = Some(given(value)),
            _ => {}
        }
    }
    Ok(auth)
}

fn split(word: &[u8]) -> (&[u8], &[u8]) {
    let mut parts = word.splitn(2, |byte| *byte == b'=');
    (parts.next().unwrap_or_default(), parts.next().unwrap_or_default())
}

fn number(word: Option<&[u8]>) -> Result<u32, Malformed> {
    let digits = word.filter(|word| word.iter().all(u8::is_ascii_digit)).ok_or(Malformed)?;
    std::str::from_utf8(digits).ok().and_then(|digits| digits.parse().ok()).ok_or(Malformed)
}

fn text(word: &[u8]) -> String {
    String::from_utf8_lossy(&unescape(word)).into_owned()
}

/// Base64 as mail clients write it: with or without padding.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

fn given(word: &[u8]) -> Given {
    match word {
        b"" => Given::Nothing,
        // How SMTP writes an empty message (RFC 4954 section 4).
        b"=" => Given::Message(Message::default()),
        word => {
            // As long as it can become at most, so that no copy is left behind.
            let mut bytes = Zeroizing::new(vec![0; base64::decoded_len_estimate(word.len())]);
            match BASE64.decode_slice(word, &mut bytes) {
                Ok(length) => {
                    bytes.truncate(length);
                    Given::Message(Message(bytes))
                }
                Err(_) => Given::Garbled,
            }
        }
    }
}

/// Undoes the escapes of a word.
pub fn unescape(word: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(word.len());

    let mut bytes = word.iter();
    while let Some(byte) = bytes.next() {
        plain.push(match (*byte, byte) {
            (ESCAPE, _) => match bytes.next() {
                Some(b'0') => 0,
                Some(b'1') => ESCAPE,
                Some(b't') => b'\t',
                Some(b'r') => b'\r',
                Some(b'n') => b'\n',
                Some(other) => *other,
                None => break,
            },
            (byte, _) => byte,
        });
    }
    plain
}

/// Writes bytes so that they are one word.
pub fn escape(bytes: &[u8], line: &mut Vec<u8>) {
    for byte in bytes {
        match *byte {
            0 => line.extend([ESCAPE, b'0']),
            ESCAPE => line.extend([ESCAPE, b'1']),
            b'\t' => line.extend([ESCAPE, b't']),
            b'\r' => line.extend([ESCAPE, b'r']),
            b'\n' => line.extend([ESCAPE, b'n']),
            byte => line.push(byte),
        }
    }
}

/// The answer that a mail server gets to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reply<'a> {
    /// The mail client is to go on; this is said to it.
    Cont(&'a [u8]),
    /// It is in, as this login.
    Ok(&'a str),
    /// It is not in.
    Fail {
        /// The login that it gave.
        login: &'a [u8],
        /// Why, for servers that understand it.
        code: Option<&'static str>,
    },
}

/// A line about the request of this number.
pub fn write(id: u32, reply: Reply<'_>) -> Vec<u8> {
    let mut line = Vec::new();
    let mut begin = |word: &str| line.extend(format!("{word}\t{id}").into_bytes());

    match reply {
        Reply::Cont(message) => {
            begin("CONT");
            line.push(b'\t');
            line.extend(BASE64.encode(message).into_bytes());
        }
        Reply::Ok(login) => {
            begin("OK");
            line.extend(b"\tuser=");
            escape(login.as_bytes(), &mut line);
        }
        Reply::Fail { login, code } => {
            begin("FAIL");
            if !login.is_empty() {
                line.extend(b"\tuser=");
                escape(login, &mut line);
            }
            if let Some(code) = code {
                line.extend(b"\tcode=");
                line.extend(code.as_bytes());
            }
        }
    }

    line.push(b'\n');
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn auth(line: &str) -> Auth {
        match Line::parse(line.as_bytes()).unwrap() {
            Line::Auth(auth) => auth,
            other => panic!("{other:?}"),
        }
    }

    fn message(text: &str) -> Given {
        Given::Message(Message::new(text.into()))
    }

    #[test]
    fn requests_of_postfix_exim_and_dovecot_are_read() {
        let postfix = auth(
            "AUTH\t1\tPLAIN\tservice=smtp\tnologin\tlip=127.0.0.1\trip=192.0.2.7\tsecured\tresp=AGEAYg==",
        );

        let expected = Auth {
            id: 1,
            mechanism: "PLAIN".into(),
            service: Some("smtp".into()),
            client_address: ClientAddress::Known("192.0.2.7".parse().unwrap()),
            initial: Some(message("\0a\0b")),
        };

        assert_eq!(postfix, expected);
        let exim = auth("AUTH\t4294967295\tlogin\tservice=smtp\trip=2001:db8::1\tlip=::1\tnologin\tresp=");
        assert_eq!((exim.id, exim.mechanism.as_str()), (u32::MAX, "LOGIN"));
        assert_eq!(exim.initial, Some(Given::Nothing));

        let dovecot = auth("AUTH\t7\tPLAIN\tservice=imap\tsecured=tls\tsession=a\x01tb\tx\t\trport=1");
        assert_eq!((dovecot.service.as_deref(), dovecot.initial), (Some("imap"), None));
        assert_eq!(auth("AUTH\t1\tPLAIN\tservice=\x01s\x01m\tp").service.as_deref(), Some("sm"));
    }

    #[test]
    fn an_empty_message_is_an_equals_sign_and_padding_is_the_senders_choice() {
        assert_eq!(auth("AUTH\t1\tPLAIN\tresp==").initial, Some(message("")));
        assert_eq!(auth("AUTH\t1\tPLAIN\tresp=YQ").initial, Some(message("a")));
        assert_eq!(auth("AUTH\t1\tPLAIN\tresp=YQ==").initial, Some(message("a")));

        for garbled in ["Y", "%%%%", "YQ= =", "===="] {
            assert_eq!(
                auth(&format!("AUTH\t1\tPLAIN\tresp={garbled}")).initial,
                Some(Given::Garbled),
                "{garbled}"
            );
        }
    }

    #[test]
    fn what_follows_a_response_or_is_no_line_is_malformed() {
        for line in [
            "",
            "\t",
            "HELO",
            "AUTH",
            "AUTH\t1",
            "AUTH\tx\tPLAIN",
            "AUTH\t-1\tPLAIN",
            "AUTH\t+1\tPLAIN",
            "AUTH\t4294967296\tPLAIN",
            "AUTH\t1\tPLAIN\tresp=YQ==\tservice=smtp",
            "AUTH\t1\tPLAIN\tresp=\t",
            "CONT\t1",
            "CONT\t\tYQ==",
            "CONT\t1\tYQ==\tYQ==",
            "CANCEL",
            "VERSION\t1",
            "VERSION\tone\t1",
            "GET / HTTP/1.1\r",
        ] {
            assert_eq!(Line::parse(line.as_bytes()), Err(Malformed), "{line:?}");
        }
        assert_eq!(Line::parse(b"VERSION\t1\t2\tx"), Ok(Line::Version { major: 1, minor: 2 }));
    }

    #[test]
    fn replies_are_lines() {
        assert_eq!(write(1, Reply::Cont(b"")), b"CONT\t1\t\n");
        assert_eq!(write(2, Reply::Cont(b"Username:")), b"CONT\t2\tVXNlcm5hbWU6\n");
        assert_eq!(write(3, Reply::Ok("a@example.org")), b"OK\t3\tuser=a@example.org\n");
        let fail = |login, code| write(4, Reply::Fail { login, code });
        assert_eq!(fail(b"a\tb\nc\r\0\x01", None), b"FAIL\t4\tuser=a\x01tb\x01nc\x01r\x010\x011\n");
        assert_eq!(fail(b"", None), b"FAIL\t4\n");
        assert_eq!(fail(b"a", Some("temp_fail")), b"FAIL\t4\tuser=a\tcode=temp_fail\n");
    }

    proptest! {
        #[test]
        fn what_is_escaped_is_one_word_and_comes_back(bytes: Vec<u8>) {
            let mut word = Vec::new();
            escape(&bytes, &mut word);
            prop_assert!(!word.iter().any(|byte| b"\t\r\n\0".contains(byte)));
            prop_assert_eq!(unescape(&word), bytes);
        }

        #[test]
        fn no_bytes_make_the_reader_fail(bytes: Vec<u8>) {
            drop(Line::parse(&bytes));
            drop(unescape(&bytes));
        }

        #[test]
        fn a_request_survives_whatever_stands_in_its_words(id: u32, service in "[^\u{0}]{0,20}", message: Vec<u8>) {
            let mut line = format!("AUTH\t{id}\tPLAIN\tservice=").into_bytes();
            escape(service.as_bytes(), &mut line);
            line.extend(format!("\tresp={}", BASE64.encode(&message)).into_bytes());

            let Ok(Line::Auth(auth)) = Line::parse(&line) else { panic!() };
            prop_assert_eq!((auth.id, auth.service), (id, Some(service)));

            let expected =
                if message.is_empty() { Given::Nothing } else { Given::Message(Message::new(message)) };
            prop_assert_eq!(auth.initial, Some(expected));
        }
    }
}

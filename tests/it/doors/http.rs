//! The doors that are asked over HTTP, as bytes: what nginx, Dovecot and Exim send is not what a polite client sends.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::time::Duration;

use super::doors;
use crate::support::{Installation, TestApp};

/// Each of them, and the settings that its tests need.
pub const SECTIONS: &str = "\
[oauth2]
listen = \"127.0.0.1:0\"
[nginx_mail]
listen = \"127.0.0.1:0\"
[[nginx_mail.routes]]
protocol = \"imap\"
server = \"127.0.0.1\"
port = 10143
[[nginx_mail.routes]]
protocol = \"pop3\"
server = \"127.0.0.1\"
port = 10110
[[nginx_mail.routes]]
protocol = \"smtp\"
server = \"127.0.0.1\"
port = 10025
[forward_auth]
listen = \"127.0.0.1:0\"
";

/// An application with these doors open.
pub fn installed(sections: &str) -> (TestApp, Installation) {
    TestApp::installed_with(doors(sections))
}

/// An answer.
#[derive(Debug, PartialEq, Eq)]
pub struct Reply {
    /// Status.
    pub status: u16,
    /// The head as it came, its first line included.
    pub head: String,
    /// What follows.
    pub body: String,
}

impl Reply {
    /// A header; names are looked for in any case, as nginx does it.
    pub fn header(&self, name: &str) -> Option<&str> {
        let pairs = self.head.lines().filter_map(|line| line.split_once(": "));
        pairs.into_iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// Its bytes, without what differs from answer to answer.
    pub fn bytes(&self) -> String {
        let mut lines: Vec<&str> =
            self.head.lines().filter(|line| !line.to_lowercase().starts_with("date:")).collect();
        // The HTTP library shuffles the headers of each answer.
        lines[1..].sort_unstable();
        format!("{}\n\n{}", lines.join("\n"), self.body)
    }
}

/// Sends this to a door of this application, and reads until it closes the connection.
#[track_caller]
pub fn exchange(app: &TestApp, door: &str, request: &[u8]) -> Reply {
    send(app.door(door), request)
}

/// Sends this to `127.0.0.1:port` or `unix:/path`, and reads until the connection is closed.
#[track_caller]
pub fn send(address: &str, request: &[u8]) -> Reply {
    let answer = if let Some(path) = address.strip_prefix("unix:") {
        let stream = UnixStream::connect(path).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        talk(stream, request)
    } else {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        talk(stream, request)
    };
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {answer:?}"));
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    Reply { status, head: head.to_owned(), body: body.to_owned() }
}

fn talk(mut stream: impl Read + Write, request: &[u8]) -> String {
    stream.write_all(request).unwrap();
    let mut bytes = Vec::new();
    drop(stream.read_to_end(&mut bytes));
    String::from_utf8_lossy(&bytes).into_owned()
}

/// What a mail server asks about, the same for every door.
#[derive(Clone, Copy, Debug)]
pub struct Ask<'a> {
    pub login: &'a [u8],
    pub password: &'a [u8],
    pub protocol: &'a str,
    pub ip: &'a str,
    /// The service key, if one is sent.
    pub key: Option<&'a str>,
}

impl<'a> Ask<'a> {
    /// About IMAP, for a mail client at 192.0.2.7.
    pub fn new(login: &'a str, password: &'a str) -> Self {
        Self {
            login: login.as_bytes(),
            password: password.as_bytes(),
            protocol: "imap",
            ip: "192.0.2.7",
            key: None,
        }
    }

    /// As Dovecot asks through `oauth2`, with a scope or without.
    pub fn grant(&self, scope: Option<&str>) -> Vec<u8> {
        let escaped = |bytes| form_urlencoded::byte_serialize(bytes).collect::<String>();
        let mut form = format!(
            "grant_type=password&username={}&password={}&client_id=dovecot",
            escaped(self.login),
            escaped(self.password)
        );
        form.extend(self.key.map(|key| format!("&client_secret={key}")));
        form.extend(scope.map(|scope| format!("&scope={scope}")));
        let Self { protocol, ip, .. } = self;
        let ip = if ip.contains(':') { format!("[{ip}]") } else { (*ip).to_owned() };
        format!(
            "POST /oauth2/grant HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\
             X-Dovecot-Auth-Service: {protocol}\r\nX-Dovecot-Auth-Remote: {ip}:41182\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
            form.len()
        )
        .into_bytes()
    }

    /// As nginx asks through `nginx_mail`, at this attempt of its mail client.
    pub fn auth_http(&self, attempt: u32) -> Vec<u8> {
        let escaped = |bytes: &[u8]| {
            let escape = |byte: &u8| match byte {
                0..=b' ' | b'%' => format!("%{byte:02X}").into_bytes(),
                byte => vec![*byte],
            };
            bytes.iter().flat_map(escape).collect::<Vec<u8>>()
        };
        let key = self.key.map(|key| format!("X-Clientpass-Key: {key}\r\n")).unwrap_or_default();
        let Self { protocol, ip, .. } = self;
        let rest = format!(
            "\r\nAuth-Protocol: {protocol}\r\nAuth-Login-Attempt: {attempt}\r\nClient-IP: {ip}\r\n{key}\r\n"
        );
        let parts: [&[u8]; 5] = [
            b"GET /auth HTTP/1.0\r\nHost: 127.0.0.1\r\nAuth-Method: plain\r\nAuth-User: ",
            &escaped(self.login),
            b"\r\nAuth-Pass: ",
            &escaped(self.password),
            rest.as_bytes(),
        ];
        parts.concat()
    }

    /// As a reverse proxy asks through `forward_auth`.
    pub fn forwarded(&self) -> Vec<u8> {
        use base64::prelude::{BASE64_STANDARD, Engine as _};
        let credentials = BASE64_STANDARD.encode([self.login, b":", self.password].concat());
        let key = self.key.map(|key| format!("X-Clientpass-Key: {key}\r\n")).unwrap_or_default();
        let Self { protocol, ip, .. } = self;
        format!(
            "PROPFIND /dav/?x=1 HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nX-Real-IP: {ip}\r\n\
             X-Clientpass-Protocol: {protocol}\r\n{key}Authorization: Basic {credentials}\r\n\r\n"
        )
        .into_bytes()
    }
}

/// A question through one of the doors.
pub type Through = (&'static str, for<'a, 'b> fn(&'a Ask<'b>) -> Vec<u8>);

/// Every way to ask over HTTP where there is no next source.
pub const EVERY_WAY: [Through; 3] = [
    ("oauth2", |ask| ask.grant(None)),
    ("nginx_mail", |ask| ask.auth_http(1)),
    ("forward_auth", |ask| ask.forwarded()),
];

/// What a mail server makes of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    In,
    Wrong,
    Later,
}

/// What whoever asked makes of this answer.
#[track_caller]
pub fn heard(door: &str, reply: &Reply) -> Heard {
    let body: serde_json::Value = serde_json::from_str(&reply.body).unwrap_or_default();
    match (door, reply.status) {
        ("oauth2", 200) if body["active"] == "true" && body["scope"] != "" => Heard::In,
        ("oauth2", 200) => Heard::Wrong,
        // Without `invalid_grant`, which Dovecot 2.3 takes for a wrong password and 2.4 does not.
        ("oauth2", _) if body["error"].is_string() && body["error"] != "invalid_grant" => Heard::Later,
        ("nginx_mail", 200) => match reply.header("Auth-Status").expect("nothing that nginx understands") {
            "OK" => Heard::In,
            "[AUTHENTICATIONFAILED] Authentication failed."
            | "[AUTH] Authentication failed."
            | "Authentication failed." => Heard::Wrong,
            _ => Heard::Later,
        },
        ("forward_auth", 200) => Heard::In,
        ("forward_auth", 401) => Heard::Wrong,
        ("forward_auth", 503) => Heard::Later,
        _ => panic!("{door} says what nobody understands: {reply:?}"),
    }
}

/// Asks through a door; what was heard.
#[track_caller]
pub fn told(app: &TestApp, (door, written): Through, ask: &Ask) -> Heard {
    heard(door, &exchange(app, door, &written(ask)))
}

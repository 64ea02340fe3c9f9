//! A client of `WebDAV` and the like, and an application behind a proxy, which says what it was told.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use base64::prelude::{BASE64_STANDARD, Engine as _};

use super::actors::Installation;
use super::clientpass::Clientpass;
use super::mail_client::Told;
use super::server::Server;

/// What came back.
pub struct Got {
    /// The status.
    pub status: u16,
    /// `X-Seen`, by which an application says what it was told.
    pub seen: Option<String>,
    /// `WWW-Authenticate`.
    pub challenge: Option<String>,
    /// `Retry-After`.
    pub retry_after: Option<String>,
    /// `Location`.
    pub location: Option<String>,
    /// The body.
    pub body: String,
}

/// One request on a connection of its own.
///
/// # Panics
///
/// Where nothing is answered.
pub fn get(
    port: u16,
    method: &str,
    path: &str,
    credentials: Option<(&str, &[u8])>,
    headers: &[(&str, &str)],
    body: &str,
) -> Got {
    let config = ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0);
    let config = config.max_redirects_will_error(false).allow_non_standard_methods(true);
    let agent: ureq::Agent = config.build().into();
    let mut request =
        ureq::http::Request::builder().method(method).uri(format!("http://127.0.0.1:{port}{path}"));
    if let Some((login, password)) = credentials {
        let pair = BASE64_STANDARD.encode([login.as_bytes(), b":", password].concat());
        request = request.header("Authorization", format!("Basic {pair}"));
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let answer = if body.is_empty() {
        agent.run(request.body(()).unwrap())
    } else {
        agent.run(request.body(body.to_owned()).unwrap())
    };
    let mut answer = answer.unwrap();
    let header = |name: &str| answer.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
    let (seen, challenge) = (header("x-seen"), header("www-authenticate"));
    let (retry_after, location) = (header("retry-after"), header("location"));
    let body = answer.body_mut().read_to_string().unwrap();
    Got { status: answer.status().as_u16(), seen, challenge, retry_after, location, body }
}

/// What a client makes of it.
///
/// # Panics
///
/// Where it is neither the page, nor a refusal, nor a temporary failure.
#[track_caller]
pub fn told(got: &Got) -> Told {
    match got.status {
        200 => {
            assert_eq!(got.body, "the page");
            Told::In
        }
        401 => {
            assert_eq!(got.challenge.as_deref(), Some("Basic realm=\"clientpass\", charset=\"UTF-8\""));
            Told::WrongPassword
        }
        503 => {
            assert_eq!((got.retry_after.as_deref(), &got.challenge), (Some("5"), &None));
            Told::Later
        }
        other => panic!("{other}: {}", got.body),
    }
}

/// Whether this web server at this port, which asks for `WebDAV` under `/dav/` and for `CalDAV` under `/cal/`, tells right from
/// wrong and from later.
///
/// # Panics
///
/// Where it does not.
pub fn tells_right_from_wrong_and_from_later(
    name: &str,
    front: u16,
    clientpass: &mut Clientpass,
    at: &Installation,
) {
    let log_in = move |protocol: &str, login: &str, password: &[u8]| {
        let path = if protocol == "caldav" { "/cal/page" } else { "/dav/page" };
        told(&get(front, "GET", path, Some((login, password)), &[], ""))
    };
    let server = Server::new(name, &["webdav", "caldav"], &log_in);
    server.holds(clientpass, at, 1_000);
    server.odd_passwords(at, &[], 1_100);
}

/// An application: it says "the page" to everything, and remembers what it was asked.
pub struct Application {
    /// Where it listens.
    pub port: u16,
    asked: Arc<Mutex<Vec<Asked>>>,
}

/// A request that reached an application.
#[derive(Clone)]
pub struct Asked {
    /// The first line and the headers, in lower case.
    pub head: String,
    /// The length of its body.
    pub length: usize,
}

impl Asked {
    /// The values of a header, whose name is in lower case.
    pub fn header(&self, name: &str) -> Vec<&str> {
        let pairs = self.head.lines().filter_map(|line| line.split_once(':'));
        pairs.filter(|(of, _)| *of == name).map(|(_, value)| value.trim()).collect()
    }
}

impl Application {
    /// Starts one on a free port; it goes with the test's process.
    ///
    /// # Panics
    ///
    /// Where it cannot listen.
    pub fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked: Arc<Mutex<Vec<Asked>>> = Arc::default();
        let remember = Arc::clone(&asked);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let remember = Arc::clone(&remember);
                // Who hangs up has nothing more to say.
                std::thread::spawn(move || drop(answer_one(stream, &remember)));
            }
        });
        Self { port, asked }
    }

    /// All requests that have reached it.
    ///
    /// # Panics
    ///
    /// Where a connection has broken down.
    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

fn answer_one(stream: TcpStream, remember: &Mutex<Vec<Asked>>) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    let mut head = String::new();
    while stream.read_line(&mut head)? > 2 {}

    let head = head.to_lowercase();
    let said = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    let mut body = vec![0; said.and_then(|length| length.parse().ok()).unwrap_or(0)];
    stream.read_exact(&mut body)?;
    remember.lock().unwrap().push(Asked { head, length: body.len() });

    let answer = "HTTP/1.1 200 OK\r\nContent-Length: 8\r\nConnection: close\r\n\r\nthe page";
    stream.get_mut().write_all(answer.as_bytes())
}

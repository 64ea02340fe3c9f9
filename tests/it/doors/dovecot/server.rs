//! A mail server that asks through Dovecot's protocol, byte by byte.

use std::io::{BufRead as _, BufReader, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use crate::support::TestApp;

const PATIENCE: Option<Duration> = Some(Duration::from_secs(20));

enum Socket {
    Tcp(TcpStream),
    Unix(UnixStream),
}

impl Read for Socket {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        match self {
            Self::Tcp(stream) => stream.read(into),
            Self::Unix(stream) => stream.read(into),
        }
    }
}

/// A connection to the door.
pub struct MailServer {
    socket: BufReader<Socket>,
}

/// A text in base64.
pub fn base64(text: impl AsRef<[u8]>) -> String {
    BASE64_STANDARD.encode(text)
}

/// A message of PLAIN in base64.
pub fn plain(login: &str, password: &str) -> String {
    base64(format!("\0{login}\0{password}"))
}

impl MailServer {
    /// Connects, and says nothing.
    #[track_caller]
    pub fn connected(app: &TestApp) -> Self {
        let address = app.door("dovecot");
        let socket = if let Some(path) = address.strip_prefix("unix:") {
            let stream = UnixStream::connect(path).unwrap();
            stream.set_read_timeout(PATIENCE).unwrap();
            Socket::Unix(stream)
        } else {
            let stream = TcpStream::connect(address.replace("0.0.0.0", "127.0.0.1")).unwrap();
            stream.set_read_timeout(PATIENCE).unwrap();
            Socket::Tcp(stream)
        };
        Self { socket: BufReader::new(socket) }
    }

    /// Connects, is greeted and says what Postfix and Exim say: minor version 0.
    #[track_caller]
    pub fn greeted(app: &TestApp) -> Self {
        Self::of_minor(app, 0)
    }

    /// The same with another minor version.
    #[track_caller]
    pub fn of_minor(app: &TestApp, minor: u32) -> Self {
        let mut server = Self::connected(app);
        server.greeting();
        server.says(format!("VERSION\t1\t{minor}\nCPID\t9400\n"));
        server
    }

    /// The lines of the greeting.
    #[track_caller]
    pub fn greeting(&mut self) -> Vec<String> {
        let mut lines = Vec::new();
        while lines.last().is_none_or(|line| line != "DONE") {
            lines.push(self.hears());
        }
        lines
    }

    /// Sends these bytes.
    #[track_caller]
    pub fn says(&mut self, bytes: impl AsRef<[u8]>) {
        let sent = match self.socket.get_mut() {
            Socket::Tcp(stream) => stream.write_all(bytes.as_ref()),
            Socket::Unix(stream) => stream.write_all(bytes.as_ref()),
        };
        sent.unwrap();
    }

    /// Says that nothing more comes, and goes on listening.
    #[track_caller]
    pub fn ends(&mut self) {
        match self.socket.get_mut() {
            Socket::Tcp(stream) => stream.shutdown(std::net::Shutdown::Write).unwrap(),
            Socket::Unix(stream) => stream.shutdown(std::net::Shutdown::Write).unwrap(),
        }
    }

    /// The next line, without its end.
    #[track_caller]
    pub fn hears(&mut self) -> String {
        let mut line = String::new();
        self.socket.read_line(&mut line).unwrap();
        assert!(line.ends_with('\n'), "closed after {line:?}");
        line.pop();
        line
    }

    /// Fails unless nothing more comes, and the connection is closed.
    #[track_caller]
    pub fn hears_the_end(&mut self) {
        let mut rest = Vec::new();
        match self.socket.read_to_end(&mut rest) {
            Ok(_) => {}
            // What was sent and is not read any more takes the connection with it.
            Err(error) => assert_eq!(error.kind(), ErrorKind::ConnectionReset),
        }
        assert_eq!(String::from_utf8_lossy(&rest), "");
    }

    /// Fails if there is something to hear at this moment.
    #[track_caller]
    pub fn hears_nothing(&mut self) {
        let silent = |silent| match self.socket.get_ref() {
            Socket::Tcp(stream) => stream.set_nonblocking(silent).unwrap(),
            Socket::Unix(stream) => stream.set_nonblocking(silent).unwrap(),
        };
        silent(true);
        let heard = self.socket.fill_buf().map(<[u8]>::to_vec);
        assert_eq!(heard.unwrap_err().kind(), ErrorKind::WouldBlock);
        match self.socket.get_ref() {
            Socket::Tcp(stream) => stream.set_nonblocking(false).unwrap(),
            Socket::Unix(stream) => stream.set_nonblocking(false).unwrap(),
        }
    }

    /// Asks with PLAIN, over SMTP and for a mail client at 192.0.2.7.
    #[track_caller]
    pub fn plain(&mut self, id: u32, login: &str, password: &str) {
        self.plain_over(id, "smtp", login, password);
    }

    /// The same over another protocol.
    #[track_caller]
    pub fn plain_over(&mut self, id: u32, service: &str, login: &str, password: &str) {
        let message = plain(login, password);
        self.says(format!(
            "AUTH\t{id}\tPLAIN\tservice={service}\tnologin\tlip=127.0.0.1\trip=192.0.2.7\tsecured\tresp={message}\n"
        ));
    }

    /// Asks with PLAIN and hears the answer.
    #[track_caller]
    pub fn answer(&mut self, login: &str, password: &str) -> String {
        self.plain(1, login, password);
        self.hears()
    }
}

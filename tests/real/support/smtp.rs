//! A mail server that takes whatever it is given, and remembers what was signed in with.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use base64::prelude::{BASE64_STANDARD, Engine as _};

/// One of them; it goes with the test's process.
pub struct Backend {
    /// Where it listens.
    pub port: u16,
    signed_in: Arc<Mutex<Vec<String>>>,
}

impl Backend {
    /// Starts one on a free port.
    ///
    /// # Panics
    ///
    /// Where it cannot listen.
    pub fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let signed_in: Arc<Mutex<Vec<String>>> = Arc::default();
        let remember = Arc::clone(&signed_in);

        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let remember = Arc::clone(&remember);
                // Who hangs up has nothing more to say.
                std::thread::spawn(move || drop(serve(stream, &remember)));
            }
        });
        Self { port, signed_in }
    }

    /// What came with AUTH PLAIN, so far.
    ///
    /// # Panics
    ///
    /// Where a connection has broken down.
    pub fn signed_in(&self) -> Vec<String> {
        self.signed_in.lock().unwrap().clone()
    }
}

fn serve(stream: TcpStream, remember: &Mutex<Vec<String>>) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    let mut line = String::new();
    stream.get_mut().write_all(b"220 behind.example.org ESMTP\r\n")?;

    while stream.read_line(&mut line)? > 0 {
        let answer = match line.trim_end().split_once("AUTH PLAIN ") {
            Some((_, response)) => {
                let typed = BASE64_STANDARD.decode(response).unwrap_or_default();
                remember.lock().unwrap().push(String::from_utf8_lossy(&typed).into_owned());
                "235 2.7.0 welcome\r\n"
            }
            None if line.starts_with("EHLO") => "250-behind.example.org\r\n250 AUTH PLAIN\r\n",
            None => "250 2.0.0 as you like\r\n",
        };
        stream.get_mut().write_all(answer.as_bytes())?;
        line.clear();
    }
    Ok(())
}

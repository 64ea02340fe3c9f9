//! `clientpass health`, and what the service manager is told.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixDatagram;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use crate::support::clientpass::{Clientpass, Ran};
use crate::support::postgres::{self, Server};
use crate::support::runnable;

const PATIENCE: Duration = Duration::from_secs(20);

fn health(clientpass: &Clientpass, more: &[&str]) -> Ran {
    let listen = clientpass.address().to_string();
    clientpass.run(&[&["--listen", &listen, "health"], more].concat())
}

#[test]
fn a_service_that_answers_is_healthy_and_one_that_is_stopped_is_not() {
    let (mut clientpass, _) = Clientpass::installed();
    assert_eq!(health(&clientpass, &[]).printed, "alive\n");
    assert_eq!(health(&clientpass, &["--ready"]).printed, "ready\n");
    clientpass.stop();
    for more in [&[][..], &["--ready"]] {
        health(&clientpass, more).refused(&[&clientpass.address().to_string(), "refused"]);
    }
}

#[test]
fn a_service_that_speaks_tls_is_asked_over_tls_whatever_its_certificate_says() {
    let (mut clientpass, _) = Clientpass::installed();
    clientpass.stop();
    let made = rcgen::generate_simple_self_signed(["mail.example.org".to_owned()]).unwrap();
    let files = [clientpass.beside("certificate.pem"), clientpass.beside("key.pem")];
    fs::write(&files[0], made.cert.pem()).unwrap();
    fs::write(&files[1], made.signing_key.serialize_pem()).unwrap();
    fs::set_permissions(&files[1], fs::Permissions::from_mode(0o600)).unwrap();

    let [certificate, key] = files.map(|file| file.display().to_string());
    let options = ["--tls-certificate", &certificate, "--tls-key", &key];
    clientpass.with_options(&options);
    clientpass.start();
    assert_eq!(health(&clientpass, &options).printed, "alive\n");
    assert_eq!(health(&clientpass, &[&options[..], &["--ready"]].concat()).printed, "ready\n");
    assert_eq!(health(&clientpass, &[]).code, Some(1), "it does not speak HTTP without TLS");
}

/// The service manager: what it has been told. It listens all the time, for whoever tells it waits until it does.
struct Manager(Receiver<String>);

impl Manager {
    /// Starts the service under a watchdog of a fifth of a second.
    fn start(clientpass: &mut Clientpass) -> Self {
        let socket = clientpass.beside("notify");
        let manager = UnixDatagram::bind(&socket).unwrap();
        let (tell, told) = channel();
        std::thread::spawn(move || {
            let mut message = [0; 256];
            while let Ok(length) = manager.recv(&mut message) {
                let message = String::from_utf8_lossy(&message[..length]).trim().to_owned();
                if tell.send(message).is_err() {
                    return;
                }
            }
        });

        clientpass.stop();
        let socket = socket.display().to_string();
        clientpass.with_environment(&[("NOTIFY_SOCKET", &socket), ("WATCHDOG_USEC", "200000")]);
        clientpass.start();
        Self(told)
    }

    /// Waits until it was told this, so many times, and gives all that it was told meanwhile.
    fn hears(&self, what: &str, times: usize) -> BTreeSet<String> {
        let (mut heard, mut count) = (BTreeSet::new(), 0);
        while count < times {
            let message =
                self.0.recv_timeout(PATIENCE).unwrap_or_else(|why| panic!("{what}: {why}; {heard:?}"));
            count += usize::from(message == what);
            heard.insert(message);
        }
        heard
    }
}

#[test]
fn the_service_manager_is_told_that_it_is_ready_lives_and_stops() {
    let (mut clientpass, _) = Clientpass::installed();
    let manager = Manager::start(&mut clientpass);
    manager.hears("READY=1", 1);
    let heard = manager.hears("WATCHDOG=1", 5);
    assert!(!heard.contains("STOPPING=1"), "{heard:?}");
    clientpass.stop();
    manager.hears("STOPPING=1", 1);
}

#[test]
fn a_database_that_is_away_makes_it_unready_and_neither_unhealthy_nor_restarted() {
    if !runnable(postgres::missing()) {
        return;
    }
    let server = Server::start("");
    let (mut clientpass, _) = Clientpass::installed_on(&server.url("postgres"));
    let manager = Manager::start(&mut clientpass);
    manager.hears("WATCHDOG=1", 2);

    server.crash();
    assert_eq!(health(&clientpass, &[]).printed, "alive\n");
    health(&clientpass, &["--ready"]).refused(&["cannot answer checks"]);
    manager.hears("WATCHDOG=1", 20);

    server.up();
    clientpass.recovers();
    assert_eq!(health(&clientpass, &["--ready"]).printed, "ready\n");
}

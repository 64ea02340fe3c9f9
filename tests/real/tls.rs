//! TLS of the REST API: from PEM files, which SIGHUP reads anew without dropping anybody.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::Arc;
use std::time::Duration;

use rcgen::CertifiedKey;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use crate::support::clientpass::{Clientpass, Ran};
use crate::support::signal;

/// A certificate for `localhost` with its key.
fn certificate() -> CertifiedKey<rcgen::KeyPair> {
    rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap()
}

/// A clientpass and the files that it is told of.
struct Scene {
    clientpass: Clientpass,
}

impl Scene {
    /// Installed and stopped; the files are those of `made`.
    fn with(made: &CertifiedKey<rcgen::KeyPair>) -> Self {
        let (mut clientpass, _) = Clientpass::installed();
        clientpass.stop();
        let scene = Self { clientpass };
        scene.write(&made.cert.pem(), &made.signing_key.serialize_pem());
        scene
    }

    fn file(&self, name: &str) -> String {
        self.clientpass.beside(name).to_str().unwrap().to_owned()
    }

    fn write(&self, certificate: &str, key: &str) {
        fs::write(self.file("certificate.pem"), certificate).unwrap();
        fs::write(self.file("key.pem"), key).unwrap();
        self.chmod(0o600);
    }

    fn chmod(&self, mode: u32) {
        fs::set_permissions(self.file("key.pem"), fs::Permissions::from_mode(mode)).unwrap();
    }

    fn start(&mut self) {
        let (certificate, key) = (self.file("certificate.pem"), self.file("key.pem"));
        self.clientpass.with_options(&["--tls-certificate", &certificate, "--tls-key", &key]);
        self.clientpass.start();
    }

    /// What a start with these files ends with.
    fn refused(&self, says: &[&str]) {
        let (certificate, key) = (self.file("certificate.pem"), self.file("key.pem"));
        let listen = self.clientpass.address().to_string();
        let files = ["--tls-certificate", &certificate, "--tls-key", &key];
        self.clientpass.run(&[&["serve", "--listen", &listen], &files[..]].concat()).refused(says);
    }

    fn hang_up(&self) {
        assert!(signal(self.clientpass.pid(), "HUP"));
    }

    fn connect(&self, trusted: &CertifiedKey<rcgen::KeyPair>) -> Connection {
        Connection::to(&self.clientpass, trusted)
    }
}

/// A connection that is kept.
struct Connection(StreamOwned<ClientConnection, TcpStream>);

impl Connection {
    fn to(clientpass: &Clientpass, trusted: &CertifiedKey<rcgen::KeyPair>) -> Self {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::clone(trusted.cert.der())).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let config = config.unwrap().with_root_certificates(roots).with_no_client_auth();
        let client = ClientConnection::new(Arc::new(config), ServerName::try_from("localhost").unwrap());
        let socket = TcpStream::connect(clientpass.address()).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        Self(StreamOwned::new(client.unwrap(), socket))
    }

    /// The first line of the answer to a request for `/healthz`.
    fn asks(&mut self) -> Result<String, std::io::Error> {
        Ok(self.asks_for("GET /healthz")?.lines().next().unwrap_or_default().to_owned())
    }

    /// The answer to a request without a body, as far as its head.
    fn asks_for(&mut self, what: &str) -> Result<String, std::io::Error> {
        write!(self.0, "{what} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n")?;
        let mut answer = vec![0; 65_536];
        let length = self.0.read(&mut answer)?;
        Ok(String::from_utf8_lossy(&answer[..length]).into_owned())
    }
}

const OK: &str = "HTTP/1.1 200 OK";

#[test]
fn with_certificate_and_key_it_speaks_tls_and_nothing_else_and_says_so() {
    let made = certificate();
    let mut scene = Scene::with(&made);
    scene.start();
    assert_eq!(scene.connect(&made).asks().unwrap(), OK);
    let address = scene.clientpass.address();
    scene.clientpass.says(&format!("listens on {address} (https://localhost:{})", address.port()), 1);
    assert!(ureq::get(format!("http://{}/healthz", scene.clientpass.address())).call().is_err());
    // A client that trusts somebody else's certificate is not taken in.
    assert!(scene.connect(&certificate()).asks().is_err());
}

/// A browser that came by TLS once comes by nothing else; without TLS nobody is told so.
#[test]
fn where_tls_is_on_every_answer_says_that_it_stays() {
    let asked = [
        "GET /healthz",
        "GET /setup",
        "GET /sign-in",
        "GET /nothing",
        "POST /v1/verify",
        "POST /v1/sessions",
    ];
    let told = "strict-transport-security: max-age=31536000\r\n";
    let made = certificate();
    let mut scene = Scene::with(&made);
    scene.start();
    for what in asked {
        let answer = scene.connect(&made).asks_for(what).unwrap().to_ascii_lowercase();
        assert_eq!(answer.matches(told).count(), 1, "{what}: {answer}");
    }
    let (plain, _) = Clientpass::installed();
    for what in asked {
        let mut stream = TcpStream::connect(plain.address()).unwrap();
        write!(
            stream,
            "{what} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 ") && !answer.to_ascii_lowercase().contains("strict-transport"));
    }
}

#[test]
fn only_with_tls_it_listens_beyond_this_machine() {
    let made = certificate();
    let mut scene = Scene::with(&made);
    scene.clientpass.run(&["serve", "--listen", "0.0.0.0:0"]).refused(&["tls_certificate", "loopback"]);
    scene.clientpass.listen_everywhere();
    scene.start();
    assert_eq!(scene.connect(&made).asks().unwrap(), OK);
}

#[test]
fn a_setup_link_begins_with_https() {
    let made = certificate();
    let mut scene = Scene::with(&made);
    fs::remove_dir_all(scene.clientpass.data("")).unwrap();
    scene.start();
    let port = scene.clientpass.address().port();
    scene.clientpass.says(&format!("  https://localhost:{port}/setup#cpt_"), 1);
}

#[test]
fn sighup_reads_the_files_anew_and_drops_nobody() {
    let (first, second) = (certificate(), certificate());
    let mut scene = Scene::with(&first);
    scene.start();
    let mut kept = scene.connect(&first);
    assert_eq!(kept.asks().unwrap(), OK);
    scene.write(&second.cert.pem(), &second.signing_key.serialize_pem());
    scene.hang_up();
    scene.clientpass.says("tls_reloaded", 1);
    assert_eq!(kept.asks().unwrap(), OK);
    assert_eq!(scene.connect(&second).asks().unwrap(), OK);
    assert!(scene.connect(&first).asks().is_err());
}

#[test]
fn a_broken_file_at_sighup_keeps_what_was_and_is_logged() {
    let (first, second) = (certificate(), certificate());
    let mut scene = Scene::with(&first);
    scene.start();
    // The new certificate has come, its key has not.
    scene.write(&second.cert.pem(), &first.signing_key.serialize_pem());
    scene.hang_up();
    scene.clientpass.says("tls_not_reloaded", 1);
    assert_eq!(scene.connect(&first).asks().unwrap(), OK);
    scene.write("", "");
    scene.hang_up();
    scene.clientpass.says("tls_not_reloaded", 2);
    scene.clientpass.says("certificate.pem holds no certificate in PEM", 1);
    assert_eq!(scene.connect(&first).asks().unwrap(), OK);
    scene.write(&second.cert.pem(), &second.signing_key.serialize_pem());
    scene.hang_up();
    scene.clientpass.says("tls_reloaded", 1);
    assert_eq!(scene.connect(&second).asks().unwrap(), OK);
}

#[test]
fn a_broken_file_at_start_refuses_it_and_says_what_to_do() {
    let (made, other) = (certificate(), certificate());
    let scene = Scene::with(&made);
    let (chain, key) = (made.cert.pem(), made.signing_key.serialize_pem());
    scene.write(&chain, &other.signing_key.serialize_pem());
    scene.refused(&["certificate.pem", "key.pem", "its own key"]);
    scene.write(&chain, "");
    scene.refused(&["key.pem holds no key in PEM"]);
    scene.write(&key, &key);
    scene.refused(&["certificate.pem holds no certificate in PEM"]);
    scene.write(&chain, &key);
    scene.chmod(0o640);
    scene.refused(&["key.pem can be read by others: chmod 600 it"]);
    fs::remove_file(scene.file("key.pem")).unwrap();
    scene.refused(&["key.pem", "No such file"]);
    let only = scene.clientpass.run(&["serve", "--tls-certificate", &scene.file("certificate.pem")]);
    Ran::refused(&only, &["server.tls_key", "both, or neither"]);
}

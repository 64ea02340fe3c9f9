//! A private Prosody that asks a running clientpass with the shipped module, and a client that signs in at it.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use tempfile::TempDir;

use super::mail_client::Told;
use super::postfix::once;
use super::{find_program, free_port, poll, stop};

const SHIPPED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/mail-servers/prosody");
const PATIENCE: Duration = Duration::from_secs(20);

/// What is not about clientpass. Passwords in the clear are for a test.
const CONFIGURATION: &str = "\
run_as_root = true
data_path = 'DIR/data'
pidfile = 'DIR/pid'
plugin_paths = { 'DIR/modules' }
log = { debug = 'DIR/log' }
interfaces = { '127.0.0.1' }
c2s_ports = { PORT }
s2s_ports = { }
c2s_direct_tls_ports = { }
modules_enabled = { 'saslauth' }
modules_disabled = { 's2s', 'tls' }
c2s_require_encryption = false
allow_unencrypted_plain_auth = true
";

/// A running Prosody of `example.org`; dropping it stops it and removes its directory.
pub struct Prosody {
    dir: TempDir,
    process: Child,
    /// Where it listens.
    pub port: u16,
}

/// What is missing here to run it, or nothing.
pub fn missing() -> Option<String> {
    find_program("prosody").is_none().then(|| "the program prosody is not installed (Debian: prosody)".into())
}

impl Prosody {
    /// Starts one that asks clientpass at `url` with this service key, by the shipped files with their two changes.
    ///
    /// # Panics
    ///
    /// Where it does not come up; the message holds its log.
    pub fn start(url: &str, key: &str) -> Self {
        let dir = TempDir::with_prefix("clientpass-prosody-").unwrap();
        let (at, port) = (dir.path().display().to_string(), free_port());
        for folder in ["data", "modules"] {
            fs::create_dir(dir.path().join(folder)).unwrap();
        }
        fs::write(dir.path().join("key"), format!("{key}\n")).unwrap();
        let module = "mod_auth_clientpass.lua";
        fs::copy(Path::new(SHIPPED).join(module), dir.path().join("modules").join(module)).unwrap();

        let text = fs::read_to_string(Path::new(SHIPPED).join("clientpass.cfg.lua")).unwrap();
        let text = once(&text, "http://127.0.0.1:8600", url);
        let text = once(&text, "/etc/prosody/clientpass.key", &format!("{at}/key"));
        let own = CONFIGURATION.replace("DIR", &at).replace("PORT", &port.to_string());
        fs::write(dir.path().join("prosody.cfg.lua"), own + &text).unwrap();

        let process = Command::new(find_program("prosody").unwrap())
            .arg("-F")
            .arg("--config")
            .arg(dir.path().join("prosody.cfg.lua"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(fs::File::create(dir.path().join("stderr")).unwrap())
            .spawn()
            .unwrap();

        let prosody = Self { dir, process, port };
        let open = || TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok();
        assert!(poll(PATIENCE, open), "Prosody does not come up:\n{}", prosody.log());
        prosody
    }

    /// What it has logged so far.
    pub fn log(&self) -> String {
        let text = |name| fs::read(self.dir.path().join(name)).unwrap_or_default();
        String::from_utf8_lossy(&[text("stderr"), text("log")].concat()).into_owned()
    }
}

/// Signs in at `example.org` on this port by SASL PLAIN, under the name before the `@` of a login.
///
/// # Panics
///
/// Where it was told neither yes, nor no, nor later; the message holds what was said.
#[track_caller]
pub fn sign_in(port: u16, login: &str, password: &[u8]) -> Told {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let name = login.split('@').next().unwrap_or_default();
    let response = BASE64_STANDARD.encode([b"\0", name.as_bytes(), b"\0", password].concat());

    stream
        .write_all(
            b"<?xml version='1.0'?><stream:stream to='example.org' version='1.0' xmlns='jabber:client' \
              xmlns:stream='http://etherx.jabber.org/streams'>",
        )
        .unwrap();
    let offered = until(&mut stream, &["</stream:features>"]);
    assert!(offered.contains("<mechanism>PLAIN</mechanism>"), "{offered}");
    let auth = format!("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>{response}</auth>");
    stream.write_all(auth.as_bytes()).unwrap();

    let said = until(&mut stream, &["<success", "</failure>", "</stream:stream>"]);
    let conditions = [
        ("<success", Told::In),
        ("<not-authorized/>", Told::WrongPassword),
        // Prosody itself refuses what RFC 4616 or SASLprep does not allow.
        ("<malformed-request/>", Told::WrongPassword),
        ("<temporary-auth-failure/>", Told::Later),
    ];
    let told = conditions.into_iter().find(|(condition, _)| said.contains(condition));
    told.unwrap_or_else(|| panic!("neither yes, nor wrong, nor later: {said}")).1
}

/// What is said until one of these comes, or nothing more.
fn until(stream: &mut TcpStream, ends: &[&str]) -> String {
    let (mut said, mut bytes) = (String::new(), [0; 4_096]);
    while !ends.iter().any(|end| said.contains(end)) {
        match stream.read(&mut bytes) {
            Ok(length) if length > 0 => said += &String::from_utf8_lossy(&bytes[..length]),
            _ => break,
        }
    }
    said
}

impl Drop for Prosody {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let log = self.log();
            eprintln!(
                "what Prosody logged:\n{}",
                log.get(log.len().saturating_sub(20_000)..).unwrap_or(&log)
            );
        }
        if stop(&mut self.process, PATIENCE).is_none() {
            drop(self.process.kill());
            drop(self.process.wait());
        }
    }
}

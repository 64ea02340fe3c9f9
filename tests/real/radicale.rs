//! Radicale behind Caddy, with the shipped files: members have their calendars, and nobody else's.

use std::fs;
use std::net::{Ipv4Addr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use crate::support::actors::Installation;
use crate::support::caddy::{self, Caddy};
use crate::support::clientpass::Clientpass;
use crate::support::mail_client::Told;
use crate::support::postfix::once;
use crate::support::server::Server;
use crate::support::web::{Got, get, told};
use crate::support::{find_program, free_port, poll, runnable, stop};

const SHIPPED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/mail-servers/radicale/config");
const PATIENCE: Duration = Duration::from_secs(20);

/// A running Radicale; dropping it stops it and removes its directory.
struct Radicale {
    dir: TempDir,
    process: Child,
    port: u16,
}

impl Radicale {
    fn start() -> Self {
        let dir = TempDir::with_prefix("clientpass-radicale-").unwrap();
        let port = free_port();
        let text = fs::read_to_string(Path::new(SHIPPED)).unwrap();
        let text = once(&text, "hosts = 127.0.0.1:5232", &format!("hosts = 127.0.0.1:{port}"));
        let storage = format!("[storage]\nfilesystem_folder = {}\n", dir.path().join("data").display());
        fs::write(dir.path().join("config"), format!("{text}\n{storage}")).unwrap();

        let process = Command::new(find_program("radicale").unwrap())
            .arg("--config")
            .arg(dir.path().join("config"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(fs::File::create(dir.path().join("log")).unwrap())
            .spawn()
            .unwrap();

        let radicale = Self { dir, process, port };
        let open = || TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok();
        assert!(poll(PATIENCE, open), "Radicale does not come up:\n{}", radicale.log());
        radicale
    }

    fn log(&self) -> String {
        fs::read_to_string(self.dir.path().join("log")).unwrap_or_default()
    }
}

impl Drop for Radicale {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("what Radicale logged:\n{}", self.log());
        }
        if stop(&mut self.process, PATIENCE).is_none() {
            drop(self.process.kill());
            drop(self.process.wait());
        }
    }
}

fn missing() -> Option<String> {
    let there = find_program("radicale").is_some();
    (!there).then(|| "the program radicale is not installed (Debian: radicale)".into())
}

/// Radicale behind Caddy, which asks clientpass.
struct Scene {
    radicale: Radicale,
    _caddy: Caddy,
    front: u16,
    clientpass: Clientpass,
    at: Installation,
}

impl Scene {
    /// Nothing where a program is not installed.
    fn set() -> Option<Self> {
        if !runnable(missing().or_else(caddy::missing)) {
            return None;
        }
        let (mut clientpass, at) = Clientpass::installed();
        let (door, front, radicale) = (free_port(), free_port(), Radicale::start());
        clientpass.restart_with(&format!(
            "[verify]\nrefusal_floor_ms = 0\n[doors.forward_auth]\nlisten = \"127.0.0.1:{door}\"\nrequire_key = true\n"
        ));
        // As its README has it.
        let behind = format!(
            "reverse_proxy 127.0.0.1:{} {{\n\t\t\ttransport http {{\n\t\t\t\tmax_conns_per_host 8\n\t\t\t}}\n\t\t}}",
            radicale.port
        );
        let changes = [
            ("vars /cal/* clientpass_protocol caldav", "vars clientpass_protocol caldav"),
            ("vars /dav/* clientpass_protocol webdav", ""),
            ("reverse_proxy 127.0.0.1:5232", behind.as_str()),
        ];
        let file = caddy::shipped(&format!("127.0.0.1:{door}"), at.mail_server.token(), front, &changes);
        let caddy = Caddy::start(&file, front);
        Some(Self { radicale, _caddy: caddy, front, clientpass, at })
    }
}

#[test]
fn radicale_behind_caddy_tells_right_from_wrong_and_from_later() {
    let Some(mut scene) = Scene::set() else { return };
    let front = scene.front;
    let log_in = move |_: &str, login: &str, password: &[u8]| {
        let by = Some((login, password));
        let got = get(front, "PROPFIND", &format!("/{login}/"), by, &[("Depth", "0")], "");
        if got.status == 207 { Told::In } else { told(&got) }
    };
    let server = Server::new("Radicale behind Caddy, forward_auth", &["caldav"], &log_in);
    server.holds(&mut scene.clientpass, &scene.at, 200);
}

#[test]
fn members_have_their_calendars_and_nobody_elses() {
    let Some(scene) = Scene::set() else { return };
    let Scene { front, radicale, at, .. } = &scene;
    let front = *front;
    let alice = at.member("alice").secured(Clientpass::now());
    let bob = at.member("bob").secured(Clientpass::now());
    let (phone, bobs) = (alice.issue("phone"), bob.issue("phone"));
    let ask = |method: &str, path: &str, by: (&str, &str), headers: &[(&str, &str)]| -> Got {
        get(front, method, path, Some((by.0, by.1.as_bytes())), headers, "")
    };
    let hers = (alice.login.as_str(), phone.secret.as_str());
    let his = (bob.login.as_str(), bobs.secret.as_str());

    let status = |method, path, by, headers: &[(&str, &str)]| ask(method, path, by, headers).status;
    assert_eq!(status("MKCALENDAR", "/alice@example.org/work/", hers, &[]), 201, "{}", radicale.log());
    assert_eq!(status("PROPFIND", "/alice@example.org/work/", hers, &[("Depth", "0")]), 207);
    let event = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//x//EN\r\nBEGIN:VEVENT\r\nUID:1\r\n\
                 DTSTAMP:20260101T000000Z\r\nDTSTART:20260101T100000Z\r\nSUMMARY:Standup\r\nEND:VEVENT\r\n\
                 END:VCALENDAR\r\n";
    let put = get(
        front,
        "PUT",
        "/alice@example.org/work/1.ics",
        Some((hers.0, hers.1.as_bytes())),
        &[("Content-Type", "text/calendar")],
        event,
    );
    assert_eq!(put.status, 201, "{}", radicale.log());
    let got = ask("GET", "/alice@example.org/work/1.ics", hers, &[]);
    assert!(got.status == 200 && got.body.contains("Standup"), "{} {}", got.status, got.body);

    // Whatever he says he is.
    for forged in [("X-Remote-User", "alice@example.org"), ("X_Remote_User", "alice@example.org")] {
        let status = status("GET", "/alice@example.org/work/1.ics", his, &[forged]);
        assert!([403, 404].contains(&status), "{forged:?}: {status}");
    }

    alice.http.delete(&phone.path("")).expect(204);
    assert_eq!(status("GET", "/alice@example.org/work/1.ics", hers, &[]), 401);
}

//! nginx's `auth_request` in front of WebDAV, with the shipped files, over a unix socket of clientpass.

use std::fs;
use std::time::Duration;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use tempfile::TempDir;

use crate::support::actors::Installation;
use crate::support::clientpass::Clientpass;
use crate::support::mail_client::Told;
use crate::support::nginx::{self, Nginx};
use crate::support::server::Server;
use crate::support::{free_port, runnable};

/// What the next source of passwords knows: alice's account password, and that of carol, who signs in elsewhere.
const NEXT_SOURCE: &str = "alice@example.org:{PLAIN}alice's password\ncarol@example.org:{PLAIN}carol's own\n";

/// A WebDAV share, a calendar, and, behind the second server, the application that is told who it is.
const HTTP: &str = "\
http {
    access_log off;
    client_body_temp_path DIR/body; proxy_temp_path DIR/proxy; fastcgi_temp_path DIR/fastcgi;
    uwsgi_temp_path DIR/uwsgi; scgi_temp_path DIR/scgi;
    server {
        listen 127.0.0.1:FRONT;
        include clientpass-server.conf;
        location /dav/ {
            set $clientpass_protocol webdav;
            include clientpass-location.conf;
            proxy_pass http://127.0.0.1:BEHIND;
        }
        location /cal/ {
            set $clientpass_protocol caldav;
            include clientpass-location.conf;
            proxy_pass http://127.0.0.1:BEHIND;
        }
        location /next/ {
            set $clientpass_protocol webdav;
            include clientpass-location.conf;
            error_page 403 = @next_source;
            proxy_pass http://127.0.0.1:BEHIND;
        }
        location @next_source {
            auth_basic clientpass;
            auth_basic_user_file users;
            proxy_set_header X-Remote-User $remote_user;
            proxy_set_header Authorization \"\";
            proxy_pass http://127.0.0.1:BEHIND;
        }
    }
    server {
        listen 127.0.0.1:BEHIND;
        root DIR/www;
        dav_methods PUT DELETE;
        create_full_put_path on;
        add_header X-Seen \"$http_x_remote_user|$http_authorization\" always;
    }
}
";

struct Scene {
    nginx: Nginx,
    front: u16,
    clientpass: Clientpass,
    at: Installation,
    /// Of the unix socket.
    _folder: TempDir,
}

impl Scene {
    /// Nothing where nginx is not installed.
    fn set() -> Option<Self> {
        if !runnable(nginx::missing()) {
            return None;
        }
        let (mut clientpass, at) = Clientpass::installed();
        let folder = TempDir::with_prefix("clientpass-socket-").unwrap();
        let socket = format!("unix:{}", folder.path().join("door").display());
        clientpass.restart_with(&format!(
            "[verify]\nrefusal_floor_ms = 0\n[doors.forward_auth]\nlisten = \"{socket}\"\nrequire_key = true\n\
             defer_status = 403\n"
        ));
        let shipped =
            |name, changes: &[(&str, &str)]| nginx::shipped(&format!("nginx-auth-request/{name}"), changes);
        let (pass, key) =
            (format!("http://{socket}:/;"), format!("X-Clientpass-Key \"{}\";", at.mail_server.token()));
        let files = [
            (
                "clientpass-server.conf",
                shipped(
                    "clientpass-server.conf",
                    &[("http://127.0.0.1:8604/;", &pass), ("X-Clientpass-Key \"\";", &key)],
                ),
            ),
            ("clientpass-location.conf", shipped("clientpass-location.conf", &[])),
            ("users", NEXT_SOURCE.to_owned()),
        ];
        let (front, behind) = (free_port(), free_port());
        let http = HTTP.replace("FRONT", &front.to_string()).replace("BEHIND", &behind.to_string());
        let nginx = Nginx::start(&http, &files, &[front, behind]);
        for place in ["dav", "cal", "next"] {
            fs::create_dir_all(nginx.file(&format!("www/{place}"))).unwrap();
            fs::write(nginx.file(&format!("www/{place}/page")), "the page").unwrap();
        }
        Some(Self { nginx, front, clientpass, at, _folder: folder })
    }

    fn get(&self, path: &str, login: &str, password: &[u8], headers: &[(&str, &str)]) -> Got {
        get(self.front, "GET", path, Some((login, password)), headers, "")
    }
}

/// What came back.
struct Got {
    status: u16,
    seen: Option<String>,
    challenge: Option<String>,
    retry_after: Option<String>,
    body: String,
}

fn get(
    port: u16,
    method: &str,
    path: &str,
    credentials: Option<(&str, &[u8])>,
    headers: &[(&str, &str)],
    body: &str,
) -> Got {
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
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
    let (seen, challenge, retry_after) =
        (header("x-seen"), header("www-authenticate"), header("retry-after"));
    let body = answer.body_mut().read_to_string().unwrap();
    Got { status: answer.status().as_u16(), seen, challenge, retry_after, body }
}

#[track_caller]
fn told(got: &Got) -> Told {
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

#[test]
fn nginx_tells_right_from_wrong_and_from_later() {
    let Some(mut scene) = Scene::set() else { return };
    let front = scene.front;
    let log_in = move |protocol: &str, login: &str, password: &[u8]| {
        let path = if protocol == "caldav" { "/cal/page" } else { "/dav/page" };
        told(&get(front, "GET", path, Some((login, password)), &[], ""))
    };
    let server = Server { protocols: &["webdav", "caldav"], log_in: &log_in, patience: Duration::ZERO };
    server.verdicts(&scene.at);
    server.odd_passwords(&scene.at, &[], 1_100);
    server.outages(&mut scene.clientpass, &scene.at);
    server.crowd(&scene.at, 1_000);
}

#[test]
fn the_application_is_told_who_it_is_and_never_a_password() {
    let Some(scene) = Scene::set() else { return };
    let alice = scene.at.member("alice").secured(Clientpass::now());
    let phone = alice.issue("phone");
    let forged = [("X-Remote-User", "owner@example.org"), ("X-Clientpass-Login", "owner@example.org")];
    let got = scene.get("/dav/page", "ALICE@example.org", phone.secret.as_bytes(), &forged);
    assert_eq!((got.status, got.seen.as_deref()), (200, Some("alice@example.org|")));
    let without = get(scene.front, "GET", "/dav/page", None, &[], "");
    assert_eq!((told(&without), without.seen), (Told::WrongPassword, None));
    // The body is for the application, not for clientpass.
    let by = Some((alice.login.as_str(), phone.secret.as_bytes()));
    let written = get(scene.front, "PUT", "/dav/new", by, &[], &"long ".repeat(50_000));
    assert_eq!(written.status, 201, "{}", written.body);
    assert_eq!(fs::read_to_string(scene.nginx.file("www/dav/new")).unwrap().len(), 250_000);
    let logs = scene.nginx.log() + &scene.clientpass.log();
    assert!(!logs.contains(&phone.secret), "{logs}");
}

/// What nginx does not overwrite, a client may say.
#[test]
fn a_client_cannot_say_what_only_the_proxy_may() {
    let Some(scene) = Scene::set() else { return };
    let alice = scene.at.member("alice").secured(Clientpass::now());
    let there = alice.issue_with(&serde_json::json!({"label": "there", "networks": ["192.0.2.0/24"]}));
    let calendar = alice.issue_with(&serde_json::json!({"label": "calendar", "protocols": ["caldav"]}));
    let status = |secret: &str, headers: &[(&str, &str)]| {
        scene.get("/dav/page", &alice.login, secret.as_bytes(), headers).status
    };
    assert_eq!(status(&there.secret, &[("X-Real-IP", "192.0.2.7"), ("X-Forwarded-For", "192.0.2.7")]), 401);
    assert_eq!(status(&calendar.secret, &[("X-Clientpass-Protocol", "caldav")]), 401);
    assert_eq!(status("wrong", &[("X-Clientpass-Key", "cpk_wrong")]), 401);
}

#[test]
fn only_what_clientpass_leaves_to_the_next_source_goes_there() {
    let Some(scene) = Scene::set() else { return };
    let alice = scene.at.member("alice").secured(Clientpass::now());
    let carol = scene.at.external_member("carol");
    let status =
        |login: &str, password: &str| scene.get("/next/page", login, password.as_bytes(), &[]).status;
    assert_eq!(status(&carol.login, "carol's own"), 200);
    assert_eq!(status(&carol.login, "made up"), 401);
    assert_eq!(status(&alice.login, &alice.password), 401, "a refusal is final");
    scene.at.operator.put(&carol.path("/secure-login"), &serde_json::json!({"enabled": true})).expect(200);
    assert_eq!(status(&carol.login, "carol's own"), 401);
}

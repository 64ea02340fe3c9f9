//! HTTP forward authentication: statuses and headers that reverse proxies go by.

use serde_json::json;

use super::http::{Ask, Heard, Reply, SECTIONS, exchange, heard, installed};
use crate::rest::administration::secured;
use crate::support::TestApp;

const NEXT: &str = "[forward_auth]\nlisten = \"127.0.0.1:0\"\nprotocol = \"caldav\"\ndefer_status = 403\n";

fn asked(app: &TestApp, ask: &Ask) -> Reply {
    exchange(app, "forward_auth", &ask.forwarded())
}

/// A request as a proxy sends it on, with these headers beside the credentials.
fn sent(app: &TestApp, login: &str, password: &str, headers: &str) -> Reply {
    use base64::prelude::{BASE64_STANDARD, Engine as _};
    let credentials = BASE64_STANDARD.encode(format!("{login}:{password}"));
    let request = format!(
        "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Basic {credentials}\r\n{headers}\r\n"
    );
    exchange(app, "forward_auth", request.as_bytes())
}

#[test]
fn who_is_in_is_named_in_headers() {
    let (app, home) = installed(SECTIONS);
    let (alice, bob) = (secured(&app, &home, "alice"), home.member("bob"));
    let phone = alice.issue("Phone");
    let reply = asked(&app, &Ask::new("Alice@EXAMPLE.org", &phone.secret));
    let header = |name: &str| reply.header(name).unwrap_or_default();
    assert_eq!((reply.status, reply.body.as_str()), (200, ""));
    assert_eq!(header("x-clientpass-login"), alice.login);
    assert_eq!(header("x-clientpass-member-id"), alice.id);
    assert_eq!(header("x-clientpass-organization-id"), home.organization_id);
    assert_eq!(header("x-clientpass-client-password-id"), phone.id);
    assert_eq!(header("cache-control"), "no-store");
    let account = asked(&app, &Ask::new(&bob.login, &bob.password));
    assert_eq!((account.status, account.header("x-clientpass-client-password-id")), (200, None));
}

/// Clients ask without a password first; that is no guess.
#[test]
fn without_credentials_the_challenge_comes_at_once_and_counts_for_nothing() {
    let mut options = super::doors(SECTIONS);
    options.config.verify.refusal_floor_ms = 50;
    let (app, _) = TestApp::installed_with(options);
    for authorization in ["", "Authorization: Bearer x\r\n", "Authorization: Basic !\r\n"] {
        for _ in 0..20 {
            let request = format!(
                "OPTIONS /x HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Real-IP: 192.0.2.7\r\n{authorization}\r\n"
            );
            let reply = exchange(&app, "forward_auth", request.as_bytes());
            assert_eq!(reply.status, 401);
            assert_eq!(
                reply.header("www-authenticate"),
                Some("Basic realm=\"clientpass\", charset=\"UTF-8\"")
            );
        }
    }
    let metrics = app.metrics();
    assert!(!metrics.contains("clientpass_checks_total{"), "{metrics}");
}

#[test]
fn what_cannot_be_answered_says_when_to_come_back() {
    let (app, _) = installed(SECTIONS);
    app.faults.set_all(true);
    let reply = asked(&app, &Ask::new("alice@example.org", "x"));
    assert_eq!((reply.status, reply.header("retry-after")), (503, Some("1")));
    assert_eq!(reply.header("www-authenticate"), None);
}

#[test]
fn the_section_says_what_a_request_is_about_and_the_proxy_says_it_better() {
    let (app, home) = installed(NEXT);
    let alice = secured(&app, &home, "alice");
    let phone = alice.issue_with(&json!({"label": "Calendar", "protocols": ["caldav"]}));
    for (headers, expected) in [
        ("", Heard::In),
        ("X-Clientpass-Protocol: caldav\r\n", Heard::In),
        ("X-Clientpass-Protocol: http\r\n", Heard::In),
        ("X-Clientpass-Protocol: carddav\r\n", Heard::Wrong),
        ("X-Clientpass-Protocol: ftp\r\n", Heard::Later),
        ("X-Clientpass-Protocol:\r\n", Heard::Later),
    ] {
        let reply = sent(&app, &alice.login, &phone.secret, headers);
        assert_eq!(heard("forward_auth", &reply), expected, "{headers}");
    }
}

#[test]
fn of_forwarded_addresses_only_the_last_is_believed() {
    let (app, home) = installed(SECTIONS);
    let alice = secured(&app, &home, "alice");
    let here = alice.issue_with(&json!({"label": "Here", "networks": ["192.0.2.0/24"]}));
    for (headers, expected) in [
        ("", Heard::Wrong),
        ("X-Real-IP: 192.0.2.7\r\n", Heard::In),
        ("X-Forwarded-For: 192.0.2.7\r\n", Heard::In),
        ("X-Forwarded-For: 198.51.100.7, 192.0.2.7\r\n", Heard::In),
        ("X-Forwarded-For: 192.0.2.7, 198.51.100.7\r\n", Heard::Wrong),
        ("X-Forwarded-For: 192.0.2.7\r\nX-Forwarded-For: 198.51.100.7\r\n", Heard::Wrong),
        ("X-Real-IP: 198.51.100.7\r\nX-Forwarded-For: 192.0.2.7\r\n", Heard::Wrong),
        ("X-Forwarded-For: 192.0.2.7, unknown\r\n", Heard::Later),
    ] {
        let reply = sent(&app, &alice.login, &here.secret, headers);
        assert_eq!(heard("forward_auth", &reply), expected, "{headers}");
    }
}

#[test]
fn a_proxy_with_another_source_hears_what_is_left_to_it() {
    let (app, home) = installed(NEXT);
    let (alice, external) = (secured(&app, &home, "alice"), home.external_member("elsewhere"));
    let status = |login: &str, password: &str| sent(&app, login, password, "").status;
    assert_eq!(status(&external.login, "x"), 403);
    assert_eq!(status(&alice.login, &alice.password), 401);
    assert_eq!(status("nobody@example.org", "x"), 401);
    let (app, home) = installed(SECTIONS);
    let external = home.external_member("elsewhere");
    assert_eq!(sent(&app, &external.login, "x", "").status, 401);
}

#[test]
fn a_member_sees_what_used_a_client_password() {
    let (app, home) = installed(SECTIONS);
    let alice = secured(&app, &home, "alice");
    let phone = alice.issue("Phone");
    let headers = "User-Agent: DAVx5/4.4\r\nX-Real-IP: 192.0.2.7\r\n";
    assert_eq!(sent(&app, &alice.login, &phone.secret, headers).status, 200);
    let seen = alice.http.get(&phone.path("")).expect(200).body["last_used"].clone();
    assert_eq!(
        (&seen["protocol"], &seen["ip"], &seen["client"]),
        (&json!("webdav"), &json!("192.0.2.7"), &json!("DAVx5/4.4"))
    );
}

#[test]
fn a_connection_takes_one_question_after_the_other() {
    use std::io::{Read as _, Write as _};
    let (app, home) = installed(SECTIONS);
    let alice = secured(&app, &home, "alice");
    let phone = alice.issue("Phone");
    let mut stream = std::net::TcpStream::connect(app.door("forward_auth")).unwrap();
    let asks = [phone.secret.as_str(), "wrong", &phone.secret];
    let requests = asks.map(|password| {
        let request = String::from_utf8(Ask::new(&alice.login, password).forwarded()).unwrap();
        request.replace("Connection: close\r\n", "")
    });
    let last = requests[2].replacen("Host:", "Connection: close\r\nHost:", 1);
    stream.write_all([&requests[0], &requests[1], &last].map(String::as_str).concat().as_bytes()).unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    let statuses: Vec<&str> = text.lines().filter(|line| line.starts_with("HTTP/1.1 ")).collect();
    assert_eq!(statuses, ["HTTP/1.1 200 OK", "HTTP/1.1 401 Unauthorized", "HTTP/1.1 200 OK"]);
}

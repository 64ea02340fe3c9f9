//! `auth_http` of nginx's mail proxy: what nginx can read, and which mail server it is sent to.

use super::doors;
use super::http::{Ask, Heard, Reply, SECTIONS, exchange, heard, installed, told};
use crate::rest::administration::secured;
use crate::support::TestApp;

/// nginx reads a head of so many bytes, and not one more.
const BUFFER: usize = 1024;

const ROUTES: &str = "\
[nginx_mail]
listen = \"127.0.0.1:0\"
[[nginx_mail.routes]]
protocol = \"imap\"
server = \"192.0.2.1\"
port = 143
[[nginx_mail.routes]]
protocol = \"imap\"
server = \"2001:db8::2\"
port = 1143
domain = \"Example.org\"
backend_password = \"backend-secret\"
[[nginx_mail.routes]]
protocol = \"pop3\"
server = \"192.0.2.3\"
port = 110
checks_passwords = true
";

fn asked(app: &TestApp, ask: &Ask, attempt: u32) -> Reply {
    let reply = exchange(app, "nginx_mail", &ask.auth_http(attempt));
    assert_eq!(reply.status, 200);
    reply
}

/// The headers that nginx knows, in its order.
fn shown(reply: &Reply) -> String {
    let known =
        ["Auth-Status", "Auth-Server", "Auth-Port", "Auth-User", "Auth-Pass", "Auth-Error-Code", "Auth-Wait"];
    let lines = known.into_iter().filter_map(|name| Some(format!("{name}: {}", reply.header(name)?)));
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn a_login_is_sent_to_the_mail_server_of_its_domain_and_else_to_that_of_all() {
    let (app, home) = installed(ROUTES);
    let alice = secured(&app, &home, "alice");
    let phone = alice.issue("Phone");
    home.operator.post(&home.path("/domains"), &serde_json::json!({"name": "example.test"})).expect(201);
    let body =
        serde_json::json!({"login": "ted@example.test", "display_name": "Ted", "password": "ted's password"});
    home.operator.post(&home.path("/members"), &body).expect(201);

    let imap = Ask::new("ALICE@example.ORG", &phone.secret);
    assert_eq!(
        shown(&asked(&app, &imap, 1)),
        "Auth-Status: OK\nAuth-Server: 2001:db8::2\nAuth-Port: 1143\nAuth-User: alice@example.org\n\
         Auth-Pass: backend-secret"
    );
    let ted = Ask::new("ted@example.test", "ted's password");
    assert_eq!(
        shown(&asked(&app, &ted, 1)),
        "Auth-Status: OK\nAuth-Server: 192.0.2.1\nAuth-Port: 143\nAuth-User: ted@example.test"
    );
    let pop3 = Ask { protocol: "pop3", ..imap };
    assert_eq!(
        shown(&asked(&app, &pop3, 1)),
        "Auth-Status: OK\nAuth-Server: 192.0.2.3\nAuth-Port: 110\nAuth-User: alice@example.org"
    );
    // In, and no mail server for it: nobody's wrong password.
    let smtp = Ask { protocol: "smtp", ..imap };
    assert_eq!(
        shown(&asked(&app, &smtp, 1)),
        "Auth-Status: Temporary authentication failure.\nAuth-Error-Code: 454 4.7.0\nAuth-Wait: 1"
    );
    assert_eq!(heard("nginx_mail", &asked(&app, &Ask { password: b"wrong", ..smtp }, 1)), Heard::Wrong);
}

#[test]
fn a_defer_goes_to_a_mail_server_that_checks_passwords_with_what_was_typed_and_nowhere_else() {
    let (app, home) = installed(ROUTES);
    let (external, alice) = (home.external_member("elsewhere"), secured(&app, &home, "alice"));
    let pop3 = Ask { protocol: "pop3", ..Ask::new(&external.login, "what only it knows") };
    assert_eq!(shown(&asked(&app, &pop3, 1)), "Auth-Status: OK\nAuth-Server: 192.0.2.3\nAuth-Port: 110");
    let imap = Ask { protocol: "imap", ..pop3 };
    let refused = "Auth-Status: [AUTHENTICATIONFAILED] Authentication failed.\nAuth-Wait: 1";
    assert_eq!(shown(&asked(&app, &imap, 1)), refused);
    let account = Ask { protocol: "pop3", ..Ask::new(&alice.login, &alice.password) };
    assert_eq!(
        shown(&asked(&app, &account, 1)),
        "Auth-Status: [AUTH] Authentication failed.\nAuth-Wait: 1",
        "a refusal is final"
    );
}

#[test]
fn only_the_first_attempts_of_a_connection_are_told_to_go_on() {
    let (app, _) = installed(SECTIONS);
    for (attempt, wait) in [(1, Some("1")), (2, Some("1")), (3, None), (40, None)] {
        let reply = asked(&app, &Ask::new("nobody@example.org", "x"), attempt);
        assert_eq!(reply.header("Auth-Wait"), wait, "{attempt}");
    }
}

#[test]
fn the_longest_answer_fits_into_what_nginx_reads() {
    let longest = "p".repeat(256);
    let v6 = "2001:0db8:ffff:ffff:ffff:ffff:ffff:ffff";
    let (app, home) = installed(&format!(
        "[nginx_mail]\nlisten = \"127.0.0.1:0\"\n[[nginx_mail.routes]]\nprotocol = \"imap\"\nserver = \"{v6}\"\n\
         port = 65535\nbackend_password = \"{longest}\"\n"
    ));
    let label = |length| "d".repeat(length);
    let domain = format!("{}.{}.{}.{}.example", label(63), label(63), label(63), label(50));
    home.operator.post(&home.path("/domains"), &serde_json::json!({"name": domain})).expect(201);
    let login = format!("{}@{domain}", "l".repeat(64));
    assert!(login.len() > 310, "{}", login.len());
    let body = serde_json::json!({"login": login, "display_name": "Long", "password": "a long password"});
    home.operator.post(&home.path("/members"), &body).expect(201);
    let reply = asked(&app, &Ask::new(&login, "a long password"), 1);
    assert_eq!((reply.header("Auth-User"), reply.header("Auth-Pass")), (Some(&*login), Some(&*longest)));
    assert!(reply.head.len() + "\r\n\r\n".len() < BUFFER, "{}", reply.head.len());
}

/// Requests that nginx's mail proxy does not send, or should not.
#[test]
fn other_mechanisms_are_refused_and_what_is_no_question_cannot_be_answered() {
    let (app, home) = installed(SECTIONS);
    let alice = secured(&app, &home, "alice");
    let right = Ask::new(&alice.login, &alice.issue("Phone").secret.clone()).auth_http(1);
    let with = |from: &str, to: &str| {
        let text = String::from_utf8(right.clone()).unwrap();
        assert!(text.contains(from));
        heard("nginx_mail", &exchange(&app, "nginx_mail", text.replacen(from, to, 1).as_bytes()))
    };
    assert_eq!(with("GET /auth", "GET /any/path?at=all"), Heard::In);
    for method in ["apop", "cram-md5", "external", "none"] {
        assert_eq!(with("Auth-Method: plain", &format!("Auth-Method: {method}")), Heard::Wrong, "{method}");
    }
    for (from, to) in [
        ("Auth-Pass", "Auth-Passport"),
        ("Auth-User", "Auth-Username"),
        ("Auth-User: ", "Auth-User: %41"),
        ("Auth-Pass: ", "Auth-Pass: 100%"),
        ("Auth-Protocol: imap", "Auth-Protocol: sieve"),
        ("Auth-Protocol: imap", "Auth-Proto: imap"),
    ] {
        assert_eq!(with(from, to), Heard::Later, "{to}");
    }
}

#[test]
fn a_unix_socket_is_asked_like_a_port() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("door");
    let listen = format!("unix:{}", path.display());
    let (mut app, home) = TestApp::installed_with(doors(&SECTIONS.replacen(
        "[nginx_mail]\nlisten = \"127.0.0.1:0\"",
        &format!("[nginx_mail]\nlisten = \"{listen}\""),
        1,
    )));
    let alice = secured(&app, &home, "alice");
    let phone = alice.issue("Phone");
    assert_eq!(app.door("nginx_mail"), listen);
    let way: super::http::Through = ("nginx_mail", |ask| ask.auth_http(1));
    assert_eq!(told(&app, way, &Ask::new(&alice.login, &phone.secret)), Heard::In);
    app.stop();
    assert!(!path.exists());
}

//! Who is let in, who is not, and what they are told.

use std::time::Duration;

use serde_json::json;

use super::server::{MailServer, base64};
use super::{installed, on_a_port, with_floor};
use crate::doors::{doors, wait_for_sleepers};
use crate::rest::administration::secured;
use crate::support::TestApp;

#[test]
fn a_login_is_found_whatever_its_case_and_told_in_its_own_writing() {
    let (app, home, alice, phone) = installed(on_a_port());
    let bob = home.member("bob");
    let mut server = MailServer::greeted(&app);
    for login in ["alice@example.org", "Alice@Example.ORG", " alice@example.org "] {
        assert_eq!(server.answer(login, &phone.secret), "OK\t1\tuser=alice@example.org");
    }
    assert_eq!(server.answer("BOB@example.org", &bob.password), "OK\t1\tuser=bob@example.org");
    assert_eq!(server.answer(&alice.login, &alice.password), "FAIL\t1\tuser=alice@example.org");
    let issued = alice.http.get(&phone.path("")).expect(200);
    assert_eq!(issued.body["last_used"]["protocol"], "smtp", "{}", issued.text);
    assert_eq!(issued.body["last_used"]["ip"], "192.0.2.7");
}

#[test]
fn what_has_ended_is_out_of_scope_or_somebody_elses_is_refused() {
    let (app, home, alice, phone) = installed(on_a_port());
    let bob = secured(&app, &home, "bob");
    let dead = alice.issue("Tablet");
    alice.http.delete(&dead.path("")).expect(204);
    let imap = alice.issue_with(&json!({"label": "Printer", "protocols": ["imap"]}));
    let near = alice.issue_with(&json!({"label": "Desk", "networks": ["192.0.2.0/24"]}));
    let mut server = MailServer::greeted(&app);
    for (login, password) in [
        (&alice.login, &dead.secret),
        (&alice.login, &imap.secret),
        (&bob.login, &phone.secret),
        (&alice.login, &alice.password),
    ] {
        assert_eq!(server.answer(login, password), format!("FAIL\t1\tuser={login}"));
    }
    server.plain_over(2, "imap", &alice.login, &imap.secret);
    assert_eq!(server.hears(), "OK\t2\tuser=alice@example.org");
    assert_eq!(server.answer(&alice.login, &near.secret), "OK\t1\tuser=alice@example.org");
    let message = super::server::plain(&alice.login, &near.secret);
    for from in ["\trip=198.51.100.1", "\trip=::1", ""] {
        server.says(format!("AUTH\t3\tPLAIN\tservice=smtp{from}\tresp={message}\n"));
        assert_eq!(server.hears(), "FAIL\t3\tuser=alice@example.org", "{from}");
    }
    server.says(format!("AUTH\t4\tPLAIN\tservice=smtp\trip=::ffff:192.0.2.9\tresp={message}\n"));
    assert_eq!(server.hears(), "OK\t4\tuser=alice@example.org");
}

#[test]
fn a_service_is_a_protocol_and_one_that_is_none_is_no_wrong_password() {
    let section = "[dovecot]\nlisten = \"127.0.0.1:0\"\nprotocol = \"carddav\"\n";
    let (app, _, alice, _) = installed(doors(section));
    for (protocol, services) in [
        ("smtp", &["smtp", "submission", "SMTP"][..]),
        ("imap", &["imap"]),
        ("pop3", &["pop3", "pop"]),
        ("sieve", &["sieve", "managesieve"]),
        ("xmpp", &["xmpp", "XMPP"]),
        ("carddav", &["http", "radicale"]),
    ] {
        let only = alice.issue_with(&json!({"label": protocol, "protocols": [protocol]}));
        for service in services {
            let mut server = MailServer::greeted(&app);
            server.plain_over(1, service, &alice.login, &only.secret);
            assert_eq!(server.hears(), "OK\t1\tuser=alice@example.org", "{service}");
        }
    }
    let any = alice.issue("Any");
    for service in ["lmtp", "", "smtps"] {
        let mut postfix = MailServer::greeted(&app);
        postfix.plain_over(1, service, &alice.login, &any.secret);
        postfix.hears_the_end();
        let mut prosody = MailServer::of_minor(&app, 1);
        prosody.plain_over(1, service, &alice.login, &any.secret);
        assert_eq!(prosody.hears(), "FAIL\t1\tuser=alice@example.org\tcode=temp_fail");
    }
}

/// There is no next source behind this door.
#[test]
fn nothing_is_deferred_and_nobody_let_in_for_it() {
    let mut options = on_a_port();
    options.config.verify.unknown_login = clientpass::config::Unknown::Defer;
    let (app, home, alice, _) = installed(options);
    let guest = home.external_member("guest");
    assert_eq!(home.mail_server.verdict(&guest.login, "anything"), "defer");
    assert_eq!(home.mail_server.verdict("nobody@example.org", "anything"), "defer");
    for minor in [0, 1, 2] {
        let mut server = MailServer::of_minor(&app, minor);
        for login in [&guest.login, "nobody@example.org", &alice.login] {
            assert_eq!(server.answer(login, "anything"), format!("FAIL\t1\tuser={login}"));
        }
    }
}

/// Each refusal in the bytes that it came in, told apart by nothing but the login that was given.
#[test]
fn all_refusals_have_the_same_bytes_and_wait_for_the_same_time() {
    let (app, home, alice, phone) = installed(with_floor());
    let (bob, plain) = (secured(&app, &home, "bob"), home.member("plain"));
    let (dead, imap) =
        (alice.issue("Tablet"), alice.issue_with(&json!({"label": "I", "protocols": ["imap"]})));
    alice.http.delete(&dead.path("")).expect(204);
    let (asleep, gone, guest) = (home.member("asleep"), home.member("gone"), home.external_member("guest"));
    home.operator.patch(&asleep.path(""), &json!({"state": "suspended"})).expect(200);
    home.operator.delete(&gone.path("")).expect(204);
    let formed = "aaaaa-aaaaa-aaaaa-aaaaa-aaaaa-aaaab";
    let long = "x".repeat(2_000);
    let cases: [(&str, &[u8]); 20] = [
        ("nobody@example.org", b"anything"),
        ("alice@elsewhere.example.test", b"anything"),
        ("alice", b"anything"),
        ("nobody@example.org", formed.as_bytes()),
        ("nobody@example.org", phone.secret.as_bytes()),
        (&alice.login, b"anything"),
        (&alice.login, b""),
        (&alice.login, formed.as_bytes()),
        (&alice.login, alice.password.as_bytes()),
        (&alice.login, dead.secret.as_bytes()),
        (&alice.login, imap.secret.as_bytes()),
        (&alice.login, long.as_bytes()),
        (&alice.login, b"gar\xfcn"),
        (&bob.login, phone.secret.as_bytes()),
        (&plain.login, b"anything"),
        (&plain.login, b"gar\xfcn"),
        (&asleep.login, asleep.password.as_bytes()),
        (&gone.login, gone.password.as_bytes()),
        (&guest.login, b"anything"),
        ("alice@example.org\x01", phone.secret.as_bytes()),
    ];
    for (number, (login, password)) in cases.into_iter().enumerate() {
        // Each from elsewhere, or the throttle would speak.
        app.advance(Duration::from_secs(600));
        let mut server = MailServer::greeted(&app);
        let message = base64([b"\0", login.as_bytes(), b"\0", password].concat());
        server.says(format!("AUTH\t5\tPLAIN\tservice=smtp\trip=198.51.{number}.1\tresp={message}\n"));
        wait_for_sleepers(&app, Duration::from_millis(50), 1);
        app.advance(Duration::from_millis(49));
        server.hears_nothing();
        app.advance(Duration::from_millis(1));
        let expected = format!("FAIL\t5\tuser={}", login.replace('\x01', "\x011"));
        assert_eq!(server.hears(), expected, "case {number}");
    }
}

#[test]
fn bytes_that_are_no_text_and_what_is_too_long_match_nothing() {
    let (app, home, alice, phone) = installed(on_a_port());
    // The replacement character is a character.
    let mut odd = home.member("odd");
    odd.sign_in();
    let body = json!({"password": "pass\u{fffd}word", "current_password": odd.password});
    odd.http.put(&odd.path("/password"), &body).expect(200);
    let mut server = MailServer::greeted(&app);
    let mut asks = |login: &[u8], password: &[u8]| {
        let message = base64([b"\0", login, b"\0", password].concat());
        server.says(format!("AUTH\t1\tPLAIN\tservice=smtp\trip=192.0.2.7\tresp={message}\n"));
        server.hears()
    };
    assert_eq!(asks(odd.login.as_bytes(), "pass\u{fffd}word".as_bytes()), "OK\t1\tuser=odd@example.org");
    assert_eq!(asks(odd.login.as_bytes(), b"pass\xffword"), "FAIL\t1\tuser=odd@example.org");
    let padded = format!("{}{}", phone.secret, " ".repeat(1_024));
    assert_eq!(asks(alice.login.as_bytes(), padded.as_bytes()), "FAIL\t1\tuser=alice@example.org");
    let padded = format!("{}{}", alice.login, " ".repeat(320));
    assert_eq!(asks(padded.as_bytes(), phone.secret.as_bytes()), "FAIL\t1");
    for control in ["\x01", "\x7f", "\n\x01"] {
        let login = format!("{}{control}", alice.login);
        assert!(asks(login.as_bytes(), phone.secret.as_bytes()).starts_with("FAIL\t1\t"), "{control:?}");
    }
    assert_eq!(asks(alice.login.as_bytes(), phone.secret.as_bytes()), "OK\t1\tuser=alice@example.org");
}

/// Every byte that the protocol lets through arrives.
#[test]
fn account_passwords_arrive_byte_for_byte() {
    let (app, home) = TestApp::installed_with(on_a_port());
    let mut server = MailServer::greeted(&app);
    for (number, password) in
        ["two words ", "100%25 + 1%", "\"quotes' \\ {}", "grün 密码 🔑", "tab\tand\x01one", "=equals=&x=1"]
            .into_iter()
            .enumerate()
    {
        let mut member = home.member(&format!("m{number}"));
        member.sign_in();
        let body = json!({"password": password, "current_password": member.password});
        member.http.put(&member.path("/password"), &body).expect(200);
        assert_eq!(server.answer(&member.login, password), format!("OK\t1\tuser={}", member.login));
        let other = format!("{password}x");
        assert_eq!(server.answer(&member.login, &other), format!("FAIL\t1\tuser={}", member.login));
    }
}

//! The OAuth2 password grant: what Dovecot's `passdb oauth2` takes from an answer.

use serde_json::{Value, json};

use super::http::{Ask, Heard, Reply, SECTIONS, exchange, heard, installed};
use crate::rest::administration::secured;
use crate::support::TestApp;

#[track_caller]
fn asked(app: &TestApp, ask: &Ask, scope: Option<&str>) -> Value {
    let reply = exchange(app, "oauth2", &ask.grant(scope));
    assert_eq!((reply.status, reply.header("cache-control")), (200, Some("no-store")), "{reply:?}");
    serde_json::from_str(&reply.body).unwrap()
}

fn token(login: &str, active: &str, scope: Option<&str>) -> Value {
    let mut token =
        json!({"access_token": "none", "token_type": "bearer", "username": login, "active": active});
    if let Some(scope) = scope {
        token["scope"] = scope.into();
    }
    token
}

/// What somebody who is let in is told of: whom Dovecot knows the session by is `login`.
fn let_in(asked: &str, login: &str, scope: Option<&str>) -> Value {
    let mut token = token(asked, "true", scope);
    token["login"] = login.into();
    token
}

/// With the scope Dovecot goes on to its next passdb on what is not active, and never on what is out of scope.
#[test]
fn with_the_scope_a_refusal_is_out_of_scope_and_a_defer_not_active() {
    let (app, home) = installed(SECTIONS);
    let (alice, external) = (secured(&app, &home, "alice"), home.external_member("elsewhere"));
    let phone = alice.issue("Phone");
    let scope = Some("clientpass");
    let right = Ask::new(&alice.login, &phone.secret);
    assert_eq!(asked(&app, &right, scope), let_in(&alice.login, &alice.login, scope));
    assert_eq!(
        asked(&app, &right, Some("mail+clientpass")),
        let_in(&alice.login, &alice.login, Some("mail clientpass"))
    );
    for wrong in [Ask::new(&alice.login, &alice.password), Ask::new("nobody@example.org", "x")] {
        let login = std::str::from_utf8(wrong.login).unwrap();
        assert_eq!(asked(&app, &wrong, scope), token(login, "true", Some("")));
    }
    let theirs = Ask::new(&external.login, "what only the next source knows");
    assert_eq!(asked(&app, &theirs, scope), token(&external.login, "false", None));
}

/// What is checked for `active` alone must not find it on a refusal.
#[test]
fn without_the_scope_all_that_is_not_in_is_not_active() {
    let (app, home) = installed(SECTIONS);
    let (alice, external) = (secured(&app, &home, "alice"), home.external_member("elsewhere"));
    let phone = alice.issue("Phone");
    for scope in [None, Some("mail"), Some(""), Some("clientpass-mail")] {
        let given = scope.filter(|scope| !scope.is_empty());
        let right = Ask::new(&alice.login, &phone.secret);
        assert_eq!(asked(&app, &right, scope), let_in(&alice.login, &alice.login, given));
        for wrong in [Ask::new(&alice.login, "x"), Ask::new(&external.login, "x")] {
            let login = std::str::from_utf8(wrong.login).unwrap();
            assert_eq!(asked(&app, &wrong, scope), token(login, "false", None));
        }
    }
}

#[test]
fn the_login_comes_back_as_it_was_asked_about() {
    let (app, home) = installed(SECTIONS);
    let alice = secured(&app, &home, "alice");
    let phone = alice.issue("Phone");
    let ask = Ask::new("ALICE@Example.ORG", &phone.secret);
    assert_eq!(asked(&app, &ask, None), let_in("ALICE@Example.ORG", &alice.login, None));
}

/// What a session's or a service key's token opens, it opens for those only.
#[test]
fn the_token_opens_nothing() {
    let (app, home) = installed(SECTIONS);
    let alice = secured(&app, &home, "alice");
    let given = asked(&app, &Ask::new(&alice.login, &alice.issue("Phone").secret), None);
    let token = given["access_token"].as_str().unwrap();
    app.http().bearing(token).get("/v1/me").expect(401);
    app.http().bearing(token).check(&alice.login, "x", "imap").expect(401);
}

fn form(headers: &str, body: &str) -> Vec<u8> {
    format!(
        "POST /oauth2/grant HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{headers}Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// Dovecot 2.4 says `Protocol` where 2.3 says `Service`.
#[test]
fn both_generations_are_understood_and_a_key_may_come_as_basic() {
    use base64::prelude::{BASE64_STANDARD, Engine as _};
    let (app, home) = installed(SECTIONS);
    let alice = secured(&app, &home, "alice");
    let phone = alice.issue_with(&json!({"label": "Phone", "protocols": ["smtp"]}));
    let body = format!("grant_type=password&username={}&password={}", alice.login, phone.secret);
    let told = |headers: &str| heard("oauth2", &exchange(&app, "oauth2", &form(headers, &body)));
    assert_eq!(told("X-Dovecot-Auth-Protocol: submission\r\n"), Heard::In);
    assert_eq!(told("X-Dovecot-Auth-Service: submission\r\nX-Dovecot-Auth-Remote: [::1]:25\r\n"), Heard::In);
    assert_eq!(told("X-Dovecot-Auth-Service: imap\r\n"), Heard::Wrong);
    for (key, expected) in [(home.mail_server.token(), Heard::In), ("cpk_wrong", Heard::Later)] {
        let basic = BASE64_STANDARD.encode(format!("dovecot:{key}"));
        let headers = format!("X-Dovecot-Auth-Protocol: smtp\r\nAuthorization: Basic {basic}\r\n");
        assert_eq!(told(&headers), expected);
    }
}

/// Both generations take for temporary whatever is no 200 and no `invalid_grant`.
#[test]
fn what_is_no_grant_is_an_error_and_nobodys_wrong_password() {
    let (app, _) = installed(SECTIONS);
    let imap = "X-Dovecot-Auth-Service: imap\r\n";
    let error = |reply: &Reply| {
        assert_eq!(heard("oauth2", reply), Heard::Later);
        let body: Value = serde_json::from_str(&reply.body).unwrap();
        (reply.status, body["error"].as_str().unwrap().to_owned())
    };
    let wrong = |status: u16, error: &str| (status, error.to_owned());
    for (headers, body, expected) in [
        (imap, "", wrong(400, "invalid_request")),
        (imap, "grant_type=password&username=a", wrong(400, "invalid_request")),
        (imap, "grant_type=client_credentials", wrong(400, "unsupported_grant_type")),
        ("", "grant_type=password&username=a&password=b", wrong(400, "invalid_request")),
        (imap, &"x".repeat(20_000), wrong(413, "invalid_request")),
    ] {
        assert_eq!(error(&exchange(&app, "oauth2", &form(headers, body))), expected);
    }
    let get = b"GET /oauth2/grant HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    assert_eq!(error(&exchange(&app, "oauth2", get)), wrong(405, "invalid_request"));
    let elsewhere = b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
    assert_eq!(error(&exchange(&app, "oauth2", elsewhere)), wrong(404, "invalid_request"));
}

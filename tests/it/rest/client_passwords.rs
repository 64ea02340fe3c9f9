//! Client passwords: what one is like when it is made, and who may make one.

use std::time::Duration;

use serde_json::{Value, json};

use super::secure_login::{actions, shown};
use crate::support::{Person, TestApp};

mod changing;
mod ending;
mod listing;
mod scope;
mod states;
mod usage;
mod uses_written;
mod writing;

const MINUTE: Duration = Duration::from_secs(60);
const MICROSECOND: Duration = Duration::from_micros(1);

/// Somebody who has just turned secure login on.
fn secured(app: &TestApp, person: Person) -> Person {
    person.secured(app.time.wall())
}

#[test]
fn a_new_one_is_active_opens_everything_and_has_no_end() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, home.member("alice"));
    let made = alice.http.post(&alice.path("/client-passwords"), &json!({"label": "Phone"})).expect(201);
    assert_eq!(made.header("cache-control"), Some("no-store"));
    let secret = made.text_of("secret");
    let groups: Vec<&str> = secret.split('-').collect();
    assert_eq!(groups.len(), 6);
    assert!(groups.iter().all(|group| group.len() == 5 && group.bytes().all(|b| b.is_ascii_lowercase())));
    let expected = json!({
        "id": made.body["id"], "member_id": alice.id, "label": "Phone", "secret": secret,
        "protocols": ["imap", "pop3", "smtp", "sieve", "jmap", "caldav", "carddav", "webdav", "xmpp"],
        "networks": [], "state": "active", "created_at": app.time.wall().to_string(), "expires_at": null,
        "ended_at": null, "ended_reason": null, "ends_at": null, "ends_because": null, "last_used": null,
        "stale_use": null, "replaces": null, "replaced_by": null,
    });
    assert_eq!(made.body, expected);
    assert_eq!(actions(&home, &alice).last().unwrap(), "client_password.issued");
}

#[test]
fn the_secret_is_shown_once_and_is_nowhere_afterwards() {
    let (mut app, home) = TestApp::installed();
    let alice = secured(&app, home.member("alice"));
    let old = alice.issue("Phone");
    let new = alice.http.post(&old.path("/rotate"), &json!({})).expect(201).text_of("secret");
    for secret in [&old.secret, &new] {
        home.mail_server.verdict(&alice.login, secret);
    }
    let list = alice.path("/client-passwords");
    let all = home.path("/client-passwords");
    for path in [&list, &all, &old.path(""), &home.path("/audit-events"), &"/metrics".to_owned()] {
        let text = home.operator.get(path).expect(200).text;
        for secret in [&old.secret, &new] {
            assert!(!text.contains(secret.as_str()) && !text.contains(&secret.replace('-', "")), "{path}");
        }
    }
    app.stop();
    let mut files = 0;
    for entry in std::fs::read_dir(app.data_dir()).unwrap() {
        // The log of the database goes with its last connection, perhaps just now.
        let bytes = std::fs::read(entry.unwrap().path()).unwrap_or_default();
        files += 1;
        for secret in [&old.secret, &new, &alice.password, &alice.recovery_codes[0]] {
            for text in [secret.clone(), secret.replace('-', "")] {
                assert!(!bytes.windows(text.len()).any(|window| window == text.as_bytes()));
            }
        }
    }
    assert!(files >= 2, "keyring and database");
}

#[test]
fn it_expires_at_its_very_moment() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, home.member("alice"));
    let at = app.time.wall().plus(MINUTE).to_string();
    let guest = alice.issue_with(&json!({"label": "Guest", "expires_at": at}));
    let verdict = || home.mail_server.verdict(&alice.login, &guest.secret);
    app.advance(MINUTE.saturating_sub(MICROSECOND));
    assert_eq!((verdict().as_str(), &shown(&alice, &guest)["state"]), ("accept", &json!("active")));
    app.advance(MICROSECOND);
    assert_eq!(verdict(), "expired");
    app.advance(MINUTE);
    let now = shown(&alice, &guest);
    assert_eq!((&now["state"], &now["ended_reason"]), (&json!("expired"), &json!("expired")));
    assert_eq!((&now["ended_at"], &now["expires_at"]), (&json!(at), &json!(at)));
    let rotate = alice.http.post(&guest.path("/rotate"), &json!({}));
    rotate.expect_problem(409, "not_active");
}

#[test]
fn an_expiry_is_kept_in_utc_and_lies_ahead() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, home.member("alice"));
    let path = alice.path("/client-passwords");
    let made = alice.http.post(&path, &json!({"label": "a", "expires_at": "2027-01-01T01:30:00+01:30"}));
    assert_eq!(made.expect(201).body["expires_at"], "2027-01-01T00:00:00Z");
    for (past, code) in [
        (app.time.wall().to_string(), "out_of_range"),
        ("2001-01-01T00:00:00Z".into(), "out_of_range"),
        ("2027-01-01".into(), "malformed"),
        ("tomorrow".into(), "malformed"),
    ] {
        let body = json!({"label": "a", "expires_at": past});
        alice.http.post(&path, &body).expect_field("expires_at", code);
    }
}

#[test]
fn a_label_has_1_to_128_bytes() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, home.member("alice"));
    for label in ["x".to_owned(), "x".repeat(128), "ä".repeat(64), "Drucker <2. Stock> \"é\" 📱".to_owned()]
    {
        let one = alice.issue(&label);
        assert_eq!(shown(&alice, &one)["label"], label);
        let accepted = home.mail_server.check(&alice.login, &one.secret, "imap").expect(200);
        assert_eq!(accepted.body["label"], label);
    }
    for (label, code) in [
        (String::new(), "too_short"),
        ("x".repeat(129), "too_long"),
        ("ä".repeat(65), "too_long"),
        ("a\u{0}b".to_owned(), "malformed"),
        ("a\nb".to_owned(), "malformed"),
    ] {
        let body = json!({"label": label});
        alice.http.post(&alice.path("/client-passwords"), &body).expect_field("label", code);
    }
}

#[test]
fn odd_bodies_are_refused_by_field_and_make_nothing() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, home.member("alice"));
    let odd = "a-value-that-must-not-come-back";
    for (body, field, code) in [
        (json!({}), "label", "missing"),
        (json!({"label": 7}), "label", "malformed"),
        (json!({"label": "a", "secret": odd}), "secret", "unknown"),
        (json!({"label": "a", "protocols": []}), "protocols", "too_short"),
        (json!({"label": "a", "protocols": [odd]}), "protocols", "malformed"),
        (json!({"label": "a", "protocols": ["IMAP"]}), "protocols", "malformed"),
        (json!({"label": "a", "protocols": ["imap", "imap"]}), "protocols", "duplicate"),
        (json!({"label": "a", "protocols": odd}), "protocols", "malformed"),
        (json!({"label": "a", "networks": [odd]}), "networks", "malformed"),
        (json!({"label": "a", "networks": ["192.0.2.0/33"]}), "networks", "malformed"),
        (json!({"label": "a", "expires_at": odd}), "expires_at", "malformed"),
    ] {
        let refused = alice.http.post(&alice.path("/client-passwords"), &body).expect_field(field, code);
        assert!(!refused.text.contains(odd), "{}", refused.text);
    }
    assert!(alice.http.get(&alice.path("/client-passwords")).expect(200).items().is_empty());
}

#[test]
fn there_are_25_live_ones_at_the_most_and_superseded_ones_do_not_count() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, home.member("alice"));
    let soon = app.time.wall().plus(MINUTE).to_string();
    alice.issue_with(&json!({"label": "Guest", "expires_at": soon}));
    let first = alice.issue("0");
    for n in 2..25 {
        alice.issue(&n.to_string());
    }
    let more = || alice.http.post(&alice.path("/client-passwords"), &json!({"label": "one more"}));
    more().expect_problem(409, "limit_reached");
    // A rotation is possible at the limit, and makes no room.
    let second = alice.http.post(&first.path("/rotate"), &json!({})).expect(201).text_of("id");
    let superseded = alice.http.get(&alice.path("/client-passwords?state=superseded")).expect(200);
    assert_eq!(superseded.items().len(), 1);
    more().expect_problem(409, "limit_reached");
    // What ended makes room, one each.
    alice.http.delete(&format!("/v1/client-passwords/{second}")).expect(204);
    more().expect(201);
    more().expect_problem(409, "limit_reached");
    app.advance(MINUTE);
    more().expect(201);
    more().expect_problem(409, "limit_reached");
    // Others have their own.
    secured(&app, home.member("bob")).issue("Phone");
}

#[test]
fn nobody_makes_changes_or_sees_a_secret_of_somebody_else() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, home.member("alice"));
    let phone = alice.issue("Phone");
    let bob = secured(&app, home.member("bob"));
    let mut boss = home.member_with("boss", "admin");
    let mut owner = home.owner.clone();
    boss.sign_in();
    owner.sign_in();
    let any = |http: &crate::support::Http| http.with("If-Match", "*");
    let before = shown(&alice, &phone);
    for (http, status) in [(&bob.http, 404), (&boss.http, 403), (&owner.http, 403), (&home.operator, 403)] {
        http.post(&alice.path("/client-passwords"), &json!({"label": "x"})).expect(status);
        http.post(&phone.path("/rotate"), &json!({})).expect(status);
        any(http).send("PATCH", &phone.path(""), Some(&json!({"label": "x"}))).expect(status);
    }
    for path in [phone.path(""), alice.path("/client-passwords")] {
        bob.http.get(&path).expect_problem(404, "not_found");
        bob.http.delete(&path).expect_problem(404, "not_found");
        boss.http.get(&path).expect(200);
        app.http().get(&path).expect_problem(401, "unauthenticated");
    }
    assert_eq!(shown(&alice, &phone), before);
    assert_eq!(
        alice.http.get("/v1/client-passwords/no-id").expect_problem(404, "not_found").body["errors"],
        Value::Null
    );
}

#[test]
fn the_limit_holds_for_many_who_ask_at_once() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, home.member("alice"));
    for n in 0..24 {
        alice.issue(&n.to_string());
    }
    let issue = || alice.http.post(&alice.path("/client-passwords"), &json!({"label": "x"})).status;
    let mut made = std::thread::scope(|scope| {
        let tries: Vec<_> = (0..6).map(|_| scope.spawn(issue)).collect();
        tries.into_iter().map(|tried| tried.join().unwrap()).collect::<Vec<_>>()
    });
    made.sort_unstable();
    assert_eq!(made, [201, 409, 409, 409, 409, 409]);
}

#[test]
fn null_is_the_same_as_left_out() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, home.member("alice"));
    for field in ["protocols", "networks", "expires_at"] {
        let mut body = json!({"label": "a"});
        body[field] = Value::Null;
        alice.http.post(&alice.path("/client-passwords"), &body).expect(201);
    }
}

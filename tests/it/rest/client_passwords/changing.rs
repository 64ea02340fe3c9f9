//! Changing label, scope or expiry: only of the version that was read; widening needs a fresh sign-in.

use std::time::Duration;

use serde_json::{Value, json};

use super::{MINUTE, actions, secured, shown};
use crate::support::actors::ClientPassword;
use crate::support::faulty::Meanwhile;
use crate::support::{Answer, Person, TestApp};

/// A change of the current version.
fn change(person: &Person, one: &ClientPassword, body: &Value) -> Answer {
    person.http.patch(&one.path(""), body)
}

/// A change with this `If-Match`.
fn change_if(person: &Person, one: &ClientPassword, etag: &str, body: &Value) -> Answer {
    person.http.with("If-Match", etag).send("PATCH", &one.path(""), Some(body))
}

#[test]
fn a_change_names_the_version_that_was_read() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, home.member("alice"));
    let phone = alice.issue("Phone");
    let body = json!({"label": "Mobile"});
    alice.http.send("PATCH", &phone.path(""), Some(&body)).expect_problem(428, "version_required");
    let old = alice.http.get(&phone.path("")).expect(200).etag();
    let new = change_if(&alice, &phone, &old, &body).expect(200);
    assert_ne!(new.etag(), old);
    assert_eq!(alice.http.get(&phone.path("")).expect(200).etag(), new.etag());
    for stale in [old.as_str(), "\"nonsense\"", "nonsense", &format!("W/{old}")] {
        change_if(&alice, &phone, stale, &json!({"label": "Other"})).expect_problem(412, "version_mismatch");
    }
    assert_eq!(shown(&alice, &phone)["label"], "Mobile");
    change_if(&alice, &phone, &new.etag(), &json!({"label": "Other"})).expect(200);
    change_if(&alice, &phone, "*", &json!({"label": "Any"})).expect(200);
}

#[test]
fn uses_do_not_change_the_version_and_an_end_needs_none() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, home.member("alice"));
    let phone = alice.issue("Phone");
    let etag = alice.http.get(&phone.path("")).expect(200).etag();
    home.mail_server.verdict(&alice.login, &phone.secret);
    assert_ne!(shown(&alice, &phone)["last_used"], Value::Null);
    assert_eq!(alice.http.get(&phone.path("")).expect(200).etag(), etag);
    alice.http.delete(&phone.path("")).expect(204);
}

#[test]
fn what_is_left_out_stays_and_what_is_already_so_is_no_change() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, home.member("alice"));
    let at = app.time.wall().plus(MINUTE * 60).to_string();
    let body =
        json!({"label": "Phone", "protocols": ["imap"], "networks": ["192.0.2.0/24"], "expires_at": at});
    let phone = alice.issue_with(&body);
    let before = alice.http.get(&phone.path("")).expect(200);
    let records = actions(&home, &alice);
    for same in [json!({}), json!({"label": "Phone"}), body] {
        let answer = change(&alice, &phone, &same).expect(200);
        assert_eq!((answer.etag(), &answer.body), (before.etag(), &before.body));
    }
    assert_eq!(actions(&home, &alice), records);
    let renamed = change(&alice, &phone, &json!({"label": "Mobile"})).expect(200);
    let mut expected = before.body.clone();
    expected["label"] = json!("Mobile");
    assert_eq!(renamed.body, expected);
    assert_eq!(actions(&home, &alice)[records.len()..], ["client_password.updated"]);
}

#[test]
fn a_change_holds_for_the_next_check() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, home.member("alice"));
    let phone = alice.issue("Phone");
    let verdict = |protocol| home.mail_server.verdict_over(&alice.login, &phone.secret, protocol);
    change(&alice, &phone, &json!({"protocols": ["imap"]})).expect(200);
    assert_eq!((verdict("imap").as_str(), verdict("smtp").as_str()), ("accept", "protocol_not_allowed"));
    change(&alice, &phone, &json!({"protocols": ["smtp"], "networks": ["203.0.113.0/24"]})).expect(200);
    let now = (verdict("imap"), verdict("smtp"));
    assert_eq!((now.0.as_str(), now.1.as_str()), ("protocol_not_allowed", "network_not_allowed"));
    change(&alice, &phone, &json!({"networks": []})).expect(200);
    assert_eq!(verdict("smtp"), "accept");
    let soon = app.time.wall().plus(MINUTE).to_string();
    change(&alice, &phone, &json!({"expires_at": soon})).expect(200);
    app.advance(MINUTE);
    assert_eq!(verdict("smtp"), "expired");
}

#[test]
fn narrowing_needs_no_fresh_sign_in_and_widening_does() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, home.member("alice"));
    let at = |hours: u32| app.time.wall().plus(MINUTE * 60 * hours).to_string();
    let body = json!({
        "label": "Phone", "protocols": ["imap", "smtp"], "networks": ["192.0.2.0/24"], "expires_at": at(9),
    });
    let (later, sooner) = (at(10), at(8));
    let phone = alice.issue_with(&body);
    let open = alice.issue("Open");
    app.advance(MINUTE * 6);
    for wider in [
        json!({"protocols": ["imap", "smtp", "pop3"]}),
        json!({"protocols": ["pop3"]}),
        json!({"networks": []}),
        json!({"networks": ["192.0.2.0/24", "203.0.113.0/24"]}),
        json!({"networks": ["192.0.0.0/16"]}),
        json!({"expires_at": later}),
        json!({"expires_at": null}),
        json!({"protocols": ["imap"], "networks": []}),
    ] {
        change(&alice, &phone, &wider).expect_problem(401, "step_up_required");
    }
    for (one, narrower) in [
        (&phone, json!({"label": "Mobile"})),
        (&phone, json!({"networks": ["192.0.2.128/25", "192.0.2.1/32"]})),
        (&phone, json!({"protocols": ["imap"]})),
        (&phone, json!({"expires_at": sooner})),
        (&open, json!({"networks": ["0.0.0.0/0"]})),
        (&open, json!({"expires_at": later})),
    ] {
        let answer = change(&alice, one, &narrower).expect(200);
        for (field, value) in narrower.as_object().unwrap() {
            assert_eq!(&answer.body[field], value);
        }
    }
    let mut fresh = alice.clone();
    fresh.sign_in_with_code(app.time.wall());
    change(&fresh, &phone, &json!({"networks": [], "expires_at": null})).expect(200);
    assert_eq!(shown(&alice, &phone)["expires_at"], Value::Null);
}

#[test]
fn what_has_ended_is_not_changed_any_more() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, home.member("alice"));
    let soon = app.time.wall().plus(MINUTE).to_string();
    let guest = alice.issue_with(&json!({"label": "Guest", "expires_at": soon}));
    let lost = alice.issue("Lost");
    alice.http.delete(&lost.path("")).expect(204);
    app.advance(MINUTE);
    for one in [&guest, &lost] {
        change(&alice, one, &json!({"label": "x"})).expect_problem(409, "not_active");
    }
    // Above all an expiry is not put off once it has come.
    change(&alice, &guest, &json!({"expires_at": null})).expect_problem(409, "not_active");
    assert_eq!(home.mail_server.verdict(&alice.login, &guest.secret), "expired");
}

/// `openapi.yaml`: 409 `not_active`: superseded or ended.
#[test]
fn what_is_superseded_is_not_changed_any_more() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, home.member("alice"));
    let old = alice.issue("Laptop");
    alice.http.post(&old.path("/rotate"), &json!({})).expect(201);
    change(&alice, &old, &json!({"label": "x"})).expect_problem(409, "not_active");
}

#[test]
fn odd_bodies_are_refused_by_field_and_change_nothing() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, home.member("alice"));
    let phone = alice.issue("Phone");
    let before = alice.http.get(&phone.path("")).expect(200);
    for (body, field, code) in [
        (json!({"label": ""}), "label", "too_short"),
        (json!({"label": "x".repeat(129)}), "label", "too_long"),
        (json!({"protocols": []}), "protocols", "too_short"),
        (json!({"label": "ok", "protocols": ["imap", "gopher"]}), "protocols", "malformed"),
        (json!({"networks": ["everywhere"]}), "networks", "malformed"),
        (json!({"expires_at": "2001-01-01T00:00:00Z"}), "expires_at", "out_of_range"),
        (json!({"expires_at": 5}), "expires_at", "malformed"),
        (json!({"state": "active"}), "state", "unknown"),
        (json!({"member_id": alice.id}), "member_id", "unknown"),
    ] {
        change(&alice, &phone, &body).expect_field(field, code);
    }
    let after = alice.http.get(&phone.path("")).expect(200);
    assert_eq!((after.etag(), after.body), (before.etag(), before.body));
}

/// Somebody could take it for "any".
#[test]
fn null_is_not_the_same_as_left_out() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, home.member("alice"));
    let phone = alice.issue("Phone");
    for field in ["label", "protocols", "networks"] {
        let mut body = json!({});
        body[field] = Value::Null;
        change(&alice, &phone, &body).expect_field(field, "malformed");
    }
}

/// A check may have found it expired while the change was under way; then it must not come back.
#[test]
fn within_ten_seconds_of_its_end_nothing_prolongs_a_client_password() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, home.member("alice"));
    let ends = |seconds| app.time.wall().plus(Duration::from_secs(seconds)).to_string();
    let phone = alice.issue_with(&json!({"label": "Phone", "expires_at": ends(60)}));
    app.advance(Duration::from_micros(49_999_999));
    change(&alice, &phone, &json!({"expires_at": ends(60)})).expect(200);
    change(&alice, &phone, &json!({"expires_at": ends(10)})).expect(200);
    for later in [json!({"expires_at": ends(11)}), json!({"expires_at": null})] {
        change(&alice, &phone, &later).expect_problem(409, "not_active");
    }
    alice.http.post(&phone.path("/rotate"), &json!({})).expect_problem(409, "not_active");
    // What does not prolong it is done, and it lives until its end.
    change(&alice, &phone, &json!({"label": "Old phone"})).expect(200);
    change(&alice, &phone, &json!({"expires_at": ends(9)})).expect(200);
    assert_eq!(home.mail_server.verdict(&alice.login, &phone.secret), "accept");
    app.advance(Duration::from_secs(9));
    assert_eq!(home.mail_server.verdict(&alice.login, &phone.secret), "expired");
    change(&alice, &phone, &json!({"label": "Dead phone"})).expect_problem(409, "not_active");
}

/// The time that counts is that at which the change is written.
#[test]
fn what_has_expired_while_a_change_was_under_way_is_not_changed() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, home.member("alice"));
    let ends = |seconds| app.time.wall().plus(Duration::from_secs(seconds)).to_string();
    let phone = alice.issue_with(&json!({"label": "Phone", "expires_at": ends(60)}));
    let etag = alice.http.get(&phone.path("")).expect(200).etag();
    for (passes, body) in [(50, json!({"expires_at": ends(3_600)})), (10, json!({"label": "Dead phone"}))] {
        let time = app.time.clone();
        let pass: Meanwhile = Box::new(move || time.advance(Duration::from_secs(passes)));
        *app.faults.meanwhile.lock().unwrap() = Some(("client_passwords/by_id", pass));
        change_if(&alice, &phone, &etag, &body).expect_problem(409, "not_active");
    }
}

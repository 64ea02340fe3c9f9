//! What keyboards, clipboards, forms and proxies make of a request: codes with spaces, empty fields, weak ETags, numbers
//! with a point, the last second of the calendar.

use clientpass::store::engine::writes::Writes;
use clientpass::store::engine::{Reach, Statement, Step};
use serde_json::{Value, json};
use uuid::Uuid;

use super::administration::secured;
use crate::support::{Http, TestApp};

/// Six digits as they are typed, and what they must be read as.
fn writings(code: &str) -> Vec<String> {
    let (head, tail) = code.split_at(3);
    let wide: String = code.chars().map(|digit| char::from_u32(digit as u32 + 0xfee0).unwrap()).collect();
    let arabic: String =
        code.chars().map(|digit| char::from_u32(digit as u32 - 0x30 + 0x660).unwrap()).collect();
    vec![
        format!("{head} {tail}"),
        format!("{code}\n"),
        format!("{head}-{tail}"),
        wide,
        arabic,
        format!("\u{200e}{head}\u{a0}{tail}\u{200f}"),
    ]
}

#[test]
fn a_code_is_taken_as_it_is_typed() {
    let (app, home) = TestApp::installed();
    let mut alice = home.member("alice");
    alice.sign_in();
    let begun =
        alice.http.post(&alice.path("/second-factors"), &json!({"type": "totp", "label": null})).expect(201);
    alice.seed = Some(begun.text_of("secret"));
    let path = alice.path(&format!("/second-factors/{}/confirm", begun.text_of("id")));
    let code = alice.code(app.time.wall());
    for nothing in [json!({}), json!({"code": ""}), json!({"code": " \u{200b}"})] {
        alice.http.post(&path, &nothing).expect_field("code", "missing");
    }
    // No guesses: however many there are, the next code is looked at.
    for odd in ["12345", "code", "1234567", "12345x"].iter().cycle().take(20) {
        alice.http.post(&path, &json!({"code": odd})).expect_problem(401, "invalid_code");
    }
    alice.http.post(&path, &json!({"code": writings(&code)[0]})).expect(200);
    for step in 0..6 {
        app.time.advance(std::time::Duration::from_secs(30));
        let typed = &writings(&alice.code(app.time.wall()))[step];
        let body = json!({"login": alice.login, "password": alice.password, "code": typed});
        app.http().post("/v1/sessions", &body).expect(201);
    }
}

#[test]
fn what_cannot_be_a_code_is_no_guess_and_an_empty_one_is_none() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, &home, "alice");
    let sign_in = |code: Value| {
        app.http()
            .post("/v1/sessions", &json!({"login": alice.login, "password": alice.password, "code": code}))
    };
    for _ in 0..10 {
        for nothing in [Value::Null, "".into(), "\n".into()] {
            sign_in(nothing).expect_problem(401, "second_factor_required");
        }
        for odd in ["12345", "123 45", "1234567", "my code"] {
            sign_in(odd.into()).expect_problem(401, "invalid_code");
        }
    }
    app.time.advance(std::time::Duration::from_secs(30));
    sign_in(alice.code(app.time.wall()).into()).expect(201);
    let marked = format!("\u{202a}{}\u{202c}\u{fe0f}", alice.recovery_codes[0].to_uppercase());
    sign_in(marked.into()).expect(201);
}

#[test]
fn null_in_what_makes_something_is_as_if_it_were_not_there() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, &home, "alice");
    let body = json!({"label": "Phone", "protocols": null, "networks": null, "expires_at": null});
    let phone = alice.issue_with(&body);
    let body = json!({"overlap_seconds": null});
    let next = alice.http.post(&phone.path("/rotate"), &body).expect(201).text_of("id");
    let member = json!({
        "login": "bob@example.org", "display_name": "Bob", "role": null, "department_ids": null,
        "admin_department_ids": null, "password": null,
    });
    let made = home.operator.post(&home.path("/members"), &member).expect(201);
    assert_eq!((made.text_of("role"), made.text_of("sign_in")), ("member".into(), "external".into()));
    let key = json!({"role": "auditor", "label": "Audit", "organization_id": null});
    home.operator.post("/v1/service-keys", &key).expect(201);
    let other = json!({"name": "Other", "domains": ["other.example"], "owner": null});
    home.operator.post("/v1/organizations", &other).expect(201);
    let filter = json!({
        "all": null, "member_ids": null, "label": "Phone", "protocols": null, "created_before": null,
        "last_used_before": null, "never_used": null,
    });
    let revocation = json!({"filter": filter, "preview_id": null, "reason": "test", "dry_run": null});
    let done = home.operator.post(&home.path("/revocations"), &revocation).expect(201);
    assert_eq!(done.body["ended"]["client_passwords"], 2);
    // In a change null is a value: no expiry; where nothing can be removed it is refused.
    let path = format!("/v1/client-passwords/{}", alice.issue("Tablet").id);
    alice.http.patch(&path, &json!({"expires_at": null})).expect(200);
    alice.http.patch(&path, &json!({"label": null})).expect_field("label", "malformed");
    assert_ne!(next, phone.id);
}

#[test]
fn whole_numbers_may_be_written_with_a_point_and_the_calendar_has_its_last_day() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, &home, "alice");
    let last = "9999-12-31T23:59:59Z";
    let phone =
        alice.http.post(&alice.path("/client-passwords"), &json!({"label": "Phone", "expires_at": last}));
    let phone = phone.expect(201);
    assert_eq!(phone.text_of("expires_at"), last);
    for filter in ["created_before", "last_used_before"] {
        home.operator.get(&home.path(&format!("/client-passwords?{filter}={last}"))).expect(200);
    }
    home.operator.get(&home.path(&format!("/audit-events?until={last}"))).expect(200);
    let body = json!({"filter": {"created_before": last}, "reason": "test", "dry_run": true});
    let seen = home.operator.post(&home.path("/revocations"), &body).expect(200);
    assert_eq!(seen.body["filter"]["created_before"], last);
    assert_eq!(seen.body["matched"]["client_passwords"], 1);

    let rotate = |id: &str, body: &str| {
        let path = format!("/v1/client-passwords/{id}/rotate");
        alice.http.send_raw("POST", &path, Some(("application/json", body.as_bytes())))
    };
    let id = phone.text_of("id");
    for odd in ["60.5", "-1", "-1.0", "\"60\"", "1e400", "1e300", "[60]", "true"] {
        rotate(&id, &format!("{{\"overlap_seconds\": {odd}}}")).expect_problem(400, "invalid_request");
    }
    let next = rotate(&id, "{\"overlap_seconds\": 60.0}").expect(201).text_of("id");
    rotate(&next, "{\"overlap_seconds\": 6e1}").expect(201);
}

fn rename(http: &Http, path: &str, if_match: &[&str]) -> u16 {
    let http = if_match.iter().fold(http.clone(), |http, value| http.with("If-Match", value));
    http.send("PATCH", path, Some(&json!({"label": "Another"}))).status
}

#[test]
fn an_etag_is_a_version_however_a_proxy_hands_it_on() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, &home, "alice");
    for (what, status) in [
        (&["W/TAG"][..], 200),
        (&["TAG"], 200),
        (&["\"77\", W/TAG"], 200),
        (&["\"gzip-x\" ,TAG"], 200),
        (&["\"77\"", "TAG"], 200),
        (&["*"], 200),
        (&[" * "], 200),
        (&["W/\"77\""], 412),
        (&["\"77\", \"78\""], 412),
        (&["77"], 412),
        (&["\"\""], 412),
        (&["w/TAG"], 412),
        (&[","], 412),
        (&[], 428),
    ] {
        let path = alice.issue("Phone").path("");
        let tag = alice.http.get(&path).expect(200).etag();
        let sent: Vec<String> = what.iter().map(|value| value.replace("TAG", &tag)).collect();
        let sent: Vec<&str> = sent.iter().map(String::as_str).collect();
        assert_eq!(rename(&alice.http, &path, &sent), status, "{what:?}");
        alice.http.delete(&path).expect(204);
    }
    let _ = app;
}

#[test]
fn a_revocation_reads_a_label_as_the_label_was_read() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, &home, "alice");
    let revoke = |label: &str, dry_run: bool| {
        let body = json!({"filter": {"label": label}, "reason": "lost", "dry_run": dry_run});
        home.operator.post(&home.path("/revocations"), &body)
    };
    let long = "x".repeat(129);
    for (label, code) in [
        ("", "too_short"),
        (" \u{a0}", "too_short"),
        ("\u{200b}", "too_short"),
        (&long, "too_long"),
        ("a\u{0}", "malformed"),
    ] {
        revoke(label, false).expect_field("filter.label", code);
    }
    let phone = alice.issue("B\u{fc}ro");
    for dry_run in [true, false] {
        // A slip of the hand is heard of, before anything is done.
        revoke("b\u{fc}ro", dry_run).expect_field("filter.label", "not_found");
    }
    assert_eq!(home.mail_server.verdict(&alice.login, &phone.secret), "accept");
    for label in ["B\u{fc}ro", "\u{a0}B\u{fc}ro ", "Bu\u{308}ro"] {
        let seen = revoke(label, true).expect(200);
        assert_eq!(seen.body["matched"]["client_passwords"], 1, "{label:?}");
        let listed = home.operator.get(&home.path(&format!("/client-passwords?label={}", escaped(label))));
        assert_eq!(listed.expect(200).items().len(), 1, "{label:?}");
    }
    assert_eq!(revoke("  Bu\u{308}ro ", false).expect(201).body["ended"]["client_passwords"], 1);
    assert_eq!(home.mail_server.verdict(&alice.login, &phone.secret), "revoked");
    // Done twice is no slip.
    assert_eq!(revoke("B\u{fc}ro", false).expect(201).body["ended"]["client_passwords"], 0);
}

fn escaped(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

#[test]
fn names_that_nobody_sees_are_none() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, &home, "alice");
    for unseen in ["\u{200b}", "\u{3164}\u{2800}", "\u{202e}\u{fe0f} ", "\u{e0041}"] {
        alice
            .http
            .post(&alice.path("/client-passwords"), &json!({"label": unseen}))
            .expect_field("label", "too_short");
        let factor = json!({"type": "totp", "label": unseen});
        alice.http.post(&alice.path("/second-factors"), &factor).expect_field("label", "too_short");
        let member = json!({"login": "bob@example.org", "display_name": unseen});
        home.operator.post(&home.path("/members"), &member).expect_field("display_name", "too_short");
        let key = json!({"role": "auditor", "label": unseen});
        home.operator.post("/v1/service-keys", &key).expect_field("label", "too_short");
        let other = json!({"name": unseen, "domains": ["other.example"]});
        home.operator.post("/v1/organizations", &other).expect_field("name", "too_short");
        let revocation = json!({"filter": {"all": true}, "reason": unseen});
        home.operator.post(&home.path("/revocations"), &revocation).expect_field("reason", "too_short");
    }
    let shown =
        alice.http.post(&alice.path("/client-passwords"), &json!({"label": "\u{2764}\u{fe0f}"})).expect(201);
    assert_eq!(shown.text_of("label"), "\u{2764}\u{fe0f}");
    let _ = app;
}

#[test]
fn an_authenticator_shows_whose_codes_these_are() {
    let (app, home) = TestApp::installed();
    let mut alice = home.member("alice");
    alice.sign_in();
    let uri = |label: Value| {
        let begun = alice.http.post(&alice.path("/second-factors"), &json!({"type": "totp", "label": label}));
        begun.expect(201).text_of("otpauth_uri")
    };
    let start = |uri: String| uri.split('?').next().unwrap().to_owned();
    let first = uri(Value::Null);
    assert!(first.contains("issuer=Example"), "{first}");
    assert_eq!(start(first), "otpauth://totp/Example:alice%40example.org");
    assert_eq!(start(uri(Value::Null)), "otpauth://totp/Example:alice%40example.org%20%28TOTP%202%29");
    assert_eq!(start(uri("Phone".into())), "otpauth://totp/Example:alice%40example.org%20%28Phone%29");
    let _ = app;
}

#[test]
fn a_domain_is_one_however_it_is_written() {
    let (app, home) = TestApp::installed();
    let path = home.path("/domains");
    let bound = home.operator.post(&path, &json!({"name": " B\u{fc}cher.Example\n"})).expect(201);
    assert_eq!(bound.text_of("name"), "xn--bcher-kva.example");
    for same in ["xn--bcher-kva.example", "bu\u{308}cher.example", "B\u{dc}CHER\u{3002}EXAMPLE"] {
        home.operator.post(&path, &json!({"name": same})).expect_problem(409, "domain_taken");
    }
    for none in ["xn--a.example", "b\u{fc}cher", "a\u{ff20}b.example", "\u{200b}", "example.org."] {
        home.operator.post(&path, &json!({"name": none})).expect_field("name", "malformed");
    }
    home.operator.delete(&format!("{path}/b%C3%BCcher.example")).expect(204);
    home.operator.delete(&format!("{path}/xn--bcher-kva.example")).expect_problem(404, "not_found");
    let _ = app;
}

/// Labels were kept as they were typed once, so those of before may be decomposed.
#[test]
fn a_label_of_before_is_found_by_what_it_reads_as_in_its_own_organization() {
    const SET_LABEL: &Statement = &Statement {
        name: "change",
        sql: "UPDATE client_passwords SET label = $1 WHERE id = $2",
        postgres: None,
        reach: Reach::Point,
        writes: Writes::Row(2),
    };
    let (app, home) = TestApp::installed();
    let alice = secured(&app, &home, "alice");
    let phone = alice.issue("Phone");
    let id: Uuid = phone.id.parse().unwrap();
    let args = vec!["Bu\u{308}ro".into(), id.into()];
    let before = Step { statement: SET_LABEL, args, unless_one: None };
    *app.faults.overtaking.lock().unwrap() = Some(("client_passwords/by_id", vec![before]));
    home.operator.get(&phone.path("")).expect(200);
    assert_eq!(home.operator.get(&phone.path("")).text_of("label"), "Bu\u{308}ro");

    let other = json!({"name": "Other", "domains": ["other.example"]});
    let other = home.operator.post("/v1/organizations", &other).expect(201).text_of("id");
    let body = json!({"filter": {"label": "B\u{fc}ro"}, "reason": "lost"});
    let elsewhere = home.operator.post(&format!("/v1/organizations/{other}/revocations"), &body);
    elsewhere.expect_field("filter.label", "not_found");
    let done = home.operator.post(&home.path("/revocations"), &body).expect(201);
    assert_eq!(done.body["ended"]["client_passwords"], 1);
    assert_eq!(home.mail_server.verdict(&alice.login, &phone.secret), "revoked");
}

//! Members: made, found, listed, renamed. Their states and who may do what to whom are next door.

use serde_json::{Value, json};

use super::administration::{Neighbours, all_pages, each, program, secured, signed_in};
use crate::support::TestApp;
use crate::support::actors::Installation;

fn body_of(login: &str) -> Value {
    json!({"login": login, "display_name": "Somebody"})
}

#[test]
fn a_member_is_local_with_a_password_and_external_without() {
    let (_app, home) = TestApp::installed();
    let local = json!({
        "login": " Alice@Example.ORG ", "display_name": " Alice ", "role": "auditor",
        "department_ids": [], "admin_department_ids": [], "password": "alice's password",
    });
    let made = home.operator.post(&home.path("/members"), &local).expect(201);
    let expected = json!({
        "id": made.body["id"], "organization_id": home.organization_id, "login": "alice@example.org",
        "display_name": "Alice", "role": "auditor", "department_ids": [], "admin_department_ids": [],
        "state": "active", "sign_in": "local", "created_at": "2026-11-22T08:00:00Z",
        "secure_login": {"enabled": false, "epoch": 0, "since": null, "required": false, "required_from": null},
    });
    assert_eq!(made.body, expected);
    let read = home.operator.get(&format!("/v1/members/{}", made.text_of("id"))).expect(200);
    assert_eq!(read.body, expected);
    let sign_in = json!({"login": "alice@example.org", "password": "alice's password"});
    home.operator.post("/v1/sessions", &sign_in).expect(201);

    let external = home.operator.post(&home.path("/members"), &body_of("bob@example.org")).expect(201);
    assert_eq!(external.body["sign_in"], "external");
    assert_eq!(external.body["role"], "member");
}

#[test]
fn a_login_belongs_to_one_member_whatever_its_case() {
    let (_app, home) = TestApp::installed();
    let neighbours = Neighbours::of(&home);
    home.operator.post(&home.path("/members"), &body_of("alice@example.org")).expect(201);
    for login in ["alice@example.org", "ALICE@example.org", "alice@EXAMPLE.org", " alice@example.org"] {
        home.operator.post(&home.path("/members"), &body_of(login)).expect_problem(409, "login_taken");
    }
    home.operator.post(&neighbours.path("/members"), &body_of("alice@example.test")).expect(201);
    assert_eq!(home.operator.get(&home.path("/members")).expect(200).items().len(), 2);
}

#[test]
fn of_two_members_with_one_login_one_is_made() {
    let (_app, home) = TestApp::installed();
    let racers: Vec<_> = (0..4)
        .map(|_| {
            let (http, path) = (home.operator.clone(), home.path("/members"));
            std::thread::spawn(move || http.post(&path, &body_of("alice@example.org")).status)
        })
        .collect();
    let mut statuses: Vec<u16> = racers.into_iter().map(|racer| racer.join().unwrap()).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409, 409, 409]);
    assert_eq!(home.operator.get(&home.path("/members")).expect(200).items().len(), 2);
}

#[test]
fn a_member_that_cannot_be_made_is_refused_by_field() {
    let (_app, home) = TestApp::installed();
    Neighbours::of(&home);
    let department = json!(["019bbf00-0000-7000-8000-000000000001"]);
    let wrongs = [
        ("login", json!("alice@example.test"), "login", "not_allowed"),
        ("login", json!("alice@mail.example.org"), "login", "not_allowed"),
        ("login", json!("alice"), "login", "malformed"),
        ("login", json!("a b@example.org"), "login", "malformed"),
        ("display_name", json!(" "), "display_name", "too_short"),
        ("display_name", json!("a\nb"), "display_name", "malformed"),
        ("display_name", json!("ä".repeat(2000)), "display_name", "too_long"),
        ("role", json!("owner"), "role", "malformed"),
        ("role", json!("king"), "role", "malformed"),
        ("department_ids", department.clone(), "department_ids[0]", "not_found"),
        ("admin_department_ids", department, "admin_department_ids", "not_allowed"),
        ("password", json!("short"), "password", "too_short"),
        ("password", json!("x".repeat(1025)), "password", "too_long"),
        ("password", json!("aaaaa-aaaaa-aaaaa-aaaaa-aaaaa-aaaab"), "password", "not_allowed"),
    ];
    for (name, value, field, code) in wrongs {
        let mut body = body_of("alice@example.org");
        body[name] = value;
        home.operator.post(&home.path("/members"), &body).expect_field(field, code);
    }
    assert_eq!(home.operator.get(&home.path("/members")).expect(200).items().len(), 1);
}

#[test]
fn nobody_gives_a_role_above_their_own() {
    let (_app, home) = TestApp::installed();
    let mut owner = home.owner.clone();
    owner.sign_in();
    let bound = Some(home.organization_id.as_str());
    let low = ["member", "auditor", "department_admin"].as_slice();
    let all = ["member", "auditor", "department_admin", "admin"].as_slice();
    let callers = [
        ("owner", owner.http, all),
        ("admin", signed_in(&home, "ad", "admin").http, low),
        ("operator", program(&home, "operator", bound), all),
        ("directory", program(&home, "directory", bound), low),
        ("department-admin", signed_in(&home, "head", "department_admin").http, &[]),
        ("auditor", signed_in(&home, "audi", "auditor").http, &[]),
        ("member", signed_in(&home, "joe", "member").http, &[]),
        ("auditor-key", program(&home, "auditor", bound), &[]),
        ("mail-server", home.mail_server.clone(), &[]),
    ];
    for (who, http, may) in callers {
        for role in all {
            let mut body = body_of(&format!("{who}-{role}@example.org"));
            body["role"] = json!(role);
            // Whoever administers departments names one of them.
            let status = match (who, *role) {
                _ if may.contains(role) => 201,
                ("department-admin", "member") => 400,
                _ => 403,
            };
            let answer = http.post(&home.path("/members"), &body);
            assert_eq!(answer.status, status, "{who} makes {role}: {}", answer.text);
        }
    }
}

/// Alice (secure login on), Bob (suspended), Carol (left), Dora, beside the owner.
fn village(app: &TestApp, home: &Installation) {
    secured(app, home, "alice");
    let bob = home.external_member("bob");
    home.operator.patch(&bob.path(""), &json!({"state": "suspended"})).expect(200);
    let carol = home.external_member("carol");
    home.operator.delete(&carol.path("")).expect(204);
    home.external_member("dora");
}

#[test]
fn members_are_found_by_login_state_and_secure_login() {
    let (app, home) = TestApp::installed();
    village(&app, &home);
    let cases = [
        ("", "dora carol bob alice owner"),
        ("?login=Alice@Example.ORG", "alice"),
        ("?login=nobody@example.org", ""),
        ("?state=active", "dora alice owner"),
        ("?state=suspended", "bob"),
        ("?state=left", "carol"),
        ("?secure_login=true", "alice"),
        ("?secure_login=false", "dora carol bob owner"),
        ("?secure_login=false&state=active", "dora owner"),
        ("?login=bob@example.org&state=active", ""),
    ];
    for (query, names) in cases {
        for limit in [1, 2, 200] {
            let found = all_pages(&home.operator, &home.path(&format!("/members{query}")), limit);
            let logins: Vec<String> =
                names.split_whitespace().map(|name| format!("{name}@example.org")).collect();
            assert_eq!(each(&found, "login"), logins, "{query}");
        }
    }
}

#[test]
fn a_filter_that_says_nothing_sensible_is_refused() {
    let (_app, home) = TestApp::installed();
    for (query, field) in [
        ("state=gone", "state"),
        ("state=", "state"),
        ("secure_login=yes", "secure_login"),
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("cursor=", "cursor"),
        ("cursor=AAAA", "cursor"),
        ("department_id=one", "department_id"),
        ("state=active&state=left", "state"),
    ] {
        let answer = home.operator.get(&home.path(&format!("/members?{query}")));
        let answer = answer.expect_problem(400, "invalid_request");
        assert_eq!(answer.body["errors"][0]["field"], field, "{query}");
    }
}

#[test]
fn a_login_filter_of_nothing_does_not_find_everybody() {
    let (_app, home) = TestApp::installed();
    let answer = home.operator.get(&home.path("/members?login="));
    assert!(answer.status == 400 || answer.items().is_empty(), "{}", answer.text);
}

#[test]
fn a_cursor_goes_with_its_list_and_its_filters_only() {
    let (_app, home) = TestApp::installed();
    let neighbours = Neighbours::of(&home);
    for name in ["alice", "bob", "carol"] {
        home.external_member(name);
    }
    let page = home.operator.get(&home.path("/members?limit=2&state=active")).expect(200);
    assert_eq!(each(page.items(), "login"), ["carol@example.org", "bob@example.org"]);
    let cursor = page.text_of("next_cursor");
    home.external_member("dora");
    let next = |query: &str| home.operator.get(&home.path(&format!("/members?{query}cursor={cursor}")));
    let rest = next("state=active&limit=50&").expect(200);
    assert_eq!(each(rest.items(), "login"), ["alice@example.org", "owner@example.org"]);
    assert_eq!(rest.body["next_cursor"], Value::Null);
    for other in ["", "state=suspended&", "state=active&secure_login=false&", "login=alice@example.org&"] {
        next(other).expect_field("cursor", "malformed");
    }
    let theirs = neighbours.path(&format!("/members?state=active&cursor={cursor}"));
    home.operator.get(&theirs).expect_field("cursor", "malformed");
}

#[test]
fn a_change_needs_the_etag_of_what_was_read() {
    let (_app, home) = TestApp::installed();
    let alice = home.external_member("alice");
    let (path, new) = (alice.path(""), json!({"display_name": "Renamed", "role": "auditor"}));
    let etag = home.operator.get(&path).expect(200).etag();
    home.operator.send("PATCH", &path, Some(&new)).expect_problem(428, "version_required");
    let stale = home.operator.with("If-Match", "\"999\"");
    stale.send("PATCH", &path, Some(&new)).expect_problem(412, "version_mismatch");
    stale.send("PATCH", &path, Some(&json!({"state": "suspended"}))).expect_problem(412, "version_mismatch");
    assert_eq!(home.operator.get(&path).expect(200).body["display_name"], "alice");

    let changed = home.operator.with("If-Match", &etag).send("PATCH", &path, Some(&new)).expect(200);
    assert_eq!(
        (&changed.body["display_name"], &changed.body["role"]),
        (&json!("Renamed"), &json!("auditor"))
    );
    assert_ne!(changed.etag(), etag);
    let again = home.operator.with("If-Match", &etag).send("PATCH", &path, Some(&json!({"role": "member"})));
    again.expect_problem(412, "version_mismatch");
    for same in [new, json!({}), json!({"state": "active"})] {
        assert_eq!(home.operator.patch(&path, &same).expect(200).etag(), changed.etag());
    }
}

#[test]
fn a_change_that_makes_no_sense_is_refused_by_field() {
    let (_app, home) = TestApp::installed();
    let alice = home.external_member("alice");
    let wrongs = [
        (json!({"state": "left"}), "state", "not_allowed"),
        (json!({"state": "gone"}), "state", "malformed"),
        (json!({"state": "suspended", "role": "auditor"}), "state", "not_allowed"),
        (json!({"role": "owner"}), "role", "malformed"),
        (json!({"display_name": ""}), "display_name", "too_short"),
        (json!({"login": "new@example.org"}), "login", "unknown"),
        (json!({"department_ids": ["one"]}), "department_ids[0]", "malformed"),
        (json!({"state": "suspended", "department_ids": []}), "state", "not_allowed"),
    ];
    let before = home.operator.get(&alice.path("")).expect(200);
    for (body, field, code) in wrongs {
        home.operator.patch(&alice.path(""), &body).expect_field(field, code);
    }
    assert_eq!(home.operator.get(&alice.path("")).expect(200).text, before.text);
}

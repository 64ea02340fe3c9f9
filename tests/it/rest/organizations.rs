//! `/v1/organizations`: made by operators, renamed, hidden from others. Their domains and their end are next door.

use serde_json::{Value, json};

use super::administration::{Neighbours, all_pages, each, make_key, one_record, program, signed_in};
use crate::support::actors::Installation;
use crate::support::{Http, TestApp};

fn body_of(name: &str, domain: &str) -> Value {
    json!({"name": name, "domains": [domain]})
}

/// Everybody but an operator of the whole installation.
fn no_operators(home: &Installation) -> Vec<(&'static str, Http)> {
    let bound = Some(home.organization_id.as_str());
    let mut owner = home.owner.clone();
    owner.sign_in();
    vec![
        ("owner", owner.http),
        ("admin", signed_in(home, "admin", "admin").http),
        ("member", signed_in(home, "alice", "member").http),
        ("operator of one organization", program(home, "operator", bound)),
        ("directory key", program(home, "directory", None)),
        ("auditor key", program(home, "auditor", None)),
        ("mail server", home.mail_server.clone()),
    ]
}

#[test]
fn only_operators_of_the_whole_installation_make_organizations() {
    let (app, home) = TestApp::installed();
    app.http()
        .post("/v1/organizations", &body_of("New", "example.test"))
        .expect_problem(401, "unauthenticated");
    for (who, http) in no_operators(&home) {
        let answer = http.post("/v1/organizations", &body_of("New", "example.test"));
        assert_eq!(answer.status, 403, "{who}: {}", answer.text);
    }
    assert_eq!(home.operator.get("/v1/organizations").expect(200).items().len(), 1);
    home.operator.post("/v1/organizations", &body_of("New", "example.test")).expect(201);
}

#[test]
fn an_organization_is_made_with_its_domains_and_its_owner() {
    let (_app, home) = TestApp::installed();
    let body = json!({
        "name": "  New  ", "domains": ["Mail.Example.TEST", "example.test"], "owner": "Owner@Example.test",
    });
    let made = home.operator.post("/v1/organizations", &body).expect(201);
    assert_eq!(made.body["name"], "New");
    assert_eq!(made.body["state"], "active");
    assert_eq!(made.body["domains"], json!(["example.test", "mail.example.test"]));
    let read = home.operator.get(&format!("/v1/organizations/{}", made.text_of("id"))).expect(200);
    assert_eq!(read.body, made.body);

    let owner = home.operator.get(&format!("/v1/members/{}", made.text_of("owner_id"))).expect(200);
    assert_eq!(owner.body["login"], "owner@example.test");
    assert_eq!(owner.body["role"], "owner");
    assert_eq!(owner.body["sign_in"], "external");
    assert_eq!(owner.body["organization_id"], made.body["id"]);

    let without =
        home.operator.post("/v1/organizations", &body_of("Other", "other.example.test")).expect(201);
    assert_eq!(without.body["owner_id"], Value::Null);
}

#[test]
fn an_organization_that_cannot_be_made_leaves_nothing_behind() {
    let (_app, home) = TestApp::installed();
    let taken = json!({"name": "New", "domains": ["free.example.test", "Example.ORG"]});
    home.operator.post("/v1/organizations", &taken).expect_problem(409, "domain_taken");
    let wrongs = [
        (json!({"name": "", "domains": ["example.test"]}), "name", "too_short"),
        (json!({"name": "N\u{7}", "domains": ["example.test"]}), "name", "malformed"),
        (json!({"name": "New", "domains": []}), "domains", "out_of_range"),
        (json!({"name": "New", "domains": ["example.test", "EXAMPLE.test"]}), "domains", "duplicate"),
        (json!({"name": "New", "domains": ["no domain"]}), "domains", "malformed"),
        (json!({"name": "New", "domains": ["example.test"], "owner": "a"}), "owner", "malformed"),
        (
            json!({"name": "New", "domains": ["example.test"], "owner": "a@example.org"}),
            "owner",
            "not_allowed",
        ),
    ];
    for (body, field, code) in wrongs {
        home.operator.post("/v1/organizations", &body).expect_field(field, code);
    }
    assert_eq!(home.operator.get("/v1/organizations").expect(200).items().len(), 1);
    home.operator.post("/v1/organizations", &body_of("New", "free.example.test")).expect(201);
}

#[test]
fn a_rename_needs_the_etag_of_what_was_read() {
    let (_app, home) = TestApp::installed();
    let (path, new) = (home.path(""), json!({"name": "Renamed"}));
    let etag = home.operator.get(&path).expect(200).etag();
    home.operator.send("PATCH", &path, Some(&new)).expect_problem(428, "version_required");
    for wrong in ["\"999\"", "nonsense", "W/\"999\"", "1"] {
        let answer = home.operator.with("If-Match", wrong).send("PATCH", &path, Some(&new));
        answer.expect_problem(412, "version_mismatch");
    }
    assert_eq!(home.operator.get(&path).expect(200).body["name"], "Example");

    let renamed = home.operator.with("If-Match", &etag).send("PATCH", &path, Some(&new)).expect(200);
    assert_eq!(renamed.body["name"], "Renamed");
    assert_ne!(renamed.etag(), etag);
    assert_eq!(home.operator.get(&path).expect(200).etag(), renamed.etag());
    let late = home.operator.with("If-Match", &etag).send("PATCH", &path, Some(&json!({"name": "Late"})));
    late.expect_problem(412, "version_mismatch");

    let same = home.operator.patch(&path, &new).expect(200);
    assert_eq!(same.etag(), renamed.etag(), "what is so already is not changed");
    home.operator.with("If-Match", "*").send("PATCH", &path, Some(&json!({"name": "Any"}))).expect(200);
}

#[test]
fn of_two_renames_of_one_version_one_gets_through() {
    let (_app, home) = TestApp::installed();
    let etag = home.operator.get(&home.path("")).expect(200).etag();
    let event = one_record(&home, || {
        let racers: Vec<_> = (0..4)
            .map(|n| {
                let (http, path) = (home.operator.with("If-Match", &etag), home.path(""));
                let name = json!({"name": format!("Name {n}")});
                std::thread::spawn(move || http.send("PATCH", &path, Some(&name)).status)
            })
            .collect();
        let mut statuses: Vec<u16> = racers.into_iter().map(|racer| racer.join().unwrap()).collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 412, 412, 412]);
    });
    assert_eq!(event["action"], "organization.updated");
}

#[test]
fn owner_administrators_and_operators_rename_and_nobody_else() {
    let (_app, home) = TestApp::installed();
    let bound = Some(home.organization_id.as_str());
    let mut owner = home.owner.clone();
    owner.sign_in();
    let callers = [
        ("owner", owner.http, 200),
        ("admin", signed_in(&home, "admin", "admin").http, 200),
        ("operator key", program(&home, "operator", bound), 200),
        ("department admin", signed_in(&home, "head", "department_admin").http, 403),
        ("auditor", signed_in(&home, "auditor", "auditor").http, 403),
        ("member", signed_in(&home, "alice", "member").http, 403),
        ("directory key", program(&home, "directory", bound), 403),
        ("auditor key", program(&home, "auditor", bound), 403),
        ("mail server", program(&home, "mail_server", bound), 403),
    ];
    for (who, http, status) in callers {
        let etag = home.operator.get(&home.path("")).expect(200).etag();
        let name = json!({"name": format!("Named by {who}")});
        let answer = http.with("If-Match", &etag).send("PATCH", &home.path(""), Some(&name));
        assert_eq!(answer.status, status, "{who}: {}", answer.text);
    }
}

#[test]
fn an_organization_is_hidden_from_another() {
    let (_app, home) = TestApp::installed();
    let neighbours = Neighbours::of(&home);
    let theirs = Some(neighbours.id.as_str());
    let mut others = vec![neighbours.owner.http.clone()];
    for role in ["operator", "directory", "auditor", "mail_server"] {
        others.push(program(&home, role, theirs));
    }
    let unknown = "/v1/organizations/019bbf00-0000-7000-8000-000000000001";
    for http in others.iter().map(|http| http.with("If-Match", "*")) {
        for below in ["", "/domains", "/members", "/client-passwords", "/revocations", "/audit-events"] {
            let hidden = http.get(&home.path(below)).expect_problem(404, "not_found");
            let missing = http.get(&format!("{unknown}{below}")).expect_problem(404, "not_found");
            let bare = |text: &str| text.split("\"instance\"").next().unwrap_or("").to_owned();
            assert_eq!(bare(&hidden.text), bare(&missing.text));
        }
        http.send("PATCH", &home.path(""), Some(&json!({"name": "Ours"}))).expect_problem(404, "not_found");
        http.delete(&home.path("")).expect_problem(404, "not_found");
        http.post(&home.path("/domains"), &json!({"name": "new.example.org"}))
            .expect_problem(404, "not_found");
        http.delete(&home.path("/domains/example.org")).expect_problem(404, "not_found");
        let member = json!({"login": "x@example.org", "display_name": "x"});
        http.post(&home.path("/members"), &member).expect_problem(404, "not_found");
        let all = json!({"filter": {"all": true}, "reason": "ours"});
        http.post(&home.path("/revocations"), &all).expect_problem(404, "not_found");
    }
    assert_eq!(home.operator.get(&home.path("")).expect(200).body["name"], "Example");
}

#[test]
fn operators_list_all_organizations_and_everybody_else_their_own() {
    let (_app, home) = TestApp::installed();
    let neighbours = Neighbours::of(&home);
    for n in 0..3 {
        home.operator
            .post("/v1/organizations", &body_of("More", &format!("more{n}.example.test")))
            .expect(201);
    }
    let all = all_pages(&home.operator, "/v1/organizations", 2);
    assert_eq!(each(&all, "name"), ["More", "More", "More", "Neighbours", "Example"], "newest first");

    let key = make_key(&home.operator, "operator", Some(&home.organization_id)).expect(201);
    let callers = [
        (neighbours.owner.http.clone(), neighbours.id.as_str()),
        (signed_in(&home, "alice", "member").http, home.organization_id.as_str()),
        (home.operator.bearing(&key.text_of("key")), home.organization_id.as_str()),
    ];
    for (http, own) in callers {
        assert_eq!(each(&all_pages(&http, "/v1/organizations", 1), "id"), [own]);
    }
}

//! `/v1/organizations/{organization_id}/domains`: bound by operators, let go once nobody uses them.

use serde_json::json;

use super::administration::{Neighbours, all_pages, each, program, signed_in};
use crate::support::TestApp;
use crate::support::actors::Installation;

fn bind(home: &Installation, name: &str) -> u16 {
    home.operator.post(&home.path("/domains"), &json!({"name": name})).status
}

#[test]
fn a_domain_is_bound_in_lower_case_and_logins_in_it_can_be_made() {
    let (_app, home) = TestApp::installed();
    let body = json!({"login": "alice@mail.example.org", "display_name": "Alice"});
    home.operator.post(&home.path("/members"), &body).expect_field("login", "not_allowed");
    let bound = home.operator.post(&home.path("/domains"), &json!({"name": "Mail.Example.ORG"})).expect(201);
    assert_eq!(bound.body, json!({"name": "mail.example.org", "created_at": "2026-11-22T08:00:00Z"}));
    home.operator.post(&home.path("/members"), &body).expect(201);
    let organization = home.operator.get(&home.path("")).expect(200);
    assert_eq!(organization.body["domains"], json!(["example.org", "mail.example.org"]));
}

/// Time that passes before it is written belongs to it.
#[test]
fn a_binding_is_answered_with_the_time_that_was_written() {
    let (app, home) = TestApp::installed();
    let time = app.time.clone();
    let pass = Box::new(move || time.advance(std::time::Duration::from_secs(5)));
    *app.faults.meanwhile.lock().unwrap() = Some(("domains/bind", pass));
    let bound = home.operator.post(&home.path("/domains"), &json!({"name": "late.example.org"})).expect(201);
    assert_eq!(bound.body["created_at"], app.time.wall().to_string());
    let listed = home.operator.get(&home.path("/domains")).expect(200);
    let late = listed.items().iter().find(|one| one["name"] == "late.example.org").unwrap();
    assert_eq!(late["created_at"], bound.body["created_at"]);
}

#[test]
fn a_domain_belongs_to_one_organization_at_a_time() {
    let (_app, home) = TestApp::installed();
    let neighbours = Neighbours::of(&home);
    for (path, name) in [
        (home.path("/domains"), "example.org"),
        (home.path("/domains"), "EXAMPLE.test"),
        (neighbours.path("/domains"), "example.org"),
    ] {
        home.operator.post(&path, &json!({"name": name})).expect_problem(409, "domain_taken");
    }
    assert_eq!(bind(&home, "mail.example.test"), 201, "a domain below another is a domain of its own");
}

#[test]
fn only_operator_keys_bind_a_domain() {
    let (_app, home) = TestApp::installed();
    let bound = Some(home.organization_id.as_str());
    let mut owner = home.owner.clone();
    owner.sign_in();
    let callers = [
        ("owner", owner.http, 403),
        ("admin", signed_in(&home, "admin", "admin").http, 403),
        ("auditor", signed_in(&home, "auditor", "auditor").http, 403),
        ("directory key", program(&home, "directory", bound), 403),
        ("auditor key", program(&home, "auditor", None), 403),
        ("mail server", home.mail_server.clone(), 403),
        ("operator of the organization", program(&home, "operator", bound), 201),
    ];
    for (who, http, status) in callers {
        let answer = http.post(&home.path("/domains"), &json!({"name": "mail.example.org"}));
        assert_eq!(answer.status, status, "{who}: {}", answer.text);
    }
}

#[test]
fn what_is_no_domain_is_not_bound() {
    let (_app, home) = TestApp::installed();
    let long = format!("{}.example.org", "a".repeat(64));
    for name in ["", "localhost", "a..b", "-a.example.org", "xn--a.example.org", "example.org.", &long] {
        let answer = home.operator.post(&home.path("/domains"), &json!({"name": name}));
        answer.expect_field("name", "malformed");
    }
    assert_eq!(home.operator.get(&home.path("/domains")).expect(200).items().len(), 1);
}

#[test]
fn a_domain_is_kept_while_a_member_uses_it() {
    let (_app, home) = TestApp::installed();
    assert_eq!(bind(&home, "mail.example.org"), 201);
    let body = json!({"login": "alice@mail.example.org", "display_name": "Alice"});
    let alice = home.operator.post(&home.path("/members"), &body).expect(201).text_of("id");
    let (domain, alice) = (home.path("/domains/mail.example.org"), format!("/v1/members/{alice}"));

    home.operator.delete(&domain).expect_problem(409, "domain_in_use");
    home.operator.patch(&alice, &json!({"state": "suspended"})).expect(200);
    home.operator.delete(&domain).expect_problem(409, "domain_in_use");
    home.operator.delete(&alice).expect(204);
    home.operator.delete(&home.path("/domains/Mail.Example.ORG")).expect(204);
    home.operator.delete(&domain).expect_problem(404, "not_found");
    home.operator.post(&home.path("/members"), &body).expect_field("login", "not_allowed");
}

#[test]
fn a_domain_that_was_let_go_is_free_for_another_organization() {
    let (_app, home) = TestApp::installed();
    let neighbours = Neighbours::of(&home);
    assert_eq!(bind(&home, "mail.example.org"), 201);
    let mail = json!({"name": "mail.example.org"});
    home.operator.post(&neighbours.path("/domains"), &mail).expect_problem(409, "domain_taken");
    let foreign = neighbours.path("/domains/mail.example.org");
    home.operator.delete(&foreign).expect_problem(404, "not_found");
    home.operator.delete(&home.path("/domains/mail.example.org")).expect(204);
    home.operator.post(&neighbours.path("/domains"), &mail).expect(201);
}

#[test]
fn no_domain_is_let_go_by_who_may_not() {
    let (_app, home) = TestApp::installed();
    assert_eq!(bind(&home, "mail.example.org"), 201);
    let bound = Some(home.organization_id.as_str());
    for (who, http) in [
        ("admin", signed_in(&home, "admin", "admin").http),
        ("auditor", signed_in(&home, "auditor", "auditor").http),
        ("directory key", program(&home, "directory", bound)),
        ("mail server", home.mail_server.clone()),
    ] {
        let answer = http.delete(&home.path("/domains/mail.example.org"));
        assert_eq!(answer.status, 403, "{who}: {}", answer.text);
    }
    assert_eq!(home.operator.get(&home.path("/domains")).expect(200).items().len(), 2);
}

#[test]
fn domains_are_listed_page_by_page() {
    let (_app, home) = TestApp::installed();
    let neighbours = Neighbours::of(&home);
    for name in ["e", "c", "a", "d", "b"] {
        assert_eq!(bind(&home, &format!("{name}.example.org")), 201);
    }
    let names =
        ["a.example.org", "b.example.org", "c.example.org", "d.example.org", "e.example.org", "example.org"];
    for limit in [1, 2, 6, 200] {
        assert_eq!(each(&all_pages(&home.operator, &home.path("/domains"), limit), "name"), names);
    }
    for wrong in ["0", "201", "-1", "many", ""] {
        let answer = home.operator.get(&home.path(&format!("/domains?limit={wrong}")));
        assert_eq!(answer.expect(400).body["errors"][0]["field"], "limit");
    }
    let cursor = home.operator.get(&home.path("/domains?limit=1")).expect(200).text_of("next_cursor");
    for path in [neighbours.path("/domains"), home.path("/members")] {
        home.operator.get(&format!("{path}?cursor={cursor}")).expect_field("cursor", "malformed");
    }
    home.operator.get(&home.path("/domains?cursor=nonsense")).expect_field("cursor", "malformed");
}

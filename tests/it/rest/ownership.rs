//! Ownership: offered and taken on, or handed over by an operator; never two owners, and never none again.

use std::time::Duration;

use serde_json::{Value, json};

use super::administration::{Neighbours, all_pages, each, one_record, signed_in};
use crate::support::actors::Installation;
use crate::support::{Answer, Http, Person, TestApp};

const DAY: Duration = Duration::from_secs(86_400);

fn offer(http: &Http, home: &Installation, to: &Person) -> Answer {
    http.post(&home.path("/ownership"), &json!({"member_id": to.id}))
}

fn accept(home: &Installation, person: &Person) -> Answer {
    person.http.send("POST", &home.path("/ownership/accept"), None)
}

fn role(home: &Installation, person: &Person) -> String {
    home.operator.get(&person.path("")).expect(200).text_of("role")
}

/// The owner and an heir, both signed in.
fn two(home: &Installation) -> (Person, Person) {
    let mut owner = home.owner.clone();
    owner.sign_in();
    (owner, signed_in(home, "heir", "auditor"))
}

#[test]
fn the_owner_offers_and_the_member_takes_it_on() {
    let (_app, home) = TestApp::installed();
    let (owner, heir) = two(&home);
    let body = offer(&owner.http, &home, &heir).expect(200).body;
    let made = json!({
        "member_id": heir.id, "created_at": "2026-11-22T08:00:00Z", "expires_at": "2026-11-29T08:00:00Z",
    });
    assert_eq!(body, json!({"owner_id": owner.id, "offer": made}));
    assert_eq!((role(&home, &owner), role(&home, &heir)), ("owner".into(), "auditor".into()), "nothing yet");

    let record = one_record(&home, || accept(&home, &heir).expect(200));
    assert_eq!(record["action"], "ownership.handed_over");
    assert_eq!(record["details"]["owner_before"], json!(owner.id));
    assert_eq!((role(&home, &owner), role(&home, &heir)), ("admin".into(), "owner".into()));
    let organization = home.operator.get(&home.path("")).expect(200);
    assert_eq!(organization.text_of("owner_id"), heir.id);

    // Their sessions go on, with what they may now.
    accept(&home, &heir).expect_problem(404, "not_found");
    offer(&owner.http, &home, &owner).expect_problem(403, "forbidden");
    heir.http.patch(&owner.path(""), &json!({"role": "member"})).expect(200);
    let owners = all_pages(&home.operator, &home.path("/members"), 50);
    assert_eq!(each(&owners, "role").iter().filter(|role| *role == "owner").count(), 1);
}

#[test]
fn an_offer_is_for_one_member_for_seven_days() {
    let (app, home) = TestApp::installed();
    let (mut owner, mut heir) = two(&home);
    let mut other = signed_in(&home, "other", "member");
    accept(&home, &heir).expect_problem(404, "not_found");
    offer(&owner.http, &home, &heir).expect(200);
    accept(&home, &other).expect_problem(404, "not_found");
    accept(&home, &owner).expect_problem(404, "not_found");
    // A later offer takes the place of the one before.
    offer(&owner.http, &home, &other).expect(200);
    accept(&home, &heir).expect_problem(404, "not_found");

    app.advance(DAY * 7);
    for person in [&mut owner, &mut heir, &mut other] {
        person.sign_in();
    }
    assert_eq!(owner.http.get(&home.path("/ownership")).expect(200).body["offer"], Value::Null);
    accept(&home, &other).expect_problem(404, "not_found");
    assert_eq!(role(&home, &owner), "owner");
}

#[test]
fn an_offer_ends_with_what_it_stands_on() {
    let (_app, home) = TestApp::installed();
    let (owner, mut heir) = two(&home);
    let open = || home.operator.get(&home.path("/ownership")).expect(200).body["offer"].is_object();
    let again = |heir: &Person| {
        offer(&owner.http, &home, heir).expect(200);
        assert!(open());
    };

    again(&heir);
    home.operator.patch(&heir.path(""), &json!({"role": "member"})).expect(200);
    assert!(!open(), "another role");
    again(&heir);
    home.operator.patch(&heir.path(""), &json!({"state": "suspended"})).expect(200);
    assert!(!open(), "suspended");
    home.operator.patch(&heir.path(""), &json!({"state": "active"})).expect(200);
    heir.sign_in();
    accept(&home, &heir).expect_problem(404, "not_found");

    again(&heir);
    one_record(&home, || owner.http.delete(&home.path("/ownership")).expect(204));
    assert!(!open(), "withdrawn");
    again(&heir);
    heir.http.delete(&home.path("/ownership")).expect(204);
    assert!(!open(), "declined");
    owner.http.delete(&home.path("/ownership")).expect_problem(404, "not_found");
    again(&heir);
    let stranger = signed_in(&home, "stranger", "admin");
    stranger.http.delete(&home.path("/ownership")).expect_problem(404, "not_found");
    home.operator.delete(&heir.path("")).expect(204);
    assert!(!open(), "left");
    offer(&owner.http, &home, &heir).expect_field("member_id", "not_allowed");
}

#[test]
fn an_operator_hands_over_without_anybody_taking_it_on() {
    let (_app, home) = TestApp::installed();
    let (owner, heir) = two(&home);
    offer(&owner.http, &home, &heir).expect(200);
    let other = home.member("other");
    let body = offer(&home.operator, &home, &other).expect(200).body;
    assert_eq!(body, json!({"owner_id": other.id, "offer": null}), "and no offer stands after it");
    assert_eq!((role(&home, &owner), role(&home, &other)), ("admin".into(), "owner".into()));

    // An organization that was made without an owner gets its first one.
    let body = json!({"name": "Other", "domains": ["other.example"]});
    let id = home.operator.post("/v1/organizations", &body).expect(201).text_of("id");
    let path = |below: &str| format!("/v1/organizations/{id}{below}");
    let new = json!({"login": "first@other.example", "display_name": "First"});
    let first = home.operator.post(&path("/members"), &new).expect(201).text_of("id");
    let handed = home.operator.post(&path("/ownership"), &json!({"member_id": first})).expect(200);
    assert_eq!(handed.body["owner_id"], json!(first));
}

#[test]
fn nobody_else_hands_over_and_nobody_gets_it_who_cannot() {
    let (app, home) = TestApp::installed();
    let (mut owner, heir) = two(&home);
    let neighbours = Neighbours::of(&home);
    let admin = signed_in(&home, "admin", "admin");
    for http in [&admin.http, &heir.http] {
        offer(http, &home, &heir).expect_problem(403, "forbidden");
    }
    offer(&neighbours.owner.http, &home, &heir).expect_problem(404, "not_found");
    let theirs = neighbours.member(&home, "alice");
    offer(&owner.http, &home, &theirs).expect_field("member_id", "not_found");
    offer(&owner.http, &home, &owner).expect_field("member_id", "not_allowed");

    app.advance(Duration::from_secs(301));
    offer(&owner.http, &home, &heir).expect_problem(401, "step_up_required");
    owner.sign_in();
    offer(&owner.http, &home, &heir).expect(200);
    accept(&home, &heir).expect_problem(401, "step_up_required");
    let seen = |http: &Http| http.get(&home.path("/ownership")).expect(200).body["offer"].is_object();
    let member = signed_in(&home, "member", "member");
    assert_eq!([&admin.http, &heir.http, &member.http].map(seen), [true, true, false]);
}

/// The offer that a member takes on is a condition of the write.
#[test]
fn an_offer_that_is_withdrawn_under_way_is_not_taken_on() {
    let (app, home) = TestApp::installed();
    let (owner, heir) = two(&home);
    offer(&owner.http, &home, &heir).expect(200);
    let (http, path) = (owner.http.clone(), home.path("/ownership"));
    let withdrawn = move || drop(http.delete(&path).expect(204));
    *app.faults.meanwhile.lock().unwrap() = Some(("ownership/find", Box::new(withdrawn)));
    accept(&home, &heir).expect_problem(404, "not_found");
    assert_eq!((role(&home, &owner), role(&home, &heir)), ("owner".into(), "auditor".into()));
}

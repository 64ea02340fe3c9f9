//! Every success that the document describes, brought about once, and so held against its schema.

use std::time::Duration;

use serde_json::json;

use crate::support::actors::Installation;
use crate::support::contract::contract;
use crate::support::{Http, Person, TestApp};

#[test]
fn every_success_that_is_described_can_be_brought_about() {
    let (app, home) = TestApp::installed();
    let now = app.time.wall();
    operations(&app.http(), &home.operator);
    organizations(&home);
    let mut owner = home.owner.clone();
    owner.sign_in();
    members(&home, &owner);
    ownership(&home, &owner);
    let alice = home.member("alice").secured(now);
    client_passwords(&home, &alice);
    revocations(&home, &alice);
    service_keys(&home);
    notices(&app, &home);
    sessions(&mut home.member("dora"));
    second_factors(&home, &alice);
    home.operator.delete(&alice.path("")).expect(204);
    owner.http.delete("/v1/sessions/current").expect(204);
    last_operator_key(&home);

    let seen = contract().seen();
    for operation in contract().operations() {
        let id = operation.node["operationId"].as_str().unwrap();
        let statuses = operation.node["responses"].as_object().unwrap().keys();
        for status in statuses.filter(|status| status.starts_with('2')) {
            assert!(seen.contains(&(id.to_owned(), status.parse().unwrap())), "{id} {status}");
        }
    }
}

fn ownership(home: &Installation, owner: &Person) {
    let (path, mut heir) = (home.path("/ownership"), home.member("heir"));
    heir.sign_in();
    let offer = || owner.http.post(&path, &json!({"member_id": heir.id})).expect(200);
    offer();
    owner.http.delete(&path).expect(204);
    offer();
    heir.http.send("POST", &home.path("/ownership/accept"), None).expect(200);
}

fn operations(http: &Http, operator: &Http) {
    http.get("/healthz").expect(200);
    http.get("/readyz").expect(200);
    operator.get("/readyz?verbose").expect(200);
    operator.get("/metrics").expect(200);
    let described = http.get("/openapi.yaml").expect(200);
    assert_eq!(described.text, include_str!("../../../openapi.yaml"));
}

fn organizations(home: &Installation) {
    let operator = &home.operator;
    let body = json!({"name": "Other", "domains": ["example.test"], "owner": "owner@example.test"});
    let other = operator.post("/v1/organizations", &body).expect(201).text_of("id");
    let path = format!("/v1/organizations/{other}");
    operator.patch(&path, &json!({"name": "Another"})).expect(200);
    operator.get("/v1/organizations?limit=1").expect(200);
    operator.post(&format!("{path}/domains"), &json!({"name": "mail.example.test"})).expect(201);
    operator.get(&format!("{path}/domains?limit=1")).expect(200);
    operator.delete(&format!("{path}/domains/mail.example.test")).expect(204);
    let policy = format!("{path}/policy");
    operator.get(&policy).expect(200);
    operator.with("If-Match", "*").send("PUT", &policy, Some(&json!({}))).expect(200);
    let dry = format!("{policy}?dry_run=true");
    operator.with("If-Match", "*").send("PUT", &dry, Some(&json!({"availability": {}}))).expect(200);
    operator.post(&format!("{policy}/what-if"), &json!({"availability": {}})).expect(200);
    let ownership = format!("{path}/ownership");
    operator.get(&ownership).expect(200);
    let login = json!({"login": "heir@example.test", "display_name": "Heir", "password": "heir's password"});
    let heir = operator.post(&format!("{path}/members"), &login).expect(201).text_of("id");
    operator.post(&ownership, &json!({"member_id": heir})).expect(200);
    let departments = format!("{path}/departments");
    let made = operator.post(&departments, &json!({"name": "Research"})).expect(201).text_of("id");
    let owner = operator.get(&path).expect(200).text_of("owner_id");
    for change in [json!({"add": [owner]}), json!({"remove": [owner]})] {
        operator.post(&format!("{departments}/{made}/members"), &change).expect(200);
    }
    operator.get(&format!("{departments}?limit=1")).expect(200);
    operator.get(&format!("{path}/totals")).expect(200);
    let department = format!("/v1/departments/{made}");
    operator.get(&department).expect(200);
    operator.patch(&department, &json!({"name": "Teaching"})).expect(200);
    operator.delete(&department).expect(204);
    operator.delete(&path).expect(204);
}

fn members(home: &Installation, owner: &Person) {
    let (operator, bob) = (&home.operator, home.external_member("bob"));
    operator.get("/v1/me").expect(200);
    owner.http.get("/v1/me").expect(200);
    operator.get(&home.path("/members?state=active&secure_login=false&login=bob@example.org")).expect(200);
    operator.patch(&bob.path(""), &json!({"state": "suspended"})).expect(200);
    operator.patch(&bob.path(""), &json!({"state": "active"})).expect(200);
    operator.put(&bob.path("/secure-login"), &json!({"enabled": true})).expect(200);
    operator.put(&bob.path("/secure-login?dry_run=true"), &json!({"enabled": false})).expect(200);
    operator.get(&bob.path("/secure-login")).expect(200);
    operator.put(&bob.path("/password"), &json!({"password": "bob's own password"})).expect(200);
    operator.send("POST", &bob.path("/invitations"), None).expect(201);
    operator.get(&bob.path("/invitations")).expect(200);
    operator.delete(&bob.path("/invitations")).expect(200);
    let link = operator.send("POST", &bob.path("/invitations"), None).expect(201).text_of("link");
    let chosen = json!({"token": link.split_once('#').unwrap().1, "password": "bob's chosen password"});
    owner.http.post("/v1/invitations/redeem", &chosen).expect(200);
}

fn client_passwords(home: &Installation, alice: &Person) {
    let scoped = json!({
        "label": "Printer", "protocols": ["smtp"], "networks": ["192.0.2.0/24"],
        "expires_at": "2027-01-01T00:00:00+01:00",
    });
    let (phone, printer) = (alice.issue("Phone"), alice.issue_with(&scoped));
    home.mail_server.check(&alice.login, &phone.secret, "submission").expect(200);
    home.mail_server.check(&alice.login, "wrong", "imap").expect(200);
    alice.http.get(&phone.path("")).expect(200);
    let query = format!("client_password_id={}&protocol=smtp&since=2026-01-01T00:00:00Z&limit=1", phone.id);
    alice.http.get(&alice.path(&format!("/log-ins?{query}"))).expect(200);
    alice.http.patch(&printer.path(""), &json!({"label": "Scanner", "expires_at": null})).expect(200);
    alice.http.post(&phone.path("/rotate"), &json!({"overlap_seconds": 100_000_000})).expect(201);
    alice.http.send("POST", &printer.path("/rotate"), None).expect(201);
    alice.http.get(&alice.path("/client-passwords?state=superseded&limit=1")).expect(200);
    let query = format!("/client-passwords?member_ids={}&protocols=imap,smtp&never_used=true", alice.id);
    home.operator.get(&home.path(&query)).expect(200);
    home.operator.get(&home.path("/warnings?limit=1")).expect(200);
    alice.http.delete(&phone.path("")).expect(204);
    alice.http.delete(&alice.path("/client-passwords")).expect(200);
}

fn revocations(home: &Installation, alice: &Person) {
    alice.issue("Tablet");
    let path = home.path("/revocations");
    let filter =
        json!({"label": "Tablet", "member_ids": [alice.id], "created_before": "2027-01-01T00:00:00Z"});
    let preview = json!({"filter": filter, "reason": "lost", "dry_run": true});
    let preview = home.operator.post(&path, &preview).expect(200).text_of("id");
    let done = home.operator.post(&path, &json!({"preview_id": preview, "reason": "lost"})).expect(201);
    home.operator.get(&format!("{path}?limit=1")).expect(200);
    home.operator.get(&format!("{path}/{}", done.text_of("id"))).expect(200);
    jobs();
    let query = format!("/audit-events?member_id={}&since=2026-01-01T00:00:00Z", alice.id);
    assert!(!home.operator.get(&home.path(&query)).expect(200).items().is_empty());
}

/// What is not done at once.
fn jobs() {
    let (app, home) = crate::rest::revocation_jobs::by_jobs();
    // Nothing is passed, so it can be stopped.
    *app.faults.statement.lock().unwrap() = Some("revocations/pass");
    let body = json!({"filter": {"all": true}, "reason": "a leak"});
    let begun = home.operator.post(&home.path("/revocations"), &body).expect(202);
    let path = home.path(&format!("/revocations/{}/stop", begun.text_of("id")));
    home.operator.send("POST", &path, None).expect(200);
}

fn service_keys(home: &Installation) {
    let body = json!({"role": "auditor", "organization_id": home.organization_id, "label": "reports"});
    let made = home.operator.post("/v1/service-keys", &body).expect(201);
    home.operator.get("/v1/service-keys?limit=1").expect(200);
    home.operator.post("/v1/leaks", &json!({"secrets": [made.text_of("key"), "x"]})).expect(202);
    let made = home.operator.post("/v1/service-keys", &body).expect(201);
    home.operator.delete(&format!("/v1/service-keys/{}", made.text_of("id"))).expect(204);
}

fn last_operator_key(home: &Installation) {
    let id = home.operator.get("/v1/me").expect(200).body["service_key"]["id"].clone();
    home.operator.delete(&format!("/v1/service-keys/{}", id.as_str().unwrap())).expect(200);
}

fn notices(app: &TestApp, home: &Installation) {
    let mut carol = home.member("carol").secured(app.time.wall());
    app.advance(Duration::from_secs(60));
    home.operator.put(&carol.path("/password"), &json!({"password": "carol's new password"})).expect(200);
    carol.password = "carol's new password".into();
    carol.sign_in_with_code(app.time.wall());
    let open = carol.http.get(&carol.path("/notices?limit=1")).expect(200);
    let id = open.items()[0]["id"].as_str().unwrap();
    let path = carol.path(&format!("/notices/{id}/acknowledge"));
    carol.http.send("POST", &path, None).expect(204);
}

fn sessions(dora: &mut Person) {
    dora.sign_in();
    let all = dora.http.get(&dora.path("/sessions")).expect(200);
    dora.http.delete(&dora.path("/sessions")).expect(200);
    let own = all.items()[0]["id"].as_str().unwrap();
    dora.http.delete(&dora.path(&format!("/sessions/{own}"))).expect(204);
}

fn second_factors(home: &Installation, alice: &Person) {
    let path = alice.path("/second-factors");
    let second = alice.http.post(&path, &json!({"type": "totp", "label": "tablet"})).expect(201);
    alice.http.get(&path).expect(200);
    alice.http.delete(&format!("{path}/{}", second.text_of("id"))).expect(204);
    alice.http.send("POST", &alice.path("/recovery-codes"), None).expect(201);
    home.operator.delete(&alice.path("/code-block")).expect(204);
    home.operator.delete(&path).expect(204);
}

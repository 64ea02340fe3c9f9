//! `/v1/organizations/{organization_id}/client-passwords` as a list: its pages, its bad filters, what it shows.
//! That its filters find what a revocation finds is tested with revocations.

use std::time::Duration;

use serde_json::{Value, json};

use super::administration::{Neighbours, all_pages, each, secured};
use crate::support::{Installation, Person, TestApp};

fn path(home: &Installation, query: &str) -> String {
    home.path(&format!("/client-passwords?{query}"))
}

/// Alice and Bob with three client passwords each, made in turn.
fn village(app: &TestApp, home: &Installation) -> [Person; 2] {
    let (alice, bob) = (secured(app, home, "alice"), secured(app, home, "bob"));
    for n in 0..3 {
        alice.issue(&format!("Alice {n}"));
        bob.issue(&format!("Bob {n}"));
    }
    [alice, bob]
}

#[test]
fn pages_are_newest_first_whoever_made_them() {
    let (app, home) = TestApp::installed();
    let [alice, bob] = village(&app, &home);
    let both = format!("member_ids={},{}", alice.id, bob.id);
    for query in ["", "state=active", "never_used=true", &both, &format!("{both}&state=active")] {
        for limit in [1, 2, 4, 200] {
            let found = each(&all_pages(&home.operator, &path(&home, query), limit), "label");
            assert_eq!(found, ["Bob 2", "Alice 2", "Bob 1", "Alice 1", "Bob 0", "Alice 0"], "{query}");
        }
    }
    let one = format!("member_ids={}", alice.id);
    assert_eq!(all_pages(&home.operator, &path(&home, &one), 2).len(), 3);
}

#[test]
fn a_cursor_goes_with_its_filters_only() {
    let (app, home) = TestApp::installed();
    let [alice, _] = village(&app, &home);
    let first = home.operator.get(&path(&home, "limit=2&state=active&never_used=true")).expect(200);
    let cursor = first.text_of("next_cursor");
    let next = |query: &str| home.operator.get(&path(&home, &format!("{query}&cursor={cursor}")));
    // In another order they are the same filters.
    assert_eq!(next("never_used=true&state=active").expect(200).items().len(), 4);
    for other in ["state=active", "state=revoked&never_used=true", "never_used=false&state=active", "limit=2"]
    {
        next(other).expect_field("cursor", "malformed");
    }
    let of_alice = alice.path(&format!("/client-passwords?state=active&never_used=true&cursor={cursor}"));
    home.operator.get(&of_alice).expect_field("never_used", "unknown");
    let of_alice = alice.path(&format!("/client-passwords?cursor={cursor}"));
    home.operator.get(&of_alice).expect_field("cursor", "malformed");
}

#[test]
fn a_filter_that_makes_no_sense_is_refused() {
    let (_app, home) = TestApp::installed();
    let ids = |count: usize| vec![home.owner.id.clone(); count].join(",");
    for (query, field, code) in [
        ("member_ids=x", "member_ids", "malformed"),
        ("member_ids=", "member_ids", "malformed"),
        (&format!("member_ids={},", home.owner.id), "member_ids", "malformed"),
        (&format!("member_ids={}", ids(600)), "member_ids", "too_long"),
        ("protocols=ftp", "protocols", "malformed"),
        ("protocols=imap,imap", "protocols", "duplicate"),
        ("protocols=", "protocols", "malformed"),
        ("state=live", "state", "malformed"),
        ("created_before=x", "created_before", "malformed"),
        ("last_used_before=x", "last_used_before", "malformed"),
        ("never_used=1", "never_used", "malformed"),
        ("all=true", "all", "unknown"),
        ("limit=201", "limit", "out_of_range"),
    ] {
        let answer = home.operator.get(&path(&home, query));
        // Some six hundred ids are more than a request line may have.
        assert!(matches!(answer.status, 400 | 414 | 431), "{query}: {}", answer.text);
        if answer.status == 400 {
            answer.expect_field(field, code);
        }
    }
}

#[test]
fn a_member_named_twice_is_refused_like_a_protocol_named_twice() {
    let (_app, home) = TestApp::installed();
    let id = &home.owner.id;
    let list = home.operator.get(&path(&home, &format!("member_ids={id},{id}")));
    list.expect_field("member_ids", "duplicate");
    let body = json!({"filter": {"member_ids": [id, id]}, "reason": "x", "dry_run": true});
    let revocation = home.operator.post(&home.path("/revocations"), &body);
    revocation.expect_problem(400, "invalid_request");
}

#[test]
fn what_belongs_to_another_organization_is_not_listed() {
    let (app, home) = TestApp::installed();
    let neighbours = Neighbours::of(&home);
    let nora = neighbours.member(&home, "nora").secured(app.time.wall());
    nora.issue("Phone");
    let query = format!("member_ids={}", nora.id);
    assert!(all_pages(&home.operator, &path(&home, &query), 50).is_empty());
    assert!(all_pages(&home.operator, &path(&home, ""), 50).is_empty());
    let theirs = neighbours.path(&format!("/client-passwords?{query}"));
    assert_eq!(all_pages(&home.operator, &theirs, 50).len(), 1);
}

#[test]
fn an_administrator_sees_the_same_as_the_member_and_no_secret() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, &home, "alice");
    let (phone, dead) = (alice.issue("Phone"), alice.issue("Tablet"));
    alice.http.delete(&dead.path("")).expect(204);
    app.advance(Duration::from_secs(60));
    assert_eq!(home.mail_server.verdict(&alice.login, &phone.secret), "accept");
    assert_eq!(home.mail_server.verdict(&alice.login, &dead.secret), "revoked");
    let listed = home.operator.get(&path(&home, "")).expect(200);
    let own = alice.http.get(&alice.path("/client-passwords")).expect(200);
    assert_eq!(listed.items(), own.items());
    let [dead_now, phone_now] = [&listed.items()[0], &listed.items()[1]];
    let used = json!({"at": "2026-11-22T08:01:00Z", "protocol": "imap", "ip": "192.0.2.7", "client": null});
    assert_eq!((&phone_now["last_used"], &phone_now["stale_use"]), (&used, &Value::Null));
    let stale = json!({"at": "2026-11-22T08:01:00Z", "protocol": "imap", "ip": "192.0.2.7", "count": 1});
    assert_eq!((&dead_now["last_used"], &dead_now["stale_use"]), (&Value::Null, &stale));
    for secret in [&phone.secret, &dead.secret] {
        assert!(!listed.text.contains(secret) && !listed.text.contains(&secret.replace('-', "")));
    }
}

//! The list of a member's client passwords: newest first, by state, page by page.

use serde_json::json;

use super::{MINUTE, secured};
use crate::support::{Answer, Person, TestApp};

fn labels(answer: &Answer) -> Vec<&str> {
    answer.items().iter().map(|item| item["label"].as_str().unwrap()).collect()
}

fn list(person: &Person, query: &str) -> Answer {
    person.http.get(&person.path(&format!("/client-passwords{query}")))
}

/// One in each state, and some active ones around them.
fn one_of_each(app: &TestApp, person: Person) -> Person {
    let alice = secured(app, person);
    let soon = app.time.wall().plus(MINUTE).to_string();
    alice.issue("active 1");
    alice.issue_with(&json!({"label": "expired", "expires_at": soon}));
    let lost = alice.issue("revoked");
    alice.http.delete(&lost.path("")).expect(204);
    let old = alice.issue("superseded");
    alice.issue("active 2");
    app.advance(MINUTE);
    let new = alice.http.post(&old.path("/rotate"), &json!({})).expect(201).text_of("id");
    let new = format!("/v1/client-passwords/{new}");
    alice.http.patch(&new, &json!({"label": "successor"})).expect(200);
    alice
}

#[test]
fn it_begins_with_the_newest_and_has_all_whatever_became_of_them() {
    let (app, home) = TestApp::installed();
    let alice = one_of_each(&app, home.member("alice"));
    let all = list(&alice, "").expect(200);
    assert_eq!(labels(&all), ["successor", "active 2", "superseded", "revoked", "expired", "active 1"]);
    assert!(all.body["next_cursor"].is_null());
}

#[test]
fn a_state_picks_out_those_that_are_in_it_now() {
    let (app, home) = TestApp::installed();
    let alice = one_of_each(&app, home.member("alice"));
    for (state, expected) in [
        ("active", ["successor", "active 2", "active 1"].as_slice()),
        ("superseded", &["superseded"]),
        ("expired", &["expired"]),
        ("revoked", &["revoked"]),
    ] {
        let found = list(&alice, &format!("?state={state}")).expect(200);
        assert_eq!(labels(&found), expected);
        assert!(found.items().iter().all(|item| item["state"] == state));
    }
    app.advance(MINUTE * 25);
    assert_eq!(labels(&list(&alice, "?state=superseded").expect(200)), ["superseded"]);
}

#[test]
fn pages_follow_each_other_without_gap_or_repetition() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, home.member("alice"));
    for n in 0..7 {
        let one = alice.issue(&n.to_string());
        if n % 2 == 1 {
            alice.http.delete(&one.path("")).expect(204);
        }
    }
    for (state, expected) in [
        ("", ["6", "5", "4", "3", "2", "1", "0"].as_slice()),
        ("&state=active", &["6", "4", "2", "0"]),
        ("&state=revoked", &["5", "3", "1"]),
    ] {
        for limit in [1, 2, 3, 7, 200] {
            let (mut seen, mut cursor) = (vec![], String::new());
            loop {
                let page = list(&alice, &format!("?limit={limit}{state}{cursor}")).expect(200);
                assert!(page.items().len() <= limit);
                seen.extend(labels(&page).into_iter().map(str::to_owned));
                let Some(next) = page.body["next_cursor"].as_str() else { break };
                cursor = format!("&cursor={next}");
            }
            assert_eq!(seen, expected, "{limit}{state}");
        }
    }
}

#[test]
fn a_page_does_not_change_because_something_new_was_made() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, home.member("alice"));
    for label in ["a", "b", "c"] {
        alice.issue(label);
    }
    let first = list(&alice, "?limit=2").expect(200);
    alice.issue("d");
    let next = format!("?limit=2&cursor={}", first.text_of("next_cursor"));
    assert_eq!(labels(&list(&alice, &next).expect(200)), ["a"]);
}

#[test]
fn a_cursor_belongs_to_its_list_and_a_page_has_a_size() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, home.member("alice"));
    for label in ["a", "b", "c"] {
        alice.issue(label);
    }
    let cursor = list(&alice, "?limit=1&state=active").expect(200).text_of("next_cursor");
    list(&alice, &format!("?limit=2&state=active&cursor={cursor}")).expect(200);
    for (query, field, code) in [
        (format!("?cursor={cursor}"), "cursor", "malformed"),
        (format!("?state=revoked&cursor={cursor}"), "cursor", "malformed"),
        ("?cursor=nonsense".into(), "cursor", "malformed"),
        ("?cursor=".into(), "cursor", "malformed"),
        ("?limit=0".into(), "limit", "out_of_range"),
        ("?limit=201".into(), "limit", "out_of_range"),
        ("?limit=many".into(), "limit", "malformed"),
        ("?limit=-1".into(), "limit", "malformed"),
        ("?state=dead".into(), "state", "malformed"),
        ("?states=active".into(), "states", "unknown"),
        ("?limit=1&limit=2".into(), "limit", "duplicate"),
    ] {
        list(&alice, &query).expect_field(field, code);
    }
    let bob = secured(&app, home.member("bob"));
    bob.issue("x");
    list(&bob, &format!("?state=active&cursor={cursor}")).expect_field("cursor", "malformed");
}

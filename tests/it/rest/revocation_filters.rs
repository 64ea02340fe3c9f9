//! What a filter finds: in a dry run, in the end, and on the organization's list of client passwords.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};

use super::administration::{all_pages, each, secured};
use crate::support::TestApp;
use crate::support::actors::{ClientPassword, Installation, Person};

/// Alice and Bob, and five client passwords that differ in everything a filter asks for:
///
/// ```text
///           made     label    protocols    used
///   phone   08:00    Phone    all          08:02, imap
///   printer 08:00    Printer  smtp         never
///   tablet  08:01    Tablet   imap, pop3   08:03, imap; not yet written down
///   bobs    08:01    Phone    imap, smtp   08:01, smtp
///   extra   08:02    Spare    sieve        never
/// ```
struct Village {
    app: TestApp,
    home: Installation,
    alice: Person,
    bob: Person,
    passwords: Vec<(&'static str, ClientPassword)>,
}

impl Village {
    fn new() -> Self {
        let (app, home) = TestApp::installed();
        let (alice, bob) = (secured(&app, &home, "alice"), secured(&app, &home, "bob"));
        let minute = Duration::from_secs(60);
        let narrow = |label: &str, protocols: &[&str]| json!({"label": label, "protocols": protocols});
        let opens = |person: &Person, one: &ClientPassword, protocol: &str| {
            assert_eq!(home.mail_server.verdict_over(&person.login, &one.secret, protocol), "accept");
        };
        let phone = alice.issue("Phone");
        let printer = alice.issue_with(&narrow("Printer", &["smtp"]));
        app.advance(minute);
        let tablet = alice.issue_with(&narrow("Tablet", &["imap", "pop3"]));
        let bobs = bob.issue_with(&narrow("Phone", &["imap", "smtp"]));
        opens(&bob, &bobs, "smtp");
        app.advance(minute);
        let extra = bob.issue_with(&narrow("Spare", &["sieve"]));
        opens(&alice, &phone, "imap");
        app.advance(minute);
        opens(&alice, &tablet, "imap");
        let passwords = vec![
            ("phone", phone),
            ("printer", printer),
            ("tablet", tablet),
            ("bobs", bobs),
            ("extra", extra),
        ];
        Self { app, home, alice, bob, passwords }
    }

    fn named(&self, name: &str) -> &ClientPassword {
        &self.passwords.iter().find(|(known, _)| *known == name).unwrap().1
    }

    /// Which of them open mail now.
    fn live(&self) -> BTreeSet<&'static str> {
        let opens = |name: &&'static str| {
            let (login, protocol) = match *name {
                "printer" => (&self.alice.login, "smtp"),
                "bobs" => (&self.bob.login, "imap"),
                "extra" => (&self.bob.login, "sieve"),
                _ => (&self.alice.login, "imap"),
            };
            let answer = self.home.mail_server.verdict_over(login, &self.named(name).secret, protocol);
            assert!(answer == "accept" || answer == "revoked", "{name}: {answer}");
            answer == "accept"
        };
        self.passwords.iter().map(|(name, _)| *name).filter(opens).collect()
    }

    /// Which of them a list of client passwords shows.
    fn listed(&self, query: &str, limit: usize) -> BTreeSet<&'static str> {
        let path = self.home.path(&format!("/client-passwords?state=active&{query}"));
        let ids = each(&all_pages(&self.home.operator, &path, limit), "id");
        if !query.contains("member_ids") {
            // Read member by member it is the same.
            let both = format!("{path}&member_ids={},{}", self.alice.id, self.bob.id);
            assert_eq!(each(&all_pages(&self.home.operator, &both, limit), "id"), ids, "{both}");
        }
        let count = ids.len();
        let name = |id: String| self.passwords.iter().find(|(_, one)| one.id == id).unwrap().0;
        let names: BTreeSet<_> = ids.into_iter().map(name).collect();
        assert_eq!(names.len(), count, "something is listed twice");
        names
    }

    fn revoke(&self, filter: &Value, dry_run: bool) -> Value {
        let body = json!({"filter": filter, "reason": "a test", "dry_run": dry_run});
        let status = if dry_run { 200 } else { 201 };
        self.home.operator.post(&self.home.path("/revocations"), &body).expect(status).body
    }
}

/// The same filter, as the list takes it.
fn as_query(filter: &Value) -> String {
    let pairs = filter.as_object().unwrap().iter().filter(|(name, _)| *name != "all");
    let text = |value: &Value| match value {
        Value::Array(items) => items.iter().map(|item| item.as_str().unwrap()).collect::<Vec<_>>().join(","),
        Value::String(text) => text.replace('+', "%2B"),
        other => other.to_string(),
    };
    pairs.map(|(name, value)| format!("{name}={}", text(value))).collect::<Vec<_>>().join("&")
}

/// Each filter, and what it finds. `A` and `B` stand for the ids of Alice and Bob.
fn filters() -> Vec<(Value, &'static str)> {
    vec![
        (json!({"all": true}), "phone printer tablet bobs extra"),
        (json!({"member_ids": ["A"]}), "phone printer tablet"),
        (json!({"member_ids": ["A", "B"]}), "phone printer tablet bobs extra"),
        (json!({"label": "Phone"}), "phone bobs"),
        (json!({"label": "Phone", "protocols": ["xmpp"], "never_used": true}), ""),
        (json!({"protocols": ["smtp"]}), "phone printer bobs"),
        (json!({"protocols": ["pop3", "sieve"]}), "phone tablet extra"),
        (json!({"created_before": "2026-11-22T08:01:00Z"}), "phone printer"),
        (json!({"created_before": "2026-11-22T08:01:00.000001Z"}), "phone printer tablet bobs"),
        (json!({"created_before": "1969-12-31T23:59:59Z"}), ""),
        (json!({"last_used_before": "2026-11-22T08:02:00Z"}), "bobs"),
        (json!({"last_used_before": "2026-11-22T10:03:00+02:00"}), "phone bobs"),
        (json!({"last_used_before": "2026-11-22T08:03:00.000001Z"}), "phone tablet bobs"),
        (json!({"last_used_before": "1970-01-01T00:00:00Z"}), ""),
        (json!({"never_used": true}), "printer extra"),
        (json!({"never_used": false}), "phone tablet bobs"),
        (json!({"label": "Phone", "protocols": ["caldav"]}), "phone"),
        (json!({"label": "Phone", "member_ids": ["B"]}), "bobs"),
        (json!({"member_ids": ["A"], "never_used": true}), "printer"),
        (json!({"protocols": ["imap"], "last_used_before": "2026-11-22T08:02:30Z"}), "phone bobs"),
        (
            json!({"created_before": "2026-11-22T08:01:30Z", "last_used_before": "2026-11-22T08:02:30Z",
                "protocols": ["smtp"], "label": "Phone", "member_ids": ["A"], "never_used": false}),
            "phone",
        ),
        (json!({"never_used": true, "last_used_before": "2026-11-22T09:00:00Z"}), ""),
        (json!({"all": true, "label": "Printer"}), "printer"),
    ]
}

fn filled(filter: &Value, village: &Village) -> Value {
    let text = filter.to_string();
    let (alice, bob) = (format!("\"{}\"", village.alice.id), format!("\"{}\"", village.bob.id));
    serde_json::from_str(&text.replace("\"A\"", &alice).replace("\"B\"", &bob)).unwrap()
}

fn names(text: &'static str) -> BTreeSet<&'static str> {
    text.split_whitespace().collect()
}

fn members(found: &BTreeSet<&str>) -> usize {
    let bob = ["bobs", "extra"];
    let (bobs, alices) =
        (found.iter().any(|name| bob.contains(name)), found.iter().any(|name| !bob.contains(name)));
    usize::from(bobs) + usize::from(alices)
}

#[test]
fn a_dry_run_and_the_list_find_the_same_and_end_nothing() {
    let village = Village::new();
    for (filter, expected) in filters() {
        let (filter, expected) = (filled(&filter, &village), names(expected));
        let said = village.revoke(&filter, true);
        let count = json!({"members": members(&expected), "client_passwords": expected.len()});
        assert_eq!(said["matched"], count, "{filter}");
        assert_eq!(said["ended"], json!({"members": 0, "client_passwords": 0}));
        for limit in [2, 200] {
            assert_eq!(village.listed(&as_query(&filter), limit), expected, "{filter}");
        }
    }
    assert_eq!(village.live().len(), 5);
}

#[test]
fn a_revocation_ends_what_its_filter_finds_and_nothing_else() {
    for (filter, expected) in filters() {
        let village = Village::new();
        let (filter, expected) = (filled(&filter, &village), names(expected));
        let said = village.revoke(&filter, false);
        let count = json!({"members": members(&expected), "client_passwords": expected.len()});
        assert_eq!((&said["matched"], &said["ended"]), (&count, &count), "{filter}");
        let all: BTreeSet<_> = village.passwords.iter().map(|(name, _)| *name).collect();
        let left: BTreeSet<_> = all.difference(&expected).copied().collect();
        assert_eq!(village.live(), left, "{filter}");
        assert_eq!(village.listed("", 200), left, "{filter}");
        for name in expected {
            let read = village.home.operator.get(&village.named(name).path("")).expect(200);
            assert_eq!(read.text_of("ended_reason"), "bulk_revocation", "{filter}");
            assert_eq!(read.text_of("ended_at"), "2026-11-22T08:03:00Z");
        }
    }
}

#[test]
fn a_filter_with_a_label_of_nothing_does_not_end_everything() {
    let village = Village::new();
    let body = json!({"filter": {"label": ""}, "reason": "a test"});
    let answer = village.home.operator.post(&village.home.path("/revocations"), &body);
    assert_eq!(village.live().len(), 5, "{}", answer.text);
    answer.expect_problem(400, "invalid_request");
    let list = village.home.operator.get(&village.home.path("/client-passwords?label="));
    assert!(list.status == 400 || list.items().is_empty(), "{}", list.text);
}

#[test]
fn a_filter_for_uses_before_1970_does_not_end_everything() {
    let village = Village::new();
    let body = json!({"filter": {"last_used_before": "1969-12-31T23:59:59Z"}, "reason": "a test"});
    let answer = village.home.operator.post(&village.home.path("/revocations"), &body);
    assert_eq!(village.live().len(), 5, "{}", answer.text);
    let list = village.listed("last_used_before=1969-12-31T23:59:59Z", 200);
    assert!(list.is_empty(), "{list:?}");
}

#[test]
fn what_has_ended_or_expired_is_not_found_and_what_overlaps_is() {
    let village = Village::new();
    let operator = &village.home.operator;
    let expiring = json!({"label": "Phone", "expires_at": "2026-11-22T08:04:00Z"});
    let expiring = village.alice.issue_with(&expiring);
    village.alice.http.delete(&village.named("bobs").path("")).expect_problem(404, "not_found");
    village.bob.http.delete(&village.named("bobs").path("")).expect(204);
    let rotate = village.named("phone").path("/rotate");
    let rotated = ClientPassword::of(&village.alice.http.post(&rotate, &json!({})).expect(201));
    village.app.advance(Duration::from_secs(60));

    let said = village.revoke(&json!({"label": "Phone"}), false);
    let count = json!({"members": 1, "client_passwords": 2});
    assert_eq!((&said["matched"], &said["ended"]), (&count, &count));
    let reason = |one: &ClientPassword| operator.get(&one.path("")).expect(200).text_of("ended_reason");
    assert_eq!(reason(village.named("phone")), "bulk_revocation");
    assert_eq!(reason(&rotated), "bulk_revocation");
    assert_eq!(reason(&expiring), "expired");
    assert_eq!(reason(village.named("bobs")), "revoked_by_member");
    for one in [village.named("phone"), &rotated] {
        assert_eq!(village.home.mail_server.verdict(&village.alice.login, &one.secret), "revoked");
    }
}

#[test]
fn a_list_by_state_shows_what_is_in_that_state() {
    let village = Village::new();
    village.revoke(&json!({"label": "Spare"}), false);
    let rotate = village.named("printer").path("/rotate");
    village.alice.http.post(&rotate, &json!({})).expect(201);
    let expiring = json!({"label": "Short", "expires_at": "2026-11-22T08:03:30Z"});
    village.alice.issue_with(&expiring);
    village.app.advance(Duration::from_secs(30));
    let path = |state: &str| village.home.path(&format!("/client-passwords?state={state}"));
    for (state, labels) in [
        ("active", ["Printer", "Phone", "Tablet", "Phone"].as_slice()),
        ("superseded", &["Printer"]),
        ("expired", &["Short"]),
        ("revoked", &["Spare"]),
    ] {
        for limit in [1, 3, 200] {
            assert_eq!(
                each(&all_pages(&village.home.operator, &path(state), limit), "label"),
                labels,
                "{state}"
            );
        }
    }
    assert_eq!(all_pages(&village.home.operator, &village.home.path("/client-passwords"), 2).len(), 7);
}

//! Bulk revocations that are not done at once: a job passes the members a piece at a time.

use serde_json::{Value, json};

use super::administration::{Neighbours, all_pages, each, recorded, secured, signed_in};
use crate::support::TestApp;
use crate::support::actors::{Answer, ClientPassword, Http, Installation, Person};
use crate::support::app::Options;
use crate::support::time::until;

/// An application that does nothing at once.
pub fn by_jobs() -> (TestApp, Installation) {
    let mut options = Options::default();
    options.config.limits.revocation_at_once = 0;
    TestApp::installed_with(options)
}

/// Lets every write fail that has a statement whose name begins so.
pub fn break_statement(app: &TestApp, name: Option<&'static str>) {
    *app.faults.statement.lock().unwrap() = name;
}

/// Begins one; gives its id.
#[track_caller]
fn begin(by: &Http, home: &Installation, body: &Value) -> String {
    let begun = by.post(&home.path("/revocations"), body).expect(202);
    assert_eq!(begun.text_of("state"), "running");
    let id = begun.text_of("id");
    assert_eq!(begun.header("location"), Some(home.path(&format!("/revocations/{id}")).as_str()));
    assert_eq!(begun.header("retry-after"), Some("1"));
    id
}

#[track_caller]
fn begin_filter(home: &Installation, filter: &Value) -> String {
    begin(&home.operator, home, &json!({"filter": filter, "reason": "a leak"}))
}

fn read(home: &Installation, id: &str) -> Value {
    home.operator.get(&home.path(&format!("/revocations/{id}"))).expect(200).body
}

/// Waits until it is over.
#[track_caller]
pub fn over(home: &Installation, id: &str) -> Value {
    until("the end of the job", || read(home, id)["state"] != "running");
    read(home, id)
}

#[track_caller]
fn done(home: &Installation, id: &str) -> Value {
    let read = over(home, id);
    assert_eq!(read["state"], "done", "{read}");
    read
}

/// Mends what is broken and lets the job go on, by a preview that wakes it.
fn go_on(app: &TestApp, home: &Installation) {
    break_statement(app, None);
    let body = json!({"filter": {"never_used": true, "member_ids": [home.owner.id]}, "reason": "x", "dry_run": true});
    let woken = begin(&home.operator, home, &body);
    done(home, &woken);
}

fn stop(by: &Http, home: &Installation, id: &str) -> Answer {
    by.send("POST", &home.path(&format!("/revocations/{id}/stop")), None)
}

fn rotate(person: &Person, one: &ClientPassword, seconds: u64) -> ClientPassword {
    let body = json!({"overlap_seconds": seconds});
    ClientPassword::of(&person.http.post(&one.path("/rotate"), &body).expect(201))
}

fn epoch(home: &Installation, person: &Person) -> i64 {
    let member = home.operator.get(&person.path("")).expect(200);
    assert_eq!(member.body["secure_login"]["enabled"], true);
    member.body["secure_login"]["epoch"].as_i64().unwrap()
}

fn reason(home: &Installation, one: &ClientPassword) -> Value {
    home.operator.get(&one.path("")).expect(200).body["ended_reason"].clone()
}

fn count(members: usize, client_passwords: usize) -> Value {
    json!({"members": members, "client_passwords": client_passwords})
}

#[test]
fn what_is_large_is_ended_by_a_job() {
    let (app, home) = by_jobs();
    let [alice, bob, carol] = ["alice", "bob", "carol"].map(|name| secured(&app, &home, name));
    let (phone, spare) = (alice.issue("Phone"), alice.issue("Phone"));
    let (bobs, tablet) = (bob.issue("Phone"), bob.issue("Tablet"));
    let printer = carol.issue("Printer");
    let epochs = [&alice, &bob, &carol].map(|person| epoch(&home, person));

    let (events, seen) = recorded(&home, || {
        let id = begin_filter(&home, &json!({"label": "Phone"}));
        done(&home, &id)
    });
    assert_eq!((&seen["matched"], &seen["ended"]), (&count(2, 3), &count(2, 3)));
    assert_eq!(seen["progress"], json!({"passed_members": 4, "members": 4}));
    assert_eq!(seen["finished_at"], seen["created_at"]);
    for (person, one, verdict) in [
        (&alice, &phone, "revoked"),
        (&alice, &spare, "revoked"),
        (&bob, &bobs, "revoked"),
        (&bob, &tablet, "accept"),
        (&carol, &printer, "accept"),
    ] {
        assert_eq!(home.mail_server.verdict(&person.login, &one.secret), verdict);
        let why = if verdict == "revoked" { json!("bulk_revocation") } else { Value::Null };
        assert_eq!(reason(&home, one), why);
    }

    // Of whom nothing is left ends by the epoch.
    assert_eq!(
        [&alice, &bob, &carol].map(|person| epoch(&home, person)),
        [epochs[0] + 1, epochs[1], epochs[2]]
    );
    assert_eq!(each(&events, "action"), ["revocation.started", "revocation.done"]);
    assert_eq!(events[0]["actor"], events[1]["actor"]);
    assert_eq!(events[0]["targets"], events[1]["targets"]);
    assert_eq!(events[1]["details"], json!({"filter": {"label": "Phone"}, "ended_client_passwords": 3}));
    let listed = all_pages(&home.operator, &home.path("/client-passwords?ended_reason=bulk_revocation"), 1);
    assert_eq!(listed.len(), 3);
    // What is made anew is of the new epoch.
    let new = alice.issue("Phone");
    assert_eq!(home.mail_server.verdict(&alice.login, &new.secret), "accept");
}

#[test]
fn a_job_ends_what_was_there_and_what_came_from_it_by_rotating() {
    let (app, home) = by_jobs();
    let [alice, bob] = ["alice", "bob"].map(|name| secured(&app, &home, name));
    let (phone, tablet, laptop) = (alice.issue("Phone"), alice.issue("Phone"), bob.issue("Phone"));
    let before = rotate(&bob, &laptop, 0);

    break_statement(&app, Some("revocations/pass"));
    let id = begin_filter(&home, &json!({"label": "Phone", "never_used": true}));
    let successors = [rotate(&alice, &phone, 0), rotate(&alice, &tablet, 3600), rotate(&bob, &before, 60)];
    let twice = rotate(&bob, &successors[2], 60);
    let late = [alice.issue("Phone"), bob.issue("Phone")];
    assert_eq!(home.mail_server.verdict(&alice.login, &successors[0].secret), "accept", "it has not passed");
    // Used since: what the scan finds is what holds when it passes.
    assert_eq!(read(&home, &id)["ended"], count(0, 0));

    go_on(&app, &home);
    let seen = done(&home, &id);
    // The one with no successor, its successor, and of Bob the last two of three.
    for (person, one) in
        [(&alice, &successors[0]), (&alice, &successors[1]), (&alice, &tablet), (&bob, &twice)]
    {
        assert_ne!(home.mail_server.verdict(&person.login, &one.secret), "accept");
    }
    assert_ne!(home.mail_server.verdict(&bob.login, &successors[2].secret), "accept");
    for (person, one) in [&alice, &bob].into_iter().zip(&late) {
        assert_eq!(home.mail_server.verdict(&person.login, &one.secret), "accept", "it was issued later");
    }
    assert_eq!(seen["ended"]["members"], 2, "{seen}");
}

#[test]
fn a_preview_by_a_job_is_carried_out_once_it_is_done() {
    let (app, home) = by_jobs();
    let [alice, bob] = ["alice", "bob"].map(|name| secured(&app, &home, name));
    let (phone, bobs) = (alice.issue("Phone"), bob.issue("Phone"));
    let dry = json!({"filter": {"label": "Phone"}, "reason": "look", "dry_run": true});

    break_statement(&app, Some("revocations/finish"));
    let (events, preview) = recorded(&home, || begin(&home.operator, &home, &dry));
    assert_eq!(events, Vec::<Value>::new(), "a preview changes nothing");
    let carry_out = json!({"preview_id": preview, "reason": "as seen"});
    let early = home.operator.post(&home.path("/revocations"), &carry_out);
    let early = early.expect_problem(409, "preview_running");
    assert_eq!(early.header("retry-after"), Some("1"));
    go_on(&app, &home);

    let seen = done(&home, &preview);
    assert_eq!((&seen["matched"], &seen["ended"]), (&count(2, 2), &count(0, 0)));
    assert_eq!(home.mail_server.verdict(&alice.login, &phone.secret), "accept");
    let late = alice.issue("Phone");
    let new = rotate(&bob, &bobs, 3600);

    let (events, seen) = recorded(&home, || {
        let id = begin(&home.operator, &home, &carry_out);
        done(&home, &id)
    });
    assert_eq!(each(&events, "action"), ["revocation.started", "revocation.done"]);
    assert_eq!(events[1]["details"], json!({"preview_id": preview, "ended_client_passwords": 3}));
    assert_eq!((&seen["matched"], &seen["ended"]), (&count(2, 2), &count(2, 3)));
    assert_eq!(home.mail_server.verdict(&alice.login, &phone.secret), "revoked");
    assert_eq!(home.mail_server.verdict(&bob.login, &new.secret), "revoked");
    assert_eq!(home.mail_server.verdict(&alice.login, &late.secret), "accept");
    home.operator.post(&home.path("/revocations"), &carry_out).expect_problem(409, "preview_used");
}

/// Alice and Bob, who have been passed, and Carol, who has not: only the last piece is not written.
pub fn halfway(app: &TestApp, home: &Installation) -> ([Person; 3], [ClientPassword; 3], String) {
    let people = ["alice", "bob", "carol"].map(|name| secured(app, home, name));
    let phones = [people[0].issue("Phone"), people[1].issue("Phone"), people[2].issue("Phone")];
    break_statement(app, Some("revocations/finish"));
    let id = begin_filter(home, &json!({"all": true}));
    until("two pieces", || read(home, &id)["progress"]["passed_members"] == 3);
    (people, phones, id)
}

fn verdicts(home: &Installation, people: &[Person; 3], phones: &[ClientPassword; 3]) -> [String; 3] {
    [0, 1, 2].map(|n| home.mail_server.verdict(&people[n].login, &phones[n].secret))
}

#[test]
fn a_job_shows_how_far_it_has_come() {
    let (app, home) = by_jobs();
    let (people, phones, id) = halfway(&app, &home);
    let seen = read(&home, &id);
    assert_eq!(seen["progress"], json!({"passed_members": 3, "members": 4}));
    assert_eq!((&seen["ended"], &seen["finished_at"]), (&count(2, 2), &Value::Null));
    assert_eq!(verdicts(&home, &people, &phones), ["revoked", "revoked", "accept"]);
    go_on(&app, &home);
    assert_eq!(done(&home, &id)["ended"], count(3, 3));
    assert_eq!(verdicts(&home, &people, &phones), ["revoked", "revoked", "revoked"]);
}

#[test]
fn a_job_goes_on_after_a_restart_and_repeats_nothing() {
    let (mut app, mut home) = by_jobs();
    let (people, phones, id) = halfway(&app, &home);
    let epochs = [0, 1].map(|n| epoch(&home, &people[n]));
    break_statement(&app, None);
    app.restart();
    home.operator = app.http().bearing(home.operator.token());
    home.mail_server = app.http().bearing(home.mail_server.token());
    let seen = done(&home, &id);
    assert_eq!((&seen["matched"], &seen["ended"]), (&count(3, 3), &count(3, 3)));
    assert_eq!(verdicts(&home, &people, &phones), ["revoked", "revoked", "revoked"]);
    assert_eq!([0, 1].map(|n| epoch(&home, &people[n])), epochs);
    let ends = all_pages(&home.operator, &home.path("/audit-events?action=revocation.done"), 50);
    assert_eq!(ends.len(), 1);
}

#[test]
fn a_job_goes_on_on_another_node() {
    let (mut app, mut home) = by_jobs();
    let Some(second) = app.second_node() else { return };
    let (people, phones, id) = halfway(&app, &home);
    app.stop();
    home.operator = second.http().bearing(home.operator.token());
    home.mail_server = second.http().bearing(home.mail_server.token());
    until("the end on the other node", || {
        second.advance(std::time::Duration::from_secs(1));
        read(&home, &id)["state"] == "done"
    });
    assert_eq!(read(&home, &id)["ended"], count(3, 3));
    assert_eq!(verdicts(&home, &people, &phones), ["revoked", "revoked", "revoked"]);
}

#[test]
fn the_same_call_twice_begins_one_job() {
    let (_app, home) = by_jobs();
    let body = json!({"filter": {"all": true}, "reason": "a leak"});
    let http = home.operator.with("Idempotency-Key", "a-key-of-this-test");
    let [one, two] = [0, 1].map(|_| http.post(&home.path("/revocations"), &body).expect(202));
    assert_eq!((&one.body, one.header("location")), (&two.body, two.header("location")));
    done(&home, &one.text_of("id"));
    assert_eq!(all_pages(&home.operator, &home.path("/revocations"), 50).len(), 1);
}

/// Whoever sends it once more is told the same, however far the job has come.
#[test]
fn a_job_that_is_over_before_it_is_answered_is_told_as_begun() {
    let (app, home) = by_jobs();
    let alice = secured(&app, &home, "alice");
    alice.issue("Phone");
    let (http, path) = (home.operator.clone(), home.path("/revocations"));
    let is_over = move || until("the job being over", || http.get(&path).items()[0]["state"] == "done");
    // Whoever began it looks at the organization once more before it is answered.
    let meanwhile = app.faults.meanwhile.clone();
    let begins = move || *meanwhile.lock().unwrap() = Some(("organizations/by_id", Box::new(is_over)));
    *app.faults.meanwhile.lock().unwrap() = Some(("revocations/run", Box::new(begins)));
    let id = begin_filter(&home, &json!({"all": true}));
    assert!(app.faults.meanwhile.lock().unwrap().is_none());
    assert_eq!(read(&home, &id)["ended"]["client_passwords"], 1);
}

#[test]
fn a_job_that_is_stopped_ends_nothing_more() {
    let (app, home) = by_jobs();
    let admin = signed_in(&home, "admin", "admin");
    let people = ["alice", "bob", "carol"].map(|name| secured(&app, &home, name));
    let phones = [people[0].issue("Phone"), people[1].issue("Phone"), people[2].issue("Phone")];
    break_statement(&app, Some("revocations/finish"));
    let id = begin_filter(&home, &json!({"all": true}));
    until("the pieces", || read(&home, &id)["progress"]["passed_members"] == 3);

    let (events, stopped) = recorded(&home, || stop(&admin.http, &home, &id).expect(200).body);
    assert_eq!((&stopped["state"], &stopped["ended"]), (&json!("stopped"), &count(1, 1)));
    assert_eq!(each(&events, "action"), ["revocation.stopped"]);
    assert_eq!(events[0]["actor"], json!({"kind": "member", "id": admin.id}));
    assert_eq!(events[0]["details"]["ended_client_passwords"], 1);
    // The same again changes nothing.
    let (events, again) = recorded(&home, || stop(&home.operator, &home, &id).expect(200).body);
    assert_eq!((events.len(), &again), (0, &stopped));
    go_on(&app, &home);
    assert_eq!(read(&home, &id), stopped);
    assert_eq!(verdicts(&home, &people, &phones), ["revoked", "accept", "accept"]);

    let other = begin_filter(&home, &json!({"all": true}));
    done(&home, &other);
    stop(&home.operator, &home, &other).expect_problem(409, "not_active");
    assert_eq!(verdicts(&home, &people, &phones), ["revoked", "revoked", "revoked"]);
}

#[test]
fn nobody_stops_a_job_who_may_not_begin_one_any_more() {
    let (app, home) = by_jobs();
    let admin = signed_in(&home, "admin", "admin");
    break_statement(&app, Some("revocations/pass"));
    let id = begin_filter(&home, &json!({"all": true}));
    let (operator, path) = (home.operator.clone(), admin.path(""));
    let demoted = move || drop(operator.patch(&path, &json!({"role": "auditor"})).expect(200));
    *app.faults.meanwhile.lock().unwrap() = Some(("revocations/by_id", Box::new(demoted)));
    stop(&admin.http, &home, &id).expect_problem(403, "forbidden");
    assert_eq!(read(&home, &id)["state"], "running");
}

#[test]
fn a_preview_that_was_stopped_is_no_set() {
    let (app, home) = by_jobs();
    let alice = secured(&app, &home, "alice");
    let phone = alice.issue("Phone");
    break_statement(&app, Some("revocations/finish"));
    let dry = json!({"filter": {"all": true}, "reason": "look", "dry_run": true});
    let preview = begin(&home.operator, &home, &dry);
    let (events, _) = recorded(&home, || stop(&home.operator, &home, &preview).expect(200));
    assert_eq!(events.len(), 0);
    break_statement(&app, None);
    let carry_out = json!({"preview_id": preview, "reason": "as seen"});
    home.operator.post(&home.path("/revocations"), &carry_out).expect_field("preview_id", "not_found");
    assert_eq!(home.mail_server.verdict(&alice.login, &phone.secret), "accept");
}

/// What a dissolving ends has ended by it, and nobody has to wait for the job.
#[test]
fn a_job_fails_whose_organization_is_dissolved() {
    let (app, home) = by_jobs();
    let neighbours = Neighbours::of(&home);
    let (people, phones, id) = halfway(&app, &home);
    home.operator.delete(&home.path("")).expect(204);
    break_statement(&app, None);
    let body = json!({"filter": {"all": true}, "reason": "x", "dry_run": true});
    home.operator.post(&neighbours.path("/revocations"), &body).expect(202);

    let seen = over(&home, &id);
    assert_eq!((&seen["state"], &seen["ended"]), (&json!("failed"), &count(2, 2)));
    assert_eq!(reason(&home, &phones[1]), "bulk_revocation");
    assert_eq!(reason(&home, &phones[2]), "organization_dissolved");
    assert_ne!(verdicts(&home, &people, &phones)[2], "accept");
    let events = all_pages(&home.operator, &home.path("/audit-events?action=revocation.failed"), 50);
    assert_eq!((events.len(), &events[0]["actor"]["kind"]), (1, &json!("system")));
    assert_eq!(events[0]["details"]["ended_client_passwords"], 2);
}

#[test]
fn a_job_acts_on_the_authority_of_its_call() {
    let (app, home) = by_jobs();
    let admin = signed_in(&home, "admin", "admin");
    let [alice, bob] = ["alice", "bob"].map(|name| secured(&app, &home, name));
    let (phone, bobs) = (alice.issue("Phone"), bob.issue("Phone"));
    break_statement(&app, Some("revocations/pass"));
    let body = json!({"filter": {"all": true}, "reason": "a leak"});
    let id = begin(&admin.http, &home, &body);
    // Bob is out of reach by now, and whoever began it is gone.
    home.operator.patch(&bob.path(""), &json!({"role": "admin"})).expect(200);
    home.operator.delete(&admin.path("")).expect(204);
    go_on(&app, &home);
    let seen = done(&home, &id);
    assert_eq!(seen["ended"], count(1, 1));
    assert_eq!(seen["created_by"], json!({"kind": "member", "id": admin.id}));
    assert_eq!(home.mail_server.verdict(&alice.login, &phone.secret), "revoked");
    assert_eq!(home.mail_server.verdict(&bob.login, &bobs.secret), "accept");
}

#[test]
fn an_administrators_job_ends_nothing_of_the_owner_and_the_own() {
    let (app, home) = by_jobs();
    let owner = home.owner.clone().secured(app.time.wall());
    let admin = home.member_with("admin", "admin").secured(app.time.wall());
    let (phone, own) = (owner.issue("Phone"), admin.issue("Phone"));
    let id = begin(&admin.http, &home, &json!({"filter": {"all": true}, "reason": "a leak"}));
    assert_eq!(done(&home, &id)["ended"], count(1, 1));
    assert_eq!(home.mail_server.verdict(&owner.login, &phone.secret), "accept");
    assert_eq!(home.mail_server.verdict(&admin.login, &own.secret), "revoked");
}

/// The small one, which was begun later, is done first.
#[test]
fn jobs_take_turns() {
    let (app, home) = by_jobs();
    let neighbours = Neighbours::of(&home);
    let _people = ["alice", "bob", "carol", "dora"].map(|name| secured(&app, &home, name));
    break_statement(&app, Some("revocations/pass"));
    let large = begin_filter(&home, &json!({"all": true}));
    let body = json!({"filter": {"all": true}, "reason": "x"});
    let small = home.operator.post(&neighbours.path("/revocations"), &body).expect(202).text_of("id");

    let (tell, told) = std::sync::mpsc::channel();
    let (http, path) = (home.operator.clone(), home.path(&format!("/revocations/{large}")));
    let first_end = move || tell.send(http.get(&path).expect(200).text_of("state")).unwrap();
    *app.faults.meanwhile.lock().unwrap() = Some(("revocations/finish", Box::new(first_end)));
    break_statement(&app, None);
    let wake = json!({"filter": {"all": true}, "reason": "x", "dry_run": true});
    home.operator.post(&home.path("/revocations"), &wake).expect(202);

    assert_eq!(told.recv().unwrap(), "running");
    done(&home, &large);
    let path = neighbours.path(&format!("/revocations/{small}"));
    until("the end of both", || home.operator.get(&path).expect(200).text_of("state") == "done");
}

#[test]
fn departments_and_networks_and_secure_login_narrow_a_set() {
    for at_once in [5_000, 0] {
        let mut options = Options::default();
        options.config.limits.revocation_at_once = at_once;
        let (app, home) = TestApp::installed_with(options);
        let department = |name: &str, parent: Option<&str>| {
            let body = json!({"name": name, "parent_id": parent});
            home.operator.post(&home.path("/departments"), &body).expect(201).text_of("id")
        };
        let sales = department("Sales", None);
        let (north, press) = (department("North", Some(&sales)), department("Press", None));
        let [alice, bob, carol] = ["alice", "bob", "carol"].map(|name| secured(&app, &home, name));
        for (person, ids) in
            [(&alice, json!([north])), (&bob, json!([press])), (&carol, json!([sales, press]))]
        {
            home.operator.patch(&person.path(""), &json!({"department_ids": ids})).expect(200);
        }
        let tied = |person: &Person, networks: Value| {
            person.issue_with(&json!({"label": "Tied", "networks": networks})).id
        };
        let ids = [
            ("a", alice.issue("Phone").id),
            ("a1", tied(&alice, json!(["192.0.2.0/25", "198.51.100.0/24"]))),
            ("b", bob.issue("Phone").id),
            ("b1", tied(&bob, json!(["192.0.0.0/16"]))),
            ("c", carol.issue("Phone").id),
            ("c1", tied(&carol, json!(["2001:db8:1::/48"]))),
        ];
        for (filter, expected) in [
            (json!({"department_ids": [sales]}), "a a1 c c1"),
            (json!({"department_ids": [north]}), "a a1"),
            (json!({"department_ids": [press, north]}), "a a1 b b1 c c1"),
            (json!({"department_ids": [press], "label": "Phone"}), "b c"),
            (json!({"department_ids": [sales], "member_ids": [bob.id, carol.id]}), "c c1"),
            (json!({"networks": ["192.0.2.0/24"]}), "a1"),
            (json!({"networks": ["192.0.0.0/16", "2001:db8::/32"]}), "a1 b1 c1"),
            (json!({"networks": ["203.0.113.0/24"]}), ""),
            (json!({"networks": ["0.0.0.0/0"], "department_ids": [press]}), "b1"),
            (json!({"secure_login": true}), "a a1 b b1 c c1"),
            (json!({"secure_login": false}), ""),
        ] {
            let body = json!({"filter": filter, "reason": "a test", "dry_run": true});
            let made = home.operator.post(&home.path("/revocations"), &body);
            assert_eq!(made.status, if at_once == 0 { 202 } else { 200 }, "{}", made.text);
            let seen = done(&home, &made.text_of("id"));
            let expected: Vec<&str> = expected.split_whitespace().collect();
            assert_eq!(seen["matched"]["client_passwords"], expected.len(), "{filter}");
            assert_eq!(seen["filter"], filter);
            let mut listed = listed(&home, &filter, 2);
            listed.sort();
            let mut wanted: Vec<&String> =
                ids.iter().filter(|(name, _)| expected.contains(name)).map(|(_, id)| id).collect();
            wanted.sort();
            assert_eq!(listed.iter().collect::<Vec<_>>(), wanted, "{filter}");
        }
    }
}

/// What the list of the organization shows by the same filter.
fn listed(home: &Installation, filter: &Value, limit: usize) -> Vec<String> {
    let text = |value: &Value| match value {
        Value::Array(items) => items.iter().map(|item| item.as_str().unwrap()).collect::<Vec<_>>().join(","),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let pairs = filter.as_object().unwrap().iter().map(|(name, value)| format!("{name}={}", text(value)));
    let path = home.path(&format!("/client-passwords?{}", pairs.collect::<Vec<_>>().join("&")));
    each(&all_pages(&home.operator, &path, limit), "id")
}

#[test]
fn departments_and_networks_end_what_they_find() {
    for at_once in [5_000, 0] {
        let mut options = Options::default();
        options.config.limits.revocation_at_once = at_once;
        let (app, home) = TestApp::installed_with(options);
        let sales = home.operator.post(&home.path("/departments"), &json!({"name": "Sales"})).expect(201);
        let [alice, bob] = ["alice", "bob"].map(|name| secured(&app, &home, name));
        home.operator.patch(&alice.path(""), &json!({"department_ids": [sales.text_of("id")]})).expect(200);
        let (phone, bobs) = (alice.issue("Phone"), bob.issue("Phone"));
        let tied = bob.issue_with(&json!({"label": "Tied", "networks": ["192.0.2.0/25"]}));
        for filter in
            [json!({"department_ids": [sales.text_of("id")]}), json!({"networks": ["192.0.2.0/24"]})]
        {
            let body = json!({"filter": filter, "reason": "a leak"});
            let id = home.operator.post(&home.path("/revocations"), &body).text_of("id");
            assert_eq!(done(&home, &id)["ended"], count(1, 1));
        }
        assert_eq!(reason(&home, &phone), "bulk_revocation");
        assert_eq!(reason(&home, &tied), "bulk_revocation");
        assert_eq!(reason(&home, &bobs), Value::Null);
    }
}

#[test]
fn what_ended_is_listed_by_its_reason() {
    let (app, home) = TestApp::installed();
    let mut alice = secured(&app, &home, "alice");
    let names = ["bulk_revocation", "expired", "rotated", "revoked_by_member", "secure_login_off"];
    let [bulk, _, rotated, revoked, _] = names.map(|name| match name {
        "expired" => alice.issue_with(&json!({"label": name, "expires_at": "2026-11-22T08:01:00Z"})),
        name => alice.issue(name),
    });
    let body = json!({"filter": {"label": "bulk_revocation"}, "reason": "a test"});
    home.operator.post(&home.path("/revocations"), &body).expect(201);
    rotate(&alice, &rotated, 0);
    alice.http.delete(&revoked.path("")).expect(204);
    app.advance(std::time::Duration::from_secs(120));
    alice.sign_in_with_code(app.time.wall());
    alice.secure_login(false);

    for name in names {
        let path = home.path(&format!("/client-passwords?ended_reason={name}"));
        let labels = each(&all_pages(&home.operator, &path, 50), "label");
        // Of the one that was rotated, the successor was still live.
        let expected = if name == "secure_login_off" { vec!["rotated", name] } else { vec![name] };
        assert_eq!(labels, expected, "{name}");
    }
    let path = home.path("/client-passwords?ended_reason=");
    home.operator.get(&format!("{path}leaked")).expect(200);
    home.operator.get(&format!("{path}bored")).expect_field("ended_reason", "malformed");
    assert_eq!(reason(&home, &bulk), "bulk_revocation");
}

//! The dry run of a policy: whom it would cut off, before it is put.

use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::{Value, json};

use super::administration::{Neighbours, all_pages, program, secured, signed_in};
use crate::support::actors::Installation;
use crate::support::time::until;
use crate::support::{Answer, Http, Person, TestApp};

const DAY: Duration = Duration::from_secs(86_400);

fn dry(http: &Http, home: &Installation, policy: &Value) -> Answer {
    http.with("If-Match", "*").send("PUT", &home.path("/policy?dry_run=true"), Some(policy))
}

#[track_caller]
fn put(home: &Installation, policy: &Value) {
    home.operator.with("If-Match", "*").send("PUT", &home.path("/policy"), Some(policy)).expect(200);
}

/// Fails unless the policy would take something from just these, by these settings.
#[track_caller]
fn takes(home: &Installation, policy: &Value, from: &[(&Person, &[&str], u64)]) {
    let found = dry(&home.operator, home, policy).expect(200).body;
    let mut first: Vec<Value> = from
        .iter()
        .map(|(person, by, lost)| {
            let name = person.login.split('@').next();
            json!({"id": person.id, "login": person.login, "display_name": name, "by": by, "client_passwords": lost})
        })
        .collect();
    first.sort_by_key(|member| member["id"].to_string());
    assert_eq!(found["first"], json!(first), "{policy}");
    assert_eq!(found["members"], from.len(), "{policy}");
    assert_eq!(found["client_passwords"], from.iter().map(|(.., lost)| lost).sum::<u64>(), "{policy}");
}

#[test]
fn each_setting_says_whom_it_would_cut_off() {
    let (app, home) = TestApp::installed();
    let (alice, bob) = (secured(&app, &home, "alice"), home.member("bob"));
    let owner = Person { login: home.owner.login.clone(), ..home.owner.clone() };
    home.operator.patch(&owner.path(""), &json!({"display_name": "owner"})).expect(200);
    let (phone, _) = (alice.issue("Phone"), alice.issue("Printer"));
    app.advance(DAY * 31);
    assert_eq!(home.mail_server.verdict(&alice.login, &phone.secret), "accept");

    takes(&home, &json!({}), &[]);
    takes(&home, &json!({"availability": {}}), &[(&alice, &["availability"], 2)]);
    takes(&home, &json!({"max_lifetime_days": 32, "idle_days": 32}), &[]);
    takes(&home, &json!({"max_lifetime_days": 31}), &[(&alice, &["max_lifetime_days"], 2)]);
    takes(&home, &json!({"idle_days": 31}), &[(&alice, &["idle_days"], 1)]);
    // Who has it off loses mail by it, at once or on the day that is named.
    let required = json!({"secure_login": {"mode": "required"}});
    let nothing: &[(&Person, &[&str], u64)] = &[(&bob, &["secure_login"], 0), (&owner, &["secure_login"], 0)];
    takes(&home, &required, nothing);
    let from = app.time.wall().plus(DAY * 30).to_string();
    takes(&home, &json!({"secure_login": {"mode": "required", "required_from": from}}), nothing);

    // One protocol is enough, and it is counted once.
    let no_pop3 = json!({"protocols": {"members": {alice.id.clone(): {"pop3": false}}}, "idle_days": 31});
    takes(&home, &no_pop3, &[(&alice, &["protocols", "idle_days"], 2)]);
    let found = dry(&home.operator, &home, &no_pop3).expect(200).body;
    let by_setting = json!([
        {"setting": "protocols", "members": 1, "client_passwords": 2},
        {"setting": "idle_days", "members": 1, "client_passwords": 1},
    ]);
    assert_eq!(found["by_setting"], by_setting);
    // What is ended, and who is suspended, loses nothing.
    home.operator.delete(&phone.path("")).expect(204);
    takes(&home, &json!({"idle_days": 31}), &[(&alice, &["idle_days"], 1)]);
    home.operator.patch(&alice.path(""), &json!({"state": "suspended"})).expect(200);
    takes(&home, &json!({"availability": {}}), &[]);
}

#[test]
fn departments_and_exceptions_count_as_they_will_hold() {
    let (app, home) = TestApp::installed();
    let (alice, bob) = (secured(&app, &home, "alice"), secured(&app, &home, "bob"));
    let body = json!({"name": "Team"});
    let team = home.operator.post(&home.path("/departments"), &body).expect(201).text_of("id");
    let members = home.path(&format!("/departments/{team}/members"));
    home.operator.post(&members, &json!({"add": [alice.id, bob.id]})).expect(200);
    let (_, _) = (alice.issue("Phone"), bob.issue("Phone"));

    let off = json!({team.clone(): {"imap": false}});
    takes(
        &home,
        &json!({"protocols": {"departments": off}}),
        &[(&alice, &["protocols"], 1), (&bob, &["protocols"], 1)],
    );
    let on = json!({bob.id.clone(): {"imap": true}});
    takes(&home, &json!({"protocols": {"departments": off, "members": on}}), &[(&alice, &["protocols"], 1)]);
    let listed = |except: &[&str]| json!({"availability": {"departments": [team], "except_members": except}});
    takes(&home, &listed(&[]), &[]);
    takes(&home, &listed(&[&bob.id]), &[(&bob, &["availability"], 1)]);
}

#[test]
fn what_is_cut_off_already_is_not_counted() {
    let (app, home) = TestApp::installed();
    let (alice, bob) = (secured(&app, &home, "alice"), home.member("bob"));
    let phone = alice.issue("Phone");
    put(
        &home,
        &json!({"availability": {"except_members": [alice.id]}, "secure_login": {"mode": "required"}}),
    );
    takes(&home, &json!({"availability": {}, "secure_login": {"mode": "required"}}), &[]);
    let no_imap = json!({
        "availability": {}, "secure_login": {"mode": "required"}, "protocols": {"default": {"imap": false}},
    });
    takes(&home, &no_imap, &[]);

    put(&home, &json!({"protocols": {"default": {"imap": false}}}));
    let body = json!({"label": "Scanner", "protocols": ["smtp"]});
    alice.issue_with(&body);
    let only_alice = json!({alice.id.clone(): {"imap": false, "pop3": false}});
    takes(&home, &json!({"protocols": {"members": only_alice}}), &[(&alice, &["protocols"], 1)]);
    assert_eq!(home.mail_server.verdict(&bob.login, &bob.password), "protocol_not_allowed");
    assert_eq!(home.mail_server.verdict_over(&alice.login, &phone.secret, "pop3"), "accept");
}

/// Over what its successor has been used on, an old one opens nothing already.
#[test]
fn what_a_successor_has_taken_over_is_not_lost_again() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, &home, "alice");
    let phone = alice.issue("Phone");
    assert_eq!(home.mail_server.verdict_over(&alice.login, &phone.secret, "smtp"), "accept");
    let new = alice.http.send("POST", &phone.path("/rotate"), Some(&json!({}))).expect(201).text_of("secret");
    let no_imap = json!({"protocols": {"default": {"imap": false}}});
    takes_of(&home, &no_imap, 2);
    assert_eq!(home.mail_server.verdict_over(&alice.login, &new, "imap"), "accept");
    takes_of(&home, &no_imap, 1);
    takes_of(&home, &json!({"protocols": {"default": {"smtp": false}}}), 2);
}

/// Fails unless just so many client passwords would lose something.
#[track_caller]
fn takes_of(home: &Installation, policy: &Value, client_passwords: u64) {
    assert_eq!(dry(&home.operator, home, policy).expect(200).body["client_passwords"], client_passwords);
}

/// More than are read at a time, and more than are named.
#[test]
fn of_many_all_are_counted_and_the_first_two_hundred_named() {
    let (_app, home) = TestApp::installed();
    let people: Vec<Person> =
        (0..403).map(|number| home.external_member(&format!("member{number}"))).collect();
    let required = json!({"secure_login": {"mode": "required", "except_members": [home.owner.id]}});
    let found = dry(&home.operator, &home, &required).expect(200).body;
    assert_eq!(found["members"], 403);
    let counted = json!([{"setting": "secure_login", "members": 403, "client_passwords": 0}]);
    assert_eq!(found["by_setting"], counted);
    let named = found["first"].as_array().unwrap().iter().map(|member| member["id"].as_str().unwrap());
    assert_eq!(named.collect::<Vec<_>>(), people[..200].iter().map(|one| &one.id).collect::<Vec<_>>());
}

#[test]
fn a_dry_run_changes_nothing_and_is_refused_like_a_put() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, &home, "alice");
    let phone = alice.issue("Phone");
    let neighbours = Neighbours::of(&home);
    let records = || all_pages(&home.operator, &home.path("/audit-events"), 200);
    let (before, path) = (records(), home.path("/policy?dry_run=true"));
    let nobody = json!({"availability": {}});

    dry(&home.operator, &home, &nobody).expect(200);
    assert_eq!(home.operator.get(&home.path("/policy")).expect(200).etag(), "\"0\"");
    assert_eq!(home.mail_server.verdict(&alice.login, &phone.secret), "accept");
    let first = home.operator.with("If-Match", "\"0\"").send("PUT", &path, Some(&nobody)).expect(200);
    assert_eq!(first.etag(), "\"0\"", "what it was compared with");
    home.operator
        .with("If-Match", "\"1\"")
        .send("PUT", &path, Some(&nobody))
        .expect_problem(412, "version_mismatch");
    home.operator.send("PUT", &path, Some(&nobody)).expect_problem(428, "version_required");
    dry(&home.operator, &home, &json!({"idle_days": 0})).expect_field("idle_days", "out_of_range");
    let stranger = json!({"availability": {"members": [neighbours.owner.id]}});
    dry(&home.operator, &home, &stranger).expect_field("availability.members[0]", "not_found");
    let odd = home.path("/policy?dry_run=perhaps");
    home.operator.with("If-Match", "*").send("PUT", &odd, Some(&nobody)).expect_field("dry_run", "malformed");
    dry(&neighbours.owner.http, &home, &nobody).expect_problem(404, "not_found");
    dry(&alice.http, &home, &nobody).expect_problem(403, "forbidden");
    dry(&program(&home, "directory", Some(&home.organization_id)), &home, &nobody)
        .expect_problem(403, "forbidden");

    let added: Vec<Value> = records().into_iter().filter(|record| !before.contains(record)).collect();
    assert!(added.iter().all(|record| record["action"] == "service_key.created"), "{added:?}");
    home.operator.delete(&home.path("")).expect(204);
    dry(&home.operator, &home, &nobody).expect_problem(409, "not_active");
}

#[test]
fn a_dry_run_needs_no_fresh_sign_in() {
    let (app, home) = TestApp::installed();
    let admin = signed_in(&home, "admin", "admin");
    app.advance(Duration::from_secs(301));
    dry(&admin.http, &home, &json!({})).expect(200);
}

#[test]
fn a_policy_that_is_put_meanwhile_is_compared_with() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, &home, "alice");
    alice.issue("Phone");
    let no_imap = json!({"protocols": {"default": {"imap": false}}});
    let puts = |policy: &Value| {
        let (operator, path, policy) =
            (home.operator.with("If-Match", "*"), home.path("/policy"), policy.clone());
        let puts = move || drop(operator.send("PUT", &path, Some(&policy)).expect(200));
        *app.faults.meanwhile.lock().unwrap() = Some(("policies/get", Box::new(puts)));
    };
    puts(&no_imap);
    let seen = dry(&home.operator, &home, &no_imap).expect(200);
    assert_eq!((seen.etag().as_str(), &seen.body["members"]), ("\"1\"", &json!(0)));

    puts(&json!({}));
    let one = home.operator.with("If-Match", "\"1\"");
    let seen = one.send("PUT", &home.path("/policy?dry_run=true"), Some(&no_imap));
    seen.expect_problem(412, "version_mismatch");
}

#[test]
fn counting_that_takes_too_long_is_given_up_and_says_so() {
    let (app, home) = TestApp::installed();
    let faults = app.faults.clone();
    let stalls = move || faults.stall(true);
    *app.faults.meanwhile.lock().unwrap() = Some(("policy_preview/members", Box::new(stalls)));
    let longest = || app.time.waits().into_iter().filter(|wait| *wait == Duration::from_secs(30)).count();
    let before = longest();
    let answer = std::thread::scope(|scope| {
        let asked = scope.spawn(|| dry(&home.operator, &home, &json!({"idle_days": 90})));
        until("counting", || longest() > before && app.faults.hanging.load(Ordering::SeqCst) == 1);
        app.advance(Duration::from_secs(30));
        asked.join().unwrap()
    });
    answer.expect_problem(503, "preview_too_long");
    app.faults.stall(false);
    dry(&home.operator, &home, &json!({"idle_days": 90})).expect(200);
}

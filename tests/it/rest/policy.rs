//! The policy of an organization: put and read, held by the next check, explained for a member.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::{Value, json};

use super::administration::{Neighbours, one_record, program, secured, signed_in};
use crate::support::actors::Installation;
use crate::support::time::until;
use crate::support::{Answer, Http, Person, TestApp};

const DAY: Duration = Duration::from_secs(86_400);

/// Puts a policy, whatever stood before.
fn put(http: &Http, home: &Installation, policy: &Value) -> Answer {
    http.with("If-Match", "*").send("PUT", &home.path("/policy"), Some(policy))
}

/// Puts a policy; what is read then is what was put, and can be put again.
#[track_caller]
fn holds(home: &Installation, policy: &Value) {
    let answered = put(&home.operator, home, policy).expect(200).body;
    for (setting, value) in policy.as_object().unwrap() {
        let parts = value.as_object().into_iter().flatten();
        assert!(parts.clone().all(|(part, value)| answered[setting][part] == *value), "{answered}");
        assert!(parts.count() > 0 || answered[setting] == *value, "{answered}");
    }
    let read = home.operator.get(&home.path("/policy")).expect(200);
    assert_eq!(read.body, answered);
    assert_eq!(put(&home.operator, home, &answered).expect(200).etag(), read.etag());
}

fn department(home: &Installation, name: &str, parent: Option<&str>) -> String {
    let body = json!({"name": name, "parent_id": parent});
    home.operator.post(&home.path("/departments"), &body).expect(201).text_of("id")
}

fn join(home: &Installation, department: &str, person: &Person) {
    let members = home.path(&format!("/departments/{department}/members"));
    home.operator.post(&members, &json!({"add": [person.id]})).expect(200);
}

#[test]
fn a_policy_is_read_as_it_was_put() {
    let (_app, home) = TestApp::installed();
    let default = home.operator.get(&home.path("/policy")).expect(200);
    assert_eq!(default.body["availability"], "all");
    assert_eq!(default.body["max_active_per_member"], 25);
    assert_eq!(default.body["protocols"]["default"]["imap"], true);

    let policy = json!({"max_active_per_member": 3, "protocols": {"default": {"pop3": false}}});
    home.operator.send("PUT", &home.path("/policy"), Some(&policy)).expect_problem(428, "version_required");
    let first = home.operator.with("If-Match", &default.etag());
    let record = one_record(&home, || first.send("PUT", &home.path("/policy"), Some(&policy)).expect(200));
    assert_eq!(record["action"], "policy.put");
    assert_eq!(record["details"]["policy"]["max_active_per_member"], 3);
    first.send("PUT", &home.path("/policy"), Some(&policy)).expect_problem(412, "version_mismatch");
    holds(&home, &policy);
    holds(&home, &json!({}));
}

#[test]
fn a_policy_that_cannot_hold_is_refused_by_field() {
    let (_app, home) = TestApp::installed();
    let neighbours = Neighbours::of(&home);
    let theirs = home.operator.post(&neighbours.path("/departments"), &json!({"name": "Theirs"})).expect(201);
    let (theirs, stranger) = (theirs.text_of("id"), neighbours.owner.id.clone());
    let wrongs = [
        (json!({"max_active": 3}), "max_active", "unknown"),
        (json!({"max_active_per_member": 0}), "max_active_per_member", "out_of_range"),
        (json!({"max_lifetime_days": 3651}), "max_lifetime_days", "out_of_range"),
        (json!({"protocols": {"default": {"gopher": true}}}), "protocols.default.gopher", "unknown"),
        (json!({"secure_login": {}}), "secure_login.mode", "missing"),
        (json!({"allowed_networks": ["here"]}), "allowed_networks", "malformed"),
        (json!({"availability": {"departments": [theirs]}}), "availability.departments[0]", "not_found"),
        (json!({"availability": {"members": [stranger]}}), "availability.members[0]", "not_found"),
    ];
    for (policy, field, code) in wrongs {
        put(&home.operator, &home, &policy).expect_field(field, code);
    }
    assert_eq!(home.operator.get(&home.path("/policy")).expect(200).etag(), "\"0\"");
}

#[test]
fn who_may_read_and_put_a_policy() {
    let (app, home) = TestApp::installed();
    let bound = Some(home.organization_id.as_str());
    let mut owner = home.owner.clone();
    owner.sign_in();
    let person = |name, role| signed_in(&home, name, role).http;
    let admin = person("admin", "admin");
    let callers = [
        ("owner", owner.http, 200, 200),
        ("admin", admin.clone(), 200, 200),
        ("head", person("head", "department_admin"), 403, 403),
        ("auditor", person("auditor", "auditor"), 200, 403),
        ("member", person("joe", "member"), 403, 403),
        ("operator", program(&home, "operator", bound), 200, 200),
        ("directory", program(&home, "directory", bound), 200, 403),
        ("mail server", home.mail_server.clone(), 403, 403),
    ];
    for (who, http, reads, puts) in callers {
        assert_eq!(http.get(&home.path("/policy")).status, reads, "{who}");
        assert_eq!(put(&http, &home, &json!({})).status, puts, "{who}");
    }
    app.advance(Duration::from_secs(301));
    put(&admin, &home, &json!({})).expect_problem(401, "step_up_required");
}

#[test]
fn protocols_hold_from_the_next_check_on_and_end_nothing() {
    let (app, home) = TestApp::installed();
    let (alice, bob) = (secured(&app, &home, "alice"), home.member("bob"));
    let phone = alice.issue("Phone");
    let over = |protocol: &str| {
        let verdict = |login: &str, password: &str| home.mail_server.verdict_over(login, password, protocol);
        [verdict(&alice.login, &phone.secret), verdict(&bob.login, &bob.password)]
    };
    assert_eq!(over("pop3"), ["accept", "accept"]);
    holds(&home, &json!({"protocols": {"default": {"pop3": false}}}));
    assert_eq!(over("pop3"), ["protocol_not_allowed", "protocol_not_allowed"]);
    assert_eq!(over("imap"), ["accept", "accept"]);
    let body = json!({"label": "Other", "protocols": ["pop3"]});
    alice.http.post(&alice.path("/client-passwords"), &body).expect_field("protocols", "not_allowed");
    let other = alice.issue("Other");
    holds(&home, &json!({}));
    assert_eq!(over("pop3"), ["accept", "accept"]);
    let verdict = home.mail_server.verdict_over(&alice.login, &other.secret, "pop3");
    assert_eq!(verdict, "protocol_not_allowed", "it was made without");
}

#[test]
fn what_departments_say_follows_the_member_and_the_tree() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, &home, "alice");
    let phone = alice.issue("Phone");
    let verdict = || home.mail_server.verdict_over(&alice.login, &phone.secret, "imap");
    let top = department(&home, "Top", None);
    let below = department(&home, "Below", Some(&top));
    let other = department(&home, "Other", None);
    let off = json!({"imap": false});
    holds(&home, &json!({"protocols": {"default": {}, "departments": {top.clone(): off}, "members": {}}}));

    assert_eq!(verdict(), "accept");
    join(&home, &below, &alice);
    assert_eq!(verdict(), "protocol_not_allowed");
    let moved = |parent: &str| {
        home.operator.patch(&format!("/v1/departments/{below}"), &json!({"parent_id": parent})).expect(200);
    };
    moved(&other);
    assert_eq!(verdict(), "accept");
    moved(&top);
    assert_eq!(verdict(), "protocol_not_allowed");
    // Equally deep, off wins; a member's own value beats both.
    join(&home, &other, &alice);
    let on = json!({"imap": true});
    let both = json!({top.clone(): off, other: on});
    holds(&home, &json!({"protocols": {"default": {}, "departments": both, "members": {}}}));
    assert_eq!(verdict(), "protocol_not_allowed");
    let own = json!({alice.id.clone(): on});
    holds(&home, &json!({"protocols": {"default": {}, "departments": {top.clone(): off}, "members": own}}));
    assert_eq!(verdict(), "accept");
    let empty = department(&home, "Empty", None);
    let named = json!({"departments": [empty], "members": [], "except_members": []});
    holds(&home, &json!({"availability": named}));
    home.operator.delete(&format!("/v1/departments/{empty}")).expect_problem(409, "department_in_use");
    holds(&home, &json!({}));
    home.operator.delete(&format!("/v1/departments/{empty}")).expect(204);
}

#[test]
fn client_passwords_are_for_whom_the_policy_names() {
    let (app, home) = TestApp::installed();
    let (alice, bob) = (secured(&app, &home, "alice"), secured(&app, &home, "bob"));
    let (phone, other) = (alice.issue("Phone"), bob.issue("Phone"));
    let team = department(&home, "Team", None);
    join(&home, &team, &alice);
    join(&home, &team, &bob);
    let named = json!({"departments": [team], "members": [], "except_members": [bob.id]});
    holds(&home, &json!({"availability": named}));
    assert_eq!(home.mail_server.verdict(&alice.login, &phone.secret), "accept");
    assert_eq!(home.mail_server.verdict(&bob.login, &other.secret), "not_available_to_member");
    let issued = bob.http.post(&bob.path("/client-passwords"), &json!({"label": "New"}));
    issued.expect_problem(403, "not_available_to_member");
    holds(&home, &json!({"max_active_per_member": 1}));
    let second = alice.http.post(&alice.path("/client-passwords"), &json!({"label": "Second"}));
    second.expect_problem(409, "limit_reached");
}

#[test]
fn required_secure_login_is_announced_then_demanded() {
    let (app, home) = TestApp::installed();
    let (alice, bob) = (secured(&app, &home, "alice"), home.member("bob"));
    let phone = alice.issue("Phone");
    let from = (app.time.wall().plus(DAY)).to_string();
    let lists = json!({
        "mode": "required", "required_from": from, "departments": [], "members": [], "except_members": [],
    });
    holds(&home, &json!({"secure_login": lists}));
    let required =
        |of: &Person| home.operator.get(&of.path("")).expect(200).body["secure_login"]["required"].clone();
    assert_eq!(home.mail_server.verdict(&bob.login, &bob.password), "accept");
    assert_eq!(required(&bob), json!(false));
    let told = |of: &Person, required: bool| {
        let mut of = of.clone();
        let begun =
            home.owner.http.post("/v1/sessions", &json!({"login": of.login, "password": of.password}));
        of.sign_in();
        let me = of.http.get("/v1/me").expect(200).body["member"]["secure_login"].clone();
        let shown = home.operator.get(&of.path("/secure-login")).expect(200).body;
        for one in [&begun.expect(201).body["member"]["secure_login"], &me, &shown] {
            assert_eq!((&one["required"], &one["required_from"]), (&json!(required), &json!(from)), "{one}");
        }
    };
    told(&bob, false);

    app.advance(DAY);
    told(&bob, true);
    assert_eq!(home.mail_server.verdict(&bob.login, &bob.password), "secure_login_required");
    assert_eq!(home.mail_server.verdict(&alice.login, &phone.secret), "accept");
    assert_eq!(required(&bob), json!(true));
    let on_already = home.operator.put(&alice.path("/secure-login"), &json!({"enabled": true})).expect(200);
    assert_eq!(on_already.body["required"], json!(true));
    let mut alice = alice;
    alice.sign_in_with_code(app.time.wall());
    let off = alice.http.put(&alice.path("/secure-login"), &json!({"enabled": false}));
    off.expect_problem(409, "secure_login_required");
    alice.http.delete(&alice.path("/second-factors")).expect_problem(409, "secure_login_required");
    assert_eq!(home.mail_server.verdict(&alice.login, &phone.secret), "accept");

    // An operator may; mail stays shut until an exception frees the member.
    home.operator.put(&alice.path("/secure-login"), &json!({"enabled": false})).expect(200);
    assert_eq!(home.mail_server.verdict(&alice.login, &alice.password), "secure_login_required");
    let shut = home.operator.put(&alice.path("/secure-login?dry_run=true"), &json!({"enabled": false}));
    assert_eq!(shut.expect(200).body["required"], true, "as it would be");
    let freed = json!({"mode": "required", "departments": [], "members": [], "except_members": [alice.id]});
    let freed = json!({"secure_login": freed});
    let record = one_record(&home, || put(&home.operator, &home, &freed));
    assert_eq!(record["details"]["freed_from_secure_login"], json!([alice.id]));
    holds(&home, &freed);
    let shown = home.operator.get(&alice.path("/secure-login")).expect(200).body;
    assert_eq!((&shown["required"], &shown["required_from"]), (&json!(false), &Value::Null));
    let more =
        json!({"mode": "required", "departments": [], "members": [], "except_members": [alice.id, bob.id]});
    let record = one_record(&home, || put(&home.operator, &home, &json!({"secure_login": more})));
    assert_eq!(record["details"]["freed_from_secure_login"], json!([bob.id]));
    holds(&home, &freed);
    assert_eq!(home.mail_server.verdict(&alice.login, &alice.password), "accept");
    assert_eq!(home.mail_server.verdict(&bob.login, &bob.password), "secure_login_required");
}

#[test]
fn a_longest_life_holds_at_once_and_a_longer_one_gives_nothing_back() {
    let (app, home) = TestApp::installed();
    let mut alice = secured(&app, &home, "alice");
    let phone = alice.issue("Phone");
    app.advance(DAY * 31);
    let verdict = |secret: &str| home.mail_server.verdict(&alice.login, secret);
    assert_eq!(verdict(&phone.secret), "accept");
    holds(&home, &json!({"max_lifetime_days": 30}));
    assert_eq!(verdict(&phone.secret), "expired");
    let shown = home.operator.get(&format!("/v1/client-passwords/{}", phone.id)).expect(200);
    assert_eq!(
        (shown.text_of("state"), shown.text_of("expires_at")),
        ("expired".into(), "2026-12-22T08:00:00Z".into())
    );

    for policy in [json!({"max_lifetime_days": 60}), json!({})] {
        until("a settled policy", || put(&home.operator, &home, &policy).status == 200);
        holds(&home, &policy);
        assert_eq!(verdict(&phone.secret), "expired");
    }
    alice.sign_in_with_code(app.time.wall());
    alice.http.send("POST", &phone.path("/rotate"), Some(&json!({}))).expect_problem(409, "not_active");
}

#[test]
fn a_longest_life_says_nothing_of_what_ended_before() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, &home, "alice");
    let phone = alice.issue("Phone");
    app.advance(DAY * 40);
    assert_eq!(home.mail_server.verdict(&alice.login, &phone.secret), "accept");
    home.operator.delete(&alice.path("/client-passwords")).expect(200);
    let shown = || {
        let shown = home.operator.get(&format!("/v1/client-passwords/{}", phone.id)).expect(200);
        (shown.text_of("ended_at"), shown.text_of("ended_reason"))
    };
    let ended = shown();
    holds(&home, &json!({"max_lifetime_days": 30}));
    assert_eq!(shown(), ended);
    assert_eq!(ended.1, "revoked_by_admin");
}

#[test]
fn what_lies_unused_ends_at_the_check_that_finds_it_so() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, &home, "alice");
    let (used, unused) = (alice.issue("Used"), alice.issue("Unused"));
    holds(&home, &json!({"idle_days": 30}));
    let verdict = |secret: &str| home.mail_server.verdict(&alice.login, secret);
    let wall = app.time.wall();
    // No time passes for the job that would find it so, too.
    app.time.jump_to(wall.plus(DAY * 29));
    assert_eq!(verdict(&used.secret), "accept");
    app.time.jump_to(wall.plus(DAY * 31));
    assert_eq!(verdict(&used.secret), "accept");
    let record = one_record(&home, || assert_eq!(verdict(&unused.secret), "expired"));
    assert_eq!(
        (&record["action"], &record["actor"]["kind"]),
        (&"client_password.idle".into(), &"system".into())
    );
    let shown = home.operator.get(&format!("/v1/client-passwords/{}", unused.id)).expect(200);
    assert_eq!(shown.text_of("ended_reason"), "idle");
    holds(&home, &json!({}));
    assert_eq!(verdict(&unused.secret), "expired", "and it stays so");
    assert_eq!(verdict(&used.secret), "accept");
}

#[test]
fn networks_of_the_policy_hold_for_every_password() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, &home, "alice");
    let phone = alice.issue("Phone");
    holds(&home, &json!({"allowed_networks": ["192.0.2.0/24"]}));
    let check = |ip: &str| {
        let body =
            json!({"login": alice.login, "password": phone.secret, "protocol": "imap", "client_ip": ip});
        let answer = home.mail_server.post("/v1/verify", &body).expect(200);
        answer.body["reason"].as_str().unwrap_or("accept").to_owned()
    };
    assert_eq!(check("192.0.2.7"), "accept");
    assert_eq!(check("198.51.100.7"), "network_not_allowed");
}

#[test]
fn a_policy_that_is_put_under_way_is_no_fault_of_the_check() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, &home, "alice");
    let phone = alice.issue("Phone");
    holds(&home, &json!({"protocols": {"default": {"pop3": false}}}));
    for (statement, off) in [("check/by_verifier", false), ("policies/rules", true)] {
        let (operator, path) = (home.operator.with("If-Match", "*"), home.path("/policy"));
        let policy = json!({"protocols": {"default": {"imap": off}}});
        let puts = move || drop(operator.send("PUT", &path, Some(&policy)).expect(200));
        *app.faults.meanwhile.lock().unwrap() = Some((statement, Box::new(puts)));
        let verdict = home.mail_server.verdict(&alice.login, &phone.secret);
        assert!(["accept", "protocol_not_allowed"].contains(&verdict.as_str()), "{verdict}");
        *app.faults.meanwhile.lock().unwrap() = None;
    }
    holds(&home, &json!({"protocols": {"default": {"imap": false}}}));
    assert_eq!(home.mail_server.verdict(&alice.login, &phone.secret), "protocol_not_allowed");
}

#[test]
fn a_member_may_know_what_holds_and_why() {
    let (_app, home) = TestApp::installed();
    let (alice, bob) = (signed_in(&home, "alice", "member"), home.member("bob"));
    let team = department(&home, "Team", None);
    join(&home, &team, &alice);
    let off = json!({team.clone(): {"imap": false}});
    let policy = json!({"protocols": {"default": {}, "departments": off, "members": {}}, "idle_days": 90});
    holds(&home, &policy);
    let path = |of: &Person| home.path(&format!("/policy?explain={}", of.id));
    let explained = alice.http.get(&path(&alice)).expect(200).body;
    let find = |setting: &str, protocol: Value| {
        let all = explained["settings"].as_array().unwrap();
        all.iter().find(|one| one["setting"] == setting && one["protocol"] == protocol).unwrap().clone()
    };
    let imap = find("protocols", json!("imap"));
    assert_eq!(imap["value"], false);
    assert_eq!(imap["source"], json!({"kind": "department", "department_id": team, "of": team, "depth": 0}));
    assert_eq!(imap["others"][0]["why_not"], "department");
    assert_eq!(find("idle_days", Value::Null)["value"], 90);
    assert_eq!(find("availability", Value::Null)["source"]["kind"], "default");
    alice.http.get(&path(&bob)).expect_problem(404, "not_found");
    alice.http.get(&home.path("/policy?explain=me")).expect_field("explain", "malformed");
    home.operator.get(&path(&bob)).expect(200);
}

/// Where the policy says nothing, nobody looks into departments.
#[test]
fn departments_are_read_only_where_a_policy_was_put() {
    let (app, home) = TestApp::installed();
    let alice = home.member("alice");
    let read = |policy: &Value| {
        put(&home.operator, &home, policy).expect(200);
        let seen = Arc::new(AtomicBool::new(false));
        let looked = Arc::clone(&seen);
        let looks = move || looked.store(true, Ordering::SeqCst);
        *app.faults.meanwhile.lock().unwrap() = Some(("departments/of_member", Box::new(looks)));
        home.operator.get(&alice.path("/secure-login")).expect(200);
        seen.load(Ordering::SeqCst)
    };
    assert!(!read(&json!({})));
    assert!(read(&json!({"idle_days": 90})));
}

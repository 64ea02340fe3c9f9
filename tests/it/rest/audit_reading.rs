//! Audit events as they are found and read: filters, pages, who did it, who may see it, and no secret anywhere.

use std::time::Duration;

use serde_json::{Value, json};

use super::administration::{Neighbours, all_pages, each, make_key, one_record, program, secured, signed_in};
use crate::support::TestApp;
use crate::support::actors::{ClientPassword, Installation};

/// Things happen at 08:00, 08:01 and 08:02, to Alice and Bob, by them and by the operator. Gives their ids.
fn history(app: &TestApp, home: &Installation) -> [String; 2] {
    let alice = secured(app, home, "alice");
    alice.issue("Phone");
    app.advance(Duration::from_secs(60));
    let bob = secured(app, home, "bob");
    bob.issue("Phone");
    home.operator.patch(&alice.path(""), &json!({"display_name": "Alice"})).expect(200);
    app.advance(Duration::from_secs(60));
    alice.secure_login(false);
    home.operator.delete(&bob.path("/client-passwords")).expect(200);
    [alice.id, bob.id]
}

type Condition = Box<dyn Fn(&Value) -> bool>;

fn is(name: &'static str, value: &str) -> Condition {
    let value = value.to_owned();
    Box::new(move |event| event[name] == value.as_str())
}

fn by(id: &str) -> Condition {
    let id = id.to_owned();
    Box::new(move |event| event["actor"]["id"] == id.as_str())
}

/// Times are written alike, so their texts are in the order of the times.
fn at(fits: fn(&str) -> bool) -> Condition {
    Box::new(move |event| fits(event["at"].as_str().unwrap()))
}

#[test]
fn filters_find_what_they_say_and_narrow_each_other() {
    let (app, home) = TestApp::installed();
    let [alice, bob] = history(&app, &home);
    let all = all_pages(&home.operator, &home.path("/audit-events"), 200);
    let operator = home.operator.get("/v1/me").expect(200).body["actor"]["id"].clone();
    let operator = operator.as_str().unwrap();
    let minute = "2026-11-22T08:01:00Z";
    let (from, before) = (|at: &str| at >= "2026-11-22T08:01:00Z", |at: &str| at < "2026-11-22T08:01:00Z");
    let cases = [
        (String::new(), vec![]),
        (format!("member_id={alice}"), vec![is("member_id", &alice)]),
        (format!("actor_id={operator}"), vec![by(operator)]),
        ("action=client_password.issued".into(), vec![is("action", "client_password.issued")]),
        (format!("since={minute}"), vec![at(from)]),
        (format!("until={minute}"), vec![at(before)]),
        (format!("since={minute}&until=2026-11-22T08:01:00.000001Z"), vec![is("at", minute)]),
        (format!("member_id={bob}&actor_id={bob}"), vec![is("member_id", &bob), by(&bob)]),
        (format!("member_id={alice}&since={minute}"), vec![is("member_id", &alice), at(from)]),
        (
            format!("actor_id={alice}&action=secure_login.off"),
            vec![by(&alice), is("action", "secure_login.off")],
        ),
    ];
    for (query, conditions) in cases {
        let fits = |event: &&Value| conditions.iter().all(|condition| condition(event));
        let expected: Vec<Value> = all.iter().filter(fits).cloned().collect();
        assert!(!expected.is_empty(), "{query}");
        for limit in [2, 200] {
            let found = all_pages(&home.operator, &home.path(&format!("/audit-events?{query}")), limit);
            assert_eq!(found, expected, "{query}");
        }
    }
}

#[test]
fn filters_that_fit_nothing_find_nothing_and_wrong_ones_are_refused() {
    let (app, home) = TestApp::installed();
    history(&app, &home);
    for query in [
        "action=nothing.happened",
        "member_id=019bbf00-0000-7000-8000-000000000001",
        "actor_id=019bbf00-0000-7000-8000-000000000001",
        "since=2027-01-01T00:00:00Z",
        "until=2026-01-01T00:00:00Z",
        "until=1960-01-01T00:00:00Z",
    ] {
        let found = home.operator.get(&home.path(&format!("/audit-events?{query}"))).expect(200);
        assert!(found.items().is_empty(), "{query}: {}", found.text);
    }
    for (query, field) in [
        ("member_id=x", "member_id"),
        ("actor_id=x", "actor_id"),
        ("actor_id=", "actor_id"),
        ("since=yesterday", "since"),
        ("until=2026-11-22", "until"),
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("cursor=x", "cursor"),
        ("order=asc", "order"),
    ] {
        let answer = home.operator.get(&home.path(&format!("/audit-events?{query}")));
        let answer = answer.expect_problem(400, "invalid_request");
        assert_eq!(answer.body["errors"][0]["field"], field);
    }
}

#[test]
fn a_filter_for_no_action_does_not_find_all() {
    let (_app, home) = TestApp::installed();
    let answer = home.operator.get(&home.path("/audit-events?action="));
    assert!(answer.status == 400 || answer.items().is_empty(), "{}", answer.text);
}

#[test]
fn pages_are_newest_first_and_what_happens_meanwhile_does_not_disturb_them() {
    let (app, home) = TestApp::installed();
    history(&app, &home);
    let all = each(&all_pages(&home.operator, &home.path("/audit-events"), 200), "id");
    let mut newest_first = all.clone();
    newest_first.sort_by(|a, b| b.cmp(a));
    assert_eq!(all, newest_first);
    let first = home.operator.get(&home.path("/audit-events?limit=3")).expect(200);
    home.external_member("carol");
    let cursor = first.text_of("next_cursor");
    let rest = home.operator.get(&home.path(&format!("/audit-events?limit=200&cursor={cursor}"))).expect(200);
    assert_eq!([each(first.items(), "id"), each(rest.items(), "id")].concat(), all);
    let other = home.path(&format!("/audit-events?action=member.created&cursor={cursor}"));
    home.operator.get(&other).expect_field("cursor", "malformed");
}

#[test]
fn an_event_says_who_did_what_to_whom_and_in_which_request() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, &home, "alice");
    let mut answer = None;
    let issue = json!({"label": "Phone"});
    let event = one_record(&home, || {
        answer = Some(alice.http.post(&alice.path("/client-passwords"), &issue).expect(201));
    });
    let answer = answer.unwrap();
    assert_eq!(event["actor"], json!({"kind": "member", "id": alice.id}));
    assert_eq!((&event["member_id"], &event["at"]), (&json!(alice.id), &json!("2026-11-22T08:00:00Z")));
    assert_eq!(event["targets"], json!([{"kind": "client_password", "id": answer.body["id"]}]));
    assert_eq!(event["request_id"].as_str(), answer.header("x-request-id"));

    let phone = ClientPassword::of(&answer);
    let event = one_record(&home, || home.operator.delete(&phone.path("")).expect(204));
    let operator = home.operator.get("/v1/me").expect(200);
    assert_eq!(event["actor"], operator.body["actor"]);
    let first = all_pages(&home.operator, &home.path("/audit-events"), 200).pop().unwrap();
    assert_eq!(first["actor"], json!({"kind": "setup", "id": null}));

    let old = alice.issue("Tablet");
    let new = ClientPassword::of(&alice.http.post(&old.path("/rotate"), &json!({})).expect(201));
    let event = one_record(&home, || home.mail_server.verdict(&alice.login, &new.secret));
    assert_eq!(event["actor"], json!({"kind": "system", "id": null}));
    assert_eq!(event["details"]["protocol"], "imap");
}

#[test]
fn events_are_for_those_who_read_all_of_their_own_organization() {
    let (_app, home) = TestApp::installed();
    let neighbours = Neighbours::of(&home);
    let (ours, theirs) = (Some(home.organization_id.as_str()), Some(neighbours.id.as_str()));
    let mut owner = home.owner.clone();
    owner.sign_in();
    let callers = [
        ("owner", owner.http, 200),
        ("admin", signed_in(&home, "admin", "admin").http, 200),
        ("auditor", signed_in(&home, "auditor", "auditor").http, 200),
        ("auditor key", program(&home, "auditor", ours), 200),
        ("auditor key of all", program(&home, "auditor", None), 200),
        ("department admin", signed_in(&home, "head", "department_admin").http, 403),
        ("member", signed_in(&home, "alice", "member").http, 403),
        ("mail server", program(&home, "mail_server", ours), 403),
        ("directory key", program(&home, "directory", ours), 403),
        ("neighbours' owner", neighbours.owner.http.clone(), 404),
        ("neighbours' auditor", program(&home, "auditor", theirs), 404),
    ];
    for (who, http, status) in callers {
        let answer = http.get(&home.path("/audit-events"));
        assert_eq!(answer.status, status, "{who}: {}", answer.text);
    }
    let theirs = all_pages(&home.operator, &neighbours.path("/audit-events"), 200);
    let ours = all_pages(&home.operator, &home.path("/audit-events"), 200);
    assert!(theirs.iter().all(|event| !ours.contains(event)));
}

#[test]
fn no_event_holds_a_secret() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, &home, "alice");
    let phone = alice.issue("Phone");
    let rotated = ClientPassword::of(&alice.http.post(&phone.path("/rotate"), &json!({})).expect(201));
    assert_eq!(home.mail_server.verdict(&alice.login, &rotated.secret), "accept");
    let key = make_key(&home.operator, "auditor", Some(&home.organization_id)).expect(201).text_of("key");
    let password = json!({"password": "quite another password", "current_password": alice.password});
    alice.http.put(&alice.path("/password"), &password).expect(200);
    let code = alice.code(app.time.wall());
    let mut secrets = vec![
        alice.password.clone(),
        "quite another password".into(),
        home.owner.password.clone(),
        phone.secret.replace('-', ""),
        rotated.secret.replace('-', ""),
        phone.secret,
        rotated.secret,
        alice.http.token().to_owned(),
        home.operator.token().to_owned(),
        home.mail_server.token().to_owned(),
        key,
        alice.seed.clone().unwrap(),
        format!("\"{code}\""),
    ];
    secrets.extend(alice.recovery_codes.iter().cloned());
    assert_eq!(alice.recovery_codes.len(), 10);
    let text = home.operator.get(&home.path("/audit-events?limit=200")).expect(200).text;
    for secret in secrets {
        assert!(secret.len() >= 8 && !text.contains(&secret), "{secret}");
    }
}

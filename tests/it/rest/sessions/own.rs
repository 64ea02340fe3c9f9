//! A member's own sessions: listed, ended one by one, or all others at once, and by nobody else.

use serde_json::{Value, json};

use super::{MINUTE, attempt, is_signed_in};
use crate::rest::administration::{all_pages, each};
use crate::support::{Answer, Http, Person, TestApp};

/// Signs in with this user agent.
fn sign_in_as(http: &Http, person: &Person, user_agent: &str) -> Person {
    let answer = attempt(&http.with("User-Agent", user_agent), &person.login, &person.password, None);
    Person { http: http.bearing(&answer.expect(201).text_of("token")), ..person.clone() }
}

fn sessions(person: &Person) -> Vec<Value> {
    person.http.get(&person.path("/sessions")).expect(200).items().clone()
}

fn end(by: &Person, session: &Value) -> Answer {
    by.http.delete(&by.path(&format!("/sessions/{}", session["id"].as_str().unwrap())))
}

#[test]
fn a_member_sees_where_the_own_sessions_began_and_which_one_asks() {
    let (app, home) = TestApp::installed();
    let alice = home.member("alice");
    let desk = sign_in_as(&app.http(), &alice, "Desk/1.0");
    app.advance(MINUTE);
    let phone = sign_in_as(&app.http(), &alice, "Phone/2.0");
    app.advance(MINUTE);

    for (person, current) in [(&desk, [false, true]), (&phone, [true, false])] {
        let found = sessions(person);
        assert_eq!(each(&found, "user_agent"), ["Phone/2.0", "Desk/1.0"]);
        assert_eq!(found.iter().map(|one| one["current"].clone()).collect::<Vec<_>>(), current);
        assert_eq!(found[0]["second_factor"], Value::Null);
    }
    let used = app.time.wall().to_string();
    assert_eq!(each(&sessions(&desk), "last_seen_at"), [used.clone(), used]);
    assert_eq!(all_pages(&phone.http, &phone.path("/sessions"), 1).len(), 2);
}

#[test]
fn one_that_is_over_is_not_listed() {
    let (app, home) = TestApp::installed();
    let alice = home.member("alice");
    sign_in_as(&app.http(), &alice, "Idle/1.0");
    let busy = sign_in_as(&app.http(), &alice, "Busy/1.0");
    app.advance(MINUTE * 29);
    assert_eq!(sessions(&busy).len(), 2);

    app.advance(MINUTE);
    assert_eq!(each(&sessions(&busy), "user_agent"), ["Busy/1.0"]);
}

#[test]
fn one_is_ended_once_and_its_bearer_is_nobody() {
    let (app, home) = TestApp::installed();
    let alice = home.member("alice");
    let (lost, kept) =
        (sign_in_as(&app.http(), &alice, "Lost/1.0"), sign_in_as(&app.http(), &alice, "Kept/1.0"));
    let found = sessions(&kept);

    end(&kept, &found[1]).expect(204);
    assert_eq!((is_signed_in(&lost), is_signed_in(&kept)), (false, true));
    end(&kept, &found[1]).expect_problem(404, "not_found");
    end(&kept, &json!({"id": "x"})).expect_problem(404, "not_found");

    // The one that asks, too.
    end(&kept, &found[0]).expect(204);
    assert!(!is_signed_in(&kept));
}

#[test]
fn all_others_are_ended_at_once_and_counted() {
    let (app, home) = TestApp::installed();
    let alice = home.member("alice");
    let others: Vec<Person> =
        (0..3).map(|n| sign_in_as(&app.http(), &alice, &format!("Other/{n}"))).collect();
    let own = sign_in_as(&app.http(), &alice, "Own/1.0");

    let ended = own.http.delete(&own.path("/sessions")).expect(200).body;
    assert_eq!(ended, json!({"ended_sessions": 3}));
    assert!(others.iter().all(|other| !is_signed_in(other)) && is_signed_in(&own));

    // The record names them, and an end that ends nothing leaves none.
    assert_eq!(own.http.delete(&own.path("/sessions")).expect(200).body, json!({"ended_sessions": 0}));
    let events = home.operator.get(&home.path("/audit-events?action=sessions.ended")).expect(200);
    assert_eq!(events.items().len(), 1);
    let kinds = each(events.items()[0]["targets"].as_array().unwrap(), "kind");
    assert_eq!(kinds, ["member", "session", "session", "session"]);
}

#[test]
fn nobody_sees_or_ends_the_sessions_of_another() {
    let (app, home) = TestApp::installed();
    let (alice, bob) = (home.member("alice"), home.member_with("bob", "admin"));
    let desk = sign_in_as(&app.http(), &alice, "Desk/1.0");
    let bobs = sign_in_as(&app.http(), &bob, "Bob/1.0");
    let session = sessions(&desk).remove(0);

    for other in [&bobs.http, &home.operator] {
        other.get(&alice.path("/sessions")).expect_problem(403, "forbidden");
        other.delete(&alice.path("/sessions")).expect_problem(403, "forbidden");
        let path = alice.path(&format!("/sessions/{}", session["id"].as_str().unwrap()));
        other.delete(&path).expect_problem(403, "forbidden");
    }
    // Nor under the own name.
    end(&bobs, &session).expect_problem(404, "not_found");
    assert!(is_signed_in(&desk));
}

//! Whoever is slowed down learns nothing by it: the same tries are answered alike for every login, whatever is behind it.

use serde_json::json;

use super::scenes::{FAR, HOME, Town};
use super::{MINUTE, heard_by_mail_server};
use crate::support::Person;

/// Logins of every kind, and what is behind each.
fn logins(town: &Town) -> Vec<(&'static str, String)> {
    let (operator, home) = (&town.home.operator, &town.home);
    let suspend = |person: &Person| {
        operator.patch(&person.path(""), &json!({"state": "suspended"})).expect(200);
    };
    let at_home = |name: &str| {
        let person = town.member(name);
        town.sign_in_right(&person, HOME).expect(201);
        town.mail(&person.login, &person.password, Some(HOME));
        person
    };
    let [suspended, left] = ["suspended", "left"].map(at_home);
    suspend(&suspended);
    operator.delete(&left.path("")).expect(204);
    let secured = town.member("secured").secured(town.app.time.wall());
    let phone = secured.issue("Phone").secret;
    town.mail(&secured.login, &phone, Some(HOME));
    vec![
        ("unknown", "nobody@example.org".into()),
        ("of no domain", "nobody@example.net".into()),
        ("no address", "nobody".into()),
        ("never signed in", home.member("new").login),
        ("known at this place", at_home("known").login),
        ("known at this place, secure login on", secured.login),
        ("suspended", suspended.login),
        ("left", left.login),
    ]
}

/// What a login hears at sign-in: statuses and waits, of new guesses and of one that comes again.
fn at_sign_in(town: &Town, login: &str, place: &str, times: usize) -> Vec<String> {
    let hear = |password: &str| {
        let body = json!({"login": login, "password": password});
        let answer = town.from(place).post("/v1/sessions", &body);
        let wait = answer.header("retry-after").unwrap_or("").to_owned();
        format!("{} {} {wait}", answer.status, answer.body["code"])
    };
    let mut heard = vec![hear("the same"), hear("the same")];
    heard.extend((0..times).map(|n| hear(&format!("guess {n}"))));
    heard.push(hear("the same"));
    heard
}

fn at_mail(town: &Town, login: &str, place: Option<&str>, times: usize) -> Vec<String> {
    let hear = |password: &str| {
        let body = json!({"login": login, "password": password, "protocol": "imap", "client_ip": place});
        format!("{:?}", heard_by_mail_server(&town.home.mail_server, &body))
    };
    let mut heard = vec![hear("the same"), hear("the same")];
    heard.extend((0..times).map(|n| hear(&format!("guess {n}"))));
    heard.push(hear("the same"));
    heard
}

/// Fails unless every login hears the same.
#[track_caller]
fn all_alike(town: &Town, what: &str, hear: impl Fn(&str) -> Vec<String>) -> Vec<String> {
    let all: Vec<_> = logins(town).into_iter().map(|(kind, login)| (kind, hear(&login))).collect();
    let (first, expected) = &all[0];
    for (kind, heard) in &all {
        assert_eq!(heard, expected, "{what}: {kind} beside {first}");
    }
    expected.clone()
}

#[test]
fn at_sign_in_every_login_is_answered_alike_from_each_place() {
    for place in [HOME, FAR] {
        let town = Town::new();
        let heard = all_alike(&town, place, |login| at_sign_in(&town, login, place, 30));
        assert_eq!(heard.iter().filter(|one| one.starts_with("429")).count(), 21, "{heard:?}");
        assert!(heard.last().unwrap().starts_with("401"), "the same guess as before: {heard:?}");
    }
}

#[test]
fn at_mail_every_login_is_answered_alike_from_each_place() {
    for place in [Some(HOME), Some(FAR)] {
        let town = Town::new();
        let heard = all_alike(&town, "mail", |login| at_mail(&town, login, place, 30));
        assert_eq!(heard.iter().filter(|one| *one == "Later").count(), 21, "{heard:?}");
    }
}

#[test]
fn without_an_address_every_login_is_answered_alike() {
    let town = Town::new();
    let hear = |login: &str| {
        // One more would wait for its turn.
        let heard = at_mail(&town, login, None, 9);
        let nowhere = town.app.http();
        let status = |n| {
            let body = json!({"login": login, "password": format!("guess {n}")});
            nowhere.post("/v1/sessions", &body).status.to_string()
        };
        [heard, (0..30).map(status).collect()].concat()
    };
    let heard = all_alike(&town, "no address", hear);
    assert_eq!(heard.iter().filter(|one| *one == "401").count(), 10, "{heard:?}");
}

/// Of a network that is spent, and of a login: also the one that is at home there hears what all do.
#[test]
fn with_a_spent_network_or_login_every_login_is_answered_alike() {
    let town = Town::new();
    let heard = all_alike(&town, "a spent network", |login| {
        for n in 0..110 {
            let body = json!({"login": format!("m{n}@example.org"), "password": format!("{login} {n}")});
            town.from("192.0.2.99").post("/v1/sessions", &body);
        }
        let heard = at_sign_in(&town, login, HOME, 5);
        town.app.advance(MINUTE * 60);
        heard
    });
    assert!(heard.iter().all(|one| one.starts_with("429")), "{heard:?}");
    let town = Town::new();
    let heard = all_alike(&town, "a spent login", |login| {
        for n in 0..60 {
            let body = json!({"login": login, "password": format!("other {n}")});
            town.from(&format!("198.51.{n}.1")).post("/v1/sessions", &body);
        }
        at_sign_in(&town, login, HOME, 5)
    });
    assert!(heard.iter().all(|one| one.starts_with("429")), "{heard:?}");
}

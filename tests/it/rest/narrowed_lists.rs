//! Every filter of a list, and every pair of them, finds what a plain look at all rows finds; in order, on pages of any
//! size, however few rows are read for one.

use std::time::Duration;

use serde_json::{Value, json};

use super::administration::{all_pages, each, secured};
use super::departments::department;
use crate::support::actors::Installation;
use crate::support::{Http, Options, TestApp};

/// A filter as it is asked for, and what it finds.
type Narrow = (String, Box<dyn Fn(&Value) -> bool>);

fn narrow(query: impl Into<String>, fits: impl Fn(&Value) -> bool + 'static) -> Narrow {
    (query.into(), Box::new(fits))
}

fn reading(rows: u32) -> (TestApp, Installation) {
    let mut options = Options::default();
    options.config.limits.list_rows = rows;
    TestApp::installed_with(options)
}

/// Fails unless each of the filters and each pair of them finds what is to be found.
#[track_caller]
fn check(http: &Http, path: &str, filters: &[Narrow]) {
    let all = all_pages(http, path, 200);
    let mut newest_first = each(&all, "id");
    newest_first.sort_by(|one, other| other.cmp(one));
    assert_eq!(each(&all, "id"), newest_first);

    let mut found_some = 0;
    for (at, (query, fits)) in filters.iter().enumerate() {
        for (other, also) in filters.iter().skip(at) {
            let name = |query: &str| query.split('=').next().unwrap().to_owned();
            // A filter is given once.
            if query != other && name(query) == name(other) {
                continue;
            }
            let asked = if query == other { query.clone() } else { format!("{query}&{other}") };
            let expected: Vec<&Value> = all.iter().filter(|one| fits(one) && also(one)).collect();
            found_some += usize::from(!expected.is_empty());
            let found = all_pages(http, &format!("{path}?{asked}"), 3);
            assert_eq!(found.iter().collect::<Vec<_>>(), expected, "{asked}");
        }
    }
    assert!(found_some * 3 > filters.len(), "hardly a filter finds anything");
}

fn is(place: &'static str, value: impl Into<Value>) -> Box<dyn Fn(&Value) -> bool> {
    let value = value.into();
    Box::new(move |one| one.pointer(place) == Some(&value))
}

fn members(home: &Installation) -> [String; 2] {
    let sales = department(home, "Sales", None);
    let north = department(home, "North", Some(&sales));
    for number in 0..18 {
        let role = ["member", "member", "member", "auditor", "department_admin", "admin"][number % 6];
        let body = json!({"login": format!("m{number}@example.org"), "display_name": "M", "role": role});
        let id = home.operator.post(&home.path("/members"), &body).expect(201).text_of("id");
        let path = format!("/v1/members/{id}");
        if number % 2 == 0 {
            home.operator.put(&format!("{path}/secure-login"), &json!({"enabled": true})).expect(200);
        }
        let departments: &[&str] = match number % 5 {
            0 => &[&sales],
            1 => &[&north],
            2 => &[&sales, &north],
            _ => &[],
        };
        home.operator.patch(&path, &json!({"department_ids": departments})).expect(200);
        match number % 7 {
            3 => drop(home.operator.patch(&path, &json!({"state": "suspended"})).expect(200)),
            4 => drop(home.operator.delete(&path).expect(204)),
            _ => {}
        }
    }
    // Somebody has the login of one who has left.
    let body = json!({"login": "m4@example.org", "display_name": "M"});
    home.operator.post(&home.path("/members"), &body).expect(201);
    [sales, north]
}

#[test]
fn members_are_found_by_every_filter_and_every_pair() {
    for rows in [2, 10_000] {
        let (_app, home) = reading(rows);
        let [sales, north] = members(&home);
        let within = |ids: Vec<String>| {
            move |one: &Value| {
                let of_member = one["department_ids"].as_array().unwrap();
                of_member.iter().any(|id| ids.iter().any(|known| id == known.as_str()))
            }
        };
        let mut filters = vec![
            narrow("login=m4@example.org", is("/login", "m4@example.org")),
            narrow("login=m5@example.org", is("/login", "m5@example.org")),
            narrow("login=nobody@example.org", |_| false),
            narrow("secure_login=true", is("/secure_login/enabled", true)),
            narrow("secure_login=false", is("/secure_login/enabled", false)),
            narrow(format!("department_id={sales}"), within(vec![sales.clone(), north.clone()])),
            narrow(format!("department_id={north}"), within(vec![north.clone()])),
            narrow("department_id=019bbf00-0000-7000-8000-000000000001", |_| false),
        ];
        filters.extend(
            ["active", "suspended", "left"]
                .map(|state| narrow(format!("state={state}"), is("/state", state))),
        );
        check(&home.operator, &home.path("/members"), &filters);
        reach(&home, &sales, within(vec![sales.clone(), north]));
    }
}

/// What a department administrator finds of it.
fn reach(home: &Installation, sales: &str, is_reached: impl Fn(&Value) -> bool + Clone + 'static) {
    let head = super::administration::signed_in(home, "head", "department_admin");
    home.operator.patch(&head.path(""), &json!({"admin_department_ids": [sales]})).expect(200);
    let all = all_pages(&home.operator, &home.path("/members"), 200);
    for query in
        ["", "?state=suspended", "?secure_login=true", "?login=m5@example.org", "?login=m3@example.org"]
    {
        let path = home.path(&format!("/members{query}"));
        let whole = each(&all_pages(&home.operator, &path, 200), "id");
        let fits = |one: &&Value| whole.iter().any(|id| one["id"] == id.as_str()) && is_reached(one);
        let expected: Vec<&Value> = all.iter().filter(fits).collect();
        let found = all_pages(&head.http, &path, 2);
        assert_eq!(found.iter().collect::<Vec<_>>(), expected, "{query}");
    }
}

#[test]
fn client_passwords_are_found_by_every_filter_and_every_pair() {
    for rows in [2, 10_000] {
        let (app, home) = reading(rows);
        let [alice, bob] = ["alice", "bob"].map(|name| secured(&app, &home, name));
        for number in 0..14 {
            let person = if number % 3 == 0 { &bob } else { &alice };
            // One letter and a mark, or one letter: the same name.
            let label = ["Phone", "Café", "Cafe\u{301}", "Tablet"][number % 4];
            let opens = [json!(["imap"]), json!(["imap", "smtp"]), json!(["sieve"])][number % 3].clone();
            let made = person.issue_with(&json!({"label": label, "protocols": opens}));
            if number % 4 == 1 && number % 3 < 2 {
                assert_eq!(home.mail_server.verdict(&person.login, &made.secret), "accept");
            }
            match number % 5 {
                2 => drop(person.http.delete(&made.path("")).expect(204)),
                3 => drop(person.http.send("POST", &made.path("/rotate"), None).expect(201)),
                _ => {}
            }
            app.advance(Duration::from_secs(15));
        }

        let opens = |name: &'static str| {
            move |one: &Value| one["protocols"].as_array().unwrap().iter().any(|known| known == name)
        };
        let before = |place: &'static str, moment: &'static str| {
            move |one: &Value| one.pointer(place).and_then(Value::as_str).is_some_and(|at| at < moment)
        };
        let mut filters = vec![
            narrow(format!("member_ids={}", bob.id), is("/member_id", bob.id.as_str())),
            narrow(format!("member_ids={},{}", alice.id, bob.id), |_| true),
            narrow("label=Phone", is("/label", "Phone")),
            narrow("label=Caf%C3%A9", is("/label", "Café")),
            narrow("label=None", |_| false),
            narrow("protocols=imap", opens("imap")),
            narrow("protocols=sieve", opens("sieve")),
            narrow("created_before=2026-11-22T08:01:00Z", before("/created_at", "2026-11-22T08:01:00Z")),
            narrow("created_before=2026-11-22T08:00:00Z", |_| false),
            narrow("last_used_before=2026-11-22T08:01:30Z", before("/last_used/at", "2026-11-22T08:01:30Z")),
            narrow("never_used=true", is("/last_used", Value::Null)),
            narrow("never_used=false", |one| !one["last_used"].is_null()),
        ];
        let states = ["active", "superseded", "expired", "revoked"];
        filters.extend(states.map(|state| narrow(format!("state={state}"), is("/state", state))));
        check(&home.operator, &home.path("/client-passwords"), &filters);
    }
}

#[test]
fn audit_events_are_found_by_every_filter_and_every_pair() {
    for rows in [2, 10_000] {
        let (app, home) = reading(rows);
        let [alice, bob] = ["alice", "bob"].map(|name| secured(&app, &home, name));
        for person in [&alice, &bob, &alice] {
            app.advance(Duration::from_secs(60));
            drop(person.issue("Phone"));
            home.operator
                .patch(&person.path(""), &json!({"display_name": app.time.wall().to_string()}))
                .expect(200);
        }
        let since = |moment: &'static str| move |one: &Value| one["at"].as_str().unwrap() >= moment;
        let until = |moment: &'static str| move |one: &Value| one["at"].as_str().unwrap() < moment;
        let filters = vec![
            narrow(format!("member_id={}", alice.id), is("/member_id", alice.id.as_str())),
            narrow(format!("member_id={}", bob.id), is("/member_id", bob.id.as_str())),
            narrow(format!("actor_id={}", bob.id), is("/actor/id", bob.id.as_str())),
            narrow("action=client_password.issued", is("/action", "client_password.issued")),
            narrow("action=nothing.happened", |_| false),
            narrow("since=2026-11-22T08:01:00Z", since("2026-11-22T08:01:00Z")),
            narrow("until=2026-11-22T08:01:00Z", until("2026-11-22T08:01:00Z")),
            narrow("until=2026-11-22T08:02:00.000001Z", until("2026-11-22T08:02:01Z")),
        ];
        check(&home.operator, &home.path("/audit-events"), &filters);
    }
}

//! Lists over many rows: a page ends when enough was read for it, and the next goes on where it ended.

use serde_json::json;

use super::administration::secured;
use crate::support::{Http, Installation, Options, Person, TestApp};

/// With so many rows for a page at the most.
fn reading(rows: u32) -> (TestApp, Installation) {
    let mut options = Options::default();
    options.config.limits.list_rows = rows;
    TestApp::installed_with(options)
}

/// The ids of all pages, by page.
#[track_caller]
fn pages(by: &Http, path: &str) -> Vec<Vec<String>> {
    let (mut pages, mut cursor) = (Vec::new(), String::new());
    loop {
        assert!(pages.len() < 100, "{path} has no end");
        let page = by.get(&format!("{path}{cursor}")).expect(200);
        pages.push(page.items().iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect());
        match page.body["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return pages,
        }
    }
}

/// Fails unless the list takes more than one page of few items, and yet finds just this.
#[track_caller]
fn found_in_several(by: &Http, path: &str, expected: &[&str]) {
    let pages = pages(by, path);
    assert!(pages.len() > 1, "{path}: {pages:?}");
    assert_eq!(pages.concat(), expected, "{path}");
}

#[test]
fn a_list_with_filters_goes_on_until_all_is_found() {
    let (app, home) = reading(4);
    let first = home.external_member("first");
    let rest: Vec<_> = (0..9).map(|number| home.external_member(&format!("member{number}"))).collect();
    for secured in [&first, &rest[4]] {
        home.operator.put(&secured.path("/secure-login"), &json!({"enabled": true})).expect(200);
    }
    home.operator.patch(&rest[4].path(""), &json!({"state": "suspended"})).expect(200);
    let members = home.path("/members");
    found_in_several(&home.operator, &format!("{members}?secure_login=true"), &[&rest[4].id, &first.id]);
    assert_eq!(pages(&home.operator, &format!("{members}?login={}", first.login)), [vec![first.id.clone()]]);
    assert_eq!(pages(&home.operator, &format!("{members}?state=suspended")), [vec![rest[4].id.clone()]]);
    assert_eq!(pages(&home.operator, &format!("{members}?limit=50"))[0].len(), 11, "no filter, no bound");

    let alice = secured(&app, &home, "alice");
    let old = alice.issue("Old");
    let others: Vec<_> = (0..12).map(|number| alice.issue(&format!("Phone {number}"))).collect();
    let passwords = home.path("/client-passwords");
    assert_eq!(home.mail_server.verdict(&alice.login, &old.secret), "accept");
    found_in_several(&home.operator, &format!("{passwords}?never_used=false"), &[&old.id]);
    assert_eq!(pages(&home.operator, &format!("{passwords}?label=Old")), [vec![old.id.clone()]]);
    alice.http.delete(&old.path("")).expect(204);
    alice.http.delete(&others[6].path("")).expect(204);
    let ended = [others[6].id.as_str(), &old.id];
    found_in_several(&home.operator, &format!("{passwords}?state=revoked"), &ended);
    found_in_several(&home.operator, &format!("{passwords}?state=revoked&member_ids={}", alice.id), &ended);
    found_in_several(&alice.http, &format!("{}?state=revoked", alice.path("/client-passwords")), &ended);

    let events = home.path("/audit-events");
    let all = pages(&home.operator, &format!("{events}?limit=200")).concat();
    let read = pages(&home.operator, &format!("{events}?action=organization.created&limit=200"));
    assert!(read.len() > all.len() / 6 && read.iter().all(|page| page.len() <= 5), "{read:?}");
    assert_eq!(read.concat().len(), 1);
    let of_member = pages(&home.operator, &format!("{events}?member_id={}&limit=200", first.id));
    assert_eq!((of_member.len(), of_member.concat().len()), (1, 2), "made, and secured");
}

/// So many of each page that a list has.
fn lengths(by: &Http, path: &str) -> Vec<usize> {
    pages(by, path).iter().map(Vec::len).collect()
}

/// Whatever others have: a page ends by what was read of this organization, and reads no more than it may.
#[test]
fn a_page_reads_so_many_of_the_organization_and_no_more() {
    let (app, home) = reading(4);
    let alice = secured(&app, &home, "alice");
    (0..6).for_each(|number| drop(home.member(&format!("member{number}"))));
    (0..9).for_each(|number| drop(alice.issue(&format!("Phone {number}"))));
    let nobody = "/audit-events?actor_id=00000000-0000-7000-8000-000000000000&limit=200";
    let events = lengths(&home.operator, &home.path(nobody)).len();
    let read = |list: &str| lengths(&home.operator, &home.path(list));
    for more in [false, true] {
        if more {
            others_come(&app, &home);
        }
        assert_eq!(read("/members?state=active"), [5, 3], "{more}");
        assert_eq!(read("/client-passwords?label=Phone%200"), [1], "{more}");
        assert_eq!(read("/client-passwords?protocols=imap").iter().sum::<usize>(), 9, "{more}");
        assert_eq!(read(nobody).len(), events, "{more}");
    }
}

/// Another organization, whose members and client passwords are newer than all else.
fn others_come(app: &TestApp, home: &Installation) {
    let body = json!({"name": "Other", "domains": ["other.example"]});
    let organization = home.operator.post("/v1/organizations", &body).expect(201).text_of("id");
    let path = format!("/v1/organizations/{organization}/members");
    let member = |number: usize| {
        let login = format!("member{number}@other.example");
        let body = json!({"login": login, "display_name": "Other", "password": "the password of another"});
        let id = home.operator.post(&path, &body).expect(201).text_of("id");
        let (http, password) = (app.http(), "the password of another".to_owned());
        Person { http, id, login, password, seed: None, recovery_codes: Vec::new() }
    };
    let members: Vec<Person> = (0..9).map(member).collect();
    let first = members[0].clone().secured(app.time.wall());
    (0..9).for_each(|number| drop(first.issue(&format!("Phone {number}"))));
}

#[test]
fn of_several_members_none_is_missed_and_none_comes_twice() {
    let (app, home) = reading(6);
    let people = ["alice", "bob"].map(|name| secured(&app, &home, name));
    let mut expected = Vec::new();
    for number in 0..16 {
        // The first has her ended ones early, the second late.
        let person = &people[usize::from(number >= 8)];
        let one = person.issue(&format!("Phone {number}"));
        if number % 3 == 0 {
            person.http.delete(&one.path("")).expect(204);
            expected.insert(0, one.id);
        }
    }
    let of = format!("member_ids={},{}", people[0].id, people[1].id);
    let list = home.path(&format!("/client-passwords?state=revoked&{of}&limit=3"));
    let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
    found_in_several(&home.operator, &list, &expected);
}

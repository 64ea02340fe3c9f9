//! The state that a list is asked for is decided by the database; the state that is shown, by the domain. They agree,
//! whatever has ended a client password, and in which order.

use std::fmt::Write as _;
use std::time::Duration;

use serde_json::Value;
use uuid::Uuid;

use crate::rest::administration::{all_pages, each, secured};
use crate::support::TestApp;
use crate::support::database::execute;

/// Seconds from now at which something ends it.
type At = Option<i64>;

const DATES: [At; 5] = [None, Some(-10), Some(-5), Some(0), Some(10)];
const ENDS: [Option<(i64, &str)>; 6] = [
    None,
    Some((-10, "revoked_by_admin")),
    Some((-5, "revoked_by_member")),
    Some((-7, "idle")),
    Some((-5, "expired")),
    Some((0, "rotated")),
];
const EPOCH_ENDS: [At; 3] = [None, Some(-10), Some(-6)];

/// The statements that make one client password of each kind for this member, from the one that it has.
fn copies(app: &TestApp, member: &str, epoch_end: At, number: &mut u128) -> Vec<String> {
    let postgres = app.database_url().is_some();
    let blob = |id: Uuid| {
        let hex = id.simple();
        if postgres { format!("'\\x{hex}'::bytea") } else { format!("x'{hex}'") }
    };
    let at = |seconds: At| {
        let time = |seconds: i64| (app.time.wall().micros() + seconds * 1_000_000).to_string();
        seconds.map_or_else(|| "NULL".to_owned(), time)
    };
    let member = blob(member.parse().unwrap());
    let mut made = Vec::new();
    for (expires, overlap) in DATES.into_iter().flat_map(|one| DATES.map(|other| (one, other))) {
        for end in ENDS {
            *number += 1;
            // Newer than every id of now.
            let id = blob(Uuid::from_u128(0xffff_0000_0000_7000_8000_0000_0000_0000 + *number));
            let reason = end.map_or_else(|| "NULL".to_owned(), |(_, reason)| format!("'{reason}'"));
            let mut copy = String::from(
                "INSERT INTO client_passwords (verifier, id, expires_at, overlap_until, ended_at, ended_reason, \
                 pepper_id, member_id, organization_id, label, protocols, networks, member_epoch, \
                 organization_epoch, created_at, lineage) SELECT ",
            );
            let (expires, overlap, ended) = (at(expires), at(overlap), at(end.map(|(at, _)| at)));
            write!(copy, "{id}, {id}, {expires}, {overlap}, {ended}, {reason}").unwrap();
            copy.push_str(
                ", pepper_id, member_id, organization_id, label, protocols, networks, member_epoch, \
                 organization_epoch, created_at, lineage FROM client_passwords ",
            );
            write!(copy, "WHERE member_id = {member} AND label = 'Phone' AND id = lineage").unwrap();
            made.push(copy);
        }
    }
    if let Some(seconds) = epoch_end {
        made.push(format!(
            "INSERT INTO member_ends (member_id, epoch, ended_at, reason, actor_kind) SELECT id, epoch, {}, \
             'secure_login_off', 'system' FROM members WHERE id = {member}",
            at(Some(seconds)),
        ));
    }
    made
}

fn run(app: &TestApp, statements: &[String]) {
    let statements: Vec<&str> = statements.iter().map(String::as_str).collect();
    if let Some(url) = app.database_url() {
        execute(url, &statements);
    } else {
        let file = app.data_dir().join("clientpass.sqlite");
        rusqlite::Connection::open(file).unwrap().execute_batch(&statements.join(";")).unwrap();
    }
}

#[test]
fn the_state_that_is_asked_for_is_the_state_that_is_shown() {
    let (mut app, home) = TestApp::installed();
    let people: Vec<_> = (0..EPOCH_ENDS.len()).map(|n| secured(&app, &home, &format!("alice{n}"))).collect();
    for person in &people {
        person.issue("Phone");
    }
    app.advance(Duration::from_secs(60));
    app.stop();
    let mut number = 0;
    for (person, end) in people.iter().zip(EPOCH_ENDS) {
        run(&app, &copies(&app, &person.id, end, &mut number));
    }
    app.serve();
    let operator = app.http().bearing(home.operator.token());
    let mut lists = vec![home.path("/client-passwords?")];
    let ids: Vec<&str> = people.iter().map(|person| person.id.as_str()).collect();
    lists.push(home.path(&format!("/client-passwords?member_ids={}&", ids.join(","))));
    lists.extend(people.iter().map(|person| person.path("/client-passwords?")));
    for list in lists {
        let all = all_pages(&operator, list.trim_end_matches(['?', '&']), 200);
        assert!(all.len() > DATES.len() * DATES.len() * ENDS.len(), "{}", all.len());
        for state in ["active", "superseded", "expired", "revoked"] {
            let shown: Vec<Value> = all.iter().filter(|one| one["state"] == state).cloned().collect();
            assert!(!shown.is_empty() || list.contains("/members/"), "none is {state}");
            let found = all_pages(&operator, &format!("{list}state={state}"), 50);
            assert_eq!(each(&found, "id"), each(&shown, "id"), "{state} of {list}");
        }
    }
}

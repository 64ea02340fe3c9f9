//! A policy as a large organization has one: a tree of 200 departments that each switch something, 1,000 exceptions, and
//! every member in one department or two. It refuses nothing that the load asks for, so that only its cost shows.

use rusqlite::Connection;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::data::{Data, NOW, member_id};
use super::load::exchange;
use super::server::Server;

const DEPARTMENTS: usize = 200;
/// Of those below the root; the others are below one of these.
const SECOND_LEVEL: usize = 20;
/// One half of them has a protocol of its own, the other is freed of what is required.
const EXCEPTIONS: usize = 1_000;
/// One member of so many is in a second department.
const IN_TWO: usize = 10;

fn department_id(number: usize) -> Uuid {
    Uuid::from_u128((3 << 120) + number as u128)
}

fn parent_of(number: usize) -> Option<Uuid> {
    match number {
        0 => None,
        1..=SECOND_LEVEL => Some(department_id(0)),
        below => Some(department_id(1 + below % SECOND_LEVEL)),
    }
}

/// Makes the departments and puts everyone into them; the service must not run.
pub fn make_departments(data: &Data, members: usize) {
    let connection = Connection::open(data.config.storage.database_path()).unwrap();
    connection.execute_batch("BEGIN").unwrap();
    let organization = data.organization.as_bytes().as_slice();
    let mut department = connection
        .prepare(
            "INSERT INTO departments (id, organization_id, parent_id, name, created_at) VALUES (?1, ?2, ?3, ?4, ?5)",
        )
        .unwrap();
    for number in 0..DEPARTMENTS {
        let (id, parent) = (department_id(number), parent_of(number));
        let parent = parent.as_ref().map(|parent| parent.as_bytes().as_slice());
        let row =
            rusqlite::params![id.as_bytes().as_slice(), organization, parent, format!("D{number}"), NOW];
        department.execute(row).unwrap();
    }

    let mut joined = connection
        .prepare("INSERT INTO department_members (member_id, department_id) VALUES (?1, ?2)")
        .unwrap();
    for member in 0..members {
        let first = member % DEPARTMENTS;
        let second =
            (member % IN_TWO == 0).then_some((first + 1 + member / 7 % (DEPARTMENTS - 1)) % DEPARTMENTS);
        for number in std::iter::once(first).chain(second) {
            let (member, id) = (member_id(member), department_id(number));
            joined
                .execute(rusqlite::params![member.as_bytes().as_slice(), id.as_bytes().as_slice()])
                .unwrap();
        }
    }
    // As each change of the tree does: version 0 says that there is none.
    connection
        .execute("UPDATE organizations SET rules_version = rules_version + 1 WHERE id = ?1", [organization])
        .unwrap();
    connection.execute_batch("COMMIT; PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
}

/// Every member is available by the root alone; imap is on by a department or by an exception only.
fn policy(members: usize) -> Value {
    let switches = |number: usize| json!({"imap": true, "pop3": number.is_multiple_of(2), "sieve": false});
    let departments: Map<_, _> =
        (0..DEPARTMENTS).map(|number| (department_id(number).to_string(), switches(number))).collect();
    let step = members / EXCEPTIONS;
    let excepted =
        |half: usize| (half..EXCEPTIONS).step_by(2).map(move |at| member_id(at * step).to_string());
    let own: Map<_, _> = excepted(0).map(|id| (id, json!({"imap": true, "smtp": false}))).collect();
    json!({
        "availability": {"departments": [department_id(0)]},
        "protocols": {"default": {"imap": false}, "departments": departments, "members": own},
        "secure_login": {"mode": "required", "except_members": excepted(1).collect::<Vec<_>>()},
        "idle_days": 3_650,
        "allowed_networks": ["0.0.0.0/1", "128.0.0.0/1", "::/0"],
    })
}

/// Puts the policy at the running service.
pub fn put(server: &Server, data: &Data, members: usize) {
    let head = format!(
        "PUT /v1/organizations/{}/policy HTTP/1.1\r\nAuthorization: Bearer {}\r\nIf-Match: *\r\nContent-Type: application/json",
        data.organization, data.operator_key
    );
    let answer = exchange(server.address, &head, &policy(members).to_string());
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

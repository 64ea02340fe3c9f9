//! How long the first page of each list takes, by filter, where there are a million client passwords of two hundred thousand
//! members; beside reading one client password by its id. Then whole lists as files, and how much memory that takes.
//!
//! The service runs on core 0, whoever asks on core 1. A filter that finds nothing is among them.
//!
//! ```text
//! cargo bench --bench lists                       some five minutes; taskset is needed
//! cargo bench --bench lists -- --quick            a tenth of the rows
//! ```

#![allow(
    clippy::unwrap_used,
    clippy::naive_bytecount,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    missing_docs,
    reason = "a program run by hand, that measures time"
)]

#[path = "../verify"]
mod verify {
    //! What is the same as in the benchmark of `/v1/verify`.
    #![allow(dead_code, reason = "not all of it is needed here")]
    pub mod data;
    pub mod load;
    pub mod server;
}

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Instant;

use rusqlite::Connection;
use verify::data::{self, Data, member_id};
use verify::load::exchange;
use verify::server::{self, Server};

const PER_MEMBER: usize = 5;
const RUNS: usize = 20;
/// What the first page of a list may take.
const MOST_MILLISECONDS: f64 = 50.0;

/// What differs from row to row: labels, protocols, uses; roles, states, departments; what was done, and by whom.
const FILL: &str = "
UPDATE client_passwords SET created_at = 2199023255553000,
    label = CASE WHEN substr(verifier, 1, 2) = x'0000' THEN 'Rare'
                 WHEN substr(verifier, 1, 1) < x'40' THEN 'Tablet' ELSE 'Phone' END,
    protocols = CASE WHEN substr(verifier, 3, 1) < x'80' THEN 1 ELSE 255 END;
INSERT INTO uses (client_password_id, protocol, at, ip, client)
SELECT id, 1, 2199023255553000, '192.0.2.7', 'Bench' FROM client_passwords WHERE substr(verifier, 2, 1) < x'c0';
UPDATE members SET role = 1 WHERE login IN ('m100@example.org', 'm9000@example.org');
UPDATE members SET state = 'suspended' WHERE login LIKE 'm_77@example.org';
UPDATE members SET secure_login = 0 WHERE login = 'm5@example.org';
INSERT INTO departments (id, organization_id, name, created_at)
WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 200)
SELECT CAST(printf('d%015d', n) AS BLOB), (SELECT id FROM organizations), 'Department ' || n, n FROM c;
INSERT INTO department_members (member_id, department_id)
SELECT id, CAST(printf('d%015d', CASE WHEN n < 4 THEN 200 ELSE n % 199 + 1 END) AS BLOB)
FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM members WHERE role < 4);
INSERT INTO audit_events (id, organization_id, at, actor_kind, actor_id, action, member_id, targets, details)
WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 1000000)
SELECT CAST(printf('e%015d', n) AS BLOB), (SELECT id FROM organizations), 1795000000000000 + n, 'system', NULL,
       'client_password.issued', (SELECT id FROM members WHERE organization_id = (SELECT id FROM organizations)
           AND login = 'm' || (n % 1000) || '@example.org'), '[]', '{}'
FROM c;
ANALYZE;
";

fn main() {
    if let Ok(role) = std::env::var(server::ROLE) {
        return server::run(&role);
    }
    assert!(data::has("taskset"), "taskset is needed: apt-get install util-linux");
    let rows = if std::env::args().any(|argument| argument == "--quick") { 100_000 } else { 1_000_000 };
    let folder = tempfile::tempdir().unwrap();
    let data = Data::sqlite(&folder.path().join("data"), rows, PER_MEMBER);
    let file = data.config.storage.data_dir.join("clientpass.sqlite");
    let begun = Instant::now();
    Connection::open(&file).unwrap().execute_batch(FILL).unwrap();
    println!("filled in {:.0} s, {} MB", begun.elapsed().as_secs_f64(), file.metadata().unwrap().len() >> 20);

    let server = Server::clientpass(&data, "warn");
    let good = pages(&server, &data, rows);
    totals(&server, &data);
    files(&server, &data);
    // It would outlive us.
    drop(server);
    std::process::exit(i32::from(!good));
}

struct Asked<'a> {
    server: &'a Server,
    home: String,
}

impl Asked<'_> {
    fn get(&self, path: &str) -> String {
        let head = format!("GET {path} HTTP/1.1\r\nAuthorization: Bearer {}", self.server.operator_key);
        let answer = exchange(self.server.address, &head, "");
        assert!(answer.starts_with("HTTP/1.1 200"), "{path}: {answer}");
        answer
    }
}

/// Prints a line for each filter; whether the first page of all of them was fast enough.
fn pages(server: &Server, data: &Data, rows: usize) -> bool {
    let asked = Asked { server, home: format!("/v1/organizations/{}", data.organization) };
    let by_id = format!("/v1/client-passwords/{}", data.spare[0]);
    let (first, last) = (member_id(3), member_id(rows / PER_MEMBER - 1));
    let department = |n: u32| {
        let text = format!("d{n:015}");
        uuid::Uuid::from_slice(text.as_bytes()).unwrap()
    };
    let lists = [
        "/client-passwords".into(),
        "/client-passwords?state=active".into(),
        "/client-passwords?state=superseded".into(),
        "/client-passwords?state=expired".into(),
        "/client-passwords?state=revoked".into(),
        "/client-passwords?label=Phone".into(),
        "/client-passwords?label=Rare".into(),
        "/client-passwords?label=None".into(),
        "/client-passwords?label=Phone&state=expired".into(),
        "/client-passwords?protocols=xmpp".into(),
        "/client-passwords?never_used=true".into(),
        "/client-passwords?never_used=true&state=expired".into(),
        "/client-passwords?last_used_before=2026-01-01T00:00:00Z".into(),
        "/client-passwords?created_before=2026-01-01T00:00:00Z".into(),
        format!("/client-passwords?member_ids={first}"),
        format!("/client-passwords?member_ids={first},{last}&state=expired"),
        "/members".into(),
        "/members?login=m5@example.org".into(),
        "/members?login=nobody@example.org".into(),
        "/members?state=active".into(),
        "/members?state=suspended".into(),
        "/members?state=left".into(),
        "/members?secure_login=false".into(),
        format!("/members?department_id={}", department(200)),
        format!("/members?department_id={}", department(7)),
        format!("/members?department_id={}&secure_login=false", department(7)),
        "/audit-events".into(),
        format!("/audit-events?member_id={}", member_id(5)),
        format!("/audit-events?member_id={last}"),
        format!("/audit-events?actor_id={last}"),
        "/audit-events?action=nothing.happened".into(),
        "/audit-events?since=2030-01-01T00:00:00Z".into(),
        "/revocations".into(),
        "/departments".into(),
    ];

    println!("{rows} client passwords, {PER_MEMBER} a member; the first page, milliseconds");
    println!("{:<66} {:>8} {:>8} {:>8} {:>6} {:>5}", "", "p50", "longest", "of by id", "items", "more");
    let (one, _) = times(|| drop(asked.get(&by_id)));
    println!("{:<66} {one:>8.2}", "one client password by id");
    let mut good = true;
    for list in lists {
        let path = format!("{}{list}", asked.home);
        let answer = asked.get(&path);
        let body: serde_json::Value = serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap();
        let (items, more) = (body["items"].as_array().unwrap().len(), !body["next_cursor"].is_null());
        let (middle, longest) = times(|| drop(asked.get(&path)));
        println!("{list:<66} {middle:>8.2} {longest:>8.2} {:>8.1} {items:>6} {more:>5}", middle / one);
        good &= middle < MOST_MILLISECONDS;
    }
    good
}

/// How long it takes until totals are there.
fn totals(server: &Server, data: &Data) {
    let asked = Asked { server, home: format!("/v1/organizations/{}", data.organization) };
    let path = format!("{}/totals", asked.home);
    let begun = Instant::now();
    let first = asked.get(&path);
    while asked.get(&path).contains("\"as_of\":null") && begun.elapsed().as_secs() < 120 {
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    let waited = begun.elapsed().as_secs_f64();
    println!("totals: counted {waited:.1} s after they were asked for first ({})", first.len());
    let (middle, longest) = times(|| drop(asked.get(&path)));
    println!("totals, once counted: {middle:.2} ms, longest {longest:.2}");
}

/// Whole lists, in either form.
fn files(server: &Server, data: &Data) {
    let home = format!("/v1/organizations/{}", data.organization);
    println!("{:<50} {:>8} {:>9} {:>10} {:>8}", "whole lists", "seconds", "MB", "lines", "MB more");
    for (list, form) in [
        ("/client-passwords", "text/csv"),
        ("/client-passwords?state=expired", "text/csv"),
        ("/members", "text/csv"),
        ("/audit-events", "application/x-ndjson"),
    ] {
        let before = server.anonymous_kilobytes();
        let mut stream = TcpStream::connect(server.address).unwrap();
        let key = &server.operator_key;
        let head =
            format!("GET {home}{list} HTTP/1.1\r\nHost: bench\r\nConnection: close\r\nAccept: {form}\r\n");
        write!(stream, "{head}Authorization: Bearer {key}\r\n\r\n").unwrap();
        let (mut bytes, mut lines, mut most, mut tail) = (0, 0, before, [0u8; 7]);
        let (mut piece, begun, mut looked) = (vec![0u8; 1 << 16], Instant::now(), Instant::now());
        loop {
            let read = stream.read(&mut piece).unwrap();
            if read == 0 {
                break;
            }
            bytes += read;
            lines += piece[..read].iter().filter(|byte| **byte == b'\n').count();
            let end = [&tail[..], &piece[..read]].concat();
            tail.copy_from_slice(&end[end.len() - 7..]);
            if looked.elapsed().as_millis() > 200 {
                (most, looked) = (most.max(server.anonymous_kilobytes()), Instant::now());
            }
        }
        assert_eq!(&tail, b"\r\n0\r\n\r\n", "{list} broke off");
        let (seconds, more) = (begun.elapsed().as_secs_f64(), most.saturating_sub(before) >> 10);
        println!(
            "{:<50} {seconds:>8.1} {:>9.1} {lines:>10} {more:>8}",
            format!("{list} {form}"),
            bytes as f64 / 1e6
        );
    }
}

/// The middle and the longest of many, in milliseconds.
fn times(mut one: impl FnMut()) -> (f64, f64) {
    let mut all: Vec<f64> = (0..RUNS)
        .map(|_| {
            let begun = Instant::now();
            one();
            begun.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    all.sort_by(f64::total_cmp);
    (all[RUNS / 2], all[RUNS - 1])
}

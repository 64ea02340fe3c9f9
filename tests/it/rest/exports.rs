//! Whole lists as files: all that the pages of the list have, in either form, for as long as the caller may have it.

use std::io::{Read as _, Write as _};
use std::sync::atomic::Ordering;

use clientpass::domain::audit::AuditFilter;
use clientpass::domain::export::Format;
use clientpass::domain::ids::OrganizationId;
use clientpass::service::exports::{Export, Selection};
use clientpass::service::{Call, Error, Refusal};
use serde_json::{Value, json};

use super::administration::{all_pages, each, secured};
use super::raw;
use crate::support::actors::Installation;
use crate::support::{Answer, Http, Options, TestApp};

const CSV: &str = "text/csv";
const NDJSON: &str = "application/x-ndjson";

/// A list as a file.
#[track_caller]
fn file(http: &Http, path: &str, form: &str) -> Answer {
    http.with("Accept", form).get(path).expect(200)
}

/// The objects of an answer, a line each.
fn lines(answer: &Answer) -> Vec<Value> {
    answer.text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The rows of an answer, by the names of their columns, as a library reads them.
fn rows(answer: &Answer) -> Vec<Value> {
    let mut reader = csv::ReaderBuilder::new().from_reader(answer.text.as_bytes());
    let names: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    let row = |row: csv::StringRecord| {
        let cells = names.iter().zip(row.iter()).map(|(name, cell)| (name.clone(), json!(cell)));
        Value::Object(cells.collect())
    };
    reader.records().map(|read| row(read.unwrap())).collect()
}

/// Reads so few rows for one page that each list is several pieces.
fn reading_few() -> (TestApp, Installation) {
    let mut options = Options::default();
    options.config.limits.list_rows = 3;
    TestApp::installed_with(options)
}

/// Two members with five client passwords, used, tried and ended.
fn inhabited() -> (TestApp, Installation) {
    let (app, home) = reading_few();
    let (alice, bob) = (secured(&app, &home, "alice"), secured(&app, &home, "bob"));
    let [phone, old, _] = ["Phone", "Old", "Spare"].map(|label| alice.issue(label));
    let _ = ["Phone", "Tablet"].map(|label| bob.issue(label));
    assert_eq!(home.mail_server.verdict(&alice.login, &phone.secret), "accept");
    alice.http.delete(&old.path("")).expect(204);
    assert_eq!(home.mail_server.verdict(&alice.login, &old.secret), "revoked");
    (app, home)
}

#[test]
fn a_file_has_all_that_the_pages_have() {
    let (_app, home) = inhabited();
    for list in [
        "/members",
        "/members?secure_login=true",
        "/members?login=alice@example.org",
        "/members?state=left",
        "/client-passwords",
        "/client-passwords?state=active",
        "/client-passwords?label=Phone",
        "/client-passwords?never_used=true&protocols=imap",
        "/audit-events",
        "/audit-events?action=client_password.issued",
    ] {
        let path = home.path(list);
        let listed = all_pages(&home.operator, &path, 2);
        let file_of_lines = file(&home.operator, &path, NDJSON);
        let mut found = lines(&file_of_lines);
        for one in &mut found {
            if list.starts_with("/client-passwords") {
                let login = one.as_object_mut().unwrap().remove("login").unwrap();
                let id = one["member_id"].as_str().unwrap();
                assert_eq!(home.operator.get(&format!("/v1/members/{id}")).expect(200).body["login"], login);
            }
        }
        assert_eq!(found, listed, "{list}");
        assert_eq!(file_of_lines.header("content-type"), Some(NDJSON));

        let table = file(&home.operator, &path, CSV);
        assert_eq!(each(&rows(&table), "id"), each(&listed, "id"), "{list}");
        assert_eq!(table.header("content-type"), Some("text/csv; charset=utf-8"));
        let name = path.split('?').next().unwrap().rsplit('/').next().unwrap();
        let disposition = format!("attachment; filename=\"{name}.csv\"");
        assert_eq!(table.header("content-disposition"), Some(disposition.as_str()));
    }
}

#[test]
fn a_table_has_the_same_in_its_cells() {
    let (_app, home) = inhabited();
    let members = rows(&file(&home.operator, &home.path("/members?login=alice@example.org"), CSV));
    let shown = ["login", "display_name", "role", "state", "secure_login", "department_ids"];
    let shown = shown.map(|name| members[0][name].as_str().unwrap());
    assert_eq!(shown, ["alice@example.org", "alice", "member", "active", "true", ""]);

    let passwords = rows(&file(&home.operator, &home.path("/client-passwords"), CSV));
    let of = |label: &str| passwords.iter().find(|row| row["label"] == label).unwrap();
    let shown = ["login", "state", "last_used_at", "last_used_protocol", "ended_reason", "stale_use_count"];
    let cells = |row: &Value| shown.map(|name| row[name].as_str().unwrap().to_owned());
    let used = passwords.iter().find(|row| row["last_used_at"] != "").unwrap();
    assert_eq!(cells(used), ["alice@example.org", "active", "2026-11-22T08:00:00Z", "imap", "", ""]);
    assert_eq!(cells(of("Old")), ["alice@example.org", "revoked", "", "", "revoked_by_member", "1"]);

    let events = rows(&file(&home.operator, &home.path("/audit-events?action=client_password.issued"), CSV));
    let targets: Value = serde_json::from_str(events[0]["targets"].as_str().unwrap()).unwrap();
    assert_eq!(targets, json!([{"kind": "client_password", "id": of("Tablet")["id"]}]));
    assert_eq!(events[0]["actor_kind"], "member");
}

/// Labels, names and what clients call themselves come from strangers.
#[test]
fn no_cell_is_a_formula() {
    let (app, home) = reading_few();
    let alice = secured(&app, &home, "alice");
    let name = "=HYPERLINK(\"https://example.net\",\"see\")";
    home.operator.patch(&alice.path(""), &json!({"display_name": name})).expect(200);
    for begins in ['=', '+', '-', '@'] {
        let made = alice.issue(&format!("{begins}SUM(1, 2)\"x\""));
        let body = json!({
            "login": alice.login, "password": made.secret, "protocol": "imap", "client": "@client \"a\",b",
        });
        home.mail_server.post("/v1/verify", &body).expect(200);
    }

    let passwords = rows(&file(&home.operator, &home.path("/client-passwords"), CSV));
    assert_eq!(passwords.len(), 4);
    for (row, begins) in passwords.iter().rev().zip(['=', '+', '-', '@']) {
        assert_eq!(row["label"], format!("'{begins}SUM(1, 2)\"x\""));
        assert_eq!(row["last_used_client"], "'@client \"a\",b");
    }
    let members = rows(&file(&home.operator, &home.path("/members?login=alice@example.org"), CSV));
    assert_eq!(members[0]["display_name"], format!("'{name}"));
    for list in ["/members", "/client-passwords", "/audit-events"] {
        for row in rows(&file(&home.operator, &home.path(list), CSV)) {
            let cells = row.as_object().unwrap().values().map(|cell| cell.as_str().unwrap());
            assert!(
                cells.into_iter().all(|cell| !cell.starts_with(['=', '+', '-', '@', '\t', '\r'])),
                "{row}"
            );
        }
    }
}

#[test]
fn a_list_stays_a_page_of_json_unless_a_file_is_wanted_more() {
    let (_app, home) = inhabited();
    let path = home.path("/members?limit=1");
    for accept in ["application/json", "*/*", "text/html", "application/json, text/csv;q=0.9", "text/csv;q=0"]
    {
        assert_eq!(file(&home.operator, &path, accept).items().len(), 1, "{accept}");
    }
    let whole = file(&home.operator, &path, "application/json;q=0.5, text/csv");
    assert_eq!(rows(&whole).len(), 3, "a file has no limit");

    let first = home.operator.get(&path).expect(200);
    let cursor = first.text_of("next_cursor");
    let rest = file(&home.operator, &format!("{path}&cursor={cursor}"), NDJSON);
    assert_eq!(lines(&rest).len(), 2, "it goes on where a page ended");
    let odd = home.operator.with("Accept", CSV).get(&home.path("/members?state=odd"));
    odd.expect_field("state", "malformed");
}

#[test]
fn what_comes_and_goes_meanwhile_is_not_missed_and_not_there_twice() {
    let (app, home) = reading_few();
    let alice = secured(&app, &home, "alice");
    let made: Vec<_> = (0..12).map(|number| alice.issue(&format!("Phone {number}"))).collect();

    // Between two pieces one that was not read yet ends, and a new one is made.
    let filter = "never_used=true";
    let (http, ends, anew) = (alice.http.clone(), made[2].path(""), alice.path("/client-passwords"));
    let happens = move || {
        std::thread::spawn(move || {
            http.delete(&ends).expect(204);
            http.post(&anew, &json!({"label": "New"})).expect(201);
        });
    };
    *app.faults.meanwhile.lock().unwrap() = Some(("client_passwords/page_end", Box::new(happens)));
    let found = lines(&file(&home.operator, &home.path(&format!("/client-passwords?{filter}")), NDJSON));
    let ids = each(&found, "id");
    let mut once = ids.clone();
    once.dedup();
    assert_eq!(once, ids);
    assert!(made.iter().all(|one| ids.contains(&one.id)), "{ids:?}");
}

fn events() -> Export {
    Export { selection: Selection::AuditEvents(AuditFilter::default()), format: Format::Ndjson }
}

/// Whoever is signed out, or may read the log no more, gets no further piece.
#[test]
fn each_piece_demands_the_authority_anew() {
    let (app, home) = inhabited();
    let services = app.services();
    let organization = OrganizationId::parse(&home.organization_id).unwrap();
    let call = |token: &str| {
        let caller = actix_web::rt::System::new().block_on(services.callers.recognise(token)).unwrap();
        Call::new(caller, services.ids.next().unwrap())
    };
    let piece = |call: &Call| {
        actix_web::rt::System::new().block_on(services.exports.piece(call, organization, &events(), None))
    };

    let mut auditor = home.member_with("erin", "auditor");
    auditor.sign_in();
    let reads = call(auditor.http.token());
    assert!(piece(&reads).unwrap().count > 0);
    auditor.http.delete("/v1/sessions/current").expect(204);
    assert_eq!(piece(&reads).unwrap_err(), Error::from(Refusal::InvalidToken));

    auditor.sign_in();
    let reads = call(auditor.http.token());
    assert!(piece(&reads).unwrap().count > 0);
    let mut owner = home.owner.clone();
    owner.sign_in();
    owner.http.patch(&auditor.path(""), &json!({"role": "member"})).expect(200);
    assert!(matches!(piece(&reads), Err(Error::Refused(_))), "{:?}", piece(&reads));
}

fn asked(path: &str, token: &str) -> String {
    format!(
        "GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept: {CSV}\r\nAuthorization: Bearer {token}\r\n\
         Connection: close\r\n\r\n"
    )
}

/// An answer that is not the whole never looks like the whole: its last chunk is missing.
#[test]
fn what_breaks_off_has_no_end() {
    let (app, home) = inhabited();
    let path = home.path("/audit-events?action=client_password.issued");
    let request = asked(&path, home.operator.token());
    let whole = raw::exchange(app.address, request.as_bytes());
    assert!(raw::status(&whole) == 200 && whole.ends_with("\r\n0\r\n\r\n"), "{whole}");

    let reads = app.faults.reads.clone();
    let breaks = move || reads.store(true, Ordering::SeqCst);
    *app.faults.meanwhile.lock().unwrap() = Some(("audit/list", Box::new(breaks)));
    let part = raw::exchange(app.address, request.as_bytes());
    app.faults.reads.store(false, Ordering::SeqCst);
    assert!(raw::status(&part) == 200 && !part.ends_with("0\r\n\r\n"), "{part}");

    // Where nothing was sent yet, it is a problem as any other.
    app.faults.reads.store(true, Ordering::SeqCst);
    let none = home.operator.with("Accept", CSV).get(&path);
    app.faults.reads.store(false, Ordering::SeqCst);
    none.expect_problem(503, "unavailable");
}

#[test]
fn a_client_that_goes_away_in_the_middle_leaves_nothing_behind() {
    let (app, home) = inhabited();
    let request = asked(&home.path("/audit-events"), home.operator.token());
    for _ in 0..20 {
        let mut stream = raw::connect(app.address);
        stream.write_all(request.as_bytes()).unwrap();
        let mut byte = [0u8; 1];
        assert_eq!(stream.read(&mut byte).unwrap(), 1);
    }
    let path = home.path("/audit-events");
    let found = lines(&file(&home.operator, &path, NDJSON));
    assert_eq!(found, all_pages(&home.operator, &path, 200));
}

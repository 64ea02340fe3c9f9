//! The history of log-ins: what is in it, who sees it, how many rows it has, and when it is gone.

use std::time::Duration;

use serde_json::{Value, json};

use super::administration::{all_pages, secured};
use crate::support::actors::Installation;
use crate::support::{ClientPassword, Http, Person, TestApp};

const DAY: Duration = Duration::from_secs(86_400);

fn check(home: &Installation, login: &str, password: &str, more: &Value) -> String {
    let mut body =
        json!({"login": login, "password": password, "protocol": "imap", "client_ip": "192.0.2.7"});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    home.mail_server.post("/v1/verify", &body).expect(200).text_of("result")
}

fn log_ins(http: &Http, person: &Person, query: &str) -> Vec<Value> {
    http.get(&person.path(&format!("/log-ins{query}"))).expect(200).items().clone()
}

/// The same caller at another process.
fn same(app: &TestApp, http: &Http) -> Http {
    app.http().bearing(http.token())
}

fn total(rows: &[Value]) -> i64 {
    rows.iter().map(|row| row["count"].as_i64().unwrap()).sum()
}

fn put(home: &Installation, policy: &Value) {
    home.operator.with("If-Match", "*").send("PUT", &home.path("/policy"), Some(policy)).expect(200);
}

fn sweep(app: &TestApp) {
    let services = app.services();
    actix_web::rt::System::new().block_on(async {
        let lease = services.leases.current().await.unwrap().unwrap();
        services.log_in_expiry.sweep(lease).await.unwrap();
    });
}

/// How many rows there are in the file, whoever may see them; none is asked for on PostgreSQL.
fn kept(app: &TestApp) -> Option<i64> {
    app.database_url().is_none().then(|| app.number("SELECT count(*) FROM log_ins"))
}

#[test]
fn each_log_in_is_counted_with_what_it_was() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, &home, "alice");
    let phone = alice.issue("Phone");
    let began = app.time.wall();
    for _ in 0..3 {
        assert_eq!(check(&home, &alice.login, &phone.secret, &json!({"client": "Phone Mail"})), "accept");
        app.advance(DAY);
    }
    assert_eq!(check(&home, &alice.login, &phone.secret, &json!({"protocol": "submission"})), "accept");
    check(&home, &alice.login, "wrong", &json!({}));
    check(&home, &alice.login, &alice.password, &json!({}));

    let rows = log_ins(&home.operator, &alice, "");
    assert_eq!(rows.len(), 2, "{rows:?}");
    assert_eq!((&rows[0]["protocol"], &rows[0]["count"]), (&json!("smtp"), &json!(1)));
    let expected = json!({
        "id": rows[1]["id"], "result": "accept", "via": "client_password", "client_password_id": phone.id,
        "protocol": "imap", "ip": "192.0.2.7", "network": null, "client": "Phone Mail", "folded": false,
        "first_at": began.to_string(), "last_at": began.plus(DAY * 2).to_string(), "count": 3,
    });
    assert_eq!(rows[1], expected);

    // By what it is filtered, and page by page.
    assert_eq!(log_ins(&home.operator, &alice, "?protocol=smtp").len(), 1);
    assert_eq!(log_ins(&home.operator, &alice, &format!("?client_password_id={}", phone.id)).len(), 2);
    assert_eq!(log_ins(&home.operator, &alice, &format!("?client_password_id={}", alice.id)).len(), 0);
    let since = began.plus(DAY * 3);
    assert_eq!(log_ins(&home.operator, &alice, &format!("?since={since}")).len(), 1);
    assert_eq!(all_pages(&home.operator, &alice.path("/log-ins"), 1), rows);
    for (field, value) in [("protocol", "gopher"), ("client_password_id", "x"), ("since", "yesterday")] {
        home.operator.get(&alice.path(&format!("/log-ins?{field}={value}"))).expect_field(field, "malformed");
    }
}

#[test]
fn account_passwords_and_what_is_passed_on_are_in_it_and_guesses_are_not() {
    let (_app, home) = TestApp::installed();
    let (bob, eve) = (home.member("bob"), home.external_member("eve"));
    assert_eq!(check(&home, &bob.login, "wrong", &json!({})), "reject");
    assert_eq!(check(&home, &bob.login, &bob.password, &json!({})), "accept");
    for password in ["one", "two"] {
        assert_eq!(check(&home, &eve.login, password, &json!({})), "defer");
    }

    let row = |person: &Person| {
        let rows = log_ins(&home.operator, person, "");
        assert_eq!(rows.len(), 1, "{rows:?}");
        let [result, via, count] = ["result", "via", "count"].map(|name| rows[0][name].clone());
        (result, via, count)
    };
    assert_eq!(row(&bob), (json!("accept"), json!("account_password"), json!(1)));
    assert_eq!(row(&eve), (json!("defer"), Value::Null, json!(2)));
}

/// A client that comes from everywhere.
fn roam(home: &Installation, alice: &Person, phone: &ClientPassword, from: std::ops::Range<u32>) {
    for number in from {
        let ip = format!("10.{}.{}.{}", number / 2_000, number / 10 % 200, number % 10);
        assert_eq!(check(home, &alice.login, &phone.secret, &json!({"client_ip": ip})), "accept");
    }
}

#[test]
fn a_member_has_at_most_64_rows_and_loses_no_log_in() {
    let (mut app, home) = TestApp::installed();
    let alice = secured(&app, &home, "alice");
    let phone = alice.issue("Phone");
    for (from, to) in [(0, 64), (64, 65), (65, 200), (200, 900)] {
        roam(&home, &alice, &phone, from..to);
        app.advance(Duration::from_secs(1));
        let rows = log_ins(&alice.http, &alice, "?limit=200");
        assert!(rows.len() <= 64, "{} rows after {to}", rows.len());
        assert_eq!(total(&rows), i64::from(to), "after {to}");
        assert_eq!(rows.iter().any(|row| row["folded"] == true), to > 64, "after {to}");
        let by_network = |row: &Value| row["network"].is_string() && row["ip"].is_null();
        assert!(to != 65 || rows.iter().any(by_network), "{rows:?}");
        if let Some(kept) = kept(&app) {
            assert_eq!(kept, i64::try_from(rows.len()).unwrap());
        }
    }

    let before = log_ins(&alice.http, &alice, "?limit=200");
    app.restart();
    assert_eq!(log_ins(&same(&app, &alice.http), &alice, "?limit=200"), before);
}

/// What others add while rows are folded is kept.
#[test]
fn folding_and_adding_at_once_lose_nothing() {
    let (app, home) = TestApp::installed();
    let nodes: Vec<TestApp> = app.second_node().into_iter().collect();
    let alice = secured(&app, &home, "alice");
    let phone = alice.issue("Phone");
    let servers: Vec<Http> = nodes.iter().map(|node| same(node, &home.mail_server)).collect();
    let servers: Vec<&Http> = servers.iter().chain([&home.mail_server]).collect();
    std::thread::scope(|scope| {
        for thread in 0..4_usize {
            let (server, alice, phone, app) = (servers[thread % servers.len()], &alice, &phone, &app);
            scope.spawn(move || {
                for number in 0..100 {
                    let ip = format!("10.{thread}.{}.{}", number / 4, number % 4);
                    let body = json!({
                        "login": alice.login, "password": phone.secret, "protocol": "imap", "client_ip": ip,
                    });
                    assert_eq!(server.post("/v1/verify", &body).expect(200).text_of("result"), "accept");
                    if number % 10 == 0 {
                        log_ins(&alice.http, alice, "");
                        app.advance(Duration::from_millis(1));
                    }
                }
            });
        }
    });
    for node in &nodes {
        log_ins(&same(node, &alice.http), &alice, "");
    }
    sweep(&app);
    let rows = log_ins(&alice.http, &alice, "?limit=200");
    assert!(rows.len() <= 64, "{} rows", rows.len());
    assert_eq!(total(&rows), 400);
}

#[test]
fn what_a_process_that_was_killed_has_not_folded_is_folded_all_the_same() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, &home, "alice");
    let phone = alice.issue("Phone");
    *app.faults.statement.lock().unwrap() = Some("log_ins/take");
    roam(&home, &alice, &phone, 0..40);
    log_ins(&alice.http, &alice, "");
    roam(&home, &alice, &phone, 40..80);
    assert_eq!(log_ins(&alice.http, &alice, "?limit=200").len(), 80);
    *app.faults.statement.lock().unwrap() = None;
    sweep(&app);
    let rows = log_ins(&alice.http, &alice, "?limit=200");
    assert!(rows.len() <= 64, "{} rows", rows.len());
    assert_eq!(total(&rows), 80);
}

#[test]
fn it_reaches_back_as_far_as_the_policy_says() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, &home, "alice");
    let phone = alice.issue("Phone");
    let come = |ip: &str| check(&home, &alice.login, &phone.secret, &json!({"client_ip": ip}));
    come("192.0.2.1");
    app.advance(DAY * 20);
    come("192.0.2.2");
    assert_eq!(log_ins(&home.operator, &alice, "").len(), 2);
    app.advance(DAY * 10);
    // The first is 30 days old now: nobody sees it, swept or not.
    assert_eq!(log_ins(&home.operator, &alice, "").len(), 1);
    sweep(&app);
    assert_eq!(kept(&app).unwrap_or(1), 1);

    put(&home, &json!({"history_days": 10}));
    assert_eq!(log_ins(&home.operator, &alice, "").len(), 0);
    sweep(&app);
    assert_eq!(kept(&app).unwrap_or(0), 0);
    come("192.0.2.3");
    assert_eq!(log_ins(&home.operator, &alice, "").len(), 1);

    put(&home, &json!({"history_days": 0}));
    assert_eq!(log_ins(&home.operator, &alice, "").len(), 0);
    sweep(&app);
    come("192.0.2.4");
    put(&home, &json!({}));
    assert_eq!(log_ins(&home.operator, &alice, "").len(), 0, "nothing was kept meanwhile");
    come("192.0.2.5");
    assert_eq!(log_ins(&home.operator, &alice, "").len(), 1);
}

/// Also what was noted before the member left, and is written after.
#[test]
fn it_is_gone_when_the_member_has_left() {
    let (app, home) = TestApp::installed();
    let (alice, carol) = (secured(&app, &home, "alice"), secured(&app, &home, "carol"));
    let [phone, tablet] = [&alice, &carol].map(|person| person.issue("Phone"));
    check(&home, &alice.login, &phone.secret, &json!({}));
    check(&home, &carol.login, &tablet.secret, &json!({}));
    assert_eq!(log_ins(&home.operator, &alice, "").len(), 1);

    check(&home, &alice.login, &phone.secret, &json!({"client_ip": "192.0.2.8"}));
    home.operator.delete(&alice.path("")).expect(204);
    assert_eq!(log_ins(&home.operator, &carol, "").len(), 1, "it writes what waits");
    assert_eq!(log_ins(&home.operator, &alice, "").len(), 0);
    assert_eq!(kept(&app).unwrap_or(1), 1);
    sweep(&app);
    assert_eq!(kept(&app).unwrap_or(1), 1);
}

#[test]
fn it_is_gone_when_the_organization_is_dissolved() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, &home, "alice");
    let phone = alice.issue("Phone");
    check(&home, &alice.login, &phone.secret, &json!({}));
    assert_eq!(log_ins(&home.operator, &alice, "").len(), 1);
    home.operator.delete(&home.path("")).expect(204);
    sweep(&app);
    assert_eq!(kept(&app).unwrap_or(0), 0);
}

/// What cannot be written waits, and checks go on.
#[test]
fn an_outage_loses_nothing_and_holds_nobody_up() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, &home, "alice");
    let phone = alice.issue("Phone");
    *app.faults.statement.lock().unwrap() = Some("log_ins/add");
    for _ in 0..3 {
        assert_eq!(check(&home, &alice.login, &phone.secret, &json!({})), "accept");
        alice.http.get(&alice.path("/log-ins")).expect(200);
    }
    *app.faults.statement.lock().unwrap() = None;
    let rows = log_ins(&alice.http, &alice, "");
    assert_eq!((rows.len(), total(&rows)), (1, 3));
}

//! Health, readiness, metrics, the description; and what every answer carries.

use std::io::Write as _;
use std::time::Duration;

use clientpass::clock::{SystemTimeSource, TimeSource as _};
use serde_json::json;

use super::administration::{program, secured};
use super::raw::{connect, exchange, post, rest, status, until};
use crate::support::{Installation, Options, TestApp, time};

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn the_process_is_alive_and_ready() {
    let (app, _home) = TestApp::installed();
    for path in ["/healthz", "/readyz"] {
        assert_eq!(app.http().get(path).expect(200).body, json!({"status": "ok"}));
    }
}

#[test]
fn without_its_database_it_is_alive_and_not_ready() {
    let (app, _home) = TestApp::installed();
    app.faults.set_all(true);
    app.http().get("/healthz").expect(200);
    let answer = app.http().get("/readyz").expect_problem(503, "unavailable");
    assert_eq!(answer.header("retry-after"), Some("1"));
    assert!(!answer.text.contains("broken by the test"), "{}", answer.text);
    app.faults.set_all(false);
    app.http().get("/readyz").expect(200);
}

#[test]
fn metrics_count_what_happens_and_hold_no_login_and_no_secret() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, &home, "alice");
    let phone = alice.issue("Phone in the kitchen");
    assert_eq!(home.mail_server.verdict(&alice.login, &phone.secret), "accept");
    assert_eq!(home.mail_server.verdict(&alice.login, "wrong"), "invalid_credentials");
    assert_eq!(home.mail_server.verdict_over(&alice.login, "wrong", "smtp"), "invalid_credentials");
    app.http().get(&format!("/v1/members/{}", alice.id)).expect(401);
    app.http().get("/nothing/here?at=all").expect(404);
    let answer = home.operator.get("/metrics").expect(200);
    let kind = answer.header("content-type").unwrap();
    assert!(kind.starts_with("application/openmetrics-text"), "{kind}");
    for line in [
        "clientpass_checks_total{result=\"accept\",reason=\"\",protocol=\"imap\"} 1\n",
        "clientpass_checks_total{result=\"reject\",reason=\"invalid_credentials\",protocol=\"imap\"} 1\n",
        "clientpass_checks_total{result=\"reject\",reason=\"invalid_credentials\",protocol=\"smtp\"} 1\n",
        "clientpass_check_duration_seconds_count 3\n",
        "clientpass_changes_total{action=\"client_password.issued\"} 1\n",
        "clientpass_http_requests_total{route=\"/v1/members/{member_id}\",status=\"401\"} 1\n",
        "clientpass_http_requests_total{route=\"unknown\",status=\"404\"} 1\n",
        "clientpass_parked_refusals 0\n",
    ] {
        assert!(answer.text.contains(line), "{line} in {}", answer.text);
    }
    assert!(answer.text.ends_with("# EOF\n"));
    let plain = phone.secret.replace('-', "");
    for hidden in [&phone.secret, &plain, &alice.login, &alice.id, "kitchen", "192.0.2.7", "cps_", "cpk_"] {
        assert!(!answer.text.contains(hidden), "{hidden}");
    }
}

#[test]
fn metrics_and_how_busy_it_is_are_for_keys_that_oversee_the_installation() {
    let (app, home) = TestApp::installed();
    let mut owner = home.owner.clone();
    owner.sign_in();
    let key = |role: &str, bound: Option<&str>| program(&home, role, bound);
    let bound = Some(home.organization_id.as_str());
    let others = [
        app.http(),
        app.http().bearing("cpk_none"),
        owner.http,
        home.mail_server.clone(),
        key("directory", None),
        key("operator", bound),
        key("auditor", bound),
    ];
    let auditor = key("auditor", None);
    for path in ["/metrics", "/readyz?verbose", "/readyz?verbose=true"] {
        for other in &others {
            other.get(path).expect_problem(401, "unauthenticated");
        }
        home.operator.get(path).expect(200);
        auditor.get(path).expect(200);
    }
    home.operator.get("/readyz?verbose=perhaps").expect_field("verbose", "malformed");
    assert_eq!(home.operator.get("/readyz?verbose=false").expect(200).body, json!({"status": "ok"}));
}

#[test]
fn how_busy_it_is_names_the_engine_and_what_waits() {
    let (_app, home) = TestApp::installed();
    let mut shown = home.operator.get("/readyz?verbose").expect(200).body;
    let engine = if crate::support::database::on_postgres() { "postgresql" } else { "sqlite" };
    assert_eq!(shown["at_start"]["engine"], engine);
    assert!(shown["at_start"]["rest_connections"]["connections"].as_u64() >= Some(4));
    assert!(shown["read_micros"].take().is_u64());
    assert_eq!((&shown["comparisons"], &shown["parked_refusals"]), (&json!(0), &json!(0)));
}

/// How often something has waited for the database on this path.
fn waits(app: &TestApp, path: &str) -> u64 {
    let line = format!("clientpass_database_wait_seconds_count{{path=\"{path}\"}} ");
    let text = app.metrics();
    text.lines().find_map(|known| known.strip_prefix(&line)).map_or(0, |count| count.parse().unwrap())
}

#[test]
fn how_long_the_database_is_waited_for_is_counted_by_what_it_is_asked_for() {
    let (app, home) = TestApp::installed();
    let app = &app;
    let before = ["list", "write"].map(|path| waits(app, path));
    home.member("alice");
    home.operator.get(&home.path("/members?state=active")).expect(200);
    let after = ["list", "write"].map(|path| waits(app, path));
    assert!(after[0] > before[0], "no list was waited for: {}", app.metrics());
    assert!(after[1] > before[1], "no write was waited for: {}", app.metrics());
    // Time stands still, and so nothing waited long.
    assert!(app.metrics().contains("clientpass_database_wait_seconds_sum{path=\"write\"} 0.0\n"));
    if crate::support::database::on_postgres() {
        assert!(waits(app, "point") > 0, "{}", app.metrics());
    }
}

/// How a job gets on, as whoever oversees the installation sees it: how many seconds it is behind, how often it failed.
fn job(home: &Installation, name: &str) -> (i64, i64) {
    let shown = home.operator.get("/readyz?verbose").expect(200).body;
    let jobs = shown["jobs"].as_array().unwrap();
    let found = jobs.iter().find(|job| job["job"] == name).unwrap_or_else(|| panic!("{shown}"));
    (found["behind_seconds"].as_i64().unwrap(), found["failures"].as_i64().unwrap())
}

#[test]
fn every_job_is_listed_and_one_holds_the_lease() {
    let (app, home) = TestApp::installed();
    let metric = |line: &str| app.metrics().contains(line);
    time::until("the lease", || metric("clientpass_lease_held 1\n"));
    app.advance(SECOND * 600);
    for name in [
        "usage",
        "clock_mark",
        "stale_ends",
        "revocations",
        "settling",
        "warnings",
        "old_warnings",
        "answers",
        "client_setup_links",
        "sessions",
        "invitations",
        "log_ins",
        "tombstones",
        "totals",
        "previews",
        "places",
        "notices",
    ] {
        let done = format!("clientpass_job_runs_total{{job=\"{name}\",result=\"done\"}}");
        time::until(name, || metric(&done));
        time::until(name, || job(&home, name) == (0, 0));
        assert!(
            metric(&format!("clientpass_job_behind_seconds{{job=\"{name}\"}} 0.0\n")),
            "{}",
            app.metrics()
        );
    }
    assert_eq!(home.operator.get("/readyz?verbose").expect(200).body["lease_held"], true);
}

#[test]
fn a_job_that_fails_says_so_and_goes_on_with_growing_pauses() {
    let (app, home) = TestApp::installed();
    let failures = || job(&home, "usage").1;
    // Everybody who sleeps does, and nobody's time has come.
    let asleep = |count: usize| {
        time::until("rest", || app.time.waits().iter().filter(|wait| !wait.is_zero()).count() == count);
    };
    time::until("the first round", || app.time.waits().contains(&SECOND));
    let jobs = app.time.waits().len();
    *app.faults.statement.lock().unwrap() = Some("service_keys/used");
    // Each look uses the key, so there is something to write.
    assert_eq!(failures(), 0);
    app.advance(SECOND);
    for (count, pause) in [1, 2, 4, 8, 16, 30, 30].into_iter().enumerate() {
        let count = i64::try_from(count).unwrap() + 1;
        time::until("the failure", || failures() == count);
        asleep(jobs);
        app.advance(SECOND / 2 * (2 * pause - 1));
        asleep(jobs);
        assert_eq!(failures(), count, "before {pause} seconds were over");
        assert!(job(&home, "usage").0 >= i64::from(pause) - 1);
        app.advance(SECOND / 2);
    }
    time::until("the last failure", || failures() == 8);
    asleep(jobs);
    *app.faults.statement.lock().unwrap() = None;
    app.advance(SECOND * 30);
    time::until("the recovery", || job(&home, "usage") == (0, 0));
}

#[test]
fn metrics_have_an_address_of_their_own_if_they_are_given_one() {
    let mut options = Options::default();
    options.config.metrics = Some(toml::from_str("listen = \"127.0.0.1:0\"").unwrap());
    let (app, _home) = TestApp::installed_with(options);
    let get = |path: &str| {
        let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        exchange(app.door("metrics").parse().unwrap(), request.as_bytes())
    };
    let answer = get("/metrics");
    assert!(answer.contains("clientpass_parked_refusals 0\n"), "{answer}");
    for path in ["/", "/healthz", "/readyz", "/v1/me"] {
        assert_eq!(status(&get(path)), 404, "{path}");
    }
    let mut options = Options::default();
    options.config.metrics = Some(toml::from_str("listen = \"0.0.0.0:0\"").unwrap());
    assert!(TestApp::refuses(options).starts_with("[metrics] "));
}

/// One probe must not tell whether a login has an account password here.
#[test]
fn the_times_of_the_metrics_are_those_that_the_asker_saw() {
    let mut options = Options::default();
    options.config.verify.refusal_floor_ms = 50;
    let (app, home) = TestApp::installed_with(options);
    let bob = home.member("bob");
    for login in [bob.login.as_str(), "nobody@example.org"] {
        let before = observed(&app);
        let (by, asks) = (home.mail_server.clone(), login.to_owned());
        let asked = std::thread::spawn(move || by.check(&asks, "wrong", "imap").expect(200));
        time::until("a refusal waiting", || app.time.sleepers_within(Duration::from_millis(50)) == 1);
        assert_eq!(observed(&app), before, "nothing is observed before it is answered");
        app.advance(Duration::from_millis(50));
        asked.join().unwrap();
        assert_eq!(observed(&app), (before.0 + 1, before.1 + 50), "of {login}");
    }
}

/// How many checks were timed, and what they took in all, in milliseconds.
fn observed(app: &TestApp) -> (u64, u128) {
    let metrics = app.metrics();
    let value = |name: &str| {
        let name = format!("clientpass_check_duration_seconds_{name} ");
        metrics.lines().find_map(|line| line.strip_prefix(&name)).unwrap().trim().to_owned()
    };
    let seconds: f64 = value("sum").parse().unwrap();
    (
        value("count").parse().unwrap(),
        (Duration::from_secs_f64(seconds) + Duration::from_micros(1)).as_millis(),
    )
}

#[test]
fn an_address_that_is_made_up_makes_no_metric_of_its_own() {
    let (app, _home) = TestApp::installed();
    for n in 0..20 {
        app.http().get(&format!("/v1/made-up-{n}")).expect(404);
        app.http().send(&format!("MADEUP{n}"), "/v1/me", None).expect(405);
    }
    let text = app.metrics();
    assert!(!text.contains("made-up") && !text.contains("MADEUP"), "{text}");
    assert!(text.contains("{route=\"unknown\",status=\"404\"} 20\n"), "{text}");
}

#[test]
fn the_description_is_the_one_of_the_repository() {
    let app = TestApp::start();
    let answer = app.http().get("/openapi.yaml").expect(200);
    assert_eq!(answer.text, include_str!("../../../openapi.yaml"));
    assert_eq!(answer.header("content-type"), Some("application/yaml"));
}

#[test]
fn every_answer_names_its_request_and_is_not_stored() {
    let (app, home) = TestApp::installed();
    let (nobody, operator) = (app.http(), &home.operator);
    let mut answers = vec![
        nobody.get("/healthz"),
        nobody.get("/readyz"),
        nobody.get("/metrics"),
        operator.get("/metrics"),
        operator.get("/readyz?verbose"),
        nobody.get("/openapi.yaml"),
        nobody.get("/v1/me"),
        nobody.get("/nothing"),
        nobody.send("PATCH", "/v1/me", None),
        operator.get("/v1/me"),
        operator.get("/v1/organizations"),
        operator.post("/v1/organizations", &json!({})),
        operator.with("X-Request-Id", "mine").get(&home.path("/domains/none")),
        operator.delete(&home.path("/domains/none")),
        home.mail_server.check("nobody@example.org", "anything", "imap"),
    ];
    app.faults.set_all(true);
    answers.push(operator.get("/v1/me"));
    let mut seen = std::collections::BTreeSet::new();
    for answer in answers {
        let id = answer.header("x-request-id").expect("no request id").to_owned();
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{}", answer.text);
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        if answer.status >= 400 {
            assert_eq!(answer.header("content-type"), Some("application/problem+json"));
            assert_eq!(answer.text_of("instance"), format!("urn:uuid:{id}"));
            assert_eq!(answer.text_of("type"), format!("urn:clientpass:problem:{}", answer.text_of("code")));
            assert_eq!(answer.body["status"], answer.status);
        }
        assert!(seen.insert(id), "each request has an id of its own");
    }
}

#[test]
fn a_connection_that_is_to_be_closed_is_closed() {
    let (app, home) = TestApp::installed();
    let check = json!({"login": "nobody@example.org", "password": "anything", "protocol": "imap"});
    let request = post("/v1/verify", home.mail_server.token(), &check.to_string());
    // Dovecot's HTTP client reuses the connection unless the answer says what it asked for.
    let answer = exchange(app.address, request.as_bytes()).to_lowercase();
    assert_eq!(status(&answer), 200);
    assert!(answer.contains("\r\nconnection: close\r\n"), "{answer}");
    assert!(
        answer.contains("\r\ncontent-length: ") && answer.ends_with("invalid_credentials\"}"),
        "{answer}"
    );
}

#[test]
fn a_connection_is_kept_for_the_next_request_otherwise() {
    let app = TestApp::start();
    let mut stream = connect(app.address);
    for _ in 0..3 {
        stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
        let answer = until(&mut stream, "{\"status\":\"ok\"}");
        assert!(answer.starts_with("HTTP/1.1 200") && !answer.to_lowercase().contains("connection: close"));
    }
    stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
    assert!(rest(stream).to_lowercase().contains("\r\nconnection: close\r\n"));
}

#[test]
fn a_connection_that_is_only_kept_does_not_hold_up_a_stop() {
    let mut app = TestApp::start();
    let mut stream = connect(app.address);
    stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    until(&mut stream, "{\"status\":\"ok\"}");
    let stopping = SystemTimeSource::new();
    app.stop();
    // Requests in flight would have ten seconds.
    assert!(stopping.monotonic() < Duration::from_secs(8), "{:?}", stopping.monotonic());
    assert_eq!(rest(stream), "");
}

#[test]
fn a_body_may_wait_until_it_is_asked_for() {
    let (app, home) = TestApp::installed();
    let body = r#"{"login":"nobody@example.org","password":"anything","protocol":"imap"}"#;
    let request = post("/v1/verify", home.mail_server.token(), body);
    let head = request.strip_suffix(&format!("\r\n\r\n{body}")).unwrap();
    let mut stream = connect(app.address);
    stream.write_all(format!("{head}\r\nExpect: 100-continue\r\n\r\n").as_bytes()).unwrap();
    assert_eq!(until(&mut stream, "\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(body.as_bytes()).unwrap();
    let answer = rest(stream);
    assert_eq!(status(&answer), 200, "{answer}");
    assert!(answer.ends_with("{\"result\":\"reject\",\"reason\":\"invalid_credentials\"}"), "{answer}");
}

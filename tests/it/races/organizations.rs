//! Organizations: dissolved, named, and set up, while others use them.

use clientpass::domain::secret::Secret;
use clientpass::service::Services;
use clientpass::service::setup::SetupRequest;
use serde_json::{Value, json};

use super::{ROUNDS, action, at_once, granted, made, none_opens, race};
use crate::support::{Answer, Installation, Person, TestApp};

/// An organization of a round's own, with a member for whom secure login is on.
struct Realm {
    path: String,
    id: String,
    domain: String,
    alice: Person,
}

impl Realm {
    fn of(app: &TestApp, home: &Installation, round: usize) -> Self {
        let domain = format!("round{round}.example");
        let made = home
            .operator
            .post("/v1/organizations", &json!({"name": "Realm", "domains": [domain]}))
            .expect(201);
        let id = made.text_of("id");
        let path = format!("/v1/organizations/{id}");
        let mut alice = home.owner.clone();
        (alice.login, alice.password) = (format!("alice@{domain}"), "alice's password".into());
        let body = json!({"login": alice.login, "display_name": "Alice", "password": alice.password});
        alice.id = home.operator.post(&format!("{path}/members"), &body).expect(201).text_of("id");
        Self { path, id, domain, alice: alice.secured(app.time.wall()) }
    }

    fn member(&self, home: &Installation, n: usize) -> Answer {
        let body = json!({"login": format!("late{n}@{}", self.domain), "display_name": "Late"});
        home.operator.post(&format!("{}/members", self.path), &body)
    }

    fn key(&self, home: &Installation) -> Answer {
        let body = json!({"role": "auditor", "label": "Late", "organization_id": self.id});
        home.operator.post("/v1/service-keys", &body)
    }
}

#[test]
fn nothing_made_while_an_organization_is_dissolved_outlives_it() {
    let (app, home) = TestApp::installed();
    for round in 0..ROUNDS {
        let realm = Realm::of(&app, &home, round);
        let phone = realm.alice.issue("Phone");
        let others = || {
            at_once(vec![
                action(|| realm.member(&home, 1)),
                action(|| {
                    realm.alice.http.post(&realm.alice.path("/client-passwords"), &json!({"label": "Late"}))
                }),
                action(|| realm.key(&home)),
                action(|| super::rotate(&realm.alice, &phone, 3600)),
                action(|| realm.member(&home, 2)),
            ])
        };
        let (dissolved, answers) =
            race(round, &home.mail_server, || home.operator.delete(&realm.path), others);
        dissolved.expect(204);
        let refusals = [
            (409, "not_active"),
            (409, "secure_login_off"),
            (401, "unauthenticated"),
            (400, "invalid_request"),
            (409, "login_taken"),
        ];
        granted(&answers, 201, &refusals);
        none_opens(&home, &realm.alice, &[phone]);
        none_opens(&home, &realm.alice, &made(&answers[1..2]));
        none_opens(&home, &realm.alice, &made(&answers[3..4]));
        for key in answers[2..3].iter().filter(|answer| answer.status == 201) {
            home.operator.bearing(&key.text_of("key")).get("/v1/me").expect_problem(401, "unauthenticated");
        }
        let members = home.operator.get(&format!("{}/members", realm.path)).expect(200);
        assert!(members.items().iter().all(|member| member["state"] == "left"), "{}", members.text);
        assert_eq!(
            home.operator.get(&format!("{}/domains", realm.path)).expect(200).items(),
            &Vec::<Value>::new()
        );
        let ends = home.operator.get(&format!("{}/audit-events?action=organization.dissolved", realm.path));
        assert_eq!(ends.expect(200).items().len(), 1);
    }
}

#[test]
fn of_many_who_dissolve_one_does() {
    let (app, home) = TestApp::installed();
    let realm = Realm::of(&app, &home, 0);
    let answers = at_once((0..4).map(|_| action(|| home.operator.delete(&realm.path))).collect());
    assert_eq!(granted(&answers, 204, &[(409, "not_active")]), 1);
}

#[test]
fn a_domain_goes_or_gets_a_member_never_both() {
    let (_app, home) = TestApp::installed();
    for round in 0..ROUNDS {
        let domain = format!("round{round}.example");
        home.operator.post(&home.path("/domains"), &json!({"name": domain})).expect(201);
        let body = json!({"login": format!("alice@{domain}"), "display_name": "Alice"});
        let (removed, made) = race(
            round,
            &home.mail_server,
            || home.operator.delete(&home.path(&format!("/domains/{domain}"))),
            || home.operator.post(&home.path("/members"), &body),
        );
        let removed = granted(&[removed], 204, &[(409, "domain_in_use")]);
        let made = granted(&[made], 201, &[(400, "invalid_request"), (409, "login_taken")]);
        assert_eq!(removed + made, 1);
    }
}

#[test]
fn of_many_who_bind_a_domain_one_does() {
    let (_app, home) = TestApp::installed();
    let other = json!({"name": "Other", "domains": ["other.example"]});
    let other = home.operator.post("/v1/organizations", &other).expect(201).text_of("id");
    for round in 0..ROUNDS {
        let names = [format!("a{round}.example"), format!("b{round}.example")];
        let bind = |n: usize| {
            let id = if n.is_multiple_of(2) { &home.organization_id } else { &other };
            let (path, body) = (format!("/v1/organizations/{id}/domains"), json!({"name": names[0]}));
            let operator = &home.operator;
            action(move || operator.post(&path, &body))
        };
        let answers = at_once((0..4).map(bind).collect());
        assert_eq!(granted(&answers, 201, &[(409, "domain_taken")]), 1);
        // Two that are bound together, by two organizations in two orders.
        let third = format!("c{round}.example");
        let (one, two) = ([&names[1], &third], [&third, &names[1]]);
        let made: Vec<_> =
            [one, two, one, two].map(|domains| json!({"name": "New", "domains": domains})).into();
        let founding = |body: &Value| {
            let (operator, body) = (&home.operator, body.clone());
            action(move || operator.post("/v1/organizations", &body))
        };
        let answers = at_once(made.iter().map(founding).collect());
        assert_eq!(granted(&answers, 201, &[(409, "domain_taken")]), 1);
    }
}

fn redeem(app: &TestApp, token: &str, n: usize) -> Answer {
    let body = json!({
        "token": token, "organization": "Example", "domain": format!("example{n}.org"),
        "owner": format!("owner@example{n}.org"), "password": "owner's password",
    });
    app.http().post("/v1/setup", &body)
}

#[test]
fn the_setup_link_is_redeemed_once() {
    for _ in 0..3 {
        let app = TestApp::start();
        let token = app.setup_token.clone().unwrap();
        let (app, token) = (&app, &token);
        let answers = at_once((0..4).map(|n| action(move || redeem(app, token, n))).collect());
        assert_eq!(granted(&answers, 201, &[(409, "already_set_up"), (403, "invalid_setup_token")]), 1);
    }
}

/// Whether a set-up without a link, as `init` does it, was done.
fn initialize(services: &Services, n: usize) -> bool {
    let password = Secret::new("owner's password".to_owned());
    let (domain, owner) = (format!("example{n}.org"), format!("owner@example{n}.org"));
    let request =
        SetupRequest { organization: "Example", domain: &domain, owner: &owner, password: &password };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(services.setup.initialize(&request)).is_ok()
}

#[test]
fn of_many_who_set_up_without_a_link_one_does() {
    let first = TestApp::start();
    let second = first.second_node();
    let services = [first.services(), second.as_ref().map_or_else(|| first.services(), TestApp::services)];
    let set_up = |n: usize| {
        let services = &services[n % 2];
        action(move || initialize(services, n))
    };
    let done = at_once((0..4).map(set_up).collect());
    assert_eq!(done.into_iter().filter(|done| *done).count(), 1);
}

/// There is no row yet that two of them could meet at: the lock alone keeps the second from seeing nothing.
#[test]
fn whoever_sets_up_waits_for_who_is_about_to() {
    let app = TestApp::start();
    let Some(url) = app.config().storage.database_url else { return };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let (client, connection) =
        runtime.block_on(tokio_postgres::connect(&url.0, tokio_postgres::NoTls)).unwrap();
    runtime.spawn(connection);
    let run = |sql: &str| runtime.block_on(client.batch_execute(sql)).unwrap();
    run("BEGIN; UPDATE clock_mark SET high_water = high_water");
    run("INSERT INTO organizations (id, name, state, created_at) VALUES ('first', 'First', 'active', 0)");
    let waiting = "SELECT count(*) FROM pg_stat_activity \
                   WHERE datname = current_database() AND wait_event_type = 'Lock'";
    let waits = || runtime.block_on(client.query_one(waiting, &[])).unwrap().get::<_, i64>(0) > 0;
    let services = app.services();
    std::thread::scope(|scope| {
        let second = scope.spawn(|| initialize(&services, 2));
        while !waits() && !second.is_finished() {}
        run("COMMIT");
        assert!(!second.join().unwrap());
    });
}

/// Each node makes a link when it starts; only that of the last is good.
#[test]
fn of_the_setup_links_of_two_nodes_one_is_redeemed() {
    let first = TestApp::start();
    let Some(second) = first.second_node() else { return };
    let tokens = [&first, &second].map(|app| app.setup_token.clone().unwrap());
    let redeem = |n: usize| {
        let (app, token) = ([&first, &second][n % 2], &tokens[n % 2]);
        action(move || redeem(app, token, n))
    };
    let answers = at_once((0..4).map(redeem).collect());
    assert_eq!(granted(&answers, 201, &[(409, "already_set_up"), (403, "invalid_setup_token")]), 1);
}

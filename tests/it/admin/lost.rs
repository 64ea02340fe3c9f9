//! What begins, migrates or is ordered at the terminal, and the answer to each COMMIT of it in turn is lost: it is told as
//! done, or can be done again; it is done once, and nothing half.

use std::fs;
use std::sync::Arc;

use clientpass::app::Restore;
use clientpass::domain::secret::Secret;
use clientpass::service::admin::{AdminCommand, AdminReply};
use clientpass::service::setup::SetupRequest;
use clientpass::service::{Error, Refusal};
use serde_json::{Value, json};

use crate::support::actors::Installation;
use crate::support::database::execute;
use crate::support::proxy::{Proxy, Wire};
use crate::support::{Http, TestApp};

/// Begins anew for each COMMIT of `act`, and has the answer to that one lost. Nothing on SQLite.
fn each_commit<S>(
    mut begin: impl FnMut() -> Option<(S, Arc<Proxy>)>,
    act: impl Fn(&mut S),
    check: impl Fn(S, usize),
) {
    for number in 0.. {
        let Some((mut scene, wire)) = begin() else { return };
        wire.set(Wire::CutAfterOneCommit(number));
        act(&mut scene);
        if !wire.has_cut() {
            assert!(number > 0, "it makes no COMMIT");
            return;
        }
        check(scene, number);
    }
}

/// Does it; if that is said not to have been done, once more.
fn again<T>(act: impl Fn() -> Result<T, String>) -> T {
    act().or_else(|_| act()).unwrap()
}

/// Sets it up by what is left of a beginning, and fails unless it is a whole installation.
fn is_set_up_once(mut app: TestApp) {
    app.serve();
    let home = app.http().set_up(app.setup_token.as_deref().unwrap());
    works(&home);
    app.restart();
    assert_eq!(app.setup_token, None);
}

fn works(home: &Installation) {
    assert_eq!(home.operator.get("/v1/organizations").expect(200).items().len(), 1);
    assert_eq!(home.mail_server.verdict("nobody@example.org", "x"), "invalid_credentials");
    home.owner.clone().sign_in();
}

#[test]
fn a_first_start() {
    let begin = async |services: &clientpass::service::Services| services.setup.new_token().await;
    let act = |app: &mut TestApp| {
        let token = again(|| app.open(begin)?.map_err(|error| error.to_string()));
        assert!(token.is_some());
    };
    each_commit(TestApp::behind_a_wire, act, |app, _| is_set_up_once(app));
}

/// A database of the third version.
fn old() -> Option<(TestApp, Arc<Proxy>)> {
    let (app, wire) = TestApp::behind_a_wire()?;
    let mut files: Vec<_> =
        fs::read_dir("sql/schema/postgres").unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    let url = app.database_url().unwrap();
    execute(url, &["CREATE TABLE schema_migrations (version BIGINT PRIMARY KEY)"]);
    for (file, version) in files.iter().zip(1..=3) {
        let insert = format!("INSERT INTO schema_migrations (version) VALUES ({version})");
        execute(url, &[&fs::read_to_string(file).unwrap(), &insert]);
    }
    Some((app, wire))
}

#[test]
fn a_start_that_migrates() {
    let begin = async |services: &clientpass::service::Services| services.setup.new_token().await;
    let act = |app: &mut TestApp| drop(again(|| app.open(begin)?.map_err(|error| error.to_string())));
    each_commit(old, act, |app, _| is_set_up_once(app));
}

/// What `clientpass init` does.
#[test]
fn a_beginning_without_a_person() {
    let password = "owner's password";
    let request = SetupRequest {
        organization: "Example",
        domain: "example.org",
        owner: "owner@example.org",
        password: &Secret::new(password.into()),
    };
    each_commit(
        || TestApp::behind_a_wire().map(|(app, wire)| ((app, None), wire)),
        |(app, made)| {
            let make = || app.open(async |services| services.setup.initialize(&request).await);
            *made = Some(again(make).unwrap());
        },
        |(mut app, made), number| {
            let made = made.unwrap();
            let second = app.open(async |services| services.setup.initialize(&request).await).unwrap();
            assert_eq!(second.err(), Some(Error::Refused(Refusal::AlreadySetUp)), "{number}");
            app.serve();
            let bearing = |key: &Secret| app.http().bearing(key.expose());
            let (operator, mail_server) = (bearing(&made.operator_key), bearing(&made.mail_server_key));
            assert_eq!(operator.get("/v1/organizations").expect(200).items().len(), 1);
            assert_eq!(mail_server.verdict("nobody@example.org", "x"), "invalid_credentials");
            let body = json!({"login": made.owner_login, "password": password});
            app.http().post("/v1/sessions", &body).expect(201);
        },
    );
}

/// What the page sends: with a key, so that it can be sent again.
#[test]
fn a_setup_link() {
    let body = |app: &TestApp| {
        json!({
            "token": app.setup_token, "organization": "Example", "domain": "example.org",
            "owner": "owner@example.org", "password": "owner's password",
        })
    };
    let begin = || {
        let (mut app, wire) = TestApp::behind_a_wire()?;
        app.serve();
        Some((app, wire))
    };
    let act = |app: &mut TestApp| {
        let http = app.http().with("Idempotency-Key", "a-key-of-the-setup-page");
        let first = http.post("/v1/setup", &body(app)).expect(201);
        let again = http.post("/v1/setup", &body(app)).expect(201);
        assert_eq!(first.text, again.text);
        let operator = app.http().bearing(&again.text_of("operator_key"));
        assert_eq!(operator.get("/v1/organizations").expect(200).items().len(), 1);
        app.http().post("/v1/setup", &body(app)).expect_problem(409, "already_set_up");
    };
    each_commit(begin, act, |_, _| {});
}

/// An installation that does not serve.
struct Scene {
    app: TestApp,
    home: Installation,
}

fn at_rest() -> Option<(Scene, Arc<Proxy>)> {
    let (mut app, home, wire) = TestApp::installed_behind_a_wire()?;
    app.stop();
    Some((Scene { app, home }, wire))
}

impl Scene {
    /// Somebody who has this one's key, wherever the service listens now.
    fn as_(&self, http: &Http) -> Http {
        self.app.http().bearing(http.token())
    }

    /// Does it again unless it is told as done; gives what was told.
    fn order(&self, order: &AdminCommand) -> AdminReply {
        again(|| self.app.execute(order))
    }

    /// How many records of this action there are; starts it.
    fn recorded(&mut self, action: &str) -> usize {
        self.app.serve();
        let path = self.home.path(&format!("/audit-events?action={action}"));
        self.as_(&self.home.operator).get(&path).expect(200).items().len()
    }

    fn keys_in_file(&self) -> Vec<i64> {
        let text = fs::read(self.app.config().storage.keyring_path()).unwrap();
        let file: Value = serde_json::from_slice(&text).unwrap();
        file["keys"].as_array().unwrap().iter().map(|key| key["id"].as_i64().unwrap()).collect()
    }
}

#[test]
fn keys_add() {
    let act = |scene: &mut Scene| {
        let AdminReply::Added { id } = scene.order(&AdminCommand::AddPepper) else {
            panic!("it is not added")
        };
        assert_eq!(id, 3);
    };
    each_commit(at_rest, act, |mut scene, _| {
        assert_eq!(scene.keys_in_file(), [1, 2, 3]);
        scene.app.serve();
        let server = scene.as_(&scene.home.mail_server);
        assert_eq!(server.verdict("nobody@example.org", "x"), "invalid_credentials");
    });
}

#[test]
fn keys_retire() {
    let begin = || {
        let (scene, wire) = at_rest()?;
        scene.app.execute(&AdminCommand::AddPepper).unwrap();
        Some((scene, wire))
    };
    let retire = AdminCommand::RetirePepper { id: 1, end: true, force: true };
    let act = |scene: &mut Scene| drop(scene.order(&retire));
    each_commit(begin, act, |mut scene, _| {
        assert_eq!(scene.keys_in_file(), [2, 3]);
        scene.app.serve();
        let operator = scene.as_(&scene.home.operator);
        operator.get("/v1/me").expect_problem(401, "unauthenticated");
    });
}

#[test]
fn service_keys_create() {
    let create = AdminCommand::CreateServiceKey {
        role: "operator".into(),
        organization: None,
        label: "another".into(),
    };
    let begin = || at_rest().map(|(scene, wire)| ((scene, None), wire));
    let act = |(scene, made): &mut (Scene, Option<AdminReply>)| *made = Some(scene.order(&create));
    each_commit(begin, act, |(mut scene, made), _| {
        let Some(AdminReply::ServiceKeyCreated(made)) = made else { panic!("it is not made") };
        scene.app.serve();
        let operator = scene.app.http().bearing(made.key.expose());
        assert_eq!(operator.get("/v1/service-keys").expect(200).items().len(), 3);
    });
}

#[test]
fn service_keys_revoke() {
    let begin = || {
        let (mut app, home, wire) = TestApp::installed_behind_a_wire()?;
        let me = home.mail_server.get("/v1/me").expect(200);
        let id = me.body["service_key"]["id"].as_str().unwrap().to_owned();
        app.stop();
        Some(((Scene { app, home }, AdminCommand::RevokeServiceKey { id }), wire))
    };
    let act = |(scene, revoke): &mut (Scene, AdminCommand)| drop(scene.order(revoke));
    each_commit(begin, act, |(mut scene, _), _| {
        assert_eq!(scene.recorded("service_key.revoked"), 0, "it is of no organization");
        let operator = scene.as_(&scene.home.operator);
        assert_eq!(operator.get("/v1/service-keys").expect(200).items().len(), 1);
    });
}

/// Of two organizations, each once.
#[test]
fn restore_end_all() {
    let begin = || {
        let (mut app, home, wire) = TestApp::installed_behind_a_wire()?;
        let other = json!({"name": "Other", "domains": ["example.test"]});
        home.operator.post("/v1/organizations", &other).expect(201);
        let alice = home.member("alice").secured(app.time.wall());
        let phone = alice.issue("Phone");
        app.stop();
        Some(((Scene { app, home }, alice, phone), wire))
    };
    let request = Restore { file: None, end_all: true, accept_revival: false };
    each_commit(
        begin,
        |(scene, ..)| {
            let restored = again(|| scene.app.restore(&request));
            assert_eq!(restored.ended_organizations, 2);
        },
        |(mut scene, alice, phone), _| {
            assert_eq!(scene.recorded("data.restored"), 1);
            let server = scene.as_(&scene.home.mail_server);
            assert_eq!(server.verdict(&alice.login, &phone.secret), "revoked");
        },
    );
}

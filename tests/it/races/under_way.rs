//! A change that is under way when its caller's authority ends, on PostgreSQL: the end waits for it, so that nothing is
//! written once that was acknowledged. SQLite has one writer, and nothing is ever under way there.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use actix_web::rt::System;
use serde_json::json;
use tokio_postgres::NoTls;

use super::{secured, shown};
use crate::support::time::until;
use crate::support::{Answer, Http, Installation, Person, TestApp};

/// What is kept from whoever wants to change it, from a connection of its own.
pub(super) struct Kept {
    let_go: Sender<()>,
    holding: JoinHandle<()>,
}

impl Kept {
    /// The row of every organization.
    fn begin(url: &str) -> Self {
        Self::keeping(url, "SELECT 1 FROM organizations FOR NO KEY UPDATE")
    }

    /// What this statement locks.
    pub(super) fn keeping(url: &str, lock: &'static str) -> Self {
        let (url, (let_go, told)) = (url.to_owned(), channel());
        let (begun, has_begun) = channel();
        let holding = std::thread::spawn(move || hold(&url, lock, &begun, &told));
        has_begun.recv().unwrap();
        Self { let_go, holding }
    }

    pub(super) fn let_go(self) {
        self.let_go.send(()).unwrap();
        self.holding.join().unwrap();
    }
}

fn hold(url: &str, lock: &str, begun: &Sender<()>, let_go: &Receiver<()>) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    runtime.block_on(async {
        let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
        tokio::spawn(connection);
        client.batch_execute(&format!("BEGIN; {lock}")).await.unwrap();
        begun.send(()).unwrap();
        let_go.recv().unwrap();
        client.batch_execute("ROLLBACK").await.unwrap();
    });
}

/// How many connections of this database wait for a row.
pub(super) fn waiting(url: &str) -> i64 {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
        tokio::spawn(connection);
        let waiting = "SELECT count(*) FROM pg_stat_activity \
                       WHERE datname = current_database() AND wait_event_type = 'Lock'";
        client.query_one(waiting, &[]).await.unwrap().get(0)
    })
}

/// What an end needs.
struct Scene {
    app: TestApp,
    home: Installation,
    admin: Person,
    /// An operator key of the organization, and its path.
    key: Http,
    key_path: String,
}

impl Scene {
    fn new() -> Self {
        let (app, home) = TestApp::installed();
        let mut admin = home.member_with("admin", "admin");
        admin.sign_in();
        let body = json!({"role": "operator", "organization_id": home.organization_id, "label": "second"});
        let made = home.operator.post("/v1/service-keys", &body).expect(201);
        let (key, key_path) = (home.operator.bearing(&made.text_of("key")), made.text_of("id"));
        Self { app, home, admin, key, key_path: format!("/v1/service-keys/{key_path}") }
    }

    fn rename(&self, by: &Http) -> Answer {
        let path = self.home.path("");
        by.with("If-Match", "*").send("PATCH", &path, Some(&json!({"name": "Renamed"})))
    }
}

/// Renames the organization, and ends the authority for it while that is under way.
#[track_caller]
fn ends_after_the_change(name: &str, scene: &Scene, by: &Http, end: fn(&Scene)) {
    let url = scene.app.config().storage.database_url.unwrap().0;
    let kept = Kept::begin(&url);
    std::thread::scope(|scope| {
        let changing = scope.spawn(|| scene.rename(by));
        until("the change under way", || waiting(&url) > 0);
        let ending = scope.spawn(|| end(scene));
        until("the end", || ending.is_finished() || waiting(&url) > 1);
        assert!(!ending.is_finished(), "{name}: acknowledged while a change was under way");
        kept.let_go();
        changing.join().unwrap().expect(200);
        ending.join().unwrap();
    });
    let refused = scene.rename(by);
    assert!([401, 403, 404].contains(&refused.status), "{name}: {}", refused.text);
}

type End = (&'static str, fn(&Scene));

const ENDS_OF_A_SESSION: [End; 8] = [
    ("signed out", |of| drop(of.admin.http.delete("/v1/sessions/current").expect(204))),
    ("own password changed elsewhere", |of| {
        let mut other = of.admin.clone();
        other.sign_in();
        let body = json!({"password": "another password", "current_password": other.password});
        other.http.put(&other.path("/password"), &body).expect(200);
    }),
    ("password set by a key", |of| {
        let body = json!({"password": "another password"});
        of.home.operator.put(&of.admin.path("/password"), &body).expect(200);
    }),
    ("suspended", |of| {
        of.home.operator.patch(&of.admin.path(""), &json!({"state": "suspended"})).expect(200);
    }),
    ("left", |of| drop(of.home.operator.delete(&of.admin.path("")).expect(204))),
    ("demoted", |of| {
        of.home.operator.patch(&of.admin.path(""), &json!({"role": "member"})).expect(200);
    }),
    ("swept", |of| {
        of.app.advance(Duration::from_secs(13 * 3_600));
        of.app.sweep(async |expiry, lease| expiry.sweep_sessions(lease).await);
    }),
    ("its pepper retired", retire),
];

const ENDS_OF_A_KEY: [End; 2] = [
    ("revoked", |of| drop(of.home.operator.delete(&of.key_path).expect(204))),
    ("its pepper retired", retire),
];

/// Another pepper, and the end of everything that is under the first.
fn retire(of: &Scene) {
    System::new().block_on(async {
        let services = of.app.services();
        services.keys.add_pepper().await.unwrap();
        services.keys.retire_pepper(1, true, true).await.unwrap();
    });
}

#[test]
fn every_end_of_a_session_waits_for_what_the_session_is_doing() {
    for (name, end) in ENDS_OF_A_SESSION {
        let scene = Scene::new();
        if scene.app.config().storage.database_url.is_some() {
            ends_after_the_change(name, &scene, &scene.admin.http, end);
        }
    }
}

#[test]
fn every_end_of_a_key_waits_for_what_the_key_is_doing() {
    for (name, end) in ENDS_OF_A_KEY {
        let scene = Scene::new();
        if scene.app.config().storage.database_url.is_some() {
            ends_after_the_change(name, &scene, &scene.key, end);
        }
    }
}

/// Whatever is issued waits where it is inserted.
const EVERY_ISSUE: &str = "\
    CREATE FUNCTION waits() RETURNS trigger LANGUAGE plpgsql AS \
        'BEGIN PERFORM pg_advisory_xact_lock(1); RETURN NEW; END'; \
    CREATE TRIGGER waits BEFORE INSERT ON client_passwords FOR EACH ROW EXECUTE FUNCTION waits(); \
    COMMIT; BEGIN; SELECT pg_advisory_xact_lock(1)";

/// Issued before the policy was put, so that whoever writes its longest life down finds it.
#[test]
fn a_policy_waits_for_what_is_being_issued_under_the_one_before() {
    let scene = Scene::new();
    let Some(url) = scene.app.config().storage.database_url.map(|url| url.0) else { return };
    let alice = secured(&scene.app, &scene.home, "alice");
    let (policy, operator) = (json!({"max_lifetime_days": 30}), scene.home.operator.with("If-Match", "*"));
    let kept = Kept::keeping(&url, EVERY_ISSUE);
    let issued = std::thread::scope(|scope| {
        let issuing = scope.spawn(|| alice.issue("Phone"));
        until("the issuing under way", || waiting(&url) > 0);
        let putting = scope.spawn(|| operator.send("PUT", &scene.home.path("/policy"), Some(&policy)));
        until("the putting", || putting.is_finished() || waiting(&url) > 1);
        assert!(!putting.is_finished(), "acknowledged while something was issued under the policy before");
        kept.let_go();
        putting.join().unwrap().expect(200);
        issuing.join().unwrap()
    });
    let latest = scene.app.time.wall().plus(Duration::from_secs(30 * 86_400)).to_string();
    until("its date", || shown(&scene.home.operator, &issued)["expires_at"] == json!(latest));
}

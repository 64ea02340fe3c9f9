//! A new pepper: what is new is under it, what is older stays good and moves with its next use.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use clientpass::service::admin::{AdminCommand, AdminReply};
use serde_json::{Value, json};

use crate::support::database::on_postgres;
use crate::support::{ClientPassword, Installation, Person, TestApp};

/// One organization with a member who has client passwords.
pub struct Scene {
    pub app: TestApp,
    pub home: Installation,
    pub alice: Person,
}

impl Scene {
    /// Nothing on PostgreSQL, where the keyring changes at rest only.
    pub fn serving() -> Option<Self> {
        if on_postgres() {
            return None;
        }
        let (app, home) = TestApp::installed();
        let alice = home.member("alice").secured(app.time.wall());
        Some(Self { app, home, alice })
    }

    pub fn add(&self) -> i64 {
        self.app.order(&json!({"order": "add_pepper"})).unwrap()["added"]["id"].as_i64().unwrap()
    }

    /// Retires a pepper; where what is under it ends, the last operator key may be among that.
    pub fn retire(&self, id: i64, end: bool) -> Result<Value, String> {
        let done = self.app.order(&json!({"order": "retire_pepper", "id": id, "end": end, "force": end}));
        done.map(|mut done| done["retired"].take())
    }

    /// What is under a key: live client passwords, tombstones, service keys.
    pub fn under(&self, id: i64) -> [i64; 3] {
        let keys = self.app.order(&json!({"order": "keys"})).unwrap();
        let key = keys["keys"].as_array().unwrap().iter().find(|key| key["id"] == id).expect("no such key");
        ["client_passwords", "tombstones", "service_keys"].map(|field| key[field].as_i64().unwrap())
    }

    pub fn verdict(&self, password: &ClientPassword) -> String {
        self.home.mail_server.verdict(&self.alice.login, &password.secret)
    }

    /// Uses both keys of the installation, so that they move.
    pub fn use_keys(&self) {
        self.home.operator.get("/v1/me").expect(200);
        self.home.mail_server.get("/v1/me").expect(200);
    }

    pub fn keyring(&self) -> PathBuf {
        self.app.config().storage.keyring_path()
    }

    pub fn keys_in_file(&self) -> Vec<i64> {
        let file: Value = serde_json::from_slice(&fs::read(self.keyring()).unwrap()).unwrap();
        file["keys"].as_array().unwrap().iter().map(|key| key["id"].as_i64().unwrap()).collect()
    }
}

#[test]
fn after_a_new_pepper_everything_older_is_as_good_as_before() {
    let Some(Scene { app, home, mut alice }) = Scene::serving() else { return };
    let phone = alice.issue("phone");
    let scene = Scene { app, home, alice: alice.clone() };
    assert_eq!(scene.add(), 3);
    assert_eq!(scene.verdict(&phone), "accept");
    let laptop = alice.issue("laptop");
    assert_eq!(scene.verdict(&laptop), "accept");
    // The session, the keys and the recovery codes too.
    alice.http.get("/v1/me").expect(200);
    scene.use_keys();
    let body = json!({"login": alice.login, "password": alice.password, "code": alice.recovery_codes.pop()});
    scene.app.http().post("/v1/sessions", &body).expect(201);
    scene.home.mail_server.get("/v1/me").expect(200);
}

#[test]
fn what_is_made_anew_is_under_the_newest_pepper() {
    let Some(scene) = Scene::serving() else { return };
    scene.alice.issue("phone");
    assert_eq!(scene.under(1), [1, 0, 2]);
    scene.add();
    scene.alice.issue("laptop");
    let body = json!({"role": "mail_server", "label": "new"});
    scene.home.operator.post("/v1/service-keys", &body).expect(201);
    assert_eq!((scene.under(1)[0], scene.under(3)), (1, [1, 0, 2]), "the operator's key has moved");
}

#[test]
fn rows_move_with_their_use_and_nothing_else_of_them_changes() {
    let Some(scene) = Scene::serving() else { return };
    let (phone, tablet) = (scene.alice.issue("phone"), scene.alice.issue("tablet"));
    let before = scene.alice.http.get(&phone.path("")).expect(200);
    scene.add();
    assert_eq!(scene.under(1), [2, 0, 2]);
    assert_eq!(scene.verdict(&phone), "accept");
    scene.home.operator.get("/v1/me").expect(200);
    assert_eq!((scene.under(1), scene.under(3)), ([1, 0, 0], [1, 0, 2]));
    let after = scene.alice.http.get(&phone.path("")).expect(200);
    assert_eq!(before.etag(), after.etag());
    let unused = |mut body: Value| {
        body["last_used"] = Value::Null;
        body
    };
    assert_eq!(unused(before.body), unused(after.body));
    assert_eq!((scene.verdict(&phone), scene.verdict(&tablet)), ("accept".into(), "accept".into()));
    assert_eq!(scene.under(1), [0, 0, 0]);
}

#[test]
fn a_move_that_is_written_after_an_end_undoes_nothing() {
    let Some(scene) = Scene::serving() else { return };
    let phone = scene.alice.issue("phone");
    scene.add();
    // The move waits in memory while the end is written.
    assert_eq!(scene.verdict(&phone), "accept");
    scene.alice.http.delete(&phone.path("")).expect(204);
    assert_eq!((scene.under(1)[1], scene.under(3)[1]), (0, 1), "it has moved as a tombstone");
    assert_eq!(scene.verdict(&phone), "revoked");
}

#[test]
fn a_tombstone_moves_when_it_is_tried() {
    let Some(scene) = Scene::serving() else { return };
    let (phone, tablet) = (scene.alice.issue("phone"), scene.alice.issue("tablet"));
    scene.alice.http.delete(&scene.alice.path("/client-passwords")).expect(200);
    scene.add();
    assert_eq!(scene.verdict(&phone), "revoked");
    scene.use_keys();
    scene.app.advance(std::time::Duration::from_secs(86_400));
    assert_eq!(scene.retire(1, false).unwrap()["blind_tombstones"], 1);
    assert_eq!(scene.verdict(&phone), "revoked");
    assert_eq!(scene.verdict(&tablet), "invalid_credentials", "nothing can tell what it was");
}

#[test]
fn two_peppers_are_valid_at_most() {
    let Some(scene) = Scene::serving() else { return };
    scene.add();
    let third = scene.app.order(&json!({"order": "add_pepper"})).unwrap_err();
    assert!(third.contains("clientpass keys retire 1"), "{third}");
    assert_eq!(scene.keys_in_file(), [1, 2, 3]);
}

#[test]
fn the_file_is_replaced_as_a_whole_and_is_nobody_elses() {
    let Some(scene) = Scene::serving() else { return };
    let keyring = scene.keyring();
    let before = fs::read(&keyring).unwrap();
    let held = fs::File::open(&keyring).unwrap();
    // What a crash in the middle of an earlier time left behind.
    let beside = keyring.with_file_name("keyring.json.new");
    fs::write(&beside, "half").unwrap();
    scene.add();
    let mut old = Vec::new();
    std::io::Read::read_to_end(&mut &held, &mut old).unwrap();
    assert_eq!(old, before, "the file that was there is not written to");
    assert_eq!(fs::metadata(&keyring).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(!beside.exists());
}

#[test]
fn a_pepper_that_cannot_be_recorded_is_not_added() {
    let Some(scene) = Scene::serving() else { return };
    *scene.app.faults.statement.lock().unwrap() = Some("audit/record");
    assert!(scene.app.order(&json!({"order": "add_pepper"})).is_err());
    *scene.app.faults.statement.lock().unwrap() = None;
    assert_eq!(scene.keys_in_file(), [1, 2]);
    let phone = scene.alice.issue("phone");
    assert_eq!((scene.verdict(&phone), scene.under(1)[0]), ("accept".into(), 1));
    assert_eq!(scene.add(), 3);
}

/// Each node has a keyring of its own: what one adds, the others would take for wrong passwords.
#[test]
fn while_several_nodes_may_serve_the_keyring_stays_as_it_is() {
    if !on_postgres() {
        return;
    }
    let app = TestApp::start();
    for order in [json!({"order": "add_pepper"}), json!({"order": "retire_pepper", "id": 1, "end": true})] {
        assert!(app.order(&order).unwrap_err().contains("stop them all"));
    }
    assert!(app.order(&json!({"order": "keys"})).is_ok());
}

#[test]
fn at_rest_the_keyring_turns_over_on_every_engine() {
    let (mut app, home) = TestApp::installed();
    let alice = home.member("alice").secured(app.time.wall());
    let (phone, tablet) = (alice.issue("phone"), alice.issue("tablet"));
    assert_eq!(app.order_at_rest(&AdminCommand::AddPepper), Ok(AdminReply::Added { id: 3 }));
    let server = app.http().bearing(home.mail_server.token());
    assert_eq!(server.verdict(&alice.login, &phone.secret), "accept");
    let refused =
        app.order_at_rest(&AdminCommand::RetirePepper { id: 1, end: false, force: false }).unwrap_err();
    assert!(refused.contains("1 client passwords and 1 service keys are still under pepper 1"), "{refused}");
    let Ok(AdminReply::Retired(retired)) =
        app.order_at_rest(&AdminCommand::RetirePepper { id: 1, end: true, force: true })
    else {
        panic!("it is not retired")
    };
    assert_eq!((retired.ended_client_passwords, retired.ended_service_keys), (1, 1));
    let server = app.http().bearing(home.mail_server.token());
    assert_eq!(server.verdict(&alice.login, &phone.secret), "accept");
    assert_eq!(server.verdict(&alice.login, &tablet.secret), "invalid_credentials");
    app.http().bearing(home.operator.token()).get("/v1/me").expect_problem(401, "unauthenticated");
}

/// The database knows the new pepper: a keyring without it would forbid every start.
#[test]
fn a_pepper_whose_outcome_is_not_known_stays_in_the_keyring() {
    let (mut app, home) = TestApp::installed();
    let alice = home.member("alice").secured(app.time.wall());
    let phone = alice.issue("Phone");
    *app.faults.unknown.lock().unwrap() = Some("keyring/put_check");
    let refused = app.order_at_rest(&AdminCommand::AddPepper).unwrap_err();
    assert!(refused.contains("cannot say whether it was written"), "{refused}");
    // It has started again; nothing is lost, and the next one is one more.
    let mail_server = app.http().bearing(home.mail_server.token());
    assert_eq!(mail_server.verdict(&alice.login, &phone.secret), "accept");
    let AdminReply::Keys(keys) = app.order_at_rest(&AdminCommand::Keys).unwrap() else { panic!("no keys") };
    assert_eq!(keys.iter().filter(|key| key.purpose == "pepper").count(), 2);
}

/// Nothing was written, so nothing is kept.
#[test]
fn a_pepper_that_was_not_written_is_taken_out_of_the_keyring_again() {
    let (mut app, _home) = TestApp::installed();
    *app.faults.statement.lock().unwrap() = Some("keyring/put_check");
    app.order_at_rest(&AdminCommand::AddPepper).unwrap_err();
    *app.faults.statement.lock().unwrap() = None;
    let AdminReply::Keys(keys) = app.order_at_rest(&AdminCommand::Keys).unwrap() else { panic!("no keys") };
    assert_eq!(keys.iter().filter(|key| key.purpose == "pepper").count(), 1);
}

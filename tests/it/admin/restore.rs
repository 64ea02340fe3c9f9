//! A restore revives nothing: what has ended according to the data that are there stays ended.

use std::path::PathBuf;
use std::time::Duration;

use clientpass::app::Restore;
use clientpass::service::admin::AdminCommand;
use clientpass::service::restore::Restored;
use rusqlite::Connection;
use serde_json::json;

use super::backup::back_up;
use crate::support::database::on_postgres;
use crate::support::{ClientPassword, Http, Installation, Person, TestApp};

/// What a backup was made of.
pub struct Scene {
    pub app: TestApp,
    pub home: Installation,
    pub file: PathBuf,
    pub alice: Person,
    pub phone: ClientPassword,
    pub tablet: ClientPassword,
}

impl Scene {
    /// Nothing where the data are in PostgreSQL.
    pub fn backed_up() -> Option<Self> {
        if on_postgres() {
            return None;
        }
        let (app, home) = TestApp::installed();
        let alice = home.member("alice").secured(app.time.wall());
        let (phone, tablet) = (alice.issue("phone"), alice.issue("tablet"));
        let file = back_up(&app);
        Some(Self { app, home, file, alice, phone, tablet })
    }

    pub fn restore(&mut self) -> Result<Restored, String> {
        let file = self.file.clone();
        self.app.restore_at_rest(&Restore { file: Some(&file), end_all: false, accept_revival: false })
    }

    /// Restores beside the data in place; gives how many members are told.
    #[track_caller]
    pub fn replay(&mut self) -> u64 {
        let restored = self.restore().unwrap();
        let told_members = restored.told_members;
        let (replayed, revived, ended_organizations, secure_login_off) = (true, false, 0, None);
        let expected = Restored { replayed, revived, ended_organizations, told_members, secure_login_off };
        assert_eq!(restored, expected);
        told_members
    }

    /// The mail server, wherever the service listens now.
    pub fn server(&self) -> Http {
        self.app.http().bearing(self.home.mail_server.token())
    }

    /// The operator's program likewise.
    pub fn operator(&self) -> Http {
        self.app.http().bearing(self.home.operator.token())
    }

    /// What the mail server is told about both client passwords.
    pub fn verdicts(&self) -> [String; 2] {
        [&self.phone, &self.tablet].map(|password| self.server().verdict(&self.alice.login, &password.secret))
    }
}

#[test]
fn what_was_ended_one_by_one_stays_ended_and_the_rest_lives() {
    let Some(mut scene) = Scene::backed_up() else { return };
    scene.alice.http.delete(&scene.phone.path("")).expect(204);
    let late = scene.alice.issue("late");
    assert_eq!(scene.replay(), 1, "the late one is no more");
    assert_eq!(scene.verdicts(), ["revoked", "accept"]);
    assert_eq!(scene.server().verdict(&scene.alice.login, &late.secret), "invalid_credentials");
}

#[test]
fn what_ended_with_secure_login_stays_ended_though_it_is_on_again() {
    let Some(mut scene) = Scene::backed_up() else { return };
    scene.alice.secure_login(false);
    scene.alice.secure_login(true);
    scene.replay();
    assert_eq!(scene.verdicts(), ["revoked", "revoked"]);
    let found = scene.operator().get(&scene.alice.path("/client-passwords")).expect(200);
    let reasons: Vec<_> = found.items().iter().map(|item| item["ended_reason"].as_str()).collect();
    assert_eq!(reasons, [Some("secure_login_off"); 2]);
}

#[test]
fn secure_login_that_was_turned_off_stays_off() {
    let Some(mut scene) = Scene::backed_up() else { return };
    scene.alice.secure_login(false);
    assert_eq!(scene.replay(), 1, "who has it off without having asked for it is told");
    assert_eq!(scene.verdicts(), ["secure_login_off", "secure_login_off"]);
}

#[test]
fn a_member_who_was_suspended_or_has_left_stays_so() {
    let Some(mut scene) = Scene::backed_up() else { return };
    let path = scene.alice.path("");
    scene.home.operator.patch(&path, &json!({"state": "suspended"})).expect(200);
    scene.replay();
    assert_eq!(scene.verdicts(), ["member_suspended", "member_suspended"]);
    scene.operator().patch(&path, &json!({"state": "active"})).expect(200);
    assert_eq!(scene.verdicts(), ["revoked", "revoked"], "its end outlives the suspension");
    scene.operator().delete(&path).expect(204);
    assert_eq!(scene.replay(), 0, "who has left is told nothing");
    assert_eq!(scene.operator().get(&path).expect(200).body["state"], "left");
    assert_ne!(scene.verdicts()[0], "accept");
}

#[test]
fn a_dissolved_organization_stays_dissolved() {
    let Some(mut scene) = Scene::backed_up() else { return };
    scene.home.operator.delete(&scene.home.path("")).expect(204);
    scene.replay();
    let found = scene.operator().get(&scene.home.path("")).expect(200);
    assert_eq!((&found.body["state"], &found.body["domains"]), (&json!("dissolved"), &json!([])));
    assert_ne!(scene.verdicts()[0], "accept");
}

#[test]
fn a_rotated_one_ends_as_it_would_have() {
    let Some(mut scene) = Scene::backed_up() else { return };
    scene.alice.http.post(&scene.phone.path("/rotate"), &json!({"overlap_seconds": 0})).expect(201);
    scene.alice.http.post(&scene.tablet.path("/rotate"), &json!({"overlap_seconds": 3600})).expect(201);
    let successors = |scene: &Scene| {
        let listed = scene.operator().get(&scene.alice.path("/client-passwords")).expect(200);
        let of = |one: &ClientPassword| listed.items().iter().find(|item| item["id"] == one.id).unwrap();
        [&scene.phone, &scene.tablet].map(|one| of(one)["replaced_by"].clone())
    };
    let before = successors(&scene);
    assert!(before.iter().all(serde_json::Value::is_string));
    scene.replay();
    assert_eq!(successors(&scene), before);
    assert_eq!(scene.verdicts(), ["superseded", "accept"]);
    scene.app.advance(Duration::from_secs(3600));
    assert_ne!(scene.verdicts()[1], "accept", "its overlap is over");
}

/// The new one was used over one protocol since the backup: the old one is dead there.
#[test]
fn where_a_successor_was_used_the_old_one_does_not_come_back() {
    let Some(mut scene) = Scene::backed_up() else { return };
    let old = |scene: &Scene, protocol: &str| {
        scene.server().verdict_over(&scene.alice.login, &scene.phone.secret, protocol)
    };
    assert_eq!([old(&scene, "imap"), old(&scene, "smtp")], ["accept"; 2]);
    let new = scene.alice.http.post(&scene.phone.path("/rotate"), &json!({"overlap_seconds": 3600}));
    let new = ClientPassword::of(&new.expect(201));
    std::fs::remove_file(&scene.file).unwrap();
    scene.file = back_up(&scene.app);
    assert_eq!(scene.server().verdict_over(&scene.alice.login, &new.secret, "imap"), "accept");
    assert_eq!([old(&scene, "imap"), old(&scene, "smtp")], ["superseded", "accept"]);
    scene.replay();
    assert_eq!([old(&scene, "imap"), old(&scene, "smtp")], ["superseded", "accept"]);
}

#[test]
fn dates_are_not_revived_and_time_does_not_go_back() {
    let Some(mut scene) = Scene::backed_up() else { return };
    let begun = scene.app.time.wall();
    let soon = begun.plus(Duration::from_secs(600)).to_string();
    scene.alice.http.patch(&scene.phone.path(""), &json!({"expires_at": soon})).expect(200);
    scene.app.advance(Duration::from_secs(700));
    assert_eq!(scene.verdicts()[0], "expired");
    scene.app.stop();
    scene.app.time.jump_to(begun);
    scene.replay();
    assert_eq!(scene.verdicts(), ["expired", "accept"]);
}

/// Old tombstones are forgotten: that a row is not there any more says that it has ended.
#[test]
fn what_has_been_forgotten_since_has_ended() {
    let Some(mut scene) = Scene::backed_up() else { return };
    scene.app.stop();
    let data = Connection::open(scene.app.config().storage.database_path()).unwrap();
    data.execute("DELETE FROM client_passwords WHERE label = 'phone'", []).unwrap();
    drop(data);
    scene.replay();
    assert_eq!(scene.verdicts(), ["revoked", "accept"]);
}

#[test]
fn keys_factors_and_account_passwords_are_those_of_now() {
    let Some(mut scene) = Scene::backed_up() else { return };
    let body = json!({"role": "auditor", "label": "made since"});
    let since = scene.home.operator.post("/v1/service-keys", &body).expect(201).text_of("key");
    let listed = scene.home.operator.get("/v1/service-keys").expect(200);
    let server = listed.items().iter().find(|key| key["role"] == "mail_server").unwrap();
    let server = format!("/v1/service-keys/{}", server["id"].as_str().unwrap());
    scene.home.operator.delete(&server).expect(204);
    let path = scene.alice.path("/password");
    let body = json!({"password": "a newer password", "current_password": scene.alice.password});
    scene.alice.http.put(&path, &body).expect(200);
    scene.alice.http.get("/v1/me").expect(200);
    scene.replay();
    scene.app.http().bearing(&since).get("/v1/me").expect(200);
    scene.server().get("/v1/me").expect_problem(401, "unauthenticated");
    scene.app.http().bearing(scene.alice.http.token()).get("/v1/me").expect_problem(401, "unauthenticated");
    let old = json!({"login": scene.alice.login, "password": scene.alice.password});
    scene.app.http().post("/v1/sessions", &old).expect_problem(401, "invalid_credentials");
    let new = json!({"login": scene.alice.login, "password": "a newer password"});
    scene.app.http().post("/v1/sessions", &new).expect_problem(401, "second_factor_required");
}

#[test]
fn a_new_name_stays_and_records_are_kept() {
    let Some(mut scene) = Scene::backed_up() else { return };
    scene.home.operator.patch(&scene.home.path(""), &json!({"name": "Renamed"})).expect(200);
    scene.replay();
    assert_eq!(scene.operator().get(&scene.home.path("")).expect(200).body["name"], "Renamed");
    let path = scene.home.path("/audit-events?action=organization.updated");
    assert_eq!(scene.operator().get(&path).expect(200).items().len(), 1);
}

/// Whoever read something before must not change what came instead of it.
#[test]
fn nothing_has_the_version_that_it_had_before() {
    let Some(mut scene) = Scene::backed_up() else { return };
    let read = |scene: &Scene| {
        [scene.home.path(""), scene.alice.path(""), scene.phone.path("")]
            .map(|path| scene.operator().get(&path).expect(200).etag())
    };
    let backed_up = read(&scene);
    scene.home.operator.patch(&scene.home.path(""), &json!({"name": "Renamed"})).expect(200);
    scene.home.operator.patch(&scene.alice.path(""), &json!({"display_name": "Renamed"})).expect(200);
    scene.alice.http.patch(&scene.phone.path(""), &json!({"label": "renamed"})).expect(200);
    let in_place = read(&scene);
    scene.replay();
    for (at, now) in read(&scene).iter().enumerate() {
        assert!(*now != backed_up[at] && *now != in_place[at], "{now}");
    }
}

#[test]
fn what_moved_to_a_newer_pepper_lives_and_what_ended_with_the_older_does_not() {
    let Some(mut scene) = Scene::backed_up() else { return };
    scene.app.order(&json!({"order": "add_pepper"})).unwrap();
    assert_eq!(scene.server().verdict(&scene.alice.login, &scene.phone.secret), "accept");
    scene.operator().get("/v1/me").expect(200);
    scene.app.order(&json!({"order": "retire_pepper", "id": 1, "end": true})).unwrap();
    scene.replay();
    assert_eq!(scene.verdicts(), ["accept", "invalid_credentials"]);
    assert!(scene.app.order_at_rest(&AdminCommand::AddPepper).is_ok());
}

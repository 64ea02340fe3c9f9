//! Restores without data that know what has ended since, and files that cannot be restored.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use clientpass::app::{self, Environment, Restore};
use clientpass::service::restore::Restored;
use rusqlite::Connection;
use serde_json::json;

use super::restore::Scene;
use crate::support::TestApp;

/// Takes the database away; the keyring stays.
fn lose_data(scene: &mut Scene) {
    scene.app.stop();
    for ending in ["", "-wal", "-shm"] {
        let mut path = scene.app.config().storage.database_path().into_os_string();
        path.push(ending);
        drop(fs::remove_file(path));
    }
}

/// What is said where nothing knew what had ended: how many organizations have ended everything, and how many members
/// have secure login off.
fn unknown(ended_organizations: u64, off: u64) -> Restored {
    let secure_login_off = Some(off);
    Restored { replayed: false, revived: false, ended_organizations, told_members: 0, secure_login_off }
}

fn end_all() -> Restore<'static> {
    Restore { file: None, end_all: true, accept_revival: false }
}

#[test]
fn where_nothing_knows_what_has_ended_everything_ends() {
    let Some(mut scene) = Scene::backed_up() else { return };
    lose_data(&mut scene);
    assert_eq!(scene.restore(), Ok(unknown(1, 1)));
    assert_eq!(scene.verdicts(), ["revoked", "revoked"]);
    let events = scene.operator().get(&scene.home.path("/audit-events?action=data.restored")).expect(200);
    assert_eq!(events.items().len(), 1);
    // Validity goes on.
    let mut alice = scene.alice.clone();
    alice.http = scene.app.http();
    scene.app.advance(std::time::Duration::from_secs(30));
    alice.sign_in_with_code(scene.app.time.wall());
    let fresh = alice.issue("fresh");
    assert_eq!(scene.server().verdict(&alice.login, &fresh.secret), "accept");
}

#[test]
fn told_so_everything_ends_where_it_is_known_as_well() {
    let Some(mut scene) = Scene::backed_up() else { return };
    scene.home.member("bob");
    let file = scene.file.clone();
    let request = Restore { file: Some(&file), end_all: true, accept_revival: false };
    // Only the owner is in the backup beside alice.
    let expected = Restored { replayed: true, ..unknown(1, 1) };
    assert_eq!(scene.app.restore_at_rest(&request), Ok(expected));
    assert_eq!(scene.verdicts(), ["revoked", "revoked"]);
}

/// A copy of the file is a backup, too: what opens something by itself is left out of what is made of it.
#[test]
fn of_a_plain_copy_no_session_no_link_and_no_answer_comes_back() {
    let Some(mut scene) = Scene::backed_up() else { return };
    let once = scene.alice.http.with("Idempotency-Key", "0123456789abcdef");
    once.post(&scene.alice.path("/client-passwords"), &json!({"label": "laptop"})).expect(201);
    let link = scene.home.operator.send("POST", &scene.alice.path("/invitations"), None).expect(201);
    let link = link.text_of("link").split_once('#').unwrap().1.to_owned();
    scene.app.stop();
    let live = scene.app.config().storage.database_path();
    // All of it is in the one file then.
    Connection::open(&live).unwrap().execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    fs::copy(&live, &scene.file).unwrap();
    let copied = Connection::open(&scene.file).unwrap();
    copied
        .execute_batch(
            "INSERT INTO setup_tokens (verifier, expires_at) VALUES (x'01', 9000000000000000);
             INSERT INTO client_setup_links (client_password_id, verifier, sealed, expires_at)
             VALUES (x'01', x'01', x'01', 9000000000000000);
             INSERT INTO outbox (target, id, organization_id, everything, reason, ended_at, due_at)
             VALUES ('hook', x'01', x'01', 1, 'rotated', 1, 9000000000000000)",
        )
        .unwrap();
    drop(copied);
    lose_data(&mut scene);
    let file = scene.file.clone();
    let request = Restore { file: Some(&file), end_all: false, accept_revival: true };
    assert!(scene.app.restore_at_rest(&request).unwrap().revived);
    let phone = scene.alice.http.token().to_owned();
    scene.app.http().bearing(&phone).get("/v1/me").expect_problem(401, "unauthenticated");
    let chosen = json!({"token": link, "password": "a chosen password"});
    scene.app.http().post("/v1/invitations/redeem", &chosen).expect_problem(403, "invalid_invitation");
    scene.app.stop();
    let data = Connection::open(live).unwrap();
    for table in
        ["sessions", "setup_tokens", "invitations", "client_setup_links", "idempotency_keys", "outbox"]
    {
        let count = format!("SELECT count(*) FROM {table}");
        assert_eq!(data.query_row(&count, [], |row| row.get(0)), Ok(0), "{table}");
    }
}

#[test]
fn told_so_it_revives() {
    let Some(mut scene) = Scene::backed_up() else { return };
    lose_data(&mut scene);
    let file = scene.file.clone();
    let request = Restore { file: Some(&file), end_all: false, accept_revival: true };
    let expected = Restored { revived: true, ..unknown(0, 1) };
    assert_eq!(scene.app.restore_at_rest(&request), Ok(expected));
    assert_eq!(scene.verdicts(), ["accept", "accept"]);
}

/// An installation that was begun anew by mistake knows nothing of what ended in the old one.
#[test]
fn data_that_know_other_organizations_know_no_ends() {
    let Some(mut scene) = Scene::backed_up() else { return };
    scene.app.stop();
    let data = Connection::open(scene.app.config().storage.database_path()).unwrap();
    data.execute_batch(
        "PRAGMA foreign_keys = OFF; DELETE FROM client_passwords; DELETE FROM members; DELETE FROM organizations",
    )
    .unwrap();
    drop(data);
    assert_eq!(scene.restore().map(|restored| restored.ended_organizations), Ok(1));
    assert_eq!(scene.verdicts(), ["revoked", "revoked"]);
}

#[test]
fn after_any_other_restore_everything_can_be_ended() {
    let (mut app, home) = TestApp::installed();
    let alice = home.member("alice").secured(app.time.wall());
    let phone = alice.issue("phone");
    // The owner and bob have it off; who is suspended gets in nowhere.
    home.member("bob");
    let carol = home.member("carol");
    home.operator.patch(&carol.path(""), &json!({"state": "suspended"})).expect(200);
    let link = home.operator.send("POST", &alice.path("/invitations"), None).expect(201);
    let link = link.text_of("link").split_once('#').unwrap().1.to_owned();
    assert_eq!(app.restore_at_rest(&end_all()), Ok(unknown(1, 2)));
    let chosen = json!({"token": link, "password": "a chosen password"});
    app.http().post("/v1/invitations/redeem", &chosen).expect_problem(403, "invalid_invitation");
    let server = app.http().bearing(home.mail_server.token());
    assert_eq!(server.verdict(&alice.login, &phone.secret), "revoked");
    app.http().bearing(alice.http.token()).get("/v1/me").expect_problem(401, "unauthenticated");
}

/// What such a restore has ended stays ended when the backup is put back after all.
#[test]
fn what_ended_with_everything_is_not_revived_by_an_older_backup() {
    let Some(mut scene) = Scene::backed_up() else { return };
    assert_eq!(scene.app.restore_at_rest(&end_all()), Ok(unknown(1, 1)));
    scene.replay();
    assert_eq!(scene.verdicts(), ["revoked", "revoked"]);
    let found = scene.operator().get(&scene.alice.path("/client-passwords")).expect(200);
    let reasons: Vec<_> = found.items().iter().map(|item| item["ended_reason"].as_str()).collect();
    assert_eq!(reasons, [Some("revoked_by_admin"); 2]);
}

#[test]
fn a_file_that_is_no_backup_is_refused_and_the_data_stay() {
    let Some(mut scene) = Scene::backed_up() else { return };
    let whole = fs::read(&scene.file).unwrap();
    let torn = [&whole[..4096], &vec![0x55; whole.len() - 4096][..]].concat();
    for (bytes, says) in
        [(&b"not a database at all"[..], "is no backup"), (&torn, "is no backup"), (&[], "is no backup")]
    {
        fs::write(&scene.file, bytes).unwrap();
        let refused = scene.restore().unwrap_err();
        assert!(refused.contains(says), "{refused}");
        assert_eq!(scene.verdicts(), ["accept", "accept"]);
    }
    fs::write(&scene.file, &whole).unwrap();
    let newer = Connection::open(&scene.file).unwrap();
    newer.execute("INSERT INTO schema_migrations (version) VALUES (999)", []).unwrap();
    drop(newer);
    assert!(scene.restore().unwrap_err().contains("start the newer clientpass"));
    fs::remove_file(&scene.file).unwrap();
    assert!(scene.restore().unwrap_err().contains("No such file"));
    assert_eq!(scene.verdicts(), ["accept", "accept"]);
    assert!(!scene.app.data_dir().join("restoring.sqlite").exists());
}

#[test]
fn a_backup_of_another_keyring_is_refused() {
    let Some(mut scene) = Scene::backed_up() else { return };
    let other = Connection::open(&scene.file).unwrap();
    other.execute("UPDATE keyring_checks SET check_value = x'00'", []).unwrap();
    drop(other);
    let refused = scene.restore().unwrap_err();
    assert!(refused.contains("does not belong to this database"), "{refused}");
    assert_eq!(scene.verdicts(), ["accept", "accept"]);
}

#[test]
fn nothing_is_restored_under_a_process_that_serves() {
    let Some(scene) = Scene::backed_up() else { return };
    let request = Restore { file: Some(&scene.file), end_all: false, accept_revival: false };
    let (config, outside) = (scene.app.config(), Environment::system());
    let refused =
        actix_web::rt::System::new().block_on(app::restore(&config, &outside, &request)).unwrap_err();
    assert!(refused.contains("stop that one first"), "{refused}");
    let refused =
        actix_web::rt::System::new().block_on(app::restore(&config, &outside, &end_all())).unwrap_err();
    assert!(refused.contains("stop that one first"), "{refused}");
    assert_eq!(scene.verdicts(), ["accept", "accept"]);
}

#[test]
fn a_restored_database_is_nobody_elses() {
    let Some(mut scene) = Scene::backed_up() else { return };
    fs::set_permissions(&scene.file, fs::Permissions::from_mode(0o644)).unwrap();
    scene.restore().unwrap();
    scene.app.stop();
    let data = scene.app.config().storage.database_path();
    assert_eq!(fs::metadata(data).unwrap().permissions().mode() & 0o777, 0o600);
}

//! A restore takes the weaker of both nowhere: what protects is as in the data in place, it is recorded, and the members
//! concerned are told.

use std::time::Duration;

use rusqlite::Connection;
use serde_json::{Value, json};

use super::backup::back_up;
use super::restore::Scene;
use crate::support::actors::Installation;
use crate::support::{Http, Person, TestApp};

const STEP: Duration = Duration::from_secs(30);

/// Writes into the database while nobody serves, what no call can do yet.
fn write(app: &mut TestApp, sql: &str) {
    app.stop();
    let data = Connection::open(app.config().storage.database_path()).unwrap();
    data.execute_batch(sql).unwrap();
    drop(data);
    app.restart();
}

/// A member's id as SQL.
fn id_of(person: &Person) -> String {
    format!("x'{}'", person.id.replace('-', ""))
}

impl Scene {
    /// Another backup, of everything that there is now.
    fn back_up_again(&mut self) {
        std::fs::remove_file(&self.file).unwrap();
        self.file = back_up(&self.app);
    }

    fn member(&self, of: &Person) -> Value {
        self.operator().get(&of.path("")).expect(200).body
    }

    /// Signs somebody in anew, with a code where a seed is known.
    fn signed_in(&self, mut of: Person) -> Person {
        self.app.advance(STEP);
        of.http = self.app.http();
        if of.seed.is_some() {
            of.sign_in_with_code(self.app.time.wall());
        } else {
            of.sign_in();
        }
        of
    }

    fn notices(&self, of: &Person) -> Vec<String> {
        let of = self.signed_in(of.clone());
        let found = of.http.get(&of.path("/notices")).expect(200);
        found.items().iter().map(|one| one["action"].as_str().unwrap().to_owned()).collect()
    }

    /// The details of the record of the restore that is about this member.
    fn told(&self, of: &Person) -> Value {
        let query = format!("/audit-events?action=data.restored&member_id={}", of.id);
        let found = self.operator().get(&self.home.path(&query)).expect(200);
        assert_eq!(found.items().len(), 1, "{}", found.text);
        assert_eq!(found.items()[0]["actor"]["kind"], "system");
        found.items()[0]["details"].clone()
    }
}

/// A scene in whose backup bob, a member of this role, has no secure login.
fn with_bob(role: &str) -> Option<(Scene, Person)> {
    let mut scene = Scene::backed_up()?;
    let bob = scene.home.member_with("bob", role);
    scene.back_up_again();
    Some((scene, bob))
}

fn set_role(home: &Installation, of: &Person, role: &str) {
    home.operator.patch(&of.path(""), &json!({"role": role})).expect(200);
}

#[test]
fn secure_login_that_was_turned_on_since_stays_on() {
    let Some((mut scene, bob)) = with_bob("member") else { return };
    assert_eq!(scene.server().verdict(&bob.login, &bob.password), "accept");
    let bob = bob.secured(scene.app.time.wall());
    let phone = bob.issue("phone");
    let before = scene.member(&bob)["secure_login"].clone();
    scene.app.advance(STEP);
    assert_eq!(scene.replay(), 1);
    assert_eq!(scene.server().verdict(&bob.login, &bob.password), "invalid_credentials");
    assert_eq!(scene.server().verdict(&bob.login, &phone.secret), "invalid_credentials");
    assert_eq!(scene.member(&bob)["secure_login"], before);
    assert_eq!(before["enabled"], true);
    let on = json!({"backup": false, "in_place": true, "now": true});
    let told = json!({"secure_login": on, "second_factors": "in_place", "lost_client_passwords": 1});
    assert_eq!(scene.told(&bob), told);
    assert_eq!(scene.notices(&bob), ["data.restored"]);
    // Validity goes on with the factor of now.
    let bob = scene.signed_in(bob);
    let fresh = bob.issue("fresh");
    assert_eq!(scene.server().verdict(&bob.login, &fresh.secret), "accept");
}

#[test]
fn of_two_roles_the_lower_holds() {
    for (backup, since, now) in [
        ("admin", "member", "member"),
        ("member", "admin", "member"),
        ("auditor", "department_admin", "department_admin"),
        ("department_admin", "auditor", "auditor"),
        ("admin", "auditor", "auditor"),
    ] {
        let Some((mut scene, bob)) = with_bob(backup) else { return };
        set_role(&scene.home, &bob, since);
        assert_eq!(scene.replay(), 1);
        assert_eq!(scene.member(&bob)["role"], now, "{backup}, then {since}");
        let told = json!({"role": {"backup": backup, "in_place": since, "now": now}});
        assert_eq!(scene.told(&bob), told);
        assert_eq!(scene.notices(&bob), ["data.restored"]);
    }
}

#[test]
fn a_suspension_of_either_holds_and_is_told_when_it_is_over() {
    let Some((mut scene, bob)) = with_bob("member") else { return };
    let carol = scene.home.member("carol");
    scene.home.operator.patch(&carol.path(""), &json!({"state": "suspended"})).expect(200);
    scene.back_up_again();
    scene.home.operator.patch(&carol.path(""), &json!({"state": "active"})).expect(200);
    scene.home.operator.patch(&bob.path(""), &json!({"state": "suspended"})).expect(200);
    assert_eq!(scene.replay(), 2);
    for one in [&bob, &carol] {
        assert_eq!(scene.member(one)["state"], "suspended");
        assert_eq!(scene.server().verdict(&one.login, &one.password), "member_suspended");
        scene.operator().patch(&one.path(""), &json!({"state": "active"})).expect(200);
        assert_eq!(scene.notices(one), ["data.restored"]);
    }
}

#[test]
fn factors_that_were_added_or_removed_since_are_as_they_are_now() {
    let Some((mut scene, mut bob)) = with_bob("member") else { return };
    bob.sign_in().enrol(scene.app.time.wall());
    scene.home.operator.delete(&scene.alice.path("/second-factors")).expect(204);
    // Of two notices of one moment either may be the newer one.
    scene.app.advance(STEP);
    assert_eq!(scene.replay(), 2);
    let body = json!({"login": bob.login, "password": bob.password});
    scene.app.http().post("/v1/sessions", &body).expect_problem(401, "second_factor_required");
    let alice = Person { seed: None, ..scene.alice.clone() };
    let both = ["data.restored", "second_factors.removed"];
    assert_eq!(scene.notices(&alice), both);
    // Mail stays shut until she has enrolled again, as it was.
    assert_eq!(scene.member(&alice)["secure_login"]["required"], true);
    assert_eq!(scene.server().verdict(&alice.login, &alice.password), "secure_login_required");
}

#[test]
fn codes_that_were_used_since_are_used_up_and_all_others_work() {
    let Some(mut scene) = Scene::backed_up() else { return };
    scene.app.advance(STEP);
    let [used, left] = [0, 1].map(|number| scene.alice.recovery_codes[number].clone());
    let totp = scene.alice.code(scene.app.time.wall());
    let tried = |scene: &Scene, code: &str| {
        let body = json!({"login": scene.alice.login, "password": scene.alice.password, "code": code});
        scene.app.http().post("/v1/sessions", &body).status
    };
    assert_eq!([&used, &totp].map(|code| tried(&scene, code)), [201; 2]);
    assert_eq!(scene.replay(), 0);
    assert_eq!([&used, &totp, &left].map(|code| tried(&scene, code)), [401, 401, 201]);
}

/// Of client passwords that the backup does not have those count that opened mail.
#[test]
fn what_was_over_already_is_not_told_as_lost() {
    let Some(mut scene) = Scene::backed_up() else { return };
    let soon = scene.app.time.wall().plus(STEP * 10).to_string();
    let late = scene.alice.issue("late");
    scene.alice.issue_with(&json!({"label": "Short", "expires_at": soon}));
    scene.alice.http.post(&late.path("/rotate"), &json!({"overlap_seconds": 60})).expect(201);
    scene.app.advance(STEP * 10);
    assert_eq!(scene.replay(), 1);
    assert_eq!(scene.told(&scene.alice), json!({"lost_client_passwords": 1}));
}

#[test]
fn places_that_were_forgotten_since_stay_so() {
    let Some(mut scene) = Scene::backed_up() else { return };
    write(&mut scene.app, "DELETE FROM known_places");
    assert_eq!(scene.replay(), 0);
    scene.app.stop();
    assert_eq!(places(&scene.app), []);
}

/// Whoever was made since the backup is no more, with all that they had.
#[test]
fn nothing_is_left_of_those_whom_the_backup_does_not_have() {
    let Some(mut scene) = Scene::backed_up() else { return };
    let since = scene.home.member("since").secured(scene.app.time.wall());
    let phone = since.issue("phone");
    assert_eq!(scene.home.mail_server.verdict(&since.login, &phone.secret), "accept");
    let body = json!({"name": "Other", "domains": ["other.example"]});
    let other = scene.home.operator.post("/v1/organizations", &body).expect(201).text_of("id");
    let body = json!({"role": "auditor", "organization_id": other, "label": "other"});
    scene.home.operator.post("/v1/service-keys", &body).expect(201);
    assert_eq!(scene.replay(), 0);
    scene.app.stop();
    let data = Connection::open(scene.app.config().storage.database_path()).unwrap();
    let mut odd = data.prepare("SELECT DISTINCT \"table\" FROM pragma_foreign_key_check").unwrap();
    let odd: Vec<String> = odd.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    assert_eq!(odd, [""; 0]);
}

#[test]
fn networks_that_were_narrowed_since_stay_narrow_and_places_stay_known() {
    let Some(mut scene) = Scene::backed_up() else { return };
    let narrow = json!({"label": "Renamed", "networks": ["203.0.113.0/24"], "protocols": ["imap"]});
    scene.alice.http.patch(&scene.phone.path(""), &narrow).expect(200);
    // The member gets in from somewhere else than before.
    let http: Http = scene.app.http();
    let (login, password) = (scene.alice.login.clone(), scene.alice.password.clone());
    scene.app.advance(STEP);
    let body = json!({"login": login, "password": password, "code": scene.alice.code(scene.app.time.wall())});
    http.post("/v1/sessions", &body).expect(201);
    scene.app.stop();
    let before = places(&scene.app);
    scene.app.restart();
    assert_eq!(scene.replay(), 0);
    scene.app.stop();
    assert!(!before.is_empty());
    assert_eq!(places(&scene.app), before);
    scene.app.restart();
    assert_eq!(scene.verdicts(), ["network_not_allowed", "accept"]);
    let phone = scene.operator().get(&scene.phone.path("")).expect(200).body;
    for field in ["label", "networks", "protocols"] {
        assert_eq!(phone[field], narrow[field], "{field}");
    }
}

/// The data in place may be the older ones: a disk image that was put back.
#[test]
fn what_the_backup_knows_to_be_narrower_stays_narrow() {
    let Some(mut scene) = Scene::backed_up() else { return };
    let old = std::fs::read(&scene.file).unwrap();
    let soon = scene.app.time.wall().plus(STEP * 10).to_string();
    scene.alice.http.patch(&scene.phone.path(""), &json!({"networks": ["203.0.113.0/24"]})).expect(200);
    scene.alice.http.patch(&scene.tablet.path(""), &json!({"expires_at": soon})).expect(200);
    scene.back_up_again();
    scene.app.stop();
    let place = scene.app.config().storage.database_path();
    for ending in ["-wal", "-shm"] {
        drop(std::fs::remove_file(format!("{}{ending}", place.display())));
    }
    std::fs::write(place, old).unwrap();
    assert_eq!(scene.replay(), 0);
    assert_eq!(scene.verdicts(), ["network_not_allowed", "accept"]);
    scene.app.advance(STEP * 10);
    assert_eq!(scene.verdicts(), ["network_not_allowed", "expired"]);
}

fn places(app: &TestApp) -> Vec<(Vec<u8>, String)> {
    let data = Connection::open(app.config().storage.database_path()).unwrap();
    let mut found = data.prepare("SELECT member_id, place FROM known_places ORDER BY 1, 2").unwrap();
    let rows = found.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    rows.map(Result::unwrap).collect()
}

/// Hands the ownership over to somebody.
fn hand_over(scene: &Scene, to: &Person) {
    scene.operator().post(&scene.home.path("/ownership"), &json!({"member_id": to.id})).expect(200);
}

fn owner_of(scene: &Scene) -> Value {
    scene.operator().get(&scene.home.path("")).expect(200).body["owner_id"].clone()
}

#[test]
fn the_owner_is_the_one_in_place_if_the_backup_has_them() {
    let Some((mut scene, bob)) = with_bob("member") else { return };
    let state = |of: &Scene, state: &str| {
        of.home.operator.patch(&bob.path(""), &json!({"state": state})).expect(200);
    };
    state(&scene, "suspended");
    scene.back_up_again();
    state(&scene, "active");
    hand_over(&scene, &bob);
    assert_eq!(scene.replay(), 2);
    assert_eq!((owner_of(&scene), &scene.member(&bob)["state"]), (bob.id.clone().into(), &"active".into()));
    assert_eq!(scene.member(&bob)["role"], "owner");
    let former = scene.home.owner.clone();
    assert_eq!(scene.member(&former)["role"], "admin");
    assert_eq!(scene.notices(&former), ["data.restored"]);
}

#[test]
fn an_owner_whom_the_backup_does_not_have_is_the_one_of_the_backup_again() {
    let Some(mut scene) = Scene::backed_up() else { return };
    let since = scene.home.member("since");
    hand_over(&scene, &since);
    assert_eq!(scene.replay(), 1);
    let owner = scene.home.owner.clone();
    assert_eq!(owner_of(&scene), owner.id);
    assert_eq!(scene.member(&owner)["role"], "owner");
    let query = "/audit-events?action=data.restored";
    let found = scene.operator().get(&scene.home.path(query)).expect(200);
    let of_organization = found.items().iter().find(|one| one["member_id"].is_null()).unwrap();
    assert_eq!(of_organization["details"], json!({"members_told": 1, "lost_members": 1}));
    // And nobody, if that one has left meanwhile.
    let alice = scene.alice.clone();
    hand_over(&scene, &alice);
    let owner = id_of(&owner);
    let since = since.id.replace('-', "");
    write(
        &mut scene.app,
        &format!(
            "UPDATE members SET state = 'left' WHERE id = {owner}; PRAGMA foreign_keys = OFF;
             UPDATE organizations SET owner_id = x'{since}'"
        ),
    );
    scene.replay();
    assert_eq!(owner_of(&scene), Value::Null);
}

#[test]
fn a_domain_that_was_unbound_and_a_new_name_stay_so() {
    let Some(mut scene) = Scene::backed_up() else { return };
    let domains = scene.home.path("/domains");
    for name in ["kept.example.org", "moved.example.org", "unbound.example.org"] {
        scene.home.operator.post(&domains, &json!({"name": name})).expect(201);
    }
    let body = json!({"name": "Second", "domains": ["second.example.org"]});
    let second = scene.home.operator.post("/v1/organizations", &body).expect(201).text_of("id");
    let second = format!("/v1/organizations/{second}/domains");
    scene.back_up_again();
    for name in ["moved.example.org", "unbound.example.org"] {
        scene.home.operator.delete(&format!("{domains}/{name}")).expect(204);
    }
    scene.home.operator.post(&second, &json!({"name": "moved.example.org"})).expect(201);
    scene.home.operator.patch(&scene.home.path(""), &json!({"name": "Renamed"})).expect(200);
    assert_eq!(scene.replay(), 0);
    let found = scene.operator().get(&scene.home.path("")).expect(200).body;
    assert_eq!(found["name"], "Renamed");
    assert_eq!(found["domains"], json!(["example.org", "kept.example.org"]));
    // Others may have them now.
    scene.operator().post(&second, &json!({"name": "moved.example.org"})).expect(201);
    let body = json!({"name": "Other", "domains": ["unbound.example.org"]});
    scene.operator().post("/v1/organizations", &body).expect(201);
}

#[test]
fn a_notice_that_was_acknowledged_is_not_shown_again_and_who_is_not_concerned_is_not_told() {
    let Some((mut scene, bob)) = with_bob("member") else { return };
    scene.home.operator.delete(&scene.phone.path("")).expect(204);
    let path = scene.alice.path("/password");
    scene.app.advance(STEP);
    scene.home.operator.put(&path, &json!({"password": "a newer password"})).expect(200);
    scene.alice.password = "a newer password".into();
    let alice = scene.signed_in(scene.alice.clone());
    let open = alice.http.get(&alice.path("/notices")).expect(200).items()[0].clone();
    let acknowledge = alice.path(&format!("/notices/{}/acknowledge", open["id"].as_str().unwrap()));
    alice.http.send("POST", &acknowledge, None).expect(204);
    assert_eq!(scene.replay(), 1);
    assert_eq!(scene.told(&alice), json!({"account_password": "in_place"}));
    assert_eq!(scene.notices(&alice), ["data.restored"]);
    assert_eq!(scene.notices(&bob), [""; 0]);
}

/// A department administrator who has lost some reach since the backup does not get it back, and the tree is that of now.
#[test]
fn departments_and_who_administers_them_are_as_they_are_now() {
    let Some((mut scene, bob)) = with_bob("department_admin") else { return };
    let make = |of: &Scene, name: &str| {
        of.operator().post(&of.home.path("/departments"), &json!({"name": name})).expect(201).text_of("id")
    };
    let set = |of: &Scene, ids: &[&str]| {
        let change = json!({"department_ids": ids, "admin_department_ids": ids});
        of.operator().patch(&bob.path(""), &change).expect(200);
    };
    let (kept, lost) = (make(&scene, "Kept"), make(&scene, "Lost"));
    set(&scene, &[&kept, &lost]);
    scene.back_up_again();

    let new = make(&scene, "New");
    set(&scene, &[&kept, &new]);
    scene.operator().delete(&format!("/v1/departments/{lost}")).expect(204);
    let policy =
        json!({"protocols": {"default": {"pop3": false}, "departments": {new.clone(): {"imap": false}}}});
    let (any, path) = (scene.operator().with("If-Match", "*"), scene.home.path("/policy"));
    let put = any.send("PUT", &path, Some(&policy)).expect(200);
    let before = scene.member(&bob);
    scene.replay();
    assert_eq!(scene.operator().get(&path).expect(200).body, put.body);
    let after = scene.member(&bob);
    for field in ["department_ids", "admin_department_ids"] {
        assert_eq!(after[field], before[field]);
    }
    let listed = scene.operator().get(&scene.home.path("/departments")).expect(200);
    assert_eq!(listed.items().iter().map(|one| one["name"].clone()).collect::<Vec<_>>(), ["New", "Kept"]);
}

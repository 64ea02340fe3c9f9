//! Every way in which client passwords end is told, and does not happen if that cannot be written down.

use std::path::Path;

use clientpass::app::Restore;
use clientpass::clock::Timestamp;
use clientpass::service::admin::AdminCommand;
use serde_json::{Value, json};

use super::{SECOND, all_told, at_rest, said, secured, signed, telling, telling_by_jobs, webhook};
use crate::support::database::on_postgres;
use crate::support::receiver::{Receiver, Reply};
use crate::support::time::until;
use crate::support::{Answer, ClientPassword, Http, Installation, Person, TestApp};

struct Scene {
    hook: Receiver,
    app: TestApp,
    home: Installation,
    alice: Person,
    phone: ClientPassword,
    tablet: ClientPassword,
}

impl Scene {
    fn set() -> Self {
        let hook = Receiver::start(Reply::Status(204));
        let (app, home) = telling(vec![webhook("hook", &hook)]);
        let alice = secured(&app, &home, "alice");
        let (phone, tablet) = (alice.issue("phone"), alice.issue("tablet"));
        Self { hook, app, home, alice, phone, tablet }
    }

    /// The mail server, wherever the service listens now.
    fn server(&self) -> Http {
        self.app.http().bearing(self.home.mail_server.token())
    }

    /// Lets time pass for those who wait for it.
    #[track_caller]
    fn advance(&self, seconds: u32) {
        at_rest(&self.app, 3, SECOND);
        self.app.advance(SECOND * seconds);
        at_rest(&self.app, 3, SECOND);
    }

    fn operator(&self) -> Http {
        self.home.operator.with("If-Match", "*")
    }

    fn verdict(&self, password: &ClientPassword) -> String {
        self.server().verdict(&self.alice.login, &password.secret)
    }

    /// Does it while nothing can be written into the outbox: then it is not done. Then does it.
    #[track_caller]
    fn only_if_told(&self, status: u16, act: impl Fn() -> Answer) {
        let before = [self.verdict(&self.phone), self.verdict(&self.tablet)];
        *self.app.faults.statement.lock().unwrap() = Some("outbox/add");
        act().expect_problem(503, "unavailable");
        assert_eq!(before, [self.verdict(&self.phone), self.verdict(&self.tablet)]);
        *self.app.faults.statement.lock().unwrap() = None;
        assert_eq!(self.hook.count(), 0, "told of what has not happened");
        act().expect(status);
    }

    /// Fails unless exactly this has been told, of alice.
    #[track_caller]
    fn told(&self, reason: &str, ids: &Value) {
        let heard = self.hook.heard(1);
        signed(&heard[0]);
        assert_eq!(said(&heard[0]), (reason.to_owned(), json!("alice@example.org"), ids.clone()));
        let data = &heard[0].body["data"];
        assert_eq!(data["organization_id"], json!(self.home.organization_id));
        assert_eq!(data["member_id"], json!(self.alice.id));
        all_told(&self.app, "hook", 1);
        assert_eq!(self.hook.count(), 1);
    }
}

#[test]
fn one_that_its_member_revokes() {
    let scene = Scene::set();
    scene.only_if_told(204, || scene.alice.http.delete(&scene.phone.path("")));
    scene.told("revoked_by_member", &json!([scene.phone.id]));
    // It has ended already: nothing ends, nothing is told.
    scene.alice.http.delete(&scene.phone.path("")).expect(204);
    scene.alice.issue("another");
    all_told(&scene.app, "hook", 1);
}

#[test]
fn one_that_somebody_else_revokes() {
    let scene = Scene::set();
    scene.only_if_told(204, || scene.home.operator.delete(&scene.tablet.path("")));
    scene.told("revoked_by_admin", &json!([scene.tablet.id]));
}

#[test]
fn one_that_was_found_somewhere() {
    let scene = Scene::set();
    let body = json!({"secrets": [scene.phone.secret]});
    scene.only_if_told(202, || scene.home.operator.post("/v1/leaks", &body));
    scene.told("leaked", &json!([scene.phone.id]));
}

#[test]
fn all_of_a_member() {
    let scene = Scene::set();
    let all = scene.alice.path("/client-passwords");
    scene.only_if_told(200, || scene.alice.http.delete(&all));
    scene.told("revoked_by_member", &json!("all"));
}

#[test]
fn all_of_a_member_who_chooses_a_password_by_an_invitation() {
    let scene = Scene::set();
    let made = scene.home.operator.send("POST", &scene.alice.path("/invitations"), None).expect(201);
    let token = made.text_of("link").split_once('#').unwrap().1.to_owned();
    let chosen = json!({"token": token, "password": "a chosen password"});
    scene.only_if_told(200, || scene.app.http().post("/v1/invitations/redeem", &chosen));
    scene.told("account_password_changed", &json!("all"));
}

#[test]
fn one_that_is_rotated_without_overlap() {
    let scene = Scene::set();
    let path = scene.phone.path("/rotate");
    scene.only_if_told(201, || scene.alice.http.post(&path, &json!({"overlap_seconds": 0})));
    scene.told("rotated", &json!([scene.phone.id]));
}

#[test]
fn the_predecessor_of_one_that_is_rotated() {
    let scene = Scene::set();
    let next =
        ClientPassword::of(&scene.alice.http.post(&scene.phone.path("/rotate"), &json!({})).expect(201));
    scene.only_if_told(201, || scene.alice.http.post(&next.path("/rotate"), &json!({})));
    scene.told("rotated", &json!([scene.phone.id]));
}

#[test]
fn one_that_is_revoked_and_what_it_replaced() {
    let scene = Scene::set();
    let next =
        ClientPassword::of(&scene.alice.http.post(&scene.phone.path("/rotate"), &json!({})).expect(201));
    scene.only_if_told(204, || scene.alice.http.delete(&next.path("")));
    let mut told: Vec<_> = scene.hook.heard(2).iter().map(said).map(|(_, _, ids)| ids.to_string()).collect();
    told.sort();
    let mut ended = [json!([next.id]), json!([scene.phone.id])].map(|ids| ids.to_string());
    ended.sort();
    assert_eq!(told, ended);
}

#[test]
fn one_that_has_moved_to_its_successor_altogether() {
    let scene = Scene::set();
    assert_eq!(scene.verdict(&scene.phone), "accept");
    let next =
        ClientPassword::of(&scene.alice.http.post(&scene.phone.path("/rotate"), &json!({})).expect(201));
    *scene.app.faults.statement.lock().unwrap() = Some("outbox/add");
    scene.server().check(&scene.alice.login, &next.secret, "imap").expect_problem(503, "unavailable");
    *scene.app.faults.statement.lock().unwrap() = None;
    assert_eq!(scene.verdict(&next), "accept");
    assert_eq!(scene.verdict(&scene.phone), "superseded");
    scene.told("rotated", &json!([scene.phone.id]));
}

#[test]
fn one_that_has_moved_in_part_goes_on_and_nothing_is_told() {
    let scene = Scene::set();
    for protocol in ["imap", "smtp"] {
        assert_eq!(scene.server().verdict_over(&scene.alice.login, &scene.phone.secret, protocol), "accept");
    }
    let next =
        ClientPassword::of(&scene.alice.http.post(&scene.phone.path("/rotate"), &json!({})).expect(201));
    assert_eq!(scene.verdict(&next), "accept");
    all_told(&scene.app, "hook", 0);
    assert_eq!(scene.server().verdict_over(&scene.alice.login, &next.secret, "smtp"), "accept");
    scene.told("rotated", &json!([scene.phone.id]));
}

#[test]
fn all_when_secure_login_goes_off() {
    let scene = Scene::set();
    let path = scene.alice.path("/secure-login");
    scene.only_if_told(200, || scene.alice.http.put(&path, &json!({"enabled": false})));
    scene.told("secure_login_off", &json!("all"));
}

#[test]
fn all_when_the_account_password_changes() {
    for own in [true, false] {
        let scene = Scene::set();
        let path = scene.alice.path("/password");
        let mut body = json!({"password": "another password"});
        if own {
            body["current_password"] = json!(scene.alice.password);
        }
        let who = if own { &scene.alice.http } else { &scene.home.operator };
        scene.only_if_told(200, || who.put(&path, &body));
        scene.told("account_password_changed", &json!("all"));
    }
}

#[test]
fn all_of_a_member_who_is_suspended() {
    let scene = Scene::set();
    let path = scene.alice.path("");
    let body = json!({"state": "suspended"});
    scene.only_if_told(200, || {
        let etag = scene.home.operator.get(&path).expect(200).etag();
        scene.home.operator.with("If-Match", &etag).send("PATCH", &path, Some(&body))
    });
    scene.told("member_suspended", &json!("all"));
}

#[test]
fn all_of_a_member_who_leaves() {
    let scene = Scene::set();
    scene.only_if_told(204, || scene.operator().delete(&scene.alice.path("")));
    scene.told("member_left", &json!("all"));
}

#[test]
fn all_when_somebody_else_removes_the_factors() {
    let scene = Scene::set();
    let factors = scene.alice.path("/second-factors");
    scene.only_if_told(204, || scene.home.operator.delete(&factors));
    scene.told("secure_login_off", &json!("all"));
}

#[test]
fn all_when_the_member_removes_the_last_factor() {
    let scene = Scene::set();
    let found = scene.alice.http.get(&scene.alice.path("/second-factors")).expect(200);
    let id = found.items()[0]["id"].as_str().unwrap().to_owned();
    let path = scene.alice.path(&format!("/second-factors/{id}"));
    scene.only_if_told(204, || scene.alice.http.delete(&path));
    scene.told("secure_login_off", &json!("all"));
}

#[test]
fn all_when_factors_go_while_secure_login_is_off() {
    let hook = Receiver::start(Reply::Status(200));
    let (app, home) = telling(vec![webhook("hook", &hook)]);
    let mut bob = home.member("bob");
    bob.sign_in().enrol(app.time.wall());
    home.operator.delete(&bob.path("/second-factors")).expect(204);
    assert_eq!(said(&hook.heard(1)[0]).0, "secure_login_off");
}

#[test]
fn a_set_of_many_members_is_told_member_by_member() {
    let scene = Scene::set();
    let bob = secured(&scene.app, &scene.home, "bob");
    let bobs = bob.issue("phone");
    let body = json!({"filter": {"all": true}, "reason": "lost laptops"});
    scene.only_if_told(201, || scene.home.operator.post(&scene.home.path("/revocations"), &body));
    let heard = scene.hook.heard(2);
    let mut told: Vec<_> = heard.iter().map(said).collect();
    told.sort_by_key(|(_, login, _)| login.to_string());
    let mut both = [scene.phone.id.clone(), scene.tablet.id.clone()];
    both.sort();
    let why = || "bulk_revocation".to_owned();
    assert_eq!(told[0], (why(), json!("alice@example.org"), json!(both)));
    assert_eq!(told[1], (why(), json!("bob@example.org"), json!([bobs.id])));
    assert_ne!(heard[0].header("webhook-id"), heard[1].header("webhook-id"));
    all_told(&scene.app, "hook", 2);
}

#[test]
fn the_set_of_a_preview_is_told_and_the_preview_is_not() {
    let scene = Scene::set();
    let all = scene.home.path("/revocations");
    let body = json!({"filter": {"label": "phone"}, "reason": "x", "dry_run": true});
    let preview = scene.home.operator.post(&all, &body).expect(200).text_of("id");
    let body = json!({"preview_id": preview, "reason": "x"});
    scene.only_if_told(201, || scene.home.operator.post(&all, &body));
    scene.told("bulk_revocation", &json!([scene.phone.id]));
}

/// One of them ends by the epoch, the other one by one: both are told alike, and neither ends if that cannot be written.
#[test]
fn what_a_job_ends_is_told_member_by_member() {
    let hook = Receiver::start(Reply::Status(204));
    let (app, home) = telling_by_jobs(vec![webhook("hook", &hook)]);
    let (alice, bob) = (secured(&app, &home, "alice"), secured(&app, &home, "bob"));
    let (phone, spare) = (alice.issue("phone"), alice.issue("phone"));
    let (bobs, tablet) = (bob.issue("phone"), bob.issue("tablet"));
    let verdict =
        |person: &Person, one: &ClientPassword| home.mail_server.verdict(&person.login, &one.secret);
    let begin = |dry_run: bool| {
        let body = json!({"filter": {"label": "phone"}, "reason": "lost laptops", "dry_run": dry_run});
        home.operator.post(&home.path("/revocations"), &body).expect(202).text_of("id")
    };
    let state =
        |id: &str| home.operator.get(&home.path(&format!("/revocations/{id}"))).expect(200).text_of("state");

    *app.faults.statement.lock().unwrap() = Some("outbox/add_revoked");
    let id = begin(false);
    // Its turn comes after that of the first, which cannot be written.
    let preview = begin(true);
    until("the preview", || state(&preview) == "done");
    assert_eq!((state(&id).as_str(), hook.count()), ("running", 0));
    assert_eq!([verdict(&alice, &phone), verdict(&bob, &bobs)], ["accept", "accept"]);
    *app.faults.statement.lock().unwrap() = None;
    begin(true);
    until("the end", || state(&id) == "done");

    let heard = hook.heard(2);
    let mut told: Vec<_> = heard.iter().map(said).collect();
    told.sort_by_key(|(_, login, _)| login.to_string());
    let mut both = [phone.id.clone(), spare.id.clone()];
    both.sort();
    let why = || "bulk_revocation".to_owned();
    assert_eq!(told[0], (why(), json!("alice@example.org"), json!(both)));
    assert_eq!(told[1], (why(), json!("bob@example.org"), json!([bobs.id])));
    all_told(&app, "hook", 2);
    assert_eq!([verdict(&alice, &phone), verdict(&bob, &bobs)], ["revoked", "revoked"]);
    assert_eq!(verdict(&bob, &tablet), "accept");
}

#[test]
fn an_organization_that_is_dissolved_is_told_as_a_whole() {
    let scene = Scene::set();
    scene.only_if_told(204, || scene.operator().delete(&scene.home.path("")));
    let heard = scene.hook.heard(1);
    assert_eq!(said(&heard[0]), ("organization_dissolved".into(), Value::Null, json!("all")));
    assert_eq!(heard[0].body["data"]["member_id"], Value::Null);
    assert_eq!(heard[0].body["data"]["organization_id"], json!(scene.home.organization_id));
    all_told(&scene.app, "hook", 1);
}

#[test]
fn one_that_a_date_ends() {
    let scene = Scene::set();
    let at = scene.app.time.wall().plus(SECOND * 3600).to_string();
    let guest = scene.alice.issue_with(&json!({"label": "guest", "expires_at": at}));
    scene.advance(3599);
    all_told(&scene.app, "hook", 0);
    scene.advance(1);
    scene.told("expired", &json!([guest.id]));
    let heard = scene.hook.heard(1);
    assert_eq!(heard[0].body["timestamp"], json!(at));
    // And never again.
    scene.advance(7200);
    all_told(&scene.app, "hook", 1);
}

/// Whoever has outlived it when it is put, and whoever does later.
#[test]
fn those_that_a_longest_life_ends() {
    const DAY: u32 = 86_400;
    let scene = Scene::set();
    scene.advance(DAY * 20);
    let mut bob = secured(&scene.app, &scene.home, "bob");
    let bobs = bob.issue("phone");
    scene.advance(DAY * 11);
    let put = |policy: Value| {
        let answer = scene.operator().send("PUT", &scene.home.path("/policy"), Some(&policy));
        answer.status == 200
    };
    let in_all = scene.hook.count();
    assert!(put(json!({"max_lifetime_days": 30})));
    let heard = scene.hook.heard(in_all + 2);
    let (mut told, mut both) = (Vec::new(), [scene.phone.id.clone(), scene.tablet.id.clone()]);
    for one in &heard[in_all..] {
        let (reason, login, ids) = said(one);
        assert_eq!((reason.as_str(), login), ("expired", json!("alice@example.org")));
        // When it was put they ended, however old they were.
        assert_eq!(one.body["timestamp"], json!(scene.app.time.wall().to_string()));
        told.push(ids[0].as_str().unwrap().to_owned());
    }
    told.sort();
    both.sort();
    assert_eq!(told, both);

    until("a settled policy", || put(json!({})));
    scene.advance(DAY * 19);
    all_told(&scene.app, "hook", 3);
    let last = &scene.hook.heard(in_all + 3)[in_all + 2];
    assert_eq!(said(last), ("expired".into(), json!("bob@example.org"), json!([bobs.id])));
    bob.sign_in_with_code(scene.app.time.wall());
    bob.http.get(&bobs.path("")).expect(200);
}

#[test]
fn what_dates_end_is_told_at_once_however_lately_others_were() {
    let scene = Scene::set();
    let guest = |after: u32| {
        let at = scene.app.time.wall().plus(SECOND * after).to_string();
        scene.alice.issue_with(&json!({"label": "guest", "expires_at": at}))
    };
    let (first, second) = (guest(600), guest(660));
    scene.advance(600);
    assert_eq!(said(&scene.hook.heard(1)[0]).2, json!([first.id]));
    scene.advance(60);
    assert_eq!(said(&scene.hook.heard(2)[1]).2, json!([second.id]));
    all_told(&scene.app, "hook", 2);
}

/// Where nothing ends, the place up to which dates were looked at is written once an hour and not every second.
#[test]
fn an_hour_in_which_no_date_ends_anything_is_one_write() {
    if on_postgres() {
        return;
    }
    let scene = Scene::set();
    let passed = || Timestamp::from_micros(scene.app.number("SELECT until FROM outbox_dates"));
    let begun = scene.app.time.wall();
    for (minutes, expected) in [(0, 0), (30, 0), (29, 0), (1, 60), (59, 60), (1, 120)] {
        scene.advance(60 * minutes);
        assert_eq!(passed(), begun.plus(SECOND * 60 * expected), "after {minutes} more minutes");
    }
}

#[test]
fn one_whose_overlap_is_over() {
    let scene = Scene::set();
    let path = scene.phone.path("/rotate");
    scene.alice.http.post(&path, &json!({"overlap_seconds": 600})).expect(201);
    scene.advance(600);
    scene.told("rotated", &json!([scene.phone.id]));
}

#[test]
fn what_has_ended_before_its_date_is_not_told_again() {
    let scene = Scene::set();
    let at = scene.app.time.wall().plus(SECOND * 3600).to_string();
    let guest = scene.alice.issue_with(&json!({"label": "guest", "expires_at": at}));
    scene.alice.http.delete(&guest.path("")).expect(204);
    scene.told("revoked_by_member", &json!([guest.id]));
    scene.advance(7200);
    all_told(&scene.app, "hook", 1);
}

#[test]
fn what_ends_with_a_pepper() {
    let mut scene = Scene::set();
    scene.app.order_at_rest(&AdminCommand::AddPepper).unwrap();
    scene.app.order_at_rest(&AdminCommand::RetirePepper { id: 1, end: true, force: true }).unwrap();
    let mut both = [scene.phone.id.clone(), scene.tablet.id.clone()];
    both.sort();
    scene.told("revoked_by_admin", &json!(both));
}

#[test]
fn everything_that_a_restore_ends() {
    let mut scene = Scene::set();
    let request = Restore { file: None, end_all: true, accept_revival: false };
    scene.app.restore_at_rest(&request).unwrap();
    let heard = scene.hook.heard(1);
    assert_eq!(said(&heard[0]), ("revoked_by_admin".into(), Value::Null, json!("all")));
}

#[test]
fn what_was_not_told_when_a_backup_took_the_place_of_the_data_is_told() {
    let mut scene = Scene::set();
    let file = scene.app.data_dir().join("backup");
    if scene.app.order(&json!({"order": "back_up", "file": file})).is_err() {
        return;
    }
    scene.hook.replies(Reply::Nothing);
    scene.alice.http.delete(&scene.phone.path("")).expect(204);
    scene.hook.heard(1);
    at_rest(&scene.app, 3, SECOND);
    scene.hook.replies(Reply::Status(200));
    let request = Restore { file: Some(Path::new(&file)), end_all: false, accept_revival: false };
    scene.app.restore_at_rest(&request).unwrap();
    assert_eq!(said(&scene.hook.heard(2)[1]).2, json!([scene.phone.id]));
    assert_eq!(scene.verdict(&scene.phone), "revoked");
}

#[test]
fn what_ends_nothing_is_not_told() {
    let scene = Scene::set();
    scene.alice.http.post(&scene.phone.path("/rotate"), &json!({})).expect(201);
    scene.home.operator.patch(&scene.alice.path(""), &json!({"display_name": "Alice"})).expect(200);
    let path = scene.alice.path("/secure-login?dry_run=true");
    scene.alice.http.put(&path, &json!({"enabled": false})).expect(200);
    let body = json!({"filter": {"created_before": "2000-01-01T00:00:00Z"}, "reason": "x"});
    scene.home.operator.post(&scene.home.path("/revocations"), &body).expect(201);
    all_told(&scene.app, "hook", 0);
    assert_eq!(scene.hook.count(), 0);
}

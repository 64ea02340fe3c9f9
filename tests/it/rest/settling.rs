//! The longest life of a policy is written down: what has outlived it stays expired whatever is put later, and a change
//! that is under way when a policy is put comes under that one.

use std::time::Duration;

use serde_json::{Value, json};

use super::administration::{Neighbours, all_pages, secured};
use crate::support::actors::Installation;
use crate::support::database::on_postgres;
use crate::support::time::until;
use crate::support::{Answer, ClientPassword, Person, TestApp};

const DAY: Duration = Duration::from_secs(86_400);
/// As many as are written down in one transaction.
const BATCH: usize = 200;

fn put(home: &Installation, policy: &Value) -> Answer {
    home.operator.with("If-Match", "*").send("PUT", &home.path("/policy"), Some(policy))
}

fn longest(days: u32) -> Value {
    json!({"max_lifetime_days": days})
}

/// Puts a policy as soon as the one before is settled.
fn put_once_settled(home: &Installation, policy: &Value) {
    until("a settled policy", || {
        let answer = put(home, policy);
        assert!(answer.status == 200 || answer.body["code"] == "policy_settling", "{}", answer.text);
        answer.status == 200
    });
}

fn shown(home: &Installation, one: &ClientPassword) -> Value {
    home.operator.get(&one.path("")).expect(200).body
}

fn state(home: &Installation, one: &ClientPassword) -> String {
    shown(home, one)["state"].as_str().unwrap().to_owned()
}

/// The ids that are listed of the organization in this state.
fn listed(home: &Installation, state: &str) -> Vec<String> {
    let all = all_pages(&home.operator, &home.path(&format!("/client-passwords?state={state}")), 200);
    let mut ids: Vec<String> = all.iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect();
    for one in all {
        assert_eq!(one["state"], state, "{one}");
    }
    ids.sort();
    ids
}

fn break_statement(app: &TestApp, name: Option<&'static str>) {
    *app.faults.statement.lock().unwrap() = name;
}

#[test]
fn a_longer_life_waits_until_the_one_before_is_written_down() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, &home, "alice");
    let phone = alice.issue("Phone");
    app.advance(DAY * 31);
    let verdict = || home.mail_server.verdict(&alice.login, &phone.secret);

    break_statement(&app, Some("policies/write_down_lives"));
    put(&home, &longest(30)).expect(200);
    assert_eq!(verdict(), "expired", "it holds at once");
    for longer in [longest(31), json!({})] {
        let refused = put(&home, &longer).expect_problem(409, "policy_settling");
        assert_eq!(refused.header("retry-after"), Some("1"));
    }
    // The same again, and a shorter one, give nothing back.
    put(&home, &json!({"max_lifetime_days": 30, "max_active_per_member": 3})).expect(200);
    put(&home, &longest(20)).expect(200);
    put(&home, &longest(30)).expect_problem(409, "policy_settling");

    break_statement(&app, None);
    app.advance(Duration::from_secs(60));
    put_once_settled(&home, &longest(60));
    let ended = || ["state", "ended_at", "expires_at"].map(|field| shown(&home, &phone)[field].clone());
    let settled = ended();
    assert_eq!(settled[0], "expired");
    put_once_settled(&home, &json!({}));
    assert_eq!(verdict(), "expired");
    assert_eq!(ended(), settled);
}

#[test]
fn what_is_listed_in_a_state_is_shown_in_it() {
    let (app, home) = TestApp::installed();
    let mut alice = secured(&app, &home, "alice");
    let (revoked, outlived) = (alice.issue("Revoked"), alice.issue("Outlived"));
    let soon = app.time.wall().plus(DAY * 32).to_string();
    let dated = alice.issue_with(&json!({"label": "Dated", "expires_at": soon}));
    app.advance(DAY * 31);
    home.operator.delete(&revoked.path("")).expect(204);
    app.advance(DAY);
    alice.sign_in_with_code(app.time.wall());
    let young = alice.issue("Young");
    let before = [&revoked, &dated].map(|one| shown(&home, one));

    put(&home, &longest(30)).expect(200);
    until("the end of what was outlived", || listed(&home, "expired").len() == 2);
    let mut expired = [outlived.id.clone(), dated.id.clone()];
    expired.sort();
    assert_eq!(listed(&home, "expired"), expired);
    assert_eq!(listed(&home, "active"), [young.id.as_str()]);
    assert_eq!(listed(&home, "revoked"), [revoked.id.as_str()]);
    assert_eq!(state(&home, &outlived), "expired");
    // What had ended before keeps its time and reason.
    assert_eq!([&revoked, &dated].map(|one| shown(&home, one)), before);
    let until_then = app.time.wall().plus(DAY * 30).to_string();
    until("the date of what lives", || shown(&home, &young)["expires_at"] == json!(until_then));
    assert_eq!(state(&home, &young), "active");
    put_once_settled(&home, &json!({}));
    assert_eq!(shown(&home, &young)["expires_at"], json!(until_then), "it is on disk");
}

/// A shorter one that is put before the mark is written is settled in its turn. On PostgreSQL the thread of the job, which
/// waits here, is the one that would have to answer.
#[test]
fn what_was_read_of_one_policy_settles_no_other() {
    if on_postgres() {
        return;
    }
    let (app, home) = TestApp::installed();
    let alice = secured(&app, &home, "alice");
    let phone = alice.issue("Phone");
    app.advance(DAY * 25);
    let (operator, path) = (home.operator.with("If-Match", "*"), home.path("/policy"));
    let puts = move || drop(operator.send("PUT", &path, Some(&longest(20))).expect(200));
    *app.faults.meanwhile.lock().unwrap() = Some(("policies/settle", Box::new(puts)));
    put(&home, &longest(30)).expect(200);
    until("the mark", || app.faults.meanwhile.lock().unwrap().is_none());
    put_once_settled(&home, &json!({}));
    assert_eq!(home.mail_server.verdict(&alice.login, &phone.secret), "expired");
}

/// The first piece is written, and nobody is there any more to write the next.
#[test]
fn a_job_that_is_killed_in_the_middle_goes_on() {
    let (mut app, home) = TestApp::installed();
    put(&home, &json!({"max_active_per_member": 1000})).expect(200);
    let alice = secured(&app, &home, "alice");
    let phones: Vec<ClientPassword> = (0..BATCH + 3).map(|n| alice.issue(&format!("Phone {n}"))).collect();
    app.advance(DAY * 31);

    *app.faults.unknown.lock().unwrap() = Some("policies/write_down_lives");
    break_statement(&app, Some("policies/write_down_lives"));
    put(&home, &json!({"max_active_per_member": 1000, "max_lifetime_days": 30})).expect(200);
    until("the first piece", || app.faults.unknown.lock().unwrap().is_none());
    until("it on disk", || !listed(&home, "expired").is_empty());
    assert_eq!(listed(&home, "expired").len(), BATCH, "of {}", phones.len());
    put(&home, &json!({})).expect_problem(409, "policy_settling");

    break_statement(&app, None);
    app.restart();
    let operator = app.http().bearing(home.operator.token());
    let home = Installation { operator, mail_server: app.http().bearing(home.mail_server.token()), ..home };
    until("the rest", || listed(&home, "expired").len() == phones.len());
    put_once_settled(&home, &json!({}));
    assert_eq!(listed(&home, "expired").len(), phones.len());
    for phone in [&phones[0], &phones[BATCH + 2]] {
        assert_eq!(home.mail_server.verdict(&alice.login, &phone.secret), "expired");
    }
}

#[test]
fn a_date_is_put_off_no_further_than_the_longest_life_from_the_making() {
    let (app, home) = TestApp::installed();
    let mut alice = secured(&app, &home, "alice");
    let soon = app.time.wall().plus(DAY * 25).to_string();
    let phone = alice.issue_with(&json!({"label": "Phone", "expires_at": soon}));
    let (latest, beyond) = (app.time.wall().plus(DAY * 30), app.time.wall().plus(DAY * 31));
    put(&home, &longest(30)).expect(200);
    app.advance(DAY * 20);
    alice.sign_in_with_code(app.time.wall());

    let patch = |at: String| alice.http.patch(&phone.path(""), &json!({"expires_at": at}));
    patch(beyond.to_string()).expect_field("expires_at", "out_of_range");
    assert_eq!(patch(latest.to_string()).expect(200).text_of("expires_at"), latest.to_string());
    app.advance(DAY * 11);
    assert_eq!(home.mail_server.verdict(&alice.login, &phone.secret), "expired");
    put_once_settled(&home, &json!({}));
    assert_eq!(home.mail_server.verdict(&alice.login, &phone.secret), "expired");
}

/// What a member asks for, and what meets it before it is written.
struct Scene {
    app: TestApp,
    home: Installation,
    alice: Person,
    phone: ClientPassword,
}

impl Scene {
    fn set() -> Self {
        let (app, home) = TestApp::installed();
        let alice = secured(&app, &home, "alice");
        let phone = alice.issue("Phone");
        Self { app, home, alice, phone }
    }

    /// Sends a call, and puts a policy after it was judged and before it is written.
    fn meets(&self, statement: &'static str, policy: Value, call: impl FnOnce() -> Answer) -> Answer {
        let (operator, path) = (self.home.operator.with("If-Match", "*"), self.home.path("/policy"));
        let puts = move || drop(operator.send("PUT", &path, Some(&policy)).expect(200));
        self.before(statement, puts, call)
    }

    fn before(
        &self,
        statement: &'static str,
        happens: impl FnOnce() + Send + 'static,
        call: impl FnOnce() -> Answer,
    ) -> Answer {
        *self.app.faults.meanwhile.lock().unwrap() = Some((statement, Box::new(happens)));
        let answer = call();
        assert!(self.app.faults.meanwhile.lock().unwrap().is_none(), "nothing came between");
        answer
    }

    fn issue(&self, body: &Value) -> Answer {
        self.alice.http.post(&self.alice.path("/client-passwords"), body)
    }
}

/// A name, and what is done.
type Act<'a> = (&'a str, &'a dyn Fn(&Scene) -> Answer);

#[test]
fn what_is_issued_rotated_or_put_off_while_a_policy_is_put_comes_under_it() {
    let issue = |of: &Scene| {
        of.meets("client_passwords/issue", longest(30), || of.issue(&json!({"label": "New"}))).expect(201)
    };
    let rotate = |of: &Scene| {
        let call = || of.alice.http.post(&of.phone.path("/rotate"), &json!({}));
        of.meets("client_passwords/succeed", longest(30), call).expect(201)
    };
    let put_off = |of: &Scene| {
        of.alice.http.patch(&of.phone.path(""), &json!({"expires_at": "2026-12-01T08:00:00Z"})).expect(200);
        let call = || of.alice.http.patch(&of.phone.path(""), &json!({"expires_at": null}));
        of.meets("client_passwords/update", longest(30), call).expect(200)
    };
    let acts: [Act; 3] = [("issued", &issue), ("rotated", &rotate), ("put off", &put_off)];
    for (name, act) in acts {
        let scene = Scene::set();
        let answer = act(&scene);
        let latest = scene.app.time.wall().plus(DAY * 30).to_string();
        assert_eq!(answer.text_of("expires_at"), latest, "{name}");
        put_once_settled(&scene.home, &json!({}));
        let path = format!("/v1/client-passwords/{}", answer.text_of("id"));
        assert_eq!(scene.home.operator.get(&path).expect(200).text_of("expires_at"), latest, "{name}");
    }
}

#[test]
fn what_a_policy_forbids_is_not_issued_under_the_one_before() {
    let scene = Scene::set();
    let new = json!({"label": "New", "protocols": ["pop3"]});
    let meets = |policy: Value| scene.meets("client_passwords/issue", policy, || scene.issue(&new));
    meets(json!({"max_active_per_member": 1})).expect_problem(409, "limit_reached");
    put(&scene.home, &json!({})).expect(200);
    meets(json!({"protocols": {"default": {"pop3": false}}})).expect_field("protocols", "not_allowed");
    put(&scene.home, &json!({})).expect(200);
    let nobody = json!({"departments": [], "members": [], "except_members": []});
    meets(json!({"availability": nobody})).expect_problem(403, "not_available_to_member");
    put(&scene.home, &json!({})).expect(200);
    let listed = all_pages(&scene.home.operator, &scene.alice.path("/client-passwords"), 200);
    assert_eq!(listed.len(), 1, "none of them was made");
}

#[test]
fn who_comes_into_a_department_meanwhile_comes_under_what_it_says() {
    let scene = Scene::set();
    let (operator, home) = (scene.home.operator.clone(), &scene.home);
    let team = operator.post(&home.path("/departments"), &json!({"name": "Team"})).expect(201).text_of("id");
    let off = json!({"default": {}, "departments": {team.clone(): {"pop3": false}}, "members": {}});
    put(home, &json!({"protocols": off})).expect(200);

    let (path, body) = (home.path(&format!("/departments/{team}/members")), json!({"add": [scene.alice.id]}));
    let joins = move || drop(operator.post(&path, &body).expect(200));
    let new = json!({"label": "New", "protocols": ["pop3"]});
    let answer = scene.before("client_passwords/issue", joins, || scene.issue(&new));
    answer.expect_field("protocols", "not_allowed");
}

/// Secure login goes off, and everything ends or lives on, by the policy that holds when it is written.
#[test]
fn what_a_member_turns_off_or_changes_while_a_policy_is_put_comes_under_it() {
    let required = || json!({"secure_login": {"mode": "required"}});
    let scene = Scene::set();
    let alice = &scene.alice;
    let off = || alice.http.put(&alice.path("/secure-login"), &json!({"enabled": false}));
    scene.meets("members/secure_login_off", required(), off).expect_problem(409, "secure_login_required");
    put(&scene.home, &json!({})).expect(200);
    let forget = || alice.http.delete(&alice.path("/second-factors"));
    scene.meets("members/forget_factors", required(), forget).expect_problem(409, "secure_login_required");
    assert_eq!(state(&scene.home, &scene.phone), "active");

    put(&scene.home, &json!({"end_on_account_password_change": false})).expect(200);
    let body = json!({"password": "another long password", "current_password": alice.password});
    let change = || alice.http.put(&alice.path("/password"), &body);
    let ends = json!({"end_on_account_password_change": true});
    scene.meets("members/set_password", ends, change).expect(200);
    assert_eq!(state(&scene.home, &scene.phone), "revoked");
}

/// "Tombstones, 180 days by default", and where the policy says otherwise, as long as that says.
#[test]
fn an_organization_says_how_long_what_has_ended_is_recognised() {
    let (app, home) = TestApp::installed();
    let neighbours = Neighbours::of(&home);
    let (alice, carol) =
        (secured(&app, &home, "alice"), neighbours.member(&home, "carol").secured(app.time.wall()));
    let mut ended = Vec::new();
    for person in [&alice, &carol] {
        let (one, all) = (person.issue("One"), person.issue("All"));
        home.operator.delete(&one.path("")).expect(204);
        home.operator.delete(&person.path("/client-passwords")).expect(200);
        ended.push([one, all]);
    }
    put(&home, &json!({"tombstone_days": 30})).expect(200);

    let is_there = |one: &ClientPassword| home.operator.get(&one.path("")).status == 200;
    let swept = |days: u32| {
        app.advance(DAY * days);
        app.sweep(async |expiry, lease| expiry.sweep_tombstones(lease).await);
        [&ended[0], &ended[1]].map(|both| [is_there(&both[0]), is_there(&both[1])])
    };
    assert_eq!(swept(29), [[true, true], [true, true]]);
    assert_eq!(swept(1), [[false, false], [true, true]]);
    assert_eq!(swept(149), [[false, false], [true, true]]);
    assert_eq!(swept(1), [[false, false], [false, false]]);
}

/// However it has ended, once it is forgotten nothing is left of its use; what lives stays.
#[test]
fn what_is_forgotten_leaves_nothing_of_its_use() {
    let (app, home) = TestApp::installed();
    let neighbours = Neighbours::of(&home);
    let alice = secured(&app, &home, "alice");
    let carol = neighbours.member(&home, "carol").secured(app.time.wall());
    let [lives, gone] = [alice.issue("Lives"), carol.issue("Goes")];
    for (person, one) in [(&alice, &lives), (&carol, &gone)] {
        assert_eq!(home.mail_server.verdict(&person.login, &one.secret), "accept");
    }
    // A list is read with all uses written.
    home.operator.get(&home.path("/client-passwords")).expect(200);
    home.operator.delete(&neighbours.path("")).expect(204);

    let is_there = |one: &ClientPassword| home.operator.get(&one.path("")).status == 200;
    for (days, is_left) in [(179, true), (1, false)] {
        app.advance(DAY * days);
        app.sweep(async |expiry, lease| expiry.sweep_tombstones(lease).await);
        assert_eq!([is_there(&lives), is_there(&gone)], [true, is_left]);
    }
    if !on_postgres() {
        assert_eq!(app.number("SELECT count(*) FROM uses"), 1);
    }
}

//! `/v1/organizations/{organization_id}/audit-events`: exactly one record for each change, of every kind; none
//! for what was refused or changed nothing. How they are found is next door.

use std::collections::BTreeSet;
use std::time::Duration;

use clientpass::domain::audit::Action;
use serde_json::{Value, json};

use super::administration::{all_pages, each, make_key, one_record, recorded, secured};
use crate::pages::{Browser, set_up};
use crate::support::TestApp;
use crate::support::actors::{Answer, ClientPassword, Installation, Person};

/// Does one change after the other, and looks for its record.
struct Ledger<'a> {
    home: &'a Installation,
    seen: BTreeSet<String>,
}

impl Ledger<'_> {
    /// The one record of this change, which must be of this action.
    #[track_caller]
    fn did<T>(&mut self, action: &str, act: impl FnOnce() -> T) -> T {
        let mut done = None;
        let event = one_record(self.home, || done = Some(act()));
        assert_eq!(event["action"], action, "{event}");
        self.seen.insert(action.to_owned());
        done.unwrap()
    }

    /// What a member does about signing in.
    fn signing_in(&mut self, app: &TestApp, alice: &mut Person) {
        let body = json!({"login": alice.login, "password": alice.password});
        let session = self.did("session.created", || alice.http.post("/v1/sessions", &body).expect(201));
        alice.http = alice.http.bearing(&session.text_of("token"));
        let (http, factors) = (alice.http.clone(), alice.path("/second-factors"));
        let add = || http.post(&factors, &json!({"type": "totp"})).expect(201);
        let begun = self.did("second_factor.added", add);
        alice.seed = Some(begun.text_of("secret"));
        let confirm = alice.path(&format!("/second-factors/{}/confirm", begun.text_of("id")));
        let code = json!({"code": alice.code(app.time.wall())});
        self.did("second_factor.confirmed", || alice.http.post(&confirm, &code).expect(200));
        let spare = add();
        let spare = alice.path(&format!("/second-factors/{}", spare.text_of("id")));
        self.did("second_factor.removed", || alice.http.delete(&spare).expect(204));
        let codes = alice.path("/recovery-codes");
        self.did("recovery_codes.renewed", || alice.http.send("POST", &codes, None).expect(201));
        self.did("secure_login.on", || alice.secure_login(true));
    }

    /// What a member does who is told what somebody else did.
    fn acknowledging(&mut self, app: &TestApp, alice: &mut Person) {
        let home = self.home;
        home.operator.put(&alice.path("/secure-login"), &json!({"enabled": false})).expect(200);
        app.advance(Duration::from_secs(30));
        alice.sign_in_with_code(app.time.wall());
        let notices = alice.http.get(&alice.path("/notices")).expect(200);
        let id = notices.items()[0]["id"].as_str().unwrap().to_owned();
        let path = alice.path(&format!("/notices/{id}/acknowledge"));
        self.did("notice.acknowledged", || assert!(alice.http.send("POST", &path, None).status < 300));
        alice.secure_login(true);
    }

    /// What a member proves once more in a session, which goes on with another token.
    fn signing_in_once_more(&mut self, app: &TestApp, alice: &mut Person) {
        let browser = Browser::at(app);
        browser.hold("session", Some(alice.http.token()));
        let code = alice.code(app.time.wall());
        let proof = [("proof_password", alice.password.as_str()), ("proof_code", &code)];
        self.did("session.reauthenticated", || browser.post("/sign-in", &proof).expect(200));
        alice.http = app.http().bearing(&browser.cookie("session").unwrap());
    }

    /// What a member does with client passwords.
    fn using_client_passwords(&mut self, alice: &Person) {
        let home = self.home;
        let phone = self.did("client_password.issued", || alice.issue("Phone"));
        let label = json!({"label": "Old phone"});
        self.did("client_password.updated", || alice.http.patch(&phone.path(""), &label).expect(200));
        assert_eq!(home.mail_server.verdict(&alice.login, &phone.secret), "accept");
        assert_eq!(home.mail_server.verdict_over(&alice.login, &phone.secret, "smtp"), "accept");
        let rotate = || alice.http.post(&phone.path("/rotate"), &json!({})).expect(201);
        let new = ClientPassword::of(&self.did("client_password.rotated", rotate));
        for protocol in ["imap", "smtp"] {
            let first_use = || home.mail_server.verdict_over(&alice.login, &new.secret, protocol);
            assert_eq!(self.did("client_password.moved", first_use), "accept");
        }
        self.did("client_password.revoked", || alice.http.delete(&new.path("")).expect(204));
        alice.issue("Tablet");
        self.did("client_passwords.revoked", || {
            alice.http.delete(&alice.path("/client-passwords")).expect(200)
        });
    }

    /// What a member and the phone of the member do with a link.
    fn setting_up(&mut self, app: &TestApp, alice: &Person) {
        let (events, made) = recorded(self.home, || set_up::make(app, alice));
        let created = ["client_password.issued", "setup_link.created"];
        assert_eq!(each(&events, "action"), created);
        self.seen.extend(created.map(str::to_owned));
        self.did("setup_link.fetched", || set_up::fetch(app, made.link()).expect(200));
    }

    /// What becomes of strings that were found somewhere.
    fn reporting(&mut self, app: &TestApp, alice: &Person) {
        let home = self.home;
        let report = |text: &str| home.operator.post("/v1/leaks", &json!({"secrets": [text]})).expect(202);
        let phone = alice.issue("Phone").secret;
        self.did("client_password.leaked", || report(&phone));
        let made = set_up::make(app, alice);
        self.did("setup_link.leaked", || report(made.token()));
        let invitations = home.external_member("ben").path("/invitations");
        let link = home.operator.send("POST", &invitations, None).expect(201).text_of("link");
        self.did("invitation.leaked", || report(link.split_once('#').unwrap().1));
        let mut ann = home.member("ann");
        ann.sign_in();
        self.did("session.leaked", || report(ann.http.token()));
        let mut key = |role: &str, action: &str| {
            let made = make_key(&home.operator, role, Some(&home.organization_id)).expect(201);
            self.did(action, || report(&made.text_of("key")));
        };
        key("auditor", "service_key.leaked");
        key("mail_server", "service_key.leak_reported");
        let nothing = || alice.http.post("/v1/leaks", &json!({"secrets": ["x"]})).expect(202);
        self.did("leaks.reported", nothing);
    }

    /// What is done to a member.
    fn done_to(&mut self, alice: &Person) {
        let operator = &self.home.operator;
        let set = |below: &str, body: Value| operator.put(&alice.path(below), &body).expect(200);
        let change = |body: Value| operator.patch(&alice.path(""), &body).expect(200);
        self.did("second_factors.removed", || operator.delete(&alice.path("/second-factors")).expect(204));
        self.did("secure_login.waived", || set("/secure-login", json!({"enabled": false})));
        self.did("account_password.changed", || set("/password", json!({"password": "a new password"})));
        let invite = || operator.send("POST", &alice.path("/invitations"), None).expect(201).text_of("link");
        self.did("invitation.created", invite);
        self.did("invitation.ended", || operator.delete(&alice.path("/invitations")).expect(200));
        let link = self.did("invitation.created", invite);
        let token = link.split_once('#').unwrap().1;
        let chosen = json!({"token": token, "password": "a chosen password"});
        self.did("invitation.redeemed", || operator.post("/v1/invitations/redeem", &chosen).expect(200));
        self.did("member.updated", || change(json!({"display_name": "Alice", "role": "auditor"})));
        self.did("member.suspended", || change(json!({"state": "suspended"})));
        self.did("member.reactivated", || change(json!({"state": "active"})));
        self.did("member.left", || operator.delete(&alice.path("")).expect(204));
    }

    /// What is done to the organization.
    fn done_to_the_organization(&mut self) {
        let home = self.home;
        let (operator, domain) = (&home.operator, json!({"name": "mail.example.org"}));
        self.did("organization.updated", || {
            operator.patch(&home.path(""), &json!({"name": "New"})).expect(200)
        });
        self.did("domain.added", || operator.post(&home.path("/domains"), &domain).expect(201));
        let free = || operator.delete(&home.path("/domains/mail.example.org")).expect(204);
        self.did("domain.removed", free);
        let heir = json!({"member_id": home.member("heir").id});
        let mut owner = home.owner.clone();
        owner.sign_in();
        let ownership = home.path("/ownership");
        self.did("ownership.offered", || owner.http.post(&ownership, &heir).expect(200));
        self.did("ownership.offer_ended", || owner.http.delete(&ownership).expect(204));
        self.did("ownership.handed_over", || operator.post(&ownership, &heir).expect(200));
        let (any, policy) = (operator.with("If-Match", "*"), home.path("/policy"));
        let put = || any.send("PUT", &policy, Some(&json!({"idle_days": 90}))).expect(200);
        self.did("policy.put", put);
        let departments = home.path("/departments");
        let make = || operator.post(&departments, &json!({"name": "Research"})).expect(201);
        let id = self.did("department.created", make).text_of("id");
        let (department, members) = (format!("/v1/departments/{id}"), format!("{departments}/{id}/members"));
        let renamed = json!({"name": "Teaching"});
        self.did("department.updated", || operator.patch(&department, &renamed).expect(200));
        let owner = &home.owner.id;
        for change in [json!({"add": [owner]}), json!({"remove": [owner]})] {
            self.did("department.members_changed", || operator.post(&members, &change).expect(200));
        }
        self.did("department.deleted", || operator.delete(&department).expect(204));
        let key = || make_key(operator, "auditor", Some(&home.organization_id)).expect(201);
        let key = self.did("service_key.created", key).text_of("id");
        self.did("service_key.revoked", || operator.delete(&format!("/v1/service-keys/{key}")).expect(204));
        let all = json!({"filter": {"all": true}, "reason": "a test"});
        self.did("revocation.done", || operator.post(&home.path("/revocations"), &all).expect(201));
        self.did("organization.dissolved", || operator.delete(&home.path("")).expect(204));
    }
}

/// What nobody asks for over REST, or not in an organization.
const AT_THE_TERMINAL: [&str; 5] =
    ["client_password.idle", "data.restored", "pepper.added", "pepper.retired", "setup_token.leaked"];
/// What jobs leave, and whoever stops them: see `rest::revocation_jobs`.
const OF_JOBS: [&str; 3] = ["revocation.started", "revocation.stopped", "revocation.failed"];

#[test]
fn every_kind_of_change_leaves_exactly_one_record() {
    let (app, home) = TestApp::installed_with(set_up::with_mail());
    let first = all_pages(&home.operator, &home.path("/audit-events"), 50);
    assert_eq!(each(&first, "action"), ["organization.created"]);
    let mut ledger = Ledger { home: &home, seen: BTreeSet::from(["organization.created".to_owned()]) };
    let mut alice = ledger.did("member.created", || home.member("alice"));
    ledger.signing_in(&app, &mut alice);
    ledger.using_client_passwords(&alice);
    ledger.setting_up(&app, &alice);
    ledger.reporting(&app, &alice);
    ledger.did("secure_login.off", || alice.secure_login(false));
    alice.secure_login(true);
    app.advance(Duration::from_secs(30));
    ledger.did("session.created", || alice.sign_in_with_code(app.time.wall()).id.clone());
    app.advance(Duration::from_secs(30));
    ledger.signing_in_once_more(&app, &mut alice);
    ledger.did("sessions.ended", || alice.http.delete(&alice.path("/sessions")).expect(200));
    ledger.acknowledging(&app, &mut alice);
    ledger.did("session.ended", || alice.http.delete("/v1/sessions/current").expect(204));
    alice.block_codes(&app.http(), || app.time.wall(), |time| app.advance(time));
    let lift = || home.operator.delete(&alice.path("/code-block")).expect(204);
    ledger.did("code_block.lifted", lift);
    ledger.done_to(&alice);
    ledger.done_to_the_organization();
    let kinds = Action::ALL.iter().map(|action| action.name().to_owned());
    let kinds: BTreeSet<String> = kinds
        .filter(|kind| !AT_THE_TERMINAL.contains(&kind.as_str()) && !OF_JOBS.contains(&kind.as_str()))
        .collect();
    assert_eq!(ledger.seen, kinds, "every action the program knows has been seen");
}

#[test]
fn an_organization_begins_with_one_record() {
    let (_app, home) = TestApp::installed();
    let body = json!({"name": "New", "domains": ["example.test"], "owner": "owner@example.test"});
    let made = home.operator.post("/v1/organizations", &body).expect(201);
    let path = format!("/v1/organizations/{}/audit-events", made.text_of("id"));
    let events = all_pages(&home.operator, &path, 50);
    assert_eq!(each(&events, "action"), ["organization.created"]);
    assert_eq!(events[0]["request_id"].as_str(), made.header("x-request-id"));
    let targets = json!([
        {"kind": "organization", "id": made.body["id"]}, {"kind": "member", "id": made.body["owner_id"]},
    ]);
    assert_eq!(events[0]["targets"], targets);
}

/// Requests that come to nothing, because it is so already or because it may only be seen.
fn idle(home: &Installation, alice: &Person, phone: &ClientPassword, ended: &ClientPassword) -> Vec<Answer> {
    let (operator, me) = (&home.operator, &alice.http);
    let dry = json!({"filter": {"all": true}, "reason": "x", "dry_run": true});
    let guest = home.path("/members?login=guest@example.org");
    let guest = format!("/v1/members/{}", operator.get(&guest).items()[0]["id"].as_str().unwrap());
    vec![
        operator.patch(&home.path(""), &json!({"name": "Example"})),
        operator.patch(&alice.path(""), &json!({"display_name": "alice", "role": "member"})),
        operator.patch(&alice.path(""), &json!({"state": "active"})),
        me.put(&alice.path("/secure-login"), &json!({"enabled": true})),
        me.put(&alice.path("/secure-login?dry_run=true"), &json!({"enabled": false})),
        me.patch(&phone.path(""), &json!({"label": "Phone"})),
        me.delete(&ended.path("")),
        operator.delete(&format!("{guest}/client-passwords")),
        operator.delete(&format!("{guest}/second-factors")),
        operator.put(&format!("{guest}/secure-login"), &json!({"enabled": false})),
        operator.post(&home.path("/revocations"), &dry),
        home.mail_server.check(&alice.login, &phone.secret, "imap"),
        home.mail_server.check(&alice.login, &ended.secret, "imap"),
        home.mail_server.check(&alice.login, "wrong", "imap"),
    ]
}

/// Requests that are refused, each for another reason.
fn refused(
    home: &Installation,
    alice: &Person,
    phone: &ClientPassword,
    ended: &ClientPassword,
) -> Vec<Answer> {
    let (operator, me) = (&home.operator, &alice.http);
    let member = json!({"login": "alice@example.org", "display_name": "Again"});
    let stale = operator.with("If-Match", "\"999\"");
    let wrong = json!({"login": alice.login, "password": "a wrong password"});
    let no_code = json!({"login": alice.login, "password": alice.password});
    let bad_code = json!({"login": alice.login, "password": alice.password, "code": "no code"});
    let password = json!({"password": "a new password", "current_password": "a wrong password"});
    vec![
        operator.post(&home.path("/members"), &member),
        operator.post(&home.path("/domains"), &json!({"name": "example.org"})),
        operator.delete(&home.path("/domains/example.org")),
        operator.delete(&home.path("/domains/none.example.org")),
        operator.send("PATCH", &alice.path(""), Some(&json!({"state": "suspended"}))),
        stale.send("PATCH", &alice.path(""), Some(&json!({"state": "suspended"}))),
        operator.delete(&home.owner.path("")),
        me.delete(&home.path("")),
        me.post(&home.path("/members"), &member),
        me.delete(&home.owner.path("")),
        me.post(&ended.path("/rotate"), &json!({})),
        me.post(&alice.path("/client-passwords"), &json!({"label": ""})),
        me.put(&alice.path("/password"), &password),
        operator.post(&alice.path("/client-passwords"), &json!({"label": "Phone"})),
        operator.post(&home.path("/revocations"), &json!({"filter": {}, "reason": "x"})),
        home.mail_server.delete(&phone.path("")),
        me.post("/v1/sessions", &wrong),
        me.post("/v1/sessions", &no_code),
        me.post("/v1/sessions", &bad_code),
        home.owner.http.get("/v1/me"),
    ]
}

#[test]
fn what_changes_nothing_leaves_no_record() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, &home, "alice");
    home.external_member("guest");
    let (phone, ended) = (alice.issue("Phone"), alice.issue("Tablet"));
    alice.http.delete(&ended.path("")).expect(204);
    let (events, answers) = recorded(&home, || idle(&home, &alice, &phone, &ended));
    assert!(answers.iter().all(|answer| (200..300).contains(&answer.status)), "{answers:?}");
    assert!(events.is_empty(), "{events:?}");
    let (events, answers) = recorded(&home, || refused(&home, &alice, &phone, &ended));
    assert!(answers.iter().all(|answer| (400..500).contains(&answer.status)), "{answers:?}");
    assert!(events.is_empty(), "{events:?}");
    app.faults.writes.store(true, std::sync::atomic::Ordering::SeqCst);
    alice.http.delete(&phone.path("")).expect_problem(503, "unavailable");
    app.faults.set_all(false);
    let (events, verdict) = recorded(&home, || home.mail_server.verdict(&alice.login, &phone.secret));
    assert_eq!((events.len(), verdict.as_str()), (0, "accept"), "{events:?}");
}

#[test]
fn endings_count_what_they_ended() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, &home, "alice");
    let count = |act: &dyn Fn()| one_record(&home, act)["details"]["ended_client_passwords"].clone();
    let two = || {
        let rotated = alice.issue("Phone");
        alice.http.post(&rotated.path("/rotate"), &json!({"overlap_seconds": 0})).expect(201);
        alice.issue("Tablet");
    };
    two();
    assert_eq!(count(&|| drop(alice.http.delete(&alice.path("/client-passwords")).expect(200))), 2);
    two();
    assert_eq!(count(&|| drop(alice.secure_login(false))), 2);
    alice.secure_login(true);
    two();
    let password = json!({"password": "a new password", "current_password": alice.password});
    assert_eq!(count(&|| drop(alice.http.put(&alice.path("/password"), &password).expect(200))), 2);
    two();
    let suspended = json!({"state": "suspended"});
    assert_eq!(count(&|| drop(home.operator.patch(&alice.path(""), &suspended).expect(200))), 2);
    assert_eq!(count(&|| drop(home.operator.delete(&alice.path("")).expect(204))), 0);
}

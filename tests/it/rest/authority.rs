//! Authority that ends while a request is under way: whatever comes first, nothing is done on behalf of who may not any
//! more, and the answer is what a fresh request would get.

use std::time::Duration;

use clientpass::store::engine::Step;
use serde_json::{Value as Json, json};

use crate::support::{Answer, ClientPassword, Http, Installation, Person, TestApp};

mod ended;
mod held;
mod lost;
mod stale;

/// Somebody who makes changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Who {
    /// A member, in a session.
    Alice,
    /// An administrator, in a session.
    Admin,
    /// The owner, in a session.
    Owner,
    /// A service key.
    Directory,
}

/// An organization in which everyone can do something.
struct Scene {
    app: TestApp,
    home: Installation,
    owner: Person,
    admin: Person,
    alice: Person,
    /// Whom administrators act on; with secure login and client passwords.
    bob: Person,
    /// Suspended.
    carol: Person,
    phone: ClientPassword,
    bobs_phone: ClientPassword,
    /// A factor of Alice's that is not confirmed.
    pending: String,
    /// Alice with the seed of that.
    enrolling: Person,
    directory: Http,
    directory_id: String,
    /// A key of the organization.
    key_id: String,
    /// A department that nobody is in.
    department: String,
}

impl Scene {
    fn new() -> Self {
        let (app, home) = TestApp::installed();
        Self::of(app, home)
    }

    fn of(app: TestApp, home: Installation) -> Self {
        let now = app.time.wall();
        let (mut owner, mut admin) = (home.owner.clone(), home.member_with("admin", "admin"));
        owner.sign_in();
        admin.sign_in();
        let (alice, bob) = (home.member("alice").secured(now), home.member("bob").secured(now));
        let carol = home.member("carol");
        home.operator.patch(&carol.path(""), &json!({"state": "suspended"})).expect(200);
        let begun = alice.http.post(&alice.path("/second-factors"), &json!({"type": "totp"})).expect(201);
        let enrolling = Person { seed: Some(begun.text_of("secret")), ..alice.clone() };
        let key = |role: &str| {
            let body = json!({"role": role, "organization_id": home.organization_id, "label": role});
            home.operator.post("/v1/service-keys", &body).expect(201)
        };
        let (directory, other) = (key("directory"), key("auditor"));
        let department =
            home.operator.post(&home.path("/departments"), &json!({"name": "Empty"})).expect(201);
        home.operator.post(&home.path("/domains"), &json!({"name": "unused.example"})).expect(201);
        home.operator.send("POST", &bob.path("/invitations"), None).expect(201);
        Self {
            phone: alice.issue("Phone"),
            bobs_phone: bob.issue("Phone"),
            pending: begun.text_of("id"),
            enrolling,
            directory: home.operator.bearing(&directory.text_of("key")),
            directory_id: directory.text_of("id"),
            key_id: other.text_of("id"),
            department: department.text_of("id"),
            app,
            home,
            owner,
            admin,
            alice,
            bob,
            carol,
        }
    }

    /// New sessions for everyone whose session has ended.
    fn sign_in(&mut self) {
        self.owner.sign_in();
        self.admin.sign_in();
        // A code works once.
        self.app.advance(Duration::from_secs(30));
        self.alice.sign_in_with_code(self.app.time.wall());
    }

    fn http(&self, who: Who) -> &Http {
        match who {
            Who::Alice => &self.alice.http,
            Who::Admin => &self.admin.http,
            Who::Owner => &self.owner.http,
            Who::Directory => &self.directory,
        }
    }
}

/// A change, as a request.
struct Call {
    who: Who,
    method: &'static str,
    path: String,
    body: Option<Json>,
    /// What it reads last before it writes.
    reads: &'static str,
    /// Whether it needs a fresh sign-in.
    fresh: bool,
    /// The member it is done to, if that is somebody else.
    to: Option<String>,
}

impl Call {
    fn of(who: Who, method: &'static str, path: String, body: Json, reads: &'static str) -> Self {
        let body = Some(body).filter(|body| !body.is_null());
        Self { who, method, path, body, reads, fresh: false, to: None }
    }

    fn fresh(self) -> Self {
        Self { fresh: true, ..self }
    }

    fn to(self, person: &Person) -> Self {
        Self { to: Some(person.id.clone()), ..self }
    }

    fn name(&self) -> String {
        format!("{:?}: {} {} {:?}", self.who, self.method, self.path, self.body)
    }
}

const MEMBER: &str = "members/by_id";
const PASSWORD: &str = "client_passwords/by_id";
const ORGANIZATION: &str = "organizations/by_id";
const DEPARTMENT: &str = "departments/by_id";

/// Every change that somebody in a session can make.
fn calls(scene: &Scene) -> Vec<Call> {
    let mut all = of_a_member(scene);
    all.extend(of_an_administrator(scene));
    all.extend(of_a_department(scene));
    all.extend(of_an_organization(scene));
    all
}

fn of_a_member(Scene { alice, phone, pending, .. }: &Scene) -> Vec<Call> {
    let call = |method, path: String, body, reads| Call::of(Who::Alice, method, path, body, reads);
    let factor = alice.path(&format!("/second-factors/{pending}"));
    let change = json!({"password": "another password", "current_password": alice.password});
    vec![
        call("POST", alice.path("/client-passwords"), json!({"label": "New"}), MEMBER).fresh(),
        call("PATCH", phone.path(""), json!({"label": "Renamed"}), PASSWORD),
        call("PATCH", phone.path(""), json!({"protocols": ["imap"]}), PASSWORD),
        call("POST", phone.path("/rotate"), json!({"overlap_seconds": 60}), PASSWORD).fresh(),
        call("DELETE", phone.path(""), Json::Null, PASSWORD),
        call("DELETE", alice.path("/client-passwords"), Json::Null, MEMBER),
        call("POST", alice.path("/second-factors"), json!({"type": "totp"}), MEMBER).fresh(),
        call("POST", format!("{factor}/confirm"), json!({"code": "the one of that moment"}), MEMBER).fresh(),
        call("DELETE", factor, Json::Null, MEMBER).fresh(),
        call("DELETE", alice.path("/second-factors"), Json::Null, MEMBER).fresh(),
        call("POST", alice.path("/recovery-codes"), Json::Null, MEMBER).fresh(),
        call("PUT", alice.path("/secure-login"), json!({"enabled": false}), MEMBER).fresh(),
        call("PUT", alice.path("/password"), change, MEMBER).fresh(),
        call("PATCH", alice.path(""), json!({"display_name": "Alice"}), MEMBER),
        call("POST", "/v1/leaks".into(), json!({"secrets": [phone.secret]}), "leaks/client_password"),
    ]
}

fn of_an_administrator(Scene { bob, carol, bobs_phone, .. }: &Scene) -> Vec<Call> {
    let call = |method, path: String, body, reads| Call::of(Who::Admin, method, path, body, reads);
    vec![
        call("PATCH", bob.path(""), json!({"display_name": "Bob"}), MEMBER).to(bob),
        call("PATCH", bob.path(""), json!({"role": "auditor"}), MEMBER).to(bob).fresh(),
        call("PATCH", bob.path(""), json!({"state": "suspended"}), MEMBER).to(bob),
        call("PATCH", carol.path(""), json!({"state": "active"}), MEMBER).to(carol).fresh(),
        call("DELETE", bobs_phone.path(""), Json::Null, PASSWORD).to(bob),
        call("DELETE", bob.path("/client-passwords"), Json::Null, MEMBER).to(bob),
        call("PUT", bob.path("/secure-login"), json!({"enabled": false}), MEMBER).to(bob).fresh(),
        call("DELETE", bob.path("/second-factors"), Json::Null, MEMBER).to(bob).fresh(),
        call("POST", bob.path("/invitations"), Json::Null, MEMBER).to(bob).fresh(),
        call("DELETE", bob.path("/invitations"), Json::Null, "invitations/open_of_member").to(bob),
        call("DELETE", bob.path(""), Json::Null, MEMBER).to(bob),
    ]
}

fn of_a_department(Scene { home, bob, department, .. }: &Scene) -> Vec<Call> {
    let call = |method, path: String, body, reads| Call::of(Who::Admin, method, path, body, reads);
    let (path, all) = (format!("/v1/departments/{department}"), home.path("/departments"));
    vec![
        call("POST", all.clone(), json!({"name": "New"}), ORGANIZATION),
        call("POST", format!("{all}/{department}/members"), json!({"add": [bob.id]}), MEMBER),
        call("PATCH", path.clone(), json!({"name": "Renamed"}), DEPARTMENT),
        call("DELETE", path, Json::Null, DEPARTMENT),
        call("PATCH", bob.path(""), json!({"department_ids": [department]}), MEMBER).to(bob),
    ]
}

fn of_an_organization(Scene { home, bob, key_id, .. }: &Scene) -> Vec<Call> {
    let call = |who, method, path: String, body, reads| Call::of(who, method, path, body, reads);
    let member = |name: &str, more: Json| {
        let mut body = json!({"login": format!("{name}@example.org"), "display_name": name});
        body.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
        call(Who::Admin, "POST", home.path("/members"), body, ORGANIZATION)
    };
    let key = json!({"role": "mail_server", "label": "new"});
    let end = json!({"filter": {"all": true}, "reason": "a leak"});
    vec![
        member("one", json!({})),
        member("two", json!({"role": "auditor"})).fresh(),
        member("three", json!({"password": "three's password"})).fresh(),
        call(Who::Admin, "PATCH", home.path(""), json!({"name": "Renamed"}), ORGANIZATION),
        call(Who::Admin, "POST", home.path("/revocations"), end, ORGANIZATION),
        call(Who::Admin, "POST", "/v1/service-keys".into(), key, ORGANIZATION).fresh(),
        call(Who::Admin, "DELETE", format!("/v1/service-keys/{key_id}"), Json::Null, "service_keys/by_id"),
        call(Who::Owner, "DELETE", home.path("/domains/unused.example"), Json::Null, ORGANIZATION).fresh(),
        call(Who::Admin, "PUT", home.path("/policy"), json!({"idle_days": 90}), ORGANIZATION).fresh(),
        call(Who::Owner, "POST", home.path("/ownership"), json!({"member_id": bob.id}), MEMBER).fresh(),
        call(Who::Owner, "DELETE", home.path(""), Json::Null, ORGANIZATION).fresh(),
    ]
}

/// Sends a call; `overtaken` is written after it has read what it decides on.
fn send(scene: &Scene, call: &Call, overtaken: Option<Step>) -> Answer {
    let mut http = scene.http(call.who).clone();
    if call.path.ends_with("/policy") {
        http = http.with("If-Match", "*");
    } else if call.method == "PATCH" {
        http = http.with("If-Match", &http.get(&call.path).expect(200).etag());
    }
    *scene.app.faults.overtaking.lock().unwrap() = overtaken.map(|step| (call.reads, vec![step]));
    let mut body = call.body.clone();
    if let Some(code) = body.as_mut().and_then(|body| body.get_mut("code")) {
        *code = scene.enrolling.code(scene.app.time.wall()).into();
    }
    let answer = http.send(call.method, &call.path, body.as_ref());
    assert!(scene.app.faults.overtaking.lock().unwrap().take().is_none(), "{}: it read nothing", call.name());
    answer
}

//! Every call that makes something: sent again it is answered alike; not if the caller may no more, or if what was
//! made has ended.

use serde_json::{Value, json};

use super::{KEY, same, with_key};
use crate::rest::administration::{Neighbours, make_key, secured};
use crate::support::contract::contract;
use crate::support::{ClientPassword, Http, TestApp};

/// Sends a call twice; gives the answer.
#[track_caller]
fn twice(http: &Http, path: &str, body: &Value, status: u16) -> crate::support::Answer {
    with_key(http, "short").post(path, body).expect_field("Idempotency-Key", "too_short");
    let send = || with_key(http, KEY).post(path, body);
    let first = send().expect(status);
    same(&first, &send());
    with_key(http, KEY)
        .send_raw("POST", path, Some(("application/json", format!("{body} ").as_bytes())))
        .expect_problem(422, "idempotency_key_reused");
    first
}

fn setup(app: &TestApp) -> Value {
    json!({
        "token": app.setup_token, "organization": "Example", "domain": "example.org",
        "owner": "owner@example.org", "password": "owner's password",
    })
}

#[test]
fn the_setup_link_gives_its_keys_again_as_long_as_they_live() {
    let app = TestApp::start();
    let body = setup(&app);
    let made = twice(&app.http(), "/v1/setup", &body, 201);
    app.http().post("/v1/setup", &body).expect_problem(409, "already_set_up");
    let operator = app.http().bearing(&made.text_of("operator_key"));
    let keys = operator.get("/v1/service-keys").expect(200);
    let server = keys.items().iter().find(|key| key["role"] == "mail_server").unwrap();
    operator.delete(&format!("/v1/service-keys/{}", server["id"].as_str().unwrap())).expect(204);
    with_key(&app.http(), KEY).post("/v1/setup", &body).expect_problem(409, "not_active");
}

#[test]
fn organizations_and_domains() {
    let (_app, home) = TestApp::installed();
    let operator = &home.operator;
    let body = json!({"name": "Other", "domains": ["example.test"], "owner": "owner@example.test"});
    let made = twice(operator, "/v1/organizations", &body, 201);
    assert_eq!(operator.get("/v1/organizations").expect(200).items().len(), 2);

    let (path, name) = (home.path("/domains"), json!({"name": "mail.example.org"}));
    twice(operator, &path, &name, 201);
    operator.delete(&format!("{path}/mail.example.org")).expect(204);
    with_key(operator, KEY).post(&path, &name).expect_problem(409, "not_active");

    operator.delete(&format!("/v1/organizations/{}", made.text_of("id"))).expect(204);
    with_key(operator, KEY).post("/v1/organizations", &body).expect_problem(409, "not_active");
}

#[test]
fn members() {
    let (app, home) = TestApp::installed();
    let mut admin = home.member_with("admin", "admin");
    admin.sign_in();
    let (path, body) = (
        home.path("/members"),
        json!({"login": "bob@example.org", "display_name": "Bob", "role": "auditor"}),
    );
    let made = twice(&admin.http, &path, &body, 201);
    home.operator.patch(&admin.path(""), &json!({"role": "member"})).expect(200);
    with_key(&admin.http, KEY).post(&path, &body).expect_problem(403, "forbidden");
    home.operator.patch(&admin.path(""), &json!({"role": "admin"})).expect(200);
    same(&made, &with_key(&admin.http, KEY).post(&path, &body));
    home.operator.delete(&format!("/v1/members/{}", made.text_of("id"))).expect(204);
    with_key(&admin.http, KEY).post(&path, &body).expect_problem(409, "not_active");
    drop(app);
}

#[test]
fn second_factors_and_recovery_codes() {
    let (app, home) = TestApp::installed();
    let mut alice = home.member("alice");
    alice.sign_in();
    let (path, body) = (alice.path("/second-factors"), json!({"type": "totp"}));
    let begun = twice(&alice.http, &path, &body, 201);
    alice.seed = Some(begun.text_of("secret"));
    let code = json!({"code": alice.code(app.time.wall())});
    let one = format!("{path}/{}", begun.text_of("id"));
    let confirmed = twice(&alice.http, &format!("{one}/confirm"), &code, 200);
    assert_eq!(confirmed.body["recovery_codes"].as_array().unwrap().len(), 10);
    let left = alice.http.get(&path).expect(200);
    assert_eq!((left.items().len(), &left.body["recovery_codes_left"]), (1, &json!(10)));

    let second = json!({"type": "totp", "label": "tablet"});
    let tablet = with_key(&alice.http, "another-key-of-a-test").post(&path, &second).expect(201);
    alice.http.delete(&format!("{path}/{}", tablet.text_of("id"))).expect(204);
    let again = with_key(&alice.http, "another-key-of-a-test").post(&path, &second);
    again.expect_problem(409, "not_active");
}

#[test]
fn client_passwords_and_their_successors() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, &home, "alice");
    let made = twice(&alice.http, &alice.path("/client-passwords"), &json!({"label": "Phone"}), 201);
    let old = ClientPassword::of(&made);
    let new = twice(&alice.http, &old.path("/rotate"), &json!({"overlap_seconds": 60}), 201);
    // Superseded, it still opens mail.
    let issue =
        || with_key(&alice.http, KEY).post(&alice.path("/client-passwords"), &json!({"label": "Phone"}));
    same(&made, &issue());
    alice.http.delete(&old.path("")).expect(204);
    issue().expect_problem(409, "not_active");
    let rotate = || with_key(&alice.http, KEY).post(&old.path("/rotate"), &json!({"overlap_seconds": 60}));
    same(&new, &rotate());
    alice.http.delete(&ClientPassword::of(&new).path("")).expect(204);
    rotate().expect_problem(409, "not_active");

    // A body that may be left out.
    let tablet = alice.issue("Tablet");
    let rotate = || with_key(&alice.http, KEY).send("POST", &tablet.path("/rotate"), None);
    same(&rotate().expect(201), &rotate());
    with_key(&alice.http, KEY)
        .post(&tablet.path("/rotate"), &json!({}))
        .expect_problem(422, "idempotency_key_reused");
}

#[test]
fn revocations_and_their_previews() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, &home, "alice");
    alice.issue("Phone");
    let path = home.path("/revocations");
    let body = |dry_run: bool| json!({"filter": {"label": "Phone"}, "reason": "lost", "dry_run": dry_run});
    twice(&home.operator, &path, &body(true), 200);
    let other = with_key(&home.operator, "another-key-of-a-test");
    let done = other.post(&path, &body(false)).expect(201);
    alice.issue("Phone");
    same(&done, &other.post(&path, &body(false)));
    assert_eq!(home.operator.get(&path).expect(200).items().len(), 2);
    let left = home.operator.get(&home.path("/client-passwords?state=active")).expect(200);
    assert_eq!(left.items().len(), 1);
}

#[test]
fn service_keys() {
    let (_app, home) = TestApp::installed();
    let mut admin = home.member_with("admin", "admin");
    admin.sign_in();
    let body = json!({"role": "mail_server", "label": "mail"});
    let made = twice(&admin.http, "/v1/service-keys", &body, 201);
    let again = || with_key(&admin.http, KEY).post("/v1/service-keys", &body);
    home.operator.patch(&admin.path(""), &json!({"role": "auditor"})).expect(200);
    again().expect_problem(403, "forbidden");
    home.operator.patch(&admin.path(""), &json!({"role": "admin"})).expect(200);
    same(&made, &again());
    home.operator.delete(&format!("/v1/service-keys/{}", made.text_of("id"))).expect(204);
    again().expect_problem(409, "not_active");

    let everywhere = json!({"role": "operator", "label": "second operator"});
    twice(&home.operator, "/v1/service-keys", &everywhere, 201);
    // A neighbour with the same key is somebody else.
    let neighbours = Neighbours::of(&home);
    let theirs = make_key(&with_key(&neighbours.owner.http, KEY), "auditor", None).expect(201);
    assert_ne!(theirs.text_of("key"), made.text_of("key"));
}

/// What is done once however often it is sent, or makes nothing that could be made twice.
const NO_KEY: [&str; 10] = [
    "signIn",
    "verify",
    "acknowledgeNotice",
    "redeemInvitation",
    "changeDepartmentMembers",
    "handOverOwnership",
    "reportLeaks",
    "acceptOwnership",
    "stopRevocation",
    "whatIfPolicy",
];

/// What the document says takes a key is what is tested here.
#[test]
fn the_calls_that_take_a_key_are_those_that_make_something() {
    let takes = |one: &crate::support::contract::Operation<'_>| {
        contract().parameters(one).iter().any(|(_, node)| node["name"] == "Idempotency-Key")
    };
    for operation in contract().operations() {
        let makes =
            operation.method == "POST" && !NO_KEY.contains(&operation.node["operationId"].as_str().unwrap());
        assert_eq!(takes(&operation), makes, "{}", operation.pointer);
    }
}

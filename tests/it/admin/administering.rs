//! Departments, roles, ownership and policy at the command line, by whoever owns the data directory.

use clientpass::service::admin::{AdminCommand, AdminReply};
use clientpass::service::administration::{Outcome, Task};
use clientpass::store::engine::writes::Writes;
use clientpass::store::engine::{Reach, Statement, Step};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::TestApp;
use crate::support::actors::{Http, Installation, Person};

/// Has a task done in the only organization; gives what is in the outcome of this kind.
fn done(app: &TestApp, outcome: &str, task: &Value) -> Value {
    within(app, &Value::Null, task).unwrap_or_else(|why| panic!("{task}: {why}"))[outcome].take()
}

fn refused(app: &TestApp, task: &Value) -> String {
    within(app, &Value::Null, task).unwrap_err()
}

fn within(app: &TestApp, organization: &Value, task: &Value) -> Result<Value, String> {
    let order = json!({"order": "administer", "organization": organization, "task": task});
    app.order(&order).map(|mut done| done["administered"].take())
}

fn make(app: &TestApp, name: &str, below: Option<&str>) -> Value {
    done(app, "department", &json!({"task": "create_department", "name": name, "below": below}))
}

fn paths(app: &TestApp) -> Vec<String> {
    let all = done(app, "departments", &json!({"task": "departments"}));
    all.as_array().unwrap().iter().map(|one| one["path"].as_str().unwrap().to_owned()).collect()
}

fn moved(department: &str, add: &[&str], remove: &[&str]) -> Value {
    json!({"task": "change_department_members", "department": department, "add": add, "remove": remove})
}

fn role(login: &str, role: &str, departments: &[&str]) -> Value {
    json!({"task": "change_role", "login": login, "role": role, "departments": departments})
}

fn put(policy: &Value, version: Option<i64>) -> Value {
    json!({"task": "put_policy", "policy": policy, "version": version})
}

/// The records of an action, each by the command line.
#[track_caller]
fn recorded(home: &Installation, action: &str) -> Vec<Value> {
    let path = home.path(&format!("/audit-events?action={action}"));
    let found = home.operator.get(&path).expect(200).items().clone();
    for event in &found {
        assert_eq!(event["actor"], json!({"kind": "terminal", "id": null}), "{event}");
    }
    found
}

fn logins(http: &Http, home: &Installation, department: &Value) -> Vec<String> {
    let id = department["id"].as_str().unwrap();
    let found = http.get(&home.path(&format!("/members?department_id={id}"))).expect(200);
    let mut logins: Vec<_> =
        found.items().iter().map(|one| one["login"].as_str().unwrap().to_owned()).collect();
    logins.sort();
    logins
}

#[test]
fn the_tree_is_made_changed_and_recorded() {
    let (app, home) = TestApp::installed();
    assert_eq!(paths(&app), Vec::<String>::new());
    let sales = make(&app, "Sales", None);
    assert_eq!((&sales["path"], &sales["parent_id"]), (&json!("Sales"), &Value::Null));
    let north = make(&app, "North", Some("Sales"));
    assert_eq!(north["parent_id"], sales["id"]);
    make(&app, "Press", None);
    assert_eq!(paths(&app), ["Press", "Sales", "Sales/North"]);

    let rename = json!({"task": "rename_department", "department": "Sales/North", "name": "East"});
    assert_eq!(done(&app, "department", &rename)["path"], "Sales/East");
    // By its id as well.
    let below_press = json!({"task": "move_department", "department": north["id"], "below": "Press"});
    assert_eq!(done(&app, "department", &below_press)["path"], "Press/East");
    let to_top = json!({"task": "move_department", "department": "Press/East", "below": null});
    assert_eq!(done(&app, "department", &to_top)["parent_id"], Value::Null);
    let delete = json!({"task": "delete_department", "department": "East"});
    assert_eq!(done(&app, "department_deleted", &delete)["id"], north["id"]);
    assert_eq!(paths(&app), ["Press", "Sales"]);

    assert_eq!(recorded(&home, "department.created").len(), 3);
    assert_eq!(recorded(&home, "department.updated").len(), 3);
    let deleted = recorded(&home, "department.deleted");
    assert_eq!(deleted.len(), 1);
    assert!(deleted[0]["request_id"].is_string(), "{}", deleted[0]);
}

#[test]
fn what_cannot_be_done_to_a_department_says_what_to_do() {
    let (app, home) = TestApp::installed();
    make(&app, "Sales", None);
    make(&app, "North", Some("Sales"));
    let [one, two] = [make(&app, "Twins", None), make(&app, "Twins", None)];
    let alice = home.member("alice");
    done(&app, "members_changed", &moved("Sales/North", &[&alice.login], &[]));

    let rename = |department: &str, name: &str| json!({"task": "rename_department", "department": department, "name": name});
    let delete = |department: &str| json!({"task": "delete_department", "department": department});
    let below = |department: &str, below: &str| json!({"task": "move_department", "department": department, "below": below});
    for (task, says) in [
        (rename("North", "x"), "clientpass admin departments list"),
        (rename("Sales", ""), "NAME"),
        (rename("Twins", "x"), one["id"].as_str().unwrap()),
        (rename("Twins", "x"), two["id"].as_str().unwrap()),
        (below("Sales", "Sales/North"), "--below"),
        (below("Sales", "Nowhere"), "no department \"Nowhere\""),
        (delete("Sales/North"), "clientpass admin departments remove"),
        (delete("Sales"), "departments are below it"),
        (json!({"task": "create_department", "name": "x", "below": "Nowhere"}), "Nowhere"),
    ] {
        let why = refused(&app, &task);
        assert!(why.contains(says), "{task}: {why}");
    }
    assert_eq!(paths(&app), ["Sales", "Sales/North", "Twins", "Twins"]);
    assert!(recorded(&home, "department.updated").is_empty());

    // What cannot be recorded does not happen.
    *app.faults.statement.lock().unwrap() = Some("audit/record");
    refused(&app, &delete(one["id"].as_str().unwrap()));
    *app.faults.statement.lock().unwrap() = None;
    assert_eq!(paths(&app).len(), 4);
}

/// Or what was typed would hit another than was meant.
#[test]
fn a_department_that_changes_meanwhile_is_left_as_it_is() {
    const RENAME: &Statement = &Statement {
        name: "rename",
        sql: "UPDATE departments SET name = 'East', version = version + 1 WHERE id = $1",
        postgres: None,
        reach: Reach::Point,
        writes: Writes::Nothing,
    };
    let (app, _home) = TestApp::installed();
    let north = make(&app, "North", None);
    let id: Uuid = north["id"].as_str().unwrap().parse().unwrap();
    let rename = Step { statement: RENAME, args: vec![id.into()], unless_one: None };
    *app.faults.overtaking.lock().unwrap() = Some(("departments/list", vec![rename]));
    let task = json!({"task": "rename_department", "department": "North", "name": "West"});
    let why = refused(&app, &task);
    assert!(why.contains("has changed it since"), "{why}");
    assert_eq!(paths(&app), ["East"]);
}

#[test]
fn a_command_administers_by_itself_where_nobody_serves() {
    let (mut app, home) = TestApp::installed();
    // Of two processes in one moment either may make the larger id.
    app.advance(std::time::Duration::from_secs(1));
    let task = Task::CreateDepartment { name: "Sales".into(), below: None };
    let order = AdminCommand::Administer { organization: None, task };
    let made = app.order_at_rest(&order).unwrap();
    let AdminReply::Administered(Outcome::Department(made)) = made else { panic!("{made:?}") };
    assert_eq!(paths(&app), ["Sales"]);
    let operator = app.http().bearing(home.operator.token());
    let events = operator.get(&home.path("/audit-events?action=department.created")).expect(200);
    assert_eq!(events.items()[0]["targets"][0]["id"], made.id);
    assert_eq!(events.items()[0]["actor"]["kind"], "terminal");
}

#[test]
fn members_come_in_and_go_out_by_login_all_or_none() {
    let (app, home) = TestApp::installed();
    let sales = make(&app, "Sales", None);
    let [ann, ben] = ["ann", "ben"].map(|name| home.member(name));
    let upper = ann.login.to_uppercase();
    // Whoever is named twice is one.
    let changed = done(&app, "members_changed", &moved("Sales", &[&ann.login, &upper, &ben.login], &[]));
    assert_eq!((&changed["added"], &changed["removed"]), (&json!(2), &json!(0)));
    assert_eq!(logins(&home.operator, &home, &sales), [ann.login.as_str(), ben.login.as_str()]);

    let why = refused(&app, &moved("Sales", &[], &[&ann.login, "nobody@example.org", "not a login"]));
    assert!(why.contains("nobody@example.org, not a login") && why.contains("nothing was changed"), "{why}");
    let changed = done(&app, "members_changed", &moved("Sales", &[], &[&ann.login]));
    assert_eq!((&changed["added"], &changed["removed"]), (&json!(0), &json!(1)));
    assert_eq!(logins(&home.operator, &home, &sales), [ben.login.as_str()]);
    assert_eq!(recorded(&home, "department.members_changed").len(), 2);

    let why = refused(&app, &moved("Sales", &[&ann.login], &[&ann.login]));
    assert!(why.contains("LOGIN"), "{why}");
    // Nor does anybody come in who is gone, or of another organization.
    home.operator.delete(&ann.path("")).expect(204);
    let other = json!({"name": "Other", "domains": ["other.test"], "owner": "boss@other.test"});
    let other = home.operator.post("/v1/organizations", &other).expect(201).text_of("id");
    for login in [ann.login.as_str(), "boss@other.test"] {
        let why = within(&app, &json!(home.organization_id), &moved("Sales", &[login], &[])).unwrap_err();
        assert!(why.contains(login), "{why}");
    }
    home.operator.delete(&format!("/v1/organizations/{other}")).expect(204);
}

/// So many are named in one order, of the longest logins.
#[test]
fn an_order_has_room_for_ten_thousand_logins_and_says_when_there_are_more() {
    let (app, home) = TestApp::installed();
    make(&app, "Sales", None);
    let long: Vec<String> = (0..10_000).map(|n| format!("{n:0>308}@example.org")).collect();
    let why = refused(&app, &moved("Sales", &long.iter().map(String::as_str).collect::<Vec<_>>(), &[]));
    assert!(why.contains("and 9980 others"), "{}", &why[..200]);

    let task = Task::ChangeDepartmentMembers {
        department: "Sales".into(),
        add: vec!["x".repeat(1 << 20); 5],
        remove: vec![],
    };
    let why = app.execute(&AdminCommand::Administer { organization: None, task }).unwrap_err();
    assert!(why.contains("do it in parts"), "{why}");
    assert!(recorded(&home, "department.members_changed").is_empty());
}

#[test]
fn a_member_gets_a_role_and_what_goes_with_it() {
    let (app, home) = TestApp::installed();
    make(&app, "Sales", None);
    make(&app, "Press", None);
    let alice = home.member("alice");
    let now = |person: &Person| home.operator.get(&person.path("")).expect(200).body;

    let given = done(&app, "role", &role(&alice.login, "department_admin", &["Sales", "Press"]));
    assert_eq!(given["role"], "department_admin");
    let mut administers: Vec<_> = given["administers"].as_array().unwrap().clone();
    administers.sort_by_key(Value::to_string);
    assert_eq!(administers, ["Press", "Sales"]);
    assert_eq!(now(&alice)["admin_department_ids"].as_array().unwrap().len(), 2);
    // Without a department they stay, with one there are no others.
    let given = done(&app, "role", &role(&alice.login, "department_admin", &[]));
    assert_eq!(given["administers"].as_array().unwrap().len(), 2);
    let given = done(&app, "role", &role(&alice.login, "department_admin", &["Press"]));
    assert_eq!(given["administers"], json!(["Press"]));
    let given = done(&app, "role", &role(&alice.login, "auditor", &[]));
    assert_eq!((&given["role"], &given["administers"]), (&json!("auditor"), &json!([])));
    assert_eq!(now(&alice)["role"], "auditor");
    assert_eq!(recorded(&home, "member.updated").len(), 3);

    let owner = &home.owner.login;
    for (task, says) in [
        (role(&alice.login, "department_admin", &[]), "--department"),
        (role(&alice.login, "admin", &["Sales"]), "--department"),
        (role(&alice.login, "department_admin", &["Nowhere"]), "Nowhere"),
        (role(&alice.login, "boss", &[]), "department_admin"),
        (role(&alice.login, "owner", &[]), "clientpass admin ownership hand-over"),
        (role(owner, "member", &[]), "clientpass admin ownership hand-over"),
        (role("nobody@example.org", "admin", &[]), "nobody@example.org"),
    ] {
        let why = refused(&app, &task);
        assert!(why.contains(says), "{task}: {why}");
    }
    assert_eq!(now(&alice)["role"], "auditor");
}

#[test]
fn an_organization_is_handed_over_at_once() {
    let (app, home) = TestApp::installed();
    let alice = home.member("alice");
    let show = json!({"task": "ownership"});
    assert_eq!(done(&app, "ownership", &show)["owner"], home.owner.login);
    let mut owner = home.owner.clone();
    owner.sign_in();
    owner.http.post(&home.path("/ownership"), &json!({"member_id": alice.id})).expect(200);
    let offered = done(&app, "ownership", &show);
    assert_eq!(offered["offered_to"], alice.login);
    assert!(offered["offered_until"].is_string());

    let hand_over = json!({"task": "hand_over", "login": alice.login});
    let after = done(&app, "ownership", &hand_over);
    assert_eq!((&after["owner"], &after["offered_to"]), (&json!(alice.login), &Value::Null));
    assert_eq!(home.operator.get(&home.owner.path("")).expect(200).body["role"], "admin");
    assert_eq!(recorded(&home, "ownership.handed_over").len(), 1);

    let why = refused(&app, &hand_over);
    assert!(why.contains("is the owner already"), "{why}");
    let ben = home.member("ben");
    home.operator.patch(&ben.path(""), &json!({"state": "suspended"})).expect(200);
    let why = refused(&app, &json!({"task": "hand_over", "login": ben.login}));
    assert!(why.contains("active member"), "{why}");
}

#[test]
fn a_policy_is_shown_as_it_is_put_and_not_put_over_another() {
    let (app, home) = TestApp::installed();
    let shown = done(&app, "policy", &json!({"task": "policy"}));
    assert_eq!(shown["version"], 0);
    let first = done(&app, "policy", &put(&shown["policy"], Some(0)));
    assert_eq!((&first["version"], &first["policy"]), (&json!(1), &shown["policy"]));

    let policy = json!({"protocols": {"default": {"pop3": false}}, "idle_days": 90});
    let second = done(&app, "policy", &put(&policy, Some(1)));
    assert_eq!((&second["version"], &second["policy"]["idle_days"]), (&json!(2), &json!(90)));
    assert_eq!(home.operator.get(&home.path("/policy")).expect(200).body, second["policy"]);

    let why = refused(&app, &put(&json!({}), Some(1)));
    assert!(why.contains("clientpass admin policy show"), "{why}");
    let nowhere = json!({"availability": {"departments": [home.owner.id]}});
    let why = refused(&app, &put(&nowhere, Some(2)));
    assert!(why.contains("availability") && why.contains("no department"), "{why}");
    let why = refused(&app, &put(&json!({"idle_days": 0}), Some(2)));
    assert!(why.contains("idle_days"), "{why}");
    // Whatever there is gives way to one that is put in any case.
    assert_eq!(done(&app, "policy", &put(&json!({}), None))["version"], 3);
    assert_eq!(recorded(&home, "policy.put").len(), 3);
}

#[test]
fn a_policy_is_explained_by_ways_from_the_top() {
    let (app, home) = TestApp::installed();
    let sales = make(&app, "Sales", None);
    make(&app, "North", Some("Sales"));
    let alice = home.member("alice");
    done(&app, "members_changed", &moved("Sales/North", &[&alice.login], &[]));
    let id = sales["id"].as_str().unwrap();
    done(&app, "policy", &put(&json!({"protocols": {"departments": {id: {"imap": false}}}}), None));

    let explain = json!({"task": "explain_policy", "login": alice.login});
    let explained = done(&app, "explained", &explain);
    assert_eq!(explained["departments"][id], "Sales");
    assert_eq!(explained["departments"].as_object().unwrap().len(), 2);
    // The same as over REST.
    let over_rest = home.operator.get(&home.path(&format!("/policy?explain={}", alice.id))).expect(200).body;
    assert_eq!(
        (&explained["settings"], &explained["member_id"]),
        (&over_rest["settings"], &over_rest["member_id"])
    );
}

#[test]
fn an_organization_is_named_where_there_are_several() {
    let app = TestApp::start();
    let why = refused(&app, &json!({"task": "departments"}));
    assert!(why.contains("clientpass setup-link"), "{why}");

    let (app, home) = TestApp::installed();
    let make_other = |name: &str, domain: &str| {
        let body = json!({"name": name, "domains": [domain]});
        home.operator.post("/v1/organizations", &body).expect(201).text_of("id")
    };
    let other = make_other("Other", "other.test");
    let sales = json!({"task": "create_department", "name": "Sales", "below": null});
    let why = refused(&app, &sales);
    assert!(
        why.contains("--organization") && why.contains(&other) && why.contains(&home.organization_id),
        "{why}"
    );
    within(&app, &json!("Other"), &sales).unwrap();
    assert_eq!(
        within(&app, &json!(home.organization_id), &json!({"task": "departments"})).unwrap(),
        json!({"departments": []})
    );
    let listed = within(&app, &json!(other), &json!({"task": "departments"})).unwrap();
    assert_eq!(listed["departments"][0]["path"], "Sales");

    for unknown in ["Nobody", "019bbf00-0000-7000-8000-000000000001"] {
        let why = within(&app, &json!(unknown), &sales).unwrap_err();
        assert!(why.contains(unknown) && why.contains("Other"), "{why}");
    }
    let twin = make_other("Other", "twin.test");
    let why = within(&app, &json!("Other"), &sales).unwrap_err();
    assert!(why.contains(&other) && why.contains(&twin) && !why.contains(&home.organization_id), "{why}");

    // One that is dissolved can be looked at by its id, and not be changed; by its name it is not meant.
    home.operator.delete(&format!("/v1/organizations/{twin}")).expect(204);
    within(&app, &json!("Other"), &json!({"task": "departments"})).unwrap();
    let why = within(&app, &json!(twin), &sales).unwrap_err();
    assert!(why.contains("dissolved"), "{why}");
}

#[test]
fn where_mail_was_opened_and_what_a_policy_would_have_refused_is_said() {
    let (app, home) = TestApp::installed();
    let alice = home.member("alice").secured(app.time.wall());
    let phone = alice.issue("Phone");
    assert_eq!(home.mail_server.verdict(&alice.login, &phone.secret), "accept");

    let log_ins = done(&app, "log_ins", &json!({"task": "log_ins", "login": alice.login}));
    assert_eq!((&log_ins["history_days"], &log_ins["login"]), (&json!(30), &json!(alice.login)));
    let row = &log_ins["log_ins"][0];
    assert_eq!(
        (&row["label"], &row["from"], &row["count"]),
        (&json!("Phone"), &json!("192.0.2.7"), &json!(1))
    );

    let policy = json!({"protocols": {"default": {"imap": false}}});
    let answer = done(&app, "what_if", &json!({"task": "what_if_policy", "policy": policy}));
    // The same as over REST.
    let over_rest = home.operator.post(&home.path("/policy/what-if"), &policy).expect(200).body;
    assert_eq!(answer, over_rest);
    assert_eq!(answer["refused"], json!({"members": 1, "log_ins": 1}));
    assert!(recorded(&home, "policy.put").is_empty());
}

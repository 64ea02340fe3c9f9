//! Departments: the tree, who is in it, and how far department administrators reach.

use serde_json::{Value, json};

use super::administration::{Neighbours, all_pages, each, one_record, program, secured, signed_in};
use crate::support::actors::Installation;
use crate::support::{Answer, Http, Person, TestApp};

/// Makes a department below another, or at the top.
#[track_caller]
pub fn department(home: &Installation, name: &str, parent: Option<&str>) -> String {
    let body = json!({"name": name, "parent_id": parent});
    home.operator.post(&home.path("/departments"), &body).expect(201).text_of("id")
}

fn path(id: &str) -> String {
    format!("/v1/departments/{id}")
}

/// Adds members and removes others.
fn change(http: &Http, home: &Installation, id: &str, add: &[&Person], remove: &[&Person]) -> Answer {
    let ids = |people: &[&Person]| people.iter().map(|person| person.id.clone()).collect::<Vec<_>>();
    let body = json!({"add": ids(add), "remove": ids(remove)});
    http.post(&home.path(&format!("/departments/{id}/members")), &body)
}

/// A department administrator of these, who signed in.
#[track_caller]
pub fn head_of(home: &Installation, name: &str, departments: &[&str]) -> Person {
    let mut person = home.member_with(name, "department_admin");
    home.operator.patch(&person.path(""), &json!({"admin_department_ids": departments})).expect(200);
    person.sign_in();
    person
}

fn names(http: &Http, path: &str) -> Vec<String> {
    let mut names = each(&all_pages(http, path, 2), "display_name");
    names.sort_unstable();
    names
}

/// Research with physics and optics below, and sales; somebody in each.
struct Company {
    home: Installation,
    research: String,
    optics: String,
    sales: String,
    ann: Person,
    ben: Person,
    cid: Person,
}

impl Company {
    fn of(home: Installation) -> Self {
        let research = department(&home, "Research", None);
        let physics = department(&home, "Physics", Some(&research));
        let optics = department(&home, "Optics", Some(&physics));
        let sales = department(&home, "Sales", None);
        let [ann, ben, cid] = ["ann", "ben", "cid"].map(|name| home.member(name));
        for (id, person) in [(&research, &ann), (&optics, &ben), (&sales, &cid)] {
            change(&home.operator, &home, id, &[person], &[]).expect(200);
        }
        Self { home, research, optics, sales, ann, ben, cid }
    }
}

#[test]
fn a_tree_is_made_listed_renamed_and_moved() {
    let (_app, home) = TestApp::installed();
    let made = home.operator.post(&home.path("/departments"), &json!({"name": " Research "})).expect(201);
    let research = made.text_of("id");
    let shown = json!({
        "id": research,
        "organization_id": home.organization_id,
        "parent_id": null,
        "name": "Research",
        "created_at": "2026-11-22T08:00:00Z",
    });
    assert_eq!(made.body, shown);
    assert_eq!(home.operator.get(&path(&research)).expect(200).body, shown);

    let optics = department(&home, "Optics", None);
    let listed = all_pages(&home.operator, &home.path("/departments"), 1);
    assert_eq!(each(&listed, "name"), ["Optics", "Research"]);

    let renamed = home.operator.patch(&path(&optics), &json!({"name": "Light"})).expect(200);
    assert_eq!((renamed.body["name"].as_str(), &renamed.body["parent_id"]), (Some("Light"), &Value::Null));
    let moved = home.operator.patch(&path(&optics), &json!({"parent_id": research})).expect(200);
    assert_eq!(moved.body["parent_id"].as_str(), Some(research.as_str()));
    let etag = moved.etag();
    let same = home.operator.patch(&path(&optics), &json!({"parent_id": research})).expect(200);
    assert_eq!(same.etag(), etag, "what is so already is no change");
    let up = json!({"parent_id": null});
    let stale = home.operator.with("If-Match", &renamed.etag()).send("PATCH", &path(&optics), Some(&up));
    stale.expect_problem(412, "version_mismatch");
    home.operator.send("PATCH", &path(&optics), Some(&up)).expect_problem(428, "version_required");
    let risen = home.operator.patch(&path(&optics), &up).expect(200);
    assert_eq!(risen.body["parent_id"], Value::Null);
}

#[test]
fn nothing_is_put_below_itself_or_too_far_down() {
    let (_app, home) = TestApp::installed();
    let mut chain = vec![department(&home, "1", None)];
    for level in 2..=16 {
        chain.push(department(&home, &level.to_string(), chain.last().map(String::as_str)));
    }
    let deeper = json!({"name": "17", "parent_id": chain[15]});
    home.operator.post(&home.path("/departments"), &deeper).expect_problem(409, "limit_reached");

    for below in [&chain[0], &chain[1], &chain[15]] {
        let moved = home.operator.patch(&path(&chain[0]), &json!({"parent_id": below}));
        moved.expect_problem(409, "no_room_below");
    }
    // A tree of two below one of fifteen is too deep, a leaf is not.
    let pair = department(&home, "pair", None);
    let leaf = department(&home, "leaf", Some(&pair));
    let below = json!({"parent_id": chain[14]});
    home.operator.patch(&path(&pair), &below).expect_problem(409, "no_room_below");
    home.operator.patch(&path(&leaf), &below).expect(200);
}

#[test]
fn a_department_is_below_one_of_its_own_organization() {
    let (_app, home) = TestApp::installed();
    let neighbours = Neighbours::of(&home);
    let theirs = home.operator.post(&neighbours.path("/departments"), &json!({"name": "Theirs"})).expect(201);
    let (theirs, ours) = (theirs.text_of("id"), department(&home, "Ours", None));
    for parent in [theirs.as_str(), "019bbf00-0000-7000-8000-000000000001"] {
        let body = json!({"name": "New", "parent_id": parent});
        home.operator.post(&home.path("/departments"), &body).expect_field("parent_id", "not_found");
        let moved = home.operator.patch(&path(&ours), &json!({"parent_id": parent}));
        moved.expect_field("parent_id", "not_found");
    }

    neighbours.owner.http.get(&path(&ours)).expect_problem(404, "not_found");
    neighbours.owner.http.delete(&path(&ours)).expect_problem(404, "not_found");
    let alice = neighbours.member(&home, "alice");
    change(&home.operator, &home, &ours, &[&alice], &[]).expect_field("add[0]", "not_found");
    let body = json!({"add": [home.owner.id]});
    let elsewhere = home.path(&format!("/departments/{theirs}/members"));
    home.operator.post(&elsewhere, &body).expect_problem(404, "not_found");
}

#[test]
fn a_department_is_deleted_once_nothing_hangs_on_it() {
    let (_app, home) = TestApp::installed();
    let (top, ann) = (department(&home, "Top", None), home.member("ann"));
    let below = department(&home, "Below", Some(&top));
    home.operator.delete(&path(&top)).expect_problem(409, "department_in_use");
    home.operator.delete(&path(&below)).expect(204);
    home.operator.get(&path(&below)).expect_problem(404, "not_found");

    change(&home.operator, &home, &top, &[&ann], &[]).expect(200);
    home.operator.delete(&path(&top)).expect_problem(409, "department_in_use");
    change(&home.operator, &home, &top, &[], &[&ann]).expect(200);
    let administers = json!({"role": "department_admin", "admin_department_ids": [top]});
    home.operator.patch(&ann.path(""), &administers).expect(200);
    home.operator.delete(&path(&top)).expect_problem(409, "department_in_use");

    // Whoever leaves is in none and administers none.
    home.operator.delete(&ann.path("")).expect(204);
    home.operator.delete(&path(&top)).expect(204);
}

#[test]
fn members_are_added_and_removed_in_one_call_all_or_none() {
    let (_app, home) = TestApp::installed();
    let (id, ann, ben) = (department(&home, "Research", None), home.member("ann"), home.member("ben"));
    let before = home.operator.get(&ann.path("")).expect(200).etag();
    let record = one_record(&home, || change(&home.operator, &home, &id, &[&ann, &ben], &[]).expect(200));
    assert_eq!(record["action"], "department.members_changed");
    assert_eq!(record["details"], json!({"add": [ann.id, ben.id], "remove": []}));

    let shown = home.operator.get(&ann.path("")).expect(200);
    assert_eq!(shown.body["department_ids"], json!([id]));
    assert_ne!(shown.etag(), before);
    let counted = change(&home.operator, &home, &id, &[&ann], &[&ben]).expect(200);
    assert_eq!(counted.body, json!({"added": 0, "removed": 1}));

    let left = home.member("left");
    home.operator.delete(&left.path("")).expect(204);
    change(&home.operator, &home, &id, &[&ben, &left], &[]).expect_field("add[1]", "not_found");
    change(&home.operator, &home, &id, &[&ben], &[&ben]).expect_field("remove[0]", "not_allowed");
    let nobody = change(&home.operator, &home, &id, &[], &[]).expect(200);
    assert_eq!(nobody.body, json!({"added": 0, "removed": 0}));
    assert_eq!(names(&home.operator, &home.path(&format!("/members?department_id={id}"))), ["ann"]);

    let too_many: Vec<String> = (0..10_001).map(|n| format!("019bbf00-0000-7000-8000-{n:012}")).collect();
    let members = home.path(&format!("/departments/{id}/members"));
    home.operator.post(&members, &json!({"add": too_many})).expect_field("add", "too_long");
    home.operator.post(&members, &json!({"add": too_many[1..]})).expect_field("add[0]", "not_found");
}

#[test]
fn members_are_found_by_department_with_those_below() {
    let (_app, home) = TestApp::installed();
    let company = Company::of(home);
    let found = |id: &str| {
        let home = &company.home;
        names(&home.operator, &home.path(&format!("/members?department_id={id}")))
    };
    assert_eq!(found(&company.research), ["ann", "ben"]);
    assert_eq!(found(&company.optics), ["ben"]);
    assert_eq!(found(&company.sales), ["cid"]);
    let both = format!("/members?department_id={}&login=ben@example.org", company.research);
    assert_eq!(names(&company.home.operator, &company.home.path(&both)), ["ben"]);

    // Whoever moves the department moves those in it.
    let up = json!({"parent_id": company.sales});
    company.home.operator.patch(&path(&company.optics), &up).expect(200);
    assert_eq!(found(&company.research), ["ann"]);
    assert_eq!(found(&company.sales), ["ben", "cid"]);
}

#[test]
fn the_departments_of_a_member_are_set_with_the_member() {
    let (_app, home) = TestApp::installed();
    let [one, two] = ["One", "Two"].map(|name| department(&home, name, None));
    let new = |login: &str, more: Value| {
        let mut body = json!({"login": format!("{login}@example.org"), "display_name": login});
        body.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap());
        home.operator.post(&home.path("/members"), &body)
    };

    let head = new("head", json!({"role": "department_admin", "department_ids": [one]})).expect(201);
    assert_eq!(head.body["admin_department_ids"], json!([one]), "what the head is in, unless told otherwise");
    let other = json!({"role": "department_admin", "department_ids": [one], "admin_department_ids": []});
    let other = new("other", other).expect(201);
    assert_eq!(
        (&other.body["department_ids"], &other.body["admin_department_ids"]),
        (&json!([one]), &json!([]))
    );
    new("plain", json!({"admin_department_ids": [one]})).expect_field("admin_department_ids", "not_allowed");
    new("twice", json!({"department_ids": [one, one]})).expect_field("department_ids[1]", "duplicate");
    let many: Vec<&str> = std::iter::repeat_n(one.as_str(), 101).collect();
    new("many", json!({"department_ids": many})).expect_field("department_ids", "too_long");

    let member = format!("/v1/members/{}", head.text_of("id"));
    let moved = home.operator.patch(&member, &json!({"department_ids": [two]})).expect(200);
    let of = |answer: &Answer| {
        (answer.body["department_ids"].clone(), answer.body["admin_department_ids"].clone())
    };
    assert_eq!(of(&moved), (json!([two]), json!([one])), "what somebody administers changes by itself only");
    let record = one_record(&home, || home.operator.patch(&member, &json!({"admin_department_ids": [two]})));
    assert_eq!(record["details"]["admin_department_ids"], json!([two]));
    let demoted = home.operator.patch(&member, &json!({"role": "member"})).expect(200);
    assert_eq!(of(&demoted), (json!([two]), json!([])), "only department administrators administer any");
}

#[test]
fn who_may_change_departments() {
    let (_app, home) = TestApp::installed();
    let bound = Some(home.organization_id.as_str());
    let (id, mut owner) = (department(&home, "Research", None), home.owner.clone());
    owner.sign_in();
    let person = |name, role| signed_in(&home, name, role).http;
    let callers = [
        ("owner", owner.http, 200, true),
        ("admin", person("admin", "admin"), 200, true),
        ("head of nothing", person("head", "department_admin"), 200, false),
        ("auditor", person("auditor", "auditor"), 200, false),
        ("member", person("joe", "member"), 403, false),
        ("operator", program(&home, "operator", bound), 200, true),
        ("directory", program(&home, "directory", bound), 200, true),
        ("auditor key", program(&home, "auditor", bound), 200, false),
        ("mail server", home.mail_server.clone(), 403, false),
    ];
    for (who, http, lists, changes) in callers {
        assert_eq!(http.get(&home.path("/departments")).status, lists, "{who}");
        let hidden = if lists == 403 || who == "head of nothing" { 404 } else { 200 };
        assert_eq!(http.get(&path(&id)).status, hidden, "{who}");
        let made = http.post(&home.path("/departments"), &json!({"name": who}));
        assert_eq!(made.status, if changes { 201 } else { 403 }, "{who}: {}", made.text);
        let named = http.with("If-Match", "*").send("PATCH", &path(&id), Some(&json!({"name": who})));
        let refused = if hidden == 404 { 404 } else { 403 };
        assert_eq!(named.status, if changes { 200 } else { refused }, "{who}: {}", named.text);
        assert!(changes || http.delete(&path(&id)).status == refused, "{who}");

        // Nobody puts somebody of an equal or higher role elsewhere.
        let moved = change(&http, &home, &id, &[&home.owner], &[]);
        let above = ["owner", "operator"].contains(&who);
        assert_eq!(moved.status, if above { 200 } else { refused }, "{who}: {}", moved.text);
    }
}

#[test]
fn a_department_administrator_sees_and_acts_on_those_within_reach_only() {
    let (app, home) = TestApp::installed();
    let Company { home, research, optics, sales, ann, ben, cid } = Company::of(home);
    let head = head_of(&home, "head", &[&research]);
    let http = &head.http;
    assert_eq!(names(http, &home.path("/members")), ["ann", "ben"]);
    assert_eq!(names(http, &home.path(&format!("/members?department_id={optics}"))), ["ben"]);
    assert_eq!(http.get(&home.path(&format!("/members?department_id={sales}"))).expect(200).items().len(), 0);
    let listed = each(&all_pages(http, &home.path("/departments"), 50), "name");
    assert_eq!(listed, ["Optics", "Physics", "Research"]);
    http.get(&path(&optics)).expect(200);
    http.get(&path(&sales)).expect_problem(404, "not_found");

    for person in [&ann, &ben] {
        http.get(&person.path("")).expect(200);
        http.get(&person.path("/client-passwords")).expect(200);
        http.patch(&person.path(""), &json!({"display_name": "Renamed"})).expect(200);
        http.patch(&person.path(""), &json!({"state": "suspended"})).expect(200);
        http.patch(&person.path(""), &json!({"state": "active"})).expect(200);
        http.delete(&person.path("/client-passwords")).expect(200);
        let anyone = http.with("If-Match", "*");
        let promoted = anyone.send("PATCH", &person.path(""), Some(&json!({"role": "department_admin"})));
        promoted.expect_problem(403, "forbidden");
    }
    http.get(&cid.path("")).expect_problem(404, "not_found");
    http.delete(&cid.path("/client-passwords")).expect_problem(404, "not_found");
    http.get(&home.path("/client-passwords")).expect_problem(403, "forbidden");
    http.get(&home.path("/audit-events")).expect_problem(403, "forbidden");

    // Another of the same rank is seen within reach, and not acted on.
    let peer = secured(&app, &home, "peer");
    let raised = json!({"role": "department_admin", "department_ids": [optics]});
    home.operator.patch(&peer.path(""), &raised).expect(200);
    http.get(&peer.path("")).expect(200);
    http.delete(&peer.path("/client-passwords")).expect_problem(403, "forbidden");
    http.get(&home.owner.path("")).expect_problem(404, "not_found");
}

#[test]
fn a_department_administrator_makes_and_moves_members_within_reach_only() {
    let (_app, home) = TestApp::installed();
    let Company { home, research, optics, sales, ann, cid, .. } = Company::of(home);
    let head = head_of(&home, "head", &[&research]);
    let http = &head.http;
    let new = |login: &str, departments: &[&String]| {
        let login = format!("{login}@example.org");
        let body = json!({"login": login, "display_name": login, "department_ids": departments});
        http.post(&home.path("/members"), &body)
    };
    new("within", &[&optics]).expect(201);
    new("outside", &[&sales]).expect_problem(403, "forbidden");
    new("both", &[&optics, &sales]).expect_problem(403, "forbidden");
    new("nowhere", &[]).expect_field("department_ids", "missing");

    change(http, &home, &optics, &[&ann], &[]).expect(200);
    change(http, &home, &optics, &[&cid], &[]).expect_field("add[0]", "not_found");
    change(http, &home, &sales, &[&ann], &[]).expect_problem(404, "not_found");
    change(http, &home, &optics, &[&head], &[]).expect_problem(403, "forbidden");
    let set = |ids: &[&String]| http.patch(&ann.path(""), &json!({"department_ids": ids}));
    set(&[&optics, &sales]).expect_problem(403, "forbidden");
    set(&[&optics]).expect(200);
    let administers = http.patch(&ann.path(""), &json!({"admin_department_ids": []})).expect(200);
    assert_eq!(administers.body["admin_department_ids"], json!([]));
    let own = http.with("If-Match", "*").send(
        "PATCH",
        &head.path(""),
        Some(&json!({"admin_department_ids": [sales]})),
    );
    own.expect_problem(403, "forbidden");

    // Somebody whom others have put into another department as well stays there.
    change(&home.operator, &home, &sales, &[&ann], &[]).expect(200);
    set(&[&research]).expect_problem(403, "forbidden");
    set(&[&research, &sales]).expect(200);
    change(http, &home, &research, &[], &[&ann]).expect(200);
    http.get(&ann.path("")).expect_problem(404, "not_found");
}

/// What is done rests on the reach that there is when it is written.
#[test]
fn reach_that_ends_under_way_is_no_reach() {
    let (app, home) = TestApp::installed();
    let Company { home, research, optics, sales, ann, ben, .. } = Company::of(home);
    let head = head_of(&home, "head", &[&research]);
    let (operator, members) = (home.operator.clone(), home.path(&format!("/departments/{research}/members")));
    let remove = json!({"remove": [ann.id]});
    let removed = move || drop(operator.post(&members, &remove).expect(200));
    *app.faults.meanwhile.lock().unwrap() = Some(("departments/reaches", Box::new(removed)));
    head.http.patch(&ann.path(""), &json!({"display_name": "Mine"})).expect_problem(404, "not_found");

    // The tree changes.
    let (operator, optics_path) = (home.operator.clone(), path(&optics));
    let up = json!({"parent_id": sales});
    let moved = move || drop(operator.patch(&optics_path, &up).expect(200));
    *app.faults.meanwhile.lock().unwrap() = Some(("departments/reaches", Box::new(moved)));
    head.http.patch(&ben.path(""), &json!({"state": "suspended"})).expect_problem(404, "not_found");

    // What the head administers changes.
    change(&home.operator, &home, &research, &[&ann], &[]).expect(200);
    let (operator, me) = (home.operator.clone(), head.path(""));
    let demoted = move || drop(operator.patch(&me, &json!({"admin_department_ids": []})).expect(200));
    *app.faults.meanwhile.lock().unwrap() = Some(("departments/reaches", Box::new(demoted)));
    change(&head.http, &home, &research, &[], &[&ann]).expect_problem(404, "not_found");
    assert_eq!(home.operator.get(&ann.path("")).body["display_name"], "ann");
    assert_eq!(home.operator.get(&ann.path("")).body["department_ids"], json!([research]));
}

#[test]
fn a_dissolved_organization_has_nobody_in_a_department_and_makes_none() {
    let (_app, home) = TestApp::installed();
    let company = Company::of(home);
    let home = &company.home;
    home.operator.delete(&home.path("")).expect(204);
    assert_eq!(home.operator.get(&company.ann.path("")).expect(200).body["department_ids"], json!([]));
    let made = home.operator.post(&home.path("/departments"), &json!({"name": "New"}));
    made.expect_problem(409, "not_active");
    home.operator.delete(&path(&company.sales)).expect_problem(409, "not_active");
}

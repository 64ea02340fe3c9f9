//! Departments on the pages: the tree, who is in what, and administrators who reach some of it only.

use serde_json::{Value, json};

use super::Browser;
use crate::rest::departments::{department, head_of};
use crate::support::actors::Installation;
use crate::support::{Person, TestApp};

const TREE: &str = "/admin/departments";
const NEW: &str = "/admin/departments/new";
const NEW_MEMBER: &str = "/admin/members/new";
const MARKUP: &str = "<img src=x onerror=alert(1)>\"'&";

fn one(id: &str) -> String {
    format!("{TREE}/{id}")
}

fn parent(home: &Installation, id: &str) -> Value {
    home.operator.get(&format!("/v1/departments/{id}")).expect(200).body["parent_id"].clone()
}

fn departments_of(home: &Installation, person: &Person, field: &str) -> Vec<String> {
    let body = home.operator.get(&person.path("")).expect(200).body;
    let ids = body[field].as_array().unwrap().iter();
    ids.map(|id| id.as_str().unwrap().to_owned()).collect()
}

fn put(home: &Installation, person: &Person, departments: &[&str]) {
    home.operator.patch(&person.path(""), &json!({"department_ids": departments})).expect(200);
}

#[test]
fn a_tree_is_made_changed_and_deleted() {
    let (app, home) = TestApp::installed();
    let browser = Browser::of(&app, &home.owner);
    browser.get(TREE).expect(200).saying("There is no department yet.");
    assert!(!browser.get("/admin/members").has("name=\"department_id\""));

    browser.act(NEW, &[("name", " "), ("parent_id", "")]).expect(400).saying("Please type a name.");
    browser.act(NEW, &[("name", MARKUP), ("parent_id", "")]).expect(200).saying("The department is made.");
    let ids = |home: &Installation| home.operator.get(&home.path("/departments")).expect(200).items().clone();
    let top = ids(&home)[0]["id"].as_str().unwrap().to_owned();

    // A double click makes one.
    let form = browser.get(&format!("{NEW}?below={top}")).expect(200);
    assert!(form.has(&format!("value=\"{top}\" selected")), "{}", form.text);
    let typed = [("name", "Optics"), ("parent_id", top.as_str())];
    browser.submit(&form, NEW, &typed).expect(200);
    let tree = browser.submit(&form, NEW, &typed).expect(200).saying(MARKUP);
    assert_eq!(ids(&home).len(), 2);
    let optics = ids(&home)[0]["id"].as_str().unwrap().to_owned();
    assert_eq!(parent(&home, &optics), json!(top));
    assert!(!tree.has("<img src=x"), "{}", tree.text);
    let below = tree.text.find("Optics").unwrap() > tree.text.find("&#60;img").unwrap();
    assert!(below && tree.text.matches("<ul>").count() >= 1, "{}", tree.text);

    // It is not put below itself: the page does not offer it, and says so to whoever tries.
    let form = browser.get(&one(&top)).expect(200);
    assert!(!form.has(&format!("value=\"{optics}\"")), "{}", form.text);
    let typed = [("name", "Research"), ("parent_id", optics.as_str())];
    let refused = browser.submit(&form, &one(&top), &typed).expect(400);
    assert!(refused.saying("A department cannot be put below itself").has("value=\"Research\""));
    let typed = [("name", "Research"), ("parent_id", "")];
    browser.submit(&form, &one(&top), &typed).expect(200).saying("The department is changed.");
    // What has changed since is not changed by an older page.
    browser.submit(&form, &one(&top), &typed).expect(412).saying("It has changed in the meantime");

    let delete = format!("{}/delete", one(&top));
    browser.act(&delete, &[]).expect(409).saying("This department is in use").saying("Move them first");
    browser.act(&one(&optics), &[("name", "Optics"), ("parent_id", "")]).expect(200);
    assert_eq!(parent(&home, &optics), Value::Null);
    browser.act(&delete, &[]).expect(200).saying("The department is deleted.");
    browser.get(&one(&top)).expect(404);
    assert_eq!(ids(&home).len(), 1);
}

#[test]
fn members_are_found_by_department_and_put_into_others() {
    let (app, home) = TestApp::installed();
    let research = department(&home, "Research", None);
    let optics = department(&home, MARKUP, Some(&research));
    let sales = department(&home, "Sales", None);
    let (ann, ben) = (home.member("ann"), home.member("ben"));
    put(&home, &ann, &[&optics]);
    put(&home, &ben, &[&sales]);
    let browser = Browser::of(&app, &home.owner);

    let listed = browser.get(&format!("/admin/members?department_id={research}")).expect(200);
    assert!(listed.has("ann@example.org") && !listed.has("ben@example.org"), "{}", listed.text);
    assert!(listed.has(&format!("value=\"{research}\" selected")) && !listed.has("<img src=x"));
    browser.get("/admin/members?department_id=x").expect(400);

    let page = format!("/admin/members/{}", ann.id);
    let shown = browser.get(&page).expect(200).saying(MARKUP);
    assert!(!shown.has("<img src=x") && !shown.has("Administers"), "{}", shown.text);

    let form = format!("{page}/departments");
    let both = [("department_ids", optics.as_str()), ("department_ids", &sales)];
    let asked = browser.get(&form).expect(200);
    assert!(asked.has(&format!("value=\"{optics}\" checked")) && !asked.has("admin_department_ids"));
    browser.submit(&asked, &form, &both).expect(200).saying("The departments are changed.").saying("Sales");
    assert_eq!(departments_of(&home, &ann, "department_ids").len(), 2);
    // Who is no administrator of departments gets none to administer.
    let unasked = [("administers", "1"), ("admin_department_ids", sales.as_str())];
    browser.act(&form, &unasked).expect(200);
    assert!(departments_of(&home, &ann, "admin_department_ids").is_empty());
    assert!(departments_of(&home, &ann, "department_ids").is_empty());
}

#[test]
fn whoever_becomes_an_administrator_of_departments_is_told_which() {
    let (app, home) = TestApp::installed();
    let research = department(&home, "Research", None);
    let ann = home.member("ann");
    let browser = Browser::of(&app, &home.owner);
    let page = format!("/admin/members/{}", ann.id);

    let asked = browser.act(&format!("{page}/role"), &[("role", "department_admin")]).expect(200);
    assert!(asked.path.starts_with(&format!("{page}/departments")), "{}", asked.path);
    let form = format!("{page}/departments");
    let given = [("admin_department_ids", research.as_str())];
    let shown = browser.submit(&asked, &form, &given).expect(200).saying("Administers");
    assert!(shown.has("Research"), "{}", shown.text);
    assert_eq!(departments_of(&home, &ann, "admin_department_ids"), [research]);
    assert!(departments_of(&home, &ann, "department_ids").is_empty());

    // It needs a fresh sign-in, in place.
    app.advance(std::time::Duration::from_secs(301));
    let asked = browser.act(&form, &[]).expect(401).saying("Is it still you?");
    let proof = [("proof_password", home.owner.password.as_str())];
    browser.submit(&asked, &form, &proof).expect(200).saying("The departments are changed.");
    assert!(departments_of(&home, &ann, "admin_department_ids").is_empty());

    let made = [("login", "eve@example.org"), ("display_name", "Eve"), ("role", "department_admin")];
    let research = department(&home, "Another", None);
    let made: Vec<_> = made.into_iter().chain([("department_ids", research.as_str())]).collect();
    browser.act(NEW_MEMBER, &made).expect(200);
    let found = home.operator.get(&home.path("/members?login=eve@example.org")).expect(200);
    assert_eq!(found.items()[0]["admin_department_ids"], json!([research]));
}

#[test]
fn a_department_administrator_sees_what_is_within_reach_only() {
    let (app, home) = TestApp::installed();
    let research = department(&home, "Research", None);
    let optics = department(&home, "Optics", Some(&research));
    let sales = department(&home, "Sales", None);
    let (ann, ben) = (home.member("ann"), home.member("ben"));
    put(&home, &ann, &[&optics, &sales]);
    put(&home, &ben, &[&sales]);
    let head = head_of(&home, "head", &[&research]);
    let browser = Browser::of(&app, &head);

    assert!(browser.get("/overview").expect(200).has("/admin/members"));
    let members = browser.get("/admin/members").expect(200);
    assert!(members.has("ann@example.org") && !members.has("ben@example.org"), "{}", members.text);
    assert!(!members.has("Sales"), "{}", members.text);
    for (part, seen) in [
        ("members", true),
        ("departments", true),
        ("revocations", false),
        ("audit", false),
        ("keys", false),
        ("organization", false),
    ] {
        assert_eq!(members.has(&format!("<a href=\"/admin/{part}\"")), seen, "{part}");
        if !seen {
            browser.get(&format!("/admin/{part}")).expect(403).saying("You may not do this");
        }
    }

    let tree = browser.get(TREE).expect(200).saying("that you administer");
    assert!(tree.has("Optics") && !tree.has("Sales") && !tree.has(&one(&optics)), "{}", tree.text);
    browser.get(NEW).expect(403);
    browser.get(&one(&optics)).expect(403);
    browser.post(&format!("{}/delete", one(&optics)), &[]).expect(403);
    browser.get(&one(&sales)).expect(404);
    let out = browser.get(&format!("/admin/members?department_id={sales}")).expect(200);
    assert!(!out.has("ben@example.org"), "{}", out.text);

    let pages =
        ["", "/rename", "/departments", "/invite", "/suspend", "/end-all", "/remove-factors", "/leave"];
    for page in pages {
        browser.get(&format!("/admin/members/{}{page}", ann.id)).expect(200);
        browser.get(&format!("/admin/members/{}{page}", ben.id)).expect(404);
    }
    for page in ["/suspend", "/leave", "/departments", "/invite", "/rename"] {
        browser.post(&format!("/admin/members/{}{page}", ben.id), &[]).expect(404);
    }
    assert_eq!(home.operator.get(&ben.path("")).body["state"], "active");
    browser.get(&format!("/admin/members/{}/role", ann.id)).expect(403);
}

#[test]
fn a_department_administrator_acts_within_reach_only() {
    let (app, home) = TestApp::installed();
    let research = department(&home, "Research", None);
    let optics = department(&home, "Optics", Some(&research));
    let sales = department(&home, "Sales", None);
    let ann = home.member("ann");
    put(&home, &ann, &[&optics, &sales]);
    let head = head_of(&home, "head", &[&research]);
    let browser = Browser::of(&app, &head);

    // What is beyond reach is counted, not named, and stays.
    let page = format!("/admin/members/{}", ann.id);
    let shown = browser.get(&page).expect(200).saying("one that you do not administer");
    assert!(!shown.has("Sales"), "{}", shown.text);
    let form = format!("{page}/departments");
    browser.act(&form, &[("department_ids", &research)]).expect(200);
    let mut now = [research.clone(), sales.clone()];
    now.sort_unstable();
    assert_eq!(departments_of(&home, &ann, "department_ids"), now);
    browser.act(&form, &[("department_ids", &sales)]).expect(400).saying("This is here twice");
    browser.act(&format!("{page}/suspend"), &[]).expect(200).saying("The member is suspended.");

    let asked = browser.get(NEW_MEMBER).expect(200);
    assert!(!asked.has("value=\"auditor\"") && asked.has("Optics") && !asked.has("Sales"), "{}", asked.text);
    let typed = [("login", "new@example.org"), ("display_name", "New"), ("role", "member")];
    browser.submit(&asked, NEW_MEMBER, &typed).expect(400).saying("Choose at least one department.");
    let with = |id| [&typed[..], &[("department_ids", id)]].concat();
    browser.act(NEW_MEMBER, &with(&sales)).expect(403);
    browser.act(NEW_MEMBER, &with(&optics)).expect(200).saying("The member is there.");
    let found = home.operator.get(&home.path("/members?login=new@example.org")).expect(200);
    assert_eq!(found.items()[0]["department_ids"], json!([optics]));
}

#[test]
fn more_departments_than_a_page_takes_are_said_to_be_there() {
    let (app, home) = TestApp::installed();
    let oldest = department(&home, "The oldest", None);
    let ann = home.member("ann");
    put(&home, &ann, &[&oldest]);
    for n in 0..2_000 {
        department(&home, &format!("Number {n}"), None);
    }
    let browser = Browser::of(&app, &home.owner);
    let tree = browser.get(TREE).expect(200).saying("these are the 2000 newest");
    assert!(!tree.has("The oldest") && tree.has("Number 0<"), "it has others");

    // What is chosen is there all the same, so that no form loses it.
    let form = format!("/admin/members/{}/departments", ann.id);
    assert!(browser.get(&form).expect(200).has(&format!("value=\"{oldest}\" checked")));
    let listed = browser.get(&format!("/admin/members?department_id={oldest}")).expect(200);
    assert!(listed.has("ann@example.org") && listed.has("The oldest"));
}

#[test]
fn many_members_are_added_and_removed_at_once() {
    let (app, home) = TestApp::installed();
    let research = department(&home, MARKUP, None);
    let sales = department(&home, "Sales", None);
    let people: Vec<Person> = (0..70).map(|n| home.member(&format!("number{n}"))).collect();
    let logins: Vec<&str> = people.iter().map(|person| person.login.as_str()).collect();
    let browser = Browser::of(&app, &home.owner);
    let path = format!("{TREE}/{research}/members");
    let count = || {
        home.operator.get(&home.path(&format!("/members?limit=200&department_id={research}"))).items().len()
    };
    assert!(browser.get(&one(&research)).expect(200).has(&path));
    assert!(browser.get(&format!("/admin/members?department_id={research}")).expect(200).has(&path));

    let typed = format!("{}\nnobody@example.org", logins.join("\n"));
    let refused = browser.act(&path, &[("logins", &typed), ("do", "add")]).expect(400);
    let refused =
        refused.saying("No member has the address nobody@example.org.").saying("number69@example.org");
    assert!(!refused.has("<img src=x") && count() == 0, "{}", refused.text);
    browser.act(&path, &[("logins", " ")]).expect(400).saying("Write at least one mail address.");
    // It is known before anybody is looked up, and it is no longer than a form may be.
    let typed = "a@example.org ".repeat(10_001);
    browser.act(&path, &[("logins", &typed)]).expect(400).saying("more than 10,000");

    let typed = format!("{}, {}", logins.join(" "), logins[0].to_uppercase());
    let done = browser.act(&path, &[("logins", &typed), ("do", "add")]).expect(200);
    let done = done.saying("The members of the department are changed.").saying(MARKUP);
    assert_eq!(count(), 70);
    assert!(done.has("data-label=\"Departments\"") && !done.has("<img src=x"), "{}", done.text);
    browser.act(&path, &[("logins", logins[0]), ("do", "remove")]).expect(200);
    assert_eq!(count(), 69);

    let log = browser.get("/admin/audit").expect(200).saying(MARKUP).saying("70 members added");
    assert!(
        log.saying("One member removed").has(&format!("href=\"/admin/members?department_id={research}\""))
    );
    put(&home, &people[0], &[&sales]);
    browser.get("/admin/audit").expect(200).saying("Departments: Sales");
    let page = browser.get(&format!("/admin/members/{}", people[0].id)).expect(200);
    assert!(!page.saying("Departments: Sales").has(&format!("Departments: {sales}")));

    let head = Browser::of(&app, &head_of(&home, "head", &[&research]));
    assert!(head.get(&format!("/admin/members?department_id={research}")).expect(200).has(&path));
    head.act(&path, &[("logins", logins[1]), ("do", "remove")]).expect(200);
    assert_eq!(count(), 68);
    head.act(&path, &[("logins", logins[1]), ("do", "add")]).expect(400).saying("No member has the address");
    head.get(&format!("{TREE}/{sales}/members")).expect(404);
    Browser::of(&app, &home.member_with("aud", "auditor")).get(&path).expect(403);

    // What a department was called is known after its end.
    browser.act(&format!("{TREE}/{}/delete", department(&home, "The gone one", None)), &[]).expect(200);
    browser.get("/admin/audit").expect(200).saying("The gone one");
}

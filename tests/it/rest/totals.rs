//! Totals: what is counted is what the lists have, for the organization and each department, and says as of when.

use std::time::Duration;

use serde_json::{Value, json};

use super::administration::{all_pages, secured, signed_in};
use super::departments::department;
use crate::support::actors::Installation;
use crate::support::time::until;
use crate::support::{Http, TestApp};

fn totals(http: &Http, home: &Installation) -> Value {
    http.get(&home.path("/totals")).expect(200).body
}

/// Members and client passwords, counted from the lists; those in departments only, if any are named.
fn counted(home: &Installation, departments: Option<&[&str]>) -> Value {
    let is_in = |member: &&Value| {
        let of_member = member["department_ids"].as_array().unwrap();
        departments.is_none_or(|ids| of_member.iter().any(|id| ids.contains(&id.as_str().unwrap())))
    };
    let members = all_pages(&home.operator, &home.path("/members"), 200);
    let members: Vec<&Value> = members.iter().filter(is_in).collect();
    let passwords = all_pages(&home.operator, &home.path("/client-passwords"), 200);
    let theirs = |one: &&Value| members.iter().any(|member| member["id"] == one["member_id"]);
    let passwords: Vec<&Value> = passwords.iter().filter(theirs).collect();

    let members = |fits: &dyn Fn(&Value) -> bool| members.iter().filter(|one| fits(one)).count();
    let passwords = |fits: &dyn Fn(&Value) -> bool| passwords.iter().filter(|one| fits(one)).count();
    let live = |one: &Value| one["state"] == "active" || one["state"] == "superseded";
    let active = |one: &Value| one["state"] == "active";
    json!({
        "members": {
            "active": members(&active),
            "suspended": members(&|one| one["state"] == "suspended"),
            "left": members(&|one| one["state"] == "left"),
        },
        "secure_login": {
            "on": members(&|one| active(one) && one["secure_login"]["enabled"] == true),
            "off": members(&|one| active(one) && one["secure_login"]["enabled"] == false),
        },
        "client_passwords": {
            "live": passwords(&live),
            "never_used": passwords(&|one| live(one) && one["last_used"].is_null()),
            "ended": passwords(&|one| !live(one)),
        },
    })
}

/// Sales with North below it, Press; Alice in both Sales and North, Bob in North, Carol in Press, Dora has left.
fn inhabited() -> (TestApp, Installation, [String; 3]) {
    let (app, home) = TestApp::installed();
    let sales = department(&home, "Sales", None);
    let north = department(&home, "North", Some(&sales));
    let press = department(&home, "Press", None);
    let [alice, bob, carol, dora] = ["alice", "bob", "carol", "dora"].map(|name| secured(&app, &home, name));
    let put = |id: &str, ids: &[&str]| {
        home.operator.patch(&format!("/v1/members/{id}"), &json!({"department_ids": ids})).expect(200);
    };
    put(&alice.id, &[&sales, &north]);
    put(&bob.id, &[&north]);
    put(&carol.id, &[&press]);

    let [phone, old, _] = ["Phone", "Old", "Spare"].map(|label| alice.issue(label));
    alice.http.delete(&old.path("")).expect(204);
    alice.http.post(&phone.path("/rotate"), &json!({})).expect(201);
    assert_eq!(home.mail_server.verdict(&alice.login, &phone.secret), "accept");
    let _ = ["Phone", "Tablet"].map(|label| bob.issue(label));
    carol.issue_with(&json!({"label": "Short", "expires_at": "2026-11-22T09:00:00Z"}));
    dora.issue("Phone");
    home.operator.delete(&dora.path("")).expect(204);
    home.operator.patch(&bob.path(""), &json!({"state": "suspended"})).expect(200);
    home.external_member("erin");
    app.advance(Duration::from_secs(7_200));
    // What was used is written down with what lists read.
    drop(home.operator.get(&home.path("/client-passwords")).expect(200));
    (app, home, [sales, north, press])
}

#[test]
fn totals_are_what_the_lists_have() {
    let (app, home, [sales, north, press]) = inhabited();
    let found = totals(&home.operator, &home);
    assert_eq!(found["as_of"], app.time.wall().to_string());
    assert_eq!(found["organization"], counted(&home, None));
    let of = |id: &str| {
        let mut all = found["departments"].as_array().unwrap().iter();
        let mut one = all.find(|one| one["department_id"] == id).unwrap().clone();
        one.as_object_mut().unwrap().remove("department_id");
        one
    };
    assert_eq!(of(&sales), counted(&home, Some(&[&sales, &north])));
    assert_eq!(of(&north), counted(&home, Some(&[&north])));
    assert_eq!(of(&press), counted(&home, Some(&[&press])));
    assert_eq!(of(&sales)["members"], json!({"active": 1, "suspended": 1, "left": 0}));
    assert_eq!(of(&press)["client_passwords"], json!({"live": 0, "never_used": 0, "ended": 1}));
}

#[test]
fn a_department_administrator_sees_the_departments_within_reach() {
    let (_app, home, [sales, north, _press]) = inhabited();
    let head = signed_in(&home, "head", "department_admin");
    home.operator.patch(&head.path(""), &json!({"admin_department_ids": [sales]})).expect(200);
    let (seen, all) = (totals(&head.http, &home), totals(&home.operator, &home));
    assert!(seen["organization"].is_null());
    let mine =
        |one: &&Value| one["department_id"] == sales.as_str() || one["department_id"] == north.as_str();
    let expected: Vec<&Value> = all["departments"].as_array().unwrap().iter().filter(mine).collect();
    assert_eq!(seen["departments"].as_array().unwrap().iter().collect::<Vec<_>>(), expected);
    assert_eq!(expected.len(), 2);
    home.operator.delete(&format!("/v1/departments/{sales}")).expect(409);
}

/// What a job has counted is shown until it counts again, and a department that is no more is not.
#[test]
fn a_large_organization_is_counted_by_the_job() {
    let (app, home) = TestApp::installed();
    let empty = department(&home, "Sales", None);
    for number in 0..600 {
        let body = json!({"login": format!("m{number}@example.org"), "display_name": "M"});
        let body = if number == 7 {
            json!({"login": "m7@example.org", "display_name": "M", "department_ids": [empty]})
        } else {
            body
        };
        home.operator.post(&home.path("/members"), &body).expect(201);
    }
    // Asked for, they are counted by the job; it is to be at rest again before anything changes.
    until("the first count", || !totals(&home.operator, &home)["as_of"].is_null());

    let count = || {
        let services = app.services();
        actix_web::rt::System::new().block_on(async {
            let lease = services.leases.current().await.unwrap().expect("another node holds the lease");
            services.totals.count(lease).await.unwrap();
        });
    };
    count();
    let counted_at = app.time.wall().to_string();
    let found = totals(&home.operator, &home);
    assert_eq!(
        (&found["as_of"], &found["organization"]["members"]["active"]),
        (&json!(counted_at), &json!(601))
    );
    assert_eq!(found["departments"][0]["members"]["active"], 1);

    app.advance(Duration::from_secs(1));
    home.external_member("late");
    assert_eq!(totals(&home.operator, &home), found, "until it is counted again");
    let m7 =
        home.operator.get(&home.path("/members?login=m7@example.org")).expect(200).items()[0]["id"].clone();
    let path = format!("/v1/members/{}", m7.as_str().unwrap());
    home.operator.patch(&path, &json!({"department_ids": []})).expect(200);
    home.operator.delete(&format!("/v1/departments/{empty}")).expect(204);
    assert_eq!(totals(&home.operator, &home)["departments"], json!([]));

    count();
    let found = totals(&home.operator, &home);
    let (as_of, active) = (&found["as_of"], &found["organization"]["members"]["active"]);
    assert_eq!((as_of, active), (&json!(app.time.wall().to_string()), &json!(602)));
}

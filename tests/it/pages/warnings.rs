//! What ends soon, as its member and as administrators see it.

use std::time::Duration;

use serde_json::json;

use super::Browser;
use crate::support::TestApp;

const DAY: Duration = Duration::from_secs(86_400);

#[test]
fn what_ends_soon_is_shown_to_its_member_with_what_to_do() {
    let (app, home) = TestApp::installed();
    let put = json!({"idle_days": 60});
    home.operator.with("If-Match", "*").send("PUT", &home.path("/policy"), Some(&put)).expect(200);
    let mut alice = home.member("alice").secured(app.time.wall());
    let at = app.time.wall().plus(DAY * 60).to_string();
    alice.issue_with(&json!({"label": "Guest", "expires_at": at}));
    alice.issue("Printer");
    app.advance(DAY * 30);
    alice.sign_in_with_code(app.time.wall());
    alice.issue("Phone");
    for one in alice.http.get(&alice.path("/client-passwords")).expect(200).items() {
        let ends = app.time.wall().plus(if one["label"] == "Phone" { DAY * 60 } else { DAY * 30 });
        let because = if one["label"] == "Guest" { "expired" } else { "idle" };
        assert_eq!((&one["ends_at"], &one["ends_because"]), (&json!(ends.to_string()), &json!(because)));
    }

    app.advance(DAY * 17);
    app.look();
    alice.sign_in_with_code(app.time.wall());
    let browser = Browser::at(&app);
    browser.hold("session", Some(alice.http.token()));
    let overview = browser.get("/overview").expect(200);
    let overview = overview.saying("“Guest” ends by itself soon").saying("give it a later date");
    let overview = overview.saying("“Printer” ends soon because nobody uses it").saying("fetch mail");
    assert!(!overview.has("Phone"), "{}", overview.text);
    browser.get("/passwords").expect(200).saying("ends soon").saying("Ends if nobody uses it");

    let mut owner = home.owner.clone();
    owner.sign_in();
    let office = Browser::of(&app, &owner);
    office.get("/admin/members").expect(200).saying("Which client passwords end soon");
    let listed = office.get("/admin/warnings").expect(200).saying("Guest").saying("its date comes");
    assert!(listed.saying("Printer").saying("nobody uses it").has("/admin/members/"));
}

#[test]
fn only_whoever_reads_client_passwords_sees_what_ends_soon() {
    let (app, home) = TestApp::installed();
    let department = home.operator.post(&home.path("/departments"), &json!({"name": "Sales"})).expect(201);
    let mut head = home.member("head");
    let role = json!({"role": "department_admin", "admin_department_ids": [department.text_of("id")]});
    home.operator.patch(&head.path(""), &role).expect(200);
    head.sign_in();
    let browser = Browser::of(&app, &head);
    assert!(!browser.get("/admin/members").expect(200).has("/admin/warnings"));
    browser.get("/admin/warnings").expect(403);
    let mut auditor = home.member_with("auditor", "auditor");
    auditor.sign_in();
    Browser::of(&app, &auditor).get("/admin/warnings").expect(200).saying("None ends within the next days");
}

//! The policy on the pages: read, typed, looked at before it is saved, and never lost.

use std::time::Duration;

use clientpass::config::Limits;
use serde_json::{Value, json};

use super::{Browser, Page};
use crate::rest::administration::secured;
use crate::rest::departments::{department, head_of};
use crate::support::actors::Installation;
use crate::support::{Options, Person, TestApp};

const PAGE: &str = "/admin/policy";
const MARKUP: &str = "<img src=x onerror=alert(1)>\"'&";

fn policy(home: &Installation) -> Value {
    home.operator.get(&home.path("/policy")).expect(200).body
}

fn put(home: &Installation, policy: &Value) {
    home.operator.with("If-Match", "*").send("PUT", &home.path("/policy"), Some(policy)).expect(200);
}

fn join(home: &Installation, person: &Person, departments: &[&str]) {
    home.operator.patch(&person.path(""), &json!({"department_ids": departments})).expect(200);
}

/// The fields of a form as a browser would send them, but for these, which were typed.
fn filled(page: &Page, typed: &[(&str, &str)]) -> Vec<(String, String)> {
    let mut fields = page.fields(PAGE);
    for (name, _) in typed {
        fields.retain(|(field, _)| field != name);
    }
    fields.extend(typed.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    fields.retain(|(_, value)| !value.is_empty());
    fields
}

#[track_caller]
fn send(browser: &Browser, page: &Page, typed: &[(&str, &str)]) -> Page {
    let fields = filled(page, typed);
    let fields: Vec<(&str, &str)> =
        fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    browser.post(PAGE, &fields)
}

/// What was looked at is saved.
#[track_caller]
fn save(browser: &Browser, preview: &Page) -> Page {
    browser.submit(preview, PAGE, &[("do", "save")])
}

/// The time stands still, so that no budget comes back.
#[test]
fn a_look_at_what_would_change_is_one_change() {
    let mut options = Options::default();
    options.config.limits = Limits { session_changes: 4, ..Limits::default() };
    let (app, home) = TestApp::installed_with(options);
    let owner = Browser::of(&app, &home.owner);
    let page = owner.get(PAGE).expect(200);
    for _ in 0..4 {
        send(&owner, &page, &[("idle_days", "30"), ("do", "preview")]).expect(200);
    }
    let refused = send(&owner, &page, &[("idle_days", "30"), ("do", "preview")]);
    refused.saying("Too many changes at once");
}

#[test]
fn it_is_read_by_whoever_may() {
    let (app, home) = TestApp::installed();
    let sales = department(&home, "Sales", None);
    let ann = home.member("ann");
    put(
        &home,
        &json!({
            "idle_days": 90,
            "protocols": {"default": {"pop3": false}, "departments": {&sales: {"pop3": true}}},
            "secure_login": {"mode": "required", "required_from": "2027-01-11T08:00:00Z", "except_members": [ann.id]},
        }),
    );

    let auditor = Browser::of(&app, &home.member_with("aud", "auditor"));
    let read = auditor.get(PAGE).expect(200).saying("required from 2027-01-11 08:00 UTC on");
    let read = read.saying("Sales and below").saying("POP3 on").saying("ann@example.org").saying("90 days");
    assert!(!read.has("action=\"/admin/policy\"") && !read.has(&sales), "{}", read.text);
    auditor.post(PAGE, &[("version", "1"), ("do", "save")]).expect(403);

    let research = department(&home, "Research", None);
    let head = Browser::of(&app, &head_of(&home, "head", &[&research]));
    head.get(PAGE).expect(403);
    assert!(!head.get("/admin/members").expect(200).has("href=\"/admin/policy\""));
    Browser::of(&app, &ann).get(PAGE).expect(404);
}

#[test]
fn a_protocol_is_turned_off_for_a_department_after_a_look() {
    let (app, home) = TestApp::installed();
    let sales = department(&home, "Sales", None);
    let alice = secured(&app, &home, "alice");
    join(&home, &alice, &[&sales]);
    alice.issue("Phone");
    let browser = Browser::of(&app, &home.owner);

    let page = browser.get(PAGE).expect(200).saying("the default");
    let unchanged = send(&browser, &page, &[]).expect(200).saying("Nothing would change.");
    assert!(!unchanged.has("value=\"save\""), "{}", unchanged.text);

    let more = send(&browser, &page, &[("do", "add-department"), ("idle_days", "77")]).expect(200);
    assert!(more.has("name=\"department-0-pop3\"") && more.has("value=\"77\""), "{}", more.text);
    let typed = [("department-0", sales.as_str()), ("department-0-pop3", "off"), ("do", "preview")];
    let preview = send(&browser, &more, &typed).expect(200).saying("Sales and below").saying("POP3 off");
    let preview = preview.saying("One member would lose something").saying("alice@example.org");
    let preview = preview.saying("77 days").saying("no limit");
    assert_eq!(policy(&home)["idle_days"], Value::Null);

    let again = browser.submit(&preview, PAGE, &[("do", "edit")]).expect(200);
    assert!(again.has("value=\"77\"") && again.has("<option value=\"off\" selected>"), "{}", again.text);

    app.advance(Duration::from_secs(301));
    let asked = save(&browser, &preview).expect(401).saying("Is it still you?");
    let proof = [("proof_password", home.owner.password.as_str())];
    browser.submit(&asked, PAGE, &proof).expect(200).saying("The policy is saved and holds.");
    let now = policy(&home);
    assert_eq!(
        (&now["idle_days"], &now["protocols"]["departments"][&sales]["pop3"]),
        (&json!(77), &json!(false))
    );
    // What was not touched was not put.
    assert_eq!((&now["availability"], &now["max_active_per_member"]), (&Value::Null, &Value::Null));
    assert_eq!(now["protocols"]["default"], json!({}));
    assert_eq!(home.mail_server.verdict_over(&alice.login, "x", "imap"), "invalid_credentials");

    // Sent twice, it is saved once and nobody is told that somebody else was faster.
    save(&browser, &preview).expect(200).saying("The policy is saved and holds.");

    // Where nothing is said any more, the department is left out.
    let page = browser.get(PAGE).expect(200).saying("Sales and below");
    let preview = send(&browser, &page, &[("department-0-pop3", "")]).expect(200).saying("nothing special");
    save(&browser, &preview).expect(200);
    assert_eq!(policy(&home)["protocols"]["departments"], json!({}));
}

#[test]
fn whom_it_is_for_is_typed_by_login_and_nothing_typed_is_lost() {
    let (app, home) = TestApp::installed();
    let (ann, ben) = (home.member("ann"), home.member("ben"));
    let browser = Browser::of(&app, &home.owner);
    let page = browser.get(PAGE).expect(200);

    let wrong = [
        ("availability", "listed"),
        ("availability_members", "ann@example.org\nnobody@example.org\nniemand@example.org"),
        ("max_active_per_member", "0"),
        ("idle_days", "soon"),
        ("tombstone_days", "0"),
        ("allowed_networks", "here"),
        ("required_from", "tomorrow"),
        ("do", "preview"),
    ];
    let refused = send(&browser, &page, &wrong).expect(400);
    let refused = refused.saying("No member has these addresses: nobody@example.org, niemand@example.org.");
    let refused = refused
        .saying("From 1 to 1000.")
        .saying("From 1 to 3650 days.")
        .saying("This cannot be read")
        .saying("Write networks such as");
    let refused = refused.saying("Give a day").saying("ann@example.org\nnobody@example.org");
    assert!(refused.has("value=\"soon\"") && refused.has("value=\"listed\" checked"), "{}", refused.text);
    send(&browser, &page, &[("availability", "listed")])
        .expect(400)
        .saying("Choose a department or name a member.");
    let everyone = [("secure_login", "required"), ("secure_login_for", "listed")];
    send(&browser, &page, &everyone).expect(400).saying("Choose a department or name a member.");
    let both = [
        ("secure_login", "required"),
        ("secure_login_for", "listed"),
        ("secure_login_members", "ann@example.org"),
        ("secure_login_except_members", "ANN@example.org"),
    ];
    send(&browser, &page, &both).expect(400).saying("Somebody here is in the list above as well.");

    let right = [
        ("availability", "listed"),
        ("availability_members", "ann@example.org, Ben@example.org"),
        ("secure_login", "required"),
        ("required_from", "2027-01-11"),
        ("required_from_time", "08:00"),
        ("secure_login_except_members", "ben@example.org"),
        ("max_overlap_seconds", "36"),
        ("max_overlap_unit", "3600"),
        ("allowed_networks", "192.0.2.0/24\n2001:db8::/48"),
        ("end_on_account_password_change", ""),
        ("do", "preview"),
    ];
    let preview = send(&browser, &page, &right).expect(200).saying("new: ann@example.org, ben@example.org");
    let preview = preview.saying("required from 2027-01-11 08:00 UTC on").saying("36 hours").saying("7 days");
    save(&browser, &preview).expect(200).saying("The policy is saved");
    let now = policy(&home);
    assert_eq!(now["availability"]["members"], json!([ann.id, ben.id]));
    assert_eq!(now["secure_login"]["required_from"], "2027-01-11T08:00:00Z");
    assert_eq!(now["secure_login"]["except_members"], json!([ben.id]));
    assert_eq!(
        (&now["max_overlap_seconds"], &now["end_on_account_password_change"]),
        (&json!(129_600), &json!(false))
    );
    assert_eq!(now["allowed_networks"], json!(["192.0.2.0/24", "2001:db8::/48"]));

    // What is read again and sent as it is changes nothing.
    let page = browser.get(PAGE).expect(200).saying("set by your organization");
    send(&browser, &page, &[]).expect(200).saying("Nothing would change.");
    let members = [("do", "add-members")];
    let more = send(&browser, &page, &members).expect(200);
    let typed = [("member-0", "ann@example.org"), ("member-0-imap", "off"), ("do", "preview")];
    save(&browser, &send(&browser, &more, &typed).expect(200).saying("IMAP off")).expect(200);
    assert_eq!(policy(&home)["protocols"]["members"][&ann.id], json!({"imap": false}));
}

#[test]
fn a_policy_that_changed_meanwhile_is_shown_beside_what_was_typed() {
    let (app, home) = TestApp::installed();
    let browser = Browser::of(&app, &home.owner);
    let page = browser.get(PAGE).expect(200);
    let preview = send(&browser, &page, &[("idle_days", "77"), ("do", "preview")]).expect(200);
    put(&home, &json!({"idle_days": 30, "max_active_per_member": 3}));

    for late in [save(&browser, &preview), send(&browser, &page, &[("idle_days", "77"), ("do", "preview")])] {
        let late =
            late.expect(409).saying("The policy was changed meanwhile").saying("30 days").saying("77 days");
        assert!(late.has("value=\"77\"") && late.has("name=\"version\" value=\"1\""), "{}", late.text);
        assert_eq!(policy(&home)["idle_days"], 30);
    }
    let late = save(&browser, &preview).expect(409);
    let preview = send(&browser, &late, &[("max_active_per_member", "3")]).expect(200);
    save(&browser, &preview).expect(200).saying("The policy is saved");
    assert_eq!(
        (&policy(&home)["idle_days"], &policy(&home)["max_active_per_member"]),
        (&json!(77), &json!(3))
    );
}

#[test]
fn a_member_is_told_what_will_be_required_and_what_is() {
    let (app, home) = TestApp::installed();
    let ann = home.member("ann");
    let browser = Browser::of(&app, &ann);
    assert!(!browser.get("/overview").expect(200).has("require secure login"));

    let from = app.time.wall().plus(Duration::from_secs(1_000)).to_string();
    put(&home, &json!({"secure_login": {"mode": "required", "required_from": from}}));
    for page in ["/overview", "/security"] {
        let told = browser.get(page).expect(200).saying("Your organization will require secure login from");
        let told = told.saying("Until then nothing changes.");
        assert!(told.has(&format!("datetime=\"{from}\"")) && told.has("href=\"/start\""), "{}", told.text);
        assert!(!told.has("Your mail does not work until"), "{}", told.text);
    }

    let alice = secured(&app, &home, "alice");
    let hers = Browser::at(&app);
    hers.hold("session", Some(alice.http.token()));
    let before = hers.get("/security").expect(200).saying("From then on it cannot be turned off.");
    assert!(before.has("href=\"/security/secure-login/off\""), "{}", before.text);

    app.advance(Duration::from_secs(1_000));
    for page in ["/overview", "/security"] {
        browser.get(page).expect(200).saying("Your mail does not work until you turn it on.");
    }
    let after = hers.get("/security").expect(200).saying("so it cannot be turned off");
    assert!(!after.has("href=\"/security/secure-login/off\""), "{}", after.text);
    let off = hers.get("/security/secure-login/off").expect(200).saying("so it cannot be turned off");
    assert!(!off.has("action=\"/security/secure-login/off\""), "{}", off.text);
}

#[test]
fn a_member_sees_what_holds_and_why() {
    let (app, home) = TestApp::installed();
    let company = department(&home, "Company", None);
    let sales = department(&home, MARKUP, Some(&company));
    let lab = department(&home, "Lab", None);
    let ann = home.member("ann");
    join(&home, &ann, &[&sales, &lab]);
    put(
        &home,
        &json!({
            "availability": {"departments": [company], "except_members": [ann.id]},
            "idle_days": 90,
            "protocols": {
                "departments": {&company: {"imap": false}, &sales: {"pop3": true}, &lab: {"pop3": false}},
                "members": {&ann.id: {"smtp": false}},
            },
        }),
    );

    let reads = |browser: &Browser, path: &str| {
        let page = browser
            .get(path)
            .expect(200)
            .saying("may not be used")
            .saying("makes an exception for this account");
        let page = page.saying("But an exception counts before all else.").saying("90 days");
        let page = page.saying(&format!("for Company, to which {MARKUP} belongs."));
        let page = page
            .saying(&format!("for the department {MARKUP}."))
            .saying("But a department deeper in the tree");
        let page = page
            .saying("The organization says so for this account.")
            .saying("the default: nothing else is said");
        assert!(!page.has("<img src=x") && !page.has(&sales), "{}", page.text);
    };
    let browser = Browser::of(&app, &ann);
    assert!(browser.get("/overview").expect(200).has("href=\"/security/rules\""));
    reads(&browser, "/security/rules");

    let path = format!("/admin/members/{}/rules", ann.id);
    let owner = Browser::of(&app, &home.owner);
    assert!(owner.get(&format!("/admin/members/{}", ann.id)).expect(200).has(&path));
    reads(&owner, &path);
    reads(&Browser::of(&app, &head_of(&home, "head", &[&company])), &path);
    Browser::of(&app, &head_of(&home, "other", &[&department(&home, "Other", None)])).get(&path).expect(404);
    browser.get(&path).expect(404);
}

#[test]
fn what_it_would_have_refused_stands_beside_what_it_cuts_off() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, &home, "alice");
    let check = json!({
        "login": alice.login, "password": alice.issue("Phone").secret, "protocol": "imap",
        "client_ip": "198.51.100.7", "client": MARKUP,
    });
    home.mail_server.post("/v1/verify", &check).expect(200);

    let browser = Browser::of(&app, &home.owner);
    let page = browser.get(PAGE).expect(200).saying("How many days log-ins are kept");
    let typed = [("allowed_networks", "192.0.2.0/24"), ("history_days", "60"), ("do", "preview")];
    let preview = send(&browser, &page, &typed).expect(200).saying("Nobody would lose anything");
    let preview = preview.saying("What it would have refused").saying("The network is not allowed");
    let preview = preview.saying("Log-ins that would be refused: 1, of members: 1.");
    let preview = preview.saying("alice@example.org").saying("1 refused").saying("60 days");
    assert!(!preview.has(MARKUP), "{}", preview.text);

    save(&browser, &preview).expect(200).saying("The policy is saved and holds.");
    let put = policy(&home);
    assert_eq!((&put["allowed_networks"], &put["history_days"]), (&json!(["192.0.2.0/24"]), &json!(60)));
    let page = browser.get(PAGE).expect(200);
    let wrong = [("history_days", "3651"), ("do", "preview")];
    send(&browser, &page, &wrong).expect(400).saying("From 0 to 3650 days.");
    send(&browser, &page, &[("history_days", "0"), ("do", "save")]).expect(200);
    let page = browser.get(PAGE).expect(200);
    let preview = send(&browser, &page, &[("idle_days", "9"), ("do", "preview")]).expect(200);
    preview.saying("Your organization keeps no log-ins.");
}

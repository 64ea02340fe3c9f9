//! What administrators do to one member, with keys and with the organization: by the forms, and seen through the API.

use std::time::Duration;

use serde_json::json;

use super::Browser;
use crate::rest::administration::secured;
use crate::support::TestApp;

#[test]
fn each_step_says_what_it_ends_and_ends_it() {
    let (app, mut home) = TestApp::installed();
    home.owner.sign_in();
    let browser = Browser::of(&app, &home.owner);
    let state = |id: &str| home.operator.get(&format!("/v1/members/{id}")).expect(200);

    let bob = secured(&app, &home, "bob");
    let (phone, laptop) = (bob.issue("My phone"), bob.issue("My laptop"));
    let page = format!("/admin/members/{}", bob.id);
    browser.get(&page).expect(200).saying("My phone").saying("My laptop");

    let end = format!("{page}/client-passwords/{}/end", phone.id);
    browser.get(&end).expect(200).saying("My phone");
    browser.act(&end, &[]).expect(200).saying("The client password has ended.");
    let one = |id: &str| home.operator.get(&format!("/v1/client-passwords/{id}")).expect(200);
    assert_eq!(one(&phone.id).body["ended_reason"], "revoked_by_admin");
    assert_eq!(one(&laptop.id).body["state"], "active");

    let asked = browser.get(&format!("{page}/end-all")).expect(200);
    asked.saying("One client password stops working, at once and permanently").saying("My laptop");
    browser.act(&format!("{page}/end-all"), &[]).saying("All client passwords have ended.");
    assert_eq!(one(&laptop.id).body["ended_reason"], "revoked_by_admin");

    let tablet = bob.issue("My tablet");
    let asked = browser.get(&format!("{page}/suspend")).expect(200);
    asked.saying("My tablet").saying("signed out everywhere");
    browser.act(&format!("{page}/suspend"), &[]).expect(200).saying("The member is suspended.");
    assert_eq!(one(&tablet.id).body["ended_reason"], "member_suspended");
    assert_eq!(state(&bob.id).body["state"], "suspended");
    bob.http.get("/v1/me").expect(401);
    browser.act(&format!("{page}/reactivate"), &[]).expect(200).saying("The member is active again.");
    assert_eq!(state(&bob.id).body["state"], "active");

    browser.act(&format!("{page}/secure-login-off"), &[]).expect(200).saying("Secure login is off.");
    assert_eq!(state(&bob.id).body["secure_login"]["enabled"], false);
    browser
        .act(&format!("{page}/leave"), &[])
        .expect(200)
        .saying("The member is removed from the organization.");
    assert_eq!(state(&bob.id).body["state"], "left");
    let left = browser.get(&page).expect(200).saying("has left").saying("Member left");
    assert!(!left.has("/suspend\"") && !left.has("/rename\""), "{}", left.text);
    browser.act(&format!("{page}/leave"), &[]).expect(409).saying("It is no longer active");
}

#[test]
fn factors_are_removed_and_a_block_is_lifted() {
    let (app, mut home) = TestApp::installed();
    let carol = secured(&app, &home, "carol");
    let password = carol.issue("Printer");
    let page = format!("/admin/members/{}", carol.id);
    carol.block_codes(&app.http(), || app.time.wall(), |by| app.advance(by));

    home.owner.sign_in();
    let browser = Browser::of(&app, &home.owner);
    browser.get(&page).expect(200).saying("Too many wrong codes");
    browser.act(&format!("{page}/lift-block"), &[]).expect(200).saying("Codes are accepted again.");
    let factors = carol.path("/second-factors");
    assert_eq!(home.operator.get(&factors).expect(200).body["codes_blocked"], false);
    assert!(!browser.get(&page).has("Too many wrong codes"));

    let asked = browser.get(&format!("{page}/remove-factors")).expect(200);
    asked.saying("One authenticator is removed").saying("Printer").saying("mail stays shut");
    browser.act(&format!("{page}/remove-factors"), &[]).expect(200).saying("off, but required");
    assert!(home.operator.get(&factors).expect(200).items().is_empty());
    assert_eq!(home.mail_server.verdict(&carol.login, &password.secret), "secure_login_required");

    let waived = browser.get(&format!("{page}/secure-login-off")).expect(200);
    waived.saying("It is no longer required of the member");
    browser.act(&format!("{page}/secure-login-off"), &[]).expect(200);
    let required = home.operator.get(&carol.path("/secure-login")).expect(200);
    assert_eq!(required.body["required"], false);
}

#[test]
fn members_are_made_and_get_other_names_and_roles() {
    let (app, mut home) = TestApp::installed();
    home.owner.sign_in();
    let browser = Browser::of(&app, &home.owner);

    let new = "/admin/members/new";
    let typed = [("login", "Dora@Example.org"), ("display_name", "Dora"), ("role", "member")];
    let made = browser.act(new, &typed).expect(200).saying("The member is there.");
    assert!(made.path.contains("/invite?"), "{}", made.path);
    let id = made.path.split('/').nth(3).unwrap().to_owned();
    let dora = format!("/v1/members/{id}");
    assert_eq!(home.operator.get(&dora).expect(200).body["login"], "dora@example.org");

    browser.act(new, &typed).expect(400).saying("Another member has this address.").saying("Dora");
    for (login, name, fault) in [
        ("eve@elsewhere.test", "Eve", "The address has to be in a domain of your organization."),
        ("eve", "Eve", "This is no mail address."),
        ("eve@example.org", "", "Please type a name."),
    ] {
        browser
            .act(new, &[("login", login), ("display_name", name), ("role", "member")])
            .expect(400)
            .saying(fault);
    }

    let rename = format!("/admin/members/{id}/rename");
    browser.act(&rename, &[("display_name", "  Theodora ")]).expect(200).saying("The name is changed.");
    assert_eq!(home.operator.get(&dora).body["display_name"], "Theodora");
    browser.act(&rename, &[("display_name", "\u{200b}")]).expect(400).saying("Please type a name.");

    let role = format!("/admin/members/{id}/role");
    browser.act(&role, &[("role", "auditor")]).expect(200).saying("The role is changed.");
    assert_eq!(home.operator.get(&dora).body["role"], "auditor");
    let page = browser.get("/admin/organization").expect(200).saying("Theodora").saying("Auditor");
    assert!(page.has("<dt>Owner</dt><dd>1</dd>") && page.has("<dt>Auditor</dt><dd>1</dd>"), "{}", page.text);
    browser.get("/admin/audit?action=member.updated").expect(200).saying("Role: Member, now Auditor");
}

#[test]
fn what_hands_on_power_asks_who_is_there_and_goes_on_in_place() {
    let (app, mut home) = TestApp::installed();
    home.owner.sign_in();
    let bob = home.member("bob");
    let browser = Browser::of(&app, &home.owner);
    app.advance(Duration::from_secs(360));

    let role = format!("/admin/members/{}/role", bob.id);
    let asked = browser.act(&role, &[("role", "auditor")]).expect(401).saying("Is it still you?");
    let carried = asked.hidden(&role);
    assert!(carried.contains(&("role".into(), "auditor".into())), "{carried:?}");
    assert!(carried.iter().any(|(name, _)| name == "version"), "{carried:?}");
    assert_eq!(home.operator.get(&bob.path("")).body["role"], "member");

    let wrong = browser.submit(&asked, &role, &[("proof_password", "not mine at all")]);
    let wrong = wrong.expect(401).saying("Is it still you?");
    let done = browser.submit(&wrong, &role, &[("proof_password", &home.owner.password)]);
    done.expect(200).saying("The role is changed.");
    assert_eq!(home.operator.get(&bob.path("")).body["role"], "auditor");

    // Whoever only ends something is not asked.
    app.advance(Duration::from_secs(360));
    browser.act(&format!("/admin/members/{}/suspend", bob.id), &[]).expect(200).saying("suspended");
    app.advance(Duration::from_secs(360));
    let key = browser.act("/admin/keys/new", &[("role", "auditor"), ("label", "for the books")]).expect(401);
    let made = browser.submit(&key, "/admin/keys/new", &[("proof_password", &home.owner.password)]);
    made.expect(201).saying("for the books");
}

#[test]
fn what_has_changed_since_the_page_was_opened_is_left_alone() {
    let (app, mut home) = TestApp::installed();
    home.owner.sign_in();
    let bob = home.member("bob");
    let browser = Browser::of(&app, &home.owner);

    for (below, typed) in
        [("rename", ("display_name", "Mine")), ("role", ("role", "auditor")), ("suspend", ("x", "x"))]
    {
        let path = format!("/admin/members/{}/{below}", bob.id);
        let page = browser.get(&path).expect(200);
        home.operator.patch(&bob.path(""), &json!({"display_name": below})).expect(200);
        browser.submit(&page, &path, &[typed]).expect(412).saying("It has changed in the meantime");

        let now = home.operator.get(&bob.path("")).expect(200).body;
        let shown = (&now["display_name"], &now["role"], &now["state"]);
        assert_eq!(shown, (&json!(below), &json!("member"), &json!("active")));
    }

    let page = browser.get("/admin/organization").expect(200);
    home.operator.patch(&home.path(""), &json!({"name": "Theirs"})).expect(200);
    browser.submit(&page, "/admin/organization", &[("name", "Mine")]).expect(412);
    browser
        .act("/admin/organization", &[("name", "Ours")])
        .expect(200)
        .saying("The organization is renamed.");
    assert_eq!(home.operator.get(&home.path("")).body["name"], "Ours");
    browser.act("/admin/organization", &[("name", "")]).expect(400).saying("Please type a name.");
    browser.post("/admin/organization", &[("name", "Nobody’s")]).expect(428);
}

#[test]
fn a_form_of_somebody_else_does_nothing() {
    let (app, mut home) = TestApp::installed();
    home.owner.sign_in();
    let (bob, dan) = (home.member("bob"), home.member_with("dan", "admin"));
    let browser = Browser::of(&app, &home.owner);

    let path = format!("/admin/members/{}/leave", bob.id);
    let page = browser.get(&path).expect(200);
    browser.sign_in(&dan);
    browser.submit(&page, &path, &[]).expect(409).saying("This form belongs to somebody else");
    assert_eq!(home.operator.get(&bob.path("")).body["state"], "active");
}

#[test]
fn a_key_is_shown_once_used_and_ended() {
    let (app, mut home) = TestApp::installed();
    home.owner.sign_in();
    let browser = Browser::of(&app, &home.owner);

    let new = "/admin/keys/new";
    browser.act(new, &[("role", "mail_server"), ("label", "")]).expect(400).saying("Give it a name");
    let form = browser.get(new).expect(200);
    let made = browser.submit(&form, new, &[("role", "mail_server"), ("label", "mx1")]).expect(201);
    let twice = browser.submit(&form, new, &[("role", "mail_server"), ("label", "mx1")]).expect(201);
    let token = made.text.split("data-copy=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    assert!(token.starts_with("cpk_"), "{token}");
    // Sent twice, as by a reload, it makes one key.
    assert!(twice.has(&token), "{}", twice.text);
    let list = browser.get("/admin/keys").expect(200);
    assert!(!list.has(&token) && list.text.matches("<bdi>mx1</bdi>").count() == 1, "{}", list.text);
    browser.get("/admin/keys").expect(200).saying("mx1").saying("never");

    let mx = app.http().bearing(&token);
    assert_eq!(mx.verdict("nobody@example.org", "x"), "invalid_credentials");
    let listed = home.owner.http.get("/v1/service-keys").expect(200);
    let key = listed.items().iter().find(|key| key["label"] == "mx1").unwrap();
    assert_eq!(key["organization_id"], home.organization_id.as_str());

    let end = format!("/admin/keys/{}/end", key["id"].as_str().unwrap());
    browser.get(&end).expect(200).saying("cannot check passwords any more");
    browser.act(&end, &[]).expect(200).saying("The key has ended.");
    assert_eq!(mx.check("nobody@example.org", "x", "imap").status, 401);
    browser.get(&end).expect(404);
    browser.get("/admin/audit?action=service_key.revoked").expect(200).saying("Service key ended");

    // No operator's key is made or seen here.
    browser.post(new, &[("role", "operator"), ("label", "all")]).expect(403);
    assert!(!browser.get("/admin/keys").has("Operator"));
}

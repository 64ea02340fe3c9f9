//! Where mail was opened, on the pages.

use serde_json::json;

use super::Browser;
use crate::rest::administration::secured;
use crate::support::actors::Installation;
use crate::support::{Person, TestApp};

/// What a browser would run, if it were not text.
const MARKUP: &str = "<img src=x onerror=alert(1)>\"'";

fn came(home: &Installation, login: &str, password: &str, client: &str) -> String {
    let check = json!({
        "login": login, "password": password, "protocol": "imap", "client_ip": "198.51.100.7", "client": client,
    });
    home.mail_server.post("/v1/verify", &check).expect(200).text_of("result")
}

/// A browser in which somebody with secure login on has signed in.
fn signed_in(app: &TestApp, person: &Person) -> Browser {
    let browser = Browser::at(app);
    let fields = [("proof_login", person.login.as_str()), ("proof_password", &person.password)];
    browser.post("/sign-in", &fields).expect(401);
    browser.post("/sign-in", &[("proof_code", person.recovery_codes[0].as_str())]).expect(200);
    browser
}

#[test]
fn members_see_their_own_and_administrators_those_of_members() {
    let (app, home) = TestApp::installed();
    let (alice, bob) = (secured(&app, &home, "alice"), home.member("bob"));
    let browser = signed_in(&app, &alice);
    let (phone, tablet) = (alice.issue("My phone"), alice.issue("My tablet"));
    came(&home, &alice.login, &phone.secret, MARKUP);
    came(&home, &alice.login, &phone.secret, "Thunderbird 153.8");
    came(&home, &bob.login, &bob.password, "");

    let link = browser.get("/activity").expect(200);
    assert!(link.has("href=\"/log-ins\""), "{}", link.text);
    let own =
        browser.get("/log-ins").expect(200).saying("198.51.100.7").saying("My phone").saying("Thunderbird");
    assert!(own.has("kept for 30 days") && !own.has(MARKUP), "{}", own.text);
    let used = browser.get(&format!("/passwords/{}", phone.id)).expect(200).saying("Where it was used");
    used.saying("198.51.100.7").saying("once");
    let unused = browser.get(&format!("/passwords/{}", tablet.id)).expect(200);
    unused.saying("Nobody opened mail in the last 30 days.");

    let owner = Browser::of(&app, &home.owner);
    let page = owner.get(&format!("/admin/members/{}", bob.id)).expect(200);
    page.saying("Where mail was opened").saying("the account password").saying("not known");
    let all = format!("/admin/members/{}/log-ins", alice.id);
    owner.get(&all).expect(200).saying("Thunderbird").saying("My phone");
    browser.get(&all).expect(404);

    let any = home.operator.with("If-Match", "*");
    any.send("PUT", &home.path("/policy"), Some(&json!({"history_days": 0}))).expect(200);
    browser.get("/log-ins").expect(200).saying("Your organization keeps no log-ins.");
}

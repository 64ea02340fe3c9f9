//! From an administrator's link to a member who is signed in.

use super::Browser;
use crate::support::TestApp;

#[test]
fn a_link_lets_a_member_choose_the_account_password_once() {
    let (app, mut home) = TestApp::installed();
    home.owner.sign_in();
    let owner = Browser::of(&app, &home.owner);
    let typed = [("login", "dora@example.org"), ("display_name", "Dora"), ("role", "member")];
    let invite = owner.act("/admin/members/new", &typed).expect(200);
    let path = invite.path.split('?').next().unwrap().to_owned();
    let made = owner.submit(&invite, &path, &[]).expect(201).saying("It is shown this once");

    let link = format!("http://localhost:{}/invitation#", app.address.port());
    let start = made.text.find(&link).unwrap() + link.len();
    let token: String =
        made.text[start..].chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();

    // What is wrong is said, and the token is kept.
    let browser = Browser::at(&app);
    let form = browser.get("/invitation").expect(200);
    let short = [("token", token.as_str()), ("password", "short")];
    let again = browser.submit(&form, "/invitation", &short).expect(400).saying("8 characters");
    assert!(again.has(&token) && !again.has("value=\"short\""));
    browser.post("/invitation", &[("token", &token)]).expect(400).saying("Please fill this in");

    let chosen = [("token", token.as_str()), ("password", "Dora's own password")];
    let page = browser.post("/invitation", &chosen).expect(200).saying("Your account password is set.");
    assert!(page.path.starts_with("/overview"), "{}", page.path);
    Browser::at(&app).post("/invitation", &chosen).expect(403).saying("no longer works");
    Browser::at(&app).post("/invitation", &[("token", "cpi_x"), ("password", "whatever it is")]).expect(403);
}

#[test]
fn a_reset_ends_what_was_and_asks_for_the_second_step() {
    let (app, mut home) = TestApp::installed();
    home.owner.sign_in();
    let alice = crate::rest::administration::secured(&app, &home, "alice");
    alice.issue("My phone");
    let owner = Browser::of(&app, &home.owner);
    let path = format!("/admin/members/{}/invite", alice.id);
    let asked = owner.get(&path).expect(200).saying("My phone");
    let made = owner.submit(&asked, &path, &[]).expect(201);
    let start = made.text.find("cpi_").unwrap();
    let token: String =
        made.text[start..].chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();

    let browser = Browser::at(&app);
    let chosen = [("token", token.as_str()), ("password", "Alice's new password")];
    let page = browser.post("/invitation", &chosen).expect(200);
    assert!(page.path.starts_with("/sign-in"), "{}", page.path);
    let left = home.operator.get(&alice.path("/client-passwords"));
    assert_eq!(left.items()[0]["ended_reason"], "account_password_changed");
}

#[test]
fn a_link_that_is_open_is_seen_and_revoked() {
    let (app, mut home) = TestApp::installed();
    home.owner.sign_in();
    let alice = home.member("alice");
    let owner = Browser::of(&app, &home.owner);
    let page = format!("/admin/members/{}", alice.id);
    assert!(!owner.get(&page).expect(200).has("Revoke the link"));
    let made = owner.act(&format!("{page}/invite"), &[]).expect(201);
    let token: String = made.text[made.text.find("cpi_").unwrap()..]
        .chars()
        .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
        .collect();

    let seen = owner.get(&page).expect(200).saying("is open until");
    assert!(!seen.has(&token), "{}", seen.text);
    let ended = owner.submit(&seen, &format!("{page}/end-invitation"), &[]).expect(200);
    assert!(!ended.saying("The link no longer works.").has("Revoke the link"));
    let chosen = [("token", token.as_str()), ("password", "Alice's new password")];
    Browser::at(&app).post("/invitation", &chosen).expect(403).saying("no longer works");
    owner
        .get("/admin/audit?action=invitation.ended")
        .expect(200)
        .saying("Link to choose the account password ended");
}

//! What was found somewhere, on the pages: pasted by members and administrators, and never shown again.

use std::time::Duration;

use super::Browser;
use crate::rest::administration::{make_key, secured};
use crate::support::TestApp;

const MEMBERS: &str = "/security/leaks";
const ADMINISTRATORS: &str = "/admin/leaks";
const DONE: &str = "Reported. If any of it was one of ours, it has ended.";

#[test]
fn a_whole_log_is_pasted_and_what_is_ours_in_it_ends() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, &home, "alice");
    let bob = home.member("bob");
    let [one, two, kept] = ["one", "two", "kept"].map(|label| alice.issue(label));
    let log = |secret: &str| {
        let line = "2026-11-22 08:00:00 imap: user=alice, a line of no interest\n".repeat(2_000);
        format!("{line}password=\"{secret}\"\n{line}")
    };

    let browser = Browser::of(&app, &bob);
    let page = browser.get("/security").expect(200);
    assert!(page.has(&format!("href=\"{MEMBERS}\"")));
    let page = browser.get(MEMBERS).expect(200).saying("Paste what was found");
    // An old sign-in will do.
    app.advance(Duration::from_secs(600));
    let pasted = log(&one.secret);
    let done = browser.submit(&page, MEMBERS, &[("pasted", &pasted)]).expect(200).saying(DONE);
    assert!(!done.has(&one.secret));
    let again = browser.submit(&page, MEMBERS, &[("pasted", &pasted)]).expect(200);
    assert_eq!(done.text, again.text, "the answer is the same");
    assert_eq!(home.mail_server.verdict(&alice.login, &one.secret), "revoked");

    let owner = Browser::of(&app, &home.owner);
    let page = owner.get("/admin/revocations").expect(200);
    assert!(page.has(&format!("href=\"{ADMINISTRATORS}\"")));
    let page = owner.get(ADMINISTRATORS).expect(200);
    let pasted = log(&two.secret.to_uppercase());
    owner.submit(&page, ADMINISTRATORS, &[("pasted", &pasted)]).expect(200).saying(DONE);
    assert_eq!(home.mail_server.verdict(&alice.login, &two.secret), "revoked");
    assert_eq!(home.mail_server.verdict(&alice.login, &kept.secret), "accept");
    owner.get("/admin/audit").expect(200).saying("Client password found somewhere, and ended");
    let hers = Browser::at(&app);
    hers.hold("session", Some(alice.http.token()));
    hers.get("/overview").expect(200).saying("One of your client passwords was found somewhere");
}

#[test]
fn what_has_nothing_of_ours_in_it_is_said_and_not_shown_again() {
    let (app, home) = TestApp::installed();
    let bob = home.member("bob");
    let browser = Browser::of(&app, &bob);
    let page = browser.get(MEMBERS).expect(200);
    browser.submit(&page, MEMBERS, &[("pasted", "")]).expect(400).saying("Please fill");
    let answer = browser.submit(&page, MEMBERS, &[("pasted", "a-password-of-another-kind")]).expect(400);
    assert!(!answer.has("a-password-of-another-kind"));
    answer.saying("Nothing in it has the form of our secrets.");
    // It is no page of members.
    browser.get(ADMINISTRATORS).expect(404);
    browser.post(ADMINISTRATORS, &[("pasted", "x")]).expect(404);
}

#[test]
fn the_key_of_a_mail_server_is_marked_where_keys_are_listed() {
    let (app, home) = TestApp::installed();
    let made = make_key(&home.operator, "mail_server", Some(&home.organization_id)).expect(201);
    let owner = Browser::of(&app, &home.owner);
    assert!(!owner.get("/admin/keys").expect(200).has("replace it"));
    let page = owner.get(ADMINISTRATORS).expect(200);
    owner.submit(&page, ADMINISTRATORS, &[("pasted", &made.text_of("key"))]).expect(200).saying(DONE);
    owner.get("/admin/keys").expect(200).saying("found somewhere: replace it");
}

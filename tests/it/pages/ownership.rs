//! Ownership on the pages: offered by the owner, and taken on or declined by the member.

use std::time::Duration;

use serde_json::json;

use super::Browser;
use crate::support::TestApp;
use crate::support::actors::Installation;

const HOME: &str = "/admin/organization";
const OFFER: &str = "/admin/organization/offer";
const WITHDRAW: &str = "/admin/organization/offer/withdraw";
const ACCEPT: &str = "/ownership/accept";
const DECLINE: &str = "/ownership/decline";
const MARKUP: &str = "<img src=x onerror=alert(1)>\"'&";

fn owner_name(home: &Installation) -> String {
    home.operator.get(&home.owner.path("")).expect(200).text_of("display_name")
}

fn owner(home: &Installation) -> String {
    home.operator.get(&home.path("")).expect(200).text_of("owner_id")
}

#[test]
fn it_is_offered_with_a_proof_and_accepted_with_a_proof() {
    let (app, home) = TestApp::installed();
    home.operator.patch(&home.path(""), &json!({"name": MARKUP})).expect(200);
    let heir = home.member("heir");
    home.operator.patch(&heir.path(""), &json!({"display_name": MARKUP})).expect(200);
    let (there, here) = (Browser::of(&app, &home.owner), Browser::of(&app, &heir));
    assert!(!here.get("/overview").expect(200).has(ACCEPT));
    app.advance(Duration::from_secs(301));

    let page = there.get(HOME).expect(200).saying("Nothing changes until that member accepts");
    let asked = there.submit(&page, OFFER, &[("member_id", &heir.login)]).expect(401);
    let proof = [("proof_password", home.owner.password.as_str())];
    let offered = there.submit(&asked, OFFER, &proof).expect(200).saying("The offer is made.").saying(MARKUP);
    assert!(!offered.has("<img src=x") && !offered.has(&format!("action=\"{OFFER}\"")), "{}", offered.text);
    assert_eq!(owner(&home), home.owner.id);

    let page = here
        .get("/overview")
        .expect(200)
        .saying(&format!("{}, the owner, offers you ownership of", owner_name(&home)))
        .saying(MARKUP);
    assert!(!page.has("<img src=x"), "{}", page.text);
    let asked = here.submit(&page, ACCEPT, &[]).expect(401).saying("Is it still you?");
    let proof = [("proof_password", heir.password.as_str())];
    let done = here.submit(&asked, ACCEPT, &proof).expect(200).saying("You are the owner now.");
    assert_eq!((owner(&home), done.path.starts_with(HOME)), (heir.id.clone(), true));

    // The former owner is an administrator, who offers nothing.
    let page = there.get(HOME).expect(200);
    assert!(!page.has(&format!("action=\"{OFFER}\"")), "{}", page.text);
    there.post(OFFER, &[("member_id", &home.owner.login)]).expect(403);
    there.post(ACCEPT, &[]).expect(404);
}

#[test]
fn it_is_withdrawn_and_declined() {
    let (app, home) = TestApp::installed();
    let heir = home.member("heir");
    let (there, here) = (Browser::of(&app, &home.owner), Browser::of(&app, &heir));
    let offer = || {
        let page = there.get(HOME).expect(200);
        there.submit(&page, OFFER, &[("member_id", "HEIR@example.org")]).expect(200);
        here.get("/overview").expect(200).saying("offers you ownership")
    };

    let page = offer();
    let shown = there.get(HOME).expect(200).saying("Offered to");
    there.submit(&shown, WITHDRAW, &[]).expect(200).saying("The offer is withdrawn.");
    assert!(!here.get("/overview").has(ACCEPT));
    here.submit(&page, ACCEPT, &[]).expect(404).saying("There is nothing here");

    let page = offer();
    here.submit(&page, DECLINE, &[]).expect(200).saying("The offer is declined.");
    assert!(!there.get(HOME).expect(200).has("Offered to"));
    assert_eq!(owner(&home), home.owner.id);

    // By a page that was open still, the owner does not decline what is offered to somebody else.
    offer();
    there.post(DECLINE, &[]).expect(200);
    here.get("/overview").expect(200).saying("offers you ownership");
}

#[test]
fn whoever_cannot_own_it_is_said_beside_the_field() {
    let (app, home) = TestApp::installed();
    let gone = home.member("gone");
    home.operator.patch(&gone.path(""), &json!({"state": "suspended"})).expect(200);
    let browser = Browser::of(&app, &home.owner);
    for (typed, said) in [
        ("", "Please fill this in."),
        ("nobody@example.org", "No member has this address."),
        ("gone@example.org", "This must be an active member"),
        ("owner@example.org", "This must be an active member"),
    ] {
        let page = browser.get(HOME).expect(200);
        let answer = browser.submit(&page, OFFER, &[("member_id", typed)]).expect(400).saying(said);
        assert!(answer.has(&format!("value=\"{typed}\"")), "{}", answer.text);
    }

    // Who administers sees the offer, and cannot make or end it.
    let (dan, heir) = (home.member_with("dan", "admin"), home.member("heir"));
    let page = browser.get(HOME).expect(200);
    browser.submit(&page, OFFER, &[("member_id", &heir.login)]).expect(200);
    let other = Browser::of(&app, &dan);
    let seen = other.get(HOME).expect(200).saying("Offered to").saying("heir@example.org");
    assert!(!seen.has("/offer"), "{}", seen.text);
    other.post(WITHDRAW, &[]).expect(403);
    other.post(OFFER, &[("member_id", "dan@example.org")]).expect(403);
}

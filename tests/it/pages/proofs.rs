//! Signing in by two steps, once more for what needs it, and in the middle of a form.

use std::time::Duration;

use super::{Browser, Page, read};
use crate::rest::administration::secured;
use crate::support::{Person, TestApp};

const STEP: Duration = Duration::from_secs(30);
const NEW: &str = "/passwords/new?kind=phone";

/// Signs in with both steps.
#[track_caller]
fn sign_in(app: &TestApp, browser: &Browser, person: &Person) -> Page {
    let fields = [("proof_login", person.login.as_str()), ("proof_password", &person.password)];
    let asked = browser.post("/sign-in", &fields).expect(401).saying("Code from your authenticator");
    assert!(!asked.has(&person.password) && !asked.has(&person.login), "{}", asked.text);

    app.advance(STEP);
    let code = person.code(app.time.wall());
    browser.post("/sign-in", &[("proof_code", code.as_str())]).expect(200)
}

#[test]
fn a_right_password_alone_opens_nothing() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, &home, "alice");
    let browser = Browser::at(&app);

    let fields = [("proof_login", alice.login.as_str()), ("proof_password", "wrong")];
    let wrong = browser.post("/sign-in", &fields).expect(401).saying("is wrong");
    assert!(wrong.has("<button type=\"submit\">Sign in</button>"), "{}", wrong.text);
    let fields = [("proof_login", alice.login.as_str()), ("proof_password", &alice.password)];
    browser.post("/sign-in", &fields).expect(401);
    assert!(browser.cookie("pending").is_some() && browser.cookie("session").is_none());
    assert!(browser.get("/overview").path.starts_with("/sign-in?next=/overview"));

    // A wrong code, and the pending sign-in goes on.
    app.advance(STEP);
    browser.post("/sign-in", &[("proof_code", "000000")]).expect(401).saying("That code is not right");
    let code = alice.code(app.time.wall());
    browser.post("/sign-in", &[("proof_code", code.as_str())]).expect(200).saying("Secure login");
    assert!(browser.cookie("pending").is_none() && browser.cookie("session").is_some());
}

#[test]
fn a_pending_sign_in_is_the_browsers_and_lasts_five_minutes() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, &home, "alice");
    let fields = [("proof_login", alice.login.as_str()), ("proof_password", &alice.password)];

    // Another browser has not given the password.
    let browser = Browser::at(&app);
    browser.post("/sign-in", &fields).expect(401);
    app.advance(STEP);
    let code = alice.code(app.time.wall());
    Browser::at(&app).post("/sign-in", &[("proof_code", code.as_str())]).expect(401).saying("Sign in");

    app.advance(Duration::from_secs(300));
    let code = alice.code(app.time.wall());
    let over = browser.post("/sign-in", &[("proof_code", code.as_str())]).expect(401);
    assert!(over.has("name=\"proof_password\""), "{}", over.text);

    // What was sealed for something else, or changed, is none.
    browser.post("/sign-in", &fields).expect(401);
    let mut pending = browser.cookie("pending").unwrap();
    pending.pop();
    browser.hold("pending", Some(&pending));
    app.advance(STEP);
    let code = alice.code(app.time.wall());
    browser.post("/sign-in", &[("proof_code", code.as_str())]).expect(401);
    assert!(browser.cookie("session").is_none());
}

#[test]
fn another_account_password_ends_a_pending_sign_in() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, &home, "alice");
    let browser = Browser::at(&app);
    let fields = [("proof_login", alice.login.as_str()), ("proof_password", &alice.password)];
    browser.post("/sign-in", &fields).expect(401);

    let body = serde_json::json!({"password": "a password that a program chose"});
    home.operator.put(&alice.path("/password"), &body).expect(200);
    app.advance(STEP);
    let code = alice.code(app.time.wall());
    browser.post("/sign-in", &[("proof_code", code.as_str())]).expect(401);
    assert!(browser.cookie("session").is_none());
}

#[test]
fn what_needs_a_fresh_sign_in_asks_in_place_and_goes_on() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, &home, "alice");
    let browser = Browser::at(&app);
    sign_in(&app, &browser, &alice);
    let before = browser.cookie("session").unwrap();
    app.advance(Duration::from_secs(301));

    let typed = [("label", "Alices Telefon"), ("protocols", "imap")];
    let form = browser.get(NEW).expect(200);
    let asked = browser.submit(&form, NEW, &typed).expect(401).saying("Is it still you?");
    assert!(asked.has("value=\"Alices Telefon\"") && asked.has("name=\"proof_code\""), "{}", asked.text);

    // Wrong: asked again, nothing done.
    let wrong = [("proof_password", "wrong"), ("proof_code", "000000")];
    let asked = browser.submit(&asked, NEW, &wrong).expect(401).saying("is wrong");
    assert_eq!(alice.http.get(&alice.path("/client-passwords")).items().len(), 0);

    let code = alice.code(app.time.wall());
    let right = [("proof_password", alice.password.as_str()), ("proof_code", &code)];
    let shown = browser.submit(&asked, NEW, &right).expect(201).saying("Your new client password");
    assert!(shown.has("Alices Telefon"));
    // Sent again, as by a reload, it shows the same, though the code is used up.
    browser.submit(&asked, NEW, &right).expect(201).saying("Alices Telefon");
    assert_eq!(alice.http.get(&alice.path("/client-passwords")).items().len(), 1);

    // The session goes on, with another token; the old one is nobody's.
    let after = browser.cookie("session").unwrap();
    assert_ne!(before, after);
    app.http().bearing(&before).get("/v1/me").expect(401);
    app.http().bearing(&after).get("/v1/me").expect(200);
    let events = home.operator.get(&home.path("/audit-events?action=session.reauthenticated"));
    assert_eq!(events.items().len(), 1);
}

#[test]
fn a_form_goes_on_after_a_sign_in_of_the_same_member_only() {
    let (app, home) = TestApp::installed();
    let (alice, bob) = (secured(&app, &home, "alice"), home.member("bob"));
    let browser = Browser::at(&app);
    sign_in(&app, &browser, &alice);

    let typed = [("label", "Typed before"), ("protocols", "imap")];
    let form = browser.get(NEW).expect(200);
    browser.hold("session", None);
    let asked = browser.submit(&form, NEW, &typed).expect(401).saying("What you typed is kept");
    assert!(asked.has("value=\"Typed before\""));

    // Somebody else signs in: nothing is done on behalf of either.
    let as_bob = [("proof_login", bob.login.as_str()), ("proof_password", &bob.password)];
    browser.submit(&asked, NEW, &as_bob).expect(409).saying("This form belongs to somebody else");

    browser.hold("session", None);
    let as_alice = [("proof_login", alice.login.as_str()), ("proof_password", &alice.password)];
    let asked = browser.submit(&asked, NEW, &as_alice).expect(401).saying("Your password is right");
    app.advance(STEP);
    let code = alice.code(app.time.wall());
    browser.submit(&asked, NEW, &[("proof_code", &code)]).expect(201).saying("Typed before");
    // Sent again, as by a reload, it shows the same, though the code is used up.
    browser.submit(&asked, NEW, &[("proof_code", &code)]).expect(201).saying("Typed before");
    let made = home.operator.get(&alice.path("/client-passwords"));
    assert_eq!(made.items().len(), 1);

    // A code is no proof of somebody else, nor for a form of somebody else.
    browser.submit(&asked, NEW, &as_bob).expect(409).saying("This form belongs to somebody else");
    browser.submit(&asked, NEW, &[("proof_code", &code)]).expect(401);
}

#[test]
fn a_form_of_another_tab_is_not_sent_on_behalf_of_who_is_here_now() {
    let (app, home) = TestApp::installed();
    let (alice, bob) = (home.member("alice"), home.member("bob"));
    let browser = Browser::of(&app, &alice);
    let form = browser.get("/security/password").expect(200);
    browser.sign_in(&bob);

    let typed = [("current_password", bob.password.as_str()), ("password", "another account password")];
    browser.submit(&form, "/security/password", &typed).expect(409);
    Browser::of(&app, &bob);
}

#[test]
fn whoever_signs_in_anew_ends_the_session_that_was_there() {
    let (app, home) = TestApp::installed();
    let (alice, bob) = (home.member("alice"), home.member("bob"));
    let browser = Browser::of(&app, &alice);
    let before = browser.cookie("session").unwrap();
    browser.sign_in(&bob);
    app.http().bearing(&before).get("/v1/me").expect(401);
}

#[test]
fn somebody_else_signs_in_by_two_steps_where_a_member_still_is() {
    let (app, home) = TestApp::installed();
    let (alice, bob) = (home.member("alice"), secured(&app, &home, "bob"));
    let browser = Browser::of(&app, &alice);
    let before = browser.cookie("session").unwrap();

    sign_in(&app, &browser, &bob);
    app.http().bearing(&before).get("/v1/me").expect(401);
    let now = app.http().bearing(&browser.cookie("session").unwrap()).get("/v1/me").expect(200);
    assert_eq!(now.body["member"]["login"], bob.login);
}

#[test]
fn a_browser_that_keeps_no_cookie_is_told_why() {
    let (app, home) = TestApp::installed();
    let alice = home.member("alice");
    let browser = Browser::at(&app);
    let body = format!("proof_login={}&proof_password={}", alice.login, alice.password.replace(' ', "+"));
    let answer = browser.send("POST", "/sign-in?next=/help", &[("Sec-Fetch-Site", "same-origin")], body);
    assert_eq!(answer.headers()["location"], "/signed-in?next=/help");

    browser.get("/signed-in?next=/help").saying("Why does my mail not work?");
    Browser::at(&app).get("/signed-in?next=/help").expect(200).saying("did not keep the sign-in");
}

#[test]
fn cookies_are_for_us_alone() {
    let (app, home) = TestApp::installed();
    let alice = home.member("alice");
    for (url, prefix, secure) in [(None, "", false), (Some("https://pass.example.org"), "__Host-", true)] {
        let mut options = crate::support::Options::default();
        options.config.server.public_url = url.map(|url| url.to_owned().try_into().unwrap());
        let (other, home) = TestApp::installed_with(options);
        let bob = home.member("bob");
        let body = format!("proof_login={}&proof_password={}", bob.login, bob.password.replace(' ', "+"));
        let answer = Browser::at(&other).send("POST", "/sign-in", &[("Sec-Fetch-Site", "same-origin")], body);
        let cookies: Vec<&str> =
            answer.headers().get_all("set-cookie").iter().map(|cookie| cookie.to_str().unwrap()).collect();
        let session = cookies.iter().find(|cookie| cookie.starts_with(&format!("{prefix}session="))).unwrap();
        for part in ["HttpOnly", "SameSite=Lax", "Path=/"] {
            assert!(session.contains(part), "{session}");
        }
        assert_eq!(session.contains("Secure"), secure, "{session}");
        assert!(!session.contains("Domain") && !session.contains("Max-Age"), "{session}");
        assert!(cookies.iter().any(|cookie| cookie.starts_with(&format!("{prefix}device="))), "{cookies:?}");
    }
    drop((app, alice));
}

#[test]
fn a_device_that_got_in_before_is_not_locked_out_with_its_network() {
    let (app, home) = TestApp::installed();
    let alice = home.member("alice");
    let browser = Browser::of(&app, &alice);
    browser.post("/sign-out", &[]);

    // Somebody at the same address guesses until nobody new is let in.
    let guess = |browser: &Browser, password: &str| {
        let body = format!("proof_login={}&proof_password={}", alice.login, password.replace(' ', "+"));
        browser.send("POST", "/sign-in", &[("Sec-Fetch-Site", "same-origin")], body).status().as_u16()
    };
    let stranger = Browser::at(&app);
    let tries: Vec<u16> = (0..200).map(|n| guess(&stranger, &format!("guess {n}"))).collect();
    assert!(tries.contains(&429), "{tries:?}");

    // The address is known as well, and exhausted; the device has its own quota.
    assert_eq!(guess(&browser, &alice.password), 303);
    // A device that somebody made up is none.
    stranger.hold("device", Some("00000000-0000-4000-8000-000000000000"));
    assert_eq!(guess(&stranger, "one more guess"), 429);
}

#[test]
fn signing_out_ends_the_session() {
    let (app, home) = TestApp::installed();
    let browser = Browser::of(&app, &home.owner);
    let session = browser.cookie("session").unwrap();
    browser.post("/sign-out", &[]).expect(200).saying("You are signed out.");
    assert!(browser.cookie("session").is_none());
    app.http().bearing(&session).get("/v1/me").expect(401);
    // Once more does no harm.
    let answer = browser.send("POST", "/sign-out", &[("Sec-Fetch-Site", "same-origin")], String::new());
    assert_eq!(read(answer, "/sign-out").status, 303);
}

//! Passkeys: made in a session, alone a sign-in and a step-up, beside the password a second step; and refused for whatever
//! they were not asked for.

use std::time::Duration;

use serde_json::{Value, json};

use super::authenticator::{Passkey, ask, options, text};
use super::{Browser, Page};
use crate::rest::administration::secured;
use crate::support::actors::Installation;
use crate::support::database::on_postgres;
use crate::support::{Person, TestApp};

const PASSKEYS: &str = "/security/passkeys";
const REFUSED: &str = "That passkey was not accepted";

/// Makes a passkey in a browser where its member is signed in.
#[track_caller]
fn make(browser: &Browser, passkey: &Passkey) -> Page {
    let page = browser.post(PASSKEYS, &[]).expect(200).saying("A new passkey");
    let made = passkey.made(&options(browser, "create")).to_string();
    browser.submit(&page, PASSKEYS, &[("label", ""), ("passkey", &made)])
}

/// A member with a passkey and nothing else, and secure login on.
#[track_caller]
fn with_passkey(app: &TestApp, home: &Installation, name: &str, seed: u8) -> (Person, Passkey) {
    let (mut member, passkey) = (home.member(name), Passkey::new(app, seed));
    let browser = Browser::of(app, &member);
    let codes = make(&browser, &passkey).expect(201).saying("Recovery codes");
    let list = codes.text.split("class=\"codes\"").nth(1).unwrap().split("</ul>").next().unwrap();
    member.recovery_codes =
        list.split("<li>").skip(1).map(|item| item.split("</li>").next().unwrap().to_owned()).collect();
    assert_eq!(member.recovery_codes.len(), 10);
    browser.post("/security/secure-login/on", &[]).expect(200);
    (member, passkey)
}

fn factors(home: &Installation, member: &Person) -> Vec<Value> {
    home.operator.get(&member.path("/second-factors")).expect(200).items().clone()
}

/// Signs in by a passkey alone.
#[track_caller]
fn sign_in(browser: &Browser, passkey: &Passkey) -> Page {
    let shown = passkey.shown(browser, "sign-in");
    browser.post("/sign-in", &[("proof_passkey", &shown)])
}

/// Gives the account password, as the first of two steps.
#[track_caller]
fn password(browser: &Browser, member: &Person) -> Page {
    let fields = [("proof_login", member.login.as_str()), ("proof_password", &member.password)];
    browser.post("/sign-in", &fields).expect(401)
}

#[test]
fn a_passkey_is_a_factor_like_others() {
    let (app, home) = TestApp::installed();
    let (alice, passkey) = with_passkey(&app, &home, "alice", 1);

    let listed = factors(&home, &alice);
    assert_eq!(
        (listed.len(), &listed[0]["type"], &listed[0]["label"]),
        (1, &json!("passkey"), &json!("Passkey"))
    );
    assert_eq!(listed[0]["state"], "confirmed");
    let events = home.operator.get(&home.path("/audit-events?action=second_factor.confirmed"));
    assert_eq!(events.items()[0]["details"], json!({"type": "passkey"}));

    // Programs sign in with the password and a recovery code; a passkey shows no codes.
    let body = |code: &str| json!({"login": alice.login, "password": alice.password, "code": code});
    app.http().post("/v1/sessions", &body("")).expect_problem(401, "second_factor_required");
    app.http().post("/v1/sessions", &body("123456")).expect_problem(401, "invalid_code");
    let mut session = alice.clone();
    let token = app.http().post("/v1/sessions", &body(&alice.recovery_codes[0])).expect(201).text_of("token");
    session.http = session.http.bearing(&token);
    session.issue("My phone");
    let confirm = session.path(&format!("/second-factors/{}/confirm", listed[0]["id"].as_str().unwrap()));
    session.http.post(&confirm, &json!({"code": "123456"})).expect_problem(409, "already_confirmed");

    // A second one brings no codes, and has a name of its own; the same authenticator makes none.
    let browser = Browser::at(&app);
    sign_in(&browser, &passkey).expect(200);
    let made = make(&browser, &Passkey::new(&app, 2)).expect(200).saying("The passkey is made.");
    assert!(made.path.starts_with("/security?"), "{}", made.path);
    assert_eq!(factors(&home, &alice)[0]["label"], "Passkey 2");
    let known = options(&browser, "create")["excludeCredentials"].clone();
    assert_eq!(known.as_array().unwrap().len(), 2);
    make(&browser, &passkey).expect(400).saying("Try again.");
    assert_eq!(factors(&home, &alice).len(), 2);
}

#[test]
fn programs_cannot_make_one() {
    let (app, home) = TestApp::installed();
    let mut alice = home.member("alice");
    alice.sign_in();
    let answer = alice.http.post(&alice.path("/second-factors"), &json!({"type": "passkey"}));
    answer.expect_field("type", "not_allowed");
    drop(app);
}

#[test]
fn the_first_factor_ends_the_sessions_that_knew_the_password_alone() {
    let (app, home) = TestApp::installed();
    let alice = home.member("alice");
    let (here, there) = (Browser::of(&app, &alice), Browser::of(&app, &alice));
    make(&here, &Passkey::new(&app, 1)).expect(201);
    assert!(there.get("/overview").path.starts_with("/sign-in"));
    assert!(here.get("/overview").path.starts_with("/overview"));
}

#[test]
fn one_that_knew_the_person_is_a_sign_in_alone() {
    let (app, home) = TestApp::installed();
    let (alice, passkey) = with_passkey(&app, &home, "alice", 1);
    let browser = Browser::at(&app);
    assert!(browser.get("/sign-in").has("data-passkey=\"sign-in\""));
    let asked = options(&browser, "sign-in");
    assert_eq!((&asked["allowCredentials"], &asked["userVerification"]), (&json!([]), &json!("required")));

    let whose = uuid::Uuid::parse_str(&alice.id).unwrap().as_bytes().to_vec();
    let shown = passkey.signed(&passkey.says("sign-in", &asked, Some(whose))).to_string();
    let page = browser.post("/sign-in?next=/help", &[("proof_passkey", &shown)]).expect(200);
    assert_eq!(page.path, "/help");
    let session = app.http().bearing(&browser.cookie("session").unwrap());
    assert_eq!(session.get("/v1/me").expect(200).body["member"]["login"], alice.login);
    let sessions = session.get(&alice.path("/sessions")).expect(200);
    assert_eq!(sessions.items()[0]["second_factor"], "passkey");
    let events = home.operator.get(&home.path("/audit-events?action=session.created"));
    assert_eq!(events.items()[0]["details"]["second_factor"], "passkey");

    // What was answered once opens nothing again, here or in another browser.
    browser.hold("session", None);
    browser.post("/sign-in", &[("proof_passkey", &shown)]).expect(401).saying(REFUSED);
    Browser::at(&app).post("/sign-in", &[("proof_passkey", &shown)]).expect(401).saying(REFUSED);
    assert!(browser.cookie("session").is_none());
    // And it ends whatever session was there.
    let bob = home.member("bob");
    let other = Browser::of(&app, &bob);
    let before = other.cookie("session").unwrap();
    sign_in(&other, &passkey).expect(200);
    app.http().bearing(&before).get("/v1/me").expect(401);
}

#[test]
fn one_that_did_not_know_the_person_is_no_sign_in_alone() {
    let (app, home) = TestApp::installed();
    let (_, passkey) = with_passkey(&app, &home, "alice", 1);
    passkey.verifies.set(false);
    let browser = Browser::at(&app);
    sign_in(&browser, &passkey).expect(401).saying(REFUSED);
    assert!(browser.cookie("session").is_none());
}

#[test]
fn after_the_right_password_any_is_a_second_step() {
    let (app, home) = TestApp::installed();
    let (alice, passkey) = with_passkey(&app, &home, "alice", 1);
    passkey.verifies.set(false);
    let (browser, id) = (Browser::at(&app), text(&passkey.id));
    // Nobody is told of ids before.
    assert!(!browser.get("/sign-in").has(&id) && !ask(&browser, "sign-in").has(&id));
    assert_ne!(ask(&browser, "code").status, 200);
    let wrong = [("proof_login", alice.login.as_str()), ("proof_password", "wrong")];
    browser.post("/sign-in", &wrong).expect(401);
    assert_ne!(ask(&browser, "code").status, 200);

    let asked = password(&browser, &alice).saying("use your passkey").saying("Use a recovery code instead");
    assert!(asked.has("<h1>Your passkey</h1>") && asked.has("<details open data-beside-passkeys>"));
    let at = |markup: &str| asked.text.find(markup).unwrap();
    assert!(at("data-passkey=\"code\"") < at("id=\"proof_code\""), "{}", asked.text);
    assert!(asked.has("data-passkey=\"code\"") && !asked.has(&id));
    assert_eq!(options(&browser, "code")["allowCredentials"][0]["id"], id);
    let shown = passkey.shown(&browser, "code");
    let page = browser.post("/sign-in", &[("proof_passkey", &shown)]).expect(200);
    assert!(page.path.starts_with("/overview"), "{}", page.path);
    assert!(browser.cookie("pending").is_none());

    // One with an authenticator is asked for codes, and for a passkey only if there is one.
    let bob = secured(&app, &home, "bob");
    let asked = password(&Browser::at(&app), &bob).saying("Code from your authenticator");
    assert!(!asked.has("data-passkey") && asked.has("<h1>Your code</h1>"));
}

#[test]
fn a_second_step_is_of_the_pending_sign_in_and_its_member() {
    let (app, home) = TestApp::installed();
    let (alice, passkey) = with_passkey(&app, &home, "alice", 1);
    let (bob, of_bob) = with_passkey(&app, &home, "bob", 2);

    // Another member's passkey, asked as this one's.
    let browser = Browser::at(&app);
    password(&browser, &alice);
    let shown = of_bob.shown(&browser, "code");
    browser.post("/sign-in", &[("proof_passkey", &shown)]).expect(401).saying(REFUSED);
    // Asked in another pending sign-in, of another member or the same.
    for other in [&bob, &alice] {
        let there = Browser::at(&app);
        password(&there, other);
        let asked = options(&there, "code");
        let shown = passkey.signed(&passkey.says("code", &asked, None)).to_string();
        browser.post("/sign-in", &[("proof_passkey", &shown)]).expect(401).saying(REFUSED);
    }
    // Asked for a sign-in alone, and the other way round.
    let asked = options(&browser, "sign-in");
    let shown = passkey.signed(&passkey.says("code", &asked, None)).to_string();
    browser.post("/sign-in", &[("proof_passkey", &shown)]).expect(401).saying(REFUSED);
    let asked = options(&browser, "code");
    let shown = passkey.signed(&passkey.says("sign-in", &asked, None)).to_string();
    browser.post("/sign-in", &[("proof_passkey", &shown)]).expect(401).saying(REFUSED);
    assert!(browser.cookie("session").is_none());

    // The pending sign-in is still good, until it is over.
    app.advance(Duration::from_secs(299));
    let shown = passkey.shown(&browser, "code");
    app.advance(Duration::from_secs(2));
    let over = browser.post("/sign-in", &[("proof_passkey", &shown)]).expect(401);
    assert!(over.has("name=\"proof_password\""), "{}", over.text);
}

#[test]
fn it_says_once_more_who_it_is() {
    let (app, home) = TestApp::installed();
    let (alice, passkey) = with_passkey(&app, &home, "alice", 1);
    let browser = Browser::at(&app);
    sign_in(&browser, &passkey).expect(200);
    let new = "/passwords/new?kind=phone";
    let typed = [("label", "My phone"), ("protocols", "imap")];

    // One that knew the person is enough, even beside a wrong password that the browser filled in.
    app.advance(Duration::from_secs(301));
    let form = browser.get(new).expect(200);
    let asked = browser.submit(&form, new, &typed).expect(401).saying("Is it still you?");
    assert!(asked.has("data-passkey=\"step-up\"") && asked.has("Recovery code"), "{}", asked.text);
    assert_eq!(options(&browser, "step-up")["userVerification"], "preferred");
    let shown = passkey.shown(&browser, "step-up");
    let proof = [("proof_passkey", shown.as_str()), ("proof_password", "wrong")];
    browser.submit(&asked, new, &proof).expect(201).saying("Your new client password");

    // One that did not needs the password beside it.
    app.advance(Duration::from_secs(301));
    passkey.verifies.set(false);
    let form = browser.get(new).expect(200);
    let asked = browser.submit(&form, new, &typed).expect(401);
    let shown = passkey.shown(&browser, "step-up");
    let asked = browser.submit(&asked, new, &[("proof_passkey", &shown)]).expect(401).saying(REFUSED);
    let proof = [("proof_passkey", shown.as_str()), ("proof_password", "wrong")];
    let asked = browser.submit(&asked, new, &proof).expect(401);
    let proof = [("proof_passkey", shown.as_str()), ("proof_password", &alice.password)];
    browser.submit(&asked, new, &proof).expect(201);
    assert_eq!(home.operator.get(&alice.path("/client-passwords")).items().len(), 2);
    let events = home.operator.get(&home.path("/audit-events?action=session.reauthenticated"));
    assert_eq!(events.items().len(), 2);
}

#[test]
fn once_more_is_of_the_session_and_its_member() {
    let (app, home) = TestApp::installed();
    let (alice, passkey) = with_passkey(&app, &home, "alice", 1);
    let (_, of_bob) = with_passkey(&app, &home, "bob", 2);
    let (here, there) = (Browser::at(&app), Browser::at(&app));
    sign_in(&here, &passkey).expect(200);
    sign_in(&there, &passkey).expect(200);
    app.advance(Duration::from_secs(301));

    let by_bob = of_bob.shown(&here, "step-up");
    let from_there = passkey.shown(&there, "step-up");
    let asked = passkey.says("step-up", &options(&here, "sign-in"), None);
    for shown in [by_bob, from_there, passkey.signed(&asked).to_string()] {
        let asked = here.post(PASSKEYS, &[]).expect(401).saying("Is it still you?");
        here.submit(&asked, PASSKEYS, &[("proof_passkey", &shown)]).expect(401).saying(REFUSED);
    }
    // Without a session there is nothing to say once more.
    let shown = passkey.shown(&here, "step-up");
    let asked = Browser::at(&app).post(PASSKEYS, &[("proof_passkey", &shown)]).expect(401);
    assert!(asked.has("name=\"proof_login\""));
    here.post(PASSKEYS, &[("proof_passkey", &shown)]).expect(200).saying("A new passkey");
    drop(alice);
}

#[test]
fn making_one_needs_a_fresh_session_that_asked_for_it() {
    let (app, home) = TestApp::installed();
    let (alice, passkey) = with_passkey(&app, &home, "alice", 1);
    let browser = Browser::at(&app);
    sign_in(&browser, &passkey).expect(200);
    let page = browser.post(PASSKEYS, &[]).expect(200);
    let new = Passkey::new(&app, 3);

    // Asked in another session, for something else, for another origin, or long ago.
    let other = Browser::at(&app);
    sign_in(&other, &passkey).expect(200);
    let elsewhere = new.made(&options(&other, "create"));
    let mut for_another = options(&browser, "step-up");
    for_another["rp"] = json!({"id": "localhost"});
    let mut wrong = vec![elsewhere, new.made(&for_another)];
    let asked = options(&browser, "create");
    for (name, value) in
        [("algorithm", json!(-7)), ("id", json!(text(&[9; 20]))), ("key", json!("AAAA")), ("data", json!(""))]
    {
        let mut made = new.made(&asked);
        made[name] = value;
        wrong.push(made);
    }
    wrong.push(json!("nonsense"));
    for made in wrong {
        let refused = browser.submit(&page, PASSKEYS, &[("passkey", &made.to_string())]);
        refused.expect(400).saying("Try again.");
    }
    let made = new.made(&asked).to_string();
    let long = "x".repeat(129);
    browser.submit(&page, PASSKEYS, &[("passkey", &made), ("label", &long)]).expect(400);
    assert_eq!(factors(&home, &alice).len(), 1);

    // What the browser made is kept while it is asked who is there; the challenge is over by then, and it is made anew.
    app.advance(Duration::from_secs(301));
    let asked = browser.submit(&page, PASSKEYS, &[("passkey", &made)]).expect(401).saying("Is it still you?");
    assert_eq!(ask(&browser, "create").status, 401);
    let shown = passkey.shown(&browser, "step-up");
    browser.submit(&asked, PASSKEYS, &[("proof_passkey", &shown)]).expect(400).saying("Try again.");
    make(&browser, &new).expect(200);
    assert_eq!(factors(&home, &alice).len(), 2);
}

/// A change to what a passkey says, or to the field of the form.
type Change = (fn(&mut super::authenticator::Said), fn(&mut Value));

#[test]
fn whatever_is_wrong_is_refused_alike() {
    const NOTHING: Change = (|_| {}, |_| {});
    let changes: [Change; 12] = [
        (|said| said.client["type"] = json!("webauthn.create"), NOTHING.1),
        (|said| said.client["origin"] = json!("http://localhost:1"), NOTHING.1),
        (|said| said.client["origin"] = json!("https://localhost"), NOTHING.1),
        (|said| said.client["crossOrigin"] = json!(true), NOTHING.1),
        (|said| said.client["challenge"] = json!("AQIDBA"), NOTHING.1),
        (|said| said.data[0] ^= 1, NOTHING.1),
        (|said| said.data[32] &= !1, NOTHING.1),
        (|said| said.user = Some(vec![7; 16]), NOTHING.1),
        (NOTHING.0, |field| field["signature"] = json!(text(&[1; 64]))),
        (NOTHING.0, |field| field["id"] = json!(text(&[1; 19]))),
        (NOTHING.0, |field| field["data"] = json!("")),
        (NOTHING.0, |field| field["for"] = json!("something")),
    ];
    let (app, home) = TestApp::installed();
    let (_, passkey) = with_passkey(&app, &home, "alice", 1);
    let browser = Browser::at(&app);
    let mut pages = Vec::new();
    for (say, fill) in changes {
        let asked = options(&browser, "sign-in");
        let mut said = passkey.says("sign-in", &asked, None);
        say(&mut said);
        let mut field = passkey.signed(&said);
        fill(&mut field);
        let page = browser.post("/sign-in", &[("proof_passkey", &field.to_string())]).expect(401);
        pages.push(page.saying(REFUSED).text);
    }
    pages.dedup();
    assert_eq!(pages.len(), 1);
    assert!(browser.cookie("session").is_none());
    sign_in(&browser, &passkey).expect(200);
}

#[test]
fn one_that_counts_back_is_a_copy_and_refused() {
    let (app, home) = TestApp::installed();
    let (alice, passkey) = with_passkey(&app, &home, "alice", 1);
    let browser = Browser::at(&app);
    for (count, status) in [(0, 200), (5, 200), (6, 200), (6, 401), (3, 401), (0, 401), (7, 200)] {
        passkey.count.set(count);
        assert_eq!(sign_in(&browser, &passkey).status, status, "{count}");
        browser.hold("session", None);
    }
    drop(alice);
}

#[test]
fn a_challenge_is_over_after_five_minutes() {
    let (app, home) = TestApp::installed();
    let (_, passkey) = with_passkey(&app, &home, "alice", 1);
    let browser = Browser::at(&app);
    let shown = passkey.shown(&browser, "sign-in");
    app.advance(Duration::from_secs(300));
    browser.post("/sign-in", &[("proof_passkey", &shown)]).expect(401).saying(REFUSED);
}

#[test]
fn what_ends_a_member_or_a_factor_ends_its_passkeys() {
    let (app, home) = TestApp::installed();
    let (alice, passkey) = with_passkey(&app, &home, "alice", 1);
    let browser = Browser::at(&app);
    let state = |state: &str| {
        let http = home.operator.with("If-Match", "*");
        http.patch(&alice.path(""), &json!({"state": state})).expect(200);
    };
    let shown = passkey.shown(&browser, "sign-in");
    state("suspended");
    browser.post("/sign-in", &[("proof_passkey", &shown)]).expect(401).saying(REFUSED);
    state("active");
    sign_in(&browser, &passkey).expect(200);

    // The last one turns secure login off, which is said before.
    let id = factors(&home, &alice)[0]["id"].as_str().unwrap().to_owned();
    let remove = format!("/security/factors/{id}/remove");
    browser.get(&remove).expect(200).saying("It is your last second step.");
    browser.act(&remove, &[]).expect(200);
    let secure_login = home.operator.get(&alice.path("/secure-login")).expect(200);
    assert_eq!(secure_login.body["enabled"], false);
    sign_in(&Browser::at(&app), &passkey).expect(401).saying(REFUSED);
    // The id is free again.
    make(&browser, &passkey).expect(201);

    // Whoever lost them all is rid of them.
    home.operator.delete(&alice.path("/second-factors")).expect(204);
    assert!(factors(&home, &alice).is_empty());
    sign_in(&Browser::at(&app), &passkey).expect(401).saying(REFUSED);
    let (_, other) = with_passkey(&app, &home, "bob", 2);
    let shown = other.shown(&browser, "sign-in");
    home.operator.delete(&home.path("")).expect(204);
    browser.post("/sign-in", &[("proof_passkey", &shown)]).expect(401).saying(REFUSED);
}

#[test]
fn what_was_answered_is_kept_until_it_is_over() {
    const COUNT: &str = "SELECT count(*) FROM answered_challenges";
    // The test looks into the file.
    if on_postgres() {
        return;
    }
    let (app, home) = TestApp::installed();
    let (_, passkey) = with_passkey(&app, &home, "alice", 1);
    let sweep = || app.sweep(async |expiry, lease| expiry.sweep_sessions(lease).await);
    // Whoever asks and asks leaves nothing here.
    let browser = Browser::at(&app);
    for _ in 0..5 {
        options(&browser, "sign-in");
    }
    sign_in(&browser, &passkey).expect(200);
    sweep();
    assert_eq!(app.number(COUNT), 2);
    app.advance(Duration::from_secs(300));
    sweep();
    assert_eq!(app.number(COUNT), 0);
}

#[test]
fn passkeys_of_another_host_are_warned_of_at_start_and_not_asked_for() {
    let heard = || {
        let log = crate::logs::text();
        let mut lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        lines.rfind(|line| line["event"] == "passkeys_of_another_host")
    };
    assert_eq!(heard(), None);
    let (mut app, home) = TestApp::installed();
    let (alice, _) = with_passkey(&app, &home, "alice", 1);
    app.restart();
    assert_eq!(heard(), None);

    let other = "https://pass.example.org".to_owned();
    app.reconfigure(|config| config.server.public_url = Some(other.try_into().unwrap()));
    let warning = heard().unwrap();
    assert_eq!((&warning["made_for"], &warning["host"]), (&json!("localhost"), &json!("pass.example.org")));
    let browser = Browser::at(&app);
    let asked = password(&browser, &alice).saying("Recovery code");
    assert!(!asked.has("data-passkey=\"code\""));
    let code = [("proof_code", alice.recovery_codes[0].as_str())];
    browser.post("/sign-in", &code).expect(200);
}

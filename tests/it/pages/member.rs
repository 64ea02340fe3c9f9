//! The way of a member: enrolment, client passwords, what is shown once, what ends.

use std::time::Duration;

use super::{Browser, Page, read};
use crate::rest::administration::secured;
use crate::support::TestApp;

const NEW: &str = "/passwords/new?kind=phone";
const TYPED: [(&str, &str); 3] = [("label", "My phone"), ("protocols", "imap"), ("protocols", "smtp")];
/// The second of two clicks looks so often whether the first is done.
const LOOK: Duration = Duration::from_millis(200);
/// What a browser would run, if it were not text.
const MARKUP: &str = "<img src=x onerror=alert(1)>\"'{{7*7}}";

/// The secret on a page.
#[track_caller]
fn secret(page: &Page) -> String {
    let start = page.text.find("id=\"secret\"").unwrap_or_else(|| panic!("no secret in\n{}", page.text));
    let shown = page.text[start..].split("</p>").next().unwrap();
    shown.split("<span>").skip(1).map(|group| group.split("</span>").next().unwrap()).collect()
}

#[test]
fn a_member_enrols_step_by_step_and_gets_mail() {
    let (app, home) = TestApp::installed();
    let alice = home.member("alice");
    let browser = Browser::of(&app, &alice);
    assert_eq!(browser.get(NEW).path, "/start");

    let start = browser.get("/start").expect(200).saying("First: an authenticator");
    let at = |page: &Page, step: &str| page.has(&format!("aria-current=\"step\">{step}</li>"));
    assert!(at(&start, "Second step"), "{}", start.text);
    let way = [("way", "start")];
    let factor = browser.submit(&start, "/security/factors", &way).expect(201);
    let start = factor.text.find("id=\"key\"").unwrap();
    let shown = factor.text[start..].split("</p>").next().unwrap();
    let key: String =
        shown.split("<span>").skip(1).map(|group| group.split("</span>").next().unwrap()).collect();
    assert!(factor.has("<svg class=\"qr\"") && !factor.has("otpauth:"), "{}", factor.text);

    let start = factor.text.find("/security/factors/").unwrap();
    let confirm = factor.text[start..].split('"').next().unwrap().to_owned();
    let wrong = browser.submit(&factor, &confirm, &[("code", "000000")]).expect(400);
    assert!(!wrong.has(&key) && !wrong.has("<svg class=\"qr\""));

    let code = crate::support::actors::totp(&key, app.time.wall());
    let codes = browser.submit(&wrong, &confirm, &[("code", &code)]).expect(201).saying("Recovery codes");
    let shown = codes.text.split("id=\"codes\"").nth(1).unwrap().split("</ul>").next().unwrap();
    assert_eq!(shown.matches("<li>").count(), 10, "{shown}");
    // Sent again within half a minute it shows the same codes.
    let again = browser.submit(&wrong, &confirm, &[("code", &code)]).expect(201);
    assert!(again.has(shown.split("<li>").nth(1).unwrap().split('<').next().unwrap()));

    let on =
        browser.submit(&codes, "/security/secure-login/on", &[]).expect(200).saying("Secure login is on");
    assert!(on.path.starts_with("/passwords/new") && at(&on, "First client password"), "{}", on.text);
    let guided = format!("{NEW}&way=start");
    assert!(on.has(&guided.replace('&', "&amp;")), "{}", on.text);
    let form = browser.get(&guided).expect(200);
    assert!(at(&form, "First client password") && form.has("/passwords/new?way=start\""), "{}", form.text);
    let wrong = browser.submit(&form, NEW, &[("label", ""), ("protocols", "imap")]).expect(400);
    let shown = browser.submit(&wrong, NEW, &TYPED).expect(201);
    assert!(at(&wrong, "First client password") && at(&shown, "First client password"), "{}", shown.text);
    assert!(!at(&browser.get(NEW), "First client password"), "who makes another is on no guided way");
    assert_eq!(home.mail_server.verdict(&alice.login, &secret(&shown)), "accept");
    browser.get("/overview").saying("One client password in use");
}

#[test]
fn the_same_form_makes_one_and_shows_it_for_half_a_minute() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, &home, "alice");
    let browser = Browser::at(&app);
    browser.hold("session", Some(alice.http.token()));

    let form = browser.get(NEW).expect(200);
    let first = browser.submit(&form, NEW, &TYPED).expect(201);
    let second = browser.submit(&form, NEW, &TYPED).expect(201);
    assert_eq!(secret(&first), secret(&second));
    assert_eq!(home.operator.get(&alice.path("/client-passwords")).items().len(), 1);

    // Another content is another form.
    browser.submit(&form, NEW, &[("label", "Other"), ("protocols", "imap")]).expect(422);

    app.advance(Duration::from_secs(30));
    let over = browser.submit(&form, NEW, &TYPED).expect(409);
    assert!(!over.has(&secret(&first)[..5]), "{}", over.text);
    assert_eq!(home.operator.get(&alice.path("/client-passwords")).items().len(), 1);
}

#[test]
fn two_clicks_at_the_same_moment_make_one() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, &home, "alice");
    let token = alice.http.token().to_owned();
    let browser = Browser::at(&app);
    browser.hold("session", Some(&token));
    let form = browser.get(NEW).expect(200);

    let mut hidden = form.hidden(NEW);
    hidden.extend(TYPED.map(|(name, value)| (name.to_owned(), value.to_owned())));
    let (done, finished) = std::sync::mpsc::channel();
    let secrets: Vec<String> = std::thread::scope(|scope| {
        for _ in 0..4 {
            let (hidden, token, app, done) = (hidden.clone(), token.clone(), &app, done.clone());
            scope.spawn(move || {
                let browser = Browser::at(app);
                browser.hold("session", Some(&token));
                let fields: Vec<_> =
                    hidden.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
                done.send(secret(&browser.post(NEW, &fields).expect(201))).unwrap();
            });
        }

        // The first is answered while time stands still; the others look again after a while.
        let first = finished.recv().unwrap();
        let others = (1..4).map(|_| {
            loop {
                match finished.try_recv() {
                    Ok(secret) => break secret,
                    Err(_) if app.time.waits().contains(&LOOK) => app.advance(LOOK),
                    Err(_) => std::thread::yield_now(),
                }
            }
        });
        std::iter::once(first).chain(others.collect::<Vec<_>>()).collect()
    });
    assert!(secrets.windows(2).all(|two| two[0] == two[1]), "{secrets:?}");
    assert_eq!(home.operator.get(&alice.path("/client-passwords")).items().len(), 1);
}

#[test]
fn one_is_renamed_narrowed_rotated_and_ended() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, &home, "alice");
    let browser = Browser::at(&app);
    browser.hold("session", Some(alice.http.token()));
    let first = secret(&browser.act(NEW, &TYPED).expect(201));
    let id =
        home.operator.get(&alice.path("/client-passwords")).items()[0]["id"].as_str().unwrap().to_owned();
    let page = format!("/passwords/{id}");
    let state = || home.operator.get(&format!("/v1/client-passwords/{id}")).expect(200).body;

    let typed =
        [("label", "Phone of Alice"), ("protocols", "imap"), ("networks", "192.0.2.0/24\n 2001:db8::/32")];
    let old = browser.get(&page).expect(200);
    browser.submit(&old, &page, &typed).expect(200).saying("Phone of Alice");
    assert_eq!(state()["networks"], serde_json::json!(["192.0.2.0/24", "2001:db8::/32"]));
    assert_eq!(state()["protocols"], serde_json::json!(["imap"]));
    // The page from before that change knows nothing of it.
    browser.submit(&old, &page, &typed[..2]).expect(412).saying("changed");
    for (field, value, fault) in [("networks", "nonsense", "192.0.2.7"), ("label", "", "")] {
        let wrong = [("label", "x"), ("protocols", "imap"), (field, value)];
        let wrong = &wrong[usize::from(field == "label")..];
        browser.act(&page, wrong).expect(400).saying(fault);
    }

    let rotate = format!("{page}/rotate");
    let rotated = browser.act(&rotate, &[("overlap", "3600")]).expect(201);
    assert_ne!(first, secret(&rotated));
    assert_eq!(state()["state"], "superseded");

    let end = format!("{page}/end");
    browser.act(&end, &[]).expect(200).saying("has ended");
    assert_eq!(state()["ended_reason"], "revoked_by_member");
    browser.get("/passwords?state=revoked").saying("you ended it");
    browser.act("/passwords/end-all", &[]).expect(200).saying("have ended");
    browser.get("/passwords").saying("There is none yet");
}

#[test]
fn what_people_typed_is_text() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, &home, "alice");
    let browser = Browser::at(&app);
    browser.hold("session", Some(alice.http.token()));
    let made = secret(&browser.act(NEW, &[("label", MARKUP), ("protocols", "imap")]).expect(201));

    let check = serde_json::json!({"login": alice.login, "password": made, "protocol": "imap",
        "client_ip": "192.0.2.7", "client": MARKUP});
    home.mail_server.post("/v1/verify", &check).expect(200);
    let id =
        home.operator.get(&alice.path("/client-passwords")).items()[0]["id"].as_str().unwrap().to_owned();

    for path in [
        "/overview".to_owned(),
        "/passwords".into(),
        format!("/passwords/{id}"),
        format!("/passwords/{id}/end"),
        format!("/passwords/{id}/rotate"),
        "/passwords/end-all".into(),
        "/security/secure-login/off".into(),
        "/security/password".into(),
        "/help".into(),
        "/activity".into(),
    ] {
        let page = browser.get(&path).expect(200);
        assert!(!page.has("<img src=x"), "{path}\n{}", page.text);
    }
}

#[test]
fn the_live_check_sees_the_first_sign_in_and_prolongs_nothing() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, &home, "alice");
    let browser = Browser::at(&app);
    browser.hold("session", Some(alice.http.token()));
    let made = secret(&browser.act(NEW, &TYPED).expect(201));
    let id =
        home.operator.get(&alice.path("/client-passwords")).items()[0]["id"].as_str().unwrap().to_owned();
    let live = format!("/passwords/{id}/live");
    let look = || read(browser.send("GET", &live, &[], String::new()), &live);
    assert_eq!(look().expect(200).text, "{\"said\":null}");

    let check = serde_json::json!({"login": alice.login, "password": made, "protocol": "imap",
        "client_ip": "192.0.2.7", "client": "iPhone Mail"});
    home.mail_server.post("/v1/verify", &check).expect(200);
    let said = look().expect(200).text;
    assert!(said.contains("iPhone") && said.contains("192.0.2.7"), "{said}");

    // Nobody else learns of it.
    let bob = home.member("bob");
    let other = Browser::of(&app, &bob);
    assert_eq!(other.send("GET", &live, &[], String::new()).status(), 404);

    // A page that is left open does not keep the session alive.
    for _ in 0..3 {
        app.advance(Duration::from_secs(600));
        look();
    }
    assert_eq!(browser.send("GET", &live, &[], String::new()).status(), 303);
}

#[test]
fn the_overview_says_what_needs_a_look() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, &home, "alice");
    let dead = alice.issue("Old tablet");
    let browser = Browser::at(&app);
    browser.hold("session", Some(alice.http.token()));
    browser.act(&format!("/passwords/{}/end", dead.id), &[]).expect(200);
    home.mail_server.verdict(&alice.login, &dead.secret);
    let to = |id: &str| format!("href=\"/passwords/{id}\">");
    let overview = browser.get("/overview").expect(200).saying("Old tablet").saying("which has ended");
    let help = browser.get("/help").expect(200).saying("There is no client password that works");
    assert!(overview.has(&to(&dead.id)) && help.has(&to(&dead.id)), "{}", help.text);

    // Each says which one it is about, and leads there.
    let soon = [("label", "Guest"), ("protocols", "imap"), ("ends", "7")];
    browser.act(NEW, &soon).expect(201);
    let listed = home.operator.get(&alice.path("/client-passwords?state=active"));
    let guest = listed.items()[0]["id"].as_str().unwrap();
    let overview = browser.get("/overview").expect(200).saying("ends by itself soon").saying("Old tablet");
    let help = browser.get("/help").expect(200).saying("may read mail, not send it").saying("Old tablet");
    assert!(overview.has(&to(guest)) && help.has(&to(guest)), "{}", overview.text);
}

#[test]
fn the_pages_speak_two_languages() {
    let (app, home) = TestApp::installed();
    Browser::speaking(&app, "zh-CN,zh;q=0.9").get("/sign-in").expect(200).saying("登录");
    let browser = Browser::of(&app, &home.owner);
    let page = browser.post("/language", &[("language", "zh-Hans"), ("back", "/help")]).expect(200);
    assert_eq!(page.path, "/help");
    assert!(page.has("<html lang=\"zh-Hans\">"));
    // It is remembered, whatever the browser asks for.
    assert!(browser.get("/overview").has("<html lang=\"zh-Hans\">"));
    for elsewhere in ["//evil.example", "https://evil.example/", "/\\evil.example"] {
        let page = browser.post("/language", &[("language", "en"), ("back", elsewhere)]);
        assert_eq!(page.path, "/overview");
    }
}

#[test]
fn while_one_is_replaced_its_page_says_how_far_the_client_has_come() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, &home, "alice");
    let old = alice.issue("Laptop");
    for protocol in ["imap", "smtp"] {
        assert_eq!(home.mail_server.verdict_over(&alice.login, &old.secret, protocol), "accept");
    }

    let browser = Browser::at(&app);
    browser.hold("session", Some(alice.http.token()));
    let page = format!("/passwords/{}", old.id);
    let new = secret(&browser.act(&format!("{page}/rotate"), &[("overlap", "86400")]).expect(201));
    browser.get(&page).expect(200).saying("nothing yet");
    assert_eq!(home.mail_server.verdict_over(&alice.login, &new, "imap"), "accept");
    let shown = browser.get(&page).expect(200).saying("Uses the new one for");
    assert!(!shown.has("nothing yet") && shown.has("reading mail (IMAP)"), "{}", shown.text);
}

#[test]
fn every_field_that_is_wrong_is_told() {
    let (app, home) = TestApp::installed();
    let alice = secured(&app, &home, "alice");
    let browser = Browser::at(&app);
    browser.hold("session", Some(alice.http.token()));
    let all_told = |page: Page, fields: &[&str]| {
        for field in fields {
            assert!(page.has(&format!("id=\"{field}-fault\"")), "{field} in\n{}", page.text);
        }
    };

    let (typed, told) = ([("label", " "), ("networks", "somewhere")], ["label", "protocols", "networks"]);
    all_told(browser.act(NEW, &typed).expect(400), &told);
    let made = alice.issue("Phone");
    all_told(browser.act(&format!("/passwords/{}", made.id), &typed).expect(400), &told);
    all_told(browser.act("/security/password", &[]).expect(400), &["current_password", "password"]);
    all_told(Browser::at(&app).post("/invitation", &[]).expect(400), &["token", "password"]);

    let owner = Browser::of(&app, &home.owner);
    let typed = [("login", "elsewhere@example.com"), ("display_name", " "), ("role", "member")];
    all_told(owner.act("/admin/members/new", &typed).expect(400), &["login", "display_name"]);
    let audit =
        "/admin/audit?member=nobody%40example.org&actor=nobody%40example.org&since=yesterday&until=never";
    all_told(owner.get(audit).expect(200), &["member", "actor", "since", "until"]);
    let form = owner.get("/admin/revocations").expect(200);
    let typed = [("label", "a\u{7}"), ("member_ids", "nobody@example.org"), ("created_before", "yesterday")];
    let page = owner.submit(&form, "/admin/revocations/preview", &typed).expect(400);
    all_told(page, &["label", "member_ids", "created_before"]);
}

//! `/setup` as a browser without scripts sees it: the form, the two keys, and who is signed in by then.

use std::time::Duration;

use clientpass::clock::{SystemTimeSource, TimeSource as _};

use crate::support::{Answer, Http, TestApp};

const KIND: &str = "application/x-www-form-urlencoded";
const ONCE: &str = "0123456789abcdef0123456789abcdef";
const PASSWORD: &str = "owner's password";

/// What is typed into the form.
struct Typed<'a>(Vec<(&'a str, &'a str)>);

impl<'a> Typed<'a> {
    fn with(token: &'a str) -> Self {
        let fields = [("organization", "Example"), ("domain", "example.org"), ("owner", "owner@example.org")];
        let mut all = vec![("once", ONCE), ("token", token)];
        all.extend(fields);
        all.push(("password", PASSWORD));
        Self(all)
    }

    fn but(mut self, field: &'a str, value: &'a str) -> Self {
        self.0.iter_mut().filter(|(name, _)| *name == field).for_each(|one| one.1 = value);
        self
    }

    #[track_caller]
    fn send(&self, http: &Http) -> Answer {
        let mut body = form_urlencoded::Serializer::new(String::new());
        body.extend_pairs(&self.0);
        let http = http.with("Sec-Fetch-Site", "same-origin");
        http.send_raw("POST", "/setup", Some((KIND, body.finish().as_bytes())))
    }
}

fn token(app: &TestApp) -> &str {
    app.setup_token.as_deref().unwrap()
}

/// What stands in the element with this id.
#[track_caller]
fn shown<'a>(page: &'a Answer, id: &str) -> &'a str {
    let (_, behind) =
        page.text.split_once(&format!("id=\"{id}\"")).unwrap_or_else(|| panic!("{}", page.text));
    behind.split_once('>').unwrap().1.split('<').next().unwrap()
}

#[track_caller]
fn keys(page: &Answer) -> [String; 2] {
    ["operator", "mail_server"].map(|id| shown(page, id).to_owned())
}

/// The cookie of the session that a page brings.
fn session(page: &Answer) -> Option<&str> {
    let cookies = page.headers.iter().filter(|(name, _)| name == "set-cookie");
    let mut cookies = cookies.map(|(_, cookie)| cookie.split(';').next().unwrap());
    cookies.find(|cookie| cookie.starts_with("session="))
}

#[test]
fn the_form_makes_an_organization_shows_its_keys_and_signs_the_owner_in() {
    let app = TestApp::start();
    let form = app.http().get("/setup").expect(200);
    assert!(form.text.contains("data-typed") && form.text.contains("data-token"), "{}", form.text);
    let page = Typed::with(token(&app)).send(&app.http()).expect(201);
    assert_eq!(page.header("cache-control"), Some("no-store"));
    assert!(!page.text.contains(PASSWORD) && !page.text.contains(token(&app)));
    for leads in ["href=\"/start\"", "clientpass doctor", "href=\"/admin/members\"", "signed in"] {
        assert!(page.text.contains(leads), "{leads}: {}", page.text);
    }

    for (key, role) in keys(&page).iter().zip(["operator", "mail_server"]) {
        let key = app.http().bearing(key).get("/v1/me").expect(200).body["service_key"].clone();
        assert_eq!((&key["role"], &key["organization_id"]), (&role.into(), &serde_json::Value::Null));
    }
    let owner = app.http().with("Cookie", session(&page).unwrap());
    let overview = owner.get("/overview").expect(200);
    assert!(overview.text.contains("owner@example.org"), "{}", overview.text);
}

#[test]
fn the_whole_link_is_a_token_as_well() {
    let app = TestApp::start();
    let link = format!(" http://localhost:8600/setup#{} ", token(&app));
    Typed::with(&link).send(&app.http()).expect(201);
}

#[test]
fn a_wrong_token_is_said_beside_it_and_the_rest_is_kept() {
    let app = TestApp::start();
    for wrong in ["cpt_nonsense", "cpt_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "http://localhost/setup#"] {
        let page = Typed::with(wrong).but("organization", "Kept").send(&app.http()).expect(403);
        assert!(shown(&page, "token-fault").contains("clientpass setup-link"), "{}", page.text);
        assert!(page.text.contains("value=\"Kept\"") && page.text.contains("value=\"owner@example.org\""));
        assert!(!page.text.contains(wrong) && !page.text.contains(PASSWORD));
        assert_eq!(session(&page), None);
    }
    Typed::with(token(&app)).send(&app.http()).expect(201);
}

#[test]
fn what_is_wrong_stands_beside_its_field_and_what_was_typed_comes_back_but_the_password() {
    let app = TestApp::start();
    let long = "x".repeat(1025);
    for (field, value, says) in [
        ("organization", "", "name of your organization"),
        ("organization", "x\u{7}y", "cannot be read"),
        ("domain", "", "fill this in"),
        ("domain", "no domain", "This is no domain"),
        ("owner", "owner", "This is no mail address"),
        ("owner", "owner@example.test", "in the domain above"),
        ("password", "", "fill this in"),
        ("password", "short", "8 characters"),
        ("password", &long, "too long"),
        ("password", "aaaaa-aaaaa-aaaaa-aaaaa-aaaaa-aaaab", "cannot be your account password"),
    ] {
        let page = Typed::with(token(&app)).but(field, value).send(&app.http()).expect(400);
        let fault = shown(&page, &format!("{field}-fault"));
        assert!(fault.contains(says), "{field} {value}: {fault}");
        assert_eq!(page.text.matches("class=\"fault\"").count(), 1, "{}", page.text);
        // What came from behind the # is not there any more.
        assert!(page.text.contains(&format!("name=\"token\" data-token value=\"{}\"", token(&app))));
        for (name, kept) in
            [("organization", "Example"), ("domain", "example.org"), ("owner", "owner@example.org")]
        {
            assert!(name == field || page.text.contains(&format!("value=\"{kept}\"")), "{name}");
        }
        assert!(field != "password" || value.is_empty() || !page.text.contains(value));
        assert!(!page.text.contains(PASSWORD));
    }

    let chinese = app.http().with("Accept-Language", "zh-CN");
    let page = Typed::with(token(&app)).but("domain", "x").send(&chinese).expect(400);
    assert!(shown(&page, "domain-fault").contains("这不是域名"), "{}", page.text);
    let nothing = Typed(vec![("once", ONCE)]).send(&app.http()).expect(400);
    assert_eq!(nothing.text.matches("class=\"fault\"").count(), 5);
    Typed::with(token(&app)).send(&app.http()).expect(201);
}

#[test]
fn a_form_that_is_sent_twice_shows_the_same_keys_for_ten_minutes() {
    let app = TestApp::start();
    let first = Typed::with(token(&app)).send(&app.http()).expect(201);
    app.advance(Duration::from_secs(599));
    let again = Typed::with(token(&app)).send(&app.http()).expect(201);
    assert_eq!(keys(&first), keys(&again));
    assert!(session(&again).is_some());
    // The browser may have brought the session of the first.
    let known = app.http().with("Cookie", session(&again).unwrap());
    let known = Typed::with(token(&app)).send(&known).expect(201);
    assert_eq!((keys(&known), session(&known)), (keys(&first), None));
    app.advance(Duration::from_secs(1));
    let late = Typed::with(token(&app)).send(&app.http()).expect(409);
    assert!(late.text.contains("href=\"/sign-in\"") && !late.text.contains("cpk_"), "{}", late.text);
}

#[test]
fn two_clicks_at_the_same_moment_show_the_same_keys() {
    let app = TestApp::start();
    let racers: Vec<_> = (0..3)
        .map(|_| {
            let (http, token) = (app.http(), token(&app).to_owned());
            std::thread::spawn(move || Typed::with(&token).send(&http).expect(201))
        })
        .collect();
    // Whoever waits for the other waits by the clock of the test, and does not look for ever.
    let (real, mut moved) = (SystemTimeSource::new(), Duration::ZERO);
    while !racers.iter().all(std::thread::JoinHandle::is_finished) {
        if real.monotonic() > moved + Duration::from_millis(50) {
            moved = real.monotonic();
            app.advance(Duration::from_millis(200));
        }
        std::thread::yield_now();
    }
    let pages: Vec<_> = racers.into_iter().map(|racer| keys(&racer.join().unwrap())).collect();
    assert!(pages.iter().all(|page| *page == pages[0]), "{pages:?}");
}

#[test]
fn another_form_is_told_that_it_is_set_up_and_led_to_the_sign_in() {
    let app = TestApp::start();
    Typed::with(token(&app)).send(&app.http()).expect(201);
    let other = Typed::with(token(&app)).but("once", "fedcba9876543210").send(&app.http()).expect(409);
    assert!(other.text.contains("href=\"/sign-in\"") && !other.text.contains("cpk_"), "{}", other.text);
    // Nor does another password open what was kept.
    let other = Typed::with(token(&app)).but("password", "another password").send(&app.http()).expect(422);
    assert!(!other.text.contains("cpk_"));
}

#[test]
fn where_there_is_no_organization_every_way_says_how_to_make_one() {
    let (app, _) = TestApp::installed();
    for path in ["/", "/setup"] {
        let page = app.http().get(path).expect(200);
        assert!(page.text.contains("name=\"proof_login\""), "{path}: {}", page.text);
    }
    let app = TestApp::start();
    let page = app.http().get("/").expect(200);
    assert!(page.text.contains("not set up") && page.text.contains("clientpass setup-link"), "{}", page.text);
}

#[test]
fn what_was_typed_is_text_and_never_markup() {
    let app = TestApp::start();
    let name = "<script>alert(1)</script>\"'&";
    let page = Typed::with(token(&app)).but("organization", name).but("domain", "<b>").send(&app.http());
    let page = page.expect(400);
    assert!(!page.text.contains("<script>alert") && !page.text.contains("<b>"), "{}", page.text);
    let page = Typed::with(token(&app)).but("organization", name).send(&app.http()).expect(201);
    assert!(!page.text.contains("<script>alert"), "{}", page.text);
    assert!(page.text.contains("&#60;script&#62;alert(1)&#60;/script&#62;"), "{}", page.text);
}

#[test]
fn a_page_of_somebody_else_sets_nothing_up() {
    let app = TestApp::start();
    let http = app.http().with("Sec-Fetch-Site", "cross-site");
    http.send_raw("POST", "/setup", Some((KIND, b"token=x"))).expect(403);
    Typed::with(token(&app)).send(&app.http()).expect(201);
}

#[test]
fn a_database_that_cannot_be_written_leaves_the_link_good() {
    let app = TestApp::start();
    app.faults.set_all(true);
    let page = Typed::with(token(&app)).send(&app.http()).expect(503);
    assert!(!page.text.contains(PASSWORD) && !page.text.contains(token(&app)));
    app.faults.set_all(false);
    Typed::with(token(&app)).send(&app.http()).expect(201);
}

/// Nothing else shows them.
#[test]
fn the_keys_are_shown_even_if_nobody_can_be_signed_in() {
    let app = TestApp::start();
    *app.faults.statement.lock().unwrap() = Some("sessions/insert");
    let page = Typed::with(token(&app)).send(&app.http()).expect(201);
    assert_eq!(session(&page), None);
    assert!(page.text.contains("Sign in with your address"), "{}", page.text);
    *app.faults.statement.lock().unwrap() = None;
    app.http().bearing(&keys(&page)[0]).get("/v1/me").expect(200);
}

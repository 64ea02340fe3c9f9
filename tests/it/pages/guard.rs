//! What the pages take from whom: only our own pages change anything, programs and pages keep apart, and a browser is told
//! what it may do.

use serde_json::json;

use super::{Browser, read};
use crate::support::TestApp;

/// Every page that takes a form, with something in place of its names.
fn forms() -> Vec<String> {
    let posts = clientpass::pages::PAGES.iter().filter(|page| page.method == "POST");
    let named = |path: &str| {
        let parts = path.split('/').map(|part| if part.starts_with('{') { "1" } else { part });
        parts.collect::<Vec<_>>().join("/")
    };
    posts.map(|page| named(page.path)).collect()
}

#[test]
fn only_our_own_pages_change_anything() {
    let (app, home) = TestApp::installed();
    let browser = Browser::of(&app, &home.owner);
    let ours = format!("http://localhost:{}", app.address.port());

    for path in forms() {
        for headers in [
            vec![("Sec-Fetch-Site", "cross-site")],
            vec![("Sec-Fetch-Site", "same-site")],
            vec![("Sec-Fetch-Site", "cross-site"), ("Origin", ours.as_str())],
            vec![("Sec-Fetch-Site", "nonsense")],
            vec![("Origin", "https://evil.example")],
            vec![("Origin", "null")],
            vec![("Origin", "http://localhost")],
            vec![],
        ] {
            let answer = browser.send("POST", &path, &headers, "language=zh-Hans&back=/".into());
            let page = read(answer, &path);
            assert_eq!(page.status, 403, "{path} {headers:?}");
            page.saying("This did not come from one of our pages");
        }
    }
    // None of that signed anybody out.
    browser.get("/security").expect(200).saying("this one");
}

#[test]
fn a_page_of_ours_is_known_by_either_header() {
    let (app, home) = TestApp::installed();
    let browser = Browser::of(&app, &home.owner);
    let ours = format!("http://localhost:{}", app.address.port());

    for headers in [
        vec![("Sec-Fetch-Site", "same-origin")],
        vec![("Sec-Fetch-Site", "none")],
        vec![("Origin", ours.as_str())],
    ] {
        let answer = browser.send("POST", "/language", &headers, "language=en&back=/help".into());
        assert_eq!(answer.status(), 303, "{headers:?}");
        assert_eq!(answer.headers()["location"], "/help");
    }
}

#[test]
fn programs_and_pages_keep_apart() {
    let (app, mut home) = TestApp::installed();
    home.owner.sign_in();
    let browser = Browser::of(&app, &home.owner);
    let session = browser.cookie("session").unwrap();

    // The cookie opens no call of the API, a bearer token no page.
    for path in ["/v1/me", "/v1/service-keys", "/metrics"] {
        let answer = browser.send("GET", path, &[("Sec-Fetch-Site", "same-origin")], String::new());
        assert_eq!(answer.status(), 401, "{path}");
    }
    let stranger = Browser::at(&app);
    let bearer = format!("Bearer {session}");
    let answer = stranger.send("GET", "/overview", &[("Authorization", &bearer)], String::new());
    assert_eq!(
        (answer.status().as_u16(), &answer.headers()["location"]),
        (303, &"/sign-in?next=/overview".parse().unwrap())
    );

    // A service key is no session, whichever cookie it comes in.
    stranger.hold("session", Some(home.operator.token()));
    let answer = stranger.send("GET", "/overview", &[], String::new());
    assert_eq!(answer.status(), 303);
}

#[test]
fn every_page_keeps_the_browser_to_ours() {
    let (app, home) = TestApp::installed();
    let browser = Browser::of(&app, &home.owner);

    for path in ["/overview", "/sign-in", "/nowhere", "/passwords/1", "/help"] {
        let answer = browser.send("GET", path, &[("Accept", "text/html")], String::new());
        let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
        let policy = header("content-security-policy");
        for wanted in ["default-src 'none'", "frame-ancestors 'none'", "require-trusted-types-for 'script'"] {
            assert!(policy.contains(wanted), "{path}: {policy}");
        }
        assert!(!policy.contains("unsafe"), "{path}: {policy}");
        assert_eq!(header("cache-control"), "no-store", "{path}");
        assert_eq!(header("x-content-type-options"), "nosniff", "{path}");
        assert!(answer.headers().contains_key("x-request-id"), "{path}");

        let page = read(answer, path);
        for forbidden in [" style=", "<style", "onclick", "javascript:", "<script>"] {
            assert!(!page.has(forbidden), "{path} has {forbidden}");
        }
    }
}

#[test]
fn what_is_not_there_is_a_page_for_a_browser_only() {
    let (app, _) = TestApp::installed();
    let browser = Browser::at(&app);
    let shown = browser.send("GET", "/nowhere?x=1", &[("Accept", "text/html,*/*")], String::new());
    assert_eq!(shown.status(), 404);
    read(shown, "/nowhere").saying("There is nothing here");

    for (path, accept) in [("/nowhere", "application/json"), ("/v1/nowhere", "text/html")] {
        let answer = browser.send("GET", path, &[("Accept", accept)], String::new());
        assert_eq!(
            (answer.status().as_u16(), &answer.headers()["content-type"]),
            (404, &"application/problem+json".parse().unwrap())
        );
    }
    let other = browser.send("DELETE", "/overview", &[("Sec-Fetch-Site", "same-origin")], String::new());
    assert_eq!(
        (other.status().as_u16(), other.headers()["allow"].to_str().unwrap()),
        (405, "GET, HEAD, OPTIONS")
    );
}

#[test]
fn the_style_is_kept_for_ever_and_a_page_never() {
    let (app, _) = TestApp::installed();
    let browser = Browser::at(&app);
    let page = browser.get("/sign-in").expect(200);
    let start = page.text.find("/assets/").unwrap();
    let style = page.text[start..].split('"').next().unwrap();

    let answer = browser.send("GET", style, &[], String::new());
    assert_eq!(answer.headers()["cache-control"], "public, max-age=31536000, immutable");
    assert_eq!(answer.headers()["content-type"], "text/css; charset=utf-8");
    let older = browser.send("GET", "/assets/0/style.css", &[], String::new());
    assert_eq!(
        (older.status().as_u16(), older.headers()["cache-control"].to_str().unwrap()),
        (200, "no-store")
    );
    browser.get("/assets/0/../../etc/passwd").expect(404);
}

#[test]
fn without_an_address_there_are_no_pages() {
    let mut options = crate::support::Options::default();
    options.config.server.listen = "127.0.0.2:0".parse().unwrap();
    let app = TestApp::start_with(options);
    let browser = Browser::at(&app);
    browser.get("/sign-in").expect(503).saying("server.public_url");
    assert_eq!(app.http().post("/v1/sessions", &json!({})).status, 400);
}

#[test]
fn a_page_with_all_that_belongs_to_it_is_light() {
    let (app, home) = TestApp::installed();
    let browser = Browser::of(&app, &home.owner);
    let weight = |path: &str| read(browser.send("GET", path, &[], String::new()), path).text.len();
    let page = browser.get("/overview").expect(200);
    let assets = page
        .text
        .split("/assets/")
        .skip(1)
        .map(|rest| format!("/assets/{}", rest.split('"').next().unwrap()));
    let assets: std::collections::BTreeSet<String> = assets.collect();
    assert_eq!(assets.len(), 3, "{assets:?}");

    let shared: usize = assets.iter().map(|path| weight(path)).sum();
    for path in
        ["/overview", "/passwords", "/security", "/activity", "/help", "/admin/members", "/admin/audit"]
    {
        let all = shared + weight(path);
        assert!(all < 60_000, "{path}: {all} bytes");
    }
}

#[test]
fn an_operator_says_what_the_pages_look_like() {
    let folder = tempfile::tempdir().unwrap();
    let logo = folder.path().join("logo.svg");
    std::fs::write(&logo, "<svg xmlns=\"http://www.w3.org/2000/svg\"/>").unwrap();
    let mut options = crate::support::Options::default();
    options.config.pages.name = Some("Example <Mail>".into());
    options.config.pages.accent = Some("#7a1fa2".into());
    options.config.pages.logo = Some(logo);
    let app = TestApp::start_with(options.clone());
    let browser = Browser::at(&app);

    let page = browser.get("/sign-in").expect(200).saying("Example <Mail>");
    assert!(!page.has("Example <Mail>"));
    let address = |name: &str| {
        let all = page.text.split("/assets/").skip(1).map(|rest| rest.split('"').next().unwrap());
        format!("/assets/{}", all.into_iter().find(|path| path.ends_with(name)).unwrap())
    };
    assert!(
        browser.get(&address("style.css")).text.starts_with(":root{--accent:#7a1fa2;--on-accent:#ffffff;")
    );
    let logo = browser.send("GET", &address("logo"), &[], String::new());
    assert_eq!(logo.headers()["content-type"], "image/svg+xml");
    assert!(read(logo, "logo").has("<svg"));

    for (accent, logo, why) in [
        (Some("red"), None, "[pages] accent: \"red\" is no colour such as #1d5fbf"),
        (None, Some("logo.gif"), "[pages] logo: logo.gif: must end with .svg or .png"),
        (None, Some("/nowhere/logo.png"), "[pages] logo: /nowhere/logo.png: "),
    ] {
        options.config.pages.accent = accent.map(str::to_owned);
        options.config.pages.logo = logo.map(Into::into);
        let said = TestApp::refuses(options.clone());
        assert!(said.starts_with(why), "{said}");
    }
}

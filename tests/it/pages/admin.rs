//! What each role sees of the administration, and that whatever was typed is shown as text.

use serde_json::json;

use super::{Browser, Page};
use crate::rest::administration::{make_key, secured, signed_in};
use crate::rest::departments::department;
use crate::support::actors::Installation;
use crate::support::{Person, TestApp};
use clientpass::pages::PAGES;

/// Something that a browser would run if it were markup.
const MARKUP: &str = "<img src=x onerror=alert(1)>\"'&";

/// What the addresses below `/admin` are about.
struct About {
    member: String,
    password: String,
    key: String,
    preview: String,
    department: String,
}

impl About {
    /// A member with a client password, a key and a preview, all with names that are markup.
    fn of(app: &TestApp, home: &Installation, owner: &Person) -> (Self, Person) {
        let mut bob = home.member("bob");
        home.operator.patch(&bob.path(""), &json!({"display_name": MARKUP})).expect(200);
        bob = bob.secured(app.time.wall());
        let password = bob.issue(MARKUP);

        let department = department(home, MARKUP, None);
        home.operator.patch(&bob.path(""), &json!({"department_ids": [department]})).expect(200);
        let (org, label) = (&home.organization_id, MARKUP);
        let key = json!({"role": "mail_server", "label": label, "organization_id": org});
        let key = home.operator.post("/v1/service-keys", &key).expect(201).text_of("id");

        let ended = json!({"filter": {"label": "none but this"}, "reason": MARKUP});
        bob.issue("none but this");
        owner.http.post(&home.path("/revocations"), &ended).expect(201);
        let counted = json!({"filter": {"label": MARKUP}, "reason": MARKUP, "dry_run": true});
        let preview = owner.http.post(&home.path("/revocations"), &counted).expect(200).text_of("id");

        (Self { member: bob.id.clone(), password: password.id, key, preview, department }, bob)
    }

    fn fill(&self, path: &str) -> String {
        path.replace("{member_id}", &self.member)
            .replace("{client_password_id}", &self.password)
            .replace("{service_key_id}", &self.key)
            .replace("{revocation_id}", &self.preview)
            .replace("{department_id}", &self.department)
    }
}

fn admin_pages() -> impl Iterator<Item = (&'static str, &'static str)> {
    PAGES.iter().filter(|page| page.path.starts_with("/admin")).map(|page| (page.method, page.path))
}

#[test]
fn who_does_not_administer_finds_nothing() {
    let (app, mut home) = TestApp::installed();
    home.owner.sign_in();
    let owner = home.owner.clone();
    let (about, bob) = About::of(&app, &home, &owner);

    let plain = home.member("carol");
    let browser = Browser::of(&app, &plain);
    assert!(!browser.get("/overview").expect(200).has("/admin/members"));
    for (method, path) in admin_pages() {
        let path = about.fill(path);
        let page = if method == "GET" { browser.get(&path) } else { browser.post(&path, &[]) };
        page.expect(404).saying("There is nothing here");
    }

    // And who is not signed in is asked to.
    let stranger = Browser::at(&app);
    assert!(stranger.get("/admin/members").expect(200).path.starts_with("/sign-in?next=/admin/members"));
    assert_eq!(stranger.post(&about.fill("/admin/members/{member_id}/leave"), &[]).status, 401);
    assert_eq!(home.operator.get(&bob.path("")).body["state"], "active");
}

#[test]
fn an_auditor_reads_everything_and_is_shown_no_button() {
    let (app, mut home) = TestApp::installed();
    home.owner.sign_in();
    let owner = home.owner.clone();
    let (about, bob) = About::of(&app, &home, &owner);
    let erin = home.member_with("erin", "auditor");
    let browser = Browser::of(&app, &erin);

    for path in [
        "/admin/members",
        "/admin/members/{member_id}",
        "/admin/departments",
        "/admin/warnings",
        "/admin/revocations",
        "/admin/revocations/{revocation_id}",
        "/admin/audit",
        "/admin/keys",
        "/admin/organization",
    ] {
        let page = browser.get(&about.fill(path)).expect(200);
        for forms in ["/new\"", "/end\"", "/suspend", "/leave", "/role\"", "/rename\"", "/preview\""] {
            assert!(!page.has(forms), "{path} has {forms}");
        }
        assert!(!page.has("method=\"post\" action=\"/admin"), "{path}");
    }

    let before = home.operator.get(&home.path("/audit-events")).expect(200).text;
    let version = home.operator.get(&bob.path("")).etag().replace('"', "");
    for (method, path) in admin_pages() {
        let path = about.fill(path);
        let fields = [
            ("version", version.as_str()),
            ("role", "auditor"),
            ("login", "x@example.org"),
            ("display_name", "x"),
            ("label", "x"),
            ("name", "x"),
            ("preview_id", &about.preview),
            ("count", "1"),
            ("reason", "x"),
        ];
        if method == "POST" {
            browser.post(&path, &fields).expect(403).saying("You may not do this");
        }
    }
    assert_eq!(home.operator.get(&home.path("/audit-events")).text, before);
    assert_eq!(home.operator.get(&bob.path("")).body["state"], "active");
}

#[test]
fn an_administrator_is_shown_what_the_rank_allows() {
    let (app, home) = TestApp::installed();
    let dan = home.member_with("dan", "admin");
    let browser = Browser::of(&app, &dan);

    let owner = browser.get(&format!("/admin/members/{}", home.owner.id)).expect(200);
    for step in ["suspend", "leave", "end-all", "role", "rename"] {
        assert!(!owner.has(&format!("{}/{step}\"", home.owner.id)), "{step}");
        let path = format!("/admin/members/{}/{step}", home.owner.id);
        browser.get(&path).expect(403).saying("You may not do this");
    }

    let bob = home.member("bob");
    let page = browser.get(&format!("/admin/members/{}", bob.id)).expect(200);
    for step in ["suspend", "leave", "role", "rename"] {
        assert!(page.has(&format!("{}/{step}\"", bob.id)), "{step}");
    }
    // There is nothing of these to end.
    for step in ["end-all", "remove-factors", "secure-login-off", "reactivate", "lift-block"] {
        assert!(!page.has(&format!("{}/{step}\"", bob.id)), "{step}");
    }
    let roles = browser.get(&format!("/admin/members/{}/role", bob.id)).expect(200);
    assert!(roles.has("value=\"auditor\"") && !roles.has("value=\"admin\""), "{}", roles.text);

    // On the own page nothing is ended by a slip.
    let own = browser.get(&format!("/admin/members/{}", dan.id)).expect(200).saying("This is you");
    assert!(!own.has(&format!("{}/leave", dan.id)));
}

#[test]
fn what_was_typed_is_text_in_every_language_and_no_word_is_missing() {
    let (app, mut home) = TestApp::installed();
    home.owner.sign_in();
    home.operator.patch(&home.path(""), &json!({"name": MARKUP})).expect(200);
    let owner = home.owner.clone();
    let (about, _) = About::of(&app, &home, &owner);
    make_key(&home.operator, "directory", Some(&home.organization_id)).expect(201);

    for language in ["en", "zh"] {
        let browser = Browser::speaking(&app, language);
        browser.sign_in(&home.owner);
        let looked = |path: &str, page: &Page| {
            assert_eq!(page.status, 200, "{path}\n{}", page.text);
            assert!(!page.has("<img src=x"), "{path}\n{}", page.text);
            for part in ["[admin-", "[done-", "[action-", "[fault-", "[problem-"] {
                assert!(!page.has(part), "{path} has {part}\n{}", page.text);
            }
        };
        // A file is no markup.
        let is_page = |(method, path): &(&str, &str)| *method == "GET" && !path.ends_with("/export");
        for (_, path) in admin_pages().filter(is_page) {
            looked(path, &browser.get(&about.fill(path)));
        }
        looked(
            "found",
            &browser.get(&format!("/admin/audit?member={}&actor=%3Cimg%20src=x%3E", about.member)),
        );
        looked("found", &browser.get("/admin/members?login=%3Cimg%20src=x%3E"));

        let listed = browser.get("/admin/revocations").expect(200);
        looked("ended", &browser.get(&ended_one(&listed)));
        let page = browser.get("/admin/keys/new");
        let page = browser.submit(&page, "/admin/keys/new", &[("role", "auditor"), ("label", MARKUP)]);
        assert!(!page.expect(201).has("<img src=x"));
    }
    browser_shows_it(&app, &home, &about);
}

/// The address of the newest that is no preview.
fn ended_one(list: &Page) -> String {
    let mut rows = list.text.split("<tr>").skip(1);
    let row = rows.find(|row| row.contains("&#60;img")).expect("none was ended");
    let start = row.find("/admin/revocations/").unwrap();
    row[start..].split('"').next().unwrap().to_owned()
}

fn browser_shows_it(app: &TestApp, home: &Installation, about: &About) {
    let page = Browser::of(app, &home.owner).get(&format!("/admin/members/{}", about.member));
    page.expect(200).saying(MARKUP);
}

#[test]
fn lists_keep_their_filters_from_page_to_page() {
    let (app, mut home) = TestApp::installed();
    home.owner.sign_in();
    for n in 0..55 {
        home.external_member(&format!("many{n}"));
    }
    let eve = signed_in(&home, "eve", "member");
    home.owner.http.patch(&eve.path(""), &json!({"state": "suspended"})).expect(200);
    let browser = Browser::of(&app, &home.owner);

    let first = browser.get("/admin/members?login=&state=active&secure_login=false&role=member").expect(200);
    assert!(!first.has("eve@example.org"), "{}", first.text);
    let next = first.text.split("rel=\"next\" href=\"").nth(1).unwrap().split('"').next().unwrap();
    let next = super::unescaped(next);
    assert!(next.contains("state=active") && next.contains("cursor="), "{next}");

    let second = browser.get(&next).expect(200);
    assert!(second.has("many0@example.org") && !second.has("rel=\"next\""), "{}", second.text);
    assert!(!second.has("owner@example.org</bdi></span></td>"), "{}", second.text);

    // A cursor of another list is none of this one.
    browser.get(&next.replace("state=active", "state=left")).expect(400);
    let suspended = browser.get("/admin/members?state=suspended").expect(200);
    assert!(suspended.has("eve@example.org") && !suspended.has("many0@"), "{}", suspended.text);
    browser.get("/admin/members?login=EVE@example.org").expect(200).saying("eve@example.org");
    browser.get("/admin/members?login=nobody@example.org").expect(200).saying("No member is like that");
}

#[test]
fn the_audit_log_is_searched_by_who_what_and_when() {
    let (app, mut home) = TestApp::installed();
    home.owner.sign_in();
    let bob = secured(&app, &home, "bob");
    bob.issue("Phone of Bob");
    let browser = Browser::of(&app, &home.owner);

    let found = browser.get("/admin/audit?member=bob@example.org&action=client_password.issued").expect(200);
    let found = found.saying("Client password made").saying("Phone of Bob");
    assert_eq!(found.text.matches("<tr>").count(), 2, "{}", found.text);

    let by = format!("/admin/audit?actor={}&since=2026-11-22&until=2026-11-22", bob.id);
    browser.get(&by).expect(200).saying("Secure login turned on");
    browser.get("/admin/audit?since=2026-11-23").expect(200).saying("Nothing was recorded that fits");
    browser.get("/admin/audit?until=2026-11-21").expect(200).saying("Nothing was recorded that fits");
    browser.get("/admin/audit?since=soon").expect(200).saying("This cannot be read");
    browser.get("/admin/audit?member=nobody@example.org").expect(200).saying("No member has this address");
}

//! Many client passwords at once: a filter, a preview, a reason and the number, and what came of it.

use serde_json::json;

use super::{Browser, Page};
use crate::rest::administration::secured;
use crate::rest::revocation_jobs::{by_jobs, over};
use crate::support::TestApp;

const LIST: &str = "/admin/revocations";
const PREVIEW: &str = "/admin/revocations/preview";

/// Opens the form and asks for a preview.
#[track_caller]
fn preview(browser: &Browser, typed: &[(&str, &str)]) -> Page {
    let page = browser.get(LIST).expect(200);
    browser.submit(&page, PREVIEW, typed)
}

#[test]
fn a_set_is_ended_after_its_number_was_typed() {
    let (app, mut home) = TestApp::installed();
    home.owner.sign_in();
    let (bob, carol) = (secured(&app, &home, "bob"), secured(&app, &home, "carol"));
    let phones = [bob.issue("Phone"), carol.issue("Phone")];
    let laptop = bob.issue("Laptop");
    let browser = Browser::of(&app, &home.owner);
    let verdict = |login: &str, secret: &str| home.mail_server.verdict(login, secret);

    let shown = preview(&browser, &[("which", "some"), ("label", "Phone")]).expect(200);
    let shown = shown.saying("2 client passwords would end").saying("Of 2 members.");
    let shown = shown.saying("bob@example.org").saying("carol@example.org");
    let shown = shown.saying("One other client password of the organization stays live.");
    assert!(!shown.has("Laptop"), "{}", shown.text);

    for count in ["", "3", "two", "-2", "2.0"] {
        let typed = [("reason", "stolen van"), ("count", count)];
        let refused = browser.submit(&shown, LIST, &typed).expect(400);
        // What was typed is still there.
        refused.saying("This is not the number of the preview. Nothing was ended.").saying("stolen van");
    }
    let refused = browser.submit(&shown, LIST, &[("reason", " "), ("count", "2")]).expect(400);
    refused.saying("Please say why.");
    assert_eq!(verdict(&bob.login, &phones[0].secret), "accept");

    let done = browser.submit(&shown, LIST, &[("reason", "stolen van"), ("count", " 2 ")]).expect(200);
    let done = done.saying("Done. They have ended.").saying("2 client passwords ended.").saying("stolen van");
    assert!(done.path.starts_with("/admin/revocations/"), "{}", done.path);
    assert_eq!(verdict(&bob.login, &phones[0].secret), "revoked");
    assert_eq!(verdict(&carol.login, &phones[1].secret), "revoked");
    assert_eq!(verdict(&bob.login, &laptop.secret), "accept");

    let listed = home.operator.get(&home.path("/revocations")).expect(200);
    let newest = &listed.items()[0];
    assert_eq!((&newest["reason"], &newest["dry_run"]), (&json!("stolen van"), &json!(false)));
    browser.get(LIST).expect(200).saying("stolen van").saying("2 would end");
    browser.get("/admin/audit?action=revocation.done").expect(200).saying("stolen van");

    let table = browser.get(&format!("{}/ended.csv", done.path.split('?').next().unwrap())).expect(200);
    let mut lines: Vec<&str> = table.text.split_terminator("\r\n").collect();
    assert_eq!(lines.remove(0), "login,label,client_password_id,ended_at,last_used_at");
    lines.sort_unstable();
    assert!(
        lines[0].starts_with("\"bob@example.org\",\"Phone\",") && lines[0].contains(&phones[0].id),
        "{lines:?}"
    );
    assert!(lines[1].starts_with("\"carol@example.org\",") && lines.len() == 2, "{lines:?}");
    assert_eq!(Browser::of(&app, &home.member("dora")).get(&table.path).status, 404);

    // Sent twice it is done once, and a preview is carried out once.
    let twice = browser.submit(&shown, LIST, &[("reason", "stolen van"), ("count", " 2 ")]).expect(200);
    assert_eq!(twice.path, done.path);
    let anew = browser.get(&shown.path).expect(200);
    let again = browser.submit(&anew, LIST, &[("reason", "again"), ("count", "2")]).expect(409);
    again.saying("This preview was used already");
}

#[test]
fn a_filter_is_typed_with_care() {
    let (app, mut home) = TestApp::installed();
    home.owner.sign_in();
    let (bob, carol) = (secured(&app, &home, "bob"), secured(&app, &home, "carol"));
    bob.issue_with(&json!({"label": "Phone", "protocols": ["imap"]}));
    carol.issue_with(&json!({"label": "Tablet", "protocols": ["caldav"]}));
    let browser = Browser::of(&app, &home.owner);

    for (typed, fault) in [
        (("label", ""), "Nothing is filled in."),
        (("label", "Phnoe"), "No client password here ever had this name."),
        (
            ("member_ids", "bob@example.org, nobody@example.org"),
            "No member has the address nobody@example.org.",
        ),
        (("created_before", "long ago"), "This cannot be read."),
    ] {
        let page = preview(&browser, &[typed]).expect(400).saying(fault);
        assert!(typed.1.is_empty() || page.has(typed.1), "{}", page.text);
    }

    for (typed, count) in [
        (vec![("which", "all")], 2),
        (vec![("member_ids", "BOB@example.org\r\nbob@example.org")], 1),
        (vec![("protocols", "caldav")], 1),
        (vec![("protocols", "caldav"), ("protocols", "imap")], 2),
        (vec![("used", "once")], 0),
        (vec![("used", "never"), ("which", "all")], 2),
        (vec![("created_before", "2026-11-22")], 0),
        (vec![("created_before", "2026-11-23"), ("label", "Tablet")], 1),
        (vec![("last_used_before", "2026-11-23")], 0),
    ] {
        let page = preview(&browser, &typed).expect(200);
        let said = match count {
            0 => "No client password would end".to_owned(),
            1 => "One client password would end".to_owned(),
            many => format!("{many} client passwords would end"),
        };
        let page = page.saying(&said);
        assert_eq!(page.has("name=\"count\""), count > 0, "{typed:?}");
    }
}

#[test]
fn whose_role_is_too_high_stays_and_is_named() {
    let (app, home) = TestApp::installed();
    let bob = secured(&app, &home, "bob");
    let dan = home.member_with("dan", "admin");
    let ann = home.member_with("ann", "admin").secured(app.time.wall());
    let (bobs, anns) = (bob.issue("Phone"), ann.issue("Phone"));
    let browser = Browser::of(&app, &dan);

    let shown = preview(&browser, &[("which", "all")]).expect(200).saying("One client password would end");
    let shown = shown.saying("These fit as well but stay").saying("ann@example.org");
    let shown = shown.saying("One other client password of the organization stays live.");
    browser.submit(&shown, LIST, &[("reason", "lost"), ("count", "1")]).expect(200);
    assert_eq!(home.mail_server.verdict(&bob.login, &bobs.secret), "revoked");
    assert_eq!(home.mail_server.verdict(&ann.login, &anns.secret), "accept");
}

/// What is large is counted and ended by a job, whose page shows how far it has come.
#[test]
fn a_job_is_watched_and_stopped_and_what_it_has_ended_is_a_table() {
    let (app, mut home) = by_jobs();
    home.owner.sign_in();
    let (bob, carol, dora) =
        (secured(&app, &home, "bob"), secured(&app, &home, "carol"), secured(&app, &home, "dora"));
    let phones = [bob.issue("Phone"), carol.issue("Phone"), dora.issue("Phone")];
    let kept = carol.issue("Laptop");
    let browser = Browser::of(&app, &home.owner);
    let held = |name| *app.faults.statement.lock().unwrap() = name;
    let id_of = |page: &Page| page.path.split('?').next().unwrap().rsplit('/').next().unwrap().to_owned();

    // While it counts it can be looked at, and not be carried out.
    held(Some("revocations/pass"));
    let counting = preview(&browser, &[("which", "some"), ("label", "Phone")]).expect(200);
    let counting = counting.saying("0 of 4 members passed.").saying("Look again").saying("Stop");
    assert!(!counting.has("name=\"count\""), "{}", counting.text);
    held(None);
    let wake = json!({"filter": {"never_used": false}, "reason": "x", "dry_run": true});
    home.operator.post(&home.path("/revocations"), &wake).expect(202);
    over(&home, &id_of(&counting));
    let shown = browser.get(&counting.path).expect(200).saying("3 client passwords would end");

    // The last of them has not been passed.
    held(Some("revocations/finish"));
    let running = browser.submit(&shown, LIST, &[("reason", "stolen van"), ("count", "3")]).expect(200);
    let running = running.saying("Client passwords are being ended").saying("stolen van");
    let id = id_of(&running);
    let read = || home.operator.get(&home.path(&format!("/revocations/{id}"))).expect(200).body;
    crate::support::time::until("two pieces", || read()["progress"]["passed_members"] == 3);
    let running = browser.get(&running.path).expect(200).saying("3 of 4 members passed.");
    browser.get(LIST).expect(200).saying("running");
    let stopped = browser.submit(&running, &format!("{LIST}/{id}/stop"), &[]).expect(200);
    let stopped = stopped.saying("Stopped. What has ended stays ended.").saying("2 client passwords ended.");
    held(None);
    browser.get(LIST).expect(200).saying("stopped");
    assert_eq!(home.mail_server.verdict(&dora.login, &phones[2].secret), "accept");
    assert_eq!(home.mail_server.verdict(&carol.login, &kept.secret), "accept");

    // One ended by the epoch, the other by itself.
    let table = browser.get(&format!("{}/ended.csv", stopped.path.split('?').next().unwrap())).expect(200);
    let lines: Vec<&str> = table.text.split_terminator("\r\n").skip(1).collect();
    assert_eq!(lines.len(), 2, "{lines:?}");
    for (line, (login, phone)) in lines.iter().zip([("bob", &phones[0]), ("carol", &phones[1])]) {
        assert!(line.starts_with(&format!("\"{login}@example.org\",\"Phone\",{},2026", phone.id)), "{line}");
    }
}

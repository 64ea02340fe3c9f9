//! What mail clients ask before they know a password: the same answer for everybody, made from the configuration.

use clientpass::config::Config;

use crate::support::{Options, TestApp};

mod autoconfig;
mod autodiscover;

const MAIL: &str = "
    [mail]
    imap = \"imap.example.org\"
    pop3 = \"pop.example.org:110\"
    smtp = \"smtp.example.org:587\"
    caldav = \"https://dav.example.org/cal/\"
    name = \"Example & <Co>\"
    [mail.domains.\"example.net\"]
    imap = \"imap.example.net:143\"
    name = \"Net\"
";

/// A configuration with this section.
fn options(mail: &str) -> Options {
    let mut options = Options::default();
    options.config.mail = toml::from_str::<Config>(mail).unwrap().mail;
    options
}

fn start() -> TestApp {
    TestApp::start_with(options(MAIL))
}

#[test]
fn with_nothing_configured_there_is_nothing() {
    let app = TestApp::start();
    for path in [
        "/mail/config-v1.1.xml?emailaddress=a@example.org",
        "/.well-known/autoconfig/mail/config-v1.1.xml",
        "/autodiscover/autodiscover.json?Protocol=AutodiscoverV1",
    ] {
        app.http().get(path).expect_problem(404, "not_found");
    }
    for path in ["/autodiscover/autodiscover.xml", "/Autodiscover/Autodiscover.xml"] {
        app.http().send_raw("POST", path, Some(("text/xml", b"<a/>"))).expect_problem(404, "not_found");
    }
}

#[test]
fn requests_are_numbered_dressed_and_counted_as_those_of_the_api() {
    let app = start();
    let answer = app.http().get("/mail/config-v1.1.xml").expect(200);
    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert!(answer.header("x-request-id").is_some());

    for path in ["/autodiscover/autodiscover.xml", "/AutoDiscover/AutoDiscover.xml"] {
        app.http().get(path).expect_problem(405, "method_not_allowed");
    }
    app.http().send_raw("POST", "/mail/config-v1.1.xml", None).expect_problem(405, "method_not_allowed");

    let metrics = app.metrics();
    for counted in [
        "clientpass_http_requests_total{route=\"/mail/config-v1.1.xml\",status=\"200\"} 1",
        "clientpass_http_requests_total{route=\"/autodiscover/autodiscover.xml\",status=\"405\"} 2",
    ] {
        assert!(metrics.contains(counted), "{counted}\n{metrics}");
    }
    assert_eq!(app.http().get("/healthz").expect(200).body["status"], "ok");
}

#[test]
fn a_certificate_for_profiles_needs_its_key() {
    for (mail, says) in [
        (
            "[mail]\nprofile_certificate = \"/nowhere/a.pem\"",
            "[mail] set profile_certificate and profile_key both",
        ),
        (
            "[mail]\nprofile_certificate = \"/nowhere/a.pem\"\nprofile_key = \"/nowhere/k.pem\"",
            "[mail] /nowhere/a.pem: No such file",
        ),
    ] {
        let why = TestApp::refuses(options(mail));
        assert!(why.starts_with(says), "{why}");
    }
}

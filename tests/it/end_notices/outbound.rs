//! Requests go where the configuration says, by the way that it says, and read no more than they can use.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;

use clientpass::clock::{Clock, SystemTimeSource};
use clientpass::config::on_end::OnEnd;
use clientpass::domain::secret::Secret;
use clientpass::net::http_client::{Address, HttpClient, HttpError, Proxy};

use super::{Receiver, Reply, SECOND, all_told, at_rest, metric, said, secured, until, webhook};
use crate::support::ldap::certificate;
use crate::support::{Options, Person, TestApp};

/// The status that one request from here is answered with.
fn post(url: &str, proxy: Option<&Proxy>) -> Result<u16, HttpError> {
    post_trusting(None, url, proxy)
}

fn post_trusting(authorities: Option<&Path>, url: &str, proxy: Option<&Proxy>) -> Result<u16, HttpError> {
    let clock = Clock::new(Arc::new(SystemTimeSource::new()));
    let client = HttpClient::new(authorities, proxy, clock).unwrap();
    let address = Address::parse(url).unwrap();
    let answer = actix_web::rt::System::new().block_on(client.post(&address, Vec::new(), b"{}".to_vec()));
    answer.map(|answer| answer.status.as_u16())
}

/// An application with this proxy, and its webhook at `url`.
fn behind(proxy: &Receiver, no_proxy: &[&str], hook: &Receiver, url: &str) -> (TestApp, Person) {
    let OnEnd::Webhook(mut webhook) = webhook("hook", hook) else { panic!() };
    webhook.url = url.into();
    let mut options = Options::default();
    options.config.on_end = vec![OnEnd::Webhook(webhook)];
    options.config.net.proxy = Some(Secret::new(proxy.url("").replace("//", "//me:pass@")));
    options.config.net.no_proxy = no_proxy.iter().map(ToString::to_string).collect();
    let (app, home) = TestApp::installed_with(options);
    let alice = secured(&app, &home, "alice");
    at_rest(&app, 3, SECOND);
    alice.secure_login(false);
    (app, alice)
}

#[test]
fn certificates_are_checked_against_the_authorities_of_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        path
    };
    let [ours, other] = [(); 2].map(|()| certificate());
    let mut options = Options::default();
    options.config.server.tls_certificate = Some(file("cert.pem", &ours.cert.pem()));
    options.config.server.tls_key = Some(file("key.pem", &ours.signing_key.serialize_pem()));
    let app = TestApp::start_with(options);
    let url = format!("https://{}/v1/sessions", app.address);
    assert_eq!(post_trusting(Some(&file("ca.pem", &ours.cert.pem())), &url, None).unwrap(), 400);
    let trusting = [Some(file("other.pem", &other.cert.pem())), None];
    for authorities in trusting {
        let why = format!("{:?}", post_trusting(authorities.as_deref(), &url, None).unwrap_err());
        assert!(why.contains("certificate"), "{why}");
    }
}

#[test]
fn a_redirect_is_not_followed() {
    let elsewhere = Receiver::start(Reply::Done);
    let server = Receiver::start(Reply::Redirect(elsewhere.url("/")));
    assert_eq!(post(&server.url("/"), None).unwrap(), 307);
    assert_eq!((server.count(), elsewhere.count()), (1, 0));
}

#[test]
fn an_answer_that_does_not_end_is_cut_while_it_is_read() {
    let server = Receiver::start(Reply::Endless);
    let Err(HttpError::Failed(why)) = post(&server.url("/"), None) else { panic!("it was read") };
    assert!(why.contains("longer than 1048576 bytes"), "{why}");
}

#[test]
fn an_answer_that_breaks_off_is_told_from_one_that_never_began() {
    let server = Receiver::start(Reply::Nothing);
    assert!(matches!(post(&server.url("/"), None), Err(HttpError::Cut(_))));
    let url = server.url("/");
    drop(server);
    assert!(matches!(post(&url, None), Err(HttpError::Failed(_))));
}

#[test]
fn what_went_wrong_says_neither_where_to_nor_with_what() {
    let server = Receiver::start(Reply::Nothing);
    let proxy = Proxy::new(&server.url("").replace("//", "//me:hidden@"), &[]).unwrap();
    for url in [server.url("/private?token=hidden"), "http://host.invalid/private?token=hidden".into()] {
        for proxy in [None, Some(&proxy)] {
            let why = format!("{:?}", post(&url, proxy).unwrap_err());
            assert!(!why.contains("hidden") && !why.contains("private"), "{why}");
        }
    }
}

#[test]
fn the_proxy_of_the_configuration_is_asked_with_its_password() {
    let (proxy, hook) = (Receiver::start(Reply::Status(204)), Receiver::start(Reply::Status(204)));
    let (app, alice) = behind(&proxy, &[], &hook, "http://hooks.invalid/hook");
    let heard = &proxy.heard(1)[0];
    assert_eq!(heard.target, "http://hooks.invalid/hook");
    assert_eq!(heard.header("host"), "hooks.invalid");
    assert_eq!(heard.header("proxy-authorization"), "Basic bWU6cGFzcw==");
    assert_eq!(said(heard).1, alice.login);
    all_told(&app, "hook", 1);
}

#[test]
fn this_machine_and_what_is_named_are_reached_without_the_proxy() {
    let (proxy, hook) = (Receiver::start(Reply::Status(204)), Receiver::start(Reply::Status(204)));
    let here = hook.url("/hook");
    let (app, _) = behind(&proxy, &[], &hook, &here);
    assert_eq!(hook.heard(1)[0].target, "/hook");
    all_told(&app, "hook", 1);
    let (app, _) = behind(&proxy, &["invalid"], &hook, "http://hooks.invalid/hook");
    let failed = r#"clientpass_end_notices_total{target="hook",result="failed"}"#;
    until("a failure", || metric(&app, failed) > 0);
    assert_eq!(proxy.count(), 0);
}

#[test]
fn a_proxy_that_is_none_refuses_the_start_and_its_password_is_not_shown() {
    for wrong in ["proxy:3128", "https://me:hidden@proxy:3128", "http://", "socks5://me:hidden@proxy:1", ""] {
        let mut options = Options::default();
        options.config.net.proxy = Some(Secret::new(wrong.into()));
        let why = TestApp::refuses(options);
        assert!(why.starts_with("[net] proxy must be http://host:port"), "{why}");
        assert!(!why.contains("hidden"), "{why}");
    }
}

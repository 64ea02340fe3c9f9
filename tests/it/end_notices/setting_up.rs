//! What `[[on_end]]` takes, what it refuses, and that its secrets are shown nowhere.

use std::path::Path;

use clientpass::app::{self, Environment};
use clientpass::config::Config;
use clientpass::config::on_end::Event;

use super::SECRET;

const DOVEADM: &str = "[[on_end]]\ntype = \"doveadm\"\nurl = \"http://127.0.0.1:8080/doveadm/v1\"\n";
const WEBHOOK: &str = "[[on_end]]\ntype = \"webhook\"\nurl = \"https://example.org/hook\"\n";

fn config(text: &str) -> Config {
    toml::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// Why it does not start with this.
fn refused(text: &str, folder: &Path) -> String {
    let mut config = config(text);
    config.storage.data_dir = folder.to_path_buf();
    config.server.listen = "127.0.0.1:0".parse().unwrap();
    let started = actix_web::rt::System::new().block_on(app::start(&config, &Environment::system()));
    started.err().expect("it started").to_string()
}

#[test]
fn unknown_keys_and_types_are_refused() {
    for wrong in [
        "[[on_end]]\ntype = \"pigeon\"\nurl = \"http://x\"".to_owned(),
        "[[on_end]]\nurl = \"http://x\"".into(),
        format!("{DOVEADM}secret = \"x\""),
        format!("{WEBHOOK}api_key = \"x\""),
        format!("{WEBHOOK}kick = true"),
        format!("{WEBHOOK}events = [\"forgotten\"]"),
        format!("{DOVEADM}events = [\"ended\"]"),
        "[on_end]\ntype = \"webhook\"".into(),
    ] {
        assert!(toml::from_str::<Config>(&wrong).is_err(), "{wrong}");
    }
}

/// What was written for ends need not know anything else.
#[test]
fn a_webhook_is_told_of_ends_only_unless_it_wants_more() {
    let events = |text: &str| config(text).on_end[0].events().to_vec();
    assert_eq!(events(WEBHOOK), [Event::Ended]);
    assert_eq!(events(&format!("{WEBHOOK}events = [\"expiring\"]")), [Event::Expiring]);
    assert_eq!(events(DOVEADM), [Event::Ended]);
}

#[test]
fn what_cannot_be_told_refuses_the_start_and_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing");
    let missing = missing.display();
    let of = |text: &str| refused(text, folder.path());
    let key = "api_key = \"sesame-of-ours\"\n";
    for (text, says) in [
        (DOVEADM.to_owned(), "api_key"),
        (format!("{DOVEADM}{key}password = \"x\""), "takes one of"),
        (format!("{DOVEADM}{key}api_key_file = \"{missing}\""), "takes api_key or api_key_file, not both"),
        (format!("{DOVEADM}api_key_file = \"{missing}\""), "missing"),
        (format!("{DOVEADM}{key}ca = \"{missing}\""), "missing"),
        (format!("{DOVEADM}{key}{DOVEADM}{key}"), "twice"),
        (WEBHOOK.to_owned(), "takes one of secret"),
        (format!("{WEBHOOK}secret = \"{SECRET}\"\nevents = []"), "events must name"),
        (format!("{WEBHOOK}secret = \"whsec_short\""), "24 to 64 bytes"),
        (format!("{WEBHOOK}secret = \"{SECRET}\"\nca = \"{missing}\""), "missing"),
        (format!("{WEBHOOK}secret = \"{SECRET}\"").replace("https", "ftp"), "http://"),
        (format!("{WEBHOOK}secret = \"{SECRET}\"").replace("//", "//me:pass@"), "no password"),
    ] {
        let why = of(&text);
        assert!(why.starts_with("on_end: ") && why.contains(says), "{why}\n{text}");
        for secret in ["sesame-of-ours", SECRET, "whsec_short"] {
            assert!(!why.contains(secret), "{why}");
        }
    }
}

#[test]
fn secrets_of_the_configuration_are_not_shown() {
    let text = format!(
        "{DOVEADM}api_key = \"sesame-one\"\n{DOVEADM}password = \"sesame-two\"\n{WEBHOOK}secret = \"{SECRET}\""
    );
    let shown = format!("{:?}", config(&text));
    for secret in ["sesame-one", "sesame-two", SECRET] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

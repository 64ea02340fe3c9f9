//! `clientpass config check` refuses what `clientpass serve` refuses, with the same words, and nothing else; and
//! `clientpass doctor` finds it.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use crate::doctor::findings;
use crate::support::clientpass::{Clientpass, Ran};

/// A configuration with one fault each, and what is said of it. `@` stands for a folder with the files that are named.
const REFUSED: [(&str, &str); 21] = [
    ("[server]\nlisten = \"0.0.0.0:8600\"", "there is no TLS"),
    ("[server]\ntls_certificate = \"@/certificate.pem\"", "both, or neither"),
    ("[server]\ntls_certificate = \"@/none.pem\"\ntls_key = \"@/key.pem\"", "none.pem"),
    ("[server]\ntls_certificate = \"@/certificate.pem\"\ntls_key = \"@/open.pem\"", "chmod 600"),
    (
        "[server]\ntls_certificate = \"@/certificate.pem\"\ntls_key = \"@/other.pem\"",
        "cannot be used together",
    ),
    ("[mail]\nimap = \"imap.example.org\"\nprofile_certificate = \"@/certificate.pem\"", "both, or neither"),
    ("[pages]\nlogo = \"@/logo.gif\"", ".svg or .png"),
    ("[pages]\nlogo = \"@/none.svg\"", "none.svg"),
    ("[pages]\naccent = \"blue\"", "no colour"),
    ("[doors.oauth2]\nlisten = \"0.0.0.0:8602\"\nrequire_key = false", "[doors.oauth2]"),
    ("[doors.dovecot]\nlisten = \"0.0.0.0:8601\"", "[doors.dovecot]"),
    ("[doors.dovecot]\nlisten = \"unix:@/sock\"\ngroup = \"no-such-group\"", "no-such-group"),
    ("[doors.ldap]\nlisten = \"0.0.0.0:8389\"", "[doors.ldap]"),
    (
        "[doors.ldap]\nlisten = \"127.0.0.1:8389\"\ntls_certificate = \"@/none.pem\"\ntls_key = \"@/key.pem\"",
        "none.pem",
    ),
    (
        "[[doors.nginx_mail.routes]]\nprotocol = \"imap\"\nserver = \"127.0.0.1\"\nport = 143\n\
         backend_password_file = \"@/none\"\n[doors.nginx_mail]\nlisten = \"127.0.0.1:8603\"",
        "none",
    ),
    ("[metrics]\nlisten = \"0.0.0.0:9600\"", "[metrics]"),
    ("[[on_end]]\ntype = \"webhook\"\nurl = \"https://hooks.example.org/\"\nsecret = \"plain\"", "whsec_"),
    ("[[on_end]]\ntype = \"doveadm\"\nurl = \"http://127.0.0.1:8080/\"\napi_key_file = \"@/none\"", "none"),
    ("[net]\nproxy = \"socks5://proxy.example.org\"", "[net]"),
    (
        "[storage]\ndatabase_url = \"postgres://db.example.org/clientpass\"\ndatabase_password_file = \"@/none\"",
        "none",
    ),
    ("[storage]\ndatabase_url = \"mysql://db.example.org/clientpass\"", "postgres://"),
];

/// Configurations that can be used.
const TAKEN: [&str; 3] = [
    "",
    "[server]\ntls_certificate = \"@/certificate.pem\"\ntls_key = \"@/key.pem\"\n[doors.ldap]\nlisten = \"127.0.0.1:0\"",
    "[doors.dovecot]\nlisten = \"unix:@/sock\"\n[pages]\naccent = \"#1d5fbf\"",
];

/// Installed, at rest, and beside it the files that the configurations name.
fn at_rest() -> Clientpass {
    let (mut clientpass, _) = Clientpass::installed();
    clientpass.stop();

    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let other = rcgen::KeyPair::generate().unwrap();
    let (certificate, key) = (made.cert.pem(), made.signing_key.serialize_pem());
    for (name, text, mode) in [
        ("certificate.pem", &certificate, 0o644),
        ("key.pem", &key, 0o600),
        ("open.pem", &key, 0o644),
        ("other.pem", &other.serialize_pem(), 0o600),
        ("logo.gif", &"GIF89a".to_owned(), 0o644),
    ] {
        let file = clientpass.beside(name);
        fs::write(&file, text).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
    }
    clientpass
}

fn with(clientpass: &Clientpass, text: &str, command: &[&str]) -> Ran {
    let folder = clientpass.beside("").display().to_string();
    let file = clientpass.beside("clientpass.toml");
    fs::write(&file, text.replace('@', folder.trim_end_matches('/'))).unwrap();
    clientpass.run(&[&["--config", file.to_str().unwrap()], command].concat())
}

#[test]
fn what_serve_refuses_is_refused_with_the_same_words() {
    let clientpass = at_rest();
    for (text, says) in REFUSED {
        let checked = with(&clientpass, text, &["config", "check"]);
        let served = with(&clientpass, text, &["serve"]);
        assert!(checked.complained.contains(says), "{text}: {checked:?}");
        assert_eq!((checked.code, checked.complained), (served.code, served.complained), "{text}");
        assert!(matches!(served.code, Some(1 | 2)), "{text}: {:?}", served.code);

        // And the doctor finds it.
        let nothing = clientpass.beside("certificate.pem").display().to_string();
        let ran = with(&clientpass, text, &["doctor", "--json", "--nginx", &nothing]);
        let keeps_out = |one: &serde_json::Value| {
            one["harm"] == "keeps_out" && one["what"].as_str().unwrap().contains(says)
        };
        assert!(findings(&ran).iter().any(keeps_out) && ran.code == Some(1), "{text}: {ran:?}");
    }
}

#[test]
fn what_can_be_used_is_taken_and_serves() {
    let mut clientpass = at_rest();
    for text in TAKEN {
        let checked = with(&clientpass, text, &["config", "check"]);
        assert_eq!(checked.code, Some(0), "{text}: {checked:?}");
        assert_eq!(checked.printed, "the configuration can be used\n");

        let tls = text.contains("tls_key");
        let file = clientpass.beside("clientpass.toml").display().to_string();
        let own = [clientpass.beside("certificate.pem"), clientpass.beside("key.pem")]
            .map(|file| file.display().to_string());
        let options = ["--config", &file, "--tls-certificate", &own[0], "--tls-key", &own[1]];
        clientpass.with_options(&options[..if tls { 6 } else { 2 }]);
        clientpass.start();
        // Also beside a service that serves.
        assert_eq!(with(&clientpass, text, &["config", "check"]).code, Some(0));
        clientpass.stop();
    }
}

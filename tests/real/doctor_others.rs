//! `clientpass doctor` on what real `postconf` and `doveconf` print of Postfix's restrictions and of Dovecot's doveadm
//! service.

use std::fs;
use std::path::Path;
use std::time::SystemTime;

use serde_json::Value;
use tempfile::TempDir;

use crate::doctor::{capture, findings};
use crate::support::clientpass::Clientpass;
use crate::support::{dovecot, find_program, postfix, runnable};

/// What the doctor finds of a mail server whose codes begin so.
#[track_caller]
fn found(clientpass: &Clientpass, about: &str, options: &[&str]) -> Vec<String> {
    let listen = clientpass.address().to_string();
    // The door that the Postfix here asks; its socket is not looked at here.
    let file = clientpass.beside("opens.toml");
    fs::write(&file, "[doors.dovecot]\nlisten = \"unix:/var/spool/postfix/private/clientpass\"\n").unwrap();
    let config = ["--config", file.to_str().unwrap()];
    let asked = [&config[..], &["doctor", "--json", "--listen", &listen], options].concat();
    let ran = clientpass.run(&asked);
    let shown = |one: &Value| {
        (one["code"].as_str().unwrap().starts_with(about))
            .then(|| format!("{} {}", one["severity"].as_str().unwrap(), one["code"].as_str().unwrap()))
    };
    findings(&ran).iter().filter_map(shown).collect()
}

const MAIN: &str = "\
compatibility_level = 3.6
smtpd_sasl_type = dovecot
smtpd_sasl_path = private/clientpass
service_throttle_time = 1s
smtpd_tls_auth_only = yes
smtpd_tls_security_level = may
";
const MASTER: &str = "\
smtp      inet  n       -       y       -       -       smtpd
submission inet n       -       y       -       -       smtpd
  -o syslog_name=postfix/submission
  -o smtpd_client_restrictions=$mua_client_restrictions
  -o smtpd_sasl_auth_enable=yes
";

#[test]
fn what_lets_strangers_send_or_keeps_members_from_it_is_found() {
    if !runnable(find_program("postconf").is_none().then(|| "postconf is not installed".into())) {
        return;
    }
    let (clientpass, _) = Clientpass::installed();
    let folder = TempDir::with_prefix("doctor-").unwrap();
    let at = |name: &str| folder.path().join(name);
    let doctor = |settings: &str| {
        for (name, text) in [("main.cf", format!("{MAIN}{settings}\n")), ("master.cf", MASTER.to_owned())] {
            fs::write(at(name), text).unwrap();
            // Postfix waits until a file that was just written has rested.
            let file = fs::File::options().write(true).open(at(name)).unwrap();
            file.set_modified(SystemTime::UNIX_EPOCH).unwrap();
        }
        let from = ["-c", folder.path().to_str().unwrap()];
        let main = capture("postconf", &[&from[..], &["-n"]].concat(), &at("main"));
        let master = capture("postconf", &[&from[..], &["-M"]].concat(), &at("master"));
        let mut codes = found(&clientpass, "postfix", &["--postfix", &main, "--postfix-master", &master]);
        // Two services hear of the same.
        codes.dedup();
        codes
    };

    assert_eq!(doctor(""), [""; 0]);
    for (setting, expected) in [
        (
            "smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination\nmynetworks = 0.0.0.0/0",
            "error postfix_open_relay",
        ),
        ("smtpd_authorized_xclient_hosts = 0.0.0.0/0", "error postfix_everybody_is_a_proxy"),
        ("smtpd_upstream_proxy_protocol = haproxy", "error postfix_everybody_is_a_proxy"),
        ("mua_client_restrictions = permit_mynetworks, reject", "error postfix_refuses_members"),
        ("mua_client_restrictions = permit_sasl_authenticated, reject", ""),
        ("smtpd_relay_restrictions = permit_mynetworks", "error postfix_takes_no_mail"),
        ("smtpd_sasl_mechanism_filter = cram-md5", "error postfix_auth_not_offered"),
        ("smtpd_discard_ehlo_keywords = auth", "error postfix_auth_not_offered"),
        ("smtpd_sasl_exceptions_networks = static:all", "error postfix_auth_not_offered"),
        ("smtpd_sasl_security_options = noanonymous, mutual_auth", "error postfix_no_plaintext"),
        ("smtpd_sasl_authenticated_header = yes", "note postfix_login_in_received"),
    ] {
        let expected: Vec<&str> = [expected].into_iter().filter(|code| !code.is_empty()).collect();
        assert_eq!(doctor(setting), expected, "{setting}");
    }
}

#[test]
fn a_doveadm_that_others_reach_and_read_is_found() {
    let installed = find_program("doveconf").is_some();
    if !runnable((!installed).then(|| "doveconf is not installed".into())) {
        return;
    }
    let (clientpass, _) = Clientpass::installed();
    let folder = TempDir::with_prefix("doctor-").unwrap();
    let at = |name: &str| folder.path().join(name);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("mail-servers/dovecot/doveadm-2.3.conf");
    let shipped = fs::read_to_string(path).unwrap();
    let doctor = |changes: &[(&str, &str)], how: &str| {
        let text = changes.iter().fold(shipped.clone(), |text, (from, to)| postfix::once(&text, from, to));
        fs::write(at("dovecot.conf"), format!("ssl = required\n{text}")).unwrap();
        let printed = capture("doveconf", &[how, "-c", at("dovecot.conf").to_str().unwrap()], &at("printed"));
        found(&clientpass, "dovecot_doveadm", &["--dovecot", &printed])
    };
    let open = ("    address = 127.0.0.1\n", "");

    assert_eq!(doctor(&[], "-n"), [""; 0], "{:?}", dovecot::missing());
    assert_eq!(doctor(&[open], "-n"), ["error dovecot_doveadm_cleartext"]);
    assert_eq!(doctor(&[open, ("    #ssl = yes\n", "    ssl = yes\n")], "-n"), [""; 0]);
    assert_eq!(doctor(&[("doveadm_api_key = CHANGE-ME\n", "")], "-n"), ["warning dovecot_doveadm_no_key"]);
    let password = ("doveadm_api_key = CHANGE-ME", "doveadm_password = CHANGE-ME");
    assert_eq!(doctor(&[password], "-n"), [""; 0]);
    // A key that is printed is looked at.
    assert_eq!(doctor(&[], "-nP"), ["error dovecot_doveadm_key_weak"]);
    assert_eq!(doctor(&[("CHANGE-ME", "u9Xo2Vd7Kq4Zs1Lm8Pw5")], "-nP"), [""; 0]);
}

//! On what a real Postfix prints.

use super::super::{Finding, Severity};
use super::{Printed, asks_us, judge};

/// A Debian 12 whose submission uses clientpass, by `postconf -n` of 3.7.11.
pub(super) const MAIN: &str = "\
alias_database = hash:/etc/aliases
append_dot_mydomain = no
compatibility_level = 3.6
mynetworks = 127.0.0.0/8 [::ffff:127.0.0.0]/104 [::1]/128
relayhost =
service_throttle_time = 1s
smtpd_relay_restrictions = permit_mynetworks permit_sasl_authenticated defer_unauth_destination
smtpd_sasl_path = private/clientpass
smtpd_sasl_type = dovecot
smtpd_tls_auth_only = yes
smtpd_tls_cert_file = /etc/ssl/certs/mail.pem
smtpd_tls_security_level = may
";
/// And by `postconf -M`.
pub(super) const MASTER: &str = "\
smtp       inet  n       -       y       -       -       smtpd
submission inet  n       -       y       -       -       smtpd -o syslog_name=postfix/$service_name -o smtpd_sasl_auth_enable=yes -o smtpd_tls_security_level=encrypt
pickup     unix  n       -       y       60      1       pickup
smtp       unix  -       -       y       -       -       smtp
uucp       unix  -       n       n       -       -       pipe flags=Fqhu user=uucp argv=uux -r -n -z -a$sender - $nexthop!rmail ($recipient)
";

const OURS: &str = "unix:/var/spool/postfix/private/clientpass";

pub(super) fn found(main: &str, master: &str) -> Vec<Finding> {
    judge(&Printed { main, master: Some(master) }, &[OURS.into()])
}

fn codes(found: &[Finding]) -> Vec<(&'static str, Severity)> {
    found.iter().map(|of| (of.code, of.severity)).collect()
}

#[test]
fn nothing_is_wrong_with_one_that_asks_us() {
    assert_eq!(found(MAIN, MASTER), []);
    let enabled = format!("{MAIN}smtpd_sasl_auth_enable = yes\n");
    assert_eq!(judge(&Printed { main: &enabled, master: None }, &[OURS.into()]), []);

    // What is no smtpd asks for no passwords.
    let client = "relay unix - - y - - smtp -o smtpd_sasl_auth_enable=yes -o smtpd_sasl_path=private/other\n";
    assert_eq!(found(MAIN, &format!("{MASTER}{client}")), []);
}

#[test]
fn a_long_pause_after_an_outage_is_found() {
    let pause = "service_throttle_time = 1s\n";
    for (set, says) in [
        ("", "60s"),
        ("service_throttle_time = 11\n", "11"),
        ("service_throttle_time = 1m\n", "1m"),
        ("service_throttle_time = 2h\n", "2h"),
        ("service_throttle_time = 1d\n", "1d"),
        ("service_throttle_time = 1w\n", "1w"),
    ] {
        let paused = found(&MAIN.replace(pause, set), MASTER);
        assert_eq!(codes(&paused), [("postfix_long_pause", Severity::Warning)], "{set}");
        assert!(paused[0].what.ends_with(&format!("up to {says}")), "{}", paused[0].what);
    }
    for set in
        ["service_throttle_time = 10s\n", "service_throttle_time = 5\n", "service_throttle_time = $soon\n"]
    {
        assert_eq!(found(&MAIN.replace(pause, set), MASTER), [], "{set}");
    }

    // Where nobody is asked over a socket no smtpd ends for that.
    let cyrus = MAIN.replace(pause, "").replace("smtpd_sasl_type = dovecot", "smtpd_sasl_type = cyrus");
    assert_eq!(codes(&found(&cyrus, MASTER)), [("postfix_asks_somebody_else", Severity::Warning)]);
}

#[test]
fn passwords_without_tls_are_found() {
    let main = MAIN.replace("smtpd_tls_auth_only = yes\n", "");

    // Submission insists on TLS by itself.
    assert_eq!(found(&main, MASTER), []);

    let master = MASTER.replace("smtpd_tls_security_level=encrypt", "smtpd_client_restrictions=");
    let open = found(&main, &master);
    assert_eq!(codes(&open), [("postfix_cleartext", Severity::Error)]);
    assert_eq!(open[0].change, "smtpd_tls_auth_only = yes");
    assert!(open[0].what.contains("submission"), "{open:?}");

    let wrapped = master.replace("smtpd_client_restrictions=", "smtpd_tls_wrappermode=yes");
    assert_eq!(found(&main, &wrapped), []);

    // A remark is no service.
    let remark = "\n  # of old\n#smtps inet n - y - - smtpd -o smtpd_sasl_auth_enable=yes\n";
    assert_eq!(found(&main, &format!("{MASTER}{remark}")), []);

    let without = MAIN.replace("smtpd_tls_security_level = may\n", "");
    let none = found(&without, &master);
    assert_eq!(codes(&none), [("postfix_no_tls", Severity::Warning)]);
    assert_eq!(found(&without, &wrapped), []);
    assert_eq!(found(&format!("{without}smtpd_use_tls = yes\n"), &master), []);
}

#[test]
fn a_chroot_that_cannot_see_the_socket_is_found() {
    let far = MAIN.replace("private/clientpass", "unix:/run/clientpass/dovecot.sock");
    let blind = found(&far, MASTER);
    assert_eq!(codes(&blind), [("postfix_chroot", Severity::Error)]);
    assert!(blind[0].change.starts_with("smtpd_sasl_path = private/clientpass"), "{blind:?}");

    let free = MASTER.replace("submission inet  n       -       y", "submission inet  n       -       n");
    assert_eq!(found(&far, &free), []);

    // The default is none since 3.0, unless nobody says that he knows.
    let default = MASTER.replace("submission inet  n       -       y", "submission inet  n       -       -");
    assert_eq!(found(&far, &default), []);

    let old = far.replace("compatibility_level = 3.6\n", "");
    assert_eq!(codes(&found(&old, &default)), [("postfix_chroot", Severity::Error)]);
    let said = far.replace("compatibility_level = 3.6\n", "compatibility_level = 0\n");
    assert_eq!(codes(&found(&said, &default)), [("postfix_chroot", Severity::Error)]);
}

#[test]
fn one_that_asks_dovecot_or_cyrus_is_found() {
    let through = found(&MAIN.replace("private/clientpass", "private/auth"), MASTER);
    assert_eq!(codes(&through), [("postfix_asks_dovecot", Severity::Warning)]);
    assert!(through[0].change.contains(OURS), "{through:?}");

    let cyrus = found(&MAIN.replace("smtpd_sasl_type = dovecot\n", ""), MASTER);
    assert_eq!(codes(&cyrus), [("postfix_asks_somebody_else", Severity::Warning)]);

    let inet = MAIN.replace("private/clientpass", "inet:127.0.0.1:8602");
    let asked = |ours: &str| judge(&Printed { main: &inet, master: Some(MASTER) }, &[ours.into()]);
    assert_eq!(asked("127.0.0.1:8602"), []);
    assert_eq!(codes(&asked("127.0.0.1:8603")), [("postfix_asks_dovecot", Severity::Warning)]);
}

#[test]
fn passwords_on_port_25_and_options_that_leave_nothing_are_found() {
    let everywhere = found(&format!("{MAIN}smtpd_sasl_auth_enable = yes\n"), MASTER);
    assert_eq!(codes(&everywhere), [("postfix_port_25", Severity::Warning)]);

    let none = found(&format!("{MAIN}smtpd_sasl_security_options = noanonymous, noplaintext\n"), MASTER);
    assert_eq!(codes(&none), [("postfix_no_plaintext", Severity::Error)]);

    for option in ["mutual_auth", "noanonymous forward_secrecy"] {
        let none = found(&format!("{MAIN}smtpd_sasl_security_options = {option}\n"), MASTER);
        assert_eq!(codes(&none), [("postfix_no_plaintext", Severity::Error)], "{option}");
    }

    let by_number = MASTER.replace("smtp       inet", "25         inet");
    let everywhere = found(&format!("{MAIN}smtpd_sasl_auth_enable = yes\n"), &by_number);
    assert_eq!(codes(&everywhere), [("postfix_port_25", Severity::Warning)]);

    let screened = MASTER.replace("smtp       inet", "smtpd      pass");
    let everywhere = found(&format!("{MAIN}smtpd_sasl_auth_enable = yes\n"), &screened);
    assert_eq!(codes(&everywhere), [("postfix_port_25", Severity::Warning)]);

    // With TLS others count.
    let both = "smtpd_sasl_security_options = noplaintext\nsmtpd_sasl_tls_security_options = noanonymous\n";
    assert_eq!(found(&format!("{MAIN}{both}"), MASTER), []);
    let none = found(&format!("{MAIN}smtpd_sasl_tls_security_options = noplaintext\n"), MASTER);
    assert_eq!(codes(&none), [("postfix_no_plaintext", Severity::Error)]);

    let odd = found(&format!("{MAIN}smtpd_sasl_service = mail\n"), MASTER);
    assert_eq!(codes(&odd), [("postfix_protocol", Severity::Error)]);
    for service in ["smtp", "submission"] {
        assert_eq!(found(&format!("{MAIN}smtpd_sasl_service = {service}\n"), MASTER), [], "{service}");
    }
}

#[test]
fn one_that_asks_nobody_is_told_so() {
    let quiet = MASTER.replace("smtpd_sasl_auth_enable=yes", "smtpd_sasl_auth_enable=no");
    assert_eq!(codes(&found(MAIN, &quiet)), [("postfix_asks_nobody", Severity::Note)]);
}

#[test]
fn where_it_asks_is_known_in_each_of_its_forms() {
    let ours = ["127.0.0.1:12345".to_owned(), "unix:/var/spool/postfix/private/verifier".to_owned()];

    let ways = [
        ("inet:127.0.0.1:12345", true),
        ("127.0.0.1:12345", true),
        ("unix:/var/spool/postfix/private/verifier", true),
        ("private/verifier", true),
        ("/private/verifier", false),
        ("private/auth", false),
        ("", false),
    ];
    assert_eq!(ways.map(|(path, _)| (path, asks_us(path, &ours))), ways);
}

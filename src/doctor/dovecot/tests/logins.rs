//! Logins and passwords, before a passdb is asked and beside it.

use super::*;

/// What `one` puts before the last line of both.
fn before_ssl(lines: &str) -> String {
    format!("{lines}ssl =")
}

#[test]
fn a_format_that_makes_another_login_is_found() {
    for changed in ["%n", "%Ln", "%u@example.org"] {
        let line = before_ssl(&format!("auth_username_format = {changed}\n"));
        one(SOUND, "ssl =", &line, "dovecot_login_changed", Severity::Error, "%Lu");
    }
    let line = before_ssl("auth_username_format = %{user | username | lower}\n");
    one(SOUND_2_4, "ssl =", &line, "dovecot_login_changed", Severity::Error, "%{user | lower}");

    let of_one = before_ssl("protocol pop3 {\n  auth_username_format = %n\n}\n");
    one(SOUND, "ssl =", &of_one, "dovecot_login_changed", Severity::Error, "%Lu");

    for kept in ["%Lu", "%u", "%Ln@%Ld"] {
        let line = before_ssl(&format!("auth_username_format = {kept}\n"));
        assert_eq!(found(&SOUND.replace("ssl =", &line)), [], "{kept}");
    }
}

#[test]
fn logins_with_a_plus_that_dovecot_refuses_are_found() {
    for text in [SOUND, SOUND_2_4] {
        let line = text.lines().find(|line| line.starts_with("auth_username_chars")).unwrap();
        let (code, change) = ("dovecot_plus_logins", "@+");
        one(text, &format!("{line}\n"), "", code, Severity::Warning, change);
        one(text, line, line.trim_end_matches('+'), code, Severity::Warning, change);
        assert_eq!(found(&text.replace(line, "auth_username_chars =")), []);
        assert_eq!(found(&text.replace(line, "auth_username_chars = \"\"")), []);
    }
}

#[test]
fn passwords_in_the_log_are_found() {
    let code = "dovecot_passwords_logged";
    for (line, severity) in [
        ("auth_debug_passwords = yes", Severity::Error),
        ("auth_verbose_passwords = plain", Severity::Error),
        ("auth_verbose_passwords = plain:4", Severity::Error),
        ("auth_verbose_passwords = yes", Severity::Error),
        ("auth_verbose_passwords = sha1:6", Severity::Warning),
        ("protocol imap {\n  auth_debug_passwords = yes\n}", Severity::Error),
    ] {
        for text in [SOUND, SOUND_2_4] {
            one(text, "ssl =", &before_ssl(&format!("{line}\n")), code, severity, "= no");
        }
    }

    for line in ["auth_debug_passwords = no", "auth_verbose_passwords = no", "auth_verbose = yes"] {
        assert_eq!(found(&SOUND.replace("ssl =", &before_ssl(&format!("{line}\n")))), [], "{line}");
    }
    // It is part of it.
    let both = before_ssl("auth_debug = yes\nauth_debug_passwords = yes\n");
    one(SOUND, "ssl =", &both, code, Severity::Error, "= no");
}

#[test]
fn a_log_of_everything_is_told() {
    one(
        SOUND,
        "ssl =",
        &before_ssl("auth_debug = yes\n"),
        "dovecot_debug",
        Severity::Note,
        "auth_debug = no",
    );
    let filter = before_ssl("log_debug = category=auth OR category=imap\n");
    one(SOUND_2_4, "ssl =", &filter, "dovecot_debug", Severity::Note, "log_debug");
    assert_eq!(found(&SOUND_2_4.replace("ssl =", &before_ssl("log_debug = category=imap\n"))), []);
}

#[test]
fn what_is_written_down_before_somebody_is_in_is_found() {
    let service =
        |program: &str| before_ssl(&format!("service imap-login {{\n  executable = {program}\n}}\n"));
    one(SOUND, "ssl =", &service("imap-login -R /tmp/raw"), "dovecot_rawlog", Severity::Error, "imap-login");
    one(SOUND, "ssl =", &service("imap-login -Rraw"), "dovecot_rawlog", Severity::Error, "imap-login");
    assert_eq!(found(&SOUND.replace("ssl =", &service("imap-login -D"))), []);
}

#[test]
fn a_socket_of_the_network_for_passwords_is_found() {
    let listener = |inside: &str| {
        before_ssl(&format!("service auth {{\n  inet_listener {{\n    port = 12345\n{inside}  }}\n}}\n"))
    };
    let code = "dovecot_auth_listener";
    for open in ["", "    address = *\n", "    address = 192.0.2.7\n"] {
        one(SOUND, "ssl =", &listener(open), code, Severity::Error, "127.0.0.1");
    }
    one(SOUND_2_4, "ssl =", &listener("    listen = ::\n"), code, Severity::Error, "listen");

    assert_eq!(found(&SOUND.replace("ssl =", &listener("    address = 127.0.0.1\n"))), []);
    assert_eq!(found(&SOUND.replace("ssl =", &listener("    port = 0\n"))), []);
    assert_eq!(found(&SOUND.replace("ssl =", &format!("listen = 127.0.0.1\n{}", listener("")))), []);
}

#[test]
fn too_few_workers_are_found() {
    let (code, change) = ("dovecot_few_workers", "= 30");
    let service = "service auth-worker {\n";
    for text in [SOUND, SOUND_2_4] {
        let one_only = format!("{service}  process_limit = 1\n");
        one(text, service, &one_only, code, Severity::Warning, change);
        assert_eq!(found(&text.replace(service, &format!("{service}  process_limit = 30\n"))), []);
        assert_eq!(found(&text.replace(service, &format!("{service}  process_limit = 0\n"))), []);
    }

    one(SOUND, "ssl =", &before_ssl("auth_worker_max_count = 2\n"), code, Severity::Warning, change);
    assert_eq!(found(&SOUND.replace("ssl =", &before_ssl("auth_worker_max_count = 60\n"))), []);
}

#[test]
fn passwords_without_tls_over_one_protocol_are_found() {
    let line = "protocol pop3 {\n  disable_plaintext_auth = no\n}\nssl = yes\n";
    one(
        SOUND,
        "ssl = required\n",
        line,
        "dovecot_cleartext",
        Severity::Error,
        "disable_plaintext_auth = yes",
    );
}

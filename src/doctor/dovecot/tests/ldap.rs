//! How Dovecot asks by LDAP.

use super::*;

const LDAP_EXT: &str = "/etc/dovecot/clientpass-ldap.conf.ext";

/// By LDAP with 2.3 and the shipped file, changed so; that it waits is known.
fn by_ldap(around: &str, from: &str, to: &str) -> Vec<Finding> {
    let lua = "args = file=/etc/dovecot/clientpass.lua blocking=yes\n  driver = lua";
    let ldap = format!("args = {LDAP_EXT}\n  driver = ldap");
    let shipped =
        include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/mail-servers/ldap/clientpass-ldap.conf.ext"));
    assert!(SOUND.contains(lua) && shipped.contains(from), "{from}");
    let whole = SOUND.replace(lua, &ldap).replace("protocols = imap pop3\n", around);
    let mut all = with_files(&whole, &[(LDAP_EXT, &shipped.replacen(from, to, 1))]);
    all.retain(|of| of.code != "dovecot_ldap_waits");
    all
}

#[test]
fn a_name_that_does_not_say_from_where_or_what_is_spoken_is_found() {
    let both = "protocols = imap pop3\n";
    only(&by_ldap(both, ",ip=%r", ""), "dovecot_ldap_address", Severity::Error, "ip=%r");
    only(&by_ldap(both, ",ip=%r", ",ip=192.0.2.7"), "dovecot_ldap_address", Severity::Error, "ip=%r");
    only(&by_ldap(both, ",service=%s", ""), "dovecot_ldap_protocol", Severity::Error, "service=%s");
    only(
        &by_ldap(both, "service=%s", "service=imap"),
        "dovecot_ldap_protocol",
        Severity::Error,
        "service=%s",
    );
    // There is no other.
    assert_eq!(by_ldap("protocols = imap lmtp doveadm\n", "service=%s", "service=imap"), []);
    assert_eq!(by_ldap(both, "", ""), []);
}

#[test]
fn a_name_that_is_not_bound_with_is_found() {
    let (both, code) = ("protocols = imap pop3\n", "dovecot_ldap_bind");
    only(&by_ldap(both, "auth_bind = yes\n", ""), code, Severity::Error, "auth_bind = yes");
    let template = "auth_bind_userdn = uid=%u,service=%s,ip=%r,dc=clientpass\n";
    only(&by_ldap(both, template, ""), code, Severity::Error, "auth_bind_userdn");

    // It is looked up, below what says the rest.
    let base = "dn = cn=service-key\ndnpass = cpk_x\n";
    let all = codes(&by_ldap(both, template, base));
    assert_eq!(all, ["dovecot_ldap_address", "dovecot_ldap_protocol"]);
}

#[test]
fn ldap_over_one_connection_or_in_the_clear_is_found() {
    let both = "protocols = imap pop3\n";
    only(
        &by_ldap(both, "blocking = yes\n", ""),
        "dovecot_one_at_a_time",
        Severity::Warning,
        "blocking = yes",
    );

    let here = "uris = ldap://127.0.0.1:8389\n";
    only(
        &by_ldap(both, here, "uris = ldap://192.0.2.7\n"),
        "dovecot_in_the_clear",
        Severity::Error,
        "ldaps://",
    );
    only(&by_ldap(both, here, "hosts = 192.0.2.7\n"), "dovecot_in_the_clear", Severity::Error, "ldaps://");
    assert_eq!(by_ldap(both, here, "uris = ldap://192.0.2.7\ntls = yes\n"), []);
    assert_eq!(by_ldap(both, here, "uris = ldap://192.0.2.7\nstarttls = yes\n"), []);
    assert_eq!(by_ldap(both, here, "uris = ldaps://192.0.2.7\ntls_require_cert = demand\n"), []);

    let (unchecked, demand) = ("dovecot_certificate_not_checked", "tls_require_cert = demand");
    for any in ["never", "allow", "try"] {
        let any = format!("tls_require_cert = {any}\n");
        for uri in ["uris = ldaps://192.0.2.7\n", "uris = ldap://192.0.2.7\ntls = yes\n"] {
            let all = by_ldap(both, here, &format!("{uri}{any}"));
            only(&all, unchecked, Severity::Error, demand);
        }
        // Nothing is asked over TLS.
        assert_eq!(by_ldap(both, here, &format!("{here}{any}")), []);
    }
    // What Dovecot says of certificates elsewhere is not about LDAP.
    let whole = "protocols = imap pop3\nssl_client_require_valid_cert = no\n";
    assert_eq!(by_ldap(whole, here, "uris = ldaps://192.0.2.7\n"), []);
}

/// LDAP by 2.4, as it is written.
const LDAP_2_4: &str = "passdb ldap {\n  ldap_uris = ldap://127.0.0.1:8389\n  passdb_ldap_bind = yes\n  \
                        bind_userdn = uid=%{user},service=%{protocol},ip=%{remote_ip},dc=clientpass\n  \
                        passdb_ldap_filter = (uid=%{user})\n  use_worker = yes\n  \
                        result_failure = return-fail\n  result_internalfail = return-fail\n}\n";

#[test]
fn ldap_by_2_4_is_judged_alike() {
    let (begin, end) = (SOUND_2_4.find("passdb lua").unwrap(), SOUND_2_4.find("passdb passwd-file").unwrap());
    let whole = SOUND_2_4.replace(&SOUND_2_4[begin..end], LDAP_2_4);
    let judged = |from: &str, to: &str| {
        assert!(whole.contains(from), "{from}");
        let mut all = found(&whole.replacen(from, to, 1));
        all.retain(|of| of.code != "dovecot_ldap_waits");
        all
    };

    assert_eq!(judged("", ""), []);
    only(&judged("passdb_ldap_bind = yes\n", ""), "dovecot_ldap_bind", Severity::Error, "bind = yes");
    only(&judged(",ip=%{remote_ip}", ""), "dovecot_ldap_address", Severity::Error, "%{remote_ip}");
    only(&judged("service=%{protocol},", ""), "dovecot_ldap_protocol", Severity::Error, "%{protocol}");
    only(&judged("  use_worker = yes\n", ""), "dovecot_one_at_a_time", Severity::Warning, "use_worker = yes");
    only(
        &judged("ldap://127.0.0.1:8389", "ldap://192.0.2.7"),
        "dovecot_in_the_clear",
        Severity::Error,
        "ldaps://",
    );

    let any = "ldaps://192.0.2.7\n  ssl_client_require_valid_cert = no";
    let (unchecked, line) = ("dovecot_certificate_not_checked", "ssl_client_require_valid_cert = yes");
    only(&judged("ldap://127.0.0.1:8389", any), unchecked, Severity::Error, line);
    let starts = any.replace("ldaps:", "ldap:").replace("ssl_", "ldap_starttls = yes\n  ssl_");
    only(&judged("ldap://127.0.0.1:8389", &starts), unchecked, Severity::Error, line);
    // Nothing is asked over TLS.
    assert_eq!(judged("ldap://127.0.0.1:8389", &any.replace("ldaps://192.0.2.7", "ldap://127.0.0.1")), []);

    let all = "auth_username_chars =\n#";
    only(
        &judged("auth_username_chars", all),
        "dovecot_ldap_unescaped",
        Severity::Error,
        "auth_username_chars",
    );
    for version in ["2.4.0", "2.4.2"] {
        let text =
            whole.replace("dovecot_config_version = 2.4.1", &format!("dovecot_config_version = {version}"));
        let found = codes(&found(&text.replace("auth_username_chars", all)));
        assert_eq!(found, ["dovecot_ldap_waits", "dovecot_ldap_unescaped"], "{version}");
    }
    let mended = whole.replace("dovecot_config_version = 2.4.1", "dovecot_config_version = 2.4.3");
    assert_eq!(codes(&found(&mended.replace("auth_username_chars", all))), ["dovecot_ldap_waits"]);
}

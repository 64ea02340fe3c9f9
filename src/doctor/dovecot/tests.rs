//! On what real Dovecots print.

use super::super::{Finding, Harm, Severity};
use super::files::{Named, Purpose, wanted};
use super::{Printed, judge};

mod asking;
mod files;
mod ldap;
mod logins;
mod sources;

/// A Debian 12 with the shipped file and a next source, by `doveconf -n` of 2.3.19.1.
const SOUND: &str = "\
# 2.3.19.1 (9b53102964): /etc/dovecot/dovecot.conf
# Pigeonhole version 0.5.19 (4eae2f79)
# OS: Linux 6.1.0 x86_64 Debian 12.11
# Hostname: mail
auth_mechanisms = plain login
auth_username_chars = abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ01234567890.-_@+
imap_id_retain = yes
import_environment = TZ CORE_OUTOFMEM CORE_ERROR LISTEN_PID CLIENTPASS_URL=http://127.0.0.1:8600 CLIENTPASS_KEY_FILE=/x
managesieve_notify_capability = mailto
passdb {
  args = file=/etc/dovecot/clientpass.lua blocking=yes
  driver = lua
  result_failure = return-fail
  result_internalfail = return-fail
}
passdb {
  args = scheme=SHA512-CRYPT username_format=%u /etc/dovecot/users
  driver = passwd-file
}
protocols = imap pop3
service anvil {
  unix_listener anvil-auth-penalty {
    mode = 00
  }
}
service auth-worker {
  user = $default_internal_user
}
ssl = required
userdb {
  args = uid=mail gid=mail home=/var/mail/%u
  driver = static
}
";

/// The same by 2.4.1.
const SOUND_2_4: &str = "\
# 2.4.1-4 (7d8c0e5759): /etc/dovecot/dovecot.conf
dovecot_config_version = 2.4.1
auth_mechanisms {
  plain = yes
  login = yes
}
auth_username_chars = abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ01234567890.-_@+
passdb lua {
  lua_file = /etc/dovecot/clientpass.lua
  lua_settings {
    key_file = /etc/dovecot/clientpass.key
    url = http://127.0.0.1:8600
  }
  result_failure = return-fail
  result_internalfail = return-fail
  use_worker = yes
}
passdb passwd-file {
  passwd_file_path = /etc/dovecot/users
}
service anvil {
  unix_listener anvil-auth-penalty {
    mode = 00
  }
}
service auth-worker {
  user = $SET:default_internal_user
}
ssl = required
";

fn found(printed: &str) -> Vec<Finding> {
    with_files(printed, &[])
}

/// With the files that it names, by their paths.
fn with_files(whole: &str, files: &[(&str, &str)]) -> Vec<Finding> {
    let named = |(path, text): &(&str, &str)| Named {
        path: (*path).into(),
        text: Some((*text).into()),
        way: None,
        reader: None,
    };
    let files: Vec<Named> = files.iter().map(named).collect();
    judge(Printed { files: &files, ..Printed::of(whole) }, &["127.0.0.1:8600".into()])
}

fn with_grant(whole: &str, grant: Option<&str>) -> Vec<Finding> {
    let settings = wanted(whole).into_iter().find(|wanted| wanted.purpose == Purpose::Grant);
    let files = settings.zip(grant);
    let files: Vec<_> = files.iter().map(|(wanted, text)| (wanted.path.as_str(), *text)).collect();
    with_files(whole, &files)
}

fn codes(found: &[Finding]) -> Vec<&'static str> {
    found.iter().map(|one| one.code).collect()
}

/// Fails unless exactly this is found in the text, changed so.
#[track_caller]
fn one(text: &str, from: &str, to: &str, code: &str, severity: Severity, change: &str) {
    assert!(text.contains(from), "{from}");
    let found = found(&text.replacen(from, to, 1));
    assert_eq!(found.len(), 1, "{found:#?}");
    assert_eq!((found[0].code, found[0].severity), (code, severity), "{found:#?}");
    assert!(found[0].change.contains(change), "{found:#?}");
}

/// Fails unless exactly this was found.
#[track_caller]
fn only(all: &[Finding], code: &str, severity: Severity, change: &str) {
    assert_eq!(codes(all), [code], "{all:#?}");
    assert!(all[0].severity == severity && all[0].change.contains(change), "{all:#?}");
}

#[test]
fn nothing_is_wrong_with_what_is_shipped() {
    assert_eq!(found(SOUND), []);
    assert_eq!(found(SOUND_2_4), []);
}

#[test]
fn a_cache_is_found_but_not_one_of_no_size() {
    let cache = |size: &str| format!("auth_cache_size = {size}\nauth_mechanisms");
    one(
        SOUND,
        "auth_mechanisms",
        &cache("1 M"),
        "dovecot_auth_cache",
        Severity::Error,
        "auth_cache_size = 0",
    );
    one(
        SOUND,
        "auth_mechanisms",
        &cache("10240"),
        "dovecot_auth_cache",
        Severity::Error,
        "auth_cache_size = 0",
    );

    // 2.4 keeps nothing of a script, and everything of any other passdb.
    one(SOUND_2_4, "auth_mechanisms", &cache("1M"), "dovecot_auth_cache", Severity::Warning, "= 0");
    let grant = SOUND_2_4.replace("passdb lua {", &format!("passdb oauth2 {{\n{GRANT_2_4}"));
    one(&grant, "auth_mechanisms", &cache("1M"), "dovecot_auth_cache", Severity::Error, "= 0");

    // A password that a worker compares is compared with what is kept, all the same.
    let by_worker = format!("auth_cache_verify_password_with_worker = yes\n{}", cache("1 M"));
    one(SOUND, "auth_mechanisms", &by_worker, "dovecot_auth_cache", Severity::Error, "auth_cache_size = 0");
    assert_eq!(found(&SOUND.replace("auth_mechanisms", &cache("0"))), []);
    assert_eq!(found(&SOUND.replace("auth_mechanisms", &cache("0 B"))), []);
}

#[test]
fn a_refusal_or_a_fault_that_goes_on_is_found() {
    let (failure, fault) = ("  result_failure = return-fail\n", "  result_internalfail = return-fail\n");

    for text in [SOUND, SOUND_2_4] {
        one(
            text,
            failure,
            "",
            "dovecot_goes_on_after_refusal",
            Severity::Error,
            "result_failure = return-fail",
        );
        one(
            text,
            fault,
            "",
            "dovecot_goes_on_after_fault",
            Severity::Error,
            "result_internalfail = return-fail",
        );
    }

    let goes_on = "  result_failure = continue-fail\n";
    one(SOUND, failure, goes_on, "dovecot_goes_on_after_refusal", Severity::Error, "return-fail");
    assert_eq!(found(&SOUND.replace(failure, "  result_failure = return\n")), []);

    // With nobody behind, nobody is let in by it; but somebody may come.
    let alone = &SOUND_2_4.replace("passdb passwd-file {\n  passwd_file_path = /etc/dovecot/users\n}\n", "");
    let codes: Vec<_> = found(&alone.replace(failure, "")).iter().map(|of| (of.code, of.severity)).collect();
    let expected =
        [("dovecot_goes_on_after_refusal", Severity::Warning), ("dovecot_no_next_passdb", Severity::Note)];

    assert_eq!(codes, expected);

    let codes: Vec<_> = found(&alone.replace(fault, "")).iter().map(|of| (of.code, of.severity)).collect();
    let expected =
        [("dovecot_goes_on_after_fault", Severity::Warning), ("dovecot_no_next_passdb", Severity::Note)];
    assert_eq!(codes, expected);
}

#[test]
fn remarks_and_empty_lines_say_nothing() {
    assert_eq!(found(&SOUND.replace("auth_mechanisms", "# passdb {\n\n  # }\nauth_mechanisms")), []);
}

/// `oauth2-grant-2.4.conf`, in the forms that 2.4 takes and prints.
const GRANT_2_4: &str = "  mechanisms_filter {\n    plain = yes\n    login = yes\n  }\n  oauth2 {\n    \
                         grant_url = http://127.0.0.1:8602/oauth2/grant\n    client_id = dovecot\n    \
                         client_secret = # hidden, use -P to show it\n    oauth2_scope = clientpass\n    \
                         oauth2_username_attribute = username\n    oauth2_active_attribute = active\n    \
                         oauth2_active_value = true\n    oauth2_send_auth_headers = yes\n    \
                         introspection_mode = post\n    introspection_url = http://127.0.0.1:8602/oauth2/none\n    \
                         http_client_request_timeout = 6 secs\n    \
                         http_client_max_parallel_connections = 100\n  }\n  fields {\n    user = %{oauth2:login}\n  }\n";

#[test]
fn what_waits_for_ldap_is_told_so() {
    let lua = "args = file=/etc/dovecot/clientpass.lua blocking=yes\n  driver = lua";
    let ldap = "args = /etc/dovecot/clientpass-ldap.conf.ext\n  driver = ldap";
    assert!(SOUND.contains(lua));
    let whole = SOUND.replacen(lua, ldap, 1);
    assert_eq!(codes(&found(&whole)), ["dovecot_ldap_waits", "dovecot_ldap_not_looked_at"]);
    let shipped =
        include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/mail-servers/ldap/clientpass-ldap.conf.ext"));
    let all = with_files(&whole, &[("/etc/dovecot/clientpass-ldap.conf.ext", shipped)]);
    assert_eq!(codes(&all), ["dovecot_ldap_waits"]);
    assert_eq!(all[0].severity, Severity::Note);
}

#[test]
fn trusting_everybody_about_addresses_is_found() {
    for (key, networks) in
        [("login_trusted_networks", "0.0.0.0/0"), ("haproxy_trusted_networks", "10.0.0.1, ::/0")]
    {
        let all = format!("{key} = {networks}\nssl =");
        one(SOUND, "ssl =", &all, "dovecot_everybody_is_trusted", Severity::Error, key);
        assert_eq!(found(&SOUND.replace("ssl =", &format!("{key} = 10.0.0.0/8\nssl ="))), []);
    }
}

#[test]
fn arguments_that_hurt_are_found() {
    let blocking = "clientpass.lua blocking=yes";
    let key = format!("{blocking} cache_key=");

    one(SOUND, blocking, &key, "dovecot_cache_key", Severity::Error, "blocking=yes");
    one(SOUND, blocking, &format!("{key}%u"), "dovecot_cache_key", Severity::Error, "blocking=yes");
    let itself = "clientpass.lua blocking=no";
    one(SOUND, blocking, itself, "dovecot_one_at_a_time", Severity::Warning, "blocking=yes");
    // It is asked in workers by itself.
    assert_eq!(found(&SOUND.replace(blocking, "clientpass.lua")), []);

    one(
        SOUND_2_4,
        "use_worker = yes",
        "use_worker = no",
        "dovecot_one_at_a_time",
        Severity::Warning,
        "= yes",
    );

    let filter = "  driver = lua\n  mechanisms = plain\n";
    one(SOUND, "  driver = lua\n", filter, "dovecot_mechanisms_filter", Severity::Error, "#mechanisms");
    assert_eq!(found(&SOUND.replace("  driver = lua\n", "  driver = lua\n  mechanisms = login plain\n")), []);
    let newer = "passdb lua {\n  mechanisms_filter {\n    plain = yes\n  }\n";
    let code = "dovecot_mechanisms_filter";
    one(SOUND_2_4, "passdb lua {\n", newer, code, Severity::Error, "#mechanisms_filter");
}

#[test]
fn the_penalty_the_root_worker_and_old_mechanisms_are_found() {
    one(SOUND, "mode = 00", "mode = 0600", "dovecot_penalty", Severity::Warning, "mode = 0");
    one(SOUND, "service anvil", "service anvils", "dovecot_penalty", Severity::Warning, "mode = 0");

    let user = "  user = $default_internal_user\n";
    one(SOUND, user, "", "dovecot_worker_root", Severity::Warning, "$default_internal_user");
    one(SOUND, user, "  user = root\n", "dovecot_worker_root", Severity::Warning, "$default_internal_user");

    // PAM needs it.
    for driver in ["pam", "shadow", "passwd", "bsdauth"] {
        let system = SOUND.replace("driver = passwd-file", &format!("driver = {driver}"));
        assert_eq!(found(&system.replace(user, "")), [], "{driver}");
    }

    let odd = "auth_mechanisms = plain login cram-md5";
    one(
        SOUND,
        "auth_mechanisms = plain login",
        odd,
        "dovecot_mechanisms",
        Severity::Warning,
        "= plain login",
    );
}

#[test]
fn passwords_without_tls_are_found_unless_nobody_else_hears_them() {
    let open = "disable_plaintext_auth = no\nssl = yes\n";
    one(
        SOUND,
        "ssl = required\n",
        open,
        "dovecot_cleartext",
        Severity::Error,
        "disable_plaintext_auth = yes",
    );

    let open_2_4 = "auth_allow_cleartext = yes\nssl = yes\n";
    one(
        SOUND_2_4,
        "ssl = required\n",
        open_2_4,
        "dovecot_cleartext",
        Severity::Error,
        "auth_allow_cleartext = no",
    );

    assert_eq!(found(&SOUND.replace("ssl = required\n", &format!("{open}listen = 127.0.0.1, ::1\n"))), []);
    assert_eq!(
        found(&SOUND.replace("ssl = required\n", "disable_plaintext_auth = no\nssl = required\n")),
        []
    );
}

#[test]
fn a_socket_for_postfix_is_found() {
    let socket =
        "service auth {\n  unix_listener /var/spool/postfix/private/auth {\n    mode = 0660\n  }\n}\nssl =";
    one(SOUND, "ssl =", socket, "dovecot_serves_postfix", Severity::Warning, "smtpd_sasl_path");
}

#[test]
fn a_dovecot_that_never_asks_is_told_so() {
    let other = SOUND.replace("clientpass.lua", "other.lua");
    assert_eq!(found(&other).iter().map(|of| of.code).collect::<Vec<_>>(), ["dovecot_asks_somebody_else"]);
    assert_eq!(found("")[0].code, "dovecot_asks_somebody_else");
    // By its address it is known, whatever the files are called.
    let grant = "passdb oauth2 {\n oauth2_grant_url = http://127.0.0.1:8600/oauth2/grant\n}\n";
    assert!(found(grant).iter().all(|of| of.code != "dovecot_asks_somebody_else"));
}

#[test]
fn nothing_but_what_is_judged_is_repeated() {
    let secret =
        SOUND.replace("blocking=yes", "cache_key= password=hunter2").replace("return-fail", "hunter3");
    let said = format!("{:?}", found(&secret));
    assert!(said.contains("dovecot_cache_key") && !said.contains("hunter2"), "{said}");
}

//! How Dovecot asks: by the script, by the grant.

use super::*;

const URL: &str = "CLIENTPASS_URL=http://127.0.0.1:8600";
const EXT: &str = "/etc/dovecot/clientpass-oauth2.conf.ext";

#[test]
fn a_script_that_asks_another_machine_in_the_clear_is_found() {
    let (code, change) = ("dovecot_in_the_clear", "https://");
    one(SOUND, URL, "CLIENTPASS_URL=http://192.0.2.7:8600", code, Severity::Error, change);
    one(SOUND_2_4, "127.0.0.1:8600", "auth.example.org:8600", code, Severity::Error, change);
    assert_eq!(found(&SOUND.replace(URL, "CLIENTPASS_URL=http://[::1]:8600")), []);
    assert_eq!(found(&SOUND.replace(URL, "X=1")), []);

    let tls = SOUND.replace(URL, "CLIENTPASS_URL=https://192.0.2.7:8600");
    let authority = "ssl = required\nssl_client_ca_dir = /etc/ssl/certs\n";
    assert_eq!(found(&tls.replace("ssl = required\n", authority)), []);
    assert_eq!(found(&SOUND_2_4.replace("http://127.0.0.1", "https://192.0.2.7")), []);
}

#[test]
fn a_script_that_takes_any_certificate_or_knows_no_authority_is_found() {
    let tls = SOUND.replace(URL, "CLIENTPASS_URL=https://192.0.2.7:8600");
    one(&tls, "ssl =", "ssl =", "dovecot_no_authority", Severity::Error, "ssl_client_ca_dir");

    let any = "ssl_client_ca_file = /x\nssl_client_require_valid_cert = no\nssl =";
    let code = "dovecot_certificate_not_checked";
    one(&tls, "ssl =", any, code, Severity::Error, "ssl_client_require_valid_cert = yes");
    let newer = SOUND_2_4.replace("http://127.0.0.1", "https://192.0.2.7");
    let any_2_4 = "ssl_client {\n  require_valid_cert = no\n}\nssl =";
    one(&newer, "ssl =", any_2_4, code, Severity::Error, "ssl_client_require_valid_cert = yes");
    assert_eq!(found(&newer.replace("ssl =", &any_2_4.replace("= no", "= yes"))), []);
    // Nothing is asked over TLS.
    assert_eq!(found(&SOUND.replace("ssl =", any)), []);
}

/// The grant says by itself which refusal is final.
#[test]
fn the_grant_may_go_on_after_a_refusal_if_it_says_what_is_final() {
    let lua = "args = file=/etc/dovecot/clientpass.lua blocking=yes\n  driver = lua\n  result_failure = return-fail";
    assert!(SOUND.contains(lua));

    let grant = "args = /etc/dovecot/clientpass-oauth2.conf.ext\n  driver = oauth2\n  mechanisms = plain login\n  \
                 result_failure = continue";
    let (older, ext) = (
        SOUND.replace(lua, grant),
        include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/mail-servers/dovecot/oauth2-grant-2.3.conf.ext")),
    );

    let wants =
        |text: &str| wanted(text).into_iter().find(|of| of.purpose == Purpose::Grant).map(|of| of.path);
    assert_eq!(wants(&older).as_deref(), Some("/etc/dovecot/clientpass-oauth2.conf.ext"));
    assert_eq!((wants(SOUND), wants(SOUND_2_4)), (None, None));
    assert_eq!(with_grant(&older, Some(ext)), []);
    assert_eq!(codes(&found(&older)), ["dovecot_grant_not_looked_at"]);

    let newer = SOUND_2_4
        .replace("passdb lua {", &format!("passdb oauth2 {{\n{GRANT_2_4}"))
        .replace("result_failure = return-fail", "result_failure = continue");
    assert_eq!(found(&newer), []);

    for other in ["", "scope = mail\n", "#scope = clientpass\n"] {
        let without = ext.replace("scope = clientpass\n", other);
        let (goes_on, all) = ("dovecot_goes_on_after_refusal", with_grant(&older, Some(&without)));
        assert_eq!((codes(&all), all[0].severity), (vec![goes_on], Severity::Error), "{other}");
        let ends = older.replace("result_failure = continue", "result_failure = return-fail");
        assert_eq!(with_grant(&ends, Some(&without)), [], "{other}");
        assert!(all[0].change.starts_with("scope = clientpass"), "{all:#?}");
        one(
            &newer,
            "oauth2_scope = clientpass\n",
            other,
            goes_on,
            Severity::Error,
            "result_failure = return-fail",
        );
    }

    // What counts as a yes is never final.
    let yes = older.replace("result_failure = continue", "result_failure = return-ok");
    only(&with_grant(&yes, Some(ext)), "dovecot_goes_on_after_refusal", Severity::Error, "return-fail");

    // It is known by what its file says, whatever that is called.
    let renamed = older.replace("clientpass-oauth2", "own");
    assert_eq!(with_grant(&renamed, Some(&ext.replace("8602", "8600"))), []);
}

/// By 2.3, with the shipped file, changed so.
fn by_grant(from: &str, to: &str) -> Vec<Finding> {
    let lua = "args = file=/etc/dovecot/clientpass.lua blocking=yes\n  driver = lua\n  result_failure = return-fail";
    let grant = format!("args = {EXT}\n  driver = oauth2\n  result_failure = continue");
    let shipped =
        include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/mail-servers/dovecot/oauth2-grant-2.3.conf.ext"));
    assert!(SOUND.contains(lua) && shipped.contains(from), "{from}");
    with_files(&SOUND.replace(lua, &grant), &[(EXT, &shipped.replacen(from, to, 1))])
}

/// By 2.4, changed so.
fn by_grant_2_4(from: &str, to: &str) -> Vec<Finding> {
    let whole = SOUND_2_4.replace("passdb lua {", &format!("passdb oauth2 {{\n{GRANT_2_4}"));
    assert!(whole.contains(from), "{from}");
    found(&whole.replacen(from, to, 1))
}

#[test]
fn a_grant_whose_answer_is_not_looked_at_is_found() {
    let (attribute, value, scope) =
        ("active_attribute = active\n", "active_value = true\n", "scope = clientpass\n");
    let attributes = format!("pass_attrs = user=%{{oauth2:login}}\n{attribute}{value}");

    // 2.3 looks by itself, unless it is told to look for something else.
    for there in [attribute, value] {
        assert_eq!(by_grant(there, ""), []);
    }
    let (never, open) = ("dovecot_grant_never_defers", "dovecot_grant_lets_everybody_in");
    for off in ["active_attribute =\nactive_value =\n", "active_attribute = enabled\nactive_value = true\n"] {
        let all = by_grant(&format!("{attribute}{value}"), off);
        only(&all, never, Severity::Error, "active_attribute = active");
    }
    only(
        &by_grant(value, "active_value = yes\n"),
        "dovecot_grant_answer",
        Severity::Error,
        "active_value = true",
    );

    let unscoped = |off: &str| {
        let whole = include_str!(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/mail-servers/dovecot/oauth2-grant-2.3.conf.ext"
        ));
        assert!(whole.contains(&attributes) && whole.contains(scope));
        by_grant(whole, &whole.replace(&attributes, off).replace(scope, ""))
    };
    let all = codes(&unscoped("active_attribute =\nactive_value =\n"));
    assert_eq!(all, ["dovecot_goes_on_after_refusal", open, "dovecot_grant_sessions"]);
    // Who has no login in the answer is not let in.
    let all = codes(&unscoped("pass_attrs = user=%{oauth2:login}\nactive_attribute =\nactive_value =\n"));
    assert_eq!(all, ["dovecot_goes_on_after_refusal", never]);

    // 2.4 looks only if it is told to.
    let both = "    oauth2_active_attribute = active\n    oauth2_active_value = true\n";
    only(&by_grant_2_4(both, ""), never, Severity::Error, "active_attribute = active");
    only(
        &by_grant_2_4("    oauth2_active_value = true\n", ""),
        never,
        Severity::Error,
        "active_value = true",
    );
}

#[test]
fn what_is_out_of_scope_is_refused_whatever_the_login_is() {
    let whole =
        include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/mail-servers/dovecot/oauth2-grant-2.3.conf.ext"));
    let (active, login) =
        ("active_attribute = active\nactive_value = true\n", "pass_attrs = user=%{oauth2:login}\n");
    assert!(whole.contains(active) && whole.contains(login));

    let blind = whole.replace(login, "").replace(active, "active_attribute =\nactive_value =\n");
    assert_eq!(codes(&by_grant(whole, &blind)), ["dovecot_grant_never_defers", "dovecot_grant_sessions"]);
}

#[test]
fn a_list_of_2_4_is_read_in_both_of_its_forms() {
    assert_eq!(
        by_grant_2_4("oauth2_scope = clientpass\n", "oauth2_scope {\n      clientpass = yes\n    }\n"),
        []
    );
    let goes_on = |to: &str| {
        let all = by_grant_2_4("oauth2_scope = clientpass\n", to);
        all.into_iter().map(|of| of.code).collect::<Vec<_>>()
    };
    assert_eq!(goes_on(""), [] as [&str; 0], "the passdb ends after a refusal");
}

#[test]
fn a_grant_that_2_4_has_beside_its_passdb_is_read() {
    let (inside, beside) = (GRANT_2_4.find("  oauth2 {").unwrap(), GRANT_2_4.find("  fields {").unwrap());
    let section = &GRANT_2_4[inside..beside];
    let whole =
        SOUND_2_4.replace("passdb lua {", &format!("passdb oauth2 {{\n{}", GRANT_2_4.replace(section, "")));
    let whole = format!("{whole}{section}");
    assert_eq!(found(&whole), []);
    one(
        &whole,
        "    oauth2_send_auth_headers = yes\n",
        "",
        "dovecot_grant_without_headers",
        Severity::Error,
        "= yes",
    );
}

#[test]
fn a_grant_that_looks_for_the_login_elsewhere_or_does_not_take_it_is_found() {
    let (line, code) = ("username_attribute = username\n", "dovecot_grant_answer");
    only(&by_grant(line, ""), code, Severity::Error, line.trim());
    only(&by_grant(line, "username_attribute = login\n"), code, Severity::Error, line.trim());
    only(&by_grant_2_4(line, "username_attribute = email\n"), code, Severity::Error, line.trim());
    assert_eq!(by_grant(line, "username_attribute = \"username\"\n"), []);

    let attributes = "pass_attrs = user=%{oauth2:login}\n";
    only(&by_grant(attributes, ""), "dovecot_grant_sessions", Severity::Warning, "oauth2:login");
    only(
        &by_grant_2_4("user = %{oauth2:login}\n", ""),
        "dovecot_grant_sessions",
        Severity::Warning,
        "oauth2:login",
    );
}

#[test]
fn a_grant_that_is_asked_again_elsewhere_is_found() {
    let code = "dovecot_grant_asks_again";
    let with = |line: &str| by_grant("client_id = dovecot\n", &format!("client_id = dovecot\n{line}\n"));
    for line in [
        "introspection_url = https://idp.example.org/introspect",
        "tokeninfo_url = https://idp.example.org/info?t=",
        "introspection_mode = local",
    ] {
        let all = with(line);
        only(&all, code, Severity::Error, "#");
        assert_eq!(all[0].harm, Harm::LetsIn, "{line}");
    }
    let all = with("force_introspection = yes");
    only(&all, code, Severity::Error, "#force_introspection");
    assert_eq!(all[0].harm, Harm::KeepsOut);

    // Where a refusal ends it, nobody is let in by the second answer.
    for ends in ["return-fail", "return"] {
        let lua = "args = file=/etc/dovecot/clientpass.lua blocking=yes\n  driver = lua\n  result_failure = return-fail";
        let whole =
            SOUND.replace(lua, &format!("args = {EXT}\n  driver = oauth2\n  result_failure = {ends}"));
        let grant = include_str!(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/mail-servers/dovecot/oauth2-grant-2.3.conf.ext"
        ));
        let all = with_files(&whole, &[(EXT, &format!("{grant}introspection_mode = local\n"))]);
        only(&all, code, Severity::Error, "#introspection_mode");
        assert_eq!(all[0].harm, Harm::KeepsOut, "{ends}");
    }

    assert_eq!(with("introspection_mode = post"), []);
    // It is clientpass itself, which says nothing more there.
    assert_eq!(with("introspection_url = http://127.0.0.1:8602/oauth2/none"), []);
    let forced = "    force_introspection = yes\n    oauth2_scope";
    only(&by_grant_2_4("    oauth2_scope", forced), code, Severity::Error, "force_introspection");
}

#[test]
fn a_grant_that_is_not_used_is_found() {
    let code = "dovecot_grant_not_used";
    for line in ["client_id = dovecot\n", "use_grant_password = yes\n"] {
        only(&by_grant(line, ""), code, Severity::Error, line.trim());
    }
    let url = "grant_url = http://127.0.0.1:8602/oauth2/grant\n";
    assert!(codes(&by_grant(url, "grant_url =\n")).contains(&code));
    only(&by_grant_2_4("    client_id = dovecot\n", ""), code, Severity::Error, "client_id = dovecot");
}

#[test]
fn a_grant_that_asks_another_machine_needs_a_key_and_tls() {
    let here = "http://127.0.0.1:8602/oauth2/grant\n";
    let clear = codes(&by_grant(here, "http://192.0.2.7:8602/oauth2/grant\n"));
    assert_eq!(clear, ["dovecot_grant_without_key", "dovecot_in_the_clear"]);
    let with_key = "https://192.0.2.7:8602/oauth2/grant\nclient_secret = cpk_x\n";
    assert_eq!(by_grant(here, with_key), []);

    let any = format!("{with_key}tls_allow_invalid_cert = yes\n");
    only(
        &by_grant(here, &any),
        "dovecot_certificate_not_checked",
        Severity::Error,
        "tls_allow_invalid_cert = no",
    );
    // Nothing is asked over TLS.
    let beside = format!("{here}tls_allow_invalid_cert = yes\n");
    assert_eq!(by_grant(here, &beside), []);
    let newer = "https://192.0.2.7:8602/oauth2/grant\n    ssl_client_require_valid_cert = no\n";
    let all = by_grant_2_4(here, newer);
    only(&all, "dovecot_certificate_not_checked", Severity::Error, "ssl_client_require_valid_cert = yes");
}

#[test]
fn a_grant_that_waits_for_a_minute_is_found() {
    let (code, newer) = ("dovecot_timeout", "    http_client_request_timeout = 6 secs\n");
    only(&by_grant("timeout_msecs = 6000\n", ""), code, Severity::Warning, "timeout_msecs = 6000");
    only(&by_grant_2_4(newer, ""), code, Severity::Warning, "http_client_request_timeout = 6s");
    let absolute = "    http_client_request_absolute_timeout = 6 secs\n";
    assert_eq!(by_grant_2_4(newer, absolute), []);
}

#[test]
fn a_grant_with_few_connections_or_that_writes_down_what_it_asks_is_found() {
    let line = "max_parallel_connections = 100\n";
    for few in ["", "max_parallel_connections = 10\n"] {
        only(&by_grant(line, few), "dovecot_grant_connections", Severity::Warning, "= 100");
    }
    let newer = "    http_client_max_parallel_connections = 100\n";
    only(&by_grant_2_4(newer, ""), "dovecot_grant_connections", Severity::Warning, "= 100");

    let raw = "client_id = dovecot\nrawlog_dir = /tmp/raw\n";
    only(&by_grant("client_id = dovecot\n", raw), "dovecot_rawlog", Severity::Error, "#rawlog_dir");
    let newer = "    client_id = dovecot\n    http_client_rawlog_dir = /tmp/raw\n";
    let all = by_grant_2_4("    client_id = dovecot\n", newer);
    only(&all, "dovecot_rawlog", Severity::Error, "#http_client_rawlog_dir");
    assert_eq!(by_grant("client_id = dovecot\n", "client_id = dovecot\nrawlog_dir =\n"), []);
}

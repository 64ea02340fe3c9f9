//! Sources of passwords: who is asked beside clientpass, and when clientpass is not.

use super::*;

const FIRST: &str = "passdb {\n  args = file";
const NEXT: &str =
    "  args = scheme=SHA512-CRYPT username_format=%u /etc/dovecot/users\n  driver = passwd-file\n";
const OURS: &str = "  driver = lua\n";

/// The line in clientpass's own passdb, by 2.3.
fn ours(line: &str) -> String {
    format!("  driver = lua\n  {line}\n")
}

#[test]
fn a_source_before_ours_is_found_if_it_lets_anybody_in() {
    let before = |inside: &str| format!("passdb {{\n  driver = pam\n{inside}}}\npassdb {{\n  args = file");
    let first = "passdb {\n  args = file";
    one(SOUND, first, &before(""), "dovecot_order", Severity::Error, "05-clientpass.conf");

    let some = before("  username_filter = *@example.net\n");
    one(SOUND, first, &some, "dovecot_order", Severity::Warning, "05-clientpass.conf");
    for all in ["username_filter =", "mechanisms = plain", "mechanisms = xoauth2 login"] {
        let text = before(&format!("  {all}\n"));
        one(SOUND, first, &text, "dovecot_order", Severity::Error, "05-clientpass.conf");
    }
    let static_one = before("").replace("driver = pam", "driver = static\n  args = password=x");
    one(SOUND, first, &static_one, "dovecot_order", Severity::Error, "05-clientpass.conf");

    for harmless in [
        "deny = yes",
        "mechanisms = xoauth2 oauthbearer",
        "result_success = continue",
        "default_fields = noauthenticate=y",
    ] {
        let text = SOUND.replacen(first, &before(&format!("  {harmless}\n")), 1);
        assert_eq!(found(&text), [], "{harmless}");
    }

    // A wrong password that counts as a right one.
    for wrong in [
        "  result_success = continue\n  result_failure = continue-ok\n",
        "  result_internalfail = return-ok\n",
    ] {
        one(SOUND, first, &before(wrong), "dovecot_order", Severity::Error, "05-clientpass.conf");
    }

    // 2.4 tries those of a protocol before all others.
    let protocol = format!("{SOUND_2_4}protocol pop3 {{\n  passdb pam {{\n  }}\n}}\n");
    assert_eq!(found(&protocol).iter().map(|of| of.code).collect::<Vec<_>>(), ["dovecot_order"]);
    for block in ["local 192.0.2.1", "remote 192.0.2.0/24"] {
        let text = format!("{SOUND}{block} {{\n  passdb {{\n    driver = pam\n  }}\n}}\n");
        assert_eq!(codes(&found(&text)), ["dovecot_order"], "{block}");
    }
    // 2.4 names a passdb as it likes.
    let named = SOUND_2_4.replace("passdb lua {", "passdb ours {\n  passdb_driver = lua");
    assert_eq!(found(&named), []);
    let apart = "passdb lua {\n  mechanisms_filter {\n    xoauth2 = yes\n  }\n";
    let apart =
        SOUND_2_4.replace("passdb lua {\n", &format!("{}}}\npassdb lua {{\n", apart.replace("lua", "pam")));
    assert_eq!(found(&apart), []);
}

#[test]
fn a_master_passdb_is_found_wherever_it_stands() {
    let master = "passdb {\n  args = /etc/dovecot/masters\n  driver = passwd-file\n  master = yes\n}\n";
    let (code, change) = ("dovecot_master_user", "master = yes");
    one(SOUND, FIRST, &format!("{master}{FIRST}"), code, Severity::Error, change);
    one(SOUND, "protocols =", &format!("{master}protocols ="), code, Severity::Error, change);

    let newer = "passdb masters {\n  driver = passwd-file\n  master = yes\n}\npassdb lua {";
    one(SOUND_2_4, "passdb lua {", newer, code, Severity::Error, change);
    assert_eq!(
        found(
            &SOUND_2_4.replace(
                "passdb lua {",
                &newer.replace("yes", "no").replace("driver", "deny = yes\n  driver")
            )
        ),
        []
    );
}

#[test]
fn a_passdb_of_clientpass_that_is_asked_about_others_or_denies_is_found() {
    one(SOUND, OURS, &ours("master = yes"), "dovecot_asked_for_masters", Severity::Error, "master = no");
    one(SOUND, OURS, &ours("deny = yes"), "dovecot_denies_everybody", Severity::Error, "deny = no");
    assert_eq!(found(&SOUND.replace(OURS, &ours("deny = no\n  master = no"))), []);
}

#[test]
fn a_passdb_that_denies_everybody_is_found() {
    let denies = format!("passdb {{\n  driver = static\n  args = nopassword=y\n  deny = yes\n}}\n{FIRST}");
    one(SOUND, FIRST, &denies, "dovecot_denies_everybody", Severity::Error, "deny");
    let some = denies.replace("static", "passwd-file").replace("nopassword=y", "/etc/dovecot/denied");
    assert_eq!(found(&SOUND.replacen(FIRST, &some, 1)), []);
    // Whom clientpass lets in is in before.
    let behind = denies.replace(FIRST, "protocols =");
    assert_eq!(found(&SOUND.replacen("protocols =", &behind, 1)), []);
}

#[test]
fn a_next_source_that_takes_any_password_is_found() {
    let (code, change) = ("dovecot_next_lets_everybody_in", "knows nobody");
    let next = |inside: &str| format!("{inside}}}\nprotocols =");
    let whole = format!("{NEXT}}}\nprotocols =");

    for open in [
        "  driver = static\n  args = nopassword=y\n",
        "  driver = static\n  args = uid=1 nopassword\n",
        "  driver = static\n  args = password=one-for-all\n",
        "  driver = static\n  args = proxy=y host=192.0.2.7 nopassword=y master=boss pass=x\n",
        "  driver = static\n  args = proxy=y host=192.0.2.7 nopassword=y pass=x\n",
        "  driver = static\n  args = proxy=y host=192.0.2.7 nopassword=y master=boss\n",
        "  driver = passwd-file\n  args = /etc/dovecot/users\n  default_fields = nopassword=y\n",
        "  driver = passwd-file\n  args = /etc/dovecot/users\n  default_fields = nopassword\n",
        "  driver = passwd-file\n  args = /etc/dovecot/users\n  result_failure = return-ok\n",
        "  driver = pam\n  result_internalfail = continue-ok\n",
    ] {
        one(SOUND, &whole, &next(open), code, Severity::Error, change);
    }

    for closed in [
        // The server behind compares the password that it is handed.
        "  driver = static\n  args = proxy=y host=192.0.2.7 nopassword=y\n",
        "  driver = static\n  args = proxy_maybe=y host=192.0.2.7 nopassword=y\n",
        "  driver = static\n  args = nopassword=y\n  override_fields = proxy=y host=192.0.2.7\n",
        "  driver = passwd-file\n  args = /etc/dovecot/users\n  default_fields = allow_nets=192.0.2.0/24\n",
        "  driver = static\n  args = nopassword=y\n  mechanisms = xoauth2\n",
        "  driver = static\n  args = noauthenticate=y nopassword=y\n",
        "  driver = passwd-file\n  args = /etc/dovecot/users\n  override_fields = nopassword=y\n",
    ] {
        assert_eq!(found(&SOUND.replacen(&whole, &next(closed), 1)), [], "{closed}");
    }

    let newer = "passdb passwd-file {\n  passwd_file_path = /etc/dovecot/users\n}\n";
    for open in [
        "passdb static {\n  fields {\n    nopassword = yes\n  }\n}\n",
        "passdb static {\n  passdb_fields {\n    nopassword = yes\n  }\n}\n",
        "passdb static {\n  password = # hidden, use -P to show it\n}\n",
        "passdb static {\n  passdb_static_password = x\n}\n",
        "passdb sql {\n  passdb_sql_query = SELECT 'Y' AS nopassword FROM people WHERE login = '%{user}'\n}\n",
    ] {
        one(SOUND_2_4, newer, open, code, Severity::Error, change);
    }
    assert_eq!(
        found(&SOUND_2_4.replace(newer, "passdb sql {\n  query = SELECT password FROM people\n}\n")),
        []
    );
}

#[test]
fn the_file_of_a_next_source_in_a_database_is_read() {
    let sql = "  args = /etc/dovecot/dovecot-sql.conf.ext\n  driver = sql\n";
    let whole = SOUND.replace(NEXT, sql);
    assert!(whole.contains(sql));

    let sound =
        "driver = pgsql\npassword_query = SELECT login AS user, password FROM people WHERE login = '%u'\n";
    let open = sound.replace("password FROM", "NULL AS password, 'Y' AS nopassword FROM");
    let judged = |text: &str| codes(&with_files(&whole, &[("/etc/dovecot/dovecot-sql.conf.ext", text)]));
    assert_eq!(judged(sound), [] as [&str; 0]);
    assert_eq!(judged(&open), ["dovecot_next_lets_everybody_in"]);
    assert_eq!(codes(&found(&whole)), [] as [&str; 0]);
}

#[test]
fn a_next_source_that_knows_people_without_their_domain_is_found_where_it_is_asked_about_them() {
    let judged = |next: &str, beside: &str, defers_unknown| {
        let text = SOUND.replace(NEXT, next).replace("ssl =", &format!("{beside}ssl ="));
        codes(&judge(Printed { defers_unknown, ..Printed::of(&text) }, &[]))
    };
    let none = [] as [&str; 0];
    for short in
        ["  driver = pam\n", "  args = username_format=%n /etc/dovecot/users\n  driver = passwd-file\n"]
    {
        assert_eq!(judged(short, "", true), ["dovecot_short_logins"], "{short}");
        assert_eq!(judged(short, "", false), none, "{short}");
        assert_eq!(judged(short, "auth_default_realm = example.org\n", true), none, "{short}");
    }
    assert_eq!(judged(NEXT, "", true), none);
    for driver in ["passwd", "shadow", "bsdauth"] {
        assert_eq!(judged(&format!("  driver = {driver}\n"), "", true), ["dovecot_short_logins"], "{driver}");
    }
    assert_eq!(judged("  driver = pam\n", "auth_default_domain = example.org\n", true), none);
    // It is not asked about passwords.
    assert_eq!(judged("  driver = pam\n  mechanisms = xoauth2\n", "", true), none);

    let format = "  auth_username_format = %{user | username}\n  passwd_file_path = /etc/dovecot/users\n";
    let newer = SOUND_2_4.replace("  passwd_file_path = /etc/dovecot/users\n", format);
    let asked = |defers_unknown| codes(&judge(Printed { defers_unknown, ..Printed::of(&newer) }, &[]));
    assert_eq!((asked(true), asked(false)), (vec!["dovecot_short_logins"], vec![]));
}

#[test]
fn a_clientpass_that_is_skipped_is_found() {
    let skip = "skip = unauthenticated";
    one(SOUND, OURS, &ours(skip), "dovecot_skipped", Severity::Error, "skip = never");
    assert_eq!(found(&SOUND.replace(OURS, &ours("skip = never"))), []);

    // Only after a password that was right elsewhere.
    let authenticated = SOUND.replace(OURS, &ours("skip = authenticated"));
    assert_eq!(found(&authenticated), []);
    let before = format!("passdb {{\n  driver = passwd-file\n  result_success = continue\n}}\n{FIRST}");
    one(&authenticated, FIRST, &before, "dovecot_skipped", Severity::Error, "skip = never");
    let proven = before.replace("continue", "continue-ok");
    one(&authenticated, FIRST, &proven, "dovecot_skipped", Severity::Error, "skip = never");

    let skipped = |text: &str| codes(&found(text)).contains(&"dovecot_skipped");
    // There is nobody behind who would ask for less, or whoever is let in does not come here.
    let alone = authenticated.replace(&format!("passdb {{\n{NEXT}}}\n"), "");
    assert!(!skipped(&alone.replacen(FIRST, &before, 1)));
    assert!(!skipped(&authenticated.replacen(FIRST, &before.replace("continue", "return-ok"), 1)));
}

#[test]
fn an_accept_that_is_not_final_is_found() {
    for rule in ["continue", "continue-fail", "return-fail"] {
        let line = format!("result_success = {rule}");
        one(SOUND, OURS, &ours(&line), "dovecot_accept_is_not_final", Severity::Error, "= return-ok");
    }
    for rule in ["return-ok", "return", "continue-ok"] {
        assert_eq!(found(&SOUND.replace(OURS, &ours(&format!("result_success = {rule}")))), [], "{rule}");
    }
}

#[test]
fn a_refusal_that_leaves_an_earlier_yes_standing_is_found() {
    let (failure, returns) = ("  result_failure = return-fail\n", "  result_failure = return\n");
    let before = format!("passdb {{\n  driver = passwd-file\n  result_success = continue-ok\n}}\n{FIRST}");
    let whole = SOUND.replacen(FIRST, &before, 1);
    assert_eq!(found(&whole), []);
    one(&whole, failure, returns, "dovecot_goes_on_after_refusal", Severity::Error, "return-fail");

    let exactly = found(&whole.replace(failure, returns));
    assert_eq!(exactly[0].change, "result_failure = return-fail");
    // Also where nobody comes after it.
    let next = format!("passdb {{\n{NEXT}}}\n");
    let last = found(&whole.replace(&next, "").replace(failure, "  result_failure = continue\n"));
    let worst = last.iter().find(|of| of.code == "dovecot_goes_on_after_refusal").map(|of| of.severity);
    assert_eq!(worst, Some(Severity::Error), "{last:#?}");

    // A refusal that counts as a yes, whoever comes after it.
    let alone = SOUND.replace(&format!("passdb {{\n{NEXT}}}\n"), "");
    let ok = found(&alone.replace(failure, "  result_failure = continue-ok\n"));
    assert!(
        ok.iter().any(|of| of.code == "dovecot_goes_on_after_refusal" && of.severity == Severity::Error),
        "{ok:#?}"
    );
}

#[test]
fn a_filter_of_logins_is_told_and_found_where_people_slip_through() {
    let filter = |list: &str| ours(&format!("username_filter = {list}"));
    for domains in ["*@example.org", "*@example.org, *@*.example.net", "!*@example.com", "!root", "*"] {
        one(SOUND, OURS, &filter(domains), "dovecot_filter", Severity::Note, "username_filter");
    }
    for people in ["!boss@example.org", "a*@example.org", "alice@example.org"] {
        one(SOUND, OURS, &filter(people), "dovecot_filter_leaves_out", Severity::Error, "username_filter");
    }
    assert_eq!(found(&SOUND.replace(OURS, &filter(""))), []);

    let by_case = SOUND.replace("imap_id", "auth_username_format = %u\nimap_id");
    assert_eq!(found(&by_case), []);
    let all = codes(&found(&by_case.replace(OURS, &filter("*@example.org"))));
    assert_eq!(all, ["dovecot_filter_by_case", "dovecot_filter"]);
    for lowers in ["%Lu", "%{user | lower}"] {
        let text = SOUND.replace("imap_id", &format!("auth_username_format = {lowers}\nimap_id"));
        assert_eq!(
            codes(&found(&text.replace(OURS, &filter("*@example.org")))),
            ["dovecot_filter"],
            "{lowers}"
        );
    }
}

#[test]
fn whoever_comes_without_a_password_is_found() {
    let offered = "auth_mechanisms = plain login";
    let anonymous = "auth_mechanisms = plain login anonymous";
    one(SOUND, offered, anonymous, "dovecot_anonymous", Severity::Error, "plain login");
    one(
        SOUND_2_4,
        "  login = yes\n",
        "  login = yes\n  anonymous = yes\n",
        "dovecot_anonymous",
        Severity::Error,
        "plain",
    );

    // A ticket is proof enough, and needs no password.
    assert_eq!(found(&SOUND.replace(offered, "auth_mechanisms = plain login gssapi gss-spnego")), []);
}

#[test]
fn a_userdb_that_clientpass_would_have_to_fill_is_found() {
    let (fixed, prefetch) = ("driver = static", "driver = prefetch");
    one(SOUND, fixed, prefetch, "dovecot_only_prefetch", Severity::Error, "userdb");
    let both = "driver = prefetch\n}\nuserdb {\n  driver = static";
    assert_eq!(found(&SOUND.replace(fixed, both)), []);

    let newer = "userdb prefetch {\n}\nssl =";
    one(SOUND_2_4, "ssl =", newer, "dovecot_only_prefetch", Severity::Error, "userdb");
}

//! What is judged of sources of passwords that are not clientpass.

use super::passdbs::Passdb;
use super::{kinds, kinds_of_sources as sources};
use crate::doctor::Findings;

/// Of those wherever they stand.
pub(super) fn judge(passdb: &Passdb<'_>, found: &mut Findings) {
    if passdb.set("master") {
        found.find(
            &sources::MASTER_USER,
            &format!("passdb {} has master = yes", passdb.driver()),
            "#passdb { master = yes ... }     # take it out; doveadm reads mailboxes without it",
        );
    }
}

/// Of those that are asked before clientpass.
pub(super) fn judge_before(passdb: &Passdb<'_>, found: &mut Findings) {
    if passdb.set("deny") && passdb.driver() == "static" {
        found.find(
            &sources::DENIES_EVERYBODY,
            "a passdb static has deny = yes, and knows everybody",
            "#deny = yes     # or a passdb passwd-file with those who are denied",
        );
    }
    if !lets_in(passdb) {
        return;
    }

    let what = format!("passdb {} is asked before clientpass", passdb.driver());
    let change =
        "read mail-servers/dovecot's file first: conf.d/05-clientpass.conf, before !include auth-*.conf.ext";

    if passdb.section.setting("username_filter").is_some_and(|filter| !filter.is_empty()) {
        found.find(&kinds::ORDER_FOR_SOME, &format!("{what}, for some logins"), change);
    } else {
        found.find(&kinds::ORDER, &what, change);
    }
}

/// Of those that are asked after it.
pub(super) fn judge_after(passdb: &Passdb<'_>, found: &mut Findings) {
    if ignored(passdb) || !takes_any_password(passdb) {
        return;
    }

    found.find(
        &sources::NEXT_LETS_EVERYBODY_IN,
        &format!("passdb {} after clientpass takes any password, or one for all", passdb.driver()),
        "passdb { driver = passwd-file  args = /dev/null }     # in its place; knows nobody",
    );
}

/// Of those, where they are asked about logins that clientpass does not know.
pub(super) fn judge_short_logins(passdb: &Passdb<'_>, found: &mut Findings) {
    let of_the_system = ["pam", "passwd", "shadow", "bsdauth"].contains(&passdb.driver());
    let arguments = passdb.section.get("args").unwrap_or("");
    let format = passdb.section.get("auth_username_format").unwrap_or("");
    let shortened = arguments.contains("username_format=%n") || format.contains("username");

    let given = |name| passdb.whole.get(name).is_some_and(|set| !set.is_empty());
    let completed = given("auth_default_realm") || given("auth_default_domain");
    if ignored(passdb) || completed || !(of_the_system || shortened) {
        return;
    }

    found.find(
        &sources::SHORT_LOGINS,
        &format!("passdb {} after clientpass knows people by a login without a domain", passdb.driver()),
        "auth_default_realm = example.org     # 2.4: auth_default_domain; or verify.unknown_login = \"reject\"",
    );
}

/// Whether nobody gets in by it, with a password of their own.
fn ignored(passdb: &Passdb<'_>) -> bool {
    let apart = passdb.set("deny") || passdb.set("master") || passdb.driver() == "anonymous";
    apart || !passdb.takes_passwords() || passdb.has_field("noauthenticate")
}

/// Whether who has the right password here, or any, is in, with no other source tried.
fn lets_in(passdb: &Passdb<'_>) -> bool {
    let stops = passdb.rule("result_success").starts_with("return");
    (stops || wrong_is_ok(passdb)) && !ignored(passdb)
}

/// Whether a wrong password counts as a right one.
fn wrong_is_ok(passdb: &Passdb<'_>) -> bool {
    ["result_failure", "result_internalfail"].into_iter().any(|key| passdb.rule(key).ends_with("-ok"))
}

fn takes_any_password(passdb: &Passdb<'_>) -> bool {
    let settings = passdb.settings();
    let get = |name| settings.and_then(|settings| settings.get(name));
    let query = get("password_query").or_else(|| get("query")).unwrap_or("");

    let one_for_all = match passdb.driver() {
        "static" => passdb.has_field("password") || get("password").is_some_and(|set| !set.is_empty()),
        "sql" => query.to_lowercase().contains("nopassword"),
        _ => false,
    };

    (passdb.takes_no_password() || one_for_all || wrong_is_ok(passdb)) && !backend_compares(passdb)
}

/// A proxy hands the password on to a server that compares it, unless it has a word of its own for it.
fn backend_compares(passdb: &Passdb<'_>) -> bool {
    let proxies = passdb.has_field("proxy") || passdb.has_field("proxy_maybe");
    proxies && !passdb.has_field("pass") && !passdb.has_field("master")
}

//! What is judged of the passdb that asks clientpass.

use super::logins::lowers;
use super::passdbs::Passdb;
use super::text::words;
use super::{grant, kinds, kinds_of_sources as sources, ldap, script};
use crate::doctor::{Findings, Kind};

/// What is around it.
#[derive(Clone, Copy)]
pub(super) struct Around<'a, 'b> {
    /// Those that are asked before.
    pub(super) before: &'a [&'a Passdb<'b>],
    /// Whether others are asked after it.
    pub(super) others_follow: bool,
    /// The mechanisms that carry a password.
    pub(super) offered: &'a [String],
}

pub(super) fn judge(passdb: &Passdb<'_>, around: Around<'_, '_>, found: &mut Findings) {
    results(passdb, around, found);
    success(passdb, found);
    skip(passdb, around, found);
    purpose(passdb, found);
    arguments(passdb, found);
    mechanisms(passdb, around.offered, found);
    filter(passdb, found);

    match passdb.driver() {
        "oauth2" => grant::judge(passdb.settings(), passdb.rule("result_failure"), found),
        "ldap" => ldap::judge(passdb, found),
        "lua" => script::judge(passdb, found),
        _ => {}
    }
}

fn results(passdb: &Passdb<'_>, around: Around<'_, '_>, found: &mut Findings) {
    // What an earlier passdb has said stands where this one only says `return`.
    let said = around.before.iter().any(|before| before.rule("result_success") == "continue-ok");
    let last: &[&str] = if said { &["return-fail"] } else { &["return-fail", "return"] };

    let refusal = (&kinds::GOES_ON_AFTER_REFUSAL, &kinds::GOES_ON_AFTER_REFUSAL_AT_THE_END);
    let fault = (&kinds::GOES_ON_AFTER_FAULT, &kinds::GOES_ON_AFTER_FAULT_AT_THE_END);
    for (key, (kind, at_the_end)) in [("result_failure", refusal), ("result_internalfail", fault)] {
        let set = passdb.rule(key);
        let final_anyway = key == "result_failure" && says_itself_what_is_final(passdb);
        if last.contains(&set) || final_anyway {
            continue;
        }

        let what = format!("{key} = {set} of clientpass's passdb");
        let change = if key == "result_failure" && passdb.driver() == "oauth2" {
            "scope = clientpass     # in the settings of the grant; or: result_failure = return-fail".into()
        } else {
            format!("{key} = return-fail")
        };

        let nobody = !around.others_follow && !set.ends_with("-ok") && !said;
        found.find(if nobody { at_the_end } else { kind }, &what, &change);
    }
}

/// By the grant clientpass says which refusal is final. What was not looked at gets a finding of its own.
fn says_itself_what_is_final(passdb: &Passdb<'_>) -> bool {
    let continues = passdb.rule("result_failure") != "return-ok";
    let known = || passdb.settings().is_none_or(|settings| grant::knows_what_is_final(&settings));
    passdb.driver() == "oauth2" && continues && known()
}

fn success(passdb: &Passdb<'_>, found: &mut Findings) {
    let set = passdb.rule("result_success");
    if !["return-ok", "return", "continue-ok"].contains(&set) {
        found.find(
            &sources::NOT_FINAL,
            &format!("result_success = {set} of clientpass's passdb"),
            "result_success = return-ok",
        );
    }
}

fn skip(passdb: &Passdb<'_>, around: Around<'_, '_>, found: &mut Findings) {
    let skip = passdb.section.setting("skip").unwrap_or("never");
    // A password that is proven is not compared again by those that follow.
    let goes_on = |rule: &str| rule == "continue-ok" || (rule == "continue" && around.others_follow);
    let proven = around.before.iter().any(|before| goes_on(before.rule("result_success")));
    if skip == "unauthenticated" || (skip == "authenticated" && proven) {
        found.find(&sources::SKIPPED, &format!("skip = {skip} of clientpass's passdb"), "skip = never");
    }
}

/// What the passdb is for: neither for masters, nor to deny.
fn purpose(passdb: &Passdb<'_>, found: &mut Findings) {
    let all: [(&str, &'static Kind); 2] =
        [("master", &sources::ASKED_FOR_MASTERS), ("deny", &sources::DENIES_EVERYBODY)];
    for (key, kind) in all.into_iter().filter(|(key, _)| passdb.set(key)) {
        found.find(kind, &format!("{key} = yes of clientpass's passdb"), &format!("{key} = no"));
    }
}

fn arguments(passdb: &Passdb<'_>, found: &mut Findings) {
    let arguments = passdb.section.get("args").unwrap_or("");

    if arguments.split_whitespace().any(|word| word.starts_with("cache_key=")) {
        found.find(
            &kinds::CACHE_KEY,
            "cache_key= in the args of clientpass's passdb",
            "args = file=/etc/dovecot/clientpass.lua blocking=yes",
        );
    }

    let waits = passdb.driver() == "lua" && arguments.split_whitespace().any(|word| word == "blocking=no");
    if waits || passdb.section.setting("use_worker") == Some("no") {
        found.find(
            &kinds::ONE_AT_A_TIME,
            "clientpass is asked in the auth process itself",
            if waits { "args = file=/etc/dovecot/clientpass.lua blocking=yes" } else { "use_worker = yes" },
        );
    }
}

fn mechanisms(passdb: &Passdb<'_>, offered: &[String], found: &mut Findings) {
    for key in ["mechanisms", "mechanisms_filter"] {
        let asked = passdb.section.list(key).unwrap_or_default();
        if !asked.is_empty() && offered.iter().any(|name| !asked.contains(name)) {
            found.find(
                &kinds::MECHANISMS_FILTER,
                &format!("{key} of clientpass's passdb leaves out some that are offered"),
                &format!("#{key} ="),
            );
        }
    }
}

fn filter(passdb: &Passdb<'_>, found: &mut Findings) {
    let patterns = words(passdb.section.setting("username_filter").unwrap_or(""));
    if patterns.is_empty() {
        return;
    }

    if !lowers(passdb.whole) {
        found.find(
            &sources::FILTER_BY_CASE,
            "username_filter of clientpass's passdb goes by case, and auth_username_format leaves capitals as they are",
            "auth_username_format = %Lu     # 2.4: %{user | lower}",
        );
    }

    // Of domains, whole ones; and who is named without one is nobody's member.
    let whole_domain = |pattern: &String| {
        let pattern = pattern.trim_start_matches('!');
        pattern == "*" || pattern.starts_with("*@") || !pattern.contains(['@', '*', '?'])
    };

    let (kind, what): (&'static Kind, _) = if patterns.iter().all(whole_domain) {
        (&sources::FILTER, "clientpass is asked about some domains only: username_filter")
    } else {
        (
            &sources::FILTER_LEAVES_OUT,
            "username_filter of clientpass's passdb tells people of one domain apart",
        )
    };
    found.find(kind, what, "username_filter = *@example.org     # every domain of every organization, whole");
}

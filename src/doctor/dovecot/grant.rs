//! The OAuth2 password grant: what a passdb says about it, or, of Dovecot 2.3, the file that it names.

use super::addresses::{authority, find_any_certificate, is_here, judge_listening};
use super::settings::Settings;
use super::{kinds, kinds_of_asking as asking, kinds_of_logins as logins};
use crate::doctor::Findings;

/// As many as there are auth workers, who ask otherwise.
const ENOUGH_CONNECTIONS: u32 = 30;

/// Whether clientpass says by itself which refusal is final, because the request names its scope.
pub(super) fn knows_what_is_final(settings: &Settings<'_>) -> bool {
    settings.list("scope").iter().any(|scope| scope == "clientpass")
}

/// Judges the settings; `None` where they stand in a file that was not looked at. `refused` is what the passdb does
/// after a refusal.
pub(super) fn judge(settings: Option<Settings<'_>>, refused: &str, found: &mut Findings) {
    let Some(settings) = settings else {
        found.find(
            &kinds::GRANT_NOT_LOOKED_AT,
            "the file that passdb oauth2 names was not looked at",
            "clientpass doctor --dovecot FILE --dovecot-grant /etc/dovecot/clientpass-oauth2.conf.ext",
        );
        return;
    };

    active(&settings, found);
    answer(&settings, found);
    asked_again(&settings, refused, found);
    request(&settings, found);
    waiting(&settings, found);
    listening(&settings, found);
}

/// Whether Dovecot looks if the answer says active. 2.3 does by itself, 2.4 only if it is told to.
fn active(settings: &Settings<'_>, found: &mut Findings) {
    let (attribute, value) = if settings.in_file() { ("active", "true") } else { ("", "") };
    let attribute = settings.get("active_attribute").unwrap_or(attribute);
    let value = settings.get("active_value").unwrap_or(value);
    let change = "active_attribute = active     # and: active_value = true";

    if attribute == "active" && value == "true" {
        return;
    }
    if attribute == "active" && !value.is_empty() {
        found.find(&asking::GRANT_ANSWER, "passdb oauth2 wants another active_value than true", change);
    } else if knows_what_is_final(settings) || takes_login(settings) {
        // What is out of scope, or says no login, is refused without it.
        found.find(
            &asking::GRANT_NEVER_DEFERS,
            "passdb oauth2 does not look whether the answer says active",
            change,
        );
    } else {
        found.find(
            &kinds::GRANT_LETS_EVERYBODY_IN,
            "passdb oauth2 looks neither whether the answer says active nor for its scope",
            change,
        );
    }
}

/// Whether the session goes by the login that clientpass answers.
fn takes_login(settings: &Settings<'_>) -> bool {
    let set = settings.get("pass_attrs").or_else(|| settings.get("user"));
    set.is_some_and(|set| set.contains("oauth2:login"))
}

fn answer(settings: &Settings<'_>, found: &mut Findings) {
    if !settings.is("username_attribute", "username") {
        found.find(
            &asking::GRANT_ANSWER,
            "passdb oauth2 looks for the login in another field than username",
            "username_attribute = username",
        );
    }

    if !takes_login(settings) {
        found.find(
            &asking::GRANT_SESSIONS,
            "passdb oauth2 leaves the session under the login as it was typed",
            "pass_attrs = user=%{oauth2:login}     # 2.4: fields { user = %{oauth2:login} }",
        );
    }
}

/// Whether somebody else is asked after the grant.
fn asked_again(settings: &Settings<'_>, refused: &str, found: &mut Findings) {
    let door = settings.get("grant_url").map(authority);
    let elsewhere =
        |name| settings.get(name).is_some_and(|url| !url.is_empty() && Some(authority(url)) != door);
    let local = settings.is("introspection_mode", "local").then_some("introspection_mode");

    // 2.4 does not start without one, and asks there only what the answer to a grant leaves open.
    let asks = ["introspection_url", "tokeninfo_url"].into_iter().find(|name| elsewhere(name)).or(local);
    let asks = asks.filter(|_| settings.in_file());
    let forced = settings.is("force_introspection", "yes").then_some("force_introspection");

    if let Some(name) = asks.or(forced) {
        let goes_on = asks.is_some() && !["return-fail", "return"].contains(&refused);
        found.find(
            if goes_on { &asking::GRANT_ASKS_AGAIN } else { &asking::GRANT_ASKS_ALWAYS },
            &format!("passdb oauth2 has {name} beside the grant"),
            &format!("#{name} ="),
        );
    }
}

/// Whether the grant is asked for at all, and with what clientpass has to know.
fn request(settings: &Settings<'_>, found: &mut Findings) {
    let given = |name| settings.get(name).is_some_and(|set| !set.is_empty());
    let missing = ["grant_url", "client_id"].into_iter().find(|name| !given(name));
    let unused =
        (settings.in_file() && !settings.is("use_grant_password", "yes")).then_some("use_grant_password");

    if let Some(name) = missing.or(unused) {
        let line = match name {
            "grant_url" => "grant_url = http://127.0.0.1:8602/oauth2/grant",
            "client_id" => "client_id = dovecot",
            _ => "use_grant_password = yes",
        };
        found.find(&asking::GRANT_NOT_USED, &format!("passdb oauth2 lacks {name}"), line);
    }

    if !settings.is("send_auth_headers", "yes") {
        found.find(
            &kinds::GRANT_WITHOUT_HEADERS,
            "passdb oauth2 does not tell clientpass what the mail client speaks",
            "send_auth_headers = yes",
        );
    }

    if settings.get("grant_url").is_some_and(|url| !is_here(url)) && !given("client_secret") {
        found.find(
            &asking::GRANT_WITHOUT_KEY,
            "passdb oauth2 asks a clientpass on another machine and has no client_secret",
            "client_secret = cpk_...     # a service key of role mail_server",
        );
    }
}

fn waiting(settings: &Settings<'_>, found: &mut Findings) {
    let limits = ["timeout_msecs", "http_client_request_timeout", "http_client_request_absolute_timeout"];
    if limits.into_iter().all(|name| settings.get(name).is_none()) {
        found.find(
            &kinds::TIMEOUT,
            "passdb oauth2 has no time limit",
            "timeout_msecs = 6000     # 2.4: http_client_request_timeout = 6s",
        );
    }

    let set = settings.get("max_parallel_connections");
    let set = set.or_else(|| settings.get("http_client_max_parallel_connections"));
    let connections = set.and_then(|set| set.parse().ok()).unwrap_or(10);
    if connections < ENOUGH_CONNECTIONS {
        found.find(
            &asking::GRANT_CONNECTIONS,
            &format!("passdb oauth2 has {connections} connections for all logins"),
            "max_parallel_connections = 100     # 2.4: http_client_max_parallel_connections = 100",
        );
    }
}

/// Who can read what is asked.
fn listening(settings: &Settings<'_>, found: &mut Findings) {
    let url = settings.get("grant_url").unwrap_or("");
    judge_listening("passdb oauth2", url, false, found);

    let line = if settings.is("tls_allow_invalid_cert", "yes") {
        "tls_allow_invalid_cert = no"
    } else if settings.take_any_certificate() {
        "ssl_client_require_valid_cert = yes"
    } else {
        ""
    };
    if url.starts_with("https://") && !line.is_empty() {
        find_any_certificate("passdb oauth2", line, found);
    }

    for name in ["rawlog_dir", "http_client_rawlog_dir"] {
        if settings.get(name).is_some_and(|set| !set.is_empty()) {
            found.find(
                &logins::RAWLOG,
                &format!("{name} of passdb oauth2: every question is written to files"),
                &format!("#{name} ="),
            );
        }
    }
}

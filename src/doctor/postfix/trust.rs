//! Whom an smtpd believes about mail clients, and whether it offers to sign in at all.

use super::kinds;
use super::smtpd::Smtpd;
use crate::doctor::networks::is_wide;
use crate::doctor::{Findings, is_local};

/// Judges every smtpd that other machines reach.
pub(super) fn judge_strangers(smtpd: &Smtpd<'_>, found: &mut Findings) {
    if smtpd.is_inner() {
        return;
    }

    if smtpd.words("smtpd_authorized_xclient_hosts").iter().any(|network| is_wide(network)) {
        found.find(
            &kinds::XCLIENT_OF_EVERYBODY,
            &format!("{} takes XCLIENT of every address", smtpd.place()),
            "smtpd_authorized_xclient_hosts = 192.0.2.1     # the proxies in front, and nothing else",
        );
    }
}

/// Judges an smtpd that asks for passwords.
pub(super) fn judge_members(smtpd: &Smtpd<'_>, found: &mut Findings) {
    judge_verifier(smtpd, found);
    judge_proxy(smtpd, found);
    judge_offer(smtpd, found);

    if smtpd.is("smtpd_sasl_authenticated_header", "yes") {
        found.find(
            &kinds::LOGIN_IN_RECEIVED,
            &format!("{} has smtpd_sasl_authenticated_header = yes", smtpd.place()),
            "smtpd_sasl_authenticated_header = no     # unless recipients are to see it",
        );
    }
}

fn judge_verifier(smtpd: &Smtpd<'_>, found: &mut Findings) {
    let path = smtpd.value("smtpd_sasl_path");
    let Some(address) = path.strip_prefix("inet:").filter(|_| smtpd.is("smtpd_sasl_type", "dovecot")) else {
        return;
    };

    if !is_local(address) {
        found.find(
            &kinds::REMOTE_VERIFIER,
            &format!("{} asks another machine", smtpd.place()),
            "smtpd_sasl_path = private/clientpass     # a clientpass or a TLS tunnel on this machine",
        );
    }
}

/// Whoever reaches a port that expects a proxy can be one: Postfix has no list of proxies.
fn judge_proxy(smtpd: &Smtpd<'_>, found: &mut Findings) {
    let everywhere = ["", "all"].contains(&smtpd.value("inet_interfaces").as_str());
    let own = smtpd.service.name.contains(':');

    if smtpd.is("smtpd_upstream_proxy_protocol", "haproxy") && everywhere && !own {
        found.find(
            &kinds::PROXY_OF_EVERYBODY,
            &format!("{} has smtpd_upstream_proxy_protocol = haproxy on every address", smtpd.place()),
            "192.0.2.1:10587 inet n - y - - smtpd     # in master.cf: the address that only the proxy reaches",
        );
    }
}

/// Whether AUTH, with a mechanism that sends the password, is offered at all.
fn judge_offer(smtpd: &Smtpd<'_>, found: &mut Findings) {
    let mut none = |what: &str, change: &str| {
        found.find(&kinds::AUTH_NOT_OFFERED, &format!("{} has {what}", smtpd.place()), change);
    };

    let unsaid = smtpd.words("smtpd_discard_ehlo_keywords");
    let unsaid = |keyword: &str| unsaid.iter().any(|word| word == keyword);
    if unsaid("auth") || unsaid("starttls") && !smtpd.is("smtpd_tls_wrappermode", "yes") {
        let keyword = if unsaid("auth") { "auth" } else { "starttls" };
        none(
            &format!("{keyword} in smtpd_discard_ehlo_keywords"),
            "smtpd_discard_ehlo_keywords = silent-discard, dsn",
        );
    }

    let excepted = smtpd.words("smtpd_sasl_exceptions_networks");
    if excepted.iter().any(|network| is_wide(network) || network.starts_with("static:")) {
        none("every address in smtpd_sasl_exceptions_networks", "smtpd_sasl_exceptions_networks =");
    }

    let filter = smtpd.words("smtpd_sasl_mechanism_filter");
    let first = |mechanism: &str| filter.iter().find(|of| names(of, mechanism));
    let kept = |mechanism: &str| first(mechanism).is_some_and(|of| !of.starts_with('!'));
    if !filter.is_empty() && !kept("plain") && !kept("login") {
        none(
            "neither plain nor login in smtpd_sasl_mechanism_filter",
            "smtpd_sasl_mechanism_filter = plain, login",
        );
    }
}

/// Whether a pattern is about a mechanism. What is in a table is not known, and taken for every one.
fn names(pattern: &str, mechanism: &str) -> bool {
    let name = pattern.trim_start_matches('!');
    name == mechanism || name.contains([':', '/'])
}

#[cfg(test)]
mod tests {
    use crate::doctor::Harm;
    use crate::doctor::postfix::tests::{MAIN, MASTER, found};

    /// What is found with this setting of submission.
    #[track_caller]
    fn with(setting: &str) -> Vec<(&'static str, Harm)> {
        let master =
            MASTER.replacen("-o smtpd_sasl_auth", &format!("-o {{ {setting} }} -o smtpd_sasl_auth"), 1);
        assert!(master.contains(setting));
        found(MAIN, &master).iter().map(|one| (one.code, one.harm)).collect()
    }

    #[test]
    fn believing_everybody_about_who_they_are_is_found() {
        let everybody = [("postfix_everybody_is_a_proxy", Harm::LetsIn)];
        assert_eq!(with("smtpd_authorized_xclient_hosts = 10.0.0.1 0.0.0.0/0"), everybody);
        assert_eq!(with("smtpd_authorized_xclient_hosts = 192.0.2.0/24"), []);

        assert_eq!(with("smtpd_upstream_proxy_protocol = haproxy"), everybody);
        let bound = MASTER.replacen("submission inet", "192.0.2.1:587 inet", 1);
        let bound = bound.replacen(
            "-o smtpd_sasl_auth",
            "-o smtpd_upstream_proxy_protocol=haproxy -o smtpd_sasl_auth",
            1,
        );
        assert_eq!(found(MAIN, &bound), []);

        // What listens where only the proxy comes; and what only this machine reaches.
        let proxied = MASTER.replacen(
            "-o smtpd_sasl_auth",
            "-o smtpd_upstream_proxy_protocol=haproxy -o smtpd_sasl_auth",
            1,
        );
        let codes =
            |main: &str, master: &str| found(main, master).iter().map(|one| one.code).collect::<Vec<_>>();
        let interfaces = |of: &str| codes(&format!("{MAIN}inet_interfaces = {of}\n"), &proxied);
        assert_eq!(interfaces("all"), ["postfix_everybody_is_a_proxy"]);
        assert_eq!(interfaces("192.0.2.1"), [""; 0]);
        let inner = "127.0.0.1:10025 inet n - n - - smtpd -o smtpd_authorized_xclient_hosts=0.0.0.0/0\n";
        assert_eq!(codes(MAIN, &format!("{MASTER}{inner}")), [""; 0]);
    }

    #[test]
    fn a_verifier_on_another_machine_is_found() {
        let master = |path: &str| {
            MASTER.replacen("-o smtpd_sasl_auth", &format!("-o smtpd_sasl_path={path} -o smtpd_sasl_auth"), 1)
        };
        let codes = |path: &str| found(MAIN, &master(path)).iter().map(|one| one.code).collect::<Vec<_>>();
        assert_eq!(codes("inet:192.0.2.7:8601"), ["postfix_asks_dovecot", "postfix_remote_verifier"]);
        assert_eq!(codes("inet:clientpass.example.org:8601"), ["postfix_remote_verifier"]);
        assert_eq!(codes("inet:localhost:8601"), ["postfix_asks_dovecot"]);
        // Cyrus has no such address.
        assert_eq!(codes("inet:192.0.2.7:8601 -o smtpd_sasl_type=cyrus"), ["postfix_asks_somebody_else"]);
    }

    #[test]
    fn settings_that_hide_auth_are_found() {
        let hidden = [("postfix_auth_not_offered", Harm::KeepsOut)];
        for setting in [
            "smtpd_discard_ehlo_keywords = silent-discard, AUTH",
            "smtpd_discard_ehlo_keywords = starttls",
            "smtpd_sasl_exceptions_networks = 0.0.0.0/0",
            "smtpd_sasl_exceptions_networks = static:all",
            "smtpd_sasl_mechanism_filter = cram-md5",
            "smtpd_sasl_mechanism_filter = !plain, !login, static:rest",
        ] {
            assert_eq!(with(setting), hidden, "{setting}");
        }

        for harmless in [
            "smtpd_discard_ehlo_keywords = silent-discard, dsn",
            "smtpd_discard_ehlo_keywords = starttls } -o { smtpd_tls_wrappermode = yes",
            "smtpd_sasl_exceptions_networks = 192.0.2.0/24",
            "smtpd_sasl_mechanism_filter = !external, static:rest",
            "smtpd_sasl_mechanism_filter = login",
            "smtpd_sasl_mechanism_filter = plain",
            "smtpd_sasl_mechanism_filter = /etc/postfix/mechanisms",
        ] {
            assert_eq!(with(harmless), [], "{harmless}");
        }
    }

    #[test]
    fn a_login_that_recipients_read_is_noted() {
        let noted = [("postfix_login_in_received", Harm::Know)];
        assert_eq!(with("smtpd_sasl_authenticated_header = yes"), noted);
        assert_eq!(with("smtpd_sasl_authenticated_header = no"), []);
    }
}

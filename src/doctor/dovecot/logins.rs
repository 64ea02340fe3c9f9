//! What Dovecot does with a login and a password before a passdb is asked, and beside it.

use super::passdbs::Passdbs;
use super::text::Section;
use super::{kinds_of_logins as logins, kinds_of_sources as sources};
use crate::doctor::{Findings, is_local};

/// Each asks one thing at a time.
const ENOUGH_WORKERS: u32 = 10;

pub(super) fn judge(whole: &Section, passdbs: &Passdbs<'_>, found: &mut Findings) {
    format(whole, found);
    characters(whole, found);
    logging(whole, found);
    raw_logging(whole, found);
    listeners(whole, found);
    workers(whole, passdbs, found);
    mailboxes(whole, found);
}

/// Every value of a setting, those for one protocol included.
pub(super) fn everywhere<'a>(whole: &'a Section, key: &'a str) -> impl Iterator<Item = &'a str> {
    [whole].into_iter().chain(whole.of_kind("protocol")).filter_map(move |section| section.get(key))
}

/// Whether logins are made lower case before a passdb is asked.
pub(super) fn lowers(whole: &Section) -> bool {
    everywhere(whole, "auth_username_format").all(|format| format.contains("%L") || format.contains("lower"))
}

fn format(whole: &Section, found: &mut Findings) {
    if !everywhere(whole, "auth_username_format").all(keeps_login) {
        found.find(
            &logins::LOGIN_CHANGED,
            "auth_username_format makes another login of what was typed",
            "auth_username_format = %Lu     # 2.4: %{user | lower}",
        );
    }
}

/// Whether a format leaves the login as it was typed, but for capitals.
fn keeps_login(format: &str) -> bool {
    let mut plain = format.replace([' ', 'L'], "").replace("|lower", "");
    for (long, short) in [
        ("%{user|username}", "%n"),
        ("%{username}", "%n"),
        ("%{user|domain}", "%d"),
        ("%{domain}", "%d"),
        ("%{user}", "%u"),
    ] {
        plain = plain.replace(long, short);
    }
    ["", "%u", "%n@%d"].contains(&plain.as_str())
}

fn characters(whole: &Section, found: &mut Findings) {
    let allowed = whole.get("auth_username_chars");
    if !allowed.is_some_and(|set| set.is_empty() || set.contains('+')) {
        found.find(
            &logins::PLUS_LOGINS,
            "Dovecot refuses logins with a plus by itself: auth_username_chars has none",
            "auth_username_chars = abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ01234567890.-_@+",
        );
    }
}

fn logging(whole: &Section, found: &mut Findings) {
    let verbose: Vec<&str> = everywhere(whole, "auth_verbose_passwords").collect();
    let debugged = everywhere(whole, "auth_debug_passwords").any(|set| set == "yes");
    if debugged {
        found.find(
            &logins::PASSWORDS_LOGGED,
            "auth_debug_passwords = yes",
            "auth_debug_passwords = no     # and throw the old logs away",
        );
    }

    for set in verbose.into_iter().filter(|set| *set != "no") {
        let hashed = set.starts_with("sha1");
        found.find(
            if hashed { &logins::PASSWORDS_HASHED } else { &logins::PASSWORDS_LOGGED },
            &format!("auth_verbose_passwords = {set}"),
            "auth_verbose_passwords = no     # and throw the old logs away",
        );
    }

    let debugs = everywhere(whole, "auth_debug").any(|set| set == "yes");
    let category = whole.get("log_debug").is_some_and(|filter| filter.contains("category=auth"));
    if (debugs || category) && !debugged {
        let line = if debugs { "auth_debug = no" } else { "#log_debug =" };
        found.find(&logins::DEBUG, "every login is logged with all that is done about it", line);
    }
}

/// What goes over the wire before somebody is in, written down.
fn raw_logging(whole: &Section, found: &mut Findings) {
    let logins = whole.of_kind("service").filter(|service| service.name.ends_with("-login"));
    for service in logins {
        let program = service.get("executable").unwrap_or("");
        if program.split_whitespace().any(|word| word.starts_with("-R")) {
            found.find(
                &logins::RAWLOG,
                &format!("service {} writes what mail clients send to files", service.name),
                &format!("executable = {}", service.name),
            );
        }
    }
}

/// Sockets of the network at which passwords are checked.
fn listeners(whole: &Section, found: &mut Findings) {
    let everywhere = whole.get("listen").unwrap_or("*, ::");
    let services = whole.find("service", "auth");
    for listener in services.flat_map(|service| service.of_kind("inet_listener")) {
        let closed = listener.get("port").is_none_or(|port| port == "0");
        let address = listener.get("address").or_else(|| listener.get("listen")).unwrap_or(everywhere);
        let open = address.split([',', ' ']).any(|address| !address.is_empty() && !is_local(address));
        if !closed && open {
            found.find(
                &logins::AUTH_LISTENER,
                "service auth listens where other machines reach it",
                "address = 127.0.0.1     # 2.4: listen = 127.0.0.1",
            );
        }
    }
}

/// How many ask at the same time.
fn workers(whole: &Section, passdbs: &Passdbs<'_>, found: &mut Findings) {
    let by_workers = passdbs.ours().any(|passdb| ["lua", "ldap"].contains(&passdb.driver()));
    let number = |set: Option<&str>| set?.parse::<u32>().ok().filter(|limit| *limit > 0);

    let service =
        whole.find("service", "auth-worker").filter_map(|of| number(of.get("process_limit"))).last();
    let count = number(whole.get("auth_worker_max_count")).filter(|_| !whole.is_2_4());
    let fewest = [service, count].into_iter().flatten().min();

    if let Some(few) = fewest.filter(|few| by_workers && *few < ENOUGH_WORKERS) {
        found.find(
            &logins::FEW_WORKERS,
            &format!("auth workers that ask clientpass: {few}"),
            "service auth-worker { process_limit = 30 }     # and, of 2.3, auth_worker_max_count = 30",
        );
    }
}

/// Where the mailboxes of those are who are let in.
fn mailboxes(whole: &Section, found: &mut Findings) {
    let mut userdbs = whole.of_kind("userdb").peekable();
    let prefetch = |userdb: &Section| {
        userdb.get("driver").or_else(|| userdb.get("userdb_driver")).unwrap_or(&userdb.name) == "prefetch"
    };

    if userdbs.peek().is_some() && userdbs.all(prefetch) {
        found.find(
            &sources::ONLY_PREFETCH,
            "prefetch is the only userdb",
            "userdb { driver = static  args = uid=vmail gid=vmail home=/var/mail/%u }     # after it",
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_that_keep_the_login_are_told_from_those_that_do_not() {
        for kept in [
            "%Lu",
            "%u",
            "",
            "%{user | lower}",
            "%{user}",
            "%Ln@%Ld",
            "%{user|username|lower}@%{user|domain}",
        ] {
            assert!(keeps_login(kept), "{kept}");
        }
        for changed in
            ["%n", "%Ln", "%{user | username}", "%u@example.org", "%d", "%{user | domain}", "%s_%u"]
        {
            assert!(!keeps_login(changed), "{changed}");
        }
    }
}

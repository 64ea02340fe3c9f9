//! Cyrus saslauthd, which asks by LDAP: its configuration, and how it is started, judged.

use text::{Settings, Start};

use super::opened::{Asks, Door, Opened, address_of};
use super::{About, Finding, Findings, is_local};

pub(super) mod kinds;
mod text;

/// Seconds that clientpass may take for an answer, the last half for the way.
const LONGEST_ANSWER: u64 = 5;

/// The line by which it is to be started.
const OPTIONS: &str =
    "OPTIONS=\"-r -m /var/run/saslauthd\"     # in /etc/default/saslauthd; then restart saslauthd";

/// What says how saslauthd asks.
pub struct Printed<'a> {
    /// `/etc/saslauthd.conf`.
    pub settings: &'a str,
    /// `/etc/default/saslauthd`, and `saslauthd-…` beside it for a second one; nothing is said about how it is started without
    /// them.
    pub start: &'a [String],
    /// The mode of the first, where it can be seen.
    pub mode: Option<u32>,
}

/// Judges it, if it is meant to ask clientpass.
pub fn judge(printed: &Printed<'_>, opened: &Opened) -> Vec<Finding> {
    let settings = Settings::read(printed.settings);
    let mut found = Findings::about(About::Saslauthd);

    let servers: Vec<Server> = settings.get("ldap_servers").split_whitespace().map(Server::of).collect();
    let is_meant = ["ldap_search_base", "ldap_filter", "ldap_bind_dn"].iter().any(|name| {
        let value = settings.get(name);
        value.contains("dc=clientpass") || value.contains("cn=service-key")
    });
    let ours = opened.place(Door::Ldap);
    if !is_meant && !servers.iter().any(|server| Some(server.at.as_str()) == ours) {
        return found.all();
    }

    question(&settings, &mut found);
    wire(&settings, &servers, &mut found);
    for start in printed.start.iter().map(|text| Start::read(text)).filter(|start| start.is_wanted) {
        how_it_is_started(&start, &mut found);
    }
    if printed.mode.is_some_and(|mode| mode & 0o004 != 0) && !settings.get("ldap_bind_pw").is_empty() {
        found.find(
            &kinds::KEY_READABLE,
            "everybody on the machine may read saslauthd.conf, and with it the service key",
            "chmod 0600 /etc/saslauthd.conf",
        );
    }

    where_it_asks(&servers, opened, &mut found);
    found.all()
}

/// How a login is asked about.
fn question(settings: &Settings, found: &mut Findings) {
    match settings.get("ldap_auth_method").to_ascii_lowercase().as_str() {
        "" | "bind" => {}
        "fastbind" => found.find(
            &kinds::FASTBIND,
            "saslauthd asks by fastbind",
            "ldap_auth_method: bind     # and the search, as in mail-servers/cyrus/saslauthd.conf",
        ),
        _ => found.find(
            &kinds::NO_BIND,
            "saslauthd does not bind as the member",
            "ldap_auth_method: bind     # as in mail-servers/cyrus/saslauthd.conf",
        ),
    }

    let asked = [settings.get("ldap_search_base"), settings.get("ldap_filter")].concat();
    if !asked.contains("service=%s") {
        found.find(
            &kinds::PROTOCOL,
            "saslauthd does not say what the mail client speaks",
            "ldap_search_base: service=%s,dc=clientpass",
        );
    }

    for name in ["ldap_timeout", "ldap_time_limit"] {
        // Both are five seconds unless something is set.
        if settings.get(name).parse().is_ok_and(|seconds: u64| seconds < LONGEST_ANSWER) {
            found.find(&kinds::TIMEOUT, &format!("{name} is below five seconds"), &format!("{name}: 6"));
        }
    }
}

/// Who can read what is asked.
fn wire(settings: &Settings, servers: &[Server], found: &mut Findings) {
    let begins = settings.is_on("ldap_start_tls");
    let elsewhere: Vec<&Server> = servers.iter().filter(|server| !is_local(&server.at)).collect();

    if elsewhere.iter().any(|server| !server.tls) && !begins {
        found.find(
            &kinds::CLEARTEXT,
            "saslauthd asks a clientpass on another machine without TLS",
            "ldap_start_tls: yes     # with ldap_tls_check_peer and ldap_tls_cacert_file",
        );
    } else if !elsewhere.is_empty() && !settings.is_on("ldap_tls_check_peer") {
        found.find(
            &kinds::ANY_CERTIFICATE,
            "saslauthd asks clientpass over TLS and takes any certificate",
            "ldap_tls_check_peer: yes     # with ldap_tls_cacert_file: /etc/ssl/certs/ca-certificates.crt",
        );
    }
}

fn how_it_is_started(start: &Start, found: &mut Findings) {
    if start.mechanisms.as_ref().is_some_and(|all| all.iter().any(|name| name != "ldap")) {
        found.find(
            &kinds::ANOTHER_MECHANISM,
            "saslauthd asks something else than LDAP",
            "MECHANISMS=\"ldap\"     # in /etc/default/saslauthd; then restart saslauthd",
        );
    }

    if start.flags.contains('c') {
        found.find(&kinds::CACHE, "saslauthd keeps passwords that were right, by -c", OPTIONS);
    }
    if !start.flags.contains('r') {
        found.find(
            &kinds::NO_REALM,
            "saslauthd hands on what stands before the @ of a login alone, without -r",
            OPTIONS,
        );
    }
}

/// Whether clientpass listens where saslauthd asks, and nobody else does.
fn where_it_asks(servers: &[Server], opened: &Opened, found: &mut Findings) {
    let kinds = (&kinds::DOOR_NOT_OPEN, &kinds::DOOR_ELSEWHERE);
    for server in servers {
        let asks = Asks { door: Door::Ldap, at: &server.at, wants_us: servers.len() == 1 };
        opened.judge(asks, kinds, "saslauthd", |listen| format!("ldap_servers: ldap://{listen}"), found);
    }

    if servers.len() > 1 {
        found.find(
            &kinds::SEVERAL_SERVERS,
            "saslauthd asks one of several servers",
            "ldap_servers: only what is clientpass",
        );
    }
}

/// One of `ldap_servers`.
struct Server {
    /// `host:port`.
    at: String,
    /// Whether it speaks TLS from the first byte.
    tls: bool,
}

impl Server {
    fn of(uri: &str) -> Self {
        let (scheme, rest) = uri.split_once("://").unwrap_or(("ldap", uri));
        if scheme == "ldapi" {
            return Self { at: format!("unix:{rest}"), tls: false };
        }
        Self { at: address_of(scheme, rest), tls: scheme == "ldaps" }
    }
}

#[cfg(test)]
mod tests;

//! Dovecot, 2.3 and 2.4: what `doveconf -n` prints, judged.

use super::{About, Finding, Findings, is_local};
use text::Section;

mod addresses;
pub mod doors;
mod doveadm;
pub mod files;
mod grant;
pub(super) mod kinds;
mod kinds_of_asking;
mod kinds_of_doveadm;
mod kinds_of_logins;
mod kinds_of_sources;
mod ldap;
mod logins;
mod order;
mod others;
mod ours;
mod passdbs;
mod script;
mod settings;
mod text;

use files::Named;
use kinds_of_sources as sources;
use passdbs::Passdbs;

/// What is judged.
#[derive(Clone, Copy)]
pub struct Printed<'a> {
    /// What `doveconf -n` printed.
    pub whole: &'a str,
    /// The files that it names, as far as they were looked at.
    pub files: &'a [Named],
    /// Whether clientpass leaves logins that it does not know to the next passdb.
    pub defers_unknown: bool,
}

impl<'a> Printed<'a> {
    /// What `doveconf -n` printed, where nothing else was looked at.
    pub fn of(whole: &'a str) -> Self {
        Self { whole, files: &[], defers_unknown: false }
    }

    /// The settings in those files.
    fn settings(&self) -> Vec<(String, Section)> {
        let read = |named: &Named| Some((named.path.clone(), Section::read(named.text.as_deref()?)));
        self.files.iter().filter_map(read).collect()
    }
}

/// Judges what `doveconf -n` printed. `ours` are addresses at which clientpass listens; a source of passwords that
/// names one of them, or clientpass, is ours.
pub fn judge(printed: Printed<'_>, ours: &[String]) -> Vec<Finding> {
    let (whole, settings) = (Section::read(printed.whole), printed.settings());
    let mut found = Findings::about(About::Dovecot);
    let passdbs = Passdbs::of(&whole, &settings, ours);
    doveadm::judge(&whole, &mut found);

    if !passdbs.any_is_ours() {
        found.find(
            &kinds::ASKS_SOMEBODY_ELSE,
            "no passdb asks clientpass",
            "!include the file of mail-servers/dovecot before every other passdb",
        );
        return found.all();
    }

    order::judge(&passdbs, &carrying(&whole), printed.defers_unknown, &mut found);
    files::judge(&whole, &passdbs, printed.files, &mut found);
    logins::judge(&whole, &passdbs, &mut found);
    cache(&whole, &passdbs, &mut found);
    penalty(&whole, &mut found);
    worker(&whole, &passdbs, &mut found);
    cleartext(&whole, &mut found);
    trust(&whole, &mut found);
    mechanisms(&whole, &mut found);
    listeners(&whole, &mut found);
    found.all()
}

fn cache(whole: &Section, passdbs: &Passdbs<'_>, found: &mut Findings) {
    let size = whole.get("auth_cache_size").unwrap_or("0");
    if size.trim_start_matches('0').trim_start_matches([' ', 'B', 'k', 'M', 'G']).is_empty() {
        return;
    }

    // What a script answers is cached by 2.4 only if the script says how.
    let of_scripts = whole.is_2_4() && passdbs.ours_are_scripts();
    let kind = if of_scripts { &kinds::AUTH_CACHE_OF_SCRIPTS } else { &kinds::AUTH_CACHE };
    found.find(kind, &format!("auth_cache_size = {size}"), "auth_cache_size = 0");
}

fn penalty(whole: &Section, found: &mut Findings) {
    let mut listeners =
        whole.find("service", "anvil").flat_map(|anvil| anvil.find("unix_listener", "anvil-auth-penalty"));
    let off = listeners.any(|of| of.get("mode").is_some_and(|mode| mode.trim_matches('0').is_empty()));

    if !off {
        found.find(
            &kinds::PENALTY,
            "Dovecot's own penalty for wrong passwords is on",
            "service anvil { unix_listener anvil-auth-penalty { mode = 0 } }",
        );
    }
}

fn worker(whole: &Section, passdbs: &Passdbs<'_>, found: &mut Findings) {
    let user = whole.find("service", "auth-worker").filter_map(|worker| worker.get("user")).last();
    let root = user.is_none_or(|user| user.is_empty() || user == "root");

    // Where the system's own passwords are read it has to be root.
    if root && !whole.is_2_4() && passdbs.ours_are_scripts() && !passdbs.any_needs_root() {
        found.find(
            &kinds::WORKER_ROOT,
            "service auth-worker runs as root",
            "service auth-worker { user = $default_internal_user }",
        );
    }
}

fn cleartext(whole: &Section, found: &mut Findings) {
    let (key, allowed, change) = if whole.is_2_4() {
        ("auth_allow_cleartext", "yes", "auth_allow_cleartext = no")
    } else {
        ("disable_plaintext_auth", "no", "disable_plaintext_auth = yes")
    };
    let setting = logins::everywhere(whole, key).any(|set| set == allowed);

    let listen = whole.get("listen").unwrap_or("*, ::");
    let open = !listen.split([',', ' ']).filter(|address| !address.is_empty()).all(is_local);

    if setting && open && !whole.is("ssl", "required") {
        found.find(&kinds::CLEARTEXT, "passwords are taken without TLS, from other machines", change);
    }
}

/// Who is believed about the address of a mail client.
fn trust(whole: &Section, found: &mut Findings) {
    for key in ["login_trusted_networks", "haproxy_trusted_networks"] {
        let networks = whole.get(key).unwrap_or("");

        if networks.split([' ', ',']).any(|network| network.ends_with("/0")) {
            found.find(
                &kinds::EVERYBODY_IS_TRUSTED,
                &format!("{key} names every address"),
                &format!("{key} = 192.0.2.1     # the proxies in front, and nothing else"),
            );
        }
    }
}

/// Mechanisms that prove who somebody is without a password.
const TOKENS: [&str; 6] = ["external", "anonymous", "xoauth2", "oauthbearer", "gssapi", "gss-spnego"];

fn offered(whole: &Section) -> Vec<String> {
    whole.own_list("auth_mechanisms").unwrap_or_else(|| vec!["plain".into()])
}

/// Those that come with a password, or with something made of one.
fn carrying(whole: &Section) -> Vec<String> {
    offered(whole).into_iter().filter(|name| !TOKENS.contains(&name.as_str())).collect()
}

fn mechanisms(whole: &Section, found: &mut Findings) {
    if offered(whole).iter().any(|name| name == "anonymous") {
        found.find(&sources::ANONYMOUS, "auth_mechanisms offers anonymous", "auth_mechanisms = plain login");
    }

    let known = |name: &String| ["plain", "login"].contains(&name.as_str());
    let odd: Vec<String> = carrying(whole).into_iter().filter(|name| !known(name)).collect();

    if odd.is_empty() {
        return;
    }

    let kept: Vec<String> = offered(whole).into_iter().filter(|name| !odd.contains(name)).collect();
    found.find(
        &kinds::MECHANISMS,
        &format!("auth_mechanisms offers {}", odd.join(" ")),
        &format!("auth_mechanisms = {}", if kept.is_empty() { "plain login".into() } else { kept.join(" ") }),
    );
}

/// Sockets of Dovecot's through which a Postfix checks passwords.
fn listeners(whole: &Section, found: &mut Findings) {
    let auth = whole.find("service", "auth");
    let listeners = auth.flat_map(|auth| &auth.sections).filter(|listener| listener.kind == "unix_listener");

    if listeners.into_iter().any(|listener| listener.name.contains("/postfix/")) {
        found.find(
            &kinds::SERVES_POSTFIX,
            "Dovecot has a socket for Postfix, which asks clientpass through it",
            "let Postfix ask clientpass itself: smtpd_sasl_path as in mail-servers/postfix",
        );
    }
}

#[cfg(test)]
mod tests;

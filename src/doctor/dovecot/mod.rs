//! Dovecot, 2.3 and 2.4: what `doveconf -n` prints, judged.

use super::{About, Finding, Findings, Severity, is_local};
use text::Section;

mod grant;
mod passdbs;
mod text;

use passdbs::{Passdbs, words};

/// What is judged.
#[derive(Clone, Copy)]
pub struct Printed<'a> {
    /// What `doveconf -n` printed.
    pub whole: &'a str,
    /// The file that passdb oauth2 of Dovecot 2.3 names, if it was looked at.
    pub grant: Option<&'a str>,
}

/// The file that passdb oauth2 names, where there is one.
pub fn grant_file(printed: &str) -> Option<String> {
    let whole = Section::read(printed);
    let mut passdbs = whole.find("passdb", "").filter(|passdb| passdb.is("driver", "oauth2"));
    passdbs.next()?.get("args").map(str::to_owned)
}

/// Judges what `doveconf -n` printed. `ours` are addresses at which clientpass listens; a source of passwords that
/// names one of them, or clientpass, is ours.
pub fn judge(printed: Printed<'_>, ours: &[String]) -> Vec<Finding> {
    let (whole, grant) = (Section::read(printed.whole), printed.grant.map(Section::read));
    let mut found = Findings::about(About::Dovecot);
    let passdbs = Passdbs::of(&whole, grant.as_ref(), ours);

    if !passdbs.any_is_ours() {
        found.warning(
            "dovecot_asks_somebody_else",
            (
                "no passdb asks clientpass",
                "whatever members and administrators end here, Dovecot goes on letting in whom it knows",
                "!include the file of mail-servers/dovecot before every other passdb",
            ),
        );
        return found.all();
    }

    passdbs.judge(&carrying(&whole), &mut found);
    cache(&whole, &passdbs, &mut found);
    penalty(&whole, &mut found);
    worker(&whole, &passdbs, &mut found);
    cleartext(&whole, &mut found);
    trust(&whole, &mut found);
    mechanisms(&whole, &mut found);
    listeners(&whole, &mut found);
    found.all()
}

/// Whether it is a 2.4 that printed this.
fn is_2_4(whole: &Section) -> bool {
    whole.get("dovecot_config_version").is_some()
}

fn cache(whole: &Section, passdbs: &Passdbs<'_>, found: &mut Findings) {
    let size = whole.get("auth_cache_size").unwrap_or("0");
    if size.trim_start_matches('0').trim_start_matches([' ', 'B', 'k', 'M', 'G']).is_empty() {
        return;
    }

    // What a script answers is cached by 2.4 only if the script says how.
    let kept = !(is_2_4(whole) && passdbs.ours_are_scripts());
    let severity = if kept { Severity::Error } else { Severity::Warning };

    found.add(severity, "dovecot_auth_cache", (
        &format!("auth_cache_size = {size}"),
        "a revoked password that is in the cache goes on letting in, for every protocol, for an hour, and through an \
         outage",
        "auth_cache_size = 0",
    ));
}

fn penalty(whole: &Section, found: &mut Findings) {
    let mut listeners =
        whole.find("service", "anvil").flat_map(|anvil| anvil.find("unix_listener", "anvil-auth-penalty"));
    let off = listeners.any(|of| of.get("mode").is_some_and(|mode| mode.trim_matches('0').is_empty()));

    if !off {
        found.warning("dovecot_penalty", (
            "Dovecot's own penalty for wrong passwords is on",
            "one client with an old password delays everybody behind the same address, by up to 15 s; clientpass \
             throttles by person and network",
            "service anvil { unix_listener anvil-auth-penalty { mode = 0 } }",
        ));
    }
}

fn worker(whole: &Section, passdbs: &Passdbs<'_>, found: &mut Findings) {
    let user = whole.find("service", "auth-worker").filter_map(|worker| worker.get("user")).last();
    let root = user.is_none_or(|user| user.is_empty() || user == "root");

    // Where the system's own passwords are read it has to be root.
    if root && !is_2_4(whole) && passdbs.ours_are_scripts() && !passdbs.any_needs_root() {
        found.warning(
            "dovecot_worker_root",
            (
                "service auth-worker runs as root",
                "nothing here needs it, and it is the process that handles what strangers send",
                "service auth-worker { user = $default_internal_user }",
            ),
        );
    }
}

fn cleartext(whole: &Section, found: &mut Findings) {
    let (setting, change) = if is_2_4(whole) {
        (whole.is("auth_allow_cleartext", "yes"), "auth_allow_cleartext = no")
    } else {
        (whole.is("disable_plaintext_auth", "no"), "disable_plaintext_auth = yes")
    };

    let listen = whole.get("listen").unwrap_or("*, ::");
    let open = !listen.split([',', ' ']).filter(|address| !address.is_empty()).all(is_local);

    if setting && open && !whole.is("ssl", "required") {
        found.error(
            "dovecot_cleartext",
            (
                "passwords are taken without TLS, from other machines",
                "whoever is on the way reads them, and a client password works until somebody notices",
                change,
            ),
        );
    }
}

/// Who is believed about the address of a mail client.
fn trust(whole: &Section, found: &mut Findings) {
    for key in ["login_trusted_networks", "haproxy_trusted_networks"] {
        let networks = whole.get(key).unwrap_or("");

        if networks.split([' ', ',']).any(|network| network.ends_with("/0")) {
            found.error(
                "dovecot_everybody_is_trusted",
                (
                    &format!("{key} names every address"),
                    "a mail client says itself from where it comes: a client password that is bound to networks is let \
                     in from everywhere, and guesses are counted for addresses that are none",
                    &format!("{key} = 192.0.2.1     # the proxies in front, and nothing else"),
                ),
            );
        }
    }
}

/// Mechanisms that prove who somebody is without a password.
const TOKENS: [&str; 4] = ["external", "anonymous", "xoauth2", "oauthbearer"];

fn offered(whole: &Section) -> Vec<String> {
    words(whole.get("auth_mechanisms").unwrap_or("plain"))
}

/// Those that come with a password, or with something made of one.
fn carrying(whole: &Section) -> Vec<String> {
    offered(whole).into_iter().filter(|name| !TOKENS.contains(&name.as_str())).collect()
}

fn mechanisms(whole: &Section, found: &mut Findings) {
    let known = |name: &String| ["plain", "login"].contains(&name.as_str());
    let odd: Vec<String> = carrying(whole).into_iter().filter(|name| !known(name)).collect();

    if odd.is_empty() {
        return;
    }

    let kept: Vec<String> = offered(whole).into_iter().filter(|name| !odd.contains(name)).collect();
    found.warning("dovecot_mechanisms", (
        &format!("auth_mechanisms offers {}", odd.join(" ")),
        "mail clients prefer it, and it needs a password that can be read back, which clientpass has none of: they are \
         refused",
        &format!("auth_mechanisms = {}", if kept.is_empty() { "plain login".into() } else { kept.join(" ") }),
    ));
}

/// Sockets of Dovecot's through which a Postfix checks passwords.
fn listeners(whole: &Section, found: &mut Findings) {
    let auth = whole.find("service", "auth");
    let listeners = auth.flat_map(|auth| &auth.sections).filter(|listener| listener.kind == "unix_listener");

    if listeners.into_iter().any(|listener| listener.name.contains("/postfix/")) {
        found.warning("dovecot_serves_postfix", (
            "Dovecot has a socket for Postfix, which asks clientpass through it",
            "Postfix makes of Dovecot's \"temporary failure\" a 535, wrong password: in every outage mail clients ask \
             people for a new one",
            "let Postfix ask clientpass itself: smtpd_sasl_path as in mail-servers/postfix",
        ));
    }
}

#[cfg(test)]
mod tests;

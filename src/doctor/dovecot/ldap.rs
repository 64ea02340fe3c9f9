//! Dovecot asking by LDAP: what the name says that it binds with, and how it connects.

use super::addresses::{find_any_certificate, judge_listening};
use super::passdbs::Passdb;
use super::settings::Settings;
use super::text::Section;
use super::{kinds, kinds_of_asking as asking};
use crate::doctor::Findings;

pub(super) fn judge(passdb: &Passdb<'_>, found: &mut Findings) {
    found.find(
        &kinds::LDAP_WAITS,
        "Dovecot asks clientpass by LDAP",
        "passdb { driver = lua ... }     # mail-servers/dovecot: three seconds",
    );

    let Some(settings) = passdb.settings() else {
        found.find(
            &asking::LDAP_NOT_LOOKED_AT,
            "the file that passdb ldap names was not looked at",
            "clientpass doctor --dovecot FILE --dovecot-ext /etc/dovecot/clientpass-ldap.conf.ext",
        );
        return;
    };

    name(&settings, passdb.whole, found);
    escaping(passdb.whole, found);
    waiting(passdb, &settings, found);
    listening(&settings, found);
}

/// What it binds with, or below what it looks for that name.
fn name(settings: &Settings<'_>, whole: &Section, found: &mut Findings) {
    let either =
        |first, second| settings.get(first).or_else(|| settings.get(second)).filter(|set| !set.is_empty());
    let binds = either("auth_bind", "bind") == Some("yes");
    let template = either("auth_bind_userdn", "bind_userdn");
    let looks_up = either("dn", "auth_dn").is_some();

    if !binds || (template.is_none() && !looks_up) {
        found.find(
            &asking::LDAP_BIND,
            "passdb ldap does not bind as the member",
            "auth_bind = yes     # and auth_bind_userdn; 2.4: bind = yes, and bind_userdn",
        );
        return;
    }

    let name = template.or_else(|| settings.get("base")).unwrap_or("");
    let says = |attribute: &str| name.split(',').find_map(|part| part.trim().strip_prefix(attribute));

    if !says("ip=").is_some_and(|value| value.starts_with('%')) {
        found.find(
            &asking::LDAP_ADDRESS,
            "passdb ldap does not say from where the mail client comes",
            "auth_bind_userdn = uid=%u,service=%s,ip=%r,dc=clientpass     # 2.4: ip=%{remote_ip}",
        );
    }

    let one = only_protocol(whole);
    let fits = |value: &str| value.starts_with('%') || one.as_deref() == Some(value);
    if !says("service=").is_some_and(fits) {
        found.find(
            &asking::LDAP_PROTOCOL,
            "passdb ldap does not say what the mail client speaks",
            "auth_bind_userdn = uid=%u,service=%s,ip=%r,dc=clientpass     # 2.4: service=%{protocol}",
        );
    }
}

/// The protocol, where people log in over one only.
fn only_protocol(whole: &Section) -> Option<String> {
    let mut all = whole.own_list("protocols")?;
    all.retain(|name| !["lmtp", "doveadm"].contains(&name.as_str()));
    if all.len() == 1 { all.pop() } else { None }
}

/// 2.4.0 to 2.4.2 put the login into the name as it was typed.
fn escaping(whole: &Section, found: &mut Findings) {
    let version = whole.get("dovecot_config_version").unwrap_or("");
    let allowed =
        whole.get("auth_username_chars").is_some_and(|set| set.is_empty() || set.contains([',', '=']));

    if ["2.4.0", "2.4.1", "2.4.2"].contains(&version) && allowed {
        found.find(
            &asking::LDAP_UNESCAPED,
            "passdb ldap of this version takes a comma in a login for the next part of the name",
            "auth_username_chars = abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ01234567890.-_@+",
        );
    }
}

fn waiting(passdb: &Passdb<'_>, settings: &Settings<'_>, found: &mut Findings) {
    let (parallel, line) = if settings.in_file() {
        (settings.is("blocking", "yes"), "blocking = yes")
    } else {
        // That it is set to `no` is said of every passdb.
        (passdb.section.setting("use_worker").is_some(), "use_worker = yes")
    };

    if !parallel {
        found.find(
            &kinds::ONE_AT_A_TIME,
            "clientpass is asked over one connection by the auth process itself",
            line,
        );
    }
}

/// Who can read what is asked.
fn listening(settings: &Settings<'_>, found: &mut Findings) {
    let uris = settings.get("uris").or_else(|| settings.get("hosts")).unwrap_or("");
    let begins = settings.is("tls", "yes") || settings.is("starttls", "yes");
    for uri in uris.split([' ', ',']).filter(|uri| !uri.is_empty()) {
        judge_listening("passdb ldap", uri, begins, found);
    }

    let any = settings.get("tls_require_cert").is_some_and(|set| ["never", "allow", "try"].contains(&set));
    if (begins || uris.contains("ldaps://")) && (any || settings.take_any_certificate()) {
        let line = if any { "tls_require_cert = demand" } else { "ssl_client_require_valid_cert = yes" };
        find_any_certificate("passdb ldap", line, found);
    }
}

//! At which address Dovecot asks clientpass, and whether somebody on the way can listen.

use super::kinds_of_asking as asking;
use super::text::Section;
use crate::doctor::{Findings, is_local};

/// Whether a URL names this machine.
pub(super) fn is_here(url: &str) -> bool {
    let host = authority(url).rsplit('@').next().unwrap_or("");
    url.starts_with("ldapi://") || is_local(host)
}

/// Host and port of a URL, with what stands before them.
pub(super) fn authority(url: &str) -> &str {
    let (_, rest) = url.split_once("://").unwrap_or(("", url));
    rest.split(['/', '?']).next().unwrap_or("")
}

/// Says so if what is asked there can be read on the way. `tls` is whether TLS begins after the connection.
pub(super) fn judge_listening(who: &str, url: &str, tls: bool, found: &mut Findings) {
    let clear = ["http", "ldap"].contains(&url.split_once("://").map_or("ldap", |(scheme, _)| scheme));
    if clear && !tls && !is_here(url) {
        let change = if url.starts_with("http") { "https://" } else { "ldaps://" };
        found.find(
            &asking::IN_THE_CLEAR,
            &format!("{who} asks a clientpass on another machine without TLS"),
            &format!("{change}     # in place of {}", change.replace("s:", ":")),
        );
    }
}

/// Whether Dovecot takes any certificate of servers that it asks.
pub(super) fn takes_any_certificate(whole: &Section) -> bool {
    // 2.4 prints it in a section.
    let mut sections = whole.of_kind("ssl_client");
    whole.is("ssl_client_require_valid_cert", "no")
        || sections.any(|section| section.is("require_valid_cert", "no"))
}

/// Says that any certificate is taken; `line` is what mends it.
pub(super) fn find_any_certificate(who: &str, line: &str, found: &mut Findings) {
    found.find(
        &asking::CERTIFICATE_NOT_CHECKED,
        &format!("{who} asks clientpass over TLS and takes any certificate"),
        line,
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_url_names_is_here_or_elsewhere() {
        for here in
            ["http://127.0.0.1:8600", "https://[::1]:8600/x", "ldap://u:p@localhost/", "ldapi://%2Frun"]
        {
            assert!(is_here(here), "{here}");
        }
        for elsewhere in
            ["http://192.0.2.7:8600/", "https://auth.example.org", "ldap://127.0.0.1@example.org"]
        {
            assert!(!is_here(elsewhere), "{elsewhere}");
        }
    }
}

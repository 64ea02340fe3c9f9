//! Thunderbird's autoconfig, version 1.1, which most mail clients read that are not Apple's or Microsoft's. Calendars
//! and address books are said as draft-ietf-mailmaint-autoconfig says them, beside the `emailProvider`, where clients
//! of 1.1 look at nothing.

use std::borrow::Cow;

use askama::Template;

use super::xml::sayable;
use super::{HttpsUrl, MailServers, Security, Server, link};

/// What a mail client puts in the place of the domain that it asked about.
const ANY_DOMAIN: &str = "%EMAILDOMAIN%";

#[derive(Template)]
#[template(path = "mail_setup/autoconfig.xml")]
struct Autoconfig<'a> {
    domain: &'a str,
    name: Cow<'a, str>,
    incoming: Vec<(&'static str, &'a Server)>,
    outgoing: Option<&'a Server>,
    documentation: Option<String>,
    others: Vec<(&'static str, &'static str, &'a HttpsUrl)>,
}

impl Autoconfig<'_> {
    const fn socket_type(server: &Server) -> &'static str {
        match server.security {
            Security::Tls => "SSL",
            Security::StartTls => "STARTTLS",
        }
    }
}

/// The configuration for the addresses of a domain, or of any domain. It is the same for each of them: the mail client
/// puts the address in.
pub fn autoconfig(domain: Option<&str>, servers: &MailServers, public_origin: Option<&str>) -> String {
    let incoming = [("imap", &servers.imap), ("pop3", &servers.pop3)];
    let others = [("calendar", "caldav", &servers.caldav), ("addressbook", "carddav", &servers.carddav)];
    let domain = domain.unwrap_or(ANY_DOMAIN);

    let page = Autoconfig {
        domain,
        name: sayable(servers.name.as_deref().unwrap_or(domain)),
        incoming: incoming.into_iter().filter_map(|(kind, server)| Some((kind, server.as_ref()?))).collect(),
        outgoing: servers.smtp.as_ref(),
        documentation: link(public_origin, "/passwords/new"),
        others: others.into_iter().filter_map(|(of, kind, url)| Some((of, kind, url.as_ref()?))).collect(),
    };

    // A template fails only where that fails which it is written to, and memory does not.
    page.render().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail_setup::tests::servers;

    #[test]
    fn everything_that_is_configured_is_said() {
        let said = autoconfig(Some("example.org"), &servers(), Some("https://pass.example.org/"));
        assert_eq!(said, include_str!("golden/autoconfig.xml"));
    }

    #[test]
    fn what_is_not_configured_is_left_out() {
        let servers = MailServers { imap: servers().imap, ..MailServers::default() };
        let said = autoconfig(None, &servers, None);
        assert!(
            said.contains("<domain>%EMAILDOMAIN%</domain>") && said.contains("imap.example.org"),
            "{said}"
        );
        for absent in ["outgoingServer", "pop3", "documentation", "calendar", "addressbook"] {
            assert!(!said.contains(absent), "{absent}: {said}");
        }
    }
}

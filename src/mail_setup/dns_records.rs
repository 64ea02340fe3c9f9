//! The records that a domain needs in DNS so that mail clients find its mail servers by themselves: SRV by RFC 6186, RFC
//! 8314 and RFC 6764, the names under which autoconfig and Autodiscover are asked, and "." for what there is not.

use serde::Serialize;

use super::{HttpsUrl, MailServers, Security, Server};

/// How long resolvers may keep a record, in seconds.
const TTL: u32 = 3_600;
/// The target that says that there is no such service (RFC 2782).
const NOT_THERE: &str = "0 0 0 .";

/// A record, or the advice to make one where its data are not known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Record {
    /// The whole name, with a dot at its end.
    pub name: String,
    /// `SRV`, `TXT` or `CNAME`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// How long it may be kept, in seconds.
    pub ttl: u32,
    /// What it says, as a zone file has it; nothing where that is not known.
    pub data: Option<String>,
    /// What it is for.
    pub purpose: &'static str,
}

/// What is said about one protocol.
struct Service<'a> {
    /// The name with TLS from the beginning, if there is one.
    over_tls: Option<&'static str>,
    /// The name with STARTTLS.
    plain: &'static str,
    server: Option<&'a Server>,
    purpose: &'static str,
}

/// The records of a domain. `public_origin` is where clientpass is reached from outside: it answers mail clients.
pub fn dns_records(domain: &str, servers: &MailServers, public_origin: Option<&str>) -> Vec<Record> {
    let mut all = Vec::new();
    let mut add = |label: &str, kind, data: Option<String>, purpose| {
        all.push(Record { name: format!("{label}.{domain}."), kind, ttl: TTL, data, purpose });
    };

    for service in services(servers) {
        let names = [(service.over_tls, Security::Tls), (Some(service.plain), Security::StartTls)];
        for (label, security) in names.into_iter().filter_map(|(label, of)| Some((label?, of))) {
            let here = service.server.filter(|server| service.is_at(server, security));
            add(label, "SRV", Some(here.map_or(NOT_THERE.to_owned(), srv)), service.purpose);
        }
    }

    for (label, plain, url, purpose) in [
        ("_caldavs._tcp", "_caldav._tcp", &servers.caldav, "calendars (RFC 6764)"),
        ("_carddavs._tcp", "_carddav._tcp", &servers.carddav, "address books (RFC 6764)"),
    ] {
        add(label, "SRV", Some(url.as_ref().map_or(NOT_THERE.to_owned(), srv_of_url)), purpose);
        if let Some(url) = url {
            add(label, "TXT", Some(format!("\"path={}\"", url.path)), purpose);
        }
        add(plain, "SRV", Some(NOT_THERE.to_owned()), purpose);
    }

    let origin = public_origin.and_then(|origin| HttpsUrl::parse(origin).ok());
    // Neither autoconfig nor Autodiscover can be told of another port by the name alone.
    let alias = origin.as_ref().filter(|url| url.port == 443).map(|url| format!("{}.", url.host));
    add(
        "autoconfig",
        "CNAME",
        alias.clone(),
        "Thunderbird and others ask there; clientpass needs a certificate for it",
    );
    add("autodiscover", "CNAME", alias, "Outlook asks there; clientpass needs a certificate for it");
    add(
        "_autodiscover._tcp",
        "SRV",
        origin.as_ref().map(srv_of_url),
        "Outlook asks there, without another certificate",
    );
    all
}

fn services(servers: &MailServers) -> [Service<'_>; 4] {
    let MailServers { imap, pop3, smtp, sieve, .. } = servers;
    let mail = |over_tls, plain, purpose| Service { over_tls: Some(over_tls), plain, server: None, purpose };

    [
        Service {
            server: imap.as_ref(),
            ..mail("_imaps._tcp", "_imap._tcp", "reading mail by IMAP (RFC 6186)")
        },
        Service {
            server: pop3.as_ref(),
            ..mail("_pop3s._tcp", "_pop3._tcp", "fetching mail by POP3 (RFC 6186)")
        },
        Service {
            server: smtp.as_ref(),
            ..mail("_submissions._tcp", "_submission._tcp", "sending mail (RFC 8314, RFC 6186)")
        },
        Service {
            over_tls: None,
            plain: "_sieve._tcp",
            server: sieve.as_ref(),
            purpose: "changing filters by ManageSieve (RFC 5804)",
        },
    ]
}

impl Service<'_> {
    /// Whether the server is said under the name of this security. Where there is but one name, it is under that.
    fn is_at(&self, server: &Server, security: Security) -> bool {
        self.over_tls.is_none() || server.security == security
    }
}

/// Priority 0, weight 1: there is one server of each kind.
fn srv(server: &Server) -> String {
    format!("0 1 {} {}.", server.port, server.host)
}

fn srv_of_url(url: &HttpsUrl) -> String {
    format!("0 1 {} {}.", url.port, url.host)
}

/// The records as a zone file has them, with what each is for.
pub fn zone_file(records: &[Record]) -> String {
    let mut text = String::new();
    let mut purpose = "";

    for record in records {
        if record.purpose != purpose {
            purpose = record.purpose;
            text.push_str(if text.is_empty() { "; " } else { "\n; " });
            text.push_str(purpose);
            text.push('\n');
        }

        text.push_str(&line(record));
    }

    text
}

fn line(Record { name, kind, ttl, data, .. }: &Record) -> String {
    match data {
        Some(data) => format!("{name} {ttl} IN {kind} {data}\n"),
        None => format!(
            "; {name} {ttl} IN {kind} ... (set [server] public_url, https on port 443, to have it here)\n"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail_setup::tests::servers;

    #[test]
    fn a_zone_file_has_everything_that_is_offered_and_a_dot_for_the_rest() {
        let servers = MailServers { pop3: None, ..servers() };
        let records = dns_records("example.org", &servers, Some("https://pass.example.org"));
        assert_eq!(zone_file(&records), include_str!("golden/zone.txt"));
    }

    #[test]
    fn without_a_public_address_the_names_are_advice() {
        let records = dns_records("example.org", &servers(), None);
        let text = zone_file(&records);
        assert!(text.contains("\n; autoconfig.example.org. 3600 IN CNAME ..."), "{text}");
        let other_port = dns_records("example.org", &servers(), Some("https://pass.example.org:8600"));
        let data =
            |name: &str| other_port.iter().find(|record| record.name.starts_with(name)).unwrap().data.clone();
        assert_eq!(data("autoconfig."), None);
        assert_eq!(data("_autodiscover.").as_deref(), Some("0 1 8600 pass.example.org."));
    }

    #[test]
    fn where_nothing_is_offered_every_service_is_a_dot() {
        let records = dns_records("example.org", &MailServers::default(), None);
        let services =
            records.iter().filter(|record| record.name.contains("._tcp.") && record.data.is_some());
        assert!(
            services.clone().count() == 11
                && services.into_iter().all(|one| one.data.as_deref() == Some(NOT_THERE))
        );
    }
}

//! What mail clients are told of where mail is, in the form that each of them reads. All of it is made from the
//! configuration alone, so that no answer depends on who exists.

use std::collections::BTreeMap;

use crate::domain::organization::DomainName;
use crate::domain::protocol::{Protocol, ProtocolSet};
use crate::domain::secret::Secret;

pub mod autoconfig;
pub mod autodiscover;
pub mod dclogin;
pub mod dns_records;
pub mod mobileconfig;
pub mod profile_signature;
pub mod thunderbird_qr;

mod server;
mod xml;

pub use server::{HttpsUrl, Security, Server};

/// Where the mail of a domain is, and what belongs to it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MailServers {
    /// Where mail is read.
    pub imap: Option<Server>,
    /// Where mail is fetched.
    pub pop3: Option<Server>,
    /// Where mail is sent, by submission (RFC 6409, RFC 8314).
    pub smtp: Option<Server>,
    /// Where filters are changed.
    pub sieve: Option<Server>,
    /// Where calendars are.
    pub caldav: Option<HttpsUrl>,
    /// Where address books are.
    pub carddav: Option<HttpsUrl>,
    /// What the mail service is called; the domain if absent.
    pub name: Option<String>,
}

impl MailServers {
    /// These, and where they say nothing, the general ones.
    #[must_use]
    pub fn or(self, general: &Self) -> Self {
        Self {
            imap: self.imap.or_else(|| general.imap.clone()),
            pop3: self.pop3.or_else(|| general.pop3.clone()),
            smtp: self.smtp.or_else(|| general.smtp.clone()),
            sieve: self.sieve.or_else(|| general.sieve.clone()),
            caldav: self.caldav.or_else(|| general.caldav.clone()),
            carddav: self.carddav.or_else(|| general.carddav.clone()),
            name: self.name.or_else(|| general.name.clone()),
        }
    }

    /// What of these is open to whoever may use these protocols.
    #[must_use]
    pub fn within(&self, protocols: ProtocolSet) -> Self {
        fn open<T: Clone>(one: Option<&T>, allowed: bool) -> Option<T> {
            one.filter(|_| allowed).cloned()
        }
        Self {
            imap: open(self.imap.as_ref(), protocols.contains(Protocol::Imap)),
            pop3: open(self.pop3.as_ref(), protocols.contains(Protocol::Pop3)),
            smtp: open(self.smtp.as_ref(), protocols.contains(Protocol::Smtp)),
            sieve: open(self.sieve.as_ref(), protocols.contains(Protocol::Sieve)),
            caldav: open(self.caldav.as_ref(), protocols.contains(Protocol::Caldav)),
            carddav: open(self.carddav.as_ref(), protocols.contains(Protocol::Carddav)),
            name: self.name.clone(),
        }
    }

    /// Whether mail can neither be read nor sent by what is said here.
    pub const fn has_no_mail(&self) -> bool {
        self.imap.is_none() && self.pop3.is_none() && self.smtp.is_none()
    }
}

/// The mail servers of all domains.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MailSettings {
    general: MailServers,
    domains: BTreeMap<String, MailServers>,
}

impl MailSettings {
    /// General servers, and what is otherwise for some domains.
    pub fn new(general: MailServers, domains: impl IntoIterator<Item = (DomainName, MailServers)>) -> Self {
        let whole = |(domain, own): (DomainName, MailServers)| (domain.as_str().to_owned(), own.or(&general));
        let domains = domains.into_iter().map(whole).collect();
        Self { general, domains }
    }

    /// The servers of a domain, in ASCII and lower case as [`DomainName`] has it; none if there is no mail for it.
    pub fn of(&self, domain: &str) -> Option<&MailServers> {
        let servers = self.domains.get(domain).unwrap_or(&self.general);
        Some(servers).filter(|servers| !servers.has_no_mail())
    }

    /// The servers of whoever has this login, as the service keeps it.
    pub fn of_login(&self, login: &str) -> Option<&MailServers> {
        login.rsplit_once('@').and_then(|(_, domain)| self.of(domain))
    }

    /// What to tell somebody who may have named a domain: the domain that it is for, if there is one, and its servers.
    /// Who named none hears what is general, or of the only domain that there is.
    pub fn offered<'a>(&'a self, domain: Option<&'a str>) -> Option<(Option<&'a str>, &'a MailServers)> {
        if let Some(domain) = domain {
            return Some((Some(domain), self.of(domain)?));
        }
        if !self.general.has_no_mail() {
            return Some((None, &self.general));
        }

        let mut domains = self.domains.keys();
        let only = domains.next().filter(|_| domains.next().is_none())?;
        Some((Some(only), self.of(only)?))
    }

    /// Whether nothing is said about any domain.
    pub fn is_empty(&self) -> bool {
        self.general.has_no_mail() && self.domains.values().all(MailServers::has_no_mail)
    }
}

/// One account as it is set up in a mail client, with its client password.
#[derive(Clone, Copy, Debug)]
pub struct Account<'a> {
    /// The mail address, which is the login as well.
    pub login: &'a str,
    /// The name that stands beside the address in what is sent.
    pub display_name: &'a str,
    /// The client password, as it is shown.
    pub password: &'a Secret,
}

/// Where a path of clientpass is reached from outside, if its address is known.
fn link(public_origin: Option<&str>, path: &str) -> Option<String> {
    public_origin.map(|origin| format!("{}{path}", origin.trim_end_matches('/')))
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn servers() -> MailServers {
        MailServers {
            imap: Server::parse("imap.example.org", 993).ok(),
            pop3: Server::parse("pop.example.org", 995).ok(),
            smtp: Server::parse("smtp.example.org:587", 465).ok(),
            sieve: Server::parse("imap.example.org", 4190).ok(),
            caldav: HttpsUrl::parse("https://dav.example.org/cal/").ok(),
            carddav: HttpsUrl::parse("https://dav.example.org:8443/").ok(),
            name: Some("Example & Co".into()),
        }
    }

    fn only_imap(host: &str) -> MailServers {
        MailServers { imap: Server::parse(host, 993).ok(), ..MailServers::default() }
    }

    fn domain(name: &str) -> DomainName {
        DomainName::parse("domain", name).unwrap()
    }

    #[test]
    fn a_domain_overrides_key_by_key() {
        let settings = MailSettings::new(servers(), [(domain("example.net"), only_imap("imap.example.net"))]);
        let own = settings.of("example.net").unwrap();
        assert_eq!(own.imap.as_ref().unwrap().host, "imap.example.net");
        assert_eq!(MailServers { imap: None, ..own.clone() }, MailServers { imap: None, ..servers() });
        assert_eq!(settings.of("example.com"), Some(&servers()));
    }

    #[test]
    fn what_the_protocols_do_not_open_is_left_out() {
        assert_eq!(servers().within(ProtocolSet::ALL), servers());
        let only = ProtocolSet::EMPTY.with(Protocol::Imap).with(Protocol::Caldav);
        let left = MailServers { pop3: None, smtp: None, sieve: None, carddav: None, ..servers() };
        assert_eq!(servers().within(only), left);
    }

    #[test]
    fn who_names_no_domain_hears_what_is_general_or_of_the_only_one() {
        let net = || (domain("example.net"), only_imap("imap.example.net"));
        let com = || (domain("example.com"), only_imap("imap.example.com"));

        let general = MailSettings::new(servers(), [net()]);
        assert_eq!(general.offered(None), Some((None, &servers())));

        let one = MailSettings::new(MailServers::default(), [net()]);
        assert_eq!(one.offered(None).unwrap().0, Some("example.net"));
        assert_eq!(one.offered(Some("example.com")), None);

        let two = MailSettings::new(MailServers::default(), [net(), com()]);
        assert_eq!(two.offered(None), None);
        assert_eq!(two.offered(Some("example.com")).unwrap().1, &com().1);
        assert!(!two.is_empty() && MailSettings::default().is_empty());
    }
}

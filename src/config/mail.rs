//! `[mail]`: where mail is, as mail clients are told.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Deserializer};

use crate::domain::organization::DomainName;
use crate::mail_setup::{HttpsUrl, MailServers, MailSettings, Server};

/// `[mail]`: where mail is. Mail clients are told nothing where nothing is said.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Mail {
    /// The IMAP server, `"host"` or `"host:port"`, with `/tls` or `/starttls` behind it where the port does not say it.
    pub imap: Option<Address<993>>,
    /// The POP3 server.
    pub pop3: Option<Address<995>>,
    /// The server that takes mail of members (submission).
    pub smtp: Option<Address<465>>,
    /// The ManageSieve server.
    pub sieve: Option<Address<4190>>,
    /// The `https` address of calendars.
    pub caldav: Option<Url>,
    /// The `https` address of address books.
    pub carddav: Option<Url>,
    /// What the mail service is called; the domain if absent.
    pub name: Option<Name>,
    /// PEM file of the certificate, with its chain, that profiles for Apple's devices are signed with.
    pub profile_certificate: Option<PathBuf>,
    /// PEM file of its key, which only its owner may read.
    pub profile_key: Option<PathBuf>,
    /// What is otherwise for a domain, by its name.
    pub domains: Domains,
}

/// `[mail.domains."example.org"]`: what is otherwise for one domain.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MailOfDomain {
    /// The IMAP server.
    pub imap: Option<Address<993>>,
    /// The POP3 server.
    pub pop3: Option<Address<995>>,
    /// The server that takes mail of members.
    pub smtp: Option<Address<465>>,
    /// The ManageSieve server.
    pub sieve: Option<Address<4190>>,
    /// The `https` address of calendars.
    pub caldav: Option<Url>,
    /// The `https` address of address books.
    pub carddav: Option<Url>,
    /// What the mail service is called.
    pub name: Option<Name>,
}

/// A server; `PORT` is where it listens if nothing else is said.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Address<const PORT: u16>(pub Server);

impl<const PORT: u16> TryFrom<String> for Address<PORT> {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Server::parse(&text, PORT).map(Self)
    }
}

/// An `https` address.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Url(pub HttpsUrl);

impl TryFrom<String> for Url {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        HttpsUrl::parse(&text).map(Self)
    }
}

/// A name that people see.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Name(pub String);

/// Longest name, in characters.
const MAX_NAME: usize = 60;

impl TryFrom<String> for Name {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let shown = !text.trim().is_empty() && !text.chars().any(char::is_control);
        if shown && text.chars().count() <= MAX_NAME {
            Ok(Self(text))
        } else {
            Err(format!("it is no name to show: write one line of 1 to {MAX_NAME} characters"))
        }
    }
}

/// What is otherwise for some domains, by their names in ASCII and lower case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Domains(pub Vec<(DomainName, MailOfDomain)>);

impl<'de> Deserialize<'de> for Domains {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let mut all: Vec<(DomainName, MailOfDomain)> = Vec::new();

        for (text, own) in BTreeMap::<String, MailOfDomain>::deserialize(from)? {
            let wrong = |why: &str| serde::de::Error::custom(format!("{text:?} {why}"));
            let domain = DomainName::parse("domain", &text)
                .map_err(|_| wrong("is no domain: write [mail.domains.\"example.org\"]"))?;
            if all.iter().any(|(known, _)| *known == domain) {
                return Err(wrong("is a domain that is written twice: remove one"));
            }
            all.push((domain, own));
        }

        Ok(Self(all))
    }
}

/// The servers that a section names.
macro_rules! servers {
    ($section:expr) => {{
        let section = $section;
        MailServers {
            imap: section.imap.clone().map(|Address(server)| server),
            pop3: section.pop3.clone().map(|Address(server)| server),
            smtp: section.smtp.clone().map(|Address(server)| server),
            sieve: section.sieve.clone().map(|Address(server)| server),
            caldav: section.caldav.clone().map(|Url(url)| url),
            carddav: section.carddav.clone().map(|Url(url)| url),
            name: section.name.clone().map(|Name(name)| name),
        }
    }};
}

impl Mail {
    /// What mail clients are told.
    pub fn settings(&self) -> MailSettings {
        let domains = self.domains.0.iter().map(|(domain, own)| (domain.clone(), servers!(own)));
        MailSettings::new(servers!(self), domains)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    fn said(text: &str) -> Result<MailSettings, String> {
        let config: Result<Config, _> = toml::from_str(text);
        config.map(|config| config.mail.settings()).map_err(|error| error.message().to_owned())
    }

    #[test]
    fn ports_may_be_left_out_and_domains_override() {
        let settings = said(
            "[mail]\nimap = \"imap.example.org\"\npop3 = \"pop.example.org\"\nsmtp = \"smtp.example.org\"\n\
             sieve = \"imap.example.org\"\nname = \"Example\"\n\
             [mail.domains.\"B\u{fc}cher.example\"]\nsmtp = \"smtp.example.net:587\"\n",
        );
        let settings = settings.unwrap();
        let general = settings.of("example.org").unwrap();
        let ports = [&general.imap, &general.pop3, &general.smtp, &general.sieve];
        assert_eq!(ports.map(|server| server.as_ref().unwrap().port), [993, 995, 465, 4190]);

        let own = settings.of("xn--bcher-kva.example").unwrap();
        assert_eq!(own.smtp.as_ref().unwrap().port, 587);
        assert_eq!((own.imap.as_ref(), own.name.as_deref()), (general.imap.as_ref(), Some("Example")));
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        for (text, says) in [
            ("[mail]\nimap = \"192.0.2.1\"", "\"mail.example.org:993\""),
            ("[mail]\nsmtp = \"mail.example.org:25/ssl\"", "\"mail.example.org:465\""),
            ("[mail]\ncaldav = \"http://dav.example.org/\"", "\"https://dav.example.org/\""),
            ("[mail]\nname = \"\"", "1 to 60 characters"),
            ("[mail]\ndocumentation = \"https://example.org\"", "unknown field"),
            (
                "[mail.domains.\"exa mple\"]\nimap = \"imap.example.org\"",
                "write [mail.domains.\"example.org\"]",
            ),
            ("[mail.domains.\"a.example\"]\n[mail.domains.\"A.example\"]", "written twice"),
            ("[mail.domains.\"a.example\"]\nprofile_key = \"x\"", "unknown field"),
        ] {
            let why = said(text).unwrap_err();
            assert!(why.contains(says), "{text}: {why}");
        }
    }
}

//! What the name of a bind asks: whose mail, over which protocol, from where.

use std::net::IpAddr;

use super::dn;
use super::form::Form;
use crate::domain::protocol::Protocol;

/// Names that are understood.
#[derive(Clone, Debug)]
pub struct Naming {
    /// Their forms; the first that fits counts.
    pub forms: Vec<Form>,
    /// What is meant where a name does not say it.
    pub protocol: Protocol,
}

/// Who wants mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The login.
    pub login: String,
    /// What the mail client speaks.
    pub protocol: Protocol,
    /// Where it comes from, if it is said.
    pub ip: Option<IpAddr>,
}

impl Naming {
    /// What a name asks. What has no form of ours is a login as it stands, for it may be a plain mail address.
    /// `None` if it says a protocol or an address that is none: the operator's fault, not a wrong password.
    pub fn asked(&self, name: &str) -> Option<Asked> {
        let read = dn::parse(name);
        let named = read.and_then(|name| self.forms.iter().find_map(|form| form.read(&name)));
        let Some(named) = named else {
            return Some(Asked { login: name.to_owned(), protocol: self.protocol, ip: None });
        };
        let protocol = match named.protocol {
            Some(name) => Protocol::asked_for(&name, self.protocol)?,
            None => self.protocol,
        };
        let ip = named.ip.filter(|ip| !ip.is_empty()).map(|ip| ip.parse());
        Some(Asked { login: named.login, protocol, ip: ip.transpose().ok()? })
    }
}

/// `cn=service-key`, whatever it lies below.
pub fn is_service_key(name: &str) -> bool {
    let first = dn::parse(name).and_then(|parts| parts.into_iter().next());
    first.is_some_and(|rdn| rdn.attribute == "cn" && rdn.value.eq_ignore_ascii_case("service-key"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(name: &str) -> Option<(String, Protocol, Option<String>)> {
        let forms = ["uid={login},service={protocol},ip={ip},dc=clientpass", "uid={login},dc=clientpass"];
        let forms = forms.iter().map(|form| Form::parse(form).unwrap()).collect();
        let asked = Naming { forms, protocol: Protocol::Imap }.asked(name)?;
        Some((asked.login, asked.protocol, asked.ip.map(|ip| ip.to_string())))
    }

    fn says(login: &str, protocol: Protocol, ip: Option<&str>) -> (String, Protocol, Option<String>) {
        (login.into(), protocol, ip.map(str::to_owned))
    }

    #[test]
    fn a_name_asks_what_its_form_says_and_the_section_the_rest() {
        let whole =
            |service: &str, ip: &str| asked(&format!("uid=a@b.c,service={service},ip={ip},dc=clientpass"));
        assert_eq!(whole("Submission", "192.0.2.7"), Some(says("a@b.c", Protocol::Smtp, Some("192.0.2.7"))));
        assert_eq!(
            whole("managesieve", "2001:db8::7"),
            Some(says("a@b.c", Protocol::Sieve, Some("2001:db8::7")))
        );
        assert_eq!(whole("http", ""), Some(says("a@b.c", Protocol::Imap, None)));
        assert_eq!(asked("uid=a@b.c,dc=clientpass"), Some(says("a@b.c", Protocol::Imap, None)));
    }

    #[test]
    fn a_protocol_or_an_address_that_is_none_is_not_understood() {
        for (service, ip) in [("lmtp", "192.0.2.7"), ("", "192.0.2.7"), ("imap", "192.0.2"), ("imap", "%r")] {
            assert_eq!(
                asked(&format!("uid=a,service={service},ip={ip},dc=clientpass")),
                None,
                "{service} {ip}"
            );
        }
    }

    #[test]
    fn what_has_no_form_is_a_login_as_it_stands() {
        for name in ["a@b.c", " odd, + \\ ", "uid=a,dc=org", "uid=a,service=imap,dc=clientpass"] {
            assert_eq!(asked(name), Some(says(name, Protocol::Imap, None)));
        }
    }

    #[test]
    fn a_service_key_is_known_by_its_first_part() {
        for name in ["cn=service-key", "CN=Service-Key,dc=clientpass"] {
            assert!(is_service_key(name), "{name}");
        }
        for name in ["service-key", "uid=service-key", "uid=a,cn=service-key", ""] {
            assert!(!is_service_key(name), "{name}");
        }
    }
}

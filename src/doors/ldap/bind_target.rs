//! What the name of a bind means: whose mail, over which protocol, from where.

use super::dn;
use super::dn_template::Form;
use crate::domain::login::Login;
use crate::domain::network::ClientAddress;
use crate::domain::protocol::Protocol;

/// Names that are understood.
#[derive(Clone, Debug)]
pub struct BindNames {
    /// Their forms; the first that fits counts.
    pub forms: Vec<Form>,
    /// Whether a login as it stands is a name, too.
    pub plain: bool,
    /// What is meant where a name does not say it.
    pub protocol: Protocol,
}

/// The mail that a bind is about: whose, over which protocol, from where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BindTarget {
    /// The login, as it was typed.
    pub login: String,
    /// What the mail client speaks.
    pub protocol: Protocol,
    /// Where it comes from, if it is said.
    pub address: ClientAddress,
}

impl BindNames {
    /// What a name means. `None` if it says a protocol that is none, or is a name or a mail address in a form that is
    /// not taken: the operator's fault, not a wrong password. Anything else is nobody's login.
    pub fn target(&self, name: &str) -> Option<BindTarget> {
        let read = dn::parse_lenient(name);

        let named = read.and_then(|name| self.forms.iter().find_map(|form| form.read(&name)));

        let Some(named) = named else {
            let as_it_stands = self.plain || !is_meant_as_name(name);
            let target = || BindTarget {
                login: name.to_owned(),
                protocol: self.protocol,
                address: ClientAddress::NotGiven,
            };
            return as_it_stands.then(target);
        };

        let protocol = match named.protocol {
            Some(name) => Protocol::asked_for(&name, self.protocol)?,
            None => self.protocol,
        };

        Some(BindTarget { login: named.login, protocol, address: ClientAddress::read(named.ip.as_deref()) })
    }
}

/// Whether somebody set this up, and did not type it: a distinguished name, or a mail address.
fn is_meant_as_name(name: &str) -> bool {
    dn::parse_lenient(name).is_some_and(|parts| !parts.is_empty()) || Login::parse("name", name).is_ok()
}

/// `cn=service-key`, whatever it lies below.
pub fn is_service_key(name: &str) -> bool {
    let first = dn::parse(name).and_then(|parts| parts.into_iter().next());
    first.is_some_and(|rdn| rdn.attribute == "cn" && rdn.value.eq_ignore_ascii_case("service-key"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAYING: &[&str] = &["uid={login},service={protocol},ip={ip},dc=clientpass"];
    const BARE: &[&str] = &["uid={login},dc=clientpass"];

    fn target_in(forms: &[&str], plain: bool, name: &str) -> Option<BindTarget> {
        let forms = forms.iter().map(|form| Form::parse(form).unwrap()).collect();
        BindNames { forms, plain, protocol: Protocol::Imap }.target(name)
    }

    fn asked(name: &str) -> Option<(String, Protocol, Option<String>)> {
        let asked = target_in(SAYING, false, name)?;
        Some((asked.login, asked.protocol, asked.address.ip().map(|ip| ip.to_string())))
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
        assert_eq!(whole("imap", "fe80::1%eth0"), Some(says("a@b.c", Protocol::Imap, Some("fe80::1"))));

        let bare = target_in(BARE, false, "uid=a@b.c,dc=clientpass").unwrap();
        assert_eq!((bare.login.as_str(), bare.protocol), ("a@b.c", Protocol::Imap));
    }

    #[test]
    fn a_protocol_that_is_none_is_not_understood_and_an_address_that_is_none_counts_as_none() {
        let name = |service: &str, ip: &str| format!("uid=a,service={service},ip={ip},dc=clientpass");
        for service in ["lmtp", ""] {
            assert_eq!(asked(&name(service, "192.0.2.7")), None, "{service}");
        }

        for ip in ["192.0.2", "%r", "unknown"] {
            let asked = target_in(SAYING, false, &name("imap", ip)).unwrap();
            assert_eq!(asked.address, ClientAddress::Unreadable, "{ip}");
        }

        let silent = target_in(SAYING, false, &name("imap", "")).unwrap();
        assert_eq!(silent.address, ClientAddress::NotGiven);
    }

    #[test]
    fn a_name_of_another_form_is_a_fault_unless_it_may_be_a_login_as_it_stands() {
        let names = ["a@b.c", "a%40b.c", "uid=a,dc=org", "uid=a,service=imap,dc=clientpass"];
        let typed = [" odd, + \\ ", "alice", "uid=a,b", ""];

        for name in names.into_iter().chain(typed) {
            let login = target_in(BARE, true, name).map(|asked| asked.login);
            assert_eq!(login.as_deref(), Some(name));
        }

        for name in names {
            assert_eq!(asked(name), None, "{name}");
        }
        for name in typed {
            assert_eq!(asked(name), Some(says(name, Protocol::Imap, None)), "{name}");
        }
    }

    #[test]
    fn a_plus_of_a_login_need_not_be_escaped_and_adds_nothing_to_a_name() {
        let login = |first: &str| {
            let asked = target_in(SAYING, false, &format!("{first},service=imap,ip=192.0.2.7,dc=clientpass"));
            asked.map(|asked| asked.login)
        };
        for first in ["uid=a+work@b.c", "uid=a\\+work@b.c", "uid=a\\2Bwork@b.c"] {
            assert_eq!(login(first).as_deref(), Some("a+work@b.c"), "{first}");
        }

        let typed = "uid=a@b.c+ip=192.0.2.5";
        let whole = format!("{typed},service=imap,ip=192.0.2.7,dc=clientpass");
        assert_eq!(login(typed), Some(whole), "nobody's login");
        assert_eq!(asked("uid=a+work@b.c,dc=org"), None, "a name of another form");
    }

    #[test]
    fn a_service_key_is_known_by_its_first_part() {
        for name in ["cn=service-key", "CN=Service-Key,dc=clientpass"] {
            assert!(is_service_key(name), "{name}");
        }
        for name in ["service-key", "uid=service-key", "uid=a,cn=service-key", "cn=service-key+a", ""] {
            assert!(!is_service_key(name), "{name}");
        }
    }
}

//! Forms of names: `uid={login},service={protocol},ip={ip},dc=clientpass` says where in a name login, protocol
//! and address of the mail client are.

use super::dn::{self, Rdn};

/// What stands for a value.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Login,
    Protocol,
    Ip,
    Text(String),
}

/// A form that names may have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Form(Vec<(String, Part)>);

/// Why a text is no form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FormError {
    /// It is no name.
    #[error("it is no distinguished name")]
    NoName,
    /// Something in braces that is not known, or not alone.
    #[error("a value is {{login}}, {{protocol}}, {{ip}}, or has no braces")]
    UnknownPart,
    /// The login is not its first value, or one is in it twice.
    #[error("{{login}} is the first value, and none is there twice")]
    Order,
}

/// What a name says; texts as they were written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// The login, unescaped, as it was typed.
    pub login: String,
    /// The protocol, if the form has it.
    pub protocol: Option<String>,
    /// The address, if the form has it.
    pub ip: Option<String>,
}

impl Part {
    fn of(text: String) -> Result<Self, FormError> {
        match text.as_str() {
            "{login}" => Ok(Self::Login),
            "{protocol}" => Ok(Self::Protocol),
            "{ip}" => Ok(Self::Ip),
            other if other.contains(['{', '}']) => Err(FormError::UnknownPart),
            _ => Ok(Self::Text(text)),
        }
    }
}

impl Form {
    /// Reads a form.
    pub fn parse(text: &str) -> Result<Self, FormError> {
        let parts = dn::parse(text).ok_or(FormError::NoName)?;
        let part = |rdn: Rdn| Ok((rdn.attribute, Part::of(rdn.value)?));
        let form = Self(parts.into_iter().map(part).collect::<Result<_, _>>()?);

        let times = |part: &Part| form.0.iter().filter(|(_, other)| other == part).count();
        let first = form.0.first().is_some_and(|(_, part)| *part == Part::Login);

        if first && times(&Part::Login) == 1 && times(&Part::Protocol) < 2 && times(&Part::Ip) < 2 {
            Ok(form)
        } else {
            Err(FormError::Order)
        }
    }

    /// What a name of this form says; `None` if it has another.
    pub fn read(&self, name: &[Rdn]) -> Option<Named> {
        fits(&self.0, name).then(|| Named {
            login: value(&self.0, &Part::Login, name).unwrap_or_default(),
            protocol: value(&self.0, &Part::Protocol, name),
            ip: value(&self.0, &Part::Ip, name),
        })
    }

    /// The name that a login has below a base; `None` if names of this form do not lie below it.
    pub fn below(&self, base: &[Rdn], login: &str) -> Option<String> {
        let ((attribute, _), rest) = self.0.split_first()?;
        fits(rest, base).then(|| {
            let above = base.iter().map(|rdn| format!(",{}={}", rdn.attribute, dn::escape(&rdn.value)));
            format!("{attribute}={}{}", dn::escape(login), above.collect::<String>())
        })
    }

    /// Whether somebody makes a name of this form by typing: a login such as `alice,ip=192.0.2.7` that a mail server puts
    /// into a name of the `other` form without escaping it. Then what this form says of protocol and address would be
    /// the mail client's word.
    pub fn can_be_typed_into(&self, other: &Self) -> bool {
        let (Some(((ours, _), said)), Some(((theirs, _), tail))) =
            (self.0.split_first(), other.0.split_first())
        else {
            return false;
        };

        let typed = said.len().checked_sub(tail.len()).and_then(|length| said.split_at_checked(length));
        let Some((typed, rest)) = typed.filter(|_| ours == theirs) else { return false };

        let fits = |((one, part), (other, fixed)): (&(String, Part), &(String, Part))| {
            let differ =
                matches!((part, fixed), (Part::Text(a), Part::Text(b)) if !a.eq_ignore_ascii_case(b));
            one == other && !differ
        };

        rest.iter().zip(tail).all(fits) && says_something(typed)
    }

    /// Whether names of this form say a protocol or an address.
    pub fn says_more_than_login(&self) -> bool {
        says_something(&self.0)
    }

    /// What this form has below its login, if that is the same in all names.
    pub fn base(&self) -> Option<Vec<Rdn>> {
        let fixed = |(attribute, part): &(String, Part)| match part {
            Part::Text(text) => Some(Rdn { attribute: attribute.clone(), value: text.clone() }),
            _ => None,
        };
        self.0.iter().skip(1).map(fixed).collect()
    }
}

fn says_something(parts: &[(String, Part)]) -> bool {
    parts.iter().any(|(_, part)| matches!(part, Part::Protocol | Part::Ip))
}

fn fits(form: &[(String, Part)], name: &[Rdn]) -> bool {
    let fits = |((attribute, part), rdn): (&(String, Part), &Rdn)| {
        *attribute == rdn.attribute
            && match part {
                Part::Text(text) => text.eq_ignore_ascii_case(&rdn.value),
                Part::Login | Part::Protocol | Part::Ip => true,
            }
    };

    form.len() == name.len() && form.iter().zip(name).all(fits)
}

fn value(form: &[(String, Part)], wanted: &Part, name: &[Rdn]) -> Option<String> {
    let mut pairs = form.iter().zip(name);
    pairs.find(|((_, part), _)| part == wanted).map(|(_, rdn)| rdn.value.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = "uid={login},service={protocol},ip={ip},dc=clientpass";

    fn read(form: &str, name: &str) -> Option<Named> {
        Form::parse(form).unwrap().read(&dn::parse(name).unwrap())
    }

    #[test]
    fn a_name_says_what_its_form_has() {
        let named =
            read(WHOLE, "UID=a\\2Cb@example.org, service=imap, ip=2001:db8::1, DC=ClientPass").unwrap();
        assert_eq!(named.login, "a,b@example.org");
        assert_eq!((named.protocol.as_deref(), named.ip.as_deref()), (Some("imap"), Some("2001:db8::1")));
        let named = read("uid={login},dc=clientpass", "uid=a,dc=clientpass").unwrap();
        assert_eq!(named, Named { login: "a".into(), protocol: None, ip: None });
    }

    #[test]
    fn a_name_of_another_form_says_nothing() {
        for name in [
            "uid=a,service=imap,ip=::1",
            "uid=a,service=imap,ip=::1,dc=clientpass,dc=org",
            "uid=a,service=imap,service=pop3,ip=::1,dc=clientpass",
            "uid=a,ip=::1,service=imap,dc=clientpass",
            "mail=a,service=imap,ip=::1,dc=clientpass",
            "",
        ] {
            assert_eq!(read(WHOLE, name), None, "{name}");
        }
    }

    #[test]
    fn a_login_below_a_base_has_a_name_that_is_read_back() {
        let form = Form::parse("uid={login},service={protocol},dc=clientpass").unwrap();
        let base = dn::parse("service=smtp,dc=clientpass").unwrap();

        let name = form.below(&base, "a,b").unwrap();
        assert_eq!(name, "uid=a\\,b,service=smtp,dc=clientpass");
        let named = form.read(&dn::parse(&name).unwrap()).unwrap();
        assert_eq!((named.login.as_str(), named.protocol.as_deref()), ("a,b", Some("smtp")));

        assert_eq!(form.below(&[], "a"), None);
        assert_eq!(form.base(), None);
        assert_eq!(Form::parse("uid={login},dc=x").unwrap().base(), dn::parse("dc=x"));
    }

    #[test]
    fn a_form_that_could_be_typed_into_another_is_seen() {
        let short = "uid={login},service={protocol},dc=clientpass";
        let bare = "uid={login},dc=clientpass";

        for (form, other, can) in [
            (WHOLE, bare, true),
            (short, bare, true),
            (WHOLE, "uid={login}", true),
            (WHOLE, "uid={login},ip={ip},dc=ClientPass", true),
            (WHOLE, short, false),
            (short, WHOLE, false),
            (WHOLE, WHOLE, false),
            (bare, WHOLE, false),
            (WHOLE, "uid={login},dc=org", false),
            (WHOLE, "mail={login},dc=clientpass", false),
            ("uid={login},ou=people,dc=clientpass", bare, false),
        ] {
            let parse = |text| Form::parse(text).unwrap();
            assert_eq!(parse(form).can_be_typed_into(&parse(other)), can, "{form} {other}");
        }

        assert!(Form::parse(WHOLE).unwrap().says_more_than_login());
        assert!(!Form::parse(bare).unwrap().says_more_than_login());
    }

    #[test]
    fn what_is_no_form_is_refused() {
        for (text, why) in [
            ("{login}", FormError::NoName),
            ("uid={user},dc=x", FormError::UnknownPart),
            ("uid=x{login},dc=x", FormError::UnknownPart),
            ("service={protocol},uid={login}", FormError::Order),
            ("uid={login},cn={login}", FormError::Order),
            ("uid={login},a={ip},b={ip}", FormError::Order),
            ("dc=clientpass", FormError::Order),
            ("", FormError::Order),
        ] {
            assert_eq!(Form::parse(text), Err(why), "{text}");
        }
    }
}

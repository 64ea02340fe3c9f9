//! Search filters: which one login a search looks up, if it is about one.
//!
//! ```text
//!   (mail=a)  (uid=a)  (cn=a)                         that login
//!   (&(objectClass=person)(uid=a))                    that login; the class says nothing
//!   (|(uid=a)(mail=a))                                that login, named twice
//!   (uid=*)  (uid=a*)  (!(uid=a))  (|(uid=a)(uid=b))  nothing: there is no way to list
//! ```

use ldap3_proto::proto::LdapFilter;

use crate::domain::login::Login;

/// Attributes that contain the login.
pub const NAMING: [&str; 3] = ["mail", "uid", "cn"];
const CLASS: &str = "objectclass";

/// The one login that a filter names; `None` if it names none, several, or is of another kind.
pub fn login(filter: &LdapFilter) -> Option<&str> {
    match filter {
        LdapFilter::Equality(attribute, value) if is_naming(attribute) => Some(value),
        LdapFilter::And(parts) => same(parts.iter().filter(|part| !is_class(part))),
        LdapFilter::Or(parts) => same(parts.iter()),
        _ => None,
    }
}

/// Whether a filter is about classes only, as in a look at one entry.
pub fn is_class(filter: &LdapFilter) -> bool {
    match filter {
        LdapFilter::Present(attribute) | LdapFilter::Equality(attribute, _) => {
            attribute.eq_ignore_ascii_case(CLASS)
        }
        LdapFilter::And(parts) | LdapFilter::Or(parts) => !parts.is_empty() && parts.iter().all(is_class),
        _ => false,
    }
}

fn is_naming(attribute: &str) -> bool {
    NAMING.iter().any(|known| known.eq_ignore_ascii_case(attribute))
}

/// What all parts name, if all name the same.
fn same<'a>(mut parts: impl Iterator<Item = &'a LdapFilter>) -> Option<&'a str> {
    let first = login(parts.next()?)?;
    let form = Login::presented(first);
    parts.all(|part| login(part).map(Login::presented).as_ref() == Some(&form)).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ldap3_proto::parse_ldap_filter_str;

    #[test]
    fn a_filter_about_one_login_names_it() {
        for text in [
            "(mail=a@example.org)",
            "(UID=a@example.org)",
            "(cn=a@example.org)",
            "(&(objectClass=inetOrgPerson)(uid=a@example.org))",
            "(&(|(objectclass=person)(objectclass=*))(|(uid=a@example.org)(mail=a@example.org)))",
            "(|(uid=a@example.org)(mail=a@example.org)(cn=a@example.org))",
            "(|(uid=a@example.org)(mail=A@Example.ORG))",
        ] {
            assert_eq!(login(&parse_ldap_filter_str(text).unwrap()), Some("a@example.org"), "{text}");
        }
    }

    #[test]
    fn a_filter_that_could_list_names_nobody() {
        for text in [
            "(uid=*)",
            "(objectClass=*)",
            "(objectClass=person)",
            "(uid=a*)",
            "(uid>=a)",
            "(uid<=a)",
            "(uid~=a)",
            "(!(uid=a))",
            "(sn=a)",
            "(|(uid=a)(uid=b))",
            "(|(uid=a)(objectClass=*))",
            "(|(uid=a)(uid=*))",
            "(&(uid=a)(sn=a))",
            "(&(uid=a)(!(uid=b)))",
            "(uid:caseExactMatch:=a)",
        ] {
            assert_eq!(login(&parse_ldap_filter_str(text).unwrap()), None, "{text}");
        }

        assert_eq!(login(&LdapFilter::And(Vec::new())), None);
        assert_eq!(login(&LdapFilter::Or(Vec::new())), None);
    }
}

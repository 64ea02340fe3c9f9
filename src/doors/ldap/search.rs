//! Searches: the root of the directory, and the one entry of a login that is named.

use ldap3_proto::proto::{LdapFilter, LdapMsg, LdapPartialAttribute, LdapSearchRequest, LdapSearchScope};

use super::dn::{self, Rdn};
use super::dn_template::Form;
use super::{filter, response};
use crate::domain::login::Login;

/// Whether a search is about the root of the directory (RFC 4512 section 5.1).
pub fn is_root(search: &LdapSearchRequest) -> bool {
    search.base.is_empty() && search.scope == LdapSearchScope::Base
}

/// The root's entry, as much of it as is requested.
pub fn root(id: i32, search: &LdapSearchRequest, has_tls: bool) -> Option<LdapMsg> {
    if !filter::is_class(&search.filter) {
        return None;
    }

    let extensions = [(has_tls, response::START_TLS), (true, response::WHO_AM_I)];
    let extensions: Vec<&str> =
        extensions.into_iter().filter(|(has, _)| *has).map(|(_, name)| name).collect();

    let wanted = Wanted::of(search, &["+"]);
    let attributes = [("supportedLDAPVersion", &["3"][..]), ("supportedExtension", &extensions)];
    Some(response::entry(id, String::new(), wanted.of_these(&attributes)))
}

/// A search for one entry: whose, and how it is shown.
#[derive(Clone, Debug, PartialEq)]
pub struct Lookup {
    /// The login that is looked for.
    pub login: String,
    form: Form,
    base: Vec<Rdn>,
    wanted: Wanted,
}

impl Lookup {
    /// What a search is for; `None` if it does not name one login, or lies where no name of ours does.
    pub fn of(search: &LdapSearchRequest, forms: &[Form]) -> Option<Self> {
        let (login, base) = match search.scope {
            LdapSearchScope::Base => {
                let base = dn::parse_lenient(&search.base)?;
                let named = forms.iter().find_map(|form| form.read(&base))?;
                same_login(&search.filter, &named.login)?;
                (named.login, base.into_iter().skip(1).collect())
            }
            _ => (filter::login(&search.filter)?.to_owned(), dn::parse(&search.base)?),
        };

        let place = |form: &Form| {
            let base = if base.is_empty() { form.base()? } else { base.clone() };
            form.below(&base, "").map(|_| (form.clone(), base))
        };

        let (form, base) = forms.iter().find_map(place)?;
        Some(Self { login, form, base, wanted: Wanted::of(search, &[]) })
    }

    /// The entry of the login that was found, in its own writing. Its name is one that binds.
    pub fn entry(&self, id: i32, login: &str) -> LdapMsg {
        let name = self.form.below(&self.base, login).unwrap_or_default();
        let values = [login];
        let attributes = filter::NAMING.map(|naming| (naming, &values[..]));
        response::entry(id, name, self.wanted.of_these(&attributes))
    }
}

/// Whether a look at one entry is about its class, or about the login that is its own.
fn same_login(filter: &LdapFilter, login: &str) -> Option<()> {
    let same = filter::is_class(filter)
        || filter::login(filter).is_some_and(|named| Login::presented(named) == Login::presented(login));
    same.then_some(())
}

/// The attributes that are requested.
#[derive(Clone, Debug, PartialEq)]
struct Wanted {
    /// In lower case; `None` is all.
    names: Option<Vec<String>>,
    types_only: bool,
}

impl Wanted {
    fn of(search: &LdapSearchRequest, all: &[&str]) -> Self {
        let names: Vec<String> = search.attrs.iter().map(|name| name.to_ascii_lowercase()).collect();
        let all = names.is_empty() || names.iter().any(|name| name == "*" || all.contains(&name.as_str()));
        Self { names: (!all).then_some(names), types_only: search.typesonly }
    }

    fn of_these(&self, attributes: &[(&str, &[&str])]) -> Vec<LdapPartialAttribute> {
        let wanted =
            |name: &str| self.names.as_ref().is_none_or(|names| names.contains(&name.to_ascii_lowercase()));
        let shown = |(name, values): &(&str, &[&str])| LdapPartialAttribute {
            atype: (*name).to_owned(),
            vals: values.iter().filter(|_| !self.types_only).map(|value| Vec::from(*value)).collect(),
        };
        attributes.iter().filter(|(name, _)| wanted(name)).map(shown).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ldap3_proto::parse_ldap_filter_str;
    use ldap3_proto::proto::{LdapDerefAliases, LdapOp, LdapSearchResultEntry};

    fn search(base: &str, scope: LdapSearchScope, filter: &str, attributes: &[&str]) -> LdapSearchRequest {
        LdapSearchRequest {
            base: base.into(),
            scope,
            aliases: LdapDerefAliases::Never,
            sizelimit: 0,
            timelimit: 0,
            typesonly: false,
            filter: parse_ldap_filter_str(filter).unwrap(),
            attrs: attributes.iter().map(|name| (*name).to_owned()).collect(),
        }
    }

    fn forms() -> Vec<Form> {
        [
            "uid={login},service={protocol},ip={ip},dc=clientpass",
            "uid={login},service={protocol},dc=clientpass",
            "uid={login},dc=clientpass",
        ]
        .map(|form| Form::parse(form).unwrap())
        .to_vec()
    }

    fn entry_of(message: LdapMsg) -> LdapSearchResultEntry {
        match message.op {
            LdapOp::SearchResultEntry(entry) => entry,
            other => panic!("{other:?}"),
        }
    }

    fn found(base: &str, scope: LdapSearchScope, filter: &str) -> Option<String> {
        let lookup = Lookup::of(&search(base, scope, filter, &[]), &forms())?;
        Some(entry_of(lookup.entry(1, &lookup.login)).dn)
    }

    #[test]
    fn an_entry_has_the_name_that_its_base_makes() {
        let below = |base| found(base, LdapSearchScope::Subtree, "(uid=a,b@example.org)");

        for (base, name) in [
            ("dc=clientpass", "uid=a\\,b@example.org,dc=clientpass"),
            ("", "uid=a\\,b@example.org,dc=clientpass"),
            ("service=smtp, dc=clientpass", "uid=a\\,b@example.org,service=smtp,dc=clientpass"),
            ("service=smtp,ip=::1,dc=clientpass", "uid=a\\,b@example.org,service=smtp,ip=::1,dc=clientpass"),
        ] {
            assert_eq!(below(base).as_deref(), Some(name), "{base}");
        }

        for base in ["dc=org", "ou=people,dc=clientpass", "nonsense", "uid=a,dc=clientpass"] {
            assert_eq!(below(base), None, "{base}");
        }
    }

    #[test]
    fn one_entry_is_looked_at_by_its_name() {
        let at = |filter| found("uid=A,dc=clientpass", LdapSearchScope::Base, filter);

        for filter in ["(objectClass=*)", "(uid=a)", "(&(objectClass=person)(mail=a))"] {
            assert_eq!(at(filter).as_deref(), Some("uid=A,dc=clientpass"), "{filter}");
        }
        for filter in ["(uid=b)", "(uid=*)", "(sn=a)"] {
            assert_eq!(at(filter), None, "{filter}");
        }

        assert_eq!(found("dc=clientpass", LdapSearchScope::Base, "(uid=a)"), None);
        assert_eq!(found("dc=clientpass", LdapSearchScope::Subtree, "(objectClass=*)"), None);
    }

    #[test]
    fn only_what_is_asked_for_is_shown() {
        let shown = |attributes: &[&str]| {
            let lookup = search("", LdapSearchScope::Subtree, "(uid=a)", attributes);
            let entry = entry_of(Lookup::of(&lookup, &forms()).unwrap().entry(1, "a"));
            entry.attributes.into_iter().map(|attribute| attribute.atype).collect::<Vec<_>>()
        };

        assert_eq!(shown(&[]), ["mail", "uid", "cn"]);
        assert_eq!(shown(&["*", "+"]), ["mail", "uid", "cn"]);
        assert_eq!(shown(&["MAIL", "userPassword"]), ["mail"]);
        assert!(shown(&["1.1"]).is_empty() && shown(&["+"]).is_empty());
    }

    #[test]
    fn the_root_says_what_is_spoken() {
        let root = |has_tls, attributes: &[&str]| {
            let search = search("", LdapSearchScope::Base, "(objectClass=*)", attributes);
            assert!(is_root(&search));
            entry_of(root(1, &search, has_tls).unwrap()).attributes
        };

        let values = |attribute: &LdapPartialAttribute| {
            attribute.vals.iter().map(|value| String::from_utf8(value.clone()).unwrap()).collect::<Vec<_>>()
        };

        let all = root(true, &["+"]);
        assert_eq!(
            all.iter().map(values).collect::<Vec<_>>(),
            [vec!["3"], vec!["1.3.6.1.4.1.1466.20037", "1.3.6.1.4.1.4203.1.11.3"],]
        );

        let shown = root(false, &["supportedextension", "supportedSASLMechanisms"]);
        assert_eq!(shown.iter().map(values).collect::<Vec<_>>(), [vec!["1.3.6.1.4.1.4203.1.11.3"]]);
    }
}

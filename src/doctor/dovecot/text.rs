//! What `doveconf -n` prints, as a tree.

/// A section, or the whole.
#[derive(Debug, Default)]
pub(super) struct Section {
    /// `passdb` of `passdb lua {`.
    pub(super) kind: String,
    /// `lua` of `passdb lua {`.
    pub(super) name: String,
    settings: Vec<(String, String)>,
    /// The sections in it, in their order.
    pub(super) sections: Vec<Section>,
}

impl Section {
    /// Reads settings and sections, however deep; comments and empty lines are left out.
    pub(super) fn read(text: &str) -> Self {
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        let mut open = vec![Self::default()];

        for line in lines {
            if let Some(head) = line.strip_suffix('{') {
                open.push(Self::head(head.trim()));
            } else if line == "}" {
                close(&mut open);
            } else if let (Some((key, value)), Some(inner)) = (line.split_once('='), open.last_mut()) {
                inner.settings.push((key.trim().into(), unquoted(value.trim()).into()));
            }
        }

        while open.len() > 1 {
            close(&mut open);
        }

        open.pop().unwrap_or_default()
    }

    fn head(head: &str) -> Self {
        let (kind, name) = head.split_once(' ').unwrap_or((head, ""));
        Self { kind: kind.into(), name: name.trim().into(), ..Self::default() }
    }

    /// Whether it is a 2.4 that printed this.
    pub(super) fn is_2_4(&self) -> bool {
        self.get("dovecot_config_version").is_some()
    }

    /// What a setting is set to; the last one counts.
    pub(super) fn get(&self, key: &str) -> Option<&str> {
        self.settings.iter().rev().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
    }

    /// Whether a setting is set to this.
    pub(super) fn is(&self, key: &str, value: &str) -> bool {
        self.get(key) == Some(value)
    }

    /// The sections of this kind and name in it.
    pub(super) fn find<'a>(&'a self, kind: &'a str, name: &'a str) -> impl Iterator<Item = &'a Self> {
        self.sections.iter().filter(move |section| section.kind == kind && section.name == name)
    }

    /// The sections of this kind in it.
    pub(super) fn of_kind<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Self> {
        self.sections.iter().filter(move |section| section.kind == kind)
    }

    /// What a setting of a passdb is set to, in it or below, with the prefix of its driver or without; 2.4 takes and
    /// prints both.
    pub(super) fn setting(&self, name: &str) -> Option<&str> {
        let own = self.settings.iter().rev().find(|(key, _)| bare(key) == name);
        own.map(|(_, value)| value.as_str())
            .or_else(|| self.sections.iter().rev().find_map(|section| section.setting(name)))
    }

    /// What is in a list, in it or below, with the prefix of a driver or without.
    pub(super) fn list(&self, name: &str) -> Option<Vec<String>> {
        let below = || self.sections.iter().rev().find_map(|section| section.list(name));
        self.list_where(|key| bare(key) == name).or_else(below)
    }

    /// What is in a list of this very name, in it.
    pub(super) fn own_list(&self, name: &str) -> Option<Vec<String>> {
        self.list_where(|key| key == name)
    }

    /// 2.4 prints lists as sections, with `yes` for each that is in it.
    fn list_where(&self, meant: impl Fn(&str) -> bool) -> Option<Vec<String>> {
        let set = |(name, value): &(String, String)| (value == "yes").then(|| name.to_lowercase());
        let section = self.sections.iter().rev().find(|section| meant(&section.kind));
        let line = || self.settings.iter().rev().find(|(key, _)| meant(key)).map(|(_, value)| words(value));
        section.map(|list| list.settings.iter().filter_map(set).collect()).or_else(line)
    }

    /// The names of the settings in it.
    pub(super) fn keys(&self) -> impl Iterator<Item = String> {
        self.settings.iter().map(|(key, _)| key.to_lowercase())
    }

    /// Every value in it and below.
    pub(super) fn values(&self) -> Vec<&str> {
        let own = self.settings.iter().map(|(_, value)| value.as_str());
        own.chain(self.sections.iter().flat_map(Self::values)).collect()
    }
}

/// The names in a list that stands on one line.
pub(super) fn words(list: &str) -> Vec<String> {
    let list = list.to_lowercase();
    list.split([' ', ',']).filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

/// `bind` of `passdb_ldap_bind`.
fn bare(key: &str) -> &str {
    let key = key.strip_prefix("passdb_").unwrap_or(key);
    let drivers = ["ldap_", "oauth2_", "static_", "sql_"];
    drivers.into_iter().find_map(|driver| key.strip_prefix(driver)).unwrap_or(key)
}

/// 2.4 quotes what has a space at an end or a letter that it would read otherwise; in files everybody may.
fn unquoted(value: &str) -> &str {
    let inner = |quote| value.strip_prefix(quote).and_then(|rest: &str| rest.strip_suffix(quote));
    inner('"').or_else(|| inner('\'')).unwrap_or(value)
}

fn close(open: &mut Vec<Section>) {
    // A brace too many closes nothing.
    if open.len() < 2 {
        return;
    }
    if let (Some(done), Some(around)) = (open.pop(), open.last_mut()) {
        around.sections.push(done);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_are_read_with_what_is_in_them() {
        let read = Section::read(
            "# 2.3\na = 1 M\nservice anvil {\n  unix_listener anvil-auth-penalty {\n    mode = 00\n  }\n}\n\
             passdb lua {\n  lua_settings {\n    url = http://x=y\n  }\n  a = 2\n}\npassdb {\n}\n",
        );

        assert!(read.is("a", "1 M") && read.get("b").is_none());
        let listener =
            read.find("service", "anvil").flat_map(|of| of.find("unix_listener", "anvil-auth-penalty"));
        assert_eq!(listener.map(|of| of.get("mode")).collect::<Vec<_>>(), [Some("00")]);

        assert_eq!(read.find("passdb", "lua").next().unwrap().values(), ["2", "http://x=y"]);
        assert_eq!(read.sections.len(), 3);
    }

    #[test]
    fn settings_are_found_with_their_driver_and_without_and_lists_in_both_forms() {
        let read = Section::read(
            "a = \"b c\"\npassdb ldap {\n  passdb_ldap_bind = yes\n  ldap_uris = 'ldap://x'\n  fields {\n    user = u\n  }\n}\n\
             auth_mechanisms {\n  plain = yes\n  LOGIN = yes\n  ntlm = no\n}\nprotocols = imap, POP3\n",
        );

        let passdb = &read.sections[0];
        assert_eq!(read.get("a"), Some("b c"));
        assert_eq!((passdb.setting("bind"), passdb.setting("uris")), (Some("yes"), Some("ldap://x")));
        assert_eq!((passdb.setting("user"), passdb.setting("userdn")), (Some("u"), None));
        assert_eq!(read.own_list("auth_mechanisms").unwrap(), ["plain", "login"]);
        assert_eq!(read.own_list("protocols").unwrap(), ["imap", "pop3"]);
        assert_eq!(read.own_list("listen"), None);
        assert_eq!(read.list("userdn"), None);
    }

    #[test]
    fn braces_too_many_or_too_few_are_survived() {
        assert!(Section::read("}\n}\na = 1").is("a", "1"));
        assert_eq!(Section::read("passdb {\n a {\n b = 1").sections[0].sections[0].get("b"), Some("1"));
    }
}

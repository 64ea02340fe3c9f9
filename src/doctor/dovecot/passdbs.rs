//! Dovecot's sources of passwords, in the order in which they are tried.

use super::settings::Settings;
use super::text::{Section, words};

/// A source of passwords.
pub(super) struct Passdb<'a> {
    pub(super) section: &'a Section,
    pub(super) ours: bool,
    /// Everything that is configured.
    pub(super) whole: &'a Section,
    /// The file of 2.3 that it has its settings in, if it was looked at.
    file: Option<&'a Section>,
}

/// All passdbs of a configuration, in the order in which they are tried.
pub(super) struct Passdbs<'a>(Vec<Passdb<'a>>);

impl<'a> Passdbs<'a> {
    /// `files` are those that passdbs name, as far as they were looked at.
    pub(super) fn of(whole: &'a Section, files: &'a [(String, Section)], ours: &[String]) -> Self {
        let named =
            |value: &str| value.contains("clientpass") || ours.iter().any(|at| value.contains(at.as_str()));

        let passdb = |section: &'a Section| {
            let file = file_of(section).and_then(|path| files.iter().find(|(known, _)| known == path));
            let file = file.map(|(_, text)| text);
            let values = [Some(section), file].into_iter().flatten().flat_map(Section::values);
            let ours = values.chain([section.name.as_str()]).any(named);
            Passdb { section, ours, whole, file }
        };

        Self(sections(whole).into_iter().map(passdb).collect())
    }

    pub(super) fn any_is_ours(&self) -> bool {
        self.ours().next().is_some()
    }

    pub(super) fn ours(&self) -> impl Iterator<Item = &Passdb<'a>> {
        self.0.iter().filter(|passdb| passdb.ours)
    }

    pub(super) fn ours_are_scripts(&self) -> bool {
        self.ours().all(|passdb| passdb.driver() == "lua")
    }

    /// Whether one reads the system's own passwords.
    pub(super) fn any_needs_root(&self) -> bool {
        self.0.iter().any(|passdb| ["pam", "shadow", "passwd", "bsdauth"].contains(&passdb.driver()))
    }

    pub(super) fn all(&self) -> &[Passdb<'a>] {
        &self.0
    }
}

/// All passdbs, those for one protocol or network before the others, as they are tried.
pub(super) fn sections(whole: &Section) -> Vec<&Section> {
    let mut all = Vec::new();
    collect(whole, &mut all);
    all
}

fn collect<'a>(section: &'a Section, into: &mut Vec<&'a Section>) {
    for inner in
        section.sections.iter().filter(|inner| ["protocol", "remote", "local"].contains(&inner.kind.as_str()))
    {
        collect(inner, into);
    }
    into.extend(section.of_kind("passdb"));
}

/// `lua` of `driver = lua`, or of `passdb lua {`.
pub(super) fn driver_of(section: &Section) -> &str {
    // 2.4 names a passdb as it likes, and its driver beside, or both in one.
    let driver = section.get("driver").or_else(|| section.get("passdb_driver"));
    driver.unwrap_or(&section.name)
}

/// The file in which a passdb of 2.3 has its settings.
pub(super) fn file_of(section: &Section) -> Option<&str> {
    section.get("args").filter(|_| ["oauth2", "ldap", "sql"].contains(&driver_of(section)))
}

impl<'a> Passdb<'a> {
    pub(super) fn driver(&self) -> &'a str {
        driver_of(self.section)
    }

    /// Its settings; nothing where they stand in a file that was not looked at.
    pub(super) fn settings(&self) -> Option<Settings<'a>> {
        match (file_of(self.section), self.file) {
            (Some(_), Some(file)) => Some(Settings::of_file(file, self.driver())),
            (Some(_), None) => None,
            (None, _) => Some(Settings::of_section(self.section, self.driver(), self.whole)),
        }
    }

    pub(super) fn set(&self, key: &str) -> bool {
        self.section.setting(key) == Some("yes")
    }

    /// What it does after a result: `return-ok` and the like.
    pub(super) fn rule(&self, key: &str) -> &'a str {
        let default = if key == "result_success" { "return-ok" } else { "continue" };
        self.section.setting(key).unwrap_or(default)
    }

    /// Whether it is asked about what people type.
    pub(super) fn takes_passwords(&self) -> bool {
        let mechanisms = ["mechanisms", "mechanisms_filter"].into_iter();
        let asked: Vec<String> = mechanisms.filter_map(|key| self.section.list(key)).flatten().collect();
        asked.is_empty() || asked.iter().any(|name| ["plain", "login"].contains(&name.as_str()))
    }

    /// What it says of everybody that it knows: its fields, as names with what follows them.
    pub(super) fn fields(&self) -> Vec<String> {
        let lines = ["default_fields", "override_fields"].into_iter().filter_map(|key| self.section.get(key));
        let arguments = self.section.get("args").filter(|_| self.driver() == "static");
        let sections = self.section.of_kind("fields").chain(self.section.of_kind("passdb_fields"));
        lines.chain(arguments).flat_map(words).chain(sections.flat_map(Section::keys)).collect()
    }

    /// Whether its fields say that no password is compared. What is said after the look-up is too late where there is
    /// a password to compare.
    pub(super) fn takes_no_password(&self) -> bool {
        let before = words(self.section.get("default_fields").unwrap_or(""));
        let early = before.iter().any(|field| field == "nopassword" || field.starts_with("nopassword="));
        early || (self.driver() == "static" && self.has_field("nopassword"))
    }

    /// Whether a field is among them.
    pub(super) fn has_field(&self, name: &str) -> bool {
        self.fields().iter().any(|field| field == name || field.starts_with(&format!("{name}=")))
    }
}

//! Where the settings of a passdb stand: in its section, in the file that it names, or, of 2.4, beside all passdbs.

use super::addresses::takes_any_certificate;
use super::text::Section;

/// The settings of one passdb.
#[derive(Clone, Copy)]
pub(super) struct Settings<'a> {
    own: &'a Section,
    driver: &'a str,
    /// Everything, where settings may stand beside; nothing where they are those of a file.
    whole: Option<&'a Section>,
}

impl<'a> Settings<'a> {
    /// Those of a file that 2.3 reads beside its configuration.
    pub(super) fn of_file(file: &'a Section, driver: &'a str) -> Self {
        Self { own: file, driver, whole: None }
    }

    /// Those of a section.
    pub(super) fn of_section(section: &'a Section, driver: &'a str, whole: &'a Section) -> Self {
        Self { own: section, driver, whole: Some(whole) }
    }

    /// Whether they are those of a file: 2.3 has defaults of its own.
    pub(super) fn in_file(&self) -> bool {
        self.whole.is_none()
    }

    /// What a setting is set to.
    pub(super) fn get(&self, name: &str) -> Option<&'a str> {
        self.own.setting(name).or_else(|| self.beside(name))
    }

    /// Whether a setting is set to this.
    pub(super) fn is(&self, name: &str, value: &str) -> bool {
        self.get(name) == Some(value)
    }

    /// What is in a list; nothing where it is not set.
    pub(super) fn list(&self, name: &str) -> Vec<String> {
        let beside = || {
            let whole = self.whole?;
            let section = whole.of_kind(self.driver).find_map(|section| section.list(name));
            section.or_else(|| whole.own_list(&format!("{}_{name}", self.driver)))
        };
        self.own.list(name).or_else(beside).unwrap_or_default()
    }

    /// Whether servers may have any certificate, by settings of 2.4.
    pub(super) fn take_any_certificate(&self) -> bool {
        let own = ["ssl_client_require_valid_cert", "require_valid_cert"].map(|name| self.own.setting(name));
        own.contains(&Some("no")) || self.whole.is_some_and(takes_any_certificate)
    }

    fn beside(&self, name: &str) -> Option<&'a str> {
        let (whole, driver) = (self.whole?, self.driver);
        let section = whole.of_kind(driver).find_map(|section| section.setting(name));
        let named = [format!("{driver}_{name}"), format!("passdb_{driver}_{name}")];
        let named = || named.iter().find_map(|name| whole.get(name));
        // Those of the HTTP client are for everybody who has none of their own.
        let shared = || whole.get(name).filter(|_| name.starts_with("http_client_"));
        section.or_else(named).or_else(shared)
    }
}

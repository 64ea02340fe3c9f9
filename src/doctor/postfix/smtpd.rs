//! An smtpd of Postfix, with the settings that it goes by.

use super::text::{Service, Settings};
use crate::doctor::is_local;

/// Settings name settings, but not without end.
const DEPTH: usize = 6;

/// An smtpd, with the settings that it goes by.
pub(super) struct Smtpd<'a> {
    pub(super) service: &'a Service,
    pub(super) main: &'a Settings,
}

impl<'a> Smtpd<'a> {
    pub(super) fn of(service: &'a Service, main: &'a Settings) -> Self {
        Self { service, main }
    }

    /// What is set, as it is written.
    pub(super) fn get(&self, key: &str) -> &str {
        self.service.overrides.get(key).or_else(|| self.main.get(key)).map_or("", String::as_str)
    }

    /// What is set, with the values of the settings that it names. A name of which nothing is known stays.
    pub(super) fn value(&self, key: &str) -> String {
        self.expanded(self.get(key), DEPTH)
    }

    fn expanded(&self, text: &str, depth: usize) -> String {
        let mut parts = text.split('$');
        let mut whole = parts.next().unwrap_or("").to_owned();

        for part in parts {
            let bare = part.trim_start_matches(['{', '(']);
            let end = bare.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(bare.len());
            let (name, rest) = bare.split_at_checked(end).unwrap_or((bare, ""));
            let set = self.service.overrides.get(name).or_else(|| self.main.get(name));
            // `${name?…}` says more than the value.
            let rest = if bare.len() < part.len() { rest.strip_prefix(['}', ')']) } else { Some(rest) };

            if let (Some(set), Some(rest)) = (set.filter(|_| depth > 0), rest) {
                whole.push_str(&self.expanded(set, depth - 1));
                whole.push_str(rest);
            } else {
                whole.push('$');
                whole.push_str(part);
            }
        }

        whole
    }

    /// The words of a list.
    pub(super) fn words(&self, key: &str) -> Vec<String> {
        let value = self.value(key).to_lowercase();
        let words = value.split(|c: char| c.is_whitespace() || c == ',').filter(|word| !word.is_empty());
        words.map(str::to_owned).collect()
    }

    pub(super) fn is(&self, key: &str, value: &str) -> bool {
        self.value(key).eq_ignore_ascii_case(value)
    }

    /// Whether it is set, be it to nothing.
    pub(super) fn sets(&self, key: &str) -> bool {
        [&self.service.overrides, self.main].iter().any(|of| of.contains_key(key))
    }

    /// Whether it goes by defaults older than those of Postfix 3.0: those hold for who says that he knows.
    pub(super) fn is_of_postfix_2(&self) -> bool {
        self.main.get("compatibility_level").is_none_or(|level| level.starts_with('0'))
    }

    /// Where a line that concerns it stands.
    pub(super) fn place(&self) -> String {
        match self.service.name.as_str() {
            "" => "main.cf".into(),
            name => format!("smtpd {name}"),
        }
    }

    /// Whether only this machine reaches it.
    pub(super) fn is_inner(&self) -> bool {
        let interfaces = self.words("inet_interfaces");
        let loopback = |name: &String| name == "loopback-only" || is_local(name);
        let own = self.service.name.contains(':');
        own && is_local(&self.service.name)
            || !own && !interfaces.is_empty() && interfaces.iter().all(loopback)
    }
}

#[cfg(test)]
mod tests {
    use super::super::text::{services, settings};
    use super::*;

    #[test]
    fn settings_that_a_value_names_stand_in_their_place() {
        let main = settings(
            "level_1 = reject\nown = main\nlist = permit, $level_1\nround = a $round\nempty =\n\
             deep = ${list} $(own)\n",
        );
        let service = &services("smtp inet n - n - - smtpd -o own=override\n")[0];
        let smtpd = Smtpd::of(service, &main);
        let expanded = |text: &str| smtpd.expanded(text, DEPTH);

        for (text, expected) in [
            ("plain", "plain"),
            ("$own", "override"),
            ("a $level_1, b", "a reject, b"),
            ("${level_1}s$(own)s", "rejectsoverrides"),
            ("$list", "permit, reject"),
            ("$deep", "permit, reject override"),
            ("x$empty-", "x-"),
            ("$nobody knows ${it}", "$nobody knows ${it}"),
            // It says more than the value.
            ("${own?yes}", "${own?yes}"),
            ("$", "$"),
        ] {
            assert_eq!(expanded(text), expected, "{text}");
        }
        assert!(expanded("$round").starts_with("a a a") && expanded("$round").ends_with("$round"));
        assert_eq!(smtpd.words("deep"), ["permit", "reject", "override"]);
    }
}

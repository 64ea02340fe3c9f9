//! What the files of saslauthd say: `saslauthd.conf`, and the shell's variables by which Debian starts it.

use std::collections::BTreeMap;

/// Settings by name, in small letters; what stands first counts.
pub(super) struct Settings(BTreeMap<String, String>);

impl Settings {
    /// Reads `saslauthd.conf`: `name: value`.
    pub(super) fn read(text: &str) -> Self {
        let mut settings = BTreeMap::new();
        for line in text.lines().map(str::trim).filter(|line| !line.starts_with('#')) {
            if let Some((name, value)) = line.split_once(':') {
                settings.entry(name.trim().to_ascii_lowercase()).or_insert_with(|| value.trim().to_owned());
            }
        }
        Self(settings)
    }

    /// What is set, or nothing.
    pub(super) fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    /// Whether it is set to `yes`, `true`, `on` or `1`; saslauthd looks at the first letters.
    pub(super) fn is_on(&self, name: &str) -> bool {
        let value = self.get(name).to_ascii_lowercase();
        value.starts_with(['1', 'y', 't']) || value.starts_with("on")
    }
}

/// What Debian starts it with where nothing is set.
const OPTIONS: &str = "-c -m /var/run/saslauthd";

/// How saslauthd is started.
pub(super) struct Start {
    /// Whether it is.
    pub(super) is_wanted: bool,
    /// What it asks, where that is said.
    pub(super) mechanisms: Option<Vec<String>>,
    /// The letters of its options that take nothing.
    pub(super) flags: String,
}

impl Start {
    /// Reads `/etc/default/saslauthd`: variables of the shell, of which the last counts.
    pub(super) fn read(text: &str) -> Self {
        let value = |name: &str| {
            let mut set = text.lines().filter_map(|line| line.trim().strip_prefix(name)?.strip_prefix('='));
            let set = set.next_back()?;
            let inside =
                ['"', '\''].into_iter().find_map(|quote| set.strip_prefix(quote)?.split(quote).next());
            Some(inside.unwrap_or_else(|| set.split(['#', ' ', '\t']).next().unwrap_or(set)))
        };
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect();
        Self {
            is_wanted: value("START").is_none_or(|start| start == "yes"),
            mechanisms: value("MECHANISMS").map(words),
            flags: flags(value("OPTIONS").filter(|set| !set.is_empty()).unwrap_or(OPTIONS)),
        }
    }
}

/// The letters without what they take: `cr` of `-cr -m /run/saslauthd -n5`.
fn flags(options: &str) -> String {
    let mut flags = String::new();
    let mut words = options.split_whitespace();
    while let Some(word) = words.next() {
        let letters = word.strip_prefix('-').unwrap_or("");
        // Those take something, which is the rest of the word, or the next one.
        let (alone, takes) = match letters.find(['a', 'h', 'm', 'n', 'O', 's', 't']) {
            Some(at) => (&letters[..at], letters.len() == at + 1),
            None => (letters, false),
        };
        flags.push_str(alone);
        if takes {
            words.next();
        }
    }
    flags
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_read_as_saslauthd_reads_them() {
        let settings =
            Settings::read("# a: 1\nLDAP_Servers: ldap://a ldap://b \nx:\n x: 2\nldap_start_tls: On\n");
        assert_eq!(settings.get("ldap_servers"), "ldap://a ldap://b");
        assert_eq!((settings.get("a"), settings.get("x")), ("", ""));
        assert!(settings.is_on("ldap_start_tls") && !settings.is_on("x"));
        for (value, on) in
            [("yes", true), ("1", true), ("true", true), ("off", false), ("no", false), ("0", false)]
        {
            assert_eq!(Settings::read(&format!("a: {value}")).is_on("a"), on, "{value}");
        }
    }

    #[test]
    fn options_are_those_of_the_last_line_without_what_they_take() {
        for (options, expected) in [
            ("\"-c -m /var/run/saslauthd\"", "c"),
            ("\"-r -m /var/run/saslauthd\"", "r"),
            ("'-cr -n5'", "cr"),
            ("-rn 5 -c", "r"),
            ("\"-m /run/c -n 5 -rc\"", "rc"),
            ("-rmc", "r"),
            ("\"-m /run\"", ""),
            ("\"\"", "c"),
        ] {
            let start = Start::read(&format!("OPTIONS=\"-c\"\n# OPTIONS=\"-r\"\nOPTIONS={options}\n"));
            assert_eq!(start.flags, expected, "{options}");
        }

        let start = Start::read("MECHANISMS=\"ldap pam\"  # two\nOPTIONSX=-c\n");
        assert_eq!(start.mechanisms, Some(vec!["ldap".into(), "pam".into()]));
        assert_eq!(start.flags, "c");
        for (text, wanted) in
            [("", true), ("START=yes", true), ("START=no", false), ("START=yes\nSTART=no\n", false)]
        {
            assert_eq!(Start::read(text).is_wanted, wanted, "{text}");
        }
    }
}

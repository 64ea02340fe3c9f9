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
                inner.settings.push((key.trim().into(), value.trim().into()));
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

    /// Whether a setting whose name ends so is set to this, in it or below.
    pub(super) fn has(&self, ending: &str, value: &str) -> bool {
        let own = self.settings.iter().any(|(key, set)| key.ends_with(ending) && set == value);
        own || self.sections.iter().any(|section| section.has(ending, value))
    }

    /// Whether there is a setting whose name ends so, in it or below.
    pub(super) fn has_key(&self, ending: &str) -> bool {
        let own = self.settings.iter().any(|(key, _)| key.ends_with(ending));
        own || self.sections.iter().any(|section| section.has_key(ending))
    }

    /// Every value in it and below.
    pub(super) fn values(&self) -> Vec<&str> {
        let own = self.settings.iter().map(|(_, value)| value.as_str());
        own.chain(self.sections.iter().flat_map(Self::values)).collect()
    }
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
    fn braces_too_many_or_too_few_are_survived() {
        assert!(Section::read("}\n}\na = 1").is("a", "1"));
        assert_eq!(Section::read("passdb {\n a {\n b = 1").sections[0].sections[0].get("b"), Some("1"));
    }
}

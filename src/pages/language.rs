//! The languages of the pages, and which of them a visitor reads: by cookie, else by `Accept-Language` (RFC 9110).

/// A language that every page is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// English, which is also for whoever reads neither.
    English,
    /// Chinese in simplified characters.
    Chinese,
}

impl Language {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::English, Self::Chinese];

    /// Its tag (BCP 47), as a page says it.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Chinese => "zh-Hans",
        }
    }

    /// Its own name for itself.
    pub const fn name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::Chinese => "中文",
        }
    }

    /// From its tag.
    pub fn parse(tag: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.tag() == tag)
    }

    /// The one that a header asks for most.
    pub fn accepted(header: &str) -> Self {
        let wanted = header.split(',').filter_map(|one| {
            let (tag, weight) = one.split_once(";q=").unwrap_or((one, "1"));
            let weight: f32 = weight.trim().parse().unwrap_or(0.0);
            let primary = tag.trim().split('-').next().unwrap_or("").to_ascii_lowercase();

            let language = match primary.as_str() {
                "en" => Self::English,
                "zh" => Self::Chinese,
                _ => return None,
            };
            (weight > 0.0).then_some((language, weight))
        });

        // Of two that are wanted alike the first.
        let best = wanted.fold(None, |best: Option<(Self, f32)>, one| match best {
            Some(held) if held.1 >= one.1 => best,
            _ => Some(one),
        });
        best.map_or(Self::English, |(language, _)| language)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_wanted_most_is_spoken_and_english_to_everybody_else() {
        for (header, language) in [
            ("zh-CN,zh;q=0.9,en;q=0.8", Language::Chinese),
            ("zh-Hant-TW", Language::Chinese),
            ("en-GB, zh;q=0.9", Language::English),
            ("de, zh;q=0.5, en;q=0.7", Language::English),
            ("de,fr;q=0.3", Language::English),
            ("zh;q=0, de", Language::English),
            ("", Language::English),
            (";q=,,zh;q=x", Language::English),
        ] {
            assert_eq!(Language::accepted(header), language, "{header}");
        }
    }

    #[test]
    fn a_tag_is_that_of_its_language() {
        for language in Language::ALL {
            assert_eq!(Language::parse(language.tag()), Some(language));
        }
        assert_eq!(Language::parse("tlh"), None);
    }
}

//! What all pages share in a process.

use super::assets::Assets;
use super::brand::Brand;
use super::language::Language;
use super::texts::{Texts, Words};

/// What all pages share in a process.
#[derive(Clone)]
pub struct Site {
    /// The style sheet, the script and the logo.
    pub assets: Assets,
    /// What the pages look like.
    pub brand: Brand,
    /// Where browsers reach the pages: an origin, without a slash at its end. Without it there are no pages.
    pub public_url: Option<String>,
    texts: Texts,
}

impl Site {
    /// The pages of this look, at this origin.
    pub fn new(brand: Brand, public_url: Option<String>) -> Result<Self, String> {
        Ok(Self { assets: Assets::of(&brand), brand, public_url, texts: Texts::load()? })
    }

    /// The words of a language.
    pub fn words(&self, language: Language) -> Words {
        self.texts.of(language)
    }

    /// Whether browsers come by TLS.
    pub fn is_secure(&self) -> bool {
        self.public_url.as_deref().is_some_and(|url| url.starts_with("https:"))
    }
}

//! What all pages share in a process.

use super::assets::Assets;
use super::brand::Brand;
use super::language::Language;
use super::texts::{Texts, Words};
use crate::domain::passkey::RelyingParty;

/// What all pages share in a process.
#[derive(Clone)]
pub struct Site {
    /// The style sheet, the script and the logo.
    pub assets: Assets,
    /// What the pages look like.
    pub brand: Brand,
    /// Where browsers reach the pages: an origin, without a slash at its end. Without it there are no pages.
    pub public_url: Option<String>,
    /// What passkeys are made for; none where there are no pages, or their host is an address.
    pub relying_party: Option<RelyingParty>,
    texts: Texts,
}

impl Site {
    /// The pages of this look, at this origin.
    pub fn new(brand: Brand, public_url: Option<String>) -> Result<Self, String> {
        let relying_party = public_url.as_deref().and_then(RelyingParty::at);
        Ok(Self { assets: Assets::of(&brand), brand, public_url, relying_party, texts: Texts::load()? })
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

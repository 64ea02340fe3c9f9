//! The style sheet, the script and the sign of the pages. Their addresses change with what is in them, so a browser may
//! keep them for ever.

use actix_web::web::Bytes;

use super::brand::{Brand, Colour};

pub mod serve;

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");
const SIGN: &str = include_str!("sign.svg");

/// What the pages are written on, by day and by night; the style sheet has the same.
const DAY: Colour = Colour::WHITE;
const NIGHT: Colour = Colour::NIGHT;

/// The assets of a process.
#[derive(Clone, Debug)]
pub struct Assets {
    version: String,
    style: Bytes,
    logo: Bytes,
    logo_type: &'static str,
}

impl Assets {
    /// The assets of pages that look like this.
    pub fn of(brand: &Brand) -> Self {
        let colours = format!(
            ":root{{--accent:{};--on-accent:{};--accent-day:{};--accent-night:{}}}\n",
            brand.accent.css(),
            brand.accent.text(),
            brand.accent.readable_on(DAY).css(),
            brand.accent.readable_on(NIGHT).css(),
        );
        let style = Bytes::from(format!("{colours}{STYLE}"));
        let (logo, logo_type) = match &brand.logo {
            Some(logo) => (Bytes::from(logo.bytes.clone()), logo.media_type),
            None => (Bytes::from_static(SIGN.as_bytes()), "image/svg+xml"),
        };

        let mut hash = crc32fast::Hasher::new();
        for part in [&style[..], SCRIPT.as_bytes(), &logo[..]] {
            hash.update(part);
        }
        Self { version: format!("{:08x}", hash.finalize()), style, logo, logo_type }
    }

    /// The address of one.
    pub fn address(&self, name: &str) -> String {
        format!("/assets/{}/{name}", self.version)
    }

    /// What has this name, with its media type.
    fn find(&self, name: &str) -> Option<(Bytes, &'static str)> {
        match name {
            "style.css" => Some((self.style.clone(), "text/css; charset=utf-8")),
            "script.js" => Some((Bytes::from_static(SCRIPT.as_bytes()), "text/javascript; charset=utf-8")),
            "logo" => Some((self.logo.clone(), self.logo_type)),
            _ => None,
        }
    }
}

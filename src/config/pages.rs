//! `[pages]`: what the pages look like.

use std::path::PathBuf;

use serde::Deserialize;

/// What the pages look like.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Pages {
    /// What the service is called there; `clientpass` if absent.
    pub name: Option<String>,
    /// A picture that stands before the name: an SVG or PNG file of at most 64 KiB.
    pub logo: Option<PathBuf>,
    /// The colour of buttons and links, as `#1d5fbf`.
    pub accent: Option<String>,
}

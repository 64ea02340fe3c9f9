//! What the pages share: how an operator wants them, and where browsers find them.

use std::fs;
use std::path::Path;

use super::error::StartError;
use crate::config::pages::Pages;
use crate::domain::passkey::RelyingParty;
use crate::http::public_url::PublicUrl;
use crate::pages::Site;
use crate::pages::brand::{Brand, Colour, Logo};
use crate::service::Services;

/// Largest logo, in bytes.
const MAX_LOGO: usize = 65_536;

/// The site with this look.
pub(super) fn site(brand: Brand, public_url: &PublicUrl) -> Result<Site, StartError> {
    Site::new(brand, public_url.origin().map(str::to_owned)).map_err(StartError::Pages)
}

/// The look that is configured.
pub(super) fn brand(config: &Pages) -> Result<Brand, StartError> {
    let mut brand = Brand::default();
    if let Some(name) = &config.name {
        brand.name.clone_from(name);
    }
    if let Some(accent) = &config.accent {
        let wrong = || StartError::Pages(format!("[pages] accent: {accent:?} is no colour such as #1d5fbf"));
        brand.accent = Colour::parse(accent).ok_or_else(wrong)?;
    }
    brand.logo = config.logo.as_deref().map(logo).transpose()?;
    Ok(brand)
}

/// Warns if passkeys were made for another host than browsers reach now: they do not work there, and members find out
/// when they need them.
pub(super) async fn warn_of_passkeys(services: &Services, public_url: &PublicUrl) {
    let Some(of) = public_url.origin().and_then(RelyingParty::at) else { return };
    match services.passkeys.elsewhere(&of).await {
        Ok(Some(made_for)) => {
            tracing::warn!(
                event = "passkeys_of_another_host",
                made_for,
                host = of.id(),
                advice = "passkeys work only at the host they were made for: set server.public_url back, or let members make \
                          new ones",
            );
        }
        Ok(None) => {}
        Err(error) => tracing::warn!(event = "passkeys_not_looked_at", %error),
    }
}

fn logo(file: &Path) -> Result<Logo, StartError> {
    let wrong = |why: String| StartError::Pages(format!("[pages] logo: {}: {why}", file.display()));
    let media_type = match file.extension().and_then(|end| end.to_str()) {
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        _ => return Err(wrong("must end with .svg or .png".into())),
    };

    let bytes = fs::read(file).map_err(|why| wrong(why.to_string()))?;
    if bytes.len() > MAX_LOGO {
        return Err(wrong("must have at most 65536 bytes".into()));
    }
    Ok(Logo { bytes, media_type })
}

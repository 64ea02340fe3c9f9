//! Apple's devices in one step: on the page with a secret, the one-time link that sets mail up with it.

use super::kinds::Kind;
use crate::pages::qr::Qr;
use crate::pages::set_up::{BELOW, servers};
use crate::pages::submitted::Submitted;
use crate::service::Call;
use crate::service::client_passwords::Issued;

/// The link to what this call has just issued for a client of this kind, or of any kind if it came by rotating; none
/// where it would set nothing up.
pub async fn link(submitted: &Submitted, call: &Call, issued: &Issued, kind: Option<Kind>) -> Option<String> {
    if !matches!(kind, None | Some(Kind::Phone | Kind::Computer)) {
        return None;
    }
    let origin = submitted.site.public_url.as_deref()?;
    servers(&submitted.request, &submitted.member.login, issued.client_password.protocols)?;

    match submitted.services.client_setup_links.create(call, issued).await {
        Ok(link) => Some(format!("{origin}{BELOW}{}", link.token.expose())),
        // The client password is made, and must be shown all the same.
        Err(error) => {
            tracing::warn!(event = "setup_link_not_made", %error);
            None
        }
    }
}

/// The link, and how another device gets it.
pub struct Apple<'a> {
    /// The link.
    pub link: &'a str,
    /// The same to scan.
    pub qr: Option<Qr>,
}

impl<'a> Apple<'a> {
    /// This link.
    pub fn of(link: &'a str) -> Self {
        Self { link, qr: Qr::of(link) }
    }
}

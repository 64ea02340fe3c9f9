//! The certificates that the configuration names: for the API, and for signing profiles.

use std::sync::Arc;

use super::error::StartError;
use crate::config::Config;
use crate::mail_setup::profile_signature::ProfileSigner;
use crate::net::tls::{Certificates, Files, HalfNamed};

/// What is named for the API; nothing where nothing is.
pub fn certificates(config: &Config) -> Result<Option<Arc<Certificates>>, StartError> {
    let server = &config.server;
    let files = Files::named(server.tls_certificate.clone(), server.tls_key.clone());
    let files = files.map_err(|HalfNamed| StartError::HalfTls)?;
    Ok(files.map(Certificates::load).transpose()?.map(Arc::new))
}

/// What is named for signing profiles for Apple's devices; nothing where nothing is.
pub(super) fn profile_certificates(config: &Config) -> Result<Option<Arc<Certificates>>, StartError> {
    let mail = &config.mail;
    let files = Files::named(mail.profile_certificate.clone(), mail.profile_key.clone());
    let files =
        files.map_err(|HalfNamed| wrong(&"set profile_certificate and profile_key both, or neither"))?;
    Ok(files.map(Certificates::load).transpose().map_err(|why| wrong(&why))?.map(Arc::new))
}

/// What signs with them, as they are then.
pub(super) fn profile_signer(certificates: &Arc<Certificates>) -> Result<Arc<ProfileSigner>, StartError> {
    let current = Arc::clone(certificates);
    let signer = ProfileSigner::new(move || current.current());
    signer.map(Arc::new).map_err(|why| wrong(&format!("profile_certificate cannot be used: {why}")))
}

fn wrong(why: &dyn std::fmt::Display) -> StartError {
    StartError::ProfileCertificate(why.to_string())
}

//! The certificate that the configuration names for the API.

use std::sync::Arc;

use super::error::StartError;
use crate::config::Config;
use crate::net::tls::{Certificates, Files, HalfNamed};

/// What is named; nothing where nothing is.
pub fn certificates(config: &Config) -> Result<Option<Arc<Certificates>>, StartError> {
    let server = &config.server;
    let files = Files::named(server.tls_certificate.clone(), server.tls_key.clone());
    let files = files.map_err(|HalfNamed| StartError::HalfTls)?;
    Ok(files.map(Certificates::load).transpose()?.map(Arc::new))
}

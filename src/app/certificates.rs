//! The certificate that the configuration names for the API.

use std::sync::Arc;

use super::error::StartError;
use crate::config::Config;
use crate::net::tls::{Certificates, Files};

/// What is named; nothing where nothing is.
pub fn certificates(config: &Config) -> Result<Option<Arc<Certificates>>, StartError> {
    match (config.server.tls_certificate.clone(), config.server.tls_key.clone()) {
        (None, None) => Ok(None),
        (Some(certificate), Some(key)) => Ok(Some(Arc::new(Certificates::load(Files { certificate, key })?))),
        _ => Err(StartError::HalfTls),
    }
}

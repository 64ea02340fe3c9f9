//! TLS to the database: rustls on ring, certificates always checked.

use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use tokio_postgres_rustls_improved::MakeRustlsConnect;

use crate::store::engine::EngineError;

/// A connector that trusts these authorities, or the system's.
pub(super) fn connector(authorities: Option<&Path>) -> Result<MakeRustlsConnect, EngineError> {
    let failed = |why: String| EngineError::Unavailable(format!("TLS to the database: {why}"));
    let mut roots = RootCertStore::empty();

    match authorities {
        Some(file) => {
            let shown = file.display();
            let found = CertificateDer::pem_file_iter(file).and_then(Iterator::collect::<Result<Vec<_>, _>>);
            let found = found.map_err(|error| failed(format!("{shown}: {error}")))?;
            if roots.add_parsable_certificates(found).0 == 0 {
                return Err(failed(format!("{shown} holds no certificate")));
            }
        }
        None => {
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
    }

    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| failed(error.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}

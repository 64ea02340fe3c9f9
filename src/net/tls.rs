//! TLS: certificate and key from PEM files, which can be read anew while connections go on.
//!
//! A handshake takes what was read last; a connection that is there keeps what it began with. Files that cannot
//! be used change nothing.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::{fmt, fs};

use rustls::ServerConfig;
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

/// Why there is no TLS.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read.
    #[error("{0}: {1}")]
    Unreadable(String, std::io::Error),
    /// A file holds something else.
    #[error("{0} holds no {1} in PEM")]
    Wrong(String, &'static str),
    /// Others may read the key.
    #[error("{0} can be read by others: chmod 600 it")]
    Exposed(String),
    /// Certificate and key cannot be used, or not together.
    #[error(
        "{certificate} and {key} cannot be used together: {why}; name a certificate chain and its own key"
    )]
    Unusable {
        /// The file of the certificate.
        certificate: String,
        /// The file of the key.
        key: String,
        /// The reason as rustls gives it.
        why: rustls::Error,
    },
}

/// Where certificate and key are.
#[derive(Clone, Debug)]
pub struct Files {
    /// The chain, its own certificate first.
    pub certificate: PathBuf,
    /// The key, which only its owner may read.
    pub key: PathBuf,
}

/// Of certificate and key only one is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HalfNamed;

impl Files {
    /// Those that are named, if both are; none if neither is.
    pub fn named(certificate: Option<PathBuf>, key: Option<PathBuf>) -> Result<Option<Self>, HalfNamed> {
        match (certificate, key) {
            (None, None) => Ok(None),
            (Some(certificate), Some(key)) => Ok(Some(Self { certificate, key })),
            _ => Err(HalfNamed),
        }
    }
}

/// The certificate that handshakes get.
pub struct Certificates {
    files: Files,
    current: RwLock<Arc<CertifiedKey>>,
}

impl Certificates {
    /// Reads the files.
    pub fn load(files: Files) -> Result<Self, TlsError> {
        let current = RwLock::new(Arc::new(read(&files)?));
        Ok(Self { files, current })
    }

    /// Reads the files anew, for the next handshake. What was read before stays if they cannot be used.
    pub fn reload(&self) -> Result<(), TlsError> {
        let read = Arc::new(read(&self.files)?);
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = read;
        Ok(())
    }

    /// What was read last.
    pub fn current(&self) -> Arc<CertifiedKey> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// What a server needs to speak TLS 1.2 and 1.3.
    pub fn server(self: &Arc<Self>) -> Result<ServerConfig, rustls::Error> {
        let server = ServerConfig::builder_with_provider(provider()).with_safe_default_protocol_versions()?;
        Ok(server.with_no_client_auth().with_cert_resolver(Arc::clone(self) as Arc<dyn ResolvesServerCert>))
    }
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.current())
    }
}

impl fmt::Debug for Certificates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Certificates")
    }
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

fn read(files: &Files) -> Result<CertifiedKey, TlsError> {
    let certificates = CertificateDer::pem_file_iter(&files.certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|why| explain(&files.certificate, "certificate", why))?;
    if certificates.is_empty() {
        return Err(TlsError::Wrong(shown(&files.certificate), "certificate"));
    }

    let status = fs::metadata(&files.key).map_err(|why| TlsError::Unreadable(shown(&files.key), why))?;
    if status.permissions().mode() & 0o077 != 0 {
        return Err(TlsError::Exposed(shown(&files.key)));
    }

    let key = PrivateKeyDer::from_pem_file(&files.key).map_err(|why| explain(&files.key, "key", why))?;
    CertifiedKey::from_der(certificates, key, &provider()).map_err(|why| {
        let (certificate, key) = (shown(&files.certificate), shown(&files.key));
        TlsError::Unusable { certificate, key, why }
    })
}

fn explain(path: &Path, wanted: &'static str, why: pem::Error) -> TlsError {
    match why {
        pem::Error::Io(why) => TlsError::Unreadable(shown(path), why),
        _ => TlsError::Wrong(shown(path), wanted),
    }
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

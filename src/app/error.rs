//! Why the service does not start.

use std::io;
use std::net::SocketAddr;

use crate::entropy::NoEntropy;
use crate::keyring::KeyringError;
use crate::net::listener::SocketError;
use crate::net::tls::TlsError;
use crate::service::Error;
use crate::store::engine::EngineError;

/// Why the service does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The pages cannot be made as they are wanted.
    #[error("{0}")]
    Pages(String),
    /// The folder of the data cannot be used.
    #[error(
        "the data directory {0}: {1}; clientpass must own and write it: give it the folder, or name another with \
             --data-dir"
    )]
    Folder(String, io::Error),
    /// The password of the database cannot be read.
    #[error("[storage] database_password_file: {0}")]
    DatabasePassword(String),
    /// Another process has the data directory.
    #[error("the data directory {0} is in use by another clientpass; stop that one first")]
    InUse(String),
    /// The data are there and their keyring is not, or the other way round.
    #[error("{0} is missing although {1} is there; put it back, or begin with an empty data directory")]
    Half(String, String),
    /// The keyring cannot be used.
    #[error("the keyring: {0}")]
    Keyring(#[from] KeyringError),
    /// The database cannot be used.
    #[error("{0}")]
    Database(#[from] EngineError),
    /// The service cannot begin.
    #[error("{0}")]
    Services(String),
    /// The address cannot be listened on.
    #[error("cannot listen on {0}: {1}")]
    Listen(SocketAddr, io::Error),
    /// The control socket cannot be listened on.
    #[error("the control socket {0}: {1}; a data directory with a shorter path may help")]
    Control(String, io::Error),
    /// The address can be reached from elsewhere and there is no TLS.
    #[error(
        "{0} can be reached from other machines and there is no TLS: set server.tls_certificate and \
             server.tls_key, or listen on a loopback address behind a proxy that has it, or set \
             server.allow_remote_without_tls = true"
    )]
    Exposed(SocketAddr),
    /// Of certificate and key only one is named.
    #[error(
        "TLS needs a certificate and a key: set server.tls_certificate and server.tls_key both, or neither"
    )]
    HalfTls,
    /// A target of `on_end` cannot be notified as it is configured.
    #[error("on_end: {0} {1}")]
    OnEnd(String, String),
    /// The proxy cannot be used.
    #[error("[net] {0}")]
    Proxy(String),
    /// The certificate that profiles are signed with cannot be used.
    #[error("[mail] {0}")]
    ProfileCertificate(String),
    /// Certificate or key cannot be used.
    #[error("TLS: {0}")]
    Tls(#[from] TlsError),
    /// A door cannot be opened.
    #[error("[doors.{0}] {1}")]
    Door(&'static str, SocketError),
    /// The address of the metrics cannot be used.
    #[error("[metrics] {0}")]
    Metrics(SocketError),
    /// A setting of a door cannot be used.
    #[error("[doors.{0}] {1}")]
    DoorSetting(&'static str, String),
}

impl From<Error> for StartError {
    fn from(error: Error) -> Self {
        Self::Services(error.to_string())
    }
}

impl From<NoEntropy> for StartError {
    fn from(error: NoEntropy) -> Self {
        Self::Services(error.to_string())
    }
}

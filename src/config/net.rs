//! `[net]`: how programs and mail servers are reached that clientpass sends requests to.

use std::path::PathBuf;

use serde::Deserialize;

use crate::domain::secret::Secret;

/// `[net]`: how outgoing requests leave this machine.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Net {
    /// The proxy that requests go through, `http://host:port` or `http://user:password@host:port`; no proxy if absent,
    /// whatever the environment says. This machine is always reached without it.
    pub proxy: Option<Secret>,
    /// A file that holds it.
    pub proxy_file: Option<PathBuf>,
    /// Hosts, domains (with all below them) and networks that are reached without it.
    pub no_proxy: Vec<String>,
}

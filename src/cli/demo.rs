//! `clientpass demo`.
use crate::config::Config;
use std::net::SocketAddr;
/// Options of the demo.
#[derive(Debug, clap::Args)]
pub struct Options {}
/// Runs it.
pub fn run(_: &Config, _: &Options, _: Option<SocketAddr>) -> Result<(), String> {
    Ok(())
}

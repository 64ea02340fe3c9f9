//! `clientpass dns-records`: what to write into DNS so that mail clients find mail by themselves.

use super::terminal::{print_json, say};
use crate::config::Config;
use crate::domain::organization::DomainName;
use crate::domain::origin::Origin;
use crate::mail_setup::dns_records::{dns_records, zone_file};

/// What `--help` shows.
pub const EXAMPLES: &str = "\
Examples:
  clientpass --config /etc/clientpass.toml dns-records example.org          lines for a zone file
  clientpass --config /etc/clientpass.toml dns-records example.org --json   the same for a program

The servers are those of [mail] in the configuration. It looks at nothing else, and changes nothing.";

/// Whose records are wanted.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// The mail domain
    domain: String,
    /// Print one line of JSON
    #[arg(long)]
    json: bool,
}

/// Prints the records of a domain.
pub fn run(config: &Config, options: &Options) -> Result<(), String> {
    let domain = DomainName::parse("domain", &options.domain)
        .map_err(|_| format!("{:?} is no domain: write one such as example.org", options.domain))?;
    let domain = domain.as_str();

    let settings = config.mail.settings();
    let servers = settings.of(domain).ok_or_else(|| {
        format!("the configuration says of no mail server for {domain}: set imap and smtp in [mail]")
    })?;

    let origin = config.server.public_url.as_ref().map(Origin::as_str);
    let records = dns_records(domain, servers, origin);
    if options.json {
        return print_json(&serde_json::json!({"domain": domain, "records": records}));
    }

    say(zone_file(&records).trim_end());
    Ok(())
}

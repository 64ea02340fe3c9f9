//! Where a request goes: the servers behind a name or a variable, each written in one way.

use std::net::IpAddr;

use super::text::{Directive, authority, named};
use super::variables::{made_of, names};
use crate::doctor::is_local;

/// The addresses that a request goes to; the name itself where nothing more is known of it.
pub(super) fn reached(http: &Directive, url: &str) -> Vec<String> {
    // A whole address in a variable.
    if let ("$", Some(name)) = (url.get(..1).unwrap_or(""), names(url).first()) {
        let known: Vec<String> = made_of(http, name).iter().map(|value| one(value)).collect();
        return if known.is_empty() { vec![url.to_owned()] } else { known };
    }

    let address = target(url);
    let upstream = named(&http.inside, "upstream").find(|upstream| upstream.argument() == address);
    match upstream {
        Some(upstream) => named(&upstream.inside, "server").map(|server| one(server.argument())).collect(),
        None => vec![one(url)],
    }
}

/// The address of a URL, always with a port.
pub(super) fn one(url: &str) -> String {
    let address = target(url);
    if address.starts_with("unix:") {
        return address.to_owned();
    }

    let default = if url.starts_with("https:") { "443" } else { "80" };
    let (host, port) = match address.rsplit_once(':') {
        Some((host, port)) if !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()) => (host, port),
        _ => (address, default),
    };
    let host = if host == "localhost" { "127.0.0.1" } else { host };
    format!("{host}:{port}")
}

/// `127.0.0.1:80` of `http://127.0.0.1:80/path`, `unix:/path` of `http://unix:/path:/uri`.
fn target(url: &str) -> &str {
    let rest = authority(url);
    match rest.strip_prefix("unix:").and_then(|path| path.find(':')) {
        Some(end) => rest.get(..end + "unix:".len()).unwrap_or(rest),
        None => rest.split('$').next().unwrap_or(rest),
    }
}

/// Whether an address of `reached` is one at which clientpass listens.
pub(super) fn is_one_of(asked: &str, ours: &[String]) -> bool {
    ours.iter().any(|listen| {
        let listen = one(listen);
        let (Some((host, port)), Some((asked_host, asked_port))) = (split(&listen), split(asked)) else {
            return listen == asked;
        };
        let everywhere = host.parse::<IpAddr>().is_ok_and(|ip| ip.is_unspecified());
        port == asked_port && (everywhere || host == asked_host || is_local(host) && is_local(asked_host))
    })
}

/// Host and port, unless it is a socket.
fn split(address: &str) -> Option<(&str, &str)> {
    let (host, port) = address.rsplit_once(':').filter(|(host, _)| *host != "unix")?;
    Some((host.trim_start_matches('[').trim_end_matches(']'), port))
}

/// The host of an address of `reached`; empty of a socket.
pub(super) fn host(address: &str) -> &str {
    split(address).map_or("", |(host, _)| host)
}

/// The port of an address of `reached`; empty of a socket.
pub(super) fn port(address: &str) -> &str {
    split(address).map_or("", |(_, port)| port)
}

#[cfg(test)]
mod tests {
    use super::super::text::read;
    use super::*;

    #[test]
    fn a_request_goes_to_what_is_behind_names_and_variables() {
        let http = &read(
            "http { upstream app { server 127.0.0.1:5232 max_fails=0; server unix:/run/app; } \
             server { set $there http://192.0.2.7:81/x; } }",
        )[0];

        for (url, expected) in [
            ("http://app/", vec!["127.0.0.1:5232", "unix:/run/app"]),
            ("app", vec!["127.0.0.1:5232", "unix:/run/app"]),
            ("$there", vec!["192.0.2.7:81"]),
            ("$nowhere", vec!["$nowhere"]),
            ("http://localhost", vec!["127.0.0.1:80"]),
            ("https://a.example", vec!["a.example:443"]),
            ("http://127.0.0.1:8604$request_uri", vec!["127.0.0.1:8604"]),
            ("http://[::1]:8604/", vec!["[::1]:8604"]),
            ("http://[::1]/", vec!["[::1]:80"]),
            ("http://unix:/run/x:/uri", vec!["unix:/run/x"]),
        ] {
            assert_eq!(reached(http, url), expected, "{url}");
        }
    }

    #[test]
    fn an_address_is_ours_however_it_is_written() {
        for (ours, asked, expected) in [
            ("127.0.0.1:8604", "127.0.0.1:8604", true),
            ("0.0.0.0:8604", "127.0.0.1:8604", true),
            ("[::]:8604", "192.0.2.1:8604", true),
            ("[::1]:8604", "127.0.0.1:8604", true),
            ("127.0.0.1:8604", "127.0.0.1:8605", false),
            ("192.0.2.1:8604", "192.0.2.1:8604", true),
            ("192.0.2.1:8604", "192.0.2.2:8604", false),
            ("192.0.2.1:8604", "127.0.0.1:8604", false),
            ("127.0.0.1:8604", "192.0.2.1:8604", false),
            ("unix:/run/a", "unix:/run/a", true),
            ("unix:/run/a", "unix:/run/b", false),
        ] {
            assert_eq!(is_one_of(asked, &[ours.into()]), expected, "{ours} {asked}");
        }
    }
}

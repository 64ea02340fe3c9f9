//! The address by which browsers reach the service, for links that people are sent.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use crate::domain::origin::Origin;

/// The origin by which browsers reach the service, without a slash at its end; `None` where nobody has said it.
#[derive(Clone, Debug)]
pub struct PublicUrl(Option<String>);

impl PublicUrl {
    /// The one that is configured. Else a service that listens on this machine alone is at `localhost`, which a browser
    /// trusts as it does TLS.
    pub fn new(configured: Option<&Origin>, listens_on: SocketAddr, over_tls: bool) -> Self {
        // Of the loopback addresses `localhost` means these two.
        let is_localhost =
            [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)].contains(&listens_on.ip());
        let scheme = if over_tls { "https" } else { "http" };
        let local = || is_localhost.then(|| format!("{scheme}://localhost:{}", listens_on.port()));

        Self(configured.map(|origin| origin.as_str().to_owned()).or_else(local))
    }

    /// The origin itself.
    pub fn origin(&self) -> Option<&str> {
        self.0.as_deref()
    }

    /// The address of a path, which begins with a slash.
    pub fn link(&self, path: &str) -> Option<String> {
        self.0.as_ref().map(|origin| format!("{origin}{path}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_listens_on_this_machine_alone_is_at_localhost() {
        let link = |listens_on: &str, over_tls| {
            PublicUrl::new(None, listens_on.parse().unwrap(), over_tls).link("/invitation")
        };
        assert_eq!(link("127.0.0.1:8600", false).as_deref(), Some("http://localhost:8600/invitation"));
        assert_eq!(link("[::1]:8601", true).as_deref(), Some("https://localhost:8601/invitation"));
        for elsewhere in ["127.0.0.2:8600", "0.0.0.0:8600", "[::]:8600", "192.0.2.7:443"] {
            assert_eq!(link(elsewhere, true), None, "{elsewhere}");
        }
    }

    #[test]
    fn what_is_configured_holds_wherever_it_listens() {
        let origin = Origin::try_from("https://mail.example.org/".to_owned()).unwrap();
        for listens_on in ["127.0.0.1:8600", "0.0.0.0:8600"] {
            let url = PublicUrl::new(Some(&origin), listens_on.parse().unwrap(), false);
            assert_eq!(url.link("/setup").as_deref(), Some("https://mail.example.org/setup"));
        }
    }
}

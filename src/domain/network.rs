//! Networks from which a client may come: a list of CIDR blocks; empty means any.

use std::net::{IpAddr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net};

use crate::domain::field::{Fault, FieldError};

const MAX_NETWORKS: usize = 64;

/// A list of networks. Empty means every address, and no address at all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Networks(Vec<IpNet>);

impl Networks {
    /// Any address.
    pub const ANY: Self = Self(Vec::new());

    /// Reads CIDR blocks, or single addresses; host bits are cleared.
    pub fn parse<S: AsRef<str>>(field: &'static str, blocks: &[S]) -> Result<Self, FieldError> {
        if blocks.len() > MAX_NETWORKS {
            return Err(FieldError::new(field, Fault::TooLong, "takes at most 64 networks"));
        }
        let parsed: Option<Vec<IpNet>> = blocks.iter().map(|block| parse_block(block.as_ref())).collect();
        let unique = |mut blocks: Vec<IpNet>| {
            let mut seen = std::collections::HashSet::new();
            blocks.retain(|block| seen.insert(*block));
            Self(blocks)
        };
        parsed.map(unique).ok_or_else(|| {
            FieldError::new(
                field,
                Fault::Malformed,
                "takes CIDR blocks such as 192.0.2.0/24 or 2001:db8::/48",
            )
        })
    }

    /// From what [`Networks::to_text`] wrote; `None` if it did not.
    pub fn from_text(text: &str) -> Option<Self> {
        let blocks = text.split(',').filter(|block| !block.is_empty());
        blocks.map(|block| block.parse().ok()).collect::<Option<Vec<_>>>().map(Self)
    }

    /// The blocks with commas between.
    pub fn to_text(&self) -> String {
        self.blocks().join(",")
    }

    /// The blocks, one by one.
    pub fn blocks(&self) -> Vec<String> {
        self.0.iter().map(ToString::to_string).collect()
    }

    /// Whether any address may come.
    pub fn is_any(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a client at this address may come; where networks are set, an unknown address may not.
    pub fn allow(&self, address: Option<IpAddr>) -> bool {
        self.is_any()
            || address.is_some_and(|address| self.0.iter().any(|block| block.contains(&plain(address))))
    }

    /// Whether every address allowed by `narrower` is allowed here too.
    pub fn contain(&self, narrower: &Self) -> bool {
        self.is_any()
            || (!narrower.is_any()
                && narrower.0.iter().all(|inner| self.0.iter().any(|outer| outer.contains(inner))))
    }
}

fn parse_block(text: &str) -> Option<IpNet> {
    let block: IpNet = text.parse().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))?;
    Some(plain_block(block.trunc()))
}

/// The same of a block: what is asked about is always the IPv4 address.
fn plain_block(block: IpNet) -> IpNet {
    let IpNet::V6(v6) = block else { return block };
    let short = v6.network().to_ipv4_mapped().zip(v6.prefix_len().checked_sub(96));
    let short = short.and_then(|(network, prefix)| Ipv4Net::new(network, prefix).ok());
    short.map_or(block, IpNet::V4)
}

/// An IPv4 address that came mapped into IPv6 (`::ffff:192.0.2.1`) is the IPv4 address.
fn plain(address: IpAddr) -> IpAddr {
    address.to_canonical()
}

/// The network that throttling counts by: /24 for IPv4, /56 for IPv6, which is what one household gets.
pub fn neighbourhood(address: IpAddr) -> IpAddr {
    match plain(address) {
        IpAddr::V4(v4) => {
            let [a, b, c, _] = v4.octets();
            IpAddr::from([a, b, c, 0])
        }
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & (u128::MAX << 72))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn networks(blocks: &[&str]) -> Networks {
        Networks::parse("networks", blocks).unwrap()
    }

    #[test]
    fn an_address_is_allowed_only_inside() {
        let set = networks(&["192.0.2.77/24", "2001:db8::/48", "203.0.113.9"]);
        assert_eq!(set.blocks(), ["192.0.2.0/24", "2001:db8::/48", "203.0.113.9/32"]);
        for (address, allowed) in [
            ("192.0.2.1", true),
            ("::ffff:192.0.2.1", true),
            ("192.0.3.1", false),
            ("2001:db8::5", true),
            ("2001:db9::5", false),
        ] {
            assert_eq!(set.allow(Some(address.parse().unwrap())), allowed, "{address}");
        }
        let mapped = networks(&["::ffff:192.0.2.0/120", "::ffff:203.0.113.9"]);
        assert_eq!(mapped.blocks(), ["192.0.2.0/24", "203.0.113.9/32"]);
        assert!(!set.allow(None));
        assert!(Networks::ANY.allow(None));
        assert_eq!(Networks::from_text(&set.to_text()).unwrap(), set);
        assert!(Networks::parse("networks", &["10.0.0.0/33"]).is_err());
    }

    #[test]
    fn narrower_sets_are_inside_wider_ones() {
        let wide = networks(&["10.0.0.0/8"]);
        let narrow = networks(&["10.1.0.0/16"]);
        assert!(wide.contain(&narrow) && !narrow.contain(&wide));
        assert!(Networks::ANY.contain(&wide) && !wide.contain(&Networks::ANY));
    }

    #[test]
    fn neighbours_share_a_bucket() {
        let hood = |text: &str| neighbourhood(text.parse().unwrap()).to_string();
        assert_eq!(hood("192.0.2.77"), "192.0.2.0");
        assert_eq!(hood("::ffff:192.0.2.77"), "192.0.2.0");
        assert_eq!(hood("2001:db8:1:2ff:3::4"), "2001:db8:1:200::");
    }
}

//! Networks from which a client may come: a list of CIDR blocks; empty means any.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net};

use crate::domain::field::{Fault, FieldError};

const MAX_NETWORKS: usize = 64;

/// The length of the prefix of 10.0.0.0/8 (RFC 1918), and that of `fc00::/7` (RFC 4193).
const WIDEST_PRIVATE_V4: u8 = 8;
const WIDEST_PRIVATE_V6: u8 = 7;

/// A list of networks. Empty means every address, and no address at all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Networks(Vec<IpNet>);

impl Networks {
    /// The empty list, which allows every address.
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

    /// The addresses at which it changes whether one is allowed: the first of each block, and the one after its last.
    pub fn edges(&self) -> impl Iterator<Item = IpAddr> {
        self.0.iter().flat_map(|block| [Some(block.network()), after(block.broadcast())]).flatten()
    }

    /// Bytes that the blocks take in memory.
    pub fn heap(&self) -> usize {
        self.0.capacity() * size_of::<IpNet>()
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

    /// Whether at least one of the blocks is one of those of `wider`, or lies inside one of them.
    pub fn touch(&self, wider: &Self) -> bool {
        self.0.iter().any(|inner| wider.0.iter().any(|outer| outer.contains(inner)))
    }

    /// Whether every address allowed by `narrower` is allowed here too.
    pub fn contain(&self, narrower: &Self) -> bool {
        self.is_any()
            || (!narrower.is_any()
                && narrower.0.iter().all(|inner| self.0.iter().any(|outer| outer.contains(inner))))
    }
}

/// Reverse proxies whose word is taken for where a request comes from. Empty means none.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(try_from = "Vec<String>")]
pub struct TrustedProxies(Vec<IpNet>);

impl TryFrom<Vec<String>> for TrustedProxies {
    type Error = String;

    fn try_from(blocks: Vec<String>) -> Result<Self, String> {
        let odd = |block: &String| format!("{block:?} is no CIDR block such as 192.0.2.0/24");
        let parsed = blocks.iter().map(|block| parse_block(block).ok_or_else(|| odd(block)));
        parsed.collect::<Result<_, _>>().map(Self)
    }
}

impl TrustedProxies {
    /// Whether the word of this peer is taken.
    pub fn trust(&self, peer: IpAddr) -> bool {
        self.0.iter().any(|block| block.contains(&plain(peer)))
    }

    /// A block in which there are more addresses than in any private network: strangers come from it, too.
    pub fn wide_open(&self) -> Option<String> {
        let wide = |block: &IpNet| match block {
            IpNet::V4(v4) => v4.prefix_len() < WIDEST_PRIVATE_V4,
            IpNet::V6(v6) => v6.prefix_len() < WIDEST_PRIVATE_V6,
        };
        // Two halves are a whole.
        IpNet::aggregate(&self.0).into_iter().find(wide).map(|block| block.to_string())
    }

    /// Where a request comes from: its peer, or, where that is a trusted proxy, whom it names, and so on. `forwarded` is
    /// what `X-Forwarded-For` lists, the nearest last; what is no address hides what stands before it.
    pub fn client<'a>(&self, peer: IpAddr, forwarded: impl DoubleEndedIterator<Item = &'a str>) -> IpAddr {
        let mut client = plain(peer);
        for hop in forwarded.rev() {
            match read_hop(hop).filter(|_| self.trust(client)) {
                Some(address) => client = address,
                None => break,
            }
        }

        client
    }
}

/// The address of a mail client, as the mail server or proxy in between gives it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ClientAddress {
    /// No address was given.
    #[default]
    NotGiven,
    /// The mail client is at this address.
    Known(IpAddr),
    /// The text that was given is no address. It counts as none given; and since that is the fault of the
    /// mail server or proxy, nobody is refused for it.
    Unreadable,
}

impl ClientAddress {
    /// Reads what a mail server or a proxy says; an empty text says nothing.
    pub fn read(text: Option<&str>) -> Self {
        match text.map(str::trim) {
            None | Some("") => Self::NotGiven,
            Some(text) => read_hop(text).map_or(Self::Unreadable, Self::Known),
        }
    }

    /// The address, if one is known.
    pub const fn ip(self) -> Option<IpAddr> {
        match self {
            Self::Known(ip) => Some(ip),
            Self::NotGiven | Self::Unreadable => None,
        }
    }
}

/// Reads an address. The zone of `fe80::1%eth0` (RFC 4007; in URLs `%25eth0`, RFC 6874) means something only on the
/// machine that wrote it, and is left out.
pub fn read_address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let address = match text.split_once('%') {
        Some((address, zone)) if !zone.is_empty() => address.parse().ok().map(IpAddr::V6),
        _ => text.parse().ok(),
    };
    address.map(plain)
}

/// Reads an address as proxies write it: `192.0.2.7`, `2001:db8::7`, either with a port, IPv6 then in brackets.
pub fn read_hop(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let number = |port: &str| port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok();

    if let Some((address, port)) = text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        let is_alone = port.is_empty() || port.strip_prefix(':').is_some_and(number);
        return read_address(address).filter(|_| is_alone);
    }
    let v4_with_port = || {
        let (address, port) = text.split_once(':')?;
        address.parse().ok().filter(|_| number(port)).map(IpAddr::V4)
    };

    read_address(text).or_else(v4_with_port)
}

/// The next address, if there is one.
fn after(address: IpAddr) -> Option<IpAddr> {
    match address {
        IpAddr::V4(v4) => v4.to_bits().checked_add(1).map(|bits| Ipv4Addr::from_bits(bits).into()),
        IpAddr::V6(v6) => v6.to_bits().checked_add(1).map(|bits| Ipv6Addr::from_bits(bits).into()),
    }
}

fn parse_block(text: &str) -> Option<IpNet> {
    let text = text.trim();
    let block: IpNet = text.parse().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))?;
    Some(plain_block(block.trunc()))
}

/// The same of a block: addresses are compared in their IPv4 form.
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

/// Whether the API and the pages are reached over TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OverTls(pub bool);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn networks(blocks: &[&str]) -> Networks {
        Networks::parse("networks", blocks).unwrap()
    }

    #[test]
    fn an_address_is_allowed_only_inside() {
        let set = networks(&[" 192.0.2.77/24\n", "2001:db8::/48", "203.0.113.9"]);
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
        let many = |count: u8| (0..count).map(|n| format!("10.0.{n}.0/24")).collect::<Vec<_>>();
        assert_eq!(Networks::parse("networks", &many(64)).unwrap().blocks(), many(64));
        assert_eq!(Networks::parse("networks", &many(65)).unwrap_err().fault, Fault::TooLong);
    }

    #[test]
    fn narrower_sets_are_inside_wider_ones() {
        let wide = networks(&["10.0.0.0/8"]);
        let narrow = networks(&["10.1.0.0/16"]);
        assert!(wide.contain(&narrow) && !narrow.contain(&wide));
        assert!(Networks::ANY.contain(&wide) && !wide.contain(&Networks::ANY));
    }

    #[test]
    fn addresses_are_read_with_zone_and_port_and_without() {
        for (text, address) in [
            ("192.0.2.7", Some("192.0.2.7")),
            (" 192.0.2.7 ", Some("192.0.2.7")),
            ("2001:db8::7", Some("2001:db8::7")),
            ("::ffff:192.0.2.7", Some("192.0.2.7")),
            ("fe80::1%eth0", Some("fe80::1")),
            ("fe80::1%25eth0", Some("fe80::1")),
            ("fe80::1%3", Some("fe80::1")),
            ("::ffff:192.0.2.7%eth0", Some("192.0.2.7")),
            ("fe80::1%", None),
            ("192.0.2.7%eth0", None),
            ("%eth0", None),
            ("", None),
            ("unknown", None),
            ("unix:", None),
            ("192.0.2", None),
            ("192.0.2.7, 1", None),
            ("mail.example.org", None),
        ] {
            let address = address.map(|address| address.parse().unwrap());
            assert_eq!(read_address(text), address, "{text}");
            assert_eq!(read_hop(text), address, "{text}");
        }

        for (text, address) in [
            ("192.0.2.7:41182", Some("192.0.2.7")),
            ("[2001:db8::7]", Some("2001:db8::7")),
            ("[2001:db8::7]:41182", Some("2001:db8::7")),
            ("[fe80::1%eth0]:25", Some("fe80::1")),
            ("192.0.2.7:", None),
            ("192.0.2.7:70000", None),
            ("192.0.2.7:+1", None),
            ("[2001:db8::7", None),
            ("[2001:db8::7]x", None),
            ("[2001:db8::7]:", None),
        ] {
            assert_eq!(read_hop(text), address.map(|address| address.parse().unwrap()), "{text}");
            assert_eq!(read_address(text), None, "{text}");
        }

        let read = |text| ClientAddress::read(text);
        assert_eq!((read(None), read(Some(" "))), (ClientAddress::NotGiven, ClientAddress::NotGiven));
        assert_eq!(read(Some("unknown")), ClientAddress::Unreadable);
        assert_eq!(read(Some("fe80::1%eth0")).ip(), Some("fe80::1".parse().unwrap()));
    }

    proptest! {
        #[test]
        fn an_address_is_the_same_with_what_proxies_add(address: IpAddr, port: u16, zone in "[a-z0-9.]{1,8}") {
            let expected = Some(plain(address));
            let with_port = std::net::SocketAddr::new(address, port).to_string();
            prop_assert_eq!((read_address(&address.to_string()), read_hop(&with_port)), (expected, expected));
            if address.is_ipv6() {
                prop_assert_eq!(read_address(&format!("{address}%{zone}")), expected);
                prop_assert_eq!(read_hop(&format!("[{address}%{zone}]:{port}")), expected);
            }
        }

        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,24}|[0-9a-f:.%\\[\\] ]{0,24}") {
            prop_assert!(read_address(&text).is_none_or(|address| read_hop(&text) == Some(address)));
        }
    }

    #[test]
    fn only_a_trusted_proxy_is_believed() {
        let trusted =
            TrustedProxies::try_from(vec!["10.0.0.0/8".to_owned(), "2001:db8::1".to_owned()]).unwrap();
        let none = TrustedProxies::default();

        for (peer, forwarded, client) in [
            ("10.0.0.1", "192.0.2.1", "192.0.2.1"),
            ("::ffff:10.0.0.1", "192.0.2.1", "192.0.2.1"),
            ("2001:db8::1", "192.0.2.1:4711", "192.0.2.1"),
            ("10.0.0.1", "[2001:db8::7]:25", "2001:db8::7"),
            ("10.0.0.1", "[2001:db8::7]", "2001:db8::7"),
            ("10.0.0.1", "fe80::1%eth0", "fe80::1"),
            ("10.0.0.1", "[fe80::1%25eth0]:4711", "fe80::1"),
            // What the client has made up stands before what the proxy adds.
            ("10.0.0.1", "203.0.113.9, 192.0.2.1", "192.0.2.1"),
            ("10.0.0.1", "203.0.113.9, 192.0.2.1, 10.9.9.9", "192.0.2.1"),
            ("10.0.0.1", "10.0.0.2, 10.0.0.3", "10.0.0.2"),
            ("10.0.0.1", "192.0.2.1, unknown", "10.0.0.1"),
            ("10.0.0.1", "192.0.2.1, unknown, 10.0.0.2", "10.0.0.2"),
            ("10.0.0.1", "", "10.0.0.1"),
            ("198.51.100.1", "192.0.2.1", "198.51.100.1"),
        ] {
            let from = |proxies: &TrustedProxies| proxies.client(peer.parse().unwrap(), forwarded.split(','));
            assert_eq!(from(&trusted).to_string(), client, "{peer} {forwarded}");
            assert_eq!(from(&none), plain(peer.parse().unwrap()), "{peer} {forwarded}");
        }

        assert!(TrustedProxies::try_from(vec!["10.0.0.0/33".to_owned()]).is_err());
    }

    #[test]
    fn proxies_that_are_everybody_are_told_from_a_private_network() {
        let wide = |blocks: &[&str]| {
            let blocks: Vec<String> = blocks.iter().map(|block| (*block).to_owned()).collect();
            TrustedProxies::try_from(blocks).unwrap().wide_open()
        };
        assert_eq!(wide(&["0.0.0.0/0"]).as_deref(), Some("0.0.0.0/0"));
        assert_eq!(wide(&["127.0.0.1", "::/0"]).as_deref(), Some("::/0"));
        assert_eq!(wide(&["::ffff:0.0.0.0/96"]).as_deref(), Some("0.0.0.0/0"));
        assert_eq!(wide(&["128.0.0.0/1", "0.0.0.0/1"]).as_deref(), Some("0.0.0.0/0"));
        assert_eq!(wide(&["2000::/3"]).as_deref(), Some("2000::/3"));

        let private = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7", "::1", "192.0.2.10/32"];
        assert_eq!(wide(&private), None);
        assert_eq!(wide(&[]), None);
    }
}

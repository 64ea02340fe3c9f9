//! Places from which logins are tried: what the throttle counts by, and what it remembers of those who got in.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

use crate::domain::ids::{DeviceId, ServiceKeyId};

/// The caller, where no address of the mail client or the browser was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Requester {
    /// A program with this service key.
    Key(ServiceKeyId),
    /// Whoever comes through this door.
    Door(&'static str),
}

impl fmt::Display for Requester {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(id) => write!(f, "service key {id}"),
            Self::Door(name) => write!(f, "door {name}"),
        }
    }
}

/// A place from which somebody tries to get in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// An exact address: one of IPv4, or a /64 of IPv6, of which every machine has as many as it likes.
    Address(IpAddr),
    /// A device that has been here before, by its cookie.
    Device(DeviceId),
    /// No address was given: everybody who comes the same way is at one place, which is nobody's own.
    Unknown(Requester),
}

impl Place {
    /// Where somebody is whose address is this, if it is known.
    pub fn of(address: Option<IpAddr>, requester: Requester) -> Self {
        address.map_or(Self::Unknown(requester), Self::at)
    }

    /// The place of an address.
    pub fn at(address: IpAddr) -> Self {
        Self::Address(match address.to_canonical() {
            IpAddr::V4(v4) => IpAddr::V4(v4),
            IpAddr::V6(v6) => IpAddr::V6(prefix(v6, 64)),
        })
    }

    /// The network of an address: /24 of IPv4, or /56 of IPv6, which is what one household gets.
    pub fn network(&self) -> Option<IpAddr> {
        let Self::Address(address) = self else { return None };

        Some(match address {
            IpAddr::V4(v4) => {
                let [a, b, c, _] = v4.octets();
                IpAddr::from([a, b, c, 0])
            }
            IpAddr::V6(v6) => IpAddr::V6(prefix(*v6, 56)),
        })
    }

    /// As it is kept with the member who got in from there. A place without an address is nobody's own.
    pub fn to_text(&self) -> Option<String> {
        match self {
            Self::Address(IpAddr::V4(v4)) => Some(v4.to_string()),
            Self::Address(IpAddr::V6(v6)) => Some(format!("{v6}/64")),
            Self::Device(id) => Some(format!("device:{id}")),
            Self::Unknown(_) => None,
        }
    }

    /// As its network was kept before places were.
    pub fn network_text(&self) -> Option<String> {
        let network = self.network()?;
        Some(format!("{network}/{}", if network.is_ipv4() { 24 } else { 56 }))
    }
}

fn prefix(address: Ipv6Addr, bits: u32) -> Ipv6Addr {
    Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << (128 - bits)))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const DOOR: Requester = Requester::Door("ldap");

    fn at(address: &str) -> Place {
        Place::of(Some(address.parse().unwrap()), DOOR)
    }

    #[test]
    fn a_place_is_an_exact_address_and_knows_its_network() {
        for (address, place, network) in [
            ("192.0.2.77", "192.0.2.77", "192.0.2.0/24"),
            ("::ffff:192.0.2.77", "192.0.2.77", "192.0.2.0/24"),
            ("2001:db8:1:2ff:3::4", "2001:db8:1:2ff::/64", "2001:db8:1:200::/56"),
        ] {
            let at = at(address);
            assert_eq!(at.to_text().as_deref(), Some(place));
            assert_eq!(at.network_text().as_deref(), Some(network));
        }

        assert_eq!(at("2001:db8:1:2ff:3::4"), at("2001:db8:1:2ff:ffff::"));
        assert_ne!(at("192.0.2.77"), at("192.0.2.78"));
    }

    #[test]
    fn a_device_is_kept_and_a_place_without_an_address_is_not() {
        let device = Place::Device(Uuid::from_u128(1).into());
        assert_eq!(device.to_text().as_deref(), Some("device:00000000-0000-0000-0000-000000000001"));
        assert_eq!(device.network(), None);
        let nowhere = Place::of(None, DOOR);
        assert_eq!((nowhere, nowhere.to_text(), nowhere.network()), (Place::Unknown(DOOR), None, None));
        assert_eq!(DOOR.to_string(), "door ldap");
    }
}

//! Networks as configurations write them, and whether one names more or less everybody.

use std::net::IpAddr;

/// Whether a network is so wide that strangers are in it: wider than any that a site has to itself.
pub(crate) fn is_wide(network: &str) -> bool {
    let Some((address, length)) = network.rsplit_once('/') else { return false };
    let address = address.trim_start_matches('[').trim_end_matches(']');

    match (address.parse::<IpAddr>(), length.parse::<u8>()) {
        (Ok(IpAddr::V4(_)), Ok(length)) => length < 8,
        (Ok(IpAddr::V6(_)), Ok(length)) => length < 7,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_that_strangers_are_in_is_wide() {
        for wide in ["0.0.0.0/0", "::/0", "128.0.0.0/1", "2000::/3", "[::]/0", "64.0.0.0/7"] {
            assert!(is_wide(wide), "{wide}");
        }
        for own in ["10.0.0.0/8", "fc00::/7", "192.0.2.1", "unix:", "127.0.0.0/8", "[::1]/128", "a/b", ""] {
            assert!(!is_wide(own), "{own}");
        }
    }
}

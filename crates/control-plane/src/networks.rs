//! The networks from which a key works: CIDR notation, read strictly (feature 11).

use std::net::{IpAddr, Ipv4Addr};

pub use ipnet::IpNet;
use ipnet::Ipv4Net;

use crate::Error;

/// How many networks a key is restricted to at most.
pub const MOST_NETWORKS: usize = 32;

/// Reads a network such as `203.0.113.0/24` or `2001:db8::/32`; an address alone is a network of one.
///
/// IPv4 networks that are written as IPv6 ones (`::ffff:203.0.113.0/120`) become what they are, because that is how the
/// addresses of callers are looked at.
///
/// # Errors
/// [`Error::Refused`] for what is no network, and for one with bits beyond its prefix: it is more likely mistyped than
/// meant.
pub fn parse(text: &str) -> Result<IpNet, Error> {
    let network = text.parse::<IpNet>().or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
    let network = network.map_err(|_| {
        Error::Refused(format!("`{text}` is not a network; write it as 203.0.113.0/24 or 2001:db8::/32"))
    })?;
    if network.trunc() != network {
        let meant = network.trunc();
        return Err(Error::Refused(format!("{network} has bits beyond its prefix; is {meant} meant?")));
    }
    Ok(as_ipv4(network).unwrap_or(network))
}

fn as_ipv4(network: IpNet) -> Option<IpNet> {
    let IpNet::V6(network) = network else { return None };
    let address: Ipv4Addr = network.network().to_ipv4_mapped()?;
    let prefix = network.prefix_len().checked_sub(96)?;
    Ipv4Net::new(address, prefix).ok().map(IpNet::V4)
}

/// Returns `networks` in order, each once.
pub(crate) fn checked(mut networks: Vec<IpNet>) -> Result<Vec<IpNet>, Error> {
    networks.sort_unstable();
    networks.dedup();
    if networks.len() > MOST_NETWORKS {
        return Err(Error::Refused(format!("a key is restricted to at most {MOST_NETWORKS} networks")));
    }
    Ok(networks)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_are_read_strictly() {
        for (text, expected) in [
            ("203.0.113.0/24", Some("203.0.113.0/24")),
            ("203.0.113.7", Some("203.0.113.7/32")),
            ("0.0.0.0/0", Some("0.0.0.0/0")),
            ("2001:db8::/32", Some("2001:db8::/32")),
            ("2001:DB8::1", Some("2001:db8::1/128")),
            ("::ffff:203.0.113.0/120", Some("203.0.113.0/24")),
            ("::ffff:203.0.113.7", Some("203.0.113.7/32")),
            ("::/0", Some("::/0")),
            ("203.0.113.7/24", None),
            ("2001:db8::1/32", None),
            ("203.0.113.0/33", None),
            ("203.0.113.0/", None),
            ("203.0.113.0/24 ", None),
            ("203.0.113", None),
            ("010.0.0.1", None),
            ("localhost", None),
            ("", None),
        ] {
            let read = parse(text).ok().map(|network| network.to_string());
            assert_eq!(read.as_deref(), expected, "{text}");
        }
        assert!(parse("203.0.113.7/24").unwrap_err().to_string().contains("203.0.113.0/24"));
    }

    #[test]
    fn a_list_holds_each_network_once_and_not_too_many() {
        let networks = |range: std::ops::Range<u8>| range.map(|n| parse(&format!("10.0.0.{n}")).unwrap());
        let twice = networks(0..32).rev().chain(networks(0..32)).collect();
        assert_eq!(checked(twice).unwrap(), networks(0..32).collect::<Vec<_>>());
        assert!(checked(networks(0..33).collect()).is_err());
    }
}

//! Which addresses a webhook may reach: public ones, and those that an operator lets it (threat X14).
//!
//! What is checked is what is connected to: a name is resolved once, for the one connection that is made, and a name of
//! which any address is not let through is not reached at all.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::Arc,
};

use ipnet::IpNet;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// Resolves names to addresses that may be reached.
#[derive(Clone, Debug)]
pub(crate) struct Reachable {
    /// Networks that are not public and yet may be reached.
    pub(crate) networks: Arc<[IpNet]>,
}

/// The name leads to where no webhook goes.
#[derive(Debug, thiserror::Error)]
#[error("the name has an address that is not public")]
pub(crate) struct NotPublic;

impl Reachable {
    fn is(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        is_public(address) || self.networks.iter().any(|network| network.contains(&address))
    }
}

impl Resolve for Reachable {
    fn resolve(&self, name: Name) -> Resolving {
        let reachable = self.clone();
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            if found.is_empty() {
                return Err(io::Error::from(io::ErrorKind::NotFound).into());
            }
            if !found.iter().all(|address| reachable.is(address.ip())) {
                return Err(NotPublic.into());
            }
            Ok::<Addrs, _>(Box::new(found.into_iter()))
        })
    }
}

/// Tells whether an address is of the public Internet, by the registries of RFC 6890: what is not known to be is not.
pub(crate) fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => {
            !NOT_PUBLIC_V4.iter().any(|(network, prefix)| within_v4(address, *network, *prefix))
        }
        IpAddr::V6(address) => {
            within_v6(address, Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3)
                && !NOT_PUBLIC_V6.iter().any(|(network, prefix)| within_v6(address, *network, *prefix))
        }
    }
}

fn within_v4(address: Ipv4Addr, network: Ipv4Addr, prefix: u32) -> bool {
    (address.to_bits() ^ network.to_bits()).leading_zeros() >= prefix
}

fn within_v6(address: Ipv6Addr, network: Ipv6Addr, prefix: u32) -> bool {
    (address.to_bits() ^ network.to_bits()).leading_zeros() >= prefix
}

const NOT_PUBLIC_V4: [(Ipv4Addr, u32); 16] = [
    (Ipv4Addr::new(0, 0, 0, 0), 8),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    // Shared by carriers' customers; also the metadata service of Alibaba Cloud.
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    // The metadata services of most clouds.
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    // Azure answers its machines here, although the address is a public one.
    (Ipv4Addr::new(168, 63, 129, 16), 32),
    (Ipv4Addr::new(224, 0, 0, 0), 4),
    (Ipv4Addr::new(240, 0, 0, 0), 4),
];

/// Within 2000::/3: what is for protocols, for documents, or holds an IPv4 address.
const NOT_PUBLIC_V6: [(Ipv6Addr, u32); 4] = [
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32),
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_public_addresses_are_public() {
        for (text, public) in [
            ("93.184.215.14", true),
            ("1.1.1.1", true),
            ("100.63.255.255", true),
            ("172.32.0.1", true),
            ("2606:4700:4700::1111", true),
            ("2a00:1450:4001:80b::200e", true),
            ("0.0.0.0", false),
            ("10.1.2.3", false),
            ("100.64.0.1", false),
            ("100.100.100.200", false),
            ("127.0.0.1", false),
            ("127.255.255.254", false),
            ("168.63.129.16", false),
            ("169.254.169.254", false),
            ("172.31.255.255", false),
            ("192.0.0.192", false),
            ("192.0.2.1", false),
            ("192.168.1.1", false),
            ("198.19.0.1", false),
            ("198.51.100.1", false),
            ("203.0.113.1", false),
            ("224.0.0.1", false),
            ("255.255.255.255", false),
            ("::", false),
            ("::1", false),
            ("::ffff:127.0.0.1", false),
            ("::ffff:169.254.169.254", false),
            ("::127.0.0.1", false),
            ("64:ff9b::7f00:1", false),
            ("2001::1", false),
            ("2001:db8::1", false),
            ("2002:7f00:1::", false),
            ("3fff::1", false),
            ("fc00::1", false),
            ("fd00:ec2::254", false),
            ("fe80::1", false),
            ("ff02::1", false),
        ] {
            assert_eq!(is_public(text.parse().unwrap()), public, "{text}");
        }
    }

    #[test]
    fn what_an_operator_lets_through_is_reached() {
        let reachable = Reachable { networks: ["10.1.0.0/16".parse().unwrap()].into() };
        for (text, reached) in
            [("10.1.2.3", true), ("::ffff:10.1.2.3", true), ("10.2.0.1", false), ("1.1.1.1", true)]
        {
            assert_eq!(reachable.is(text.parse().unwrap()), reached, "{text}");
        }
    }

    #[tokio::test]
    async fn a_name_of_this_machine_does_not_resolve() {
        let resolve = async |networks: &[&str]| {
            let networks = networks.iter().map(|network| network.parse().unwrap()).collect();
            Reachable { networks }.resolve("localhost".parse().unwrap()).await.map(|found| found.count())
        };
        assert!(resolve(&[]).await.err().unwrap().is::<NotPublic>());
        assert!(resolve(&["127.0.0.0/8", "::1/128"]).await.unwrap() > 0);
    }
}

//! IP addresses and networks.
//!
//! A private address is one of RFC 1918. A reserved address is one that the special-purpose registries of IANA keep
//! from the public internet for any other purpose: loopback, link-local, shared, documentation, multicast and the
//! rest. A public address is neither.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Which version of addresses a question is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    Any,
    V4,
    V6,
}

impl Version {
    fn accepts(self, address: IpAddr) -> bool {
        match self {
            Self::Any => true,
            Self::V4 => address.is_ipv4(),
            Self::V6 => address.is_ipv6(),
        }
    }
}

/// A network in CIDR notation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    prefix_bits: u32,
}

impl Network {
    /// Reads `10.0.0.0/8`; bits past the prefix do not matter. None if it is no network.
    pub fn parse(text: &str) -> Option<Self> {
        let (address, prefix) = text.split_once('/')?;
        let address: IpAddr = address.parse().ok()?;
        let is_number = !prefix.is_empty() && prefix.bytes().all(|byte| byte.is_ascii_digit());
        let prefix_bits: u32 = prefix.parse().ok().filter(|_| is_number)?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        (prefix_bits <= most).then_some(Self { address, prefix_bits })
    }

    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address) {
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                let differing = u32::from(own) ^ u32::from(other);
                differing.checked_shr(32 - self.prefix_bits).is_none_or(|bits| bits == 0)
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => {
                let differing = u128::from(own) ^ u128::from(other);
                differing.checked_shr(128 - self.prefix_bits).is_none_or(|bits| bits == 0)
            }
            _ => false,
        }
    }
}

const fn v4(a: u8, b: u8, c: u8, prefix_bits: u32) -> Network {
    Network { address: IpAddr::V4(Ipv4Addr::new(a, b, c, 0)), prefix_bits }
}

const fn v6(first: u16, second: u16, prefix_bits: u32) -> Network {
    Network { address: IpAddr::V6(Ipv6Addr::new(first, second, 0, 0, 0, 0, 0, 0)), prefix_bits }
}

const PRIVATE: [Network; 3] = [v4(10, 0, 0, 8), v4(172, 16, 0, 12), v4(192, 168, 0, 16)];

/// Of version 4, and of version 6 within what is assigned to the internet.
const RESERVED: [Network; 14] = [
    v4(0, 0, 0, 8),
    v4(100, 64, 0, 10),
    v4(127, 0, 0, 8),
    v4(169, 254, 0, 16),
    v4(192, 0, 0, 24),
    v4(192, 0, 2, 24),
    v4(198, 18, 0, 15),
    v4(198, 51, 100, 24),
    v4(203, 0, 113, 24),
    v4(224, 0, 0, 4),
    v4(240, 0, 0, 4),
    // Benchmarking and documentation.
    v6(0x2001, 0x2, 48),
    v6(0x2001, 0xdb8, 32),
    v6(0x3fff, 0, 20),
];
/// All of version 6 that is assigned to the internet; the rest is loopback, local, multicast, wraps version 4, or is
/// kept by the IETF (RFC 4291).
const GLOBAL_V6: Network = v6(0x2000, 0, 3);

pub fn is_valid(text: &str, version: Version) -> bool {
    text.parse().is_ok_and(|address| version.accepts(address))
}

/// Whether an address lies in a network of its version; false if either can't be read.
pub fn is_in(text: &str, network: Option<Network>, version: Version) -> bool {
    let address: Option<IpAddr> = text.parse().ok().filter(|address| version.accepts(*address));
    address.zip(network).is_some_and(|(address, network)| network.contains(address))
}

pub fn is_private(text: &str) -> bool {
    is_in_one_of(text, &PRIVATE)
}

pub fn is_reserved(text: &str) -> bool {
    let outside = |address: IpAddr| address.is_ipv6() && !GLOBAL_V6.contains(address);
    text.parse().is_ok_and(outside) || is_in_one_of(text, &RESERVED)
}

pub fn is_public(text: &str) -> bool {
    is_valid(text, Version::Any) && !is_private(text) && !is_reserved(text)
}

fn is_in_one_of(text: &str, networks: &[Network]) -> bool {
    text.parse().is_ok_and(|address| networks.iter().any(|network| network.contains(address)))
}

/// An IPv4 address as a number of 32 bits.
pub fn ipv4_to_number(text: &str) -> Option<f64> {
    text.parse::<Ipv4Addr>().ok().map(|address| f64::from(u32::from(address)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_told_by_version() {
        for (text, version, expected) in [
            ("192.0.2.1", Version::Any, true),
            ("192.0.2.1", Version::V4, true),
            ("192.0.2.1", Version::V6, false),
            ("2001:db8::1", Version::V6, true),
            ("2001:db8::1", Version::V4, false),
            ("192.0.2.256", Version::Any, false),
            ("192.0.2", Version::Any, false),
            ("192.0.2.01", Version::Any, false),
            ("", Version::Any, false),
            ("192.0.2.1 ", Version::Any, false),
        ] {
            assert_eq!(is_valid(text, version), expected, "{text} {version:?}");
        }
    }

    #[test]
    fn networks_hold_addresses_of_their_version() {
        let within = |address, network| is_in(address, Network::parse(network), Version::Any);
        assert!(within("10.1.2.3", "10.0.0.0/8"));
        assert!(within("10.1.2.3", "10.9.9.9/8"), "bits past the prefix do not matter");
        assert!(!within("11.0.0.1", "10.0.0.0/8"));
        assert!(within("198.51.100.7", "0.0.0.0/0"));
        assert!(within("198.51.100.7", "198.51.100.7/32"));
        assert!(!within("198.51.100.8", "198.51.100.7/32"));
        assert!(within("2001:db8::5", "2001:db8::/32"));
        assert!(within("2001:db8::5", "::/0"));
        assert!(!within("2001:db8::5", "0.0.0.0/0"));
        for network in ["10.0.0.0", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/", "x/8", "::/129"] {
            assert_eq!(Network::parse(network), None, "{network}");
        }
        assert!(!is_in("10.0.0.1", Network::parse("10.0.0.0/8"), Version::V6));
    }

    #[test]
    fn every_valid_address_is_private_reserved_or_public() {
        for (text, private, reserved, public) in [
            ("10.0.0.1", true, false, false),
            ("172.31.255.255", true, false, false),
            ("172.32.0.0", false, false, true),
            ("192.168.1.1", true, false, false),
            ("127.0.0.1", false, true, false),
            ("169.254.169.254", false, true, false),
            ("100.64.0.1", false, true, false),
            ("203.0.113.9", false, true, false),
            ("255.255.255.255", false, true, false),
            ("8.8.8.8", false, false, true),
            ("::1", false, true, false),
            ("::ffff:10.0.0.1", false, true, false),
            ("fd00::1", false, true, false),
            ("fe80::1", false, true, false),
            ("64:ff9b:1::1", false, true, false),
            ("4000::1", false, true, false),
            ("2001:2::1", false, true, false),
            ("2600::1", false, false, true),
            ("no address", false, false, false),
        ] {
            assert_eq!((is_private(text), is_reserved(text), is_public(text)), (private, reserved, public), "{text}");
        }
        assert_eq!(ipv4_to_number("10.0.0.1"), Some(167_772_161.0));
        assert_eq!(ipv4_to_number("::1"), None);
    }
}

//! `address_kind`: which side of the network an address is on, for questions such as "what went outside".
//!
//! Other than `insights_is_public_ip`, which follows IANA's registries word for word, everything that is not set apart
//! for use inside a network or on one host counts as public: addresses of documentation and benchmarks too, since in a
//! flow log or as a caller they can only stand for an address outside.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{TextFunction, argument};

pub const FUNCTION: TextFunction = TextFunction {
    name: "address_kind",
    arguments: &["address"],
    about: "`public`, `private` (RFC 1918, unique local), `shared` (100.64.0.0/10, often pods), `local` (loopback, link-local, unspecified) or `multicast`; null for what is no IP address",
    call: |arguments| kind(argument(arguments, 0)).map(str::to_owned),
};

fn kind(text: &str) -> Option<&'static str> {
    Some(match text.parse::<IpAddr>().ok()?.to_canonical() {
        IpAddr::V4(address) => of_v4(address),
        IpAddr::V6(address) => of_v6(address),
    })
}

fn of_v4(address: Ipv4Addr) -> &'static str {
    let [first, second, ..] = address.octets();
    if address.is_private() {
        "private"
    } else if first == 100 && second & 0b1100_0000 == 64 {
        "shared"
    } else if address.is_loopback() || address.is_link_local() || first == 0 {
        "local"
    } else if address.is_multicast() || address.is_broadcast() {
        "multicast"
    } else {
        "public"
    }
}

fn of_v6(address: Ipv6Addr) -> &'static str {
    if address.is_unique_local() {
        "private"
    } else if address.is_loopback() || address.is_unicast_link_local() || address.is_unspecified() {
        "local"
    } else if address.is_multicast() {
        "multicast"
    } else {
        "public"
    }
}

#[cfg(test)]
mod tests {
    use super::kind;

    #[test]
    fn each_network_has_its_kind() {
        for (address, expected) in [
            ("203.0.113.66", "public"),
            ("2001:db8::1", "public"),
            ("172.32.0.1", "public"),
            ("100.128.0.1", "public"),
            ("10.0.11.23", "private"),
            ("172.31.255.255", "private"),
            ("192.168.0.1", "private"),
            ("::ffff:10.0.0.1", "private"),
            ("fd00::1", "private"),
            ("100.64.0.1", "shared"),
            ("100.127.255.255", "shared"),
            ("127.0.0.1", "local"),
            ("169.254.169.254", "local"),
            ("0.0.0.0", "local"),
            ("fe80::1", "local"),
            ("::1", "local"),
            ("224.0.0.1", "multicast"),
            ("255.255.255.255", "multicast"),
            ("ff02::1", "multicast"),
        ] {
            assert_eq!(kind(address), Some(expected), "{address}");
        }
    }

    #[test]
    fn what_is_no_address_has_none() {
        for text in ["", "-", "eks.amazonaws.com", "10.0.0", "10.0.0.0/8", "10.0.0.1:443", " 10.0.0.1"] {
            assert_eq!(kind(text), None, "{text}");
        }
    }
}

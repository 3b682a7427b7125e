//! `action_changes` and `address_within`: what cuts of a timeline ask of a row.

use std::net::IpAddr;

use super::{TextFunction, argument};
use crate::timeline::catalogue;

pub const CHANGES: TextFunction = TextFunction {
    name: "action_changes",
    arguments: &["plane", "action"],
    about: "`yes` for an action of a timeline that changes something, `no` for one that reads",
    call: |arguments| {
        let [plane, action] = [0, 1].map(|at| argument(arguments, at));
        let changes = match plane {
            "aws" => !catalogue::only_reads(action.split_once(':').map_or(action, |(_, event)| event)),
            "kubernetes" => {
                let verb = action.split(' ').next().unwrap_or("");
                matches!(verb, "create" | "update" | "patch" | "delete" | "deletecollection" | "approve")
            }
            _ => false,
        };
        Some(if changes { "yes" } else { "no" }.to_owned())
    },
};

pub const WITHIN: TextFunction = TextFunction {
    name: "address_within",
    arguments: &["address", "range"],
    about: "`yes` where an address is a given one, or is in a range of CIDR form; `no` for what is no address",
    call: |arguments| {
        let [address, range] = [0, 1].map(|at| argument(arguments, at));
        let address = address.trim_start_matches('[').trim_end_matches(']');
        Some(if is_within(address, range) { "yes" } else { "no" }.to_owned())
    },
};

fn is_within(address: &str, range: &str) -> bool {
    let Ok(address) = address.parse::<IpAddr>() else { return !range.contains('/') && address == range };
    let (network, bits) = match range.split_once('/') {
        Some((network, bits)) => (network, bits.parse::<u32>().ok()),
        None => (range, Some(128)),
    };
    let (Ok(network), Some(bits)) = (network.parse::<IpAddr>(), bits) else { return false };
    match (address, network) {
        (IpAddr::V4(address), IpAddr::V4(network)) => {
            let shift = 32 - bits.min(32);
            shift == 32 || address.to_bits() >> shift == network.to_bits() >> shift
        }
        (IpAddr::V6(address), IpAddr::V6(network)) => {
            let shift = 128 - bits.min(128);
            shift == 128 || address.to_bits() >> shift == network.to_bits() >> shift
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_found_in_their_range_and_nothing_else_is() {
        assert!(is_within("203.0.113.66", "203.0.113.66") && is_within("203.0.113.66", "203.0.113.0/24"));
        assert!(is_within("2001:db8::1", "2001:db8::/32") && is_within("10.0.0.1", "0.0.0.0/0"));
        assert!(!is_within("203.0.114.1", "203.0.113.0/24") && !is_within("2001:db8::1", "0.0.0.0/0"));
        assert!(is_within("eks.amazonaws.com", "eks.amazonaws.com"), "services stand where addresses do");
        assert!(!is_within("", "203.0.113.0/24") && !is_within("203.0.113.6", "203.0.113.0/x"));
    }
}

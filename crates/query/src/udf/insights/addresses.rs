//! IP addresses and networks.

use eksamine_insights::runtime::addresses::{self, Network, Version};

use super::values::Output;
use super::{Function, Gives, Kept, Kind, Nulls, Prepared, prepare};

const ADDRESS: &[(&str, Kind)] = &[("address", Kind::Text)];
const ADDRESS_AND_NETWORK: &[(&str, Kind)] = &[("address", Kind::Text), ("network", Kind::Text)];

fn within(version: Version) -> Prepared {
    let mut kept = Kept::new();
    prepare(move |row| {
        let network = kept.get(std::iter::once(row.text(1)), || Ok(Network::parse(row.text(1))))?;
        Ok(Output::Bool(addresses::is_in(row.text(0), *network, version)))
    })
}

pub static FUNCTIONS: [Function; 10] = [
    Function::predicate("insights_is_valid_ip", ADDRESS, "whether it is an IP address", |row| {
        Output::Bool(addresses::is_valid(row.text(0), Version::Any))
    }),
    Function::predicate("insights_is_valid_ipv4", ADDRESS, "whether it is an IPv4 address", |row| {
        Output::Bool(addresses::is_valid(row.text(0), Version::V4))
    }),
    Function::predicate("insights_is_valid_ipv6", ADDRESS, "whether it is an IPv6 address", |row| {
        Output::Bool(addresses::is_valid(row.text(0), Version::V6))
    }),
    Function::prepared(
        "insights_is_ip_in_subnet",
        ADDRESS_AND_NETWORK,
        Gives::Bool,
        "whether an address lies in a network such as `10.0.0.0/8`",
        || within(Version::Any),
    )
    .nulls(Nulls::GiveFalse),
    Function::prepared(
        "insights_is_ipv4_in_subnet",
        ADDRESS_AND_NETWORK,
        Gives::Bool,
        "the same for IPv4 alone",
        || within(Version::V4),
    )
    .nulls(Nulls::GiveFalse),
    Function::prepared(
        "insights_is_ipv6_in_subnet",
        ADDRESS_AND_NETWORK,
        Gives::Bool,
        "the same for IPv6 alone",
        || within(Version::V6),
    )
    .nulls(Nulls::GiveFalse),
    Function::predicate("insights_is_private_ip", ADDRESS, "whether an address is one of RFC 1918", |row| {
        Output::Bool(addresses::is_private(row.text(0)))
    }),
    Function::predicate("insights_is_public_ip", ADDRESS, "whether it is neither private nor reserved", |row| {
        Output::Bool(addresses::is_public(row.text(0)))
    }),
    Function::predicate("insights_is_reserved_ip", ADDRESS, "whether it is kept for another special purpose", |row| {
        Output::Bool(addresses::is_reserved(row.text(0)))
    }),
    Function::new("insights_ipv4_to_number", ADDRESS, Gives::Number, "an IPv4 address as a number", |row| {
        Output::number(addresses::ipv4_to_number(row.text(0)))
    }),
];

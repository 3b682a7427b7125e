//! Functions of IP addresses. A missing value is in no network and no address of any kind.

use super::{Function, Gives, Takes, call, same};

const ONE: &[Takes] = &[Takes::Text];
const TWO: &[Takes] = &[Takes::Text, Takes::Text];

pub(super) const FUNCTIONS: &[Function] = &[
    same("isValidIp", "text", "whether it is an IPv4 or IPv6 address", call("insights_is_valid_ip", ONE, Gives::Truth)),
    same("isValidIpV4", "text", "whether it is an IPv4 address", call("insights_is_valid_ipv4", ONE, Gives::Truth)),
    same("isValidIpV6", "text", "whether it is an IPv6 address", call("insights_is_valid_ipv6", ONE, Gives::Truth)),
    same(
        "isIpInSubnet",
        "address, network",
        "whether the network holds the address",
        call("insights_is_ip_in_subnet", TWO, Gives::Truth),
    ),
    same(
        "isIpv4InSubnet",
        "address, network",
        "whether the IPv4 network holds the address",
        call("insights_is_ipv4_in_subnet", TWO, Gives::Truth),
    ),
    same(
        "isIpv6InSubnet",
        "address, network",
        "whether the IPv6 network holds the address",
        call("insights_is_ipv6_in_subnet", TWO, Gives::Truth),
    ),
    same(
        "ipv4ToNumber",
        "address",
        "the IPv4 address as a number",
        call("insights_ipv4_to_number", ONE, Gives::Number),
    ),
    same("isPrivateIP", "address", "whether it is of RFC 1918", call("insights_is_private_ip", ONE, Gives::Truth)),
    same(
        "isPublicIP",
        "address",
        "whether it is neither private nor reserved",
        call("insights_is_public_ip", ONE, Gives::Truth),
    ),
    same(
        "isReservedIP",
        "address",
        "whether it is reserved by an RFC",
        call("insights_is_reserved_ip", ONE, Gives::Truth),
    ),
];

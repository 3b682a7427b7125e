//! Functions of texts: taken apart, put together, encoded, looked at as addresses.

use std::net::{IpAddr, Ipv4Addr};

use regex::Regex;

use super::functions::{from_hexadecimal, to_hexadecimal};
use super::model::Function;
use super::value::Value;
use super::{calendar, hashes, json};

/// Functions of text that give a number.
pub(super) const MEASURES: &[Function] =
    &[Function::Length, Function::HexToDecimal, Function::Ipv4ToNumber, Function::ParseDate];

/// What such a function gives.
pub(super) fn measure(function: Function, values: &[Value]) -> Option<f64> {
    let text = values.first()?.text()?;
    match function {
        Function::Length => Some(text.chars().count() as f64),
        Function::HexToDecimal => from_hexadecimal(&text),
        Function::Ipv4ToNumber => Some(f64::from(u32::from(text.parse::<Ipv4Addr>().ok()?))),
        Function::ParseDate => calendar::parsed(&text, &values.get(1)?.text()?).map(|millis| millis as f64),
        _ => None,
    }
}

/// Functions of texts and the predicates about them.
pub(super) fn call(function: Function, values: &[Value]) -> Value {
    let texts: Option<Vec<String>> = values.iter().map(Value::text).collect();
    let texts: Option<Vec<&str>> = texts.as_ref().map(|texts| texts.iter().map(String::as_str).collect());
    if let Some(answer) = ask(function, texts.as_deref()) {
        return Value::Truth(answer);
    }
    let Some(texts) = texts else { return Value::Missing };
    let made = make(function, &texts);
    match function {
        Function::Split => made.map_or(Value::Missing, Value::Structure),
        _ => Value::of_text(made),
    }
}

/// Predicates about texts.
pub(super) const PREDICATES: &[Function] = &[
    Function::Contains,
    Function::StartsWith,
    Function::EndsWith,
    Function::IsValidIp,
    Function::IsValidIpv4,
    Function::IsValidIpv6,
    Function::IsIpInSubnet,
    Function::IsIpv4InSubnet,
    Function::IsIpv6InSubnet,
    Function::IsPrivateIp,
    Function::IsPublicIp,
    Function::IsReservedIp,
];

/// RFC 1918.
const PRIVATE: &[&str] = &["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"];
/// What IANA's registries of special purposes keep from the internet: "this network", shared, loopback, link-local,
/// protocol assignments, documentation, benchmarking, multicast, future use; of version 6 all but 2000::/3 also.
const SPECIAL: &[&str] = &[
    "0.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "198.18.0.0/15",
    "224.0.0.0/4",
    "240.0.0.0/4",
    "2001:2::/48",
    "2001:db8::/32",
    "3fff::/20",
];

/// The answer of a predicate; none if the function is none. A missing value has no property.
fn ask(function: Function, texts: Option<&[&str]>) -> Option<bool> {
    use Function as F;
    if !PREDICATES.contains(&function) {
        return None;
    }
    let Some(texts) = texts else { return Some(false) };
    let address = |text: &str| text.parse::<IpAddr>().ok();
    Some(match (function, texts) {
        (F::Contains, [text, part, insensitive]) if ["1", "true"].contains(insensitive) => {
            text.to_lowercase().contains(&part.to_lowercase())
        }
        (F::Contains, [text, part, ..]) => text.contains(part),
        (F::StartsWith, [text, part]) => text.starts_with(part),
        (F::EndsWith, [text, part]) => text.ends_with(part),
        (F::IsValidIp, [text]) => address(text).is_some(),
        (F::IsValidIpv4, [text]) => address(text).is_some_and(|address| address.is_ipv4()),
        (F::IsValidIpv6, [text]) => address(text).is_some_and(|address| address.is_ipv6()),
        (F::IsIpInSubnet, [text, network]) => is_within(address(text), network),
        (F::IsIpv4InSubnet, [text, network]) => is_within(address(text).filter(IpAddr::is_ipv4), network),
        (F::IsIpv6InSubnet, [text, network]) => is_within(address(text).filter(IpAddr::is_ipv6), network),
        (F::IsPrivateIp, [text]) => is_private(address(text)),
        (F::IsReservedIp, [text]) => is_special(address(text)),
        (F::IsPublicIp, [text]) => address(text).is_some() && !is_private(address(text)) && !is_special(address(text)),
        _ => false,
    })
}

fn is_private(address: Option<IpAddr>) -> bool {
    PRIVATE.iter().any(|network| is_within(address, network))
}

fn is_special(address: Option<IpAddr>) -> bool {
    let outside = address.is_some_and(|address| address.is_ipv6()) && !is_within(address, "2000::/3");
    outside || SPECIAL.iter().any(|network| is_within(address, network))
}

pub(super) fn is_within(address: Option<IpAddr>, network: &str) -> bool {
    let Some((base, length)) = network.split_once('/') else { return false };
    let (Some(address), Ok(base), Ok(length)) = (address, base.parse::<IpAddr>(), length.parse::<usize>()) else {
        return false;
    };
    let bits = |address: IpAddr| -> String {
        match address {
            IpAddr::V4(address) => format!("{:032b}", u32::from(address)),
            IpAddr::V6(address) => format!("{:0128b}", u128::from(address)),
        }
    };
    let (address, base) = (bits(address), bits(base));
    address.len() == base.len() && length <= base.len() && address.get(..length) == base.get(..length)
}

fn make(function: Function, texts: &[&str]) -> Option<String> {
    use Function as F;
    let trimmed = |text: &str, left: bool, right: bool, letters: Option<&str>| {
        let stripped = |letter: char| letters.map_or(letter.is_whitespace(), |letters| letters.contains(letter));
        let text = if left { text.trim_start_matches(stripped) } else { text };
        Some((if right { text.trim_end_matches(stripped) } else { text }).to_owned())
    };
    match (function, texts) {
        (F::Concat, texts) => Some(texts.concat()),
        (F::LeftTrim, [text, letters @ ..]) => trimmed(text, true, false, letters.first().copied()),
        (F::RightTrim, [text, letters @ ..]) => trimmed(text, false, true, letters.first().copied()),
        (F::Trim, [text, letters @ ..]) => trimmed(text, true, true, letters.first().copied()),
        (F::ToUpper, [text]) => Some(text.to_uppercase()),
        (F::ToLower, [text]) => Some(text.to_lowercase()),
        (F::Substring, [text, start]) => Some(text.chars().skip(start.parse().ok()?).collect()),
        (F::Substring, [text, start, length]) => {
            Some(text.chars().skip(start.parse().ok()?).take(length.parse().ok()?).collect())
        }
        (F::Replace, [text, "", _]) => Some((*text).to_owned()),
        (F::Replace, [text, from, to]) => Some(text.replace(from, to)),
        (F::RegexReplace, [text, regex, with]) => Some(Regex::new(regex).ok()?.replace_all(text, *with).into_owned()),
        (F::Split, [text, separator]) if !separator.is_empty() => {
            let parts: Vec<String> = text.split(separator).map(json::quoted).collect();
            Some(format!("[{}]", parts.join(",")))
        }
        (F::UrlEncode, [text]) => Some(url_encoded(text)),
        (F::UrlDecode, [text]) => url_decoded(text),
        (F::Base64Encode, [text]) => Some(base64_encoded(text.as_bytes())),
        (F::Base64Decode, [text]) => String::from_utf8(base64_decoded(text)?).ok(),
        (F::HexToAscii, [text]) => String::from_utf8(hexadecimal_bytes(text)?).ok(),
        (F::DecimalToHex, [number]) => to_hexadecimal(number),
        (F::Md5, [text]) => Some(hashes::md5(text.as_bytes())),
        (F::Sha256, [text]) => Some(hashes::sha256(text.as_bytes())),
        _ => None,
    }
}

fn url_encoded(text: &str) -> String {
    let kept = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes().map(|byte| if kept(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

fn url_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let escaped = after.get(..2).filter(|_| *first == b'%').and_then(|digits| std::str::from_utf8(digits).ok());
        let escaped = escaped.and_then(hexadecimal_bytes);
        rest = if let Some(escaped) = escaped {
            bytes.extend(escaped);
            after.get(2..).unwrap_or_default()
        } else {
            bytes.push(*first);
            after
        };
    }
    String::from_utf8(bytes).ok()
}

fn hexadecimal_bytes(text: &str) -> Option<Vec<u8>> {
    if !text.bytes().all(|byte| byte.is_ascii_hexdigit()) || !text.len().is_multiple_of(2) {
        return None;
    }
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(text.get(at..at + 2)?, 16).ok()).collect()
}

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Six bits a letter, filled up with `=` to a multiple of four.
fn base64_encoded(bytes: &[u8]) -> String {
    let bits = bytes.iter().map(|byte| format!("{byte:08b}")).collect::<Vec<_>>().concat();
    let mut text: String = (0..bits.len())
        .step_by(6)
        .filter_map(|at| {
            let six = bits.get(at..(at + 6).min(bits.len()))?;
            let index = usize::from_str_radix(&format!("{six:0<6}"), 2).ok()?;
            BASE64.get(index).copied().map(char::from)
        })
        .collect();
    while !text.len().is_multiple_of(4) {
        text.push('=');
    }
    text
}

fn base64_decoded(text: &str) -> Option<Vec<u8>> {
    let letters = text.trim_end_matches('=');
    let bits: Option<String> = letters
        .bytes()
        .map(|letter| BASE64.iter().position(|known| *known == letter).map(|index| format!("{index:06b}")))
        .collect();
    let bits = bits?;
    let bytes: Vec<u8> =
        (0..bits.len() / 8).filter_map(|at| u8::from_str_radix(bits.get(at * 8..at * 8 + 8)?, 2).ok()).collect();
    // Only what encoding would have written is an encoding.
    (base64_encoded(&bytes) == text).then_some(bytes)
}

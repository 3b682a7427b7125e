//! Texts written in other ways: URL encoding, Base64, hexadecimal, and hashes.
//!
//! What decodes to bytes that are no UTF-8 has no text, so it is none.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest, Md5};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use sha2::Sha256;

/// All but the characters that RFC 3986 calls unreserved.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

pub fn url_encode(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

pub fn url_decode(text: &str) -> Option<String> {
    percent_decode_str(text).decode_utf8().ok().map(std::borrow::Cow::into_owned)
}

pub fn base64_encode(text: &str) -> String {
    STANDARD.encode(text)
}

pub fn base64_decode(text: &str) -> Option<String> {
    String::from_utf8(STANDARD.decode(text).ok()?).ok()
}

pub fn md5(text: &str) -> String {
    hex(&Md5::digest(text))
}

pub fn sha256(text: &str) -> String {
    hex(&Sha256::digest(text))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |text, byte| text + &format!("{byte:02x}"))
}

/// The text whose bytes hexadecimal digits write, two digits a byte.
pub fn hex_to_ascii(digits: &str) -> Option<String> {
    if digits.len() % 2 == 1 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let byte = |at: usize| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok();
    String::from_utf8((0..digits.len()).step_by(2).map(byte).collect::<Option<_>>()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_keep_what_is_unreserved() {
        assert_eq!(url_encode("a-b_c.d~e f/g?h=é"), "a-b_c.d~e%20f%2Fg%3Fh%3D%C3%A9");
        assert_eq!(url_decode("arn%3Aaws%3Aiam%2Fx+y").as_deref(), Some("arn:aws:iam/x+y"));
        assert_eq!(url_decode("100%").as_deref(), Some("100%"));
        assert_eq!(url_decode("%ff"), None);
    }

    #[test]
    fn base64_is_the_standard_one_with_padding() {
        assert_eq!(base64_encode("eks!"), "ZWtzIQ==");
        assert_eq!(base64_decode("ZWtzIQ==").as_deref(), Some("eks!"));
        for text in ["ZWtzIQ", "Z Wtz", "/w=="] {
            assert_eq!(base64_decode(text), None, "{text}");
        }
    }

    #[test]
    fn hashes_are_lower_case_hexadecimal() {
        assert_eq!(md5(""), "d41d8cd98f00b204e9800998ecf8427e");
        assert_eq!(sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    #[test]
    fn hexadecimal_is_read_by_pairs() {
        assert_eq!(hex_to_ascii("656b73").as_deref(), Some("eks"));
        assert_eq!(hex_to_ascii("C3A9").as_deref(), Some("é"));
        for text in ["6", "zz", "ff", "+1", "0x1f"] {
            assert_eq!(hex_to_ascii(text), None, "{text}");
        }
    }
}

//! Bytes to something that can stand in HTML: gzip, then base64, in which nothing can end an element.

use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;

/// Compresses. The header of the gzip member holds no time and no name, so the same bytes give the same bytes.
pub fn gzip(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(bytes.len() / 4), Compression::new(6));
    encoder.write_all(bytes)?;
    encoder.finish()
}

/// How long bytes are in base64, with padding.
pub fn base64_length(length_bytes: usize) -> usize {
    length_bytes.div_ceil(3) * 4
}

/// Base64 of the standard alphabet: letters, digits, `+`, `/`, `=`.
pub fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// Appends a number in groups of seven bits, low groups first, the high bit set on all but the last (LEB128).
pub fn varint(bytes: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}

/// A signed number as an unsigned one whose size follows the size without the sign: 0, -1, 1, -2 become 0, 1, 2, 3.
pub fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_take_as_many_bytes_as_they_need() {
        let mut bytes = Vec::new();
        for value in [0, 127, 128, 300] {
            varint(&mut bytes, value);
        }
        assert_eq!(bytes, [0, 127, 0x80, 1, 0xac, 2]);
        assert_eq!([0, -1, 1, i64::MIN, i64::MAX].map(zigzag), [0, 1, 2, u64::MAX, u64::MAX - 1]);
    }

    #[test]
    fn base64_is_as_long_as_foretold() {
        for length in 0..10 {
            assert_eq!(base64(&vec![7; length]).len(), base64_length(length));
        }
    }
}

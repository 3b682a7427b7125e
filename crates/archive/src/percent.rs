//! Percent-encoding, for `file://` URIs and for the keys of an S3 listing. Works on bytes, as names and keys do.

use std::fmt::Write;

/// Appends `bytes`, leaving UTF-8 as it is and encoding each byte that is none, and each that `also` names.
pub(crate) fn encode_into(text: &mut String, bytes: &[u8], also: impl Fn(u8) -> bool) {
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            match u8::try_from(character) {
                Ok(byte) if byte.is_ascii() && also(byte) => push_encoded(text, byte),
                _ => text.push(character),
            }
        }
        for byte in chunk.invalid() {
            push_encoded(text, *byte);
        }
    }
}

/// Undoes the encoding. A `%` that no two hexadecimal digits follow stays as it is.
pub(crate) fn decode(text: &str) -> Vec<u8> {
    decode_with(text, |byte| byte)
}

/// Undoes the encoding of a form, in which a space is a `+`: S3 lists keys so under `encoding-type=url`.
pub(crate) fn decode_form(text: &str) -> Vec<u8> {
    decode_with(text, |byte| if byte == b'+' { b' ' } else { byte })
}

fn decode_with(text: &str, plain: impl Fn(u8) -> u8) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let digits = if first == b'%' { after.split_at_checked(2).and_then(hexadecimal) } else { None };
        let (byte, after) = digits.unwrap_or((plain(first), after));
        bytes.push(byte);
        rest = after;
    }
    bytes
}

fn hexadecimal<'a>((digits, after): (&[u8], &'a [u8])) -> Option<(u8, &'a [u8])> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let value = digit(digits[0])? * 16 + digit(digits[1])?;
    Some((u8::try_from(value).ok()?, after))
}

fn push_encoded(text: &mut String, byte: u8) {
    // Writing to a string cannot fail.
    let _ = write!(text, "%{byte:02X}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_encoded_comes_back() {
        for bytes in [&b"plain"[..], b"a b%c#d?", "schl\u{fc}ssel \u{65e5}".as_bytes(), b"\xff\xfe broken \x80%41", b""]
        {
            let mut text = String::new();
            encode_into(&mut text, bytes, |byte| matches!(byte, b' ' | b'%' | b'#' | b'?'));
            assert_eq!(decode(&text), bytes, "{text}");
        }
    }

    #[test]
    fn a_percent_sign_without_digits_stays() {
        assert_eq!(decode("100%"), b"100%");
        assert_eq!(decode("%4"), b"%4");
        assert_eq!(decode("%zz%41"), b"%zzA");
        assert_eq!(decode("a+b"), b"a+b");
    }

    #[test]
    fn a_plus_is_a_space_in_a_form() {
        assert_eq!(decode_form("a+b%2Bc%25"), b"a b+c%");
    }
}

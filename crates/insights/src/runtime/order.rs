//! The natural order of `sort`, as documented: first everything that is no number, chunk by chunk, then the numbers,
//! which are texts of digits only.
//!
//! The order is given as a key: texts stand in natural order as their keys stand in the order of bytes.

/// Leads the keys of what is no number.
const OTHER: u8 = 0;
/// Leads the keys of numbers.
const NUMBER: u8 = 1;
/// Stands for a chunk of digits where it meets a chunk of others: less than their first character from `:` on, and
/// greater than those up to `/`.
const DIGITS: u8 = b'0';

/// The key of a text.
pub fn sort_key(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    if !bytes.is_empty() && bytes.iter().all(u8::is_ascii_digit) {
        return number_key(bytes);
    }
    let mut key = Vec::with_capacity(bytes.len() + 16);
    key.push(OTHER);
    for chunk in bytes.chunk_by(|one, next| one.is_ascii_digit() == next.is_ascii_digit()) {
        if chunk.first().is_some_and(u8::is_ascii_digit) {
            key.push(DIGITS);
            push_length(&mut key, chunk);
            key.extend_from_slice(chunk);
            continue;
        }
        // A chunk ends lower than any character goes on, and NUL is a character.
        for byte in chunk {
            key.push(*byte);
            if *byte == 0 {
                key.push(0xff);
            }
        }
        key.extend([0, 1]);
    }
    key
}

/// By value, then as texts: `0`, `01`, `1`, `2`.
fn number_key(digits: &[u8]) -> Vec<u8> {
    let zeros = digits.iter().take_while(|digit| **digit == b'0').count();
    let value = digits.get(zeros..).unwrap_or_default();
    let mut key = Vec::with_capacity(digits.len() * 2 + 8);
    key.push(NUMBER);
    push_length(&mut key, value);
    key.extend_from_slice(value);
    key.extend_from_slice(digits);
    key
}

fn push_length(key: &mut Vec<u8>, chunk: &[u8]) {
    key.extend(u32::try_from(chunk.len()).unwrap_or(u32::MAX).to_be_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn ascends(texts: &[&str]) {
        for (at, one) in texts.iter().enumerate() {
            for other in &texts[at + 1..] {
                assert!(sort_key(one) < sort_key(other), "{one:?} before {other:?}");
            }
        }
    }

    #[test]
    fn the_documented_list_is_in_order() {
        ascends(&[
            "!:",
            "#",
            "*%04",
            "0#",
            "5A",
            "111A",
            "2345_",
            "@",
            "@_",
            "A",
            "A9876fghj",
            "a12345hfh",
            "0",
            "01",
            "1",
            "2",
            "3",
        ]);
    }

    #[test]
    fn chunks_of_digits_go_by_length_and_then_by_value() {
        ascends(&["a2", "a10", "a11", "a002", "b1"]);
        ascends(&["v1.2.3", "v1.2.10", "v1.10.0"]);
    }

    #[test]
    fn chunks_of_others_end_before_they_go_on() {
        ascends(&["", "\0", "\0\0", "\0a", "a", "a1", "a\0", "a!", "a!1", "aa", "é"]);
    }

    #[test]
    fn only_digits_make_a_number() {
        ascends(&["-5", "1.5", "1e3", "٣", "0", "00", "000", "007", "7", "10"]);
    }
}

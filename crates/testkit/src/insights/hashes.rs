//! MD5 (RFC 1321) and SHA-256 (FIPS 180-4), written out so that they are nobody else's.

/// The message with a bit of one, zeros, and its length in bits, in blocks of 16 words.
fn blocks(message: &[u8], word: fn([u8; 4]) -> u32, length: fn(u64) -> [u8; 8]) -> Vec<Vec<u32>> {
    let mut bytes = message.to_vec();
    bytes.push(0x80);
    while bytes.len() % 64 != 56 {
        bytes.push(0);
    }
    bytes.extend(length(message.len() as u64 * 8));
    let word = |chunk: &[u8]| word(chunk.try_into().unwrap_or_default());
    bytes.chunks(64).map(|block| block.chunks(4).map(word).collect()).collect()
}

fn hexadecimal(bytes: impl Iterator<Item = u8>) -> String {
    let digit = |four: u8| char::from_digit(u32::from(four), 16).unwrap_or_default();
    bytes.flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// The MD5 of a text in hexadecimal.
pub(super) fn md5(message: &[u8]) -> String {
    const TURNS: [[u32; 4]; 4] = [[7, 12, 17, 22], [5, 9, 14, 20], [4, 11, 16, 23], [6, 10, 15, 21]];
    let mut state: [u32; 4] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476];
    for block in blocks(message, u32::from_le_bytes, u64::to_le_bytes) {
        let [mut a, mut b, mut c, mut d] = state;
        for step in 0..64_usize {
            let (mixed, place) = match step / 16 {
                0 => ((b & c) | (!b & d), step),
                1 => ((d & b) | (!d & c), 5 * step + 1),
                2 => (b ^ c ^ d, 3 * step + 5),
                _ => (c ^ (b | !d), 7 * step),
            };
            let sine = ((step + 1) as f64).sin().abs() * 4_294_967_296.0;
            let turn = TURNS.get(step / 16).and_then(|turns| turns.get(step % 4)).copied().unwrap_or_default();
            let word = block.get(place % 16).copied().unwrap_or_default();
            let sum = a.wrapping_add(mixed).wrapping_add(sine as u32).wrapping_add(word);
            (a, d, c, b) = (d, c, b, b.wrapping_add(sum.rotate_left(turn)));
        }
        for (own, new) in state.iter_mut().zip([a, b, c, d]) {
            *own = own.wrapping_add(new);
        }
    }
    hexadecimal(state.iter().flat_map(|word| word.to_le_bytes()))
}

/// The first 32 bits of the fraction of a root of a prime.
fn fraction(root: f64) -> u32 {
    (root.fract() * 4_294_967_296.0) as u32
}

/// The SHA-256 of a text in hexadecimal.
#[expect(clippy::many_single_char_names, reason = "the standard names them so")]
pub(super) fn sha256(message: &[u8]) -> String {
    let is_prime = |number: &u32| (2..*number).all(|divisor| !number.is_multiple_of(divisor));
    let primes: Vec<f64> = (2..400).filter(is_prime).take(64).map(f64::from).collect();
    let mut state: Vec<u32> = primes.iter().take(8).map(|prime| fraction(prime.sqrt())).collect();
    for block in blocks(message, u32::from_be_bytes, u64::to_be_bytes) {
        let mut words = block;
        let at = |words: &[u32], back: usize| words.get(words.len() - back).copied().unwrap_or_default();
        while words.len() < 64 {
            let (early, late) = (at(&words, 15), at(&words, 2));
            let small = early.rotate_right(7) ^ early.rotate_right(18) ^ (early >> 3);
            let large = late.rotate_right(17) ^ late.rotate_right(19) ^ (late >> 10);
            words.push(at(&words, 16).wrapping_add(small).wrapping_add(at(&words, 7)).wrapping_add(large));
        }
        let mut now: [u32; 8] = state.clone().try_into().unwrap_or_default();
        for (word, prime) in words.iter().zip(&primes) {
            let [a, b, c, d, e, f, g, h] = now;
            let turned = e.rotate_right(6) ^ e.rotate_right(11) ^ e.rotate_right(25);
            let first = h
                .wrapping_add(turned)
                .wrapping_add((e & f) ^ (!e & g))
                .wrapping_add(fraction(prime.cbrt()))
                .wrapping_add(*word);
            let turned = a.rotate_right(2) ^ a.rotate_right(13) ^ a.rotate_right(22);
            let second = turned.wrapping_add((a & b) ^ (a & c) ^ (b & c));
            now = [first.wrapping_add(second), a, b, c, d.wrapping_add(first), e, f, g];
        }
        for (own, new) in state.iter_mut().zip(now) {
            *own = own.wrapping_add(new);
        }
    }
    hexadecimal(state.iter().flat_map(|word| word.to_be_bytes()))
}

#[cfg(test)]
mod tests {
    use super::{md5, sha256};

    #[test]
    fn the_examples_of_the_standards_come_out() {
        assert_eq!(md5(b""), "d41d8cd98f00b204e9800998ecf8427e");
        assert_eq!(md5(b"message digest"), "f96b697d7cb7938d525a2f31aaf161d0");
        assert_eq!(sha256(b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        let long = b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
        assert_eq!(sha256(long), "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    }
}

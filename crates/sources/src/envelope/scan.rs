//! Finds where a JSON value ends without parsing it: fast, and forgiving towards what is wrong inside a record, so
//! that one bad record does not take its neighbours with it.

use wide::u8x16;

/// Why a value's end was not found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unframed {
    /// The bytes end first.
    Cut,
    /// A line break stands inside a string at this position, or a bracket there closes one of the other kind:
    /// something is missing before.
    Broken(usize),
}

/// Skips whitespace, separators between records and byte order marks.
pub fn skip_space(bytes: &[u8], mut at: usize) -> usize {
    loop {
        match bytes.get(at) {
            Some(b' ' | b'\n' | b'\r' | b'\t' | 0x1e) => at += 1,
            Some(0xef) if bytes.get(at..at + 3) == Some(b"\xef\xbb\xbf") => at += 3,
            _ => return at,
        }
    }
}

/// The position after the value that begins at `at`.
pub fn value_end(bytes: &[u8], at: usize) -> Result<usize, Unframed> {
    match bytes.get(at) {
        None => Err(Unframed::Cut),
        Some(b'"') => string_end(bytes, at),
        Some(b'{' | b'[') => container_end(bytes, at),
        Some(_) => Ok(scalar_end(bytes, at)),
    }
}

fn container_end(bytes: &[u8], start: usize) -> Result<usize, Unframed> {
    let mut open = Vec::with_capacity(32);
    let mut at = start;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => {
                at = string_end(bytes, at)?;
                continue;
            }
            b'{' => open.push(b'}'),
            b'[' => open.push(b']'),
            b'}' | b']' => {
                if open.pop() != Some(*byte) {
                    return Err(Unframed::Broken(at));
                }
                if open.is_empty() {
                    return Ok(at + 1);
                }
            }
            _ => {}
        }
        at += 1;
    }
    Err(Unframed::Cut)
}

/// The position after a string's closing quote.
pub fn string_end(bytes: &[u8], start: usize) -> Result<usize, Unframed> {
    let mut at = start + 1;
    loop {
        let (found, what) = special(bytes, at).ok_or(Unframed::Cut)?;
        at = match what {
            Special::Quote => return Ok(found + 1),
            Special::Backslash => found + 2,
            Special::Control if bytes.get(found) == Some(&b'\n') => return Err(Unframed::Broken(found)),
            Special::Control => found + 1,
        };
    }
}

/// A byte that means something within a JSON string.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Special {
    Quote,
    Backslash,
    /// Below 0x20.
    Control,
}

/// The first special byte at or after a position, and where it stands.
#[inline]
pub fn special(bytes: &[u8], mut at: usize) -> Option<(usize, Special)> {
    let mut rest = bytes.get(at..)?;
    while let Some((chunk, after)) = rest.split_first_chunk::<16>() {
        let found = Marks::of(*chunk).special;
        if found != 0 {
            let plain = found.trailing_zeros() as usize;
            return special_of(*chunk.get(plain)?).map(|what| (at + plain, what));
        }
        (at, rest) = (at + 16, after);
    }
    rest.iter().enumerate().find_map(|(offset, byte)| special_of(*byte).map(|what| (at + offset, what)))
}

fn special_of(byte: u8) -> Option<Special> {
    match byte {
        b'"' => Some(Special::Quote),
        b'\\' => Some(Special::Backslash),
        0..0x20 => Some(Special::Control),
        _ => None,
    }
}

/// Which of some bytes mean something within a JSON string: a bit for each, the lowest for the first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    /// Those that are one of [`Special`].
    pub special: u64,
    pub quotes: u64,
    pub backslashes: u64,
}

impl Marks {
    #[inline]
    fn of(chunk: [u8; 16]) -> Self {
        let bytes = u8x16::from(chunk);
        let quotes = bytes.simd_eq(u8x16::splat(b'"'));
        let backslashes = bytes.simd_eq(u8x16::splat(b'\\'));
        let controls = bytes.min(u8x16::splat(0x1f)).simd_eq(bytes);
        Self {
            special: (quotes | backslashes | controls).to_bitmask().into(),
            quotes: quotes.to_bitmask().into(),
            backslashes: backslashes.to_bitmask().into(),
        }
    }

    /// Of as many bytes as a word has bits.
    #[inline]
    pub fn of_block(block: &[u8; 64]) -> Self {
        let mut marks = Self::default();
        for (position, chunk) in block.as_chunks().0.iter().enumerate() {
            let chunk = Self::of(*chunk);
            marks.special |= chunk.special << (16 * position);
            marks.quotes |= chunk.quotes << (16 * position);
            marks.backslashes |= chunk.backslashes << (16 * position);
        }
        marks
    }
}

fn scalar_end(bytes: &[u8], start: usize) -> usize {
    let rest = bytes.get(start..).unwrap_or_default();
    let length =
        rest.iter().position(|byte| matches!(byte, b',' | b'}' | b']' | b' ' | b'\n' | b'\r' | b'\t' | b'{' | b'['));
    start + length.unwrap_or(rest.len())
}

/// Steps over the members of an object, one at a time.
pub struct Members<'a> {
    bytes: &'a [u8],
    /// After the opening brace, a member, or its comma.
    at: usize,
}

/// One member: its key as written between the quotes, and where its value begins.
pub struct Member<'a> {
    pub key: &'a [u8],
    pub value: usize,
}

/// What stands next in an object.
pub enum Next<'a> {
    Member(Member<'a>),
    /// The object ends before this position.
    End(usize),
    /// What stands here is no member.
    Stray,
    Unframed(Unframed),
}

impl<'a> Members<'a> {
    pub fn of(bytes: &'a [u8], object: usize) -> Self {
        Self { bytes, at: object + 1 }
    }

    /// Goes on after a value that the caller has stepped over.
    pub fn resume(&mut self, at: usize) {
        self.at = at;
    }

    /// Where the walk stands.
    pub fn position(&self) -> usize {
        self.at
    }

    pub fn next(&mut self) -> Next<'a> {
        let mut at = skip_space(self.bytes, self.at);
        if self.bytes.get(at) == Some(&b',') {
            at = skip_space(self.bytes, at + 1);
        }
        match self.bytes.get(at) {
            None => return Next::Unframed(Unframed::Cut),
            Some(b'}') => return Next::End(at + 1),
            Some(b'"') => {}
            Some(_) => return Next::Stray,
        }
        let end = match string_end(self.bytes, at) {
            Ok(end) => end,
            Err(unframed) => return Next::Unframed(unframed),
        };
        let key = self.bytes.get(at + 1..end - 1).unwrap_or_default();
        let colon = skip_space(self.bytes, end);
        match self.bytes.get(colon) {
            None => Next::Unframed(Unframed::Cut),
            Some(b':') => Next::Member(Member { key, value: skip_space(self.bytes, colon + 1) }),
            Some(_) => Next::Stray,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_special_byte_is_found_wherever_it_stands() {
        for byte in 0..=u8::MAX {
            for at in 0..40 {
                for (filler, after) in
                    [(b'a', b'"'), (0x80, 0), (0xff, b'\\'), (b'!', b'#'), (b']', b'['), (0x20, 0x1f)]
                {
                    let mut bytes = [filler; 41];
                    bytes[at] = byte;
                    bytes[40] = after;
                    let expected = bytes.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20));
                    assert_eq!(special(&bytes, 0).map(|found| found.0), expected, "{byte} at {at}");
                }
            }
        }
    }

    #[test]
    fn a_block_has_a_bit_for_each_byte_that_means_something() {
        for byte in 0..=u8::MAX {
            for filler in [b'a', b'"', b'\\', 0x1f, 0x20, 0xff] {
                for at in 0..64 {
                    let mut block = [filler; 64];
                    block[at] = byte;
                    let bits = |is: &dyn Fn(u8) -> bool| {
                        block.iter().enumerate().fold(0, |bits, (at, byte)| bits | u64::from(is(*byte)) << at)
                    };
                    let expected = Marks {
                        special: bits(&|byte| matches!(byte, b'"' | b'\\' | 0..0x20)),
                        quotes: bits(&|byte| byte == b'"'),
                        backslashes: bits(&|byte| byte == b'\\'),
                    };
                    assert_eq!(Marks::of_block(&block), expected, "{byte} at {at} among {filler}");
                }
            }
        }
    }
}

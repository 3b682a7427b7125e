//! Finds where a JSON value ends without parsing it: fast, and forgiving towards what is wrong inside a record, so
//! that one bad record does not take its neighbours with it.

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
    while let Some((chunk, after)) = rest.split_first_chunk::<8>() {
        let plain = plain_bytes(*chunk);
        if plain < 8 {
            at += plain;
            return special_of(*chunk.get(plain)?).map(|what| (at, what));
        }
        (at, rest) = (at + 8, after);
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

/// How many of the first bytes are none of [`Special`]. All eight are looked at in one word: a byte that is zero
/// after the exclusive or, or is below 0x20, borrows from its highest bit, and what borrows wrongly stands after it.
/// <https://graphics.stanford.edu/~seander/bithacks.html#ZeroInWord>
#[inline]
pub fn plain_bytes(chunk: [u8; 8]) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = ONES << 7;
    let word = u64::from_le_bytes(chunk);
    let below = |word: u64, limit: u8| word.wrapping_sub(ONES * u64::from(limit)) & !word;
    let equals = |byte: u8| below(word ^ (ONES * u64::from(byte)), 1);
    let found = (below(word, 0x20) | equals(b'"') | equals(b'\\')) & HIGH;
    found.trailing_zeros() as usize / 8
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
            for at in 0..20 {
                for (filler, after) in
                    [(b'a', b'"'), (0x80, 0), (0xff, b'\\'), (b'!', b'#'), (b']', b'['), (0x20, 0x1f)]
                {
                    let mut bytes = [filler; 21];
                    bytes[at] = byte;
                    bytes[20] = after;
                    let expected = bytes.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20));
                    assert_eq!(special(&bytes, 0).map(|found| found.0), expected, "{byte} at {at}");
                    let head = bytes.first_chunk::<8>().unwrap();
                    assert_eq!(plain_bytes(*head), expected.map_or(8, |at| at.min(8)), "{byte} at {at}");
                }
            }
        }
    }
}

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
        let rest = bytes.get(at..).ok_or(Unframed::Cut)?;
        let found = memchr::memchr3(b'"', b'\\', b'\n', rest).ok_or(Unframed::Cut)?;
        at += found;
        match bytes.get(at) {
            Some(b'"') => return Ok(at + 1),
            Some(b'\\') => at += 2,
            _ => return Err(Unframed::Broken(at)),
        }
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

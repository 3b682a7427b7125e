//! As much of Thrift's compact protocol as it takes to look at a Parquet file before it is read: sizes, counts, names.
//!
//! Everything is bounded by the bytes there are: a list can't claim more elements than bytes follow, and structures
//! nest only so deep. The format is `parquet.thrift` of apache/parquet-format, its encoding the compact protocol of
//! apache/thrift.

/// The kind of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    True,
    False,
    Byte,
    Int,
    Double,
    Binary,
    List,
    Map,
    Struct,
}

/// Structures of Parquet nest half as deep.
const DEEPEST: usize = 12;

/// Steps over values. Every answer of none means that the bytes are no such thing.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    pub fn of(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// Bytes read so far.
    pub fn position(&self) -> usize {
        self.at
    }

    /// Calls `take` with each field of a structure, by its number. `take` reads the value or leaves it; what it leaves
    /// is skipped.
    pub fn each_field(&mut self, take: &mut dyn FnMut(&mut Self, i64, Kind) -> Option<()>) -> Option<()> {
        let mut number = 0;
        loop {
            let head = self.byte()?;
            if head == 0 {
                return Some(());
            }
            let step = i64::from(head >> 4);
            number = if step == 0 { self.int()? } else { number + step };
            let kind = kind_of(head & 0x0f)?;
            let start = self.at;
            take(self, number, kind)?;
            if self.at == start {
                self.skip(kind, 0)?;
            }
        }
    }

    /// An integer of any width.
    pub fn int(&mut self) -> Option<i64> {
        let packed = self.unsigned()?;
        Some((packed >> 1).cast_signed() ^ -(packed & 1).cast_signed())
    }

    pub fn binary(&mut self) -> Option<&'a [u8]> {
        let length = usize::try_from(self.unsigned()?).ok()?;
        let start = self.at;
        self.advance(length)?;
        self.bytes.get(start..self.at)
    }

    /// The length of a list, and the kind of its elements, which follow.
    pub fn list(&mut self) -> Option<(usize, Kind)> {
        let head = self.byte()?;
        if head == 0 {
            return Some((0, Kind::Byte));
        }
        let length = match usize::from(head >> 4) {
            15 => usize::try_from(self.unsigned()?).ok()?,
            length => length,
        };
        (length <= self.bytes.len() - self.at).then_some(())?;
        Some((length, kind_of(head & 0x0f)?))
    }

    /// Skips a value that stands in a field.
    fn skip(&mut self, kind: Kind, depth: usize) -> Option<()> {
        match kind {
            // A boolean field has its value in its head.
            Kind::True | Kind::False => Some(()),
            _ => self.skip_element(kind, depth),
        }
    }

    fn skip_element(&mut self, kind: Kind, depth: usize) -> Option<()> {
        (depth <= DEEPEST).then_some(())?;
        match kind {
            Kind::True | Kind::False | Kind::Byte => self.advance(1),
            Kind::Int => self.unsigned().map(drop),
            Kind::Double => self.advance(8),
            Kind::Binary => self.binary().map(drop),
            Kind::List => {
                let (length, element) = self.list()?;
                (0..length).try_for_each(|_| self.skip_element(element, depth + 1))
            }
            Kind::Map => {
                let length = usize::try_from(self.unsigned()?).ok()?;
                if length == 0 {
                    return Some(());
                }
                (length <= self.bytes.len() - self.at).then_some(())?;
                let kinds = self.byte()?;
                let (key, value) = (kind_of(kinds >> 4)?, kind_of(kinds & 0x0f)?);
                (0..length).try_for_each(|_| {
                    self.skip_element(key, depth + 1)?;
                    self.skip_element(value, depth + 1)
                })
            }
            Kind::Struct => loop {
                let head = self.byte()?;
                if head == 0 {
                    return Some(());
                }
                if head >> 4 == 0 {
                    self.unsigned()?;
                }
                self.skip(kind_of(head & 0x0f)?, depth + 1)?;
            },
        }
    }

    fn unsigned(&mut self) -> Option<u64> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    fn byte(&mut self) -> Option<u8> {
        let byte = *self.bytes.get(self.at)?;
        self.at += 1;
        Some(byte)
    }

    fn advance(&mut self, length: usize) -> Option<()> {
        let end = self.at.checked_add(length).filter(|end| *end <= self.bytes.len())?;
        self.at = end;
        Some(())
    }
}

fn kind_of(code: u8) -> Option<Kind> {
    Some(match code {
        1 => Kind::True,
        2 => Kind::False,
        3 => Kind::Byte,
        4..=6 => Kind::Int,
        7 => Kind::Double,
        8 => Kind::Binary,
        9 | 10 => Kind::List,
        11 => Kind::Map,
        12 => Kind::Struct,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Option<Vec<(i64, Kind)>> {
        let mut found = Vec::new();
        let mut reader = Reader::of(bytes);
        reader.each_field(&mut |_, number, kind| {
            found.push((number, kind));
            Some(())
        })?;
        Some(found)
    }

    #[test]
    fn fields_that_are_left_are_skipped() {
        // 1: i32 -3; 2: list of two binaries; 4: true; 20: struct with an i64.
        let bytes = [0x15, 5, 0x19, 0x28, 1, b'a', 2, b'b', b'c', 0x21, 0x0c, 40, 0x16, 2, 0, 0];
        let expected = [(1, Kind::Int), (2, Kind::List), (4, Kind::True), (20, Kind::Struct)];
        assert_eq!(read(&bytes).unwrap(), expected);
        for end in 0..bytes.len() {
            assert_eq!(read(&bytes[..end]), None, "cut at {end}");
        }
    }

    #[test]
    fn no_count_is_believed_that_the_bytes_cannot_hold() {
        assert_eq!(read(&[0x19, 0xf8, 0xff, 0xff, 0xff, 0xff, 7, 0]), None);
        assert_eq!(read(&[0x18, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1]), None);
        assert_eq!(read(&[0x1b, 0xff, 0xff, 3, 0x88, 0]), None);
    }

    #[test]
    fn depth_has_an_end() {
        assert_eq!(read(&[0x1c].repeat(100_000)), None);
        assert_eq!(read(&[0x19].repeat(100_000)), None);
    }
}

//! Where the text of a column stands.

/// Where a text stands: in the row's record or in the text beside it. Packed, so that kernels move it as a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span(pub u64);

const BESIDE: u64 = 1 << 63;

impl Span {
    pub const MISSING: Self = Self(u64::MAX);

    /// The place of `part` in `record`, if it is a piece of it and not merely equal to one.
    pub fn within(record: &str, part: &str) -> Option<Self> {
        let offset = part.as_ptr().addr().checked_sub(record.as_ptr().addr())?;
        let end = offset.checked_add(part.len())?;
        (end <= record.len()).then(|| Self::new(offset, part.len()))?
    }

    /// A text of this length at this place in the text beside the record.
    pub fn beside(offset: usize, length: usize) -> Option<Self> {
        Self::new(offset, length).map(|span| Self(span.0 | BESIDE))
    }

    fn new(offset: usize, length: usize) -> Option<Self> {
        let offset = u32::try_from(offset).ok().filter(|offset| *offset < 1 << 31)?;
        let length = u32::try_from(length).ok().filter(|length| *length < u32::MAX)?;
        Some(Self(u64::from(offset) << 32 | u64::from(length)))
    }

    /// Whether it is beside the record, its offset, its length.
    pub fn place(self) -> Option<(bool, usize, usize)> {
        if self == Self::MISSING {
            return None;
        }
        Some((self.0 & BESIDE != 0, ((self.0 & !BESIDE) >> 32) as usize, (self.0 & 0xffff_ffff) as usize))
    }
}

/// Appends to the text beside a record. A text past what a span can name (2 GiB) has no span and becomes null; the
/// caps on an object's size keep texts far below.
pub(crate) fn push_beside(beside: &mut String, text: &str) -> Span {
    let span = Span::beside(beside.len(), text.len()).unwrap_or(Span::MISSING);
    beside.push_str(text);
    span
}

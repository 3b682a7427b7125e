//! The headers of a zip, byte for byte. Written from here, and made anew from here when they are checked.

use super::super::manifest::Packing;

/// Files of this size and more have 64-bit sizes. It is below what 32 bits hold, so that packing can't carry a file past
/// it.
const LARGE_BYTES: u64 = 0xf000_0000;
/// In a field of 32 or 16 bits: look in the other place.
const ELSEWHERE_32: u32 = u32::MAX;
const ELSEWHERE_16: u16 = u16::MAX;

pub const LOCAL: u32 = 0x0403_4b50;
pub const CENTRAL: u32 = 0x0201_4b50;
pub const END: u32 = 0x0605_4b50;
pub const END_64: u32 = 0x0606_4b50;
pub const LOCATOR_64: u32 = 0x0706_4b50;

/// Lengths of the parts that have a fixed one.
pub const CENTRAL_BYTES: usize = 46;
pub const END_BYTES: u64 = 22;
pub const END_64_BYTES: u64 = 56;
pub const LOCATOR_64_BYTES: u64 = 20;

/// 1 January 1980, midnight: the first moment that a zip can name.
const TIME: u16 = 0;
const DATE: u16 = 0x21;
/// A plain file that its owner may write and all may read, in the upper half, where Unix keeps it.
const ATTRIBUTES: u32 = 0o100_644 << 16;
/// Unix, and the version of the format.
const MADE_BY: u16 = 0x031e;
const NEEDS_DEFLATE: u16 = 20;
const NEEDS_64: u16 = 45;

/// What is said of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// With the folder at the top.
    pub name: String,
    pub packing: Packing,
    pub crc32: u32,
    pub packed_bytes: u64,
    pub bytes: u64,
    /// Where its local header begins.
    pub offset: u64,
}

impl Facts {
    fn is_large(&self) -> bool {
        self.bytes >= LARGE_BYTES
    }

    fn method(&self) -> u16 {
        match self.packing {
            Packing::Stored => 0,
            Packing::Deflated => 8,
        }
    }

    /// Fields that both headers share: from the version needed to the length of the name.
    fn shared(&self, is_64: bool, out: &mut Vec<u8>) {
        put16(out, if is_64 { NEEDS_64 } else { NEEDS_DEFLATE });
        put16(out, 0);
        put16(out, self.method());
        put16(out, TIME);
        put16(out, DATE);
        put32(out, self.crc32);
        let size = |bytes: u64| if self.is_large() { ELSEWHERE_32 } else { bytes as u32 };
        put32(out, size(self.packed_bytes));
        put32(out, size(self.bytes));
        put16(out, self.name.len() as u16);
    }

    /// The header before the file's bytes.
    pub fn local(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(64 + self.name.len());
        put32(&mut out, LOCAL);
        self.shared(self.is_large(), &mut out);
        let extra = if self.is_large() { extra_64(&[self.bytes, self.packed_bytes]) } else { Vec::new() };
        put16(&mut out, extra.len() as u16);
        out.extend_from_slice(self.name.as_bytes());
        out.extend_from_slice(&extra);
        out
    }

    /// The entry in the directory at the end.
    pub fn central(&self) -> Vec<u8> {
        let is_far = self.offset >= u64::from(ELSEWHERE_32);
        let mut wide = Vec::new();
        if self.is_large() {
            wide.extend([self.bytes, self.packed_bytes]);
        }
        if is_far {
            wide.push(self.offset);
        }
        let extra = if wide.is_empty() { Vec::new() } else { extra_64(&wide) };
        let mut out = Vec::with_capacity(CENTRAL_BYTES + self.name.len() + extra.len());
        put32(&mut out, CENTRAL);
        put16(&mut out, MADE_BY);
        self.shared(!wide.is_empty(), &mut out);
        put16(&mut out, extra.len() as u16);
        // Comment, disk, internal attributes.
        out.extend_from_slice(&[0; 6]);
        put32(&mut out, ATTRIBUTES);
        put32(&mut out, if is_far { ELSEWHERE_32 } else { self.offset as u32 });
        out.extend_from_slice(self.name.as_bytes());
        out.extend_from_slice(&extra);
        out
    }
}

/// The directory as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Directory {
    pub entries: u64,
    pub bytes: u64,
    pub offset: u64,
}

impl Directory {
    /// What follows the directory, to the end of the zip.
    pub fn end(&self) -> Vec<u8> {
        let is_64 = self.entries >= u64::from(ELSEWHERE_16)
            || self.bytes >= u64::from(ELSEWHERE_32)
            || self.offset >= u64::from(ELSEWHERE_32);
        let mut out = Vec::new();
        if is_64 {
            put32(&mut out, END_64);
            put64(&mut out, END_64_BYTES - 12);
            put16(&mut out, MADE_BY);
            put16(&mut out, NEEDS_64);
            put32(&mut out, 0);
            put32(&mut out, 0);
            put64(&mut out, self.entries);
            put64(&mut out, self.entries);
            put64(&mut out, self.bytes);
            put64(&mut out, self.offset);
            put32(&mut out, LOCATOR_64);
            put32(&mut out, 0);
            put64(&mut out, self.offset + self.bytes);
            put32(&mut out, 1);
        }
        put32(&mut out, END);
        put32(&mut out, 0);
        let entries = self.entries.min(u64::from(ELSEWHERE_16)) as u16;
        put16(&mut out, entries);
        put16(&mut out, entries);
        put32(&mut out, self.bytes.min(u64::from(ELSEWHERE_32)) as u32);
        put32(&mut out, self.offset.min(u64::from(ELSEWHERE_32)) as u32);
        put16(&mut out, 0);
        out
    }
}

fn extra_64(values: &[u64]) -> Vec<u8> {
    let mut out = Vec::with_capacity(4 + values.len() * 8);
    put16(&mut out, 1);
    put16(&mut out, (values.len() * 8) as u16);
    for value in values {
        put64(&mut out, *value);
    }
    out
}

fn put16(out: &mut Vec<u8>, value: u16) {
    out.extend_from_slice(&value.to_le_bytes());
}

fn put32(out: &mut Vec<u8>, value: u32) {
    out.extend_from_slice(&value.to_le_bytes());
}

fn put64(out: &mut Vec<u8>, value: u64) {
    out.extend_from_slice(&value.to_le_bytes());
}

/// A number at this place, if the bytes reach that far.
pub fn get16(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

pub fn get32(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

pub fn get64(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

/// How files of this name are packed: what is dense already is stored, and so can be read at any place.
pub fn packing_of(path: &str) -> Packing {
    if path.ends_with(".parquet") || path.starts_with("objects/") { Packing::Stored } else { Packing::Deflated }
}

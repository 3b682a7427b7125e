//! What the footer of a Parquet file says, looked at before any library believes it.
//!
//! Only flat files are of interest: every column a single value, at the root. That is what flow logs are, and it keeps
//! everything that nests (and could nest without end) away from the reader.

use super::layout;
use super::thrift::{Kind, Reader};

pub const MAGIC: &[u8; 4] = b"PAR1";

/// Longest footer read. That of a flow log file of 75 MB has some tens of kilobytes; metadata takes many times its
/// length in memory.
const LONGEST_BYTES: usize = 4 << 20;

/// What a footer says of the columns.
#[derive(Debug, PartialEq, Eq)]
pub struct Footer {
    /// Names of the columns; none if some are nested or of a type that flow logs do not have.
    pub columns: Option<Vec<String>>,
}

/// Why a footer can't be used.
#[derive(Debug, PartialEq, Eq)]
pub enum Fault {
    /// The file is cut or corrupt.
    Broken,
    TooLarge,
}

impl Footer {
    pub fn of(object: &[u8]) -> Result<Self, Fault> {
        let body = object.strip_prefix(MAGIC).and_then(|rest| rest.strip_suffix(MAGIC)).ok_or(Fault::Broken)?;
        let (body, length) = body.split_last_chunk::<4>().ok_or(Fault::Broken)?;
        let length = u32::from_le_bytes(*length) as usize;
        if length > LONGEST_BYTES {
            return Err(if length > body.len() { Fault::Broken } else { Fault::TooLarge });
        }
        let start = body.len().checked_sub(length).ok_or(Fault::Broken)?;
        read(body.get(start..).unwrap_or_default()).ok_or(Fault::Broken)
    }
}

/// Reads `FileMetaData`, all of it, so that what follows is known to be well-formed.
fn read(bytes: &[u8]) -> Option<Footer> {
    layout::check(&mut Reader::of(bytes), layout::FILE)?;
    let mut schema = None;
    Reader::of(bytes).each_field(&mut |reader, number, kind| {
        if (number, kind) == (2, Kind::List) {
            let (length, element) = reader.list()?;
            (length == 0 || element == Kind::Struct).then_some(())?;
            let elements = (0..length).map(|_| Element::read(reader)).collect::<Option<Vec<_>>>()?;
            // Of two schemas nobody could say which is meant.
            schema.replace(elements).is_none().then_some(())?;
        }
        Some(())
    })?;
    Some(Footer { columns: columns(&schema?) })
}

/// Physical type whose values have a length that the file sets.
const FIXED_LENGTH: i64 = 7;
/// A list of values.
const REPEATED: i64 = 2;

#[derive(Default)]
struct Element {
    name: String,
    physical_type: Option<i64>,
    repetition: Option<i64>,
    children: i64,
}

impl Element {
    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let mut element = Self::default();
        reader.each_field(&mut |reader, number, kind| {
            match (number, kind) {
                (1, Kind::Int) => element.physical_type = Some(reader.int()?),
                (3, Kind::Int) => element.repetition = Some(reader.int()?),
                (4, Kind::Binary) => std::str::from_utf8(reader.binary()?).ok()?.clone_into(&mut element.name),
                (5, Kind::Int) => element.children = reader.int()?,
                _ => {}
            }
            Some(())
        })?;
        Some(element)
    }

    fn is_plain(&self) -> bool {
        self.children == 0
            && self.physical_type.is_some_and(|kind| kind != FIXED_LENGTH)
            && self.repetition.is_some_and(|repetition| repetition != REPEATED)
    }
}

/// The names of the columns of a flat schema: a root and its children.
fn columns(schema: &[Element]) -> Option<Vec<String>> {
    let (root, columns) = schema.split_first()?;
    let is_flat = usize::try_from(root.children) == Ok(columns.len()) && columns.iter().all(Element::is_plain);
    is_flat.then(|| columns.iter().map(|column| column.name.clone()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file of nothing but this footer.
    fn file(footer: &[u8]) -> Vec<u8> {
        [MAGIC, footer, &(footer.len() as u32).to_le_bytes(), MAGIC].concat()
    }

    /// A column of physical type `kind` whose children are said to be `children`.
    fn element(kind: u8, name: &str, children: u8) -> Vec<u8> {
        [&[0x15, kind * 2, 0x25, 2, 0x18, name.len() as u8], name.as_bytes(), &[0x15, children * 2, 0]].concat()
    }

    fn schema(elements: &[Vec<u8>]) -> Vec<u8> {
        [&[0x29, (elements.len() as u8) << 4 | 0x0c][..], &elements.concat(), &[0]].concat()
    }

    fn columns(elements: &[Vec<u8>]) -> Option<Vec<String>> {
        Footer::of(&file(&schema(elements))).unwrap().columns
    }

    #[test]
    fn a_flat_schema_gives_its_names() {
        let found = columns(&[element(0, "root", 2), element(1, "srcport", 0), element(6, "srcaddr", 0)]);
        assert_eq!(found.unwrap(), ["srcport", "srcaddr"]);
    }

    #[test]
    fn what_nests_or_lies_about_its_children_has_no_columns() {
        for elements in [
            vec![element(0, "root", 1), element(1, "a", 1), element(1, "b", 0)],
            vec![element(0, "root", 60), element(1, "a", 0)],
            vec![element(0, "root", 0), element(1, "a", 0)],
            vec![element(0, "root", 1), element(7, "fixed", 0)],
            vec![],
        ] {
            assert_eq!(columns(&elements), None);
        }
    }

    #[test]
    fn a_type_other_than_declared_is_broken() {
        let broken = |footer: &[u8]| assert_eq!(Footer::of(&file(footer)), Err(Fault::Broken), "{footer:?}");
        broken(&[0x17, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        broken(&[0x29, 0x15, 0, 0]);
        broken(&[&schema(&[element(0, "root", 0)])[..], &[0]].concat()[..2]);
        let twice = [&schema(&[element(0, "root", 0)])[..8], &[0x09, 0x04, 0x0c, 0, 0]].concat();
        broken(&twice);
    }

    #[test]
    fn a_length_that_does_not_fit_is_broken() {
        for object in [&b"PAR1"[..], b"PAR1PAR1", b"PAR1\xff\xff\xff\x7fPAR1", b"PAR1\x01\0\0\0PAR1"] {
            assert_eq!(Footer::of(object), Err(Fault::Broken));
        }
        let long = file(&vec![0; LONGEST_BYTES + 1]);
        assert_eq!(Footer::of(&long), Err(Fault::TooLarge));
    }
}

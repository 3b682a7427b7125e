//! The structures of a Parquet file's metadata, as `parquet.thrift` of apache/parquet-format declares them.
//!
//! The reader of Parquet takes a field to be of the type that its number stands for, whatever type the file gives it.
//! A file that lies about a type makes it read on at another place than the one that was checked. So fields that are
//! declared have to be of their type; others are skipped, here as there.

use super::thrift::{Kind, Reader};

/// The declared type of a field.
pub enum Shape {
    Bool,
    Byte,
    Int,
    Double,
    Binary,
    List(&'static Shape),
    Struct(Fields),
}

/// The declared fields of a structure, by number.
pub type Fields = &'static [(i64, Shape)];

use Shape::{Binary, Bool, Byte, Double, Int, List, Struct};

const NOTHING: Shape = Struct(&[]);

pub const FILE: Fields = &[
    (1, Int),
    (2, List(&Struct(SCHEMA_ELEMENT))),
    (3, Int),
    (4, List(&Struct(ROW_GROUP))),
    (5, List(&Struct(KEY_VALUE))),
    (6, Binary),
    (7, List(&Struct(&[(1, NOTHING), (2, NOTHING)]))),
];

const KEY_VALUE: Fields = &[(1, Binary), (2, Binary)];

const SCHEMA_ELEMENT: Fields = &[
    (1, Int),
    (2, Int),
    (3, Int),
    (4, Binary),
    (5, Int),
    (6, Int),
    (7, Int),
    (8, Int),
    (9, Int),
    (10, Struct(LOGICAL_TYPE)),
];

const LOGICAL_TYPE: Fields = &[
    (1, NOTHING),
    (2, NOTHING),
    (3, NOTHING),
    (4, NOTHING),
    (5, Struct(&[(1, Int), (2, Int)])),
    (6, NOTHING),
    (7, Struct(TIME)),
    (8, Struct(TIME)),
    (10, Struct(&[(1, Byte), (2, Bool)])),
    (11, NOTHING),
    (12, NOTHING),
    (13, NOTHING),
    (14, NOTHING),
    (15, NOTHING),
    (16, Struct(&[(1, Byte)])),
    (17, Struct(&[(1, Binary)])),
    (18, Struct(&[(1, Binary), (2, Int)])),
];

const TIME: Fields = &[(1, Bool), (2, Struct(&[(1, NOTHING), (2, NOTHING), (3, NOTHING)]))];

const ROW_GROUP: Fields = &[
    (1, List(&Struct(COLUMN_CHUNK))),
    (2, Int),
    (3, Int),
    (4, List(&Struct(&[(1, Int), (2, Bool), (3, Bool)]))),
    (5, Int),
    (6, Int),
    (7, Int),
];

const COLUMN_CHUNK: Fields = &[(1, Binary), (2, Int), (3, Struct(COLUMN)), (4, Int), (5, Int), (6, Int), (7, Int)];

const COLUMN: Fields = &[
    (1, Int),
    (2, List(&Int)),
    (3, List(&Binary)),
    (4, Int),
    (5, Int),
    (6, Int),
    (7, Int),
    (8, List(&Struct(KEY_VALUE))),
    (9, Int),
    (10, Int),
    (11, Int),
    (12, Struct(STATISTICS)),
    (13, List(&Struct(&[(1, Int), (2, Int), (3, Int)]))),
    (14, Int),
    (15, Int),
    (16, Struct(&[(1, Int), (2, List(&Int)), (3, List(&Int))])),
    (17, Struct(&[(1, Struct(BOX)), (2, List(&Int))])),
];

const BOX: Fields =
    &[(1, Double), (2, Double), (3, Double), (4, Double), (5, Double), (6, Double), (7, Double), (8, Double)];

const STATISTICS: Fields =
    &[(1, Binary), (2, Binary), (3, Int), (4, Int), (5, Binary), (6, Binary), (7, Bool), (8, Bool), (9, Int)];

pub const PAGE: Fields = &[
    (1, Int),
    (2, Int),
    (3, Int),
    (4, Int),
    (5, Struct(&[(1, Int), (2, Int), (3, Int), (4, Int), (5, Struct(STATISTICS))])),
    (6, NOTHING),
    (7, Struct(&[(1, Int), (2, Int), (3, Bool)])),
    (8, Struct(&[(1, Int), (2, Int), (3, Int), (4, Int), (5, Int), (6, Int), (7, Bool), (8, Struct(STATISTICS))])),
];

/// Steps over a structure that is as declared.
pub fn check(reader: &mut Reader<'_>, fields: Fields) -> Option<()> {
    reader.each_field(&mut |reader, number, kind| match fields.iter().find(|(declared, _)| *declared == number) {
        Some((_, shape)) => check_value(reader, shape, kind),
        None => Some(()),
    })
}

/// Steps over a value that follows the head of its field. What is a single number or text is left to the caller.
fn check_value(reader: &mut Reader<'_>, shape: &Shape, kind: Kind) -> Option<()> {
    match (shape, kind) {
        (Bool, Kind::True | Kind::False)
        | (Byte, Kind::Byte)
        | (Int, Kind::Int)
        | (Double, Kind::Double)
        | (Binary, Kind::Binary) => Some(()),
        (Struct(fields), Kind::Struct) => check(reader, fields),
        (List(shape), Kind::List) => {
            let (length, element) = reader.list()?;
            (0..length).try_for_each(|_| match shape {
                Struct(_) | List(_) => check_value(reader, shape, element),
                Int if element == Kind::Int => reader.int().map(drop),
                Binary if element == Kind::Binary => reader.binary().map(drop),
                _ => None,
            })
        }
        _ => None,
    }
}

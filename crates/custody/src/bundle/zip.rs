//! The zip form of a bundle: one writer and one reader that accepts exactly what that writer makes.
//!
//! A zip holds much that no hash of a file covers: headers twice over, comments, times, bytes between the entries. Here
//! all of it has one form, so that whoever reads can make it anew and compare: there is no byte in the zip that could be
//! changed unseen, and none of the tricks with names, duplicates or sizes has a place to stand. What another program
//! packed is not read; it can be extracted, and the folder checked.
//!
//! The format is APPNOTE 6.3 (<https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT>), with ZIP64 where sizes,
//! offsets or counts ask for it, and only there.

mod headers;
mod read;
mod write;

pub use read::{Fault, Zip, ZipEntry};
pub use write::ZipWriter;

#[cfg(test)]
mod tests;

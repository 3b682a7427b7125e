//! The lake's folder as a session reads it. What the system has in memory already is read at once, by the thread that
//! wants it; what has to come from a disk is left to a thread that may wait. Handing every read to another thread costs
//! a short question more than the reading. Reads only: every other operation is refused.

use std::fmt;
use std::fs::File;
use std::ops::Range;
use std::path::Path as FilePath;

use async_trait::async_trait;
use bytes::Bytes;
use datafusion::object_store::local::LocalFileSystem;
use datafusion::object_store::path::Path;
use datafusion::object_store::{
    CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};
use futures::stream::BoxStream;
use futures::{StreamExt, stream};

/// The files of one lake, by their paths relative to it.
#[derive(Debug)]
pub struct LakeStore {
    folder: LocalFileSystem,
}

impl LakeStore {
    pub fn new(root: &FilePath) -> Result<Self> {
        Ok(Self { folder: LocalFileSystem::new_with_prefix(root)? })
    }

    /// The bytes of all these ranges, if the system has them in memory; none otherwise, or if anything is wrong.
    fn at_hand(&self, location: &Path, ranges: &[Range<u64>]) -> Option<Vec<Bytes>> {
        let file = File::open(self.folder.path_to_filesystem(location).ok()?).ok()?;
        ranges.iter().map(|range| cached(&file, range)).collect()
    }
}

/// Bytes of a file, if the system has them in memory.
#[cfg(target_os = "linux")]
fn cached(file: &File, range: &Range<u64>) -> Option<Bytes> {
    use rustix::io::{ReadWriteFlags, preadv2};
    use std::io::IoSliceMut;

    let length = usize::try_from(range.end.checked_sub(range.start)?).ok()?;
    let mut bytes = vec![0; length];
    let mut filled = 0;
    while let Some(rest) = bytes.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        let offset = range.start.checked_add(filled as u64)?;
        let read = preadv2(file, &mut [IoSliceMut::new(rest)], offset, ReadWriteFlags::NOWAIT).ok()?;
        // Nothing more: the range goes past the end of the file, and the error is for the other way to tell.
        if read == 0 {
            return None;
        }
        filled += read;
    }
    Some(Bytes::from(bytes))
}

/// Elsewhere there is no way to ask for what is in memory alone.
#[cfg(not(target_os = "linux"))]
fn cached(_file: &File, _range: &Range<u64>) -> Option<Bytes> {
    None
}

impl fmt::Display for LakeStore {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.folder.fmt(formatter)
    }
}

fn refused<T>(operation: &str) -> Result<T> {
    Err(Error::NotSupported { source: format!("a session only reads its lake and has no `{operation}`").into() })
}

#[async_trait]
impl ObjectStore for LakeStore {
    async fn get_ranges(&self, location: &Path, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        match self.at_hand(location, ranges) {
            Some(bytes) => Ok(bytes),
            None => self.folder.get_ranges(location, ranges).await,
        }
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        self.folder.get_opts(location, options).await
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.folder.list(prefix)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.folder.list_with_delimiter(prefix).await
    }

    async fn put_opts(&self, _location: &Path, _payload: PutPayload, _options: PutOptions) -> Result<PutResult> {
        refused("put")
    }

    async fn put_multipart_opts(
        &self,
        _location: &Path,
        _options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        refused("put")
    }

    fn delete_stream(&self, _locations: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        stream::once(async { refused("delete") }).boxed()
    }

    async fn copy_opts(&self, _from: &Path, _to: &Path, _options: CopyOptions) -> Result<()> {
        refused("copy")
    }
}

#[cfg(test)]
mod tests {
    use futures::executor::block_on;

    use super::*;

    fn store() -> (tempfile::TempDir, LakeStore, Path) {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("part"), b"0123456789").unwrap();
        let store = LakeStore::new(folder.path()).unwrap();
        (folder, store, Path::from("part"))
    }

    #[test]
    fn ranges_are_read_in_the_order_asked_for() {
        let (_folder, store, part) = store();
        let read = block_on(store.get_ranges(&part, &[7..10, 0..3, 5..5])).unwrap();
        assert_eq!(read, [Bytes::from("789"), Bytes::from("012"), Bytes::new()]);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn what_was_just_written_is_at_hand() {
        let (_folder, store, part) = store();
        assert_eq!(store.at_hand(&part, std::slice::from_ref(&(2..4))).unwrap(), [Bytes::from("23")]);
    }

    #[test]
    fn a_range_past_the_end_and_a_missing_file_are_errors() {
        let (_folder, store, part) = store();
        assert!(block_on(store.get_ranges(&part, std::slice::from_ref(&(5..11)))).is_err());
        let missing = block_on(store.get_ranges(&Path::from("gone"), std::slice::from_ref(&(0..1))));
        assert!(matches!(missing, Err(Error::NotFound { .. })), "{missing:?}");
    }

    #[test]
    fn nothing_is_written() {
        let (_folder, store, part) = store();
        let put = block_on(store.put_opts(&part, PutPayload::from("x"), PutOptions::default()));
        assert!(matches!(put, Err(Error::NotSupported { .. })), "{put:?}");
        let copied = block_on(store.copy_opts(&part, &Path::from("copy"), CopyOptions::default()));
        assert!(matches!(copied, Err(Error::NotSupported { .. })), "{copied:?}");
        let deleted: Vec<_> = block_on(store.delete_stream(stream::once(async { Ok(part) }).boxed()).collect());
        assert!(matches!(&deleted[..], [Err(Error::NotSupported { .. })]), "{deleted:?}");
    }
}

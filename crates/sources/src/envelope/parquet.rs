//! Flow logs in Parquet files, as flow logs deliver them to S3 when asked to. Parquet of any other kind is left to be
//! unknown.
//!
//! A row of Parquet has no bytes of its own. Its record is made here: one JSON object with the row's values by the
//! file's own column names, in the file's order. The position of the record is the number of the row. What can't be
//! read (from the first row group that is damaged or takes too much, to the end of the file) is one reject with its
//! bytes; rows that were read of that row group before are rows all the same.
//!
//! The file is hostile until shown otherwise: `footer` and `pages` look at every size before the reader of Parquet
//! does, and a panic of that reader is taken as a fault of the file.

mod footer;
mod layout;
mod pages;
mod render;
mod thrift;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, Field, Schema};
use arrow::util::display::FormatOptions;
use bytes::Bytes;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder};
use parquet::basic::Compression;
use parquet::errors::ParquetError;
use parquet::file::metadata::{ColumnChunkMetaData, PageIndexPolicy, RowGroupMetaData};

use self::footer::{Fault, Footer, MAGIC};
use self::pages::Chunk;
use super::{Envelope, Frame, Piece, Sink};
use crate::column::PROVENANCE;
use crate::reject::Reason;
use crate::source::Header;
use crate::vpc_flow;

pub const ENVELOPE: Envelope = Envelope {
    name: "parquet",
    about: "Parquet files of flow logs",
    claims,
    split: |object, _key, sink| split(object, sink),
};

/// Rows decoded at a time.
const BATCH_ROWS: usize = 512;
/// Most bytes of pages that may be held at a time; a page has a mebibyte in files as they are usually written.
const MOST_HELD_BYTES: usize = 256 << 20;
/// Most bytes the pages of a file may unfold to, and most text its rows may come to.
const MOST_UNFOLDED_BYTES: usize = 4 << 30;

/// What ends the reading of a file.
#[derive(Debug)]
struct Trouble {
    reason: Reason,
    detail: String,
}

impl Trouble {
    fn broken(detail: &str) -> Self {
        Self { reason: Reason::BadParquet, detail: detail.to_owned() }
    }
}

fn too_large(detail: &str) -> Trouble {
    Trouble { reason: Reason::TooLarge, detail: detail.to_owned() }
}

fn claims(object: &[u8]) -> bool {
    object.starts_with(MAGIC)
        && match Footer::of(object) {
            Ok(footer) => header(footer).is_some(),
            // What a damaged file held can't be told, so it must not pass as something that is of no interest.
            Err(_) => true,
        }
}

/// The columns as fields of flow logs. A part of a lake has them too, but its rows are no records.
fn header(footer: Footer) -> Option<Header> {
    let names = footer.columns?;
    let is_part = PROVENANCE.iter().all(|column| names.iter().any(|name| name == column.name));
    if is_part { None } else { vpc_flow::of_names(names) }
}

fn split(object: &[u8], sink: &mut Sink<'_>) {
    let mut done = 0;
    if let Err(Trouble { reason, detail }) = read(object, &mut done, sink) {
        let bytes = object.get(done..).unwrap_or_default();
        sink(Piece::Reject { reason, offset_bytes: done, detail, bytes });
    }
}

/// Reads the row groups in their order. `done` is where those that were read in full end.
fn read(object: &[u8], done: &mut usize, sink: &mut Sink<'_>) -> Result<(), Trouble> {
    let footer = Footer::of(object).map_err(|fault| match fault {
        Fault::Broken => Trouble::broken("the footer is cut or corrupt"),
        Fault::TooLarge => too_large("the footer is too long"),
    })?;
    let header = header(footer).ok_or_else(|| Trouble::broken("the columns are not those of a flow log"))?;
    let file = File::open(object)?;
    let mut left = Left { unfolded_bytes: MOST_UNFOLDED_BYTES, text_bytes: MOST_UNFOLDED_BYTES };
    file.fits(object)?;
    for position in 0..file.metadata.metadata().num_row_groups() {
        let group = file.metadata.metadata().row_group(position);
        let span = measure(object, group, &mut left)?;
        let mut emit = |text: &str| {
            let frame = Frame::bare(text.as_bytes(), span.0);
            sink(Piece::Record(Frame { header: Some(&header), table: Some(vpc_flow::TABLE.name), ..frame }));
        };
        file.rows(position, &mut left, &mut emit)?;
        *done = span.1.max(*done);
    }
    Ok(())
}

/// What a file may still take.
struct Left {
    unfolded_bytes: usize,
    text_bytes: usize,
}

/// Checks the sizes of a row group's pages. Returns where its bytes begin and end.
fn measure(object: &[u8], group: &RowGroupMetaData, left: &mut Left) -> Result<(usize, usize), Trouble> {
    let rows = u64::try_from(group.num_rows()).map_err(|_| Trouble::broken("a row group has less than no rows"))?;
    let mut span = (object.len(), 0);
    let mut held_bytes = 0_usize;
    for column in group.columns() {
        let is_gzip = match column.compression() {
            Compression::GZIP(_) => true,
            Compression::UNCOMPRESSED | Compression::SNAPPY | Compression::ZSTD(_) | Compression::LZ4_RAW => false,
            other => return Err(Trouble::broken(&format!("compression {other} of Parquet is not read"))),
        };
        let (start, end) =
            bounds(object, column.dictionary_page_offset(), column.data_page_offset(), column.compressed_size())?;
        let sizes = pages::measure(object, &Chunk { start, end, rows, is_gzip })?;
        held_bytes = held_bytes.saturating_add(sizes.held_bytes);
        let fits = left.unfolded_bytes.checked_sub(sizes.total_bytes).filter(|_| held_bytes <= MOST_HELD_BYTES);
        left.unfolded_bytes = fits.ok_or_else(|| too_large("the pages unfold to too much"))?;
        span = (span.0.min(start), span.1.max(end));
    }
    Ok((span.0.min(span.1), span.1))
}

fn bounds(object: &[u8], dictionary: Option<i64>, data: i64, length: i64) -> Result<(usize, usize), Trouble> {
    let start = usize::try_from(dictionary.unwrap_or(data)).ok();
    let end = start.and_then(|start| start.checked_add(usize::try_from(length).ok()?));
    match (start, end) {
        (Some(start), Some(end)) if end <= object.len() => Ok((start, end)),
        _ => Err(Trouble::broken("a column lies outside of the file")),
    }
}

struct File {
    bytes: Bytes,
    metadata: ArrowReaderMetadata,
}

impl File {
    fn open(object: &[u8]) -> Result<Self, Trouble> {
        let bytes = Bytes::copy_from_slice(object);
        let options =
            || ArrowReaderOptions::new().with_skip_arrow_metadata(true).with_page_index_policy(PageIndexPolicy::Skip);
        let metadata = guarded(|| {
            let found = ArrowReaderMetadata::load(&bytes, options())?;
            // Texts as views into their page: a batch does not grow with the length of a text that repeats.
            let fields = found.schema().fields().iter().map(|field| viewed(field)).collect::<Vec<_>>();
            ArrowReaderMetadata::try_new(
                Arc::clone(found.metadata()),
                options().with_schema(Arc::new(Schema::new(fields))),
            )
        })?;
        Ok(Self { bytes, metadata })
    }

    /// Whether the columns of all row groups together take no more than the file has, so that no byte is read again and
    /// again.
    fn fits(&self, object: &[u8]) -> Result<(), Trouble> {
        let groups = self.metadata.metadata().row_groups().iter();
        let sizes = groups.flat_map(RowGroupMetaData::columns).map(ColumnChunkMetaData::compressed_size);
        let total = sizes.map(|size| usize::try_from(size).ok()).try_fold(0_usize, |sum, size| sum.checked_add(size?));
        match total {
            Some(total) if total <= object.len() => Ok(()),
            _ => Err(Trouble::broken("the columns take more bytes than the file has")),
        }
    }

    /// Hands out the rows of a row group.
    fn rows(&self, position: usize, left: &mut Left, emit: &mut dyn FnMut(&str)) -> Result<(), Trouble> {
        let mut batches = guarded(|| {
            ParquetRecordBatchReaderBuilder::new_with_metadata(self.bytes.clone(), self.metadata.clone())
                .with_row_groups(vec![position])
                .with_batch_size(BATCH_ROWS)
                .build()
        })?;
        let options = FormatOptions::new();
        let mut text = String::new();
        let mut rows = 0_i64;
        while let Some(batch) = guarded(|| batches.next().transpose().map_err(ParquetError::from))? {
            emit_batch(&batch, &options, &mut text, left, emit)?;
            rows += batch.num_rows() as i64;
        }
        let said = self.metadata.metadata().row_group(position).num_rows();
        if rows == said {
            return Ok(());
        }
        Err(Trouble::broken(&format!("{rows} rows where the footer says {said}")))
    }
}

fn emit_batch(
    batch: &RecordBatch,
    options: &FormatOptions<'_>,
    text: &mut String,
    left: &mut Left,
    emit: &mut dyn FnMut(&str),
) -> Result<(), Trouble> {
    let rows = render::Rows::of(batch, options).map_err(|error| Trouble::broken(&error.to_string()))?;
    for row in 0..batch.num_rows() {
        rows.write(row, text)?;
        let fits = left.text_bytes.checked_sub(text.len());
        left.text_bytes = fits.ok_or_else(|| too_large("the rows unfold to too much"))?;
        emit(text);
    }
    Ok(())
}

fn viewed(field: &Field) -> Field {
    let data_type = match field.data_type() {
        DataType::Utf8 => DataType::Utf8View,
        DataType::Binary => DataType::BinaryView,
        other => other.clone(),
    };
    field.clone().with_data_type(data_type)
}

/// Runs the reader of Parquet. It was written for files that are what they say, and may panic at those that are not.
fn guarded<T>(read: impl FnOnce() -> Result<T, ParquetError>) -> Result<T, Trouble> {
    match catch_unwind(AssertUnwindSafe(read)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(Trouble::broken(&error.to_string())),
        Err(_panic) => Err(Trouble::broken("the reader of Parquet could not go on")),
    }
}

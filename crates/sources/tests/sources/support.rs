//! Decodes one object and reads the rows back.

use std::cell::RefCell;
use std::fmt::Write;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use eksamine_sources::cluster::ClusterMap;
use eksamine_sources::{Decoder, Limits, Object, Outcome};

pub struct Decoded {
    pub outcome: Outcome,
    /// Rows as they are written, by table.
    pub batches: Vec<(&'static str, RecordBatch)>,
}

thread_local! {
    /// As in an ingest, one decoder reads one object after another; making one takes longer than most tests' objects.
    static DECODER: RefCell<Decoder> = RefCell::default();
}

pub fn decode(key: &str, bytes: &[u8]) -> Decoded {
    let mut clusters = ClusterMap::default();
    clusters.insert("mapped", "mapped/");
    decode_with(key, bytes, &clusters, Limits::default())
}

pub fn decode_with(key: &str, bytes: &[u8], clusters: &ClusterMap, limits: Limits) -> Decoded {
    let uri = format!("s3://example/{key}");
    let object = Object { uri: &uri, key, sha256: "00", bytes, clusters, limits: &limits };
    let (outcome, batches) = DECODER.with_borrow_mut(|decoder| {
        let outcome = decoder.decode(&object, &mut |_| {});
        (outcome, decoder.take())
    });
    Decoded { outcome, batches: batches.iter().map(|rows| (rows.table().name, rows.expand().unwrap())).collect() }
}

impl Decoded {
    pub fn table(&self, name: &str) -> Option<&RecordBatch> {
        self.batches.iter().find(|(table, _)| *table == name).map(|(_, batch)| batch)
    }

    /// One column as text, row by row; null as `∅`.
    pub fn column(&self, table: &str, column: &str) -> Vec<String> {
        let Some(batch) = self.table(table) else { return Vec::new() };
        let array = batch.column_by_name(column).unwrap_or_else(|| panic!("no column {column}"));
        let options = FormatOptions::default().with_null("∅");
        let formatter = ArrayFormatter::try_new(array.as_ref(), &options).unwrap();
        (0..array.len()).map(|row| formatter.value(row).to_string()).collect()
    }

    pub fn raws(&self, table: &str) -> Vec<String> {
        let Some(batch) = self.table(table) else { return Vec::new() };
        let raw = batch.column_by_name("raw").unwrap().as_string::<i32>();
        raw.iter().map(|text| text.unwrap().to_owned()).collect()
    }

    /// Every row as `column: value` lines, nulls left out, for snapshots.
    pub fn describe(&self) -> String {
        let mut text = String::new();
        for (table, batch) in &self.batches {
            for row in 0..batch.num_rows() {
                let _ = writeln!(text, "{table} row {row}");
                for (field, array) in batch.schema().fields().iter().zip(batch.columns()) {
                    if array.is_valid(row) && field.name() != "raw" {
                        let options = FormatOptions::default();
                        let formatter = ArrayFormatter::try_new(array.as_ref(), &options).unwrap();
                        let _ = writeln!(text, "  {}: {}", field.name(), formatter.value(row));
                    }
                }
            }
        }
        for reject in &self.outcome.rejects {
            let _ = writeln!(text, "reject {reject:?}");
        }
        text
    }

    pub fn reasons(&self) -> Vec<&'static str> {
        self.outcome.rejects.iter().map(|reject| reject.reason.name()).collect()
    }

    /// The accounting of one object: nothing lost, nothing counted twice.
    pub fn assert_closed(&self) {
        let rows: usize = self.batches.iter().map(|(_, batch)| batch.num_rows()).sum();
        assert_eq!(self.outcome.total_rows(), rows as u64);
        assert_eq!(self.outcome.records, rows as u64 + self.outcome.rejects.len() as u64);
    }
}

//! Which parts a filter can rule out by what the manifest knows of them: their times and their cluster.

use std::collections::HashSet;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, BooleanArray, StringViewArray, TimestampMicrosecondArray, UInt64Array};
use datafusion::common::pruning::PruningStatistics;
use datafusion::common::{Column, ScalarValue};
use eksamine_lake::PartEntry;

/// Statistics of some parts, as DataFusion's pruning asks for them.
pub struct PartStatistics<'a> {
    pub parts: &'a [PartEntry],
    /// Whether the table is divided by cluster, so that a part has one cluster only.
    pub by_cluster: bool,
}

impl PartStatistics<'_> {
    fn times(&self, of: impl Fn(&PartEntry) -> Option<i64>) -> ArrayRef {
        let times: TimestampMicrosecondArray = self.parts.iter().map(of).collect();
        Arc::new(times.with_timezone("UTC"))
    }

    fn clusters(&self) -> Option<ArrayRef> {
        let names = self.parts.iter().map(|part| part.partition.cluster.as_deref());
        self.by_cluster.then(|| Arc::new(names.collect::<StringViewArray>()) as ArrayRef)
    }
}

impl PruningStatistics for PartStatistics<'_> {
    fn min_values(&self, column: &Column) -> Option<ArrayRef> {
        match column.name() {
            "event_time" => Some(self.times(|part| part.least_time)),
            "cluster" => self.clusters(),
            _ => None,
        }
    }

    fn max_values(&self, column: &Column) -> Option<ArrayRef> {
        match column.name() {
            "event_time" => Some(self.times(|part| part.greatest_time)),
            "cluster" => self.clusters(),
            _ => None,
        }
    }

    fn num_containers(&self) -> usize {
        self.parts.len()
    }

    fn null_counts(&self, column: &Column) -> Option<ArrayRef> {
        // Rows without a time lie in parts of their own: such a part has nulls only, any other none.
        let counts: UInt64Array = match column.name() {
            "event_time" => self.parts.iter().map(|part| part.least_time.map_or(part.rows, |_| 0)).collect(),
            "cluster" if self.by_cluster => self.parts.iter().map(|_| 0).collect(),
            _ => return None,
        };
        Some(Arc::new(counts))
    }

    fn row_counts(&self) -> Option<ArrayRef> {
        Some(Arc::new(self.parts.iter().map(|part| part.rows).collect::<UInt64Array>()))
    }

    fn contained(&self, _column: &Column, _values: &HashSet<ScalarValue>) -> Option<BooleanArray> {
        None
    }
}

//! The table of sightings: every further place where an event of the lake was found.
//!
//! An event that arrives more than once (two trails, overlapping exports, a batch delivered again) is one row, which
//! names its first carrier by URI and record. Each other carrier is a row here, so that no place of a piece of evidence
//! is forgotten: `records = rows + sightings + rejects`. This file says what the table looks like; the merge of an
//! ingest fills it.

use crate::column::{Column, Table};

/// Name of the table and of its folder.
pub const NAME: &str = "sightings";

pub static TABLE: Table = Table {
    name: NAME,
    about: "further objects that carry an event which another object, or an earlier record, carries byte for byte",
    upstream: "",
    identity: &[],
    apart: &[],
    by_cluster: false,
    columns: &[
        Column::time("event_time", &[], "the event's time"),
        Column::text("table_name", &[], "the table of the event's row"),
        Column::text("cluster", &[], "the event's cluster, where its table is divided by cluster"),
        Column::text("event_id", &[], "the event's id, where its source gives one; its parts are joined by a space")
            .lookup()
            .distinct(),
        Column::text("row_source_uri", &[], "`source_uri` of the event's row"),
        Column::int("row_source_record", &[], "`source_record` of the event's row"),
        Column::text("row_source_sha256", &[], "`source_sha256` of the event's row"),
    ],
};

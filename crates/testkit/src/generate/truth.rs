//! What the generator knows about an archive it made, to check answers against.

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// Records in total and how many of them differ.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    pub records: u64,
    pub distinct: u64,
}

/// What is known of the records of one table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TableTruth {
    pub objects: u64,
    /// Inflated size of the objects.
    pub json_bytes: u64,
    /// Size of the objects as they lie in the archive.
    pub gzip_bytes: u64,
    pub count: Count,
    /// By the day of the event time, `2025-03-03`. Of a Kubernetes event it is the day the request was received.
    pub per_day: BTreeMap<String, Count>,
    /// By cluster. Of CloudTrail the calls to EKS count whose `requestParameters.name` is the cluster.
    pub per_cluster: BTreeMap<String, Count>,
}

/// What is known of an archive, by table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Truth {
    pub tables: BTreeMap<String, TableTruth>,
}

impl Count {
    pub fn duplicates(&self) -> u64 {
        self.records - self.distinct
    }

    pub fn add(&mut self, other: Count) {
        self.records += other.records;
        self.distinct += other.distinct;
    }

    fn to_json(self) -> Value {
        json!({ "records": self.records, "distinct": self.distinct, "duplicates": self.duplicates() })
    }
}

impl TableTruth {
    fn add(&mut self, other: &TableTruth) {
        self.objects += other.objects;
        self.json_bytes += other.json_bytes;
        self.gzip_bytes += other.gzip_bytes;
        self.count.add(other.count);
        add_all(&mut self.per_day, &other.per_day);
        add_all(&mut self.per_cluster, &other.per_cluster);
    }

    fn to_json(&self) -> Value {
        let by_name = |counts: &BTreeMap<String, Count>| -> Value {
            counts.iter().map(|(name, count)| (name.clone(), count.to_json())).collect()
        };
        json!({
            "objects": self.objects,
            "json_bytes": self.json_bytes,
            "gzip_bytes": self.gzip_bytes,
            "records": self.count.records,
            "distinct": self.count.distinct,
            "duplicates": self.count.duplicates(),
            "per_day": by_name(&self.per_day),
            "per_cluster": by_name(&self.per_cluster),
        })
    }
}

impl Truth {
    /// Sum of the two; the order does not matter.
    pub fn add(&mut self, other: &Truth) {
        for (name, table) in &other.tables {
            self.tables.entry(name.clone()).or_default().add(table);
        }
    }

    pub fn objects(&self) -> u64 {
        self.tables.values().map(|table| table.objects).sum()
    }

    pub fn json_bytes(&self) -> u64 {
        self.tables.values().map(|table| table.json_bytes).sum()
    }

    pub fn gzip_bytes(&self) -> u64 {
        self.tables.values().map(|table| table.gzip_bytes).sum()
    }

    pub fn records(&self) -> u64 {
        self.tables.values().map(|table| table.count.records).sum()
    }

    pub fn to_json(&self) -> Value {
        let tables: Value = self.tables.iter().map(|(name, table)| (name.clone(), table.to_json())).collect();
        json!({
            "objects": self.objects(),
            "json_bytes": self.json_bytes(),
            "gzip_bytes": self.gzip_bytes(),
            "records": self.records(),
            "tables": tables,
        })
    }
}

fn add_all(sum: &mut BTreeMap<String, Count>, more: &BTreeMap<String, Count>) {
    for (name, count) in more {
        sum.entry(name.clone()).or_default().add(*count);
    }
}

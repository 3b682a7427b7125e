//! The trait every kind of log implements, and the one list of them.
//!
//! A new source is a file with its table and an entry in [`SOURCES`]. A source gives records meaning; how records
//! are framed in an object is the envelope's business.

use crate::cloudtrail::CloudTrail;
use crate::cluster::Cluster;
use crate::column::Table;
use crate::extract::Slots;
use crate::k8s_audit::K8sAudit;

/// A kind of log.
pub trait Source: Sync {
    fn table(&self) -> &'static Table;

    /// Whether a record whose columns were read is of this kind.
    fn claims(&self, slots: &Slots<'_>) -> Claim;

    /// Computes the columns that have no upstream path and normalises those that drift between versions.
    fn complete<'a>(&self, slots: &mut Slots<'a>, context: &RecordContext<'a>);
}

/// A source's answer to the question whether a record is its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    Yes,
    No,
}

/// What is known about a record from outside it.
#[derive(Clone, Copy)]
pub struct RecordContext<'a> {
    pub cluster: &'a Cluster,
    pub stream: Option<&'a Stream>,
    pub log_time_micros: Option<i64>,
}

/// The CloudWatch log stream a record came through; empty texts where the envelope leaves them out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stream {
    pub account_id: String,
    pub log_group: String,
    pub log_stream: String,
}

/// Every source there is. Tables, documentation, help and tests iterate this list.
pub static SOURCES: [&dyn Source; 2] = [&CloudTrail, &K8sAudit];

/// Every table a lake can hold.
pub fn tables() -> impl Iterator<Item = &'static Table> {
    SOURCES.iter().map(|source| source.table())
}

/// The position in [`SOURCES`] of the source whose records a log stream of an EKS cluster carries.
///
/// Prefixes are tried longest first, since `kube-apiserver-` is also the beginning of the audit stream's name.
pub fn of_log_stream(log_stream: &str) -> Option<&'static str> {
    STREAM_PREFIXES.iter().find(|(prefix, _)| log_stream.starts_with(prefix)).map(|(_, table)| *table)
}

const STREAM_PREFIXES: [(&str, &str); 6] = [
    ("kube-apiserver-audit-", "k8s_audit"),
    ("kube-controller-manager-", "control_plane"),
    ("cloud-controller-manager-", "control_plane"),
    ("kube-scheduler-", "control_plane"),
    ("kube-apiserver-", "control_plane"),
    ("authenticator-", "authenticator"),
];

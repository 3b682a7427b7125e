//! The trait every kind of log implements, and the one list of them.
//!
//! A new source is a file with its table and an entry in [`SOURCES`]. A source gives records meaning; how records
//! are framed in an object is the envelope's business.

use crate::authenticator::Authenticator;
use crate::cloudtrail::CloudTrail;
use crate::cloudtrail_insight::CloudTrailInsight;
use crate::cluster::Cluster;
use crate::column::Table;
use crate::control_plane::ControlPlane;
use crate::extract::Slots;
use crate::guardduty::GuardDuty;
use crate::k8s_audit::K8sAudit;
use crate::vpc_flow::VpcFlow;

/// A kind of log.
pub trait Source: Sync {
    fn table(&self) -> &'static Table;

    /// How the records are written.
    fn form(&self) -> Form {
        Form::Json
    }

    /// Whether a record is of this kind. Of a JSON record the columns were read by their paths; of a text record the
    /// slots are still empty, and `slots.record()` is all there is.
    fn claims(&self, slots: &Slots<'_>) -> Claim;

    /// Computes the columns that have no upstream path and normalises those that drift between versions. A source of
    /// text records fills all its columns here.
    ///
    /// # Errors
    /// What is wrong with a record of this kind that can't be a row; it becomes a reject of
    /// [`crate::Reason::InvalidRecord`].
    fn complete<'a>(&self, slots: &mut Slots<'a>, context: &RecordContext<'a>) -> Result<(), String>;
}

/// How the records of a source are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// One JSON object each.
    Json,
    /// Lines of text, more than one where a record goes on.
    Text,
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
    /// What the object says once of the fields of all its records.
    pub header: Option<&'a Header>,
    /// Key of the object; its day completes times that have no year.
    pub key: &'a str,
}

/// The line at the head of an object that names the fields of the lines below it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Header {
    /// The line as it stands in the object.
    pub line: String,
    /// The names in their order.
    pub fields: Vec<String>,
    /// For each name the position of its column in the table, if it has one.
    pub columns: Vec<Option<usize>>,
}

/// The CloudWatch log stream a record came through; empty texts where the envelope leaves them out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stream {
    pub account_id: String,
    pub log_group: String,
    pub log_stream: String,
}

/// Every source there is. Tables, documentation, help and tests iterate this list.
pub static SOURCES: [&dyn Source; 7] =
    [&CloudTrail, &K8sAudit, &Authenticator, &ControlPlane, &VpcFlow, &GuardDuty, &CloudTrailInsight];

/// Every table a lake can hold: one of each source, and the sightings.
pub fn tables() -> impl Iterator<Item = &'static Table> {
    SOURCES.iter().map(|source| source.table()).chain([&crate::sightings::TABLE])
}

/// The position in [`SOURCES`] of the source whose records a log stream of an EKS cluster carries.
///
/// Prefixes are tried longest first, since `kube-apiserver-` is also the beginning of the audit stream's name.
pub fn of_log_stream(log_stream: &str) -> Option<&'static str> {
    STREAM_PREFIXES.iter().find(|(prefix, _)| log_stream.starts_with(prefix)).map(|(_, table)| *table)
}

/// Whether log streams of an EKS cluster carry records of this table.
pub fn has_log_streams(table: &str) -> bool {
    STREAM_PREFIXES.iter().any(|(_, name)| *name == table)
}

const STREAM_PREFIXES: [(&str, &str); 6] = [
    ("kube-apiserver-audit-", "k8s_audit"),
    ("kube-controller-manager-", "control_plane"),
    ("cloud-controller-manager-", "control_plane"),
    ("kube-scheduler-", "control_plane"),
    ("kube-apiserver-", "control_plane"),
    ("authenticator-", "authenticator"),
];

//! The incident of `testdata/bucket`: what happened, how it was logged, and which objects the logs ended up in.
//!
//! The scenes (`morning`, `intrusion`, `theft`, `blinding`, `background`) say who did what and when, as data. `aws` and
//! `kubernetes` turn a deed into a log record, `framing` and `packing` put records into objects, faults included. The
//! same code gives the same bytes on every run; `write-story` writes them, and a test holds the written files to them.
//! `testdata/README.md` tells the story in words.

mod aws;
mod background;
mod blinding;
mod cast;
mod framing;
mod intrusion;
mod json;
mod kubernetes;
mod moment;
mod morning;
mod packing;
#[cfg(test)]
mod tests;
mod theft;

use std::collections::BTreeSet;
use std::path::PathBuf;

use aws::ApiCall;
use kubernetes::{AuditEvent, Cluster};
use moment::Moment;

/// One object of the archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoryObject {
    /// The key below the bucket, with `/`.
    pub key: String,
    pub bytes: Vec<u8>,
}

/// The log a record belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Plane {
    /// CloudTrail records, table `cloudtrail`.
    Aws,
    /// Kubernetes audit events, table `k8s_audit`.
    Kubernetes,
}

/// What one object holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectTruth {
    pub key: String,
    /// The kind of its records; none where it holds no log at all.
    pub plane: Option<Plane>,
    /// Whole and valid records.
    pub records: usize,
    /// Records that are there to their end but are not JSON.
    pub bad_records: usize,
    /// Records of which the beginning is there and the rest was cut off: one in the object cut short.
    pub torn_records: usize,
    /// Records behind the torn one, of which nothing is left.
    pub lost_records: usize,
    /// CloudWatch `CONTROL_MESSAGE` documents.
    pub control_messages: usize,
    /// The key of the object with the same bytes, where this one is the second delivery.
    pub duplicate_of: Option<String>,
}

/// One event of the incident that an answer must not miss.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyEvent {
    pub plane: Plane,
    /// `eventID` or `auditID`.
    pub id: String,
    /// The stage of an audit event; none for CloudTrail.
    pub stage: Option<&'static str>,
    /// `eventTime` or `requestReceivedTimestamp`, as the record writes it.
    pub time: String,
    /// What happened, in a few words, without its subject.
    pub what: &'static str,
}

/// What a reader of the whole archive must find.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Truth {
    /// One entry an object, in the order of [`objects`].
    pub objects: Vec<ObjectTruth>,
    /// Distinct readable CloudTrail events, of all accounts and regions.
    pub cloudtrail_events: usize,
    /// Distinct audit events (a stage counts by itself) of the cluster `demo`.
    pub demo_audit_events: usize,
    /// Distinct audit events of the cluster `staging`.
    pub staging_audit_events: usize,
    /// The incident, in time order.
    pub key_events: Vec<KeyEvent>,
}

impl Truth {
    /// Distinct readable events of both planes.
    pub fn distinct_events(&self) -> usize {
        self.cloudtrail_events + self.demo_audit_events + self.staging_audit_events
    }

    /// Whole and valid records in all objects, repetitions included.
    pub fn records(&self) -> usize {
        self.objects.iter().map(|object| object.records).sum()
    }

    /// Records that can't be read: bad and torn ones.
    pub fn unreadable_records(&self) -> usize {
        self.objects.iter().map(|object| object.bad_records + object.torn_records).sum()
    }
}

/// The archive, sorted by key.
pub fn objects() -> Vec<StoryObject> {
    packing::pack(&events()).into_iter().map(|packed| packed.object).collect()
}

/// What the archive holds.
pub fn truth() -> Truth {
    let events = events();
    let packed = packing::pack(&events);
    let readable: BTreeSet<&(String, &str)> = packed.iter().flat_map(|packed| &packed.identities).collect();
    let audit_events = |cluster| {
        let of_cluster = |event: &&Event| matches!(event, Event::Kubernetes(audit) if audit.cluster == cluster);
        events.iter().filter(of_cluster).filter(|event| readable.contains(&event.identity())).count()
    };
    let mut key_events: Vec<(Moment, KeyEvent)> = events.iter().filter_map(Event::key_event).collect();
    key_events.sort_by_key(|(at, _)| *at);
    Truth {
        cloudtrail_events: readable.iter().filter(|(_, stage)| stage.is_empty()).count(),
        demo_audit_events: audit_events(Cluster::Demo),
        staging_audit_events: audit_events(Cluster::Staging),
        key_events: key_events.into_iter().map(|(_, event)| event).collect(),
        objects: packed.into_iter().map(|packed| packed.truth).collect(),
    }
}

/// `testdata/bucket` of the workspace.
pub fn bucket_folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../testdata/bucket")
}

/// Everything that happened, scene by scene.
fn events() -> Vec<Event> {
    let scenes = [
        morning::day_before(),
        background::staging(),
        background::security_account(),
        morning::chatter(),
        morning::engineer(),
        morning::deployment(),
        morning::node_group(),
        morning::payments_at_home(),
        background::chatter(),
        intrusion::looking_around(),
        background::scanner(),
        intrusion::access_entry(),
        intrusion::cluster_admin(),
        theft::payments_role_outside(),
        intrusion::ways_back_in(),
        blinding::logging_off(),
        blinding::in_the_dark(),
        blinding::containment(),
    ];
    scenes.into_iter().flatten().collect()
}

/// A deed in either plane.
enum Event {
    Aws(Box<ApiCall>),
    Kubernetes(Box<AuditEvent>),
}

impl Event {
    /// What makes two records the same event: `eventID`, or `auditID` and stage.
    fn identity(&self) -> (String, &'static str) {
        match self {
            Self::Aws(call) => (call.event_id(), ""),
            Self::Kubernetes(audit) => (audit.audit_id(), audit.stage),
        }
    }

    fn key_event(&self) -> Option<(Moment, KeyEvent)> {
        let (id, _) = self.identity();
        match self {
            Self::Aws(call) => {
                let (plane, stage, time) = (Plane::Aws, None, call.at.seconds());
                call.key_event.map(|what| (call.at, KeyEvent { plane, id, stage, time, what }))
            }
            Self::Kubernetes(audit) => {
                let (plane, stage, time) = (Plane::Kubernetes, Some(audit.stage), audit.received.micros());
                audit.key_event.map(|what| (audit.received, KeyEvent { plane, id, stage, time, what }))
            }
        }
    }
}

impl From<ApiCall> for Event {
    fn from(call: ApiCall) -> Self {
        Self::Aws(Box::new(call))
    }
}

impl From<AuditEvent> for Event {
    fn from(audit: AuditEvent) -> Self {
        Self::Kubernetes(Box::new(audit))
    }
}

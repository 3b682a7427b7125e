//! The incident of `testdata/bucket`: what happened, how it was logged, and which objects the logs ended up in.
//!
//! The scenes (`origins`, `morning`, `capacity`, `release`, `oncall`, `intrusion`, `theft`, `blinding`, `background`) say
//! who did what and when, as data. `aws` and `kubernetes` turn a deed into a log record; `logins`, `machinery`, `network`
//! and `findings` are what others wrote about it. `framing` and `packing` put records into objects, faults included. The
//! same code gives the same bytes on every run; `write-story` writes them, and a test holds the written files to them.
//! `testdata/README.md` tells the story in words.

mod aws;
mod background;
mod blinding;
mod capacity;
mod cast;
mod findings;
pub(crate) mod framing;
mod intrusion;
pub(crate) mod json;
mod kubernetes;
mod lines;
mod logins;
mod machinery;
mod moment;
mod morning;
mod network;
mod oncall;
mod origins;
mod packing;
mod release;
#[cfg(test)]
mod tests;
mod theft;

use std::collections::BTreeSet;
use std::path::PathBuf;

use aws::ApiCall;
use findings::{Finding, Insight};
use kubernetes::{AuditEvent, Cluster};
use lines::{LogLine, Writer};
use moment::Moment;
use network::FlowRecord;

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
    /// Lines of aws-iam-authenticator, table `authenticator`.
    Authenticator,
    /// Lines of the control plane's programs, table `control_plane`.
    ControlPlane,
    /// VPC flow records, table `vpc_flow`.
    Network,
    /// GuardDuty findings, table `guardduty`.
    Finding,
    /// CloudTrail Insights events, table `cloudtrail_insight`.
    Insight,
}

/// What one object holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectTruth {
    pub key: String,
    /// The kinds of its records, each once; none where it holds no log at all.
    pub planes: Vec<Plane>,
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

/// One event of the incident that an answer must not miss: a call of either API.
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
    /// Lines of aws-iam-authenticator, all of `demo`.
    pub authenticator_lines: usize,
    /// Messages of the control plane's programs, all of `demo`.
    pub control_plane_lines: usize,
    pub flow_records: usize,
    /// Updates of findings.
    pub findings: usize,
    pub insight_events: usize,
    /// The incident, in time order.
    pub key_events: Vec<KeyEvent>,
}

impl Truth {
    /// Distinct readable events of all logs.
    pub fn distinct_events(&self) -> usize {
        self.api_events()
            + self.authenticator_lines
            + self.control_plane_lines
            + self.flow_records
            + self.findings
            + self.insight_events
    }

    /// Distinct readable calls of either API: CloudTrail and audit events.
    pub fn api_events(&self) -> usize {
        self.cloudtrail_events + self.demo_audit_events + self.staging_audit_events
    }

    /// Whole and valid records in all objects, repetitions included.
    pub fn records(&self) -> usize {
        self.objects.iter().map(|object| object.records).sum()
    }

    /// Records that stand in another object too, or earlier in their own.
    pub fn folded(&self) -> usize {
        self.records() - self.distinct_events()
    }

    /// What a reader has to reject: unreadable records, and each gzip stream that ends early.
    pub fn rejects(&self) -> usize {
        self.unreadable_records() + self.objects.iter().filter(|object| object.torn_records > 0).count()
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
    let readable: BTreeSet<&Identity> = packed.iter().flat_map(|packed| &packed.identities).collect();
    let of_plane = |plane| readable.iter().filter(|identity| identity.plane == plane).count();
    let audit_events = |cluster| {
        let of_cluster = |event: &&Event| matches!(event, Event::Kubernetes(audit) if audit.cluster == cluster);
        events.iter().filter(of_cluster).filter(|event| readable.contains(&event.identity())).count()
    };
    let mut key_events: Vec<(Moment, KeyEvent)> = events.iter().filter_map(Event::key_event).collect();
    key_events.sort_by_key(|(at, _)| *at);
    Truth {
        cloudtrail_events: of_plane(Plane::Aws),
        demo_audit_events: audit_events(Cluster::Demo),
        staging_audit_events: audit_events(Cluster::Staging),
        authenticator_lines: of_plane(Plane::Authenticator),
        control_plane_lines: of_plane(Plane::ControlPlane),
        flow_records: of_plane(Plane::Network),
        findings: of_plane(Plane::Finding),
        insight_events: of_plane(Plane::Insight),
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
        origins::root(),
        origins::cluster(),
        origins::nodes(),
        origins::doors(),
        morning::day_before(),
        background::staging(),
        background::security_account(),
        oncall::backup(),
        morning::chatter(),
        morning::engineer(),
        capacity::by_hand(),
        capacity::image_pushed(),
        release::plan(),
        morning::deployment(),
        release::ledger_deployment(),
        release::ledger_at_home(),
        capacity::pod_identity(),
        morning::node_group(),
        morning::payments_at_home(),
        capacity::node_joins(),
        release::sam(),
        oncall::shared_role(),
        background::chatter(),
        intrusion::looking_around(),
        background::scanner(),
        intrusion::access_entry(),
        intrusion::cluster_admin(),
        intrusion::guessing(),
        theft::payments_role_outside(),
        intrusion::ways_back_in(),
        theft::node_role_outside(),
        blinding::logging_off(),
        blinding::in_the_dark(),
        blinding::containment(),
        machinery::lines(),
        network::flows(),
        findings::findings(),
        findings::insights(),
    ];
    let mut events: Vec<Event> = scenes.into_iter().flatten().collect();
    events.extend(logins::logins(&events));
    events
}

/// What makes two records the same event: an id where the log gives one, else the text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Identity {
    plane: Plane,
    /// `eventID`, `auditID`, the finding's id and update, or the text.
    id: String,
    /// The stage of an audit event.
    stage: &'static str,
}

impl Identity {
    fn new(plane: Plane, id: impl Into<String>) -> Self {
        Self { plane, id: id.into(), stage: "" }
    }
}

impl ApiCall {
    fn identity(&self) -> Identity {
        Identity::new(Plane::Aws, self.event_id())
    }
}

impl AuditEvent {
    fn identity(&self) -> Identity {
        Identity { stage: self.stage, ..Identity::new(Plane::Kubernetes, self.audit_id()) }
    }
}

impl LogLine {
    fn identity(&self) -> Identity {
        let is_login = matches!(self.writer, Writer::Authenticator(_));
        Identity::new(if is_login { Plane::Authenticator } else { Plane::ControlPlane }, self.text.as_str())
    }
}

impl FlowRecord {
    fn identity(&self) -> Identity {
        Identity::new(Plane::Network, self.text.as_str())
    }
}

impl Finding {
    fn identity(&self) -> Identity {
        Identity::new(Plane::Finding, format!("{} {}", self.id, self.updated.millis()))
    }
}

impl Insight {
    fn identity(&self) -> Identity {
        Identity::new(Plane::Insight, self.id.as_str())
    }
}

/// A deed in either plane, or what a program wrote about one.
enum Event {
    Aws(Box<ApiCall>),
    Kubernetes(Box<AuditEvent>),
    Line(LogLine),
    Flow(FlowRecord),
    Finding(Finding),
    Insight(Insight),
}

impl Event {
    fn identity(&self) -> Identity {
        match self {
            Self::Aws(call) => call.identity(),
            Self::Kubernetes(audit) => audit.identity(),
            Self::Line(line) => line.identity(),
            Self::Flow(flow) => flow.identity(),
            Self::Finding(finding) => finding.identity(),
            Self::Insight(insight) => insight.identity(),
        }
    }

    fn key_event(&self) -> Option<(Moment, KeyEvent)> {
        let id = self.identity().id;
        match self {
            Self::Aws(call) => {
                let (plane, stage, time) = (Plane::Aws, None, call.at.seconds());
                call.key_event.map(|what| (call.at, KeyEvent { plane, id, stage, time, what }))
            }
            Self::Kubernetes(audit) => {
                let (plane, stage, time) = (Plane::Kubernetes, Some(audit.stage), audit.received.micros());
                audit.key_event.map(|what| (audit.received, KeyEvent { plane, id, stage, time, what }))
            }
            Self::Line(_) | Self::Flow(_) | Self::Finding(_) | Self::Insight(_) => None,
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

impl From<LogLine> for Event {
    fn from(line: LogLine) -> Self {
        Self::Line(line)
    }
}

impl From<FlowRecord> for Event {
    fn from(flow: FlowRecord) -> Self {
        Self::Flow(flow)
    }
}

impl From<Finding> for Event {
    fn from(finding: Finding) -> Self {
        Self::Finding(finding)
    }
}

impl From<Insight> for Event {
    fn from(insight: Insight) -> Self {
        Self::Insight(insight)
    }
}

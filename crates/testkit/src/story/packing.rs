//! Which record ends up in which object, in which envelope, and which objects are damaged.
//!
//! Three faults are planted, all in the trail of us-east-1: the object of 13:50 is cut short, the object of 14:05 holds
//! a record that is no JSON, the object of 14:10 is delivered twice. The record's own fields decide about the rest.

use std::collections::BTreeMap;

use super::aws::{ApiCall, HOME_REGION, OTHER_REGION, call};
use super::blinding::{trail_restarted, trail_stopped};
use super::cast::{ACCOUNT, CI_DEPLOY, SECURITY_ACCOUNT, from, with};
use super::framing::{
    LogEvent, array, control_message, cut_short, export_lines, gzip, lines, records_document, subscription,
};
use super::json::Json;
use super::kubernetes::{AuditEvent, Cluster};
use super::moment::{Moment, ids, today};
use super::{Event, ObjectTruth, Plane, StoryObject};

/// An object, what it holds, and which events can be read from it.
pub(crate) struct Packed {
    pub(crate) object: StoryObject,
    pub(crate) truth: ObjectTruth,
    pub(crate) identities: Vec<(String, &'static str)>,
}

/// All objects, sorted by key.
pub(crate) fn pack(events: &[Event]) -> Vec<Packed> {
    let mut calls: Vec<&ApiCall> = Vec::new();
    let mut audits: Vec<&AuditEvent> = Vec::new();
    for event in events {
        match event {
            Event::Aws(call) => calls.push(call),
            Event::Kubernetes(audit) => audits.push(audit),
        }
    }
    calls.sort_by_key(|call| call.at);
    audits.sort_by_key(|audit| audit.logged());
    let mut packed = trail_objects(&calls);
    packed.extend(event_history_exports(&calls));
    packed.extend(export_task(&audits));
    packed.extend(firehose(&audits));
    packed.push(audit_log_file(&audits));
    packed.sort_by(|left, right| left.object.key.cmp(&right.object.key));
    packed
}

/// Whether the trail was stopped when the call was made.
fn is_undelivered(call: &ApiCall) -> bool {
    call.recipient == ACCOUNT && trail_stopped() < call.at && call.at < trail_restarted()
}

/// One object for an account, a region and five minutes, its records in no order.
fn trail_objects(calls: &[&ApiCall]) -> Vec<Packed> {
    let mut windows: BTreeMap<(&str, &str, Moment), Vec<&ApiCall>> = BTreeMap::new();
    for call in calls.iter().filter(|call| !is_undelivered(call)) {
        windows.entry((call.recipient, call.region, call.at.window_end(5))).or_default().push(call);
    }
    let home = |end: &str| (ACCOUNT, HOME_REGION, today(end));
    let mut packed = Vec::new();
    for (window, mut calls) in windows {
        let key = trail_key(window, "");
        if window == home("13:50:00") {
            packed.push(object_cut_short(key, &calls));
            continue;
        }
        calls.sort_by_key(|call| call.event_id());
        let mut object = trail_object(key, &calls);
        if window == home("14:05:00") {
            let mut records = texts(&calls);
            records.insert(records.len() / 2, bad_record());
            object.object.bytes = gzip(&records_document(&records));
            object.truth.bad_records = 1;
        }
        if window == home("14:10:00") {
            // A reader meets objects in the order of their keys, so the later key is the repetition.
            let again = trail_object(trail_key(window, "second delivery"), &calls);
            let (first, mut second) =
                if object.object.key < again.object.key { (object, again) } else { (again, object) };
            second.truth.duplicate_of = Some(first.object.key.clone());
            packed.extend([first, second]);
            continue;
        }
        packed.push(object);
    }
    packed
}

fn trail_key((account, region, end): (&str, &str, Moment), delivery: &str) -> String {
    let folder = if account == SECURITY_ACCOUNT { "AWSLogs/o-exampleorg1" } else { "AWSLogs" };
    let stamp = end.object_stamp();
    let suffix = ids::suffix(&format!("trail/{account}/{region}/{stamp}/{delivery}"));
    let date = end.date("/");
    format!("{folder}/{account}/CloudTrail/{region}/{date}/{account}_CloudTrail_{region}_{stamp}_{suffix}.json.gz")
}

fn trail_object(key: String, calls: &[&ApiCall]) -> Packed {
    aws_object(key, gzip(&records_document(&texts(calls))), calls)
}

/// The first four records are whole, the fifth is torn in its middle, the rest is gone.
fn object_cut_short(key: String, calls: &[&ApiCall]) -> Packed {
    const WHOLE: usize = 4;
    let records = texts(calls);
    let opening_bytes = "{\"Records\":[".len();
    let whole_bytes: usize = records[..WHOLE].iter().map(|record| record.len() + ",".len()).sum();
    let kept_bytes = opening_bytes + whole_bytes + records[WHOLE].len() / 2;
    let bytes = cut_short(&gzip(&records_document(&records)), kept_bytes);
    let mut packed = aws_object(key, bytes, &calls[..WHOLE]);
    packed.truth.torn_records = 1;
    packed.truth.lost_records = calls.len() - WHOLE - 1;
    packed
}

/// Balanced, but with a bare word where a value should be.
fn bad_record() -> String {
    let thief = CI_DEPLOY.calling(from::INTRUDER, with::INTRUDER_CLI);
    call(today("14:03:41"), &thief, "eks", "ListNodegroups").request(Json::Bare("undefined".to_owned())).record()
}

/// What happened while the trail was stopped, taken from the event history of each region by hand.
fn event_history_exports(calls: &[&ApiCall]) -> [Packed; 2] {
    let of_region = |region: &str| -> Vec<&ApiCall> {
        calls.iter().copied().filter(|call| is_undelivered(call) && call.region == region).collect()
    };
    let (home, other) = (of_region(HOME_REGION), of_region(OTHER_REGION));
    [
        aws_object("exports/cloudtrail-array/events.json".to_owned(), array(&texts(&home)), &home),
        aws_object("exports/cloudtrail-lines/events.jsonl.gz".to_owned(), gzip(&lines(&texts(&other))), &other),
    ]
}

/// The morning of `demo`, by a CloudWatch export task: a folder for each stream, and the file the task tries its
/// permission with.
fn export_task(audits: &[&AuditEvent]) -> Vec<Packed> {
    let folder = "exports/aws-eks-demo-cluster";
    let task = ids::uuid("export-task");
    let morning: Vec<&AuditEvent> =
        audits.iter().copied().filter(|audit| audit.cluster == Cluster::Demo && !is_streamed(audit)).collect();
    let mut packed: Vec<Packed> = STREAMS
        .iter()
        .map(|stream| {
            let mut audits: Vec<&AuditEvent> = of_stream(&morning, stream).collect();
            // An export does not promise order.
            audits.rotate_left(2);
            let key = format!("{folder}/{task}/{}/000000.gz", log_stream(stream));
            kubernetes_object(key, gzip(&export_lines(&log_events(&audits))), &audits)
        })
        .collect();
    let permission_check = b"Permission Check Successful".to_vec();
    let mut test_file = kubernetes_object(format!("{folder}/aws-logs-write-test"), permission_check, &[]);
    test_file.truth.plane = None;
    packed.push(test_file);
    packed
}

/// The afternoon of `demo`, by a CloudWatch subscription through Firehose, which buffers for seven minutes. How gzip
/// and documents nest depends on the settings of the day, so every way occurs.
fn firehose(audits: &[&AuditEvent]) -> Vec<Packed> {
    let streamed: Vec<&AuditEvent> =
        audits.iter().copied().filter(|audit| audit.cluster == Cluster::Demo && is_streamed(audit)).collect();
    let buffers = [
        ("14:00:05", Nesting::GzipInGzip, ""),
        ("14:07:05", Nesting::Undelimited, ".gz"),
        ("14:14:05", Nesting::Members, ""),
        ("14:21:05", Nesting::Undelimited, ".gz"),
    ];
    let mut packed = Vec::new();
    for (index, (start, nesting, extension)) in buffers.iter().enumerate() {
        let opened = today(start);
        let closed = buffers.get(index + 1).map(|(next, ..)| today(next));
        let buffered: Vec<&AuditEvent> = streamed
            .iter()
            .copied()
            .filter(|audit| opened <= audit.logged() && closed.is_none_or(|closed| audit.logged() < closed))
            .collect();
        let mut documents = Vec::new();
        for stream in &STREAMS {
            let of_stream: Vec<&AuditEvent> = of_stream(&buffered, stream).collect();
            for some in of_stream.chunks(4) {
                documents.push(subscription(LOG_GROUP, &log_stream(stream), &log_events(some)));
            }
        }
        let has_control_message = index == 0;
        if has_control_message {
            documents.insert(1, control_message(opened));
        }
        let stamp = opened.firehose_stamp();
        let id = ids::uuid(&format!("firehose/{stamp}"));
        let key = format!("firehose/eks-demo/2024/05/14/14/eks-logs-1-{stamp}-{id}{extension}");
        let mut object = kubernetes_object(key, nesting.apply(&documents), &buffered);
        object.truth.control_messages = usize::from(has_control_message);
        packed.push(object);
    }
    packed
}

/// `staging` ships the API server's own file.
fn audit_log_file(audits: &[&AuditEvent]) -> Packed {
    let audits: Vec<&AuditEvent> = audits.iter().copied().filter(|audit| audit.cluster == Cluster::Staging).collect();
    let records: Vec<String> = audits.iter().map(|audit| audit.record()).collect();
    kubernetes_object("k8s/staging/audit.log.gz".to_owned(), gzip(&lines(&records)), &audits)
}

const LOG_GROUP: &str = "/aws/eks/demo/cluster";

/// The two API servers of `demo`, each with a log stream of its own.
const STREAMS: [&str; 2] = ["first", "second"];

fn log_stream(stream: &str) -> String {
    format!("kube-apiserver-audit-{}", ids::hex(&format!("stream/{stream}")))
}

/// A request goes to either API server; its stages stay together.
fn of_stream<'a>(audits: &[&'a AuditEvent], stream: &str) -> impl Iterator<Item = &'a AuditEvent> {
    let wanted = i64::from(stream != STREAMS[0]);
    audits.iter().copied().filter(move |audit| ids::number(&audit.audit_id(), 2) == wanted)
}

/// The subscription was set up at two o'clock.
fn is_streamed(audit: &AuditEvent) -> bool {
    audit.logged() >= today("14:00:00")
}

/// How gzip lies around the documents of a Firehose object.
#[derive(Clone, Copy)]
enum Nesting {
    /// CloudWatch compresses each document, Firehose the lot.
    GzipInGzip,
    /// CloudWatch compresses each document, Firehose leaves them as they are.
    Members,
    /// Firehose inflates the documents and compresses the lot; nothing lies between them.
    Undelimited,
}

impl Nesting {
    fn apply(self, documents: &[Vec<u8>]) -> Vec<u8> {
        let members = || documents.iter().map(|document| gzip(document)).collect::<Vec<_>>().concat();
        match self {
            Self::GzipInGzip => gzip(&members()),
            Self::Members => members(),
            Self::Undelimited => gzip(&documents.concat()),
        }
    }
}

fn texts(calls: &[&ApiCall]) -> Vec<String> {
    calls.iter().map(|call| call.record()).collect()
}

fn log_events(audits: &[&AuditEvent]) -> Vec<LogEvent> {
    audits.iter().map(|audit| LogEvent { logged: audit.logged(), message: audit.record() }).collect()
}

fn aws_object(key: String, bytes: Vec<u8>, readable: &[&ApiCall]) -> Packed {
    let identities = readable.iter().map(|call| (call.event_id(), "")).collect();
    packed(key, bytes, Plane::Aws, identities)
}

fn kubernetes_object(key: String, bytes: Vec<u8>, readable: &[&AuditEvent]) -> Packed {
    let identities = readable.iter().map(|audit| (audit.audit_id(), audit.stage)).collect();
    packed(key, bytes, Plane::Kubernetes, identities)
}

fn packed(key: String, bytes: Vec<u8>, plane: Plane, identities: Vec<(String, &'static str)>) -> Packed {
    let truth = ObjectTruth {
        key: key.clone(),
        plane: Some(plane),
        records: identities.len(),
        bad_records: 0,
        torn_records: 0,
        lost_records: 0,
        control_messages: 0,
        duplicate_of: None,
    };
    Packed { object: StoryObject { key, bytes }, truth, identities }
}

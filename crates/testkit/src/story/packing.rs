//! Which record ends up in which object, in which envelope, and which objects are damaged.
//!
//! Three faults are planted, all in the trail of us-east-1: the object of 13:50 is cut short, the object of 14:05 holds
//! a record that is no JSON, the object of 14:10 is delivered twice. The record's own fields decide about the rest.

use std::collections::{BTreeMap, BTreeSet};

use super::aws::{ApiCall, HOME_REGION, OTHER_REGION, call};
use super::blinding::{trail_restarted, trail_stopped};
use super::cast::{ACCOUNT, CI_DEPLOY, SECURITY_ACCOUNT, from, with};
use super::findings::{Finding, Insight};
use super::framing::{array, cut_short, gzip, lines, records_document};
use super::json::Json;
use super::kubernetes::AuditEvent;
use super::lines::LogLine;
use super::moment::{Moment, ids, today};
use super::network::FlowRecord;
use super::{Event, Identity, ObjectTruth, Plane, StoryObject};

mod deliveries;
mod streams;

/// An object, what it holds, and which events can be read from it.
pub(crate) struct Packed {
    pub(crate) object: StoryObject,
    pub(crate) truth: ObjectTruth,
    pub(crate) identities: Vec<Identity>,
}

/// The events of each log, in the order of their times.
#[derive(Default)]
struct Sorted<'a> {
    calls: Vec<&'a ApiCall>,
    audits: Vec<&'a AuditEvent>,
    lines: Vec<&'a LogLine>,
    flows: Vec<&'a FlowRecord>,
    findings: Vec<&'a Finding>,
    insights: Vec<&'a Insight>,
}

/// All objects, sorted by key.
pub(crate) fn pack(events: &[Event]) -> Vec<Packed> {
    let mut sorted = Sorted::default();
    for event in events {
        match event {
            Event::Aws(call) => sorted.calls.push(call),
            Event::Kubernetes(audit) => sorted.audits.push(audit),
            Event::Line(line) => sorted.lines.push(line),
            Event::Flow(flow) => sorted.flows.push(flow),
            Event::Finding(finding) => sorted.findings.push(finding),
            Event::Insight(insight) => sorted.insights.push(insight),
        }
    }
    sorted.calls.sort_by_key(|call| call.at);
    sorted.audits.sort_by_key(|audit| audit.logged());
    sorted.lines.sort_by_key(|line| line.logged());
    sorted.flows.sort_by_key(|flow| flow.at);
    sorted.findings.sort_by_key(|finding| finding.updated);
    let mut packed = trail_objects(&sorted.calls);
    packed.extend(event_history_exports(&sorted.calls));
    packed.extend(streams::export_task(&sorted.audits, &sorted.lines));
    packed.extend(streams::firehose(&sorted.audits, &sorted.lines));
    packed.push(streams::audit_log_file(&sorted.audits));
    packed.extend(deliveries::flow_logs(&sorted.flows));
    packed.extend(deliveries::findings(&sorted.findings));
    packed.extend(deliveries::insights(&sorted.insights));
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

fn texts(calls: &[&ApiCall]) -> Vec<String> {
    calls.iter().map(|call| call.record()).collect()
}

fn aws_object(key: String, bytes: Vec<u8>, readable: &[&ApiCall]) -> Packed {
    packed(key, bytes, readable.iter().map(|call| call.identity()).collect())
}

fn packed(key: String, bytes: Vec<u8>, identities: Vec<Identity>) -> Packed {
    let planes: BTreeSet<Plane> = identities.iter().map(|identity| identity.plane).collect();
    let truth = ObjectTruth {
        key: key.clone(),
        planes: planes.into_iter().collect(),
        records: identities.len(),
        bad_records: 0,
        torn_records: 0,
        lost_records: 0,
        control_messages: 0,
        duplicate_of: None,
    };
    Packed { object: StoryObject { key, bytes }, truth, identities }
}

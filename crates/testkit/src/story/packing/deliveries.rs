//! What AWS services put into the bucket by themselves: flow logs every ten minutes, findings, unusual rates.

use std::collections::BTreeMap;

use super::super::cast::ACCOUNT;
use super::super::findings::{Finding, Insight};
use super::super::framing::{gzip, lines, records_document};
use super::super::moment::{Moment, ids, today};
use super::super::network::{FlowRecord, HEADER};
use super::{Packed, packed};

const DAY: &str = "us-east-1/2024/05/14";

/// One object for ten minutes, its fields named in its first line.
pub(super) fn flow_logs(flows: &[&FlowRecord]) -> Vec<Packed> {
    let mut windows: BTreeMap<Moment, Vec<&FlowRecord>> = BTreeMap::new();
    for flow in flows {
        windows.entry(flow.at.window_end(10)).or_default().push(flow);
    }
    let object = |(end, flows): (Moment, Vec<&FlowRecord>)| {
        let stamp = end.object_stamp();
        let hash = ids::short_hex(&format!("flows/{stamp}"));
        let name = format!("{ACCOUNT}_vpcflowlogs_us-east-1_fl-0f1e2d3c4b5a69788_{stamp}_{hash}.log.gz");
        let mut text = vec![HEADER.to_owned()];
        text.extend(flows.iter().map(|flow| flow.text.clone()));
        let identities = flows.iter().map(|flow| flow.identity()).collect();
        packed(format!("AWSLogs/{ACCOUNT}/vpcflowlogs/{DAY}/{name}"), gzip(&lines(&text)), identities)
    };
    windows.into_iter().map(object).collect()
}

/// GuardDuty exports what is new within minutes, updates of a finding later and elsewhere.
pub(super) fn findings(findings: &[&Finding]) -> Vec<Packed> {
    let (early, late): (Vec<&Finding>, Vec<&Finding>) =
        findings.iter().copied().partition(|finding| finding.updated < today("14:30:00"));
    let object = |label: &str, findings: Vec<&Finding>| {
        let key = format!("AWSLogs/{ACCOUNT}/GuardDuty/{DAY}/{}.jsonl.gz", ids::uuid(label));
        let text: Vec<String> = findings.iter().map(|finding| finding.text.clone()).collect();
        packed(key, gzip(&lines(&text)), findings.iter().map(|finding| finding.identity()).collect())
    };
    vec![object("findings/early", early), object("findings/late", late)]
}

/// The start and the end of an unusual rate arrive one after the other.
pub(super) fn insights(insights: &[&Insight]) -> Vec<Packed> {
    let object = |(insight, stamp): (&&Insight, &str)| {
        let suffix = ids::suffix(&insight.id);
        let name = format!("{ACCOUNT}_CloudTrail-Insight_us-east-1_{stamp}_{suffix}.json.gz");
        let document = records_document(std::slice::from_ref(&insight.text));
        packed(format!("AWSLogs/{ACCOUNT}/CloudTrail-Insight/{DAY}/{name}"), gzip(&document), vec![insight.identity()])
    };
    insights.iter().zip(["20240514T1425Z", "20240514T1430Z"]).map(object).collect()
}

//! Which record lies in which object: CloudTrail by account and some hours, two clusters by export task, two by
//! subscription through Firehose. Nothing is in order, and some records lie in two objects.

use std::collections::BTreeMap;

use super::ledger::{AwsRecord, ClusterMessage, FlowRecord, Ledger, Stream};
use super::time::{self, HOUR_MICROS};
use super::world::{DATA, PLATFORM, REGION, hex, uuid};
use crate::generate::Random;
use crate::story::framing::{gzip, records_document};
use crate::story::json::{Escaping, Json, json};

/// How many of a hundred records come twice.
const DUPLICATES_PERCENT: u64 = 8;

/// One object of the archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    /// The key, with `/`.
    pub key: String,
    pub bytes: Vec<u8>,
}

pub(crate) fn pack(ledger: &mut Ledger) -> Vec<Object> {
    let random = &mut ledger.random;
    let mut objects = trails(random, &ledger.aws);
    objects.extend(clusters(random, &ledger.messages));
    objects.extend(flow_logs(random, &ledger.flows));
    objects.sort_by(|left, right| left.key.cmp(&right.key));
    objects
}

/// An object for an account and six hours; a record that comes twice lies in the next one as well.
fn trails(random: &mut Random, aws: &[AwsRecord]) -> Vec<Object> {
    let mut windows: BTreeMap<(&str, i64), Vec<String>> = BTreeMap::new();
    for record in aws {
        let window = record.micros.div_euclid(6 * HOUR_MICROS);
        windows.entry((record.account, window)).or_default().push(record.text.clone());
        if random.percent(DUPLICATES_PERCENT) {
            windows.entry((record.account, window + 1)).or_default().push(record.text.clone());
        }
    }
    let mut objects = Vec::new();
    for ((account, window), mut records) in windows {
        random.shuffle(&mut records);
        let end = (window + 1) * 6 * HOUR_MICROS;
        let stamp = format!("{}T{}Z", time::day(end, ""), &time::clock(end).replace('-', "")[..4]);
        let day = time::day(end, "/");
        let unique = hex(random, 16);
        objects.push(Object {
            key: format!(
                "AWSLogs/{account}/CloudTrail/{REGION}/{day}/{account}_CloudTrail_{REGION}_{stamp}_{unique}.json.gz"
            ),
            bytes: gzip(&records_document(&records)),
        });
    }
    objects
}

fn clusters(random: &mut Random, messages: &[ClusterMessage]) -> Vec<Object> {
    let mut streams: BTreeMap<(&str, Stream), Vec<&ClusterMessage>> = BTreeMap::new();
    for message in messages {
        let stream = streams.entry((message.cluster, message.stream)).or_default();
        stream.push(message);
        if random.percent(DUPLICATES_PERCENT) && message.stream == Stream::Audit {
            stream.push(message);
        }
    }
    let mut objects = Vec::new();
    for ((cluster, stream), mut messages) in streams {
        random.shuffle(&mut messages);
        let prefix = match stream {
            Stream::Audit => "kube-apiserver-audit",
            Stream::Authenticator => "authenticator",
        };
        let stream = format!("{prefix}-{}", hex(random, 32));
        let is_exported = matches!(cluster, "shop-prod" | "shop");
        let object = if is_exported {
            let lines: Vec<String> =
                messages.iter().map(|message| format!("{} {}\n", time::millis(message.micros), message.text)).collect();
            let task = uuid(random);
            Object {
                key: format!("exports/aws-eks-{cluster}-cluster/{task}/{stream}/000000.gz"),
                bytes: gzip(lines.concat().as_bytes()),
            }
        } else {
            let documents: String = messages.chunks(50).map(|some| document(cluster, &stream, some)).collect();
            let unique = uuid(random);
            Object {
                key: format!("firehose/{cluster}/2025/03/03/00/eks-logs-1-2025-03-03-00-00-05-{unique}.gz"),
                bytes: gzip(documents.as_bytes()),
            }
        };
        objects.push(object);
    }
    objects
}

/// One object an account, in the default format.
fn flow_logs(random: &mut Random, flows: &[FlowRecord]) -> Vec<Object> {
    const HEADER: &str = "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start \
                          end action log-status";
    let mut accounts: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for flow in flows {
        accounts.entry(flow.account).or_default().push(&flow.text);
    }
    let object = |(account, mut lines): (&str, Vec<&str>)| {
        random.shuffle(&mut lines);
        let name = format!("{account}_vpcflowlogs_{REGION}_fl-{}_20250303T0005Z_{}", hex(random, 17), hex(random, 8));
        Object {
            key: format!("AWSLogs/{account}/vpcflowlogs/{REGION}/2025/03/03/{name}.log.gz"),
            bytes: gzip(format!("{HEADER}\n{}\n", lines.join("\n")).as_bytes()),
        }
    };
    accounts.into_iter().map(object).collect()
}

/// One document of a CloudWatch subscription.
fn document(cluster: &str, stream: &str, messages: &[&ClusterMessage]) -> String {
    let owner = if cluster.starts_with("shop-") { PLATFORM } else { DATA };
    let events: Vec<Json> = messages
        .iter()
        .enumerate()
        .map(|(number, message)| {
            json!({
                "id": (format!("{:056}", message.micros + number as i64)),
                "timestamp": (message.micros / 1_000),
                "message": (message.text.as_str())
            })
        })
        .collect();
    let document = json!({
        "messageType": "DATA_MESSAGE",
        "owner": (owner),
        "logGroup": (format!("/aws/eks/{cluster}/cluster")),
        "logStream": (stream),
        "subscriptionFilters": ["to-archive"],
        "logEvents": (events)
    });
    document.compact(Escaping::Plain)
}

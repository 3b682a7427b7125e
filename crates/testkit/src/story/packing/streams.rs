//! The log streams of `demo`, by a CloudWatch export task in the morning and a subscription from two o'clock on, and the
//! audit log that `staging` ships by itself.

use super::super::Identity;
use super::super::framing::{LogEvent, control_message, export_lines, gzip, lines, subscription};
use super::super::kubernetes::{AuditEvent, Cluster, Server};
use super::super::lines::{LogLine, Writer};
use super::super::moment::{Moment, ids, today};
use super::{Packed, packed};

/// A message of a log stream, and which event it is.
struct Message {
    event: LogEvent,
    identity: Identity,
}

/// The log streams of `demo`, each with its messages between two moments, in the order of their times.
fn log_streams(
    audits: &[&AuditEvent],
    log_lines: &[&LogLine],
    is_wanted: impl Fn(Moment) -> bool,
) -> Vec<(String, Vec<Message>)> {
    let of_audits = [(Server::First, "first"), (Server::Second, "second")].map(|(server, label)| {
        let of_stream = audits
            .iter()
            .filter(|audit| audit.cluster == Cluster::Demo && audit.server() == server && is_wanted(audit.logged()));
        let messages = of_stream.map(|audit| Message {
            event: LogEvent { logged: audit.logged(), message: audit.record() },
            identity: audit.identity(),
        });
        let name = format!("kube-apiserver-audit-{}", ids::hex(&format!("stream/{label}")));
        (name, messages.collect::<Vec<_>>())
    });
    let of_writers = Writer::ALL.iter().map(|writer| {
        let of_stream = log_lines.iter().filter(|line| line.writer == *writer && is_wanted(line.logged()));
        let messages = of_stream.map(|line| Message {
            event: LogEvent { logged: line.logged(), message: line.text.clone() },
            identity: line.identity(),
        });
        (writer.log_stream(), messages.collect())
    });
    of_audits.into_iter().chain(of_writers).collect()
}

/// The morning of `demo`, by a CloudWatch export task: a folder for each stream, and the file the task tries its
/// permission with.
pub(super) fn export_task(audits: &[&AuditEvent], log_lines: &[&LogLine]) -> Vec<Packed> {
    let folder = "exports/aws-eks-demo-cluster";
    let task = ids::uuid("export-task");
    let morning = log_streams(audits, log_lines, |logged| !is_streamed(logged));
    let mut objects: Vec<Packed> = morning
        .into_iter()
        .filter(|(_, messages)| !messages.is_empty())
        .map(|(name, mut messages)| {
            // An export does not promise order.
            if name.starts_with("kube-apiserver-audit-") {
                messages.rotate_left(2);
            }
            let key = format!("{folder}/{task}/{name}/000000.gz");
            let (events, identities) = parted(messages);
            packed(key, gzip(&export_lines(&events)), identities)
        })
        .collect();
    let permission_check = b"Permission Check Successful".to_vec();
    objects.push(packed(format!("{folder}/aws-logs-write-test"), permission_check, Vec::new()));
    objects
}

/// The afternoon of `demo`, by a CloudWatch subscription through Firehose, which buffers for seven minutes. How gzip
/// and documents nest depends on the settings of the day, so every way occurs.
pub(super) fn firehose(audits: &[&AuditEvent], log_lines: &[&LogLine]) -> Vec<Packed> {
    let buffers = [
        ("14:00:05", Nesting::GzipInGzip, ""),
        ("14:07:05", Nesting::Undelimited, ".gz"),
        ("14:14:05", Nesting::Members, ""),
        ("14:21:05", Nesting::Undelimited, ".gz"),
    ];
    let mut objects = Vec::new();
    for (index, (start, nesting, extension)) in buffers.iter().enumerate() {
        let opened = today(start);
        let closed = buffers.get(index + 1).map(|(next, ..)| today(next));
        let is_buffered =
            |logged: Moment| is_streamed(logged) && opened <= logged && closed.is_none_or(|closed| logged < closed);
        let (mut documents, mut identities) = (Vec::new(), Vec::new());
        for (name, messages) in log_streams(audits, log_lines, is_buffered) {
            let (events, of_stream) = parted(messages);
            identities.extend(of_stream);
            documents.extend(events.chunks(4).map(|some| subscription(LOG_GROUP, &name, some)));
        }
        let has_control_message = index == 0;
        if has_control_message {
            documents.insert(1, control_message(opened));
        }
        let stamp = opened.firehose_stamp();
        let id = ids::uuid(&format!("firehose/{stamp}"));
        let key = format!("firehose/eks-demo/2024/05/14/14/eks-logs-1-{stamp}-{id}{extension}");
        let mut object = packed(key, nesting.apply(&documents), identities);
        object.truth.control_messages = usize::from(has_control_message);
        objects.push(object);
    }
    objects
}

/// `staging` ships the API server's own file.
pub(super) fn audit_log_file(audits: &[&AuditEvent]) -> Packed {
    let audits = audits.iter().filter(|audit| audit.cluster == Cluster::Staging);
    let (records, identities): (Vec<String>, Vec<Identity>) =
        audits.map(|audit| (audit.record(), audit.identity())).unzip();
    packed("k8s/staging/audit.log.gz".to_owned(), gzip(&lines(&records)), identities)
}

const LOG_GROUP: &str = "/aws/eks/demo/cluster";

fn parted(messages: Vec<Message>) -> (Vec<LogEvent>, Vec<Identity>) {
    messages.into_iter().map(|message| (message.event, message.identity)).unzip()
}

/// The subscription was set up at two o'clock.
fn is_streamed(logged: Moment) -> bool {
    logged >= today("14:00:00")
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

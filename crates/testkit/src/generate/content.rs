//! The bytes of an object: its records put into their envelope.
//!
//! CloudTrail objects are one `Records` document. Objects of a CloudWatch subscription are envelopes one after the
//! other with nothing between, compressed as a whole or each on its own, as both are met.

use std::collections::BTreeMap;
use std::ops::Range;

use super::cloudtrail::CloudTrail;
use super::k8s_audit::K8sAudit;
use super::plan::{BURST_RECORDS, Content, Facts, Lane, MeanBytes, ObjectPlan, Window};
use super::random::{Random, mix};
use super::text::{self, MICROS_PER_SECOND, SECONDS_PER_DAY, push};
use super::truth::{Count, TableTruth};
use super::world::{ACCOUNTS, World};

const SAMPLE_RECORDS: u64 = 4_000;
const CONTROL_MESSAGE: &str = r#"{"messageType":"CONTROL_MESSAGE","owner":"CloudwatchLogs","logGroup":"","logStream":"","subscriptionFilters":[],"logEvents":[{"id":"","timestamp":1740960000000,"message":"CWL CONTROL MESSAGE: Checking health of destination Firehose."}]}"#;

/// An object before compression.
#[derive(Debug, Default)]
pub struct Inflated {
    pub json: Vec<u8>,
    /// The parts of `json` that are compressed on their own.
    pub members: Vec<Range<usize>>,
    /// Without the compressed size.
    pub truth: TableTruth,
}

/// Makes objects of a plan.
#[derive(Debug)]
pub struct Maker {
    pub world: World,
    cloudtrail: CloudTrail,
    k8s_audit: K8sAudit,
}

/// Counts by day number and cluster position while an object is made.
#[derive(Default)]
struct Tally {
    /// The object whose own records are met for the first time here, if it is not a redelivery.
    fresh: Option<u64>,
    count: Count,
    per_day: BTreeMap<i64, Count>,
    per_cluster: BTreeMap<usize, Count>,
}

impl Maker {
    pub fn new(world: World) -> Self {
        Self { world, cloudtrail: CloudTrail::new(), k8s_audit: K8sAudit::new() }
    }

    /// Measures a sample of records.
    pub fn mean_bytes(&self) -> MeanBytes {
        let window = Window { object: u64::MAX, start_seconds: 1_740_960_000, length_seconds: 3_600 };
        let (mut records, mut events, mut record) = (Vec::new(), Vec::new(), Vec::new());
        for number in 0..SAMPLE_RECORDS {
            self.cloudtrail.push_record(&mut records, &self.world, (number as usize % 5, 0), window, number);
            records.push(b',');
            let cluster = number as usize / 2 % self.world.cluster_count().max(1);
            self.push_log_event(&mut events, &mut record, cluster, window, number);
        }
        let mean = |bytes: &[u8]| bytes.len() as f64 / SAMPLE_RECORDS as f64;
        MeanBytes { cloudtrail: mean(&records), kubernetes: mean(&events) }
    }

    /// The object at a position of the plan.
    pub fn inflated(&self, plan: &[ObjectPlan], index: usize) -> Inflated {
        let (carrier, is_again) = match plan[index].content {
            Content::Redelivery { of } => (of, true),
            Content::Fresh { .. } => (index, false),
        };
        let object = &plan[carrier];
        let mut random = Random::new(&[self.world.seed, 500, carrier as u64]);
        let records = records(plan, carrier, &mut random);
        let mut tally = Tally { fresh: (!is_again).then_some(carrier as u64), ..Tally::default() };
        let mut inflated = Inflated::default();
        match object.lane {
            Lane::CloudTrail { account, region } => {
                let json = &mut inflated.json;
                push(json, r#"{"Records":["#);
                for (position, (window, number)) in records.iter().enumerate() {
                    if position > 0 {
                        json.push(b',');
                    }
                    let facts = self.cloudtrail.push_record(json, &self.world, (account, region), *window, *number);
                    tally.add(&facts, window.object);
                }
                push(json, "]}");
                inflated.members.push(0..json.len());
            }
            Lane::Kubernetes { cluster } => {
                self.push_subscription(&mut inflated, &mut tally, cluster, &records, &mut random);
            }
        }
        inflated.truth = tally.truth(&self.world, inflated.json.len());
        inflated
    }

    fn push_subscription(
        &self,
        inflated: &mut Inflated,
        tally: &mut Tally,
        cluster: usize,
        records: &[(Window, u64)],
        random: &mut Random,
    ) {
        let json = &mut inflated.json;
        let home = self.world.cluster(cluster);
        let each_alone = cluster % 2 == 1;
        if random.percent(2) {
            push(json, CONTROL_MESSAGE);
            inflated.members.push(0..json.len());
        }
        let mut record = Vec::new();
        let mut rest = records;
        while !rest.is_empty() {
            let member_start = json.len();
            let count = (20 + random.below(100) as usize).min(rest.len());
            let (batch, later) = rest.split_at(count);
            rest = later;
            push(json, r#"{"messageType":"DATA_MESSAGE","owner":""#);
            push(json, ACCOUNTS[home.account]);
            push(json, r#"","logGroup":"/aws/eks/"#);
            push(json, &home.name);
            push(json, r#"/cluster","logStream":"kube-apiserver-audit-"#);
            // A control plane has two API servers.
            let server = mix(&[self.world.seed, 501, cluster as u64, random.below(2)]);
            text::push_hex(json, server, 16);
            text::push_hex(json, mix(&[server]), 16);
            push(json, r#"","subscriptionFilters":["eks-logs-to-firehose"],"logEvents":["#);
            for (window, number) in batch {
                let facts = self.push_log_event(json, &mut record, cluster, *window, *number);
                tally.add(&facts, window.object);
            }
            json.pop();
            push(json, "]}");
            inflated.members.push(member_start..json.len());
        }
        if !each_alone {
            inflated.members.clear();
            inflated.members.push(0..json.len());
        }
    }

    /// Pushes one event of a subscription envelope and the comma after it.
    fn push_log_event(
        &self,
        json: &mut Vec<u8>,
        record: &mut Vec<u8>,
        cluster: usize,
        window: Window,
        number: u64,
    ) -> Facts {
        record.clear();
        let facts = self.k8s_audit.push_record(record, &self.world, cluster, window, number);
        let id = mix(&[self.world.seed, 502, window.object, number]);
        push(json, r#"{"id":"38"#);
        text::push_padded(json, facts.logged_micros as u64, 16);
        text::push_padded(json, id, 19);
        text::push_padded(json, mix(&[id]), 19);
        push(json, r#"","timestamp":"#);
        text::push_number(json, (facts.logged_micros / 1_000) as u64);
        push(json, r#","message":""#);
        text::push_escaped(json, record);
        push(json, r#""},"#);
        facts
    }
}

impl Tally {
    fn add(&mut self, facts: &Facts, object: u64) {
        let one = Count { records: 1, distinct: u64::from(self.fresh == Some(object)) };
        self.count.add(one);
        let day = facts.time_micros.div_euclid(SECONDS_PER_DAY * MICROS_PER_SECOND);
        self.per_day.entry(day).or_default().add(one);
        if let Some(cluster) = facts.cluster {
            self.per_cluster.entry(cluster).or_default().add(one);
        }
    }

    fn truth(self, world: &World, json_bytes: usize) -> TableTruth {
        let day_name = |day: i64| {
            let mut name = Vec::new();
            text::push_day(&mut name, day * SECONDS_PER_DAY * MICROS_PER_SECOND, b"-");
            String::from_utf8_lossy(&name).into_owned()
        };
        TableTruth {
            objects: 1,
            json_bytes: json_bytes as u64,
            gzip_bytes: 0,
            count: self.count,
            per_day: self.per_day.into_iter().map(|(day, count)| (day_name(day), count)).collect(),
            per_cluster: self
                .per_cluster
                .into_iter()
                .map(|(cluster, count)| (world.cluster(cluster).name.clone(), count))
                .collect(),
        }
    }
}

/// The records an object carries, in the order they stand there, which is not that of time.
fn records(plan: &[ObjectPlan], index: usize, random: &mut Random) -> Vec<(Window, u64)> {
    let Content::Fresh { own, copies, source, first } = plan[index].content else {
        return Vec::new();
    };
    let mut records: Vec<(Window, u64)> = (0..own).map(|number| (plan[index].window, number)).collect();
    if copies > 0
        && let Content::Fresh { own: of, .. } = plan[source].content
    {
        records.extend((0..copies).map(|number| (plan[source].window, (first + number) % of)));
    }
    // What was made in one go stays together, as far as the order of arrival lets it.
    let mut bursts: Vec<_> = records.chunks_mut(BURST_RECORDS as usize).collect();
    for burst in &mut bursts {
        random.shuffle(burst);
    }
    random.shuffle(&mut bursts);
    bursts.concat()
}

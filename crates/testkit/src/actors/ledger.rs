//! Where deeds are written down: one entry for the log, one for the truth.
//!
//! A deed whose record is lost is only not logged; what follows from it stays as true as before. Which clusters an AWS
//! call concerns because its key logged in to one is known only when all is done, so `finish` adds that.

use std::collections::{BTreeMap, BTreeSet};

use super::aws::Call;
use super::holder::Holder;
use super::kubernetes::{KubernetesUser, Request};
use super::time::SECOND_MICROS;
use super::truth::{Concern, Demand, Holder as FlowHolder, Join, KnownEvent, KnownFlow, Table, Truth, Who, Why};
use super::world::{Cluster, uuid};
use crate::generate::Random;
use crate::story::json::Escaping;

/// Whether the record of a deed reaches the archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Delivery {
    Kept,
    Lost,
}

/// A record of CloudTrail, ready to be packed.
#[derive(Clone, Debug)]
pub(crate) struct AwsRecord {
    pub(crate) account: &'static str,
    pub(crate) micros: i64,
    pub(crate) text: String,
}

/// A message of a cluster's log group.
#[derive(Clone, Debug)]
pub(crate) struct ClusterMessage {
    pub(crate) cluster: &'static str,
    pub(crate) stream: Stream,
    pub(crate) micros: i64,
    pub(crate) text: String,
}

/// A record of a VPC flow log.
#[derive(Clone, Debug)]
pub(crate) struct FlowRecord {
    pub(crate) account: &'static str,
    pub(crate) text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stream {
    Audit,
    Authenticator,
}

#[derive(Debug)]
pub(crate) struct Ledger {
    pub(crate) random: Random,
    pub(crate) aws: Vec<AwsRecord>,
    pub(crate) messages: Vec<ClusterMessage>,
    pub(crate) flows: Vec<FlowRecord>,
    /// The clusters of each account.
    pub(crate) clusters: BTreeMap<&'static str, Vec<&'static str>>,
    truth: Truth,
    /// The keys behind each AWS event, the signing one last.
    lineages: BTreeMap<String, Vec<String>>,
    /// The keys that each event handed out.
    minted: BTreeMap<String, String>,
    /// Which clusters' audit logs show a key.
    logins: BTreeMap<String, BTreeSet<&'static str>>,
    /// Which clusters a key led to, through further keys.
    ancestors: BTreeMap<String, BTreeSet<&'static str>>,
    /// Which clusters' authenticators had to do with a key.
    line_logins: BTreeMap<String, BTreeSet<&'static str>>,
}

impl Ledger {
    pub(crate) fn new(random: Random) -> Self {
        Self {
            random,
            aws: Vec::new(),
            messages: Vec::new(),
            flows: Vec::new(),
            clusters: BTreeMap::new(),
            truth: Truth::default(),
            lineages: BTreeMap::new(),
            minted: BTreeMap::new(),
            logins: BTreeMap::new(),
            ancestors: BTreeMap::new(),
            line_logins: BTreeMap::new(),
        }
    }

    /// An AWS call; gives its event id.
    pub(crate) fn call(&mut self, holder: &Holder, call: &Call, delivery: Delivery) -> String {
        self.call_by(holder, &holder.who, call, delivery)
    }

    /// An AWS call whose record says less, or more, of who made it than the holder's other calls do.
    pub(crate) fn call_by(&mut self, holder: &Holder, who: &Who, call: &Call, delivery: Delivery) -> String {
        let id = uuid(&mut self.random);
        let request_id = uuid(&mut self.random);
        if delivery == Delivery::Lost {
            return id;
        }
        let account = call.recipient.unwrap_or(holder.account);
        let text = call.record(holder, account, &id, &request_id).compact(Escaping::Plain);
        self.aws.push(AwsRecord { account, micros: call.at, text });
        let mut concerns = call.concerns.clone();
        concerns.extend(holder.concerns.iter().copied());
        self.lineages.insert(id.clone(), holder.lineage.clone());
        if let Some(key) = &call.mints {
            self.minted.insert(id.clone(), key.clone());
        }
        self.truth.events.push(KnownEvent {
            table: Table::CloudTrail,
            id: id.clone(),
            stage: "",
            action: format!("{}:{}", call.service, call.name),
            who: who.clone(),
            concerns,
        });
        id
    }

    /// The same event once more, in other bytes: delivered by another trail with another version of the format.
    pub(crate) fn again_in_other_bytes(&mut self) {
        let Some(last) = self.aws.last() else { return };
        let text = last.text.replace("\"eventVersion\":\"1.09\"", "\"eventVersion\":\"1.08\"");
        self.aws.push(AwsRecord { text, ..last.clone() });
    }

    /// A request to the API server of a cluster; gives its audit id.
    pub(crate) fn request(&mut self, cluster: &Cluster, user: &KubernetesUser, request: &Request) -> String {
        let id = uuid(&mut self.random);
        for stage in request.stages() {
            let text = request.event(user, &id, stage).compact(Escaping::Go);
            let micros = request.stage_micros(stage);
            self.messages.push(ClusterMessage { cluster: cluster.name, stream: Stream::Audit, micros, text });
            let mut who = user.who.clone();
            if request.impersonates.is_some() {
                who = who.with(Join::Impersonation);
            }
            self.truth.events.push(KnownEvent {
                table: Table::KubernetesAudit,
                id: id.clone(),
                stage,
                action: request.action(),
                who,
                concerns: vec![Concern { cluster: cluster.name, why: Why::AuditLog, demand: Demand::Must }],
            });
        }
        if let Some(key) = &user.key {
            self.logins.entry(key.clone()).or_default().insert(cluster.name);
        }
        for key in &user.lineage {
            self.ancestors.entry(key.clone()).or_default().insert(cluster.name);
        }
        id
    }

    /// A line of a cluster's authenticator, about a login with this key.
    pub(crate) fn line(&mut self, cluster: &Cluster, micros: i64, key: Option<&str>, text: String) {
        if let Some(key) = key {
            self.line_logins.entry(key.to_owned()).or_default().insert(cluster.name);
        }
        *self.truth.authenticator_lines.entry(cluster.name).or_default() += 1;
        self.messages.push(ClusterMessage { cluster: cluster.name, stream: Stream::Authenticator, micros, text });
    }

    /// A flow from an address, seen at an interface for some seconds; of a cluster, with whoever can have had the
    /// address, or of nobody.
    pub(crate) fn flow(
        &mut self,
        (at, seconds): (i64, i64),
        account: &'static str,
        (interface, address): (&str, &str),
        cluster: Option<(&'static str, Vec<FlowHolder>)>,
    ) {
        let port = 30_000 + self.random.below(30_000);
        let bytes = 400 + self.random.below(90_000);
        let start = at / SECOND_MICROS;
        let end = start + seconds;
        let text =
            format!("2 {account} {interface} {address} 192.0.2.80 {port} 443 6 10 {bytes} {start} {end} ACCEPT OK");
        self.flows.push(FlowRecord { account, text: text.clone() });
        if let Some((cluster, holders)) = cluster {
            self.truth.flows.push(KnownFlow { cluster, text, holders });
        }
    }

    /// The truth, with what only the whole shows.
    pub(crate) fn finish(&mut self) -> Truth {
        let mut truth = std::mem::take(&mut self.truth);
        for event in truth.events.iter_mut().filter(|event| event.table == Table::CloudTrail) {
            let lineage = self.lineages.get(&event.id).map_or(&[][..], Vec::as_slice);
            let mut add_lines = |key: &String| {
                for cluster in self.line_logins.get(key).into_iter().flatten() {
                    event.concerns.push(Concern { cluster, why: Why::LoginSession, demand: Demand::May });
                }
            };
            lineage.iter().for_each(&mut add_lines);
            self.minted.get(&event.id).into_iter().for_each(&mut add_lines);
            let mut add = |key: &String, why, demand| {
                for cluster in self.logins.get(key).into_iter().flatten() {
                    event.concerns.push(Concern { cluster, why, demand });
                }
            };
            if let Some((own, before)) = lineage.split_last() {
                add(own, Why::LoginSession, Demand::Must);
                // What a further session does is no business of the cluster unless something else says so.
                for key in before {
                    add(key, Why::LoginSession, Demand::May);
                }
            }
            if let Some(key) = self.minted.get(&event.id) {
                add(key, Why::LoginMint, Demand::Must);
                for cluster in self.ancestors.get(key).into_iter().flatten() {
                    event.concerns.push(Concern { cluster, why: Why::LoginMint, demand: Demand::May });
                }
            }
            settle(&mut event.concerns);
        }
        truth
    }
}

/// A call that names one cluster is not another's by a mere session.
fn settle(concerns: &mut [Concern]) {
    let named: Vec<&'static str> =
        concerns.iter().filter(|concern| concern.why == Why::NamedByEks).map(|concern| concern.cluster).collect();
    if named.is_empty() {
        return;
    }
    for concern in concerns.iter_mut().filter(|concern| !named.contains(&concern.cluster)) {
        concern.demand = Demand::May;
    }
}

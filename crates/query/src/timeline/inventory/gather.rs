//! Gathers the inventory by SQL: what the clusters' own calls and logs name, then what was made for things already
//! known, then the sessions that lead to a cluster or out of it.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use datafusion::common::Result;
use datafusion::prelude::SessionContext;
use futures::StreamExt;

use super::extract::{self, parsed};
use super::{Confidence, Inventory, Item, Kind, Proof};
use crate::identity::columns::{Columns, Numbers, Texts, Times};
use crate::timeline::attribution::each_word;

const CLUSTERS: &str = include_str!("clusters.sql");
const USERS: &str = include_str!("users.sql");
const OBJECTS: &str = include_str!("objects.sql");
const CALLS: &str = include_str!("calls.sql");
const MINTS: &str = include_str!("mints.sql");

/// How often what was made for known things is looked for anew: a group, its instances, their interfaces, their
/// addresses.
const ROUNDS: usize = 5;

/// Longest chain of roles that is followed from a session.
const LONGEST_CHAIN: usize = 16;

pub async fn gather(context: &SessionContext) -> Result<Inventory> {
    let mut inventory = Inventory::default();
    clusters(context, &mut inventory).await?;
    users(context, &mut inventory).await?;
    objects(context, &mut inventory).await?;
    calls(context, &mut inventory).await?;
    mints(context, &mut inventory).await?;
    Ok(inventory)
}

async fn clusters(context: &SessionContext, inventory: &mut Inventory) -> Result<()> {
    let mut batches = context.sql(CLUSTERS).await?.execute_stream().await?;
    while let Some(batch) = batches.next().await {
        let batch = batch?;
        let columns = Columns(&batch);
        let [name, account, region, event] =
            [columns.texts("name")?, columns.texts("account")?, columns.texts("region")?, columns.texts("event_id")?];
        for row in 0..batch.num_rows() {
            let Some(cluster) = name.get(row) else { continue };
            inventory.clusters.insert(cluster.clone());
            let proof = Proof { event_id: event.get(row).unwrap_or_default(), ..Proof::default() };
            let mut own = |kind, value: String| {
                let (cluster, proof) = (cluster.clone(), proof.clone());
                let confidence = Confidence::Certain;
                inventory.add(Item { cluster, kind, value, account: String::new(), confidence, proof });
            };
            own(Kind::LogGroup, format!("/aws/eks/{cluster}/cluster"));
            if let Some(account) = account.get(row) {
                if let Some(region) = region.get(row) {
                    own(Kind::Region, format!("{account}/{region}"));
                }
                own(Kind::Account, account);
            }
        }
    }
    Ok(())
}

/// The users of the API servers: nodes, service accounts, and sessions that logged in.
async fn users(context: &SessionContext, inventory: &mut Inventory) -> Result<()> {
    let mut batches = context.sql(USERS).await?.execute_stream().await?;
    while let Some(batch) = batches.next().await {
        let batch = batch?;
        let columns = Columns(&batch);
        let [cluster, user, key, arn, session, event] = [
            columns.texts("cluster")?,
            columns.texts("user_name")?,
            columns.texts("access_key_id")?,
            columns.texts("arn")?,
            columns.texts("session_name")?,
            columns.texts("event_id")?,
        ];
        for row in 0..batch.num_rows() {
            let Some(cluster) = cluster.get(row) else { continue };
            let user = user.get(row).unwrap_or_default();
            let arn = arn.get(row).unwrap_or_default();
            let proof = Proof { event_id: event.get(row).unwrap_or_default(), ..Proof::default() };
            let mut own = |kind, value: String, confidence| {
                let (cluster, proof) = (cluster.clone(), proof.clone());
                let account = extract::account(&arn).to_owned();
                inventory.add(Item { cluster, kind, value, account, confidence, proof });
            };
            if let Some(node) = user.strip_prefix("system:node:") {
                if let Some(address) = extract::address_of_node(node) {
                    own(Kind::Address, address, Confidence::Likely);
                }
                let instance = session.get(row).or_else(|| extract::session_name(&arn).map(str::to_owned));
                let named = Some(node).filter(|name| name.starts_with("i-")).and_then(|name| name.split('.').next());
                for instance in instance.iter().map(String::as_str).chain(named).filter(|id| id.starts_with("i-")) {
                    own(Kind::Instance, instance.to_owned(), Confidence::Certain);
                }
                // Anybody can be mapped to the name of a node; a session of an instance is named after it.
                if extract::session_name(&arn).is_some_and(|session| session.starts_with("i-")) {
                    own(Kind::Role, extract::role_name(&arn).to_owned(), Confidence::Likely);
                    if let Some(key) = key.get(row) {
                        own(Kind::NodeKey, key, Confidence::Certain);
                    }
                    continue;
                }
            }
            if user.starts_with("system:serviceaccount:") {
                own(Kind::ServiceAccount, user, Confidence::Likely);
            }
            if let Some(key) = key.get(row) {
                own(Kind::LoginKey, key, Confidence::Certain);
            }
        }
    }
    Ok(())
}

/// Nodes with their instances, and pods with their addresses.
async fn objects(context: &SessionContext, inventory: &mut Inventory) -> Result<()> {
    let mut batches = context.sql(OBJECTS).await?.execute_stream().await?;
    while let Some(batch) = batches.next().await {
        let batch = batch?;
        let columns = Columns(&batch);
        let [cluster, provider, address, pod_address] = [
            columns.texts("cluster")?,
            columns.texts("provider_id")?,
            columns.texts("address")?,
            columns.texts("pod_address")?,
        ];
        let proofs = Proofs::of(&columns)?;
        for row in 0..batch.num_rows() {
            let Some(cluster) = cluster.get(row) else { continue };
            let mut own = |kind, value: &str, confidence| {
                let (cluster, proof) = (cluster.clone(), proofs.get(row));
                let value = value.to_owned();
                inventory.add(Item { cluster, kind, value, account: String::new(), confidence, proof });
            };
            if let Some(provider) = provider.text(row) {
                let instance = provider.rsplit('/').next().unwrap_or(provider);
                if provider.starts_with("aws:///") && instance.starts_with("i-") {
                    own(Kind::Instance, instance, Confidence::Certain);
                }
            }
            if let Some(address) = address.text(row) {
                own(Kind::Address, address, Confidence::Likely);
            }
            if let Some(address) = pod_address.text(row) {
                own(Kind::PodAddress, address, Confidence::Likely);
            }
        }
    }
    Ok(())
}

/// A call that made, changed or tagged something.
struct Call {
    event: String,
    account: String,
    arn: String,
    proof: Proof,
    request: String,
    response: String,
    /// Clusters that it names by tag.
    tagged: BTreeSet<String>,
}

async fn calls(context: &SessionContext, inventory: &mut Inventory) -> Result<()> {
    let mut waiting = Vec::new();
    let mut batches = context.sql(CALLS).await?.execute_stream().await?;
    while let Some(batch) = batches.next().await {
        let batch = batch?;
        let columns = Columns(&batch);
        let [cluster, event, account, arn, request, response] = [
            columns.texts("cluster")?,
            columns.texts("event_name")?,
            columns.texts("account")?,
            columns.texts("user_arn")?,
            columns.texts("request_parameters")?,
            columns.texts("response_elements")?,
        ];
        let source = columns.texts("event_source")?;
        let proofs = Proofs::of(&columns)?;
        for row in 0..batch.num_rows() {
            let [request, response] = [&request, &response].map(|texts| decoded(texts.text(row).unwrap_or("")));
            let account = account.get(row).unwrap_or_default();
            let proof = proofs.get(row);
            if source.text(row) == Some("eks.amazonaws.com") {
                let Some(cluster) = cluster.get(row) else { continue };
                for text in [&request, &response] {
                    extract::of_eks(&parsed(text), &mut |kind, value| {
                        let confidence = Confidence::Certain;
                        let (cluster, account, proof) = (cluster.clone(), account.clone(), proof.clone());
                        inventory.add(Item { cluster, kind, value: value.to_owned(), account, confidence, proof });
                    });
                }
                continue;
            }
            let mut tagged = BTreeSet::new();
            for text in [&request, &response] {
                if extract::may_be_tagged(text) {
                    extract::tagged(&parsed(text), &mut |name| {
                        if inventory.clusters.contains(name) {
                            tagged.insert(name.to_owned());
                        }
                    });
                }
            }
            waiting.push(Call {
                event: event.get(row).unwrap_or_default(),
                account,
                arn: arn.get(row).unwrap_or_default(),
                proof,
                request,
                response,
                tagged,
            });
        }
    }
    for _ in 0..ROUNDS {
        let before = waiting.len();
        waiting.retain(|call| !settle(call, inventory));
        if waiting.len() == before {
            break;
        }
    }
    Ok(())
}

/// Adds what a call made, if it is known for which clusters.
fn settle(call: &Call, inventory: &mut Inventory) -> bool {
    /// Things whose mention in a request means that what is made is for their cluster.
    const STRONG: [Kind; 5] =
        [Kind::AutoScalingGroup, Kind::LaunchTemplate, Kind::Instance, Kind::Interface, Kind::Issuer];
    let mut owners: BTreeMap<String, Confidence> =
        call.tagged.iter().map(|cluster| (cluster.clone(), Confidence::Certain)).collect();
    if owners.is_empty() {
        // The network plugin on a node makes interfaces for it; what else a node makes need not be for its cluster.
        let by_plugin = call.event.ends_with("NetworkInterface") || call.event.starts_with("Assign");
        let own = extract::session_name(&call.arn).filter(|session| by_plugin && session.starts_with("i-"));
        let mut look = |word: &str| {
            for kind in STRONG {
                for cluster in inventory.owners(kind, word) {
                    owners.insert(cluster.to_owned(), Confidence::Certain);
                }
            }
        };
        each_word(&call.request, &mut look);
        own.into_iter().for_each(look);
    }
    if owners.is_empty() {
        return false;
    }
    for (cluster, confidence) in owners {
        for text in [&call.request, &call.response] {
            let value = parsed(text);
            let mut add = |kind, value: &str| {
                let confidence = if matches!(kind, Kind::Address | Kind::Subnet | Kind::Vpc) {
                    Confidence::Likely
                } else {
                    confidence
                };
                let (cluster, account, proof) = (cluster.clone(), call.account.clone(), call.proof.clone());
                inventory.add(Item { cluster, kind, value: value.to_owned(), account, confidence, proof });
            };
            extract::made(&value, &call.event, &mut add);
            match call.event.as_str() {
                "CreateRole" => {
                    if let Some(role) = value["roleName"].as_str() {
                        add(Kind::Role, role);
                    }
                }
                "CreateOpenIDConnectProvider" => {
                    if let Some(url) = value["url"].as_str() {
                        add(Kind::Issuer, extract::short(Kind::Issuer, url));
                    }
                }
                "CreateLoadBalancer" | "CreateTargetGroup" => {
                    if let Some(name) = value["name"].as_str() {
                        add(Kind::LoadBalancer, name);
                    }
                }
                _ => {}
            }
        }
    }
    true
}

/// A call that handed out an access key.
struct Mint {
    key: String,
    by_key: String,
    subject: String,
    /// Last part of the EKS issuer of the token it was taken with.
    issuer: String,
    /// Whether the token is of an issuer that is no cluster's.
    is_foreign: bool,
    role: String,
    clusters: BTreeSet<String>,
    proof: Proof,
}

async fn mints(context: &SessionContext, inventory: &mut Inventory) -> Result<()> {
    let mut mints = Vec::new();
    let mut batches = context.sql(MINTS).await?.execute_stream().await?;
    while let Some(batch) = batches.next().await {
        let batch = batch?;
        let columns = Columns(&batch);
        let [key, by_key, subject, provider, role, cluster, request] = [
            columns.texts("minted_access_key_id")?,
            columns.texts("access_key_id")?,
            columns.texts("subject")?,
            columns.texts("provider")?,
            columns.texts("role_arn")?,
            columns.texts("cluster")?,
            columns.texts("request_parameters")?,
        ];
        let proofs = Proofs::of(&columns)?;
        for row in 0..batch.num_rows() {
            let provider = provider.text(row).unwrap_or("");
            let issuer = if provider.contains("oidc.eks.") { extract::short(Kind::Issuer, provider) } else { "" };
            let mut clusters: BTreeSet<String> = cluster.get(row).into_iter().collect();
            let request = request.text(row).unwrap_or("");
            if extract::may_be_tagged(request) {
                extract::tagged(&parsed(request), &mut |name| {
                    if inventory.clusters.contains(name) {
                        clusters.insert(name.to_owned());
                    }
                });
            }
            mints.push(Mint {
                key: key.get(row).unwrap_or_default(),
                by_key: by_key.get(row).unwrap_or_default(),
                subject: subject.get(row).unwrap_or_default(),
                issuer: issuer.to_owned(),
                is_foreign: issuer.is_empty() && !provider.is_empty(),
                role: role.get(row).unwrap_or_default(),
                clusters,
                proof: proofs.get(row),
            });
        }
    }
    learn_issuers(&mints, inventory);
    of_pods(&mints, inventory);
    chains(&mints, inventory);
    Ok(())
}

/// An issuer that nothing names belongs to the one cluster that has all the service accounts that used it, among those
/// whose issuer is not known.
fn learn_issuers(mints: &[Mint], inventory: &mut Inventory) {
    let known: BTreeSet<String> = inventory.values(Kind::Issuer).map(|(_, cluster)| cluster.to_owned()).collect();
    let mut unknown: BTreeMap<&str, (BTreeSet<&str>, &Proof)> = BTreeMap::new();
    for mint in mints.iter().filter(|mint| !mint.issuer.is_empty() && !mint.subject.is_empty()) {
        if inventory.owners(Kind::Issuer, &mint.issuer).is_empty() {
            unknown.entry(&mint.issuer).or_insert_with(|| (BTreeSet::new(), &mint.proof)).0.insert(&mint.subject);
        }
    }
    let mut learned = Vec::new();
    for (issuer, (subjects, proof)) in unknown {
        let mut fitting: Option<BTreeSet<&str>> = None;
        for subject in subjects {
            let owners = inventory.owners(Kind::ServiceAccount, subject);
            // An account that no audit log shows tells nothing.
            if !owners.is_empty() {
                fitting = Some(fitting.map_or_else(|| owners.clone(), |others| &others & &owners));
            }
        }
        for cluster in fitting.into_iter().flatten().filter(|cluster| !known.contains(*cluster)) {
            let (cluster, value, account) = (cluster.to_owned(), issuer.to_owned(), String::new());
            let (kind, confidence, proof) = (Kind::Issuer, Confidence::Likely, proof.clone());
            learned.push(Item { cluster, kind, value, account, confidence, proof });
        }
    }
    for item in learned {
        inventory.add(item);
    }
}

/// Sessions that service accounts took, by the issuer of their token, or by the cluster that the call names.
fn of_pods(mints: &[Mint], inventory: &mut Inventory) {
    for mint in mints {
        let mut owners: Vec<(String, Confidence)> =
            mint.clusters.iter().map(|cluster| (cluster.clone(), Confidence::Certain)).collect();
        if owners.is_empty() && !mint.issuer.is_empty() {
            let proved = |cluster: &str| {
                let items =
                    inventory.items.get(&(Kind::Issuer, mint.issuer.clone(), String::new(), cluster.to_owned()));
                items.map_or(Confidence::Likely, |(confidence, _)| *confidence)
            };
            let own = inventory.owners(Kind::Issuer, &mint.issuer);
            owners.extend(own.into_iter().map(|cluster| (cluster.to_owned(), proved(cluster))));
        } else if owners.is_empty() && !mint.is_foreign && mint.subject.starts_with("system:serviceaccount:") {
            let own = inventory.owners(Kind::ServiceAccount, &mint.subject);
            owners.extend(own.into_iter().map(|cluster| (cluster.to_owned(), Confidence::Likely)));
        }
        for (cluster, confidence) in owners {
            let item = |kind, value: String| Item {
                cluster: cluster.clone(),
                kind,
                value,
                account: extract::account(&mint.role).to_owned(),
                confidence,
                proof: mint.proof.clone(),
            };
            inventory.add(item(Kind::PodKey, mint.key.clone()));
            if !mint.role.is_empty() {
                inventory.add(item(Kind::Role, extract::role_name(&mint.role).to_owned()));
            }
        }
    }
}

/// Sessions taken with those of pods, and those that led to one that logged in.
fn chains(mints: &[Mint], inventory: &mut Inventory) {
    let mut by_minter: HashMap<&str, Vec<&Mint>> = HashMap::new();
    let mut by_key: HashMap<&str, Vec<&Mint>> = HashMap::new();
    for mint in mints.iter().filter(|mint| !mint.key.is_empty()) {
        if !mint.by_key.is_empty() {
            by_minter.entry(&mint.by_key).or_default().push(mint);
        }
        by_key.entry(&mint.key).or_default().push(mint);
    }
    let mut found = Vec::new();
    let starts = |kind| -> Vec<(String, String)> {
        inventory.values(kind).map(|(key, cluster)| (key.to_owned(), cluster.to_owned())).collect()
    };
    for (key, cluster) in starts(Kind::PodKey) {
        follow(&key, &cluster, Kind::PodChainKey, &mut found, |key| {
            by_minter.get(key).into_iter().flatten().map(|mint| (mint.key.as_str(), &mint.proof)).collect()
        });
    }
    for (key, cluster) in starts(Kind::LoginKey) {
        follow(&key, &cluster, Kind::StepKey, &mut found, |key| {
            let minted = by_key.get(key).into_iter().flatten().filter(|mint| !mint.by_key.is_empty());
            minted
                .filter(|mint| by_key.contains_key(mint.by_key.as_str()))
                .map(|mint| (mint.by_key.as_str(), &mint.proof))
                .collect()
        });
    }
    for item in found {
        inventory.add(item);
    }
}

/// All keys that can be reached from one, without it.
fn follow<'a>(
    start: &str,
    cluster: &str,
    kind: Kind,
    found: &mut Vec<Item>,
    next: impl Fn(&str) -> Vec<(&'a str, &'a Proof)>,
) {
    let mut seen: HashSet<String> = HashSet::from([start.to_owned()]);
    let mut front = vec![start.to_owned()];
    for _ in 0..LONGEST_CHAIN {
        let mut further = Vec::new();
        for (key, proof) in front.iter().flat_map(|key| next(key)) {
            if seen.insert(key.to_owned()) {
                further.push(key.to_owned());
                found.push(Item {
                    cluster: cluster.to_owned(),
                    kind,
                    value: key.to_owned(),
                    account: String::new(),
                    confidence: Confidence::Certain,
                    proof: proof.clone(),
                });
            }
        }
        if further.is_empty() {
            return;
        }
        front = further;
    }
}

/// The columns that lead back to an event.
struct Proofs {
    time: Times,
    event: Texts,
    uri: Texts,
    record: Numbers,
}

impl Proofs {
    fn of(columns: &Columns<'_>) -> Result<Self> {
        Ok(Self {
            time: columns.times("event_time")?,
            event: columns.texts("event_id")?,
            uri: columns.texts("source_uri")?,
            record: columns.numbers("source_record")?,
        })
    }

    fn get(&self, row: usize) -> Proof {
        Proof {
            time: self.time.get(row),
            event_id: self.event.get(row).unwrap_or_default(),
            source_uri: self.uri.get(row).unwrap_or_default(),
            source_record: Some(self.record.get(row)),
        }
    }
}

/// EKS writes ARNs in paths percent-encoded.
fn decoded(text: &str) -> String {
    if text.contains("%3") || text.contains("%2F") || text.contains("%2f") {
        return text.replace("%3A", ":").replace("%3a", ":").replace("%2F", "/").replace("%2f", "/");
    }
    text.to_owned()
}

//! The facts, gathered from the lake's tables. Each statement reads the few columns it needs; what is rare is found by
//! filters that the parts' statistics can answer.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::common::Result;
use datafusion::prelude::SessionContext;
use eksamine_identity::{
    AwsUse, ClusterIssuer, Extra, Facts, KubernetesUse, NodeInstance, Plane, PodCreation, PodEntry,
    ServiceAccountOfPod, Span, TokenRequest,
};
use futures::StreamExt;
use serde_json::Value;

use super::callers::{Askers, Callers, Records};
use super::columns::Columns;
use super::configuration;
use super::logins::{Line, logins};
use super::mints::{Wanted, mint};

/// Everything the lake's tables say.
pub async fn facts(context: &SessionContext) -> Result<Facts> {
    let mut facts = Facts::default();
    each(context, include_str!("aws_uses.sql"), |batch| aws_uses(batch, &mut facts.aws_uses)).await?;
    delivered_by_ec2(context, &mut facts.aws_uses).await?;
    let mut users = Users::default();
    each(context, include_str!("kubernetes_uses.sql"), |batch| kubernetes_uses(batch, &mut users)).await?;
    facts.kubernetes_uses = users.complete();
    logged_in(context, &mut facts.kubernetes_uses).await?;
    each(context, include_str!("instances.sql"), |batch| instances(batch, &mut facts.node_instances)).await?;
    each(context, include_str!("nodes.sql"), |batch| nodes(batch, &mut facts.node_instances)).await?;
    each(context, include_str!("issuers.sql"), |batch| issuers(batch, &mut facts.cluster_issuers)).await?;
    let mut lines = Vec::new();
    each(context, include_str!("logins.sql"), |batch| login_lines(batch, &mut lines)).await?;
    facts.login_lines = logins(lines);
    // Most of what is handed out nobody used: which keys somebody did is asked first, and only their calls are kept.
    let given = given(context, &facts.aws_uses).await?;
    let mut wanted = Wanted::of(&facts, &given);
    each(context, include_str!("mints.sql"), |batch| mints(batch, &mut wanted)).await?;
    drop(given);
    facts.mints = wanted.complete();
    each(context, include_str!("tokens.sql"), |batch| tokens(batch, &mut facts.token_requests)).await?;
    each(context, include_str!("pods.sql"), |batch| pods(batch, &mut facts)).await?;
    each(context, include_str!("entries.sql"), |batch| entries(batch, &mut facts.pod_entries)).await?;
    each(context, include_str!("configuration.sql"), |batch| configuration::calls(batch, &mut facts)).await?;
    each(context, include_str!("described_access.sql"), |batch| configuration::calls(batch, &mut facts)).await?;
    each(context, include_str!("aws_auth.sql"), |batch| configuration::aws_auth(batch, &mut facts)).await?;
    let annotations = include_str!("role_annotations.sql");
    each(context, annotations, |batch| configuration::role_annotations(batch, &mut facts.role_annotations)).await?;
    Ok(facts)
}

/// Asks, and hands on the answer piece by piece.
async fn each(
    context: &SessionContext,
    sql: &str,
    mut take: impl FnMut(&RecordBatch) -> Result<()> + Send,
) -> Result<()> {
    let mut rows = context.sql(sql).await?.execute_stream().await?;
    while let Some(batch) = rows.next().await {
        take(&batch?)?;
    }
    Ok(())
}

fn span(first: Option<i64>, last: Option<i64>, events: i64) -> Span {
    Span { first, last, events: u64::try_from(events).unwrap_or(0) }
}

fn aws_uses(batch: &RecordBatch, uses: &mut Vec<AwsUse>) -> Result<()> {
    let columns = Columns(batch);
    let callers = Callers::of(&columns)?;
    let (first, last, events) = (columns.times("first_seen")?, columns.times("last_seen")?, columns.numbers("events")?);
    for row in 0..batch.num_rows() {
        let Some(credential) = callers.get(row) else { continue };
        let span = span(first.get(row), last.get(row), events.get(row));
        uses.push(AwsUse { credential, delivered_by_ec2: false, span });
    }
    Ok(())
}

async fn delivered_by_ec2(context: &SessionContext, uses: &mut [AwsUse]) -> Result<()> {
    let mut delivered = HashSet::new();
    each(context, include_str!("delivered_by_ec2.sql"), |batch| {
        let identities = Columns(batch).texts("identity")?;
        delivered.extend((0..batch.num_rows()).filter_map(|row| identities.get(row)));
        Ok(())
    })
    .await?;
    for used in uses {
        used.delivered_by_ec2 = delivered.contains(&used.credential.identity);
    }
    Ok(())
}

/// Users of API servers, each once: what differs between events of one credential is seldom more than the time, and a
/// cluster's service accounts would fill the memory with the rest.
#[derive(Default)]
struct Users(HashMap<String, Vec<KubernetesUse>>);

impl Users {
    fn take(&mut self, used: KubernetesUse) {
        // Most have one, which takes no more room than it needs.
        let alike = self.0.entry(used.identity.clone()).or_insert_with(|| Vec::with_capacity(1));
        let told = |used: &KubernetesUse| (used.user_uid.clone(), used.extra.session_name.clone());
        match alike.iter_mut().find(|known| told(known) == told(&used)) {
            Some(known) => {
                known.span = known.span.and(used.span);
                // Of what authenticators said, the least stands, whatever the order of the rows.
                if used.extra < known.extra {
                    known.extra = used.extra;
                }
            }
            None => alike.push(used),
        }
    }

    fn complete(self) -> Vec<KubernetesUse> {
        let mut all = Vec::with_capacity(self.0.values().map(Vec::len).sum());
        all.extend(self.0.into_values().flatten());
        all
    }
}

fn kubernetes_uses(batch: &RecordBatch, users: &mut Users) -> Result<()> {
    let columns = Columns(batch);
    let [identity, cluster, user_name, user_uid, extra] = [
        columns.texts("identity")?,
        columns.texts("cluster")?,
        columns.texts("user_name")?,
        columns.texts("user_uid")?,
        columns.texts("user_extra")?,
    ];
    let (first, last, events) = (columns.times("first_seen")?, columns.times("last_seen")?, columns.numbers("events")?);
    for row in 0..batch.num_rows() {
        let Some(identity) = identity.get(row) else { continue };
        users.take(KubernetesUse {
            identity,
            cluster: cluster.get(row).unwrap_or_default(),
            user_name: user_name.get(row).unwrap_or_default(),
            user_uid: user_uid.get(row),
            extra: extra.text(row).map(Extra::parse).unwrap_or_default(),
            span: span(first.get(row), last.get(row), events.get(row)),
            first_event: None,
        });
    }
    Ok(())
}

async fn logged_in(context: &SessionContext, uses: &mut [KubernetesUse]) -> Result<()> {
    let mut first = HashMap::new();
    each(context, include_str!("logged_in.sql"), |batch| {
        let columns = Columns(batch);
        let (identities, records) = (columns.texts("identity")?, Records::of(&columns, Plane::Kubernetes)?);
        first.extend((0..batch.num_rows()).filter_map(|row| Some((identities.get(row)?, records.get(row)))));
        Ok(())
    })
    .await?;
    for used in uses {
        used.first_event = first.get(&used.identity).cloned().map(Box::new);
    }
    Ok(())
}

/// Of the keys in use, those of which the logs have the call that handed them out.
async fn given(context: &SessionContext, uses: &[AwsUse]) -> Result<HashSet<String>> {
    let used: HashSet<&str> = uses.iter().filter_map(|used| used.credential.access_key_id.as_deref()).collect();
    let mut given = HashSet::new();
    each(context, include_str!("minted.sql"), |batch| {
        let keys = Columns(batch).texts("access_key_id")?;
        let keys = (0..batch.num_rows()).filter_map(|row| keys.text(row)).filter(|key| used.contains(key));
        given.extend(keys.map(str::to_owned));
        Ok(())
    })
    .await?;
    Ok(given)
}

fn mints(batch: &RecordBatch, wanted: &mut Wanted) -> Result<()> {
    let columns = Columns(batch);
    let (records, callers) = (Records::of(&columns, Plane::Aws)?, Callers::of(&columns)?);
    let [call, shared, request, answer] = [
        columns.texts("event_name")?,
        columns.texts("shared_event_id")?,
        columns.texts("request_parameters")?,
        columns.texts("response_elements")?,
    ];
    for row in 0..batch.num_rows() {
        let (Some(call), Some(caller)) = (call.get(row), callers.get(row)) else { continue };
        let (request, answer) = (json(request.text(row)), json(answer.text(row)));
        let mut made = mint(records.get(row), call, Arc::new(caller), &request, &answer);
        made.shared_event_id = shared.get(row);
        wanted.take(made);
    }
    Ok(())
}

fn json(text: Option<&str>) -> Value {
    text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or(Value::Null)
}

/// The instances that answers to `RunInstances` name.
fn instances(batch: &RecordBatch, instances: &mut Vec<NodeInstance>) -> Result<()> {
    let answers = Columns(batch).texts("response_elements")?;
    for row in 0..batch.num_rows() {
        let answer = json(answers.text(row));
        let items = answer.pointer("/instancesSet/items").and_then(Value::as_array);
        instances.extend(items.into_iter().flatten().filter_map(|item| {
            let text = |name: &str| item.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
            let (instance_id, node_name) = (text("instanceId")?.to_owned(), text("privateDnsName")?.to_owned());
            Some(NodeInstance { instance_id, node_name, cluster: None })
        }));
    }
    Ok(())
}

fn issuers(batch: &RecordBatch, issuers: &mut Vec<ClusterIssuer>) -> Result<()> {
    let columns = Columns(batch);
    let (names, found) = (columns.texts("name")?, columns.texts("issuer")?);
    let named = (0..batch.num_rows()).filter_map(|row| Some((names.get(row)?, found.get(row)?)));
    issuers.extend(named.map(|(cluster, issuer)| ClusterIssuer { issuer, cluster }));
    Ok(())
}

fn nodes(batch: &RecordBatch, nodes: &mut Vec<NodeInstance>) -> Result<()> {
    let columns = Columns(batch);
    let [cluster, name, provider] = [columns.texts("cluster")?, columns.texts("name")?, columns.texts("provider_id")?];
    for row in 0..batch.num_rows() {
        // aws:///eu-west-1a/i-0abc1234def567890
        let instance = provider.text(row).and_then(|provider| provider.rsplit('/').next());
        let (Some(instance), Some(node_name)) = (instance, name.get(row)) else { continue };
        nodes.push(NodeInstance { instance_id: instance.to_owned(), node_name, cluster: cluster.get(row) });
    }
    Ok(())
}

fn login_lines(batch: &RecordBatch, lines: &mut Vec<Line>) -> Result<()> {
    let columns = Columns(batch);
    let records = Records::of(&columns, Plane::Authenticator)?;
    let [message, arn, user_name, access_key_id, client] = [
        columns.texts("message")?,
        columns.texts("arn")?,
        columns.texts("username")?,
        columns.texts("access_key_id")?,
        columns.texts("client")?,
    ];
    for row in 0..batch.num_rows() {
        lines.push(Line {
            evidence: records.get(row),
            is_grant: message.text(row) == Some("access granted"),
            arn: arn.get(row),
            user_name: user_name.get(row),
            access_key_id: access_key_id.get(row),
            client: client.get(row),
        });
    }
    Ok(())
}

fn tokens(batch: &RecordBatch, requests: &mut Vec<TokenRequest>) -> Result<()> {
    let columns = Columns(batch);
    let askers = Askers::of(&columns)?;
    let [account, credential_id, kind, name, uid] = [
        columns.texts("object_name")?,
        columns.texts("credential_id")?,
        columns.texts("bound_kind")?,
        columns.texts("bound_name")?,
        columns.texts("bound_uid")?,
    ];
    for row in 0..batch.num_rows() {
        let (Some(asker), Some(service_account)) = (askers.get(row), account.get(row)) else { continue };
        let bound_to_pod = kind.text(row) == Some("Pod");
        requests.push(TokenRequest {
            evidence: asker.evidence,
            cluster: asker.cluster,
            caller: asker.identity,
            caller_name: asker.name,
            namespace: asker.namespace,
            service_account,
            credential_id: credential_id.get(row),
            pod_name: name.get(row).filter(|_| bound_to_pod),
            pod_uid: uid.get(row).filter(|_| bound_to_pod),
        });
    }
    Ok(())
}

/// Kinds by the resource they are asked for under.
const KINDS: [(&str, &str); 8] = [
    ("pods", "Pod"),
    ("deployments", "Deployment"),
    ("statefulsets", "StatefulSet"),
    ("daemonsets", "DaemonSet"),
    ("replicasets", "ReplicaSet"),
    ("replicationcontrollers", "ReplicationController"),
    ("jobs", "Job"),
    ("cronjobs", "CronJob"),
];

fn pods(batch: &RecordBatch, facts: &mut Facts) -> Result<()> {
    let columns = Columns(batch);
    let askers = Askers::of(&columns)?;
    let [verb, resource, name, uid, owner_kind, owner_name, account] = [
        columns.texts("verb")?,
        columns.texts("object_resource")?,
        columns.texts("name")?,
        columns.texts("uid")?,
        columns.texts("owner_kind")?,
        columns.texts("owner_name")?,
        columns.texts("service_account")?,
    ];
    for row in 0..batch.num_rows() {
        let kind = KINDS.iter().find(|(plural, _)| resource.text(row) == Some(plural)).map(|(_, kind)| *kind);
        let (Some(asker), Some(kind), Some(name)) = (askers.get(row), kind, name.get(row)) else { continue };
        if kind == "Pod" {
            let time = asker.evidence.time;
            facts.pods_of_service_accounts.push(ServiceAccountOfPod {
                cluster: asker.cluster.clone(),
                namespace: asker.namespace.clone(),
                pod_name: name.clone(),
                pod_uid: uid.get(row),
                // The API server gives this one to pods that name none.
                service_account: account.get(row).unwrap_or_else(|| "default".to_owned()),
                seen: Span { first: time, last: time, events: 1 },
            });
        }
        facts.pod_creations.push(PodCreation {
            evidence: asker.evidence,
            cluster: asker.cluster,
            caller: asker.identity,
            caller_name: asker.name,
            verb: verb.get(row).unwrap_or_default(),
            kind: kind.to_owned(),
            namespace: asker.namespace,
            name,
            uid: uid.get(row),
            owner: owner_kind.get(row).zip(owner_name.get(row)),
        });
    }
    Ok(())
}

fn entries(batch: &RecordBatch, entries: &mut Vec<PodEntry>) -> Result<()> {
    let columns = Columns(batch);
    let askers = Askers::of(&columns)?;
    let [how, name, uid] =
        [columns.texts("object_subresource")?, columns.texts("object_name")?, columns.texts("object_uid")?];
    for row in 0..batch.num_rows() {
        let (Some(asker), Some(how), Some(pod_name)) = (askers.get(row), how.get(row), name.get(row)) else { continue };
        entries.push(PodEntry {
            evidence: asker.evidence,
            cluster: asker.cluster,
            caller: asker.identity,
            caller_name: asker.name,
            namespace: asker.namespace,
            pod_name,
            pod_uid: uid.get(row),
            how,
        });
    }
    Ok(())
}

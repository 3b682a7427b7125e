//! Addresses that are used again: one pod after the other has the same, in every cluster at once, and a pod of the host's
//! network has its node's.

use super::workloads::node_life;
use crate::actors::FlowHolder;
use crate::actors::kubernetes::{KubernetesUser, request};
use crate::actors::stage::Stage;
use crate::actors::time::{MINUTE_MICROS, SECOND_MICROS};
use crate::actors::world::{Cluster, suffix, uuid};
use crate::story::json::json;

/// The networks of pods are the same in all clusters.
const ADDRESS: &str = "100.64.0.7";

pub(crate) fn play(stage: &mut Stage) {
    for index in 0..stage.clusters.len() {
        let cluster = stage.clusters[index].clone();
        tenants(stage, &cluster);
    }
}

fn tenants(stage: &mut Stage, cluster: &Cluster) {
    let at = stage.some_time();
    let minutes = |count: i64| at + count * MINUTE_MICROS;
    let node = cluster.node_on(stage.day, 1).clone();
    let (_, kubelet) = node_life(stage, minutes(-1), cluster, &node);
    let flow = |stage: &mut Stage, at: i64, seconds: i64, address: &str, holders: Vec<FlowHolder>| {
        let known = Some((cluster.name, holders));
        stage.ledger.flow((at, seconds), cluster.account, (&node.interface, address), known);
    };
    let before = stage.tenants.get(cluster.name).cloned();
    flow(stage, minutes(-6), 60, ADDRESS, before.into_iter().collect());
    let first = report(stage, at, cluster, &kubelet, ADDRESS, &node.address);
    flow(stage, minutes(2), 60, ADDRESS, vec![first.clone()]);
    let gone = request(minutes(10), "delete", "pods", "orders", first.name.trim_start_matches("pod orders/"));
    stage.ledger.request(cluster, &kubelet, &gone);
    let second = report(stage, minutes(12), cluster, &kubelet, ADDRESS, &node.address);
    flow(stage, minutes(10) + 30 * SECOND_MICROS, 150, ADDRESS, vec![first, second.clone()]);
    flow(stage, minutes(14), 60, ADDRESS, vec![second.clone()]);
    stage.tenants.insert(cluster.name, second);
    report(stage, minutes(15), cluster, &kubelet, &node.address, &node.address);
    flow(stage, minutes(16), 60, &node.address, vec![node.holder()]);
    flow(stage, minutes(17), 60, "198.51.100.77", Vec::new());
}

/// A kubelet says which address a new pod has.
fn report(
    stage: &mut Stage,
    at: i64,
    cluster: &Cluster,
    kubelet: &KubernetesUser,
    address: &str,
    host: &str,
) -> FlowHolder {
    let random = stage.random();
    let (name, uid) = (format!("shipping-{}", suffix(random, 5)), uuid(random));
    let status = json!({
        "metadata": {"uid": (uid)},
        "status": {"hostIP": (host), "podIP": (address), "podIPs": [{"ip": (address)}], "phase": "Running"}
    });
    let patch = request(at, "patch", "pods", "orders", &name).sub("status").bodies(status.clone(), status);
    stage.ledger.request(cluster, kubelet, &patch);
    let name = format!("pod orders/{name}");
    FlowHolder { also: name.clone(), name }
}

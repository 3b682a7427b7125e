//! What runs in the clusters: nodes and their kubelets, pods with the roles they take and the tokens they show, and
//! people who go into pods or have tokens made.

use super::people::{PEOPLE, work};
use crate::actors::aws::call;
use crate::actors::holder::Holder;
use crate::actors::kubernetes::{
    Extras, KubernetesUser, Lines, Pod, login, plain_kubelet, pod_extra, request, service_account,
};
use crate::actors::ledger::Delivery::Kept;
use crate::actors::mints::{self, PodIdentityRecords};
use crate::actors::stage::Stage;
use crate::actors::time::{MINUTE_MICROS, SECOND_MICROS};
use crate::actors::truth::{Join, Proof};
use crate::actors::world::{Cluster, Node, id, suffix, uuid};
use crate::story::json::json;

const REPLICA_SETS: &str = "replicaset-controller";
const TOKEN_NOTE: &str = "authentication.kubernetes.io/issued-credential-id";

pub(crate) fn play(stage: &mut Stage) {
    for index in 0..stage.clusters.len() {
        let cluster = stage.clusters[index].clone();
        for number in 0..4 {
            let node = cluster.node_on(stage.day, number).clone();
            let at = stage.some_time();
            node_life(stage, at, &cluster, &node);
            let known = Some((cluster.name, vec![node.holder()]));
            stage.ledger.flow((at, 60), cluster.account, (&node.interface, &node.address), known);
        }
        let at = stage.some_time();
        let elsewhere = id(stage.random(), "eni-0", 16);
        stage.ledger.flow((at, 60), cluster.account, (&elsewhere, "10.77.3.9"), None);
        let payments = pod(stage, &cluster, ("payments", "payments-api"));
        irsa(stage, &cluster, &payments);
        let orders = pod(stage, &cluster, ("orders", "orders-api"));
        pod_identity(stage, &cluster, &orders);
        let entered = pod(stage, &cluster, ("payments", "payments-api"));
        enter(stage, &cluster, &entered);
        if !cluster.is_old {
            token_for_a_person(stage, &cluster);
        }
    }
    namesakes(stage);
}

/// Pods of one name in every cluster, anew each day. In one of them somebody opens a shell; what the others do with
/// their tokens is out of that person's reach.
fn namesakes(stage: &mut Stage) {
    let person = *stage.random().pick(&PEOPLE);
    let entered = stage.day as usize % 3;
    for index in 0..3 {
        let cluster = stage.clusters[index].clone();
        let at = stage.some_time();
        let node = cluster.node_on(stage.day, 0).clone();
        let random = stage.random();
        let pod = Pod {
            namespace: "ledger",
            name: "ledger-0".to_owned(),
            uid: uuid(random),
            account: "ledger",
            address: "10.0.11.151".to_owned(),
            node,
        };
        let credential = uuid(random);
        if index == entered {
            let role = stage.roles(cluster.account).admin.clone();
            let session = mints::saml(&mut stage.ledger, at, person, &role, Kept);
            let shows = (Extras::Full, Lines::WithKey);
            let user = login(&mut stage.ledger, at + 10 * SECOND_MICROS, &session, (&cluster, "platform:admin"), shows);
            let shell = request(at + 20 * SECOND_MICROS, "create", "pods", "ledger", "ledger-0").sub("exec").long();
            stage.ledger.request(&cluster, &user, &shell);
            speak(stage, at + MINUTE_MICROS, &cluster, &pod, &credential, Some(person));
        } else {
            let extra = pod_extra(&mut stage.ledger, &pod, &credential);
            let mut user = service_account("ledger", "ledger", Some(extra));
            user.who.stranger = Some(person.to_owned());
            let read = request(at, "get", "configmaps", "ledger", "settings");
            stage.ledger.request(&cluster, &user, &read);
        }
    }
}

/// The key of a node's role, and its kubelet with that key, or without where the cluster is old.
pub(crate) fn node_life(stage: &mut Stage, at: i64, cluster: &Cluster, node: &Node) -> (Holder, KubernetesUser) {
    let holder = mints::node_role(&mut stage.ledger, at, cluster, node);
    let describe = call(at + 5 * SECOND_MICROS, "ec2", "DescribeInstances");
    stage.ledger.call(&holder, &describe, Kept);
    let pull = call(at + 9 * SECOND_MICROS, "ecr", "GetAuthorizationToken");
    stage.ledger.call(&holder, &pull, Kept);
    let kubelet = if cluster.is_old {
        plain_kubelet(node)
    } else {
        let name = format!("system:node:{}", node.name);
        let shows = (Extras::Full, Lines::WithKey);
        let user = login(&mut stage.ledger, at + MINUTE_MICROS, &holder, (cluster, &name), shows);
        user.proved(Join::Kubelet, Proof::Ids).at(&node.address, "kubelet/v1.32.1")
    };
    for number in 0..2 {
        let at = at + MINUTE_MICROS + number * 10 * SECOND_MICROS;
        let renew = request(at, "update", "leases", "kube-node-lease", &node.name).of_group("coordination.k8s.io");
        stage.ledger.request(cluster, &kubelet, &renew);
    }
    let status = request(at + 2 * MINUTE_MICROS, "patch", "nodes", "", &node.name).sub("status");
    stage.ledger.request(cluster, &kubelet, &status);
    (holder, kubelet)
}

/// A pod comes to be: a controller makes it, its kubelet has a token made for it, and it speaks to the API server.
pub(crate) fn pod(stage: &mut Stage, cluster: &Cluster, (namespace, account): (&'static str, &'static str)) -> Pod {
    let at = stage.some_time() - 3 * MINUTE_MICROS;
    let number = stage.random().below(4) as usize;
    let node = cluster.node_on(stage.day, number).clone();
    let random = stage.random();
    let set = format!("{account}-{}", suffix(random, 10));
    let pod = Pod {
        namespace,
        name: format!("{set}-{}", suffix(random, 5)),
        uid: uuid(random),
        account,
        address: format!("{}.{}", node.address.rsplit_once('.').map_or("10.0.0", |(net, _)| net), 150),
        node,
    };
    let body = json!({
        "kind": "Pod",
        "metadata": {
            "name": (pod.name.as_str()),
            "namespace": (namespace),
            "uid": (pod.uid.as_str()),
            "ownerReferences": [{"kind": "ReplicaSet", "name": (set.as_str()), "controller": true}]
        },
        "spec": {"serviceAccountName": (account), "nodeName": (pod.node.name.as_str())}
    });
    let controller = service_account("kube-system", REPLICA_SETS, None);
    let create = request(at, "create", "pods", namespace, &pod.name).bodies(body.clone(), body);
    stage.ledger.request(cluster, &controller, &create);
    let (_, kubelet) = node_life(stage, at + 2 * SECOND_MICROS, cluster, &pod.node);
    let credential = uuid(stage.random());
    let bound = json!({"spec": {
        "audiences": ["https://kubernetes.default.svc"],
        "boundObjectRef": {"kind": "Pod", "name": (pod.name.as_str()), "uid": (pod.uid.as_str())},
        "expirationSeconds": 3607
    }});
    let mut token = request(at + 5 * SECOND_MICROS, "create", "serviceaccounts", namespace, account)
        .sub("token")
        .bodies(bound.clone(), bound);
    if !cluster.is_old {
        token = token.note(TOKEN_NOTE, format!("JTI={credential}"));
    }
    stage.ledger.request(cluster, &kubelet, &token);
    speak(stage, at + 20 * SECOND_MICROS, cluster, &pod, &credential, None);
    pod
}

/// The pod's service account asks the API server; somebody may have the token who should not.
fn speak(stage: &mut Stage, at: i64, cluster: &Cluster, pod: &Pod, credential: &str, hand: Option<&str>) {
    let extra = if cluster.is_old { None } else { Some(pod_extra(&mut stage.ledger, pod, credential)) };
    let mut user = service_account(pod.namespace, pod.account, extra).at(&pod.address, "payments-api/1.4");
    if let Some(hand) = hand.filter(|_| !cluster.is_old) {
        user = user.handed(hand).proved(Join::PodEntered, Proof::Ids).at("203.0.113.66", "curl/8.5.0");
    }
    for number in 0..2 {
        let read = request(at + number * SECOND_MICROS, "get", "configmaps", pod.namespace, "settings");
        stage.ledger.request(cluster, &user, &read);
    }
}

fn irsa(stage: &mut Stage, cluster: &Cluster, pod: &Pod) -> Holder {
    let at = stage.some_time();
    let name = format!("17410{}", 10_000 + stage.random().below(80_000));
    let session = stage.roles(cluster.account).payments.session(&name);
    let subject = format!("system:serviceaccount:{}:{}", pod.namespace, pod.account);
    let holder = mints::irsa(&mut stage.ledger, at, cluster, &subject, &session).at(&pod.address, "Boto3/1.36.0");
    work(stage, at + SECOND_MICROS, &holder);
    holder
}

fn pod_identity(stage: &mut Stage, cluster: &Cluster, pod: &Pod) {
    let at = stage.some_time();
    let (agent, _) = node_life(stage, at - 10 * SECOND_MICROS, cluster, &pod.node);
    let role = stage.roles(cluster.account).orders.clone();
    let which = *stage.random().pick(&[
        PodIdentityRecords::Both,
        PodIdentityRecords::ExchangeOnly,
        PodIdentityRecords::AssumptionOnly,
    ]);
    let mut holder = mints::pod_identity(&mut stage.ledger, at, cluster, &agent, (pod, &role), which);
    let (own, others): (Vec<_>, Vec<_>) = stage.associations.iter().partition(|(name, _)| *name == cluster.name);
    let ids = |list: Vec<&(&str, String)>| list.into_iter().map(|(_, id)| id.clone()).collect();
    (holder.who.configured, holder.who.unconfigured) = (ids(own), ids(others));
    work(stage, at + SECOND_MICROS, &holder);
}

/// A person opens a shell in a pod and uses what is there: the pod's token, and the role the token is worth.
fn enter(stage: &mut Stage, cluster: &Cluster, pod: &Pod) {
    let person = *stage.random().pick(&PEOPLE);
    let at = stage.some_time();
    let role = stage.roles(cluster.account).admin.clone();
    let session = mints::saml(&mut stage.ledger, at, person, &role, Kept);
    let shows = (Extras::Full, Lines::WithKey);
    let user = login(&mut stage.ledger, at + 10 * SECOND_MICROS, &session, (cluster, "platform:admin"), shows);
    let shell = request(at + 20 * SECOND_MICROS, "create", "pods", pod.namespace, &pod.name).sub("exec").long();
    stage.ledger.request(cluster, &user, &shell);
    let credential = uuid(stage.random());
    speak(stage, at + MINUTE_MICROS, cluster, pod, &credential, Some(person));
    let name = format!("botocore-session-{}", 10_000 + stage.random().below(80_000));
    let taken = stage.roles(cluster.account).payments.session(&name);
    let subject = format!("system:serviceaccount:{}:{}", pod.namespace, pod.account);
    let mut holder = mints::irsa(&mut stage.ledger, at + 2 * MINUTE_MICROS, cluster, &subject, &taken);
    holder.who.hand = Some(person.to_owned());
    let holder = holder.proved(Join::PodEntered, Proof::Ids).at("203.0.113.66", "aws-cli/2.22.0");
    work(stage, at + 3 * MINUTE_MICROS, &holder);
}

/// `kubectl create token`: the person is who speaks with it.
fn token_for_a_person(stage: &mut Stage, cluster: &Cluster) {
    let person = *stage.random().pick(&PEOPLE);
    let at = stage.some_time();
    let role = stage.roles(cluster.account).admin.clone();
    let session = mints::saml(&mut stage.ledger, at, person, &role, Kept);
    let shows = (Extras::Full, Lines::WithKey);
    let user = login(&mut stage.ledger, at + 10 * SECOND_MICROS, &session, (cluster, "platform:admin"), shows);
    let credential = uuid(stage.random());
    let asked = json!({"spec": {"audiences": null, "boundObjectRef": null, "expirationSeconds": 86400}});
    let token = request(at + 20 * SECOND_MICROS, "create", "serviceaccounts", "orders", "orders-api")
        .sub("token")
        .bodies(asked.clone(), asked)
        .note(TOKEN_NOTE, format!("JTI={credential}"));
    let id = stage.ledger.request(cluster, &user, &token);
    let extra = json!({"authentication.kubernetes.io/credential-id": [(format!("JTI={credential}"))]});
    let mut holder = service_account("orders", "orders-api", Some(extra)).at("198.51.100.7", "kubectl/v1.32.1");
    holder.who = user.who.clone().with(Join::TokenRequest).step(vec![id]);
    let read = request(at + MINUTE_MICROS, "list", "secrets", "orders", "");
    stage.ledger.request(cluster, &holder, &read);
}

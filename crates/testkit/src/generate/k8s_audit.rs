//! Kubernetes audit events: one function from a position to the bytes of its event.
//!
//! Fields follow `Event` of `audit.k8s.io/v1`, levels the audit policy of EKS, and `user.extra` what
//! aws-iam-authenticator and bound service account tokens put there. What requests there are stands in `requests`.

mod bodies;
mod requests;

use self::bodies::{Body, push_body};
use self::requests::{REQUESTS, Request, Sender};
use super::plan::{BURST_RECORDS, Facts, Window};
use super::random::{Random, Weights, mix};
use super::template::Scene;
use super::text::{self, MICROS_PER_SECOND, push};
use super::world::{NODE_ROLE, World};

const FAILURE_PERCENT: u64 = 3;
/// Share of the pairs made in one go with their neighbours: the same client, the same request.
const BURST_PERCENT: u64 = 60;
const PERSON_ROLES: [usize; 2] = [1, 2];
const PIPELINE_ROLE: usize = 3;

/// Makes the audit events of one seed.
#[derive(Debug)]
pub struct K8sAudit {
    weights: Weights,
}

/// How a request ended.
struct Outcome {
    code: u16,
    /// Reason and text of a failure.
    failure: Option<(&'static str, &'static str)>,
}

impl K8sAudit {
    pub fn new() -> Self {
        Self { weights: Weights::new(REQUESTS.iter().map(|request| request.weight)) }
    }

    /// Pushes event `number` of an object of this cluster. Two neighbours are sometimes the stages of one watch.
    pub fn push_record(&self, out: &mut Vec<u8>, world: &World, cluster: usize, window: Window, number: u64) -> Facts {
        let home = world.cluster(cluster);
        let mut pair = Random::new(&[world.seed, 300, window.object, number / 2]);
        let mut common = if pair.percent(BURST_PERCENT) {
            Random::new(&[world.seed, 301, window.object, number / BURST_RECORDS])
        } else {
            Random::new(&[pair.next()])
        };
        let request = &REQUESTS[self.weights.pick(&mut common)];
        let is_watch = request.verb == "watch";
        let is_end = is_watch && number % 2 == 1;
        // The stages of a watch have all but their times in common.
        let mut random = if is_watch { pair } else { Random::new(&[world.seed, 304, window.object, number]) };
        let received = window.time_after(window.time(&mut common), &mut random);
        let mut scene = Scene::new(world, common, home.account, home.region, cluster, received);
        scene.set_apart(random);
        let micros = 300 + scene.random.skewed(90_000) as i64;
        let watch_micros = (300 + scene.random.below(300) as i64) * MICROS_PER_SECOND;
        let finished = received + micros + if is_end { watch_micros } else { 0 };
        let outcome = outcome(&mut scene, request);

        push(out, r#"{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":""#);
        let level = level(request, &outcome);
        push(out, level);
        scene.push(out, r#"","auditID":"$u","stage":""#);
        push(out, if is_watch && !is_end { "ResponseStarted" } else { "ResponseComplete" });
        push(out, r#"","requestURI":""#);
        scene.push(out, request.uri);
        push(out, r#"","verb":""#);
        push(out, request.verb);
        push(out, r#"","user":"#);
        push_user(out, &mut scene, request.sender);
        push(out, r#","sourceIPs":[""#);
        push_source(out, &mut scene, request.sender);
        push(out, r#""],"userAgent":""#);
        push(out, request.agent);
        if request.agent.ends_with('/') {
            push(out, "system:serviceaccount:kube-system:generic-garbage-collector");
        }
        out.push(b'"');
        if !request.object.is_empty() {
            push(out, r#","objectRef":"#);
            scene.push(out, request.object);
        }
        push_status(out, &mut scene, &outcome);
        push_bodies(out, &mut scene, request, level, &outcome);
        push(out, r#","requestReceivedTimestamp":""#);
        text::push_micros(out, received);
        push(out, r#"","stageTimestamp":""#);
        text::push_micros(out, finished);
        push_annotations(out, &mut scene, request, &outcome);
        Facts { time_micros: received, logged_micros: finished, cluster: Some(cluster) }
    }
}

fn outcome(scene: &mut Scene<'_>, request: &Request) -> Outcome {
    if request.code == 403 {
        return Outcome {
            code: 403,
            failure: Some((
                "Forbidden",
                r#"secrets is forbidden: User \"system:anonymous\" cannot get resource \"secrets\" in API group \"\" in the namespace \"default\""#,
            )),
        };
    }
    if request.verb == "watch" || !scene.random.percent(FAILURE_PERCENT) {
        return Outcome { code: request.code, failure: None };
    }
    match request.verb {
        "update" => Outcome {
            code: 409,
            failure: Some((
                "Conflict",
                r#"Operation cannot be fulfilled on $S \"$D\": the object has been modified; please apply your changes to the latest version and try again"#,
            )),
        },
        "get" if request.sender != Sender::Anonymous => {
            Outcome { code: 404, failure: Some(("NotFound", r#"\"$D\" not found"#)) }
        }
        "list" => Outcome {
            code: 403,
            failure: Some((
                "Forbidden",
                r#"forbidden: User cannot list resource in API group \"\" in the namespace \"$S\""#,
            )),
        },
        _ => Outcome {
            code: 500,
            failure: Some((
                "InternalError",
                r#"Internal error occurred: failed calling webhook \"mutate.example.com\": Post \"https://webhook.$S.svc:443/mutate?timeout=10s\": context deadline exceeded"#,
            )),
        },
    }
}

/// The level EKS logs a request at.
fn level(request: &Request, outcome: &Outcome) -> &'static str {
    match (request.sends, request.gets) {
        (Body::Nothing, Body::Nothing) if matches!(request.verb, "get" | "list") && request.object.contains("pods") => {
            "Request"
        }
        (Body::Nothing, Body::Nothing) => "Metadata",
        (_, Body::Nothing) => "Request",
        _ if outcome.failure.is_some() => "Request",
        _ => "RequestResponse",
    }
}

fn push_user(out: &mut Vec<u8>, scene: &mut Scene<'_>, sender: Sender) {
    match sender {
        Sender::Anonymous => push(out, r#"{"username":"system:anonymous","groups":["system:unauthenticated"]}"#),
        Sender::ControlPlane(name) => {
            push(out, r#"{"username":""#);
            push(out, name);
            push(out, r#"","groups":["#);
            push(out, if name == "system:apiserver" { r#""system:masters","# } else { "" });
            push(out, r#""system:authenticated"]}"#);
        }
        Sender::ServiceAccount(namespace, name) => push_service_account(out, scene, namespace, name),
        Sender::Workload => {
            let (namespace, name) = super::world::WORKLOADS[scene.workload];
            push_service_account(out, scene, namespace, name);
        }
        Sender::Node => {
            scene.push(out, r#"{"username":"system:node:$e","uid":"aws-iam-authenticator:$a:"#);
            scene.world.push_role_id(out, scene.home(), NODE_ROLE);
            push(out, r#"","groups":["system:bootstrappers","system:nodes","system:authenticated"],"extra":"#);
            push_iam_extra(out, scene, NODE_ROLE, scene.node);
        }
        Sender::Person => {
            let role = PERSON_ROLES[scene.random.skewed(2) as usize];
            let member = scene.random.skewed(8);
            push_iam_user(out, scene, role, member, if role == 1 { "platform-admins" } else { "viewers" });
        }
        Sender::Pipeline => {
            let member = scene.random.skewed(3);
            push_iam_user(out, scene, PIPELINE_ROLE, member, "deployers");
        }
    }
}

fn push_service_account(out: &mut Vec<u8>, scene: &mut Scene<'_>, namespace: &str, name: &str) {
    push(out, r#"{"username":"system:serviceaccount:"#);
    push(out, namespace);
    out.push(b':');
    push(out, name);
    push(out, r#"","uid":""#);
    let uid = mix(&[scene.world.seed, 302, scene.cluster as u64, name.len() as u64, namespace.len() as u64]);
    text::push_uuid(out, uid, mix(&[uid]));
    push(out, r#"","groups":["system:serviceaccounts","system:serviceaccounts:"#);
    push(out, namespace);
    push(out, r#"","system:authenticated"],"extra":{"authentication.kubernetes.io/credential-id":["JTI="#);
    // A token is used for an hour.
    let token = mix(&[uid, scene.replica, (scene.time_micros / (3_600 * MICROS_PER_SECOND)) as u64]);
    text::push_uuid(out, token, mix(&[token]));
    push(out, r#""],"authentication.kubernetes.io/node-name":[""#);
    scene.push(out, "$e");
    push(out, r#""],"authentication.kubernetes.io/node-uid":[""#);
    let node = mix(&[scene.world.seed, 303, scene.cluster as u64, scene.node]);
    text::push_uuid(out, node, mix(&[node]));
    push(out, r#""],"authentication.kubernetes.io/pod-name":[""#);
    push(out, name);
    scene.push(out, r#"-$z"],"authentication.kubernetes.io/pod-uid":["$U"]}}"#);
}

fn push_iam_user(out: &mut Vec<u8>, scene: &mut Scene<'_>, role: usize, member: u64, group: &str) {
    let session = scene.world.session(scene.home(), role, member, scene.time_micros);
    push(out, r#"{"username":""#);
    scene.world.push_session_arn(out, &session);
    scene.push(out, r#"","uid":"aws-iam-authenticator:$a:"#);
    scene.world.push_role_id(out, scene.home(), role);
    push(out, r#"","groups":[""#);
    push(out, group);
    push(out, r#"","system:authenticated"],"extra":"#);
    push_iam_extra(out, scene, role, member);
}

/// The facts of an IAM login, and the end of the user.
fn push_iam_extra(out: &mut Vec<u8>, scene: &mut Scene<'_>, role: usize, member: u64) {
    let world = scene.world;
    let session = world.session(scene.home(), role, member, scene.time_micros);
    push(out, r#"{"accessKeyId":[""#);
    text::push_access_key(out, session.key);
    push(out, r#""],"arn":[""#);
    world.push_session_arn(out, &session);
    push(out, r#""],"canonicalArn":[""#);
    world.push_role_arn(out, session.home, role);
    push(out, r#""],"principalId":[""#);
    world.push_role_id(out, session.home, role);
    push(out, r#""],"sessionName":[""#);
    world.push_session_name(out, &session);
    push(out, r#""],"sigs.k8s.io/aws-iam-authenticator/principalId":[""#);
    world.push_role_id(out, session.home, role);
    push(out, r#""]}}"#);
}

fn push_source(out: &mut Vec<u8>, scene: &mut Scene<'_>, sender: Sender) {
    match sender {
        Sender::Node => scene.world.push_node_address(out, scene.cluster, scene.node),
        Sender::Person | Sender::Pipeline => scene.push(out, "$d"),
        Sender::Anonymous if scene.random.percent(40) => scene.push(out, "$d"),
        Sender::ControlPlane("system:apiserver") => push(out, "::1"),
        Sender::ControlPlane(_) => push(out, "10.0.54.108"),
        _ => scene.push(out, "$p"),
    }
}

fn push_status(out: &mut Vec<u8>, scene: &mut Scene<'_>, outcome: &Outcome) {
    push(out, r#","responseStatus":{"metadata":{},"#);
    if let Some((reason, message)) = outcome.failure {
        push(out, r#""status":"Failure","message":""#);
        scene.push(out, message);
        push(out, r#"","reason":""#);
        push(out, reason);
        push(out, r#"","#);
    }
    push(out, r#""code":"#);
    text::push_number(out, u64::from(outcome.code));
    out.push(b'}');
}

fn push_bodies(out: &mut Vec<u8>, scene: &mut Scene<'_>, request: &Request, level: &str, outcome: &Outcome) {
    if level == "Metadata" {
        return;
    }
    if request.sends != Body::Nothing {
        push(out, r#","requestObject":"#);
        push_body(out, scene, request.sends);
    }
    if level == "RequestResponse" && request.gets != Body::Nothing && outcome.failure.is_none() {
        push(out, r#","responseObject":"#);
        push_body(out, scene, request.gets);
    }
}

fn push_annotations(out: &mut Vec<u8>, scene: &mut Scene<'_>, request: &Request, outcome: &Outcome) {
    push(out, r#"","annotations":{"#);
    if request.uri.ends_with("/token") {
        scene.push(out, r#""authentication.kubernetes.io/issued-credential-id":"JTI=$u","#);
    }
    push(out, r#""authorization.k8s.io/decision":""#);
    push(out, if outcome.code == 403 { "forbid" } else { "allow" });
    push(out, r#"","authorization.k8s.io/reason":""#);
    match request.sender {
        _ if outcome.code == 403 => {}
        Sender::Node | Sender::ControlPlane("system:apiserver") => {}
        Sender::ControlPlane(name) => {
            for (before, after) in
                [("RBAC: allowed by ClusterRoleBinding ", ""), (" of ClusterRole ", ""), (" to User ", "")]
            {
                push(out, before);
                push(out, r#"\""#);
                push(out, name);
                push(out, r#"\""#);
                push(out, after);
            }
        }
        Sender::Anonymous => push(
            out,
            r#"RBAC: allowed by ClusterRoleBinding \"system:public-info-viewer\" of ClusterRole \"system:public-info-viewer\" to Group \"system:unauthenticated\""#,
        ),
        Sender::ServiceAccount(namespace, name) => push_binding(out, namespace, name),
        Sender::Workload => {
            let (namespace, name) = super::world::WORKLOADS[scene.workload];
            push_binding(out, namespace, name);
        }
        Sender::Person | Sender::Pipeline => push(
            out,
            r#"EKS Access Policy: allowed by ClusterRoleBinding \"arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy\" of ClusterRole \"cluster-admin\" to Group \"platform-admins\""#,
        ),
    }
    push(out, r#""}}"#);
}

fn push_binding(out: &mut Vec<u8>, namespace: &str, name: &str) {
    push(out, r#"RBAC: allowed by RoleBinding \""#);
    push(out, name);
    out.push(b'/');
    push(out, namespace);
    push(out, r#"\" of Role \""#);
    push(out, name);
    push(out, r#"\" to ServiceAccount \""#);
    push(out, name);
    out.push(b'/');
    push(out, namespace);
    push(out, r#"\""#);
}

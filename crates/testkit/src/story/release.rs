//! 13:42 to 13:58: the payments pipeline deploys the ledger export, and sam, on call, later takes the pipeline's role by
//! hand, enters the pod and reads an object with the pod's role. No attack, but the same steps the intruder takes half
//! an hour later: the logs tell the two apart by who is at the beginning.

use super::Event;
use super::aws::{assume_role, assume_role_with_saml, assume_role_with_web_identity, call, object_resources};
use super::cast::{
    ACCOUNT, GITHUB_ISSUER, GITLAB_ISSUER, INFRA_PLAN, INFRA_SUBJECT, LEDGER, LEDGER_BY_HAND, LEDGER_POD,
    LEDGER_SUBJECT, OIDC_ISSUER, PAYMENTS_CI_SUBJECT, PAYMENTS_RELEASE, Pod, RoleSession, SAM, SAM_RELEASE, bound,
    credential_id, from, service_account, with,
};
use super::json::{Json, json};
use super::kubernetes::{AuditEvent, Client, Target, audit, core, grouped, namespace_policy, rbac};
use super::moment::{Moment, ids, today};
use super::morning::{controller, kubelet_client, scheduler};

const BUCKET: &str = "example-org-payments-ledger";

/// 13:39: the job of `example-org/infra` at GitLab looks at what there is.
pub(crate) fn plan() -> Vec<Event> {
    let terraform = INFRA_PLAN.calling(from::RUNNER, with::TERRAFORM_RUNNER);
    let agent = with::TERRAFORM_RUNNER;
    vec![
        assume_role_with_web_identity(&INFRA_PLAN, GITLAB_ISSUER, INFRA_SUBJECT, from::RUNNER, agent).into(),
        call(today("13:39:46"), &terraform, "eks", "DescribeCluster").request(json!({"name": "demo"})).into(),
    ]
}

/// 13:42: the pipeline of `example-org/payments`.
pub(crate) fn ledger_deployment() -> Vec<Event> {
    let action = PAYMENTS_RELEASE.calling(from::RUNNER, with::RUNNER_CLI);
    let kubectl = release_kubectl(&PAYMENTS_RELEASE, from::RUNNER, with::KUBECTL_RUNNER);
    let bind = rbac("system:kube-scheduler", "system:kube-scheduler", "User \"system:kube-scheduler\"");
    let export = grouped("apps", "deployments").within(LEDGER.namespace).named("ledger-export");
    let image = format!("{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/payments/ledger-export:0.9.4");
    let deployment = || {
        json!({
            "kind": "Deployment",
            "apiVersion": "apps/v1",
            "metadata": {"name": "ledger-export", "namespace": "payments"},
            "spec": {"template": {"spec": {
                "serviceAccountName": (LEDGER.service_account),
                "containers": [{"name": "ledger-export", "image": (image.as_str())}]
            }}}
        })
    };
    let (replica_set, pod) = (replica_set_body(&LEDGER, "ledger-export"), pod_body(&LEDGER, &image));
    vec![
        assume_role_with_web_identity(
            &PAYMENTS_RELEASE,
            GITHUB_ISSUER,
            PAYMENTS_CI_SUBJECT,
            from::RUNNER,
            with::GITHUB_ACTION,
        )
        .into(),
        call(today("13:42:12"), &action, "eks", "DescribeCluster").request(json!({"name": "demo"})).into(),
        audit(
            today("13:42:40.120"),
            &kubectl,
            "patch",
            export.query("fieldManager=kubectl-client-side-apply&fieldValidation=Strict"),
        )
        .with_body(deployment(), deployment())
        .into(),
        audit(
            today("13:42:40.902"),
            &controller("deployment-controller"),
            "create",
            grouped("apps", "replicasets").within(LEDGER.namespace).named(LEDGER.replica_set),
        )
        .with_body(replica_set.clone(), replica_set)
        .into(),
        audit(today("13:42:41.300"), &controller("replicaset-controller"), "create", pod_of(&LEDGER))
            .with_body(pod.clone(), pod)
            .into(),
        audit(
            today("13:42:41.482"),
            &Client { reason: bind, ..scheduler() },
            "create",
            pod_of(&LEDGER).part("binding"),
        )
        .into(),
        audit(today("13:42:43.660"), &kubelet_client(), "patch", pod_of(&LEDGER).part("status"))
            .with_body(pod_status("10.0.11.92"), pod_status("10.0.11.92"))
            .into(),
        audit(
            today("13:42:44.208"),
            &kubectl,
            "create",
            grouped("batch", "cronjobs").within("payments").named("ledger-archive"),
        )
        .with_body(cron_job(), cron_job())
        .into(),
    ]
}

fn cron_job() -> Json {
    json!({
        "kind": "CronJob",
        "apiVersion": "batch/v1",
        "metadata": {"name": "ledger-archive", "namespace": "payments"},
        "spec": {"schedule": "15 2 * * *", "jobTemplate": {"spec": {"template": {"spec": {
            "serviceAccountName": (LEDGER.service_account),
            "containers": [{
                "name": "archive",
                "image": (format!("{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/payments/ledger-export:0.9.4"))
            }]
        }}}}}
    })
}

/// 13:42: the pod starts, gets its tokens and goes to work.
pub(crate) fn ledger_at_home() -> Vec<Event> {
    let service = LEDGER_POD.calling(from::NODES, with::PAYMENTS_API);
    let api_token = credential_id("ledger-export/api");
    let in_pod = Client {
        user: bound(service_account(LEDGER.namespace, LEDGER.service_account), &LEDGER, &api_token),
        address: "10.0.11.92",
        agent: "ledger-export/v0.9.4 (linux/amd64)",
        reason: rbac("ledger-export", "ledger-export", "ServiceAccount \"ledger-export/payments\""),
    };
    let calendar = || core("configmaps").within("payments").named("ledger-calendar");
    vec![
        token_request(today("13:42:42.015"), &LEDGER, "https://kubernetes.default.svc", &api_token).into(),
        token_request(today("13:42:42.077"), &LEDGER, "sts.amazonaws.com", &credential_id("ledger-export/sts")).into(),
        assume_role_with_web_identity(&LEDGER_POD, OIDC_ISSUER, LEDGER_SUBJECT, from::NODES, with::PAYMENTS_API).into(),
        read(today("13:42:55"), &service, "exports/2024/05/13.parquet", 182_340).into(),
        audit(today("13:43:02.461"), &in_pod, "get", calendar()).into(),
        read(today("13:53:02"), &service, "exports/2024/05/14.parquet", 90_112).into(),
        audit(today("14:03:02.519"), &in_pod, "get", calendar()).into(),
    ]
}

/// 13:36: sam signs in. 13:54: takes the pipeline's role by hand, and from there on goes by the pod's name.
pub(crate) fn sam() -> Vec<Event> {
    let sam = SAM.calling(from::SAM, with::OFFICE_CLI);
    let by_hand = SAM_RELEASE.calling(from::SAM, with::OFFICE_CLI);
    let in_pod = LEDGER_BY_HAND.calling(from::NODES, CLI_IN_POD);
    let kubectl = release_kubectl(&SAM_RELEASE, from::SAM, with::KUBECTL_OFFICE);
    let copy = pod_of(&LEDGER).part("exec").query(
        "command=aws&command=s3&command=cp&command=s3%3A%2F%2Fexample-org-payments-ledger%2Fdisputes%2F2024-05.csv\
         &command=%2Ftmp%2Fdisputes.csv&container=ledger-export&stderr=true&stdout=true",
    );
    let debug = json!({"spec": {"ephemeralContainers": [{
        "name": "debugger-w4t7z",
        "image": "public.ecr.aws/aws-cli/aws-cli:2.15.30",
        "targetContainerName": "ledger-export",
        "stdin": true,
        "tty": true
    }]}});
    let scale = grouped("apps", "deployments").within("payments").named("ledger-export").part("scale");
    let scale_body = |kind: &str| json!({"kind": (kind), "apiVersion": "autoscaling/v1", "spec": {"replicas": 2}});
    let mut events: Vec<Event> = vec![
        assume_role_with_saml(SAM.minted(), &SAM, from::SAM).into(),
        assume_role(SAM_RELEASE.minted(), &sam, &SAM_RELEASE, 3_600).into(),
        call(today("13:54:41"), &by_hand, "eks", "DescribeCluster").request(json!({"name": "demo"})).into(),
        audit(today("13:55:08.371"), &kubectl, "list", core("pods").within("payments").query("limit=500")).into(),
        // A debugging container first; it does not get the pod's token.
        audit(today("13:55:31.044"), &kubectl, "patch", pod_of(&LEDGER).part("ephemeralcontainers"))
            .with_body(debug.clone(), debug)
            .into(),
    ];
    events.extend(audit(today("13:56:03.702"), &kubectl, "create", copy).streaming(101, 6_130).map(Event::from));
    events.extend([
        assume_role_with_web_identity(&LEDGER_BY_HAND, OIDC_ISSUER, LEDGER_SUBJECT, from::NODES, CLI_IN_POD).into(),
        read(today("13:56:07"), &in_pod, "disputes/2024-05.csv", 640_118).into(),
        audit(today("13:57:20.254"), &kubectl, "patch", scale)
            .with_body(scale_body("Scale"), scale_body("Scale"))
            .into(),
        audit(today("13:58:12.830"), &kubectl, "create", pod_of(&LEDGER).part("portforward").query("ports=9090"))
            .code(101)
            .into(),
    ]);
    events
}

const CLI_IN_POD: &str =
    "aws-cli/2.15.30 Python/3.11.6 Linux/5.10.215-203.850.amzn2.x86_64 exe/x86_64.amzn.2 prompt/off command/";

/// A pod as the replica set makes it.
pub(crate) fn pod_body(pod: &Pod, image: &str) -> Json {
    json!({
        "kind": "Pod",
        "apiVersion": "v1",
        "metadata": {
            "name": (pod.name),
            "generateName": (format!("{}-", pod.replica_set)),
            "namespace": (pod.namespace),
            "uid": (pod.uid()),
            "ownerReferences": [{
                "apiVersion": "apps/v1",
                "kind": "ReplicaSet",
                "name": (pod.replica_set),
                "uid": (ids::uuid(&format!("replicaset/{}/{}", pod.namespace, pod.replica_set))),
                "controller": true,
                "blockOwnerDeletion": true
            }]
        },
        "spec": {
            "serviceAccountName": (pod.service_account),
            "containers": [{"name": (pod.service_account), "image": (image)}]
        }
    })
}

/// What a kubelet says of a pod that runs: the address that flow logs have.
pub(crate) fn pod_status(address: &str) -> Json {
    json!({"status": {
        "phase": "Running",
        "hostIP": "10.0.11.23",
        "podIP": (address),
        "podIPs": [{"ip": (address)}]
    }})
}

/// A replica set as the deployment controller makes it.
pub(crate) fn replica_set_body(pod: &Pod, deployment: &str) -> Json {
    json!({
        "kind": "ReplicaSet",
        "apiVersion": "apps/v1",
        "metadata": {
            "name": (pod.replica_set),
            "namespace": (pod.namespace),
            "uid": (ids::uuid(&format!("replicaset/{}/{}", pod.namespace, pod.replica_set))),
            "ownerReferences": [{
                "apiVersion": "apps/v1",
                "kind": "Deployment",
                "name": (deployment),
                "uid": (ids::uuid(&format!("deployment/{}/{deployment}", pod.namespace))),
                "controller": true,
                "blockOwnerDeletion": true
            }]
        },
        "spec": {"replicas": 1}
    })
}

pub(crate) fn pod_of(pod: &Pod) -> Target {
    core("pods").within(pod.namespace).named(pod.name)
}

/// The kubelet asks for a token of the pod's service account, bound to the pod.
pub(crate) fn token_request(at: Moment, pod: &Pod, audience: &str, credential: &str) -> AuditEvent {
    let spec = || {
        json!({
            "audiences": [(audience)],
            "expirationSeconds": 3607,
            "boundObjectRef": {"kind": "Pod", "apiVersion": "v1", "name": (pod.name), "uid": (pod.uid())}
        })
    };
    let request = json!({"kind": "TokenRequest", "apiVersion": "authentication.k8s.io/v1", "spec": (spec())});
    let expires = at.plus_millis(3_607_000).seconds();
    let answer = request.clone().with("status", json!({"expirationTimestamp": (expires)}));
    let account = core("serviceaccounts").within(pod.namespace).named(pod.service_account).part("token");
    audit(at, &kubelet_client(), "create", account).with_body(request, answer).issuing(credential)
}

fn release_kubectl(session: &RoleSession, address: &'static str, agent: &'static str) -> Client {
    Client { user: session.access_entry_user(), address, agent, reason: namespace_policy(session, "payments") }
}

fn read(at: Moment, caller: &super::aws::Caller, key: &str, bytes: i32) -> super::aws::ApiCall {
    call(at, caller, "s3", "GetObject")
        .request(json!({"bucketName": (BUCKET), "Host": (format!("{BUCKET}.s3.amazonaws.com")), "key": (key)}))
        .on_bucket(BUCKET, bytes)
        .resources(object_resources(BUCKET, key))
        .data_event()
}

//! What AWS noticed by itself: findings of GuardDuty, each update an export of its own, and an unusual rate of errors by
//! CloudTrail Insights.

use super::Event;
use super::cast::infrastructure::VPC;
use super::cast::{ACCOUNT, CI_DEPLOY, NODE};
use super::json::{Escaping, Fields, Json, json};
use super::moment::{Moment, ids, today, week_before};

/// A finding as it was exported.
pub(crate) struct Finding {
    pub(crate) id: &'static str,
    pub(crate) updated: Moment,
    pub(crate) text: String,
}

/// The start or the end of an unusual rate.
pub(crate) struct Insight {
    pub(crate) id: String,
    pub(crate) text: String,
}

const DETECTOR: &str = "d0b1c2d3e4f5061728394a5b6c7d8e9f";
/// The finding that lee opens at 14:41.
const SECRETS_READ: &str = "5ec7e5a1b2c3d4e5f60718293a4b5c6d";
const PRIVILEGED: &str = "7a1f0e2d3c4b5a69788796a5b4c3d2e1";
const TRAIL_STOPPED: &str = "9c8b7a6f5e4d3c2b1a09f8e7d6c5b4a3";
const NODE_OUTSIDE: &str = "e4d3c2b1a0f9e8d7c6b5a4938271605f";
const POD_TALKS: &str = "2b4d6f8091a3c5e7092b4d6f8091a3c5";

pub(crate) fn findings() -> Vec<Event> {
    let secrets = |updated: &'static str, count: i32, last_seen: &'static str| {
        finding(Shape {
            id: SECRETS_READ,
            kind: "CredentialAccess:Kubernetes/MaliciousIPCaller.Custom",
            title: "An API commonly used to access credentials in a Kubernetes cluster was called from a custom threat list.",
            severity: "8",
            first_seen: "14:09:05.000",
            last_seen,
            created: "14:19:30.211",
            updated,
            count,
            resource: cluster_resource(ci_user(), None),
            action: kubernetes_call("/api/v1/namespaces/payments/secrets?limit=500", "list", 200),
            feature: "EksAuditLogs",
            role: "TARGET",
        })
    };
    let node_tuner = json!({
        "name": "node-tuner",
        "type": "pods",
        "uid": (ids::uuid("pod/kube-system/node-tuner")),
        "namespace": "kube-system",
        "hostNetwork": false,
        "containers": [{
            "name": "tuner",
            "image": "registry.example.net/tools/node-tuner:latest",
            "securityContext": {"privileged": true},
            "volumeMounts": [{"name": "host", "mountPath": "/host"}]
        }],
        "volumes": [{"name": "host", "hostPath": {"path": "/"}}]
    });
    let deployer = json!({
        "username": "system:serviceaccount:shop:deployer",
        "uid": (ids::uuid("serviceaccount/shop/deployer")),
        "groups": ["system:serviceaccounts", "system:serviceaccounts:shop", "system:authenticated"],
        "sessionName": []
    });
    let privileged = finding(Shape {
        id: PRIVILEGED,
        kind: "PrivilegeEscalation:Kubernetes/PrivilegedContainer",
        title: "A privileged container with root level access was launched in a Kubernetes cluster.",
        severity: "5",
        first_seen: "14:24:12.000",
        last_seen: "14:24:12.000",
        created: "14:36:02.870",
        updated: "14:36:02.870",
        count: 1,
        resource: cluster_resource(deployer, Some(node_tuner)),
        action: kubernetes_call(
            "/api/v1/namespaces/kube-system/pods?fieldManager=kubectl-client-side-apply",
            "create",
            201,
        ),
        feature: "EksAuditLogs",
        role: "TARGET",
    });
    let stopped = finding(Shape {
        id: TRAIL_STOPPED,
        kind: "Stealth:IAMUser/CloudTrailLoggingDisabled",
        title: "AWS CloudTrail trail platform-trail was disabled.",
        severity: "2",
        first_seen: "14:31:30.000",
        last_seen: "14:31:30.000",
        created: "14:42:18.004",
        updated: "14:42:18.004",
        count: 1,
        resource: json!({"resourceType": "AccessKey", "accessKeyDetails": {
            "accessKeyId": (CI_DEPLOY.access_key_id),
            "principalId": (CI_DEPLOY.principal_id()),
            "userType": "AssumedRole",
            "userName": (CI_DEPLOY.role)
        }}),
        action: json!({"actionType": "AWS_API_CALL", "awsApiCallAction": {
            "api": "StopLogging",
            "serviceName": "cloudtrail.amazonaws.com",
            "callerType": "Remote IP",
            "remoteIpDetails": (remote("198.51.100.23")),
            "affectedResources": {"AWS::CloudTrail::Trail": (format!("arn:aws:cloudtrail:us-east-1:{ACCOUNT}:trail/platform-trail"))}
        }}),
        feature: "CloudTrail",
        role: "TARGET",
    });
    let pod_talks = finding(Shape {
        id: POD_TALKS,
        kind: "UnauthorizedAccess:EC2/MaliciousIPCaller.Custom",
        title: "EC2 instance i-0a1b2c3d4e5f60718 is communicating with an address of a custom threat list.",
        severity: "5",
        first_seen: "14:14:38.000",
        last_seen: "14:15:28.000",
        created: "14:29:51.600",
        updated: "14:29:51.600",
        count: 2,
        resource: json!({"resourceType": "Instance", "instanceDetails": {
            "instanceId": "i-0a1b2c3d4e5f60718",
            "instanceType": "m6i.large",
            "tags": [{"key": "eks:cluster-name", "value": "demo"}],
            "networkInterfaces": [{
                "networkInterfaceId": "eni-0a12b2c3d4e5f6071",
                "privateIpAddress": "10.0.11.40",
                "vpcId": (VPC)
            }]
        }}),
        action: json!({"actionType": "NETWORK_CONNECTION", "networkConnectionAction": {
            "connectionDirection": "OUTBOUND",
            "protocol": "TCP",
            "blocked": false,
            "localPortDetails": {"port": 51_334, "portName": "Unknown"},
            "remotePortDetails": {"port": 443, "portName": "HTTPS"},
            "localIpDetails": {"ipAddressV4": "10.0.11.40"},
            "remoteIpDetails": (remote("203.0.113.66"))
        }}),
        feature: "FlowLogs",
        role: "TARGET",
    });
    let node_outside = finding(Shape {
        id: NODE_OUTSIDE,
        kind: "UnauthorizedAccess:IAMUser/InstanceCredentialExfiltration.OutsideAWS",
        title: "Credentials for the EC2 instance role demo-node were used from an external IP address.",
        severity: "8",
        first_seen: "14:28:41.000",
        last_seen: "14:28:57.000",
        created: "14:44:06.310",
        updated: "14:44:06.310",
        count: 2,
        resource: json!({"resourceType": "AccessKey", "accessKeyDetails": {
            "accessKeyId": (NODE.access_key_id),
            "principalId": (NODE.principal_id()),
            "userType": "AssumedRole",
            "userName": (NODE.role)
        }}),
        action: json!({"actionType": "AWS_API_CALL", "awsApiCallAction": {
            "api": "GetAuthorizationToken",
            "serviceName": "ecr.amazonaws.com",
            "callerType": "Remote IP",
            "remoteIpDetails": (remote("198.51.100.23"))
        }}),
        feature: "CloudTrail",
        role: "TARGET",
    });
    [
        secrets("14:19:30.211", 1, "14:09:05.000"),
        secrets("14:34:41.093", 3, "14:12:10.000"),
        pod_talks,
        privileged,
        stopped,
        node_outside,
    ]
    .into_iter()
    .map(Event::from)
    .collect()
}

/// 14:10: fourteen refused reads of parameters in two minutes, where there had been none in a week.
pub(crate) fn insights() -> Vec<Event> {
    let shared = ids::uuid("insight/shared");
    let insight = |at: Moment, state: &str, average: &str, minutes: i32| {
        let id = ids::uuid(&format!("insight/{state}"));
        let attribution = |attribute: &str, value: &str| {
            json!({
                "attribute": (attribute),
                "insight": [{"value": (value), "average": (Json::Bare(average.to_owned()))}],
                "baseline": []
            })
        };
        let record = json!({
            "eventVersion": "1.09",
            "eventTime": (at.seconds()),
            "awsRegion": "us-east-1",
            "eventID": (id.as_str()),
            "eventType": "AwsCloudTrailInsight",
            "recipientAccountId": (ACCOUNT),
            "sharedEventID": (shared.as_str()),
            "insightDetails": {
                "state": (state),
                "eventSource": "ssm.amazonaws.com",
                "eventName": "GetParameter",
                "insightType": "ApiErrorRateInsight",
                "errorCode": "AccessDenied",
                "insightContext": {
                    "statistics": {
                        "baseline": {"average": 0},
                        "insight": {"average": (Json::Bare(average.to_owned()))},
                        "insightDuration": (minutes),
                        "baselineDuration": 10_080
                    },
                    "attributions": [
                        (attribution("userIdentityArn", &CI_DEPLOY.canonical_arn())),
                        (attribution("userAgent", "Boto3/1.34.84"))
                    ]
                }
            },
            "eventCategory": "Insight"
        });
        Event::from(Insight { id, text: record.compact(Escaping::Plain) })
    };
    vec![insight(today("14:10:00"), "Start", "7", 3), insight(today("14:13:00"), "End", "4.6667", 3)]
}

struct Shape {
    id: &'static str,
    kind: &'static str,
    title: &'static str,
    severity: &'static str,
    first_seen: &'static str,
    last_seen: &'static str,
    created: &'static str,
    updated: &'static str,
    count: i32,
    resource: Json,
    action: Json,
    feature: &'static str,
    role: &'static str,
}

fn finding(shape: Shape) -> Finding {
    let updated = today(shape.updated);
    let mut record = Fields::default();
    record.put("schemaVersion", "2.0");
    record.put("accountId", ACCOUNT);
    record.put("region", "us-east-1");
    record.put("partition", "aws");
    record.put("id", shape.id);
    record.put("arn", format!("arn:aws:guardduty:us-east-1:{ACCOUNT}:detector/{DETECTOR}/finding/{}", shape.id));
    record.put("type", shape.kind);
    record.put("resource", shape.resource);
    record.put(
        "service",
        json!({
            "serviceName": "guardduty",
            "detectorId": (DETECTOR),
            "featureName": (shape.feature),
            "action": (shape.action),
            "resourceRole": (shape.role),
            "additionalInfo": {"value": "{\"threatListName\":\"example-org-blocklist\"}", "type": "default"},
            "eventFirstSeen": (today(shape.first_seen).millis()),
            "eventLastSeen": (today(shape.last_seen).millis()),
            "archived": false,
            "count": (shape.count)
        }),
    );
    record.put("severity", Json::Bare(shape.severity.to_owned()));
    record.put("createdAt", today(shape.created).millis());
    record.put("updatedAt", updated.millis());
    record.put("title", shape.title);
    record.put("description", shape.title);
    Finding { id: shape.id, updated, text: record.object().compact(Escaping::Plain) }
}

fn cluster_resource(user: Json, workload: Option<Json>) -> Json {
    let mut kubernetes = Fields::default();
    kubernetes.put("kubernetesUserDetails", user);
    kubernetes.put("kubernetesWorkloadDetails", workload.unwrap_or(Json::Null));
    json!({
        "resourceType": "EKSCluster",
        "eksClusterDetails": {
            "name": "demo",
            "arn": (format!("arn:aws:eks:us-east-1:{ACCOUNT}:cluster/demo")),
            "createdAt": (Json::Bare(week_before("09:00:14.207").epoch_seconds())),
            "vpcId": (VPC),
            "status": "ACTIVE",
            "tags": [{"key": "team", "value": "platform"}]
        },
        "kubernetesDetails": (kubernetes.object())
    })
}

/// The pipeline's session as the access entry names it.
fn ci_user() -> Json {
    json!({
        "username": (CI_DEPLOY.arn()),
        "uid": (format!("aws-iam-authenticator:{ACCOUNT}:{}", CI_DEPLOY.role_id())),
        "groups": ["system:authenticated"],
        "sessionName": [(CI_DEPLOY.name)]
    })
}

fn kubernetes_call(uri: &str, verb: &str, status: i32) -> Json {
    json!({"actionType": "KUBERNETES_API_CALL", "kubernetesApiCallAction": {
        "requestUri": (uri),
        "verb": (verb),
        "sourceIPs": ["203.0.113.66"],
        "userAgent": "kubectl/v1.28.9 (linux/amd64) kubernetes/587f5fe",
        "remoteIpDetails": (remote("203.0.113.66")),
        "statusCode": (status)
    }})
}

fn remote(address: &str) -> Json {
    json!({
        "ipAddressV4": (address),
        "organization": {"asn": "64496", "asnOrg": "Example Hosting", "isp": "Example Hosting", "org": "Example Hosting"},
        "country": {"countryName": "Nowhere"},
        "city": {"cityName": ""}
    })
}

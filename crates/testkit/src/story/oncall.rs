//! 13:31 to 14:09: those whom the cluster knows by a plain name. kim and alex both take the role `ops-shared` under the
//! session name `oncall`, and the cluster calls either of them `ops-oncall`: which of the two it was, no log says. A
//! backup job comes with an IAM user's key.

use super::Event;
use super::aws::{Caller, assume_role, assume_role_with_saml, call, credentials, object_resources};
use super::cast::infrastructure::CLUSTER_SECURITY_GROUP;
use super::cast::{ACCOUNT, ALEX, BACKUP, KIM, OPS_BY_ALEX, OPS_BY_KIM, STOREFRONT_POD, from, with};
use super::json::{Json, json};
use super::kubernetes::{Client, Server, audit, core, rbac};
use super::moment::{ids, today};
use super::release::pod_of;

/// The name that `aws-auth` gives to the role `ops-shared`.
pub(crate) const OPS_USER: &str = "ops-oncall";

/// Two people, one session name.
pub(crate) fn shared_role() -> Vec<Event> {
    let kim = KIM.calling(from::KIM, with::OFFICE_CLI);
    let alex = ALEX.calling(from::ALEX, with::OFFICE_CLI);
    let ops_by_kim = OPS_BY_KIM.calling(from::KIM, with::OFFICE_CLI);
    let ops_by_alex = OPS_BY_ALEX.calling(from::ALEX, with::OFFICE_CLI);
    // Both sit behind the address of the operations VPN when they talk to the cluster.
    let kubectl = Client {
        user: plain_user(OPS_USER, "AROAOPSSHAREDZEXAMPLE", &["ops"]),
        address: "192.0.2.50",
        agent: with::KUBECTL_OFFICE,
        reason: rbac("ops", "admin", "Group \"ops\""),
    };
    let node_port = || {
        json!({
            "kind": "Service",
            "apiVersion": "v1",
            "metadata": {"name": "checkout-debug", "namespace": "shop"},
            "spec": {
                "type": "NodePort",
                "selector": {"app.kubernetes.io/name": "checkout"},
                "ports": [{"port": 8080, "nodePort": 30_080, "protocol": "TCP"}]
            }
        })
    };
    vec![
        assume_role_with_saml(KIM.minted(), &KIM, from::KIM).into(),
        assume_role_with_saml(ALEX.minted(), &ALEX, from::ALEX).into(),
        assume_role(OPS_BY_KIM.minted(), &kim, &OPS_BY_KIM, 3_600).into(),
        assume_role(OPS_BY_ALEX.minted(), &alex, &OPS_BY_ALEX, 3_600).into(),
        call(today("13:52:31"), &ops_by_kim, "eks", "DescribeCluster").request(json!({"name": "demo"})).into(),
        call(today("13:53:12"), &ops_by_alex, "eks", "DescribeCluster").request(json!({"name": "demo"})).into(),
        audit(today("13:53:41.077"), &kubectl, "list", core("nodes").query("limit=500")).at(Server::Second).into(),
        call(today("13:54:05"), &ops_by_alex, "ec2", "AuthorizeSecurityGroupIngress")
            .request(json!({
                "groupId": (CLUSTER_SECURITY_GROUP),
                "ipPermissions": {"items": [{
                    "ipProtocol": "tcp",
                    "fromPort": 30_080,
                    "toPort": 30_080,
                    "groups": {},
                    "ipRanges": {"items": [{"cidrIp": "0.0.0.0/0", "description": "checkout debugging"}]},
                    "ipv6Ranges": {},
                    "prefixListIds": {}
                }]}
            }))
            .response(json!({"requestId": (ids::uuid("ingress")), "_return": true}))
            .into(),
        audit(today("13:54:20.618"), &kubectl, "create", core("services").within("shop").named("checkout-debug"))
            .with_body(node_port(), node_port())
            .at(Server::Second)
            .into(),
        audit(today("14:09:11.960"), &kubectl, "delete", pod_of(&STOREFRONT_POD)).at(Server::Second).into(),
    ]
}

/// 13:35: a key of 7 May, a second factor, and every Secret of the cluster.
pub(crate) fn backup() -> Vec<Event> {
    let arn = BACKUP.arn();
    let serial = format!("arn:aws:iam::{ACCOUNT}:mfa/{}", BACKUP.name);
    let minted = today("13:35:20");
    let with_key = Caller {
        identity: json!({
            "type": "IAMUser",
            "principalId": (BACKUP.id),
            "arn": (arn.as_str()),
            "accountId": (ACCOUNT),
            "accessKeyId": (BACKUP.access_key_id),
            "userName": (BACKUP.name)
        }),
        account: ACCOUNT,
        arn: arn.clone(),
        address: from::BACKUP_HOST,
        agent: BACKUP_AGENT,
    };
    let with_session = Caller {
        identity: json!({
            "type": "IAMUser",
            "principalId": (BACKUP.id),
            "arn": (arn.as_str()),
            "accountId": (ACCOUNT),
            "accessKeyId": (BACKUP.session_key_id),
            "userName": (BACKUP.name),
            "sessionContext": {"attributes": {"creationDate": (minted.seconds()), "mfaAuthenticated": "true"}}
        }),
        ..with_key.clone()
    };
    let (report, reporting) = (format!("arn:aws:sts::{ACCOUNT}:federated-user/backup-report"), today("13:38:40"));
    let with_report = Caller {
        identity: json!({
            "type": "FederatedUser",
            "principalId": (format!("{ACCOUNT}:backup-report")),
            "arn": (report.as_str()),
            "accountId": (ACCOUNT),
            "accessKeyId": (BACKUP.federated_key_id),
            "sessionContext": {
                "sessionIssuer": {
                    "type": "IAMUser",
                    "principalId": (BACKUP.id),
                    "arn": (arn.as_str()),
                    "accountId": (ACCOUNT),
                    "userName": (BACKUP.name)
                },
                "attributes": {"creationDate": (reporting.seconds()), "mfaAuthenticated": "false"}
            }
        }),
        arn: report.clone(),
        ..with_key.clone()
    };
    let kubectl = Client {
        user: plain_user(BACKUP.name, BACKUP.id, &["backup-operators"]),
        address: from::BACKUP_HOST,
        agent: "velero/v1.13.2 (linux/amd64)",
        reason: rbac("backup-operators", "backup-reader", "Group \"backup-operators\""),
    };
    let (bucket, key) = ("example-org-cluster-backups", "demo/2024-05-14.tar.gz");
    vec![
        call(minted, &with_key, "sts", "GetSessionToken")
            .request(json!({"serialNumber": (serial), "durationSeconds": 3600}))
            .response(json!({"credentials": (credentials(BACKUP.session_key_id, minted, 3_600))}))
            .into(),
        call(today("13:36:05"), &with_session, "eks", "DescribeCluster").request(json!({"name": "demo"})).into(),
        audit(today("13:37:20.350"), &kubectl, "list", core("secrets").query("limit=500")).at(Server::First).into(),
        audit(today("13:37:21.118"), &kubectl, "list", core("configmaps").query("limit=500")).at(Server::First).into(),
        call(today("13:38:12"), &with_session, "s3", "PutObject")
            .request(json!({"bucketName": (bucket), "Host": (format!("{bucket}.s3.amazonaws.com")), "key": (key)}))
            .on_bucket(bucket, 0)
            .resources(object_resources(bucket, key))
            .data_event()
            .into(),
        call(reporting, &with_key, "sts", "GetFederationToken")
            .request(json!({"name": "backup-report", "durationSeconds": 3600}))
            .response(json!({
                "credentials": (credentials(BACKUP.federated_key_id, reporting, 3_600)),
                "federatedUser": {
                    "federatedUserId": (format!("{ACCOUNT}:backup-report")),
                    "arn": (report.as_str())
                },
                "packedPolicySize": 4
            }))
            .into(),
        call(today("13:38:44"), &with_report, "s3", "HeadObject")
            .request(json!({"bucketName": (bucket), "Host": (format!("{bucket}.s3.amazonaws.com")), "key": (key)}))
            .on_bucket(bucket, 0)
            .resources(object_resources(bucket, key))
            .data_event()
            .into(),
    ]
}

const BACKUP_AGENT: &str =
    "Boto3/1.34.100 md/Botocore#1.34.100 ua/2.0 os/linux#5.15.0 md/arch#x86_64 lang/python#3.10.12";

/// A user without `extra`: only the authenticator knows which identity it is.
fn plain_user(username: &str, principal_id: &str, groups: &[&str]) -> Json {
    let mut all: Vec<Json> = groups.iter().map(|group| Json::from(*group)).collect();
    all.push(Json::from("system:authenticated"));
    json!({
        "username": (username),
        "uid": (format!("aws-iam-authenticator:{ACCOUNT}:{principal_id}")),
        "groups": (all)
    })
}

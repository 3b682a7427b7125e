//! 14:26 to 14:55: logging is switched off, the cluster should go, and the platform team takes back control.

use super::Event;
use super::aws::{Caller, call};
use super::cast::infrastructure::key_arn;
use super::cast::{ACCOUNT, CI_DEPLOY, DANA, NODE, SECURITY_ACCOUNT, from, with};
use super::json::{Json, json};
use super::moment::{Moment, ids, today};

/// The trail delivers nothing between these two: what happened meanwhile is in the exports of the event history.
pub(crate) fn trail_stopped() -> Moment {
    today("14:31:30")
}

pub(crate) fn trail_restarted() -> Moment {
    today("14:53:10")
}

const TRAIL: &str = "arn:aws:cloudtrail:us-east-1:111122223333:trail/platform-trail";
/// Of the node's disk, for the security account to look at.
const SNAPSHOT: &str = "snap-0a1b2c3d4e5f60718";
const LOG_BUCKET: &str = "example-org-audit-logs";

/// The stolen key again, from a second address.
pub(crate) fn logging_off() -> Vec<Event> {
    let thief = thief();
    let selectors = json!([{
        "readWriteType": "WriteOnly",
        "includeManagementEvents": true,
        "dataResources": [],
        "excludeManagementEventSources": ["kms.amazonaws.com"]
    }]);
    vec![
        cluster_logging(today("14:26:40.318"), &thief, false)
            .key("switches off all control plane logging of demo")
            .into(),
        call(today("14:29:12"), &thief, "cloudtrail", "DescribeTrails")
            .request(json!({"includeShadowTrails": true}))
            .into(),
        call(today("14:30:26"), &thief, "cloudtrail", "PutEventSelectors")
            .request(json!({"trailName": (TRAIL), "eventSelectors": (selectors.clone())}))
            .response(json!({"trailARN": (TRAIL), "eventSelectors": (selectors)}))
            .key("takes read and data events out of the trail")
            .into(),
        call(trail_stopped(), &thief, "cloudtrail", "StopLogging")
            .request(json!({"name": (TRAIL)}))
            .key("stops the account's trail")
            .into(),
    ]
}

/// What only the event history saw.
pub(crate) fn in_the_dark() -> Vec<Event> {
    let thief = thief();
    let foreigner = Caller {
        identity: json!({"type": "AWSAccount", "principalId": (CI_DEPLOY.principal_id()), "accountId": (ACCOUNT)}),
        ..thief.clone()
    };
    vec![
        call(today("14:33:05"), &thief, "s3", "PutBucketPolicy")
            .request(json!({
                "bucketName": (LOG_BUCKET),
                "Host": (format!("{LOG_BUCKET}.s3.amazonaws.com")),
                "policy": "",
                "bucketPolicy": {"Version": "2012-10-17", "Statement": [{
                    "Sid": "Maintenance",
                    "Effect": "Deny",
                    "Principal": {"Service": "cloudtrail.amazonaws.com"},
                    "Action": "s3:PutObject",
                    "Resource": (format!("arn:aws:s3:::{LOG_BUCKET}/*"))
                }]}
            }))
            .on_bucket(LOG_BUCKET, 243)
            .resources(json!([
                {"accountId": (SECURITY_ACCOUNT), "type": "AWS::S3::Bucket", "ARN": (format!("arn:aws:s3:::{LOG_BUCKET}"))}
            ]))
            .failed("AccessDenied", "Access Denied")
            .key("tries to keep CloudTrail out of the log bucket and is denied")
            .into(),
        role_attempt(&thief).key("tries to enter the security account and is denied").into(),
        role_attempt(&foreigner).received_by(SECURITY_ACCOUNT).into(),
        call(today("14:35:37"), &thief, "eks", "ListNodegroups").request(json!({"name": "demo"})).into(),
        call(today("14:36:12"), &thief, "eks", "DescribeCluster").request(json!({"name": "staging"})).elsewhere().into(),
        call(today("14:37:10"), &thief, "eks", "ListNodegroups").request(json!({"name": "staging"})).elsewhere().into(),
        call(today("14:37:48"), &thief, "kms", "ScheduleKeyDeletion")
            .request(json!({"keyId": (key_arn()), "pendingWindowInDays": 7}))
            .resources(json!([{"accountId": (ACCOUNT), "type": "AWS::KMS::Key", "ARN": (key_arn())}]))
            .denied(&key_arn())
            .into(),
        call(today("14:38:30"), &thief, "eks", "DeleteCluster")
            .request(json!({"name": "demo"}))
            .failed("ResourceInUseException", "Cluster has nodegroups attached")
            .key("tries to delete the cluster demo; the node group is in the way")
            .into(),
    ]
}

/// 14:44: the platform team notices.
pub(crate) fn containment() -> Vec<Event> {
    let dana = DANA.calling(from::OFFICE, with::OFFICE_CLI);
    let revoked = today("14:51:40");
    let policy = format!(
        "{{\"Version\":\"2012-10-17\",\"Statement\":[{{\"Effect\":\"Deny\",\"Action\":[\"*\"],\"Resource\":[\"*\"],\
         \"Condition\":{{\"DateLessThan\":{{\"aws:TokenIssueTime\":\"{}\"}}}}}}]}}",
        revoked.seconds()
    );
    vec![
        call(today("14:44:10"), &dana, "eks", "DescribeCluster").request(json!({"name": "demo"})).into(),
        call(today("14:45:02"), &dana, "eks", "DescribeCluster").request(json!({"name": "staging"})).elsewhere().into(),
        call(revoked, &dana, "iam", "PutRolePolicy")
            .request(json!({
                "roleName": (CI_DEPLOY.role),
                "policyName": "AWSRevokeOlderSessions",
                "policyDocument": (policy)
            }))
            .into(),
        call(trail_restarted(), &dana, "cloudtrail", "StartLogging").request(json!({"name": (TRAIL)})).into(),
        call(today("14:53:41"), &dana, "eks", "DeleteAccessEntry")
            .request(json!({
                "name": "demo",
                "principalArn": (CI_DEPLOY.role_arn().replace(':', "%3A").replace('/', "%2F"))
            }))
            .into(),
        cluster_logging(today("14:54:26.705"), &dana, true).into(),
        call(today("14:56:10"), &dana, "ssm", "StartSession")
            .request(json!({"target": (NODE.name), "reason": "node-tuner"}))
            .response(json!({
                "sessionId": "dana@example.com-0f1e2d3c4b5a69788",
                "tokenValue": "HIDDEN_DUE_TO_SECURITY_REASONS",
                "streamUrl": "wss://ssmmessages.us-east-1.amazonaws.com/v1/data-channel/dana@example.com-0f1e2d3c4b5a69788"
            }))
            .into(),
        call(today("14:57:34"), &dana, "ec2", "CreateSnapshot")
            .request(json!({"volumeId": "vol-0a1b2c3d4e5f60718", "description": "demo, node of node-tuner"}))
            .response(json!({
                "snapshotId": (SNAPSHOT),
                "volumeId": "vol-0a1b2c3d4e5f60718",
                "status": "pending",
                "ownerId": (ACCOUNT)
            }))
            .into(),
        call(today("14:58:02"), &dana, "ec2", "ModifySnapshotAttribute")
            .request(json!({
                "snapshotId": (SNAPSHOT),
                "attributeType": "CREATE_VOLUME_PERMISSION",
                "createVolumePermission": {"add": {"items": [{"userId": (SECURITY_ACCOUNT)}]}}
            }))
            .response(json!({"requestId": (ids::uuid("snapshot")), "_return": true}))
            .into(),
    ]
}

fn thief() -> Caller {
    CI_DEPLOY.calling(from::INTRUDER_LATER, with::INTRUDER_CLI)
}

/// Both accounts record the attempt, each in its own way.
fn role_attempt(thief: &Caller) -> super::aws::ApiCall {
    let role = format!("arn:aws:iam::{SECURITY_ACCOUNT}:role/security-audit");
    let message = format!("User: {} is not authorized to perform: sts:AssumeRole on resource: {role}", CI_DEPLOY.arn());
    call(today("14:34:20"), thief, "sts", "AssumeRole")
        .request(json!({"roleArn": (role.as_str()), "roleSessionName": "audit"}))
        .failed("AccessDenied", &message)
        .resources(super::aws::role_resource(SECURITY_ACCOUNT, role))
        .shared("cross-account-attempt")
}

fn cluster_logging(at: Moment, caller: &Caller, enabled: bool) -> super::aws::ApiCall {
    let setting = || {
        json!({"clusterLogging": [{
            "types": ["api", "audit", "authenticator", "controllerManager", "scheduler"],
            "enabled": (enabled)
        }]})
    };
    let text = setting().compact(super::json::Escaping::Plain);
    let label = format!("{ACCOUNT}/logging/{enabled}");
    call(at, caller, "eks", "UpdateClusterConfig")
        .request(json!({"name": "demo", "logging": (setting()), "clientRequestToken": (ids::uuid(&label))}))
        .response(json!({"update": {
            "id": (ids::uuid(&format!("{label}/update"))),
            "status": "InProgress",
            "type": "LoggingUpdate",
            "params": [{"type": "ClusterLogging", "value": (text)}],
            "createdAt": (Json::Bare(at.epoch_seconds())),
            "errors": []
        }}))
}

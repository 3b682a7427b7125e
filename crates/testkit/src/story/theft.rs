//! 14:18: the payments service's role, taken from outside with the token read in its pod; 14:28: the node's.

use super::Event;
use super::aws::{call, object_resources, role_resource, web_identity_response};
use super::cast::{ACCOUNT, NODE, OIDC_ISSUER, PAYMENTS_OUTSIDE, PAYMENTS_SUBJECT, from, web_identity, with};
use super::json::json;
use super::kubernetes::{Client, audit, core};
use super::moment::today;

pub(crate) fn payments_role_outside() -> Vec<Event> {
    let token = web_identity(OIDC_ISSUER, PAYMENTS_SUBJECT, from::INTRUDER, with::INTRUDER_CLI);
    let minted = today("14:18:05");
    let outside = PAYMENTS_OUTSIDE.calling(from::INTRUDER, with::INTRUDER_CLI);
    let bucket = "example-org-payments-ledger";
    let host = format!("{bucket}.s3.amazonaws.com");
    let read = |at, key: &str, bytes| {
        call(at, &outside, "s3", "GetObject")
            .request(json!({"bucketName": (bucket), "Host": (host.as_str()), "key": (key)}))
            .on_bucket(bucket, bytes)
            .resources(object_resources(bucket, key))
            .data_event()
    };
    // The cluster has no name for this role.
    let kubectl =
        Client { user: json!({}), address: from::INTRUDER, agent: with::KUBECTL_INTRUDER, reason: String::new() };
    vec![
        call(minted, &token, "sts", "AssumeRoleWithWebIdentity")
            .request(json!({
                "roleArn": (PAYMENTS_OUTSIDE.role_arn()),
                "roleSessionName": (PAYMENTS_OUTSIDE.name)
            }))
            .response(web_identity_response(&PAYMENTS_OUTSIDE, minted, OIDC_ISSUER, PAYMENTS_SUBJECT))
            .resources(role_resource(ACCOUNT, PAYMENTS_OUTSIDE.role_arn()))
            .key("takes role payments-api-irsa with the pod's token, from outside the cluster")
            .into(),
        call(today("14:18:20"), &outside, "sts", "GetCallerIdentity").into(),
        call(today("14:18:47"), &outside, "s3", "ListBuckets")
            .request(json!({"Host": "s3.amazonaws.com"}))
            .denied("arn:aws:s3:::*")
            .into(),
        call(today("14:19:15"), &outside, "s3", "ListObjects")
            .request(json!({
                "list-type": "2",
                "bucketName": (bucket),
                "encoding-type": "url",
                "prefix": "",
                "delimiter": "/",
                "Host": (host.as_str())
            }))
            .on_bucket(bucket, 2_310)
            .resources(json!([
                {"type": "AWS::S3::Object", "ARNPrefix": (format!("arn:aws:s3:::{bucket}/"))},
                {"accountId": (ACCOUNT), "type": "AWS::S3::Bucket", "ARN": (format!("arn:aws:s3:::{bucket}"))}
            ]))
            .data_event()
            .into(),
        read(today("14:19:58"), "exports/cardholders-2024-04.csv.gz", 48_230_912)
            .key("downloads the cardholder export")
            .into(),
        read(today("14:20:21"), "settlements/2024/05/13.csv", 18_244).into(),
        call(today("14:21:10"), &outside, "secretsmanager", "GetSecretValue")
            .request(json!({"secretId": "payments/card-processor"}))
            .key("reads the card processor's credentials from Secrets Manager")
            .into(),
        audit(today("14:21:40.702"), &kubectl, "list", core("pods").within("payments")).unauthorized().into(),
    ]
}

/// 14:28: the node's own credentials, which the privileged pod could ask the metadata service for.
pub(crate) fn node_role_outside() -> Vec<Event> {
    let outside = NODE.calling(from::INTRUDER_LATER, with::INTRUDER_CLI);
    vec![
        call(today("14:28:41"), &outside, "sts", "GetCallerIdentity")
            .key("uses the node's credentials from a foreign address")
            .into(),
        call(today("14:28:57"), &outside, "ecr", "GetAuthorizationToken").into(),
    ]
}

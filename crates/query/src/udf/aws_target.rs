//! `aws_target`: what an AWS call acted on, from its parameters: the most telling name or ARN they hold.

use serde_json::Value;

use super::{TextFunction, argument, filled};

pub const FUNCTION: TextFunction = TextFunction {
    name: "aws_target",
    arguments: &["event_source", "request_parameters", "resources"],
    about: "what an AWS call acted on",
    call: |arguments| {
        let [source, request, resources] = [0, 1, 2].map(|at| argument(arguments, at));
        let parameters: Value = serde_json::from_str(request).unwrap_or(Value::Null);
        let text = |key: &str| parameters.get(key).and_then(Value::as_str).and_then(filled);
        if source == "s3.amazonaws.com"
            && let Some(bucket) = text("bucketName")
        {
            return Some(text("key").map_or_else(|| bucket.to_owned(), |key| format!("{bucket}/{key}")));
        }
        let own: &[&str] = if source == "eks.amazonaws.com" { &EKS_KEYS } else { &[] };
        let named = own.iter().chain(&KEYS).find_map(|key| text(key)).map(decoded);
        named.or_else(|| first_resource(resources))
    },
};

/// Parameters of the EKS API that say what a call is about, the most telling first. Roles come after the cluster:
/// a cluster is made with a role, not of one.
const EKS_KEYS: [&str; 8] = [
    "principalArn",
    "nodegroupName",
    "addonName",
    "fargateProfileName",
    "associationId",
    "identityProviderConfigName",
    "clusterName",
    "name",
];

/// Those of other services.
const KEYS: [&str; 32] = [
    "policyArn",
    "roleArn",
    "roleName",
    "userName",
    "groupName",
    "instanceProfileName",
    "principalArn",
    "secretId",
    "keyId",
    "trailName",
    "name",
    "functionName",
    "repositoryName",
    "logGroupName",
    "parameterName",
    "instanceId",
    "groupId",
    "vpcId",
    "subnetId",
    "networkInterfaceId",
    "volumeId",
    "snapshotId",
    "loadBalancerArn",
    "loadBalancerName",
    "launchTemplateId",
    "launchTemplateName",
    "autoScalingGroupName",
    "url",
    "resourceArn",
    "arn",
    "clusterName",
    "target",
];

/// EKS writes ARNs in paths percent-encoded.
fn decoded(text: &str) -> String {
    text.replace("%3A", ":").replace("%3a", ":").replace("%2F", "/").replace("%2f", "/")
}

fn first_resource(resources: &str) -> Option<String> {
    let list: Value = serde_json::from_str(resources).ok()?;
    let arn = |item: &Value| item.get("ARN").or_else(|| item.get("arn")).and_then(Value::as_str).map(str::to_owned);
    list.as_array()?.iter().find_map(arn)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(source: &str, request: &str, resources: &str) -> Option<String> {
        (FUNCTION.call)(&[Some(source), Some(request), Some(resources)])
    }

    #[test]
    fn the_most_telling_parameter_is_taken() {
        let entry = r#"{"name":"demo","principalArn":"arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fx"}"#;
        assert_eq!(target("eks.amazonaws.com", entry, "").as_deref(), Some("arn:aws:iam::1:role/x"));
        let object = r#"{"bucketName":"b","key":"k/1"}"#;
        assert_eq!(target("s3.amazonaws.com", object, "").as_deref(), Some("b/k/1"));
        assert_eq!(target("x", "null", r#"[{"ARN":"arn:aws:x"}]"#).as_deref(), Some("arn:aws:x"));
        assert_eq!(target("x", "not json", "[]"), None);
    }
}

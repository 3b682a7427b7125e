//! `aws_cluster`: the EKS cluster an AWS call names, by its parameters or by a cluster's ARN. Only calls of the EKS
//! API name clusters by parameter; of others an ARN is needed.

use std::sync::LazyLock;

use memchr::memmem::Finder;
use serde_json::Value;

use super::{TextFunction, argument};

pub const FUNCTION: TextFunction = TextFunction {
    name: "aws_cluster",
    arguments: &["event_source", "event_name", "request_parameters", "response_elements"],
    about: "name of the EKS cluster an AWS call names",
    call: |arguments| {
        let [source, event, request, response] = [0, 1, 2, 3].map(|at| argument(arguments, at));
        of_call(source, event, request, response)
    },
};

/// The cluster that a call names.
pub fn of_call(source: &str, event: &str, request: &str, response: &str) -> Option<String> {
    let is_eks = matches!(source, "eks.amazonaws.com" | "eks-auth.amazonaws.com");
    if !is_eks {
        return [request, response].iter().find_map(|json| of_arn(json));
    }
    let parameters: Value = serde_json::from_str(request).unwrap_or(Value::Null);
    let text = |key: &str| parameters.get(key).and_then(Value::as_str).map(str::to_owned);
    // In the EKS API `name` is the cluster, except beside `clusterName`; some actions have neither.
    text("clusterName")
        .or_else(|| if NAMES_OTHER_THINGS.contains(&event) { None } else { text("name") })
        .or_else(|| text("resourceArn").and_then(|arn| of_arn(&arn)))
        .or_else(|| of_arn(response))
}

/// EKS actions whose `name` is not that of a cluster.
const NAMES_OTHER_THINGS: [&str; 3] =
    ["CreateEksAnywhereSubscription", "DescribeAddonVersions", "DescribeAddonConfiguration"];

/// The name in the first `arn:…:cluster/NAME` of EKS within a text.
fn of_arn(text: &str) -> Option<String> {
    static SERVICE: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(":eks:"));
    let eks = SERVICE.find(text.as_bytes())?;
    let rest = text.get(eks..)?;
    let start = rest.find(":cluster/").map(|at| at + ":cluster/".len())?;
    let name: String =
        rest.get(start..)?.chars().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')).collect();
    // The ARN is one word: nothing between service and resource but region and account.
    let between = rest.get(":eks:".len()..start - ":cluster/".len())?;
    (!name.is_empty() && between.len() < 64 && !between.contains(['"', ' ', '/'])).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cluster(source: &str, event: &str, request: &str, response: &str) -> Option<String> {
        (FUNCTION.call)(&[Some(source), Some(event), Some(request), Some(response)])
    }

    #[test]
    fn eks_calls_name_their_cluster() {
        let eks = "eks.amazonaws.com";
        assert_eq!(cluster(eks, "DeleteCluster", r#"{"name":"demo"}"#, "").as_deref(), Some("demo"));
        let node_group = r#"{"clusterName":"demo","nodegroupName":"a"}"#;
        assert_eq!(cluster(eks, "CreateNodegroup", node_group, "").as_deref(), Some("demo"));
        let tag = r#"{"resourceArn":"arn:aws:eks:us-east-1:111122223333:cluster/demo"}"#;
        assert_eq!(cluster(eks, "TagResource", tag, "").as_deref(), Some("demo"));
        assert_eq!(cluster(eks, "ListClusters", "null", "null"), None);
    }

    #[test]
    fn other_calls_need_an_arn() {
        let other = r#"{"roleArn":"arn:aws:iam::1:role/x","trust":"arn:aws:eks:eu-west-1:111122223333:cluster/st-1"}"#;
        assert_eq!(cluster("iam.amazonaws.com", "CreateRole", other, "").as_deref(), Some("st-1"));
        assert_eq!(cluster("ecs.amazonaws.com", "X", r#"{"name":"arn:aws:ecs:r:1:cluster/demo"}"#, ""), None);
    }
}

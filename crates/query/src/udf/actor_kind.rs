//! `aws_actor_kind` and `kubernetes_actor_kind`: what kind of identity an event names, for events whose identity the
//! table `identities` does not resolve. Chains are not followed here: a role is a role.

use super::{TextFunction, argument};

pub const AWS: TextFunction = TextFunction {
    name: "aws_actor_kind",
    arguments: &["user_type", "user_arn", "user_name", "user_invoked_by"],
    about: "kind of the identity that an AWS call names: `person`, `role`, `iam_user`, …",
    call: |arguments| {
        let [user_type, arn, name, invoked_by] = [0, 1, 2, 3].map(|at| argument(arguments, at));
        Some(aws(user_type, arn, name, invoked_by).to_owned())
    },
};

pub const KUBERNETES: TextFunction = TextFunction {
    name: "kubernetes_actor_kind",
    arguments: &["user_name", "user_arn"],
    about: "kind of the user who made a Kubernetes request: `service_account`, `node`, `person`, …",
    call: |arguments| {
        let [name, arn] = [0, 1].map(|at| argument(arguments, at));
        Some(kubernetes(name, arn).to_owned())
    },
};

fn aws(user_type: &str, arn: &str, name: &str, invoked_by: &str) -> &'static str {
    match user_type {
        "Root" => "root",
        "IAMUser" => "iam_user",
        "AWSService" => "aws_service",
        "SAMLUser" | "IdentityCenterUser" => "person",
        "WebIdentityUser" if name.starts_with("system:serviceaccount:") => "service_account",
        "WebIdentityUser" if ["repo:", "project_path:"].iter().any(|start| name.starts_with(start)) => "pipeline",
        _ => {
            let role = of_role(arn);
            match role {
                "role" | "unknown" if !invoked_by.is_empty() => "aws_service",
                role => role,
            }
        }
    }
}

/// The kind that the ARN of a role session or of a user tells.
fn of_role(arn: &str) -> &'static str {
    let Some(resource) = arn.splitn(6, ':').nth(5) else { return "unknown" };
    let mut parts = resource.split('/');
    match (parts.next(), parts.next(), parts.next()) {
        (Some("assumed-role"), Some(role), _) if role.starts_with("AWSReservedSSO_") => "person",
        (Some("assumed-role"), Some(role), _) if role.starts_with("AWSServiceRoleFor") => "aws_service",
        (Some("assumed-role"), _, Some(session)) if session.starts_with("i-") => "node",
        (Some("assumed-role" | "role"), ..) => "role",
        (Some("user"), ..) => "iam_user",
        (Some("root"), ..) => "root",
        _ => "unknown",
    }
}

fn kubernetes(name: &str, arn: &str) -> &'static str {
    const COMPONENTS: [&str; 5] = ["system:kube-", "system:apiserver", "eks:", "system:cloud-", "system:controller:"];
    match name {
        "system:anonymous" => "anonymous",
        _ if name.starts_with("system:serviceaccount:") => "service_account",
        _ if name.starts_with("system:node:") => "node",
        _ if COMPONENTS.iter().any(|start| name.starts_with(start)) => "kubernetes_component",
        _ if arn.is_empty() => of_role(name),
        _ => of_role(arn),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identities_have_the_kind_that_their_names_tell() {
        let sso = "arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Admin_0123456789abcdef/dana@example.com";
        let node = "arn:aws:sts::111122223333:assumed-role/demo-node/i-0123456789abcdef0";
        assert_eq!(aws("AssumedRole", sso, "", ""), "person");
        assert_eq!(aws("AssumedRole", node, "", ""), "node");
        assert_eq!(aws("AssumedRole", "arn:aws:sts::111122223333:assumed-role/ci-deploy/run", "", ""), "role");
        assert_eq!(aws("WebIdentityUser", "", "repo:example-org/shop:ref:refs/heads/main", ""), "pipeline");
        assert_eq!(aws("", "", "", "eks.amazonaws.com"), "aws_service");
        assert_eq!(aws("", "", "", ""), "unknown");
        assert_eq!(kubernetes("dana", sso), "person");
        assert_eq!(kubernetes("system:node:ip-10-0-0-1", node), "node");
        assert_eq!(kubernetes("eks:addon-manager", ""), "kubernetes_component");
        assert_eq!(kubernetes("somebody", ""), "unknown");
    }
}

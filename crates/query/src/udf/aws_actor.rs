//! `aws_actor`: one short name for whoever made an AWS call, the same on both planes: `ROLE/SESSION` for a role
//! session, the name of an IAM user, `root`, an AWS service, or the subject of a web identity.

use super::{TextFunction, argument, filled};

pub const FUNCTION: TextFunction = TextFunction {
    name: "aws_actor",
    arguments: &["user_type", "user_arn", "user_name", "user_invoked_by", "user_principal_id", "user_account_id"],
    about: "short name of the identity that made an AWS call",
    call: |arguments| {
        let [user_type, arn, name, invoked_by, principal, account] =
            [0, 1, 2, 3, 4, 5].map(|at| argument(arguments, at));
        let found = match user_type {
            "Root" => Some("root".to_owned()),
            "AWSService" => filled(invoked_by).map(str::to_owned),
            "AWSAccount" => filled(principal).or(filled(account)).map(|who| format!("account {account} ({who})")),
            _ => of_arn(arn).or_else(|| filled(name).map(str::to_owned)),
        };
        found
            .or_else(|| filled(invoked_by).map(str::to_owned))
            .or_else(|| filled(principal).map(str::to_owned))
            .or_else(|| filled(account).map(|account| format!("account {account}")))
    },
};

/// The short name an ARN stands for; none for an ARN that is no identity.
pub fn of_arn(arn: &str) -> Option<String> {
    let mut fields = arn.splitn(6, ':');
    let resource = fields.nth(5)?;
    let (kind, path) = resource.split_once('/').unwrap_or((resource, ""));
    match kind {
        "assumed-role" => Some(path.to_owned()),
        "user" | "federated-user" => path.rsplit('/').next().and_then(filled).map(str::to_owned),
        "role" => path.rsplit('/').next().and_then(filled).map(|name| format!("role {name}")),
        "root" => Some("root".to_owned()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn actor(arguments: [&str; 6]) -> Option<String> {
        (FUNCTION.call)(&arguments.map(|text| Some(text).filter(|text| !text.is_empty())))
    }

    #[test]
    fn every_kind_of_identity_has_a_name() {
        let session = "arn:aws:sts::111122223333:assumed-role/ci-deploy/run-7";
        assert_eq!(actor(["AssumedRole", session, "", "", "", ""]).as_deref(), Some("ci-deploy/run-7"));
        let user = "arn:aws:iam::111122223333:user/team/alice";
        assert_eq!(actor(["IAMUser", user, "alice", "", "", ""]).as_deref(), Some("alice"));
        assert_eq!(actor(["Root", "", "", "", "", ""]).as_deref(), Some("root"));
        assert_eq!(actor(["AWSService", "", "", "eks.amazonaws.com", "", ""]).as_deref(), Some("eks.amazonaws.com"));
        let subject = "system:serviceaccount:a:b";
        assert_eq!(actor(["WebIdentityUser", "", subject, "", "", ""]).as_deref(), Some(subject));
        assert_eq!(
            actor(["", "", "", "autoscaling.amazonaws.com", "", "1"]).as_deref(),
            Some("autoscaling.amazonaws.com")
        );
        assert_eq!(actor(["", "", "", "", "", ""]), None);
    }
}

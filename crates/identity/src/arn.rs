//! What an ARN of an identity says. Only the forms that identities have; anything else is none.

/// The fields of an ARN, each as it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arn<'a> {
    pub service: &'a str,
    pub account: &'a str,
    /// Everything after the account: `assumed-role/ci-deploy/run-7`.
    pub resource: &'a str,
}

impl<'a> Arn<'a> {
    pub fn parse(text: &'a str) -> Option<Self> {
        let mut fields = text.splitn(6, ':');
        if fields.next()? != "arn" {
            return None;
        }
        let (_partition, service, _region, account) = (fields.next()?, fields.next()?, fields.next()?, fields.next()?);
        Some(Self { service, account, resource: fields.next()? })
    }

    /// The kind of the resource and what follows it.
    pub fn kind(&self) -> (&'a str, &'a str) {
        self.resource.split_once('/').unwrap_or((self.resource, ""))
    }
}

/// Role and session name of `…:assumed-role/ROLE/SESSION`.
pub fn session(text: &str) -> Option<(&str, &str)> {
    match Arn::parse(text)?.kind() {
        ("assumed-role", rest) => rest.split_once('/'),
        _ => None,
    }
}

/// The name of the user behind `…:user/PATH/NAME`.
pub fn user(text: &str) -> Option<&str> {
    match Arn::parse(text)?.kind() {
        ("user", path) => path.rsplit('/').next().filter(|name| !name.is_empty()),
        _ => None,
    }
}

/// The name of the role behind `…:role/PATH/NAME`.
pub fn role(text: &str) -> Option<&str> {
    match Arn::parse(text)?.kind() {
        ("role", path) => path.rsplit('/').next().filter(|name| !name.is_empty()),
        _ => None,
    }
}

/// The service that owns a service-linked role, by the reserved path `/aws-service-role/SERVICE/` of the role's ARN.
pub fn service_of_linked_role(text: &str) -> Option<&str> {
    let arn = Arn::parse(text).filter(|arn| arn.service == "iam")?;
    let rest = arn.resource.strip_prefix("role/aws-service-role/")?;
    rest.split_once('/').map(|(service, _)| service).filter(|service| !service.is_empty())
}

/// Whether a role belongs to IAM Identity Center, by its reserved path. The session name is then the user's name.
pub fn is_identity_center_role(text: &str) -> bool {
    Arn::parse(text)
        .is_some_and(|arn| arn.service == "iam" && arn.resource.starts_with("role/aws-reserved/sso.amazonaws.com/"))
}

/// Whether a role is named as IAM Identity Center names its roles: `AWSReservedSSO_SET_0123456789abcdef`. A session's ARN
/// has no path, so that this is all it shows.
pub fn is_named_as_identity_center_role(name: &str) -> bool {
    let suffix = name.strip_prefix("AWSReservedSSO_").and_then(|rest| rest.rsplit_once('_')).map(|(_, suffix)| suffix);
    suffix.is_some_and(|suffix| suffix.len() == 16 && suffix.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// Whether a session name is an instance id, as EC2 gives to the sessions of instances.
pub fn is_instance_id(name: &str) -> bool {
    name.strip_prefix("i-")
        .is_some_and(|id| (8..=17).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// The short name that a person reads: `ci-deploy/run-7`, `alice`, `role ci-deploy`, `root`.
pub fn short(text: &str) -> Option<String> {
    let arn = Arn::parse(text)?;
    match arn.kind() {
        ("assumed-role", path) if !path.is_empty() => Some(path.to_owned()),
        ("user" | "federated-user", path) => path.rsplit('/').next().filter(|name| !name.is_empty()).map(str::to_owned),
        ("role", path) => path.rsplit('/').next().filter(|name| !name.is_empty()).map(|name| format!("role {name}")),
        ("root", _) => Some(format!("root of {}", arn.account)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_arns_are_told_apart() {
        let session_arn = "arn:aws:sts::111122223333:assumed-role/ci-deploy/run-7";
        assert_eq!(session(session_arn), Some(("ci-deploy", "run-7")));
        assert_eq!(short(session_arn).as_deref(), Some("ci-deploy/run-7"));
        assert_eq!(user("arn:aws:iam::111122223333:user/team/alice"), Some("alice"));
        assert_eq!(role("arn:aws:iam::111122223333:role/ops/ci-deploy"), Some("ci-deploy"));
        assert_eq!(short("arn:aws:iam::111122223333:root").as_deref(), Some("root of 111122223333"));
        assert_eq!(short("arn:aws:s3:::bucket"), None);
        assert_eq!(short("nonsense"), None);
    }

    #[test]
    fn reserved_paths_count_and_look_alikes_do_not() {
        let linked = "arn:aws:iam::111122223333:role/aws-service-role/eks.amazonaws.com/AWSServiceRoleForAmazonEKS";
        assert_eq!(service_of_linked_role(linked), Some("eks.amazonaws.com"));
        assert_eq!(service_of_linked_role("arn:aws:iam::111122223333:role/AWSServiceRoleForAmazonEKS"), None);
        assert!(is_identity_center_role(
            "arn:aws:iam::1:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Admin_0123456789abcdef"
        ));
        assert!(!is_identity_center_role("arn:aws:iam::1:role/AWSReservedSSO_Admin_0123456789abcdef"));
        assert!(is_instance_id("i-0abc1234def567890"));
        assert!(!is_instance_id("i-am-not-one"));
    }
}

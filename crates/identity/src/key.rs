//! The keys by which events find their identity. An access key names one credential wherever it is seen; what has none
//! is named by the next best that the event tells.

use crate::Extra;

/// What an AWS event tells of who made it, as text; empty where it does not tell.
#[derive(Clone, Copy, Debug, Default)]
pub struct AwsFields<'a> {
    pub access_key_id: &'a str,
    pub user_type: &'a str,
    pub arn: &'a str,
    pub principal_id: &'a str,
    pub invoked_by: &'a str,
    pub user_name: &'a str,
    pub account_id: &'a str,
    /// When the session was made, as text.
    pub session_created: &'a str,
}

/// The key of the identity behind an AWS event; none for an event that tells nothing of it.
pub fn aws(fields: &AwsFields<'_>) -> Option<String> {
    let AwsFields { access_key_id, user_type, arn, principal_id, invoked_by, user_name, account_id, session_created } =
        *fields;
    if !access_key_id.is_empty() {
        return Some(of_access_key(access_key_id));
    }
    if user_type == "Root" {
        return Some(format!("aws:root:{account_id}"));
    }
    if user_type == "AWSService" && !invoked_by.is_empty() {
        return Some(format!("aws:service:{invoked_by}"));
    }
    if !arn.is_empty() {
        return Some(match crate::arn::session(arn) {
            Some(_) => format!("aws:session:{arn}@{session_created}"),
            None => of_arn(arn),
        });
    }
    if !principal_id.is_empty() {
        return Some(format!("aws:principal:{principal_id}"));
    }
    if !user_name.is_empty() {
        return Some(format!("aws:user:{account_id}:{user_name}"));
    }
    if !invoked_by.is_empty() {
        return Some(format!("aws:service:{invoked_by}"));
    }
    if !account_id.is_empty() {
        return Some(format!("aws:account:{account_id}"));
    }
    Some(user_type).filter(|kind| !kind.is_empty()).map(|kind| format!("aws:type:{kind}"))
}

/// The key of the credential that an access key is.
pub fn of_access_key(access_key_id: &str) -> String {
    format!("aws:key:{access_key_id}")
}

/// The key of an identity of which only the ARN is known.
pub fn of_arn(arn: &str) -> String {
    format!("aws:arn:{arn}")
}

/// What an audit event tells of who made it; empty where it does not tell.
#[derive(Clone, Copy, Debug, Default)]
pub struct KubernetesFields<'a> {
    pub cluster: &'a str,
    pub user_name: &'a str,
    pub access_key_id: &'a str,
    pub arn: &'a str,
    pub session_name: &'a str,
    /// `user.extra` as JSON text.
    pub extra: &'a str,
}

/// The key of the identity behind an audit event; none for an event without a user.
pub fn kubernetes(fields: &KubernetesFields<'_>) -> Option<String> {
    let KubernetesFields { cluster, user_name, access_key_id, arn, session_name, extra } = *fields;
    let user = format!("kubernetes:{cluster}:{user_name}");
    if !access_key_id.is_empty() {
        return Some(format!("{user}:key:{access_key_id}"));
    }
    if !arn.is_empty() {
        return Some(format!("{user}:arn:{arn}:{session_name}"));
    }
    if user_name.is_empty() {
        return None;
    }
    let bound = Extra::bound(extra);
    if let Some(credential) = bound.credential_id {
        return Some(format!("{user}:credential:{credential}"));
    }
    match bound.pod_uid {
        Some(pod) => Some(format!("{user}:pod:{pod}")),
        None => Some(user),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_access_key_is_one_identity_whatever_else_is_said() {
        let session = "arn:aws:sts::111122223333:assumed-role/ci-deploy/run-7";
        let fields = AwsFields { access_key_id: "ASIAEXAMPLE1", arn: session, ..AwsFields::default() };
        assert_eq!(aws(&fields).as_deref(), Some("aws:key:ASIAEXAMPLE1"));
        let without = AwsFields { access_key_id: "", session_created: "2024-05-14T13:38:00Z", ..fields };
        let expected = format!("aws:session:{session}@2024-05-14T13:38:00Z");
        assert_eq!(aws(&without), Some(expected));
    }

    #[test]
    fn an_event_without_identity_has_no_key() {
        assert_eq!(aws(&AwsFields::default()), None);
        assert_eq!(kubernetes(&KubernetesFields { cluster: "demo", ..KubernetesFields::default() }), None);
        let service = AwsFields { invoked_by: "eks.amazonaws.com", ..AwsFields::default() };
        assert_eq!(aws(&service).as_deref(), Some("aws:service:eks.amazonaws.com"));
    }

    #[test]
    fn tokens_of_one_service_account_are_told_apart_by_their_id() {
        let account = KubernetesFields {
            cluster: "demo",
            user_name: "system:serviceaccount:payments:payments-api",
            extra: r#"{"authentication.kubernetes.io/credential-id":["JTI=1c3f"]}"#,
            ..KubernetesFields::default()
        };
        let user = "kubernetes:demo:system:serviceaccount:payments:payments-api";
        assert_eq!(kubernetes(&account), Some(format!("{user}:credential:JTI=1c3f")));
        assert_eq!(kubernetes(&KubernetesFields { extra: "", ..account }).as_deref(), Some(user));
    }
}

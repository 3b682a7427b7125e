//! `user.extra` of an audit event: what the authenticators say of a user besides the name.
//!
//! The IAM authenticator's keys are those of `pkg/server/server.go` of kubernetes-sigs/aws-iam-authenticator; those of
//! bound service account tokens and certificates are `authentication.kubernetes.io/…` of the API server
//! (<https://kubernetes.io/docs/reference/access-authn-authz/authentication/>).

use serde_json::Value;

const KUBERNETES: &str = "authentication.kubernetes.io/";

/// What an authenticator said of a user. Texts are never empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Extra {
    /// The IAM identity as it logged in.
    pub arn: Option<String>,
    /// The IAM role or user behind it.
    pub canonical_arn: Option<String>,
    pub access_key_id: Option<String>,
    pub session_name: Option<String>,
    pub principal_id: Option<String>,
    /// The pod that a token is bound to.
    pub pod_name: Option<String>,
    pub pod_uid: Option<String>,
    /// The node of that pod.
    pub node_name: Option<String>,
    pub node_uid: Option<String>,
    /// `JTI=…` of a token, `X509SHA256=…` of a certificate.
    pub credential_id: Option<String>,
}

impl Extra {
    /// Reads JSON text; what is no object of lists has nothing to tell.
    pub fn parse(json: &str) -> Self {
        let Ok(Value::Object(extra)) = serde_json::from_str::<Value>(json) else { return Self::default() };
        let first = |name: &str| {
            let value = match extra.get(name)? {
                Value::Array(values) => values.first()?,
                value => value,
            };
            value.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
        };
        let bound = |name: &str| first(&format!("{KUBERNETES}{name}"));
        Self {
            arn: first("arn"),
            canonical_arn: first("canonicalArn"),
            access_key_id: first("accessKeyId"),
            session_name: first("sessionName"),
            principal_id: first("principalId").or_else(|| first("sigs.k8s.io/aws-iam-authenticator/principalId")),
            pod_name: bound("pod-name"),
            pod_uid: bound("pod-uid"),
            node_name: bound("node-name"),
            node_uid: bound("node-uid"),
            credential_id: bound("credential-id"),
        }
    }

    /// As [`Extra::parse`], but without the cost of it where nothing is said of a bound token or a certificate.
    pub fn bound(json: &str) -> Self {
        if json.contains("authentication.kubernetes.io") { Self::parse(json) } else { Self::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_object_of_lists_tells_nothing() {
        for text in ["", "null", "[]", "{", r#"{"arn":[]}"#, r#"{"arn":[1]}"#, r#"{"arn":[""]}"#, r#"{"arn":{}}"#] {
            assert_eq!(Extra::parse(text), Extra::default(), "{text}");
        }
    }

    #[test]
    fn both_authenticators_are_read() {
        let text = r#"{"accessKeyId":["ASIAEXAMPLE1"],"authentication.kubernetes.io/pod-name":["api-0"],"x":["y"]}"#;
        let extra = Extra::parse(text);
        assert_eq!(extra.access_key_id.as_deref(), Some("ASIAEXAMPLE1"));
        assert_eq!(Extra::bound(text).pod_name.as_deref(), Some("api-0"));
        assert_eq!(Extra::bound(r#"{"arn":["x"]}"#), Extra::default());
    }
}

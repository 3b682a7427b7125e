//! What a call that handed out credentials says in its parameters and its answer.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use chrono::{DateTime, NaiveDateTime};
use eksamine_identity::{AwsCredential, CREATED_MICROS, Evidence, Facts, Mint, PodTags, Subject, arn};
use serde_json::Value;

/// The service that takes roles for EKS Pod Identity. Its session tags are its own; anybody else's are what the caller
/// wrote.
const POD_IDENTITY: &str = "pods.eks.amazonaws.com";

/// The call of IAM Roles Anywhere that trades a certificate for a session (its user guide, "CreateSession API").
const ROLES_ANYWHERE: &str = "CreateSession";

/// A call with its parameters and its answer.
pub fn mint(evidence: Evidence, call: String, caller: Arc<AwsCredential>, request: &Value, answer: &Value) -> Mint {
    // The answer of IAM Roles Anywhere is a list with one set of what STS answers.
    let answer = answer.pointer("/credentialSet/0").filter(|_| call == ROLES_ANYWHERE).unwrap_or(answer);
    let subject = match call.as_str() {
        "AssumeRoleWithSAML" => caller
            .user_name
            .clone()
            .or_else(|| text(answer, "/subject"))
            .or_else(|| {
                caller.principal_id.as_deref().and_then(|principal| principal.rsplit(':').next()).map(str::to_owned)
            })
            .map(|name| Subject::Saml { name }),
        "AssumeRoleWithWebIdentity" => {
            let issuer = caller.provider.clone().or_else(|| text(answer, "/provider")).unwrap_or_default();
            let name = caller.user_name.clone().or_else(|| text(answer, "/subjectFromWebIdentityToken"));
            name.map(|name| Subject::WebIdentity { issuer, name })
        }
        // The certificate's common name is the source identity; without one its serial number is the session's name.
        ROLES_ANYWHERE => text(answer, "/sourceIdentity")
            .or_else(|| {
                let session = text(answer, "/assumedRoleUser/arn")?;
                arn::session(&session).map(|(_, serial)| format!("certificate {serial}"))
            })
            .map(|name| Subject::Certificate { name }),
        "GetCredentialsForIdentity" => {
            let identity_id = text(answer, "/identityId").or_else(|| text(request, "/identityId"));
            identity_id.map(|identity_id| Subject::Cognito { identity_id })
        }
        _ => None,
    };
    let pod = match call.as_str() {
        "AssumeRoleForPodIdentity" => exchanged(request, answer),
        "AssumeRole" if caller.invoked_by.as_deref() == Some(POD_IDENTITY) => tagged(request),
        _ => None,
    };
    Mint {
        access_key_id: text(answer, "/credentials/accessKeyId"),
        session_arn: text(answer, "/assumedRoleUser/arn").or_else(|| text(answer, "/federatedUser/arn")),
        role_arn: text(request, "/roleArn"),
        source_identity: text(request, "/sourceIdentity").or_else(|| text(answer, "/sourceIdentity")),
        expires: answer.pointer("/credentials/expiration").and_then(expiration),
        subject,
        pod,
        shared_event_id: None,
        evidence,
        call,
        caller,
    }
}

/// Which calls bear on a credential in use. Most of what is handed out in a large account is seen again only in part,
/// and what nobody used needs no chain.
#[derive(Default)]
pub struct Wanted {
    callers: HashSet<Arc<AwsCredential>>,
    keys: HashSet<String>,
    /// Sessions by ARN of which any may be meant.
    sessions: HashSet<String>,
    /// When sessions were made, by ARN, of which only those made then are meant.
    made: HashMap<String, BTreeSet<i64>>,
    /// Account and name of roles of which any session may be meant.
    roles: HashSet<(String, String)>,
    taken: Vec<Mint>,
}

impl Wanted {
    /// What bears on the credentials in use, where `given` are the keys of which the logs have the call that handed them
    /// out. Of a key without such a call, those for a session of its name are candidates that were made when it was.
    pub fn of(facts: &Facts, given: &HashSet<String>) -> Self {
        let mut wanted = Self::default();
        for used in &facts.aws_uses {
            let key = used.credential.access_key_id.as_ref();
            wanted.keys.extend(key.cloned());
            if let (Some(arn), Some(created)) = (&used.credential.arn, used.credential.session_created)
                && key.is_none_or(|key| !given.contains(key))
            {
                wanted.made.entry(arn.clone()).or_default().insert(created);
            }
        }
        let users = facts.kubernetes_uses.iter().map(|used| {
            let extra = &used.extra;
            // Where nothing else is said of a login, the user's name can be that of the session.
            let name = Some(&used.user_name).filter(|name| arn::session(name).is_some());
            (&extra.access_key_id, extra.arn.as_ref().or(extra.canonical_arn.as_ref()).or(name))
        });
        let lines = facts
            .login_lines
            .iter()
            .map(|line| (&line.access_key_id, line.session_arn.as_ref().or(line.canonical_arn.as_ref())));
        for (key, arn_text) in users.chain(lines) {
            match (key, arn_text) {
                (Some(key), _) => {
                    wanted.keys.insert(key.clone());
                }
                (None, Some(arn_text)) => {
                    wanted.sessions.insert(arn_text.clone());
                    if let (Some(role), Some(parsed)) = (arn::role(arn_text), arn::Arn::parse(arn_text)) {
                        wanted.roles.insert((parsed.account.to_owned(), role.to_owned()));
                    }
                }
                (None, None) => {}
            }
        }
        wanted
    }

    pub fn take(&mut self, mint: Mint) {
        let by_key = mint.access_key_id.as_ref().is_some_and(|key| self.keys.contains(key));
        let session = mint.session_arn.as_deref();
        let role = session.and_then(|text| {
            let ((role, _), parsed) = (arn::session(text)?, arn::Arn::parse(text)?);
            Some((parsed.account.to_owned(), role.to_owned()))
        });
        let of_token = mint.access_key_id.is_none() && mint.pod.is_some();
        if by_key
            || of_token
            || session.is_some_and(|session| self.sessions.contains(session) || self.was_made(session, &mint))
            || role.is_some_and(|role| self.roles.contains(&role))
        {
            let mint = self.with_one_caller(mint);
            self.taken.push(mint);
        }
    }

    /// The call with the caller of an earlier one, if that is the same.
    fn with_one_caller(&mut self, mut mint: Mint) -> Mint {
        match self.callers.get(&mint.caller) {
            Some(known) => mint.caller = Arc::clone(known),
            None => drop(self.callers.insert(Arc::clone(&mint.caller))),
        }
        mint
    }

    /// Whether the call can have made one of the sessions of this name.
    fn was_made(&self, session: &str, mint: &Mint) -> bool {
        let (Some(made), Some(time)) = (self.made.get(session), mint.evidence.time) else { return false };
        let (least, greatest) = (time.saturating_sub(CREATED_MICROS), time.saturating_add(CREATED_MICROS));
        made.range(least..=greatest).next().is_some()
    }

    /// What is wanted of all that was offered.
    pub fn complete(self) -> Vec<Mint> {
        self.taken
    }
}

fn text(value: &Value, pointer: &str) -> Option<String> {
    value.pointer(pointer).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned)
}

/// The pod whose token was exchanged with EKS.
fn exchanged(request: &Value, answer: &Value) -> Option<PodTags> {
    Some(PodTags {
        cluster: text(request, "/clusterName")?,
        namespace: text(answer, "/subject/namespace")?,
        service_account: text(answer, "/subject/serviceAccount")?,
        pod_name: None,
        pod_uid: None,
    })
}

/// The pod that the session's tags name.
fn tagged(request: &Value) -> Option<PodTags> {
    let tags = request.get("tags")?.as_array()?;
    let tag = |name: &str| {
        let found = tags.iter().find(|tag| tag.get("key").and_then(Value::as_str) == Some(name))?;
        text(found, "/value")
    };
    Some(PodTags {
        cluster: tag("eks-cluster-name")?,
        namespace: tag("kubernetes-namespace")?,
        service_account: tag("kubernetes-service-account")?,
        pod_name: tag("kubernetes-pod-name"),
        pod_uid: tag("kubernetes-pod-uid"),
    })
}

/// When credentials expire, in microseconds. CloudTrail writes it as Java formats dates, whose blanks differ by
/// version, or as RFC 3339.
fn expiration(value: &Value) -> Option<i64> {
    if let Some(seconds) = value.as_f64() {
        return Some((seconds * 1e6) as i64);
    }
    let written = value.as_str()?;
    if let Ok(time) = DateTime::parse_from_rfc3339(written) {
        return Some(time.timestamp_micros());
    }
    let plain: String =
        written.chars().map(|character| if character.is_whitespace() { ' ' } else { character }).collect();
    let formats = ["%b %e, %Y, %I:%M:%S %p", "%b %e, %Y %I:%M:%S %p"];
    let times = formats.iter().filter_map(|format| NaiveDateTime::parse_from_str(&plain, format).ok());
    times.map(|time| time.and_utc().timestamp_micros()).next()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn all_forms_of_expiration_are_read() {
        let expected = Some(1_717_235_122_000_000);
        for written in [
            json!("Jun 1, 2024, 9:45:22 AM"),
            json!("Jun 1, 2024 9:45:22 AM"),
            json!("Jun 1, 2024, 9:45:22\u{202f}AM"),
            json!("2024-06-01T09:45:22Z"),
            json!(1_717_235_122),
        ] {
            assert_eq!(expiration(&written), expected, "{written}");
        }
        assert_eq!(expiration(&json!("soon")), None);
    }

    #[test]
    fn tags_count_only_from_pod_identity_itself() {
        let tag = |key: &str, value: &str| json!({"key": key, "value": value});
        let request = json!({"tags": [
            tag("eks-cluster-name", "demo"), tag("kubernetes-namespace", "shop"),
            tag("kubernetes-service-account", "web")
        ]});
        let evidence = Evidence {
            time: None,
            plane: eksamine_identity::Plane::Aws,
            cluster: None,
            event_id: None,
            source_uri: String::new(),
            source_record: 0,
        };
        let by = |service: Option<&str>| {
            let caller = Arc::new(AwsCredential { invoked_by: service.map(str::to_owned), ..AwsCredential::default() });
            mint(evidence.clone(), "AssumeRole".to_owned(), caller, &request, &Value::Null).pod
        };
        assert_eq!(by(Some(POD_IDENTITY)).map(|pod| pod.service_account).as_deref(), Some("web"));
        assert_eq!(by(None), None);
        assert_eq!(by(Some("lambda.amazonaws.com")), None);
    }
}

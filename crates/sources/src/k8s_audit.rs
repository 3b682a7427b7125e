//! Kubernetes audit events of EKS and any other kube-apiserver.
//!
//! The paths follow the `Event` type of `audit.k8s.io/v1`; the `user.extra` keys are those aws-iam-authenticator
//! puts into its TokenReview answers. Older API versions differ in the time fields only.

use crate::column::{CLUSTER, CLUSTER_ASSUMED, Column, LOG_ACCOUNT_ID, LOG_GROUP, LOG_STREAM, LOG_TIME, Table};
use crate::extract::{Slot, Slots};
use crate::source::{Claim, RecordContext, Source};
use crate::time;

pub static TABLE: Table = Table {
    name: "k8s_audit",
    about: "requests to the Kubernetes API server, from its audit log",
    upstream: "https://kubernetes.io/docs/reference/config-api/apiserver-audit.v1/",
    identity: &["audit_id", "stage"],
    apart: &[],
    by_cluster: true,
    columns: &[
        Column::time(
            "event_time",
            &[],
            "when the request reached the API server; if unknown, when its stage was reached or CloudWatch got it",
        ),
        CLUSTER,
        CLUSTER_ASSUMED,
        Column::text("audit_id", &["auditID"], "id of the request; its stages share it").lookup().distinct(),
        Column::text("stage", &["stage"], "RequestReceived, ResponseStarted, ResponseComplete or Panic").mixed(),
        Column::text("level", &["level"], "how much was logged: Metadata, Request or RequestResponse").mixed(),
        Column::text("verb", &["verb"], "Kubernetes verb of the request, in lower case").mixed(),
        Column::text("request_uri", &["requestURI"], "the URI the client asked for").mixed(),
        Column::text("user_name", &["user", "username"], "Kubernetes user name").mixed(),
        Column::text("user_uid", &["user", "uid"], "uid of the user; for IAM identities account and principal id")
            .mixed(),
        Column::json("user_groups", &["user", "groups"], "groups of the user").repeated(),
        Column::json("user_extra", &["user", "extra"], "further facts about the user from the authenticator")
            .repeated(),
        Column::text("user_arn", &["user", "extra", "arn", "0"], "IAM ARN the user logged in with"),
        Column::text("user_canonical_arn", &["user", "extra", "canonicalArn", "0"], "IAM role or user behind that ARN"),
        Column::text(
            "user_access_key_id",
            &["user", "extra", "accessKeyId", "0"],
            "AWS access key of the login; joins `cloudtrail.access_key_id`",
        )
        .lookup(),
        Column::text("user_session_name", &["user", "extra", "sessionName", "0"], "IAM role session name of the login"),
        Column::text("user_principal_id", &["user", "extra", "principalId", "0"], "IAM principal id of the login"),
        Column::text(
            "impersonated_user_name",
            &["impersonatedUser", "username"],
            "the user impersonated by the request, if any",
        ),
        Column::json("impersonated_user", &["impersonatedUser"], "the whole impersonated user").repeated(),
        Column::text("source_ip", &["sourceIPs", "0"], "first address of the client").mixed(),
        Column::json("source_ips", &["sourceIPs"], "addresses of the client and its proxies").repeated(),
        Column::text("user_agent", &["userAgent"], "the client program, as it calls itself").mixed(),
        Column::text("object_resource", &["objectRef", "resource"], "resource type: `pods`, `secrets`").mixed(),
        Column::text("object_subresource", &["objectRef", "subresource"], "subresource: `exec`, `token`, `status`"),
        Column::text("object_namespace", &["objectRef", "namespace"], "namespace of the object").mixed(),
        Column::text("object_name", &["objectRef", "name"], "name of the object").mixed(),
        Column::text("object_uid", &["objectRef", "uid"], "uid of the object").distinct(),
        Column::text(
            "object_api_group",
            &["objectRef", "apiGroup"],
            "API group of the object; null for the core group",
        )
        .mixed(),
        Column::text("object_api_version", &["objectRef", "apiVersion"], "API version of the object").mixed(),
        Column::int("response_code", &["responseStatus", "code"], "HTTP status of the answer"),
        Column::text("response_reason", &["responseStatus", "reason"], "reason given with a refusal or failure"),
        Column::text("response_message", &["responseStatus", "message"], "text given with a refusal or failure"),
        Column::text(
            "authorization_decision",
            &["annotations", "authorization.k8s.io/decision"],
            "`allow` or `forbid`",
        )
        .mixed(),
        Column::text(
            "authorization_reason",
            &["annotations", "authorization.k8s.io/reason"],
            "the rule or binding that decided",
        )
        .mixed(),
        Column::time("request_received_time", &["requestReceivedTimestamp"], "when the request reached the API server"),
        Column::time("stage_time", &["stageTimestamp"], "when this stage was reached"),
        Column::json("response_status", &["responseStatus"], "the whole status").repeated(),
        Column::json("annotations", &["annotations"], "annotations by authentication, authorization and admission")
            .repeated(),
        Column::json("request_object", &["requestObject"], "body of the request, if the level includes it"),
        Column::json("response_object", &["responseObject"], "body of the answer, if the level includes it"),
        Column::text("api_version", &["apiVersion"], "version of the audit API: `audit.k8s.io/v1`").mixed(),
        Column::bool("truncated", &[], "true where CloudWatch cut the event at its size limit"),
        LOG_GROUP,
        LOG_STREAM,
        LOG_TIME,
        LOG_ACCOUNT_ID,
    ],
};

/// The Kubernetes audit source.
pub struct K8sAudit;

impl Source for K8sAudit {
    fn table(&self) -> &'static Table {
        &TABLE
    }

    fn claims(&self, slots: &Slots<'_>) -> Claim {
        let api = slots.text("api_version").is_some_and(|text| text.starts_with("audit.k8s.io/"));
        let shaped = ["audit_id", "stage", "verb", "request_uri"].iter().filter(|name| slots.is_present(name)).count();
        if shaped >= 2 || (api && shaped >= 1) { Claim::Yes } else { Claim::No }
    }

    fn complete<'a>(&self, slots: &mut Slots<'a>, context: &RecordContext<'a>) -> Result<(), String> {
        if let Some(verb) = slots.text("verb")
            && verb.bytes().any(|byte| byte.is_ascii_uppercase())
        {
            let lower = verb.to_ascii_lowercase();
            slots.set("verb", Slot::Owned(lower));
        }
        if let Some(level) = slots.text("level")
            && let Some(known) = LEVELS.iter().find(|known| known.eq_ignore_ascii_case(&level) && **known != level)
        {
            slots.set("level", Slot::Text(known));
        }
        let received = slots.time("request_received_time").or_else(|| slots.time("stage_time"));
        let event_time =
            received.or_else(|| OLDER_TIMES.iter().find_map(|path| slots.probe(path).and_then(time::from_json)));
        // An event that CloudWatch cut has lost its times, which come last; a timeline must not lose it for that.
        slots.set_time("event_time", event_time.or(context.log_time_micros));
        slots.set_cluster(context);
        slots.set("truncated", Slot::Bool(false));
        Ok(())
    }
}

const LEVELS: [&str; 4] = ["None", "Metadata", "Request", "RequestResponse"];

/// Times of events that carry neither of today's fields: `requestTimestamp` as some collectors write it, and the
/// `timestamp` and `metadata.creationTimestamp` of v1alpha1 and v1beta1.
const OLDER_TIMES: [&[&str]; 3] = [&["requestTimestamp"], &["timestamp"], &["metadata", "creationTimestamp"]];

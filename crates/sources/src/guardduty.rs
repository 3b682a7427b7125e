//! GuardDuty findings: as GuardDuty exports them to S3, as EventBridge carries them, and as `get-findings` prints them.
//!
//! The paths follow "Finding details" of the GuardDuty user guide and the types `Finding`, `Resource` and `Service` of
//! the GuardDuty API reference, in the spelling of exports. `get-findings` begins every key in upper case; such a
//! finding is read by the same paths.

use crate::column::{Column, Table};
use crate::extract::{Slot, Slots, unquote};
use crate::source::{Claim, RecordContext, Source};
use crate::time;

pub static TABLE: Table = Table {
    name: "guardduty",
    about: "findings of Amazon GuardDuty; each update of a finding is a row",
    upstream: "https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_findings-summary.html",
    identity: &["finding_id", "updated_at"],
    apart: &[],
    by_cluster: false,
    columns: &[
        Column::time("event_time", &[], "when the finding was made or updated, which is `updated_at`"),
        Column::text("finding_id", &["id"], "id of the finding; its updates share it").lookup().distinct(),
        Column::text("updated_at", &["updatedAt"], "time of the update, as it is written"),
        Column::text("finding_type", &["type"], "`Purpose:Resource/Family.Mechanism!Artifact`"),
        Column::text("threat_purpose", &[], "the type before its colon: Execution, Persistence, UnauthorizedAccess, …"),
        Column::float("severity", &["severity"], "1 to 10; 4 is medium, 7 high, 9 critical"),
        Column::text("title", &["title"], "the finding in short"),
        Column::text("description", &["description"], "the finding in words"),
        Column::text("account_id", &["accountId"], "the account it was found in"),
        Column::text("region", &["region"], "the region it was found in"),
        Column::text("partition", &["partition"], "aws, aws-cn or aws-us-gov"),
        Column::text("finding_arn", &["arn"], "ARN of the finding").distinct(),
        Column::text("schema_version", &["schemaVersion"], "version of the finding's format"),
        Column::time("created_at", &["createdAt"], "when the finding was first made"),
        Column::time("first_seen", &["service", "eventFirstSeen"], "first activity that led to the finding"),
        Column::time("last_seen", &["service", "eventLastSeen"], "last activity that led to it"),
        Column::int("count", &["service", "count"], "how often the activity was seen"),
        Column::bool("archived", &["service", "archived"], "whether the finding was archived"),
        Column::text("detector_id", &["service", "detectorId"], "the detector that made it"),
        Column::text(
            "feature_name",
            &["service", "featureName"],
            "the data it was found in: EksAuditLogs, CloudTrail, …",
        ),
        Column::text("resource_role", &["service", "resourceRole"], "TARGET or ACTOR"),
        Column::text("resource_type", &["resource", "resourceType"], "EKSCluster, AccessKey, Instance, …"),
        Column::text("eks_cluster_name", &["resource", "eksClusterDetails", "name"], "name of the EKS cluster"),
        Column::text("eks_cluster_arn", &["resource", "eksClusterDetails", "arn"], "its ARN"),
        Column::text(
            "kubernetes_user_name",
            &["resource", "kubernetesDetails", "kubernetesUserDetails", "username"],
            "Kubernetes user; joins `k8s_audit.user_name`",
        ),
        Column::text(
            "kubernetes_user_uid",
            &["resource", "kubernetesDetails", "kubernetesUserDetails", "uid"],
            "its uid",
        ),
        Column::json(
            "kubernetes_user_groups",
            &["resource", "kubernetesDetails", "kubernetesUserDetails", "groups"],
            "its groups",
        ),
        Column::text(
            "kubernetes_workload_name",
            &["resource", "kubernetesDetails", "kubernetesWorkloadDetails", "name"],
            "workload the finding is about",
        ),
        Column::text(
            "kubernetes_workload_namespace",
            &["resource", "kubernetesDetails", "kubernetesWorkloadDetails", "namespace"],
            "its namespace",
        ),
        Column::text(
            "kubernetes_workload_type",
            &["resource", "kubernetesDetails", "kubernetesWorkloadDetails", "type"],
            "its type: pods, deployments, …",
        ),
        Column::text(
            "access_key_id",
            &["resource", "accessKeyDetails", "accessKeyId"],
            "access key of the caller; joins `cloudtrail.access_key_id`",
        )
        .lookup(),
        Column::text("user_name", &["resource", "accessKeyDetails", "userName"], "IAM user or role of that key"),
        Column::text("user_type", &["resource", "accessKeyDetails", "userType"], "IAMUser, AssumedRole, Root, …"),
        Column::text("principal_id", &["resource", "accessKeyDetails", "principalId"], "its principal id"),
        Column::text("instance_id", &["resource", "instanceDetails", "instanceId"], "EC2 instance"),
        Column::text(
            "action_type",
            &["service", "action", "actionType"],
            "AWS_API_CALL, KUBERNETES_API_CALL, NETWORK_CONNECTION, DNS_REQUEST, PORT_PROBE, …",
        ),
        Column::text("remote_ip", &[], "address of the other side; of several probes the first"),
        Column::text("api", &["service", "action", "awsApiCallAction", "api"], "the AWS API action called"),
        Column::text("api_service", &["service", "action", "awsApiCallAction", "serviceName"], "its service"),
        Column::text("kubernetes_verb", &["service", "action", "kubernetesApiCallAction", "verb"], "Kubernetes verb"),
        Column::text(
            "kubernetes_request_uri",
            &["service", "action", "kubernetesApiCallAction", "requestUri"],
            "URI of the Kubernetes request",
        ),
        Column::text(
            "kubernetes_user_agent",
            &["service", "action", "kubernetesApiCallAction", "userAgent"],
            "client of the Kubernetes request",
        ),
        Column::text("domain", &["service", "action", "dnsRequestAction", "domain"], "name that was looked up"),
        Column::json("resource", &["resource"], "the whole resource element"),
        Column::json("service", &["service"], "the whole service element, with the action and the evidence"),
    ],
};

/// The kinds of action, each with an address of the other side, in the order they are looked through.
const ACTIONS: [&[&str]; 5] = [
    &["awsApiCallAction"],
    &["kubernetesApiCallAction"],
    &["networkConnectionAction"],
    &["rdsLoginAttemptAction"],
    &["portProbeAction", "portProbeDetails", "0"],
];

/// The GuardDuty source.
pub struct GuardDuty;

impl Source for GuardDuty {
    fn table(&self) -> &'static Table {
        &TABLE
    }

    fn claims(&self, slots: &Slots<'_>) -> Claim {
        let of_guardduty = |name: Option<&str>| name.is_none_or(|name| name == "\"guardduty\"");
        let exported = ["finding_id", "finding_type", "resource", "service"].iter().all(|name| slots.is_present(name));
        if exported {
            return if of_guardduty(slots.probe(&["service", "serviceName"])) { Claim::Yes } else { Claim::No };
        }
        let printed = memchr::memmem::find(slots.record().as_bytes(), b"\"ServiceName\"").is_some()
            && ["Id", "Type", "Resource", "Service"].iter().all(|key| slots.probe(&[key]).is_some());
        let is_finding = printed && of_guardduty(slots.probe(&["Service", "ServiceName"]));
        if is_finding { Claim::Yes } else { Claim::No }
    }

    fn complete<'a>(&self, slots: &mut Slots<'a>, _context: &RecordContext<'a>) -> Result<(), String> {
        let spelling = if slots.is_present("finding_id") { Spelling::Exported } else { Spelling::Printed };
        if spelling == Spelling::Printed {
            for column in TABLE.columns.iter().filter(|column| !column.path.is_empty()) {
                if let Some(value) = spelling.probe(slots, column.path) {
                    slots.set(column.name, Slot::Json(value));
                }
            }
        }
        if let Some(remote_ip) = remote_ip(slots, spelling) {
            slots.set("remote_ip", Slot::Json(remote_ip));
        }
        let purpose = slots.text("finding_type").and_then(|kind| Some(kind.split_once(':')?.0.to_owned()));
        slots.set("threat_purpose", purpose.map_or(Slot::Missing, Slot::Owned));
        let updated = slots.text("updated_at").as_deref().and_then(time::from_text);
        slots.set_time("event_time", updated);
        Ok(())
    }
}

/// How the keys of a finding are written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Spelling {
    Exported,
    /// Every key begins in upper case.
    Printed,
}

impl Spelling {
    /// JSON text at a path in the spelling of exports.
    fn probe<'a>(self, slots: &Slots<'a>, path: &[&str]) -> Option<&'a str> {
        if self == Spelling::Exported {
            return slots.probe(path);
        }
        let keys: Vec<String> = path.iter().map(|key| capital(key)).collect();
        slots.probe(&keys.iter().map(String::as_str).collect::<Vec<_>>())
    }
}

fn capital(key: &str) -> String {
    let mut letters = key.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// The address of the other side as JSON text, wherever the action has it.
fn remote_ip<'a>(slots: &Slots<'a>, spelling: Spelling) -> Option<&'a str> {
    let paths = ACTIONS.iter().flat_map(|action| ["ipAddressV4", "ipAddressV6"].map(|address| (action, address)));
    paths
        .filter_map(|(action, address)| {
            let path = [&["service", "action"], *action, &["remoteIpDetails", address]].concat();
            spelling.probe(slots, &path)
        })
        .find(|json| !matches!(&*unquote(json), "" | "null"))
}

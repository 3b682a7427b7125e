//! Configuration that says who may enter a cluster as whom, and which role its pods get: calls of EKS, and versions of
//! the ConfigMap `aws-auth` and of service accounts. Members are those of the EKS API reference; when a piece was in force is not decided here.

use datafusion::arrow::array::RecordBatch;
use datafusion::common::Result;
use eksamine_identity::{Access, AccessKind, Change, Evidence, Facts, Plane, PodAssociation, RoleAnnotation, mapping};
use serde_json::Value;

use super::callers::{Askers, Records};
use super::columns::Columns;

/// Calls about access entries and their policies, and what each does.
static ACCESS: [(&str, Change); 7] = [
    ("CreateCluster", Change::Allowed),
    ("CreateAccessEntry", Change::Allowed),
    ("UpdateAccessEntry", Change::Allowed),
    ("DescribeAccessEntry", Change::Allowed),
    ("AssociateAccessPolicy", Change::Allowed),
    ("DeleteAccessEntry", Change::Removed),
    ("DisassociateAccessPolicy", Change::Removed),
];

/// Calls about Pod Identity associations, and what each does.
static ASSOCIATIONS: [(&str, Change); 3] = [
    ("CreatePodIdentityAssociation", Change::Allowed),
    ("UpdatePodIdentityAssociation", Change::Allowed),
    ("DeletePodIdentityAssociation", Change::Removed),
];

/// One call of EKS.
struct Call {
    evidence: Evidence,
    cluster: String,
    caller: String,
    caller_name: String,
    name: String,
    request: Value,
    answer: Value,
}

/// Takes the calls of EKS.
pub fn calls(batch: &RecordBatch, facts: &mut Facts) -> Result<()> {
    let columns = Columns(batch);
    let records = Records::of(&columns, Plane::Aws)?;
    let [caller, arn, service, cluster, name, request, answer] = [
        columns.texts("caller")?,
        columns.texts("user_arn")?,
        columns.texts("user_invoked_by")?,
        columns.texts("cluster")?,
        columns.texts("event_name")?,
        columns.texts("request_parameters")?,
        columns.texts("response_elements")?,
    ];
    for row in 0..batch.num_rows() {
        let (Some(caller), Some(cluster), Some(name)) = (caller.get(row), cluster.get(row), name.get(row)) else {
            continue;
        };
        let call = Call {
            evidence: records.get(row),
            cluster,
            caller,
            caller_name: arn.get(row).or_else(|| service.get(row)).unwrap_or_default(),
            name,
            request: json(request.text(row)),
            answer: json(answer.text(row)),
        };
        facts.access.extend(access(&call));
        facts.pod_associations.extend(association(&call));
    }
    Ok(())
}

fn access(call: &Call) -> Option<Access> {
    let (_, change) = ACCESS.iter().find(|(name, _)| *name == call.name)?;
    let entry = call.answer.get("accessEntry").unwrap_or(&Value::Null);
    let of = |member: &str| text(entry, member).or_else(|| text(&call.request, member));
    let is_creation = call.name == "CreateCluster";
    // Whoever makes a cluster may enter it, unless the call says otherwise.
    let refused = call.request.pointer("/accessConfig/bootstrapClusterCreatorAdminPermissions");
    if is_creation && refused == Some(&Value::Bool(false)) {
        return None;
    }
    let principal_arn = if is_creation { Some(call.caller_name.clone()) } else { of("principalArn") };
    let list = [entry, &call.request].into_iter().find_map(|from| from.get("kubernetesGroups")?.as_array());
    let groups = list.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned);
    let is_about_policy = call.name.ends_with("AccessPolicy");
    let policy = text(&call.request, "policyArn")
        .or_else(|| text(call.answer.get("associatedAccessPolicy")?, "policyArn"))
        .filter(|_| is_about_policy);
    if is_about_policy && policy.is_none() {
        return None;
    }
    Some(Access {
        evidence: call.evidence.clone(),
        change: *change,
        kind: AccessKind::Entry,
        cluster: call.cluster.clone(),
        caller: call.caller.clone(),
        caller_name: call.caller_name.clone(),
        call: call.name.clone(),
        principal_arn: principal_arn?,
        user_name: of("username"),
        groups: groups.collect(),
        policy,
    })
}

fn association(call: &Call) -> Option<PodAssociation> {
    let (_, change) = ASSOCIATIONS.iter().find(|(name, _)| *name == call.name)?;
    let made = call.answer.get("association").unwrap_or(&Value::Null);
    let of = |member: &str| text(made, member).or_else(|| text(&call.request, member));
    Some(PodAssociation {
        evidence: call.evidence.clone(),
        change: *change,
        cluster: call.cluster.clone(),
        caller: call.caller.clone(),
        caller_name: call.caller_name.clone(),
        call: call.name.clone(),
        namespace: of("namespace")?,
        service_account: of("serviceAccount")?,
        role_arn: of("roleArn"),
        association_id: of("associationId"),
    })
}

/// Takes versions of `aws-auth`.
pub fn aws_auth(batch: &RecordBatch, facts: &mut Facts) -> Result<()> {
    let columns = Columns(batch);
    let askers = Askers::of(&columns)?;
    let (verb, is_whole) = (columns.texts("verb")?, columns.numbers("is_whole")?);
    let maps =
        [(AccessKind::MapRoles, columns.texts("map_roles")?), (AccessKind::MapUsers, columns.texts("map_users")?)];
    for row in 0..batch.num_rows() {
        let (Some(asker), Some(verb)) = (askers.get(row), verb.get(row)) else { continue };
        for (kind, map) in &maps {
            let text = map.text(row).filter(|_| verb != "delete");
            // What a patch does not show may be as it was.
            if text.is_none() && is_whole.get(row) == 0 {
                continue;
            }
            let replaced = Access {
                evidence: asker.evidence.clone(),
                change: Change::Replaced,
                kind: *kind,
                cluster: asker.cluster.clone(),
                caller: asker.identity.clone(),
                caller_name: asker.name.clone(),
                call: format!("{verb} configmap aws-auth"),
                principal_arn: String::new(),
                user_name: None,
                groups: Vec::new(),
                policy: None,
            };
            let mappings = mapping::aws_auth(text.unwrap_or_default()).into_iter();
            facts.access.extend(mappings.map(|mapping| Access {
                change: Change::Allowed,
                principal_arn: mapping.arn,
                user_name: mapping.user_name,
                groups: mapping.groups,
                ..replaced.clone()
            }));
            facts.access.push(replaced);
        }
    }
    Ok(())
}

/// The annotation with which a service account names the role of its pods.
const ROLE_ANNOTATION: &str = "/metadata/annotations/eks.amazonaws.com~1role-arn";

/// Takes versions of service accounts.
pub fn role_annotations(batch: &RecordBatch, annotations: &mut Vec<RoleAnnotation>) -> Result<()> {
    let columns = Columns(batch);
    let askers = Askers::of(&columns)?;
    let (verb, name) = (columns.texts("verb")?, columns.texts("name")?);
    let (version, is_whole) = (columns.texts("version")?, columns.numbers("is_whole")?);
    for row in 0..batch.num_rows() {
        let (Some(asker), Some(verb), Some(name)) = (askers.get(row), verb.get(row), name.get(row)) else { continue };
        let version = json(version.text(row).filter(|_| verb != "delete"));
        let Some(role_arn) = annotated(&version, is_whole.get(row) != 0) else { continue };
        annotations.push(RoleAnnotation {
            evidence: asker.evidence,
            cluster: asker.cluster,
            caller: asker.identity,
            caller_name: asker.name,
            call: format!("{verb} serviceaccount"),
            namespace: asker.namespace,
            service_account: name,
            role_arn,
        });
    }
    Ok(())
}

/// The role that a version names, or that it names none; nothing where it does not tell. What a patch does not show may be
/// as it was; a null in it takes the annotation away.
#[expect(clippy::option_option, reason = "that there is no role is told, or nothing is")]
fn annotated(version: &Value, is_whole: bool) -> Option<Option<String>> {
    let role = version.pointer(ROLE_ANNOTATION);
    if role.is_none() && !is_whole {
        return None;
    }
    Some(role.and_then(Value::as_str).filter(|role| !role.is_empty()).map(str::to_owned))
}

fn text(value: &Value, member: &str) -> Option<String> {
    let text = value.get(member)?.as_str().filter(|text| !text.is_empty())?;
    // EKS writes ARNs in paths percent-encoded.
    if !text.starts_with("arn%3") {
        return Some(text.to_owned());
    }
    Some(text.replace("%3A", ":").replace("%3a", ":").replace("%2F", "/").replace("%2f", "/"))
}

fn json(text: Option<&str>) -> Value {
    text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or(Value::Null)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn call(name: &str, request: Value, answer: Value) -> Call {
        Call {
            evidence: Evidence {
                time: None,
                plane: Plane::Aws,
                cluster: None,
                event_id: None,
                source_uri: String::new(),
                source_record: 0,
            },
            cluster: "demo".to_owned(),
            caller: "aws:key:AKIAEXAMPLE".to_owned(),
            caller_name: "arn:aws:sts::111122223333:assumed-role/ci-deploy/run-7".to_owned(),
            name: name.to_owned(),
            request,
            answer,
        }
    }

    #[test]
    fn the_answer_says_more_of_an_entry_than_the_request() {
        let role = "arn:aws:iam::111122223333:role/ops";
        let made = call(
            "CreateAccessEntry",
            json!({"name": "demo", "principalArn": role}),
            json!({"accessEntry": {"principalArn": role, "username": "ops", "kubernetesGroups": ["a", "b"]}}),
        );
        let access = access(&made).unwrap();
        assert_eq!((access.user_name.as_deref(), access.groups.len()), (Some("ops"), 2));
        assert_eq!(access.principal_arn, role);
    }

    #[test]
    fn a_patch_that_does_not_speak_of_the_annotation_leaves_it() {
        let with = |role: Value| json!({"metadata": {"annotations": {"eks.amazonaws.com/role-arn": role}}});
        let role = "arn:aws:iam::111122223333:role/orders";
        assert_eq!(annotated(&with(json!(role)), false), Some(Some(role.to_owned())));
        assert_eq!(annotated(&with(Value::Null), false), Some(None));
        assert_eq!(annotated(&json!({"metadata": {"labels": {"a": "b"}}}), false), None);
        assert_eq!(annotated(&json!([{"op": "add", "path": "/metadata/labels/a", "value": "b"}]), false), None);
        assert_eq!(annotated(&json!({"metadata": {"name": "orders-api"}}), true), Some(None));
        assert_eq!(annotated(&Value::Null, true), Some(None), "it was deleted");
        assert_eq!(annotated(&with(json!(7)), true), Some(None));
    }

    #[test]
    fn encoded_arns_are_decoded_and_policies_need_a_name() {
        let encoded = json!({"name": "demo", "principalArn": "arn%3Aaws%3Aiam%3A%3A111122223333%3Arole%2Fops"});
        let removed = access(&call("DeleteAccessEntry", encoded.clone(), Value::Null)).unwrap();
        assert_eq!(
            (removed.change, removed.principal_arn.as_str()),
            (Change::Removed, "arn:aws:iam::111122223333:role/ops")
        );
        assert_eq!(access(&call("AssociateAccessPolicy", encoded, Value::Null)), None);
    }

    #[test]
    fn who_makes_a_cluster_may_enter_it_unless_the_call_refuses() {
        let entry = access(&call("CreateCluster", json!({"name": "demo"}), Value::Null)).unwrap();
        assert_eq!(entry.principal_arn, entry.caller_name);
        let refusing = json!({"accessConfig": {"bootstrapClusterCreatorAdminPermissions": false}});
        assert_eq!(access(&call("CreateCluster", refusing, Value::Null)), None);
    }
}

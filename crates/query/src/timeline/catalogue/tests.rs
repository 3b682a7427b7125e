//! The catalogue is whole, and severities are what its lines say.

use std::collections::BTreeSet;

use super::*;

fn is_technique(id: &str) -> bool {
    let (technique, sub) = id.split_once('.').unwrap_or((id, "000"));
    let digits = |text: &str, count| text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    technique.strip_prefix('T').is_some_and(|number| digits(number, 4)) && digits(sub, 3)
}

#[test]
fn every_line_of_the_catalogue_is_whole_and_said_once() {
    for line in lines(ACTIONS) {
        let fields: Vec<&str> = line.split('\t').collect();
        assert_eq!(fields.len(), 6, "{line}");
        assert!(fields.iter().all(|field| !field.trim().is_empty()), "{line}");
        assert!(Severity::from_name(fields[2]).is_some(), "{line}");
        assert!(CATEGORIES.contains(&fields[3]), "{line}");
        assert!(fields[4] == "-" || is_technique(fields[4]), "{line}");
    }
    assert_eq!(CATALOGUE.len(), lines(ACTIONS).count(), "an action stands twice, or a line was not read");
}

#[test]
fn every_line_of_the_severities_is_whole_and_of_a_known_action() {
    let subjects: BTreeSet<&str> = CATALOGUE.keys().map(|(subject, _)| *subject).collect();
    for line in lines(SEVERITIES) {
        let fields: Vec<&'static str> = line.split('\t').collect();
        assert_eq!(fields.len(), 5, "{line}");
        assert!(Condition::parse(fields[2]).is_some(), "{line}");
        assert!(Severity::from_name(fields[3]).is_some(), "{line}");
        if fields[0] == "*" {
            continue;
        }
        assert!(fields[0].split(',').all(|subject| subjects.contains(subject)), "{line}");
        for action in fields[1].split(',') {
            let known = fields[0].split(',').any(|subject| find(subject, action).is_some());
            assert!(known, "no such action: {action} in {line}");
        }
    }
}

#[test]
fn every_changing_action_of_the_eks_api_is_catalogued() {
    // The actions of <https://docs.aws.amazon.com/eks/latest/APIReference/API_Operations.html> that change something.
    let actions = "AssociateAccessPolicy AssociateEncryptionConfig AssociateIdentityProviderConfig CreateAccessEntry \
        CreateAddon CreateCapability CreateCluster CreateEksAnywhereSubscription CreateFargateProfile CreateNodegroup \
        CreatePodIdentityAssociation DeleteAccessEntry DeleteAddon DeleteCapability DeleteCluster \
        DeleteEksAnywhereSubscription DeleteFargateProfile DeleteNodegroup DeletePodIdentityAssociation \
        DeregisterCluster DisassociateAccessPolicy DisassociateIdentityProviderConfig RegisterCluster \
        StartInsightsRefresh TagResource UntagResource UpdateAccessEntry UpdateAddon UpdateCapability \
        UpdateClusterConfig UpdateClusterVersion UpdateEksAnywhereSubscription UpdateNodegroupConfig \
        UpdateNodegroupVersion UpdatePodIdentityAssociation";
    for action in actions.split_whitespace() {
        assert!(find("eks", action).is_some(), "{action}");
    }
}

#[test]
fn severity_depends_on_what_was_asked_for() {
    let aws = |service: &str, event: &str, request: &str, outcome: &str| {
        judge(service, event, Severity::Low, &Facts { request, outcome, ..Facts::default() })
    };
    let off = r#"{"logging":{"clusterLogging":[{"types":["audit"],"enabled":false}]}}"#;
    let told = aws("eks", "UpdateClusterConfig", off, "done");
    assert_eq!((told.severity, told.note), (Severity::Critical, Some("logs are switched off")));
    assert_eq!(aws("eks", "UpdateClusterConfig", "{}", "done").severity, Severity::Medium);
    assert_eq!(aws("eks", "UpdateClusterConfig", "not json", "done").severity, Severity::Medium);
    let trust = r#"{"policyDocument":"{\"Statement\":[{\"Principal\":{\"AWS\": \"*\"}}]}"}"#;
    assert_eq!(aws("iam", "UpdateAssumeRolePolicy", trust, "done").severity, Severity::Critical);
    assert_eq!(aws("eks", "ListClusters", "null", "denied").severity, Severity::Low);
    assert_eq!(aws("unheard", "DoIt", "null", "done").severity, Severity::Low);
}

#[test]
fn kubernetes_severity_depends_on_body_place_and_user() {
    let judged = |verb: &str, resource: &str, facts: Facts<'_>| judge_kubernetes(verb, resource, &facts).severity;
    let admin = r#"{"roleRef":{"name":"cluster-admin"},"subjects":[{"name":"x"}]}"#;
    let by = |user, request| Facts { user, request, outcome: "done", ..Facts::default() };
    assert_eq!(judged("create", "clusterrolebindings", by("eve", admin)), Severity::Critical);
    assert_eq!(judged("create", "clusterrolebindings", by("eve", "{}")), Severity::High);
    let pod = r#"{"spec":{"containers":[{"securityContext":{"privileged":true}}]}}"#;
    assert_eq!(judged("create", "pods", by("eve", pod)), Severity::High);
    assert_eq!(judged("create", "pods", by("eve", "{}")), Severity::Medium);
    assert_eq!(judged("list", "secrets", by("eve", "")), Severity::High);
    assert_eq!(judged("list", "secrets", Facts { namespace: "a", ..by("eve", "") }), Severity::Medium);
    // The machinery is ordinary in its trade, and only there.
    assert_eq!(judged("create", "pods", by("system:kube-controller-manager", "{}")), Severity::Informational);
    assert_eq!(judged("get", "secrets", by("system:node:ip-10-0-0-1", "")), Severity::Informational);
    assert_eq!(judged("create", "clusterrolebindings", by("system:node:ip-10-0-0-1", admin)), Severity::Critical);
    assert_eq!(judged("get", "/healthz", by("system:anonymous", "")), Severity::Informational);
    assert_eq!(judged("list", "pods", by("system:anonymous", "")), Severity::Medium);
}

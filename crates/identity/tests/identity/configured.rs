//! What configuration allowed: shown beside an identity while it was in force, and proof of nothing.

use eksamine_identity::{
    Access, AccessKind, AwsCredential, Change, ClusterIssuer, Extra, Facts, Mint, Plane, PodAssociation, PodTags,
    RoleAnnotation,
};

use crate::scene::{
    by_iam, by_saml, by_token, configured, entry, evidence, kubernetes, login, mint, of, of_key, said, service,
    session, session_arn, used,
};

#[test]
fn an_access_entry_is_told_at_the_login_it_allowed_and_changes_nothing_else() {
    let deploy = session("deploy", "run-7", "ASIA0001");
    let asked = kubernetes("shop:deployer", by_iam(&deploy), 20, 30);
    let plain = Facts {
        kubernetes_uses: vec![asked.clone()],
        mints: vec![by_saml(5, "dana@example.com", &deploy)],
        ..Facts::default()
    };
    let policy = Access {
        policy: Some("arn:aws:eks::aws:cluster-access-policy/AmazonEKSEditPolicy".to_owned()),
        ..entry(2, "AssociateAccessPolicy", Change::Allowed, "deploy", None)
    };
    let access = vec![entry(1, "CreateAccessEntry", Change::Allowed, "deploy", Some("shop:deployer")), policy];
    let with = of(&Facts { access, ..plain.clone() }, &asked.identity);
    assert_eq!(
        configured(&with),
        [
            "AssociateAccessPolicy: role deploy with policy AmazonEKSEditPolicy",
            "CreateAccessEntry: role deploy as shop:deployer",
        ]
    );
    assert!(with.chain.last().unwrap().note.as_deref().unwrap().contains("event event-1"), "{with:?}");
    let without = of(&plain, &asked.identity);
    assert_eq!((with.actor, with.confidence, with.via), (without.actor, without.confidence, without.via));
}

#[test]
fn entries_count_only_while_they_are_in_force_for_this_principal_and_this_name() {
    let deploy = session("deploy", "run-7", "ASIA0001");
    let asked = kubernetes("shop:deployer", by_iam(&deploy), 20, 30);
    let shown = |access: Vec<Access>| {
        configured(&of(&Facts { kubernetes_uses: vec![asked.clone()], access, ..Facts::default() }, &asked.identity))
    };
    let made = |at| entry(at, "CreateAccessEntry", Change::Allowed, "deploy", Some("shop:deployer"));
    let removed = |at| entry(at, "DeleteAccessEntry", Change::Removed, "deploy", None);
    assert_eq!(shown(vec![made(1), removed(10)]), Vec::<String>::new());
    assert_eq!(shown(vec![made(40)]), Vec::<String>::new());
    assert_eq!(shown(vec![made(1), removed(25)]).len(), 1, "it ended while the user was active");
    assert_eq!(shown(vec![removed(10), made(15), made(1)]).len(), 1);
    let updated = entry(15, "UpdateAccessEntry", Change::Allowed, "deploy", None);
    assert_eq!(shown(vec![made(1), updated]), ["UpdateAccessEntry: role deploy as shop:deployer"]);
    let other = |role, name| vec![entry(1, "CreateAccessEntry", Change::Allowed, role, name)];
    assert_eq!(shown(other("admin", Some("shop:deployer"))), Vec::<String>::new());
    assert_eq!(shown(other("deploy", Some("shop:viewer"))), Vec::<String>::new());
    assert_eq!(shown(other("deploy", None)), Vec::<String>::new(), "its name would be that of the session");
    assert_eq!(shown(vec![entry(1, "DescribeAccessEntry", Change::Allowed, "deploy", None)]).len(), 1);
    let elsewhere = Access { cluster: "other".to_owned(), ..made(1) };
    assert_eq!(shown(vec![elsewhere]), Vec::<String>::new());
}

#[test]
fn a_mapping_of_aws_auth_is_of_whoever_first_wrote_it_until_a_version_lacks_it() {
    let ops = session("ops", "dana", "ASIA0001");
    let map = |at, role: &str| Access {
        kind: AccessKind::MapRoles,
        ..entry(at, "patch configmap aws-auth", Change::Allowed, role, Some("ops"))
    };
    let all = |at| Access { change: Change::Replaced, principal_arn: String::new(), ..map(at, "") };
    let access = vec![all(1), map(1, "ops"), all(5), map(5, "ops"), map(5, "audit"), all(50), map(50, "audit")];
    let at = |from, to| {
        let asked = kubernetes("ops", by_iam(&ops), from, to);
        let facts = Facts { kubernetes_uses: vec![asked.clone()], access: access.clone(), ..Facts::default() };
        of(&facts, &asked.identity).related
    };
    let [step] = &at(20, 30)[..] else { panic!() };
    assert_eq!(step.event_id.as_deref(), Some("event-1"));
    assert!(step.note.as_deref().unwrap().starts_with("until "), "{step:?}");
    assert_eq!(at(60, 70), []);
}

#[test]
fn a_login_without_a_key_leads_to_the_sessions_that_lived_at_its_line() {
    let (early, late) = (session("ops", "oncall", "ASIA0001"), session("ops", "oncall", "ASIA0002"));
    let asked = kubernetes("ops", Extra::default(), 20, 110);
    let line = |at| {
        let without_key = AwsCredential { access_key_id: None, ..early.clone() };
        login(at, "ops", &without_key, "arn:aws:iam::111122223333:role/ops")
    };
    let facts = |lines: Vec<_>| Facts {
        kubernetes_uses: vec![asked.clone()],
        mints: vec![by_saml(10, "dana@example.com", &early), by_saml(108, "lee@example.com", &late)],
        login_lines: lines,
        ..Facts::default()
    };
    let told = of(&facts(vec![line(19), line(48), line(77), line(100)]), &asked.identity);
    assert_eq!(said(&told), "likely person dana@example.com", "the second was made after the last login");
    let gaps = of(&facts(vec![line(19)]), &asked.identity);
    assert_eq!(gaps.candidates.len(), 2, "a line of a later login may be missing: {gaps:?}");
}

#[test]
fn a_user_named_as_eks_names_sessions_leads_to_the_session_of_that_name() {
    let own = session("ops", "dana", "ASIA0001");
    let other = session("ops", "lee", "ASIA0002");
    let asked = kubernetes(&session_arn("ops", "dana"), Extra::default(), 20, 30);
    let mut facts = Facts {
        kubernetes_uses: vec![asked.clone()],
        mints: vec![by_saml(10, "dana@example.com", &own), by_saml(10, "lee@example.com", &other)],
        ..Facts::default()
    };
    assert_eq!(said(&of(&facts, &asked.identity)), "likely person dana@example.com");
    let granted = AwsCredential::default();
    facts.login_lines = vec![login(19, &asked.user_name, &granted, "arn:aws:iam::111122223333:role/ops")];
    assert_eq!(said(&of(&facts, &asked.identity)), "likely person dana@example.com");
}

#[test]
fn a_template_tells_which_session_of_the_role_a_name_is_of() {
    let own = session("ops", "dana", "ASIA0001");
    let other = session("ops", "lee", "ASIA0002");
    let asked = kubernetes("ops:dana", Extra::default(), 20, 30);
    let granted = AwsCredential::default();
    let mut facts = Facts {
        kubernetes_uses: vec![asked.clone()],
        mints: vec![by_saml(10, "dana@example.com", &own), by_saml(10, "lee@example.com", &other)],
        login_lines: vec![login(19, "ops:dana", &granted, "arn:aws:iam::111122223333:role/ops")],
        ..Facts::default()
    };
    assert_eq!(of(&facts, &asked.identity).candidates.len(), 2);
    facts.access = vec![entry(1, "CreateAccessEntry", Change::Allowed, "ops", Some("ops:{{SessionName}}"))];
    assert_eq!(said(&of(&facts, &asked.identity)), "likely person dana@example.com");
}

#[test]
fn an_association_is_told_at_the_session_it_allowed_and_at_the_account_that_has_it() {
    let given = session("orders", "eks-demo-api-0", "ASIA0001");
    let tags = PodTags {
        cluster: "demo".to_owned(),
        namespace: "orders".to_owned(),
        service_account: "orders-api".to_owned(),
        pod_name: None,
        pod_uid: None,
    };
    let association = |at, call: &str, change, role: &str| PodAssociation {
        evidence: evidence(at, Plane::Aws),
        change,
        cluster: "demo".to_owned(),
        caller: "aws:key:AKIA0009".to_owned(),
        caller_name: "admin".to_owned(),
        call: call.to_owned(),
        namespace: "orders".to_owned(),
        service_account: "orders-api".to_owned(),
        role_arn: Some(format!("arn:aws:iam::111122223333:role/{role}")),
        association_id: Some("a-0f1e".to_owned()),
    };
    let asked = kubernetes("system:serviceaccount:orders:orders-api", Extra::default(), 20, 30);
    let taken = Mint { pod: Some(tags), ..mint(20, "AssumeRole", service("pods.eks.amazonaws.com"), &given) };
    let facts = Facts {
        aws_uses: vec![used(given, 21, 30)],
        kubernetes_uses: vec![asked.clone()],
        mints: vec![taken],
        pod_associations: vec![
            association(1, "CreatePodIdentityAssociation", Change::Allowed, "old"),
            association(5, "UpdatePodIdentityAssociation", Change::Allowed, "orders"),
            association(40, "DeletePodIdentityAssociation", Change::Removed, "orders"),
        ],
        ..Facts::default()
    };
    let expected = ["UpdatePodIdentityAssociation: role orders for system:serviceaccount:orders:orders-api"];
    assert_eq!(configured(&of_key(&facts, "ASIA0001")), expected);
    assert_eq!(configured(&of(&facts, &asked.identity)), expected);
    assert_eq!(said(&of_key(&facts, "ASIA0001")), "certain service_account system:serviceaccount:orders:orders-api");
}

const ISSUER: &str = "oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF";

/// A version of the service account `orders:orders-api` of `demo`, by an administrator.
fn version(at: i64, verb: &str, role: Option<&str>) -> RoleAnnotation {
    RoleAnnotation {
        evidence: evidence(at, Plane::Kubernetes),
        cluster: "demo".to_owned(),
        caller: "k8s:demo:admin".to_owned(),
        caller_name: "admin".to_owned(),
        call: format!("{verb} serviceaccount"),
        namespace: "orders".to_owned(),
        service_account: "orders-api".to_owned(),
        role_arn: role.map(|role| format!("arn:aws:iam::111122223333:role/{role}")),
    }
}

#[test]
fn an_annotation_is_told_at_the_session_it_names_and_at_the_account_that_has_it() {
    let given = session("orders", "botocore-session-1", "ASIA0001");
    let asked = kubernetes("system:serviceaccount:orders:orders-api", Extra::default(), 20, 30);
    let facts = |role_annotations: Vec<RoleAnnotation>| Facts {
        aws_uses: vec![used(given.clone(), 21, 30)],
        kubernetes_uses: vec![asked.clone()],
        mints: vec![by_token(20, ISSUER, "system:serviceaccount:orders:orders-api", &given)],
        cluster_issuers: vec![ClusterIssuer { issuer: ISSUER.to_owned(), cluster: "demo".to_owned() }],
        role_annotations,
        ..Facts::default()
    };
    let shown = |annotations: Vec<RoleAnnotation>| {
        let facts = facts(annotations);
        (configured(&of_key(&facts, "ASIA0001")), configured(&of(&facts, &asked.identity)))
    };
    let of_orders = |verb: &str| {
        vec![format!("{verb} serviceaccount: role orders for system:serviceaccount:orders:orders-api, by annotation")]
    };
    let all = facts(vec![
        version(1, "create", Some("old")),
        version(5, "patch", Some("orders")),
        version(6, "update", Some("orders")),
        version(40, "delete", None),
    ]);
    assert_eq!(configured(&of_key(&all, "ASIA0001")), of_orders("patch"), "whoever wrote it first");
    assert_eq!(configured(&of(&all, &asked.identity)), of_orders("patch"));
    assert_eq!(said(&of_key(&all, "ASIA0001")), "certain service_account system:serviceaccount:orders:orders-api");
    let told = of_key(&all, "ASIA0001").chain.last().unwrap().note.clone().unwrap();
    assert!(told.contains("configured by patch serviceaccount: role orders"), "{told}");

    let nothing = (Vec::new(), Vec::new());
    assert_eq!(shown(vec![version(1, "create", Some("orders")), version(10, "update", None)]), nothing, "it had ended");
    assert_eq!(shown(vec![version(40, "create", Some("orders"))]), nothing, "it was not there yet");
    let elsewhere = RoleAnnotation { cluster: "other".to_owned(), ..version(1, "create", Some("orders")) };
    assert_eq!(shown(vec![elsewhere]), nothing);
    let (of_session, of_account) = shown(vec![version(1, "create", Some("billing"))]);
    assert_eq!(of_session, Vec::<String>::new(), "another role than the one that was taken");
    assert_eq!(of_account.len(), 1);
    let again =
        vec![version(1, "create", Some("orders")), version(10, "patch", None), version(15, "patch", Some("orders"))];
    assert_eq!(shown(again), (of_orders("patch"), of_orders("patch")), "of whoever put it back");
}

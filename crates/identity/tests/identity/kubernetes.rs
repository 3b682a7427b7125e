//! Users of clusters, and what they lead to.

use eksamine_identity::{ClusterIssuer, Extra, Facts};

use crate::scene::{
    by_iam, by_saml, by_token, exec, kubernetes, kubernetes_key, login, made, mint, of, of_key, said, session,
    session_arn, token, used, user,
};

const ISSUER: &str = "oidc.eks.eu-west-1.amazonaws.com/id/0123";

#[test]
fn a_user_leads_through_the_login_to_the_person() {
    let deploy = session("ci-deploy", "hotfix", "ASIA0002");
    let person = session("AWSReservedSSO_Admin_0123456789abcdef", "dana", "ASIA0001");
    let asked = kubernetes("ci-deploy", by_iam(&deploy), 20, 30);
    let facts = Facts {
        kubernetes_uses: vec![asked.clone()],
        mints: vec![by_saml(0, "dana@example.com", &person), mint(10, "AssumeRole", person, &deploy)],
        ..Facts::default()
    };
    let found = of(&facts, &asked.identity);
    assert_eq!(said(&found), "certain person dana@example.com");
    assert!(found.via.as_deref().unwrap().ends_with("> ci-deploy/hotfix (AssumeRole) > ci-deploy (EKS login)"));
}

#[test]
fn a_mapping_to_a_name_of_the_system_does_not_hide_who_logged_in() {
    let given = session("breakglass", "x", "ASIA0002");
    for name in ["system:node:ip-10-0-11-23", "system:kube-controller-manager", "eks:addon-manager"] {
        let asked = kubernetes(name, by_iam(&given), 20, 30);
        let facts = Facts {
            kubernetes_uses: vec![asked.clone()],
            mints: vec![mint(10, "AssumeRole", user("mallory", "AKIA0001"), &given)],
            ..Facts::default()
        };
        assert_eq!(said(&of(&facts, &asked.identity)), "certain iam_user mallory", "{name}");
    }
}

#[test]
fn a_name_that_only_the_authenticator_explains_is_likely_if_one_fits_and_ambiguous_if_two_do() {
    let (one, other) = (session("ops", "oncall", "ASIA0001"), session("ops", "oncall", "ASIA0002"));
    let asked = kubernetes("ops", Extra::default(), 20, 40);
    let canonical = "arn:aws:iam::111122223333:role/ops";
    let mut facts = Facts {
        kubernetes_uses: vec![asked.clone()],
        mints: vec![by_saml(1, "dana@example.com", &one), by_saml(2, "lee@example.com", &other)],
        login_lines: vec![login(19, "ops", &one, canonical), login(600, "ops", &other, canonical)],
        ..Facts::default()
    };
    assert_eq!(said(&of(&facts, &asked.identity)), "likely person dana@example.com");
    facts.login_lines.push(login(30, "ops", &other, canonical));
    let found = of(&facts, &asked.identity);
    assert_eq!(said(&found), "ambiguous unknown ops");
    let candidates: Vec<_> = found.candidates.iter().map(|one| one.actor.as_str()).collect();
    assert_eq!(candidates, ["dana@example.com", "lee@example.com"]);
}

#[test]
fn a_session_named_by_the_audit_log_is_no_other_of_its_role() {
    let (right, wrong) = (session("ops", "oncall", "ASIA0001"), session("ops", "step-1", "ASIA0002"));
    let extra = Extra { arn: Some(session_arn("ops", "oncall")), ..Extra::default() };
    let asked = kubernetes("ops", extra, 20, 40);
    let mut facts = Facts {
        kubernetes_uses: vec![asked.clone()],
        aws_uses: vec![used(wrong.clone(), 20, 40)],
        mints: vec![by_saml(2, "lee@example.com", &wrong)],
        ..Facts::default()
    };
    assert_eq!(said(&of(&facts, &asked.identity)), "unresolved role ops/oncall");
    facts.mints.push(by_saml(1, "dana@example.com", &right));
    assert_eq!(said(&of(&facts, &asked.identity)), "likely person dana@example.com");
}

#[test]
fn a_token_leads_to_its_pod_or_to_the_person_who_asked_for_it() {
    let node = kubernetes("system:node:ip-10-0-11-23", Extra::default(), 0, 60);
    let person = kubernetes("dana", by_iam(&user("dana", "AKIA0001")), 0, 60);
    let bound = |id: &str| Extra { credential_id: Some(id.to_owned()), ..Extra::default() };
    let name = "system:serviceaccount:shop:web";
    let (by_pod, by_person) = (kubernetes(name, bound("JTI=1"), 10, 20), kubernetes(name, bound("JTI=2"), 10, 20));
    let facts = Facts {
        token_requests: vec![
            token(5, &node, ("shop", "web"), "JTI=1", Some("web-0")),
            token(6, &person, ("shop", "web"), "JTI=2", None),
            // The same id elsewhere is another token.
            token(7, &person, ("other", "web"), "JTI=1", None),
        ],
        kubernetes_uses: vec![node, person, by_pod.clone(), by_person.clone()],
        ..Facts::default()
    };
    let found = of(&facts, &by_pod.identity);
    assert_eq!(said(&found), format!("certain service_account {name}"));
    assert_eq!(found.via, Some(format!("{name} > token for pod shop/web-0 (TokenRequest)")));
    assert_eq!(said(&of(&facts, &by_person.identity)), "certain iam_user dana");
}

#[test]
fn whoever_went_into_the_pod_had_an_opportunity_and_is_not_the_actor() {
    let person = kubernetes("dana", by_iam(&user("dana", "AKIA0001")), 0, 600);
    let node = kubernetes("system:node:ip-10-0-11-23", Extra::default(), 0, 600);
    let replicas = kubernetes("system:serviceaccount:kube-system:replicaset-controller", Extra::default(), 0, 600);
    let deployments = kubernetes("system:serviceaccount:kube-system:deployment-controller", Extra::default(), 0, 600);
    let irsa = session("web-irsa", "botocore-session-1", "ASIA0009");
    let facts = Facts {
        aws_uses: vec![used(irsa.clone(), 120, 150)],
        mints: vec![by_token(110, ISSUER, "system:serviceaccount:shop:web", &irsa)],
        cluster_issuers: vec![ClusterIssuer { issuer: format!("https://{ISSUER}"), cluster: "demo".to_owned() }],
        token_requests: vec![token(100, &node, ("shop", "web"), "JTI=1", Some("web-0"))],
        pod_entries: vec![
            exec(105, &person, ("shop", "web-0")),
            exec(106, &person, ("shop", "another-0")),
            exec(500, &person, ("shop", "web-0")),
            exec(107, &person, ("other", "web-0")),
        ],
        pod_creations: vec![
            made(50, &person, "Deployment", ("shop", "web"), None),
            made(51, &deployments, "ReplicaSet", ("shop", "web-5f8b"), Some(("Deployment", "web"))),
            made(52, &replicas, "Pod", ("shop", "web-0"), Some(("ReplicaSet", "web-5f8b"))),
        ],
        kubernetes_uses: vec![person, node, replicas, deployments],
        ..Facts::default()
    };
    let found = of_key(&facts, "ASIA0009");
    assert_eq!(said(&found), "certain service_account system:serviceaccount:shop:web");
    let related: Vec<_> = found.related.iter().map(|one| format!("{} {} {}", one.from, one.step, one.to)).collect();
    let expected =
        ["dana exec pod shop/another-0", "dana exec pod shop/web-0", "dana create deployment deployment shop/web"];
    assert_eq!(related, expected);
    assert!(found.related[0].note.as_deref().unwrap().starts_with("the pod's service account is not in the logs"));
    assert!(found.related.iter().all(|step| step.confidence == "possible"));
}

#[test]
fn nodes_are_named_by_instance_where_the_logs_join_the_two() {
    let kubelet = session("node", "i-0abc1234def567890", "ASIA0001");
    let extra = Extra { session_name: Some("i-0abc1234def567890".to_owned()), ..by_iam(&kubelet) };
    let asked = kubernetes("system:node:ip-10-0-11-23", extra, 10, 20);
    let mut own = used(kubelet, 1, 30);
    own.delivered_by_ec2 = true;
    let facts = Facts { aws_uses: vec![own], kubernetes_uses: vec![asked.clone()], ..Facts::default() };
    let expected = "certain node i-0abc1234def567890 (ip-10-0-11-23)";
    assert_eq!(said(&of(&facts, &asked.identity)), expected);
    assert_eq!(said(&of_key(&facts, "ASIA0001")), expected);
}

#[test]
fn users_without_iam_are_what_their_reserved_names_say() {
    let names = [
        ("system:anonymous", "certain anonymous system:anonymous"),
        ("system:kube-scheduler", "certain kubernetes_component system:kube-scheduler"),
        ("system:serviceaccount:shop:web", "certain service_account system:serviceaccount:shop:web"),
        ("dana", "unresolved unknown dana"),
    ];
    for (name, expected) in names {
        let facts = Facts { kubernetes_uses: vec![kubernetes(name, Extra::default(), 1, 2)], ..Facts::default() };
        assert_eq!(said(&of(&facts, &kubernetes_key(name, &Extra::default()))), expected);
    }
}

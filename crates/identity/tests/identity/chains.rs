//! Chains of AWS sessions.

use eksamine_identity::{AwsCredential, Facts, Mint, NodeInstance, PodTags, Subject};

use crate::scene::{by_saml, by_token, mint, minute, of, of_key, said, service, session, used, user};

const SSO: &str = "AWSReservedSSO_Admin_0123456789abcdef";
const GITHUB: &str = "token.actions.githubusercontent.com";

#[test]
fn a_chain_of_roles_leads_to_the_person_at_its_beginning() {
    let (first, second) = (session(SSO, "dana", "ASIA0001"), session("ci-deploy", "hotfix", "ASIA0002"));
    let third = session("breakglass", "x", "ASIA0003");
    let facts = Facts {
        aws_uses: vec![used(third.clone(), 20, 30), used(first.clone(), 1, 50)],
        mints: vec![
            mint(15, "AssumeRole", second.clone(), &third),
            by_saml(0, "dana@example.com", &first),
            mint(10, "AssumeRole", first, &second),
        ],
        ..Facts::default()
    };
    let found = of_key(&facts, "ASIA0003");
    assert_eq!(said(&found), "certain person dana@example.com");
    let via =
        format!("dana@example.com > {SSO}/dana (SAML) > ci-deploy/hotfix (AssumeRole) > breakglass/x (AssumeRole)");
    assert_eq!(found.via.as_deref(), Some(via.as_str()));
    let events: Vec<_> = found.chain.iter().map(|step| step.event_id.as_deref().unwrap()).collect();
    assert_eq!(events, ["event-0", "event-10", "event-15"]);
    assert_eq!(found.chain[2].from_identity.as_deref(), Some("aws:key:ASIA0002"));
}

#[test]
fn two_mints_of_one_key_are_both_shown_and_neither_is_believed() {
    let stolen = session("ci-deploy", "run-7", "ASIA0009");
    let facts = Facts {
        aws_uses: vec![used(stolen.clone(), 20, 30)],
        mints: vec![
            by_token(10, GITHUB, "repo:example-org/shop:ref:refs/heads/main", &stolen),
            mint(10, "AssumeRole", user("mallory", "AKIA0001"), &stolen),
        ],
        ..Facts::default()
    };
    let found = of_key(&facts, "ASIA0009");
    assert_eq!(said(&found), "ambiguous role ci-deploy/run-7");
    let candidates: Vec<_> = found.candidates.iter().map(|one| one.actor.as_str()).collect();
    assert_eq!(candidates, ["mallory", "repo:example-org/shop:ref:refs/heads/main"]);
    assert!(found.chain.is_empty());
}

#[test]
fn two_records_of_one_mint_by_the_same_are_no_contradiction() {
    let given = session("ci-deploy", "run-7", "ASIA0009");
    let alice = || user("alice", "AKIA0001");
    let facts = Facts {
        aws_uses: vec![used(given.clone(), 20, 30)],
        mints: vec![mint(10, "AssumeRole", alice(), &given), mint(11, "AssumeRole", alice(), &given)],
        ..Facts::default()
    };
    assert_eq!(said(&of_key(&facts, "ASIA0009")), "certain iam_user alice");
}

#[test]
fn a_key_used_before_it_was_made_or_long_after_its_end_is_doubted() {
    let given = session("ci-deploy", "run-7", "ASIA0009");
    let of_use = |from, to| {
        let facts = Facts {
            aws_uses: vec![used(given.clone(), from, to)],
            mints: vec![mint(100, "AssumeRole", user("alice", "AKIA0001"), &given)],
            ..Facts::default()
        };
        of_key(&facts, "ASIA0009")
    };
    assert_eq!(said(&of_use(99, 159)), "certain iam_user alice", "clocks differ by seconds");
    let late = of_use(120, 200);
    assert_eq!(said(&late), "likely iam_user alice");
    assert!(late.chain[0].note.as_deref().unwrap().contains("after it expired"), "{late:?}");
    for (from, to, why) in [(10, 20, "before it was made"), (600, 700, "after it expired")] {
        let found = of_use(from, to);
        assert_eq!(said(&found), "ambiguous role ci-deploy/run-7");
        assert_eq!(found.candidates[0].actor, "alice");
        assert!(found.candidates[0].evidence.contains(why), "{found:?}");
    }
}

#[test]
fn a_key_used_under_two_names_is_nobodys() {
    let facts = Facts {
        aws_uses: vec![used(session("a", "x", "ASIA0009"), 20, 30), used(session("b", "y", "ASIA0009"), 20, 30)],
        mints: vec![mint(10, "AssumeRole", user("alice", "AKIA0001"), &session("a", "x", "ASIA0009"))],
        ..Facts::default()
    };
    let found = of_key(&facts, "ASIA0009");
    assert_eq!(said(&found), "ambiguous unknown ASIA0009");
    let candidates: Vec<_> = found.candidates.iter().map(|one| one.actor.as_str()).collect();
    assert_eq!(candidates, ["a/x", "alice", "b/y"]);
}

#[test]
fn the_console_is_found_by_name_and_moment_of_its_session() {
    let signed_in = session("admin", "dana", "ASIA0001");
    let console = AwsCredential { session_created: Some(minute(5)), ..session("admin", "dana", "ASIA0002") };
    let later = AwsCredential { session_created: Some(minute(50)), ..session("admin", "dana", "ASIA0003") };
    let facts = Facts {
        aws_uses: vec![used(console, 6, 20), used(later, 51, 55)],
        mints: vec![by_saml(5, "dana@example.com", &signed_in)],
        ..Facts::default()
    };
    assert_eq!(said(&of_key(&facts, "ASIA0002")), "likely person dana@example.com");
    assert_eq!(said(&of_key(&facts, "ASIA0003")), "unresolved role admin/dana");
}

#[test]
fn sessions_of_services_and_instances_are_told_from_look_alikes() {
    let linked = AwsCredential {
        issuer_arn: Some(
            "arn:aws:iam::111122223333:role/aws-service-role/eks.amazonaws.com/AWSServiceRoleForAmazonEKS".to_owned(),
        ),
        ..session("AWSServiceRoleForAmazonEKS", "EKS", "ASIA0001")
    };
    let instance = session("node", "i-0abc1234def567890", "ASIA0002");
    let delivered = session("node", "i-0abc1234def567891", "ASIA0003");
    let taken = session("node", "i-0abc1234def567892", "ASIA0004");
    let alike = session("AWSServiceRoleForAmazonEKS", "EKS", "ASIA0005");
    let mut uses = vec![used(linked, 1, 2), used(instance, 1, 2), used(alike, 1, 2), used(taken.clone(), 1, 2)];
    let joined = session("node", "i-0abc1234def567893", "ASIA0006");
    uses.push(used(joined, 1, 2));
    uses.push(eksamine_identity::AwsUse { delivered_by_ec2: true, ..used(delivered, 1, 2) });
    let facts = Facts {
        aws_uses: uses,
        mints: vec![mint(0, "AssumeRole", user("mallory", "AKIA0001"), &taken)],
        node_instances: vec![NodeInstance {
            instance_id: "i-0abc1234def567893".to_owned(),
            node_name: "ip-10-0-11-23".to_owned(),
            cluster: Some("demo".to_owned()),
        }],
        ..Facts::default()
    };
    assert_eq!(said(&of_key(&facts, "ASIA0006")), "likely node i-0abc1234def567893 (ip-10-0-11-23)");
    assert_eq!(said(&of_key(&facts, "ASIA0001")), "certain aws_service eks.amazonaws.com");
    assert_eq!(said(&of_key(&facts, "ASIA0002")), "likely instance i-0abc1234def567890");
    assert_eq!(said(&of_key(&facts, "ASIA0003")), "certain instance i-0abc1234def567891");
    assert_eq!(said(&of_key(&facts, "ASIA0004")), "certain iam_user mallory");
    assert_eq!(said(&of_key(&facts, "ASIA0005")), "unresolved role AWSServiceRoleForAmazonEKS/EKS");
}

#[test]
fn credentials_that_services_hand_out_lead_to_what_runs_in_them_and_to_whoever_showed_proof() {
    let function = session("reports", "nightly-report", "ASIA0001");
    let task = session("reports", "0f1e2d3c4b5a69788796a5b4c3d2e1f0", "ASIA0002");
    let alike = session("reports", "nightly-report", "ASIA0003");
    let scheduled = session("reports", "schedule", "ASIA0004");
    let host = session("legacy", "5a0f", "ASIA0005");
    let guest = session("guests", "CognitoIdentityCredentials", "ASIA0006");
    let certificate = Subject::Certificate { name: "CN=build-7.example.com".to_owned() };
    let cognito = Subject::Cognito { identity_id: "eu-west-1:0f1e".to_owned() };
    let nobody = || AwsCredential { identity: "aws:type:Unknown".to_owned(), ..AwsCredential::default() };
    let facts = Facts {
        aws_uses: [&function, &task, &alike, &scheduled, &host, &guest].map(|one| used(one.clone(), 1, 2)).into(),
        mints: vec![
            mint(0, "AssumeRole", service("lambda.amazonaws.com"), &function),
            mint(0, "AssumeRole", service("ecs-tasks.amazonaws.com"), &task),
            mint(0, "AssumeRole", user("mallory", "AKIA0001"), &alike),
            mint(0, "AssumeRole", service("scheduler.amazonaws.com"), &scheduled),
            Mint { subject: Some(certificate), ..mint(0, "CreateSession", nobody(), &host) },
            Mint { subject: Some(cognito), ..mint(0, "GetCredentialsForIdentity", nobody(), &guest) },
        ],
        ..Facts::default()
    };
    assert_eq!(said(&of_key(&facts, "ASIA0001")), "certain function function nightly-report");
    assert_eq!(said(&of_key(&facts, "ASIA0002")), "certain task task 0f1e2d3c4b5a69788796a5b4c3d2e1f0");
    assert_eq!(said(&of_key(&facts, "ASIA0003")), "certain iam_user mallory");
    assert_eq!(said(&of_key(&facts, "ASIA0004")), "certain aws_service scheduler.amazonaws.com");
    assert_eq!(said(&of_key(&facts, "ASIA0005")), "certain certificate CN=build-7.example.com");
    assert_eq!(said(&of_key(&facts, "ASIA0006")), "certain cognito_identity eu-west-1:0f1e");
    let via = "CN=build-7.example.com > legacy/5a0f (Roles Anywhere)";
    assert_eq!(of_key(&facts, "ASIA0005").via.as_deref(), Some(via));
}

#[test]
fn a_call_across_accounts_is_known_by_the_record_of_the_callers_account() {
    let given = session("audit", "x", "ASIA0009");
    let stranger = AwsCredential {
        identity: "aws:principal:AIDAEXAMPLE".to_owned(),
        user_type: Some("AWSAccount".to_owned()),
        principal_id: Some("AIDAEXAMPLE".to_owned()),
        ..AwsCredential::default()
    };
    let shared = |caller| Mint { shared_event_id: Some("shared".to_owned()), ..mint(10, "AssumeRole", caller, &given) };
    let facts = Facts {
        aws_uses: vec![used(given.clone(), 20, 30)],
        mints: vec![shared(stranger), shared(user("alice", "AKIA0001"))],
        ..Facts::default()
    };
    let found = of_key(&facts, "ASIA0009");
    assert_eq!(said(&found), "certain iam_user alice");
    assert_eq!(found.chain.len(), 1);
}

#[test]
fn pod_identity_leads_to_the_service_account() {
    let given = session("storefront", "eks-demo-storefront-1", "ASIA0009");
    let pod = PodTags {
        cluster: "demo".to_owned(),
        namespace: "shop".to_owned(),
        service_account: "storefront".to_owned(),
        pod_name: Some("storefront-0".to_owned()),
        pod_uid: None,
    };
    let exchange = Mint {
        access_key_id: None,
        pod: Some(pod),
        ..mint(10, "AssumeRoleForPodIdentity", session("node", "i-0abc1234def567890", "ASIA0001"), &given)
    };
    let facts = Facts {
        aws_uses: vec![used(given.clone(), 20, 30)],
        mints: vec![exchange, mint(10, "AssumeRole", service("pods.eks.amazonaws.com"), &given)],
        ..Facts::default()
    };
    let found = of_key(&facts, "ASIA0009");
    assert_eq!(said(&found), "certain service_account system:serviceaccount:shop:storefront");
    assert_eq!(found.chain[0].cluster.as_deref(), Some("demo"));
}

#[test]
fn a_circle_of_mints_ends() {
    let (one, two) = (session("a", "x", "ASIA0001"), session("b", "y", "ASIA0002"));
    let facts = Facts {
        aws_uses: vec![used(one.clone(), 20, 30), used(two.clone(), 20, 30)],
        mints: vec![mint(10, "AssumeRole", one.clone(), &two), mint(10, "AssumeRole", two, &one)],
        ..Facts::default()
    };
    assert_eq!(said(&of_key(&facts, "ASIA0001")), "unresolved role a/x");
}

#[test]
fn a_chain_longer_than_anybody_makes_is_cut_and_says_so() {
    let sessions: Vec<_> = (0..40).map(|at| session("r", &format!("s{at}"), &format!("ASIA{at:04}"))).collect();
    let mut mints = vec![by_saml(0, "dana@example.com", &sessions[0])];
    mints.extend(sessions.windows(2).map(|pair| mint(1, "AssumeRole", pair[0].clone(), &pair[1])));
    let facts = Facts { aws_uses: vec![used(sessions[39].clone(), 2, 3)], mints, ..Facts::default() };
    let found = of_key(&facts, "ASIA0039");
    assert_eq!(found.confidence.name(), "unresolved");
    assert!(found.chain.len() <= 33, "{}", found.chain.len());
    assert!(found.chain[0].note.as_deref().unwrap().contains("longer than"));
}

#[test]
fn what_tells_of_itself_needs_no_chain() {
    let root = AwsCredential {
        identity: "aws:root:111122223333".to_owned(),
        user_type: Some("Root".to_owned()),
        account_id: Some("111122223333".to_owned()),
        ..AwsCredential::default()
    };
    let facts =
        Facts { aws_uses: vec![used(root, 1, 2), used(service("eks.amazonaws.com"), 1, 2)], ..Facts::default() };
    assert_eq!(said(&of(&facts, "aws:root:111122223333")), "certain root root of 111122223333");
    let found = of(&facts, "aws:service:eks.amazonaws.com");
    assert_eq!(said(&found), "certain aws_service eks.amazonaws.com");
    assert_eq!(found.via, None);
}

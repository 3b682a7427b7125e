//! What holds for any facts.

use std::collections::BTreeSet;

use eksamine_identity::{AwsCredential, Confidence, Extra, Facts, KubernetesUse, PodTags, resolve};
use proptest::prelude::*;

use crate::scene::{
    by_iam, by_saml, by_token, exec, kubernetes, login, made, mint, minute, service, session, token, used, user,
};

/// A few credentials, so that they meet each other often and in every wrong way.
fn credential() -> impl Strategy<Value = AwsCredential> {
    let name = prop::sample::select(vec!["x", "y", "i-0abc1234def567890", "dana@example.com"]);
    let role = prop::sample::select(vec!["a", "b", "AWSReservedSSO_Admin_0123456789abcdef"]);
    (0..6_u8, role, name, 0..4_u8, prop::option::of(0..90_i64)).prop_map(
        |(key, role, name, form, created)| match form {
            0 => user(name, &format!("ASIA000{key}")),
            1 => service("ec2.amazonaws.com"),
            2 => AwsCredential {
                access_key_id: None,
                identity: format!("aws:session:{role}/{name}"),
                ..session(role, name, "")
            },
            _ => {
                AwsCredential { session_created: created.map(minute), ..session(role, name, &format!("ASIA000{key}")) }
            }
        },
    )
}

fn cluster_user() -> impl Strategy<Value = KubernetesUse> {
    let name = prop::sample::select(vec![
        "ops",
        "system:node:n",
        "system:serviceaccount:shop:web",
        "system:serviceaccount:kube-system:replicaset-controller",
        "",
    ]);
    (name, 0..4_u8, credential(), 0..90_i64, 0..90_i64).prop_map(|(name, form, by, from, length)| {
        let extra = match form {
            0 => by_iam(&by),
            1 => Extra { arn: by.arn, ..Extra::default() },
            2 => Extra {
                credential_id: Some("JTI=1".to_owned()),
                pod_name: Some("web-0".to_owned()),
                ..Extra::default()
            },
            _ => Extra::default(),
        };
        let mut found = kubernetes(if name.is_empty() { "nobody" } else { name }, extra, from, from + length);
        if form == 3 && length > 80 {
            found.span.first = None;
        }
        found
    })
}

prop_compose! {
    fn facts()(
        uses in prop::collection::vec((credential(), 0..90_i64, 0..90_i64), 0..6),
        mints in prop::collection::vec((0..90_i64, 0..4_u8, credential(), credential()), 0..8),
        users in prop::collection::vec(cluster_user(), 0..6),
        logins in prop::collection::vec((0..90_i64, credential()), 0..4),
        tokens in prop::collection::vec((0..90_i64, prop::sample::select(vec!["JTI=1", "JTI=2"])), 0..4),
        entries in prop::collection::vec(0..90_i64, 0..3),
    ) -> Facts {
        let askers = users.clone();
        let asker = |at: i64| askers.get(at.unsigned_abs() as usize % askers.len().max(1)).cloned();
        let of_pod = PodTags {
            cluster: "demo".to_owned(), namespace: "shop".to_owned(), service_account: "web".to_owned(),
            pod_name: Some("web-0".to_owned()), pod_uid: None,
        };
        Facts {
            aws_uses: uses.into_iter().map(|(one, from, length)| used(one, from, from + length)).collect(),
            mints: mints.into_iter().map(|(at, form, by, given)| match form {
                0 => by_saml(at, "dana@example.com", &given),
                1 => by_token(at, "oidc.eks.example", "system:serviceaccount:shop:web", &given),
                2 => eksamine_identity::Mint { pod: Some(of_pod.clone()), ..mint(at, "AssumeRole", by, &given) },
                _ => mint(at, "AssumeRole", by, &given),
            }).collect(),
            login_lines: logins.into_iter().map(|(at, by)| login(at, "ops", &by, "arn:aws:iam::111122223333:role/a")).collect(),
            token_requests: tokens.into_iter()
                .filter_map(|(at, id)| Some(token(at, &asker(at)?, ("shop", "web"), id, Some("web-0")))).collect(),
            pod_entries: entries.iter().filter_map(|at| Some(exec(*at, &asker(*at)?, ("shop", "web-0")))).collect(),
            pod_creations: entries.iter()
                .filter_map(|at| Some(made(*at, &asker(*at)?, "Pod", ("shop", "web-0"), Some(("Pod", "web-0"))))).collect(),
            kubernetes_uses: users,
            ..Facts::default()
        }
    }
}

/// The same facts, told the other way round and twice.
fn backwards(facts: &Facts) -> Facts {
    fn turned<T: Clone>(list: &[T]) -> Vec<T> {
        list.iter().rev().cloned().collect()
    }
    fn twice<T: Clone>(list: &[T]) -> Vec<T> {
        turned(list).into_iter().chain(list.iter().cloned()).collect()
    }
    Facts {
        // Uses are counted, so these are told once.
        aws_uses: turned(&facts.aws_uses),
        kubernetes_uses: turned(&facts.kubernetes_uses),
        mints: twice(&facts.mints),
        login_lines: twice(&facts.login_lines),
        token_requests: twice(&facts.token_requests),
        pods_of_service_accounts: twice(&facts.pods_of_service_accounts),
        pod_creations: twice(&facts.pod_creations),
        pod_entries: twice(&facts.pod_entries),
        node_instances: twice(&facts.node_instances),
        cluster_issuers: twice(&facts.cluster_issuers),
        access: twice(&facts.access),
        pod_associations: twice(&facts.pod_associations),
        role_annotations: twice(&facts.role_annotations),
    }
}

proptest! {
    #[test]
    fn the_order_of_facts_means_nothing(facts in facts()) {
        prop_assert_eq!(resolve(facts.clone()), resolve(backwards(&facts)));
    }

    #[test]
    fn what_is_said_holds_together(facts in facts()) {
        let identities = resolve(facts.clone());
        let keys: BTreeSet<&String> = identities.iter().map(|one| &one.identity).collect();
        prop_assert_eq!(keys.len(), identities.len());
        for used in facts.aws_uses.iter().map(|one| &one.credential.identity)
            .chain(facts.kubernetes_uses.iter().map(|one| &one.identity))
        {
            prop_assert!(keys.contains(used), "{}", used);
        }
        for one in &identities {
            prop_assert!(!one.actor.is_empty());
            prop_assert_eq!(one.via.is_none(), one.chain.is_empty());
            prop_assert_eq!(one.confidence == Confidence::Ambiguous, !one.candidates.is_empty(), "{:?}", one);
            if one.confidence == Confidence::Certain {
                prop_assert!(one.chain.iter().all(|step| step.confidence == "certain"), "{:?}", one);
            }
        }
    }
}

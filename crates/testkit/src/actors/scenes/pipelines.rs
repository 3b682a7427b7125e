//! Pipelines: GitHub and GitLab trade their tokens for a role, deploy to a cluster, and go on to further roles.

use super::people::work;
use crate::actors::kubernetes::{Extras, Lines, login, request};
use crate::actors::ledger::Delivery::{Kept, Lost};
use crate::actors::mints::{self, Chain, GITLAB, Subject};
use crate::actors::stage::Stage;
use crate::actors::time::{MINUTE_MICROS, SECOND_MICROS};
use crate::actors::truth::{Concern, Demand, Kind, Why};
use crate::actors::world::{REGION, hex, suffix};
use crate::story::json::json;

pub(crate) fn play(stage: &mut Stage) {
    for index in 0..stage.clusters.len() {
        let cluster = stage.clusters[index].clone();
        let at = stage.some_time();
        let run = 7_000 + stage.random().below(1_000);
        let session = stage.roles(cluster.account).deploy.session(&format!("run-{run}"));
        let delivery = if stage.random().percent(10) { Lost } else { Kept };
        let (github, gitlab) =
            ("repo:example-org/shop:ref:refs/heads/main", "project_path:example-group/shop:ref_type:branch:ref:main");
        let pipeline = if stage.random().percent(60) {
            mints::github(&mut stage.ledger, at, github, &session, delivery)
        } else {
            let subject = Subject { issuer: GITLAB, name: gitlab, kind: Kind::Pipeline };
            mints::web_identity(&mut stage.ledger, at, &subject, &session, &[], delivery)
        };
        work(stage, at, &pipeline);
        let shows = (Extras::Full, Lines::WithKey);
        let user = login(&mut stage.ledger, at + MINUTE_MICROS, &pipeline, (&cluster, "shop:deployer"), shows);
        for number in 0..3 {
            let name = format!("payments-api-{}", suffix(stage.random(), 4));
            let deploy =
                request(at + MINUTE_MICROS + number * SECOND_MICROS, "patch", "deployments", "payments", &name)
                    .of_group("apps")
                    .bodies(json!({"spec": {"replicas": 2}}), json!({"kind": "Deployment", "spec": {"replicas": 2}}));
            stage.ledger.request(&cluster, &user, &deploy);
        }
        if stage.random().percent(50) {
            let next = stage.roles(cluster.account).operate.session(&format!("run-{run}"));
            let further = mints::assume(&mut stage.ledger, at + 5 * MINUTE_MICROS, &pipeline, &next, &Chain::default());
            work(stage, at + 6 * MINUTE_MICROS, &further);
        }
    }
    stranger(stage);
}

/// A token of a provider that is no cluster of ours, with the subject of a service account of ours.
fn stranger(stage: &mut Stage) {
    let at = stage.some_time();
    let account = stage.clusters[0].account;
    let session = stage.roles(account).payments.session("botocore-session-1");
    let unknown_cluster = format!("oidc.eks.{REGION}.amazonaws.com/id/{}", hex(stage.random(), 32).to_uppercase());
    let is_eks = stage.random().percent(50);
    let subject = Subject {
        issuer: if is_eks { &unknown_cluster } else { "oidc.example.net/other" },
        name: "system:serviceaccount:payments:payments-api",
        kind: Kind::ServiceAccount,
    };
    // It takes a role that service accounts of these clusters take; whether that concerns them is a matter of taste.
    let clusters = stage.clusters.iter().filter(|cluster| cluster.account == account);
    let concerns: Vec<Concern> =
        clusters.map(|cluster| Concern { cluster: cluster.name, why: Why::Role, demand: Demand::May }).collect();
    let holder = mints::web_identity(&mut stage.ledger, at, &subject, &session, &concerns, Kept);
    work(stage, at, &holder);
}

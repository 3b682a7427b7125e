//! People at the API servers: with all the audit log can say of a login, with half of it, and with nothing but the
//! authenticator's lines, which can be shared, lost, or about somebody else.

use super::people::{PEOPLE, person, work};
use crate::actors::holder::Holder;
use crate::actors::kubernetes::{Extras, KubernetesUser, Lines, anonymous, component, login, request};
use crate::actors::ledger::Delivery::Kept;
use crate::actors::mints::{self, Chain};
use crate::actors::stage::Stage;
use crate::actors::time::{MINUTE_MICROS, SECOND_MICROS};
use crate::actors::truth::{Join, Proof};
use crate::actors::world::{Cluster, PLATFORM, suffix};

pub(crate) fn play(stage: &mut Stage) {
    for (cluster, leader) in stage.clusters.clone().into_iter().zip(PEOPLE) {
        let lines = if cluster.is_old { Lines::WithoutKey } else { Lines::WithKey };
        with_extras(stage, &cluster, lines);
        on_call(stage, &cluster);
        // The same name in every cluster, but not the same person.
        by_lines(stage, &cluster, (leader, "ops:lead"), lines);
        shared(stage, &cluster, lines);
        misled(stage, &cluster, lines);
        by_lines(stage, &cluster, ("hana@example.com", "ops:unseen"), Lines::Lost);
        components(stage, &cluster);
        false_flags(stage, &cluster, lines);
    }
}

fn ask(stage: &mut Stage, at: i64, cluster: &Cluster, user: &KubernetesUser) {
    for number in 0..=stage.random().below(3) {
        let at = at + (1 + number as i64) * 7 * SECOND_MICROS;
        let read = match stage.random().below(3) {
            0 => request(at, "list", "secrets", "payments", ""),
            1 => request(at, "get", "pods", "orders", &format!("orders-api-{}", suffix(stage.random(), 5))),
            _ => request(at, "delete", "clusterrolebindings", "", "old-binding")
                .of_group("rbac.authorization.k8s.io")
                .denied(),
        };
        stage.ledger.request(cluster, user, &read);
    }
}

fn signed_in(stage: &mut Stage, at: i64, cluster: &Cluster, name: &str) -> Holder {
    let role = stage.roles(cluster.account).admin.clone();
    mints::saml(&mut stage.ledger, at, name, &role, Kept)
}

/// Everything is in the extras: people, a chain of roles, users with a key of their own. Also under a false flag.
fn with_extras(stage: &mut Stage, cluster: &Cluster, lines: Lines) {
    let shows = (Extras::Full, lines);
    let (at, name) = (stage.some_time(), person(stage));
    let holder = signed_in(stage, at, cluster, name);
    work(stage, at, &holder);
    let user = login(&mut stage.ledger, at + MINUTE_MICROS, &holder, (cluster, "platform:admin"), shows);
    ask(stage, at + MINUTE_MICROS, cluster, &user);
    let claimed = *stage.random().pick(&["system:serviceaccount:payments:payments-api", "eli@example.com", "admin"]);
    let other = request(at + 2 * MINUTE_MICROS, "delete", "pods", "payments", "payments-api-0").impersonating(claimed);
    stage.ledger.request(cluster, &user, &other);

    let (at, name) = (stage.some_time(), person(stage));
    let holder = signed_in(stage, at, cluster, name);
    let session = stage.roles(cluster.account).break_glass.session("incident");
    let chained = mints::assume(&mut stage.ledger, at + MINUTE_MICROS, &holder, &session, &Chain::default());
    let user = login(&mut stage.ledger, at + 2 * MINUTE_MICROS, &chained, (cluster, "break-glass"), shows);
    ask(stage, at + 2 * MINUTE_MICROS, cluster, &user);

    let at = stage.some_time();
    let name = if cluster.account == PLATFORM { "alice" } else { "bob" };
    let user_of_iam = stage.user(name);
    let user = login(&mut stage.ledger, at, &user_of_iam, (cluster, name), shows);
    ask(stage, at, cluster, &user);

    let (at, name) = (stage.some_time(), person(stage));
    let holder = signed_in(stage, at, cluster, name);
    let half = (Extras::WithoutKey, lines);
    let arn = holder.session.as_ref().map(crate::actors::world::Session::arn).unwrap_or_default();
    let user = login(&mut stage.ledger, at + MINUTE_MICROS, &holder, (cluster, &arn), half);
    ask(stage, at + MINUTE_MICROS, cluster, &user);
}

/// Two people take the same session name of one role; the extras do not have the key.
fn on_call(stage: &mut Stage, cluster: &Cluster) {
    let both = [PEOPLE[1], PEOPLE[2]];
    for name in both {
        let at = stage.some_time();
        let holder = signed_in(stage, at, cluster, name);
        let session = stage.roles(cluster.account).operate.session("on-call");
        let taken = mints::assume(&mut stage.ledger, at + MINUTE_MICROS, &holder, &session, &Chain::default());
        let shows = (Extras::WithoutKey, Lines::Lost);
        let user = login(&mut stage.ledger, at + 2 * MINUTE_MICROS, &taken, (cluster, "on-call"), shows);
        let several = Proof::Several(both.map(str::to_owned).to_vec());
        ask(stage, at + 2 * MINUTE_MICROS, cluster, &user.proved(Join::LoginSession, several));
    }
}

/// No extras: the lines know, or nobody does.
fn by_lines(stage: &mut Stage, cluster: &Cluster, (name, username): (&str, &str), lines: Lines) {
    let at = stage.some_time();
    let holder = signed_in(stage, at, cluster, name);
    let user = login(&mut stage.ledger, at + MINUTE_MICROS, &holder, (cluster, username), (Extras::None, lines));
    let user = if lines == Lines::Lost { user.proved(Join::LoginLines, Proof::Absent) } else { user };
    ask(stage, at + MINUTE_MICROS, cluster, &user);
}

/// Two people have the same Kubernetes name.
fn shared(stage: &mut Stage, cluster: &Cluster, lines: Lines) {
    let both = [PEOPLE[3], PEOPLE[4]];
    for name in both {
        let at = stage.some_time();
        let holder = signed_in(stage, at, cluster, name);
        let shows = (Extras::None, lines);
        let user = login(&mut stage.ledger, at + MINUTE_MICROS, &holder, (cluster, "ops:shared"), shows);
        let several = Proof::Several(both.map(str::to_owned).to_vec());
        ask(stage, at + MINUTE_MICROS, cluster, &user.proved(Join::LoginLines, several));
    }
}

/// The lines of the one who acts are lost; those of somebody with the same name are not.
fn misled(stage: &mut Stage, cluster: &Cluster, lines: Lines) {
    let at = stage.some_time();
    let other = signed_in(stage, at, cluster, PEOPLE[4]);
    login(&mut stage.ledger, at + MINUTE_MICROS, &other, (cluster, "ops:night"), (Extras::None, lines));
    let at = stage.some_time();
    let holder = signed_in(stage, at, cluster, PEOPLE[5]);
    let user =
        login(&mut stage.ledger, at + MINUTE_MICROS, &holder, (cluster, "ops:night"), (Extras::None, Lines::Lost));
    ask(stage, at + MINUTE_MICROS, cluster, &user.proved(Join::LoginLines, Proof::Misleading));
}

/// People whom a mapping gives the names of others: a node's, a service account's, a component's. And one who takes
/// the role of the nodes with a session named like an instance, with the call in the archive or not.
fn false_flags(stage: &mut Stage, cluster: &Cluster, lines: Lines) {
    let node = cluster.nodes[0].clone();
    let node_user = format!("system:node:{}", node.name);
    let shows = (Extras::Full, lines);
    for username in [&node_user, "system:serviceaccount:payments:payments-api", "system:kube-controller-manager"] {
        let (at, name) = (stage.some_time(), person(stage));
        let holder = signed_in(stage, at, cluster, name);
        let user = login(&mut stage.ledger, at + MINUTE_MICROS, &holder, (cluster, username), shows);
        ask(stage, at + MINUTE_MICROS, cluster, &user.proved(Join::FalseName, Proof::Ids));
    }
    for is_lost in [false, true] {
        let (at, name) = (stage.some_time(), person(stage));
        let holder = signed_in(stage, at, cluster, name);
        let session = cluster.node_role.session(&node.instance);
        let chain = Chain { is_lost, of_cluster: Some(cluster.name), ..Chain::default() };
        let taken = mints::assume(&mut stage.ledger, at + MINUTE_MICROS, &holder, &session, &chain);
        let user = login(&mut stage.ledger, at + 2 * MINUTE_MICROS, &taken, (cluster, &node_user), shows);
        let proof = if is_lost { Proof::Misleading } else { Proof::Ids };
        ask(stage, at + 2 * MINUTE_MICROS, cluster, &user.proved(Join::FalseName, proof));
    }
}

fn components(stage: &mut Stage, cluster: &Cluster) {
    for name in ["system:kube-scheduler", "system:kube-controller-manager", "system:apiserver"] {
        let at = stage.some_time();
        ask(stage, at, cluster, &component(name));
    }
    let at = stage.some_time();
    ask(stage, at, cluster, &anonymous());
}

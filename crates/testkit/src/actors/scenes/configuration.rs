//! Who may log in, and which role pods get, is configured, used, and configured anew: access entries, `aws-auth`, Pod
//! Identity associations, annotations of service accounts. And logins of which only name and time tell.

use super::people::{PEOPLE, work};
use super::workloads::{node_life, pod};
use crate::actors::aws::{Call, call};
use crate::actors::holder::Holder;
use crate::actors::kubernetes::{Extras, KubernetesUser, Lines, login, request};
use crate::actors::ledger::Delivery::Kept;
use crate::actors::mints::{self, Chain, PodIdentityRecords};
use crate::actors::stage::Stage;
use crate::actors::time::{MINUTE_MICROS, SECOND_MICROS};
use crate::actors::truth::{Join, Proof, Why};
use crate::actors::world::{Cluster, Role};
use crate::story::json::json;

/// Kubernetes users are named after their sessions.
const TEMPLATE: &str = "ops:entry-{{SessionName}}";

pub(crate) fn play(stage: &mut Stage) {
    for index in 0..stage.clusters.len() {
        let cluster = stage.clusters[index].clone();
        entries(stage, &cluster);
        associations(stage, &cluster);
        annotations(stage, &cluster);
        default_name(stage, &cluster);
        desk(stage, &cluster, true);
        desk(stage, &cluster, false);
        mapped(stage, &cluster);
    }
}

fn entry(at: i64, verb: &str, cluster: &Cluster, role: &Role, template: &str) -> Call {
    let name = match verb {
        "Create" => "CreateAccessEntry",
        _ => "DeleteAccessEntry",
    };
    let mut made = call(at, "eks", name);
    if verb == "Create" {
        made = made
            .request(json!({
                "name": (cluster.name),
                "principalArn": (role.arn()),
                "username": (template),
                "kubernetesGroups": ["ops"]
            }))
            .response(json!({"accessEntry": {
                "clusterName": (cluster.name),
                "principalArn": (role.arn()),
                "username": (template),
                "kubernetesGroups": ["ops"],
                "type": "STANDARD"
            }}));
    } else {
        // ARNs in paths are encoded.
        let encoded = role.arn().replace(':', "%3A").replace('/', "%2F");
        made = made.request(json!({"name": (cluster.name), "principalArn": (encoded)}));
    }
    made.concerning(cluster, Why::NamedByEks)
}

/// A call about the association of a service account of `orders`; `verb` is `Create` or `Delete`.
pub(crate) fn association(at: i64, verb: &str, cluster: &Cluster, (account, id): (&str, &str), role: &Role) -> Call {
    let made = json!({
        "clusterName": (cluster.name),
        "namespace": "orders",
        "serviceAccount": (account),
        "roleArn": (role.arn()),
        "associationId": (id)
    });
    let (name, asked) = match verb {
        "Create" => ("CreatePodIdentityAssociation", made.clone()),
        _ => ("DeletePodIdentityAssociation", json!({"clusterName": (cluster.name), "associationId": (id)})),
    };
    call(at, "eks", name).request(asked).response(json!({"association": (made)})).concerning(cluster, Why::NamedByEks)
}

fn pipeline(stage: &mut Stage, at: i64, cluster: &Cluster) -> Holder {
    let session = stage.roles(cluster.account).deploy.session("access-apply");
    mints::github(&mut stage.ledger, at, "repo:example-org/access:ref:refs/heads/main", &session, Kept)
}

/// Somebody takes the operators' role under a session name.
fn operator(stage: &mut Stage, at: i64, cluster: &Cluster, person: &str, name: &str) -> Holder {
    let role = stage.roles(cluster.account).admin.clone();
    let holder = mints::saml(&mut stage.ledger, at, person, &role, Kept);
    let session = stage.roles(cluster.account).operate.session(name);
    mints::assume(&mut stage.ledger, at + 10 * SECOND_MICROS, &holder, &session, &Chain::default())
}

fn ask(stage: &mut Stage, at: i64, cluster: &Cluster, user: &KubernetesUser) {
    let read = request(at, "list", "secrets", "orders", "");
    stage.ledger.request(cluster, user, &read);
}

/// An entry is made, used and deleted; a mapping takes its place, and is taken out again.
fn entries(stage: &mut Stage, cluster: &Cluster) {
    let at = stage.some_time();
    let minutes = |count: i64| at + count * MINUTE_MICROS;
    let role = stage.roles(cluster.account).operate.clone();
    let pipeline = pipeline(stage, at, cluster);
    let create = entry(minutes(1), "Create", cluster, &role, TEMPLATE);
    let made = stage.ledger.call(&pipeline, &create, Kept);
    let policy = call(minutes(2), "eks", "AssociateAccessPolicy")
        .request(json!({
            "name": (cluster.name),
            "principalArn": (role.arn()),
            "policyArn": "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy",
            "accessScope": {"type": "cluster"}
        }))
        .concerning(cluster, Why::NamedByEks);
    let policy = stage.ledger.call(&pipeline, &policy, Kept);
    enter(stage, minutes(4), cluster, PEOPLE[0], (&[&made, &policy], &[]));
    stage.ledger.call(&pipeline, &entry(minutes(10), "Delete", cluster, &role, TEMPLATE), Kept);
    let shows = (Extras::Full, Lines::WithKey);
    let deployer = login(&mut stage.ledger, minutes(12), &pipeline, (cluster, "shop:deployer"), shows);
    let mapped = aws_auth(stage, minutes(14), cluster, &deployer, &[(&role, TEMPLATE)]);
    let again = aws_auth(stage, minutes(17), cluster, &deployer, &[(&role, TEMPLATE), (&cluster.role, "other")]);
    enter(stage, minutes(20), cluster, PEOPLE[1], (&[&mapped], &[&made, &policy, &again]));
    aws_auth(stage, minutes(30), cluster, &deployer, &[(&cluster.role, "other")]);
    enter(stage, minutes(40), cluster, PEOPLE[2], (&[], &[&made, &policy, &mapped, &again]));
}

fn enter(
    stage: &mut Stage,
    at: i64,
    cluster: &Cluster,
    person: &str,
    (configured, unconfigured): (&[&String], &[&String]),
) {
    let name = format!("{}-{}", person.replace('@', "-"), stage.day);
    let holder = operator(stage, at, cluster, person, &name);
    let user_name = format!("ops:entry-{name}");
    let shows = (Extras::Full, Lines::WithKey);
    let user = login(&mut stage.ledger, at + MINUTE_MICROS, &holder, (cluster, &user_name), shows);
    ask(stage, at + MINUTE_MICROS + SECOND_MICROS, cluster, &user.let_in_by(configured, unconfigured));
}

/// A version of `aws-auth`; gives the audit id.
fn aws_auth(stage: &mut Stage, at: i64, cluster: &Cluster, by: &KubernetesUser, roles: &[(&Role, &str)]) -> String {
    let mut map = String::new();
    for (role, template) in roles {
        map += &format!("- rolearn: {}\n  username: {template}\n  groups:\n  - ops\n", role.canonical_arn());
    }
    let sent = json!({"data": {"mapRoles": (map.as_str())}});
    let answered = json!({
        "kind": "ConfigMap",
        "metadata": {"name": "aws-auth", "namespace": "kube-system"},
        "data": {"mapRoles": (map.as_str())}
    });
    let patch = request(at, "patch", "configmaps", "kube-system", "aws-auth").bodies(sent, answered);
    stage.ledger.request(cluster, by, &patch)
}

/// One service account has one role and then another.
fn associations(stage: &mut Stage, cluster: &Cluster) {
    let worker = pod(stage, cluster, ("orders", "orders-worker"));
    let at = stage.some_time();
    let minutes = |count: i64| at + count * MINUTE_MICROS;
    let pipeline = pipeline(stage, at, cluster);
    let roles = stage.roles(cluster.account);
    let (first, second) = (roles.orders.clone(), roles.payments.clone());
    let account = ("orders-worker", "a-0worker1");
    let one = stage.ledger.call(&pipeline, &association(minutes(1), "Create", cluster, account, &first), Kept);
    let (agent, _) = node_life(stage, minutes(2), cluster, &worker.node);
    let both = PodIdentityRecords::Both;
    let mut holder = mints::pod_identity(&mut stage.ledger, minutes(3), cluster, &agent, (&worker, &first), both);
    holder.who.configured = vec![one.clone()];
    work(stage, minutes(3) + SECOND_MICROS, &holder);
    stage.ledger.call(&pipeline, &association(minutes(6), "Delete", cluster, account, &first), Kept);
    let account = ("orders-worker", "a-0worker2");
    let other = stage.ledger.call(&pipeline, &association(minutes(8), "Create", cluster, account, &second), Kept);
    let mut holder = mints::pod_identity(&mut stage.ledger, minutes(11), cluster, &agent, (&worker, &second), both);
    (holder.who.configured, holder.who.unconfigured) = (vec![other], vec![one]);
    work(stage, minutes(11) + SECOND_MICROS, &holder);
    stage.ledger.call(&pipeline, &association(minutes(20), "Delete", cluster, account, &second), Kept);
}

/// A version of a service account whose pods ask for a role by IRSA, or no longer for any; gives the audit id.
fn annotated(
    stage: &mut Stage,
    (at, verb): (i64, &'static str),
    cluster: &Cluster,
    by: &KubernetesUser,
    (account, role): (&str, Option<&Role>),
) -> String {
    let mut metadata = json!({"name": (account), "namespace": "orders"});
    if let Some(role) = role {
        metadata = json!({
            "name": (account),
            "namespace": "orders",
            "annotations": {"eks.amazonaws.com/role-arn": (role.arn())}
        });
    }
    let version = json!({"kind": "ServiceAccount", "metadata": (metadata)});
    let wrote = request(at, verb, "serviceaccounts", "orders", account).bodies(version.clone(), version);
    stage.ledger.request(cluster, by, &wrote)
}

/// One service account is annotated with one role and then with another.
fn annotations(stage: &mut Stage, cluster: &Cluster) {
    let account = "orders-mailer";
    pod(stage, cluster, ("orders", account));
    let at = stage.some_time();
    let minutes = |count: i64| at + count * MINUTE_MICROS;
    let name = format!("annotator-{}-{}", cluster.name, stage.day);
    let holder = operator(stage, at, cluster, PEOPLE[1], &name);
    let shows = (Extras::Full, Lines::WithKey);
    let user = login(&mut stage.ledger, minutes(1), &holder, (cluster, &format!("ops:{name}")), shows);
    let roles = stage.roles(cluster.account);
    let (first, second) = (roles.orders.clone(), roles.payments.clone());
    let subject = format!("system:serviceaccount:orders:{account}");
    let one = annotated(stage, (minutes(2), "create"), cluster, &user, (account, Some(&first)));
    let session = first.session(&format!("mailer-{}-{}-1", cluster.name, stage.day));
    let mut taken = mints::irsa(&mut stage.ledger, minutes(4), cluster, &subject, &session);
    taken.who.configured = vec![one.clone()];
    work(stage, minutes(4) + SECOND_MICROS, &taken);
    let other = annotated(stage, (minutes(8), "patch"), cluster, &user, (account, Some(&second)));
    // A version that changes something else is not whose role it is.
    let same = annotated(stage, (minutes(9), "update"), cluster, &user, (account, Some(&second)));
    let session = second.session(&format!("mailer-{}-{}-2", cluster.name, stage.day));
    let mut taken = mints::irsa(&mut stage.ledger, minutes(11), cluster, &subject, &session);
    (taken.who.configured, taken.who.unconfigured) = (vec![other], vec![one, same]);
    work(stage, minutes(11) + SECOND_MICROS, &taken);
    annotated(stage, (minutes(20), "update"), cluster, &user, (account, None));
}

/// The user name is the session's, and that is all there is.
fn default_name(stage: &mut Stage, cluster: &Cluster) {
    let at = stage.some_time();
    let name = format!("{}-alone-{}", cluster.name, stage.day);
    let holder = operator(stage, at, cluster, PEOPLE[3], &name);
    let arn = holder.session.as_ref().map(crate::actors::world::Session::arn).unwrap_or_default();
    let shows = (Extras::None, Lines::Lost);
    let user = login(&mut stage.ledger, at + MINUTE_MICROS, &holder, (cluster, &arn), shows);
    ask(stage, at + MINUTE_MICROS, cluster, &user.proved(Join::LoginName, Proof::Names));
}

/// Lines without a key name the session; a second person takes one of the same name when the last login is over. Where
/// all lines are there they tell that it was the first; where some are missing it can have been either.
fn desk(stage: &mut Stage, cluster: &Cluster, is_whole: bool) {
    let at = stage.some_time();
    let minutes = |count: i64| at + count * MINUTE_MICROS;
    let what = if is_whole { "whole" } else { "gaps" };
    let name = format!("desk-{what}-{}-{}", cluster.name, stage.day);
    let holder = operator(stage, at, cluster, PEOPLE[4], &name);
    let user_name = format!("ops:{name}");
    let (mut user, times) = (None, [1, 15, 29, 43]);
    for minute in times {
        let lines = if is_whole || minute == times[0] { Lines::WithoutKey } else { Lines::Lost };
        let one = login(&mut stage.ledger, minutes(minute), &holder, (cluster, &user_name), (Extras::None, lines));
        user.get_or_insert(one);
    }
    let Some(user) = user else { return };
    let both = vec![PEOPLE[4].to_owned(), PEOPLE[5].to_owned()];
    let proof = if is_whole { Proof::Names } else { Proof::Several(both) };
    let user = user.proved(Join::LoginLines, proof);
    for minute in [2, 16, 47] {
        ask(stage, minutes(minute), cluster, &user);
    }
    operator(stage, minutes(45), cluster, PEOPLE[5], &name);
}

/// The line names only the role, of which two sessions are there; the template of the entry tells which it was.
fn mapped(stage: &mut Stage, cluster: &Cluster) {
    let at = stage.some_time();
    let role = stage.roles(cluster.account).break_glass.clone();
    let pipeline = pipeline(stage, at, cluster);
    let template = format!("glass-{}:{{{{SessionName}}}}", stage.day);
    let made = stage.ledger.call(&pipeline, &entry(at, "Create", cluster, &role, &template), Kept);
    let mut take = |person: &str, name: &str| {
        let admin = stage.roles(cluster.account).admin.clone();
        let holder = mints::saml(&mut stage.ledger, at, person, &admin, Kept);
        let session = role.session(name);
        mints::assume(&mut stage.ledger, at + 30 * SECOND_MICROS, &holder, &session, &Chain::default())
    };
    take(PEOPLE[1], "north");
    let holder = take(PEOPLE[2], "south");
    let user_name = format!("glass-{}:south", stage.day);
    let shows = (Extras::None, Lines::GrantOnly);
    let user = login(&mut stage.ledger, at + 2 * MINUTE_MICROS, &holder, (cluster, &user_name), shows);
    ask(stage, at + 2 * MINUTE_MICROS + SECOND_MICROS, cluster, &user.let_in_by(&[&made], &[]));
    stage.ledger.call(&pipeline, &entry(at + 30 * MINUTE_MICROS, "Delete", cluster, &role, &template), Kept);
}

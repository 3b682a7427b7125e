//! People, users and root in AWS: every way to get a key, chains of roles, and names that lie.

use crate::actors::aws::{Call, call, credentials};
use crate::actors::holder::{Holder, Marks, root, user_session};
use crate::actors::ledger::Delivery::{Kept, Lost};
use crate::actors::mints::{self, Chain, Subject, new_key};
use crate::actors::stage::Stage;
use crate::actors::time::{HOUR_MICROS, MINUTE_MICROS, SECOND_MICROS};
use crate::actors::truth::{Join, Kind, Proof, Who};
use crate::actors::world::{DATA, PLATFORM, Role, hex, id, uuid};
use crate::story::json::json;

pub(crate) const PEOPLE: [&str; 6] = [
    "dana@example.com",
    "eli@example.com",
    "fay@example.com",
    "gil@example.com",
    "hana@example.com",
    "zoë@example.com",
];

pub(crate) fn play(stage: &mut Stage) {
    federated(stage);
    users(stage);
    roots(stage);
    chains(stage);
    source_identities(stage);
    across_accounts(stage);
    false_names(stage);
    keys_twice(stage);
    services(stage);
    from_outside(stage);
}

pub(crate) fn person(stage: &mut Stage) -> &'static str {
    stage.random().pick::<&str>(&PEOPLE)
}

pub(crate) fn account(stage: &mut Stage) -> &'static str {
    stage.random().pick::<&str>(&[PLATFORM, DATA])
}

/// Some calls that concern no cluster. The first may bear a time before the key was made: clocks differ by a second.
pub(crate) fn work(stage: &mut Stage, at: i64, holder: &Holder) {
    let count = 1 + stage.random().below(4);
    for number in 0..count {
        let early = number == 0 && stage.random().percent(20);
        let at = if early { at - SECOND_MICROS } else { at + (3 + 40 * number as i64) * SECOND_MICROS };
        let made = some_call(stage, at);
        stage.ledger.call(holder, &made, Kept);
    }
}

fn some_call(stage: &mut Stage, at: i64) -> Call {
    let number = stage.random().below(1_000);
    match stage.random().below(5) {
        0 => {
            call(at, "s3", "GetObject").request(json!({"bucketName": "example-data", "key": (format!("{number}.csv"))}))
        }
        1 => call(at, "iam", "ListUsers"),
        2 => call(at, "ec2", "DescribeInstances").request(json!({"maxResults": 50})),
        3 => call(at, "sqs", "CreateQueue").request(json!({"queueName": (format!("queue-{number}"))})),
        _ => call(at, "secretsmanager", "GetSecretValue")
            .request(json!({"secretId": (format!("secret-{number}"))}))
            .denied(),
    }
}

/// SAML sessions, their console keys, and sessions whose SAML call is missing.
fn federated(stage: &mut Stage) {
    for name in PEOPLE {
        let at = stage.some_time();
        let account = account(stage);
        let role = stage.roles(account).admin.clone();
        let delivery = if stage.random().percent(15) { Lost } else { Kept };
        let holder = mints::saml(&mut stage.ledger, at, name, &role, delivery);
        work(stage, at, &holder);
        if delivery == Kept && stage.random().percent(40) {
            let console = mints::console_key(&mut stage.ledger, at + 2 * SECOND_MICROS, &holder);
            work(stage, at + MINUTE_MICROS, &console);
        }
        if stage.random().percent(40) {
            // The service calls with what the person gave it; the person stays the one who did it.
            let forwarded = forwarded(&holder, at);
            let sets = call(at + 5 * MINUTE_MICROS, "sns", "CreateTopic").request(json!({"name": "alerts"}));
            stage.ledger.call(&forwarded, &sets, Kept);
        }
    }
}

fn forwarded(holder: &Holder, created: i64) -> Holder {
    const SERVICE: &str = "cloudformation.amazonaws.com";
    let (Some(session), Some(key)) = (&holder.session, &holder.key) else { return holder.clone() };
    let marks = Marks { invoked_by: Some(SERVICE), ..Marks::default() };
    let join = if holder.who.proof == Proof::Ids { Join::ForwardedAccess } else { holder.who.join };
    let identity = crate::actors::holder::session_identity(session, Some(key), created, &marks);
    Holder { identity, who: holder.who.clone().with(join), ..holder.clone() }.at(SERVICE, SERVICE)
}

fn users(stage: &mut Stage) {
    for name in ["alice", "backup-job", "mallory", "bob"] {
        let user = stage.user(name);
        let at = stage.some_time();
        work(stage, at, &user);
        let delivery = if stage.random().percent(30) { Lost } else { Kept };
        let temporary = mints::session_token(&mut stage.ledger, at + MINUTE_MICROS, &user, delivery);
        work(stage, at + 2 * MINUTE_MICROS, &temporary);
        let federated_name = if name == "mallory" { "dana" } else { "report-reader" };
        let federated = mints::federation_token(&mut stage.ledger, at + 9 * MINUTE_MICROS, &user, federated_name);
        work(stage, at + 10 * MINUTE_MICROS, &federated);
        if name == "alice" {
            let mut sign_in = user_session(&user, None, at);
            sign_in.who = sign_in.who.with(Join::ConsoleSignIn);
            let signed_in = call(at, "signin", "ConsoleLogin").response(json!({"ConsoleLogin": "Success"})).sign_in();
            stage.ledger.call(&sign_in, &signed_in, Kept);
            let key = new_key(&mut stage.ledger);
            let mut console = user_session(&user, Some(&key), at);
            console.who = console.who.with(Join::ConsoleSignIn);
            work(stage, at + 20 * MINUTE_MICROS, &console);
        }
    }
}

fn roots(stage: &mut Stage) {
    let at = stage.some_time();
    let account = account(stage);
    let sign_in = call(at, "signin", "ConsoleLogin").response(json!({"ConsoleLogin": "Success"})).sign_in();
    stage.ledger.call(&root(account, None, at), &sign_in, Kept);
    let key = new_key(&mut stage.ledger);
    let holder = root(account, Some(&key), at);
    work(stage, at + MINUTE_MICROS, &holder);
}

/// Role after role, up to four deep, whole and with a link missing.
fn chains(stage: &mut Stage) {
    for depth in 2..=4 {
        for link_lost in [None, Some(stage.random().below(depth))] {
            let at = stage.some_time();
            let account = account(stage);
            let name = person(stage);
            let roles = stage.roles(account);
            let ladder = [&roles.deploy, &roles.operate, &roles.break_glass, &roles.audit].map(Role::clone);
            let admin = roles.admin.clone();
            let user = if account == PLATFORM { "alice" } else { "bob" };
            let mut holder = if stage.random().percent(60) {
                mints::saml(&mut stage.ledger, at, name, &admin, Kept)
            } else {
                stage.user(user)
            };
            for step in 0..depth {
                let at = at + (1 + step as i64) * 3 * MINUTE_MICROS;
                let session = ladder[step as usize % ladder.len()].session(&format!("step-{step}"));
                let chain = Chain { is_lost: link_lost == Some(step), ..Chain::default() };
                holder = mints::assume(&mut stage.ledger, at, &holder, &session, &chain);
                work(stage, at + MINUTE_MICROS, &holder);
            }
        }
    }
}

/// A source identity is set once and kept; where the calls are missing it is all there is, and it may be a lie.
fn source_identities(stage: &mut Stage) {
    for (truthful, is_lost) in [(true, false), (true, true), (false, false), (false, true)] {
        let at = stage.some_time();
        let name = person(stage);
        let account = account(stage);
        let admin = stage.roles(account).admin.clone();
        let first = stage.roles(account).operate.session("with-source");
        let second = stage.roles(account).audit.session("with-source-again");
        let caller =
            if truthful { mints::saml(&mut stage.ledger, at, name, &admin, Kept) } else { stage.user("mallory") };
        let chain = Chain { source_identity: Some(name), is_lost, ..Chain::default() };
        let one = mints::assume(&mut stage.ledger, at + MINUTE_MICROS, &caller, &first, &chain);
        work(stage, at + 2 * MINUTE_MICROS, &one);
        let two = mints::assume(&mut stage.ledger, at + 9 * MINUTE_MICROS, &one, &second, &Chain::default());
        work(stage, at + 10 * MINUTE_MICROS, &two);
    }
}

fn across_accounts(stage: &mut Stage) {
    for (is_lost, is_lost_there) in [(false, false), (false, true), (true, false)] {
        let at = stage.some_time();
        let name = person(stage);
        let hub = stage.hub_admin.clone();
        let account = account(stage);
        let session = stage.roles(account).audit.session("from-hub");
        let caller = mints::saml(&mut stage.ledger, at, name, &hub, Kept);
        let chain = Chain { is_lost, is_lost_there, ..Chain::default() };
        let holder = mints::assume(&mut stage.ledger, at + MINUTE_MICROS, &caller, &session, &chain);
        work(stage, at + 2 * MINUTE_MICROS, &holder);
    }
    vendor(stage);
}

/// A vendor whose account nobody has logs of.
fn vendor(stage: &mut Stage) {
    let at = stage.some_time();
    let session = stage.roles(PLATFORM).audit.session("vendor-scan");
    let principal = "AROAVENDORSROLEEXAMPL:scanner";
    let identity = json!({"type": "AWSAccount", "principalId": (principal), "accountId": "999988887777"});
    let who = Who::new(Kind::Unknown, principal, Join::CrossAccount).proved(Proof::Absent);
    let caller = Holder::new(who.clone(), PLATFORM, identity);
    let key = new_key(&mut stage.ledger);
    let made = call(at, "sts", "AssumeRole")
        .request(json!({"roleArn": (session.role.arn()), "roleSessionName": "vendor-scan"}))
        .response(json!({
            "credentials": (credentials(&key, at)),
            "assumedRoleUser": {"assumedRoleId": (session.principal_id()), "arn": (session.arn())}
        }));
    stage.ledger.call(&caller, &made, Kept);
    let holder = Holder::of_session(who, &session, &key, at, &Marks::default());
    work(stage, at + MINUTE_MICROS, &holder);
}

/// A session named like another person, like an instance, and like a session that a pipeline has had.
fn false_names(stage: &mut Stage) {
    let victim = person(stage);
    let pipeline_session = stage.roles(DATA).deploy.session("release-77");
    let at = stage.some_time();
    let subject = "repo:example-org/data:ref:refs/heads/main";
    let pipeline = mints::github(&mut stage.ledger, at, subject, &pipeline_session, Kept);
    work(stage, at, &pipeline);
    let instance = stage.clusters[2].nodes[0].instance.clone();
    let node_role = stage.clusters[2].node_role.clone();
    let as_person = stage.roles(DATA).operate.session(victim);
    let linked = Role { name: "AWSServiceRoleForNothing".to_owned(), ..stage.roles(DATA).audit.clone() };
    for session in [as_person, node_role.session(&instance), pipeline_session, linked.session("AmazonEKS")] {
        for is_lost in [false, true] {
            let at = stage.some_time();
            let mallory = stage.user("mallory");
            let of_cluster = (session.role.id == node_role.id).then_some(stage.clusters[2].name);
            let chain = Chain { is_lost, of_cluster, ..Chain::default() };
            let holder = mints::assume(&mut stage.ledger, at, &mallory, &session, &chain);
            let proof = if is_lost { Proof::Misleading } else { Proof::Ids };
            let holder = holder.proved(Join::FalseName, proof);
            work(stage, at + MINUTE_MICROS, &holder);
        }
    }
}

/// One key in two answers: a record was forged. And one call in two records, which is no contradiction.
fn keys_twice(stage: &mut Stage) {
    let at = stage.some_time();
    let name = person(stage);
    let admin = stage.roles(DATA).admin.clone();
    let session = stage.roles(DATA).break_glass.session("night-shift");
    let caller = mints::saml(&mut stage.ledger, at, name, &admin, Kept);
    let mut holder = mints::assume(&mut stage.ledger, at + MINUTE_MICROS, &caller, &session, &Chain::default());
    let key = holder.key.clone().unwrap_or_default();
    let forged = call(at + MINUTE_MICROS + SECOND_MICROS, "sts", "AssumeRole")
        .request(json!({"roleArn": (session.role.arn()), "roleSessionName": (session.name.as_str())}))
        .response(json!({
            "credentials": (credentials(&key, at + MINUTE_MICROS)),
            "assumedRoleUser": {"assumedRoleId": (session.principal_id()), "arn": (session.arn())}
        }));
    let bob = stage.user("bob");
    stage.ledger.call(&bob, &forged, Kept);
    holder = holder.proved(Join::KeyTwice, Proof::Several(vec![name.to_owned(), "bob".to_owned()]));
    work(stage, at + 2 * MINUTE_MICROS, &holder);

    too_late_and_too_early(stage);
    let at = stage.some_time();
    let name = person(stage);
    let caller = mints::saml(&mut stage.ledger, at, name, &admin, Kept);
    let session = stage.roles(DATA).operate.session("two-trails");
    let twice = mints::assume(&mut stage.ledger, at + MINUTE_MICROS, &caller, &session, &Chain::default());
    stage.ledger.again_in_other_bytes();
    work(stage, at + 2 * MINUTE_MICROS, &twice);
}

/// The call that handed out a key is missing, and another that cannot have been it hands out the same: two hours after
/// the key was used, or, on the last day, days before.
fn too_late_and_too_early(stage: &mut Stage) {
    let admin = stage.roles(DATA).admin.clone();
    for hours in [2, -30] {
        if hours < 0 && stage.day + 1 < stage.days {
            continue;
        }
        let at = stage.some_time();
        let caller = mints::saml(&mut stage.ledger, at, "gil@example.com", &admin, Kept);
        let session = stage.roles(DATA).break_glass.session("day-shift");
        let chain = Chain { is_lost: true, ..Chain::default() };
        let holder = mints::assume(&mut stage.ledger, at + MINUTE_MICROS, &caller, &session, &chain);
        let key = holder.key.clone().unwrap_or_default();
        let forged_at = at + hours * HOUR_MICROS;
        let forged = call(forged_at, "sts", "AssumeRole")
            .request(json!({"roleArn": (session.role.arn()), "roleSessionName": (session.name.as_str())}))
            .response(json!({
                "credentials": (credentials(&key, forged_at)),
                "assumedRoleUser": {"assumedRoleId": (session.principal_id()), "arn": (session.arn())}
            }));
        let bob = stage.user("bob");
        stage.ledger.call(&bob, &forged, Kept);
        work(stage, at + 2 * MINUTE_MICROS, &holder.proved(Join::KeyTwice, Proof::Misleading));
    }
}

/// Services by themselves and with roles they were given.
fn services(stage: &mut Stage) {
    let at = stage.some_time();
    let account = account(stage);
    let service = crate::actors::holder::service(account, "config.amazonaws.com");
    work(stage, at, &service);
    let task = hex(stage.random(), 32);
    let instance = id(stage.random(), "i-0", 16);
    for (service, role, name) in [
        ("scheduler.amazonaws.com", "nightly-schedule", "schedule-7"),
        ("ecs-tasks.amazonaws.com", "batch-worker", &task),
        ("ec2.amazonaws.com", "bastion", &instance),
    ] {
        let role = Role { path: String::new(), name: role.to_owned(), ..stage.roles(account).audit.clone() };
        let delivery = if stage.random().percent(30) && role.name != "bastion" { Lost } else { Kept };
        let holder = mints::service_role(&mut stage.ledger, at, service, &role.session(name), delivery);
        work(stage, at + MINUTE_MICROS, &holder);
    }
    let role = Role { path: String::new(), name: "nightly-report".to_owned(), ..stage.roles(account).audit.clone() };
    let session = role.session("nightly-report");
    let delivery = if stage.random().percent(30) { Lost } else { Kept };
    let function = mints::service_role(&mut stage.ledger, at, "lambda.amazonaws.com", &session, delivery);
    work(stage, at + MINUTE_MICROS, &function);
    // A person with the role and the name of the function.
    let mallory = stage.user("mallory");
    let taken = mints::assume(&mut stage.ledger, at + HOUR_MICROS, &mallory, &session, &Chain::default());
    work(stage, at + HOUR_MICROS + MINUTE_MICROS, &taken.proved(Join::FalseName, Proof::Ids));
}

/// Machines outside with certificates, and users of an application; with the calls in the archive and without.
fn from_outside(stage: &mut Stage) {
    for delivery in [Kept, Lost] {
        let at = stage.some_time();
        let account = account(stage);
        let serial = hex(stage.random(), 32);
        let host = format!("build-{}.example.com", stage.random().below(9));
        let session = stage.roles(account).audit.session(&serial);
        let machine = mints::roles_anywhere(&mut stage.ledger, at, &host, &session, delivery);
        work(stage, at + MINUTE_MICROS, &machine);
        let role = Role { path: String::new(), name: "app-users".to_owned(), ..stage.roles(account).audit.clone() };
        let session = role.session("CognitoIdentityCredentials");
        let user = mints::cognito(&mut stage.ledger, at, &session, delivery);
        work(stage, at + MINUTE_MICROS, &user);
    }
    let at = stage.some_time();
    let identity_id = format!("eu-west-1:{}", uuid(stage.random()));
    let subject = Subject { issuer: "cognito-identity.amazonaws.com", name: &identity_id, kind: Kind::CognitoIdentity };
    let session = stage.roles(PLATFORM).audit.session("app-session");
    let user = mints::web_identity(&mut stage.ledger, at, &subject, &session, &[], Kept);
    work(stage, at + MINUTE_MICROS, &user);
    // Anybody can choose a source identity that looks like a certificate's.
    let mallory = stage.user("mallory");
    let session = stage.roles(DATA).operate.session("0f1e2d3c");
    let chain = Chain { source_identity: Some("CN=build-1.example.com"), is_lost: true, ..Chain::default() };
    let taken = mints::assume(&mut stage.ledger, at, &mallory, &session, &chain);
    work(stage, at + MINUTE_MICROS, &taken);
}

//! The SQL of the timeline: the planes, one file each, put together as the view and as the statement of a cut.

use std::collections::BTreeSet;

use super::candidates::CANDIDATES;
use super::cut::{Cut, Folding};

const AWS: &str = include_str!("planes/aws.sql");
const KUBERNETES: &str = include_str!("planes/kubernetes.sql");
const AUTHENTICATOR: &str = include_str!("planes/authenticator.sql");
const CONTROL_PLANE: &str = include_str!("planes/control_plane.sql");
const NETWORK: &str = include_str!("planes/network.sql");
const FINDING: &str = include_str!("planes/finding.sql");
const RATES: &str = include_str!("planes/rates.sql");

/// The columns that every plane has, in order.
const COMMON: &str = "time, plane, cluster, actor, actor_kind, acting_as, action, target, namespace, outcome, address, \
     user_agent, severity, category, technique, summary, user_arn, access_key_id, minted_access_key_id, identity, \
     account_id, region, event_id, stage, source_uri, source_record, source_sha256, raw";

/// Whether events concern the cluster by a column of their own, or by a function of the attribution.
enum Tie {
    Cluster(&'static str),
    Function(&'static str),
}

struct Plane {
    name: &'static str,
    sql: &'static str,
    /// The table it is made of.
    table: &'static str,
    tie: Tie,
}

/// Every plane; those of one name are shown and left out together.
static ALL: [Plane; 7] = [
    Plane {
        name: "aws",
        sql: AWS,
        table: "cloudtrail",
        tie: Tie::Function(
            "aws_concern(event_source, event_name, request_parameters, response_elements, resources, access_key_id, \
             minted_access_key_id, user_arn, user_name, user_invoked_by, account_id, region, identity_provider)",
        ),
    },
    Plane { name: "kubernetes", sql: KUBERNETES, table: "k8s_audit", tie: Tie::Cluster("audit log of the cluster") },
    Plane {
        name: "kubernetes",
        sql: CONTROL_PLANE,
        table: "control_plane",
        tie: Tie::Cluster("control plane log of the cluster"),
    },
    Plane {
        name: "authenticator",
        sql: AUTHENTICATOR,
        table: "authenticator",
        tie: Tie::Cluster("authenticator log of the cluster"),
    },
    Plane {
        name: "network",
        sql: NETWORK,
        table: "vpc_flow",
        tie: Tie::Function(
            "flow_concern(interface_id, instance_id, vpc_id, srcaddr, dstaddr, pkt_srcaddr, pkt_dstaddr)",
        ),
    },
    Plane {
        name: "finding",
        sql: FINDING,
        table: "guardduty",
        tie: Tie::Function(
            "CASE WHEN finding.cluster = $cluster THEN arrow_cast('certain|finding on the cluster', 'Utf8View') \
             WHEN finding.cluster IS NULL THEN finding_concern(resource, access_key_id, instance_id) END",
        ),
    },
    Plane {
        name: "finding",
        sql: RATES,
        table: "cloudtrail_insight",
        tie: Tie::Function("rate_concern(insight_event_source, attributions, account_id, region)"),
    },
];

/// The view: every event of every plane.
pub fn view() -> String {
    // Which version of an object a record lies in is for reading records apart.
    let columns = COMMON.replace("source_sha256, ", "");
    let planes: Vec<String> = ALL.iter().map(|plane| format!("SELECT {columns} FROM ({})", plane.sql)).collect();
    planes.join("\nUNION ALL\n")
}

/// The tables whose events use the credentials that they name. So at least once in a time, if their events are in it; a
/// login can be looked at, and a finding can be about what was done, before or after.
const OF_USES: [&str; 3] = ["cloudtrail", "k8s_audit", "control_plane"];

/// The statement that gives the rows of a cut, each for itself: in no order where they are to be folded, else in that of
/// time. `filled` names the tables of the lake that have rows.
pub fn statement(cut: &Cut, conditions: &[String], filled: &BTreeSet<&str>) -> String {
    let mut wanted: Vec<&Plane> = ALL.iter().filter(|plane| cut.wants_plane(plane.name)).collect();
    if wanted.iter().any(|plane| filled.contains(plane.table)) {
        wanted.retain(|plane| filled.contains(plane.table));
    }
    let (mut parts, mut times) = (Vec::new(), String::new());
    if cut.since.is_some() {
        times += " AND time >= $since";
    }
    if cut.until.is_some() {
        times += " AND time < $until";
    }
    for plane in &wanted {
        if cut.cluster.is_some() {
            parts.extend(of_cluster(plane, &times));
            continue;
        }
        let sql = plane.sql;
        parts.push(format!("SELECT {COMMON}, arrow_cast(NULL, 'Utf8View') AS concern FROM ({sql}) WHERE true{times}"));
    }
    let events = parts.join("\nUNION ALL\n");
    let conditions = conditions.iter().fold(String::new(), |all, condition| all + "\n    AND (" + condition + ")");
    let mut columns = super::COLUMNS.to_vec();
    columns.extend(cut.details.columns());
    let sorts = cut.folding != Folding::Folded;
    let columns = columns.into_iter().map(|column| if sorts { own(column) } else { column.to_owned() });
    let columns = columns.collect::<Vec<_>>().join(", ");
    let order = if sorts { ORDER } else { "" };
    let mut in_use = String::from("true");
    if wanted.iter().all(|plane| OF_USES.contains(&plane.table)) {
        if cut.since.is_some() {
            in_use += " AND (last_seen IS NULL OR last_seen >= $since)";
        }
        if cut.until.is_some() {
            in_use += " AND (first_seen IS NULL OR first_seen < $until)";
        }
    }
    let cluster = if cut.cluster.is_some() { "arrow_cast($cluster, 'Utf8View')" } else { "events.cluster" };
    format!(
        "WITH events AS (\n{events}\n), resolved AS (
    SELECT
        time, events.plane AS plane, {cluster} AS cluster,
        CASE WHEN identities.actor IS NULL OR identities.confidence = 'unresolved' THEN events.actor
             ELSE identities.actor || coalesce(' as ' || acting_as, '') END AS actor,
        CASE WHEN identities.actor IS NULL OR identities.confidence = 'unresolved' THEN events.actor_kind
             ELSE identities.actor_kind END AS actor_kind,
        identities.via AS via, identities.confidence AS confidence,
        action, target, namespace, outcome, address, user_agent, severity, category, technique, summary,
        substr(concern, strpos(concern, '|') + 1) AS reason,
        split_part(concern, '|', 1) AS reason_confidence,
        arrow_cast(1, 'Int64') AS count, time AS last_time, arrow_cast(NULL, 'Utf8View') AS first_seen,
        events.access_key_id, events.identity, events.account_id, region, event_id, stage, source_uri, source_record,
        user_arn, events.actor AS named_actor, identities.chain AS chain, identities.candidates AS candidates,
        identities.related AS related, source_sha256, raw
    FROM (SELECT * FROM identities WHERE {in_use}) AS identities
        RIGHT JOIN events ON events.identity = identities.identity
)
SELECT {columns} FROM resolved WHERE true{conditions}{order}"
    )
}

const ORDER: &str = "
ORDER BY time NULLS LAST, plane, event_id,
    CASE stage WHEN 'RequestReceived' THEN 0 WHEN 'ResponseStarted' THEN 1 ELSE 2 END, source_uri, source_record";

/// A column on its own: texts are copied out of what they were read with. Views of texts keep alive, and are counted
/// with, all of the pages and the other side of the join that they look into, and a sort of them would run out of memory.
fn own(column: &str) -> String {
    if NO_TEXTS.contains(&column) {
        return column.to_owned();
    }
    format!("arrow_cast(arrow_cast({column}, 'Utf8'), 'Utf8View') AS {column}")
}

/// The columns that are no texts.
const NO_TEXTS: [&str; 4] = ["time", "count", "last_time", "source_record"];

/// The AWS calls of a table with the columns of `cloudtrail`.
fn aws_of(table: &str) -> String {
    AWS.replace("FROM cloudtrail", &format!("FROM {table}"))
}

/// What is asked about each of the calls of a table.
pub fn asked(table: &str) -> String {
    let Tie::Function(function) = &ALL[0].tie else { return String::new() };
    let asked = function.trim_start_matches("aws_concern(").trim_end_matches(')');
    format!("SELECT {asked} FROM ({})", aws_of(table))
}

/// The events of a plane that concern the cluster, with why.
fn of_cluster(plane: &Plane, times: &str) -> Vec<String> {
    let sql = plane.sql;
    match plane.tie {
        // Out of those that can: see `candidates`.
        Tie::Function(function) if plane.name == "aws" => vec![format!(
            "SELECT * FROM (SELECT {COMMON}, {function} AS concern FROM ({}) WHERE true{times}) \
             WHERE concern IS NOT NULL",
            aws_of(CANDIDATES)
        )],
        Tie::Cluster(reason) => vec![format!(
            "SELECT {COMMON}, arrow_cast('certain|{reason}', 'Utf8View') AS concern FROM ({sql}) AS events \
             WHERE events.cluster = $cluster{times}"
        )],
        Tie::Function(function) if plane.name == "network" => {
            // Who had an address is known within the networks of one cluster, and not where a flow can be another's.
            let own = |name: &str, otherwise: &str| {
                format!(
                    "CASE WHEN starts_with({function}, 'ambiguous|') THEN {otherwise} \
                     ELSE {name}(address, time, end_time) END"
                )
            };
            let (actor, kind) = (own("flow_actor", "NULL"), own("flow_actor_kind", "'unknown'"));
            let named = COMMON.replacen("actor, actor_kind", &format!("{actor} AS actor, {kind} AS actor_kind"), 1);
            vec![format!(
                "SELECT {named}, {function} AS concern FROM ({sql}) AS {} WHERE {function} IS NOT NULL{times}",
                plane.name
            )]
        }
        Tie::Function(function) => vec![format!(
            "SELECT {COMMON}, {function} AS concern FROM ({sql}) AS {} WHERE {function} IS NOT NULL{times}",
            plane.name
        )],
    }
}

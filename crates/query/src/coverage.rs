//! Coverage: what the archive of a lake can't tell, so that silence is not read as innocence.
//!
//! Responsible for counting events by hour and log, for the checks (one SQL file each), and for which clusters a trail
//! covers. What the checks count on is gathered once for each state of a lake (`facts`). Not responsible for how it is shown, and not for proving what is there: a log without a finding here may
//! still have been altered. Nothing is inferred from absence beyond the absence itself.

mod facts;
mod finding;
mod map;
mod stream;
mod trails;

use datafusion::scalar::ScalarValue;
use futures::{StreamExt, TryStreamExt};

use crate::error::{Error, Names};
use crate::session::{Answer, Session, compact};
use crate::timeline::{self, no_such_cluster};

use facts::{Basis, Desk, Rows};
pub use finding::{COLUMNS, Finding, batch};
pub(crate) use finding::{numbers, texts, times};
pub use map::{HourMap, SHADES};
pub use stream::{HOUR_MICROS, Stream};
pub use trails::ClusterCover;

/// What is asked about.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// Microseconds since 1970; from this instant on.
    pub since: Option<i64>,
    /// Up to, but not including, this instant.
    pub until: Option<i64>,
    /// One cluster, and what concerns them all.
    pub cluster: Option<String>,
}

/// What is known of the coverage of an archive.
#[derive(Clone, Debug)]
pub struct Coverage {
    /// Each log of each account, region and cluster, with its events by hour.
    pub streams: Vec<Stream>,
    pub findings: Vec<Finding>,
    /// Each cluster, and whether a validated trail of all regions is shown to cover it.
    pub clusters: Vec<ClusterCover>,
}

/// A way in which an archive can fall short.
pub struct Check {
    pub name: &'static str,
    /// What a finding of it means, for the reference.
    pub about: &'static str,
    /// The table it looks through. If that has no rows, nothing is found.
    of: &'static str,
    sql: &'static str,
}

/// Every check, in the order in which findings are shown. A new check is a file in `checks/` and an entry here.
pub static CHECKS: &[Check] = &[
    Check {
        name: "trail_changed",
        about: "a trail or event data store was stopped, deleted or narrowed, until it was started again",
        of: "coverage_calls",
        sql: include_str!("coverage/checks/trail_changed.sql"),
    },
    Check {
        name: "cluster_logging",
        about: "control plane logs of a cluster were switched off, until they were switched on again",
        of: "coverage_calls",
        sql: include_str!("coverage/checks/cluster_logging.sql"),
    },
    Check {
        name: "logs_removed",
        about: "a log group, log bucket or flow log was deleted or given a shorter life",
        of: "coverage_calls",
        sql: include_str!("coverage/checks/logs_removed.sql"),
    },
    Check {
        name: "no_audit_log",
        about: "AWS calls name a cluster of whose audit log there is nothing",
        of: "coverage_clusters",
        sql: include_str!("coverage/checks/no_audit_log.sql"),
    },
    Check {
        name: "no_trail",
        about: "a cluster's own logs are there, and no AWS call names it",
        of: "coverage_hours",
        sql: include_str!("coverage/checks/no_trail.sql"),
    },
    Check {
        name: "no_trail_in_region",
        about: "other logs show an account and region, CloudTrail does not",
        of: "coverage_hours",
        sql: include_str!("coverage/checks/no_trail_in_region.sql"),
    },
    Check {
        name: "absent",
        about: "a log has no event in the time asked for, and some at other times",
        of: "coverage_logs",
        sql: include_str!("coverage/checks/absent.sql"),
    },
    Check {
        name: "begins_late",
        about: "a log begins well after the others, or after the time asked for",
        of: "coverage_hours",
        sql: include_str!("coverage/checks/begins_late.sql"),
    },
    Check {
        name: "silence",
        about: "a log that is never so quiet has hours without an event",
        of: "coverage_hours",
        sql: include_str!("coverage/checks/silence.sql"),
    },
    Check {
        name: "ends_early",
        about: "a log stops well before the others, or before the time asked for",
        of: "coverage_hours",
        sql: include_str!("coverage/checks/ends_early.sql"),
    },
    Check {
        name: "audit_level",
        about: "no event of a resource holds a body: who did it is known, what was in it is not",
        of: "coverage_levels",
        sql: include_str!("coverage/checks/audit_level.sql"),
    },
    Check {
        name: "truncated",
        about: "CloudWatch cut events at its size limit",
        of: "coverage_hours",
        sql: include_str!("coverage/checks/truncated.sql"),
    },
    Check {
        name: "undated",
        about: "events have no readable time, so no span of time has them",
        of: "coverage_undated",
        sql: include_str!("coverage/checks/undated.sql"),
    },
    Check {
        name: "skipped_flows",
        about: "a flow log left records out itself",
        of: "coverage_skips",
        sql: include_str!("coverage/checks/skipped_flows.sql"),
    },
    Check {
        name: "rejects",
        about: "records of the archive could not be read",
        of: "coverage_rejects",
        sql: include_str!("coverage/checks/rejects.sql"),
    },
    Check {
        name: "unread",
        about: "objects of the archive were not fetched (as those in Glacier), or nobody knows their kind",
        of: "coverage_objects",
        sql: include_str!("coverage/checks/unread.sql"),
    },
];

const HOURS: &str = include_str!("coverage/hours.sql");
const CLUSTERS: &str = "SELECT * FROM coverage_clusters";
const TRAILS: &str = include_str!("coverage/trails.sql");

/// Looks for everything that the archive can't tell about a scope.
pub async fn coverage(session: &Session, scope: &Scope) -> Result<Coverage, Error> {
    coverage_by(session, scope, Basis::Kept).await
}

/// As [`coverage`], from the rows of the lake alone: nothing that is kept beside them is believed.
pub async fn coverage_of_rows(session: &Session, scope: &Scope) -> Result<Coverage, Error> {
    coverage_by(session, scope, Basis::Rows).await
}

async fn coverage_by(session: &Session, scope: &Scope, basis: Basis) -> Result<Coverage, Error> {
    let mut desk = Desk::of(session, scope, basis).await?;
    let hours = collect(&desk.session, HOURS, &Scope::default()).await?;
    let mut streams = stream::streams(&hours.1);
    desk.add("coverage_hours", hours)?;
    let logs = collect(&desk.session, &logs_sql(), &Scope::default()).await?;
    let known: Vec<Option<String>> = logs.1.iter().flat_map(|batch| texts(batch, "cluster")).collect();
    desk.add("coverage_logs", logs)?;
    let (_, clusters) = collect(&desk.session, CLUSTERS, &Scope::default()).await?;
    let (_, trails) = collect(&desk.session, TRAILS, &Scope::default()).await?;
    let mut findings = findings(&desk, scope).await?;
    let mut covers = trails::covers(&clusters, &trails, &streams, &findings);
    if let Some(cluster) = &scope.cluster {
        // Also those without an event in the time asked for.
        let mut known: Vec<String> = known.into_iter().flatten().collect();
        known.extend(covers.iter().map(|cover| cover.cluster.clone()));
        known.sort();
        known.dedup();
        if !known.contains(cluster) {
            // A tag or a finding may name it where no log and no EKS call does.
            known.extend(timeline::clusters(session).await?);
            known.sort();
            known.dedup();
        }
        if !known.contains(cluster) {
            return Err(no_such_cluster(cluster, &known));
        }
        let own = |name: &Option<String>| name.as_ref().is_none_or(|name| name == cluster);
        findings.retain(|finding| own(&finding.cluster));
        streams.retain(|stream| own(&stream.cluster));
        covers.retain(|cover| cover.cluster == *cluster);
    }
    Ok(Coverage { streams, findings, clusters: covers })
}

/// Each log of the whole lake, with its span.
fn logs_sql() -> String {
    let hours = HOURS.replace("coverage_counts", facts::COUNTS_OF_ALL_TIME);
    format!(
        "SELECT source, account_id, region, logs.cluster, quiet_hours, min(hour) AS first, \
         max(hour) + INTERVAL '1 hour' AS last, sum(events) AS events FROM ({hours}) AS logs \
         GROUP BY source, account_id, region, logs.cluster, quiet_hours"
    )
}

async fn findings(desk: &Desk, scope: &Scope) -> Result<Vec<Finding>, Error> {
    let mut all = Vec::new();
    for check in CHECKS.iter().filter(|check| desk.has_rows(check.of)) {
        let (_, batches) = collect(&desk.session, check.sql, scope).await?;
        let mut own: Vec<Finding> = batches.iter().flat_map(|batch| finding::of_batch(check.name, batch)).collect();
        own.sort();
        all.append(&mut own);
    }
    Ok(all)
}

/// The number of events of each log in each hour, as rows.
pub async fn hours(session: &Session, scope: &Scope) -> Result<Answer, Error> {
    let cluster = ScalarValue::from(scope.cluster.as_deref());
    let sql = format!(
        "SELECT source, account_id, region, counted.cluster, hour, events, truncated FROM ({HOURS}) AS counted \
         WHERE counted.cluster = $cluster OR counted.cluster IS NULL OR $cluster IS NULL \
         ORDER BY source, counted.cluster, account_id, region, hour"
    );
    let desk = Desk::of(session, scope, Basis::Kept).await?;
    desk.session.sql(&sql, vec![("cluster".to_owned(), cluster)]).await
}

/// The rows of a statement, with the scope's times as `$since` and `$until`.
async fn collect(session: &Session, sql: &str, scope: &Scope) -> Result<Rows, Error> {
    let answer = session.sql(sql, scope.times(sql)).await?;
    let schema = answer.schema.clone();
    let own = answer.rows.map(|batch| compact(&batch?));
    let batches = own.try_collect().await.map_err(|error| Error::of(error, sql, Names::default()))?;
    Ok((schema, batches))
}

impl Scope {
    /// The times that a statement asks for, as its parameters.
    fn times(&self, sql: &str) -> Vec<(String, ScalarValue)> {
        let instant = |micros| ScalarValue::TimestampMicrosecond(micros, Some("UTC".into()));
        let all = [("since", self.since), ("until", self.until)];
        let used = all.into_iter().filter(|(name, _)| sql.contains(&format!("${name}")));
        used.map(|(name, micros)| (name.to_owned(), instant(micros))).collect()
    }
}

impl Coverage {
    /// The share of clusters that a validated trail of all regions is shown to cover, in a sentence that names the
    /// others.
    pub fn indicator(&self) -> String {
        trails::indicator(&self.clusters)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_guide_lists_every_check() {
        let guide =
            std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/guide/coverage.md")).unwrap();
        let table = guide.split("<!-- checks -->").nth(1).and_then(|rest| rest.split("<!-- end -->").next()).unwrap();
        let lines: Vec<String> = CHECKS.iter().map(|check| format!("| `{}` | {} |", check.name, check.about)).collect();
        assert_eq!(table.trim(), format!("| check | what a finding means |\n|---|---|\n{}", lines.join("\n")));
    }
}

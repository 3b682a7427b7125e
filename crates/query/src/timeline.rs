//! The timeline: the events of all planes in one order and one shape, and those of one cluster with the reason why
//! each concerns it.

use datafusion::scalar::ScalarValue;

use crate::error::{Error, Names, nearest};
use crate::session::{Answer, Session};

/// Views over the lake's tables, in the order they build on each other.
pub const VIEWS: [(&str, &str); 1] = [("timeline", include_str!("timeline/events.sql"))];

const OF_CLUSTER: &str = include_str!("timeline/cluster.sql");

const OF_ALL: &str = "SELECT time, plane, timeline.cluster, actor, action, target, namespace, outcome, address, \
     summary, user_agent, access_key_id, account_id, region, event_id, stage, source_uri, source_record FROM timeline \
     WHERE true";

/// Which events of a timeline are wanted.
#[derive(Clone, Debug, Default)]
pub struct Cut {
    /// All clusters and what names none, if none is given.
    pub cluster: Option<String>,
    /// Microseconds since 1970; from this instant on.
    pub since: Option<i64>,
    /// Up to, but not including, this instant.
    pub until: Option<i64>,
    /// A part of the actor's name, ARN or access key, in any case.
    pub actor: Option<String>,
    pub namespace: Option<String>,
}

/// The columns a person reads; the others are for programs.
pub const READING_COLUMNS: [&str; 8] = ["time", "plane", "actor", "action", "target", "outcome", "address", "summary"];

/// The names of the clusters in a lake, from both planes, in order.
pub async fn clusters(session: &Session) -> Result<Vec<String>, Error> {
    use datafusion::arrow::array::AsArray;
    use futures::TryStreamExt;

    let sql = "SELECT DISTINCT timeline.cluster FROM timeline WHERE timeline.cluster IS NOT NULL ORDER BY 1";
    let answer = session.sql(sql, Vec::new()).await?;
    let failed = |error| Error::of(error, sql, Names::default());
    let batches: Vec<_> = answer.rows.try_collect().await.map_err(failed)?;
    let names = batches.iter().flat_map(|batch| {
        let names = batch.column(0).as_string_view();
        names.iter().flatten().map(str::to_owned).collect::<Vec<_>>()
    });
    Ok(names.collect())
}

/// The events of a cut, in the order of time.
pub async fn timeline(session: &Session, cut: &Cut) -> Result<Answer, Error> {
    let mut parameters = Vec::new();
    let mut sql = match &cut.cluster {
        Some(cluster) => {
            let known = clusters(session).await?;
            if !known.contains(cluster) {
                return Err(no_such_cluster(cluster, &known));
            }
            parameters.push(("cluster".to_owned(), ScalarValue::from(cluster.as_str())));
            OF_CLUSTER.to_owned()
        }
        None => OF_ALL.to_owned(),
    };
    let instant = |micros| ScalarValue::TimestampMicrosecond(Some(micros), Some("UTC".into()));
    if let Some(since) = cut.since {
        sql += " AND time >= $since";
        parameters.push(("since".to_owned(), instant(since)));
    }
    if let Some(until) = cut.until {
        sql += " AND time < $until";
        parameters.push(("until".to_owned(), instant(until)));
    }
    if let Some(actor) = &cut.actor {
        sql += " AND (strpos(lower(actor), $actor) > 0 OR strpos(lower(user_arn), $actor) > 0 \
                 OR lower(access_key_id) = $actor)";
        parameters.push(("actor".to_owned(), ScalarValue::from(actor.to_lowercase())));
    }
    if let Some(namespace) = &cut.namespace {
        sql += " AND namespace = $namespace";
        parameters.push(("namespace".to_owned(), ScalarValue::from(namespace.as_str())));
    }
    sql += " ORDER BY time NULLS LAST, plane, event_id, \
            CASE stage WHEN 'RequestReceived' THEN 0 WHEN 'ResponseStarted' THEN 1 ELSE 2 END, source_uri, source_record";
    session.sql(&sql, parameters).await
}

fn no_such_cluster(name: &str, known: &[String]) -> Error {
    let list = known.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let hint = match nearest(name, known.iter().map(String::as_str)) {
        _ if known.is_empty() => "no event of this lake names a cluster".to_owned(),
        Some(near) => format!("did you mean `{near}`? the clusters are {list}"),
        None => format!("the clusters are {list}"),
    };
    Error::NoSuchCluster { name: name.to_owned(), hint: Some(hint) }
}

//! What was never seen before an event: actors, addresses, user agents and actions, against the days before a cut.
//!
//! A value is marked at the first event that has it within the time looked at, which begins the given days before the
//! cut. In the first day of a lake nothing is marked: everything is new then.

use std::collections::HashMap;

use datafusion::scalar::ScalarValue;
use futures::TryStreamExt;

use super::cut::Cut;
use super::rows::MarkedText;
use crate::error::{Error, Names};
use crate::identity::columns::Columns;
use crate::session::Session;

const MICROS_A_DAY: i64 = 86_400_000_000;

/// When each value was first seen, by what it is.
#[derive(Clone, Debug, Default)]
pub struct History {
    firsts: HashMap<&'static str, HashMap<String, i64>>,
    /// No marks before this instant.
    marks_from: i64,
}

/// What is marked, in the order of the marks.
pub const MARKED: [&str; 4] = ["actor", "address", "user_agent", "action"];

/// The columns of these.
pub const MARKED_TEXTS: [MarkedText; 4] =
    [MarkedText::Actor, MarkedText::Address, MarkedText::UserAgent, MarkedText::Action];

const OF_AWS: &str = "SELECT address, user_agent, action, min(first) AS first FROM (
    SELECT source_ip_address AS address, user_agent,
        replace(event_source, '.amazonaws.com', '') || ':' || event_name AS action, min(event_time) AS first
    FROM cloudtrail WHERE event_time >= $from AND event_time < $until
    GROUP BY source_ip_address, user_agent, event_source, event_name
) GROUP BY GROUPING SETS ((address), (user_agent), (action))";

const OF_KUBERNETES: &str = "SELECT address, user_agent, action, min(first) AS first FROM (
    SELECT source_ip AS address, user_agent,
        verb || ' ' || coalesce(object_resource || coalesce('/' || object_subresource, ''), request_uri) AS action,
        min(event_time) AS first
    FROM k8s_audit
    WHERE event_time >= $from AND event_time < $until AND ($cluster IS NULL OR k8s_audit.cluster = $cluster)
    GROUP BY 1, 2, 3
) GROUP BY GROUPING SETS ((address), (user_agent), (action))";

const OF_ACTORS: &str = "SELECT actor, min(first_seen) AS first FROM identities GROUP BY actor";

const BEGIN: &str = "SELECT min(least_time) AS first FROM parts WHERE table_name IN ('cloudtrail', 'k8s_audit')";

/// The history that a cut asks for; none where it asks for no marks.
pub async fn of(session: &Session, cut: &Cut) -> Result<Option<History>, Error> {
    let Some(days) = cut.first_seen_days.filter(|days| *days > 0) else { return Ok(None) };
    let days = i64::from(days).saturating_mul(MICROS_A_DAY);
    let from = cut.since.map_or(i64::MIN / 2, |since| since.saturating_sub(days));
    let until = cut.until.unwrap_or(i64::MAX / 2);
    let instant = |micros| ScalarValue::TimestampMicrosecond(Some(micros), Some("UTC".into()));
    let times = || vec![("from".to_owned(), instant(from)), ("until".to_owned(), instant(until))];
    let mut history = History::default();
    let begin = read(session, BEGIN, Vec::new()).await?.into_iter().map(|(_, first)| first).min();
    let Some(begin) = begin else { return Ok(Some(history)) };
    history.marks_from = begin.saturating_add(MICROS_A_DAY).max(cut.since.unwrap_or(i64::MIN));
    let cluster = ("cluster".to_owned(), ScalarValue::Utf8(cut.cluster.clone()));
    let parameters = [times(), times().into_iter().chain([cluster]).collect(), Vec::new()];
    for (sql, parameters) in [OF_AWS, OF_KUBERNETES, OF_ACTORS].into_iter().zip(parameters) {
        for (value, first) in read(session, sql, parameters).await? {
            let Some((what, value)) = value else { continue };
            let known = history.firsts.entry(what).or_default().entry(value).or_insert(first);
            *known = first.min(*known);
        }
    }
    Ok(Some(history))
}

/// A value with what it is, none where the row has none, and when it was first seen.
type First = (Option<(&'static str, String)>, i64);

async fn read(session: &Session, sql: &str, parameters: Vec<(String, ScalarValue)>) -> Result<Vec<First>, Error> {
    let failed = |error| Error::of(error, sql, Names::default());
    let answer = session.sql(sql, parameters).await?;
    let batches: Vec<_> = answer.rows.try_collect().await.map_err(failed)?;
    let mut found = Vec::new();
    for batch in batches {
        let columns = Columns(&batch);
        let firsts = columns.times("first").map_err(failed)?;
        let mut of_value = Vec::new();
        for what in MARKED {
            if batch.column_by_name(what).is_some() {
                of_value.push((what, columns.texts(what).map_err(failed)?));
            }
        }
        for row in 0..batch.num_rows() {
            let Some(first) = firsts.get(row) else { continue };
            let value = of_value.iter().find_map(|(what, texts)| texts.get(row).map(|value| (*what, value)));
            found.push((value, first));
        }
    }
    Ok(found)
}

impl History {
    /// What of an event was never seen before it.
    /// `values` are in the order of [`MARKED`].
    pub fn marks(&self, time: i64, values: [Option<&str>; 4]) -> Vec<&'static str> {
        if time < self.marks_from {
            return Vec::new();
        }
        let is_first = |(what, value): &(&'static str, Option<&str>)| {
            let first = value.and_then(|value| self.firsts.get(what)?.get(value));
            first.is_some_and(|first| *first == time)
        };
        MARKED.into_iter().zip(values).filter(is_first).map(|(what, _)| what).collect()
    }
}

//! Coverage as JSON: what was found, of which logs, and the share of clusters with a validated trail.

use eksamine_query::coverage::{Coverage, Finding, Stream};
use serde_json::{Value, json};

use crate::times::instant;

/// All that was found.
pub fn of(found: &Coverage) -> Value {
    let clusters: Vec<Value> = found
        .clusters
        .iter()
        .map(|cover| {
            json!({
                "cluster": cover.cluster,
                "account_id": cover.account_id,
                "region": cover.region,
                "what": cover.what,
            })
        })
        .collect();
    json!({
        "indicator": found.indicator(),
        "clusters": clusters,
        "findings": found.findings.iter().map(finding).collect::<Vec<_>>(),
        "logs": found.streams.iter().map(stream).collect::<Vec<_>>(),
    })
}

fn finding(finding: &Finding) -> Value {
    json!({
        "check": finding.check,
        "source": finding.source,
        "account_id": finding.account_id,
        "region": finding.region,
        "cluster": finding.cluster,
        "since": finding.since.map(instant),
        "until": finding.until.map(instant),
        "events": finding.events,
        "what": finding.what,
        "event_id": finding.event_id,
        "source_uri": finding.source_uri,
    })
}

fn stream(stream: &Stream) -> Value {
    json!({
        "source": stream.source,
        "account_id": stream.account_id,
        "region": stream.region,
        "cluster": stream.cluster,
        "events": stream.events(),
        "hours_without_an_event": stream.silent_hours(),
    })
}

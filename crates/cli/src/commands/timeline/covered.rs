//! What of a timeline's span the archive does not cover: in a few lines for standard error, so that silence is not read
//! as innocence, and as JSON for formats with room for it.
//!
//! Responsible for which findings come first and for their words. What is missing is found by `eksamine-query`.

use eksamine_query::coverage::{CHECKS, Coverage, Finding, HOUR_MICROS, Scope, Stream};
use serde_json::{Value, json};

use crate::commands::coverage::json;
use crate::numbers::counted;
use crate::summary::in_shell;
use crate::terminal::{cut, sanitise};
use crate::times::instant;

/// How many findings have a line, and how many of one check.
const MOST_LINES: usize = 4;
const MOST_OF_A_CHECK: usize = 2;

/// A finding's words go on to here: they can name what an attacker named.
const MOST_COLUMNS: usize = 160;

/// The name under which a Parquet file carries the JSON.
pub const PARQUET_KEY: &str = "eksamine.coverage";

/// The logs of which each timeline has some if they are in the archive.
const EXPECTED: [&str; 4] = ["k8s_audit", "authenticator", "cloudtrail", "vpc_flow"];

/// The findings of a scope, gravest first, and how to see them all. `place` is the options that name the lake.
pub fn lines(found: &Coverage, scope: &Scope, place: &str) -> Vec<String> {
    let absent = absent(found, scope);
    if found.findings.is_empty() && absent.is_empty() {
        return vec![format!("coverage: {}", nothing_missing(found, scope))];
    }
    let mut lines = vec![head(found, scope, place)];
    let gravest = groups(found, scope).into_iter().flat_map(|group| {
        let hidden = group.len().saturating_sub(MOST_OF_A_CHECK);
        let shown: Vec<&Finding> = group.into_iter().take(MOST_OF_A_CHECK).collect();
        let last = shown.len().saturating_sub(1);
        shown.into_iter().enumerate().map(move |(at, finding)| (finding, if at == last { hidden } else { 0 }))
    });
    lines.extend(gravest.take(MOST_LINES).map(|(finding, hidden)| {
        let more = if hidden > 0 { format!(", and {hidden} more such") } else { String::new() };
        sanitise(&format!("  {}{more}", words(finding, scope))).into_owned()
    }));
    if !absent.is_empty() {
        lines.push(format!("  no event in all this time of: {}", absent.join(", ")));
    }
    lines
}

/// All that was found, for programs.
pub fn as_json(found: &Coverage, scope: &Scope) -> String {
    let mut all = json::of(found);
    if let Value::Object(fields) = &mut all {
        fields.insert("cluster".to_owned(), json!(scope.cluster));
        fields.insert("since".to_owned(), json!(scope.since.map(instant)));
        fields.insert("until".to_owned(), json!(scope.until.map(instant)));
        fields.insert("no_event_of".to_owned(), json!(absent(found, scope)));
    }
    all.to_string()
}

fn head(found: &Coverage, scope: &Scope, place: &str) -> String {
    let cluster = scope.cluster.as_ref().map(|name| format!(" {}", in_shell(name))).unwrap_or_default();
    let time = |option: &str, micros: Option<i64>| {
        micros.map(|micros| format!(" --{option} {}", instant(micros))).unwrap_or_default()
    };
    let (since, until) = (time("since", scope.since), time("until", scope.until));
    let command = sanitise(&format!("eksamine coverage{cluster}{since}{until} {place}")).into_owned();
    let count = counted(found.findings.len() as u64, "finding");
    format!("not covered: {count}; see `{command}`")
}

/// Findings of one check, those of the cluster before those of the archive, in the order of the checks.
fn groups<'a>(found: &'a Coverage, scope: &Scope) -> Vec<Vec<&'a Finding>> {
    let mut groups: Vec<Vec<&Finding>> = Vec::new();
    for check in CHECKS {
        let own = |finding: &&Finding| finding.check == check.name;
        let mut group: Vec<&Finding> = found.findings.iter().filter(own).collect();
        group.sort_by_key(|finding| finding.cluster != scope.cluster);
        if !group.is_empty() {
            groups.push(group);
        }
    }
    groups
}

fn words(finding: &Finding, scope: &Scope) -> String {
    let place =
        [finding.source.as_deref().or(Some("archive")), finding.account_id.as_deref(), finding.region.as_deref()];
    let log = match &finding.cluster {
        Some(cluster) => format!("{} of {cluster}", finding.source.as_deref().unwrap_or("archive")),
        None => place.into_iter().flatten().collect::<Vec<_>>().join(" "),
    };
    let what = sanitise(&finding.what);
    let what = cut(&what, MOST_COLUMNS);
    let is_of_all = (finding.since, finding.until) == (scope.since, scope.until);
    let time = match (finding.since, finding.until) {
        (Some(since), Some(until)) if !is_of_all => format!(" ({} to {})", instant(since), instant(until)),
        (Some(since), None) => format!(" ({})", instant(since)),
        _ => String::new(),
    };
    format!("{log}: {what}{time}")
}

/// The kinds of logs of which nothing lies in the span; of a cluster, in its accounts and regions as far as calls tell
/// these.
fn absent(found: &Coverage, scope: &Scope) -> Vec<&'static str> {
    let is_of_place = |stream: &Stream| {
        scope.cluster.is_none()
            || stream.cluster.is_some()
            || found.clusters.iter().any(|cover| {
                let may_be = |one: &Option<String>, other: &Option<String>| {
                    one.is_none() || other.is_none() || one == other || other.as_deref() == Some("unknown")
                };
                may_be(&cover.account_id, &stream.account_id) && may_be(&cover.region, &stream.region)
            })
    };
    let is_there = |source: &str| {
        found.streams.iter().any(|stream| stream.source == source && stream.events() > 0 && is_of_place(stream))
    };
    EXPECTED.into_iter().filter(|source| !is_there(source)).collect()
}

/// What can be said where nothing was found: of every hour only where every hour was looked at and has events.
fn nothing_missing(found: &Coverage, scope: &Scope) -> String {
    let said = "nothing was found missing";
    let (Some(cluster), Some(since), Some(until)) = (&scope.cluster, scope.since, scope.until) else {
        return said.to_owned();
    };
    let audit = found.streams.iter().find(|stream| stream.source == "k8s_audit" && stream.cluster == scope.cluster);
    let hours = until.saturating_sub(1).div_euclid(HOUR_MICROS) - since.div_euclid(HOUR_MICROS) + 1;
    match audit {
        Some(audit) if hours > 0 && audit.hours.len() as i64 >= hours => {
            sanitise(&format!("{said}, and every hour of the span has audit events of {cluster}")).into_owned()
        }
        _ => said.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use eksamine_query::coverage::ClusterCover;

    use super::*;

    const START: i64 = 1_772_409_600_000_000;

    fn stream(source: &str, hours: i64) -> Stream {
        let is_own = matches!(source, "k8s_audit" | "authenticator");
        Stream {
            source: source.to_owned(),
            cluster: is_own.then(|| "demo".to_owned()),
            account_id: Some("111122223333".to_owned()),
            region: (!is_own).then(|| "eu-west-1".to_owned()),
            hours: (0..hours).map(|hour| (START + hour * HOUR_MICROS, 5)).collect::<BTreeMap<i64, i64>>(),
            ..Stream::default()
        }
    }

    fn found(findings: Vec<Finding>) -> Coverage {
        let cover = ClusterCover {
            cluster: "demo".to_owned(),
            account_id: Some("111122223333".to_owned()),
            region: Some("eu-west-1".to_owned()),
            is_covered: false,
            what: String::new(),
        };
        Coverage { streams: EXPECTED.map(|source| stream(source, 3)).to_vec(), findings, clusters: vec![cover] }
    }

    fn scope(hours: i64) -> Scope {
        Scope { since: Some(START), until: Some(START + hours * HOUR_MICROS), cluster: Some("demo".to_owned()) }
    }

    fn finding(check: &'static str, cluster: Option<&str>, what: &str) -> Finding {
        Finding {
            check,
            source: Some("k8s_audit".to_owned()),
            cluster: cluster.map(str::to_owned),
            since: Some(START + HOUR_MICROS),
            what: what.to_owned(),
            ..Finding::default()
        }
    }

    #[test]
    fn that_every_hour_is_there_is_said_only_if_it_is() {
        let all = "coverage: nothing was found missing, and every hour of the span has audit events of demo";
        assert_eq!(lines(&found(vec![]), &scope(3), "--lake l"), [all]);
        assert_eq!(lines(&found(vec![]), &scope(4), "--lake l"), ["coverage: nothing was found missing"]);
        let open = Scope { since: None, ..scope(3) };
        assert_eq!(lines(&found(vec![]), &open, "--lake l"), ["coverage: nothing was found missing"]);
    }

    #[test]
    fn a_log_that_is_not_there_at_all_is_named() {
        let mut found = found(vec![]);
        found.streams.retain(|stream| stream.source != "authenticator");
        // Flow logs of another region say nothing of this cluster.
        found.streams.last_mut().unwrap().region = Some("us-east-1".to_owned());
        let said = lines(&found, &scope(3), "--lake l");
        assert_eq!(said[1..], ["  no event in all this time of: authenticator, vpc_flow"]);
        let everything = Scope { cluster: None, ..scope(3) };
        assert_eq!(lines(&found, &everything, "--lake l")[1..], ["  no event in all this time of: authenticator"]);
    }

    #[test]
    fn the_gravest_come_first_and_those_of_the_cluster_before_others() {
        let found = found(vec![
            finding("silence", None, "no event for 2 hours"),
            finding("silence", Some("demo"), "no event for 3 hours"),
            finding("silence", None, "no event for 5 hours"),
            finding("rejects", None, "could not be read"),
            finding("audit_level", Some("demo"), "no bodies"),
            finding("trail_changed", None, &format!("trail \u{1b}[31m{} was stopped", "a".repeat(300))),
        ]);
        let said = lines(&found, &scope(3), "--lake 'my lake'");
        assert_eq!(
            said[0],
            "not covered: 6 findings; see `eksamine coverage demo --since 2026-03-02T00:00:00Z \
             --until 2026-03-02T03:00:00Z --lake 'my lake'`"
        );
        assert!(said[1].starts_with("  k8s_audit: trail \\u{1b}[31maaa"), "{said:#?}");
        assert!(said[1].ends_with("aaa… (2026-03-02T01:00:00Z)"), "{said:#?}");
        assert_eq!(said[2], "  k8s_audit of demo: no event for 3 hours (2026-03-02T01:00:00Z)");
        assert_eq!(said[3], "  k8s_audit: no event for 2 hours (2026-03-02T01:00:00Z), and 1 more such");
        assert_eq!(said[4], "  k8s_audit of demo: no bodies (2026-03-02T01:00:00Z)");
        assert_eq!(said.len(), 5);
    }
}

//! What is wrong is said with its place and with what to do. The messages are there to be read: see the snapshot, and
//! `to-improve.md` for those that are not good yet.

use eksamine_insights::{Error, Settings, translate};

use crate::{settings, tables};

fn error(query: &str, settings: &Settings) -> Error {
    match translate(query, tables::all(), settings) {
        Ok(translation) => panic!("{query} is\n{}", translation.sql),
        Err(error) => *error,
    }
}

/// The query with what is wrong underlined.
fn told(query: &str) -> String {
    told_with(query, &settings())
}

fn told_with(query: &str, settings: &Settings) -> String {
    let error = error(query, settings);
    let (start, end) = (error.span.start.min(query.len()), error.span.end.min(query.len()));
    let line_start = query[..start].rfind('\n').map_or(0, |at| at + 1);
    let line_end = query[start..].find('\n').map_or(query.len(), |at| start + at);
    let before = query[line_start..start].chars().count();
    let width = query[start..end.min(line_end).max(start)].chars().count().max(1);
    let hint = error.hint.map_or_else(String::new, |hint| format!("hint: {hint}\n"));
    format!(
        "{}\n{}{}\nerror: {}\n{hint}",
        &query[line_start..line_end],
        " ".repeat(before),
        "^".repeat(width),
        error.message
    )
}

#[test]
fn wrong_queries_are_answered_with_what_is_wrong() {
    let queries = [
        // words
        "filds @timestamp",
        "fields @timestamp\n| fitler verb = \"get\"",
        "| 42",
        "fields tolowr(verb)",
        "fields contains(verb, \"x\")",
        "foo.bar verb",
        // syntax
        "filter verb = ",
        "filter verb == \"get\"",
        "filter verb \"get\"",
        "filter (verb = \"get\"",
        "filter verb in (\"get\", \"list\")",
        "filter verb in [\"get\" \"list\"]",
        "filter verb not = \"get\"",
        "filter verb = \"get",
        "filter verb = “get”",
        "filter `verb = 1",
        "filter verb like /get",
        "filter verb like /(get/",
        "filter verb like /(?=x)y/",
        "filter verb = /get/",
        "fields user-agent$",
        "sort",
        "limit",
        "limit 5 rows",
        "limit 200000",
        "limit -1",
        "stats by verb",
        "stats count(*) by",
        "fields @timestamp as",
        "fields @timestamp, | limit 1",
        // names
        "fields @timestmap",
        "fields @message.verb",
        "stats count(*) as calls by verb | sort call desc",
        "stats count(*) by verb | fields @message",
        "stats verb",
        "stats count(verb), user.username by verb",
        "stats count(*) as n, sum(bytes) as n",
        "filter count(*) > 5",
        // arguments
        "fields tolower()",
        "fields substr(\"abc\")",
        "fields bin(5)",
        "fields bin(5 fortnights)",
        "fields bin(0m)",
        "fields bin(1.5h)",
        "fields regexReplace(verb, \"(\", \"\")",
        "fields regexReplace(verb, verb, \"\")",
        "fields parseDate(verb, \"yyyy-QQQQQQ-bb\")",
        "stats pct(size, 101)",
        "stats pct(size, p95)",
        "fields 5m",
        "stats count(*) by bin(5m) | stats max(latest) by bin(1h)",
        "stats sum()",
        "stats sum(*)",
        // parse
        "parse @message \"user=*, method=*\" as user",
        "parse @message \"user=*\"",
        "parse @message /user=(\\w+)/",
        "parse @message /user=(?<u>\\w+)/ as user",
        "parse @message user",
        // order of commands
        "dedup verb | filter verb = \"get\"",
        "stats count(*) by verb | stats count(*) by verb | stats count(*)",
        "fields @timestamp | SOURCE 'cloudtrail'",
        // refused
        "anomaly",
        "relevantfields verb where responseStatus.code >= 400",
        "stats rate(bytes, 1mo)",
        "stats rate(bytes, 60)",
        "stats histogram(bytes, 0)",
        // other commands
        "join type=outer left=a right=b where a.x = b.x (SOURCE 'cloudtrail')",
        "join left=a right=b where a.x > b.x (SOURCE 'cloudtrail')",
        "join where a.x = b.x (SOURCE 'cloudtrail')",
        "filter verb in (SOURCE 'cloudtrail' | fields eventName, eventSource)",
        "lookup people name OUTPUT team",
        "fillmissing with 0",
        "stats count(*) as n by bin(5m) | fillmissing with 0 for m",
        "stats count(*) as n by bin(5m) | fillmissing with n for n",
        "outlier param=0.5",
        "autoregress size p=3-1",
        "diff",
        "diff lastYear",
        "filterIndex verb like \"get\"",
        "SOURCE '/aws/lambda/orders'",
        "SOURCE logGroups(prefix: ['x'])",
        "SOURCE 'cloudtrail' START=yesterday",
        "SOURCE 'cloudtrail', 'vpc-flow'",
        "sessionize user.username maxspan 1mo",
    ];
    let page: Vec<String> = queries.iter().map(|query| told(query)).collect();
    insta::assert_snapshot!("errors", page.join("\n"));
}

#[test]
fn wrong_settings_are_answered_with_what_is_wrong() {
    let group = |name: &str| Settings { log_group: Some(name.to_owned()), ..settings() };
    let week = Settings { since: Some(crate::NOW - 7 * 86_400_000_000), until: Some(crate::NOW), ..settings() };
    let clustered = Settings { cluster: Some("demo".to_owned()), ..group("cloudtrail") };
    let audit = group("k8s_audit");
    let page = [
        told_with("sort user.groups", &audit),
        told_with("fields verb | dedup sourceIPs", &audit),
        told_with("stats count(*) by verb, user.groups as groups", &audit),
        told_with("fields @timestamp", &group("/aws/lambda/orders")),
        told_with("fields @timestamp", &clustered),
        told_with("pattern @message | diff previousDay", &week),
    ];
    insta::assert_snapshot!("wrong_settings", page.join("\n"));
}

#[test]
fn the_place_is_within_the_query_and_between_letters() {
    for query in ["filter vérb = ", "filter “x”", "fields ünknown(1)", "sort", "fields `ü"] {
        let error = error(query, &settings());
        assert!(query.get(error.span.start..error.span.end).is_some(), "{query}: {:?}", error.span);
    }
}

#[test]
fn nesting_without_end_is_refused_and_not_followed() {
    for query in [
        format!("filter {}a = 1{}", "(".repeat(10_000), ")".repeat(10_000)),
        format!("filter {} a", "not ".repeat(10_000)),
        format!("fields {}1", "-".repeat(10_000)),
        format!("fields {}1", "2 ^ ".repeat(10_000)),
        format!("fields 1{}", " + 1".repeat(10_000)),
        format!("fields {}x{}", "tolower(".repeat(10_000), ")".repeat(10_000)),
        format!("filter a in {}", "(SOURCE 'x' | filter a in ".repeat(2_000)),
        "x".repeat(300_000),
    ] {
        assert!(!error(&query, &settings()).message.is_empty());
    }
}

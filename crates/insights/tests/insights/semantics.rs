//! What the language leaves open, and what is chosen: one fact a test, as SQL. That the SQL means it is tested where it
//! runs.

use eksamine_insights::{BinCap, Missing, Note, Settings};

use crate::{settings, sql, translated_with};

fn audit() -> Settings {
    Settings { log_group: Some("k8s_audit".to_owned()), ..settings() }
}

/// The conditions of a query with one filter.
fn condition(filter: &str) -> String {
    condition_with(filter, &audit())
}

fn condition_with(filter: &str, settings: &Settings) -> String {
    let sql = translated_with(&format!("filter {filter} | fields auditID"), settings).sql;
    let rest = sql.split_once("WHERE ").map_or("", |(_, rest)| rest);
    rest.split_once("\nORDER BY").map_or(rest, |(condition, _)| condition).replace("\n  AND ", " AND ")
}

#[test]
fn a_path_that_is_a_column_is_the_column() {
    assert_eq!(condition("objectRef.resource = \"roles\""), "object_resource = 'roles'");
    assert_eq!(
        condition("annotations.`authorization.k8s.io/decision` = \"forbid\""),
        "authorization_decision = 'forbid'"
    );
    assert_eq!(condition("sourceIPs.0 = \"192.0.2.1\""), "source_ip = '192.0.2.1'");
    assert_eq!(condition("user_name = \"x\""), "user_name = 'x'");
}

#[test]
fn any_other_path_is_read_from_the_nearest_json() {
    assert_eq!(
        condition("requestObject.spec.`a.b`.0 = \"x\""),
        "insights_scalar(request_object, 'spec', 'a.b', '0') = 'x'"
    );
    assert_eq!(condition("sourceIPs.1 = \"x\""), "insights_scalar(source_ips, '1') = 'x'");
    assert_eq!(condition("some.thing = \"x\""), "insights_scalar(raw, 'some', 'thing') = 'x'");
    assert_eq!(condition("@@key = \"x\""), "insights_scalar(raw, '@key') = 'x'");
    assert_eq!(
        condition("requestReceivedTimestamp like \"2024\""),
        "contains(insights_scalar(raw, 'requestReceivedTimestamp'), '2024')"
    );
}

#[test]
fn literals_that_look_like_numbers_compare_as_numbers() {
    assert_eq!(condition("responseStatus.code = \"401\""), "response_code = 401");
    assert_eq!(condition("responseStatus.code in [\"401\", 403]"), "response_code IN (401, 403)");
    assert_eq!(condition("responseStatus.code = \"x\""), "false");
    assert_eq!(condition("user.username >= 5"), "insights_compare(user_name, '5') >= 0");
    assert_eq!(condition("5 < user.username"), "insights_compare(user_name, '5') > 0");
    assert_eq!(condition("user.username in [\"a\", 1]"), "(user_name = 'a' OR insights_compare(user_name, '1') = 0)");
    assert_eq!(condition("responseStatus.code > -1.5"), "response_code > -1.5");
    assert_eq!(condition("responseStatus.code < 99999999999999999999"), "response_code < 1e20");
}

#[test]
fn a_missing_field_matches_a_negation_unless_it_is_skipped() {
    let skip = Settings { missing: Missing::Skip, ..audit() };
    let skipped = |filter: &str| condition_with(filter, &skip);
    assert_eq!(condition("verb != \"get\""), "(verb = 'get') IS NOT TRUE");
    assert_eq!(skipped("verb != \"get\""), "verb <> 'get'");
    assert_eq!(condition("verb not in [\"get\", \"list\"]"), "(verb IN ('get', 'list')) IS NOT TRUE");
    assert_eq!(skipped("verb not in [\"get\"]"), "verb IS NOT NULL AND (verb = 'get') IS NOT TRUE");
    assert_eq!(condition("verb not like \"g\""), "(contains(verb, 'g')) IS NOT TRUE");
    assert_eq!(condition("not (verb = \"get\")"), "(verb = 'get') IS NOT TRUE");
    assert_eq!(skipped("not (verb = \"get\")"), "(verb = 'get') IS NOT TRUE");
    let notes = translated_with("filter verb != \"get\"", &audit()).notes;
    assert_eq!(notes, [Note::Missing { fields: vec!["verb".to_owned()], kept: true }]);
}

#[test]
fn a_map_or_list_compares_as_nothing() {
    let structure = "(insights_is_structure(request_object, 'x')) IS NOT TRUE";
    assert_eq!(
        condition("requestObject.x != 1"),
        format!("(insights_compare(insights_scalar(request_object, 'x'), '1') = 0) IS NOT TRUE AND {structure}")
    );
    assert_eq!(
        condition("not (requestObject.x = 1)"),
        "(insights_compare(insights_scalar(request_object, 'x'), '1') = 0) IS NOT TRUE"
    );
}

#[test]
fn times_compare_as_instants_milliseconds_or_text() {
    let time = "coalesce(log_time, event_time)";
    assert_eq!(condition("@timestamp >= 1715677200000"), format!("{time} >= TIMESTAMP '2024-05-14T09:00:00.000000Z'"));
    assert_eq!(condition("@timestamp > 1715677200000"), format!("{time} >= TIMESTAMP '2024-05-14T09:00:00.001000Z'"));
    assert_eq!(condition("@timestamp like \"2024-05\""), format!("contains(insights_text({time}), '2024-05')"));
    assert_eq!(condition("@timestamp < \"2024-05-15\""), format!("insights_text({time}) < '2024-05-15'"));
}

#[test]
fn a_value_is_a_condition_and_a_condition_a_value() {
    assert_eq!(condition("isPrivateIP(sourceIPs.0)"), "insights_is_private_ip(source_ip)");
    assert_eq!(condition("requestObject.flag"), "insights_is_true(insights_scalar(request_object, 'flag'))");
    assert!(sql("fields verb = \"get\" as is_get").contains("CAST((verb = 'get') IS TRUE AS BIGINT) AS \"is_get\""));
}

#[test]
fn bins_are_capped_and_said_so() {
    let capped = translated_with("stats count(*) by bin(300s)", &audit());
    assert!(capped.sql.contains("insights_bin(coalesce(log_time, event_time), 60, 's')"), "{}", capped.sql);
    assert_eq!(capped.notes, [Note::BinCapped { written: "bin(300s)".to_owned(), used: "60 s".to_owned() }]);
    let exact = translated_with("stats count(*) by bin(300s)", &Settings { bin_cap: BinCap::AsWritten, ..audit() });
    assert!(exact.sql.contains("300, 's')"));
    assert!(exact.notes.is_empty());
    assert!(capped.columns[0].bin);
    let bins = exact.bins.unwrap();
    assert_eq!(bins.between(0, 900_000_000).unwrap(), [300_000_000, 600_000_000]);
    let moved = translated_with("stats count(*) by bin(1h) offset 15m", &audit()).bins.unwrap();
    assert_eq!(moved.between(900_000_000, 8_100_000_000).unwrap(), [4_500_000_000]);
}

#[test]
fn limit_is_ten_thousand_unless_it_is_said() {
    assert!(sql("fields verb").ends_with("LIMIT 10000"));
    assert!(sql("stats count(*) by verb").ends_with("LIMIT 10000"));
    assert!(sql("fields verb | limit 7").ends_with("LIMIT 7"));
    assert!(sql("fields verb | limit 100 | stats count(*) by verb").ends_with("LIMIT 100"));
}

#[test]
fn records_are_read_of_the_rows_that_are_shown() {
    let translated = sql("filter verb = \"get\" and @message like \"x\" | fields @message | sort responseStatus.code");
    let (picked, shown) = translated.split_once("\n)\n").unwrap();
    assert!(
        picked
            .contains("SELECT\n        source_uri,\n        source_record,\n        source_sha256\n    FROM k8s_audit")
    );
    assert!(picked.contains("contains(raw, 'x')") && picked.ends_with("LIMIT 10000"), "{picked}");
    // What was asked of the record is not asked twice, but what can prune is.
    assert!(
        shown.contains("LEFT SEMI JOIN picked USING (source_uri, source_record, source_sha256)\nWHERE verb = 'get'\n")
    );
    assert_eq!(translated.matches("ORDER BY").count(), 2);
    assert!(!sql("fields verb").contains("picked"));
    assert!(!sql("parse @message \"x*\" as x | stats count(*) by x").contains("picked"));
}

#[test]
fn sort_and_limit_shape_the_result_and_say_so() {
    let translation =
        translated_with("limit 5 | sort verb | filter verb = \"get\" | stats count(*) by user.username", &audit());
    assert!(!translation.sql.contains("limited"));
    let notes: Vec<String> = translation.notes.iter().map(ToString::to_string).collect();
    assert_eq!(notes.len(), 2, "{notes:?}");
    assert!(notes[0].contains("`limit` stands before `filter`"));
    assert!(notes[1].contains("`sort` by `verb` has no effect"));
}

#[test]
fn keywords_and_names_may_be_told_apart_by_backticks() {
    assert_eq!(condition("`in` = \"x\""), "insights_scalar(raw, 'in') = 'x'");
    assert_eq!(condition("`true` = \"x\""), "insights_scalar(raw, 'true') = 'x'");
    assert_eq!(condition("`user-agent` = \"x\""), "insights_scalar(raw, 'user-agent') = 'x'");
}

#[test]
fn windows_of_time_use_what_statistics_are_kept_of() {
    let bounded = Settings { since: Some(1_715_677_200_000_000), ..audit() };
    let sql = translated_with("fields verb", &bounded).sql;
    assert!(sql.contains("WHERE (log_time >= TIMESTAMP '2024-05-14T09:00:00.000000Z' OR log_time IS NULL AND (event_time >= TIMESTAMP '2024-05-14T09:00:00.000000Z' OR event_time IS NULL))"), "{sql}");
    let trail = Settings { log_group: Some("cloudtrail".to_owned()), ..bounded };
    let sql = translated_with("fields eventName", &trail).sql;
    assert!(
        sql.contains("WHERE (event_time >= TIMESTAMP '2024-05-14T09:00:00.000000Z' OR event_time IS NULL)"),
        "{sql}"
    );
}

#[test]
fn a_comparison_that_can_never_hold_is_told() {
    let notes = |filter: &str| {
        let notes = translated_with(&format!("filter {filter}"), &audit()).notes;
        notes.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(notes("verb = \"POST\""), ["`verb = \"POST\"` finds nothing: verbs are in lower case here"]);
    assert_eq!(
        notes("responseStatus.code in [\"x\", \"y\"]"),
        ["`responseStatus.code in [\"x\", \"y\"]` finds nothing: that column holds whole numbers"]
    );
    assert!(notes("verb in [\"POST\", \"create\"]").is_empty());
    assert!(notes("responseStatus.code = \"401\"").is_empty());
}

//! Which table is asked.

use eksamine_insights::{Note, Settings};

use crate::{settings, translated, translated_with};

/// What stands after FROM, in each place.
fn asked(sql: &str) -> Vec<&str> {
    let from = sql.lines().filter_map(|line| line.trim_start().strip_prefix("FROM "));
    from.filter(|name| eksamine_tables().contains(name)).collect()
}

fn eksamine_tables() -> Vec<&'static str> {
    crate::tables::all().iter().map(|table| table.name.as_str()).collect()
}

fn of_group(group: &str, query: &str) -> String {
    translated_with(query, &Settings { log_group: Some(group.to_owned()), ..settings() }).sql
}

#[test]
fn a_log_group_is_its_tables() {
    assert_eq!(asked(&of_group("cloudtrail", "fields eventName")), ["cloudtrail"]);
    assert_eq!(asked(&of_group("vpc-flow", "fields srcAddr")), ["vpc_flow"]);
    assert_eq!(
        asked(&of_group("/aws/eks/demo/cluster", "fields @message")),
        ["k8s_audit", "authenticator", "control_plane"]
    );
    assert_eq!(asked(&of_group("authenticator", "fields arn")), ["authenticator"]);
}

#[test]
fn streams_and_fields_choose_among_the_tables_of_a_cluster() {
    let eks = |query: &str| of_group("/aws/eks/demo/cluster", query);
    assert_eq!(asked(&eks("filter @logStream like /^kube-apiserver-audit/ | fields verb")), ["k8s_audit"]);
    assert_eq!(asked(&eks("filter verb = \"get\"")), ["k8s_audit"]);
    assert_eq!(asked(&eks("filter verb != \"get\"")), ["k8s_audit", "authenticator", "control_plane"]);
    assert_eq!(asked(&eks("filter @logStream like \"kube-apiserver\"")), ["k8s_audit", "control_plane"]);
}

#[test]
fn a_log_group_of_a_cluster_asks_for_that_cluster() {
    let sql = of_group("/aws/eks/demo/cluster", "filter verb = \"get\"");
    assert!(sql.contains("\"cluster\" = 'demo'"), "{sql}");
    let clustered = Settings { cluster: Some("it's".to_owned()), ..settings() };
    assert!(translated_with("filter verb = \"get\"", &clustered).sql.contains("\"cluster\" = 'it''s'"));
}

#[test]
fn source_overrides_the_log_group() {
    let sql = of_group("cloudtrail", "SOURCE '/aws/eks/demo/cluster' START=-3600s END=0s | filter verb = \"get\"");
    assert_eq!(asked(&sql), ["k8s_audit"]);
    assert!(sql.contains(">= TIMESTAMP '2024-05-14T11:00:00.000000Z'"), "{sql}");
    assert!(sql.contains("< TIMESTAMP '2024-05-14T12:00:00.000000Z'"), "{sql}");
    let sql = translated("SOURCE logGroups(namePrefix: ['/aws/eks/pro', '/aws/eks/dev'], accountIdentifiers: ['111122223333']) | filter verb = \"get\"").sql;
    assert!(sql.contains("starts_with(\"cluster\", 'pro') OR starts_with(\"cluster\", 'dev')"), "{sql}");
    assert!(sql.contains("log_account_id IN ('111122223333')"), "{sql}");
}

#[test]
fn without_a_log_group_the_fields_choose_and_it_is_said() {
    let translation = translated("stats count(*) by eventSource, eventName");
    assert_eq!(asked(&translation.sql), ["cloudtrail"]);
    assert!(matches!(translation.notes.as_slice(), [Note::Source { .. }]), "{:?}", translation.notes);
    assert_eq!(asked(&translated("stats sum(bytes) by srcAddr").sql), ["vpc_flow"]);
    assert_eq!(asked(&translated("filter verb = \"get\" and userAgent like \"x\"").sql), ["k8s_audit"]);
}

#[test]
fn flow_logs_have_the_names_of_cloudwatch() {
    let sql = of_group(
        "vpc-flow",
        "filter srcAddr = \"192.0.2.1\" and dstPort = 443 | fields interfaceId, startTime, logStatus, srcaddr, tcpFlags",
    );
    assert!(sql.contains("srcaddr = '192.0.2.1'\n  AND dstport = 443"), "{sql}");
    assert!(sql.contains("to_unixtime(event_time) AS \"startTime\""), "{sql}");
    assert!(sql.contains("tcp_flags AS \"tcpFlags\""), "{sql}");
}

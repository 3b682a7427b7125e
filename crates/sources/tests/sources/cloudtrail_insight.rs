//! CloudTrail Insights events of trails and of event data stores.

use crate::support::decode;

pub const START: &str = r#"{"eventVersion":"1.08","eventTime":"2024-05-14T14:07:00Z","awsRegion":"us-east-1","eventID":"i-1","eventType":"AwsCloudTrailInsight","recipientAccountId":"111122223333","sharedEventID":"s-1","insightDetails":{"state":"Start","eventSource":"eks.amazonaws.com","eventName":"CreateAccessEntry","insightType":"ApiCallRateInsight","insightContext":{"statistics":{"baseline":{"average":0.0000882145},"insight":{"average":6},"insightDuration":5,"baselineDuration":11336},"attributions":[{"attribute":"userIdentityArn","insight":[{"value":"arn:aws:sts::111122223333:assumed-role/ci-deploy","average":6}],"baseline":[]},{"attribute":"errorCode","insight":[{"value":"null","average":6}],"baseline":[]}]}},"eventCategory":"Insight"}"#;

const END_OF_ERRORS: &str = r#"{"eventVersion":"1.08","eventTime":"2024-05-14T14:31:00Z","awsRegion":"us-east-1","eventID":"i-2","eventType":"AwsCloudTrailInsight","recipientAccountId":"111122223333","sharedEventID":"s-2","insightDetails":{"state":"End","eventSource":"s3.amazonaws.com","eventName":"GetObject","insightType":"ApiErrorRateInsight","errorCode":"AccessDenied","insightContext":{"statistics":{"baseline":{"average":0.5},"insight":{"average":18.25},"insightDuration":24,"baselineDuration":10080}}},"eventCategory":"Insight"}"#;

const OF_A_STORE: &str = r#"{"eventVersion":"1.09","eventCategory":"Insight","eventType":"AwsCloudTrailInsight","eventID":"i-3","eventTime":"2024-05-14T14:31:00Z","awsRegion":"us-east-1","recipientAccountId":"111122223333","sharedEventID":"s-3","insightSource":"arn:aws:cloudtrail:us-east-1:111122223333:eventdatastore/e","insightState":"End","insightEventSource":"iam.amazonaws.com","insightEventName":"AttachRolePolicy","insightErrorCode":"AccessDenied","insightType":"ApiErrorRateInsight","insightContext":{"baselineAverage":0.2,"insightAverage":4.0,"baselineDuration":10080,"insightDuration":12,"attributions":[]}}"#;

#[test]
fn an_activity_that_began() {
    let key = "AWSLogs/111122223333/CloudTrail-Insight/us-east-1/2024/05/14/x.json.gz";
    let decoded = decode(key, format!(r#"{{"Records":[{START}]}}"#).as_bytes());
    decoded.assert_closed();
    assert_eq!(decoded.raws("cloudtrail_insight"), [START]);
    insta::assert_snapshot!(decoded.describe());
}

#[test]
fn an_insight_on_data_events_that_ended_with_errors() {
    let decoded = decode("x.json", END_OF_ERRORS.as_bytes());
    insta::assert_snapshot!(decoded.describe());
}

#[test]
fn an_insight_of_an_event_data_store_has_the_same_columns() {
    let decoded = decode("x.json", OF_A_STORE.as_bytes());
    assert_eq!(decoded.raws("cloudtrail_insight"), [OF_A_STORE]);
    insta::assert_snapshot!(decoded.describe());
}

#[test]
fn list_insights_data_carries_them_as_texts() {
    let quoted = serde_json::to_string(START).unwrap();
    let answer =
        format!(r#"{{"Events":[{{"EventId":"i-1","EventName":"CreateAccessEntry","CloudTrailEvent":{quoted}}}]}}"#);
    let decoded = decode("x.json", answer.as_bytes());
    decoded.assert_closed();
    assert_eq!(decoded.raws("cloudtrail_insight"), [START]);
}

#[test]
fn numbers_that_are_none_are_null() {
    let record = START
        .replace("0.0000882145", "\"few\"")
        .replace("\"insight\":{\"average\":6}", "\"insight\":{\"average\":1e999}");
    let decoded = decode("x.json", record.as_bytes());
    decoded.assert_closed();
    assert_eq!(decoded.column("cloudtrail_insight", "baseline_average"), ["∅"]);
    assert!(decoded.reasons().is_empty() && decoded.column("cloudtrail_insight", "insight_average") == ["∅"]);
}

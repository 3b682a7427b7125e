//! The ways in which CloudWatch hands out the messages of one log stream of the cluster `demo`.

/// 2024-05-14T14:02:11.123Z.
const MILLIS: i64 = 1_715_695_331_123;
pub const TIME: &str = "2024-05-14T14:02:11.123Z";

pub struct Carried {
    pub key: String,
    pub object: String,
}

/// An export task's object.
pub fn export_task(stream: &str, messages: &[&str]) -> Carried {
    let task = "0c9ad4b5-5b9f-4a7a-8d0e-3d6f2f0a1b2c";
    let lines: Vec<String> = messages.iter().map(|message| format!("{TIME} {message}")).collect();
    let object = lines.join("\n") + "\n";
    Carried { key: format!("exports/aws-eks-demo-cluster/{task}/{stream}/000000.gz"), object }
}

/// What Firehose delivers of a subscription.
pub fn subscription(stream: &str, messages: &[&str]) -> Carried {
    let events: Vec<_> = messages
        .iter()
        .map(|message| serde_json::json!({"id": "1", "timestamp": MILLIS, "message": message}))
        .collect();
    let object = serde_json::json!({
        "messageType": "DATA_MESSAGE", "owner": "111122223333", "logGroup": "/aws/eks/demo/cluster",
        "logStream": stream, "subscriptionFilters": ["all"], "logEvents": events,
    });
    Carried { key: "firehose/2024/05/14/14/x.gz".into(), object: object.to_string() }
}

/// The answer of `filter-log-events`.
pub fn filter_log_events(stream: &str, messages: &[&str]) -> Carried {
    let events: Vec<_> = messages
        .iter()
        .map(|message| {
            serde_json::json!({
                "logStreamName": stream, "timestamp": MILLIS, "message": message, "ingestionTime": MILLIS + 7,
                "eventId": "2",
            })
        })
        .collect();
    let object = serde_json::json!({"events": events, "searchedLogStreams": []});
    Carried { key: "dumps/aws/eks/demo/cluster/events.json".into(), object: object.to_string() }
}

/// The answer of `get-log-events`, which does not name the stream.
pub fn get_log_events(messages: &[&str]) -> Carried {
    let events: Vec<_> = messages
        .iter()
        .map(|message| serde_json::json!({"timestamp": MILLIS, "message": message, "ingestionTime": MILLIS + 7}))
        .collect();
    let object = serde_json::json!({"events": events, "nextForwardToken": "f/1"});
    Carried { key: "dumps/aws/eks/demo/cluster/events.json".into(), object: object.to_string() }
}

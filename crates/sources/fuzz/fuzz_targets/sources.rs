//! Every source, chosen by the first byte, over a record that reaches it for certain: beside a good record, in the
//! envelope that its kind of log comes in.

#![no_main]

use eksamine_sources::SOURCES;
use eksamine_sources::source::Form;
use eksamine_sources_fuzz::{choice, let_panics_unwind, object};
use libfuzzer_sys::fuzz_target;

const TIME: &str = "2024-05-14T14:02:11.123Z";

fuzz_target!(
    init: let_panics_unwind(),
    |data: &[u8]| {
        let Some((choice, record)) = choice(data) else { return };
        let source = SOURCES[choice % SOURCES.len()];
        let is_message = choice / SOURCES.len() % 2 == 1;
        let name = source.table().name;
        let stream = match name {
            "k8s_audit" => "kube-apiserver-audit-00ff",
            "authenticator" => "authenticator-00ff",
            "control_plane" => "kube-scheduler-00ff",
            _ => "",
        };
        let key = format!("mapped/2024/05/14/{stream}/000000.gz");
        let bytes = match (source.form(), name) {
            (_, "vpc_flow") => [b"version srcaddr dstaddr bytes start end action novelty\n", record].concat(),
            _ if is_message => subscription(stream, record),
            (Form::Text, _) => [TIME.as_bytes(), b" ", record].concat(),
            (Form::Json, _) => [b"{\"Records\":[", record, b"]}"].concat(),
        };
        object::check(&key, &bytes);
    }
);

fn subscription(stream: &str, record: &[u8]) -> Vec<u8> {
    let message = String::from_utf8_lossy(record);
    let event = serde_json::json!({"id": "1", "timestamp": 1_715_695_331_123_i64, "message": message});
    let document = serde_json::json!({
        "messageType": "DATA_MESSAGE", "owner": "111122223333", "logGroup": "/aws/eks/demo/cluster",
        "logStream": stream, "logEvents": [event],
    });
    document.to_string().into_bytes()
}

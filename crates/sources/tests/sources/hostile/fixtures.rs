//! Well-formed objects, one for every arrangement and every source, as the places to do damage at. They come apart
//! into their records and what stands between them.
//!
//! `fuzz/seeds.rs` begins its corpus with the same objects, so this file stands on nothing but `serde_json`.

/// An object, in its parts.
pub struct Fixture {
    /// Source and arrangement.
    pub name: String,
    pub key: &'static str,
    pub table: &'static str,
    pub parts: Vec<Part>,
}

pub enum Part {
    Framing(String),
    Record(Record),
}

pub struct Record {
    /// As it stands in the object, with what wraps it alone.
    pub written: String,
    /// What its row has as its raw text.
    pub raw: String,
    /// Bytes at its head by which it is known to begin, where only they part it from the record before.
    pub head_bytes: usize,
}

impl Fixture {
    pub fn object(&self) -> Vec<u8> {
        let text = |part: &Part| match part {
            Part::Framing(text) => text.clone(),
            Part::Record(record) => record.written.clone(),
        };
        self.parts.iter().map(text).collect::<String>().into_bytes()
    }

    pub fn records(&self) -> impl Iterator<Item = &Record> {
        self.parts.iter().filter_map(|part| match part {
            Part::Framing(_) => None,
            Part::Record(record) => Some(record),
        })
    }
}

/// Three records of one kind, the name of the source first.
type Kind = (&'static str, [&'static str; 3]);

const CLOUDTRAIL: Kind = (
    "cloudtrail",
    [
        r#"{"eventVersion":"1.09","eventTime":"2024-05-14T14:00:00Z","eventName":"One","eventID":"a","userIdentity":null}"#,
        r#"{"eventVersion":"1.09","userIdentity":{"type":"AssumedRole","arn":"arn:aws:sts::111122223333:assumed-role/ci/run-7","sessionContext":{"sessionIssuer":{"userName":"ci"}}},"eventTime":"2024-05-14T14:00:01Z","eventName":"Two","requestParameters":{"name":"demo \"x\"","tags":[1,null,true]},"eventID":"b"}"#,
        r#"{"eventVersion":"1.09","eventTime":"2024-05-14T14:00:02Z","eventName":"Three","eventID":"c","resources":[]}"#,
    ],
);
const INSIGHT: Kind = (
    "cloudtrail_insight",
    [
        r#"{"eventVersion":"1.08","eventTime":"2024-05-14T14:07:00Z","eventID":"i-1","eventType":"AwsCloudTrailInsight"}"#,
        r#"{"eventVersion":"1.08","eventTime":"2024-05-14T14:07:00Z","eventID":"i-2","eventType":"AwsCloudTrailInsight","insightDetails":{"state":"Start","insightContext":{"statistics":{"baseline":{"average":0.0000882145},"insightDuration":5}}}}"#,
        r#"{"eventVersion":"1.08","eventTime":"2024-05-14T14:07:00Z","eventID":"i-3","eventType":"AwsCloudTrailInsight"}"#,
    ],
);
const AUDIT: Kind = (
    "k8s_audit",
    [
        r#"{"kind":"Event","apiVersion":"audit.k8s.io/v1","auditID":"a","stage":"ResponseComplete","verb":"get"}"#,
        r#"{"kind":"Event","apiVersion":"audit.k8s.io/v1","auditID":"b","stage":"ResponseStarted","requestURI":"/api/v1/namespaces/payments/pods/api-0/exec?command=sh","verb":"create","user":{"username":"ci","groups":["system:authenticated"],"extra":{"arn":["arn:aws:sts::111122223333:assumed-role/ci/run-7"]}},"sourceIPs":["203.0.113.66"],"objectRef":{"resource":"pods","name":"api-0"}}"#,
        r#"{"kind":"Event","apiVersion":"audit.k8s.io/v1","auditID":"c","stage":"ResponseComplete","verb":"list"}"#,
    ],
);
const FINDING: Kind = (
    "guardduty",
    [
        r#"{"id":"f1","type":"Recon:EC2/Portscan","resource":{},"service":{"serviceName":"guardduty"},"updatedAt":"2024-05-14T14:40:10.456Z"}"#,
        r#"{"id":"f2","type":"Recon:EC2/PortProbe","resource":{"resourceType":"Instance"},"service":{"serviceName":"guardduty","action":{"actionType":"PORT_PROBE","portProbeAction":{"portProbeDetails":[{"remoteIpDetails":{"ipAddressV4":"198.51.100.7"}}]}}},"severity":"2"}"#,
        r#"{"id":"f3","type":"Recon:EC2/Portscan","resource":{},"service":{"serviceName":"guardduty"},"severity":5.3}"#,
    ],
);
const LOGIN: Kind = (
    "authenticator",
    [
        r#"time="2024-05-14T14:02:10Z" level=info msg="access granted" arn="arn:aws:iam::111122223333:role/dev" path=/authenticate"#,
        r#"time="2024-05-14T14:02:11Z" level=warning msg="access denied" client="127.0.0.1:43440" error="no \"such\" token\n" groups="[a b]" method=POST path=/authenticate uid="aws-iam-authenticator:111122223333:AROAEXAMPLE" queued"#,
        r#"time="2024-05-14T14:02:12Z" level=info msg="STS response" accesskeyid=ASIAEXAMPLE userid=AROAEXAMPLE path=/authenticate"#,
    ],
);
const KLOG: Kind = (
    "control_plane",
    [
        "I0514 14:02:10.654321       1 event.go:376] one",
        r#"E0514 14:02:10.654322       1 replica_set.go:557] "Unhandled \"sync\"" logger="replicaset" pods=["a","b c"] spec={"x":{"y":1}} count=3 err="pods \"api-\" is forbidden""#,
        "F0514 14:02:10.654324       1 main.go:9] unable to start",
    ],
);
const FLOW: Kind = (
    "vpc_flow",
    [
        "2 111122223333 eni-0a1b2c3d 203.0.113.66 192.0.2.14 40112 443 6 21 4096 1715695331 1715695390 ACCEPT OK",
        "2 111122223333 eni-0a1b2c3d 198.51.100.7 192.0.2.14 51820 22 6 1 40 1715695340 1715695390 REJECT OK",
        "2 111122223333 eni-0a1b2c3d - - - - - - - 1715695391 1715695450 - NODATA",
    ],
);

const TIME: &str = "2024-05-14T14:02:11.123Z";
const MILLIS: i64 = 1_715_695_331_123;

/// Every arrangement of every source.
pub fn all() -> Vec<Fixture> {
    let mut all = Vec::new();
    for kind in [CLOUDTRAIL, INSIGHT, AUDIT, FINDING] {
        for (arrangement, open, between, close) in [
            ("Records", r#"{"Records":["#, ",", r#"],"more":{"a":[1]}}"#),
            ("items", r#"{"kind":"EventList","items":[ "#, " , ", " ]}\n"),
            ("Findings", r#"{"Findings":["#, ",", "]}"),
            ("array", "[\n  ", ",\n  ", "\n]\n"),
            ("lines", "", "\n", "\n"),
            ("windows lines", "\u{feff}", "\r\n", "\r\n"),
            ("joined", "", "", ""),
        ] {
            all.push(arranged(kind, arrangement, "mapped/x.json", [open, between, close], plain));
        }
        let bridged = |raw: &str| format!(r#"{{"version":"0","detail-type":"x","source":"aws","detail":{raw}}}"#);
        all.push(arranged(kind, "bridged", "mapped/x.json", ["", "\n", ""], |raw| (bridged(raw), 0)));
    }
    for kind in [CLOUDTRAIL, INSIGHT] {
        let looked_up = |raw: &str| (serde_json::json!({"CloudTrailEvent": raw, "EventId": "a"}).to_string(), 0);
        all.push(arranged(kind, "looked up", "x.json", [r#"{"Events":["#, ",", "]}"], looked_up));
    }
    for (kind, stream, key) in [
        (AUDIT, "kube-apiserver-audit-00ff", "exports/aws-eks-demo-cluster/1/kube-apiserver-audit-00ff/000000.gz"),
        (LOGIN, "authenticator-00ff", "exports/aws-eks-demo-cluster/1/authenticator-00ff/000000.gz"),
        (KLOG, "kube-scheduler-00ff", "exports/aws-eks-demo-cluster/1/kube-scheduler-00ff/000000.gz"),
    ] {
        let open = format!(
            r#"{{"messageType":"DATA_MESSAGE","owner":"111122223333","logGroup":"/aws/eks/demo/cluster","logStream":"{stream}","logEvents":["#
        );
        let event = |raw: &str| serde_json::json!({"id": "1", "timestamp": MILLIS, "message": raw}).to_string();
        all.push(arranged(kind, "subscription", "firehose/2024/05/14/14/x", [&open, ",", "]}"], |raw| (event(raw), 0)));
        let named = |raw: &str| serde_json::json!({"eventId": "2", "logStreamName": stream, "message": raw, "timestamp": MILLIS});
        let parts = [r#"{"events":["#, ",", "]}"];
        all.push(arranged(kind, "filter-log-events", "x.json", parts, |raw| (named(raw).to_string(), 0)));
        all.push(arranged(kind, "export task", key, ["", "\n", "\n"], |raw| (format!("{TIME} {raw}"), TIME.len() + 1)));
    }
    for (kind, head) in [(LOGIN, "msg=\""), (KLOG, "] ")] {
        let head_bytes = |raw: &str| raw.find(head).map_or(0, |at| at + head.len());
        let lines = |raw: &str| (raw.to_owned(), head_bytes(raw));
        all.push(arranged(kind, "plain lines", "mapped/2024/05/14/x.log", ["", "\n", "\n"], lines));
        let mut prefixed = arranged(kind, "container lines", "mapped/2024/05/14/x.log", ["", "\n", "\n"], |raw| {
            let prefix = "2024-05-14T14:02:11.123456789Z stderr F ";
            (format!("{prefix}{raw}"), prefix.len() + head_bytes(raw))
        });
        for part in &mut prefixed.parts {
            if let Part::Record(record) = part {
                record.raw.clone_from(&record.written);
            }
        }
        all.push(prefixed);
    }
    let names = "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status\n";
    all.push(arranged(FLOW, "named", "x.log.gz", [names, "\n", "\n"], plain));
    all.push(arranged(FLOW, "default format", "x.log.gz", ["", "\r\n", ""], plain));
    all
}

fn plain(raw: &str) -> (String, usize) {
    (raw.to_owned(), 0)
}

/// Records between an opening, separators and a closing. `wrap` writes a record and says how long its head is.
fn arranged(
    (table, records): Kind,
    arrangement: &str,
    key: &'static str,
    [open, between, close]: [&str; 3],
    wrap: impl Fn(&str) -> (String, usize),
) -> Fixture {
    let mut parts = Vec::new();
    for (position, raw) in records.iter().enumerate() {
        parts.push(Part::Framing(if position == 0 { open } else { between }.to_owned()));
        let (written, head_bytes) = wrap(raw);
        parts.push(Part::Record(Record { written, raw: (*raw).to_owned(), head_bytes }));
    }
    parts.push(Part::Framing(close.to_owned()));
    Fixture { name: format!("{table}, {arrangement}"), key, table, parts }
}

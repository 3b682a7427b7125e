//! Dirty Kubernetes audit events: what the API server writes, next to what it never would.

use super::{DIRT, one};
use crate::generate::Random;

/// 2026-03-01T00:00:00Z in microseconds since 1970.
const START_MICROS: i64 = 1_772_323_200_000_000;

/// An event as a log group carries it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drawn {
    /// The event, one line of JSON, under an `auditID` of its own.
    pub message: String,
    /// Milliseconds since 1970 that CloudWatch gives it.
    pub log_millis: i64,
    /// Which of a few streams it is in.
    pub stream: usize,
}

/// Draws events. All have ids of their own; times are of a few days and often the same.
pub fn events(seed: u64, count: usize) -> Vec<Drawn> {
    (0..count).map(|number| event(&mut Random::new(&[seed, 0x6576_656e, number as u64]), number)).collect()
}

fn event(random: &mut Random, number: usize) -> Drawn {
    let micros = START_MICROS + (random.below(60) * 3_137_000_123) as i64 + (random.below(3) * 250) as i64;
    let mut members = vec![
        member("kind", "\"Event\""),
        member("apiVersion", "\"audit.k8s.io/v1\""),
        member("auditID", &format!("\"event-{number}\"")),
    ];
    let mut add = |random: &mut Random, percent: u64, key: &str, value: String| {
        if random.percent(percent) {
            members.push(member(key, &value));
        }
    };
    let stage = either(random, &["\"ResponseComplete\"", "\"ResponseStarted\"", "\"RequestReceived\"", "\"Panic\""]);
    add(random, 97, "stage", stage);
    let level = either(random, &["\"Metadata\"", "\"Request\"", "\"RequestResponse\"", "\"metadata\""]);
    add(random, 95, "level", level);
    let verb =
        either(random, &["\"get\"", "\"list\"", "\"create\"", "\"delete\"", "\"watch\"", "\"GET\"", "\"Patch\""]);
    add(random, 95, "verb", verb);
    let uri = either(random, &["\"/api/v1/pods\"", "\"/api/v1/secrets?limit=500\"", "\"/apis\"", "\"\""]);
    add(random, 100, "requestURI", uri);
    let user = user(random);
    add(random, 95, "user", user);
    let addresses = match random.below(8) {
        0 => dirt(random),
        1 => "[]".to_owned(),
        2 => "[null, \"203.0.113.7\"]".to_owned(),
        _ => either(random, &["[\"10.0.0.1\"]", "[\"203.0.113.7\",\"10.0.0.2\"]", "[ \"2001:db8::7\" ]"]),
    };
    add(random, 95, "sourceIPs", addresses);
    let agent = either(random, &["\"kubectl/v1.29.0\"", "\"curl/8.5.0\"", "\"kubelet\"", "\"\""]);
    add(random, 85, "userAgent", agent);
    let object = object(random);
    add(random, 90, "objectRef", object);
    let status = status(random);
    add(random, 90, "responseStatus", status);
    let decision = either(random, &["\"allow\"", "\"forbid\"", "null", "1"]);
    add(random, 60, "annotations", format!("{{\"authorization.k8s.io/decision\": {decision}, \"k.v\": 3}}"));
    let time = format!("\"{}\"", rfc3339(micros));
    add(random, 95, "requestReceivedTimestamp", time.clone());
    add(random, 90, "stageTimestamp", time);
    free(random, &mut members);
    random.shuffle(&mut members);
    let separator = either(random, &[",", ", ", ",", " ,"]);
    let message = format!("{{{}}}", members.join(&separator));
    Drawn { message, log_millis: micros / 1_000 + random.below(2) as i64, stream: random.below(4) as usize }
}

/// Fields that no column holds.
fn free(random: &mut Random, members: &mut Vec<String>) {
    for key in ["a", "b", "foo-bar", "with space", "dot.key", "tick`y", "@own", "quo\"te", "as", "Ünicode"] {
        if random.percent(70) {
            let value = dirt(random);
            members.push(member(key, &value));
        }
    }
    if random.percent(90) {
        let value = match random.below(12) {
            0 => dirt(random),
            1 => format!("\"{}\"", random.below(20)),
            2 => format!("-{}", random.below(5)),
            3 => format!("{}.5", random.below(9)),
            _ => random.below(30).to_string(),
        };
        members.push(member("n", &value));
    }
    if random.percent(90) {
        let value = either(random, &["\"red\"", "\"green\"", "\"blue\"", "\"Red\"", "\"\"", "null"]);
        members.push(member("t", &value));
    }
    if random.percent(80) {
        let value = either(
            random,
            &[
                "\"10.0.0.1\"",
                "\"172.20.1.1\"",
                "\"198.51.100.4\"",
                "\"2001:db8::1\"",
                "\"10.0.0\"",
                "\"8.8.8.8\"",
                "\"127.0.0.1\"",
                "\"fe80::1\"",
                "\"64:ff9b:1::9\"",
                "\"2600:1f00::1\"",
                "\"10.0.0.1/8\"",
                "5",
            ],
        );
        members.push(member("ip", &value));
    }
    if random.percent(70) {
        let value = either(
            random,
            &[
                "\"user=ann, n=5 code: 200\"",
                "\"user=bob, n=x code: 404 user=eve, n=7 code: 1\"",
                "\"nothing\"",
                "\"n=\"",
            ],
        );
        members.push(member("line", &value));
    }
    if random.percent(50) {
        let value =
            either(random, &["\"a,b,c\"", "\"1,\\\"two, 2\\\",\"", "\",,\"", "\"\\\"a\\\"\\\"b\\\",c\"", "\"\""]);
        members.push(member("csv", &value));
    }
    if random.percent(70) {
        let (one, other) = (dirt(random), dirt(random));
        let value = match random.below(4) {
            0 => format!("[{one},{other}]"),
            1 => format!("{{\"0\":{one}, \"1\": {other}}}"),
            2 => "[]".to_owned(),
            _ => one,
        };
        members.push(member("list", &value));
    }
    if random.percent(70) {
        let (one, other) = (dirt(random), dirt(random));
        let value = format!("{{\"er\":{{\"est\":{one}}},\"k.v\":{other},\"l\":[{{\"m\":{other}}}]}}");
        members.push(member("deep", &value));
    }
    // A key that is there twice: the last one counts.
    if random.percent(5) {
        let value = dirt(random);
        members.push(format!("\"twice\":1,\"twice\":{value}"));
    }
}

fn user(random: &mut Random) -> String {
    let name = mostly(random, 92, &["\"alice\"", "\"bob\"", "\"system:anonymous\"", "\"system:serviceaccount:a:b\""]);
    let groups = mostly(random, 92, &["[\"system:masters\"]", "[\"system:authenticated\",\"dev\"]", "[]"]);
    match random.below(20) {
        0 => "{}".to_owned(),
        1 => "null".to_owned(),
        2 => format!("{{\"username\":{name}}}"),
        3 => format!("{{\"groups\":{groups}}}"),
        _ => format!(
            "{{\"username\":{name},\"groups\":{groups},\"extra\":{{\"arn\":[\"arn:aws:iam::111122223333:user/a\"]}}}}"
        ),
    }
}

fn object(random: &mut Random) -> String {
    let resource = mostly(random, 95, &["\"pods\"", "\"secrets\"", "\"configmaps\"", "\"roles\""]);
    let namespace = mostly(random, 90, &["\"default\"", "\"kube-system\"", "\"dev\""]);
    let name = mostly(random, 80, &["\"web-1\"", "\"web-12\"", "\"web-2\"", "\"db\""]);
    match random.below(12) {
        0 => "{}".to_owned(),
        1 => format!("{{\"resource\":{resource}}}"),
        _ => format!("{{\"resource\":{resource},\"namespace\":{namespace},\"name\":{name}}}"),
    }
}

fn status(random: &mut Random) -> String {
    let code = match random.below(12) {
        0 => dirt(random),
        1 => "\"403\"".to_owned(),
        2 => "200.0".to_owned(),
        _ => either(random, &["200", "201", "401", "403", "404", "500", "503"]),
    };
    let reason = mostly(random, 90, &["\"Forbidden\"", "\"NotFound\"", "\"\""]);
    match random.below(8) {
        0 => "{\"metadata\":{}}".to_owned(),
        1 => format!("{{\"code\":{code},\"reason\":{reason}}}"),
        _ => format!("{{\"metadata\":{{}},\"code\":{code}}}"),
    }
}

fn dirt(random: &mut Random) -> String {
    one(random, DIRT).to_owned()
}

fn either(random: &mut Random, values: &[&str]) -> String {
    one(random, values).to_owned()
}

fn mostly(random: &mut Random, percent: u64, values: &[&str]) -> String {
    if random.percent(percent) { either(random, values) } else { dirt(random) }
}

fn member(key: &str, value: &str) -> String {
    format!("{}:{value}", serde_json::Value::from(key))
}

/// `2026-03-01T09:30:00.123456Z`; the events are all of March.
fn rfc3339(micros: i64) -> String {
    let since = micros - START_MICROS;
    let (day, clock) = (since / 86_400_000_000, since % 86_400_000_000);
    let (second, rest) = (clock / 1_000_000, clock % 1_000_000);
    format!("2026-03-{:02}T{:02}:{:02}:{:02}.{rest:06}Z", day + 1, second / 3_600, second / 60 % 60, second % 60)
}

//! Made-up events: the same for the same number, of the shapes that a cluster's timeline has, with example names only.

use eksamine_web::{Completeness, Coverage, Event, HourMap, Report, ReportWriter};

/// 2024-05-13T06:00:00Z.
const BEGIN_MICROS: i64 = 1_715_580_000_000_000;

/// SplitMix64, <https://prng.di.unimi.it/splitmix64.c>.
pub struct Dice(pub u64);

impl Dice {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut value = self.0;
        value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        value ^ (value >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    fn uuid(&mut self) -> String {
        let (high, low) = (self.next(), self.next());
        format!(
            "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
            high >> 32,
            (high >> 16) & 0xffff,
            high & 0xffff,
            low >> 48,
            low & 0xffff_ffff_ffff
        )
    }
}

/// The head of a made-up report.
pub fn report() -> Report {
    Report {
        title: "Timeline of demo".to_owned(),
        cluster: Some("demo".to_owned()),
        since_micros: Some(BEGIN_MICROS),
        until_micros: Some(BEGIN_MICROS + 3 * 86_400_000_000),
        made_micros: Some(BEGIN_MICROS + 5 * 86_400_000_000),
        program: "eksamine 0.1.0".to_owned(),
        question: Some("eksamine timeline demo --lake incident -o demo.html".to_owned()),
        accounting: vec![
            "1,204,118 records were read from 3,402 objects; 1,203,990 are rows of the lake, 126 were folded as exact copies, 2 could not be read and are kept as rejects.".to_owned(),
            "The numbers add up.".to_owned(),
        ],
        coverage: vec![
            Coverage {
                log: "CloudTrail".to_owned(),
                completeness: Completeness::Whole,
                said: "eu-west-1 and us-east-1, 13 to 15 May 2024".to_owned(),
                gaps_micros: Vec::new(),
            },
            Coverage {
                log: "Kubernetes audit log".to_owned(),
                completeness: Completeness::Gaps,
                said: "nothing between 2024-05-14 18:00 and 21:00 UTC".to_owned(),
                gaps_micros: vec![(BEGIN_MICROS + 36 * 3_600_000_000, BEGIN_MICROS + 39 * 3_600_000_000)],
            },
            Coverage {
                log: "GuardDuty".to_owned(),
                completeness: Completeness::Absent,
                said: "no finding was exported to this archive".to_owned(),
                gaps_micros: Vec::new(),
            },
        ],
        hours: Some(HourMap {
            since_micros: BEGIN_MICROS,
            until_micros: BEGIN_MICROS + 3 * 86_400_000_000,
            hours_of_mark: 3,
            lines: vec![
                ("CloudTrail".to_owned(), (0..24).map(|mark| 1 + mark % 4).collect()),
                ("Kubernetes audit log".to_owned(), (0..24).map(|mark| if mark == 12 { 0 } else { 4 }).collect()),
            ],
        }),
        notes: vec![
            "Actors of 3 sessions are ambiguous; the page marks them.".to_owned(),
            "Times of CloudTrail have whole seconds.".to_owned(),
        ],
    }
}

struct Pattern {
    share: u64,
    plane: &'static str,
    actor: &'static str,
    actor_kind: &'static str,
    action: &'static str,
    severity: &'static str,
    category: &'static str,
    technique: Option<&'static str>,
    words: &'static str,
}

const fn pattern(
    share: u64,
    who: [&'static str; 3],
    what: [&'static str; 4],
    technique: Option<&'static str>,
) -> Pattern {
    let ([plane, actor, actor_kind], [action, severity, category, words]) = (who, what);
    Pattern { share, plane, actor, actor_kind, action, severity, category, technique, words }
}

const PATTERNS: [Pattern; 12] = [
    pattern(
        5000,
        ["kubernetes", "system:node:ip-10-0-11-23.eu-west-1.compute.internal", "node"],
        ["update leases", "informational", "chatter", "renewed lease"],
        None,
    ),
    pattern(
        2400,
        ["kubernetes", "system:serviceaccount:kube-system:replicaset-controller", "service_account"],
        ["create pods", "informational", "workload", "created pod"],
        None,
    ),
    pattern(
        900,
        ["network", "system:serviceaccount:payments:payments-api", "service_account"],
        ["accept", "informational", "network", "connected to"],
        None,
    ),
    pattern(
        700,
        ["aws", "repo:example-org/shop:ref:refs/heads/main", "pipeline"],
        ["eks:DescribeCluster", "informational", "discovery", "looked at cluster"],
        None,
    ),
    pattern(
        500,
        ["authenticator", "dana@example.com", "person"],
        ["access granted", "low", "access", "logged in as"],
        None,
    ),
    pattern(
        300,
        ["kubernetes", "dana@example.com", "person"],
        ["list secrets", "medium", "credentials", "listed secrets"],
        Some("T1552.007"),
    ),
    pattern(120, ["aws", "arjun", "iam_user"], ["sts:AssumeRole", "low", "access", "assumed role"], Some("T1550.001")),
    pattern(
        60,
        ["kubernetes", "system:anonymous", "anonymous"],
        ["get version", "low", "discovery", "asked for the version"],
        None,
    ),
    pattern(
        12,
        ["kubernetes", "dana@example.com", "person"],
        ["create pods/exec", "high", "execution", "opened a shell in pod"],
        Some("T1609"),
    ),
    pattern(
        4,
        ["aws", "unknown session ASIAEXAMPLE0000000042", "unknown"],
        ["s3:GetObject", "high", "exfiltration", "read object"],
        Some("T1530"),
    ),
    pattern(
        2,
        ["finding", "i-0abc0000000000001", "node"],
        ["guardduty:finding", "critical", "finding", "GuardDuty saw a reverse shell in"],
        Some("T1059"),
    ),
    pattern(
        2,
        ["aws", "root of 111122223333", "root"],
        ["cloudtrail:StopLogging", "critical", "defence", "stopped the trail"],
        Some("T1562.008"),
    ),
];

const NAMESPACES: [&str; 5] = ["payments", "shop", "kube-system", "monitoring", "default"];

const CHAIN: &str = r#"[{"step":"AssumeRoleWithSAML","from":"dana@example.com","to":"arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_PlatformAdmin/dana@example.com","time":"2024-05-14T08:01:12Z","plane":"aws","event_id":"0b4e1d7a-0000-4000-8000-000000000001","source_uri":"s3://example-logs/AWSLogs/111122223333/CloudTrail/eu-west-1/2024/05/14/a.json.gz","source_record":12,"confidence":"certain"},{"step":"AssumeRole","from":"arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_PlatformAdmin/dana@example.com","to":"arn:aws:sts::111122223333:assumed-role/ci-deploy/dana","time":"2024-05-14T13:50:00Z","plane":"aws","event_id":"0b4e1d7a-0000-4000-8000-000000000002","source_uri":"s3://example-logs/AWSLogs/111122223333/CloudTrail/eu-west-1/2024/05/14/b.json.gz","source_record":3,"confidence":"certain"},{"step":"access entry","from":"arn:aws:sts::111122223333:assumed-role/ci-deploy/dana","to":"dana@example.com in cluster demo","time":"2024-05-14T13:52:31Z","plane":"authenticator","event_id":null,"source_uri":"s3://example-logs/demo/authenticator/c.gz","source_record":7,"confidence":"likely"}]"#;

const CANDIDATES: &str = r#"[{"actor":"dana@example.com","actor_kind":"person","evidence":"the session was made 4 s before, under this name","chain":[{"step":"AssumeRole","from":"dana@example.com","to":"arn:aws:sts::111122223333:assumed-role/ops-shared/oncall","credential":"ASIAEXAMPLE00000901","time":"2024-05-14T13:52:10Z","plane":"aws","event_id":"0b4e1d7a-0000-4000-8000-000000000004","source_uri":"s3://example-logs/AWSLogs/111122223333/CloudTrail/eu-west-1/2024/05/14/d.json.gz","source_record":0,"confidence":"certain"}]},{"actor":"arjun","actor_kind":"iam_user","evidence":"took the same role with the same session name 9 minutes before","chain":[]}]"#;

const RELATED: &str = r#"[{"step":"exec","from":"dana@example.com","to":"pod payments/payments-api-0","time":"2024-05-14T14:08:31Z","plane":"kubernetes","event_id":"0b4e1d7a-0000-4000-8000-000000000003","confidence":"possible"}]"#;

/// Adds so many rows; each fiftieth stands for several events, of which every second has them in the file.
pub fn fill(writer: &mut ReportWriter, rows: u64) {
    let mut dice = Dice(1);
    let total: u64 = PATTERNS.iter().map(|pattern| pattern.share).sum();
    let step_micros = 3 * 86_400_000_000 / rows.max(1);
    for number in 0..rows {
        let mut roll = dice.below(total);
        let pattern = PATTERNS.iter().find(|pattern| {
            let is_it = roll < pattern.share;
            roll = roll.saturating_sub(pattern.share);
            is_it
        });
        let pattern = pattern.unwrap_or(&PATTERNS[0]);
        let micros = BEGIN_MICROS + (number * step_micros + dice.below(step_micros.max(1))) as i64;
        push(writer, &mut dice, pattern, number, micros);
    }
}

fn push(writer: &mut ReportWriter, dice: &mut Dice, pattern: &Pattern, number: u64, micros: i64) {
    let namespace = NAMESPACES[dice.below(5) as usize];
    let pod = format!("{namespace}-api-{:x}-{}", dice.below(4000), dice.below(40));
    let id = dice.uuid();
    let summary = format!("{} {namespace}/{pod}", pattern.words);
    let host = dice.next();
    let address = match pattern.actor_kind {
        _ if pattern.plane == "network" => format!("2001:db8::{number:x}"),
        "person" | "root" => format!("198.51.100.{}", host % 20),
        "unknown" | "anonymous" => format!("203.0.113.{}", 60 + host % 12),
        _ => format!("192.0.2.{}", host % 200),
    };
    let uri = format!("s3://example-logs/{}/2024/05/part-{:05}.json.gz", pattern.plane, number / 40);
    let raw = format!(
        r#"{{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"RequestResponse","auditID":"{id}","stage":"ResponseComplete","requestURI":"/api/v1/namespaces/{namespace}/pods/{pod}?timeout={}s","verb":"{}","user":{{"username":"{}","uid":"aws-iam-authenticator:111122223333:AROAEXAMPLE","groups":["system:authenticated"],"extra":{{"accessKeyId":["ASIAEXAMPLE{:08}"],"sessionName":["dana"]}}}},"sourceIPs":["{address}"],"userAgent":"kubectl/v1.29.0 (linux/amd64) kubernetes/3f7a50f","objectRef":{{"resource":"pods","namespace":"{namespace}","name":"{pod}","apiVersion":"v1"}},"responseStatus":{{"metadata":{{}},"code":{}}},"requestReceivedTimestamp":"2024-05-14T14:08:31.{:06}Z","annotations":{{"authorization.k8s.io/decision":"allow","authorization.k8s.io/reason":"RBAC: allowed by ClusterRoleBinding \"platform\" of ClusterRole \"admin\" to Group \"platform\""}}}}"#,
        dice.below(60),
        pattern.action,
        pattern.actor,
        dice.below(500),
        if dice.below(30) == 0 { 403 } else { 200 },
        dice.below(1_000_000),
    );
    let outcome = match dice.below(40) {
        0 => "denied",
        1 => "failed",
        _ => "done",
    };
    let key = format!("ASIAEXAMPLE{:08}", dice.below(500));
    let is_person = pattern.actor_kind == "person";
    let folded = if number % 50 == 7 && pattern.severity == "informational" { 2 + dice.below(300) } else { 1 };
    let event = Event {
        time_micros: Some(micros),
        plane: Some(pattern.plane),
        cluster: Some("demo"),
        actor: Some(pattern.actor),
        actor_kind: Some(pattern.actor_kind),
        via: is_person
            .then_some("dana@example.com > AWSReservedSSO_PlatformAdmin/dana (SAML) > ci-deploy/dana (AssumeRole)"),
        confidence: Some(match pattern.actor_kind {
            "unknown" => "unresolved",
            "iam_user" if number.is_multiple_of(3) => "ambiguous",
            "person" if number.is_multiple_of(4) => "likely",
            _ => "certain",
        }),
        action: Some(pattern.action),
        target: Some(&pod),
        namespace: (pattern.plane == "kubernetes").then_some(namespace),
        outcome: Some(outcome),
        address: Some(&address),
        user_agent: Some("kubectl/v1.29.0 (linux/amd64) kubernetes/3f7a50f"),
        severity: Some(pattern.severity),
        category: Some(pattern.category),
        technique: pattern.technique,
        summary: Some(&summary),
        reason: Some(if pattern.plane == "aws" { "names the cluster" } else { "audit log of the cluster" }),
        reason_confidence: Some("certain"),
        first_seen: (pattern.severity == "critical").then_some(r#"["address","action"]"#),
        access_key_id: is_person.then_some(&key),
        account_id: Some("111122223333"),
        region: Some("eu-west-1"),
        event_id: Some(&id),
        source_uri: Some(&uri),
        source_record: Some((number % 40) as i64),
        chain: is_person.then_some(CHAIN),
        candidates: (pattern.actor_kind == "iam_user").then_some(CANDIDATES),
        related: (pattern.actor_kind == "unknown").then_some(RELATED),
        raw: Some(&raw),
        count: (folded > 1).then_some(folded),
        last_time_micros: (folded > 1).then_some(micros + 90_000_000),
        ..Event::default()
    };
    writer.row(&event).unwrap();
    if folded > 1 && number % 100 == 7 {
        for member in 0..folded {
            let id = dice.uuid();
            let micros = micros + (90_000_000 * member / folded) as i64;
            let event = Event {
                time_micros: Some(micros),
                count: None,
                last_time_micros: None,
                event_id: Some(&id),
                raw: None,
                ..event
            };
            writer.member(&event).unwrap();
        }
    }
}

const ODD_CHAIN: &str =
    r#"[{"step":"<img src=x onerror=window.pwned=1>","from":{"__proto__":1},"to":["</script>"],"constructor":"x"}]"#;

/// Rows that try to act: markup, script addresses, text that reorders or hides, nothing, too much.
pub fn fill_hostile(writer: &mut ReportWriter) {
    let long = format!("<b>{}</b>", "long ".repeat(200_000));
    let raw = "{\"userAgent\":\"</script><script>window.pwned=1</script>\",\"lone\":\"\\ud800\",\"big\":12345678901234567890123,\"a\":1,\"a\":2,\"override\":\"\u{202e}\"}";
    let deep = "[".repeat(400_000);
    let nested = format!("[{{\"from\":{}{},\"x\":1}}]", "[".repeat(9_000), "]".repeat(9_000));
    let long_chain = format!("[{}{{}}]", "{},".repeat(9_000));
    let texts = [
        "</script><script>window.pwned=1</script>",
        "<img src=x onerror=window.pwned=1>",
        "javascript:window.pwned=1",
        "\u{202e}gpj.exe and \u{2066}isolate\u{2069}",
        "\\ud800 stays, \0 NUL, \u{1b}[31m escape, \u{feff}mark",
        "__proto__",
        "constructor",
        "--><!--<svg onload=window.pwned=1>",
        "{{7*7}} ${7*7} %s %00",
        "=HYPERLINK(\"https://example.com\")",
        "",
        "Z\u{310}\u{311}\u{312}\u{313}\u{314}algo",
        &long,
    ];
    for (number, text) in texts.into_iter().enumerate() {
        let event = Event {
            time_micros: Some(BEGIN_MICROS + number as i64),
            plane: Some(text),
            cluster: Some(text),
            actor: Some(text),
            actor_kind: Some(text),
            via: Some(text),
            confidence: Some(text),
            action: Some(text),
            target: Some(text),
            namespace: Some(text),
            outcome: Some(text),
            address: Some(text),
            user_agent: Some(text),
            severity: if number % 2 == 0 { Some("critical") } else { Some(text) },
            category: Some(text),
            technique: Some(text),
            summary: Some(text),
            reason: Some(text),
            reason_confidence: Some(text),
            first_seen: Some(text),
            access_key_id: Some(text),
            identity: Some(text),
            account_id: Some(text),
            region: Some(text),
            event_id: Some(text),
            stage: Some(text),
            source_uri: Some(text),
            source_record: Some(i64::MAX),
            chain: Some(match number {
                5 => &nested,
                7 => &long_chain,
                _ if number % 3 == 0 => ODD_CHAIN,
                _ => text,
            }),
            candidates: Some(text),
            related: Some(match number {
                5 => &nested,
                7 => &long_chain,
                _ => "[null, 1]",
            }),
            raw: Some(match number {
                5 => &deep,
                _ if number % 2 == 0 => raw,
                _ => text,
            }),
            count: (number == 3).then_some(u64::MAX),
            last_time_micros: (number == 3).then_some(i64::MIN),
        };
        writer.row(&event).unwrap();
    }
    writer.row(&Event::default()).unwrap();
}

//! VPC flow logs as lines: every version, any order of fields, with and without a header.

use std::io::Write;

use flate2::{Compression, write::GzEncoder};

use crate::support::{Decoded, decode};

const V2: &str = "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status";
const ACCEPTED: &str =
    "2 111122223333 eni-0a1b2c3d 203.0.113.66 192.0.2.14 40112 443 6 21 4096 1715695331 1715695390 ACCEPT OK";
const REJECTED: &str =
    "2 111122223333 eni-0a1b2c3d 198.51.100.7 192.0.2.14 51820 22 6 1 40 1715695340 1715695390 REJECT OK";
const NODATA: &str = "2 111122223333 eni-0a1b2c3d - - - - - - - 1715695391 1715695450 - NODATA";
const SKIPDATA: &str = "2 111122223333 eni-0a1b2c3d - - - - - - - 1715695451 1715695510 - SKIPDATA";

/// All fields of VPC flow logs with values.
const ALL: [(&str, &str); 52] = [
    ("version", "11"),
    ("account-id", "111122223333"),
    ("interface-id", "eni-0a1b2c3d"),
    ("srcaddr", "192.0.2.14"),
    ("dstaddr", "203.0.113.66"),
    ("srcport", "40112"),
    ("dstport", "443"),
    ("protocol", "6"),
    ("packets", "21"),
    ("bytes", "4096"),
    ("start", "1715695331"),
    ("end", "1715695390"),
    ("action", "ACCEPT"),
    ("log-status", "OK"),
    ("vpc-id", "vpc-0aa"),
    ("subnet-id", "subnet-0bb"),
    ("instance-id", "i-0cc"),
    ("tcp-flags", "19"),
    ("type", "IPv4"),
    ("pkt-srcaddr", "192.0.2.77"),
    ("pkt-dstaddr", "203.0.113.66"),
    ("region", "us-east-1"),
    ("az-id", "use1-az2"),
    ("sublocation-type", "-"),
    ("sublocation-id", "-"),
    ("pkt-src-aws-service", "-"),
    ("pkt-dst-aws-service", "S3"),
    ("flow-direction", "egress"),
    ("traffic-path", "8"),
    ("ecs-cluster-arn", "arn:aws:ecs:us-east-1:111122223333:cluster/web"),
    ("ecs-cluster-name", "web"),
    ("ecs-container-instance-arn", "-"),
    ("ecs-container-instance-id", "-"),
    ("ecs-container-id", "c1"),
    ("ecs-second-container-id", "c2"),
    ("ecs-service-name", "front"),
    ("ecs-task-definition-arn", "arn:aws:ecs:us-east-1:111122223333:task-definition/front:3"),
    ("ecs-task-arn", "arn:aws:ecs:us-east-1:111122223333:task/web/t1"),
    ("ecs-task-id", "t1"),
    ("reject-reason", "-"),
    ("resource-id", "nat-0dd"),
    ("encryption-status", "3"),
    ("instance-tag", "team%20red"),
    ("instance-tag-2", "-"),
    ("interface-tag", "edge"),
    ("asg-tag", "workers"),
    ("interface-type", "nat_gateway"),
    ("next-hop-interface-id", "eni-0ee"),
    ("next-hop-subnet-id", "subnet-0ff"),
    ("next-hop-az-id", "use1-az4"),
    ("next-hop-vpc-id", "vpc-0aa"),
    ("next-hop-interface-type", "vpc_endpoint"),
];

const TRANSIT_GATEWAY: &str = "6 TransitGateway 111122223333 tgw-0a tgw-attach-0b 111122223333 444455556666 vpc-0a vpc-0b subnet-0a subnet-0b eni-0a eni-0b use1-az1 use1-az2 tgw-attach-0c 192.0.2.14 198.51.100.9 40112 443 6 21 4096 1715695331 1715695390 OK IPv4 0 1 0 0 3 us-east-1 ingress - S3";

fn column(decoded: &Decoded, name: &str) -> Vec<String> {
    decoded.column("vpc_flow", name)
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

fn joined(fields: &[(&str, &str)]) -> String {
    let part = |take: fn(&(&str, &str)) -> String| fields.iter().map(take).collect::<Vec<_>>().join(" ");
    format!("{}\n{}\n", part(|field| field.0.to_owned()), part(|field| field.1.to_owned()))
}

#[test]
fn a_file_in_the_default_format() {
    let object = gzip(&format!("{V2}\n{ACCEPTED}\n{REJECTED}\n{NODATA}\n{SKIPDATA}\n"));
    let decoded = decode("AWSLogs/111122223333/vpcflowlogs/us-east-1/2024/05/14/x.log.gz", &object);
    decoded.assert_closed();
    assert_eq!(decoded.outcome.envelope, Some("flow_lines"));
    assert_eq!(decoded.raws("vpc_flow"), [ACCEPTED, REJECTED, NODATA, SKIPDATA]);
    insta::assert_snapshot!(decoded.describe());
}

#[test]
fn all_fields_of_vpc_flow_logs() {
    let decoded = decode("x.log.gz", &gzip(&joined(&ALL)));
    decoded.assert_closed();
    insta::assert_snapshot!(decoded.describe());
}

#[test]
fn a_transit_gateway_flow_needs_no_header() {
    let decoded = decode("x.log", TRANSIT_GATEWAY.as_bytes());
    assert_eq!(decoded.raws("vpc_flow"), [TRANSIT_GATEWAY]);
    insta::assert_snapshot!(decoded.describe());
}

#[test]
fn every_version_is_read_by_its_header() {
    for count in [14, 21, 25, 29, 39, 40, 41, 42, 52] {
        let decoded = decode("x.log", joined(&ALL[..count]).as_bytes());
        decoded.assert_closed();
        for (field, value) in &ALL[..count] {
            let name = match *field {
                "start" => "event_time".to_owned(),
                "end" => "end_time".to_owned(),
                field => field.replace('-', "_"),
            };
            let expected = match *value {
                "-" => "∅",
                "1715695331" => "2024-05-14T14:02:11Z",
                "1715695390" => "2024-05-14T14:03:10Z",
                value => value,
            };
            assert_eq!(column(&decoded, &name), [expected], "{field} of {count}");
        }
    }
}

#[test]
fn the_order_of_the_fields_is_the_header_s() {
    let mut rotated = ALL;
    let straight = decode("x.log", joined(&ALL).as_bytes());
    for turn in 1..ALL.len() {
        rotated.rotate_left(1);
        let decoded = decode("x.log", joined(&rotated).as_bytes());
        for name in ["event_time", "srcaddr", "dstport", "bytes", "flow_direction", "next_hop_vpc_id"] {
            assert_eq!(column(&decoded, name), column(&straight, name), "{name} after {turn}");
        }
        assert_eq!(column(&decoded, "fields")[0], joined(&rotated).lines().next().unwrap());
    }
}

#[test]
fn a_header_may_stand_again_and_name_other_fields() {
    let object = format!("{V2}\n{ACCEPTED}\n{V2}\n{REJECTED}\nbytes srcaddr dstaddr\n17 192.0.2.1 192.0.2.2\n");
    let decoded = decode("x.log", object.as_bytes());
    decoded.assert_closed();
    assert_eq!((decoded.outcome.records, decoded.outcome.control), (3, 0));
    assert_eq!(column(&decoded, "bytes"), ["4096", "40", "17"]);
    assert_eq!(column(&decoded, "source_record"), ["0", "1", "2"]);
    assert_eq!(column(&decoded, "fields"), [V2, V2, "bytes srcaddr dstaddr"]);
    assert_eq!(column(&decoded, "event_time")[2], "∅");
}

#[test]
fn a_line_with_a_value_too_few_or_too_many_is_rejected_alone() {
    let object = format!("{V2}\n{ACCEPTED}\n2 111122223333 eni-0a\n{REJECTED} more\nnoise\n{REJECTED}\n");
    let decoded = decode("x.log", object.as_bytes());
    decoded.assert_closed();
    assert_eq!(decoded.raws("vpc_flow"), [ACCEPTED, REJECTED]);
    assert_eq!(decoded.reasons(), ["invalid_record"; 3]);
    let reject = &decoded.outcome.rejects[0];
    assert_eq!((reject.detail.as_str(), reject.record), ("3 values for 14 fields", 1));
    assert_eq!(&object.as_bytes()[reject.offset_bytes as usize..][..reject.bytes.len()], reject.bytes);
    assert_eq!(reject.bytes, b"2 111122223333 eni-0a");
}

#[test]
fn fields_of_versions_to_come_are_kept_by_name() {
    let object = "srcaddr novelty dstaddr bytes other-thing srcaddr\n192.0.2.1 a\"b 192.0.2.2 5 - 192.0.2.9\n";
    let decoded = decode("x.log", object.as_bytes());
    assert_eq!(column(&decoded, "other_fields"), [r#"{"novelty":"a\"b","srcaddr":"192.0.2.9"}"#]);
    assert_eq!(column(&decoded, "srcaddr"), ["192.0.2.1"]);
}

#[test]
fn values_that_are_no_numbers_are_null_and_stay_in_raw() {
    let line = ACCEPTED.replace(" 443 ", " https ").replace("1715695331", "0");
    let decoded = decode("x.log", format!("{V2}\n{line}\n").as_bytes());
    assert_eq!(
        (column(&decoded, "dstport"), column(&decoded, "event_time")),
        (vec!["∅".to_owned()], vec!["∅".to_owned()])
    );
    assert_eq!(decoded.raws("vpc_flow"), [line]);
}

#[test]
fn line_ends_marks_and_empty_lines_are_no_part_of_records() {
    for object in [
        format!("{V2}\r\n{ACCEPTED}\r\n{REJECTED}\r\n"),
        format!("\u{feff}{V2}\n\n{ACCEPTED}\n  \n{REJECTED}"),
        format!("{V2} \n{ACCEPTED}\n{REJECTED}\n\n"),
        format!("{ACCEPTED}\n{REJECTED}\n"),
    ] {
        let decoded = decode("x.log", object.as_bytes());
        decoded.assert_closed();
        assert_eq!(decoded.raws("vpc_flow"), [ACCEPTED, REJECTED], "{object:?}");
    }
}

#[test]
fn lines_without_a_header_are_read_in_the_default_format_alone() {
    let custom = "192.0.2.1 192.0.2.2 443 ACCEPT";
    let decoded = decode("x.log", format!("{ACCEPTED}\n{custom}\n{NODATA}\n").as_bytes());
    decoded.assert_closed();
    assert_eq!((decoded.raws("vpc_flow").len(), decoded.reasons()), (2, vec!["invalid_record"]));
    assert_eq!(column(&decoded, "fields"), ["∅", "∅"]);
    assert_eq!(decode("x.log", format!("{custom}\n{custom}\n").as_bytes()).outcome.envelope, None);
}

#[test]
fn cloudwatch_carries_flow_logs_too() {
    let export = format!("2024-05-14T14:03:10.000Z {ACCEPTED}\n2024-05-14T14:03:10.000Z 192.0.2.1 443\n");
    let decoded = decode("flow/0c9ad4b5-5b9f-4a7a-8d0e-3d6f2f0a1b2c/eni-0a1b2c3d-all/000000.gz", &gzip(&export));
    decoded.assert_closed();
    assert_eq!((decoded.raws("vpc_flow"), decoded.reasons()), (vec![ACCEPTED.to_owned()], vec!["unknown_record"]));

    let subscription = serde_json::json!({
        "messageType": "DATA_MESSAGE", "owner": "111122223333", "logGroup": "vpc-flow", "logStream": "eni-0a1b2c3d-all",
        "logEvents": [
            {"id": "1", "timestamp": 1_715_695_331_000_i64, "message": ACCEPTED, "extractedFields": {"bytes": "4096"}},
            {"id": "2", "timestamp": 1_715_695_391_000_i64, "message": NODATA},
        ],
    });
    let decoded = decode("firehose/x", &gzip(&subscription.to_string()));
    decoded.assert_closed();
    assert_eq!(decoded.raws("vpc_flow"), [ACCEPTED, NODATA]);
    assert_eq!(column(&decoded, "log_stream"), ["eni-0a1b2c3d-all"; 2]);
    assert_eq!(column(&decoded, "log_account_id"), ["111122223333"; 2]);
    assert_eq!(column(&decoded, "event_time"), ["2024-05-14T14:02:11Z", "2024-05-14T14:03:11Z"]);
}

#[test]
fn flow_logs_inside_other_json_are_taken_out() {
    let firehose = format!(r#"{{"message":"{ACCEPTED}"}}{{"message":"{NODATA}"}}"#);
    let event = |line: &str| {
        format!(r#"{{"logStreamName":"eni-0a1b2c3d-all","timestamp":1715695331000,"message":"{line}","eventId":"1"}}"#)
    };
    let answer = format!(r#"{{"events":[{},{}]}}"#, event(ACCEPTED), event(NODATA));
    for object in [firehose, answer] {
        let decoded = decode("x", object.as_bytes());
        decoded.assert_closed();
        assert_eq!(decoded.raws("vpc_flow"), [ACCEPTED, NODATA], "{object}");
    }
    assert_eq!(decode("x", br#"{"message":"192.0.2.1 192.0.2.2 443"}"#).reasons(), ["unknown_record"]);
}

#[test]
fn bytes_that_are_no_text_are_rejected_alone() {
    let object = [format!("{V2}\n{ACCEPTED}\n").as_bytes(), b"2 \xff\xfe\n", REJECTED.as_bytes()].concat();
    let decoded = decode("x.log", &object);
    decoded.assert_closed();
    assert_eq!((decoded.raws("vpc_flow").len(), decoded.reasons()), (2, vec!["invalid_utf8"]));
}

#[test]
fn each_source_claims_its_own_sample_and_no_other() {
    let samples = [
        ("vpc_flow", format!("{V2}\n{ACCEPTED}\n")),
        ("vpc_flow", ACCEPTED.to_owned()),
        ("vpc_flow", TRANSIT_GATEWAY.to_owned()),
        ("guardduty", crate::guardduty::EXEC.to_owned()),
        ("cloudtrail_insight", crate::cloudtrail_insight::START.to_owned()),
        (
            "cloudtrail",
            r#"{"eventVersion":"1.09","eventID":"a","eventName":"One","eventCategory":"Management"}"#.to_owned(),
        ),
        ("k8s_audit", r#"{"kind":"Event","apiVersion":"audit.k8s.io/v1","auditID":"c","stage":"Panic"}"#.to_owned()),
    ];
    for (table, sample) in &samples {
        let decoded = decode("x", sample.as_bytes());
        decoded.assert_closed();
        assert_eq!((decoded.outcome.total_rows(), decoded.raws(table).len()), (1, 1), "{sample}");
    }
    // All of JSON in one object, in turn, so that each is asked of every source.
    let json: Vec<_> = samples.iter().filter(|(_, sample)| sample.starts_with('{')).collect();
    let mixed: Vec<&str> = json.iter().chain(&json).map(|(_, sample)| sample.as_str()).collect();
    let mixed = mixed.join("\n");
    let decoded = decode("x", mixed.as_bytes());
    decoded.assert_closed();
    for (table, sample) in json {
        assert_eq!(decoded.raws(table), [sample.as_str(), sample.as_str()]);
    }
}

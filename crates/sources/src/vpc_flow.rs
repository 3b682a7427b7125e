//! VPC flow logs and transit gateway flow logs: lines of values whose order a header line gives, and rows of Parquet
//! files with the same fields.
//!
//! The fields follow "Flow log records" of the Amazon VPC user guide (versions 2 to 5 and 7 to 11) and "Transit Gateway
//! Flow Log records" of the Amazon VPC transit gateways guide (version 6 and what it shares). A column's path is the
//! name of its field, so the table is also the map from the one to the other. Which lines there are is the business of
//! `envelope/flow_lines.rs`, which Parquet files that of `envelope/parquet.rs`.

use std::sync::LazyLock;

use crate::column::{Column, Kind, LOG_ACCOUNT_ID, LOG_GROUP, LOG_STREAM, LOG_TIME, Table};
use crate::extract::{Slot, Slots};
use crate::fields::{self, Fields};
use crate::source::{Claim, Form, Header, RecordContext, Source};
use crate::time;

pub static TABLE: Table = Table {
    name: "vpc_flow",
    about: "network flows recorded by VPC flow logs and transit gateway flow logs",
    upstream: "https://docs.aws.amazon.com/vpc/latest/userguide/flow-log-records.html",
    identity: &[],
    apart: &["fields"],
    by_cluster: false,
    columns: &[
        Column::time(
            "event_time",
            &["start"],
            "when the first packet of the flow was seen; without that field, the timestamp CloudWatch gave the line",
        ),
        Column::time("end_time", &["end"], "when the last packet of the flow was seen"),
        Column::int("version", &["version"], "highest version among the fields of the format"),
        Column::text("account_id", &["account-id"], "account that owns the interface, or `unknown`"),
        Column::text("interface_id", &["interface-id"], "network interface the flow was seen at").lookup(),
        Column::text("srcaddr", &["srcaddr"], "source; of outgoing traffic the interface's own address").lookup(),
        Column::text("dstaddr", &["dstaddr"], "destination; of incoming traffic the interface's own address").lookup(),
        Column::int("srcport", &["srcport"], "source port"),
        Column::int("dstport", &["dstport"], "destination port"),
        Column::int("protocol", &["protocol"], "IANA protocol number: 6 is TCP, 17 UDP, 1 ICMP"),
        Column::int("packets", &["packets"], "packets of the flow"),
        Column::int("bytes", &["bytes"], "bytes of the flow"),
        Column::text("action", &["action"], "ACCEPT or REJECT"),
        Column::text("log_status", &["log-status"], "OK; NODATA: no traffic; SKIPDATA: records were left out"),
        Column::text("vpc_id", &["vpc-id"], "VPC of the interface"),
        Column::text("subnet_id", &["subnet-id"], "subnet of the interface"),
        Column::text("instance_id", &["instance-id"], "instance the interface belongs to, if it is the account's own"),
        Column::int("tcp_flags", &["tcp-flags"], "TCP flags, or-ed: FIN 1, SYN 2, RST 4, SYN-ACK 18"),
        Column::text("type", &["type"], "IPv4, IPv6 or EFA"),
        Column::text("pkt_srcaddr", &["pkt-srcaddr"], "source in the packet itself, such as a pod behind its node"),
        Column::text("pkt_dstaddr", &["pkt-dstaddr"], "destination in the packet itself"),
        Column::text("region", &["region"], "region of the interface or the transit gateway"),
        Column::text("az_id", &["az-id"], "id of the availability zone"),
        Column::text("sublocation_type", &["sublocation-type"], "wavelength, outpost or localzone"),
        Column::text("sublocation_id", &["sublocation-id"], "id of the sublocation"),
        Column::text("pkt_src_aws_service", &["pkt-src-aws-service"], "AWS service the packet's source belongs to"),
        Column::text("pkt_dst_aws_service", &["pkt-dst-aws-service"], "AWS service its destination belongs to"),
        Column::text("flow_direction", &["flow-direction"], "ingress or egress, as seen from the interface"),
        Column::int(
            "traffic_path",
            &["traffic-path"],
            "way that egress traffic takes, 1 to 8; 8 is an internet gateway",
        ),
        Column::text("resource_type", &["resource-type"], "TransitGateway, in logs of one"),
        Column::text("tgw_id", &["tgw-id"], "transit gateway"),
        Column::text("tgw_attachment_id", &["tgw-attachment-id"], "its attachment"),
        Column::text("tgw_src_vpc_account_id", &["tgw-src-vpc-account-id"], "account of the source VPC"),
        Column::text("tgw_dst_vpc_account_id", &["tgw-dst-vpc-account-id"], "account of the destination VPC"),
        Column::text("tgw_src_vpc_id", &["tgw-src-vpc-id"], "source VPC"),
        Column::text("tgw_dst_vpc_id", &["tgw-dst-vpc-id"], "destination VPC"),
        Column::text("tgw_src_subnet_id", &["tgw-src-subnet-id"], "subnet of the source attachment"),
        Column::text("tgw_dst_subnet_id", &["tgw-dst-subnet-id"], "subnet of the destination attachment"),
        Column::text("tgw_src_eni", &["tgw-src-eni"], "interface of the source attachment"),
        Column::text("tgw_dst_eni", &["tgw-dst-eni"], "interface of the destination attachment"),
        Column::text("tgw_src_az_id", &["tgw-src-az-id"], "availability zone of the source attachment"),
        Column::text("tgw_dst_az_id", &["tgw-dst-az-id"], "availability zone of the destination attachment"),
        Column::text("tgw_pair_attachment_id", &["tgw-pair-attachment-id"], "attachment at the other end"),
        Column::int("packets_lost_no_route", &["packets-lost-no-route"], "packets lost for want of a route"),
        Column::int("packets_lost_blackhole", &["packets-lost-blackhole"], "packets lost in a blackhole route"),
        Column::int("packets_lost_mtu_exceeded", &["packets-lost-mtu-exceeded"], "packets lost for their size"),
        Column::int("packets_lost_ttl_expired", &["packets-lost-ttl-expired"], "packets lost for their time to live"),
        Column::text("ecs_cluster_arn", &["ecs-cluster-arn"], "ECS cluster of a task's interface"),
        Column::text("ecs_cluster_name", &["ecs-cluster-name"], "its name"),
        Column::text("ecs_container_instance_arn", &["ecs-container-instance-arn"], "ECS container instance"),
        Column::text("ecs_container_instance_id", &["ecs-container-instance-id"], "its id"),
        Column::text("ecs_container_id", &["ecs-container-id"], "first container of the task"),
        Column::text("ecs_second_container_id", &["ecs-second-container-id"], "second container of the task"),
        Column::text("ecs_service_name", &["ecs-service-name"], "ECS service"),
        Column::text("ecs_task_definition_arn", &["ecs-task-definition-arn"], "ECS task definition"),
        Column::text("ecs_task_arn", &["ecs-task-arn"], "ECS task"),
        Column::text("ecs_task_id", &["ecs-task-id"], "its id"),
        Column::text("reject_reason", &["reject-reason"], "why traffic was rejected: BPA, EC or null"),
        Column::text("resource_id", &["resource-id"], "regional NAT gateway the interface belongs to"),
        Column::int(
            "encryption_status",
            &["encryption-status"],
            "0: none, 1: by the Nitro system, 2: by TLS, 3: by both; null where encryption controls are off",
        ),
        Column::text("instance_tag", &["instance-tag"], "value of the chosen tag of the instance, percent-encoded"),
        Column::text("instance_tag_2", &["instance-tag-2"], "value of the second tag chosen"),
        Column::text("interface_tag", &["interface-tag"], "value of the chosen tag of the interface, percent-encoded"),
        Column::text("interface_tag_2", &["interface-tag-2"], "value of the second tag chosen"),
        Column::text("asg_tag", &["asg-tag"], "value of the chosen tag of the Auto Scaling group, percent-encoded"),
        Column::text("asg_tag_2", &["asg-tag-2"], "value of the second tag chosen"),
        Column::text("interface_type", &["interface-type"], "what the interface is of: nat_gateway, vpc_endpoint, …"),
        Column::text("next_hop_interface_id", &["next-hop-interface-id"], "interface at the next hop"),
        Column::text("next_hop_subnet_id", &["next-hop-subnet-id"], "its subnet"),
        Column::text("next_hop_az_id", &["next-hop-az-id"], "its availability zone"),
        Column::text("next_hop_vpc_id", &["next-hop-vpc-id"], "its VPC"),
        Column::text("next_hop_interface_type", &["next-hop-interface-type"], "what it is of"),
        Column::json("other_fields", &[], "fields this version has no column for, by name"),
        Column::text(
            "fields",
            &[],
            "the line that names the fields of `raw`; null for the default format without one, and for Parquet rows",
        ),
        LOG_GROUP,
        LOG_STREAM,
        LOG_TIME,
        LOG_ACCOUNT_ID,
    ],
};

/// The VPC flow log source.
pub struct VpcFlow;

impl Source for VpcFlow {
    fn table(&self) -> &'static Table {
        &TABLE
    }

    fn form(&self) -> Form {
        Form::Text
    }

    fn claims(&self, slots: &Slots<'_>) -> Claim {
        // Of lines without a header only the default formats are known; the order of others is not guessed.
        if default_format(slots.record()).is_some() { Claim::Yes } else { Claim::No }
    }

    fn complete<'a>(&self, slots: &mut Slots<'a>, context: &RecordContext<'a>) -> Result<(), String> {
        let record = slots.record();
        let without = || "neither below a line that names its fields nor in a default format".to_owned();
        let header = context.header.or_else(|| default_format(record)).ok_or_else(without)?;
        let other = if record.starts_with('{') { read_row(slots, header)? } else { read_line(slots, header)? };
        if let Some(other) = other {
            slots.set("other_fields", Slot::Owned(other));
        }
        if slots.time("event_time").is_none() {
            slots.set_time("event_time", context.log_time_micros);
        }
        if let Some(named) = context.header.filter(|header| !header.line.is_empty()) {
            slots.set_at(*FIELDS, Slot::Text(&named.line));
        }
        slots.set_stream(context);
        Ok(())
    }
}

/// Position of the column that has the header, looked up once.
static FIELDS: LazyLock<usize> = LazyLock::new(|| TABLE.position("fields").unwrap_or(usize::MAX));

/// How a flow log writes that a field has no value.
const NO_VALUE: &str = "-";

/// Takes the values of a line. Returns those without a column.
fn read_line(slots: &mut Slots<'_>, header: &Header) -> Result<Option<String>, String> {
    let line = slots.record().trim_end();
    let found = memchr::memchr_iter(b' ', line.as_bytes()).count() + 1;
    if found != header.fields.len() {
        return Err(format!("{found} values for {} fields", header.fields.len()));
    }
    let mut other = Fields::default();
    for ((value, name), column) in line.split(' ').zip(&header.fields).zip(&header.columns) {
        match column {
            _ if value == NO_VALUE => {}
            Some(index) if is_time(*index) => slots.set_at(*index, instant(value)),
            Some(index) => slots.set_at(*index, Slot::Text(value)),
            None => other.push(name, Some(value)),
        }
    }
    Ok(other.finish())
}

/// Takes the values of a Parquet row, which the envelope wrote in the order of the header.
fn read_row(slots: &mut Slots<'_>, header: &Header) -> Result<Option<String>, String> {
    let members = fields::members(slots.record()).filter(|members| members.len() == header.fields.len());
    let members = members.ok_or("a row of other columns than its file")?;
    let mut other = Fields::default();
    for (((name, value), _), column) in members.iter().zip(&header.fields).zip(&header.columns) {
        match column {
            _ if matches!(*value, "null" | "\"-\"") => {}
            Some(index) if is_time(*index) => slots.set_at(*index, time_slot(time::from_json(value))),
            Some(index) => slots.set_at(*index, Slot::Json(value)),
            None => other.push_json(name, value),
        }
    }
    Ok(other.finish())
}

fn is_time(column: usize) -> bool {
    TABLE.columns.get(column).is_some_and(|column| column.kind == Kind::Time)
}

/// A number of seconds since 1970.
fn instant(value: &str) -> Slot<'static> {
    let seconds = value.parse::<i64>().ok().filter(|seconds| *seconds > 0);
    time_slot(seconds.and_then(|seconds| time::from_millis(seconds.checked_mul(1_000)?)))
}

fn time_slot(micros: Option<i64>) -> Slot<'static> {
    micros.map_or(Slot::Missing, Slot::Time)
}

/// Fewer known names than this make no header.
const LEAST_KNOWN: usize = 3;

/// Names that logs of other kinds use too, so that they alone say nothing.
const COMMON: [&str; 13] = [
    "version",
    "protocol",
    "packets",
    "bytes",
    "start",
    "end",
    "action",
    "type",
    "region",
    "instance-id",
    "resource-id",
    "resource-type",
    "account-id",
];

/// A line that names fields of flow logs: names alone, at least three of them known and no more unknown than known.
pub fn header(line: &str) -> Option<Header> {
    let line = line.trim_end();
    let mut header = of_names(line.split(' ').map(str::to_owned).collect())?;
    line.clone_into(&mut header.line);
    Some(header)
}

/// The fields of a flow log by their names, with `_` for `-` where Parquet columns have it; none if they are not such.
pub fn of_names(names: Vec<String>) -> Option<Header> {
    // More names than could be half known; the footer of a Parquet file has room for hundreds of thousands.
    if names.len() > 2 * TABLE.columns.len() {
        return None;
    }
    let mut columns: Vec<Option<usize>> = Vec::with_capacity(names.len());
    let mut distinctive = false;
    for name in &names {
        if !is_name(name) {
            return None;
        }
        let field = name.replace('_', "-");
        // A name that stands there twice is the first's; the second is kept among the other fields.
        let column = column_of(&field).filter(|index| !columns.contains(&Some(*index)));
        distinctive |= column.is_some() && !COMMON.contains(&field.as_str());
        columns.push(column);
    }
    let known = columns.iter().flatten().count();
    let is_flow_log = known >= LEAST_KNOWN && known * 2 >= names.len() && distinctive;
    is_flow_log.then(|| Header { line: String::new(), fields: names, columns })
}

/// Whether a line may be a header, seen from its first name alone.
pub fn may_be_header(line: &[u8]) -> bool {
    let first = line.split(|byte| *byte == b' ').next().unwrap_or_default();
    first.first().is_some_and(u8::is_ascii_lowercase)
        && std::str::from_utf8(first).is_ok_and(|first| column_of(first).is_some())
}

fn column_of(field: &str) -> Option<usize> {
    TABLE.columns.iter().position(|column| column.path.first() == Some(&field))
}

fn is_name(name: &str) -> bool {
    name.len() <= 64
        && name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(&byte))
}

/// A format that needs no header, and how a line of it is known.
struct DefaultFormat {
    begins: &'static str,
    header: Header,
    /// Where the first of `start`, `end` and where `log-status` stands.
    start: usize,
    log_status: usize,
}

/// Version 2 of VPC flow logs, and versions 2 to 6 of transit gateway flow logs, in the order of their documents.
static DEFAULT_FORMATS: LazyLock<[DefaultFormat; 2]> = LazyLock::new(|| {
    [
        DefaultFormat {
            begins: "2 ",
            header: unnamed(
                "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end \
                 action log-status",
            ),
            start: 10,
            log_status: 13,
        },
        DefaultFormat {
            begins: "6 TransitGateway ",
            header: unnamed(
                "version resource-type account-id tgw-id tgw-attachment-id tgw-src-vpc-account-id \
                 tgw-dst-vpc-account-id tgw-src-vpc-id tgw-dst-vpc-id tgw-src-subnet-id tgw-dst-subnet-id tgw-src-eni \
                 tgw-dst-eni tgw-src-az-id tgw-dst-az-id tgw-pair-attachment-id srcaddr dstaddr srcport dstport \
                 protocol packets bytes start end log-status type packets-lost-no-route packets-lost-blackhole \
                 packets-lost-mtu-exceeded packets-lost-ttl-expired tcp-flags region flow-direction \
                 pkt-src-aws-service pkt-dst-aws-service",
            ),
            start: 23,
            log_status: 25,
        },
    ]
});

/// A header that stands in no object.
fn unnamed(names: &str) -> Header {
    let fields: Vec<String> = names.split(' ').map(str::to_owned).collect();
    let columns = fields.iter().map(|field| column_of(field)).collect();
    Header { line: String::new(), fields, columns }
}

/// Whether a line may be in a default format, seen from its beginning alone.
pub fn may_be_default(line: &[u8]) -> bool {
    DEFAULT_FORMATS.iter().any(|format| line.starts_with(format.begins.as_bytes()))
}

/// The fields of a line that is in a default format.
pub fn default_format(line: &str) -> Option<&'static Header> {
    let format = DEFAULT_FORMATS.iter().find(|format| line.starts_with(format.begins))?;
    let values: Vec<&str> = line.trim_end().split(' ').take(format.header.fields.len() + 1).collect();
    let is_number = |value: &&str| !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
    let fits = values.len() == format.header.fields.len()
        && values.get(format.start..format.start + 2)?.iter().all(is_number)
        && matches!(*values.get(format.log_status)?, "OK" | "NODATA" | "SKIPDATA");
    fits.then_some(&format.header)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_without_number_are_no_flow_log_and_take_no_quadratic_time() {
        let names = ["x", "bytes"].map(|name| vec![name.to_owned(); 200_000]).concat();
        assert_eq!(of_names(names), None);
    }

    #[test]
    fn every_field_of_the_default_formats_has_a_column() {
        for format in DEFAULT_FORMATS.iter() {
            assert!(format.header.columns.iter().all(Option::is_some), "{}", format.begins);
            assert_eq!(format.header.fields[format.start], "start");
            assert_eq!(format.header.fields[format.log_status], "log-status");
        }
    }

    #[test]
    fn a_field_gives_its_name_to_its_column() {
        for column in TABLE.columns.iter().filter(|column| !column.path.is_empty()) {
            let name = column.path[0].replace('-', "_");
            let renamed = matches!(column.name, "event_time" | "end_time");
            assert!(renamed || column.name == name, "{}", column.name);
        }
    }

    #[test]
    fn only_names_of_fields_make_a_header() {
        assert!(header("srcaddr dstaddr bytes").is_some());
        assert!(header("interface-id novelty srcaddr other-thing dstaddr action").is_some());
        for line in
            ["", "srcaddr dstaddr", "start end type", "srcaddr dstaddr bytes 17", "Srcaddr dstaddr bytes action"]
        {
            assert_eq!(header(line), None, "{line}");
        }
        assert_eq!(header("srcaddr dstaddr bytes a b c d"), None, "more unknown names than known");
    }

    #[test]
    fn a_name_that_stands_twice_has_one_column() {
        let header = header("srcaddr dstaddr srcaddr bytes").unwrap();
        assert_eq!(header.columns.iter().map(Option::is_some).collect::<Vec<_>>(), [true, true, false, true]);
    }

    #[test]
    fn a_line_is_in_the_default_format_or_it_is_not() {
        let line = "2 111122223333 eni-0a1b 203.0.113.9 192.0.2.4 40112 443 6 9 1840 1715695331 1715695390 ACCEPT OK";
        assert!(default_format(line).is_some());
        let nodata = "2 111122223333 eni-0a1b - - - - - - - 1715695331 1715695390 - NODATA";
        assert!(default_format(nodata).is_some());
        for line in [&line[..line.len() - 1], &line[2..], &line.replace("1715695390", "-"), &format!("{line} 1")] {
            assert!(default_format(line).is_none(), "{line}");
        }
    }
}

//! VPC flow logs of the subnets of `demo`: what nodes, pods, the NAT gateway and the load balancer exchanged.
//!
//! The public endpoint of the cluster is a matter of AWS and in no flow log of the account; its private interface is.
//! The metadata address 169.254.169.254 is in none either. For a pod, `srcaddr` and `dstaddr` have the first address of
//! the interface and `pkt-srcaddr` and `pkt-dstaddr` the pod's.

use super::Event;
use super::cast::infrastructure::{
    ENI_CONTROL_PLANE, ENI_LOAD_BALANCER, ENI_NAT, ENI_NODE_1, ENI_NODE_1_PODS, ENI_NODE_2, ENI_NODE_2_PODS,
    PUBLIC_SUBNET, SUBNET_A, SUBNET_B, VPC,
};
use super::cast::{ACCOUNT, NODE, NODE_2_SESSION};
use super::moment::{Moment, today};

/// The fields, as the first line of each file names them.
pub(crate) const HEADER: &str = "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes \
    start end action log-status vpc-id subnet-id instance-id tcp-flags type pkt-srcaddr pkt-dstaddr region az-id \
    sublocation-type sublocation-id pkt-src-aws-service pkt-dst-aws-service flow-direction traffic-path";

pub(crate) struct FlowRecord {
    pub(crate) at: Moment,
    pub(crate) text: String,
}

/// Interface, subnet, zone, instance (`-` for none) and first address.
type Interface = (&'static str, &'static str, &'static str, &'static str, &'static str);

const NODE_1: Interface = (ENI_NODE_1, SUBNET_A, "use1-az1", NODE.name, "10.0.11.23");
const PODS_1: Interface = (ENI_NODE_1_PODS, SUBNET_A, "use1-az1", NODE.name, "10.0.11.40");
const NODE_2: Interface = (ENI_NODE_2, SUBNET_B, "use1-az2", NODE_2_SESSION.name, "10.0.12.31");
const PODS_2: Interface = (ENI_NODE_2_PODS, SUBNET_B, "use1-az2", NODE_2_SESSION.name, "10.0.12.40");
const ENDPOINT: Interface = (ENI_CONTROL_PLANE, SUBNET_A, "use1-az1", "-", "10.0.54.108");
const NAT: Interface = (ENI_NAT, PUBLIC_SUBNET, "use1-az1", "-", "10.0.0.10");
const BALANCER: Interface = (ENI_LOAD_BALANCER, PUBLIC_SUBNET, "use1-az1", "-", "10.0.0.25");

const PAYMENTS: &str = "10.0.11.87";
const LEDGER: &str = "10.0.11.92";
const STOREFRONT: &str = "10.0.11.95";
const DNS: &str = "10.0.12.14";
const S3: &str = "192.0.2.200";
const STS: &str = "192.0.2.210";
const INTRUDER: &str = "203.0.113.66";
const INTRUDER_LATER: &str = "198.51.100.23";
const SCANNER: &str = "198.51.100.180";
const RESOLVER: &str = "198.51.100.53";
const BASTION: &str = "10.0.1.9";
const CUSTOMER: &str = "203.0.113.141";

#[derive(Clone, Copy)]
enum Way {
    In,
    Out,
}

#[derive(Clone, Copy)]
enum Verdict {
    Accept,
    Reject,
}

/// Clock, seconds, interface, way, own address, other address, own port, other port, packets, bytes, verdict.
type Flow = (&'static str, i64, Interface, Way, &'static str, &'static str, u16, u16, u32, u64, Verdict);

const FLOWS: [Flow; 47] = {
    use Verdict::{Accept, Reject};
    use Way::{In, Out};
    [
        // Kubelets and the endpoint, names, the pods' ordinary calls.
        ("13:50:00", 60, NODE_1, Out, "10.0.11.23", "10.0.54.108", 41_822, 443, 64, 18_220, Accept),
        ("13:50:00", 60, NODE_1, In, "10.0.11.23", "10.0.54.108", 41_822, 443, 58, 47_310, Accept),
        ("13:50:10", 50, ENDPOINT, In, "10.0.54.108", "10.0.11.23", 443, 41_822, 64, 18_220, Accept),
        ("13:50:12", 30, PODS_1, Out, PAYMENTS, STS, 50_114, 443, 12, 3_204, Accept),
        ("13:50:14", 40, PODS_1, Out, PAYMENTS, S3, 50_122, 443, 14, 3_988, Accept),
        ("13:50:14", 40, PODS_1, In, PAYMENTS, S3, 50_122, 443, 22, 24_101, Accept),
        ("13:50:20", 30, PODS_1, Out, PAYMENTS, DNS, 39_551, 53, 4, 284, Accept),
        ("13:50:20", 30, PODS_2, In, DNS, PAYMENTS, 53, 39_551, 4, 284, Accept),
        ("13:51:42", 58, NODE_2, Out, "10.0.12.31", "10.0.54.108", 52_004, 443, 148, 61_902, Accept),
        ("13:51:42", 58, NODE_2, In, "10.0.12.31", "10.0.54.108", 52_004, 443, 180, 402_118, Accept),
        ("13:53:02", 40, PODS_1, Out, LEDGER, S3, 44_810, 443, 16, 4_120, Accept),
        ("13:53:02", 40, PODS_1, In, LEDGER, S3, 44_810, 443, 74, 97_440, Accept),
        ("13:53:20", 20, PODS_1, Out, STOREFRONT, S3, 47_002, 443, 9, 2_610, Accept),
        ("13:54:40", 60, NODE_1, In, "10.0.11.23", BASTION, 22, 51_880, 61, 9_440, Accept),
        // sam in the pod: the endpoint reaches the kubelet, the pod STS and S3.
        ("13:56:03", 20, NODE_1, In, "10.0.11.23", "10.0.54.108", 10_250, 46_310, 31, 5_702, Accept),
        ("13:56:05", 10, PODS_1, Out, LEDGER, STS, 44_902, 443, 11, 3_011, Accept),
        ("13:56:07", 12, PODS_1, Out, LEDGER, S3, 44_906, 443, 120, 9_802, Accept),
        ("13:56:07", 12, PODS_1, In, LEDGER, S3, 44_906, 443, 461, 662_340, Accept),
        // The shop's customers, the intruder at the shop's door, and the scanner.
        ("14:01:10", 50, BALANCER, In, "10.0.0.25", CUSTOMER, 443, 61_220, 34, 5_480, Accept),
        ("14:01:10", 50, BALANCER, Out, "10.0.0.25", CUSTOMER, 443, 61_220, 52, 61_009, Accept),
        ("14:02:31", 40, BALANCER, In, "10.0.0.25", INTRUDER, 443, 40_118, 9, 1_204, Accept),
        ("14:02:44", 30, BALANCER, In, "10.0.0.25", INTRUDER, 6_443, 40_120, 3, 180, Reject),
        ("14:02:50", 30, BALANCER, In, "10.0.0.25", INTRUDER, 10_250, 40_124, 3, 180, Reject),
        ("14:07:02", 20, BALANCER, In, "10.0.0.25", SCANNER, 22, 55_001, 2, 80, Reject),
        ("14:07:03", 20, BALANCER, In, "10.0.0.25", SCANNER, 2_379, 55_002, 2, 80, Reject),
        ("14:07:03", 20, BALANCER, In, "10.0.0.25", SCANNER, 3_389, 55_003, 2, 80, Reject),
        ("14:07:04", 20, BALANCER, In, "10.0.0.25", SCANNER, 6_443, 55_004, 2, 80, Reject),
        ("14:07:05", 20, BALANCER, In, "10.0.0.25", SCANNER, 10_250, 55_005, 2, 80, Reject),
        ("14:07:06", 20, BALANCER, In, "10.0.0.25", SCANNER, 30_080, 55_006, 2, 80, Reject),
        // The port that alex opened to the world.
        ("14:07:16", 15, NODE_2, In, "10.0.12.31", SCANNER, 30_080, 55_010, 6, 812, Accept),
        ("14:07:16", 15, NODE_2, Out, "10.0.12.31", SCANNER, 30_080, 55_010, 5, 1_930, Accept),
        // The shell in the payments pod, and what left through it.
        ("14:14:20", 58, NODE_1, In, "10.0.11.23", "10.0.54.108", 10_250, 46_902, 210, 22_408, Accept),
        ("14:14:20", 58, ENDPOINT, Out, "10.0.54.108", "10.0.11.23", 46_902, 10_250, 210, 22_408, Accept),
        ("14:14:38", 50, PODS_1, Out, PAYMENTS, INTRUDER, 51_334, 443, 38_112, 54_880_204, Accept),
        ("14:14:38", 50, PODS_1, In, PAYMENTS, INTRUDER, 51_334, 443, 9_204, 488_102, Accept),
        ("14:14:38", 50, NAT, Out, "10.0.0.10", INTRUDER, 21_334, 443, 38_112, 54_880_204, Accept),
        ("14:15:18", 10, PODS_1, Out, PAYMENTS, DNS, 39_790, 53, 2, 142, Accept),
        ("14:15:19", 10, PODS_1, Out, PAYMENTS, RESOLVER, 39_792, 53, 6, 504, Accept),
        ("14:16:44", 12, NODE_1, In, "10.0.11.23", "10.0.54.108", 10_250, 46_944, 14, 4_012, Accept),
        // The privileged pod shares the node's address.
        ("14:24:31", 55, NODE_1, Out, "10.0.11.23", INTRUDER_LATER, 58_220, 4_444, 902, 88_410, Accept),
        ("14:24:31", 55, NODE_1, In, "10.0.11.23", INTRUDER_LATER, 58_220, 4_444, 1_120, 71_904, Accept),
        ("14:24:31", 55, NAT, Out, "10.0.0.10", INTRUDER_LATER, 28_220, 4_444, 902, 88_410, Accept),
        ("14:25:12", 40, NODE_1, Out, "10.0.11.23", "10.0.54.108", 42_377, 443, 412, 220_118, Accept),
        ("14:25:21", 15, NODE_2, In, "10.0.12.31", "10.0.11.23", 10_250, 42_388, 12, 2_204, Accept),
        ("14:25:40", 12, NODE_1, Out, "10.0.11.23", "10.0.12.31", 42_390, 22, 4, 240, Reject),
        ("14:25:40", 12, NODE_2, In, "10.0.12.31", "10.0.11.23", 22, 42_390, 4, 240, Reject),
        ("14:36:10", 50, NODE_1, Out, "10.0.11.23", INTRUDER_LATER, 58_660, 4_444, 88, 9_120, Accept),
    ]
};

pub(crate) fn flows() -> Vec<Event> {
    let records = FLOWS.iter().map(record).chain([
        without_data("14:08:00", 60, NODE_2.0, "NODATA"),
        without_data("14:20:00", 60, BALANCER.0, "SKIPDATA"),
    ]);
    records.map(Event::from).collect()
}

fn record(flow: &Flow) -> FlowRecord {
    let (clock, seconds, interface, way, own, other, own_port, other_port, packets, bytes, verdict) = flow;
    let (id, subnet, zone, instance, first) = interface;
    let (start, end) = (today(clock), today(clock).plus_millis(seconds * 1_000));
    let protocol = if [*own_port, *other_port].contains(&53) { 17 } else { 6 };
    let (source, target, source_port, target_port) = match way {
        Way::In => (*other, *own, other_port, own_port),
        Way::Out => (*own, *other, own_port, other_port),
    };
    // The interface's first address stands for the pod's; the packet keeps it.
    let outer = |address: &'static str| if address == *own { *first } else { address };
    let service = |address: &str| match address {
        S3 => "S3",
        STS => "AMAZON",
        _ => "-",
    };
    let action = match verdict {
        Verdict::Accept => "ACCEPT",
        Verdict::Reject => "REJECT",
    };
    let flags = match (protocol, verdict) {
        (17, _) => 0,
        (_, Verdict::Reject) => 2,
        (_, Verdict::Accept) => 3,
    };
    let is_out = matches!(way, Way::Out);
    let (direction, path) =
        if is_out { ("egress", if other.starts_with("10.") { "1" } else { "8" }) } else { ("ingress", "-") };
    let text = format!(
        "5 {ACCOUNT} {id} {} {} {source_port} {target_port} {protocol} {packets} {bytes} {} {} {action} OK {VPC} {subnet} \
         {instance} {flags} IPv4 {source} {target} us-east-1 {zone} - - {} {} {direction} {path}",
        outer(source),
        outer(target),
        start.epoch_second(),
        end.epoch_second(),
        service(source),
        service(target),
    );
    FlowRecord { at: start, text }
}

/// An interval of an interface without traffic, or without a record of it.
fn without_data(clock: &str, seconds: i64, interface: &str, status: &str) -> FlowRecord {
    let (start, end) = (today(clock), today(clock).plus_millis(seconds * 1_000));
    let blanks = "- ".repeat(15);
    let text = format!(
        "5 {ACCOUNT} {interface} - - - - - - - {} {} - {status} {}",
        start.epoch_second(),
        end.epoch_second(),
        blanks.trim_end()
    );
    FlowRecord { at: start, text }
}

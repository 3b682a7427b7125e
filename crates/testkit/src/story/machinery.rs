//! Lines of the control plane's own programs, in klog's form: what they always say, and what they say of the incident.

use super::Event;
use super::kubernetes::Server;
use super::lines::{LogLine, Writer};
use super::moment::today;

const FIRST: Writer = Writer::ApiServer(Server::First);
const SECOND: Writer = Writer::ApiServer(Server::Second);
const MANAGER: Writer = Writer::ControllerManager;
const SCHEDULER: Writer = Writer::Scheduler;
const CLOUD: Writer = Writer::CloudControllerManager;

/// Clock, writer, letter of the severity, place in the program, message.
const LINES: [(&str, Writer, char, &str, &str); 27] = [
    (
        "13:37:02.114520",
        FIRST,
        'I',
        "controller.go:624",
        "quota admission added evaluator for: leases.coordination.k8s.io",
    ),
    (
        "13:38:50.861311",
        SECOND,
        'I',
        "trace.go:236",
        "Trace[1043921187]: \"List\" url:/api/v1/pods,user-agent:kubectl/v1.29.4 (darwin/arm64) \
         kubernetes/55019c8,client:192.0.2.45 (14-May-2024 13:38:50.233) (total time: 612ms):",
    ),
    (
        "13:40:11.905217",
        MANAGER,
        'I',
        "garbagecollector.go:826",
        "\"Garbage collector has synced all monitored resources\"",
    ),
    (
        "13:41:40.930144",
        MANAGER,
        'I',
        "event.go:376",
        "\"Event occurred\" object=\"shop/storefront\" fieldPath=\"\" kind=\"Deployment\" apiVersion=\"apps/v1\" \
         type=\"Normal\" reason=\"ScalingReplicaSet\" message=\"Scaled up replica set storefront-6d5f to 1\"",
    ),
    (
        "13:41:41.392006",
        MANAGER,
        'I',
        "event.go:376",
        "\"Event occurred\" object=\"shop/storefront-6d5f\" fieldPath=\"\" kind=\"ReplicaSet\" apiVersion=\"apps/v1\" \
         type=\"Normal\" reason=\"SuccessfulCreate\" message=\"Created pod: storefront-6d5f-x2k9q\"",
    ),
    (
        "13:41:41.551873",
        SCHEDULER,
        'I',
        "schedule_one.go:286",
        "\"Successfully bound pod to node\" pod=\"shop/storefront-6d5f-x2k9q\" node=\"ip-10-0-11-23.ec2.internal\" \
         evaluatedNodes=3 feasibleNodes=2",
    ),
    (
        "13:42:41.317540",
        MANAGER,
        'I',
        "event.go:376",
        "\"Event occurred\" object=\"payments/ledger-export-5f8b\" fieldPath=\"\" kind=\"ReplicaSet\" \
         apiVersion=\"apps/v1\" type=\"Normal\" reason=\"SuccessfulCreate\" message=\"Created pod: \
         ledger-export-5f8b-tq6wz\"",
    ),
    (
        "13:42:41.490217",
        SCHEDULER,
        'I',
        "schedule_one.go:286",
        "\"Successfully bound pod to node\" pod=\"payments/ledger-export-5f8b-tq6wz\" \
         node=\"ip-10-0-11-23.ec2.internal\" evaluatedNodes=3 feasibleNodes=1",
    ),
    (
        "13:44:31.220087",
        CLOUD,
        'E',
        "runtime.go:79",
        "Observed a panic: \"invalid memory address or nil pointer dereference\" (runtime error: invalid memory \
         address or nil pointer dereference)\ngoroutine 412 [running]:\n\
         k8s.io/apimachinery/pkg/util/runtime.logPanic({0x1b0f3a0?, 0x31c4e10})\n\
         \tk8s.io/apimachinery@v0.29.1/pkg/util/runtime/runtime.go:75 +0x85\n\
         k8s.io/cloud-provider-aws/pkg/providers/v1.(*Cloud).describeLoadBalancer(0xc0005a2000)\n\
         \tk8s.io/cloud-provider-aws/pkg/providers/v1/aws.go:4412 +0x1c4",
    ),
    (
        "13:45:30.408215",
        SCHEDULER,
        'I',
        "schedule_one.go:867",
        "\"Unable to schedule pod; no fit; waiting\" pod=\"shop/checkout-7b4c-9wzlp\" err=\"0/3 nodes are available: 3 \
         Insufficient cpu. preemption: 0/3 nodes are available: 3 No preemption victims found for incoming pod.\"",
    ),
    (
        "13:51:41.022790",
        CLOUD,
        'I',
        "node_controller.go:431",
        "Initializing node ip-10-0-12-31.ec2.internal with cloud provider",
    ),
    (
        "13:51:41.640018",
        CLOUD,
        'I',
        "node_controller.go:502",
        "Successfully initialized node ip-10-0-12-31.ec2.internal with cloud provider",
    ),
    (
        "13:51:58.201334",
        SCHEDULER,
        'I',
        "schedule_one.go:286",
        "\"Successfully bound pod to node\" pod=\"shop/checkout-7b4c-9wzlp\" node=\"ip-10-0-12-31.ec2.internal\" \
         evaluatedNodes=4 feasibleNodes=1",
    ),
    (
        "13:52:21.874102",
        CLOUD,
        'I',
        "event.go:307",
        "\"Event occurred\" object=\"shop/storefront\" fieldPath=\"\" kind=\"Service\" apiVersion=\"v1\" type=\"Normal\" \
         reason=\"UpdatedLoadBalancer\" message=\"Updated load balancer with new hosts\"",
    ),
    (
        "13:54:20.640220",
        SECOND,
        'I',
        "alloc.go:330",
        "\"allocated clusterIPs\" service=\"shop/checkout-debug\" clusterIPs={\"IPv4\":\"172.20.88.14\"}",
    ),
    ("14:01:02.770415", FIRST, 'I', "controller.go:624", "quota admission added evaluator for: serviceaccounts"),
    (
        "14:05:48.331902",
        FIRST,
        'E',
        "authentication.go:73",
        "\"Unable to authenticate the request\" err=\"[invalid bearer token, Unknown]\"",
    ),
    (
        "14:07:13.767204",
        FIRST,
        'E',
        "authentication.go:73",
        "\"Unable to authenticate the request\" err=\"[invalid bearer token, Unknown]\"",
    ),
    (
        "14:09:12.461870",
        MANAGER,
        'I',
        "event.go:376",
        "\"Event occurred\" object=\"shop/storefront-6d5f\" fieldPath=\"\" kind=\"ReplicaSet\" apiVersion=\"apps/v1\" \
         type=\"Normal\" reason=\"SuccessfulCreate\" message=\"Created pod: storefront-6d5f-m7p4w\"",
    ),
    (
        "14:15:20.824551",
        FIRST,
        'E',
        "available_controller.go:460",
        "v1beta1.metrics.k8s.io failed with: failing or missing response from \
         https://10.0.12.77:10250/apis/metrics.k8s.io/v1beta1: Get \
         \"https://10.0.12.77:10250/apis/metrics.k8s.io/v1beta1\": context deadline exceeded",
    ),
    (
        "14:15:20.830194",
        MANAGER,
        'E',
        "horizontal.go:270",
        "failed to compute desired number of replicas based on listed metrics for Deployment/shop/storefront: invalid \
         metrics (1 invalid out of 1), first error is: failed to get cpu utilization: unable to fetch metrics from \
         resource metrics API: the server is currently unable to handle the request (get pods.metrics.k8s.io)",
    ),
    (
        "14:15:24.118032",
        MANAGER,
        'E',
        "leaderelection.go:332",
        "error retrieving resource lock kube-system/kube-controller-manager: Get \
         \"https://10.0.54.108:443/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/kube-controller-manager?timeout=5s\": \
         context deadline exceeded",
    ),
    (
        "14:17:29.880310",
        MANAGER,
        'I',
        "leaderelection.go:260",
        "successfully acquired lease kube-system/kube-controller-manager",
    ),
    (
        "14:21:40.704410",
        FIRST,
        'E',
        "authentication.go:73",
        "\"Unable to authenticate the request\" err=\"[invalid bearer token, Unknown]\"",
    ),
    (
        "14:24:12.018846",
        SECOND,
        'W',
        "dispatcher.go:205",
        "Failed calling webhook, failing open validate.policy.example.com: failed calling webhook \
         \"validate.policy.example.com\": failed to call webhook: Post \
         \"https://policy-webhook.policy.svc:443/validate?timeout=10s\": context deadline exceeded",
    ),
    (
        "14:24:12.240517",
        SCHEDULER,
        'I',
        "schedule_one.go:286",
        "\"Successfully bound pod to node\" pod=\"kube-system/node-tuner\" node=\"ip-10-0-11-23.ec2.internal\" \
         evaluatedNodes=4 feasibleNodes=4",
    ),
    (
        "14:25:40.317009",
        SECOND,
        'W',
        "watcher.go:245",
        "watch chan error: etcdserver: mvcc: required revision has been compacted",
    ),
];

pub(crate) fn lines() -> Vec<Event> {
    LINES
        .iter()
        .map(|(clock, writer, severity, place, message)| {
            let at = today(clock);
            let thread = if matches!(writer, Writer::ApiServer(_)) { 10 } else { 1 };
            let text = format!("{severity}{} {thread:>7} {place}] {message}", at.klog());
            Event::from(LogLine { at, writer: *writer, text })
        })
        .collect()
}

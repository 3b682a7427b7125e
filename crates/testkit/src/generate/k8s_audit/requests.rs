//! The requests that reach a cluster's API server, as data: how often, by whom, and their templates.
//!
//! Shares follow what an EKS control plane logs: leases, watches and status updates first, people last.

use super::bodies::Body;

/// Who sends a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sender {
    /// A kubelet, logged in with its node role.
    Node,
    /// A part of the control plane, by its user name.
    ControlPlane(&'static str),
    /// Namespace and name of a service account.
    ServiceAccount(&'static str, &'static str),
    /// The service account of one of the workloads.
    Workload,
    /// A person, mapped from an IAM role.
    Person,
    /// The deployment pipeline, mapped from an IAM role.
    Pipeline,
    Anonymous,
}

/// One kind of request.
#[derive(Clone, Copy, Debug)]
pub struct Request {
    pub weight: u64,
    pub sender: Sender,
    pub verb: &'static str,
    pub uri: &'static str,
    /// Template of `objectRef`; empty for requests that are about no object.
    pub object: &'static str,
    pub agent: &'static str,
    pub code: u16,
    /// Bodies, where the level of the request includes them.
    pub sends: Body,
    pub gets: Body,
}

const KUBELET: &str = "kubelet/v1.33.4 (linux/amd64) kubernetes/0000000";
const CONTROLLER: &str = "kube-controller-manager/v1.33.4 (linux/amd64) kubernetes/0000000/";
const KUBECTL: &str = "kubectl/v1.33.1 (linux/amd64) kubernetes/8adc0f0";
const CLIENT: &str = "manager/v0.0.0 (linux/amd64) kubernetes/$Format";

const fn request(
    weight: u64,
    sender: Sender,
    verb: &'static str,
    uri: &'static str,
    object: &'static str,
    agent: &'static str,
) -> Request {
    Request { weight, sender, verb, uri, object, agent, code: 200, sends: Body::Nothing, gets: Body::Nothing }
}

impl Request {
    const fn code(mut self, code: u16) -> Self {
        self.code = code;
        self
    }

    const fn sends(mut self, body: Body) -> Self {
        self.sends = body;
        self
    }

    const fn gets(mut self, body: Body) -> Self {
        self.gets = body;
        self
    }
}

const POD: &str = r#"{"resource":"pods","namespace":"$S","name":"$P","apiVersion":"v1"}"#;
const POD_STATUS: &str = r#"{"resource":"pods","namespace":"$S","name":"$P","apiVersion":"v1","subresource":"status"}"#;
const EVENT: Body = Body::Template(
    r#"{"kind":"Event","apiVersion":"v1","metadata":{"name":"$P.$x$x","namespace":"$S","creationTimestamp":null},"involvedObject":{"kind":"Pod","namespace":"$S","name":"$P","uid":"$U","apiVersion":"v1","resourceVersion":"$v","fieldPath":"spec.containers{$D}"},"reason":"Unhealthy","message":"Readiness probe failed: Get \"http://$p:8080/healthz\": dial tcp $p:8080: connect: connection refused\n\tretry in 5s","source":{"component":"kubelet","host":"$e"},"firstTimestamp":"$t","lastTimestamp":"$t","count":$n,"type":"Warning","eventTime":null,"reportingComponent":"kubelet","reportingInstance":"$e"}"#,
);
const BINDING: Body = Body::Template(
    r#"{"kind":"Binding","apiVersion":"v1","metadata":{"name":"$P","namespace":"$S","uid":"$U","creationTimestamp":null},"target":{"kind":"Node","name":"$e"}}"#,
);
const ROLE_BINDING: Body = Body::Template(
    r#"{"kind":"RoleBinding","apiVersion":"rbac.authorization.k8s.io/v1","metadata":{"name":"$D-viewers","namespace":"$S","uid":"$K","resourceVersion":"$v","creationTimestamp":"$t","annotations":{"reason":"demande de l'équipe \"$S\""},"managedFields":[{"manager":"kubectl-create","operation":"Update","apiVersion":"rbac.authorization.k8s.io/v1","time":"$t","fieldsType":"FieldsV1","fieldsV1":{"f:roleRef":{},"f:subjects":{}}}]},"subjects":[{"kind":"Group","apiGroup":"rbac.authorization.k8s.io","name":"$S-viewers"}],"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":"view"}}"#,
);
const ACCESS_REVIEW: Body = Body::Template(
    r#"{"kind":"SubjectAccessReview","apiVersion":"authorization.k8s.io/v1","metadata":{"creationTimestamp":null},"spec":{"nonResourceAttributes":{"path":"/metrics","verb":"get"},"user":"system:serviceaccount:monitoring:prometheus","groups":["system:serviceaccounts","system:serviceaccounts:monitoring","system:authenticated"],"uid":"$K"},"status":{"allowed":true,"reason":"RBAC: allowed by ClusterRoleBinding \"prometheus\" of ClusterRole \"prometheus\" to ServiceAccount \"prometheus/monitoring\""}}"#,
);
const ENDPOINT_SLICE: Body = Body::Template(
    r#"{"kind":"EndpointSlice","apiVersion":"discovery.k8s.io/v1","metadata":{"name":"$D-$x","generateName":"$D-","namespace":"$S","uid":"$K","resourceVersion":"$v","generation":$s,"creationTimestamp":"$y","labels":{"endpointslice.kubernetes.io/managed-by":"endpointslice-controller.k8s.io","kubernetes.io/service-name":"$D"},"annotations":{"endpoints.kubernetes.io/last-change-trigger-time":"$t"},"managedFields":[{"manager":"kube-controller-manager","operation":"Update","apiVersion":"discovery.k8s.io/v1","time":"$t","fieldsType":"FieldsV1","fieldsV1":{"f:addressType":{},"f:endpoints":{},"f:metadata":{"f:generateName":{},"f:labels":{".":{},"f:kubernetes.io/service-name":{}},"f:ownerReferences":{".":{},"k:{\"uid\":\"$K\"}":{}}},"f:ports":{}}}]},"addressType":"IPv4","endpoints":[{"addresses":["$p"],"conditions":{"ready":true,"serving":true,"terminating":false},"targetRef":{"kind":"Pod","namespace":"$S","name":"$P","uid":"$U"},"nodeName":"$e","zone":"$ra"},{"addresses":["$p"],"conditions":{"ready":true},"nodeName":"$e"}],"ports":[{"name":"http","port":8080,"protocol":"TCP"}]}"#,
);
const SCALE: Body = Body::Template(
    r#"{"kind":"Scale","apiVersion":"autoscaling/v1","metadata":{"name":"$D","namespace":"$S","uid":"$K","resourceVersion":"$v","creationTimestamp":"$y"},"spec":{"replicas":$n},"status":{"replicas":$n,"selector":"app.kubernetes.io/name=$D"}}"#,
);

const MANAGER: Sender = Sender::ControlPlane("system:kube-controller-manager");
const SCHEDULER: Sender = Sender::ControlPlane("system:kube-scheduler");
const APISERVER: Sender = Sender::ControlPlane("system:apiserver");
const PROMETHEUS: Sender = Sender::ServiceAccount("monitoring", "prometheus");
const ARGOCD: Sender = Sender::ServiceAccount("argocd", "argocd-application-controller");

/// All kinds, the frequent ones first.
pub const REQUESTS: [Request; 38] = [
    request(1000, Sender::Node, "update", "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/$e?timeout=10s",
        r#"{"resource":"leases","namespace":"kube-node-lease","name":"$e","uid":"$K","apiGroup":"coordination.k8s.io","apiVersion":"v1","resourceVersion":"$v"}"#, KUBELET),
    request(520, MANAGER, "update", "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/kube-controller-manager?timeout=5s",
        r#"{"resource":"leases","namespace":"kube-system","name":"kube-controller-manager","uid":"$K","apiGroup":"coordination.k8s.io","apiVersion":"v1","resourceVersion":"$v"}"#, CONTROLLER),
    request(430, SCHEDULER, "update", "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/kube-scheduler?timeout=5s",
        r#"{"resource":"leases","namespace":"kube-system","name":"kube-scheduler","uid":"$K","apiGroup":"coordination.k8s.io","apiVersion":"v1","resourceVersion":"$v"}"#,
        "kube-scheduler/v1.33.4 (linux/amd64) kubernetes/0000000/leader-election"),
    request(300, Sender::Workload, "get", "/apis/coordination.k8s.io/v1/namespaces/$S/leases/$D-leader",
        r#"{"resource":"leases","namespace":"$S","name":"$D-leader","apiGroup":"coordination.k8s.io","apiVersion":"v1"}"#, CLIENT),
    request(280, Sender::Workload, "update", "/apis/coordination.k8s.io/v1/namespaces/$S/leases/$D-leader",
        r#"{"resource":"leases","namespace":"$S","name":"$D-leader","uid":"$K","apiGroup":"coordination.k8s.io","apiVersion":"v1","resourceVersion":"$v"}"#, CLIENT),
    request(240, Sender::Node, "get", "/api/v1/nodes/$e?resourceVersion=0&timeout=10s",
        r#"{"resource":"nodes","name":"$e","apiVersion":"v1"}"#, KUBELET),
    request(150, Sender::Node, "patch", "/api/v1/nodes/$e/status?timeout=10s",
        r#"{"resource":"nodes","name":"$e","apiVersion":"v1","subresource":"status"}"#, KUBELET).sends(Body::NodeStatus),
    request(220, APISERVER, "get", "/api/v1/namespaces/default/services/kubernetes",
        r#"{"resource":"services","namespace":"default","name":"kubernetes","apiVersion":"v1"}"#, "kube-apiserver/v1.33.4 (linux/amd64) kubernetes/0000000"),
    request(200, Sender::Workload, "watch", "/api/v1/namespaces/$S/configmaps?allowWatchBookmarks=true&fieldSelector=metadata.name%3D$D&resourceVersion=$v&timeout=7m$ns&timeoutSeconds=5$n&watch=true",
        r#"{"resource":"configmaps","namespace":"$S","name":"$D","apiVersion":"v1"}"#, CLIENT),
    request(200, Sender::Node, "watch", "/api/v1/pods?allowWatchBookmarks=true&fieldSelector=spec.nodeName%3D$e&resourceVersion=$v&timeoutSeconds=5$n&watch=true",
        r#"{"resource":"pods","apiVersion":"v1"}"#, KUBELET),
    request(180, MANAGER, "watch", "/apis/apps/v1/replicasets?allowWatchBookmarks=true&resourceVersion=$v&timeout=5m$ns&watch=true",
        r#"{"resource":"replicasets","apiGroup":"apps","apiVersion":"v1"}"#, CONTROLLER),
    request(170, PROMETHEUS, "watch", "/api/v1/namespaces/$S/endpoints?allowWatchBookmarks=true&resourceVersion=$v&timeoutSeconds=5$n&watch=true",
        r#"{"resource":"endpoints","namespace":"$S","apiVersion":"v1"}"#, "Prometheus/3.1.0"),
    request(120, Sender::Node, "create", "/api/v1/namespaces/$S/serviceaccounts/$D/token",
        r#"{"resource":"serviceaccounts","namespace":"$S","name":"$D","apiVersion":"v1","subresource":"token"}"#, KUBELET).code(201),
    request(110, Sender::Anonymous, "get", "/readyz", "", "ELB-HealthChecker/2.0"),
    request(100, ARGOCD, "list", "/apis/apps/v1/namespaces/$S/deployments?limit=500",
        r#"{"resource":"deployments","namespace":"$S","apiGroup":"apps","apiVersion":"v1"}"#, "argocd-application-controller/v2.14.2 (linux/amd64) kubernetes/$Format"),
    request(90, PROMETHEUS, "create", "/apis/authorization.k8s.io/v1/subjectaccessreviews",
        r#"{"resource":"subjectaccessreviews","apiGroup":"authorization.k8s.io","apiVersion":"v1"}"#, "kube-rbac-proxy/v0.18.2").code(201).sends(ACCESS_REVIEW).gets(ACCESS_REVIEW),
    request(85, Sender::Node, "patch", "/api/v1/namespaces/$S/pods/$P/status", POD_STATUS, KUBELET).sends(Body::PodStatus),
    request(80, Sender::Node, "create", "/api/v1/namespaces/$S/events", r#"{"resource":"events","namespace":"$S","apiVersion":"v1"}"#, KUBELET).code(201).sends(EVENT),
    request(70, MANAGER, "update", "/apis/discovery.k8s.io/v1/namespaces/$S/endpointslices/$D-$x",
        r#"{"resource":"endpointslices","namespace":"$S","name":"$D-$x","uid":"$K","apiGroup":"discovery.k8s.io","apiVersion":"v1","resourceVersion":"$v"}"#, CONTROLLER).sends(ENDPOINT_SLICE).gets(ENDPOINT_SLICE),
    request(60, Sender::Workload, "get", "/api/v1/namespaces/$S/secrets/$D-$W",
        r#"{"resource":"secrets","namespace":"$S","name":"$D-$W","apiVersion":"v1"}"#, CLIENT),
    request(55, Sender::ControlPlane("eks:certificate-controller"), "list", "/apis/certificates.k8s.io/v1/certificatesigningrequests?limit=500&resourceVersion=0",
        r#"{"resource":"certificatesigningrequests","apiGroup":"certificates.k8s.io","apiVersion":"v1"}"#, "eks-certificates-controller/v0.0.0 (linux/amd64) kubernetes/$Format"),
    request(50, Sender::ControlPlane("eks:cloud-controller-manager"), "patch", "/api/v1/nodes/$e",
        r#"{"resource":"nodes","name":"$e","apiVersion":"v1"}"#, "aws-cloud-controller-manager/v1.33.0 (linux/amd64) kubernetes/$Format/node-controller").sends(Body::Template(r#"{"metadata":{"labels":{"topology.k8s.aws/zone-id":"euw1-az1"}}}"#)),
    request(38, MANAGER, "create", "/api/v1/namespaces/$S/pods", r#"{"resource":"pods","namespace":"$S","apiVersion":"v1"}"#, CONTROLLER).code(201).sends(Body::Pod).gets(Body::Pod),
    request(38, SCHEDULER, "create", "/api/v1/namespaces/$S/pods/$P/binding",
        r#"{"resource":"pods","namespace":"$S","name":"$P","uid":"$U","apiVersion":"v1","subresource":"binding"}"#, "kube-scheduler/v1.33.4 (linux/amd64) kubernetes/0000000/scheduler").code(201).sends(BINDING),
    request(36, Sender::Node, "delete", "/api/v1/namespaces/$S/pods/$P", POD, KUBELET).sends(Body::Template(r#"{"kind":"DeleteOptions","apiVersion":"v1","gracePeriodSeconds":0,"preconditions":{"uid":"$U"}}"#)).gets(Body::Pod),
    request(34, ARGOCD, "patch", "/apis/argoproj.io/v1alpha1/namespaces/argocd/applications/$D",
        r#"{"resource":"applications","namespace":"argocd","name":"$D","apiGroup":"argoproj.io","apiVersion":"v1alpha1"}"#, "argocd-application-controller/v2.14.2 (linux/amd64) kubernetes/$Format").gets(Body::CustomResource),
    request(30, MANAGER, "update", "/apis/apps/v1/namespaces/$S/deployments/$D/status",
        r#"{"resource":"deployments","namespace":"$S","name":"$D","uid":"$K","apiGroup":"apps","apiVersion":"v1","resourceVersion":"$v","subresource":"status"}"#, CONTROLLER).sends(Body::Deployment).gets(Body::Deployment),
    request(28, Sender::Person, "list", "/api/v1/namespaces/$S/pods?limit=500", r#"{"resource":"pods","namespace":"$S","apiVersion":"v1"}"#, KUBECTL),
    request(22, Sender::Person, "get", "/api/v1/namespaces/$S/pods/$P", POD, KUBECTL),
    request(16, Sender::Person, "get", "/api/v1/namespaces/$S/pods/$P/log?container=$D&follow=true",
        r#"{"resource":"pods","namespace":"$S","name":"$P","apiVersion":"v1","subresource":"log"}"#, KUBECTL),
    request(14, Sender::Pipeline, "patch", "/apis/apps/v1/namespaces/$S/deployments/$D?fieldManager=helm",
        r#"{"resource":"deployments","namespace":"$S","name":"$D","apiGroup":"apps","apiVersion":"v1"}"#, "Helm/3.17.1").sends(Body::Template(r#"{"spec":{"template":{"spec":{"$$setElementOrder/containers":[{"name":"$D"}],"containers":[{"image":"$a.dkr.ecr.$r.amazonaws.com/$S/$D:v1.$s.0","name":"$D"}]}}}}"#)).gets(Body::Deployment),
    request(12, Sender::Person, "list", "/api/v1/nodes?limit=500", r#"{"resource":"nodes","apiVersion":"v1"}"#, KUBECTL),
    request(8, Sender::Pipeline, "update", "/apis/apps/v1/namespaces/$S/deployments/$D/scale",
        r#"{"resource":"deployments","namespace":"$S","name":"$D","uid":"$K","apiGroup":"apps","apiVersion":"v1","resourceVersion":"$v","subresource":"scale"}"#, KUBECTL).sends(SCALE).gets(SCALE),
    request(6, Sender::Person, "list", "/api/v1/namespaces/$S/secrets?limit=500", r#"{"resource":"secrets","namespace":"$S","apiVersion":"v1"}"#, KUBECTL),
    request(5, Sender::Person, "create", "/api/v1/namespaces/$S/pods/$P/exec?command=sh&command=-c&command=ls+-l+%2Ftmp&container=$D&stdin=true&stdout=true&tty=true",
        r#"{"resource":"pods","namespace":"$S","name":"$P","apiVersion":"v1","subresource":"exec"}"#, KUBECTL).code(101),
    request(4, Sender::Anonymous, "get", "/api/v1/namespaces/default/secrets", r#"{"resource":"secrets","namespace":"default","apiVersion":"v1"}"#, "curl/8.5.0").code(403),
    request(3, Sender::Person, "create", "/apis/rbac.authorization.k8s.io/v1/namespaces/$S/rolebindings?fieldManager=kubectl-create",
        r#"{"resource":"rolebindings","namespace":"$S","name":"$D-viewers","apiGroup":"rbac.authorization.k8s.io","apiVersion":"v1"}"#, KUBECTL).code(201).sends(ROLE_BINDING).gets(ROLE_BINDING),
    request(2, Sender::Person, "patch", "/api/v1/namespaces/kube-system/configmaps/aws-auth?fieldManager=kubectl-edit",
        r#"{"resource":"configmaps","namespace":"kube-system","name":"aws-auth","apiVersion":"v1"}"#, KUBECTL),
];

//! Request and response bodies of audit events: Kubernetes objects with the fields and the bulk that real ones have.

use crate::generate::random::mix;
use crate::generate::template::Scene;
use crate::generate::text::{self, push};
use crate::generate::world::NODES_PER_CLUSTER;

/// What stands in `requestObject` or `responseObject`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Body {
    Nothing,
    Pod,
    /// What a kubelet sends about a pod.
    PodStatus,
    Deployment,
    /// What a kubelet sends about its node; with the list of images up to 30 KB.
    NodeStatus,
    CustomResource,
    Template(&'static str),
}

const POD_META: &str = r#"{"kind":"Pod","apiVersion":"v1","metadata":{"name":"$P","generateName":"$D-$z-","namespace":"$S","uid":"$U","resourceVersion":"$v","creationTimestamp":"$y","labels":{"app.kubernetes.io/name":"$D","app.kubernetes.io/part-of":"$S","pod-template-hash":"$z"},"annotations":{"kubectl.kubernetes.io/restartedAt":"$y","prometheus.io/scrape":"true"},"ownerReferences":[{"apiVersion":"apps/v1","kind":"ReplicaSet","name":"$D-$z","uid":"$K","controller":true,"blockOwnerDeletion":true}],"#;
const POD_MANAGED: &str = r#""managedFields":[{"manager":"kube-controller-manager","operation":"Update","apiVersion":"v1","time":"$y","fieldsType":"FieldsV1","fieldsV1":{"f:metadata":{"f:annotations":{".":{},"f:prometheus.io/scrape":{}},"f:generateName":{},"f:labels":{".":{},"f:app.kubernetes.io/name":{},"f:pod-template-hash":{}},"f:ownerReferences":{".":{},"k:{\"uid\":\"$K\"}":{}}},"f:spec":{"f:containers":{"k:{\"name\":\"$D\"}":{".":{},"f:image":{},"f:imagePullPolicy":{},"f:name":{},"f:env":{".":{},"k:{\"name\":\"LOG_LEVEL\"}":{".":{},"f:name":{},"f:value":{}}},"f:resources":{".":{},"f:requests":{".":{},"f:cpu":{},"f:memory":{}}},"f:terminationMessagePath":{},"f:terminationMessagePolicy":{}}},"f:dnsPolicy":{},"f:enableServiceLinks":{},"f:restartPolicy":{},"f:schedulerName":{},"f:serviceAccountName":{},"f:terminationGracePeriodSeconds":{}}}}]"#;
const CONTAINER: &str = r#"{"name":"$D","image":"$a.dkr.ecr.$r.amazonaws.com/$S/$D:v1.$s.0","args":["--listen=:8080","--message=say \"hello\"\n"],"ports":[{"name":"http","containerPort":8080,"protocol":"TCP"}],"env":[{"name":"LOG_LEVEL","value":"info"},{"name":"GREETING","value":"Grüße, 你好"}"#;
const CONTAINER_REST: &str = r#"],"resources":{"limits":{"memory":"512Mi"},"requests":{"cpu":"100m","memory":"256Mi"}},"volumeMounts":[{"name":"kube-api-access-$x","readOnly":true,"mountPath":"/var/run/secrets/kubernetes.io/serviceaccount"}],"livenessProbe":{"httpGet":{"path":"/healthz","port":8080,"scheme":"HTTP"},"timeoutSeconds":1,"periodSeconds":10,"successThreshold":1,"failureThreshold":3},"terminationMessagePath":"/dev/termination-log","terminationMessagePolicy":"File","imagePullPolicy":"IfNotPresent","securityContext":{"capabilities":{"drop":["ALL"]},"readOnlyRootFilesystem":true,"allowPrivilegeEscalation":false}}"#;
const POD_SPEC_REST: &str = r#"],"restartPolicy":"Always","terminationGracePeriodSeconds":30,"dnsPolicy":"ClusterFirst","serviceAccountName":"$D","serviceAccount":"$D","nodeName":"$e","securityContext":{"runAsNonRoot":true},"schedulerName":"default-scheduler","tolerations":[{"key":"node.kubernetes.io/not-ready","operator":"Exists","effect":"NoExecute","tolerationSeconds":300},{"key":"node.kubernetes.io/unreachable","operator":"Exists","effect":"NoExecute","tolerationSeconds":300}],"priority":0,"enableServiceLinks":true,"preemptionPolicy":"PreemptLowerPriority"}"#;
const POD_STATUS: &str = r#"{"metadata":{"uid":"$U"},"status":{"$$setElementOrder/conditions":[{"type":"PodReadyToStartContainers"},{"type":"Initialized"},{"type":"Ready"},{"type":"ContainersReady"},{"type":"PodScheduled"}],"conditions":[{"lastTransitionTime":"$t","message":null,"observedGeneration":1,"reason":null,"status":"True","type":"Ready"},{"lastTransitionTime":"$t","message":null,"reason":null,"status":"True","type":"ContainersReady"}],"containerStatuses":[{"containerID":"containerd://$f","image":"$a.dkr.ecr.$r.amazonaws.com/$S/$D:v1.$s.0","imageID":"$a.dkr.ecr.$r.amazonaws.com/$S/$D@sha256:$f","lastState":{},"name":"$D","ready":true,"restartCount":0,"started":true,"state":{"running":{"startedAt":"$t"}}}],"phase":"Running","podIP":"$p","podIPs":[{"ip":"$p"}]}}"#;
const DEPLOYMENT_META: &str = r#"{"kind":"Deployment","apiVersion":"apps/v1","metadata":{"name":"$D","namespace":"$S","uid":"$K","resourceVersion":"$v","generation":$s,"creationTimestamp":"$y","labels":{"app.kubernetes.io/instance":"$D","app.kubernetes.io/managed-by":"argocd"},"annotations":{"deployment.kubernetes.io/revision":"$s","kubectl.kubernetes.io/last-applied-configuration":"{\"apiVersion\":\"apps/v1\",\"kind\":\"Deployment\",\"metadata\":{\"annotations\":{\"description\":\"Bestellungen \\u003c größer als 10 € \\u003e\"},\"name\":\"$D\",\"namespace\":\"$S\"},\"spec\":{\"replicas\":3,\"selector\":{\"matchLabels\":{\"app.kubernetes.io/name\":\"$D\"}},\"template\":{\"spec\":{\"containers\":[{\"image\":\"$a.dkr.ecr.$r.amazonaws.com/$S/$D:v1.$s.0\",\"name\":\"$D\",\"command\":[\"sh\",\"-c\",\"echo \\\"ready\\\"\\n\"]}]}}}}\n"},"managedFields":[{"manager":"argocd-controller","operation":"Apply","apiVersion":"apps/v1","time":"$t","fieldsType":"FieldsV1","fieldsV1":{"f:metadata":{"f:annotations":{"f:kubectl.kubernetes.io/last-applied-configuration":{}},"f:labels":{"f:app.kubernetes.io/instance":{}}},"f:spec":{"f:replicas":{},"f:selector":{},"f:template":{"f:metadata":{"f:labels":{"f:app.kubernetes.io/name":{}}},"f:spec":{"f:containers":{"k:{\"name\":\"$D\"}":{".":{},"f:image":{},"f:name":{}}}}}}}},{"manager":"kube-controller-manager","operation":"Update","apiVersion":"apps/v1","time":"$t","fieldsType":"FieldsV1","fieldsV1":{"f:status":{"f:availableReplicas":{},"f:conditions":{".":{},"k:{\"type\":\"Available\"}":{".":{},"f:lastTransitionTime":{},"f:status":{},"f:type":{}}},"f:observedGeneration":{},"f:readyReplicas":{},"f:replicas":{}}},"subresource":"status"}]},"spec":{"replicas":3,"selector":{"matchLabels":{"app.kubernetes.io/name":"$D"}},"template":{"metadata":{"creationTimestamp":null,"labels":{"app.kubernetes.io/name":"$D"}},"spec":{"containers":["#;
const DEPLOYMENT_REST: &str = r#"},"strategy":{"type":"RollingUpdate","rollingUpdate":{"maxUnavailable":"25%","maxSurge":"25%"}},"revisionHistoryLimit":10,"progressDeadlineSeconds":600},"status":{"observedGeneration":$s,"replicas":3,"updatedReplicas":3,"readyReplicas":3,"availableReplicas":3,"conditions":[{"type":"Available","status":"True","lastUpdateTime":"$y","lastTransitionTime":"$y","reason":"MinimumReplicasAvailable","message":"Deployment has minimum availability."},{"type":"Progressing","status":"True","lastUpdateTime":"$t","lastTransitionTime":"$y","reason":"NewReplicaSetAvailable","message":"ReplicaSet \"$D-$z\" has successfully progressed."}]}}"#;
const NODE_STATUS: &str = r#"{"metadata":{"annotations":{"alpha.kubernetes.io/provided-node-ip":"$p","csi.volume.kubernetes.io/nodeid":"{\"ebs.csi.aws.com\":\"i-$i\"}"}},"status":{"$$setElementOrder/conditions":[{"type":"MemoryPressure"},{"type":"DiskPressure"},{"type":"PIDPressure"},{"type":"Ready"}],"conditions":[{"lastHeartbeatTime":"$t","type":"MemoryPressure"},{"lastHeartbeatTime":"$t","type":"DiskPressure"},{"lastHeartbeatTime":"$t","type":"PIDPressure"},{"lastHeartbeatTime":"$t","type":"Ready"}]"#;
const CUSTOM_META: &str = r#"{"apiVersion":"argoproj.io/v1alpha1","kind":"Application","metadata":{"name":"$D","namespace":"argocd","uid":"$K","resourceVersion":"$v","generation":$N,"creationTimestamp":"$y","finalizers":["resources-finalizer.argocd.argoproj.io"]},"spec":{"destination":{"namespace":"$S","server":"https://kubernetes.default.svc"},"project":"default","source":{"path":"deploy/$D","repoURL":"https://git.example.com/shop/deploy.git","targetRevision":"main"},"syncPolicy":{"automated":{"prune":true,"selfHeal":true}}},"status":{"health":{"status":"Healthy"},"reconciledAt":"$t","history":["#;

pub fn push_body(out: &mut Vec<u8>, scene: &mut Scene<'_>, body: Body) {
    match body {
        Body::Nothing => {}
        Body::Pod => {
            scene.push(out, POD_META);
            scene.push(out, POD_MANAGED);
            push(
                out,
                r#"},"spec":{"volumes":[{"name":"kube-api-access","projected":{"sources":[{"serviceAccountToken":{"expirationSeconds":3607,"path":"token"}},{"configMap":{"name":"kube-root-ca.crt","items":[{"key":"ca.crt","path":"ca.crt"}]}}],"defaultMode":420}}],"containers":["#,
            );
            push_containers(out, scene);
            scene.push(out, POD_SPEC_REST);
            push(out, r#","status":{"phase":"Pending","qosClass":"Burstable"}}"#);
        }
        Body::PodStatus => scene.push(out, POD_STATUS),
        Body::Deployment => {
            scene.push(out, DEPLOYMENT_META);
            push_containers(out, scene);
            scene.push(out, POD_SPEC_REST);
            scene.push(out, DEPLOYMENT_REST);
        }
        Body::NodeStatus => push_node_status(out, scene),
        Body::CustomResource => push_custom_resource(out, scene),
        Body::Template(template) => scene.push(out, template),
    }
}

/// One container, sometimes more, with a variable number of environment variables.
fn push_containers(out: &mut Vec<u8>, scene: &mut Scene<'_>) {
    let containers = 1 + scene.random.skewed(3);
    for container in 0..containers {
        if container > 0 {
            out.push(b',');
        }
        scene.push(out, CONTAINER);
        // A workload has the same variables in each of its records.
        let variables = mix(&[scene.world.seed, 200, scene.cluster as u64, scene.workload as u64]) % 48;
        for variable in 0..variables {
            let number = mix(&[variables, variable]);
            push(out, r#",{"name":"SETTING_"#);
            text::push_number(out, variable);
            push(out, r#"","value":""#);
            match number % 3 {
                0 => text::push_number(out, number >> 50),
                1 => scene.push(out, "http://$D.$S.svc.cluster.local:8080/"),
                _ => push(out, "true"),
            }
            push(out, r#""}"#);
        }
        scene.push(out, CONTAINER_REST);
    }
}

fn push_node_status(out: &mut Vec<u8>, scene: &mut Scene<'_>) {
    scene.push(out, NODE_STATUS);
    if scene.random.percent(20) {
        push(out, r#","images":["#);
        let images = 10 + scene.random.below(100);
        for image in 0..images {
            if image > 0 {
                out.push(b',');
            }
            // The images of a cluster are the same on all its nodes.
            let number = mix(&[scene.world.seed, 201, scene.cluster as u64, image]);
            scene.push(out, r#"{"names":["$a.dkr.ecr.$r.amazonaws.com/base/image-"#);
            text::push_number(out, image);
            push(out, "@sha256:");
            for part in 0..4 {
                text::push_hex(out, mix(&[number, part]), 16);
            }
            scene.push(out, r#"","$a.dkr.ecr.$r.amazonaws.com/base/image-"#);
            text::push_number(out, image);
            push(out, r#":v1.0"],"sizeBytes":"#);
            text::push_number(out, number >> 34);
            out.push(b'}');
        }
        out.push(b']');
    }
    push(out, "}}");
    debug_assert!(scene.node < NODES_PER_CLUSTER);
}

fn push_custom_resource(out: &mut Vec<u8>, scene: &mut Scene<'_>) {
    scene.push(out, CUSTOM_META);
    let deployments = scene.random.skewed(10);
    for position in 0..=deployments {
        if position > 0 {
            out.push(b',');
        }
        let number = mix(&[scene.world.seed, 202, scene.workload as u64, position]);
        scene.push(out, r#"{"deployStartedAt":"$y","deployedAt":"$y","id":"#);
        text::push_number(out, position);
        push(out, r#","revision":""#);
        text::push_hex(out, number, 16);
        text::push_hex(out, mix(&[number]), 16);
        scene.push(out, r#"00000000","source":{"path":"deploy/$D","repoURL":"https://git.example.com/shop/deploy.git","targetRevision":"main"}}"#);
    }
    push(out, r#"],"resources":["#);
    for (position, kind) in ["ConfigMap", "Service", "ServiceAccount", "Deployment", "Ingress"].iter().enumerate() {
        if position > 0 {
            out.push(b',');
        }
        push(out, r#"{"kind":""#);
        push(out, kind);
        scene.push(out, r#"","name":"$D","namespace":"$S","status":"Synced","version":"v1"}"#);
    }
    scene.push(out, r#"],"sync":{"comparedTo":{"destination":{"namespace":"$S"}},"revision":"$x$x$x$x$x","status":"Synced"},"summary":{"images":["$a.dkr.ecr.$r.amazonaws.com/$S/$D:v1.$s.0"]}}}"#);
}

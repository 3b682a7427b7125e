//! The facts, ordered and indexed: everything that is looked up while plans are made. The same whatever the order of
//! the facts.

use std::collections::{BTreeSet, HashMap};
use std::mem::take;
use std::sync::Arc;

use super::configured::{self, AccessByPrincipal, Valid};
use super::few::Few;
use crate::{
    AwsCredential, Evidence, Extra, Facts, KubernetesUse, LoginLine, Mint, PodAssociation, PodCreation, PodEntry,
    PodTags, RoleAnnotation, Span, TokenRequest, arn, key, kind,
};

/// A credential of AWS, with everything that its uses and others say of it.
#[derive(Clone, Debug, Default)]
pub struct AwsNode {
    /// What the uses agree on, or the first of it. Its key is the node's.
    pub credential: AwsCredential,
    /// The ARNs it was used under. More than one is a contradiction.
    pub arns: Few<String>,
    pub delivered_by_ec2: bool,
    pub span: Span,
}

/// A user of a cluster, with everything that its uses say.
#[derive(Clone, Debug)]
pub struct KubernetesNode {
    pub cluster: String,
    pub user_name: String,
    pub user_uids: Few<String>,
    pub extra: Extra,
    pub span: Span,
    pub first_event: Option<Box<Evidence>>,
}

/// A pod that ran as a service account, all sightings together.
#[derive(Clone, Debug, Default)]
pub struct PodNode {
    pub uids: Few<String>,
    pub seen: Span,
}

/// The service that takes roles for EKS Pod Identity.
const POD_IDENTITY: &str = "pods.eks.amazonaws.com";

pub type Triple = (String, String, String);

#[derive(Default)]
pub struct World {
    // Boxed, for a table has more places than it has entries.
    pub aws: HashMap<String, Box<AwsNode>>,
    pub kubernetes: HashMap<String, Box<KubernetesNode>>,
    pub mints: Vec<Mint>,
    /// Positions of mints by the access key they gave.
    pub mints_of_key: HashMap<String, Vec<usize>>,
    /// Positions of mints by the ARN of the session they gave.
    pub mints_of_session: HashMap<String, Vec<usize>>,
    /// Identities of AWS sessions by their ARN.
    pub sessions: HashMap<String, Few<String>>,
    /// Identities by `userIdentity.principalId`, of those that have an ARN.
    pub principals: HashMap<String, Few<String>>,
    /// Identities of sessions by the unique id of their role.
    pub sessions_of_role_id: HashMap<String, BTreeSet<String>>,
    /// Identities of sessions by account and name of their role.
    pub sessions_of_role: HashMap<(String, String), BTreeSet<String>>,
    /// Logins by cluster and user name, in the order of time.
    pub logins: HashMap<(String, String), Vec<LoginLine>>,
    /// Token requests by cluster and id of the token.
    pub tokens: HashMap<(String, String), Vec<TokenRequest>>,
    /// Requests for tokens that were not for a kubelet's pod, by cluster, namespace and service account.
    pub tokens_asked: HashMap<Triple, Vec<TokenRequest>>,
    /// Pods by cluster, namespace and service account, then by name.
    pub pods: HashMap<Triple, HashMap<String, PodNode>>,
    /// Clusters by namespace and service account.
    pub clusters_of_account: HashMap<(String, String), BTreeSet<String>>,
    /// What was made, by cluster, namespace, kind and name.
    pub creations: HashMap<(String, String, String, String), Vec<PodCreation>>,
    /// Who went in, by cluster, namespace and pod.
    pub entries: HashMap<Triple, Vec<PodEntry>>,
    /// Names of nodes by instance id.
    pub nodes: HashMap<String, BTreeSet<String>>,
    /// Instance ids by name of the node.
    pub instances: HashMap<String, BTreeSet<String>>,
    /// Instances that logs of a cluster name as its nodes.
    cluster_nodes: BTreeSet<String>,
    /// Clusters by issuer.
    pub issuers: HashMap<String, BTreeSet<String>>,
    /// Who may log in.
    pub access: AccessByPrincipal,
    /// Roles by Pod Identity, by cluster, namespace and service account.
    pub associations: HashMap<Triple, Vec<Valid<PodAssociation>>>,
    /// Roles by IRSA, by cluster, namespace and service account.
    pub annotations: HashMap<Triple, Vec<Valid<RoleAnnotation>>>,
}

impl World {
    pub fn of(mut facts: Facts) -> Self {
        let mut world = Self::default();
        world.add_nodes(&mut facts);
        world.add_mints(&mut facts);
        world.add_kubernetes(&mut facts);
        world.add_logged_in();
        world.index_sessions();
        world.index_pods(&mut facts);
        world.index_nodes();
        world.access = configured::access(take(&mut facts.access));
        world.associations = configured::associations(take(&mut facts.pod_associations));
        world.annotations = configured::annotations(take(&mut facts.role_annotations));
        world
    }

    /// Clusters that have a service account of this namespace and name, and of which no log names the issuer: one whose
    /// issuer is known is not the one of another issuer.
    pub fn clusters_without_issuer(&self, account: &(String, String)) -> BTreeSet<String> {
        let known: BTreeSet<&String> = self.issuers.values().flatten().collect();
        let all = self.clusters_of_account.get(account).into_iter().flatten();
        all.filter(|cluster| !known.contains(cluster)).cloned().collect()
    }

    // Each step takes its facts and lets go of them: there can be hundreds of thousands.
    fn add_nodes(&mut self, facts: &mut Facts) {
        for instance in &facts.node_instances {
            self.nodes.entry(instance.instance_id.clone()).or_default().insert(instance.node_name.clone());
            self.instances.entry(instance.node_name.clone()).or_default().insert(instance.instance_id.clone());
            if instance.cluster.is_some() {
                self.cluster_nodes.insert(instance.instance_id.clone());
            }
        }
        for one in &facts.cluster_issuers {
            let issuer = kind::issuer(&one.issuer).to_owned();
            self.issuers.entry(issuer).or_default().insert(one.cluster.clone());
        }
        for used in in_order(&mut facts.aws_uses) {
            let node = self.aws.entry(used.credential.identity.clone()).or_default();
            node.span = node.span.and(used.span);
            node.delivered_by_ec2 |= used.delivered_by_ec2;
            node.arns.extend(used.credential.arn.clone());
            if node.credential.identity.is_empty() {
                node.credential = used.credential;
            } else {
                node.take(&used.credential);
            }
        }
    }

    fn add_mints(&mut self, facts: &mut Facts) {
        self.mints = take(&mut facts.mints);
        self.mints.sort_unstable();
        self.mints.dedup();
        // Both accounts of a call across accounts tell of it; the one with the access key knows the caller better.
        let mut callers: HashMap<String, Arc<AwsCredential>> = HashMap::new();
        for mint in &self.mints {
            let known = mint.caller.access_key_id.is_some() || mint.caller.arn.is_some();
            if let (true, Some(shared)) = (known, &mint.shared_event_id) {
                callers.entry(shared.clone()).or_insert_with(|| Arc::clone(&mint.caller));
            }
        }
        for mint in &mut self.mints {
            let unknown = mint.caller.access_key_id.is_none() && mint.caller.arn.is_none();
            let caller = mint.shared_event_id.as_ref().and_then(|shared| callers.get(shared));
            if let (true, Some(caller)) = (unknown, caller) {
                mint.caller = Arc::clone(caller);
            }
        }
        self.name_pods();
        for (position, mint) in self.mints.iter().enumerate() {
            if let Some(access_key_id) = &mint.access_key_id {
                self.mints_of_key.entry(access_key_id.clone()).or_default().push(position);
            }
            if let Some(session) = &mint.session_arn {
                self.mints_of_session.entry(session.clone()).or_default().push(position);
            }
            // Callers and what they were given are credentials, even if nothing else shows them.
            let node = self.aws.entry(mint.caller.identity.clone()).or_default();
            node.arns.extend(mint.caller.arn.clone());
            node.take(&mint.caller);
            if let Some(access_key_id) = &mint.access_key_id {
                let identity = key::of_access_key(access_key_id);
                let node = self.aws.entry(identity.clone()).or_default();
                if node.credential.identity.is_empty() {
                    node.take(&AwsCredential {
                        identity,
                        access_key_id: Some(access_key_id.clone()),
                        arn: mint.session_arn.clone(),
                        ..AwsCredential::default()
                    });
                }
            }
        }
    }

    /// EKS exchanges a pod's token and then takes the role; if the second call does not name the pod, the first does,
    /// for the same session.
    fn name_pods(&mut self) {
        let mut pods: HashMap<String, Option<PodTags>> = HashMap::new();
        for mint in self.mints.iter().filter(|mint| mint.call == "AssumeRoleForPodIdentity") {
            if let (Some(session), Some(pod)) = (&mint.session_arn, &mint.pod) {
                let known = pods.entry(session.clone()).or_insert_with(|| Some(pod.clone()));
                if known.as_ref() != Some(pod) {
                    *known = None;
                }
            }
        }
        for mint in self.mints.iter_mut().filter(|mint| mint.pod.is_none()) {
            if mint.caller.invoked_by.as_deref() == Some(POD_IDENTITY) {
                let pod = mint.session_arn.as_ref().and_then(|session| pods.get(session));
                mint.pod = pod.cloned().flatten();
            }
        }
    }

    fn add_kubernetes(&mut self, facts: &mut Facts) {
        for used in in_order(&mut facts.kubernetes_uses) {
            let KubernetesUse { identity, cluster, user_name, user_uid, extra, span, first_event } = used;
            if let Some(instance) = extra.session_name.as_deref().filter(|name| arn::is_instance_id(name))
                && let Some(name) = user_name.strip_prefix("system:node:")
            {
                self.nodes.entry(instance.to_owned()).or_default().insert(name.to_owned());
                self.instances.entry(name.to_owned()).or_default().insert(instance.to_owned());
            }
            let node = self.kubernetes.entry(identity).or_insert_with(|| {
                Box::new(KubernetesNode {
                    cluster,
                    user_name,
                    user_uids: Few::default(),
                    extra,
                    span: Span::default(),
                    first_event: None,
                })
            });
            if let Some(event) = first_event {
                let earlier = node.first_event.as_ref().is_none_or(|known| event < *known);
                node.first_event = if earlier { Some(event) } else { node.first_event.take() };
            }
            node.user_uids.extend(user_uid);
            node.span = node.span.and(span);
        }
        let mut lines: Vec<LoginLine> = take(&mut facts.login_lines);
        lines.sort_unstable();
        lines.dedup();
        for line in lines {
            let user = (line.cluster.clone(), line.user_name.clone());
            push(self.logins.entry(user).or_default(), line);
        }
        let mut requests: Vec<TokenRequest> = take(&mut facts.token_requests);
        requests.sort_unstable();
        requests.dedup();
        for request in requests {
            if let Some(id) = &request.credential_id {
                push(self.tokens.entry((request.cluster.clone(), id.clone())).or_default(), request.clone());
            }
            if !is_for_pods(&request.caller_name) {
                let account = (request.cluster.clone(), request.namespace.clone(), request.service_account.clone());
                push(self.tokens_asked.entry(account).or_default(), request.clone());
            }
            if let Some(pod) = request.pod_name {
                let account = (request.cluster, request.namespace, request.service_account);
                self.see_pod(account, pod, request.pod_uid, at(request.evidence.time));
            }
        }
    }

    /// Sessions and users that logged in to a cluster are credentials of AWS, even if CloudTrail does not show them.
    fn add_logged_in(&mut self) {
        let extras = self.kubernetes.values().map(|node| {
            let extra = &node.extra;
            (extra.access_key_id.clone(), extra.arn.clone().or_else(|| extra.canonical_arn.clone()))
        });
        let lines = self.logins.values().flatten();
        let lines = lines
            .map(|line| (line.access_key_id.clone(), line.session_arn.clone().or_else(|| line.canonical_arn.clone())));
        let all: BTreeSet<(Option<String>, Option<String>)> = extras.chain(lines).collect();
        for (access_key_id, arn) in all {
            let identity = match (&access_key_id, &arn) {
                (Some(access_key_id), _) => key::of_access_key(access_key_id),
                (None, Some(arn)) if arn::session(arn).is_none() && arn::role(arn).is_none() => key::of_arn(arn),
                _ => continue,
            };
            let node = self.aws.entry(identity.clone()).or_default();
            if node.credential.identity.is_empty() || access_key_id.is_some() {
                node.arns.extend(arn.clone());
            }
            node.take(&AwsCredential { identity, access_key_id, arn, ..AwsCredential::default() });
        }
    }

    fn index_sessions(&mut self) {
        for node in self.aws.values() {
            let credential = &node.credential;
            for arn in node.names().collect::<BTreeSet<_>>() {
                if let (Some((role, _)), Some(parsed)) = (arn::session(arn), arn::Arn::parse(arn)) {
                    self.sessions.entry(arn.clone()).or_default().insert(credential.identity.clone());
                    let role = (parsed.account.to_owned(), role.to_owned());
                    self.sessions_of_role.entry(role).or_default().insert(credential.identity.clone());
                }
            }
            let Some(principal) = credential.principal_id.as_ref().filter(|_| credential.arn.is_some()) else {
                continue;
            };
            self.principals.entry(principal.clone()).or_default().insert(credential.identity.clone());
            if let Some((role, _)) = principal.split_once(':') {
                self.sessions_of_role_id.entry(role.to_owned()).or_default().insert(credential.identity.clone());
            }
        }
    }

    /// Instances whose names are used by kubelets.
    fn index_nodes(&mut self) {
        let kubelets = self.kubernetes.values().filter_map(|node| node.user_name.strip_prefix("system:node:"));
        let own = kubelets.filter_map(|name| self.instances.get(name)).flatten().cloned();
        self.cluster_nodes.extend(own.collect::<Vec<_>>());
    }

    fn index_pods(&mut self, facts: &mut Facts) {
        for pod in take(&mut facts.pods_of_service_accounts) {
            self.see_pod((pod.cluster, pod.namespace, pod.service_account), pod.pod_name, pod.pod_uid, pod.seen);
        }
        self.add_pods_in_use();
        for (cluster, namespace, account) in self.pods.keys() {
            let name = (namespace.clone(), account.clone());
            self.clusters_of_account.entry(name).or_default().insert(cluster.clone());
        }
        for node in self.kubernetes.values() {
            if let Some((namespace, account)) = service_account(&node.user_name) {
                let name = (namespace.to_owned(), account.to_owned());
                self.clusters_of_account.entry(name).or_default().insert(node.cluster.clone());
            }
        }
        let mut creations = take(&mut facts.pod_creations);
        creations.sort_unstable();
        creations.dedup();
        for one in creations {
            let named = (one.cluster.clone(), one.namespace.clone(), one.kind.clone(), one.name.clone());
            push(self.creations.entry(named).or_default(), one);
        }
        let mut entries = take(&mut facts.pod_entries);
        entries.sort_unstable();
        // A shell that stays open is logged when it opens and when it closes.
        entries.dedup_by(|later, first| {
            let id = &first.evidence.event_id;
            id.is_some() && (id, &first.cluster) == (&later.evidence.event_id, &later.cluster)
        });
        for one in entries {
            let pod = (one.cluster.clone(), one.namespace.clone(), one.pod_name.clone());
            push(self.entries.entry(pod).or_default(), one);
        }
    }

    /// Pods are also known from the tokens used in them, and from the roles taken for them.
    fn add_pods_in_use(&mut self) {
        let mut found: Vec<(Triple, String, Option<String>, Span)> = Vec::new();
        for node in self.kubernetes.values() {
            if let (Some((namespace, name)), Some(pod)) = (service_account(&node.user_name), &node.extra.pod_name) {
                let account = (node.cluster.clone(), namespace.to_owned(), name.to_owned());
                found.push((account, pod.clone(), node.extra.pod_uid.clone(), node.span));
            }
        }
        for mint in &self.mints {
            if let Some((pod, name)) = mint.pod.as_ref().and_then(|pod| Some((pod, pod.pod_name.as_ref()?))) {
                let account = (pod.cluster.clone(), pod.namespace.clone(), pod.service_account.clone());
                found.push((account, name.clone(), pod.pod_uid.clone(), at(mint.evidence.time)));
            }
        }
        for (account, pod, uid, seen) in found {
            self.see_pod(account, pod, uid, seen);
        }
    }

    fn see_pod(&mut self, account: Triple, pod: String, uid: Option<String>, seen: Span) {
        let node = self.pods.entry(account).or_default().entry(pod).or_default();
        node.uids.extend(uid);
        node.seen = node.seen.and(seen);
    }

    /// Whether logs of a cluster name the instance as one of its nodes.
    pub fn is_node(&self, instance_id: &str) -> bool {
        self.cluster_nodes.contains(instance_id)
    }

    /// An instance as people call it: its id, with the node's name where that is known.
    pub fn instance(&self, instance_id: &str) -> String {
        match self.nodes.get(instance_id).and_then(|names| if names.len() == 1 { names.first() } else { None }) {
            Some(name) => format!("{instance_id} ({name})"),
            None => instance_id.to_owned(),
        }
    }
}

impl AwsNode {
    /// The ARNs it was used or given under.
    pub fn names(&self) -> impl Iterator<Item = &String> {
        self.arns.iter().chain(&self.credential.arn)
    }

    /// Takes what is not known yet.
    fn take(&mut self, other: &AwsCredential) {
        let known = &mut self.credential;
        known.identity.clone_from(&other.identity);
        let fields = [
            (&mut known.access_key_id, &other.access_key_id),
            (&mut known.user_type, &other.user_type),
            (&mut known.arn, &other.arn),
            (&mut known.principal_id, &other.principal_id),
            (&mut known.invoked_by, &other.invoked_by),
            (&mut known.user_name, &other.user_name),
            (&mut known.account_id, &other.account_id),
            (&mut known.issuer_arn, &other.issuer_arn),
            (&mut known.source_identity, &other.source_identity),
            (&mut known.provider, &other.provider),
        ];
        for (own, other) in fields {
            if own.is_none() {
                own.clone_from(other);
            }
        }
        known.session_created = known.session_created.or(other.session_created);
    }
}

/// Takes facts out in their order, and gives their room back as it goes.
fn in_order<T: Ord>(facts: &mut Vec<T>) -> impl Iterator<Item = T> + use<T> {
    let mut facts = take(facts);
    facts.sort_unstable_by(|one, other| other.cmp(one));
    std::iter::from_fn(move || {
        if facts.len() < facts.capacity() / 2 {
            facts.shrink_to_fit();
        }
        facts.pop()
    })
}

/// Adds to a list that seldom has more than one entry: the first takes no more room than it needs.
fn push<T>(list: &mut Vec<T>, one: T) {
    if list.is_empty() {
        list.reserve_exact(1);
    }
    list.push(one);
}

fn at(time: Option<i64>) -> Span {
    Span { first: time, last: time, events: 0 }
}

/// Namespace and name of `system:serviceaccount:NAMESPACE:NAME`.
pub fn service_account(user_name: &str) -> Option<(&str, &str)> {
    user_name.strip_prefix("system:serviceaccount:")?.split_once(':')
}

/// Whether somebody asks for tokens on behalf of pods: the kubelets and the cluster's own controllers.
pub fn is_for_pods(user_name: &str) -> bool {
    matches!(kind::of_kubernetes_user(user_name), Some(crate::ActorKind::Node | crate::ActorKind::KubernetesComponent))
}

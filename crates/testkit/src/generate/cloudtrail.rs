//! CloudTrail records: one function from a position to the bytes of its record.
//!
//! Field order and optional fields follow the CloudTrail user guide, "CloudTrail record contents". What events there
//! are stands in `events`.

mod events;

use self::events::{Caller, Class, EVENTS, Event};
use super::plan::{BURST_RECORDS, Facts, Window};
use super::random::{Random, Weights, mix};
use super::template::Scene;
use super::text::{self, push};
use super::world::{ACCOUNTS, Holder, REGIONS, ROLES, Session, World};

const ERROR_PERCENT: u64 = 5;
/// Share of records made in one go with their neighbours: the same caller, the same action.
const BURST_PERCENT: u64 = 70;
const NODE_AGENTS: [&str; 4] = [
    "amazon-vpc-cni-k8s/v1.19.3 aws-sdk-go-v2/1.36.1 os/linux lang/go#1.23.6 md/GOOS#linux md/GOARCH#amd64 api/ec2#1.203.0",
    "aws-sdk-go/1.55.5 (go1.23.6; linux; amd64) kubelet/ecr-credential-provider/v1.33.0",
    "aws-sdk-go/1.55.5 (go1.23.6; linux; amd64) amazon-ssm-agent/3.3.1957.0",
    "containerd/1.7.25",
];
const PERSON_AGENTS: [&str; 5] = [
    "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
    "aws-cli/2.24.11 md/awscrt#0.23.8 ua/2.0 os/linux#6.8.0-52-generic md/arch#x86_64 lang/python#3.12.9 md/pyimpl#CPython cfg/retry-mode#standard md/installer#exe md/prompt#off md/command#eks.describe-cluster",
    "AWS Internal",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/133.0.0.0 Safari/537.36",
    "aws-cli/1.37.5 md/Botocore#1.36.5 ua/2.0 os/macos#24.3.0 md/arch#arm64 lang/python#3.13.1 md/pyimpl#CPython cfg/retry-mode#legacy botocore/1.36.5",
];
const PIPELINE_AGENTS: [&str; 3] = [
    "APN/1.0 HashiCorp/1.0 Terraform/1.10.5 (+https://www.terraform.io) terraform-provider-aws/5.88.0 (+https://registry.terraform.io/providers/hashicorp/aws) aws-sdk-go-v2/1.36.1 ua/2.1 os/linux lang/go#1.23.6 md/GOOS#linux md/GOARCH#amd64",
    "aws-sdk-nodejs/2.1692.0 linux/v20.18.3 configure-aws-credentials-for-github-actions promise",
    "aws-cli/2.24.11 md/awscrt#0.23.8 ua/2.0 os/linux#6.8.0-1021-azure md/arch#x86_64 exec-env/GitHubActions lang/python#3.12.9",
];
const WORKLOAD_AGENTS: [&str; 6] = [
    "aws-sdk-go-v2/1.36.1 os/linux lang/go#1.23.6 md/GOOS#linux md/GOARCH#amd64 api/s3#1.77.1 m/E",
    "elbv2.k8s.aws/v2.11.0 aws-sdk-go-v2/1.36.1 os/linux lang/go#1.23.6 md/GOOS#linux md/GOARCH#amd64 api/elasticloadbalancingv2#1.43.11",
    "Boto3/1.36.26 md/Botocore#1.36.26 ua/2.0 os/linux#5.10.233-224.894.amzn2.x86_64 md/arch#x86_64 lang/python#3.12.9 md/pyimpl#CPython cfg/retry-mode#legacy Botocore/1.36.26",
    "ExternalDNS/v0.15.1 aws-sdk-go-v2/1.36.1 os/linux lang/go#1.23.6 md/GOOS#linux md/GOARCH#amd64 api/route53#1.48.6",
    "aws-sdk-java/2.30.22 md/io#async md/http#NettyNio ua/2.1 os/Linux#5.10.233-224.894.amzn2.x86_64 lang/java#21.0.6 md/OpenJDK_64-Bit_Server_VM#21.0.6+7-LTS md/vendor#Amazon.com_Inc. m/C,D,O",
    "cluster-autoscaler/v1.32.0 aws-sdk-go/1.55.5 (go1.23.6; linux; amd64)",
];
/// Code, message: the last is what services say that speak of no action.
const ERRORS: [(&str, &str); 5] = [
    ("AccessDenied", "is not authorized to perform"),
    ("Client.UnauthorizedOperation", "You are not authorized to perform this operation. User"),
    ("ThrottlingException", "Rate exceeded"),
    ("ResourceNotFoundException", "No \\\"resource\\\" found for name: $W"),
    (
        "ValidationException",
        "1 validation error detected: Value '$W' at 'name' failed to satisfy constraint:\\n\\tMember must satisfy regular expression pattern: [a-z]+",
    ),
];

/// Makes the records of one seed.
#[derive(Debug)]
pub struct CloudTrail {
    weights: Weights,
}

/// Who a record says made the call, with what follows from it.
enum Signer {
    Session(Session),
    User(u64),
    Service(&'static str),
    WebIdentity,
}

impl CloudTrail {
    pub fn new() -> Self {
        Self { weights: Weights::new(EVENTS.iter().map(|event| event.weight)) }
    }

    /// Pushes record `number` of an object of this account and region.
    pub fn push_record(
        &self,
        out: &mut Vec<u8>,
        world: &World,
        (account, region): (usize, usize),
        window: Window,
        number: u64,
    ) -> Facts {
        let mut random = Random::new(&[world.seed, 100, window.object, number]);
        let mut common = if random.percent(BURST_PERCENT) {
            Random::new(&[world.seed, 102, window.object, number / BURST_RECORDS])
        } else {
            Random::new(&[random.next()])
        };
        let event = &EVENTS[self.weights.pick(&mut common)];
        let time_micros = window.time_after(window.time(&mut common), &mut random);
        let time_micros = time_micros / text::MICROS_PER_SECOND * text::MICROS_PER_SECOND;
        let cluster = world.cluster_at(account, region, common.next());
        let mut scene = Scene::new(world, common, account, region, cluster, time_micros);
        let signer = signer(&mut scene, event.caller);
        scene.set_apart(random);

        push(out, r#"{"eventVersion":""#);
        push(out, if account == 4 { "1.08" } else { "1.11" });
        push(out, r#"","userIdentity":"#);
        push_identity(out, &mut scene, &signer);
        scene.push(out, r#","eventTime":"$t","eventSource":""#);
        push(out, event.service);
        push(out, r#".amazonaws.com","eventName":""#);
        push(out, event.name);
        scene.push(out, r#"","awsRegion":"$r","sourceIPAddress":""#);
        let from_vpc = push_source(out, &mut scene, &signer);
        let failed = push_error(out, &mut scene, event, &signer);
        push(out, r#","requestParameters":"#);
        push_or_null(out, &mut scene, event.request);
        push(out, r#","responseElements":"#);
        push_or_null(out, &mut scene, if failed { "" } else { event.response });
        if !event.additional.is_empty() {
            push(out, r#","additionalEventData":"#);
            scene.push(out, event.additional);
        }
        push_ids(out, &mut scene, event);
        push_classes(out, &mut scene, event);
        push_tail(out, &mut scene, event, &signer, from_vpc);
        Facts { time_micros, logged_micros: time_micros, cluster: event.names_cluster().then_some(cluster) }
    }
}

fn signer(scene: &mut Scene<'_>, caller: Caller) -> Signer {
    match caller {
        Caller::Service(name) => Signer::Service(name),
        Caller::WebIdentity => {
            // A service account has one role.
            let count = ROLES.iter().filter(|role| role.holder == Holder::Workload).count() as u64;
            scene.role = role_of(Holder::Workload, scene.random.skewed(count));
            scene.workload = scene.role;
            Signer::WebIdentity
        }
        Caller::User => Signer::User(scene.random.skewed(3)),
        Caller::Role(holders) => {
            let holder = *scene.random.pick(holders);
            let count = ROLES.iter().filter(|role| role.holder == holder).count() as u64;
            let role = role_of(holder, scene.random.skewed(count));
            let member = match holder {
                Holder::Node => scene.node,
                Holder::Person => scene.random.skewed(8),
                _ => scene.random.skewed(3),
            };
            Signer::Session(scene.world.session(scene.home(), role, member, scene.time_micros))
        }
    }
}

/// The role at a position among those of a holder.
fn role_of(holder: Holder, position: u64) -> usize {
    (0..ROLES.len()).filter(|role| ROLES[*role].holder == holder).nth(position as usize).unwrap_or_default()
}

fn push_identity(out: &mut Vec<u8>, scene: &mut Scene<'_>, signer: &Signer) {
    match signer {
        Signer::Service(name) => {
            push(out, r#"{"type":"AWSService","invokedBy":""#);
            push(out, name);
            push(out, r#".amazonaws.com"}"#);
        }
        Signer::WebIdentity => {
            const PROVIDER: &str = "arn:aws:iam::$a:oidc-provider/oidc.eks.$r.amazonaws.com/id/$I";
            push(out, r#"{"type":"WebIdentityUser","principalId":""#);
            scene.push(out, PROVIDER);
            scene.push(out, r#":sts.amazonaws.com:system:serviceaccount:$S:$D","userName":"system:serviceaccount:$S:$D","identityProvider":""#);
            scene.push(out, PROVIDER);
            push(out, r#""}"#);
        }
        Signer::User(number) => {
            let name = ["ci-legacy", "backup", "mailer"][*number as usize];
            let id = mix(&[scene.world.seed, 101, scene.account as u64, *number]);
            push(out, r#"{"type":"IAMUser","principalId":""#);
            text::push_iam_id(out, "AIDA", id, 21);
            scene.push(out, r#"","arn":"arn:aws:iam::$a:user/"#);
            push(out, name);
            scene.push(out, r#"","accountId":"$a","accessKeyId":""#);
            text::push_iam_id(out, "AKIA", mix(&[id]), 20);
            push(out, r#"","userName":""#);
            push(out, name);
            push(out, r#""}"#);
        }
        Signer::Session(session) => push_session(out, scene, session),
    }
}

fn push_session(out: &mut Vec<u8>, scene: &mut Scene<'_>, session: &Session) {
    let world = scene.world;
    let role = &ROLES[session.role];
    push(out, r#"{"type":"AssumedRole","principalId":""#);
    world.push_role_id(out, session.home, session.role);
    out.push(b':');
    world.push_session_name(out, session);
    push(out, r#"","arn":""#);
    world.push_session_arn(out, session);
    scene.push(out, r#"","accountId":"$a","accessKeyId":""#);
    text::push_access_key(out, session.key);
    push(out, r#"","sessionContext":{"sessionIssuer":{"type":"Role","principalId":""#);
    world.push_role_id(out, session.home, session.role);
    push(out, r#"","arn":""#);
    world.push_role_arn(out, session.home, session.role);
    scene.push(out, r#"","accountId":"$a","userName":""#);
    world.push_role_name(out, session.home, session.role);
    push(out, r#""},"#);
    match role.holder {
        Holder::Workload => scene.push(out, r#""webIdFederationData":{"federatedProvider":"arn:aws:iam::$a:oidc-provider/oidc.eks.$r.amazonaws.com/id/$I","attributes":{}},"#),
        Holder::Pipeline => scene.push(out, r#""webIdFederationData":{"federatedProvider":"arn:aws:iam::$a:oidc-provider/token.actions.githubusercontent.com","attributes":{}},"sourceIdentity":"deploy-bot","#),
        _ => {}
    }
    push(out, r#""attributes":{"creationDate":""#);
    text::push_seconds(out, session.created_micros);
    push(out, r#"","mfaAuthenticated":"false"}"#);
    if role.holder == Holder::Node {
        push(out, r#","ec2RoleDelivery":"2.0""#);
    }
    out.push(b'}');
    if role.holder == Holder::Service {
        push(out, r#","invokedBy":"eks.amazonaws.com""#);
    }
    out.push(b'}');
}

/// Pushes the address and the user agent; true if the call came through an endpoint in the VPC.
fn push_source(out: &mut Vec<u8>, scene: &mut Scene<'_>, signer: &Signer) -> bool {
    let holder = match signer {
        Signer::Session(session) => ROLES[session.role].holder,
        Signer::User(_) => Holder::Pipeline,
        Signer::WebIdentity => Holder::Workload,
        Signer::Service(name) => {
            push(out, name);
            push(out, r#".amazonaws.com","userAgent":""#);
            push(out, name);
            push(out, r#".amazonaws.com""#);
            return false;
        }
    };
    let (agents, inside): (&[&str], bool) = match holder {
        Holder::Service => {
            push(out, r#"eks.amazonaws.com","userAgent":"eks.amazonaws.com""#);
            return false;
        }
        Holder::Node => (&NODE_AGENTS, scene.random.percent(70)),
        Holder::Workload => (&WORKLOAD_AGENTS, scene.random.percent(40)),
        Holder::Person => (&PERSON_AGENTS, false),
        Holder::Pipeline => (&PIPELINE_AGENTS, false),
        Holder::Monitor => (&WORKLOAD_AGENTS[2..3], false),
    };
    scene.push(out, if inside { "$p" } else { "$d" });
    push(out, r#"","userAgent":""#);
    push(out, agents[scene.random.skewed(agents.len() as u64) as usize]);
    out.push(b'"');
    inside
}

fn push_error(out: &mut Vec<u8>, scene: &mut Scene<'_>, event: &Event, signer: &Signer) -> bool {
    if !scene.random.percent(ERROR_PERCENT) {
        return false;
    }
    let (code, message) = ERRORS[scene.random.skewed(ERRORS.len() as u64) as usize];
    push(out, r#","errorCode":""#);
    push(out, code);
    push(out, r#"","errorMessage":""#);
    if code == "AccessDenied" {
        push(out, "User: ");
        match signer {
            Signer::Session(session) => scene.world.push_session_arn(out, session),
            _ => scene.push(out, "arn:aws:iam::$a:user/ci-legacy"),
        }
        push(out, " is not authorized to perform: ");
        push(out, event.service);
        out.push(b':');
        push(out, event.name);
        push(out, " on resource: * because no identity-based policy allows the action");
    } else {
        scene.push(out, message);
    }
    out.push(b'"');
    true
}

fn push_or_null(out: &mut Vec<u8>, scene: &mut Scene<'_>, template: &str) {
    if template.is_empty() {
        return push(out, "null");
    }
    scene.push(out, template);
}

fn push_ids(out: &mut Vec<u8>, scene: &mut Scene<'_>, event: &Event) {
    push(out, r#","requestID":""#);
    if matches!(event.service, "s3" | "route53") {
        text::push_upper_hex(out, &mut scene.random, 16);
    } else {
        scene.push_new_uuid(out);
    }
    scene.push(out, r#"","eventID":"$u","readOnly":"#);
}

fn push_classes(out: &mut Vec<u8>, scene: &mut Scene<'_>, event: &Event) {
    let reads = matches!(event.class, Class::Read | Class::ObjectRead);
    let management = matches!(event.class, Class::Read | Class::Write);
    push(out, if reads { "true" } else { "false" });
    if !event.resources.is_empty() {
        push(out, r#","resources":"#);
        scene.push(out, event.resources);
    }
    push(out, r#","eventType":""#);
    push(out, if event.service == "signin" { "AwsConsoleSignIn" } else { "AwsApiCall" });
    push(out, if management { r#"","managementEvent":true"# } else { r#"","managementEvent":false"# });
    scene.push(out, r#","recipientAccountId":"$a""#);
}

fn push_tail(out: &mut Vec<u8>, scene: &mut Scene<'_>, event: &Event, signer: &Signer, from_vpc: bool) {
    if event.name == "AssumeRole" || event.service == "kms" && scene.random.percent(30) {
        scene.push(out, r#","sharedEventID":"$u""#);
    }
    if from_vpc {
        scene.push(out, r#","vpcEndpointId":"vpce-$g","vpcEndpointAccountId":"$a""#);
    }
    let management = matches!(event.class, Class::Read | Class::Write);
    push(out, r#","eventCategory":""#);
    push(out, if management { r#"Management""# } else { r#"Data""# });
    let by_service = match signer {
        Signer::Service(_) => true,
        Signer::Session(session) => ROLES[session.role].holder == Holder::Service,
        _ => false,
    };
    if !by_service {
        push(
            out,
            r#","tlsDetails":{"tlsVersion":"TLSv1.3","cipherSuite":"TLS_AES_128_GCM_SHA256","clientProvidedHostHeader":""#,
        );
        push(out, event.service);
        out.push(b'.');
        push(out, REGIONS[scene.region]);
        push(out, r#".amazonaws.com"}"#);
    }
    if let Signer::Session(session) = signer
        && ROLES[session.role].holder == Holder::Person
        && session.key.is_multiple_of(3)
    {
        push(out, r#","sessionCredentialFromConsole":"true""#);
    }
    out.push(b'}');
    debug_assert!(scene.account < ACCOUNTS.len());
}

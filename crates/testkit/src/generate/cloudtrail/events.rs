//! The CloudTrail events that occur, as data: how often, by whom, and the templates of their varying parts.
//!
//! Shapes follow the CloudTrail user guide and the services' API references. No record is built here.

use crate::generate::world::Holder;

/// Who makes a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caller {
    /// A session of a role held by one of these.
    Role(&'static [Holder]),
    /// An IAM user with a long-lived key.
    User,
    /// An AWS service on its own account.
    Service(&'static str),
    /// A workload showing its OIDC token, before it has a session.
    WebIdentity,
}

/// What an event is for CloudTrail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    Read,
    Write,
    /// A data event of an S3 object.
    ObjectRead,
    ObjectWrite,
}

/// One kind of event. Empty templates leave their field out; `request` and `response` are then null.
#[derive(Clone, Copy, Debug)]
pub struct Event {
    pub weight: u64,
    /// The service, without `.amazonaws.com`.
    pub service: &'static str,
    pub name: &'static str,
    pub class: Class,
    pub caller: Caller,
    pub request: &'static str,
    pub response: &'static str,
    pub additional: &'static str,
    pub resources: &'static str,
}

const ANYONE: Caller = Caller::Role(&[Holder::Person, Holder::Pipeline, Holder::Workload, Holder::Monitor]);
const NODE: Caller = Caller::Role(&[Holder::Node]);
const PERSON: Caller = Caller::Role(&[Holder::Person]);
const PIPELINE: Caller = Caller::Role(&[Holder::Pipeline]);
const WORKLOAD: Caller = Caller::Role(&[Holder::Workload]);
const SERVICE_ROLE: Caller = Caller::Role(&[Holder::Service]);
const MONITOR: Caller = Caller::Role(&[Holder::Monitor]);

const fn event(weight: u64, service: &'static str, name: &'static str, class: Class, caller: Caller) -> Event {
    Event { weight, service, name, class, caller, request: "", response: "", additional: "", resources: "" }
}

impl Event {
    const fn asks(mut self, request: &'static str) -> Self {
        self.request = request;
        self
    }

    const fn gives(mut self, response: &'static str) -> Self {
        self.response = response;
        self
    }

    const fn adds(mut self, additional: &'static str) -> Self {
        self.additional = additional;
        self
    }

    const fn on(mut self, resources: &'static str) -> Self {
        self.resources = resources;
        self
    }

    /// Whether the event names a cluster in `requestParameters.name`.
    pub fn names_cluster(&self) -> bool {
        self.service == "eks" && self.request.contains(r#""name":"$c""#)
    }
}

const KEY: &str = r#"[{"accountId":"$a","type":"AWS::KMS::Key","ARN":"arn:aws:kms:$r:$a:key/$K"}]"#;
const OBJECT: &str = r#"[{"type":"AWS::S3::Object","ARN":"arn:aws:s3:::$b/$k"},{"accountId":"$a","type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::$b"}]"#;
const PREFIX: &str = r#"[{"type":"AWS::S3::Object","ARNPrefix":"arn:aws:s3:::$b/"},{"accountId":"$a","type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::$b"}]"#;
const READ_BYTES: &str = r#"{"SignatureVersion":"SigV4","CipherSuite":"TLS_AES_128_GCM_SHA256","bytesTransferredIn":0,"SSEApplied":"Default_SSE_KMS","AuthenticationMethod":"AuthHeader","x-amz-id-2":"$6","bytesTransferredOut":$B}"#;
const WRITTEN_BYTES: &str = r#"{"SignatureVersion":"SigV4","CipherSuite":"TLS_AES_128_GCM_SHA256","bytesTransferredIn":$B,"SSEApplied":"Default_SSE_S3","AuthenticationMethod":"AuthHeader","x-amz-id-2":"$6","bytesTransferredOut":0}"#;
const CREDENTIALS: &str = r#"{"credentials":{"accessKeyId":"$A","sessionToken":"$4","expiration":"$T"},"assumedRoleUser":{"assumedRoleId":"AROAEXAMPLEROLEID0001:$Q","arn":"arn:aws:sts::$a:assumed-role/$R/$Q"}}"#;
const NODE_CREDENTIALS: &str = r#"{"credentials":{"accessKeyId":"$E","sessionToken":"$4","expiration":"$T"}}"#;
const CLUSTER: &str = r#"{"cluster":{"name":"$c","arn":"arn:aws:eks:$r:$a:cluster/$c","createdAt":"$y","version":"1.33","endpoint":"https://$I.gr7.$r.eks.amazonaws.com","roleArn":"arn:aws:iam::$a:role/$c-cluster","resourcesVpcConfig":{"subnetIds":["subnet-$g","subnet-$g","subnet-$g"],"securityGroupIds":["sg-$g"],"clusterSecurityGroupId":"sg-$g","vpcId":"vpc-$g","endpointPublicAccess":true,"endpointPrivateAccess":true,"publicAccessCidrs":["203.0.113.0/24"]},"kubernetesNetworkConfig":{"serviceIpv4Cidr":"172.20.0.0/16","ipFamily":"ipv4"},"logging":{"clusterLogging":[{"types":["api","audit","authenticator","controllerManager","scheduler"],"enabled":true}]},"identity":{"oidc":{"issuer":"https://oidc.eks.$r.amazonaws.com/id/$I"}},"status":"ACTIVE","tags":{"team":"platform","stage":"prod"}}}"#;

/// All kinds, the frequent ones first.
pub const EVENTS: [Event; 58] = [
    event(900, "s3", "GetObject", Class::ObjectRead, ANYONE)
        .asks(r#"{"bucketName":"$b","Host":"$b.s3.$r.amazonaws.com","key":"$k"}"#).adds(READ_BYTES).on(OBJECT),
    event(620, "kms", "Decrypt", Class::Read, ANYONE)
        .asks(r#"{"encryptionAlgorithm":"SYMMETRIC_DEFAULT","keyId":"arn:aws:kms:$r:$a:key/$K","encryptionContext":{"aws:s3:arn":"arn:aws:s3:::$b"}}"#).on(KEY),
    event(600, "sts", "AssumeRole", Class::Read, Caller::Service("ec2"))
        .asks(r#"{"roleArn":"arn:aws:iam::$a:role/$O","roleSessionName":"i-$i"}"#).gives(NODE_CREDENTIALS)
        .on(r#"[{"accountId":"$a","type":"AWS::IAM::Role","ARN":"arn:aws:iam::$a:role/$O"}]"#),
    event(520, "ec2", "DescribeInstances", Class::Read, ANYONE)
        .asks(r#"{"instancesSet":{"items":[{"instanceId":"i-$i"},{"instanceId":"i-$h"}]},"filterSet":{"items":[{"name":"tag:kubernetes.io/cluster/$c","valueSet":{"items":[{"value":"owned"}]}},{"name":"instance-state-name","valueSet":{"items":[{"value":"running"},{"value":"pending"}]}}]}}"#),
    event(480, "s3", "PutObject", Class::ObjectWrite, ANYONE)
        .asks(r#"{"bucketName":"$b","Host":"$b.s3.$r.amazonaws.com","key":"$k","x-amz-storage-class":"STANDARD"}"#)
        .gives(r#"{"x-amz-server-side-encryption":"AES256","ETag":"\"$x$x$x$x\""}"#).adds(WRITTEN_BYTES).on(OBJECT),
    event(400, "sts", "AssumeRoleWithWebIdentity", Class::Read, Caller::WebIdentity)
        .asks(r#"{"roleArn":"arn:aws:iam::$a:role/$R","roleSessionName":"$Q","durationSeconds":3600}"#)
        .gives(r#"{"subjectFromWebIdentityToken":"system:serviceaccount:$S:$D","credentials":{"accessKeyId":"$A","sessionToken":"$4","expiration":"$T"},"assumedRoleUser":{"assumedRoleId":"AROAEXAMPLEROLEID0001:$Q","arn":"arn:aws:sts::$a:assumed-role/$R/$Q"},"provider":"arn:aws:iam::$a:oidc-provider/oidc.eks.$r.amazonaws.com/id/$I","audience":"sts.amazonaws.com"}"#)
        .on(r#"[{"accountId":"$a","type":"AWS::IAM::Role","ARN":"arn:aws:iam::$a:role/$R"}]"#),
    event(330, "ec2", "DescribeNetworkInterfaces", Class::Read, NODE)
        .asks(r#"{"networkInterfaceIdSet":{"items":[{"networkInterfaceId":"eni-$h"}]},"filterSet":{"items":[{"name":"attachment.instance-id","valueSet":{"items":[{"value":"i-$i"}]}}]}}"#),
    event(300, "elasticloadbalancing", "DescribeTargetHealth", Class::Read, WORKLOAD)
        .asks(r#"{"targetGroupArn":"arn:aws:elasticloadbalancing:$r:$a:targetgroup/k8s-$S-$D/$x$x"}"#),
    event(280, "autoscaling", "DescribeAutoScalingGroups", Class::Read, WORKLOAD)
        .asks(r#"{"autoScalingGroupNames":["eks-$c-general-$K"],"maxRecords":100}"#),
    event(260, "ecr", "BatchGetImage", Class::Read, NODE)
        .asks(r#"{"registryId":"$a","repositoryName":"$S/$D","imageIds":[{"imageTag":"v1.$s.0"}],"acceptedMediaTypes":["application/vnd.docker.distribution.manifest.v2+json","application/vnd.docker.distribution.manifest.list.v2+json","application/vnd.oci.image.index.v1+json","application/vnd.oci.image.manifest.v1+json"]}"#)
        .on(r#"[{"ARN":"arn:aws:ecr:$r:$a:repository/$S/$D","accountId":"$a"}]"#),
    event(240, "ecr", "GetAuthorizationToken", Class::Read, NODE).asks(r#"{"registryIds":["$a"]}"#),
    event(230, "kms", "GenerateDataKey", Class::Read, ANYONE)
        .asks(r#"{"keyId":"arn:aws:kms:$r:$a:key/$K","keySpec":"AES_256","encryptionContext":{"aws:s3:arn":"arn:aws:s3:::$b/$k"}}"#).on(KEY),
    event(210, "s3", "ListObjects", Class::ObjectRead, ANYONE)
        .asks(r#"{"list-type":"2","bucketName":"$b","prefix":"daily/","max-keys":"1000","Host":"$b.s3.$r.amazonaws.com","encoding-type":"url"}"#).adds(READ_BYTES).on(PREFIX),
    event(200, "eks", "DescribeCluster", Class::Read, ANYONE).asks(r#"{"name":"$c"}"#),
    event(190, "s3", "HeadObject", Class::ObjectRead, WORKLOAD)
        .asks(r#"{"bucketName":"$b","Host":"$b.s3.$r.amazonaws.com","key":"$k"}"#).adds(READ_BYTES).on(OBJECT),
    event(170, "secretsmanager", "GetSecretValue", Class::Read, WORKLOAD)
        .asks(r#"{"secretId":"arn:aws:secretsmanager:$r:$a:secret:$S/$D-$W","versionStage":"AWSCURRENT"}"#),
    event(160, "route53", "ListResourceRecordSets", Class::Read, WORKLOAD)
        .asks(r#"{"hostedZoneId":"Z0123456789EXAMPLE","maxItems":"300"}"#),
    event(150, "eks", "ListNodegroups", Class::Read, MONITOR).asks(r#"{"name":"$c","maxResults":"100"}"#),
    event(140, "ec2", "DescribeSecurityGroups", Class::Read, ANYONE)
        .asks(r#"{"securityGroupSet":{"items":[{"groupId":"sg-$g"}]},"securityGroupIdSet":{"items":[{"groupId":"sg-$g"}]},"filterSet":{}}"#),
    event(130, "sts", "GetCallerIdentity", Class::Read, NODE),
    event(125, "sts", "AssumeRole", Class::Read, PIPELINE)
        .asks(r#"{"roleArn":"arn:aws:iam::$a:role/$R","roleSessionName":"$Q","durationSeconds":3600,"tags":[{"key":"repository","value":"shop/$W"}]}"#)
        .gives(CREDENTIALS).on(r#"[{"accountId":"$a","type":"AWS::IAM::Role","ARN":"arn:aws:iam::$a:role/$R"}]"#),
    event(120, "logs", "DescribeLogGroups", Class::Read, MONITOR).asks(r#"{"logGroupNamePrefix":"/aws/eks/","limit":50}"#),
    event(110, "monitoring", "GetMetricData", Class::Read, MONITOR)
        .asks(r#"{"metricDataQueries":"HIDDEN_DUE_TO_SECURITY_REASONS","startTime":"$t","endTime":"$T","scanBy":"TimestampDescending"}"#),
    event(100, "sqs", "GetQueueAttributes", Class::Read, WORKLOAD)
        .asks(r#"{"queueUrl":"https://sqs.$r.amazonaws.com/$a/$W","attributeNames":["ApproximateNumberOfMessages","ApproximateNumberOfMessagesNotVisible"]}"#),
    event(95, "dynamodb", "DescribeTable", Class::Read, WORKLOAD)
        .asks(r#"{"tableName":"$W"}"#).on(r#"[{"accountId":"$a","type":"AWS::DynamoDB::Table","ARN":"arn:aws:dynamodb:$r:$a:table/$W"}]"#),
    event(90, "iam", "GetRole", Class::Read, ANYONE).asks(r#"{"roleName":"$R"}"#),
    event(85, "ec2", "DescribeVolumes", Class::Read, WORKLOAD)
        .asks(r#"{"volumeSet":{"items":[{"volumeId":"vol-$h"}]},"filterSet":{}}"#),
    event(80, "ssm", "UpdateInstanceInformation", Class::Write, NODE)
        .asks(r#"{"instanceId":"i-$i","agentVersion":"3.3.1957.0","agentStatus":"Active","platformType":"Linux","platformName":"Amazon Linux","platformVersion":"2023","iPAddress":"$p","computerName":"$e","agentName":"amazon-ssm-agent","availabilityZone":"$ra","availabilityZoneId":"euw1-az1"}"#),
    event(75, "ec2", "AssignPrivateIpAddresses", Class::Write, NODE)
        .asks(r#"{"networkInterfaceId":"eni-$h","privateIpAddressesSet":{},"ipv4PrefixCount":1}"#)
        .gives(r#"{"requestId":"$u","_return":true,"networkInterfaceId":"eni-$h","assignedPrivateIpAddressesSet":{"assignedPrivateIpAddressSetType":[]},"assignedIpv4PrefixSet":{"items":[{"ipv4Prefix":"10.0.$n.16/28"}]}}"#),
    event(70, "eks", "AccessKubernetesApi", Class::Read, PERSON).asks(r#"{"name":"$c","path":"/api/v1/namespaces/$S/pods"}"#),
    event(66, "eks", "ListAddons", Class::Read, MONITOR).asks(r#"{"name":"$c"}"#),
    event(60, "config", "PutEvaluations", Class::Write, SERVICE_ROLE)
        .asks(r#"{"evaluations":[{"complianceResourceType":"AWS::EC2::SecurityGroup","complianceResourceId":"sg-$g","complianceType":"COMPLIANT","annotation":"no rule is open to 0.0.0.0/0\nchecked $n rules","orderingTimestamp":"$t"}],"resultToken":"HIDDEN_DUE_TO_SECURITY_REASONS","testMode":false}"#)
        .gives(r#"{"failedEvaluations":[]}"#),
    event(56, "logs", "CreateLogStream", Class::Write, WORKLOAD)
        .asks(r#"{"logGroupName":"/aws/containerinsights/$c/application","logStreamName":"$e-application.var.log.containers.$P"}"#),
    event(52, "cloudtrail", "LookupEvents", Class::Read, PERSON)
        .asks(r#"{"maxResults":50,"lookupAttributes":[{"attributeKey":"EventName","attributeValue":"DeleteCluster"}]}"#),
    event(48, "iam", "ListAttachedRolePolicies", Class::Read, MONITOR).asks(r#"{"roleName":"$R","maxItems":1000}"#),
    event(44, "ec2", "CreateTags", Class::Write, WORKLOAD)
        .asks(r#"{"resourcesSet":{"items":[{"resourceId":"vol-$h"}]},"tagSet":{"items":[{"key":"kubernetes.io/created-for/pvc/name","value":"data-$D-$n"},{"key":"kubernetes.io/created-for/pvc/namespace","value":"$S"},{"key":"owner","value":"Équipe données, 日本"}]}}"#)
        .gives(r#"{"requestId":"$u","_return":true}"#),
    event(40, "ec2", "RunInstances", Class::Write, SERVICE_ROLE)
        .asks(r#"{"instancesSet":{"items":[{"imageId":"ami-$g","minCount":1,"maxCount":$n}]},"instanceType":"m7i.2xlarge","blockDeviceMapping":{},"availabilityZone":"$ra","monitoring":{"enabled":false},"subnetId":"subnet-$g","disableApiTermination":false,"clientToken":"fleet-$u-0","launchTemplate":{"launchTemplateId":"lt-$g","version":"$n"},"tagSpecificationSet":{"items":[{"resourceType":"instance","tags":[{"key":"eks:cluster-name","value":"$c"},{"key":"kubernetes.io/cluster/$c","value":"owned"}]}]}}"#)
        .gives(r#"{"requestId":"$u","reservationId":"r-$h","ownerId":"$a","groupSet":{},"instancesSet":{"items":[{"instanceId":"i-$i","imageId":"ami-$g","currentState":{"code":0,"name":"pending"},"privateDnsName":"$e","instanceType":"m7i.2xlarge","launchTime":$m,"placement":{"availabilityZone":"$ra","tenancy":"default"},"monitoring":{"state":"disabled"},"subnetId":"subnet-$g","vpcId":"vpc-$g","privateIpAddress":"$p","stateReason":{"code":"pending","message":"pending"},"architecture":"x86_64","rootDeviceType":"ebs","rootDeviceName":"/dev/xvda","virtualizationType":"hvm","hypervisor":"xen","sourceDestCheck":true,"ebsOptimized":false,"enaSupport":true,"metadataOptions":{"state":"pending","httpTokens":"required","httpPutResponseHopLimit":2,"httpEndpoint":"enabled"}}]},"requesterId":"$a"}"#),
    event(36, "lambda", "GetFunction20150331v2", Class::Read, PIPELINE).asks(r#"{"functionName":"$W-handler"}"#),
    event(33, "rds", "DescribeDBInstances", Class::Read, MONITOR).asks(r#"{"dBInstanceIdentifier":"$W","maxRecords":100}"#),
    event(30, "eks", "ListAccessEntries", Class::Read, MONITOR).asks(r#"{"name":"$c","maxResults":"100"}"#),
    event(28, "elasticloadbalancing", "RegisterTargets", Class::Write, WORKLOAD)
        .asks(r#"{"targets":[{"id":"$p","port":8080,"availabilityZone":"$ra"},{"id":"$p","port":8080}],"targetGroupArn":"arn:aws:elasticloadbalancing:$r:$a:targetgroup/k8s-$S-$D/$x$x"}"#).gives("{}"),
    event(26, "route53", "ChangeResourceRecordSets", Class::Write, WORKLOAD)
        .asks(r#"{"hostedZoneId":"Z0123456789EXAMPLE","changeBatch":{"changes":[{"action":"UPSERT","resourceRecordSet":{"name":"$D.$S.example.com","type":"TXT","tTL":300,"resourceRecords":[{"value":"\"heritage=external-dns,external-dns/owner=$c,external-dns/resource=ingress/$S/$D\""}]}}]}}"#)
        .gives(r#"{"changeInfo":{"id":"/change/C0$x$xEXAMPLE","status":"PENDING","submittedAt":"$t"}}"#),
    event(24, "cloudtrail", "GetTrailStatus", Class::Read, MONITOR).asks(r#"{"name":"arn:aws:cloudtrail:$r:$a:trail/organization"}"#),
    event(22, "s3", "GetBucketAcl", Class::Read, Caller::Service("cloudtrail"))
        .asks(r#"{"bucketName":"$b","Host":"$b.s3.$r.amazonaws.com","acl":""}"#)
        .adds(r#"{"SignatureVersion":"SigV4","CipherSuite":"ECDHE-RSA-AES128-GCM-SHA256","bytesTransferredIn":0,"AuthenticationMethod":"AuthHeader","x-amz-id-2":"$6","bytesTransferredOut":$n}"#)
        .on(r#"[{"accountId":"$a","type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::$b"}]"#),
    event(20, "autoscaling", "SetDesiredCapacity", Class::Write, WORKLOAD)
        .asks(r#"{"autoScalingGroupName":"eks-$c-general-$K","desiredCapacity":$n,"honorCooldown":false}"#),
    event(18, "s3", "DeleteObject", Class::ObjectWrite, PIPELINE)
        .asks(r#"{"bucketName":"$b","Host":"$b.s3.$r.amazonaws.com","key":"$k"}"#).adds(WRITTEN_BYTES).on(OBJECT),
    event(16, "ecr", "PutImage", Class::Write, PIPELINE)
        .asks(r#"{"registryId":"$a","repositoryName":"$S/$D","imageTag":"v1.$s.0","imageManifest":"{\n   \"schemaVersion\": 2,\n   \"mediaType\": \"application/vnd.docker.distribution.manifest.v2+json\",\n   \"config\": {\n      \"mediaType\": \"application/vnd.docker.container.image.v1+json\",\n      \"size\": $N,\n      \"digest\": \"sha256:$f\"\n   },\n   \"layers\": [\n      {\n         \"size\": $N,\n         \"digest\": \"sha256:$f\"\n      },\n      {\n         \"size\": $N,\n         \"digest\": \"sha256:$f\"\n      }\n   ]\n}"}"#)
        .gives(r#"{"image":{"registryId":"$a","repositoryName":"$S/$D","imageId":{"imageDigest":"sha256:$f","imageTag":"v1.$s.0"}}}"#)
        .on(r#"[{"ARN":"arn:aws:ecr:$r:$a:repository/$S/$D","accountId":"$a"}]"#),
    event(14, "iam", "ListAccessKeys", Class::Read, Caller::User).asks(r#"{"userName":"ci-legacy"}"#),
    event(12, "ec2", "AuthorizeSecurityGroupIngress", Class::Write, PIPELINE)
        .asks(r#"{"groupId":"sg-$g","ipPermissions":{"items":[{"ipProtocol":"tcp","fromPort":443,"toPort":443,"groups":{},"ipRanges":{"items":[{"cidrIp":"$d/32","description":"büro \"west\""}]},"ipv6Ranges":{},"prefixListIds":{}}]}}"#)
        .gives(r#"{"requestId":"$u","_return":true,"securityGroupRuleSet":{"items":[{"groupOwnerId":"$a","groupId":"sg-$g","securityGroupRuleId":"sgr-$h","isEgress":false,"ipProtocol":"tcp","fromPort":443,"toPort":443,"cidrIpv4":"$d/32"}]}}"#),
    event(10, "iam", "PutRolePolicy", Class::Write, PIPELINE)
        .asks(r#"{"roleName":"$R","policyName":"inline-$W","policyDocument":"{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [\n    {\n      \"Effect\": \"Allow\",\n      \"Action\": [\n        \"s3:GetObject\",\n        \"s3:ListBucket\"\n      ],\n      \"Resource\": \"arn:aws:s3:::$b/*\",\n      \"Condition\": {\"StringLike\": {\"aws:PrincipalTag/team\": \"$W\\/*\"}}\n    }\n  ]\n}"}"#),
    event(9, "signin", "ConsoleLogin", Class::Write, PERSON)
        .gives(r#"{"ConsoleLogin":"Success"}"#)
        .adds(r#"{"LoginTo":"https://$r.console.aws.amazon.com/console/home?region=$r&state=hashArgs%23","MobileVersion":"No","MFAUsed":"No"}"#),
    event(8, "eks", "CreateAccessEntry", Class::Write, PIPELINE)
        .asks(r#"{"name":"$c","principalArn":"arn:aws:iam::$a:role/$R","type":"STANDARD","kubernetesGroups":["$S-viewers"],"clientRequestToken":"$u","tags":{}}"#)
        .gives(r#"{"accessEntry":{"clusterName":"$c","principalArn":"arn:aws:iam::$a:role/$R","kubernetesGroups":["$S-viewers"],"accessEntryArn":"arn:aws:eks:$r:$a:access-entry/$c/role/$a/$R/$x","createdAt":"$t","modifiedAt":"$t","tags":{},"username":"arn:aws:sts::$a:assumed-role/$R/{{SessionName}}","type":"STANDARD"}}"#),
    event(8, "eks", "UpdateNodegroupVersion", Class::Write, PIPELINE)
        .asks(r#"{"name":"$c","nodegroupName":"general","clientRequestToken":"$u","force":false}"#)
        .gives(r#"{"update":{"id":"$u","status":"InProgress","type":"VersionUpdate","params":[{"type":"Version","value":"1.33"},{"type":"ReleaseVersion","value":"1.33.4-20250301"}],"createdAt":"$t","errors":[]}}"#),
    event(7, "eks", "UpdateClusterConfig", Class::Write, PIPELINE)
        .asks(r#"{"name":"$c","resourcesVpcConfig":{"endpointPublicAccess":true,"endpointPrivateAccess":true,"publicAccessCidrs":["203.0.113.0/24","198.51.100.0/24"]},"clientRequestToken":"$u"}"#)
        .gives(r#"{"update":{"id":"$u","status":"InProgress","type":"EndpointAccessUpdate","params":[{"type":"EndpointPublicAccess","value":"true"},{"type":"PublicAccessCidrs","value":"[\"203.0.113.0/24\",\"198.51.100.0/24\"]"}],"createdAt":"$t","errors":[]}}"#),
    event(5, "eks", "TagResource", Class::Write, PIPELINE)
        .asks(r#"{"resourceArn":"arn:aws:eks:$r:$a:cluster/$c","tags":{"stage":"prod","note":"größer ab März"}}"#),
    event(3, "eks", "CreateCluster", Class::Write, PIPELINE)
        .asks(r#"{"name":"$c","version":"1.33","roleArn":"arn:aws:iam::$a:role/$c-cluster","resourcesVpcConfig":{"subnetIds":["subnet-$g","subnet-$g"],"endpointPublicAccess":true},"accessConfig":{"authenticationMode":"API_AND_CONFIG_MAP"},"clientRequestToken":"$u"}"#).gives(CLUSTER),
    event(2, "cloudtrail", "PutEventSelectors", Class::Write, PERSON)
        .asks(r#"{"trailName":"organization","eventSelectors":[{"readWriteType":"All","includeManagementEvents":true,"dataResources":[{"type":"AWS::S3::Object","values":["arn:aws:s3"]}],"excludeManagementEventSources":[]}]}"#)
        .gives(r#"{"trailARN":"arn:aws:cloudtrail:$r:$a:trail/organization","eventSelectors":[{"readWriteType":"All","includeManagementEvents":true,"dataResources":[{"type":"AWS::S3::Object","values":["arn:aws:s3"]}],"excludeManagementEventSources":[]}]}"#),
    event(1, "iam", "CreateAccessKey", Class::Write, Caller::User)
        .asks(r#"{"userName":"ci-legacy"}"#)
        .gives(r#"{"accessKey":{"accessKeyId":"AKIAEXAMPLEKEY$n","status":"Active","userName":"ci-legacy","createDate":"$t"}}"#),
];

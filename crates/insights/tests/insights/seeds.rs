//! Queries that are published, word for word, and those that stand in the front matter of curated queries.

use std::fs;
use std::path::PathBuf;

use crate::{page, translated};

/// Of the EKS best practices guide and of an article on control plane logs.
const EKS: [&str; 8] = [
    "fields @timestamp, @message\n| sort @timestamp desc\n| limit 100\n| filter objectRef.resource=\"roles\" and verb in [\"create\", \"update\", \"patch\", \"delete\"]",
    "fields @timestamp, @message\n| sort @timestamp desc\n| limit 100\n| filter objectRef.resource=\"rolebindings\" and verb in [\"create\", \"update\", \"patch\", \"delete\"]",
    "fields @timestamp, @message\n| sort @timestamp desc\n| limit 100\n| filter objectRef.resource=\"clusterroles\" and verb in [\"create\", \"update\", \"patch\", \"delete\"]",
    "fields @timestamp, @message\n| sort @timestamp desc\n| limit 100\n| filter objectRef.resource=\"clusterrolebindings\" and verb in [\"create\", \"update\", \"patch\", \"delete\"]",
    "fields @timestamp, @message\n| sort @timestamp desc\n| limit 100\n| filter objectRef.resource=\"secrets\" and verb in [\"get\", \"watch\", \"list\"] and responseStatus.code=\"401\"\n| count() by bin(1m)",
    "fields @timestamp, @message, sourceIPs.0\n| sort @timestamp desc\n| limit 100\n| filter user.username=\"system:anonymous\" and responseStatus.code in [\"401\", \"403\"]",
    "fields @timestamp, @message\n| sort @timestamp desc\n| limit 100\n| filter objectRef.resource=\"rolebindings\" and verb in [\"create\", \"update\", \"patch\", \"delete\"]\n",
    "fields @logStream, @timestamp, responseStatus.code, @message\n| filter @logStream like /^kube-apiserver-audit/\n| filter responseStatus.code >= 500\n| limit 50",
];

/// Samples of the AWS documentation for CloudTrail, VPC flow logs and EKS, as facts.
const DOCUMENTED: [&str; 20] = [
    "stats count(*) by eventSource, eventName, awsRegion",
    "filter eventName=\"RunInstances\" and awsRegion=\"us-east-1\"\n| stats count(*)",
    "filter eventName=\"StartInstances\" or eventName=\"StopInstances\" | filter awsRegion=\"us-east-2\" | fields @timestamp, eventName",
    "filter eventSource=\"iam.amazonaws.com\" and eventName=\"CreateUser\"\n| fields awsRegion, requestParameters.userName, responseElements.user.arn",
    "filter eventName=\"UpdateTrail\" and responseElements.isMultiRegionTrail=\"true\" | stats count(*) as number_of_updates by userIdentity.arn",
    "filter eventName = \"ConsoleLogin\" and ispresent(errorMessage) | stats count(*) as attempts by sourceIPAddress | sort attempts desc",
    "fields eventTime, userIdentity.arn, tlsDetails.tlsVersion | filter tlsDetails.tlsVersion in [ \"TLSv1\", \"TLSv1.1\" ] | stats count(*) as numOutdatedTlsCalls by userIdentity.accountId, recipientAccountId, eventSource, eventName, awsRegion, tlsDetails.tlsVersion, tlsDetails.cipherSuite, userAgent | sort eventSource, eventName, awsRegion, tlsDetails.tlsVersion",
    "stats sum(packets) as packetsTransferred by srcAddr, dstAddr\n    | sort packetsTransferred  desc\n    | limit 15",
    "filter isIpv4InSubnet(srcAddr, \"192.0.2.0/24\")\n    | stats sum(bytes) as bytesTransferred by dstAddr\n    | sort bytesTransferred desc\n    | limit 15",
    "filter protocol=17 | stats sum(bytes) as bytesTransferred by dstAddr | sort bytesTransferred desc | limit 15",
    "filter logStatus=\"SKIPDATA\"\n    | stats count(*) by bin(1h) as t\n    | sort t",
    "filter protocol = 6 and action=\"REJECT\" | stats avg(bytes), min(bytes), max(bytes) by srcAddr, dstAddr, bin(5min)",
    "stats count(*) as records by interfaceId, startTime | display interfaceId, records",
    "fields @timestamp, @message | sort @timestamp desc | limit 20 | filter @logStream like \"kube-apiserver-audit\"",
    "filter @logStream like \"kube-apiserver-audit\" | stats count(userAgent) as count by userAgent | sort count desc",
    "fields @logStream, @timestamp, @message\n| filter @logStream like /^kube-apiserver-audit/\n| parse @message /\"username\":\"(?<who>[^\"]*)\"/\n| stats count(*) by who",
    "filter @logStream like /authenticator/ and @message like /access denied/ | fields @timestamp, @message",
    "fields requestURI | filter @logStream =~ /kube-apiserver-audit/ | filter requestURI =~ /.*\\/watch.*/ | stats count(*) as count by requestURI | sort count desc",
    "fields @timestamp, @message\n| parse @message \"user=*, method:*, latency := *\" as @user, @method, @latency\n| stats avg(@latency) by @method, @user",
    "fields strlen(@message) as length | stats max(length), pct(length, 95) by bin(30m)",
];

fn numbered(name: &str, queries: &[&str]) {
    let pages: Vec<String> = queries.iter().map(|query| page(query, &translated(query))).collect();
    insta::assert_snapshot!(name, pages.join("\n----------\n"));
}

#[test]
fn published_queries_for_eks_are_translated_as_they_are() {
    numbered("eks", &EKS);
}

#[test]
fn documented_queries_are_translated_as_they_are() {
    numbered("documented", &DOCUMENTED);
}

#[test]
fn originals_of_curated_queries_are_translated() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../queries");
    let mut count = 0;
    for folder in fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()) {
        for file in fs::read_dir(folder).unwrap() {
            let text = fs::read_to_string(file.unwrap().path()).unwrap();
            let Some((_, rest)) = text.split_once("-- insights:\n") else { continue };
            let lines: Vec<&str> = rest.lines().map_while(|line| line.strip_prefix("--   ")).collect();
            translated(&lines.join("\n"));
            count += 1;
        }
    }
    assert!(count >= 7, "{count}");
}

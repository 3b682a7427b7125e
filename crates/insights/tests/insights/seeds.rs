//! Queries that are published, word for word, and those that stand in the front matter of curated queries.

use std::fs;
use std::path::PathBuf;

use eksamine_insights::Settings;

use crate::{page, settings, translated, translated_with};

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

/// Queries as they are published, each with the log group it is asked of.
const PUBLISHED: &str = include_str!("../../../../testdata/insights/published.txt");

fn numbered(name: &str, queries: &[&str]) {
    let pages: Vec<String> = queries.iter().map(|query| page(query, &translated(query))).collect();
    insta::assert_snapshot!(name, pages.join("\n----------\n"));
}

#[test]
fn published_queries_for_eks_are_translated_as_they_are() {
    numbered("eks", &EKS);
}

#[test]
fn published_queries_are_translated_as_they_are() {
    let mut pages = Vec::new();
    for query in PUBLISHED.split("\n\n").skip(1) {
        let group = query.strip_prefix("# ").and_then(|rest| rest.split_once(": ")).map_or("", |(group, _)| group);
        let settings = Settings { log_group: Some(group.to_owned()), ..settings() };
        pages.push(page(query.trim_end(), &translated_with(query, &settings)));
    }
    assert!(pages.len() > 30);
    insta::assert_snapshot!("published", pages.join("\n----------\n"));
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

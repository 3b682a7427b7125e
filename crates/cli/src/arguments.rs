//! The command line: commands, and the groups of options they share.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::commands;
use crate::output::{FORMATS, Format};

/// Turns an S3 archive of AWS and Kubernetes logs into answers and evidence about EKS clusters, offline.
#[derive(Parser)]
#[command(name = "eksamine", version, max_term_width = 100, arg_required_else_help = true)]
#[command(after_help = "Exit status: 0 done; 1 failed; 2 wrong usage; 3 finished, but some objects or records could \
                        not be read; 70 a defect of eksamine; 130 interrupted.")]
pub struct Arguments {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Subcommand)]
pub enum Command {
    /// Read logs from a bucket, a folder or a file into a lake
    Ingest(commands::ingest::Command),
    /// The lake at a glance: tables, span, clusters, accounting
    Status(commands::status::Command),
    /// Ask in SQL; without a query, a shell
    Sql(commands::sql::Command),
    /// Ask in the language of CloudWatch Logs Insights
    Insights(commands::insights::Command),
    /// Run a curated query; without a name, list them
    Query(commands::query::Command),
    /// The events of a cluster, of both planes, in one order
    Timeline(commands::timeline::Command),
    /// Who is behind an access key, a session, a user, a pod, an event or an address
    Who(commands::who::Command),
    /// What the archive does not cover: gaps, logs switched off, clusters without a trail
    Coverage(commands::coverage::Command),
    /// Check CloudTrail's digests: which log files are as they were delivered
    Verify(commands::verify::Command),
    /// Make an evidence bundle: rows, records, what proves them, hashes, signature
    Export(commands::export::Command),
    /// Check an evidence bundle or a lake, and say exactly what differs
    Check(commands::check::Command),
    /// Tables and columns, with the upstream path of each
    Tables(commands::tables::Command),
}

/// Which lake.
#[derive(Args, Clone)]
pub struct LakeOption {
    /// Folder of the lake
    #[arg(long, value_name = "DIR", env = "EKSAMINE_LAKE", hide_env_values = true, default_value = "lake")]
    pub lake: PathBuf,
}

/// Where a reading command finds its rows: a lake, or an archive read on the spot.
#[derive(Args, Clone)]
pub struct Reading {
    #[command(flatten)]
    pub lake: LakeOption,
    /// Read this archive into a temporary lake and answer from it (repeatable)
    #[arg(long, value_name = "SOURCE")]
    pub from: Vec<String>,
    #[command(flatten)]
    pub clusters: ClusterOption,
    #[command(flatten)]
    pub s3: S3Options,
}

/// How to reach S3.
#[derive(Args, Clone, Default)]
#[command(next_help_heading = "S3 options")]
pub struct S3Options {
    /// Another S3 than that of AWS
    #[arg(long, value_name = "URL")]
    pub endpoint_url: Option<String>,
    /// Profile of the AWS configuration files
    #[arg(long, value_name = "NAME")]
    pub profile: Option<String>,
    /// Region of the bucket
    #[arg(long = "region", value_name = "NAME")]
    pub bucket_region: Option<String>,
    /// Read anonymously
    #[arg(long)]
    pub no_sign_request: bool,
    /// Agree to pay for requests to a requester-pays bucket
    #[arg(long, num_args = 0..=1, value_name = "requester", hide_possible_values = true, default_missing_value = "requester", value_parser = ["requester"])]
    pub request_payer: Option<String>,
}

impl S3Options {
    pub fn settings(&self) -> eksamine_archive::S3Settings {
        eksamine_archive::S3Settings {
            endpoint_url: self.endpoint_url.clone(),
            profile: self.profile.clone(),
            region: self.bucket_region.clone(),
            no_sign_request: self.no_sign_request,
            request_payer: self.request_payer.is_some(),
            credentials: None,
            patience: eksamine_archive::Patience::default(),
        }
    }
}

/// Names for clusters that nothing in the logs names.
#[derive(Args, Clone, Default)]
pub struct ClusterOption {
    /// Cluster of the audit logs under a key prefix (repeatable)
    #[arg(long = "cluster", value_name = "NAME=KEY-PREFIX", value_parser = cluster)]
    pub clusters: Vec<(String, String)>,
}

impl ClusterOption {
    pub fn map(&self) -> eksamine_sources::cluster::ClusterMap {
        let mut map = eksamine_sources::cluster::ClusterMap::default();
        for (name, prefix) in &self.clusters {
            map.insert(name, prefix);
        }
        map
    }
}

fn cluster(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, prefix)) if !name.is_empty() => Ok((name.to_owned(), prefix.to_owned())),
        _ => Err("expected `NAME=KEY-PREFIX`".to_owned()),
    }
}

fn format_help() -> String {
    let names: Vec<&str> = FORMATS.iter().map(|entry| entry.name).collect();
    format!("Format of the rows: {} [default: table, or the one `--output` ends in]", names.join(", "))
}

/// How rows are printed.
#[derive(Args, Clone)]
pub struct Printing {
    #[arg(long, value_enum, value_name = "FORMAT", hide_possible_values = true, help = format_help())]
    pub format: Option<Format>,
    /// Write the rows to a file instead of standard output
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// In CSV, leave cells that a spreadsheet would run as a formula as they are
    #[arg(long)]
    pub exact_csv: bool,
}

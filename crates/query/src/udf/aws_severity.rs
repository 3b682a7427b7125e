//! What the catalogue says of an AWS call: `aws_severity`, `aws_category` and `aws_technique`.

use super::{TextFunction, argument};
use crate::timeline::catalogue::{self, Facts, Judgement, Severity};

pub const SEVERITY: TextFunction = TextFunction {
    name: "aws_severity",
    arguments: &["event_source", "event_name", "request_parameters", "outcome"],
    about: "how much an AWS call should worry: `informational`, `low`, `medium`, `high` or `critical`",
    call: |arguments| {
        let [source, event, request, outcome] = [0, 1, 2, 3].map(|at| argument(arguments, at));
        Some(judge(service(source), event, request, outcome).severity.name().to_owned())
    },
};

pub const CATEGORY: TextFunction = TextFunction {
    name: "aws_category",
    arguments: &["event_source", "event_name"],
    about: "what an AWS call is about, of the list in the guide to timelines",
    call: |arguments| {
        let [source, event] = [0, 1].map(|at| argument(arguments, at));
        let usual = if catalogue::only_reads(event) { "discovery" } else { "other" };
        Some(catalogue::find(service(source), event).map_or(usual, |action| action.category).to_owned())
    },
};

pub const TECHNIQUE: TextFunction = TextFunction {
    name: "aws_technique",
    arguments: &["event_source", "event_name"],
    about: "the ATT&CK technique an AWS call can be a part of",
    call: |arguments| {
        let [source, event] = [0, 1].map(|at| argument(arguments, at));
        catalogue::find(service(source), event)?.technique.map(str::to_owned)
    },
};

/// How severe a call is, and why more than usual.
pub fn judge(service: &str, event: &str, request: &str, outcome: &str) -> Judgement {
    let usual = if catalogue::only_reads(event) { Severity::Informational } else { Severity::Low };
    catalogue::judge(service, event, usual, &Facts { request, outcome, ..Facts::default() })
}

fn service(source: &str) -> &str {
    source.strip_suffix(".amazonaws.com").unwrap_or(source)
}

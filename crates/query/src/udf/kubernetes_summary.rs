//! `kubernetes_summary`: one line that says what a Kubernetes request did.

use super::{TextFunction, argument, filled, phrase};

pub const FUNCTION: TextFunction = TextFunction {
    name: "kubernetes_summary",
    arguments: &["actor", "verb", "resource", "target", "namespace", "outcome", "response_code", "source_ip", "stage"],
    about: "one line that says what a Kubernetes request did",
    call: |arguments| {
        let [actor, verb, resource, target, namespace, outcome, code, address, stage] =
            [0, 1, 2, 3, 4, 5, 6, 7, 8].map(|at| argument(arguments, at));
        let place = match (filled(namespace), filled(target)) {
            (Some(namespace), Some(name)) => format!("{namespace}/{name}"),
            (Some(namespace), None) => format!("namespace {namespace}"),
            (None, Some(name)) => name.to_owned(),
            (None, None) => "the cluster".to_owned(),
        };
        let did = phrase::find(verb, resource, &place)
            .unwrap_or_else(|| format!("did {verb} {resource} {place}", verb = filled(verb).unwrap_or("?")));
        let who = filled(actor).unwrap_or("someone unnamed");
        let from = filled(address).map_or_else(String::new, |address| format!(" from {address}"));
        let end = match (outcome, stage) {
            ("denied", _) => format!(": DENIED ({code})"),
            ("failed", "Panic") => ": the API server panicked".to_owned(),
            ("failed", _) => format!(": failed ({code})"),
            (_, "RequestReceived") => " (received)".to_owned(),
            (_, "ResponseStarted") => " (begun)".to_owned(),
            _ => String::new(),
        };
        Some(format!("{who} {did}{from}{end}"))
    },
};

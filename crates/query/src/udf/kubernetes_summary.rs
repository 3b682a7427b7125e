//! `kubernetes_summary`: what a Kubernetes request did, in words.

use super::{TextFunction, argument, filled, phrase};
use crate::timeline::catalogue::{self, Facts};

pub const FUNCTION: TextFunction = TextFunction {
    name: "kubernetes_summary",
    arguments: &[
        "verb",
        "resource",
        "target",
        "namespace",
        "outcome",
        "response_code",
        "stage",
        "user_name",
        "request_object",
    ],
    about: "what a Kubernetes request did, in words",
    call: |arguments| {
        let [verb, resource, target, namespace, outcome, code, stage, user, request] =
            [0, 1, 2, 3, 4, 5, 6, 7, 8].map(|at| argument(arguments, at));
        let place = match (filled(namespace), filled(target)) {
            (Some(namespace), Some(name)) => Some(format!("{namespace}/{name}")),
            (Some(namespace), None) => Some(format!("namespace {namespace}")),
            (None, name) => name.map(str::to_owned),
        };
        let known = phrase::find(verb, resource, place.as_deref().unwrap_or("all namespaces"));
        let did = known.unwrap_or_else(|| {
            let joint = if target.is_empty() { " in " } else { " " };
            let place = place.map_or_else(String::new, |place| format!("{joint}{place}"));
            format!("{} {resource}{place}", filled(verb).unwrap_or("do"))
        });
        let facts = Facts { request, namespace, name: target, user, outcome };
        let note = catalogue::judge_kubernetes(verb, resource, &facts).note;
        let told = phrase::noted(phrase::told(&did, outcome, code), note);
        Some(match stage {
            "RequestReceived" => format!("{told} (request received)"),
            "ResponseStarted" if outcome == "done" => format!("{told} (begun)"),
            "Panic" => format!("{told} (the API server panicked)"),
            _ => told,
        })
    },
};

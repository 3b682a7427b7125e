//! What the catalogue says of a Kubernetes request: `kubernetes_severity`, `kubernetes_category` and
//! `kubernetes_technique`.

use super::{TextFunction, argument};
use crate::timeline::catalogue::{self, Facts};

pub const SEVERITY: TextFunction = TextFunction {
    name: "kubernetes_severity",
    arguments: &["verb", "resource", "target", "namespace", "user_name", "request_object", "outcome"],
    about: "how much a Kubernetes request should worry: `informational`, `low`, `medium`, `high` or `critical`",
    call: |arguments| {
        let [verb, resource, name, namespace, user, request, outcome] =
            [0, 1, 2, 3, 4, 5, 6].map(|at| argument(arguments, at));
        let facts = Facts { request, namespace, name, user, outcome };
        Some(catalogue::judge_kubernetes(verb, resource, &facts).severity.name().to_owned())
    },
};

pub const CATEGORY: TextFunction = TextFunction {
    name: "kubernetes_category",
    arguments: &["verb", "resource"],
    about: "what a Kubernetes request is about, of the list in the guide to timelines",
    call: |arguments| {
        let [verb, resource] = [0, 1].map(|at| argument(arguments, at));
        let usual = if catalogue::is_reading_verb(verb) { "discovery" } else { "other" };
        Some(catalogue::find(verb, resource).map_or(usual, |action| action.category).to_owned())
    },
};

pub const TECHNIQUE: TextFunction = TextFunction {
    name: "kubernetes_technique",
    arguments: &["verb", "resource", "user_name"],
    about: "the ATT&CK technique a Kubernetes request can be a part of; none for the control plane itself",
    call: |arguments| {
        let [verb, resource, user] = [0, 1, 2].map(|at| argument(arguments, at));
        if catalogue::machinery(user).is_some() {
            return None;
        }
        catalogue::find(verb, resource)?.technique.map(str::to_owned)
    },
};

//! `kubernetes_outcome`: `done`, `denied`, `failed`, or `pending` where the stage has no answer yet.

use super::{TextFunction, argument};

pub const FUNCTION: TextFunction = TextFunction {
    name: "kubernetes_outcome",
    arguments: &["response_code", "stage"],
    about: "`done`, `denied`, `failed` or `pending`",
    call: |arguments| {
        let [code, stage] = [0, 1].map(|at| argument(arguments, at));
        let outcome = match (code.parse::<i64>(), stage) {
            (Ok(401 | 403), _) => "denied",
            (Ok(400..), _) | (_, "Panic") => "failed",
            (Ok(_), _) => "done",
            (Err(_), _) => "pending",
        };
        Some(outcome.to_owned())
    },
};

//! `aws_summary`: one line that says what an AWS call did, for a person who has read hundreds of them.

use super::{TextFunction, argument, filled, phrase};

pub const FUNCTION: TextFunction = TextFunction {
    name: "aws_summary",
    arguments: &["actor", "event_source", "event_name", "target", "outcome", "error_code", "source_ip_address"],
    about: "one line that says what an AWS call did",
    call: |arguments| {
        let [actor, source, event, target, outcome, code, address] =
            [0, 1, 2, 3, 4, 5, 6].map(|at| argument(arguments, at));
        let service = source.strip_suffix(".amazonaws.com").unwrap_or(source);
        let did = phrase::find(service, event, target).unwrap_or_else(|| {
            let on = filled(target).map_or_else(String::new, |target| format!(" on {target}"));
            format!("called {service}:{event}{on}")
        });
        let who = filled(actor).unwrap_or("someone unnamed");
        let from =
            filled(address).filter(|address| *address != actor).map_or_else(String::new, |a| format!(" from {a}"));
        let end = match outcome {
            "denied" => format!(": DENIED ({code})"),
            "failed" => format!(": failed ({code})"),
            _ => String::new(),
        };
        Some(format!("{who} {did}{from}{end}"))
    },
};

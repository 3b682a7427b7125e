//! The words of summaries: what a call means, from the catalogue `queries/actions.tsv`, and what became of it.

use std::collections::HashMap;
use std::sync::LazyLock;

const CATALOGUE: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../queries/actions.tsv"));

/// Phrases by service and event, or by verb and resource. `{target}` stands for what was acted on.
static PHRASES: LazyLock<HashMap<(&str, &str), &str>> = LazyLock::new(|| {
    let lines = CATALOGUE.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .filter_map(|line| {
            let mut fields = line.split('\t');
            Some(((fields.next()?, fields.next()?), fields.next()?))
        })
        .collect()
});

/// The phrase for an action, verb first in its base form; none for an action the catalogue does not know.
pub fn find(subject: &str, action: &str, target: &str) -> Option<String> {
    let phrase = PHRASES.get(&(subject, action))?;
    Some(phrase.replace("{target}", if target.is_empty() { "?" } else { target }))
}

/// A phrase as a statement: done in the past tense, everything else as an attempt with its end.
pub fn told(phrase: &str, outcome: &str, code: &str) -> String {
    let attempt = |end: &str| {
        let code = if code.is_empty() { String::new() } else { format!(" ({code})") };
        format!("tried to {phrase}: {end}{code}")
    };
    match outcome {
        "denied" => attempt("DENIED"),
        "failed" => attempt("failed"),
        _ => past(phrase),
    }
}

fn past(phrase: &str) -> String {
    let (verb, rest) =
        phrase.split_once(' ').map_or((phrase, String::new()), |(verb, rest)| (verb, format!(" {rest}")));
    let verb = match IRREGULAR.iter().find(|(base, _)| *base == verb) {
        Some((_, past)) => (*past).to_owned(),
        None if verb.ends_with('e') => format!("{verb}d"),
        None => format!("{verb}ed"),
    };
    verb + &rest
}

const IRREGULAR: [(&str, &str); 10] = [
    ("get", "got"),
    ("give", "gave"),
    ("let", "let"),
    ("make", "made"),
    ("put", "put"),
    ("read", "read"),
    ("run", "ran"),
    ("stop", "stopped"),
    ("take", "took"),
    ("write", "wrote"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_catalogue_is_whole_and_said_once() {
        let lines: Vec<&str> = CATALOGUE.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
        for line in &lines {
            let fields: Vec<&str> = line.split('\t').collect();
            assert_eq!(fields.len(), 3, "{line}");
            assert!(fields.iter().all(|field| !field.trim().is_empty()), "{line}");
        }
        assert_eq!(PHRASES.len(), lines.len(), "an action stands twice");
    }

    #[test]
    fn what_was_not_done_is_not_told_as_done() {
        assert_eq!(told("stop the trail t", "done", ""), "stopped the trail t");
        assert_eq!(
            told("create IAM user x", "denied", "AccessDenied"),
            "tried to create IAM user x: DENIED (AccessDenied)"
        );
        assert_eq!(told("give x access", "failed", "500"), "tried to give x access: failed (500)");
        assert_eq!(told("call eks:ListX", "done", ""), "called eks:ListX");
    }
}

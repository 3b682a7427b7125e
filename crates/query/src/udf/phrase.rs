//! The words of summaries: what an action means, in the words of the catalogue, and what became of it.

use crate::timeline::catalogue;

/// The phrase for an action, verb first in its base form; none for an action the catalogue does not know.
pub fn find(subject: &str, action: &str, target: &str) -> Option<String> {
    let phrase = catalogue::find(subject, action)?.phrase;
    Some(phrase.replace("{target}", if target.is_empty() { "?" } else { target }))
}

/// A statement with what makes it worse than usual.
pub fn noted(statement: String, note: Option<&str>) -> String {
    match note {
        Some(note) => format!("{statement}: {note}"),
        None => statement,
    }
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

const IRREGULAR: [(&str, &str); 18] = [
    ("begin", "began"),
    ("bind", "bound"),
    ("buy", "bought"),
    ("cancel", "cancelled"),
    ("get", "got"),
    ("give", "gave"),
    ("leave", "left"),
    ("let", "let"),
    ("log", "logged"),
    ("make", "made"),
    ("put", "put"),
    ("read", "read"),
    ("run", "ran"),
    ("send", "sent"),
    ("set", "set"),
    ("stop", "stopped"),
    ("take", "took"),
    ("write", "wrote"),
];

#[cfg(test)]
mod tests {
    use super::*;

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

//! The words of summaries: what a call means, from the catalogue `queries/actions.tsv`, one action a line.

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

/// The phrase for an action, with its target filled in; none for an action the catalogue does not know.
pub fn find(subject: &str, action: &str, target: &str) -> Option<String> {
    let phrase = PHRASES.get(&(subject, action))?;
    Some(phrase.replace("{target}", if target.is_empty() { "?" } else { target }))
}

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
}

//! The templates of `pattern`: texts that differ only in their variable parts, found without chance.
//!
//! How AWS does it is not disclosed; this is an emulation in the manner of Drain (He et al., ICWS 2017). A text is cut
//! into tokens, and tokens that look like times, numbers, addresses or ids become placeholders. Texts that then are
//! the same are counted together. Groups of as many tokens that begin alike and agree in most tokens become one, and
//! where they differ `<Token>` stands. What comes out does not depend on the order of what goes in.

use std::collections::{BTreeMap, HashMap};

mod tokens;

use tokens::Token;

/// How much of a text is looked at. Past it texts of a pattern need not agree.
const MOST_TOKENS: usize = 400;
/// The share of tokens, other than separators, that texts of one pattern have in common.
const LEAST_SIMILARITY: f64 = 0.6;

/// A pattern with how many texts have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    /// With placeholders such as `<Number-1>`, counted through the pattern.
    pub text: String,
    /// How many texts have it, for each kind of text that was counted.
    pub counts: Vec<u64>,
    pub severity: Option<&'static str>,
}

impl Pattern {
    pub fn count(&self) -> u64 {
        self.counts.iter().sum()
    }
}

/// Texts being gathered. Gathered in parts and added together they give the same patterns.
#[derive(Clone, Debug)]
pub struct Miner {
    kinds: usize,
    /// Counts by the text with its placeholders.
    counts: HashMap<String, Vec<u64>>,
}

impl Miner {
    /// `kinds` is how many kinds of texts are counted apart.
    pub fn new(kinds: usize) -> Self {
        Self { kinds, counts: HashMap::new() }
    }

    /// Takes a text of a kind.
    pub fn add(&mut self, text: &str, kind: usize) {
        self.add_counted(tokens::masked(text, MOST_TOKENS), kind, 1);
    }

    /// Takes what another miner gathered: see [`Miner::gathered`].
    pub fn add_counted(&mut self, masked: String, kind: usize, count: u64) {
        let counts = self.counts.entry(masked).or_insert_with(|| vec![0; self.kinds]);
        if let Some(own) = counts.get_mut(kind) {
            *own += count;
        }
    }

    /// The texts with placeholders, with the count of each kind.
    pub fn gathered(&self) -> impl Iterator<Item = (&str, &[u64])> {
        self.counts.iter().map(|(masked, counts)| (masked.as_str(), counts.as_slice()))
    }

    /// An estimate of the memory taken.
    pub fn size_bytes(&self) -> usize {
        self.counts.keys().map(|masked| masked.len() + 64 + self.kinds * 8).sum()
    }

    /// The patterns, the most frequent first.
    pub fn patterns(&self) -> Vec<Pattern> {
        let mut gathered: Vec<(&str, &[u64])> = self.gathered().collect();
        gathered.sort_by(|one, other| {
            let total = |counts: &[u64]| counts.iter().sum::<u64>();
            total(other.1).cmp(&total(one.1)).then_with(|| one.0.cmp(other.0))
        });
        let mut groups: BTreeMap<(usize, String), Vec<Group>> = BTreeMap::new();
        for (masked, counts) in gathered {
            let tokens = tokens::cut(masked);
            let alike = groups.entry((tokens.len(), beginning(&tokens))).or_default();
            let near = alike.iter_mut().find(|group| similarity(&group.tokens, &tokens) >= LEAST_SIMILARITY);
            match near {
                Some(group) => group.take(&tokens, counts),
                None => alike.push(Group { tokens, counts: counts.to_vec() }),
            }
        }
        // Groups that came apart before they were generalised can read the same now.
        let mut patterns: BTreeMap<String, Vec<u64>> = BTreeMap::new();
        for group in groups.into_values().flatten() {
            let counts = patterns.entry(tokens::numbered(&group.tokens)).or_insert_with(|| vec![0; self.kinds]);
            counts.iter_mut().zip(&group.counts).for_each(|(own, more)| *own += more);
        }
        let pattern = |(text, counts): (String, Vec<u64>)| Pattern { severity: severity(&text), text, counts };
        let mut patterns: Vec<Pattern> = patterns.into_iter().map(pattern).collect();
        patterns.sort_by(|one, other| other.count().cmp(&one.count()).then_with(|| one.text.cmp(&other.text)));
        patterns
    }
}

struct Group {
    tokens: Vec<Token>,
    counts: Vec<u64>,
}

impl Group {
    fn take(&mut self, tokens: &[Token], counts: &[u64]) {
        for (own, other) in self.tokens.iter_mut().zip(tokens) {
            if own != other {
                *own = Token::any();
            }
        }
        self.counts.iter_mut().zip(counts).for_each(|(own, more)| *own += more);
    }
}

/// The first word of a text and its separators before it: what texts of a pattern begin with.
fn beginning(tokens: &[Token]) -> String {
    let first = tokens.iter().position(Token::is_content).unwrap_or(0);
    tokens.iter().take(first + 1).map(Token::text).collect()
}

/// The share of equal tokens among those that are no separators; nothing is alike where separators differ.
fn similarity(one: &[Token], other: &[Token]) -> f64 {
    let (mut contents, mut equal) = (0_u32, 0_u32);
    for (one, other) in one.iter().zip(other) {
        match (one.is_content(), other.is_content()) {
            (true, true) => {
                contents += 1;
                equal += u32::from(one == other);
            }
            (false, false) if one == other => {}
            _ => return 0.0,
        }
    }
    if contents == 0 { 1.0 } else { f64::from(equal) / f64::from(contents) }
}

/// The severity that a pattern names, if it names one.
fn severity(pattern: &str) -> Option<&'static str> {
    const WORDS: [(&str, &[&str]); 4] = [
        ("ERROR", &["error", "err", "fatal", "critical", "exception", "panic", "severe", "failed", "failure"]),
        ("WARN", &["warn", "warning"]),
        ("INFO", &["info", "notice"]),
        ("DEBUG", &["debug", "trace"]),
    ];
    let lower = pattern.to_lowercase();
    let words: Vec<&str> = lower.split(|character: char| !character.is_alphanumeric()).collect();
    WORDS.iter().find(|(_, names)| words.iter().any(|word| names.contains(word))).map(|(label, _)| *label)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mined(texts: &[&str]) -> Vec<(String, u64)> {
        let mut miner = Miner::new(1);
        for text in texts {
            miner.add(text, 0);
        }
        miner.patterns().into_iter().map(|pattern| (pattern.text.clone(), pattern.count())).collect()
    }

    #[test]
    fn what_varies_becomes_a_placeholder() {
        let found = mined(&[
            "2024-05-14T14:00:00.123Z INFO request 17 from 192.0.2.7 took 25ms",
            "2024-05-14T14:00:01.456Z INFO request 18 from 192.0.2.8 took 31ms",
            "2024-05-14T14:00:01Z ERROR disk full on node-a",
        ]);
        assert_eq!(
            found,
            [
                ("<Time-1> INFO request <Number-2> from <IPAddress-3> took <Token-4>".to_owned(), 2),
                ("<Time-1> ERROR disk full on node-a".to_owned(), 1),
            ]
        );
    }

    #[test]
    fn words_that_differ_become_a_token_where_most_agree() {
        let found = mined(&["user alice logged in from web", "user bob logged in from web", "user quota was raised"]);
        assert_eq!(found[0], ("user <Token-1> logged in from web".to_owned(), 2));
        assert_eq!(found.len(), 2);
    }

    #[test]
    fn order_and_parts_do_not_matter() {
        let texts = ["a x 1 c d", "a y 2 c d", "b 550e8400-e29b-41d4-a716-446655440000", "a z 3 c d", "", "{\"k\":1}"];
        let forward = mined(&texts);
        let mut reversed = texts;
        reversed.reverse();
        assert_eq!(mined(&reversed), forward);
        let (mut one, mut other) = (Miner::new(1), Miner::new(1));
        texts[..3].iter().for_each(|text| one.add(text, 0));
        texts[3..].iter().for_each(|text| other.add(text, 0));
        for (masked, counts) in one.gathered() {
            other.add_counted(masked.to_owned(), 0, counts[0]);
        }
        let merged: Vec<_> =
            other.patterns().into_iter().map(|pattern| (pattern.text.clone(), pattern.count())).collect();
        assert_eq!(merged, forward);
    }

    #[test]
    fn kinds_are_counted_apart() {
        let mut miner = Miner::new(2);
        miner.add("error 1", 0);
        miner.add("error 2", 1);
        miner.add("error 3", 1);
        let patterns = miner.patterns();
        assert_eq!(patterns.len(), 1);
        assert_eq!(patterns[0].counts, [1, 2]);
        assert_eq!(patterns[0].severity, Some("ERROR"));
    }

    #[test]
    fn severity_is_a_word_of_its_own() {
        for (text, expected) in [
            ("[WARN] slow", Some("WARN")),
            ("an error in info", Some("ERROR")),
            ("terror", None),
            ("level=info", Some("INFO")),
        ] {
            assert_eq!(severity(text), expected, "{text}");
        }
    }
}

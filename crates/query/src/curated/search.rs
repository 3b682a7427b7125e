//! Finding curated queries by words: in their names and titles first, then in their technique, their question, how they
//! are read, and their SQL, so that `GetSecretValue` finds the query that lists it.
//!
//! Every word must be found somewhere. Case, plural and the beginnings of words do not matter, and a word that is found
//! nowhere is compared by spelling with those of names and titles.

use super::{Query, queries};

/// What a word scores where it is found: as a whole word, and as the beginning of one. The greatest counts.
struct Weight {
    whole: u32,
    beginning: u32,
}

const NAME: Weight = Weight { whole: 100, beginning: 60 };
const TITLE: Weight = Weight { whole: 80, beginning: 50 };
const TECHNIQUE_ID: u32 = 90;
const TECHNIQUE_NAME: Weight = Weight { whole: 40, beginning: 25 };
const TABLE: Weight = Weight { whole: 40, beginning: 20 };
const ANSWERS: Weight = Weight { whole: 30, beginning: 18 };
const READING: Weight = Weight { whole: 10, beginning: 5 };
const SQL: Weight = Weight { whole: 15, beginning: 4 };
/// Anywhere at all, also across words: `system:masters`.
const ANYWHERE: u32 = 2;
/// A word that is spelled nearly as one of the name or the title.
const NEARLY: u32 = 1;
/// How near that must be, by Jaro and Winkler.
const LEAST_SIMILARITY: f64 = 0.9;
/// A shorter beginning is found in too many words.
const LEAST_BEGINNING: usize = 3;

/// The queries in which all words are found, the best first; of equal ones in the order of the list.
pub fn search(words: &str) -> Vec<Query> {
    let all = queries();
    let found = ranked(&all, words, score);
    found.into_iter().cloned().collect()
}

/// Names of the queries in whose names or titles all words are found, the best first.
pub fn named(all: &[Query], words: &str) -> Vec<&'static str> {
    let in_name = |query: &Query, word: &str| NAME.of(query.name, word).max(TITLE.of(&query.title, word));
    ranked(all, words, in_name).into_iter().map(|query| query.name).collect()
}

fn ranked<'a>(all: &'a [Query], words: &str, score: impl Fn(&Query, &str) -> u32) -> Vec<&'a Query> {
    // A name that is nearly right is searched by its words.
    let as_name = words.replace('-', " ").to_lowercase();
    let words: Vec<&str> = as_name.split_whitespace().collect();
    if words.is_empty() {
        return Vec::new();
    }
    let mut found: Vec<(bool, u32, &Query)> = Vec::new();
    for query in all {
        let scores: Vec<u32> = words.iter().map(|word| score(query, word)).collect();
        if scores.iter().all(|score| *score > 0) {
            found.push((query.name.split('-').eq(words.iter().copied()), scores.iter().sum(), query));
        }
    }
    found.sort_by_key(|(is_name, score, _)| std::cmp::Reverse((*is_name, *score)));
    found.into_iter().map(|(_, _, query)| query).collect()
}

fn score(query: &Query, word: &str) -> u32 {
    let technique = query.technique.as_ref().map_or(0, |technique| {
        if technique.belongs_to(word) { TECHNIQUE_ID } else { TECHNIQUE_NAME.of(&technique.name, word) }
    });
    let insights = query.insights.as_deref().unwrap_or("");
    let texts = [
        NAME.of(query.name, word),
        TITLE.of(&query.title, word),
        technique,
        TABLE.of(query.table, word),
        ANSWERS.of(&query.answers, word),
        READING.of(&query.reading, word),
        SQL.of(&query.sql, word).max(SQL.of(insights, word)),
    ];
    let best = texts.into_iter().max().unwrap_or(0);
    if best > 0 {
        return best;
    }
    let everything = [query.answers.as_str(), &query.reading, &query.source, &query.sql, insights];
    if everything.iter().any(|text| text.to_lowercase().contains(word)) {
        return ANYWHERE;
    }
    let near = |own: &str| strsim::jaro_winkler(own, word) >= LEAST_SIMILARITY;
    let is_near = tokens(query.name).chain(tokens(&query.title)).any(|own| near(&own));
    if is_near { NEARLY } else { 0 }
}

impl Weight {
    fn of(&self, text: &str, word: &str) -> u32 {
        let of_token = |token: String| {
            if singular(&token) == singular(word) {
                self.whole
            } else if word.len() >= LEAST_BEGINNING && token.starts_with(singular(word)) {
                self.beginning
            } else {
                0
            }
        };
        tokens(text).map(of_token).max().unwrap_or(0)
    }
}

/// The words of a text in lower case; `k8s_audit` is one word and also two.
fn tokens(text: &str) -> impl Iterator<Item = String> + '_ {
    let is_within = |character: char| character.is_alphanumeric() || character == '_';
    let whole = text.split(move |character: char| !is_within(character));
    whole.flat_map(|word| {
        let parts = word.split('_').filter(move |part| *part != word);
        std::iter::once(word).chain(parts).filter(|word| !word.is_empty()).map(str::to_lowercase)
    })
}

/// `secrets` is sought as `secret`. Both sides are cut, so that it does not matter what a plural is.
fn singular(word: &str) -> &str {
    word.strip_suffix('s').filter(|rest| rest.len() >= LEAST_BEGINNING).unwrap_or(word)
}

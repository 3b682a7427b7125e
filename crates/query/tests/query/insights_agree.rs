//! Logs Insights by two implementations: the compiler to SQL, run by the session, and the evaluator of the testkit, which
//! was written without it. Random queries over random dirty events must give the same rows.
//!
//! `EKSAMINE_AGREE=20000` draws as many queries as it says, `EKSAMINE_AGREE_FROM=5000` begins at that one, over other events,
//! `EKSAMINE_AGREE_TOLD=100` tells as many differences before it gives up.

mod hostile;
mod templates;
mod values;
mod witnesses;

use eksamine_testkit::insights::model::Query;
use eksamine_testkit::insights::{Asked, Missing, Style, draw};

use self::witnesses::{Outcome, Witnesses};

/// Queries of the normal suite.
const QUERIES: u64 = 250;
const EVENTS: usize = 120;
/// Differences that are told before giving up.
const MOST_TOLD: u64 = 8;

fn number_from(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).map_or(otherwise, |text| text.parse().unwrap())
}

#[tokio::test]
async fn random_queries_over_dirty_events_have_the_same_rows() {
    let (first, count) = (number_from("EKSAMINE_AGREE_FROM", 0), number_from("EKSAMINE_AGREE", QUERIES));
    let witnesses = Witnesses::over(&draw::events(first, EVENTS)).await;
    let (mut agreed, mut with_rows) = (0, 0);
    let mut told = Vec::new();
    for seed in first..first + count {
        let query = draw::query(seed);
        let missing = if seed % 5 == 0 { Missing::Skip } else { Missing::Match };
        match witnesses.ask(&query, seed, missing).await {
            Outcome::Agreed { rows } => {
                agreed += 1;
                with_rows += u64::from(rows > 0);
            }
            Outcome::Differs(_) => {
                let (smallest, difference) = smallest(&witnesses, query, seed, missing).await;
                told.push(format!("== query {seed}, {missing:?}\n{smallest}\n{difference}"));
            }
        }
        if told.len() as u64 == number_from("EKSAMINE_AGREE_TOLD", MOST_TOLD) {
            break;
        }
    }
    assert!(told.is_empty(), "{}\n{} of {count} differ, {agreed} agree", told.join("\n\n"), told.len());
    assert!(with_rows * 2 > count, "{with_rows} of {count} have rows");
}

#[tokio::test]
async fn a_query_means_the_same_however_it_is_written() {
    let witnesses = Witnesses::over(&draw::events(2, 60)).await;
    for seed in 0..12 {
        let query = draw::query(seed + 1_000_000);
        let plain = witnesses.translated(&query.to_string(), Missing::Match, Asked::default()).await.unwrap();
        for style in 0..4 {
            let text = Style::of_seed(style).write(&query);
            let written = witnesses.translated(&text, Missing::Match, Asked::default()).await;
            // A column without a name of its own has that of its text.
            assert_eq!(written.unwrap().rows, plain.rows, "{query}\n{text}");
        }
    }
}

/// The query without the commands that the difference does not need, and the difference.
async fn smallest(witnesses: &Witnesses, mut query: Query, seed: u64, missing: Missing) -> (String, String) {
    let differs = async |query: &Query| match witnesses.ask(query, seed, missing).await {
        Outcome::Differs(difference) => Some(difference),
        Outcome::Agreed { .. } => None,
    };
    let Some(mut known) = differs(&query).await else {
        return (query.to_string(), "the difference does not come again".to_owned());
    };
    // Another kind of difference is another one.
    let kind = |difference: &str| difference.chars().take_while(char::is_ascii_lowercase).collect::<String>();
    let mut position = 0;
    while position < query.0.len() {
        let mut candidate = query.clone();
        candidate.0.remove(position);
        match differs(&candidate).await {
            Some(difference) if kind(&difference) == kind(&known) => {
                (query, known, position) = (candidate, difference, 0);
            }
            _ => position += 1,
        }
    }
    (query.to_string(), known)
}

//! `pattern` and `diff` rest on a procedure of our own, so no second witness can say which templates there are. It can say
//! what has to hold of any: every text has one, all texts are counted, once, and shares and differences are theirs.

use eksamine_testkit::insights::draw;
use eksamine_testkit::insights::model::{Command, Expression, Query};
use eksamine_testkit::insights::{Asked, Missing, evaluate_at};

use super::witnesses::{Table, Witnesses};

/// 2026-03-01T00:00:00Z, when the events begin.
const BEGIN: i64 = 1_772_323_200_000_000;
const HOUR: i64 = 3_600_000_000;

impl Witnesses {
    /// The texts of a field, of the events of a time.
    fn texts(&self, field: &str, asked: Asked) -> Vec<String> {
        let query = Query(vec![Command::Fields(vec![Expression::field(field).unnamed()])]);
        let rows = evaluate_at(&query, self.events(), Missing::Match, asked).rows;
        rows.into_iter().flatten().flatten().collect()
    }
}

fn cell<'t>(table: &'t Table, row: &'t [Option<String>], column: &str) -> Option<&'t str> {
    row[table.columns().iter().position(|name| name == column).unwrap()].as_deref()
}

fn counts(table: &Table, column: &str) -> Vec<usize> {
    table.rows.iter().map(|row| cell(table, row, column).unwrap().parse().unwrap()).collect()
}

/// A template's texts between its placeholders, which are like `<Number-1>`.
fn parts(template: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut rest = template;
    while let Some(letter) = rest.chars().next() {
        let placeholder = rest.strip_prefix('<').and_then(|inner| {
            let (name, after) = inner.split_once('>')?;
            let (word, number) = name.split_once('-')?;
            let is_one = word.chars().all(char::is_alphabetic) && number.chars().all(|digit| digit.is_ascii_digit());
            (is_one && !word.is_empty() && !number.is_empty()).then_some(after)
        });
        rest = if let Some(after) = placeholder {
            parts.push(String::new());
            after
        } else {
            parts.last_mut().unwrap().push(letter);
            &rest[letter.len_utf8()..]
        };
    }
    parts
}

/// Whether a text has a template's parts one after the other, the first at its begin.
fn fits(text: &str, parts: &[String]) -> bool {
    let Some(mut rest) = text.strip_prefix(parts[0].as_str()) else { return false };
    parts[1..].iter().all(|part| match rest.split_once(part.as_str()) {
        Some((_, after)) => {
            rest = after;
            true
        }
        None => false,
    })
}

#[tokio::test]
async fn every_text_has_a_pattern_and_is_counted_once() {
    let witnesses = Witnesses::over(&draw::events(11, 150)).await;
    for field in ["requestURI", "userAgent", "line", "objectRef.name", "@logStream"] {
        let table = witnesses.translated(&format!("pattern {field}"), Missing::Match, Asked::default()).await.unwrap();
        let texts = witnesses.texts(field, Asked::default());
        let counts = counts(&table, "@sampleCount");
        let all: usize = counts.iter().sum();
        assert_eq!(all, texts.len(), "{field}");
        assert!(counts.is_sorted_by(|one, other| one >= other), "{field}: {counts:?}");
        for (row, count) in table.rows.iter().zip(&counts) {
            let ratio: f64 = cell(&table, row, "@ratio").unwrap().parse().unwrap();
            assert!((ratio - *count as f64 / all as f64).abs() < 1e-12, "{field}: {ratio} of {count}");
        }
        let templates: Vec<&str> = table.rows.iter().map(|row| cell(&table, row, "@pattern").unwrap()).collect();
        assert!(templates.iter().enumerate().all(|(at, template)| !templates[..at].contains(template)), "{field}");
        let all_parts: Vec<Vec<String>> = templates.iter().map(|template| parts(template)).collect();
        for text in &texts {
            assert!(all_parts.iter().any(|parts| fits(text, parts)), "{field}: {text:?} is of none of {templates:?}");
        }
        for (parts, count) in all_parts.iter().zip(&counts) {
            let known = texts.iter().filter(|text| fits(text, parts)).count();
            assert!(known >= *count, "{field}: {count} of {known} for {parts:?}");
        }
    }
}

#[tokio::test]
async fn two_times_are_counted_apart_and_their_difference_is_theirs() {
    let witnesses = Witnesses::over(&draw::events(12, 150)).await;
    let asked = |since: i64, until: i64| Asked {
        now_micros: BEGIN + 90 * HOUR,
        since_micros: Some(BEGIN + since * HOUR),
        until_micros: Some(BEGIN + until * HOUR),
    };
    // The time is that before, or a day before.
    for (query, earlier) in [("pattern userAgent | diff", (6, 18)), ("pattern userAgent | diff previousDay", (-6, 6))] {
        let now = asked(18, 30);
        let table = witnesses.translated(query, Missing::Match, now).await.unwrap();
        let (current, previous) = (counts(&table, "@sampleCount"), counts(&table, "@previousCount"));
        // Rows without a time are in neither.
        let timed = |asked: Asked| {
            let none = Asked { since_micros: Some(i64::MAX), until_micros: None, ..asked };
            witnesses.texts("userAgent", asked).len() - witnesses.texts("userAgent", none).len()
        };
        assert_eq!(current.iter().sum::<usize>(), timed(now), "{query}");
        assert_eq!(previous.iter().sum::<usize>(), timed(asked(earlier.0, earlier.1)), "{query}");
        for (place, row) in table.rows.iter().enumerate() {
            let difference: i64 = cell(&table, row, "@difference").unwrap().parse().unwrap();
            assert_eq!(difference, current[place] as i64 - previous[place] as i64, "{query}");
            let percent = cell(&table, row, "@differencePercent").map(|text| text.parse::<f64>().unwrap());
            let expected = (previous[place] > 0).then(|| difference as f64 * 100.0 / previous[place] as f64);
            assert_eq!(percent.is_some(), expected.is_some(), "{query}");
            assert!((percent.unwrap_or_default() - expected.unwrap_or_default()).abs() < 1e-9, "{query}");
        }
    }
}

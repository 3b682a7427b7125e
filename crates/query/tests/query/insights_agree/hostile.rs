//! Hostile names of fields and hostile texts: they pass through the compiler and the session as what they are, and find
//! exactly the events that hold them.

use eksamine_testkit::insights::draw::Drawn;
use eksamine_testkit::insights::model::{Command, Comparison, Expression, Path, Pattern, Query, Sense};
use eksamine_testkit::insights::{Asked, Missing, Style};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use serde_json::json;

use super::witnesses::Witnesses;

const ODD: &[&str] = &[
    "a'b",
    "a''b",
    "a\"b",
    "a\"\"b",
    "'",
    "\"",
    "''",
    "\\",
    "a\\",
    "\\'",
    "\\\"",
    "\\\\",
    "\\n",
    "`",
    "``",
    "a`b",
    "$1",
    "$$",
    "$$body$$",
    "; --",
    "x';--",
    "'; DROP TABLE k8s_audit; --",
    "' OR '1'='1",
    "/*",
    "*/",
    "#",
    "# no comment",
    "|",
    "a | limit 1",
    "\0",
    "nul\0inside",
    "\n",
    "two\nlines",
    "\r\n",
    "\t",
    "\u{1b}[31m",
    " ",
    " a",
    "a ",
    "%",
    "_",
    "%%",
    "[",
    "]",
    "{",
    "}",
    "(",
    ")",
    "a.b",
    ".",
    "a..b",
    "@",
    "@a",
    "@timestamp",
    "0",
    "-1",
    "1e3",
    "NULL",
    "null",
    "true",
    "as",
    "by",
    "ü",
    "u\u{308}",
    "日本語",
    "\u{202e}",
    "\u{feff}",
    "😀",
    "E'\\x41'",
    "U&'\\0041'",
    ":x",
    "?",
    "\\u0041",
];

/// Odd texts, and texts drawn from the letters that quoting is about.
fn texts() -> Vec<String> {
    let mut runner = TestRunner::deterministic();
    let hostile = proptest::string::string_regex("[\"'`\\\\$;\\-\\[\\]{}()|#/*%_.\n\0a1é ]{1,8}").unwrap();
    let any = proptest::string::string_regex("(?s:.){1,12}").unwrap();
    let mut drawn: Vec<String> = ODD.iter().map(|text| (*text).to_owned()).collect();
    drawn.extend((0..40).map(|_| hostile.new_tree(&mut runner).unwrap().current()));
    drawn.extend((0..12).map(|_| any.new_tree(&mut runner).unwrap().current()));
    drawn.sort();
    drawn.dedup();
    drawn
}

/// An event for each text, which is a field's name and value, and the user's name.
async fn witnesses(texts: &[String]) -> Witnesses {
    let event = |(number, text): (usize, &String)| Drawn {
        message: json!({
            "kind": "Event", "apiVersion": "audit.k8s.io/v1", "auditID": format!("event-{number}"), "stage": "Panic",
            "requestURI": "/", "verb": "get", "requestReceivedTimestamp": "2026-03-01T00:00:00Z",
            "user": {"username": text}, "value": text, "named": {text: number.to_string()}
        })
        .to_string(),
        log_millis: 1_772_323_200_000 + number as i64,
        stream: number % 4,
    };
    Witnesses::over(&texts.iter().enumerate().map(event).collect::<Vec<_>>()).await
}

/// Ids of the events that a condition keeps, sorted.
async fn kept(witnesses: &Witnesses, condition: Expression, style: u64) -> Vec<String> {
    let query = Query(vec![Command::Filter(condition), Command::Fields(vec![Expression::field("auditID").unnamed()])]);
    let text = Style::of_seed(style).write(&query);
    let table = witnesses
        .translated(&text, Missing::Match, Asked::default())
        .await
        .unwrap_or_else(|error| panic!("{text}: {error}"));
    let mut ids: Vec<String> = table.rows.into_iter().flatten().flatten().collect();
    ids.sort();
    ids
}

#[tokio::test]
async fn texts_find_the_rows_that_hold_them() {
    let texts = texts();
    let witnesses = witnesses(&texts).await;
    for (number, text) in texts.iter().enumerate() {
        let id = format!("event-{number}");
        for field in ["value", "user.username"] {
            let list = vec![Expression::text("nothing"), Expression::text(text)];
            let value = Box::new(Expression::field(field));
            let found = kept(&witnesses, Expression::In { value, list, sense: Sense::Plain }, number as u64).await;
            assert_eq!(found, [id.as_str()], "{field} {text:?}");
        }
        // A part of a text, wherever it stands.
        let mut holders: Vec<String> = (0..texts.len())
            .filter(|other| texts[*other].contains(text.as_str()))
            .map(|other| format!("event-{other}"))
            .collect();
        holders.sort();
        let value = Box::new(Expression::field("value"));
        let like = Expression::Like { value, pattern: Pattern::Substring(text.clone()), sense: Sense::Plain };
        assert_eq!(kept(&witnesses, like, number as u64).await, holders, "{text:?}");
    }
}

#[tokio::test]
async fn names_of_fields_find_the_rows_that_have_them() {
    let texts = texts();
    let witnesses = witnesses(&texts).await;
    for (number, name) in texts.iter().enumerate() {
        let path = Path(vec!["named".to_owned(), name.clone()]);
        let number_text = number.to_string();
        let condition = Expression::Compare(
            Box::new(Expression::Field(path)),
            Comparison::Equal,
            Box::new(Expression::Text(number_text)),
        );
        assert_eq!(kept(&witnesses, condition, number as u64).await, [format!("event-{number}")], "{name:?}");
    }
}

#[tokio::test]
async fn texts_come_back_as_they_went_in() {
    let texts = texts();
    let witnesses = witnesses(&texts[..1]).await;
    for (number, text) in texts.iter().enumerate() {
        // An alias of any letters, and a text that is only carried.
        let carried = Expression::Call(
            eksamine_testkit::insights::model::Function::Concat,
            vec![Expression::text(text), Expression::text("")],
        );
        let query = Query(vec![Command::Fields(vec![carried.named("carried")])]);
        let text_of_query = Style::of_seed(number as u64).write(&query);
        let table = witnesses.translated(&text_of_query, Missing::Match, Asked::default()).await;
        let table = table.unwrap_or_else(|error| panic!("{text_of_query}: {error}"));
        assert_eq!(table.rows, [[Some(text.clone())]], "{text_of_query}");
    }
}

//! Wrong questions: what is wrong, where, and what was probably meant. The snapshot is read as a user reads it.

use std::fmt::Write;

use datafusion::scalar::ScalarValue;
use eksamine_query::{Error, Place, Session};

use crate::lakes;
use crate::reading::attempt;

async fn error(session: &Session, sql: &str) -> Error {
    attempt(session, sql, Vec::new()).await.err().unwrap_or_else(|| panic!("`{sql}` was answered"))
}

/// As the command line prints it.
fn printed(error: &Error) -> String {
    let mut text = format!("error: {error}\n");
    if let Some(excerpt) = error.excerpt() {
        let _ = writeln!(text, "{excerpt}");
    }
    if let Some(hint) = error.hint() {
        let _ = writeln!(text, "hint: {hint}");
    }
    text
}

/// The text that the excerpt underlines.
fn underlined(error: &Error, sql: &str) -> String {
    let Error::Query { place: Some(place), .. } = error else { panic!("no place: {error:?}") };
    let line = sql.lines().nth(place.line - 1).unwrap();
    line.chars().skip(place.column - 1).take(place.length).collect()
}

const WRONG: [&str; 34] = [
    // columns
    "SELECT event_tme FROM cloudtrail",
    "SELECT eventTime FROM cloudtrail",
    "SELECT user_arn, verb FROM cloudtrail",
    "SELECT * FROM k8s_audit WHERE usr_name = 'x'",
    "SELECT zzz FROM k8s_audit",
    "SELECT zzz",
    "SELECT k8s_audit.verb FROM cloudtrail",
    "SELECT c.event_nam FROM cloudtrail AS c",
    "SELECT event_time FROM cloudtrail, k8s_audit",
    "SELECT count(*) FROM cloudtrail GROUP BY event_nme",
    "SELECT event_name, count(*) FROM cloudtrail",
    "SELECT * FROM cloudtrail WHERE event_name = \"StopLogging\"",
    // tables
    "SELECT * FROM cloudtrial",
    "SELECT * FROM k8saudit",
    "SELECT * FROM events",
    "SELECT * FROM cloudtrail JOIN rejcts ON true",
    "SELECT * FROM public.cloudtrial",
    // functions
    "SELECT cuont(*) FROM cloudtrail",
    "SELECT lowr(event_name) FROM cloudtrail",
    "SELECT json_as_txt(raw, 'a') FROM cloudtrail",
    "SELECT aws_actor(user_arn) FROM cloudtrail",
    "SELECT date_bin('1 hour') FROM cloudtrail",
    // syntax
    "SELEC * FROM cloudtrail",
    "SELECT * FORM cloudtrail",
    "SELECT event_name event_time source FROM cloudtrail",
    "SELECT * FROM cloudtrail WHERE (event_name = 'x'",
    "SELECT * FROM cloudtrail WHERE event_name = 'x",
    "",
    "SELECT 1; SELECT 2",
    // values
    "SELECT * FROM cloudtrail WHERE event_time > 'yesterday'",
    "SELECT 1 + event_time FROM cloudtrail",
    "SELECT event_name::int FROM cloudtrail WHERE event_name = 'StopLogging'",
    "SELECT * FROM cloudtrail WHERE event_name = $name",
    // changes
    "DROP TABLE cloudtrail",
];

#[tokio::test]
async fn wrong_questions_are_answered_with_what_is_wrong() {
    let session = lakes::story().session();
    let mut text = String::new();
    for sql in WRONG {
        let _ = writeln!(text, "> {sql}\n{}", printed(&error(&session, sql).await));
    }
    insta::assert_snapshot!(text);
}

#[tokio::test]
async fn the_place_is_found_in_many_lines() {
    let session = lakes::story().session();
    let cases = [
        ("SELECT\n    event_time,\n    event_nme\nFROM cloudtrail", "event_nme", (3, 5)),
        ("SELECT event_time\r\nFROM cloudtrail\r\nWHERE verb = 'get'", "verb", (3, 7)),
        ("-- a comment\n\nSELECT * FROM cloudtrail\nWHERE event_name = 'x'\nORDER BY event_tme", "event_tme", (5, 10)),
        ("SELECT 'ünïcödé 日本語 🦀', event_nme FROM cloudtrail", "event_nme", (1, 25)),
        ("SELECT\t\tevent_nme FROM cloudtrail", "event_nme", (1, 9)),
        ("/* ü */ SELECT event_time FROM cloudtrail WHERE ürl = 1", "ürl", (1, 49)),
    ];
    for (sql, word, (line, column)) in cases {
        let error = error(&session, sql).await;
        assert_eq!(underlined(&error, sql), word, "{}", printed(&error));
        let Error::Query { place, .. } = &error else { panic!("{error:?}") };
        assert_eq!(*place, Some(Place { line, column, length: word.chars().count() }), "{sql}");
    }
}

#[tokio::test]
async fn a_syntax_error_has_a_place() {
    let session = lakes::story().session();
    for (sql, place) in [
        ("SELECT *\nFORM cloudtrail", (2, 1)),
        ("SELECT 'ü',\n  FROM FROM cloudtrail", (2, 8)),
        ("SELECT (1 + 2\n", (1, 14)),
    ] {
        let error = error(&session, sql).await;
        let Error::Query { place: Some(found), .. } = &error else { panic!("{error:?}") };
        assert!((found.line, found.column) >= place, "{}", printed(&error));
        assert!(error.excerpt().is_some_and(|excerpt| excerpt.contains('^')), "{}", printed(&error));
    }
}

#[tokio::test]
async fn hostile_names_do_not_break_the_excerpt() {
    let session = lakes::story().session();
    let mut text = String::new();
    for name in [
        "a\u{1b}[31mred\u{1b}[0m",
        "tab\there",
        "back`tick`",
        "quo\"\"te",
        "rtl\u{202e}txet",
        "nul\u{0}l",
        &"x".repeat(300),
        "two\nlines",
        "",
    ] {
        for sql in [format!("SELECT \"{name}\" FROM cloudtrail"), format!("SELECT 1 FROM \"{name}\"")] {
            let error = error(&session, &sql).await;
            let excerpt = error.excerpt().unwrap_or_default();
            let controls = |text: &str| text.chars().filter(|c| c.is_control() && *c != '\n').count();
            assert_eq!(controls(&excerpt), 0, "{excerpt:?}");
            assert!(excerpt.is_empty() || excerpt.lines().count() == 3, "{excerpt}");
            let _ = writeln!(text, "{}", printed(&error).escape_debug().to_string().replace("\\n", "\n"));
        }
    }
    insta::assert_snapshot!(text);
}

#[tokio::test]
async fn a_parameter_is_a_value_wherever_it_stands() {
    let session = lakes::story().session();
    let sql = "SELECT count(*) AS count FROM cloudtrail WHERE event_name = $name";
    let given = |value: &str| vec![("name".to_owned(), ScalarValue::from(value))];
    let count = async |value: &str| attempt(&session, sql, given(value)).await.unwrap().rows[0][0].clone().unwrap();
    assert_eq!(count("StopLogging").await, "1");
    assert_eq!(count("x' OR '1'='1").await, "0");
    let as_table = attempt(&session, "SELECT * FROM $name", given("cloudtrail")).await;
    assert!(as_table.is_err());
    let as_column = attempt(&session, "SELECT $name AS name", given("event_time")).await.unwrap();
    assert_eq!(as_column.rows, [[Some("event_time".to_owned())]]);
}

//! Dirty values in pairs: how they compare and sort, by the functions that the compiler's SQL calls and by the evaluator.

use eksamine_testkit::insights::draw::DIRT;
use eksamine_testkit::insights::model::{Command, Comparison, Direction, Expression, Query};
use eksamine_testkit::insights::{Event, Missing, evaluate};

use crate::lakes;
use crate::reading::ask;

fn event(message: String, record: usize) -> Event {
    Event { message, record: record as u64, ..Event::default() }
}

/// A lake with one event for each dirty value, and what each is as text.
async fn lake() -> lakes::TestSession {
    let lines: Vec<String> = DIRT
        .iter()
        .enumerate()
        .map(|(number, value)| {
            format!("{{\"apiVersion\":\"audit.k8s.io/v1\",\"auditID\":\"{number}\",\"stage\":\"Panic\",\"value\":{value}}}\n")
        })
        .collect();
    lakes::of_files(&[("k8s/lines.json", lines.concat())], &[("lab", "k8s/")]).session().await
}

#[tokio::test]
async fn every_pair_of_dirty_values_compares_as_the_evaluator_says() {
    let session = lake().await;
    let sql = "WITH v AS (SELECT CAST(audit_id AS BIGINT) AS id, insights_scalar(raw, 'value') AS value FROM k8s_audit)
        SELECT insights_compare(one.value, other.value) FROM v AS one CROSS JOIN v AS other ORDER BY one.id, other.id";
    let found: Vec<Option<String>> = ask(&session, sql).await.rows.concat();
    let pairs = DIRT.iter().flat_map(|one| DIRT.iter().map(move |other| (one, other)));
    let events: Vec<Event> = pairs
        .enumerate()
        .map(|(number, (one, other))| event(format!("{{\"one\":{one},\"other\":{other}}}"), number))
        .collect();
    let compared = |comparison: Comparison| {
        Expression::Compare(Box::new(Expression::field("one")), comparison, Box::new(Expression::field("other")))
    };
    let fields = vec![
        compared(Comparison::Less).named("less"),
        compared(Comparison::AtMost).named("at_most"),
        compared(Comparison::AtLeast).named("at_least"),
    ];
    let expected = evaluate(&Query(vec![Command::Fields(fields)]), &events, Missing::Match).rows;
    assert_eq!(found.len(), expected.len());
    for (event, (found, expected)) in events.iter().zip(found.iter().zip(expected)) {
        let holds: Vec<bool> = expected.iter().map(|cell| cell.as_deref() == Some("1")).collect();
        let order = match holds[..] {
            [true, true, false] => Some("-1"),
            [false, true, true] => Some("0"),
            [false, false, true] => Some("1"),
            _ => None,
        };
        assert_eq!(found.as_deref(), order, "{}", event.message);
    }
}

#[tokio::test]
async fn dirty_values_sort_as_the_evaluator_says() {
    let session = lake().await;
    let sql = "SELECT insights_field(raw, 'value') FROM k8s_audit
        ORDER BY insights_sort_key(insights_scalar(raw, 'value')) NULLS LAST, CAST(audit_id AS BIGINT)";
    let found = ask(&session, sql).await.rows;
    let events: Vec<Event> =
        DIRT.iter().enumerate().map(|(number, value)| event(format!("{{\"v\":{value}}}"), number)).collect();
    let commands = vec![
        Command::Fields(vec![Expression::field("v").unnamed()]),
        Command::Sort(vec![(Expression::field("v"), Direction::Ascending)]),
    ];
    assert_eq!(found, evaluate(&Query(commands), &events, Missing::Match).rows);
}

//! Dirty values in pairs: how they compare and sort, by the functions that the compiler's SQL calls and by the evaluator;
//! and one by one, what functions of texts and addresses make of them.

use eksamine_testkit::insights::draw::{DIRT, Drawn};
use eksamine_testkit::insights::model::{Command, Comparison, Direction, Expression, Function, Query};
use eksamine_testkit::insights::{Event, Missing, evaluate};

use super::witnesses::{Outcome, Witnesses};
use crate::lakes;
use crate::reading::ask;

fn event(message: String, record: usize) -> Event {
    Event { message, record: record as u64, ..Event::default() }
}

/// A lake with one event for each dirty value, and what each is as text.
fn lake() -> lakes::TestSession {
    let lines: Vec<String> = DIRT
        .iter()
        .enumerate()
        .map(|(number, value)| {
            format!("{{\"apiVersion\":\"audit.k8s.io/v1\",\"auditID\":\"{number}\",\"stage\":\"Panic\",\"value\":{value}}}\n")
        })
        .collect();
    lakes::of_files(&[("k8s/lines.json", lines.concat())], &[("lab", "k8s/")]).session()
}

#[tokio::test]
async fn every_pair_of_dirty_values_compares_as_the_evaluator_says() {
    let session = lake();
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
    let session = lake();
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

/// Addresses of every kind, at the edges of their networks, and what only looks like one.
const ADDRESSES: &[&str] = &[
    "0.0.0.0",
    "1.0.0.0",
    "9.255.255.255",
    "10.0.0.0",
    "11.0.0.0",
    "100.63.255.255",
    "100.64.0.1",
    "100.128.0.0",
    "126.255.255.255",
    "127.0.0.1",
    "169.254.169.254",
    "172.15.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "172.32.0.0",
    "192.0.0.1",
    "192.0.1.1",
    "192.0.2.1",
    "192.167.0.1",
    "192.168.0.1",
    "198.17.0.1",
    "198.18.0.1",
    "198.19.255.255",
    "198.20.0.0",
    "198.51.100.1",
    "203.0.113.1",
    "203.0.114.1",
    "223.255.255.255",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::ffff:10.0.0.1",
    "64:ff9b::1",
    "64:ff9b:1::1",
    "100::1",
    "1fff::1",
    "2000::1",
    "2001::1",
    "2001:2::1",
    "2001:2:1::1",
    "2001:db8::1",
    "2001:db9::1",
    "2600::1",
    "3ffe::1",
    "3fff::1",
    "3fff:1000::1",
    "4000::1",
    "5f00::1",
    "fc00::1",
    "fdff::1",
    "fe80::1",
    "fec0::1",
    "ff02::1",
    "10.0.0.1/8",
    "[::1]",
    "fe80::1%eth0",
    "10.0.0",
    "010.0.0.1",
];

#[tokio::test]
async fn every_dirty_text_and_address_has_the_hashes_and_kinds_the_evaluator_says() {
    let addresses = ADDRESSES.iter().map(|address| format!("\"{address}\""));
    let values: Vec<String> = DIRT.iter().map(|value| (*value).to_owned()).chain(addresses).collect();
    let event = |(number, value): (usize, &String)| Drawn {
        message: format!(
            "{{\"apiVersion\":\"audit.k8s.io/v1\",\"auditID\":\"{number}\",\"stage\":\"Panic\",\"value\":{value}}}"
        ),
        log_millis: 1_772_323_200_000 + number as i64,
        stream: 0,
    };
    let witnesses = Witnesses::over(&values.iter().enumerate().map(event).collect::<Vec<_>>()).await;
    let functions = [
        Function::Md5,
        Function::Sha256,
        Function::IsPrivateIp,
        Function::IsPublicIp,
        Function::IsReservedIp,
        Function::IsValidIp,
        Function::HexToDecimal,
        Function::Base64Decode,
        Function::UrlDecode,
    ];
    let call = |(place, function): (usize, &Function)| {
        Expression::Call(*function, vec![Expression::field("value")]).named(&format!("x{place}"))
    };
    let mut fields = vec![Expression::field("value").unnamed()];
    fields.extend(functions.iter().enumerate().map(call));
    // A seed whose query asks for all times.
    match witnesses.ask(&Query(vec![Command::Fields(fields)]), 3, Missing::Match).await {
        Outcome::Agreed { rows } => assert_eq!(rows, values.len()),
        Outcome::Differs(difference) => panic!("{difference}"),
    }
}

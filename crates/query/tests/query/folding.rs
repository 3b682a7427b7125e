//! What is folded before the rows are sorted is what would be folded after, and marks are what plain statements over the
//! events say: the timeline that keeps all events takes the other way to both.

use std::collections::{BTreeMap, BTreeSet};

use eksamine_query::Session;
use eksamine_query::timeline::{COLUMNS, Cut, Folding, timeline};

use crate::lakes;
use crate::reading::{Rows, ask};

const HOUR_MICROS: i64 = 3_600_000_000;

async fn cut(session: &Session, cut: Cut) -> Rows {
    Rows::of(timeline(session, &cut).await.unwrap()).await
}

/// Cuts that begin and end within days, with and without a cluster.
async fn cuts(session: &Session) -> Vec<Cut> {
    let span =
        ask(session, "SELECT min(least_time), max(greatest_time) FROM parts WHERE table_name = 'cloudtrail'").await;
    let end = |at: usize| eksamine_sources::time::from_text(span.rows[0][at].as_deref().unwrap()).unwrap();
    let (begin, end) = (end(0), end(1));
    let cluster = eksamine_query::timeline::clusters(session).await.unwrap().into_iter().next();
    let mut cuts = Vec::new();
    for (from, until) in [(None, None), (Some(25), None), (Some(31), Some(9)), (None, Some(20))] {
        for cluster in [None, cluster.clone()] {
            for first_seen_days in [None, Some(1), Some(7)] {
                let since = from.map(|hours| begin + hours * HOUR_MICROS);
                let until = until.map(|hours| end - hours * HOUR_MICROS);
                cuts.push(Cut { cluster: cluster.clone(), since, until, first_seen_days, ..Cut::default() });
            }
        }
    }
    cuts
}

#[tokio::test]
async fn what_is_folded_on_the_way_is_what_is_folded_in_order() {
    let mut folded_rows = 0;
    for lake in [lakes::generated(), lakes::story()] {
        let session = lake.session();
        for one in cuts(&session).await {
            let early = cut(&session, Cut { folding: Folding::Folded, ..one.clone() }).await;
            let mut late = cut(&session, Cut { folding: Folding::WithMembers, ..one.clone() }).await;
            let members: Vec<bool> = late.column("member").into_iter().map(|member| member == Some("true")).collect();
            let mut members = members.iter();
            late.rows.retain(|_| !members.next().unwrap());
            assert_eq!(early.columns, COLUMNS);
            assert_eq!(early.lines(), late.only(&COLUMNS).lines(), "{one:?}");
            folded_rows += early.column("count").into_iter().filter(|count| *count != Some("1")).count();
        }
    }
    assert!(folded_rows > 100, "{folded_rows}");
}

/// When each value was first seen in a time, by a statement over all events in it.
async fn firsts(session: &Session, cut: &Cut) -> BTreeMap<(&'static str, String), String> {
    let time = |micros: i64| format!("arrow_cast({micros}, 'Timestamp(Microsecond, Some(\"UTC\"))')");
    let mut times = String::from("event_time IS NOT NULL");
    if let (Some(since), Some(days)) = (cut.since, cut.first_seen_days) {
        times += &format!(" AND event_time >= {}", time(since - i64::from(days) * 24 * HOUR_MICROS));
    }
    if let Some(until) = cut.until {
        times += &format!(" AND event_time < {}", time(until));
    }
    let of_cluster =
        cut.cluster.as_ref().map_or("true".to_owned(), |cluster| format!("k8s_audit.cluster = '{cluster}'"));
    let mut firsts = BTreeMap::new();
    for (what, aws, kubernetes) in [
        ("address", "source_ip_address", "source_ip"),
        ("user_agent", "user_agent", "user_agent"),
        (
            "action",
            "replace(event_source, '.amazonaws.com', '') || ':' || event_name",
            "verb || ' ' || coalesce(object_resource || coalesce('/' || object_subresource, ''), request_uri)",
        ),
    ] {
        let sql = format!(
            "SELECT value, min(event_time) FROM (
                SELECT {aws} AS value, event_time FROM cloudtrail WHERE {times}
                UNION ALL SELECT {kubernetes}, event_time FROM k8s_audit WHERE {times} AND {of_cluster}
            ) WHERE value <> '' GROUP BY value"
        );
        for row in ask(session, &sql).await.rows {
            firsts.insert((what, row[0].clone().unwrap()), row[1].clone().unwrap());
        }
    }
    for row in ask(session, "SELECT actor, min(first_seen) FROM identities GROUP BY actor").await.rows {
        if let [Some(actor), Some(first)] = &row[..] {
            firsts.insert(("actor", actor.clone()), first.clone());
        }
    }
    firsts
}

#[tokio::test]
async fn marks_are_what_all_events_of_the_days_before_say() {
    let (mut marked, mut unmarked) = (0, 0);
    for lake in [lakes::generated(), lakes::story()] {
        let session = lake.session();
        let sql = "SELECT min(least_time) FROM parts WHERE table_name IN ('cloudtrail', 'k8s_audit')";
        let begin = ask(&session, sql).await.rows[0][0].clone().unwrap();
        let begin = eksamine_sources::time::from_text(&begin).unwrap();
        for one in cuts(&session).await.into_iter().filter(|cut| cut.first_seen_days.is_some()) {
            let firsts = firsts(&session, &one).await;
            let rows = cut(&session, one.clone()).await;
            let marks_from = (begin + 24 * HOUR_MICROS).max(one.since.unwrap_or(i64::MIN));
            let columns = ["actor", "address", "user_agent", "action"].map(|what| (what, rows.column(what)));
            for (row, (time, marks)) in rows.column("time").into_iter().zip(rows.column("first_seen")).enumerate() {
                let is_late = time.and_then(eksamine_sources::time::from_text).is_some_and(|time| time >= marks_from);
                let is_first = |(what, values): &&(&'static str, Vec<Option<&str>>)| {
                    let value = values[row].filter(|_| is_late).map(|value| (*what, value.to_owned()));
                    value.is_some_and(|value| firsts.get(&value).map(String::as_str) == time)
                };
                let expected: Vec<String> =
                    columns.iter().filter(is_first).map(|(what, _)| format!("\"{what}\"")).collect();
                let expected = (!expected.is_empty()).then(|| format!("[{}]", expected.join(",")));
                assert_eq!(marks, expected.as_deref(), "{one:?} {:?}", rows.rows[row]);
                *if expected.is_some() { &mut marked } else { &mut unmarked } += 1;
            }
        }
    }
    assert!(marked > 20 && unmarked > 100, "{marked} {unmarked}");
}

#[tokio::test]
async fn no_call_that_concerns_a_cluster_is_missing_among_the_candidates() {
    let mut calls = 0;
    for lake in [lakes::generated(), lakes::story()] {
        let session = lake.session();
        for cluster in eksamine_query::timeline::clusters(&session).await.unwrap() {
            let of_aws = Cut { cluster: Some(cluster.clone()), planes: vec!["aws".to_owned()], ..Cut::default() };
            let rows = cut(&session, of_aws).await;
            let told: BTreeSet<Vec<Option<String>>> =
                rows.only(&["source_uri", "source_record"]).rows.into_iter().collect();
            // The function is that of the timeline before; here it is asked about every call.
            let sql = "SELECT source_uri, source_record FROM cloudtrail WHERE aws_concern(
                event_source, event_name, request_parameters, response_elements, resources, access_key_id,
                json_as_text(response_elements, 'credentials', 'accessKeyId'), user_arn, user_name, user_invoked_by,
                recipient_account_id, aws_region,
                CASE WHEN event_name = 'AssumeRoleWithWebIdentity'
                     THEN coalesce(user_identity_provider, json_get_str(response_elements, 'provider')) END
            ) IS NOT NULL";
            let all: BTreeSet<Vec<Option<String>>> = ask(&session, sql).await.rows.into_iter().collect();
            assert_eq!(told, all, "{cluster}");
            calls += all.len();
        }
    }
    assert!(calls > 100, "{calls}");
}

//! Sound archives, of every shape that CloudTrail gives them: nothing in them is blamed.

use super::*;

#[track_caller]
fn is_whole(objects: &Objects, digests: u64, logs: u64) -> Report {
    let report = verified(objects, &all_rows());
    assert_eq!(told(&report), []);
    assert!(report.is_whole());
    assert_eq!(report.digests().of(Verdict::Valid), digests);
    assert_eq!(report.logs().of(Verdict::Valid), logs);
    assert_eq!(report.rows.len() as u64, digests + logs);
    report
}

#[test]
fn a_chain_with_an_empty_hour_is_valid() {
    let report = is_whole(&six_hours(), 6, 10);
    let [chain] = report.chains.as_slice() else { panic!("{:?}", report.chains) };
    assert_eq!((chain.account.as_str(), chain.region.as_str()), ("111122223333", "eu-west-1"));
    assert_eq!((chain.trail.as_deref(), chain.gaps), (Some("main"), 0));
    let micros = |text: &str| text.parse::<jiff::Timestamp>().unwrap().as_microsecond();
    assert_eq!((chain.first_micros, chain.last_micros), (Some(micros(&hour(0))), Some(micros(&hour(6)))));
}

#[test]
fn two_trails_in_one_bucket_are_two_chains() {
    let (first, second) = (Signer::first(), Signer::first());
    let mut objects = Objects::new();
    hours(&mut Writer::new(Trail::default(), &first), &mut objects, 0..4);
    // Its log files have names of their own, as those of CloudTrail have.
    let other = Trail { name: "main_too".to_owned(), ..Trail::default() };
    let mut writer = Writer::new(other, &second);
    for number in 0..4 {
        for _ in 0..100 * u32::from(number == 0) {
            writer.log(&mut Objects::new(), "2024-05-13T00:00:00Z", "");
        }
        writer.forget();
    }
    hours(&mut writer, &mut objects, 0..4);
    let report = is_whole(&objects, 8, 12);
    let trails: Vec<_> = report.chains.iter().map(|chain| chain.trail.as_deref().unwrap()).collect();
    assert_eq!(trails, ["main", "main_too"]);
}

#[test]
fn accounts_and_regions_of_an_organization_are_chains_of_their_own() {
    let (signer, mut objects) = (Signer::first(), Objects::new());
    for account in ["111122223333", "444455556666"] {
        for region in ["eu-west-1", "us-east-1"] {
            let trail = Trail {
                prefix: "logs/".to_owned(),
                organization: Some("o-exampleorgid".to_owned()),
                account: account.to_owned(),
                region: region.to_owned(),
                ..Trail::default()
            };
            hours(&mut Writer::new(trail, &signer), &mut objects, 0..4);
        }
    }
    let report = is_whole(&objects, 16, 24);
    assert_eq!(report.chains.len(), 4);
    assert!(report.chains.iter().all(|chain| chain.organization.as_deref() == Some("o-exampleorgid")));
    let only = Settings { accounts: vec!["444455556666".into()], regions: vec!["us-east-1".into()], ..all_rows() };
    assert_eq!(verified(&objects, &only).chains.len(), 1);
}

#[test]
fn backfill_digests_are_a_chain_of_their_own() {
    let (signer, mut objects) = (Signer::first(), Objects::new());
    let mut writer = Writer::new(Trail::default(), &signer);
    hours(&mut writer, &mut objects, 0..4);
    let late = writer.log(&mut objects, "2024-05-14T02:05:00Z", "late");
    let mut backfill = Writer::new(Trail { backfill: true, ..Trail::default() }, &signer);
    // The same file, named by a digest made afterwards.
    let content = objects.remove(&late).unwrap();
    writer.forget();
    let key = backfill.log(&mut objects, "2024-05-14T02:05:00Z", "late");
    objects.insert(key, content);
    backfill.digest(&mut objects, &hour(2), &hour(3));
    backfill.digest(&mut objects, &hour(7), &hour(8));
    let report = is_whole(&objects, 6, 7);
    assert_eq!(report.chains.iter().map(|chain| chain.is_backfill).collect::<Vec<_>>(), [false, true]);
}

#[test]
fn a_log_delivered_late_is_in_a_later_digest() {
    let (signer, mut objects) = (Signer::first(), Objects::new());
    let mut writer = Writer::new(Trail::default(), &signer);
    hours(&mut writer, &mut objects, 0..4);
    writer.log(&mut objects, "2024-05-14T01:20:00Z", "late");
    hours(&mut writer, &mut objects, 4..6);
    is_whole(&objects, 6, 11);
}

#[test]
fn what_was_asked_for_can_be_a_part() {
    let micros = |text: &str| Some(text.parse::<jiff::Timestamp>().unwrap().as_microsecond());
    let settings = Settings {
        since_micros: micros("2024-05-14T02:30:00Z"),
        until_micros: micros("2024-05-14T04:30:00Z"),
        ..all_rows()
    };
    let report = verified(&six_hours(), &settings);
    assert_eq!(told(&report), []);
    // The hours that end at three, four and five, of which the second is empty.
    assert_eq!((report.digests().total(), report.logs().total()), (3, 4));
}

#[test]
fn a_digest_before_the_time_asked_for_is_not_missed() {
    let (signer, mut objects) = (Signer::first(), Objects::new());
    let mut writer = Writer::new(Trail::default(), &signer);
    hours(&mut writer, &mut objects, 0..2);
    // Nothing for a long time, and the chain goes on as if nothing had happened.
    hours(&mut writer, &mut objects, 12..14);
    let since = "2024-05-14T12:30:00Z".parse::<jiff::Timestamp>().unwrap().as_microsecond();
    let report = verified(&objects, &Settings { since_micros: Some(since), ..all_rows() });
    let verdicts: Vec<_> = told(&report).into_iter().map(|(verdict, ..)| verdict).collect();
    assert!(!verdicts.contains(&Verdict::Missing), "{verdicts:?}");
    assert_eq!(report.digests().of(Verdict::Valid), 2);
}

#[test]
fn a_copy_without_metadata_is_proved_but_for_its_newest_digest() {
    let report = verified_copy(&six_hours(), Metadata::Lost, &all_rows());
    assert_eq!(report.digests().of(Verdict::Valid), 5);
    assert_eq!(report.logs().of(Verdict::Valid), 8);
    let told = told(&report);
    assert_eq!(told.len(), 3, "{told:#?}");
    assert!(told.iter().all(|(verdict, ..)| *verdict == Verdict::Unattested));
    let (_, _, why) = told.iter().find(|(_, name, _)| *name == name_of(&digest_key(6))).unwrap();
    assert!(why.contains("no signature"), "{why}");
    assert!(report.rows.iter().any(|row| row.detail == "its signature was taken from the next digest"));
}

#[test]
fn other_logs_beside_cloudtrail_are_none_of_its_business() {
    let mut objects = six_hours();
    let other = objects.values().next().unwrap().clone();
    objects.insert("AWSLogs/111122223333/vpcflowlogs/eu-west-1/2024/05/14/x.log.gz".to_owned(), other.clone());
    objects.insert("exports/demo/kube-apiserver-audit-0/000000.gz".to_owned(), other);
    is_whole(&objects, 6, 10);
}

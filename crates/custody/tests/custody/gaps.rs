//! Time without digests: that it is one, how long it is, and why where CloudTrail itself shows it.

use super::*;

/// An event of CloudTrail about a trail.
fn event(name: &str, trail: &str, at: &str, more: &str) -> String {
    format!(
        "{{\"Records\":[{{\"eventSource\":\"cloudtrail.amazonaws.com\",\"eventName\":\"{name}\",\"eventTime\":\"{at}\",\
         \"recipientAccountId\":\"111122223333\",\"userIdentity\":{{\"arn\":\"arn:aws:iam::111122223333:user/mallory\"}},\
         \"eventID\":\"b1a2\",\"requestParameters\":{{\"name\":\"{trail}\"{more}}}}}]}}"
    )
}

/// A trail that is stopped at half past three and started again after seven.
fn interrupted(events: &[(&str, String)], named_by_digest: bool) -> Objects {
    let (signer, mut objects) = (Signer::first(), Objects::new());
    let mut writer = Writer::new(Trail::default(), &signer);
    hours(&mut writer, &mut objects, 0..4);
    for (at, content) in events {
        writer.log(&mut objects, at, content);
    }
    if !named_by_digest {
        writer.forget();
    }
    writer.digest(&mut objects, &hour(4), "2024-05-14T04:40:00Z");
    writer.begin_anew();
    hours(&mut writer, &mut objects, 8..10);
    objects
}

#[test]
fn a_gap_tells_who_stopped_the_trail() {
    let at = "2024-05-14T04:30:00Z";
    for (name, more, words) in [
        ("StopLogging", "", "StopLogging by"),
        ("DeleteTrail", "", "DeleteTrail by"),
        ("UpdateTrail", ",\"enableLogFileValidation\":false", "UpdateTrail without log file validation by"),
    ] {
        for trail in ["main", "arn:aws:cloudtrail:eu-west-1:111122223333:trail/main"] {
            let objects = interrupted(&[(at, event(name, trail, at, more))], true);
            let (verdict, _, why) = the_finding(&objects);
            assert_eq!(verdict, Verdict::Gap);
            assert!(why.contains(words) && why.contains("user/mallory") && why.contains(at), "{why}");
        }
    }
}

#[test]
fn a_gap_has_its_span() {
    let report = verified(&interrupted(&[], true), &findings());
    let [row] = report.rows.as_slice() else { panic!("{:#?}", report.rows) };
    let micros = |text: &str| Some(text.parse::<jiff::Timestamp>().unwrap().as_microsecond());
    assert_eq!((row.start_micros, row.end_micros), (micros("2024-05-14T04:40:00Z"), micros(&hour(8))));
    assert!(row.detail.contains("no StopLogging"), "{}", row.detail);
    assert_eq!(report.gaps(), 1);
    assert!(!report.is_whole());
}

#[test]
fn a_cause_that_no_digest_names_is_found_too() {
    let at = "2024-05-14T04:35:00Z";
    let objects = interrupted(&[(at, event("StopLogging", "main", at, ""))], false);
    let told = told(&verified(&objects, &findings()));
    assert_eq!(told.len(), 2, "{told:#?}");
    assert!(told.iter().any(|(verdict, _, why)| *verdict == Verdict::Gap && why.contains("StopLogging by")));
    assert!(told.iter().any(|(verdict, ..)| *verdict == Verdict::Unattested));
}

#[test]
fn another_trail_or_another_time_is_no_cause() {
    let (now, early) = ("2024-05-14T04:30:00Z", "2024-05-14T01:00:00Z");
    let failed =
        event("StopLogging", "main", now, "").replace("\"eventID\"", "\"errorCode\":\"AccessDenied\",\"eventID\"");
    for content in [event("StopLogging", "other", now, ""), event("StopLogging", "main", early, ""), failed] {
        let (_, _, why) = the_finding(&interrupted(&[(now, content)], true));
        assert!(why.contains("no StopLogging"), "{why}");
    }
}

#[test]
fn time_between_digests_that_are_linked_is_a_gap_too() {
    let (signer, mut objects) = (Signer::first(), Objects::new());
    let mut writer = Writer::new(Trail::default(), &signer);
    hours(&mut writer, &mut objects, 0..2);
    hours(&mut writer, &mut objects, 4..6);
    let (verdict, _, why) = the_finding(&objects);
    assert_eq!(verdict, Verdict::Gap);
    assert!(why.contains("leave out this time"), "{why}");
}

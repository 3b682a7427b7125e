//! Copies: under other folders, in other buckets, in parts.

use super::*;
use eksamine_custody::place::Origin;

fn under(objects: Objects, prefix: &str) -> Objects {
    objects.into_iter().map(|(key, stored)| (format!("{prefix}{key}"), stored)).collect()
}

#[test]
fn a_local_copy_may_lie_in_any_folder() {
    let prefixed = || {
        let (signer, mut objects) = (Signer::first(), Objects::new());
        let trail = Trail { prefix: "logs/".to_owned(), ..Trail::default() };
        hours(&mut Writer::new(trail, &signer), &mut objects, 0..4);
        objects
    };
    let cut: Objects = prefixed().into_iter().map(|(key, stored)| (key["logs/".len()..].to_owned(), stored)).collect();
    for objects in [prefixed(), under(prefixed(), "cases/7/example-trail/"), cut] {
        let report = verified(&objects, &findings());
        assert_eq!((report.digests().of(Verdict::Valid), report.logs().of(Verdict::Valid)), (4, 6));
        assert!(report.is_whole());
    }
}

#[test]
fn a_copy_in_one_folder_is_proved_by_its_names() {
    let flat: Objects = six_hours().into_iter().map(|(key, stored)| (name_of(&key), stored)).collect();
    let report = verified(&flat, &findings());
    assert_eq!((report.digests().of(Verdict::Valid), report.logs().of(Verdict::Valid)), (6, 10));
}

#[test]
fn another_account_s_folder_is_another_place() {
    let moved: Objects = six_hours()
        .into_iter()
        .map(|(key, stored)| (key.replace("AWSLogs/111122223333", "AWSLogs/444455556666"), stored))
        .collect();
    let report = verified(&moved, &findings());
    assert_eq!((report.digests().of(Verdict::Relocated), report.logs().of(Verdict::Relocated)), (6, 10));
    assert!(report.is_whole(), "relocated, but proved");
}

#[test]
fn a_stated_origin_is_held_against_what_was_signed() {
    let origin = |bucket: &str| {
        Some(Origin::Stated { bucket: bucket.to_owned(), prefix: String::new(), copy_prefix: String::new() })
    };
    let report = verified(&six_hours(), &Settings { origin: origin("example-trail"), ..findings() });
    assert_eq!(report.digests().of(Verdict::Valid), 6);
    let report = verified(&six_hours(), &Settings { origin: origin("another"), ..findings() });
    assert_eq!((report.digests().of(Verdict::Relocated), report.logs().of(Verdict::Relocated)), (6, 10));
}

#[test]
fn a_log_that_lies_elsewhere_in_the_copy_is_relocated() {
    let mut objects = six_hours();
    let key = log_key(&objects, 2, 0);
    let stored = objects.remove(&key).unwrap();
    objects.insert(format!("found/{}", name_of(&key)), stored);
    let report = verified(&objects, &all_rows());
    let moved: Vec<_> = report.rows.iter().filter(|row| row.verdict == Verdict::Relocated).collect();
    assert!(matches!(moved.as_slice(), [row] if row.uri.as_ref().unwrap().contains("/found/")), "{moved:?}");
    assert!(report.is_whole());
}

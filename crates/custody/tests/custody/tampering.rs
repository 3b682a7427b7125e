//! Everything that can be done to an archive: each is found, named, and blamed on the object it was done to.

use serde_json::{Value, json};

use super::*;

/// A digest's JSON.
fn document(objects: &Objects, key: &str) -> Value {
    let json = inflated(&objects[key].bytes);
    serde_json::from_slice(&json).unwrap()
}

fn inflated(bytes: &[u8]) -> Vec<u8> {
    eksamine_sources::gunzip::inflate(bytes, &eksamine_sources::Limits::default()).bytes.into_owned()
}

/// Writes a digest anew without signing it.
fn change(objects: &mut Objects, key: &str, change: impl FnOnce(&mut Value)) {
    let mut json = document(objects, key);
    change(&mut json);
    objects.get_mut(key).unwrap().bytes = trail::gzip(json.to_string().as_bytes());
}

#[test]
fn each_field_of_a_digest_is_sealed() {
    let key = digest_key(3);
    let fields: Vec<String> = document(&six_hours(), &key).as_object().unwrap().keys().cloned().collect();
    assert_eq!(fields.len(), 15, "{fields:?}");
    for field in fields {
        for newest in [false, true] {
            // In the middle of a chain the next digest convicts it too; the newest has only its signature.
            let key = if newest { digest_key(6) } else { key.clone() };
            let mut objects = six_hours();
            change(&mut objects, &key, |json| {
                json[&field] = match &json[&field] {
                    Value::String(text) => Value::String(format!("{text}0")),
                    Value::Array(_) => json!([]),
                    other => panic!("{other}"),
                };
            });
            let told = told(&verified(&objects, &findings()));
            let blamed: Vec<_> =
                told.iter().filter(|(verdict, ..)| *verdict == Verdict::Altered).map(|(_, name, _)| name).collect();
            let is_unknown = field == "digestPublicKeyFingerprint" && newest;
            if is_unknown {
                assert!(told.iter().any(|(verdict, ..)| *verdict == Verdict::UnknownKey), "{field}: {told:#?}");
            } else {
                assert_eq!(blamed, [&name_of(&key)], "{field}: {told:#?}");
            }
            // What an altered digest names is merely not attested; what it points back to may be missing.
            let harmless = |verdict: &Verdict| {
                matches!(verdict, Verdict::Altered | Verdict::Unattested | Verdict::UnknownKey | Verdict::Missing)
            };
            assert!(told.iter().all(|(verdict, ..)| harmless(verdict)), "{field}: {told:#?}");
        }
    }
}

#[test]
fn a_digest_signed_by_somebody_else_is_altered() {
    let mut objects = six_hours();
    let json = document(&objects, &digest_key(6));
    objects.insert(digest_key(6), trail::sign(&json, &Signer::second(), false));
    let (_, told) = digests_and_logs(&objects);
    assert_eq!(told[0].0, Verdict::Altered);
    assert_eq!(told[0].2, "its signature is not of these bytes");
}

/// Findings about log files, and about digests.
fn digests_and_logs(objects: &Objects) -> (Vec<Told>, Vec<Told>) {
    told(&verified(objects, &findings())).into_iter().partition(|(_, name, _)| !name.contains("Digest"))
}

#[test]
fn a_signature_that_was_changed_is_found_and_the_bytes_are_still_believed() {
    let mut objects = six_hours();
    let metadata = &mut objects.get_mut(&digest_key(3)).unwrap().metadata;
    let signature = metadata.get_mut("signature").unwrap();
    let last = if signature.pop() == Some('0') { '1' } else { '0' };
    signature.push(last);
    let (verdict, name, why) = the_finding(&objects);
    assert_eq!((verdict, name), (Verdict::Altered, name_of(&digest_key(3))));
    assert!(why.contains("the bytes are those the next digest vouches for"), "{why}");
}

#[test]
fn a_valid_digest_that_the_next_one_does_not_know_is_altered() {
    // Signed by the right key, with a log file less: only the link from the next digest tells.
    let mut objects = six_hours();
    let mut json = document(&objects, &digest_key(3));
    json["logFiles"].as_array_mut().unwrap().pop();
    objects.insert(digest_key(3), trail::sign(&json, &Signer::first(), false));
    let (logs, digests) = digests_and_logs(&objects);
    assert_eq!(digests.len(), 1);
    assert_eq!((digests[0].0, digests[0].1.clone()), (Verdict::Altered, name_of(&digest_key(3))));
    assert_eq!(digests[0].2, "the next digest, which is proved, holds another hash of it");
    assert!(logs.iter().all(|(verdict, ..)| *verdict == Verdict::Unattested) && logs.len() == 2, "{logs:?}");
}

#[test]
fn a_log_that_is_gone_is_missing() {
    let mut objects = six_hours();
    let key = log_key(&objects, 2, 0);
    objects.remove(&key);
    assert_eq!(the_finding(&objects), (Verdict::Missing, name_of(&key), "it is not there".to_owned()));
}

#[test]
fn a_log_nobody_vouches_for_is_unattested() {
    for (at, why) in [
        ("2024-05-14T02:20:00Z", "no digest names it"),
        ("2024-05-14T07:20:00Z", "it was delivered after the last digest"),
        ("2024-05-13T07:20:00Z", "it was delivered before the first digest"),
    ] {
        let mut objects = six_hours();
        let key = Trail::default().log_key(at.parse().unwrap(), "planted");
        objects.insert(key.clone(), objects[&log_key(&objects, 2, 0)].clone());
        assert_eq!(the_finding(&objects), (Verdict::Unattested, name_of(&key), why.to_owned()));
    }
}

#[test]
fn files_that_are_neither_log_nor_digest_are_named() {
    for folder in ["CloudTrail", "CloudTrail-Digest"] {
        let mut objects = six_hours();
        let other = objects.values().next().unwrap().clone();
        objects.insert(format!("AWSLogs/111122223333/{folder}/eu-west-1/2024/05/14/notes.json.gz"), other);
        let (verdict, name, _) = the_finding(&objects);
        assert_eq!((verdict, name.as_str()), (Verdict::Unattested, "notes.json.gz"));
    }
}

#[test]
fn logs_that_were_exchanged_are_both_altered() {
    let mut objects = six_hours();
    let (one, other) = (log_key(&objects, 1, 0), log_key(&objects, 4, 1));
    let (first, second) = (objects[&one].clone(), objects[&other].clone());
    objects.insert(one.clone(), second);
    objects.insert(other.clone(), first);
    let told = told(&verified(&objects, &findings()));
    assert_eq!(told.len(), 2);
    for ((verdict, name, why), (is, of)) in told.iter().zip([(&one, &other), (&other, &one)]) {
        assert_eq!((*verdict, name), (Verdict::Altered, &name_of(is)));
        assert!(why.contains("it is the content of") && why.contains(&name_of(of)), "{why}");
    }
}

#[test]
fn digests_that_were_exchanged_are_both_altered() {
    let mut objects = six_hours();
    let (one, other) = (digest_key(2), digest_key(4));
    let (first, second) = (objects[&one].clone(), objects[&other].clone());
    objects.insert(one.clone(), second);
    objects.insert(other.clone(), first);
    let (_, digests) = digests_and_logs(&objects);
    assert_eq!(digests.len(), 2, "{digests:#?}");
    for ((verdict, name, why), (is, of)) in digests.iter().zip([(&one, &other), (&other, &one)]) {
        assert_eq!((*verdict, name), (Verdict::Altered, &name_of(is)));
        assert!(why.contains(&format!("it holds the digest of `s3://example-trail/{of}`")), "{why}");
    }
}

#[test]
fn a_digest_under_another_time_is_not_the_digest_of_that_time() {
    let mut objects = six_hours();
    let moved = objects.remove(&digest_key(3)).unwrap();
    let key = Trail::default().digest_key("2024-05-14T03:31:31Z".parse().unwrap());
    objects.insert(key.clone(), moved);
    let (_, digests) = digests_and_logs(&objects);
    let verdicts: Vec<_> = digests.iter().map(|(verdict, name, _)| (*verdict, name.clone())).collect();
    assert_eq!(verdicts.len(), 2, "{digests:#?}");
    assert!(verdicts.contains(&(Verdict::Altered, name_of(&key))));
    assert!(verdicts.contains(&(Verdict::Missing, name_of(&digest_key(3)))));
}

#[test]
fn a_digest_that_is_gone_is_missing_wherever_it_was() {
    for number in 1..=5 {
        let mut objects = six_hours();
        objects.remove(&digest_key(number));
        let (logs, digests) = digests_and_logs(&objects);
        let [(verdict, name, _)] = digests.as_slice() else { panic!("{number}: {digests:#?}") };
        assert_eq!((*verdict, name), (Verdict::Missing, &name_of(&digest_key(number))));
        assert!(logs.iter().all(|(verdict, ..)| *verdict == Verdict::Unattested));
        assert_eq!(logs.len(), if number == 4 { 0 } else { 2 });
    }
}

#[test]
fn several_digests_that_are_gone_leave_one_that_is_named() {
    let mut objects = six_hours();
    for number in [2, 3, 4] {
        objects.remove(&digest_key(number));
    }
    let (_, digests) = digests_and_logs(&objects);
    let [(Verdict::Missing, name, _)] = digests.as_slice() else { panic!("{digests:#?}") };
    assert_eq!(*name, name_of(&digest_key(4)));
    let report = verified(&objects, &findings());
    let row = report.rows.iter().find(|row| row.verdict == Verdict::Missing).unwrap();
    let micros = |text: &str| Some(text.parse::<jiff::Timestamp>().unwrap().as_microsecond());
    assert_eq!((row.start_micros, row.end_micros), (micros(&hour(1)), micros(&hour(4))));
}

#[test]
fn a_chain_cut_at_its_end_leaves_logs_without_digests() {
    let mut objects = six_hours();
    objects.remove(&digest_key(6));
    let (logs, digests) = digests_and_logs(&objects);
    assert_eq!((digests.len(), logs.len()), (0, 2));
    assert!(logs.iter().all(|(verdict, _, why)| *verdict == Verdict::Unattested && why.contains("after the last")));
}

#[test]
fn a_chain_cut_with_its_logs_ends_before_its_siblings() {
    let (signer, mut objects) = (Signer::first(), Objects::new());
    hours(&mut Writer::new(Trail::default(), &signer), &mut objects, 0..8);
    let east = Trail { region: "us-east-1".to_owned(), ..Trail::default() };
    hours(&mut Writer::new(east, &signer), &mut objects, 0..4);
    let (verdict, _, why) = the_finding(&objects);
    assert_eq!(verdict, Verdict::Gap);
    assert!(why.contains("while those of other regions or accounts of the trail go on"), "{why}");
    // Alone, only the time asked for can tell.
    let alone: Objects = objects.into_iter().filter(|(key, _)| key.contains("/us-east-1/")).collect();
    assert_eq!(told(&verified(&alone, &findings())), []);
    let until = "2024-05-14T08:00:00Z".parse::<jiff::Timestamp>().unwrap().as_microsecond();
    let told = told(&verified(&alone, &Settings { until_micros: Some(until), ..findings() }));
    assert!(
        matches!(told.as_slice(), [(Verdict::Gap, _, why)] if why.contains("before the time asked for")),
        "{told:?}"
    );
}

#[test]
fn a_digest_put_into_a_chain_is_passed_by() {
    // Validly signed, rightly named, and part of no chain: such a thing only the key's owner could make.
    let mut objects = six_hours();
    let mut json = document(&objects, &digest_key(3));
    let key = Trail::default().digest_key("2024-05-14T03:31:31Z".parse().unwrap());
    json["digestS3Object"] = json!(key);
    json["logFiles"] = json!([]);
    objects.insert(key.clone(), trail::sign(&json, &Signer::first(), false));
    let (verdict, name, why) = the_finding(&objects);
    assert_eq!((verdict, name), (Verdict::Unattested, name_of(&key)));
    assert!(why.contains("the chain passes it by"), "{why}");
}

#[test]
fn bytes_after_the_content_are_found() {
    for (more, why) in [
        (b"more".to_vec(), "4 bytes after the last gzip member"),
        (vec![0; 3], "3 zero bytes follow its gzip"),
        (trail::gzip(b""), "it has 2 gzip members where CloudTrail writes one"),
    ] {
        for is_digest in [false, true] {
            let mut objects = six_hours();
            let key = if is_digest { digest_key(3) } else { log_key(&objects, 2, 1) };
            objects.get_mut(&key).unwrap().bytes.extend(&more);
            let told = told(&verified(&objects, &findings()));
            let (_, _, found) =
                told.iter().find(|(verdict, name, _)| *verdict == Verdict::Altered && *name == name_of(&key)).unwrap();
            assert!(found.contains(why), "{found}");
            assert_eq!(told.iter().filter(|(verdict, ..)| *verdict == Verdict::Altered).count(), 1);
        }
    }
}

#[test]
fn what_is_no_gzip_is_altered() {
    for content in [&b""[..], b"{}", b"\x1f\x8b", b"\x1f\x8b\x08\x00\x00"] {
        let mut objects = six_hours();
        let key = log_key(&objects, 2, 1);
        objects.get_mut(&key).unwrap().bytes = content.to_vec();
        let (verdict, name, _) = the_finding(&objects);
        assert_eq!((verdict, name), (Verdict::Altered, name_of(&key)), "{content:?}");
    }
}

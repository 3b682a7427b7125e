//! Public keys, in the forms they come in, and what happens without the right one.

use std::sync::Mutex;

use super::*;
use eksamine_custody::Error;
use eksamine_custody::key_source::{KeySource, KeySpan};
use eksamine_custody::keys::Signature;
use futures::FutureExt;
use futures::future::BoxFuture;

#[test]
fn both_forms_of_a_key_are_read() {
    let signer = Signer::first();
    let signature = signer.sign("message");
    for der in [signer.public, trail::FIRST_SPKI] {
        let mut keys = KeySet::default();
        keys.add(signer.fingerprint, der).unwrap();
        assert_eq!(keys.verify(signer.fingerprint, "message", &signature), Signature::Right);
        assert_eq!(keys.verify(signer.fingerprint, "massage", &signature), Signature::Wrong);
        assert_eq!(keys.verify("other", "message", &signature), Signature::UnknownKey);
        for wrong in ["", "zz", &signature[2..], &signature.replace('a', "b")] {
            assert_eq!(keys.verify(signer.fingerprint, "message", wrong), Signature::Wrong);
        }
    }
}

#[test]
fn what_is_no_list_of_keys_is_refused() {
    let signer = Signer::first();
    let good = trail::list_public_keys(&[&signer]);
    for (json, words) in [
        ("", "there is no key in it"),
        ("{\"PublicKeyList\":[]}", "there is no key in it"),
        ("{}", "PublicKeyList"),
        (&good.replace("\"Value\": \"M", "\"Value\": \"*"), "no base64"),
        (&good.replace("\"Value\": \"MIIB", "\"Value\": \"AAAA"), "no RSA key in DER"),
    ] {
        let error = KeySet::default().add_json(json.as_bytes()).unwrap_err();
        assert!(error.to_string().contains(words), "{json}: {error}");
        assert!(error.hint().unwrap().contains("list-public-keys"));
    }
    let mut keys = KeySet::default();
    let both = [good.clone(), trail::list_public_keys(&[&Signer::second(), &signer])].concat();
    assert_eq!(keys.add_json(both.as_bytes()).unwrap(), 3);
    assert_eq!(keys.len(), 2);
}

#[test]
fn cut_keys_are_refused() {
    let signer = Signer::first();
    for der in [signer.public, trail::FIRST_SPKI] {
        for length in 0..der.len() {
            assert!(KeySet::default().add("f", &der[..length]).is_err(), "{length}");
        }
        assert!(KeySet::default().add("f", &[der, &[0]].concat()).is_err());
    }
}

#[test]
fn without_keys_every_digest_is_of_an_unknown_one() {
    let settings = Settings { keys: KeySet::default(), ..findings() };
    let report = verified(&six_hours(), &settings);
    assert_eq!(report.digests().of(Verdict::UnknownKey), 6);
    assert_eq!(report.logs().of(Verdict::UnknownKey), 10);
    let fingerprint = Signer::first().fingerprint.to_owned();
    assert_eq!(report.unknown_keys.into_iter().collect::<Vec<_>>(), [(fingerprint, vec!["eu-west-1".to_owned()])]);
    // What does not fit together is found all the same.
    let mut objects = six_hours();
    let key = log_key(&objects, 2, 0);
    objects.get_mut(&key).unwrap().bytes = trail::gzip(b"other");
    let report = verified(&objects, &settings);
    let altered: Vec<_> = report.rows.iter().filter(|row| row.verdict == Verdict::Altered).collect();
    assert!(matches!(altered.as_slice(), [row] if row.uri.as_ref().unwrap().ends_with(&name_of(&key))), "{altered:?}");
}

#[test]
fn a_later_digest_vouches_for_one_whose_key_is_unknown() {
    let (first, second, mut objects) = (Signer::first(), Signer::second(), Objects::new());
    let mut writer = Writer::new(Trail::default(), &second);
    hours(&mut writer, &mut objects, 0..3);
    writer.signer = &first;
    hours(&mut writer, &mut objects, 3..6);
    let report = verified(&objects, &findings());
    // The hash in the later chain proves the content; that the key is not known is said of the digests alone.
    assert_eq!(report.digests().of(Verdict::UnknownKey), 3);
    assert_eq!(report.logs().of(Verdict::Valid), 10);
    assert!(report.rows.iter().all(|row| row.detail.contains("holds its hash")));
}

/// Somebody who knows some keys, and remembers what was asked.
#[derive(Debug, Default)]
struct Knows {
    keys: KeySet,
    asked: Mutex<Vec<KeySpan>>,
}

impl KeySource for Knows {
    fn keys<'a>(&'a self, spans: &'a [KeySpan]) -> BoxFuture<'a, Result<KeySet, Error>> {
        self.asked.lock().unwrap().extend_from_slice(spans);
        futures::future::ready(Ok(self.keys.clone())).boxed()
    }
}

#[test]
fn keys_that_are_lacking_are_asked_for_by_region_and_time() {
    let source = Arc::new(Knows { keys: all_rows().keys, ..Knows::default() });
    let settings = Settings { keys: KeySet::default(), key_source: Some(Arc::clone(&source) as _), ..findings() };
    assert!(verified(&six_hours(), &settings).is_whole());
    let micros = |text: &str| text.parse::<jiff::Timestamp>().unwrap().as_microsecond();
    let span = KeySpan {
        region: "eu-west-1".to_owned(),
        first_micros: micros("2024-05-14T00:01:31Z"),
        last_micros: micros("2024-05-14T08:01:31Z"),
        fingerprints: vec![Signer::first().fingerprint.to_owned()],
    };
    assert_eq!(source.asked.lock().unwrap().first(), Some(&span));
}

#[test]
fn nobody_is_asked_for_keys_that_are_there() {
    let source = Arc::new(Knows::default());
    let settings = Settings { key_source: Some(Arc::clone(&source) as _), ..findings() };
    assert!(verified(&six_hours(), &settings).is_whole());
    assert_eq!(*source.asked.lock().unwrap(), []);
    let settings = Settings { keys: KeySet::default(), ..settings };
    let report = verified(&six_hours(), &settings);
    assert_eq!(report.digests().of(Verdict::UnknownKey), 6, "who is asked need not know");
}

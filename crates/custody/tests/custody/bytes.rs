//! Any byte of any object: whatever is changed in what an object says is found, and blamed on that object alone.

use proptest::prelude::*;

use super::*;

/// What an object says, after gunzip; none if it can't be unzipped to its end.
fn content(bytes: &[u8]) -> Option<Vec<u8>> {
    let inflated = eksamine_sources::gunzip::inflate_layer(bytes, &eksamine_sources::Limits::default());
    (inflated.faults.is_empty() && inflated.members == 1 && inflated.padding_bytes == 0)
        .then(|| inflated.bytes.into_owned())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_changed_byte_goes_unseen(object in any::<prop::sample::Index>(), byte in any::<prop::sample::Index>(), mask in 1_u8..) {
        let mut objects = six_hours();
        let key = objects.keys().nth(object.index(objects.len())).unwrap().clone();
        let stored = objects.get_mut(&key).unwrap();
        let before = content(&stored.bytes);
        let at = byte.index(stored.bytes.len());
        stored.bytes[at] ^= mask;
        let is_same = content(&stored.bytes) == before;
        let told = told(&verified(&objects, &findings()));
        let altered: Vec<_> = told.iter().filter(|(verdict, ..)| *verdict == Verdict::Altered).collect();
        if is_same {
            // A time, a name or a flag in the head of a gzip file is no content, and no digest covers it.
            prop_assert!(told.is_empty(), "byte {at} of {key}: {told:?}");
        } else {
            prop_assert!(matches!(altered.as_slice(), [(_, name, _)] if *name == name_of(&key)), "byte {at} of {key}: {told:?}");
        }
    }

    #[test]
    fn no_changed_character_of_a_digest_goes_unseen(number in 1_u32..=6, byte in any::<prop::sample::Index>(), mask in 1_u8..) {
        let mut objects = six_hours();
        let key = digest_key(number);
        let mut json = content(&objects[&key].bytes).unwrap();
        let at = byte.index(json.len());
        json[at] ^= mask;
        objects.get_mut(&key).unwrap().bytes = trail::gzip(&json);
        let told = told(&verified(&objects, &findings()));
        let blamed: Vec<_> = told
            .iter()
            .filter(|(verdict, ..)| matches!(verdict, Verdict::Altered | Verdict::UnknownKey))
            .filter(|(_, name, _)| name.contains("Digest"))
            .collect();
        prop_assert!(matches!(blamed.as_slice(), [(_, name, _)] if *name == name_of(&key)), "byte {at}: {told:?}");
    }

    #[test]
    fn no_digest_breaks_the_reading(json in "\\PC{0,200}", tail in prop::collection::vec(any::<u8>(), 0..50)) {
        let bytes = [json.as_bytes(), &tail].concat();
        prop_assert!(eksamine_custody::digest::Digest::parse(&bytes).is_err());
    }
}

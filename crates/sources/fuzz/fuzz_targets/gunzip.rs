//! Inflating: bytes as they come, and members that were made of the bytes, which must come back.

#![no_main]

use eksamine_sources::gunzip::{Inflated, inflate};
use eksamine_sources_fuzz::object::LIMITS;
use eksamine_sources_fuzz::{choice, gzip};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((choice, rest)) = choice(data) else { return };
    let layers = choice % 4;
    if layers == 0 {
        checked(rest);
        return;
    }
    let parts: Vec<&[u8]> = rest.splitn(4, |byte| *byte == b'\n').collect();
    let content = parts.concat();
    let mut object: Vec<u8> = parts.iter().flat_map(|part| gzip(part)).collect();
    for _ in 1..layers {
        object = gzip(&object);
    }
    if choice & 8 != 0 {
        object.truncate(object.len() * (choice >> 4) / 16);
        checked(&object);
        return;
    }
    let whole = checked(&object);
    if !content.starts_with(&[0x1f, 0x8b]) {
        assert_eq!(&*whole.bytes, content);
        assert_eq!(whole.members, (parts.len() + layers - 1) as u64);
        assert!(whole.faults.is_empty());
    }
});

fn checked(object: &[u8]) -> Inflated<'_> {
    let found = inflate(object, &LIMITS);
    let again = inflate(object, &LIMITS);
    assert_eq!((&found.bytes, found.members, &found.faults), (&again.bytes, again.members, &again.faults));
    if found.members > 0 {
        assert!(found.bytes.len() <= LIMITS.inflated_bytes);
    }
    // The fault of the outermost layer is about bytes of the object itself.
    if let [only] = &*found.faults
        && found.members == 0
    {
        assert_eq!(object.get(only.offset_bytes..), Some(&*only.bytes));
    }
    found
}

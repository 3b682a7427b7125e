//! A whole object as it comes from an archive. The first byte chooses the key; the bytes are as they come.

#![no_main]

use eksamine_sources_fuzz::{KEYS, choice, let_panics_unwind, object};
use libfuzzer_sys::fuzz_target;

fuzz_target!(
    init: let_panics_unwind(),
    |data: &[u8]| {
        let Some((choice, bytes)) = choice(data) else { return };
        object::check(KEYS[choice % KEYS.len()], bytes);
    }
);

//! Every envelope, chosen by the first byte, over objects that it claims.

#![no_main]

use eksamine_sources::envelope::ENVELOPES;
use eksamine_sources_fuzz::{choice, let_panics_unwind, pieces};
use libfuzzer_sys::fuzz_target;

fuzz_target!(
    init: let_panics_unwind(),
    |data: &[u8]| {
        let Some((choice, object)) = choice(data) else { return };
        let envelope = &ENVELOPES[choice % ENVELOPES.len()];
        if (envelope.claims)(object) {
            pieces::check(envelope, object);
        }
    }
);

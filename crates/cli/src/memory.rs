//! How the allocator treats what is freed.
//!
//! mimalloc gives freed memory back to the system after ten milliseconds. An ingest takes the same amounts again at
//! once, and a question nearly so. An ingest paid more CPU time for having pages cleared anew than for inflating all its logs. The allocator reads its
//! setting from the environment before `main`, and its functions are out of reach without `unsafe`; so the program
//! starts itself once more with the setting. See `docs/decisions/0012-mimalloc-v2.md`.

use std::env;
use std::os::unix::process::CommandExt;
use std::process::Command;

/// What is freed goes back to the system when it has lain for so many milliseconds; -1 is never.
const GIVE_BACK: &str = "MIMALLOC_PURGE_DELAY";
/// Whether the system may hand out memory in pages of two mebibytes. Few are ever full, and clearing them costs more than
/// they save.
const HUGE_PAGES: &str = "MIMALLOC_ALLOW_THP";

/// With less than this to work with, what is freed is given back at once, for what time it costs.
const LITTLE_BYTES: u64 = 512 << 20;

/// How long what a question frees stays with the program: long enough to be taken again by what comes next, and short
/// enough that what gathered facts leaves its memory to what works on them.
const READING_MILLISECONDS: &str = "100";

/// Lets the allocator keep what an ingest with so much memory frees, or give it back at once if it has little.
pub fn arrange_for_ingest(memory_bytes: u64) {
    let give_back = if memory_bytes < LITTLE_BYTES { "0" } else { "-1" };
    start_with(&[(GIVE_BACK, give_back), (HUGE_PAGES, "0")]);
}

/// Lets the allocator keep for a while what a question frees. Huge pages stay: most of what is read fills them.
pub fn arrange_for_questions() {
    start_with(&[(GIVE_BACK, READING_MILLISECONDS)]);
}

/// Starts the program anew with these settings, unless the user has set one. Returns in a program that has the settings,
/// or could not be started again and works without.
fn start_with(settings: &[(&str, &str)]) {
    if env::var_os(GIVE_BACK).is_some() {
        return;
    }
    let Ok(program) = env::current_exe() else { return };
    let mut arguments = env::args_os();
    let mut again = Command::new(program);
    if let Some(name) = arguments.next() {
        again.arg0(name);
    }
    // Comes back only with an error, and then the program is as it was.
    let _ = again.args(arguments).envs(settings.iter().copied()).exec();
}

//! How the allocator treats what an ingest frees.
//!
//! mimalloc gives freed memory back to the system after ten milliseconds. An ingest takes the same amounts again at
//! once, and paid more CPU time for having pages cleared anew than for inflating all its logs. The allocator reads its
//! setting from the environment before `main`, and its functions are out of reach without `unsafe`; so the program
//! starts itself once more with the setting. See `docs/decisions/0012-mimalloc-v2.md`.

use std::env;
use std::os::unix::process::CommandExt;
use std::process::Command;

const SETTING: &str = "MIMALLOC_PURGE_DELAY";

/// Lets the allocator keep what is freed, unless the user has set it otherwise. Returns in a program that has the
/// setting, or could not be started again and works without it.
pub fn keep_freed() {
    if env::var_os(SETTING).is_some() {
        return;
    }
    let Ok(program) = env::current_exe() else { return };
    let mut arguments = env::args_os();
    let mut again = Command::new(program);
    if let Some(name) = arguments.next() {
        again.arg0(name);
    }
    // Comes back only with an error, and then the program is as it was.
    let _ = again.args(arguments).env(SETTING, "-1").exec();
}

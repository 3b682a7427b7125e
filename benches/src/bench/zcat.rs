//! The system's `zcat` over the same files: a figure that does not depend on our code.

use std::io;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::bench::Task;
use crate::clock::{Clock, Whose};
use crate::failure::Failure;
use crate::sample::Sample;

/// A command line has room for about 2 MB.
const COMMAND_LINE_BYTES: usize = 1 << 20;

/// No samples if there is no `zcat`.
pub fn zcat(task: &Task<'_>) -> Result<Vec<Sample>, Failure> {
    let paths: Vec<PathBuf> = task.dataset.files()?.into_iter().map(|file| file.path).collect();
    let clock = Clock::start(Whose::Children)?;
    let mut waiting = paths.as_slice();
    while !waiting.is_empty() {
        let (some, rest) = waiting.split_at(fitting(waiting));
        let status = Command::new("zcat").args(some).stdin(Stdio::null()).stdout(Stdio::null()).status();
        match status {
            Ok(status) if status.success() => waiting = rest,
            Ok(_) => return Err(Failure::Child { bench: "zcat" }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(Failure::io("run", "zcat")(error)),
        }
    }
    let sample = Sample::new("zcat", clock.elapsed()?, 0)?;
    // What was measured is the memory of this process, which is not the one that worked.
    Ok(vec![Sample { peak_bytes: 0, ..sample }])
}

/// How many paths fit into one command line; one at least.
fn fitting(paths: &[PathBuf]) -> usize {
    let mut bytes = 0;
    let fits = |path: &&PathBuf| {
        // The path, its end, and a pointer to it.
        bytes += path.as_os_str().len() + 9;
        bytes <= COMMAND_LINE_BYTES
    };
    paths.iter().take_while(fits).count().clamp(1, paths.len().max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_line_takes_what_fits_and_one_at_least() {
        assert_eq!(fitting(&vec![PathBuf::from("x".repeat(1015)); 5_000]), 1024);
        assert_eq!(fitting(&[PathBuf::from("x".repeat(COMMAND_LINE_BYTES))]), 1);
        assert_eq!(fitting(&[PathBuf::from("x"), PathBuf::from("y")]), 2);
    }
}

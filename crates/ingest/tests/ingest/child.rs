//! Runs a test of this binary again as a child process, so that a process can be killed or confined. A test that uses
//! it asks [`role`] first: in the child it does the child's work, in the parent it starts and judges the child.

use std::path::PathBuf;
use std::process::Command;

const VARIABLE: &str = "EKSAMINE_TEST_CHILD";

/// The paths the child was started with; none in the parent.
pub fn role() -> Option<Vec<PathBuf>> {
    let paths = std::env::var_os(VARIABLE)?;
    Some(std::env::split_paths(&paths).collect())
}

/// The arguments that run one test alone, in a process that knows itself as the child.
pub fn command(program: &str, before: &[&str], test: &str, paths: &[PathBuf]) -> Command {
    let mut command = Command::new(program);
    command.args(before).args([test, "--exact", "--nocapture"]);
    command.env(VARIABLE, std::env::join_paths(paths).unwrap());
    command
}

pub fn binary() -> String {
    std::env::current_exe().unwrap().to_str().unwrap().to_owned()
}

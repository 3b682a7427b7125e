//! How a failure is told: what failed, what caused it, and what can be done; and the exit status it has.

use std::io;
use std::process::ExitCode;

use crate::interrupt::Interrupted;
use crate::printing::tell;
use crate::terminal::{sanitise, sanitise_lines};

pub const FAILED: u8 = 1;
/// Finished, but some objects or records could not be read.
pub const INCOMPLETE: u8 = 3;
pub const DEFECT: u8 = 70;
pub const INTERRUPTED: u8 = 130;

/// Prints an error to standard error and gives its exit status. A closed pipe is no error.
pub fn report(error: &anyhow::Error) -> ExitCode {
    if is_closed_pipe(error) {
        return ExitCode::SUCCESS;
    }
    if error.is::<Interrupted>() {
        return ExitCode::from(INTERRUPTED);
    }
    tell(&explain(error));
    ExitCode::from(if is_defect(error) { DEFECT } else { FAILED })
}

/// An error in full: `error:`, the place, `caused by:`, a blank line, `hint:`.
pub fn explain(error: &anyhow::Error) -> String {
    let mut lines: Vec<String> = Vec::new();
    for cause in error.chain() {
        let text = sanitise(cause.to_string().trim_end()).into_owned();
        // A transparent error says what its cause says.
        if lines.last().is_some_and(|last| last.contains(&text)) {
            continue;
        }
        lines.push(text);
    }
    let mut text = String::new();
    for (at, line) in lines.iter().enumerate() {
        text += if at == 0 { "error: " } else { "\ncaused by: " };
        text += line;
        if at == 0
            && let Some(excerpt) = query_error(error).and_then(eksamine_query::Error::excerpt)
        {
            text += "\n";
            text += &sanitise_lines(&excerpt);
        }
    }
    if let Some(hint) = hint(error) {
        text += "\n\nhint: ";
        text += &sanitise(&hint);
    }
    text
}

fn query_error(error: &anyhow::Error) -> Option<&eksamine_query::Error> {
    error.chain().find_map(|cause| cause.downcast_ref())
}

/// The hint of the first error in the chain that has one.
fn hint(error: &anyhow::Error) -> Option<String> {
    error.chain().find_map(|cause| {
        let query = cause.downcast_ref::<eksamine_query::Error>().and_then(eksamine_query::Error::hint);
        let ingest = || cause.downcast_ref::<eksamine_ingest::Error>().and_then(eksamine_ingest::Error::hint);
        let lake = || cause.downcast_ref::<eksamine_lake::Error>().and_then(eksamine_lake::Error::hint);
        let custody = || cause.downcast_ref::<eksamine_custody::Error>().and_then(eksamine_custody::Error::hint);
        let bundle = || {
            let hint = cause.downcast_ref().and_then(eksamine_custody::bundle::Error::hint);
            hint.map(str::to_owned)
        };
        let archive = || cause.downcast_ref::<eksamine_archive::Error>().and_then(eksamine_archive::Error::hint);
        let disk = || cause.downcast_ref::<io::Error>().and_then(full_disk);
        query.or_else(ingest).or_else(lake).or_else(custody).or_else(bundle).or_else(archive).or_else(disk)
    })
}

fn full_disk(error: &io::Error) -> Option<String> {
    let is_full = error.kind() == io::ErrorKind::StorageFull;
    is_full.then(|| "the disk is full; free some space, or write to another place".to_owned())
}

fn is_defect(error: &anyhow::Error) -> bool {
    let ingest = |cause: &(dyn std::error::Error + 'static)| {
        cause.downcast_ref::<eksamine_ingest::Error>().is_some_and(eksamine_ingest::Error::is_defect)
    };
    let custody = |cause: &(dyn std::error::Error + 'static)| {
        cause.downcast_ref::<eksamine_custody::Error>().is_some_and(eksamine_custody::Error::is_defect)
    };
    let bundle = |cause: &(dyn std::error::Error + 'static)| {
        let bundle = cause.downcast_ref::<eksamine_custody::bundle::Error>();
        bundle.is_some_and(eksamine_custody::bundle::Error::is_defect)
    };
    error.chain().any(ingest) || error.chain().any(custody) || error.chain().any(bundle)
}

/// Whether whoever read our output has stopped. A connection that broke while we were reading is something else.
fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let reading = |cause: &(dyn std::error::Error + 'static)| {
        cause.is::<eksamine_archive::Error>()
            || cause.is::<eksamine_ingest::Error>()
            || cause.is::<eksamine_lake::Error>()
    };
    if error.chain().any(reading) {
        return false;
    }
    let closed = |cause: &(dyn std::error::Error + 'static)| {
        cause.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
    };
    error.chain().any(closed)
}

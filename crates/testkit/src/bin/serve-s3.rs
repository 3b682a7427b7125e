//! Serves a folder as the bucket `archive` of an S3 on a free loopback port, until standard input ends. The first line
//! of output is the endpoint; then it may be asked, signed with `test` and `test` or anonymously.
//!
//! The files are read once, into memory, so that what a client is measured against is the protocol and not the disk.
//! It is no place to write to: the server knows no operation that changes anything.

use std::io::{self, Read, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use eksamine_testkit::s3::S3Server;

const USAGE: &str = "usage: serve-s3 DIR\n";
const BUCKET: &str = "archive";

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    let (Some(folder), None) = (arguments.next().map(PathBuf::from), arguments.next()) else {
        let _ = io::stderr().write_all(USAGE.as_bytes());
        return ExitCode::from(2);
    };
    if !folder.is_dir() {
        let _ = writeln!(io::stderr(), "error: `{}` is no folder", folder.display());
        return ExitCode::FAILURE;
    }
    let server = S3Server::start([BUCKET]);
    server.put_folder(BUCKET, "", &folder);
    match tell_and_wait(&server) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Until whoever started it closes its standard input, or is gone.
fn tell_and_wait(server: &S3Server) -> io::Result<()> {
    writeln!(io::stdout(), "{}", server.endpoint())?;
    io::stdout().flush()?;
    io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}

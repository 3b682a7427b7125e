//! A text buffer before the destination, so that rows cost no system call each and memory stays bounded.
//!
//! Responsible for when bytes are passed on. Not responsible for what they say.

use std::io;

use super::Output;

/// Text beyond this is passed on before a batch ends.
const BUFFER_BYTES: usize = 256 * 1024;

/// Collects text and passes it on in large pieces.
pub struct Sink {
    output: Output,
    pub text: String,
}

impl Sink {
    pub fn new(output: Output) -> Self {
        Self { output, text: String::new() }
    }

    /// Passes the text on if there is much of it. To be called after each row.
    pub fn row_done(&mut self) -> io::Result<()> {
        if self.text.len() < BUFFER_BYTES { Ok(()) } else { self.pass_on() }
    }

    /// Passes all text on.
    pub fn pass_on(&mut self) -> io::Result<()> {
        self.output.write_all(self.text.as_bytes())?;
        self.text.clear();
        Ok(())
    }

    /// Passes all text on and flushes the destination.
    pub fn finish(&mut self) -> io::Result<()> {
        self.pass_on()?;
        self.output.flush()
    }
}

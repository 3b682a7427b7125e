//! The progress of an ingest on a terminal: objects, bytes, events a second, time left. Silent when piped.

use std::io::IsTerminal;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use eksamine_ingest::{Event, Progress};
use indicatif::{HumanDuration, ProgressBar, ProgressStyle};

use crate::numbers::{bytes, grouped};
use crate::printing::tell;

/// Draws to standard error.
pub struct Bar {
    line: ProgressBar,
    begun: Instant,
    listed: AtomicU64,
    objects: AtomicU64,
    read: AtomicU64,
    records: AtomicU64,
    inflated_bytes: AtomicU64,
    partitions: AtomicU64,
    settled: AtomicU64,
    to_compare: AtomicU64,
    compared: AtomicU64,
}

impl Bar {
    pub fn new() -> Self {
        Self {
            line: spinning(),
            begun: now(),
            listed: AtomicU64::new(0),
            objects: AtomicU64::new(0),
            read: AtomicU64::new(0),
            records: AtomicU64::new(0),
            inflated_bytes: AtomicU64::new(0),
            partitions: AtomicU64::new(0),
            settled: AtomicU64::new(0),
            to_compare: AtomicU64::new(0),
            compared: AtomicU64::new(0),
        }
    }

    pub fn finish(&self) {
        self.line.finish_and_clear();
    }

    /// Whether listing is over and there is something to read.
    pub fn is_reading(&self) -> bool {
        self.objects.load(Ordering::Relaxed) > 0
    }

    pub fn note(&self, text: &str) {
        if self.line.is_hidden() {
            tell(text);
        } else {
            self.line.println(text);
        }
    }

    fn reading(&self) -> String {
        let seconds = self.begun.elapsed().as_secs_f64().max(0.001);
        let records = self.records.load(Ordering::Relaxed);
        format!(
            "{} of {} objects, {} events ({}/s)",
            grouped(self.read.load(Ordering::Relaxed)),
            grouped(self.objects.load(Ordering::Relaxed)),
            grouped(records),
            grouped((records as f64 / seconds) as u64),
        )
    }
}

impl Progress for Bar {
    fn event(&self, event: Event) {
        match event {
            Event::Listed { objects } => {
                let listed = self.listed.fetch_add(objects, Ordering::Relaxed) + objects;
                self.line.set_message(format!("listing: {} objects", grouped(listed)));
            }
            Event::Planned { objects, bytes } => {
                self.objects.store(objects, Ordering::Relaxed);
                self.line.set_length(bytes.max(1));
                self.line.set_style(style(READING));
                self.line.reset_eta();
            }
            Event::Read { bytes, inflated_bytes, records } => {
                self.read.fetch_add(1, Ordering::Relaxed);
                self.records.fetch_add(records, Ordering::Relaxed);
                self.inflated_bytes.fetch_add(inflated_bytes, Ordering::Relaxed);
                self.line.inc(bytes);
                if !self.line.is_hidden() {
                    self.line.set_message(self.reading());
                }
            }
            Event::Settling { partitions } => {
                self.partitions.store(partitions, Ordering::Relaxed);
                self.settled.store(0, Ordering::Relaxed);
                if self.line.length() == Some(self.line.position()) {
                    // Nothing is left to read, and how long the rest takes the bytes do not tell.
                    self.line.set_style(style(WRITING));
                }
                self.line.set_message(format!("sorting and writing 0 of {partitions} days; {}", self.reading()));
            }
            Event::Settled { .. } => {
                let settled = self.settled.fetch_add(1, Ordering::Relaxed) + 1;
                let partitions = self.partitions.load(Ordering::Relaxed);
                self.line
                    .set_message(format!("sorting and writing {settled} of {partitions} days; {}", self.reading()));
            }
            Event::Committed => self.line.set_message(format!("committed; {}", self.reading())),
        }
    }
}

impl eksamine_custody::Progress for Bar {
    fn event(&self, event: eksamine_custody::Event) {
        use eksamine_custody::Event;
        match event {
            Event::Listed { objects } => Progress::event(self, eksamine_ingest::Event::Listed { objects }),
            // Digests come first, and say how many log files there are.
            Event::Planned { objects, bytes } => {
                let before = self.objects.fetch_add(objects, Ordering::Relaxed);
                self.line.set_length(self.line.length().filter(|_| before > 0).unwrap_or(0) + bytes.max(1));
                self.line.set_style(style(READING));
                self.line.reset_eta();
            }
            Event::Comparing { rows } => {
                self.compared.store(0, Ordering::Relaxed);
                self.to_compare.store(rows, Ordering::Relaxed);
                self.line.set_style(style(LISTING));
                self.line.set_message(format!("comparing {} rows", grouped(rows)));
            }
            Event::Compared { rows } => {
                let compared = self.compared.fetch_add(rows, Ordering::Relaxed) + rows;
                if !self.line.is_hidden() {
                    let of = self.to_compare.load(Ordering::Relaxed);
                    self.line.set_message(format!("{} of {} rows compared", grouped(compared), grouped(of)));
                }
            }
            Event::Read { bytes, inflated_bytes } => {
                let read = self.read.fetch_add(1, Ordering::Relaxed) + 1;
                self.inflated_bytes.fetch_add(inflated_bytes, Ordering::Relaxed);
                self.line.inc(bytes);
                if !self.line.is_hidden() {
                    let of = self.objects.load(Ordering::Relaxed);
                    self.line.set_message(format!("{} of {} objects verified", grouped(read), grouped(of)));
                }
            }
        }
    }
}

/// A line that shows that something goes on; none where nobody would see it.
fn spinning() -> ProgressBar {
    let line = if std::io::stderr().is_terminal() { ProgressBar::new_spinner() } else { ProgressBar::hidden() };
    line.set_style(style(LISTING));
    line.enable_steady_tick(std::time::Duration::from_millis(120));
    line
}

/// What is being done, where how much of it there is can't be told in bytes. Gone when it is dropped.
pub struct Spinner {
    line: ProgressBar,
}

impl Spinner {
    pub fn new() -> Self {
        Self { line: spinning() }
    }

    pub fn say(&self, what: impl FnOnce() -> String) {
        if !self.line.is_hidden() {
            self.line.set_message(what());
        }
    }
}

impl Drop for Spinner {
    fn drop(&mut self) {
        self.line.finish_and_clear();
    }
}

// What is left may take long to say, so it has a line of its own, cut to the width of the terminal. The time left is what
// people look for, and stands where nothing is cut.
const LISTING: &str = "{spinner} {wide_msg}";
const READING: &str = "{spinner} [{wide_bar}] {binary_bytes}/{binary_total_bytes}, {eta} left\n  {wide_msg}";
const WRITING: &str = "{spinner} [{wide_bar}] {binary_bytes}/{binary_total_bytes}\n  {wide_msg}";

fn style(template: &str) -> ProgressStyle {
    // The templates are constants of this file; a test holds that they are right.
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("=> ")
}

/// Elapsed time and speed in words, for the summary.
pub fn pace(begun: Instant, inflated_bytes: u64) -> String {
    let elapsed = begun.elapsed();
    let rate = inflated_bytes as f64 / elapsed.as_secs_f64().max(0.001);
    if elapsed.as_secs() < 2 {
        return format!("{:.1} s", elapsed.as_secs_f64());
    }
    format!("{}, {}/s of logs", HumanDuration(elapsed), bytes(rate as u64))
}

/// The beginning of a measurement.
pub fn now() -> Instant {
    #[expect(clippy::disallowed_methods, reason = "durations shown to the user")]
    Instant::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_templates_are_right() {
        for template in [LISTING, READING, WRITING] {
            assert!(ProgressStyle::with_template(template).is_ok(), "{template}");
        }
    }
}

//! One measurement, the line in which a child hands it to its parent, and what many of them amount to.

use serde::{Deserialize, Serialize};

use crate::clock::{self, Elapsed};
use crate::failure::Failure;

/// What was measured once.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// The bench, or the question it asked.
    pub label: String,
    pub wall_seconds: f64,
    pub cpu_seconds: f64,
    /// The part of it that the kernel took.
    pub system_seconds: f64,
    /// The most memory the process had; that of a program it ran is not in it.
    pub peak_bytes: u64,
    /// Records read, or rows answered; 0 where there are none to count.
    pub rows: u64,
    /// Size of what was written.
    pub output_bytes: u64,
}

/// The middle of some values, and the ends.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Spread {
    pub median: f64,
    pub least: f64,
    pub most: f64,
}

impl Sample {
    pub fn new(label: &str, elapsed: Elapsed, rows: u64) -> Result<Self, Failure> {
        Ok(Self {
            label: label.to_owned(),
            wall_seconds: elapsed.wall_seconds,
            cpu_seconds: elapsed.cpu_seconds,
            system_seconds: elapsed.system_seconds,
            peak_bytes: clock::peak_bytes()?,
            rows,
            output_bytes: 0,
        })
    }

    pub fn to_line(&self) -> String {
        serde_json::json!(self).to_string()
    }

    pub fn from_line(line: &str) -> Option<Self> {
        serde_json::from_str(line).ok()
    }
}

impl Spread {
    /// None of no values.
    pub fn of(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut sorted: Vec<f64> = values.into_iter().collect();
        sorted.sort_by(f64::total_cmp);
        let (least, most) = (*sorted.first()?, *sorted.last()?);
        let (lower, upper) = (sorted.get((sorted.len() - 1) / 2)?, sorted.get(sorted.len() / 2)?);
        Some(Self { median: f64::midpoint(*lower, *upper), least, most })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_or_between_the_two() {
        assert_eq!(Spread::of([3.0, 1.0, 9.0]), Some(Spread { median: 3.0, least: 1.0, most: 9.0 }));
        assert_eq!(Spread::of([4.0, 2.0]), Some(Spread { median: 3.0, least: 2.0, most: 4.0 }));
        assert_eq!(Spread::of([]), None);
    }

    #[test]
    fn a_sample_survives_its_line() {
        let sample = Sample { label: "a \"b\"\n".into(), wall_seconds: 0.1, rows: 3, ..Sample::default() };
        assert_eq!(Sample::from_line(&sample.to_line()), Some(sample));
        assert_eq!(Sample::from_line("no sample"), None);
    }
}

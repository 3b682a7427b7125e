//! The hours of each log as a map: marks that each stand for so many hours, and how busy the log was in them, measured by
//! its own busiest mark. Not responsible for how a mark looks.

use super::{HOUR_MICROS, Scope, Stream};

/// How busy a mark can be; 0 is no event.
pub const SHADES: u8 = 4;

/// The map of some logs over one span of time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HourMap {
    /// Beginning of the first mark and end of the last hour, in microseconds since 1970.
    pub begin: i64,
    pub end: i64,
    /// How many hours a mark stands for.
    pub hours_of_mark: usize,
    /// The marks of each log, from 0 to [`SHADES`].
    pub lines: Vec<Vec<u8>>,
}

impl HourMap {
    /// The map of the streams over the time asked for, or over all they have, in at most so many marks. None where there
    /// is no time to show.
    pub fn of(streams: &[Stream], scope: &Scope, most_marks: usize) -> Option<Self> {
        let firsts = streams.iter().filter_map(|stream| stream.span_micros().map(|(first, _)| first));
        let ends = streams.iter().filter_map(|stream| stream.span_micros().map(|(_, end)| end));
        let begin = scope.since.map(floor_hour).or_else(|| firsts.min())?;
        let end = scope.until.map(ceiling_hour).or_else(|| ends.max())?;
        let hours = usize::try_from((end - begin) / HOUR_MICROS).unwrap_or(0).max(1);
        let hours_of_mark = hours.div_ceil(most_marks.clamp(1, hours));
        let marks = hours.div_ceil(hours_of_mark);
        let lines = streams.iter().map(|stream| line(stream, begin, hours_of_mark, marks)).collect();
        Some(Self { begin, end, hours_of_mark, lines })
    }
}

fn line(stream: &Stream, begin: i64, hours_of_mark: usize, marks: usize) -> Vec<u8> {
    let mut sums = vec![0_i64; marks];
    for (hour, events) in &stream.hours {
        let mark = (hour - begin).div_euclid(HOUR_MICROS.saturating_mul(hours_of_mark as i64));
        if let Some(sum) = usize::try_from(mark).ok().and_then(|mark| sums.get_mut(mark)) {
            *sum += events;
        }
    }
    let greatest = sums.iter().copied().max().unwrap_or(0);
    sums.into_iter().map(|sum| shade(sum, greatest)).collect()
}

/// By the logarithm: what is busy does not hide what is there.
fn shade(events: i64, greatest: i64) -> u8 {
    if events <= 0 {
        return 0;
    }
    let share = (events as f64).ln_1p() / (greatest.max(1) as f64).ln_1p();
    (share * f64::from(SHADES)).ceil().clamp(1.0, f64::from(SHADES)) as u8
}

fn floor_hour(micros: i64) -> i64 {
    micros.div_euclid(HOUR_MICROS) * HOUR_MICROS
}

fn ceiling_hour(micros: i64) -> i64 {
    floor_hour(micros.saturating_add(HOUR_MICROS - 1))
}

//! The hours of each log as a line of marks: the darker, the more events, measured by that log's own busiest mark.
//!
//! A mark stands for as many hours as the width asks for. Silence has a mark of its own, so that it is seen.

use eksamine_query::coverage::{HOUR_MICROS, Scope, Stream};

use crate::numbers::{counted, grouped};
use crate::terminal::{cut, display_width_columns, sanitise};

/// The width where standard output is no terminal.
pub const WIDTH_COLUMNS: usize = 100;
const LEAST_MARKS: usize = 12;
const LABEL_COLUMNS: usize = 56;
const SILENCE: char = '·';
const SHADES: [char; 4] = ['░', '▒', '▓', '█'];

/// The map of the streams over the time asked for, or over all they have.
pub fn drawn(streams: &[Stream], scope: &Scope, width_columns: usize) -> String {
    let firsts = streams.iter().filter_map(|stream| stream.span_micros().map(|(first, _)| first));
    let ends = streams.iter().filter_map(|stream| stream.span_micros().map(|(_, end)| end));
    let begin = scope.since.map(floor_hour).or_else(|| firsts.min());
    let end = scope.until.map(ceiling_hour).or_else(|| ends.max());
    let (Some(begin), Some(end)) = (begin, end) else { return "no events\n".to_owned() };
    let labels: Vec<String> = streams.iter().map(label).collect();
    let label_columns = labels.iter().map(|label| display_width_columns(label)).max().unwrap_or(0);
    let numbers: Vec<String> = streams.iter().map(|stream| grouped(stream.events().unsigned_abs())).collect();
    let number_columns = numbers.iter().map(String::len).max().unwrap_or(0);
    let hours = ((end - begin) / HOUR_MICROS).max(1) as usize;
    let room =
        width_columns.saturating_sub(label_columns + number_columns + 4).clamp(LEAST_MARKS, hours.max(LEAST_MARKS));
    let hours_of_mark = hours.div_ceil(room).max(1);
    let marks = hours.div_ceil(hours_of_mark);
    let mut text = format!(
        "hours with events, {} to {}: a mark is {}, {SILENCE} is none, {} is few to many\n",
        instant(begin),
        instant(end),
        counted(hours_of_mark as u64, "hour"),
        SHADES.iter().collect::<String>(),
    );
    for ((stream, label), number) in streams.iter().zip(&labels).zip(&numbers) {
        let padding = " ".repeat(label_columns - display_width_columns(label));
        let line = shades(stream, begin, hours_of_mark, marks);
        text += &format!("{label}{padding}  {number:>number_columns$}  {line}\n");
    }
    text
}

fn shades(stream: &Stream, begin: i64, hours_of_mark: usize, marks: usize) -> String {
    let mut sums = vec![0_i64; marks];
    for (hour, events) in &stream.hours {
        let mark = (hour - begin).div_euclid(HOUR_MICROS * hours_of_mark as i64);
        if let Some(sum) = usize::try_from(mark).ok().and_then(|mark| sums.get_mut(mark)) {
            *sum += events;
        }
    }
    let greatest = sums.iter().copied().max().unwrap_or(0);
    sums.into_iter().map(|sum| shade(sum, greatest)).collect()
}

/// By the logarithm: what is busy does not hide what is there.
fn shade(events: i64, greatest: i64) -> char {
    if events <= 0 {
        return SILENCE;
    }
    let share = (events as f64).ln_1p() / (greatest.max(1) as f64).ln_1p();
    let at = ((share * SHADES.len() as f64).ceil() as usize).clamp(1, SHADES.len()) - 1;
    SHADES.get(at).copied().unwrap_or('█')
}

fn label(stream: &Stream) -> String {
    let parts = [
        Some(stream.source.as_str()),
        stream.cluster.as_deref(),
        stream.account_id.as_deref(),
        stream.region.as_deref(),
    ];
    let whole = sanitise(&parts.into_iter().flatten().collect::<Vec<_>>().join(" ")).into_owned();
    cut(&whole, LABEL_COLUMNS).into_owned()
}

fn floor_hour(micros: i64) -> i64 {
    micros.div_euclid(HOUR_MICROS) * HOUR_MICROS
}

fn ceiling_hour(micros: i64) -> i64 {
    floor_hour(micros + HOUR_MICROS - 1)
}

fn instant(micros: i64) -> String {
    jiff::Timestamp::from_microsecond(micros).map_or_else(|_| "?".to_owned(), |instant| instant.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream(source: &str, hours: &[(i64, i64)]) -> Stream {
        let hours = hours.iter().map(|(hour, events)| (hour * HOUR_MICROS, *events)).collect();
        Stream { source: source.to_owned(), hours, ..Stream::default() }
    }

    #[test]
    fn silence_is_seen_and_a_single_event_too() {
        let text = drawn(&[stream("k8s_audit", &[(0, 1), (2, 1000), (3, 1000)])], &Scope::default(), 100);
        assert!(text.ends_with("k8s_audit  2,001  ░·██\n"), "{text}");
    }

    #[test]
    fn a_narrow_terminal_gets_fewer_marks() {
        let hours: Vec<(i64, i64)> = (0..240).map(|hour| (hour, 5)).collect();
        let text = drawn(&[stream("cloudtrail", &hours)], &Scope::default(), 60);
        let line = text.lines().last().unwrap();
        assert!(display_width_columns(line) <= 60, "{line}");
        assert!(text.contains("a mark is 6 hours"), "{text}");
        assert!(!line.contains(SILENCE), "{line}");
    }

    #[test]
    fn the_time_asked_for_is_drawn_whole() {
        let scope = Scope { since: Some(0), until: Some(6 * HOUR_MICROS), cluster: None };
        let text = drawn(&[stream("k8s_audit", &[(2, 4)])], &scope, 100);
        assert!(text.ends_with("  ··█···\n"), "{text}");
        assert_eq!(drawn(&[], &Scope::default(), 100), "no events\n");
    }
}

//! The hours of each log as a line of marks: the darker, the more events, measured by that log's own busiest mark.
//!
//! A mark stands for as many hours as the width asks for. Silence has a mark of its own, so that it is seen.

use eksamine_query::coverage::{HourMap, SHADES, Scope, Stream};

use crate::numbers::{counted, grouped};
use crate::terminal::{cut, display_width_columns, sanitise};

/// The width where standard output is no terminal.
pub const WIDTH_COLUMNS: usize = 100;
const LEAST_MARKS: usize = 12;
const LABEL_COLUMNS: usize = 56;
/// How a mark looks, from silence to the busiest.
const MARKS: [char; SHADES as usize + 1] = ['·', '░', '▒', '▓', '█'];

/// The map of the streams over the time asked for, or over all they have.
pub fn drawn(streams: &[Stream], scope: &Scope, width_columns: usize) -> String {
    let labels: Vec<String> = streams.iter().map(label).collect();
    let label_columns = labels.iter().map(|label| display_width_columns(label)).max().unwrap_or(0);
    let numbers: Vec<String> = streams.iter().map(|stream| grouped(stream.events().unsigned_abs())).collect();
    let number_columns = numbers.iter().map(String::len).max().unwrap_or(0);
    let room = width_columns.saturating_sub(label_columns + number_columns + 4).max(LEAST_MARKS);
    let Some(map) = HourMap::of(streams, scope, room) else { return "no events\n".to_owned() };
    let mut text = format!(
        "hours with events, {} to {}: a mark is {}, {} is none, {} is few to many\n",
        instant(map.begin),
        instant(map.end),
        counted(map.hours_of_mark as u64, "hour"),
        MARKS[0],
        MARKS[1..].iter().collect::<String>(),
    );
    for ((line, label), number) in map.lines.iter().zip(&labels).zip(&numbers) {
        let padding = " ".repeat(label_columns - display_width_columns(label));
        let marks: String = line.iter().filter_map(|shade| MARKS.get(usize::from(*shade))).collect();
        text += &format!("{label}{padding}  {number:>number_columns$}  {marks}\n");
    }
    text
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

fn instant(micros: i64) -> String {
    jiff::Timestamp::from_microsecond(micros).map_or_else(|_| "?".to_owned(), |instant| instant.to_string())
}

#[cfg(test)]
mod tests {
    use eksamine_query::coverage::HOUR_MICROS;

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
        assert!(!line.contains(MARKS[0]), "{line}");
    }

    #[test]
    fn the_time_asked_for_is_drawn_whole() {
        let scope = Scope { since: Some(0), until: Some(6 * HOUR_MICROS), cluster: None };
        let text = drawn(&[stream("k8s_audit", &[(2, 4)])], &scope, 100);
        assert!(text.ends_with("  ··█···\n"), "{text}");
        assert_eq!(drawn(&[], &Scope::default(), 100), "no events\n");
    }
}

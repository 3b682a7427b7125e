//! The hours of each log as a map on the page: a line of marks for each log, the darker the busier. Plain SVG, which needs
//! no script and prints.

use std::io::Write;

use crate::report::{HourMap, Report};
use crate::text::{html, moment};

/// How busy a mark can be.
const SHADES: u8 = 4;

/// Writes the map, if there is one.
pub fn write(out: &mut impl Write, report: &Report) -> std::io::Result<()> {
    let Some(map) = &report.hours else { return Ok(()) };
    let marks = map.lines.iter().map(|(_, marks)| marks.len()).max().unwrap_or(0);
    if marks == 0 {
        return Ok(());
    }
    writeln!(out, "<figure class=\"hours\"><figcaption>{}</figcaption><table>", html(&caption(map)))?;
    for (log, line) in &map.lines {
        let with_events = line.iter().filter(|shade| **shade > 0).count();
        writeln!(
            out,
            "<tr><th scope=\"row\">{}</th><td><svg role=\"img\" aria-label=\"events in {with_events} of {} marks\" \
             viewBox=\"0 0 {marks} 1\" preserveAspectRatio=\"none\">{}</svg></td></tr>",
            html(log),
            line.len(),
            drawn(line)
        )?;
    }
    writeln!(out, "</table></figure>")
}

fn caption(map: &HourMap) -> String {
    let hours = if map.hours_of_mark == 1 { "one hour".to_owned() } else { format!("{} hours", map.hours_of_mark) };
    format!(
        "Hours with events, {} to {}: a mark is {hours}, and the darker, the more events, measured by each log's own \
         busiest mark. Where there is none, the archive has no event.",
        moment(map.since_micros),
        moment(map.until_micros)
    )
}

/// Marks of one shade side by side are one rectangle.
fn drawn(line: &[u8]) -> String {
    let mut text = String::new();
    let mut at = 0;
    for run in line.chunk_by(|one, next| one == next) {
        let shade = run.first().copied().unwrap_or(0).min(SHADES);
        if shade > 0 {
            text += &format!("<rect class=\"m{shade}\" x=\"{at}\" width=\"{}\" height=\"1\"/>", run.len());
        }
        at += run.len();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_of_one_shade_are_one_rectangle_and_silence_is_none() {
        let expected = "<rect class=\"m2\" x=\"0\" width=\"2\" height=\"1\"/>\
                        <rect class=\"m4\" x=\"5\" width=\"1\" height=\"1\"/>";
        assert_eq!(drawn(&[2, 2, 0, 0, 0, 9]), expected);
        assert_eq!(drawn(&[]), "");
    }

    #[test]
    fn a_report_without_hours_has_no_map() {
        let written = |report: &Report| {
            let mut out = Vec::new();
            write(&mut out, report).unwrap();
            String::from_utf8(out).unwrap()
        };
        let hours = |lines| Some(HourMap { since_micros: 0, until_micros: 3_600_000_000, hours_of_mark: 1, lines });
        assert_eq!(written(&Report::default()), "");
        assert_eq!(written(&Report { hours: hours(vec![]), ..Report::default() }), "");
        let hostile = written(&Report { hours: hours(vec![("<b>\u{202e}".to_owned(), vec![1])]), ..Report::default() });
        assert!(hostile.contains("&lt;b&gt;") && !hostile.contains('\u{202e}'), "{hostile}");
    }
}

//! `--plot`: a bar for each row, as long as its first number is great.
//!
//! Bars are drawn in blocks and eighths of blocks from a base of zero, so that they fit the terminal; labels are what
//! else the row holds, and can't act in the terminal. Where rows are periods in their order, those between them that
//! have no row are shown as a gap: what they would count is not known here, and a time without a line would not be seen.

use anyhow::bail;
use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, TimestampMicrosecondArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type, TimeUnit, TimestampMicrosecondType};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use eksamine_query::Answer;
use eksamine_query::insights::{Bins, Translation};
use futures::TryStreamExt;

use crate::printing::print_text;
use crate::terminal::{cut, display_width_columns, sanitise, stdout_width_columns};

/// The width where standard output is no terminal.
const WIDTH_COLUMNS: usize = 100;
/// Labels longer than this are cut.
const LABEL_COLUMNS: usize = 48;
const LEAST_BAR_COLUMNS: usize = 10;
/// Periods without rows that have a line each; more of them share one.
const MOST_EMPTY_LINES: usize = 3;
/// Blocks of one to seven eighths.
const EIGHTHS: [char; 7] = ['▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/// A row as it is drawn.
#[derive(Clone, Debug, PartialEq)]
struct Bar {
    label: String,
    value: Option<f64>,
    /// The value as it is written.
    written: String,
    /// The begin of its period, microseconds since 1970.
    begin: Option<i64>,
}

/// Draws the rows of an answer.
pub async fn print(answer: Answer, translation: &Translation) -> anyhow::Result<()> {
    let fields = answer.schema.fields();
    let is_bin = |name: &str| translation.columns.iter().any(|column| column.bin && column.name == name);
    let is_number = |data_type: &DataType| data_type.is_numeric();
    let Some(number) = fields.iter().position(|field| is_number(field.data_type()) && !is_bin(field.name())) else {
        bail!("there is no number to plot: end the query with `| stats count(*) by bin(5m)`, for one");
    };
    let name = fields.get(number).map(|field| field.name().clone()).unwrap_or_default();
    let batches: Vec<RecordBatch> = answer.rows.try_collect().await.map_err(eksamine_query::Error::of_rows)?;
    let begin = fields.iter().position(|field| is_bin(field.name()));
    let mut bars = Vec::new();
    for batch in &batches {
        bars.extend(bars_of(batch, number, begin)?);
    }
    if let Some(bins) = &translation.bins {
        bars = with_gaps(bars, bins)?;
    }
    let width = stdout_width_columns().map_or(WIDTH_COLUMNS, usize::from);
    print_text(&drawn(&name, &bars, width))?;
    Ok(())
}

fn bars_of(batch: &RecordBatch, number: usize, begin: Option<usize>) -> anyhow::Result<Vec<Bar>> {
    let options = FormatOptions::default();
    let columns: Vec<(&ArrayRef, ArrayFormatter<'_>)> = batch
        .columns()
        .iter()
        .map(|column| Ok((column, ArrayFormatter::try_new(column.as_ref(), &options)?)))
        .collect::<Result<_, arrow::error::ArrowError>>()?;
    let Some((numbers, number_formatter)) = columns.get(number) else { return Ok(Vec::new()) };
    let numbers = cast(numbers, &DataType::Float64)?;
    let numbers = numbers.as_primitive::<Float64Type>();
    let begins = begin.and_then(|begin| columns.get(begin)).map(|(column, _)| instants(column)).transpose()?;
    let bar = |row: usize| {
        let others = columns.iter().enumerate().filter(|(at, _)| *at != number);
        let labels = others.map(|(_, (column, formatter))| {
            if column.is_null(row) { "-".to_owned() } else { sanitise(&formatter.value(row).to_string()).into_owned() }
        });
        let is_there = numbers.is_valid(row) && numbers.value(row).is_finite();
        Bar {
            label: labels.collect::<Vec<_>>().join("  "),
            value: is_there.then(|| numbers.value(row)),
            written: if is_there { number_formatter.value(row).to_string() } else { "-".to_owned() },
            begin: begins.as_ref().filter(|begins| begins.is_valid(row)).map(|begins| begins.value(row)),
        }
    };
    Ok((0..batch.num_rows()).map(bar).collect())
}

/// A column of times as microseconds since 1970.
fn instants(column: &ArrayRef) -> anyhow::Result<TimestampMicrosecondArray> {
    let column = cast(column, &DataType::Timestamp(TimeUnit::Microsecond, None))?;
    Ok(column.as_primitive::<TimestampMicrosecondType>().clone())
}

/// The bars, and lines for the periods between them that have none, if they stand in the order of time.
fn with_gaps(bars: Vec<Bar>, bins: &Bins) -> anyhow::Result<Vec<Bar>> {
    let begins: Vec<i64> = bars.iter().filter_map(|bar| bar.begin).collect();
    let is_ascending = begins.is_sorted();
    if !is_ascending && !begins.iter().rev().is_sorted() {
        return Ok(bars);
    }
    let mut all: Vec<Bar> = Vec::new();
    for bar in bars {
        if let (Some(one), Some(other)) = (all.last().and_then(|last| last.begin), bar.begin) {
            let mut between = bins.between(one.min(other), one.max(other)).unwrap_or_default();
            if !is_ascending {
                between.reverse();
            }
            all.extend(gap(&between)?);
        }
        all.push(bar);
    }
    Ok(all)
}

/// Lines for periods without rows.
fn gap(begins: &[i64]) -> anyhow::Result<Vec<Bar>> {
    let line = |label: String| Bar { label, value: None, written: String::new(), begin: None };
    if begins.len() > MOST_EMPTY_LINES {
        return Ok(vec![line(format!("⋮ {} without rows", begins.len()))]);
    }
    let times = TimestampMicrosecondArray::from(begins.to_vec()).with_timezone("UTC");
    let options = FormatOptions::default();
    let formatter = ArrayFormatter::try_new(&times, &options)?;
    Ok((0..begins.len()).map(|row| line(formatter.value(row).to_string())).collect())
}

fn drawn(name: &str, bars: &[Bar], width: usize) -> String {
    let labels: Vec<_> = bars.iter().map(|bar| cut(&bar.label, LABEL_COLUMNS)).collect();
    let label_width = labels.iter().map(|label| display_width_columns(label)).max().unwrap_or(0);
    let number_width = bars.iter().map(|bar| bar.written.len()).max().unwrap_or(0);
    let room = width.saturating_sub(label_width + number_width + 4).max(LEAST_BAR_COLUMNS);
    let greatest = bars.iter().filter_map(|bar| bar.value).map(f64::abs).fold(0.0, f64::max);
    let mut text = format!("{}\n", sanitise(name));
    for (bar, label) in bars.iter().zip(&labels) {
        let padding = " ".repeat(label_width - display_width_columns(label));
        let blocks = bar.value.map_or_else(String::new, |value| blocks(value.abs(), greatest, room));
        let line = format!("{label}{padding}  {:>number_width$}  {blocks}", bar.written);
        text += line.trim_end();
        text.push('\n');
    }
    text
}

/// A bar of so many columns for the greatest value, and something for any value above zero.
fn blocks(value: f64, greatest: f64, room: usize) -> String {
    if value <= 0.0 || greatest <= 0.0 {
        return String::new();
    }
    let eighths = ((value / greatest * room as f64 * 8.0).round() as usize).clamp(1, room * 8);
    let part = (eighths % 8).checked_sub(1).and_then(|part| EIGHTHS.get(part));
    "█".repeat(eighths / 8) + &part.map(char::to_string).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use eksamine_query::insights::Settings;

    use super::*;

    fn bar(label: &str, value: f64) -> Bar {
        Bar { label: label.to_owned(), value: Some(value), written: value.to_string(), begin: None }
    }

    #[test]
    fn a_time_without_rows_is_seen() {
        let translation =
            eksamine_query::insights::translate("stats count(*) by bin(1h)", &Settings::default()).unwrap();
        let hour = 3_600_000_000;
        let at = |hours: i64| Bar { begin: Some(hours * hour), ..bar(&format!("{hours}"), 1.0) };
        let labels = |bars: Vec<Bar>| {
            let all = with_gaps(bars, &translation.bins.unwrap()).unwrap();
            all.into_iter().map(|bar| bar.label).collect::<Vec<_>>()
        };
        let two = "1970-01-01T02:00:00Z";
        assert_eq!(labels(vec![at(0), at(1), at(3), at(9)]), ["0", "1", two, "3", "⋮ 5 without rows", "9"]);
        assert_eq!(labels(vec![at(3), at(1), at(1)]), ["3", two, "1", "1"]);
        // By another order a gap would mean nothing.
        assert_eq!(labels(vec![at(3), at(0), at(9)]), ["3", "0", "9"]);
    }

    #[test]
    fn bars_are_as_long_as_their_numbers() {
        let text = drawn("count(*)", &[bar("14:00", 8.0), bar("14:05", 1.0), bar("x", 0.0)], 22);
        assert_eq!(text, "count(*)\n14:00  8  ████████████\n14:05  1  █▌\nx      0\n");
    }

    #[test]
    fn a_small_number_is_still_seen_and_none_is_none() {
        let nothing = Bar { label: "b".to_owned(), value: None, written: "-".to_owned(), begin: None };
        let text = drawn("n", &[bar("a", 1e9), bar("c", 1.0), nothing], 40);
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines[2].ends_with("  ▏"), "{text}");
        assert!(lines[3].ends_with('-'), "{text}");
        assert!(lines.iter().all(|line| display_width_columns(line) <= 40), "{text}");
        assert_eq!(drawn("n", &[], 40), "n\n");
    }

    #[test]
    fn long_and_wide_labels_leave_room() {
        let text = drawn("n", &[bar(&"日本".repeat(40), 2.0), bar("a", 1.0)], 80);
        assert!(text.lines().all(|line| display_width_columns(line) <= 80), "{text}");
        assert!(text.contains('…'));
    }
}

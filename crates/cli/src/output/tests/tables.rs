//! The table: in a file, on terminals of several widths, and over many rows.

use super::*;
use crate::terminal::display_width_columns;

fn widest_line(text: &str) -> usize {
    text.lines().map(display_width_columns).max().unwrap_or(0)
}

fn wide_row() -> RecordBatch {
    let long = "word ".repeat(400);
    batch(vec![
        ("event_time", sample().column(0).slice(0, 1)),
        ("event_name", texts(&["GetObject"])),
        ("count", Arc::new(Int64Array::from(vec![12]))),
        ("raw", texts(&[long.as_str()])),
    ])
}

#[test]
fn in_a_file_a_row_is_a_line_and_nothing_is_cut() {
    let expected = "\
┌───────────────────────────┬───────────────┬─────────────────────┐
│ event_time                │ event_name    │               count │
├───────────────────────────┼───────────────┼─────────────────────┤
│ 2024-05-14T14:02:11Z      │ DeleteCluster │                  -5 │
│ 2024-05-14T14:02:11.1234Z │               │ 9223372036854775807 │
│                           │ GetObject     │                     │
└───────────────────────────┴───────────────┴─────────────────────┘
";
    assert_eq!(print(Format::Table, &sample()), expected);
    let text = print(Format::Table, &wide_row());
    assert_eq!(text.lines().count(), 5);
    assert!(text.contains(&"word ".repeat(400)));
}

#[test]
fn a_terminal_wide_enough_shows_the_same() {
    let (text, summary) = print_on_terminal(Format::Table, 100, &sample());
    assert_eq!(text, print(Format::Table, &sample()));
    assert_eq!(summary, Summary { rows: 3, notices: Vec::new() });
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    let hostile = batch(vec![("text", texts(HOSTILE)), ("日本語", texts(&["日本語 ".repeat(50).as_str(); 16]))]);
    for width in [20, 25, 40, 41, 60, 80, 120, 250] {
        for batch in [sample(), wide_row(), hostile.clone()] {
            let (text, _) = print_on_terminal(Format::Table, width, &batch);
            assert!(widest_line(&text) <= usize::from(width), "{width}:\n{text}");
        }
    }
}

#[test]
fn long_cells_wrap_and_are_cut_with_a_notice() {
    let (text, summary) = print_on_terminal(Format::Table, 80, &wide_row());
    assert_eq!(text.lines().count(), 3 + 3 + 1, "{text}");
    assert_eq!(text.matches('…').count(), 1);
    assert_eq!(summary.notices.len(), 1);
    let short = batch(vec![("text", texts(&["ends with an ellipsis …"]))]);
    assert!(print_on_terminal(Format::Table, 80, &short).1.notices.is_empty());
}

#[test]
fn too_many_columns_become_blocks() {
    let (text, summary) = print_on_terminal(Format::Table, 40, &sample());
    let expected = "\
── 1 ───────────────────────────────────
event_time  2024-05-14T14:02:11Z
event_name  DeleteCluster
count       -5
── 2 ───────────────────────────────────
event_time  2024-05-14T14:02:11.1234Z
event_name
count       9223372036854775807
── 3 ───────────────────────────────────
event_time
event_name  GetObject
count
";
    assert_eq!(text, expected);
    assert_eq!(summary.rows, 3);
    let (text, summary) = print_on_terminal(Format::Table, 40, &wide_row());
    assert_eq!(text.lines().count(), 1 + 3 + 8, "{text}");
    assert_eq!(summary.notices.len(), 1);
}

#[test]
fn colour_is_for_headings_only() {
    let destination = Destination::Terminal { width_columns: 100, colour: true };
    let options = Options { destination, ..Options::default() };
    let sample = sample();
    let (bytes, _) = print_with(options, Format::Table, &sample.schema(), std::slice::from_ref(&sample));
    let text = String::from_utf8(bytes).unwrap();
    let coloured: Vec<&str> = text.lines().filter(|line| line.contains('\u{1b}')).collect();
    assert_eq!(coloured.len(), 1);
    assert!(coloured[0].contains("event_name"));
}

#[test]
fn many_rows_come_in_windows_with_one_heading() {
    let count = 25_000;
    let names: Vec<String> = (0..count).map(|row| format!("name-{row}")).collect();
    let rows = batch(vec![
        ("n", Arc::new(Int64Array::from_iter_values(0..count))),
        ("name", texts(&names.iter().map(String::as_str).collect::<Vec<_>>())),
    ]);
    let (on_terminal, summary) = print_on_terminal(Format::Table, 80, &rows);
    assert_eq!(summary, Summary { rows: count as u64, notices: Vec::new() });
    for text in [print(Format::Table, &rows), on_terminal] {
        assert_eq!(text.lines().count(), count as usize + 4);
        assert_eq!(text.matches('┌').count(), 1);
        assert_eq!(text.matches('├').count(), 1);
        assert_eq!(text.matches('└').count(), 1);
        assert!(text.contains("│ 24999 │ name-24999 │"));
    }
}

#[test]
fn one_long_cell_does_not_widen_every_line() {
    let long = "x".repeat(5_000);
    let mut values = vec!["short"; 1_000];
    values[500] = &long;
    let text = print(Format::Table, &batch(vec![("a", texts(&values)), ("b", texts(&vec!["end"; 1_000]))]));
    assert!(text.contains(&long));
    assert_eq!(text.lines().count(), 1_004);
    assert!(text.len() < 1_004 * 300, "{}", text.len());
}

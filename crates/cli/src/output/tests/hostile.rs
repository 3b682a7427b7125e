//! What an attacker wrote into a log acts nowhere.

use super::*;
use crate::terminal::is_unsafe;

fn hostile() -> RecordBatch {
    batch(vec![("n", Arc::new(Int64Array::from_iter_values(0..HOSTILE.len() as i64))), ("text", texts(HOSTILE))])
}

#[test]
fn nothing_acts_in_a_terminal() {
    for entry in of_any_rows().filter(|entry| entry.format != Format::Parquet) {
        for width in [20, 40, 80, 200] {
            let (text, _) = print_on_terminal(entry.format, width, &hostile());
            let found: Vec<char> = text.chars().filter(|c| *c != '\n' && is_unsafe(*c)).collect();
            assert!(found.is_empty(), "{} lets {found:?} through", entry.name);
        }
    }
}

#[test]
fn tables_json_and_markdown_are_clean_in_a_file_too() {
    for format in [Format::Table, Format::Json, Format::Ndjson, Format::Markdown] {
        let text = print(format, &hostile());
        assert!(!text.chars().any(|c| c != '\n' && is_unsafe(c)), "{format:?}: {text}");
    }
}

#[test]
fn hostile_names_are_as_harmless_as_cells() {
    let batch = batch(vec![("=\u{1b}[2J|<b>\n\"", Arc::new(Int64Array::from(vec![1])))]);
    for entry in of_any_rows().filter(|entry| entry.format != Format::Parquet) {
        let (text, _) = print_on_terminal(entry.format, 80, &batch);
        assert!(!text.chars().any(|c| c != '\n' && is_unsafe(c)), "{}: {text}", entry.name);
    }
    assert!(print(Format::Markdown, &batch).starts_with("| =\\\\u{1b}\\[2J\\|&lt;b&gt;\\\\n\" |\n| ---: |\n"));
    assert!(print(Format::Csv, &batch).starts_with("\"'=\u{1b}[2J|<b>\n\"\"\"\n"));
}

#[test]
fn json_keeps_every_character() {
    let text = print(Format::Ndjson, &hostile());
    let lines: Vec<Json> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), HOSTILE.len());
    for (line, expected) in lines.iter().zip(HOSTILE) {
        assert_eq!(line["text"], *expected);
    }
}

#[test]
fn a_spreadsheet_runs_no_cell() {
    let rows = readers::read_csv(&print(Format::Csv, &hostile()));
    for (row, original) in rows[1..].iter().zip(HOSTILE) {
        let cell = row[1].0.as_str();
        let first = cell.trim_start().chars().next();
        assert!(!first.is_some_and(|c| "=+-@\u{ff1d}".contains(c)), "{cell:?}");
        assert!(!cell.starts_with(['\t', '\r']), "{cell:?}");
        assert!(cell == *original || cell.strip_prefix('\'') == Some(original), "{cell:?}");
    }
    let guarded = rows[1..].iter().filter(|row| row[1].0.starts_with('\'')).count();
    assert_eq!(guarded, 6);
}

#[test]
fn numbers_are_no_formulas() {
    let numbers = batch(vec![
        ("int", Arc::new(Int64Array::from(vec![-1])) as ArrayRef),
        ("float", Arc::new(Float64Array::from(vec![-0.5]))),
        ("infinite", Arc::new(Float64Array::from(vec![f64::NEG_INFINITY]))),
        ("text", texts(&["-1"])),
    ]);
    assert_eq!(print(Format::Csv, &numbers), "int,float,infinite,text\n-1,-0.5,-inf,'-1\n");
}

#[test]
fn a_page_shows_markdown_cells_as_they_are() {
    let text = print(Format::Markdown, &hostile());
    assert_eq!(text.lines().count(), HOSTILE.len() + 2);
    for line in text.lines() {
        let bars = line.replace("\\\\", "").replace("\\|", "").matches('|').count();
        assert_eq!(bars, 3, "{line}");
        let bare = line.replace("\\://", "").replace("\\](", "");
        for active in ["<", "://", "www.", "@", "]("] {
            assert!(!bare.contains(active), "{active} in {line}");
        }
    }
    assert!(text.contains("| &lt;script&gt;alert(1)&lt;/script&gt;&amp;amp; |"));
    assert!(text.contains("| a\\|b\\\\\\|c |"));
    assert!(text.contains("| one\\\\r\\\\ntwo\\\\nthree |"));
}

//! What a terminal can be trusted with: which characters reach it, how wide it is, whether it gets colour.
//!
//! Responsible for `sanitise`, which makes every character that could act in a terminal or hide in a line visible.
//! Not responsible for the list of these characters, which is that of the pages (`eksamine_web::HIDDEN_RANGES`), for
//! layout (`output::table`) or for escaping in a format (`output::json_text`, `output::markdown`).
//!
//! Invariant: text that passed `sanitise` holds no control, bidirectional, zero-width or line-separating character.

use std::borrow::Cow;
use std::env;
use std::ffi::OsStr;
use std::io::{self, IsTerminal};

/// The width taken when a terminal does not say how wide it is.
const DEFAULT_WIDTH_COLUMNS: u16 = 80;

/// Replaces each character that could act in a terminal or deceive a reader by a visible escape.
///
/// A line feed becomes `\n`, a carriage return `\r`, a tab `\t`, and any other such character `\u{1b}`.
pub fn sanitise(text: &str) -> Cow<'_, str> {
    eksamine_web::visible(text)
}

/// As [`sanitise`], but line feeds stay: for text of several lines that we wrote ourselves around foreign words.
pub fn sanitise_lines(text: &str) -> Cow<'_, str> {
    if !text.contains(|character| character != '\n' && is_unsafe(character)) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.split('\n').map(sanitise).collect::<Vec<_>>().join("\n"))
}

/// Whether a character can act in a terminal, reorder or hide text, or break a line.
pub fn is_unsafe(character: char) -> bool {
    eksamine_web::is_hidden(character)
}

/// How many terminal columns a text takes. Sums past `u16::MAX` are cut to it.
pub fn display_width_columns(text: &str) -> usize {
    if text.is_ascii() {
        return text.len();
    }
    // The table library knows the widths of all characters and shows them only through a table.
    let mut table = comfy_table::Table::new();
    table.add_row([text]);
    table.column_max_content_widths().first().copied().map_or(0, usize::from)
}

/// A text of at most so many columns; what is cut off is shown by `…`.
pub fn cut(text: &str, width_columns: usize) -> Cow<'_, str> {
    if display_width_columns(text) <= width_columns {
        return Cow::Borrowed(text);
    }
    let mut short = String::new();
    for character in text.chars() {
        // Room for this character, which may be two columns wide, and for the mark.
        if display_width_columns(&short) + 3 > width_columns {
            break;
        }
        short.push(character);
    }
    Cow::Owned(short + "…")
}

/// The width of the terminal that standard output is, in columns; none when it is a pipe or a file.
pub fn stdout_width_columns() -> Option<u16> {
    if !io::stdout().is_terminal() {
        return None;
    }
    let width = comfy_table::Table::new().width().filter(|width| *width > 0);
    Some(width.unwrap_or(DEFAULT_WIDTH_COLUMNS))
}

/// Whether standard output gets colour.
pub fn stdout_colour() -> bool {
    colour_wanted(io::stdout().is_terminal(), env::var_os("NO_COLOR").as_deref(), env::var_os("TERM").as_deref())
}

/// The rule behind the colour decisions: a terminal that is not `dumb`, and no `NO_COLOR` (<https://no-color.org>).
pub fn colour_wanted(is_terminal: bool, no_color: Option<&OsStr>, term: Option<&OsStr>) -> bool {
    is_terminal && no_color.is_none_or(OsStr::is_empty) && term.is_none_or(|term| term != "dumb")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn harmless_text_is_borrowed() {
        for text in ["", "plain", "naïve café 日本語", "a \\ b | c"] {
            assert!(matches!(sanitise(text), Cow::Borrowed(same) if same == text), "{text}");
        }
    }

    #[test]
    fn every_acting_character_becomes_visible() {
        assert_eq!(sanitise("a\u{1b}[31mred\u{7}"), "a\\u{1b}[31mred\\u{7}");
        assert_eq!(sanitise("one\r\n\ttwo"), "one\\r\\n\\ttwo");
        assert_eq!(sanitise("x\u{202e}gpj.exe"), "x\\u{202e}gpj.exe");
        assert_eq!(sanitise("\u{9b}2J\u{7f}\u{2028}\u{200b}\u{feff}"), "\\u{9b}2J\\u{7f}\\u{2028}\\u{200b}\\u{feff}");
        assert_eq!(sanitise("tag\u{e0041}"), "tag\\u{e0041}");
    }

    #[test]
    fn all_controls_are_covered() {
        for character in (0..=0x0010_ffff).filter_map(char::from_u32) {
            let separator = matches!(character, '\u{2028}' | '\u{2029}');
            if character.is_control() || separator {
                assert!(is_unsafe(character), "{character:?}");
                assert!(!sanitise(&character.to_string()).contains(character), "{character:?}");
            }
        }
    }

    #[test]
    fn lines_can_be_kept() {
        assert_eq!(sanitise_lines("error: `a\u{1b}c`\n\nhint: d\r"), "error: `a\\u{1b}c`\n\nhint: d\\r");
    }

    #[test]
    fn width_counts_columns_not_bytes() {
        assert_eq!(display_width_columns("abc"), 3);
        assert_eq!(display_width_columns("日本"), 4);
        assert_eq!(display_width_columns("é"), 1);
        assert_eq!(display_width_columns(""), 0);
    }

    #[test]
    fn colour_needs_a_terminal_and_consent() {
        let xterm = Some(OsStr::new("xterm"));
        assert!(colour_wanted(true, None, xterm));
        assert!(colour_wanted(true, Some(OsStr::new("")), None));
        assert!(!colour_wanted(true, Some(OsStr::new("1")), xterm));
        assert!(!colour_wanted(true, None, Some(OsStr::new("dumb"))));
        assert!(!colour_wanted(false, None, xterm));
    }
}

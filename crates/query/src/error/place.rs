//! Places in the text of a query: found in what the engine says, or by looking for the name it complains of, and shown
//! as an excerpt that nothing in the text can break.

use std::fmt::Write;

/// A place in the text of a query. Lines and columns are counted from 1, columns in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    pub line: usize,
    pub column: usize,
    /// Characters to underline.
    pub length: usize,
}

impl Place {
    /// `… at Line: 1, Column: 8` at the end of a parser's message, or the end of the text where that is what the
    /// parser found.
    pub(super) fn split(message: &str, query: &str) -> (String, Option<Self>) {
        let Some((rest, place)) = message.rsplit_once(" at Line: ") else {
            let place = message.ends_with("found: EOF").then(|| Self::end_of(query)).flatten();
            return (message.to_owned(), place);
        };
        let numbers = place.split_once(", Column: ");
        let place = numbers.and_then(|(line, column)| {
            let column: String = column.chars().take_while(char::is_ascii_digit).collect();
            let place = Self { line: line.parse().ok()?, column: column.parse().ok()?, length: 1 };
            Some(Self { length: place.word_length(query), ..place })
        });
        (rest.to_owned(), place)
    }

    /// Length of the word that begins at the place, or 1.
    fn word_length(self, query: &str) -> usize {
        let line = query.lines().nth(self.line.saturating_sub(1)).unwrap_or_default();
        let word = line.chars().skip(self.column.saturating_sub(1)).take_while(|c| is_word(*c));
        word.count().max(1)
    }

    /// Behind the last character that is no blank; none for an empty text.
    fn end_of(query: &str) -> Option<Self> {
        let text = query.trim_end();
        let line = text.lines().last()?;
        Some(Self { line: text.lines().count(), column: line.chars().count() + 1, length: 1 })
    }

    /// The only place where a name stands as a word of its own.
    pub(super) fn of_name(name: &str, query: &str) -> Option<Self> {
        let stands_alone = |at: usize| {
            let (before, after) = (query.get(..at), query.get(at + name.len()..));
            !before.is_some_and(|text| text.ends_with(is_word)) && !after.is_some_and(|text| text.starts_with(is_word))
        };
        // Case is kept only in double quotes; folding must not move the places of what follows.
        let folded = query.to_ascii_lowercase();
        let mut found = folded.match_indices(name).map(|(at, _)| at).filter(|at| stands_alone(*at));
        let at = found.next().filter(|_| !name.is_empty())?;
        if found.next().is_some() {
            return None;
        }
        let before = query.get(..at)?;
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Some(Self {
            line: before.matches('\n').count() + 1,
            column: before.get(line_start..)?.chars().count() + 1,
            length: name.chars().count(),
        })
    }

    /// A piece of the query, in bytes. Of a piece of several lines the first is meant.
    pub(crate) fn of_bytes(query: &str, start: usize, end: usize) -> Option<Self> {
        // Behind the end, the last character that is no blank is the place to look at.
        if query.get(start..)?.trim().is_empty() {
            return Self::end_of(query);
        }
        let before = query.get(..start)?;
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let piece = query.get(start..end.max(start)).unwrap_or_default();
        Some(Self {
            line: before.matches('\n').count() + 1,
            column: before.get(line_start..)?.chars().count() + 1,
            length: piece.lines().next().unwrap_or_default().chars().count().max(1),
        })
    }

    /// The line of the query with the place underlined. Characters that would move the cursor or turn the direction
    /// of the text are shown as a mark of their own.
    pub(super) fn excerpt(&self, query: &str) -> Option<String> {
        let line: Vec<char> = query.lines().nth(self.line.checked_sub(1)?)?.chars().map(printable).collect();
        let before = self.column.saturating_sub(1).min(line.len());
        let marks = self.length.clamp(1, (line.len() - before).max(1));
        let number = self.line.to_string();
        let margin = " ".repeat(number.len());
        let mut text = String::new();
        let line = String::from_iter(line);
        let _ = write!(text, "{margin} |\n{number} | {line}\n{margin} | {}{}", " ".repeat(before), "^".repeat(marks));
        Some(text)
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn printable(c: char) -> char {
    match c {
        '\t' => ' ',
        '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => char::REPLACEMENT_CHARACTER,
        c if c.is_control() => char::REPLACEMENT_CHARACTER,
        c => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_found_where_it_stands_alone_and_only_once() {
        let place = |line, column, length| Some(Place { line, column, length });
        assert_eq!(Place::of_name("b", "SELECT ab,\n ü, B FROM t"), place(2, 5, 1));
        assert_eq!(Place::of_name("a", "SELECT a, a FROM t"), None);
        assert_eq!(Place::of_name("a", "SELECT ab, a_b FROM t"), None);
        assert_eq!(Place::of_name("", "SELECT"), None);
        assert_eq!(Place::of_name("ürl", "SELECT ürl"), place(1, 8, 3));
    }

    #[test]
    fn the_end_is_behind_the_last_word() {
        assert_eq!(Place::end_of("SELECT (1\n  + 2 \n"), Some(Place { line: 2, column: 6, length: 1 }));
        assert_eq!(Place::end_of(" \n"), None);
    }
}

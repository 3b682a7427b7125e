//! Prose on a terminal: lines that are too long are broken between words, and go on under where they began.
//!
//! Not responsible for tables of rows (`output::table`) or for what is piped: there a line stays one line.

use crate::terminal;

/// Prose is not made narrower than this; the terminal may break it then.
const MIN_WIDTH_COLUMNS: usize = 30;

/// Fits a line to standard output, if that is a terminal. Lines after the first begin with `indent` blanks; the first
/// is taken to have its own already.
pub fn fitted(line: &str, indent: usize) -> String {
    match terminal::stdout_width_columns() {
        Some(width_columns) => broken(line, indent, usize::from(width_columns)),
        None => line.to_owned(),
    }
}

fn broken(line: &str, indent: usize, width_columns: usize) -> String {
    let width = width_columns.max(MIN_WIDTH_COLUMNS);
    // Beside a wide left column there may be no room for words.
    let indent = if indent + MIN_WIDTH_COLUMNS > width { 4 } else { indent };
    let mut text = String::with_capacity(line.len() + 16);
    let mut column = 0;
    for (at, word) in line.split(' ').enumerate() {
        let length = terminal::display_width_columns(word);
        if at > 0 && column + 1 + length > width && column > indent {
            text.truncate(text.trim_end_matches(' ').len());
            text.push('\n');
            text.extend(std::iter::repeat_n(' ', indent));
            column = indent;
        } else if at > 0 {
            text.push(' ');
            column += 1;
        }
        text.push_str(word);
        column += length;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_broken_between_words() {
        let line = "name    what it is, told in more words than fit into a line of forty";
        let text = broken(line, 8, 40);
        assert_eq!(text, "name    what it is, told in more words\n        than fit into a line of forty");
        assert!(text.lines().all(|line| line.len() <= 40));
        assert_eq!(broken(line, 8, 100), line);
    }

    #[test]
    fn no_word_is_lost() {
        let line = "a  b https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail.html c d e f g h i j k";
        for width in 0..120 {
            for indent in [0, 4, 30, 90] {
                let text = broken(line, indent, width);
                let words: Vec<&str> = text.split_whitespace().collect();
                assert_eq!(words, line.split_whitespace().collect::<Vec<_>>(), "{width} {indent}");
            }
        }
    }
}

//! Cutting a stream of lines into SQL statements.
//!
//! Responsible for knowing where a `;` ends a statement: not within `'…'`, `E'…'`, `"…"`, `` `…` ``, `$$…$$`,
//! `$tag$…$tag$`, `-- …` or `/* … */` (which nests). The rules are those of the SQL parser's tokenizer. Pure: no input,
//! no output. Not responsible for whether a statement is valid.

/// Collects lines and gives statements out as they are completed.
#[derive(Debug, Default)]
pub struct Statements {
    /// The text since the last complete statement.
    text: String,
    state: State,
    /// Whether the text has more than blanks and comments.
    has_content: bool,
}

/// What the end of a text lies in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum State {
    #[default]
    Code,
    /// Within quotes, up to this character; a backslash may escape.
    Quoted {
        close: char,
        backslash: Backslash,
    },
    LineComment,
    /// Within comments, this many deep.
    BlockComment {
        depth: usize,
    },
    /// Within a dollar-quoted string, up to this tag.
    DollarQuoted {
        tag: String,
    },
}

/// What a backslash is within quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backslash {
    Escapes,
    IsItself,
}

impl Statements {
    /// Adds a line, or several, and returns the statements completed by it, without their `;`. Empty ones are left out.
    pub fn push(&mut self, lines: &str) -> Vec<String> {
        let mut complete = Vec::new();
        let from = self.text.len();
        self.text.push_str(lines);
        self.text.push('\n');
        self.scan(from, &mut complete);
        complete
    }

    /// Whether a new statement, or a dot-command, can start here: there is nothing but blanks and whole comments.
    pub fn is_empty(&self) -> bool {
        !self.has_content && self.state == State::Code
    }

    /// Gives out what has no `;` yet, if it is more than blanks and comments.
    pub fn finish(&mut self) -> Option<String> {
        let statement = self.has_content.then(|| self.text.trim().to_owned());
        self.clear();
        statement
    }

    /// Forgets what has been collected.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// The text since the last complete statement.
    pub fn pending(&self) -> &str {
        &self.text
    }

    /// What the end of a text lies in, if the text starts with a statement.
    pub fn state_after(text: &str) -> State {
        let mut statements = Self { text: text.to_owned(), ..Self::default() };
        statements.scan(0, &mut Vec::new());
        statements.state
    }

    fn scan(&mut self, from: usize, complete: &mut Vec<String>) {
        let mut statement_start = 0;
        let mut position = from;
        while let Some(character) = self.text[position..].chars().next() {
            let (next, step) = self.step(position, character);
            position += step;
            if self.state == State::Code && character == ';' && next == State::Code {
                if self.has_content {
                    complete.push(self.text[statement_start..position - 1].trim().to_owned());
                }
                statement_start = position;
                self.has_content = false;
                continue;
            }
            let was_comment = matches!(self.state, State::LineComment | State::BlockComment { .. });
            let is_comment = matches!(next, State::LineComment | State::BlockComment { .. });
            self.has_content |= !was_comment && !is_comment && !character.is_whitespace();
            self.state = next;
        }
        self.text.drain(..statement_start);
        if self.is_empty() {
            self.text.clear();
        }
    }

    /// The state after the character at a position, and how many bytes were taken.
    fn step(&self, position: usize, character: char) -> (State, usize) {
        let rest = &self.text[position..];
        let one = character.len_utf8();
        match &self.state {
            State::Code => self.step_in_code(position, character),
            State::Quoted { close, backslash } => {
                let after = rest[one..].chars().next();
                if character == *close {
                    // A doubled quote stands for itself.
                    return if after == Some(*close) { (self.state.clone(), one * 2) } else { (State::Code, one) };
                }
                if character == '\\' && *backslash == Backslash::Escapes {
                    return (self.state.clone(), one + after.map_or(0, char::len_utf8));
                }
                (self.state.clone(), one)
            }
            State::LineComment if character == '\n' => (State::Code, one),
            State::LineComment => (State::LineComment, one),
            State::BlockComment { depth } => {
                if rest.starts_with("*/") {
                    let state = if *depth == 1 { State::Code } else { State::BlockComment { depth: depth - 1 } };
                    return (state, 2);
                }
                if rest.starts_with("/*") {
                    return (State::BlockComment { depth: depth + 1 }, 2);
                }
                (self.state.clone(), one)
            }
            State::DollarQuoted { tag } if rest.starts_with(tag.as_str()) => (State::Code, tag.len()),
            State::DollarQuoted { .. } => (self.state.clone(), one),
        }
    }

    fn step_in_code(&self, position: usize, character: char) -> (State, usize) {
        let rest = &self.text[position..];
        let before = &self.text[..position];
        match character {
            '\'' => {
                let backslash = if follows_escape_marker(before) { Backslash::Escapes } else { Backslash::IsItself };
                (State::Quoted { close: '\'', backslash }, 1)
            }
            '"' | '`' => (State::Quoted { close: character, backslash: Backslash::IsItself }, 1),
            '-' if rest.starts_with("--") => (State::LineComment, 2),
            '/' if rest.starts_with("/*") => (State::BlockComment { depth: 1 }, 2),
            '$' if !before.ends_with(is_identifier_part) => match dollar_tag(rest) {
                Some(tag) => (State::DollarQuoted { tag: tag.to_owned() }, tag.len()),
                None => (State::Code, 1),
            },
            _ => (State::Code, character.len_utf8()),
        }
    }
}

/// Whether a quote after this text opens an `E'…'` string.
fn follows_escape_marker(before: &str) -> bool {
    before.strip_suffix(['e', 'E']).is_some_and(|prefix| !prefix.ends_with(is_identifier_part))
}

/// The `$tag$` at the start of a text.
fn dollar_tag(text: &str) -> Option<&str> {
    let name = text.strip_prefix('$')?;
    let end = name.find(|character: char| !character.is_alphanumeric() && character != '_')?;
    name[end..].starts_with('$').then(|| &text[..end + 2])
}

fn is_identifier_part(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '_' | '$' | '@' | '#')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All statements of a script, fed line by line.
    fn split(script: &str) -> Vec<String> {
        let mut statements = Statements::default();
        let mut found: Vec<String> = script.lines().flat_map(|line| statements.push(line)).collect();
        found.extend(statements.finish());
        found
    }

    #[test]
    fn a_semicolon_ends_a_statement() {
        assert_eq!(split("select 1; select 2;\nselect\n  3"), ["select 1", "select 2", "select\n  3"]);
        assert_eq!(split(" ;; \n ; select 1 ;"), ["select 1"]);
        assert!(split("").is_empty());
    }

    #[test]
    fn quotes_hide_semicolons() {
        assert_eq!(split("select 'a;b', 'it''s;', \"c;d\", `e;f`; x"), ["select 'a;b', 'it''s;', \"c;d\", `e;f`", "x"]);
        assert_eq!(split("select 'a\n;\nb';"), ["select 'a\n;\nb'"]);
        assert_eq!(split(r"select '\'; select 2"), [r"select '\'", "select 2"]);
        assert_eq!(split(r"select E'\';', e'\\'; x"), [r"select E'\';', e'\\'", "x"]);
        assert_eq!(split(r"select E'a''\';'; x"), [r"select E'a''\';'", "x"]);
        assert_eq!(split(r"select date'\'; x"), [r"select date'\'", "x"]);
    }

    #[test]
    fn comments_hide_semicolons_and_quotes() {
        assert_eq!(split("select 1 -- it's; one\n; select 2"), ["select 1 -- it's; one", "select 2"]);
        assert_eq!(split("/* a; /* b; */ ' ; */ select 1; x"), ["/* a; /* b; */ ' ; */ select 1", "x"]);
        assert_eq!(split("select '--', '/*'; x"), ["select '--', '/*'", "x"]);
        assert!(split("-- nothing;\n/* here;\n */ ;").is_empty());
        assert_eq!(split("select 4 / 2 - 1; x"), ["select 4 / 2 - 1", "x"]);
    }

    #[test]
    fn dollar_quotes_hide_semicolons() {
        assert_eq!(split("select $$a;'b$$; x"), ["select $$a;'b$$", "x"]);
        assert_eq!(split("select $t$ ; $$ ; $t$; x"), ["select $t$ ; $$ ; $t$", "x"]);
        assert_eq!(split("select $1; select a$b$; x"), ["select $1", "select a$b$", "x"]);
    }

    #[test]
    fn text_that_is_not_ascii_is_kept() {
        assert_eq!(split("select 'é;日本' ; -- ü;\nselect \"ö\""), ["select 'é;日本'", "select \"ö\""]);
    }

    #[test]
    fn an_open_statement_is_not_complete() {
        for open in ["select 1", "select 'a;", "/* a;", "select $$;", "select 1 -- ;", "select \";"] {
            let mut statements = Statements::default();
            assert!(statements.push(open).is_empty(), "{open}");
            assert!(!statements.is_empty(), "{open}");
            statements.clear();
            assert!(statements.is_empty());
        }
    }

    #[test]
    fn after_a_statement_or_a_comment_a_new_one_can_start() {
        for closed in ["select 1;", "", "  ", "-- a", "/* a */", "select 1; -- b", "select ';';"] {
            let mut statements = Statements::default();
            statements.push(closed);
            assert!(statements.is_empty(), "{closed}");
            assert_eq!(statements.pending(), "", "{closed}");
        }
        let mut statements = Statements::default();
        assert_eq!(statements.push("select 1; select"), ["select 1"]);
        assert_eq!(statements.pending(), " select\n");
    }

    #[test]
    fn the_state_at_the_end_of_a_text_is_known() {
        assert_eq!(Statements::state_after("select 'a'"), State::Code);
        assert_eq!(Statements::state_after("select 1; select a"), State::Code);
        assert!(matches!(Statements::state_after("select 'a"), State::Quoted { close: '\'', .. }));
        assert!(matches!(Statements::state_after("select \"a"), State::Quoted { close: '"', .. }));
        assert_eq!(Statements::state_after("select -- a"), State::LineComment);
        assert_eq!(Statements::state_after("/* /* */"), State::BlockComment { depth: 1 });
    }

    #[test]
    fn a_long_script_takes_linear_time() {
        let mut statements = Statements::default();
        for _ in 0..200_000 {
            assert!(statements.push("select 'x' union all").is_empty());
        }
        assert_eq!(statements.push("select 'y';").len(), 1);
    }
}

//! From text to tokens, one at a time: what a `/` begins depends on where it stands, so the parser asks for each.

use crate::error::{Error, Result, Span};

/// A part of a dotted name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    pub text: String,
    /// Written in backticks: never a keyword.
    pub quoted: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Token {
    /// A name: of a command, a function, a field.
    Name(Vec<Segment>),
    Text(String),
    /// As it is written.
    Number(String),
    /// A number with letters right behind it, as in `5m`.
    Period {
        count: String,
        unit: String,
    },
    Symbol(&'static str),
    End,
}

/// Longer ones first.
const SYMBOLS: [&str; 23] = [
    "!=", "<=", ">=", "=~", "|", "(", ")", "[", "]", ",", "=", "<", ">", "+", "-", "*", "/", "%", "^", "!", ":", ".",
    ";",
];

pub struct Lexer<'a> {
    text: &'a str,
    position: usize,
}

impl<'a> Lexer<'a> {
    pub fn new(text: &'a str) -> Self {
        Self { text, position: 0 }
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.position..).unwrap_or("")
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn advance(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.position += next.len_utf8();
        Some(next)
    }

    /// White space, and comments from `#` to the end of their line.
    fn skip(&mut self) {
        while let Some(next) = self.peek() {
            if next == '#' {
                let line = self.rest().find('\n').unwrap_or(self.rest().len());
                self.position += line;
            } else if next.is_whitespace() || next == '\u{feff}' {
                self.advance();
            } else {
                return;
            }
        }
    }

    pub fn next(&mut self) -> Result<(Token, Span)> {
        self.skip();
        let start = self.position;
        let token = match self.peek() {
            None => Token::End,
            Some('"' | '\'') => self.quoted()?,
            Some(digit) if digit.is_ascii_digit() => self.number(),
            Some('.') if self.rest().chars().nth(1).is_some_and(|next| next.is_ascii_digit()) => self.number(),
            Some(letter) if begins_segment(letter) => Token::Name(self.name()?),
            Some(other) => {
                let symbol = SYMBOLS.iter().find(|symbol| self.rest().starts_with(**symbol));
                let Some(symbol) = symbol else { return Err(self.stranger(other)) };
                self.position += symbol.len();
                Token::Symbol(symbol)
            }
        };
        Ok((token, Span::new(start, self.position)))
    }

    fn stranger(&self, found: char) -> Box<Error> {
        let span = Span::new(self.position, self.position + found.len_utf8());
        let error = Error::new(span, format!("`{}` has no meaning here", found.escape_default()));
        match found {
            '\u{201c}' | '\u{201d}' | '\u{2018}' | '\u{2019}' => error.hint("write straight quotes: \" or '"),
            '$' | '&' | '?' | '~' | '{' | '}' | '\\' => {
                error.hint("a field name with other characters than letters, digits, `_`, `@` and `.` needs backticks")
            }
            _ => error,
        }
    }

    /// A text in quotes. A backslash makes a text of the quote and of itself; before anything else it is one.
    fn quoted(&mut self) -> Result<Token> {
        let start = self.position;
        let quote = self.advance().unwrap_or('"');
        let mut text = String::new();
        while let Some(next) = self.advance() {
            match next {
                _ if next == quote => return Ok(Token::Text(text)),
                '\\' => match self.peek() {
                    Some(escaped) if escaped == '\\' || escaped == quote => {
                        self.advance();
                        text.push(escaped);
                    }
                    _ => text.push('\\'),
                },
                _ => text.push(next),
            }
        }
        let error = Error::new(Span::new(start, start + 1), "this text has no end");
        Err(error.hint(format!("close it with {quote}; inside it write \\{quote}")))
    }

    fn digits(&mut self) {
        while self.peek().is_some_and(|next| next.is_ascii_digit()) {
            self.advance();
        }
    }

    fn number(&mut self) -> Token {
        let start = self.position;
        self.digits();
        if self.peek() == Some('.') && self.rest().chars().nth(1).is_none_or(|next| !begins_segment(next)) {
            self.advance();
            self.digits();
        }
        self.exponent();
        let count = self.text.get(start..self.position).unwrap_or("").to_owned();
        let unit_start = self.position;
        while self.peek().is_some_and(|next| next.is_alphanumeric() || next == '_') {
            self.advance();
        }
        match self.text.get(unit_start..self.position).unwrap_or("") {
            "" => Token::Number(count),
            unit => Token::Period { count, unit: unit.to_owned() },
        }
    }

    fn exponent(&mut self) {
        let rest = self.rest().as_bytes();
        if !matches!(rest.first(), Some(b'e' | b'E')) {
            return;
        }
        let sign = usize::from(matches!(rest.get(1), Some(b'+' | b'-')));
        if rest.get(1 + sign).is_some_and(u8::is_ascii_digit) {
            self.position += 1 + sign;
            self.digits();
        }
    }

    fn name(&mut self) -> Result<Vec<Segment>> {
        let mut segments = vec![self.segment()?];
        while self.peek() == Some('.') && self.rest().chars().nth(1).is_some_and(continues_segment) {
            self.advance();
            segments.push(self.segment()?);
        }
        Ok(segments)
    }

    fn segment(&mut self) -> Result<Segment> {
        let start = self.position;
        let mut text = String::new();
        while let Some(next) = self.peek().filter(|next| continues_segment(*next) && *next != '`') {
            text.push(next);
            self.advance();
        }
        // The at sign of a system field stands outside the backticks.
        if self.peek() != Some('`') || !(text.is_empty() || text == "@" || text == "@@") {
            return Ok(Segment { text, quoted: false });
        }
        let opening = self.position;
        self.advance();
        while let Some(next) = self.advance() {
            if next == '`' {
                if self.peek() != Some('`') {
                    return Ok(Segment { text, quoted: true });
                }
                self.advance();
            }
            text.push(next);
        }
        let error = Error::new(Span::new(start, opening + 1), "this name has no end");
        Err(error.hint("close it with a backtick; inside it write two"))
    }

    /// Reads a regular expression whose opening slash is at a position, as text between its slashes.
    pub fn regex(&mut self, start: usize) -> Result<(String, Span)> {
        self.position = start + 1;
        let mut text = String::new();
        while let Some(next) = self.advance() {
            match next {
                '/' => return Ok((text, Span::new(start, self.position))),
                '\\' if self.peek() == Some('/') => {
                    self.advance();
                    text.push('/');
                }
                '\\' => {
                    text.push('\\');
                    text.extend(self.advance());
                }
                _ => text.push(next),
            }
        }
        let error = Error::new(Span::new(start, start + 1), "this regular expression has no end");
        Err(error.hint("close it with a slash; inside it write \\/"))
    }
}

fn begins_segment(letter: char) -> bool {
    letter.is_alphabetic() || matches!(letter, '_' | '@' | '`')
}

fn continues_segment(letter: char) -> bool {
    begins_segment(letter) || letter.is_alphanumeric()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(text: &str) -> Vec<Token> {
        let mut lexer = Lexer::new(text);
        let mut tokens = Vec::new();
        loop {
            match lexer.next().unwrap().0 {
                Token::End => return tokens,
                token => tokens.push(token),
            }
        }
    }

    fn name(segments: &[&str]) -> Token {
        Token::Name(segments.iter().map(|text| Segment { text: (*text).to_owned(), quoted: false }).collect())
    }

    #[test]
    fn a_field_may_have_numeric_segments_and_an_at_sign() {
        assert_eq!(tokens("sourceIPs.0"), [name(&["sourceIPs", "0"])]);
        assert_eq!(tokens("@@key.a-b"), [name(&["@@key", "a"]), Token::Symbol("-"), name(&["b"])]);
    }

    #[test]
    fn backticks_make_one_segment_of_anything() {
        let quoted = |text: &str| Segment { text: text.to_owned(), quoted: true };
        let plain = |text: &str| Segment { text: text.to_owned(), quoted: false };
        assert_eq!(tokens("`foo-bar`"), [Token::Name(vec![quoted("foo-bar")])]);
        assert_eq!(tokens("m.`user.id`.x"), [Token::Name(vec![plain("m"), quoted("user.id"), plain("x")])]);
        assert_eq!(tokens("@`aws.tag.aws:name`"), [Token::Name(vec![quoted("@aws.tag.aws:name")])]);
        assert_eq!(tokens("`a``b`"), [Token::Name(vec![quoted("a`b")])]);
    }

    #[test]
    fn texts_keep_backslashes_that_escape_nothing() {
        assert_eq!(
            tokens(r#""a\"b\\c\d'" 'it\'s'"#),
            [Token::Text(r#"a"b\c\d'"#.to_owned()), Token::Text("it's".to_owned())]
        );
    }

    #[test]
    fn numbers_and_periods() {
        let period = |count: &str, unit: &str| Token::Period { count: count.to_owned(), unit: unit.to_owned() };
        assert_eq!(
            tokens("5m 1e3 .5 2.25 1.5h"),
            [
                period("5", "m"),
                Token::Number("1e3".to_owned()),
                Token::Number(".5".to_owned()),
                Token::Number("2.25".to_owned()),
                period("1.5", "h")
            ]
        );
    }

    #[test]
    fn a_comment_goes_to_the_end_of_its_line() {
        assert_eq!(tokens("# all | of it\nlimit # rest"), [name(&["limit"])]);
    }

    #[test]
    fn a_regex_ends_at_a_slash_that_is_not_escaped() {
        let mut lexer = Lexer::new(r"/a\/b\\[c]\d/ x");
        assert_eq!(lexer.regex(0).unwrap(), (r"a/b\\[c]\d".to_owned(), Span::new(0, 13)));
        assert_eq!(lexer.next().unwrap().0, name(&["x"]));
    }
}

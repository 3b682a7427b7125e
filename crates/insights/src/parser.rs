//! From tokens to a query. This file holds what all parts of the grammar share; expressions, commands, periods and
//! sources have a file each.

mod commands;
mod expressions;
mod pairs;
mod periods;
mod rows;
mod source;

pub(crate) use rows::field_name;

use crate::ast::{Command, Name, Query};
use crate::commands::{COMMANDS, CommandEntry};
use crate::error::{Error, Result, Span};
use crate::lexer::{Lexer, Token};

/// Deepest nesting of brackets, functions and operators. Real queries have a handful.
const DEEPEST: usize = 80;
/// Longest query; those of CloudWatch have at most 10,000 characters.
const LONGEST: usize = 256 * 1024;

/// Reads a query.
///
/// # Errors
/// The first thing that is no Logs Insights.
pub fn parse(text: &str) -> Result<Query> {
    if text.len() > LONGEST {
        let message = format!("the query has {} bytes; at most {LONGEST} can be read", text.len());
        return Err(Error::new(Span::new(0, text.len()), message));
    }
    let mut parser = Parser::new(text)?;
    let query = parser.query()?;
    match parser.token {
        Token::End => Ok(query),
        _ => Err(parser.unexpected("a `|` or the end of the query")),
    }
}

pub(crate) struct Parser<'a> {
    text: &'a str,
    lexer: Lexer<'a>,
    pub token: Token,
    pub span: Span,
    /// Where the token before this one ended.
    pub end: usize,
    depth: usize,
}

impl<'a> Parser<'a> {
    fn new(text: &'a str) -> Result<Self> {
        let mut lexer = Lexer::new(text);
        let (token, span) = lexer.next()?;
        Ok(Self { text, lexer, token, span, end: 0, depth: 0 })
    }

    /// Commands up to the end of the text or of the bracket.
    pub fn query(&mut self) -> Result<Query> {
        self.deeper(|parser| {
            let mut query = Query::default();
            loop {
                if !matches!(parser.token, Token::End | Token::Symbol("|" | ")")) {
                    query.commands.push(parser.command()?);
                }
                if !parser.take_symbol("|")? {
                    return Ok(query);
                }
            }
        })
    }

    fn command(&mut self) -> Result<Command> {
        let start = self.span;
        let Token::Name(segments) = &self.token else { return Err(self.unexpected("a command")) };
        let [segment] = segments.as_slice() else { return Err(self.no_command(&crate::ast::dotted(segments))) };
        let name = segment.text.clone();
        let known = COMMANDS.iter().find(|command| command.is_called(&name) && !segment.quoted);
        let kind = match known {
            Some(command) => {
                self.advance()?;
                (command.parse)(self, start)?
            }
            // `| count() by bin(1m)` stands for `stats count() by bin(1m)` in queries that are published.
            None if crate::functions::is_aggregate(&name) && self.follows("(") => self.stats(start)?,
            None => return Err(self.no_command(&name)),
        };
        Ok(Command { kind, span: Span::new(start.start, self.end) })
    }

    fn no_command(&self, name: &str) -> Box<Error> {
        let error = Error::new(self.span, format!("there is no command `{name}`"));
        match crate::error::nearest(name, COMMANDS.iter().flat_map(CommandEntry::names)) {
            Some(near) => error.hint(format!("did you mean `{near}`?")),
            None => error.hint("a query reads like: fields @timestamp, @message | filter verb = \"delete\" | limit 20"),
        }
    }

    /// Whether a text follows the token that is looked at.
    fn follows(&self, text: &str) -> bool {
        self.text.get(self.span.end..).is_some_and(|rest| rest.trim_start().starts_with(text))
    }

    pub fn advance(&mut self) -> Result<(Token, Span)> {
        let (next, span) = self.lexer.next()?;
        self.end = self.span.end;
        Ok((std::mem::replace(&mut self.token, next), std::mem::replace(&mut self.span, span)))
    }

    pub fn is_symbol(&self, symbol: &str) -> bool {
        matches!(self.token, Token::Symbol(found) if found == symbol)
    }

    pub fn take_symbol(&mut self, symbol: &str) -> Result<bool> {
        let found = self.is_symbol(symbol);
        if found {
            self.advance()?;
        }
        Ok(found)
    }

    pub fn expect_symbol(&mut self, symbol: &str) -> Result<()> {
        if self.take_symbol(symbol)? { Ok(()) } else { Err(self.unexpected(&format!("`{symbol}`"))) }
    }

    /// Whether the token is this word, in any case and without backticks.
    pub fn is_word(&self, word: &str) -> bool {
        match &self.token {
            Token::Name(segments) => {
                matches!(segments.as_slice(), [segment] if !segment.quoted && segment.text.eq_ignore_ascii_case(word))
            }
            _ => false,
        }
    }

    pub fn take_word(&mut self, word: &str) -> Result<bool> {
        let found = self.is_word(word);
        if found {
            self.advance()?;
        }
        Ok(found)
    }

    pub fn expect_word(&mut self, word: &str) -> Result<()> {
        if self.take_word(word)? { Ok(()) } else { Err(self.unexpected(&format!("`{word}`"))) }
    }

    /// A name that the query gives or that is no field: an alias, a table.
    pub fn name(&mut self, wanted: &str) -> Result<Name> {
        match &self.token {
            Token::Name(segments) => {
                let text = crate::ast::dotted(segments);
                let (_, span) = self.advance()?;
                Ok(Name { text, span })
            }
            _ => Err(self.unexpected(wanted)),
        }
    }

    pub fn alias(&mut self) -> Result<Option<Name>> {
        if self.take_word("as")? { self.name("a name after `as`").map(Some) } else { Ok(None) }
    }

    /// A regular expression, if a slash is next.
    pub fn regex(&mut self) -> Result<Option<(String, Span)>> {
        if !self.is_symbol("/") {
            return Ok(None);
        }
        let (pattern, span) = self.lexer.regex(self.span.start)?;
        self.end = span.end;
        (self.token, self.span) = self.lexer.next()?;
        crate::runtime::regex::check(&pattern).map_err(|reason| {
            let error = Error::new(span, format!("this is no regular expression: {}", last_line(&reason)));
            error.hint("the syntax is that of RE2 and of Rust's `regex`: no look-around, no back-references")
        })?;
        Ok(Some((pattern, span)))
    }

    /// A text in quotes.
    pub fn quoted(&mut self, wanted: &str) -> Result<(String, Span)> {
        match &self.token {
            Token::Text(text) => {
                let text = text.clone();
                let (_, span) = self.advance()?;
                Ok((text, span))
            }
            _ => Err(self.unexpected(wanted)),
        }
    }

    /// A whole number that is not negative.
    pub fn count(&mut self, wanted: &str) -> Result<(u64, Span)> {
        let number = match &self.token {
            Token::Number(number) => number.parse().ok(),
            _ => return Err(self.unexpected(wanted)),
        };
        match number {
            Some(number) => Ok((number, self.advance()?.1)),
            None => Err(Error::new(self.span, format!("here {wanted} is needed"))),
        }
    }

    pub fn unexpected(&self, wanted: &str) -> Box<Error> {
        let found = match &self.token {
            Token::End => "the query ends".to_owned(),
            Token::Name(segments) => format!("`{}` stands", crate::ast::dotted(segments)),
            Token::Text(_) => "a text stands".to_owned(),
            Token::Number(number) => format!("{number} stands"),
            Token::Period { count, unit } => format!("`{count}{unit}` stands"),
            Token::Symbol(symbol) => format!("`{symbol}` stands"),
        };
        Error::new(self.span, format!("{found} where {wanted} is needed"))
    }

    /// Things with commas between them.
    pub fn list<T>(&mut self, mut item: impl FnMut(&mut Self) -> Result<T>) -> Result<Vec<T>> {
        let mut items = vec![item(self)?];
        while self.take_symbol(",")? {
            items.push(item(self)?);
        }
        Ok(items)
    }

    /// Guards the stack: a query is read by recursion.
    pub fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        if self.depth >= DEEPEST {
            return Err(Error::new(self.span, "this is nested too deeply").hint("name parts of it with `fields … as`"));
        }
        self.depth += 1;
        let read = read(self);
        self.depth -= 1;
        read
    }
}

fn last_line(reason: &str) -> &str {
    reason.lines().last().unwrap_or(reason).trim_start_matches("error: ")
}

//! The commands that most queries are made of.

use super::Parser;
use crate::ast::{CommandKind, Expression, ExpressionKind, Name, Named, Parse, ParseHow, SortKey};
use crate::error::{Error, Result, Span};
use crate::lexer::{Segment, Token};

/// Most rows that `limit` may ask for.
const MOST_ROWS: u64 = 100_000;

impl Parser<'_> {
    pub fn named_expression(&mut self) -> Result<Named> {
        let expression = self.expression()?;
        Ok(Named { expression, alias: self.alias()? })
    }

    pub fn fields(&mut self, _start: Span) -> Result<CommandKind> {
        Ok(CommandKind::Fields(self.list(Self::named_expression)?))
    }

    pub fn display(&mut self, _start: Span) -> Result<CommandKind> {
        Ok(CommandKind::Display(self.list(Self::named_expression)?))
    }

    pub fn filter(&mut self, _start: Span) -> Result<CommandKind> {
        Ok(CommandKind::Filter(self.expression()?))
    }

    /// Only `field = value` and `field in […]`: anything else could not use an index.
    pub fn filter_index(&mut self, _start: Span) -> Result<CommandKind> {
        let condition = self.expression()?;
        let parts = match &condition.kind {
            ExpressionKind::All(parts) => parts.as_slice(),
            _ => std::slice::from_ref(&condition),
        };
        for part in parts {
            let fits = match &part.kind {
                ExpressionKind::Compare(crate::ast::Comparison::Equal, left, _) => is_field(left),
                ExpressionKind::In { value, negated: false, .. } => is_field(value),
                _ => false,
            };
            if !fits {
                let error = Error::new(part.span, "`filterIndex` takes `field = value` and `field in [...]` only");
                return Err(error.hint("write `filter` for other conditions"));
            }
        }
        Ok(CommandKind::Filter(condition))
    }

    pub fn stats(&mut self, _start: Span) -> Result<CommandKind> {
        let aggregates = self.list(Self::named_expression)?;
        let mut by = Vec::new();
        let mut offset = None;
        if self.take_word("by")? {
            by = self.list(Self::named_expression)?;
            if self.take_word("offset")? {
                offset = Some(self.period()?);
            }
        }
        Ok(CommandKind::Stats { aggregates, by, offset })
    }

    pub fn sort(&mut self, _start: Span) -> Result<CommandKind> {
        // `order by` and `sort by` are what people know from elsewhere.
        self.take_word("by")?;
        let keys = self.list(|parser| {
            let expression = parser.expression()?;
            let descending = match () {
                () if parser.take_word("desc")? => true,
                () => {
                    parser.take_word("asc")?;
                    false
                }
            };
            parser.alias()?;
            Ok(SortKey { expression, descending })
        })?;
        // One direction behind several fields holds for the last, as in SQL.
        Ok(CommandKind::Sort(keys))
    }

    pub fn limit(&mut self, _start: Span) -> Result<CommandKind> {
        let any = self.take_word("any")?;
        if self.is_symbol("-") {
            return Err(self
                .unexpected("a number of rows")
                .hint("a limit is not negative; `sort` changes which rows come first"));
        }
        let (rows, span) = self.count("a number of rows")?;
        if rows > MOST_ROWS {
            let error = Error::new(span, format!("`limit` is at most {MOST_ROWS}"));
            return Err(error.hint("`eksamine sql` has no limit: print the SQL with --sql and change it there"));
        }
        Ok(CommandKind::Limit { rows, any })
    }

    pub fn dedup(&mut self, _start: Span) -> Result<CommandKind> {
        Ok(CommandKind::Dedup(self.list(Self::expression)?))
    }

    pub fn unmask(&mut self, _start: Span) -> Result<CommandKind> {
        self.list(Self::expression)?;
        Ok(CommandKind::Unmask)
    }

    pub fn parse(&mut self, start: Span) -> Result<CommandKind> {
        let field = match &self.token {
            Token::Text(_) | Token::Symbol("/") => None,
            // `parse logfmt as m` reads the message; a field may be called `logfmt` too, then a format follows.
            Token::Name(_) if self.format_follows_without_field() => None,
            _ => Some(self.primary_for_parse()?),
        };
        let how = if let Some((pattern, span)) = self.regex()? {
            self.parse_regex(pattern, span)?
        } else if self.take_word("logfmt")? {
            self.expect_word("as")?;
            ParseHow::Logfmt { alias: self.name("a name for what is parsed")? }
        } else if self.take_word("csv")? {
            self.expect_word("as")?;
            ParseHow::Csv { aliases: self.list(|parser| parser.name("a name for what is parsed"))? }
        } else {
            if !matches!(self.token, Token::Text(_)) {
                let error = self.unexpected("a pattern");
                return Err(error.hint("parse @message \"user=*\" as user, or parse @message /user=(?<user>\\S+)/"));
            }
            let (pattern, span) = self.quoted("a pattern")?;
            self.parse_glob(pattern, span)?
        };
        let kind = CommandKind::Parse(Parse { field, how });
        debug_assert!(start.start <= self.end);
        Ok(kind)
    }

    fn format_follows_without_field(&self) -> bool {
        if !self.is_word("logfmt") && !self.is_word("csv") {
            return false;
        }
        let rest = self.text.get(self.span.end..).unwrap_or("").trim_start();
        rest.get(..2).is_some_and(|word| word.eq_ignore_ascii_case("as"))
    }

    /// The field before a pattern: a name, or a value in brackets or of a function. Operators would swallow the
    /// slash of a regular expression.
    fn primary_for_parse(&mut self) -> Result<Expression> {
        match &self.token {
            Token::Name(segments) if !self.follows("(") => {
                let segments: Vec<Segment> = segments.clone();
                let (_, span) = self.advance()?;
                Ok(Expression { kind: ExpressionKind::Field(segments), span })
            }
            Token::Name(_) | Token::Symbol("(") => self.postfix_value(),
            _ => Err(self.unexpected("a field or a pattern")),
        }
    }

    fn parse_regex(&mut self, pattern: String, span: Span) -> Result<ParseHow> {
        if self.take_word("multi")? {
            return Ok(ParseHow::Every { pattern, span, alias: None });
        }
        let mut alias = self.alias()?;
        // `as multi` alone asks for every match; `as a multi` does, too.
        let multi =
            self.take_word("multi")? || alias.as_ref().is_some_and(|alias| alias.text.eq_ignore_ascii_case("multi"));
        if multi {
            alias = alias.filter(|alias| !alias.text.eq_ignore_ascii_case("multi"));
            return Ok(ParseHow::Every { pattern, span, alias });
        }
        let groups: Vec<String> = crate::runtime::regex::group_names(&pattern);
        if groups.is_empty() {
            let error = Error::new(span, "this regular expression has no named group, so nothing would be parsed");
            return Err(error.hint("name what you want: /user=(?<user>\\S+)/"));
        }
        // Names after `as` are those of the groups anew; the console accepts them.
        if let Some(alias) = alias {
            let error = Error::new(alias.span, "names of what a regular expression parses stand in it");
            return Err(error.hint(format!(
                "leave out `as {}`: the field is called `{}`",
                alias.text,
                groups.join("`, `")
            )));
        }
        Ok(ParseHow::Regex { pattern, span })
    }

    fn parse_glob(&mut self, pattern: String, span: Span) -> Result<ParseHow> {
        self.expect_word("as")?;
        let aliases = self.list(|parser| parser.name("a name for what a `*` stands for"))?;
        let stars = pattern.matches('*').count();
        if stars != aliases.len() {
            let names = if aliases.len() == 1 { "is 1 name" } else { &format!("are {} names", aliases.len()) };
            let error = Error::new(span, format!("the pattern has {stars} `*`, but there {names} after `as`"));
            return Err(error.hint("give each `*` a name"));
        }
        Ok(ParseHow::Glob { pattern, span, aliases })
    }

    /// `json field=f "k.sub" as a`.
    pub fn json(&mut self, _start: Span) -> Result<CommandKind> {
        let mut field = None;
        if self.is_word("field") && self.follows("=") {
            self.advance()?;
            self.expect_symbol("=")?;
            field = Some(self.postfix_value()?);
        } else if matches!(self.token, Token::Name(_)) {
            field = Some(self.postfix_value()?);
        }
        let (path, span) = self.quoted("a path into JSON in quotes")?;
        let alias = self.alias()?;
        Ok(CommandKind::Parse(Parse { field, how: ParseHow::Json { path, span, alias } }))
    }

    /// A value without operators around it.
    pub fn postfix_value(&mut self) -> Result<Expression> {
        self.deeper(Self::postfix)
    }

    /// A name and its alias, kept apart for commands with options of their own.
    pub fn option(&mut self, name: &str) -> Result<bool> {
        let found = self.is_word(name) && self.follows("=");
        if found {
            self.advance()?;
            self.expect_symbol("=")?;
        }
        Ok(found)
    }

    pub fn truth(&mut self) -> Result<bool> {
        if self.take_word("true")? {
            Ok(true)
        } else if self.take_word("false")? {
            Ok(false)
        } else {
            Err(self.unexpected("true or false"))
        }
    }

    pub fn alias_or_none(&mut self) -> Result<Option<Name>> {
        self.alias()
    }
}

fn is_field(expression: &Expression) -> bool {
    matches!(expression.kind, ExpressionKind::Field(_))
}

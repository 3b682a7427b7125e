//! Expressions: what binds tighter stands further down in this file.

use super::Parser;
use crate::ast::{Comparison, Expression, ExpressionKind, Name, Operator, Pattern, Set, dotted};
use crate::error::{Error, Result, Span};
use crate::lexer::{Segment, Token};

/// Longest chain of operators of one rank, which makes a tree as deep.
const LONGEST_CHAIN: usize = 80;

impl Parser<'_> {
    pub fn expression(&mut self) -> Result<Expression> {
        self.deeper(Self::any)
    }

    fn any(&mut self) -> Result<Expression> {
        self.joined("or", Self::all, ExpressionKind::Any)
    }

    fn all(&mut self) -> Result<Expression> {
        self.joined("and", Self::negated, ExpressionKind::All)
    }

    fn joined(
        &mut self,
        word: &str,
        part: fn(&mut Self) -> Result<Expression>,
        make: fn(Vec<Expression>) -> ExpressionKind,
    ) -> Result<Expression> {
        let first = part(self)?;
        if !self.is_word(word) {
            return Ok(first);
        }
        let start = first.span;
        let mut parts = vec![first];
        while self.take_word(word)? {
            parts.push(part(self)?);
        }
        Ok(Expression { kind: make(parts), span: Span::new(start.start, self.end) })
    }

    fn negated(&mut self) -> Result<Expression> {
        if !self.is_word("not") {
            return self.comparison();
        }
        let (_, start) = self.advance()?;
        let inner = self.deeper(Self::negated)?;
        Ok(Expression { span: start.to(inner.span), kind: ExpressionKind::Not(Box::new(inner)) })
    }

    fn comparison(&mut self) -> Result<Expression> {
        let mut left = self.sum()?;
        for _ in 0..LONGEST_CHAIN {
            let negated = self.is_word("not");
            if negated {
                self.advance()?;
            }
            let comparison = match self.token {
                Token::Symbol(symbol) if !negated => comparison_of(symbol),
                _ => None,
            };
            let compared = if let Some(comparison) = comparison {
                self.advance()?;
                if comparison == Comparison::Equal && self.is_symbol("=") && self.span.start == self.end {
                    return Err(Error::new(self.span, "`==` compares nothing here").hint("`=` compares"));
                }
                let right = self.sum()?;
                Some(ExpressionKind::Compare(comparison, Box::new(left.clone()), Box::new(right)))
            } else if !negated && self.take_symbol("=~")? {
                Some(self.like(left.clone(), false)?)
            } else if self.take_word("like")? {
                Some(self.like(left.clone(), negated)?)
            } else if self.take_word("in")? {
                Some(ExpressionKind::In { value: Box::new(left.clone()), set: self.set()?, negated })
            } else if negated {
                return Err(self.unexpected("`like` or `in`"));
            } else {
                None
            };
            let Some(kind) = compared else { return Ok(left) };
            left = Expression { kind, span: Span::new(left.span.start, self.end) };
        }
        Err(self.too_long())
    }

    fn too_long(&self) -> Box<Error> {
        Error::new(self.span, "this chain of operators is too long")
    }

    fn like(&mut self, value: Expression, negated: bool) -> Result<ExpressionKind> {
        let pattern = match self.regex()? {
            Some((pattern, span)) => Pattern::Regex { pattern, span },
            None => Pattern::Text(Box::new(self.sum()?)),
        };
        Ok(ExpressionKind::Like { value: Box::new(value), pattern, negated })
    }

    fn set(&mut self) -> Result<Set> {
        if self.take_symbol("[")? {
            if self.take_symbol("]")? {
                return Ok(Set::List(Vec::new()));
            }
            let items = self.list(Self::sum)?;
            if !self.is_symbol("]") {
                return Err(self.unexpected("`,` or `]`"));
            }
            self.advance()?;
            return Ok(Set::List(items));
        }
        if !self.is_symbol("(") {
            return Err(self.unexpected("a list like [\"a\", \"b\"] or a query in brackets"));
        }
        self.advance()?;
        // Lists in round brackets are SQL; it is clear what is meant.
        if !matches!(self.token, Token::Name(_)) {
            let error = self.unexpected("a query");
            return Err(error.hint("a list of values stands in square brackets: in [\"a\", \"b\"]"));
        }
        let query = self.query()?;
        self.expect_symbol(")")?;
        Ok(Set::Query(Box::new(query)))
    }

    fn sum(&mut self) -> Result<Expression> {
        self.chain(&[("+", Operator::Add), ("-", Operator::Subtract)], Self::product)
    }

    fn product(&mut self) -> Result<Expression> {
        let operators = [("*", Operator::Multiply), ("/", Operator::Divide), ("%", Operator::Remainder)];
        self.chain(&operators, Self::signed)
    }

    fn chain(
        &mut self,
        operators: &[(&str, Operator)],
        part: fn(&mut Self) -> Result<Expression>,
    ) -> Result<Expression> {
        let mut left = part(self)?;
        for _ in 0..LONGEST_CHAIN {
            let found = operators.iter().find(|(symbol, _)| self.is_symbol(symbol));
            let Some((_, operator)) = found else { return Ok(left) };
            self.advance()?;
            let right = part(self)?;
            let span = left.span.to(right.span);
            left = Expression { kind: ExpressionKind::Arithmetic(*operator, Box::new(left), Box::new(right)), span };
        }
        Err(self.too_long())
    }

    fn signed(&mut self) -> Result<Expression> {
        let start = self.span;
        if self.take_symbol("-")? {
            let inner = self.deeper(Self::signed)?;
            let span = start.to(inner.span);
            // A number with its sign is one value: `in [-1]`.
            let kind = match inner.kind {
                ExpressionKind::Number(number) if !number.starts_with('-') => {
                    ExpressionKind::Number(format!("-{number}"))
                }
                kind => ExpressionKind::Negative(Box::new(Expression { kind, span: inner.span })),
            };
            return Ok(Expression { kind, span });
        }
        if self.take_symbol("+")? {
            return self.deeper(Self::signed);
        }
        if self.take_symbol("!")? {
            let inner = self.deeper(Self::signed)?;
            return Ok(Expression { span: start.to(inner.span), kind: ExpressionKind::Not(Box::new(inner)) });
        }
        self.power()
    }

    fn power(&mut self) -> Result<Expression> {
        let base = self.postfix()?;
        if !self.take_symbol("^")? {
            return Ok(base);
        }
        let exponent = self.deeper(Self::signed)?;
        let span = base.span.to(exponent.span);
        Ok(Expression { kind: ExpressionKind::Arithmetic(Operator::Power, Box::new(base), Box::new(exponent)), span })
    }

    pub(super) fn postfix(&mut self) -> Result<Expression> {
        let base = self.primary()?;
        let start = base.span;
        let mut segments = Vec::new();
        // Only right behind the value: `f [0]` would be something else.
        while self.span.start == self.end {
            if self.is_symbol("[") {
                self.advance()?;
                let text = match &self.token {
                    Token::Number(number) => number.clone(),
                    Token::Text(key) => key.clone(),
                    _ => return Err(self.unexpected("a position or a key")),
                };
                self.advance()?;
                self.expect_symbol("]")?;
                segments.push(Segment { text, quoted: true });
            } else if self.is_symbol(".") && matches!(base.kind, ExpressionKind::Call { .. })
                || self.is_dot_after(&segments)
            {
                self.advance()?;
                match &self.token {
                    Token::Name(names) => segments.extend(names.iter().cloned()),
                    Token::Number(number) => segments.push(Segment { text: number.clone(), quoted: true }),
                    _ => return Err(self.unexpected("a key")),
                }
                self.advance()?;
            } else {
                break;
            }
        }
        if segments.is_empty() {
            return Ok(base);
        }
        let span = Span::new(start.start, self.end);
        Ok(match base.kind {
            ExpressionKind::Field(mut path) => {
                path.append(&mut segments);
                Expression { kind: ExpressionKind::Field(path), span }
            }
            _ => Expression { kind: ExpressionKind::Within(Box::new(base), segments), span },
        })
    }

    fn is_dot_after(&self, segments: &[Segment]) -> bool {
        self.is_symbol(".") && !segments.is_empty()
    }

    fn primary(&mut self) -> Result<Expression> {
        let start = self.span;
        let kind = match &self.token {
            Token::Text(text) => ExpressionKind::Text(text.clone()),
            Token::Number(number) => ExpressionKind::Number(number.clone()),
            Token::Period { .. } => {
                let period = self.period()?;
                return Ok(Expression { kind: ExpressionKind::Period(period), span: period.span });
            }
            Token::Symbol("(") => {
                self.advance()?;
                let mut inner = self.expression()?;
                self.expect_symbol(")")?;
                inner.span = Span::new(start.start, self.end);
                return Ok(inner);
            }
            Token::Name(segments) => return self.named(segments.clone(), start),
            Token::Symbol("/") => {
                let error = self.unexpected("a value");
                return Err(error.hint("a regular expression stands after `like` or `=~`"));
            }
            Token::Symbol("[") => {
                let error = self.unexpected("a value");
                return Err(error.hint("a list stands after `in`"));
            }
            _ => return Err(self.unexpected("a value")),
        };
        self.advance()?;
        Ok(Expression { kind, span: start })
    }

    fn named(&mut self, segments: Vec<Segment>, start: Span) -> Result<Expression> {
        let plain = segments.iter().all(|segment| !segment.quoted);
        let kind = match segments.as_slice() {
            [only] if plain && only.text.eq_ignore_ascii_case("true") => ExpressionKind::Boolean(true),
            [only] if plain && only.text.eq_ignore_ascii_case("false") => ExpressionKind::Boolean(false),
            [only] if plain && is_reserved(&only.text) => return Err(self.unexpected("a value")),
            _ if plain && self.follows("(") && !self.is_keyword_call(&segments) => {
                self.advance()?;
                let name = Name { text: dotted(&segments), span: start };
                let arguments = self.arguments()?;
                return Ok(Expression {
                    kind: ExpressionKind::Call { name, arguments },
                    span: Span::new(start.start, self.end),
                });
            }
            _ => ExpressionKind::Field(segments),
        };
        self.advance()?;
        Ok(Expression { kind, span: start })
    }

    /// A field before a bracket that is no function: `(SOURCE …)` after a field of `join` or `unnest`.
    fn is_keyword_call(&self, segments: &[Segment]) -> bool {
        let bracket = self.text.get(self.span.end..).unwrap_or("").trim_start();
        let inner = bracket.strip_prefix('(').unwrap_or("").trim_start();
        let source = inner.get(..6).is_some_and(|word| word.eq_ignore_ascii_case("source"));
        source && !crate::functions::is_known(&dotted(segments))
    }

    fn arguments(&mut self) -> Result<Vec<Expression>> {
        self.expect_symbol("(")?;
        if self.take_symbol(")")? {
            return Ok(Vec::new());
        }
        let arguments = self.list(|parser| {
            let star = parser.span;
            if parser.is_symbol("*") && parser.follows(")") {
                parser.advance()?;
                return Ok(Expression { kind: ExpressionKind::Star, span: star });
            }
            // A period may have a blank before its unit: `bin(5 minutes)`.
            if matches!(parser.token, Token::Number(_)) && parser.unit_follows() {
                let period = parser.period()?;
                return Ok(Expression { kind: ExpressionKind::Period(period), span: period.span });
            }
            parser.expression()
        })?;
        if !self.is_symbol(")") {
            let error = self.unexpected("`,` or `)`");
            return Err(match arguments.last() {
                Some(Expression { kind: ExpressionKind::Number(_), .. }) if matches!(self.token, Token::Name(_)) => {
                    error.hint("units of time are ms, s, m, h, d, w, mo, q and y, or their names")
                }
                _ => error,
            });
        }
        self.advance()?;
        Ok(arguments)
    }
}

/// Words that are never a field without backticks.
fn is_reserved(word: &str) -> bool {
    ["and", "or", "not", "in", "like", "as", "by"].iter().any(|reserved| reserved.eq_ignore_ascii_case(word))
}

fn comparison_of(symbol: &str) -> Option<Comparison> {
    Some(match symbol {
        "=" => Comparison::Equal,
        "!=" => Comparison::Unequal,
        "<" => Comparison::Less,
        "<=" => Comparison::LessOrEqual,
        ">" => Comparison::Greater,
        ">=" => Comparison::GreaterOrEqual,
        _ => return None,
    })
}

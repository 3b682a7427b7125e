//! Commands that make rows of lists, or look from a row to those around it.

use super::Parser;
use crate::ast::{CommandKind, Expression, ExpressionKind, Filling, Period, Shift, Unit, Wildcard};
use crate::error::{Error, Result, Span};
use crate::lexer::Token;

impl Parser<'_> {
    pub fn unnest(&mut self, _start: Span) -> Result<CommandKind> {
        let field = self.postfix_value()?;
        let into = if self.take_word("into")? { Some(self.name("a name after `into`")?) } else { None };
        Ok(CommandKind::Unnest { field, into })
    }

    pub fn expand(&mut self, _start: Span) -> Result<CommandKind> {
        Ok(CommandKind::Expand(self.postfix_value()?))
    }

    pub fn pattern(&mut self, _start: Span) -> Result<CommandKind> {
        Ok(CommandKind::Pattern(self.postfix_value()?))
    }

    pub fn anomaly(start: Span) -> Result<CommandKind> {
        let error = Error::new(start, "`anomaly` can't be answered: it is a model of AWS that is not published");
        Err(error.hint("`pattern @message` shows what kinds of lines there are, `diff` which became more or fewer"))
    }

    pub fn relevant_fields(start: Span) -> Result<CommandKind> {
        let error = Error::new(start, "`relevantfields` can't be answered: how its scores are made is not published");
        Err(error.hint("see a field's values with how many of them fit: stats sum(if(condition, 1, 0)) as fit, count(*) as all by field"))
    }

    pub fn diff(&mut self, _start: Span) -> Result<CommandKind> {
        for (word, count, unit) in
            [("previousDay", 1, Unit::Day), ("previousWeek", 1, Unit::Week), ("previousMonth", 1, Unit::Month)]
        {
            if self.is_word(word) {
                let (_, span) = self.advance()?;
                return Ok(CommandKind::Diff(Shift::Of(Period { count, unit, span })));
            }
        }
        if matches!(self.token, Token::Name(_)) {
            let error = self.unexpected("previousDay, previousWeek, previousMonth or the end of the command");
            return Err(error);
        }
        Ok(CommandKind::Diff(Shift::Before))
    }

    pub fn logcompare(&mut self, _start: Span) -> Result<CommandKind> {
        self.expect_word("timeshift")?;
        Ok(CommandKind::Diff(Shift::Of(self.period()?)))
    }

    pub fn count_frequent(&mut self, _start: Span) -> Result<CommandKind> {
        Ok(CommandKind::CountFrequent(self.list(Self::named_expression)?))
    }

    pub fn accumulate(&mut self, _start: Span) -> Result<CommandKind> {
        Ok(CommandKind::Accumulate { field: self.postfix_value()?, alias: self.alias_or_none()? })
    }

    /// `autoregress f [as a] [p=1 | p=1-3]`.
    pub fn autoregress(&mut self, _start: Span) -> Result<CommandKind> {
        let field = self.postfix_value()?;
        let alias = self.alias_or_none()?;
        let (mut from, mut to) = (1, 1);
        if self.option("p")? {
            let (first, span) = self.count("a number of rows back")?;
            (from, to) = (first, first);
            let mut whole = span;
            if self.take_symbol("-")? {
                let (last, end) = self.count("a number of rows back")?;
                (to, whole) = (last, span.to(end));
            }
            if from == 0 || to < from || to > 100 {
                return Err(Error::new(whole, "`p` is a number of rows back, or a range like 1-3, up to 100"));
            }
        }
        Ok(CommandKind::Autoregress { field, alias, from, to })
    }

    /// Names with `*` for any text; none at all stands for every field.
    pub fn fill_down(&mut self, _start: Span) -> Result<CommandKind> {
        let mut names = Vec::new();
        while !matches!(self.token, Token::End | Token::Symbol("|" | ")")) {
            names.push(self.wildcard()?);
            self.take_symbol(",")?;
        }
        Ok(CommandKind::FillDown(names))
    }

    fn wildcard(&mut self) -> Result<Wildcard> {
        let start = self.span;
        let mut text = String::new();
        loop {
            match &self.token {
                Token::Name(segments) => text.push_str(&crate::ast::dotted(segments)),
                Token::Symbol(symbol @ ("*" | ".")) => text.push_str(symbol),
                Token::Number(number) if !text.is_empty() => text.push_str(number),
                _ => return Err(self.unexpected("the name of a field")),
            }
            self.advance()?;
            if self.span.start != self.end || !matches!(self.token, Token::Name(_) | Token::Symbol("*" | ".")) {
                return Ok(Wildcard { text, span: Span::new(start.start, self.end) });
            }
        }
    }

    /// `fillmissing [with 0 for a, 1 for b]`.
    pub fn fill_missing(&mut self, _start: Span) -> Result<CommandKind> {
        let mut fillings: Vec<Filling> = Vec::new();
        if !self.take_word("with")? {
            return Ok(CommandKind::FillMissing(fillings));
        }
        loop {
            let first = self.expression()?;
            let filling = if self.take_word("for")? {
                Filling { value: first, field: Some(self.expression()?) }
            } else {
                match fillings.last() {
                    // A further field of the value before.
                    Some(Filling { value, field: Some(_) }) => Filling { value: value.clone(), field: Some(first) },
                    _ => Filling { value: first, field: None },
                }
            };
            fillings.push(filling);
            if !self.take_symbol(",")? {
                return Ok(CommandKind::FillMissing(fillings));
            }
        }
    }

    /// `addtotals [fieldname=Total] [row=true] [col=false] [f, …]`.
    pub fn add_totals(&mut self, _start: Span) -> Result<CommandKind> {
        let (mut name, mut row, mut column) = ("Total".to_owned(), true, false);
        loop {
            if self.option("fieldname")? {
                name = match &self.token {
                    Token::Text(_) => self.quoted("a name")?.0,
                    _ => self.name("a name")?.text,
                };
            } else if self.option("row")? {
                row = self.truth()?;
            } else if self.option("col")? {
                column = self.truth()?;
            } else {
                break;
            }
        }
        let fields = self.fields_with_or_without_commas()?;
        Ok(CommandKind::AddTotals { name, row, column, fields })
    }

    fn fields_with_or_without_commas(&mut self) -> Result<Vec<Expression>> {
        let mut fields = Vec::new();
        while matches!(self.token, Token::Name(_)) {
            fields.push(self.postfix_value()?);
            self.take_symbol(",")?;
        }
        Ok(fields)
    }

    pub fn outlier(&mut self, start: Span) -> Result<CommandKind> {
        let (mut remove, mut parameter, mut lower, mut mark) = (false, 2.5, false, false);
        loop {
            if self.option("action")? {
                let action = self.name("transform or remove")?;
                remove = match action.text.to_lowercase().as_str() {
                    "remove" | "rm" => true,
                    "transform" | "tf" => false,
                    _ => return Err(Error::new(action.span, "`action` is transform or remove")),
                };
            } else if self.option("param")? {
                let number = match &self.token {
                    Token::Number(number) => number.parse::<f64>().ok().filter(|number| number.is_finite()),
                    _ => None,
                };
                parameter = number.ok_or_else(|| self.unexpected("a number"))?;
                self.advance()?;
            } else if self.option("uselower")? {
                lower = self.truth()?;
            } else if self.option("mark")? {
                mark = self.truth()?;
            } else {
                break;
            }
        }
        let fields = self.fields_with_or_without_commas()?;
        if fields.is_empty() {
            return Err(Error::new(start, "`outlier` needs at least one field"));
        }
        Ok(CommandKind::Outlier { remove, parameter, lower, mark, fields })
    }

    /// `sessionize f, … [maxspan 30m] [as session_id]`.
    pub fn sessionize(&mut self, _start: Span) -> Result<CommandKind> {
        let fields = self.list(Self::postfix_value)?;
        let mut span = None;
        if self.take_word("maxspan")? {
            self.take_symbol("=")?;
            span = Some(self.period()?);
        }
        Ok(CommandKind::Sessionize { fields, span, alias: self.alias_or_none()? })
    }
}

/// The text of a field without operators, for names that are made from it.
pub(crate) fn field_name(expression: &Expression) -> Option<String> {
    match &expression.kind {
        ExpressionKind::Field(segments) => Some(crate::ast::dotted(segments)),
        _ => None,
    }
}

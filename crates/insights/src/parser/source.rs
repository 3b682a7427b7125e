//! `SOURCE`: which log groups, and of which time.

use super::Parser;
use crate::ast::{CommandKind, Instant, Name, Source};
use crate::error::{Error, Result, Span};
use crate::lexer::Token;

impl Parser<'_> {
    pub fn source(&mut self, start: Span) -> Result<CommandKind> {
        let mut source = Source { span: start, ..Source::default() };
        loop {
            if self.is_word("loggroups") && self.follows("(") {
                self.log_groups(&mut source)?;
            } else if self.is_word("datasource") && self.follows("(") {
                self.advance()?;
                self.expect_symbol("(")?;
                source.groups.extend(self.texts()?);
                self.expect_symbol(")")?;
            } else {
                source.groups.push(self.group()?);
            }
            if !self.take_symbol(",")? {
                break;
            }
        }
        while self.is_word("start") || self.is_word("end") {
            let is_start = self.is_word("start");
            self.advance()?;
            self.expect_symbol("=")?;
            let instant = self.instant()?;
            *(if is_start { &mut source.start } else { &mut source.end }) = Some(instant);
            self.take_symbol(",")?;
        }
        source.span = Span::new(start.start, self.end);
        if source.groups.is_empty() {
            return Err(Error::new(source.span, "`SOURCE` names no log group").hint("SOURCE '/aws/eks/demo/cluster'"));
        }
        Ok(CommandKind::Source(source))
    }

    fn group(&mut self) -> Result<Name> {
        match &self.token {
            Token::Text(_) => self.quoted("a log group").map(|(text, span)| Name { text, span }),
            _ => self.name("a log group in quotes"),
        }
    }

    fn log_groups(&mut self, source: &mut Source) -> Result<()> {
        self.advance()?;
        self.expect_symbol("(")?;
        while !self.take_symbol(")")? {
            let option = self.name("namePrefix, accountIdentifiers or class")?;
            self.expect_symbol(":")?;
            let (values, most) = match option.text.to_lowercase().as_str() {
                "nameprefix" => (self.texts()?, 5),
                "accountidentifiers" => (self.texts()?, 20),
                // Classes are prices of storage; what is in the archive has none.
                "class" => {
                    self.texts()?;
                    (Vec::new(), 1)
                }
                _ => {
                    let error = Error::new(option.span, format!("`logGroups` has no `{}`", option.text));
                    return Err(error.hint("it has namePrefix, accountIdentifiers and class"));
                }
            };
            if values.len() > most {
                return Err(Error::new(option.span, format!("`{}` takes at most {most} values", option.text)));
            }
            match option.text.to_lowercase().as_str() {
                "accountidentifiers" => source.accounts.extend(values.into_iter().map(|account| account.text)),
                _ => source.groups.extend(values),
            }
            if !self.take_symbol(",")? && !self.is_symbol(")") {
                return Err(self.unexpected("`,` or `)`"));
            }
        }
        Ok(())
    }

    fn texts(&mut self) -> Result<Vec<Name>> {
        if !self.take_symbol("[")? {
            return Ok(vec![self.group()?]);
        }
        if self.take_symbol("]")? {
            return Ok(Vec::new());
        }
        let texts = self.list(|parser| match &parser.token {
            Token::Number(number) => {
                let text = number.clone();
                parser.advance().map(|(_, span)| Name { text, span })
            }
            _ => parser.group(),
        })?;
        self.expect_symbol("]")?;
        Ok(texts)
    }

    /// `-3600s`, `0s`, or a time in quotes.
    fn instant(&mut self) -> Result<Instant> {
        let start = self.span;
        if let Token::Text(text) = &self.token {
            let micros = time_of(text);
            let Some(micros) = micros else {
                return Err(Error::new(start, "this is no time").hint("write 2024-05-14T09:00:00Z or -3600s"));
            };
            self.advance()?;
            return Ok(Instant::At(micros));
        }
        let negative = self.take_symbol("-")?;
        let millis = match &self.token {
            Token::Period { count, .. } if count.parse() == Ok(0_i64) => {
                self.advance()?;
                Some(0)
            }
            Token::Period { .. } => {
                let period = self.period()?;
                period.unit.millis().and_then(|millis| millis.checked_mul(period.count))
            }
            Token::Number(number) => {
                // A number without a unit is a time in epoch milliseconds or seconds, as the API takes it.
                let number = number.parse::<i64>().ok();
                let micros = number
                    .and_then(|number| number.checked_mul(if number < 100_000_000_000 { 1_000_000 } else { 1000 }));
                let Some(micros) = micros.filter(|_| !negative) else { return Err(self.unexpected("a time")) };
                self.advance()?;
                return Ok(Instant::At(micros));
            }
            _ => return Err(self.unexpected("a time like -3600s or \"2024-05-14T09:00:00Z\"")),
        };
        let millis = millis.ok_or_else(|| Error::new(start, "this period is too long or has no fixed length"))?;
        Ok(Instant::Relative(if negative { -millis } else { millis }))
    }
}

fn time_of(text: &str) -> Option<i64> {
    if let Ok(time) = chrono::DateTime::parse_from_rfc3339(text) {
        return Some(time.timestamp_micros());
    }
    let formats = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M"];
    let time = formats.iter().find_map(|format| chrono::NaiveDateTime::parse_from_str(text, format).ok());
    let day = || chrono::NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?.and_hms_opt(0, 0, 0);
    time.or_else(day).map(|time| time.and_utc().timestamp_micros())
}

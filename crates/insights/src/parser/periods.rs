//! Periods: `5m`, `1 hour`, `3msec`.

use super::Parser;
use crate::ast::{Period, Unit};
use crate::error::{Error, Result, Span};
use crate::lexer::Token;

const UNITS: [(&str, Unit); 27] = [
    ("ms", Unit::Millisecond),
    ("msec", Unit::Millisecond),
    ("millisecond", Unit::Millisecond),
    ("s", Unit::Second),
    ("sec", Unit::Second),
    ("second", Unit::Second),
    ("m", Unit::Minute),
    ("min", Unit::Minute),
    ("minute", Unit::Minute),
    ("h", Unit::Hour),
    ("hr", Unit::Hour),
    ("hour", Unit::Hour),
    ("d", Unit::Day),
    ("day", Unit::Day),
    ("w", Unit::Week),
    ("week", Unit::Week),
    ("mo", Unit::Month),
    ("mon", Unit::Month),
    ("month", Unit::Month),
    ("q", Unit::Quarter),
    ("qtr", Unit::Quarter),
    ("quarter", Unit::Quarter),
    ("y", Unit::Year),
    ("yr", Unit::Year),
    ("year", Unit::Year),
    ("mins", Unit::Minute),
    ("hrs", Unit::Hour),
];

/// The unit of this name; names of more than one letter have a plural.
fn unit(name: &str) -> Option<Unit> {
    let name = name.to_lowercase();
    let of = |name: &str| UNITS.iter().find(|(known, _)| *known == name).map(|(_, unit)| *unit);
    of(&name).or_else(|| of(name.strip_suffix('s').filter(|single| single.len() > 1)?))
}

impl Parser<'_> {
    /// Whether the number at hand has its unit behind it.
    pub(super) fn unit_follows(&self) -> bool {
        let rest = self.text.get(self.span.end..).unwrap_or("").trim_start();
        let end = rest.find(|letter: char| !letter.is_ascii_alphabetic()).unwrap_or(rest.len());
        unit(rest.get(..end).unwrap_or("")).is_some()
    }

    pub(super) fn period(&mut self) -> Result<Period> {
        let (count, name, span) = match &self.token {
            Token::Period { count, unit } => {
                let (count, name) = (count.clone(), unit.clone());
                (count, name, self.advance()?.1)
            }
            Token::Number(count) if self.unit_follows() => {
                let count = count.clone();
                let (_, start) = self.advance()?;
                let name = self.name("a unit of time")?;
                (count, name.text, start.to(name.span))
            }
            _ => return Err(self.unexpected("a period like 5m").hint("units are ms, s, m, h, d, w, mo, q and y")),
        };
        let Some(unit) = unit(&name) else {
            let error = Error::new(span, format!("`{name}` is no unit of time"));
            return Err(error.hint("units are ms, s, m, h, d, w, mo, q and y, or their names: 5m, 5 minutes"));
        };
        period_of(&count, unit, span)
    }
}

fn period_of(count: &str, unit: Unit, span: Span) -> Result<Period> {
    // A million years in milliseconds still fits; nothing that is meant comes near.
    match count.parse::<i64>() {
        Ok(count @ 1..=31_556_952_000_000) => Ok(Period { count, unit, span }),
        _ => Err(Error::new(span, "a period is a whole number of units, at least one")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_have_short_and_long_names_and_plurals() {
        for (name, wanted) in [
            ("ms", Unit::Millisecond),
            ("milliseconds", Unit::Millisecond),
            ("m", Unit::Minute),
            ("MIN", Unit::Minute),
            ("hours", Unit::Hour),
            ("mo", Unit::Month),
            ("qtrs", Unit::Quarter),
            ("yr", Unit::Year),
        ] {
            assert_eq!(unit(name), Some(wanted), "{name}");
        }
        assert_eq!(unit("hs"), None);
        assert_eq!(unit("fortnight"), None);
    }
}

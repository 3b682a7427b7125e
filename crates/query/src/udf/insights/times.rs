//! Times in steps, from text and as text.

use eksamine_insights::runtime::dates::{Format, Pattern, Zone};
use eksamine_insights::runtime::time::{self, Period};

use super::values::{Output, Row};
use super::{Function, Gives, Kept, Kind, Prepared, prepare};

const TIME: &[(&str, Kind)] = &[("time", Kind::Time)];
const TIME_COUNT_UNIT: &[(&str, Kind)] = &[("time", Kind::Time), ("count", Kind::Integer), ("unit", Kind::Text)];
const TIME_FORMAT_ZONE: &[(&str, Kind)] = &[("time", Kind::Time), ("format", Kind::Text), ("zone", Kind::Text)];

fn period(row: Row<'_, '_>) -> Option<Period> {
    Period::new(row.integer(1), row.text(2))
}

/// The zone of an optional argument.
fn zone(name: &str) -> Result<Zone, String> {
    if name.is_empty() {
        return Ok(Zone::UTC);
    }
    Zone::parse(name).ok_or_else(|| format!("there is no time zone `{name}`"))
}

fn formatting() -> Prepared {
    let mut kept = Kept::new();
    prepare(move |row| {
        let make = || Ok((Format::new(row.text(1))?, zone(row.text(2))?));
        let (format, zone): &(Format, Zone) = kept.get(row.texts(1), make)?;
        Ok(Output::text(format.write(row.micros(0), *zone)))
    })
}

pub static FUNCTIONS: [Function; 8] = [
    Function::new(
        "insights_bin",
        TIME_COUNT_UNIT,
        Gives::Time,
        "the beginning of the step a time lies in; units are `ms s m h d w mo q y`",
        |row| Output::time(period(row).and_then(|period| period.floor(row.micros(0)))),
    ),
    Function::new(
        "insights_date_ceil",
        TIME_COUNT_UNIT,
        Gives::Time,
        "the first beginning of a step at or after a time",
        |row| Output::time(period(row).and_then(|period| period.ceiling(row.micros(0)))),
    ),
    Function::prepared(
        "insights_bins",
        &[("first", Kind::Time), ("last", Kind::Time), ("count", Kind::Integer), ("unit", Kind::Text)],
        Gives::Times,
        "the beginnings of all steps from that of one time to that of another",
        || {
            prepare(|row| {
                let Some(period) = Period::new(row.integer(2), row.text(3)) else { return Ok(Output::Null) };
                Ok(Output::Times(period.steps(row.micros(0), row.micros(1))?))
            })
        },
    ),
    Function::new("insights_to_millis", TIME, Gives::Number, "milliseconds since 1970", |row| {
        Output::Number(time::to_millis(row.micros(0)))
    }),
    Function::new(
        "insights_from_millis",
        &[("milliseconds", Kind::Number)],
        Gives::Time,
        "the time so many milliseconds after 1970",
        |row| Output::time(time::from_millis(row.number(0))),
    ),
    Function::prepared(
        "insights_parse_date",
        &[("text", Kind::Text), ("pattern", Kind::Text), ("zone", Kind::Text)],
        Gives::Number,
        "milliseconds since 1970 of a time written by a pattern of Java",
        || {
            let mut kept = Kept::new();
            prepare(move |row| {
                let make = || Ok((Pattern::new(row.text(1))?, zone(row.text(2))?));
                let (pattern, zone): &(Pattern, Zone) = kept.get(row.texts(1), make)?;
                Ok(Output::number(pattern.read_millis(row.text(0), *zone)))
            })
        },
    )
    .required(2),
    Function::prepared(
        "insights_format_date",
        TIME_FORMAT_ZONE,
        Gives::Text,
        "a time by a format of strftime",
        formatting,
    )
    .required(2),
    Function::prepared(
        "insights_strftime",
        TIME_FORMAT_ZONE,
        Gives::Text,
        "the same as `insights_format_date`",
        formatting,
    )
    .required(2),
];

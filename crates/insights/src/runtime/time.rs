//! Times in steps: `bin`, `datefloor`, `dateceil`, and how a time is written.
//!
//! Times are microseconds since 1970-01-01T00:00:00Z.

use chrono::{DateTime, Datelike, Months, NaiveDate};

const MICROS_PER_MILLISECOND: i64 = 1_000;
const MICROS_PER_SECOND: i64 = 1_000_000;
const MICROS_PER_DAY: i64 = 86_400 * MICROS_PER_SECOND;
/// 1969-12-29, the Monday of the week in which the epoch lies.
const FIRST_MONDAY_MICROS: i64 = -3 * MICROS_PER_DAY;

/// A step of time: so many microseconds from a beginning, or calendar months since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Period {
    Fixed { step_micros: i64, from_micros: i64 },
    Months(i64),
}

impl Period {
    /// A number of units `ms s m h d w mo q y`; none for another unit, or a number that is not positive.
    pub fn new(count: i64, unit: &str) -> Option<Self> {
        let fixed = |unit_micros: i64, from_micros: i64| {
            Some(Self::Fixed { step_micros: count.checked_mul(unit_micros)?, from_micros })
        };
        if count <= 0 {
            return None;
        }
        match unit {
            "ms" => fixed(MICROS_PER_MILLISECOND, 0),
            "s" => fixed(MICROS_PER_SECOND, 0),
            "m" => fixed(60 * MICROS_PER_SECOND, 0),
            "h" => fixed(3_600 * MICROS_PER_SECOND, 0),
            "d" => fixed(MICROS_PER_DAY, 0),
            "w" => fixed(7 * MICROS_PER_DAY, FIRST_MONDAY_MICROS),
            "mo" => Some(Self::Months(count)),
            "q" => Some(Self::Months(count.checked_mul(3)?)),
            "y" => Some(Self::Months(count.checked_mul(12)?)),
            _ => None,
        }
    }

    /// The last edge at or before a time; none if it lies outside what can be said.
    pub fn floor(self, micros: i64) -> Option<i64> {
        match self {
            Self::Fixed { step_micros, from_micros } => {
                let past_edge = (micros.checked_sub(from_micros)?).rem_euclid(step_micros);
                micros.checked_sub(past_edge)
            }
            Self::Months(step) => {
                let date = DateTime::from_timestamp_micros(micros)?.date_naive();
                let months = (i64::from(date.year()) - 1970) * 12 + i64::from(date.month0());
                month_begins(months - months.rem_euclid(step))
            }
        }
    }

    /// The first edge at or after a time.
    pub fn ceiling(self, micros: i64) -> Option<i64> {
        let floor = self.floor(micros)?;
        if floor == micros {
            return Some(micros);
        }
        match self {
            Self::Fixed { step_micros, .. } => floor.checked_add(step_micros),
            Self::Months(step) => {
                let date = DateTime::from_timestamp_micros(floor)?.date_naive();
                let next = date.checked_add_months(Months::new(u32::try_from(step).ok()?))?;
                Some(midnight(next))
            }
        }
    }
}

/// Most steps that [`Period::steps`] lists.
pub const MOST_STEPS: usize = 1_000_000;

impl Period {
    /// Every edge from the step of one time to that of another.
    ///
    /// # Errors
    /// In words, if there are more than [`MOST_STEPS`].
    pub fn steps(self, first_micros: i64, last_micros: i64) -> Result<Vec<i64>, String> {
        let mut steps = Vec::new();
        let mut next = self.floor(first_micros);
        while let Some(edge) = next.filter(|edge| *edge <= last_micros) {
            if steps.len() == MOST_STEPS {
                return Err(format!(
                    "between the first and the last there are more than {MOST_STEPS} bins; take longer ones, or ask for a shorter time"
                ));
            }
            steps.push(edge);
            next = edge.checked_add(1).and_then(|after| self.ceiling(after));
        }
        Ok(steps)
    }
}

/// The first instant of a month, counted from January 1970.
fn month_begins(months: i64) -> Option<i64> {
    let year = i32::try_from(months.div_euclid(12) + 1970).ok()?;
    let month = u32::try_from(months.rem_euclid(12)).ok()? + 1;
    NaiveDate::from_ymd_opt(year, month, 1).map(midnight)
}

fn midnight(date: NaiveDate) -> i64 {
    date.and_time(chrono::NaiveTime::MIN).and_utc().timestamp_micros()
}

/// A time as `2024-05-14 14:00:00.000`, UTC.
pub fn render(micros: i64) -> Option<String> {
    Some(DateTime::from_timestamp_micros(micros)?.format("%Y-%m-%d %H:%M:%S%.3f").to_string())
}

/// Milliseconds since 1970, a started one not counted.
pub fn to_millis(micros: i64) -> f64 {
    micros.div_euclid(MICROS_PER_MILLISECOND) as f64
}

/// Microseconds of a number of milliseconds; a fraction of a microsecond is cut off. None past what a time can be.
pub fn from_millis(millis: f64) -> Option<i64> {
    let micros = (millis * 1000.0).floor();
    let micros = (micros.abs() < 9.2e18).then_some(micros as i64)?;
    DateTime::from_timestamp_micros(micros).map(|_| micros)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn micros(text: &str) -> i64 {
        DateTime::parse_from_rfc3339(text).unwrap().timestamp_micros()
    }

    #[track_caller]
    fn floors(count: i64, unit: &str, time: &str, expected: &str) {
        let floor = Period::new(count, unit).unwrap().floor(micros(time));
        assert_eq!(floor, Some(micros(expected)), "{count}{unit} of {time}");
    }

    #[test]
    fn fixed_steps_are_multiples_since_the_epoch() {
        floors(5, "m", "2024-05-14T14:07:59.999Z", "2024-05-14T14:05:00Z");
        floors(7, "m", "1970-01-01T00:13:59Z", "1970-01-01T00:07:00Z");
        floors(250, "ms", "2024-05-14T14:07:59.999Z", "2024-05-14T14:07:59.750Z");
        floors(1, "d", "1969-12-31T23:59:59Z", "1969-12-31T00:00:00Z");
        floors(1, "h", "2024-05-14T14:00:00Z", "2024-05-14T14:00:00Z");
    }

    #[test]
    fn weeks_begin_on_monday() {
        floors(1, "w", "2024-05-14T14:00:00Z", "2024-05-13T00:00:00Z");
        floors(1, "w", "2024-05-13T00:00:00Z", "2024-05-13T00:00:00Z");
        floors(1, "w", "1970-01-01T00:00:00Z", "1969-12-29T00:00:00Z");
    }

    #[test]
    fn months_quarters_and_years_are_those_of_the_calendar() {
        floors(1, "mo", "2024-02-29T12:00:00Z", "2024-02-01T00:00:00Z");
        floors(1, "q", "2024-06-30T23:59:59Z", "2024-04-01T00:00:00Z");
        floors(1, "y", "2024-12-31T23:59:59Z", "2024-01-01T00:00:00Z");
        floors(10, "y", "1969-12-31T00:00:00Z", "1960-01-01T00:00:00Z");
        let quarter = Period::new(1, "q").unwrap();
        assert_eq!(quarter.ceiling(micros("2024-11-05T00:00:00Z")), Some(micros("2025-01-01T00:00:00Z")));
        assert_eq!(quarter.ceiling(micros("2024-10-01T00:00:00Z")), Some(micros("2024-10-01T00:00:00Z")));
    }

    #[test]
    fn every_step_between_two_times_is_listed() {
        let steps = |count, unit, first, last| Period::new(count, unit).unwrap().steps(micros(first), micros(last));
        let expected = ["2024-01-01T00:00:00Z", "2024-02-01T00:00:00Z", "2024-03-01T00:00:00Z"].map(micros);
        assert_eq!(steps(1, "mo", "2024-01-31T12:00:00Z", "2024-03-01T00:00:00Z").unwrap(), expected);
        assert_eq!(steps(1, "h", "2024-05-14T14:30:00Z", "2024-05-14T14:59:00Z").unwrap().len(), 1);
        assert_eq!(steps(1, "h", "2024-05-14T15:00:00Z", "2024-05-14T14:00:00Z").unwrap(), [0; 0]);
        let error = steps(1, "ms", "2024-05-14T14:00:00Z", "2024-05-14T15:00:00Z").unwrap_err();
        assert!(error.contains("more than 1000000 bins"), "{error}");
    }

    #[test]
    fn what_is_no_step_is_none_and_no_time_is_too_far() {
        for (count, unit) in [(0, "m"), (-1, "m"), (1, "x"), (i64::MAX, "w"), (1, "")] {
            assert_eq!(Period::new(count, unit), None, "{count}{unit}");
        }
        for unit in ["ms", "w", "mo", "y"] {
            for time in [i64::MIN, i64::MAX] {
                let period = Period::new(3, unit).unwrap();
                let _ = (period.floor(time), period.ceiling(time));
            }
        }
        assert_eq!(Period::new(i64::MAX, "mo").unwrap().ceiling(1), None);
    }

    #[test]
    fn times_are_written_to_the_millisecond() {
        assert_eq!(render(micros("2024-05-14T14:00:00.123987Z")).as_deref(), Some("2024-05-14 14:00:00.123"));
        assert_eq!(render(-1).as_deref(), Some("1969-12-31 23:59:59.999"));
        assert!((to_millis(-1) + 1.0).abs() < f64::EPSILON);
        assert_eq!(from_millis(1_715_695_200_000.0), Some(micros("2024-05-14T14:00:00Z")));
        assert_eq!(from_millis(f64::NAN), None);
        assert_eq!(from_millis(1e18), None);
    }
}

//! `pattern` and `diff`: templates of texts, counted over all rows, or over those of now and of an earlier time.

use super::Compiler;
use super::stage::{Binding, Order, Stage};
use super::value::{Predicate, Rank, Value};
use crate::ast::{Command, CommandKind, Expression, Shift};
use crate::error::{Error, Result, Span};
use crate::notes::Note;
use crate::sql;

/// Two times of the same length, microseconds since 1970.
#[derive(Clone, Copy, Debug)]
pub(super) struct Windows {
    pub since: i64,
    pub until: i64,
    pub shift: i64,
}

impl<'a> Compiler<'a> {
    pub(super) fn pattern(
        &mut self,
        stage: &mut Stage<'a>,
        field: &Expression,
        command: &Command,
        rest: &[Command],
    ) -> Result<()> {
        self.note(Note::Emulated { command: "pattern".to_owned() });
        let value = self.value(stage, field)?;
        self.check_ordinary(&value, field, "`pattern`")?;
        // `pattern … | diff` compares templates: the two are one step.
        if let Some(Command { kind: CommandKind::Diff(_), span }) = rest.first() {
            self.compared = true;
            return self.diff(stage, Some(&value), *span);
        }
        let text = value.scalar();
        let inner = format!(
            "SELECT unnest(insights_patterns({text})) AS template\nFROM {}{}",
            stage.from,
            stage.where_clause()
        );
        let inner = self.keep("templates", inner);
        let columns = [
            ("@pattern", "pattern", Kind::Text),
            ("@ratio", "ratio", Kind::Double),
            ("@sampleCount", "sample_count", Kind::Whole),
            ("@severityLabel", "severity", Kind::Text),
        ];
        debug_assert!(command.span.start <= command.span.end);
        self.templates(stage, &inner, &columns, "@sampleCount");
        Ok(())
    }

    /// Names the members of templates as columns.
    fn templates(&mut self, stage: &mut Stage<'a>, inner: &str, columns: &[(&str, &str, Kind)], first: &str) {
        let items: Vec<String> =
            columns.iter().map(|(name, member, _)| format!("template['{member}'] AS {}", sql::quoted(name))).collect();
        let statement = format!("SELECT\n{}\nFROM {inner}\nWHERE template IS NOT NULL", sql::lines(&items));
        let from = self.keep("patterns", statement);
        let bindings = columns.iter().map(|(name, _, kind)| {
            let column = sql::quoted(name);
            let value = match kind {
                Kind::Text => Value::Text(column),
                Kind::Double => Value::double(column),
                Kind::Whole => Value::whole(column),
            };
            Binding { name: (*name).to_owned(), value, bin: false }
        });
        let mut next = Stage::of_columns(from, bindings.collect());
        next.order = vec![
            Order { sql: sql::quoted(first), descending: true },
            Order::ascending(format!("insights_sort_key({})", sql::quoted("@pattern"))),
        ];
        next.grouped = stage.grouped + 1;
        next.limit = stage.limit;
        *stage = next;
    }

    /// `diff` and `logcompare`; without `pattern` before them, of `@message`.
    pub(super) fn diff(&mut self, stage: &mut Stage<'a>, value: Option<&Value>, span: Span) -> Result<()> {
        // Done together with the `pattern` before.
        if value.is_none() && std::mem::take(&mut self.compared) {
            return Ok(());
        }
        let command = self.written(span).split_whitespace().next().unwrap_or("diff").to_owned();
        self.note(Note::Emulated { command });
        let message = stage.binding("@message").map(|binding| binding.value.clone());
        let Some(value) = value.or(message.as_ref()) else {
            return Err(Error::new(span, "there is no `@message` to compare here"));
        };
        let Some(windows) = self.windows else {
            return Err(
                Error::new(span, "`diff` needs the time that is compared").hint("give --since, and perhaps --until")
            );
        };
        if windows.shift < windows.until - windows.since {
            let error = Error::new(span, "the earlier time overlaps the time that is asked for");
            return Err(error.hint("ask for a shorter time, or compare with one further back"));
        }
        let timestamp = super::function::timestamp(stage, span)?;
        let earlier = sql::instant(windows.until - windows.shift);
        let since = sql::instant(windows.since);
        stage.conditions.push(Predicate::new(format!("{timestamp} < {earlier} OR {timestamp} >= {since}"), Rank::Or));
        let inner = format!(
            "SELECT unnest(insights_pattern_diff({}, {timestamp} >= {since})) AS template\nFROM {}{}",
            value.scalar(),
            stage.from,
            stage.where_clause()
        );
        let inner = self.keep("templates", inner);
        let columns = [
            ("@pattern", "pattern", Kind::Text),
            ("@sampleCount", "current_count", Kind::Whole),
            ("@previousCount", "previous_count", Kind::Whole),
            ("@difference", "difference", Kind::Whole),
            ("@differencePercent", "difference_percent", Kind::Double),
            ("@severityLabel", "severity", Kind::Text),
        ];
        self.templates(stage, &inner, &columns, "@difference");
        Ok(())
    }
}

/// The two times of a query that has `diff`.
pub(super) fn windows_of(commands: &[Command], since: Option<i64>, until: i64) -> Option<Windows> {
    let shift = commands.iter().find_map(|command| match &command.kind {
        CommandKind::Diff(shift) => Some(shift),
        _ => None,
    })?;
    let since = since?;
    let length = until.checked_sub(since)?;
    let shift = match shift {
        Shift::Before => length,
        Shift::Of(period) => {
            // Months have no fixed length; thirty days stand for one.
            let millis = period.unit.millis().unwrap_or(30 * 86_400_000);
            millis.checked_mul(period.count)?.checked_mul(1000)?
        }
    };
    Some(Windows { since, until, shift })
}

#[derive(Clone, Copy)]
enum Kind {
    Text,
    Double,
    Whole,
}

//! Commands that look from a row to those around it, in the order that holds where they stand.

use super::stage::{Binding, Order, ROWS, Stage};
use super::value::Value;
use super::{Compiler, as_name};
use crate::ast::{Expression, Filling, Name, Period, Wildcard, dotted};
use crate::error::{Error, Result, Span};
use crate::sql;

/// Minutes of pause that part two sessions.
const SESSION_MINUTES: i64 = 30;

impl<'a> Compiler<'a> {
    pub(super) fn name_of_field(&self, field: &Expression) -> String {
        match &field.kind {
            crate::ast::ExpressionKind::Field(path) => dotted(path),
            _ => as_name(self.written(field.span)),
        }
    }

    /// Adds a column that is computed over rows; what follows sees it as any other.
    fn add(&mut self, stage: &mut Stage<'a>, columns: Vec<(String, String, Value)>) {
        let mut items = Vec::new();
        let mut bound = Vec::new();
        for (name, item, like) in columns {
            let column = sql::quoted(&stage.column_for(&name));
            items.push(format!("{item} AS {column}"));
            bound.push((name, like.as_column(&column)));
        }
        let from = self.keep("along", stage.select_with(&items));
        stage.moved_to(from);
        for (name, value) in bound {
            stage.bind(&name, value, false);
            stage.show(&name);
            if let Some(displayed) = &mut stage.displayed
                && !displayed.contains(&name)
            {
                displayed.push(name);
            }
        }
    }

    pub(super) fn accumulate(&mut self, stage: &mut Stage<'a>, field: &Expression, alias: Option<&Name>) -> Result<()> {
        let value = self.value(stage, field)?;
        let name = match alias {
            Some(alias) => alias.text.clone(),
            None => format!("accum_{}", self.name_of_field(field)),
        };
        let item = format!("insights_number(sum({}) OVER ({}))", value.number(), stage.along());
        self.add(stage, vec![(name, item, Value::double(""))]);
        Ok(())
    }

    pub(super) fn autoregress(
        &mut self,
        stage: &mut Stage<'a>,
        field: &Expression,
        alias: Option<&Name>,
        from: u64,
        to: u64,
    ) -> Result<()> {
        let value = self.value(stage, field)?;
        let own = self.name_of_field(field);
        let columns = (from..=to).map(|back| {
            let name = alias.map_or_else(
                || format!("{own}_p{back}"),
                |alias| if from == to { alias.text.clone() } else { format!("{}_p{back}", alias.text) },
            );
            (name, format!("lag({}, {back}) OVER ({})", value.carried(), stage.along()), value.clone())
        });
        let columns = columns.collect();
        self.add(stage, columns);
        Ok(())
    }

    pub(super) fn fill_down(&mut self, stage: &mut Stage<'a>, names: &[Wildcard], span: Span) -> Result<()> {
        let shown: Vec<String> = Self::outputs(stage).into_iter().map(|(name, ..)| name).collect();
        let mut filled: Vec<String> = Vec::new();
        for wildcard in names {
            let before = filled.len();
            filled.extend(shown.iter().filter(|name| fits(name, &wildcard.text)).cloned());
            if filled.len() == before && wildcard.text.contains('*') {
                return Err(Error::new(wildcard.span, format!("no field that is shown fits `{}`", wildcard.text)));
            }
            if filled.len() == before {
                let path: Vec<crate::lexer::Segment> = wildcard
                    .text
                    .split('.')
                    .map(|text| crate::lexer::Segment { text: text.to_owned(), quoted: true })
                    .collect();
                let value = self.field(stage, &path, wildcard.span)?;
                stage.bind(&wildcard.text, value, false);
                filled.push(wildcard.text.clone());
            }
        }
        if names.is_empty() {
            filled = shown;
        }
        filled.dedup();
        if filled.is_empty() {
            return Err(Error::new(span, "no field is shown that could be filled"));
        }
        let order = stage.order_by();
        let mut columns = Vec::new();
        for name in filled {
            let Some(binding) = stage.binding(&name) else { continue };
            let value = binding.value.clone();
            let item = format!(
                "last_value({}) IGNORE NULLS OVER ({order} ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)",
                value.carried()
            );
            columns.push((name, item, value));
        }
        let shown = (stage.shown.clone(), stage.displayed.clone());
        self.add(stage, columns);
        (stage.shown, stage.displayed) = shown;
        Ok(())
    }

    /// A session goes on while rows of the same fields are no further apart than the span.
    pub(super) fn sessionize(
        &mut self,
        stage: &mut Stage<'a>,
        fields: &[Expression],
        pause: Option<Period>,
        alias: Option<&Name>,
        span: Span,
    ) -> Result<()> {
        let timestamp = super::function::timestamp(stage, span)?;
        let mut keys = Vec::new();
        for field in fields {
            keys.push(self.value(stage, field)?.scalar());
        }
        let millis = match pause {
            None => Some(SESSION_MINUTES * 60_000),
            Some(period) => period.unit.millis().and_then(|millis| millis.checked_mul(period.count)),
        };
        let Some(millis) = millis else {
            return Err(Error::new(span, "`maxspan` has a fixed length: weeks or less"));
        };
        let tie: Vec<Order> = stage.order.iter().skip(1).cloned().collect();
        let mut in_time = vec![Order::ascending(timestamp.clone())];
        in_time.extend(tie);
        let order: Vec<String> = in_time.iter().map(Order::sql).collect();
        let order = order.join(", ");
        let partition = keys.join(", ");
        let begins = sql::quoted(&stage.column_for("session begins"));
        let item = format!(
            "CASE WHEN {timestamp} - lag({timestamp}) OVER (PARTITION BY {partition} ORDER BY {order}) <= INTERVAL '{millis} milliseconds' THEN 0 ELSE 1 END AS {begins}"
        );
        let from = self.keep("sessions", stage.select_with(&[item]));
        stage.moved_to(from);
        // Sessions are numbered by the rows they begin with; a row's session is the last that began before it.
        let number = sql::quoted(&stage.column_for("session number"));
        let item = format!("CASE WHEN {begins} = 1 THEN sum({begins}) OVER (ORDER BY {order} {ROWS}) END AS {number}");
        let from = self.keep("numbered_sessions", stage.select_with(&[item]));
        stage.moved_to(from);
        let name = alias.map_or_else(|| "session_id".to_owned(), |alias| alias.text.clone());
        let item = format!("CAST(max({number}) OVER (PARTITION BY {partition} ORDER BY {order} {ROWS}) AS BIGINT)");
        self.add(stage, vec![(name, item, Value::whole(""))]);
        Ok(())
    }

    pub(super) fn add_totals(
        &mut self,
        stage: &mut Stage<'a>,
        name: &str,
        row: bool,
        column: bool,
        fields: &[Expression],
        span: Span,
    ) -> Result<()> {
        let mut summed: Vec<(String, Value)> = Vec::new();
        if fields.is_empty() {
            let numbers =
                Self::outputs(stage).into_iter().filter(|(_, value, _)| matches!(value, Value::Number { .. }));
            summed.extend(numbers.map(|(name, value, _)| (name, value)));
        }
        for field in fields {
            summed.push((self.name_of_field(field), self.value(stage, field)?));
        }
        if summed.is_empty() {
            let error = Error::new(span, "no field is shown that is known to be a number");
            return Err(error.hint("name the fields: addtotals bytes, packets"));
        }
        if row {
            let parts: Vec<String> =
                summed.iter().map(|(_, value)| format!("coalesce({}, 0.0)", value.number())).collect();
            self.add(stage, vec![(name.to_owned(), parts.join(" + "), Value::double(""))]);
            summed.push((name.to_owned(), stage.binding(name).map_or(Value::Missing, |binding| binding.value.clone())));
        }
        if column {
            self.last_row(stage, &summed);
        }
        Ok(())
    }

    /// Appends a row with the sums of columns.
    fn last_row(&mut self, stage: &mut Stage<'a>, summed: &[(String, Value)]) {
        self.apply_limit(stage);
        let outputs = Self::outputs(stage);
        let position = "row position";
        let mut items: Vec<String> =
            outputs.iter().map(|(name, value, _)| super::output::aliased(&value.carried(), name)).collect();
        items.push(format!("row_number() OVER ({}) AS {}", stage.along(), sql::quoted(position)));
        let rows = self.keep("numbered", stage.select(&items));
        let sums: Vec<String> = outputs
            .iter()
            .map(|(name, value, _)| {
                let column = sql::quoted(name);
                let item = if summed.iter().any(|(summed, _)| summed == name) {
                    match value {
                        Value::Number { whole: true, .. } => format!("CAST(sum({column}) AS BIGINT)"),
                        Value::Number { .. } => format!("sum({column})"),
                        value => format!("insights_text(sum({}))", value.as_column(&column).number()),
                    }
                } else {
                    "NULL".to_owned()
                };
                format!("{item} AS {column}")
            })
            .chain([format!("NULL AS {}", sql::quoted(position))])
            .collect();
        let statement = format!("SELECT *\nFROM {rows}\nUNION ALL\nSELECT\n{}\nFROM {rows}", sql::lines(&sums));
        let from = self.keep("with_total", statement);
        let bindings = outputs.iter().map(|(name, value, bin)| Binding {
            name: name.clone(),
            value: value.as_column(&sql::quoted(name)),
            bin: *bin,
        });
        let mut next = Stage::of_columns(from, bindings.collect());
        next.order = vec![Order::ascending(sql::quoted(position))];
        next.grouped = stage.grouped.max(1);
        *stage = next;
    }

    /// After `stats … by bin(…)` alone: a row for every bin from the first to the last.
    pub(super) fn fill_missing(&mut self, stage: &mut Stage<'a>, fillings: &[Filling], span: Span) -> Result<()> {
        let key = stage.bindings.first().filter(|binding| binding.bin && stage.keys == 1).cloned();
        let (Some(key), Some(bins)) = (key, stage.period) else {
            let error = Error::new(span, "`fillmissing` needs `stats … by bin(…)` right before it, and no other key");
            return Err(error.hint("stats count(*) by bin(5m) | fillmissing with 0 for `count(*)`"));
        };
        let mut with: Vec<(Option<String>, Value)> = Vec::new();
        for filling in fillings {
            let name = filling.field.as_ref().map(|field| (self.name_of_field(field), field.span));
            if let Some((name, span)) = &name
                && stage.binding(name).is_none()
            {
                let known: Vec<&str> = stage.bindings.iter().map(|binding| binding.name.as_str()).collect();
                let error = Error::new(*span, format!("`stats` gives no `{name}`"));
                return Err(error.nearest(name, known.into_iter()));
            }
            let value = self.value(stage, &filling.value)?;
            if value.literal().is_none() {
                return Err(Error::new(filling.value.span, "what fills a row is a number or a text"));
            }
            with.push((name.map(|(name, _)| name), value));
        }
        let time = sql::quoted(&key.name);
        let offset = format!("INTERVAL '{} milliseconds'", bins.offset);
        let (back, forth) = match bins.offset {
            0 => (String::new(), String::new()),
            _ => (format!(" - {offset}"), format!(" + {offset}")),
        };
        let rows = self.keep("found", stage.select_with(&[]));
        let every = format!(
            "SELECT unnest(insights_bins(min({time}){back}, max({time}){back}, {}, '{}')) AS bin\nFROM {rows}",
            bins.count, bins.unit
        );
        let every = self.keep("bins", every);
        let items: Vec<String> = stage
            .bindings
            .iter()
            .map(|binding| {
                let column = sql::quoted(&binding.name);
                if binding.name == key.name {
                    return format!("coalesce(bins.bin{forth}, rows.{column}) AS {column}");
                }
                let value = format!("rows.{column}");
                let own = |(name, _): &&(Option<String>, Value)| name.as_ref().is_none_or(|name| *name == binding.name);
                let item = match with.iter().find(own) {
                    Some((_, with)) => {
                        let whole = with.numeral().is_some_and(|text| text.parse::<i64>().is_ok());
                        let fill = match &binding.value {
                            Value::Number { whole: true, .. } if whole => with.output(),
                            Value::Number { .. } => with.number(),
                            Value::Json(_) => with.json(),
                            _ => with.text(),
                        };
                        format!("CASE WHEN rows.{time} IS NULL AND bins.bin IS NOT NULL THEN {fill} ELSE {value} END")
                    }
                    None => value,
                };
                format!("{item} AS {column}")
            })
            .collect();
        // The group of rows without a time is in no bin, and stays.
        let statement = format!(
            "SELECT\n{}\nFROM {every} AS bins\nFULL JOIN {rows} AS rows ON rows.{time} = bins.bin{forth}",
            sql::lines(&items)
        );
        let from = self.keep("filled", statement);
        stage.moved_to(from);
        Ok(())
    }
}

/// Whether a name fits one in which `*` stands for any text.
fn fits(name: &str, pattern: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or("");
    let Some(mut rest) = name.strip_prefix(first) else { return false };
    let mut last = None;
    for part in parts {
        if let Some(part) = last.replace(part) {
            let Some((_, after)) = rest.split_once(part) else { return false };
            rest = after;
        }
    }
    match last {
        Some(part) => rest.ends_with(part),
        None => rest.is_empty(),
    }
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn a_star_is_any_text() {
        for (name, pattern, wanted) in [
            ("bytes", "bytes", true),
            ("bytes", "byte", false),
            ("bytesIn", "bytes*", true),
            ("a.b.c", "a*c", true),
            ("a.b.c", "*b*", true),
            ("a.b.c", "a*b", false),
            ("x", "*", true),
        ] {
            assert_eq!(fits(name, pattern), wanted, "{name} {pattern}");
        }
    }
}

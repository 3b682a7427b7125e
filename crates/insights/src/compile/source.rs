//! Where events come from: which table a log group is, and the system fields of its rows.

use super::patterns::windows_of;
use super::stage::{Binding, Order, Stage};
use super::streams::{fields_of, may_be, needs_json};
use super::value::{Predicate, Rank, Value};
use super::{Compiler, Nesting};
use crate::ast::{Command, Instant, Name, Query, Source};
use crate::error::{Error, Result, Span};
use crate::notes::Note;
use crate::schema::{EKS, ROLES, Role, Table, camel};
use crate::sql;

/// The columns that tell where an event was read, of which no two rows have the same.
pub(super) const PLACE: [&str; 3] = ["source_uri", "source_record", "source_sha256"];

/// What a log group is here.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Group {
    /// Of EKS clusters whose name is this, or begins so.
    Eks {
        cluster: Option<String>,
        whole: bool,
    },
    Table(&'static str),
}

/// What the source of a query comes to.
struct Scope {
    groups: Vec<Group>,
    accounts: Vec<String>,
    since: Option<i64>,
    until: Option<i64>,
    span: Span,
}

impl<'a> Compiler<'a> {
    pub(super) fn source(
        &mut self,
        source: Option<&Source>,
        commands: &[Command],
        nesting: Nesting,
    ) -> Result<Stage<'a>> {
        let mut scope = self.scope(source, commands)?;
        if self.depth == 1 {
            (self.since, self.until) = (scope.since, scope.until);
            self.windows = windows_of(commands, scope.since, scope.until.unwrap_or(self.settings.now));
            if let Some(windows) = self.windows {
                scope.since = windows.since.checked_sub(windows.shift);
                scope.until = Some(windows.until);
            }
        }
        let first = scope.groups.first().cloned().unwrap_or(Group::Eks { cluster: None, whole: true });
        let alike = |group: &Group| match (&first, group) {
            (Group::Eks { .. }, Group::Eks { .. }) => true,
            (Group::Table(one), Group::Table(other)) => one == other,
            _ => false,
        };
        if !scope.groups.iter().all(alike) {
            let error = Error::new(scope.span, "these log groups are of different kinds");
            return Err(error.hint("ask one kind at a time, or use `join` or a subquery"));
        }
        let candidates: Vec<&'static str> = match &first {
            Group::Table(table) => vec![*table],
            Group::Eks { .. } => self.eks_tables(commands, nesting),
        };
        let mut found = Vec::new();
        for name in candidates {
            let table = self.tables.iter().find(|table| table.name == name);
            match table.and_then(|table| Some((table, table.role()?))) {
                Some(found_table) => found.push(found_table),
                None => return Err(Error::new(scope.span, format!("there is no table `{name}`"))),
            }
        }
        match found.as_slice() {
            [(table, role)] => {
                let mut stage = events(table, role);
                stage.conditions = self.conditions(&scope, table, role)?;
                Ok(stage)
            }
            several => self.several(several, &scope),
        }
    }

    /// What is asked: by the query, by the caller, or by the fields that the query names.
    fn scope(&mut self, source: Option<&Source>, commands: &[Command]) -> Result<Scope> {
        let settings = self.settings;
        let mut scope = Scope {
            groups: Vec::new(),
            accounts: Vec::new(),
            since: settings.since,
            until: settings.until,
            span: Span::default(),
        };
        if let Some(source) = source {
            scope.span = source.span;
            scope.accounts.clone_from(&source.accounts);
            let instant = |instant: &Instant| match instant {
                Instant::At(micros) => *micros,
                Instant::Relative(millis) => settings.now.saturating_add(millis.saturating_mul(1000)),
            };
            scope.since = source.start.as_ref().map(instant).or(scope.since);
            scope.until = source.end.as_ref().map(instant).or(scope.until);
            for group in &source.groups {
                scope.groups.push(group_of(group)?);
            }
        } else if let Some(group) = &settings.log_group {
            scope.groups.push(group_of(&Name { text: group.clone(), span: Span::default() })?);
        } else if settings.cluster.is_some() {
            scope.groups.push(Group::Eks { cluster: None, whole: true });
        } else {
            scope.groups.push(self.guessed(commands));
        }
        Ok(scope)
    }

    /// The table that has most of the fields that are named.
    fn guessed(&mut self, commands: &[Command]) -> Group {
        let fields = fields_of(&Query { commands: commands.to_vec() });
        let eks = Group::Eks { cluster: None, whole: true };
        if fields.iter().any(|field| field == &["@logStream".to_owned()]) {
            return eks;
        }
        let has = |table: &Table, field: &Vec<String>| {
            let flow = table.name == "vpc_flow"
                && matches!(field.as_slice(), [name] if table.columns.iter().any(|column| camel(column).as_ref() == Some(name)));
            flow || table.at(field).is_some() || table.above(field).is_some()
        };
        let count = |role: &Role| {
            let table = self.tables.iter().find(|table| table.name == role.table);
            table.map_or(0, |table| fields.iter().filter(|field| has(table, field)).count())
        };
        let eks_count = ROLES.iter().filter(|role| EKS.contains(&role.table)).map(count).max().unwrap_or(0);
        let others = ROLES.iter().filter(|role| !EKS.contains(&role.table)).map(|role| (count(role), role));
        // The first of equals: CloudTrail before its insights.
        let best = others.rev().max_by_key(|(count, _)| *count);
        match best {
            Some((count, role)) if count > eks_count => {
                let why = "it has the fields that the query names; --log-group chooses another".to_owned();
                self.note(Note::Source { table: format!("`{}`", role.table), why });
                Group::Table(role.table)
            }
            _ => eks,
        }
    }

    fn eks_tables(&mut self, commands: &[Command], nesting: Nesting) -> Vec<&'static str> {
        let mut tables: Vec<&'static str> = ROLES
            .iter()
            .filter(|role| EKS.contains(&role.table) && may_be(role, commands))
            .map(|role| role.table)
            .collect();
        if tables.is_empty() {
            tables.extend(EKS);
        }
        if tables.len() > 1 && tables.contains(&"k8s_audit") && needs_json(commands) {
            tables = vec!["k8s_audit"];
            if nesting == Nesting::Outermost {
                let why = "of an EKS log group only audit events have fields, and a filter needs one".to_owned();
                self.note(Note::Source { table: "`k8s_audit`".to_owned(), why });
            }
        } else if tables.len() > 1 && nesting == Nesting::Outermost {
            let names: Vec<String> = tables.iter().map(|table| (*table).to_owned()).collect();
            let why = "a filter on `@logStream`, or on a field of the events, would choose one".to_owned();
            self.note(Note::Source { table: crate::error::Listed(&names).to_string(), why });
        }
        tables
    }

    fn conditions(&self, scope: &Scope, table: &Table, role: &Role) -> Result<Vec<Predicate>> {
        let mut conditions = Vec::new();
        let mut clusters = Vec::new();
        for group in &scope.groups {
            if let Group::Eks { cluster: Some(name), whole } = group {
                let column = sql::name("cluster");
                clusters.push(if *whole {
                    Predicate::new(format!("{column} = {}", sql::literal(name)), Rank::Comparison)
                } else {
                    Predicate::new(format!("starts_with({column}, {})", sql::literal(name)), Rank::Atom)
                });
            }
        }
        // A group that names no cluster is all of them.
        let all = scope.groups.iter().any(|group| !matches!(group, Group::Eks { cluster: Some(_), .. }));
        if !clusters.is_empty() && !all {
            conditions.push(Predicate::any(&clusters));
        }
        match &self.settings.cluster {
            Some(cluster) if role.cluster => {
                let column = sql::name("cluster");
                conditions.push(Predicate::new(format!("{column} = {}", sql::literal(cluster)), Rank::Comparison));
            }
            // What a join or a subquery brings beside the cluster's rows may be of any kind.
            Some(_) if self.depth == 1 => {
                let error = Error::new(scope.span, format!("rows of `{}` name no cluster", table.name));
                return Err(error.hint("leave out --cluster, and filter by a field of the events"));
            }
            _ => {}
        }
        if !scope.accounts.is_empty() {
            let column = ["log_account_id", "recipient_account_id", "account_id"]
                .into_iter()
                .find(|name| table.column(name).is_some() && (role.cloudwatch || *name != "log_account_id"));
            let Some(column) = column else {
                return Err(Error::new(scope.span, format!("rows of `{}` name no account", table.name)));
            };
            let accounts: Vec<String> = scope.accounts.iter().map(|account| sql::literal(account)).collect();
            conditions.push(Predicate::new(format!("{column} IN ({})", accounts.join(", ")), Rank::Comparison));
        }
        conditions.extend(scope.since.map(|since| in_time(role, ">=", since)));
        conditions.extend(scope.until.map(|until| in_time(role, "<", until)));
        Ok(conditions)
    }

    /// Several tables as one: what every event has, and its record.
    fn several(&mut self, tables: &[(&'a Table, &'static Role)], scope: &Scope) -> Result<Stage<'a>> {
        let mut parts = Vec::new();
        for (table, role) in tables {
            let mut stage = events(table, role);
            stage.conditions = self.conditions(scope, table, role)?;
            let mut items: Vec<String> = ["@timestamp", "@logStream", "@log"]
                .iter()
                .filter_map(|name| Some(super::output::aliased(&stage.binding(name)?.value.output(), name)))
                .collect();
            items.extend(["raw"].iter().chain(&PLACE).map(|column| (*column).to_owned()));
            parts.push(stage.select(&items));
        }
        let from = self.keep("events", parts.join("\nUNION ALL\n"));
        let mut stage = Stage::of(from);
        let timestamp = sql::quoted("@timestamp");
        bind_system(&mut stage, &timestamp, Value::Text(sql::quoted("@logStream")), Value::Text(sql::quoted("@log")));
        let columns = ["@timestamp", "@logStream", "@log", "raw"];
        stage.columns = columns.iter().chain(&PLACE).map(|column| (*column).to_owned()).collect();
        stage.raw = Some("raw".to_owned());
        stage.untouched = true;
        Ok(stage)
    }
}

/// Rows of a table as events.
fn events<'a>(table: &'a Table, role: &'static Role) -> Stage<'a> {
    let mut stage = Stage::of(table.name.clone());
    let timestamp = if role.cloudwatch { "coalesce(log_time, event_time)" } else { "event_time" };
    let stream = match (role.stream, table.column("log_stream")) {
        (Some(default), _) => Value::Text(format!("coalesce(log_stream, {default})")),
        (None, Some(_)) => Value::Text("log_stream".to_owned()),
        (None, None) => Value::Missing,
    };
    let log = if role.cloudwatch {
        Value::Text("nullif(concat_ws(':', log_account_id, log_group), '')".to_owned())
    } else {
        Value::Literal(role.log.to_owned())
    };
    bind_system(&mut stage, timestamp, stream, log);
    stage.columns = table.columns.iter().map(|column| column.name.clone()).collect();
    stage.raw = role.json.then(|| "raw".to_owned());
    stage.table = Some((table, role));
    stage.untouched = true;
    stage
}

fn bind_system(stage: &mut Stage<'_>, timestamp: &str, stream: Value, log: Value) {
    stage.timestamp = Some(timestamp.to_owned());
    let pointer = "source_uri || '#' || CAST(source_record AS VARCHAR)".to_owned();
    for (name, value) in [
        ("@timestamp", Value::Time(timestamp.to_owned())),
        ("@message", Value::Text("raw".to_owned())),
        ("@logStream", stream),
        ("@log", log),
        ("@ingestionTime", Value::Missing),
        ("@ptr", Value::Text(pointer)),
    ] {
        stage.bindings.push(Binding { name: name.to_owned(), value, bin: false });
    }
    stage.order = vec![
        Order { sql: timestamp.to_owned(), descending: true },
        Order::ascending("source_uri"),
        Order::ascending("source_record"),
    ];
    stage.shown = vec!["@timestamp".to_owned(), "@message".to_owned()];
}

/// A bound on `@timestamp` that statistics of the columns can answer. Rows without a time are on neither side of it.
fn in_time(role: &Role, operator: &str, micros: i64) -> Predicate {
    let instant = sql::instant(micros);
    let event = format!("event_time {operator} {instant} OR event_time IS NULL");
    if !role.cloudwatch {
        return Predicate::new(event, Rank::Or);
    }
    Predicate::new(format!("log_time {operator} {instant} OR log_time IS NULL AND ({event})"), Rank::Or)
}

/// What a name of a log group, of a data source or of a table stands for.
fn group_of(name: &Name) -> Result<Group> {
    let text = name.text.trim();
    let lower = text.to_lowercase().replace('_', "-");
    if let Some(rest) = text.strip_prefix("/aws/eks/") {
        let cluster = rest.strip_suffix("/cluster");
        let whole = cluster.is_some();
        let cluster = cluster.unwrap_or(rest).trim_end_matches('/');
        return Ok(Group::Eks {
            cluster: Some(cluster.to_owned()).filter(|name| !name.is_empty() && name != "*"),
            whole,
        });
    }
    if let Some(role) = ROLES.iter().find(|role| role.table.replace('_', "-") == lower) {
        return Ok(Group::Table(role.table));
    }
    let has = |part: &str| lower.contains(part);
    if lower == "eks" || has("/aws/eks") || has("amazon-eks") {
        return Ok(Group::Eks { cluster: None, whole: true });
    }
    if has("cloudtrail-insight") {
        return Ok(Group::Table("cloudtrail_insight"));
    }
    if has("cloudtrail") || has("trail") {
        return Ok(Group::Table("cloudtrail"));
    }
    if has("flow") && (has("vpc") || has("flow-log") || has("flowlog")) {
        return Ok(Group::Table("vpc_flow"));
    }
    if has("guardduty") {
        return Ok(Group::Table("guardduty"));
    }
    let error = Error::new(name.span, format!("no logs of this lake are the log group `{text}`"));
    Err(error.hint("there are /aws/eks/NAME/cluster, cloudtrail, vpc-flow, guardduty, and the names of tables"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(text: &str) -> Option<Group> {
        group_of(&Name { text: text.to_owned(), span: Span::default() }).ok()
    }

    #[test]
    fn names_of_log_groups_are_tables() {
        assert_eq!(group("/aws/eks/demo/cluster"), Some(Group::Eks { cluster: Some("demo".to_owned()), whole: true }));
        assert_eq!(group("/aws/eks/pro"), Some(Group::Eks { cluster: Some("pro".to_owned()), whole: false }));
        assert_eq!(group("aws-cloudtrail-logs-111122223333-x"), Some(Group::Table("cloudtrail")));
        assert_eq!(group("vpc-flow"), Some(Group::Table("vpc_flow")));
        assert_eq!(group("my-vpc-flowlogs"), Some(Group::Table("vpc_flow")));
        assert_eq!(group("amazon_vpc.flow"), Some(Group::Table("vpc_flow")));
        assert_eq!(group("control_plane"), Some(Group::Table("control_plane")));
        assert_eq!(group("/aws/lambda/orders"), None);
    }
}

//! Logs Insights over a lake: translates a query with the crate `eksamine-insights` and asks the SQL it gives; and the
//! table function `insights('…')`, with which SQL asks in the other language.
//!
//! What the language means is that crate's business. Here are the lake's tables as it wants them, its errors as ours,
//! and tables for `lookup`.

use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, RwLock};

use datafusion::arrow::array::{ArrayRef, RecordBatch, StringViewArray};
use datafusion::arrow::datatypes::{DataType, Field, Schema};
use datafusion::catalog::{TableFunctionArgs, TableFunctionImpl, TableProvider};
use datafusion::common::{DataFusionError, Result as EngineResult, plan_err};
use datafusion::datasource::{MemTable, ViewTable};
use datafusion::execution::SessionState;
use datafusion::logical_expr::Expr;
use datafusion::scalar::ScalarValue;
use eksamine_insights::runtime::records;
pub use eksamine_insights::schema::Lookup;
use eksamine_insights::schema::{Column, Kind, Table};
pub use eksamine_insights::{BinCap, Bins, Missing, Note, OutputColumn, Settings, Translation};
use eksamine_lake::{Lake, SIGHTINGS};
use futures::FutureExt;

use crate::error::{Error, Names, Place};
use crate::session::{Answer, Session};
use crate::timeline::no_such_cluster;

/// The tables of a lake as the translator sees them.
pub fn tables() -> Vec<Table> {
    let column = |column: &eksamine_sources::Column| Column {
        name: column.name.to_owned(),
        kind: match column.kind {
            eksamine_sources::Kind::Time => Kind::Time,
            eksamine_sources::Kind::Text => Kind::Text,
            eksamine_sources::Kind::Json => Kind::Json,
            eksamine_sources::Kind::Int => Kind::Int,
            eksamine_sources::Kind::Float => Kind::Float,
            eksamine_sources::Kind::Bool => Kind::Bool,
        },
        path: column.path.iter().map(|segment| (*segment).to_owned()).collect(),
    };
    let table = |table: &'static eksamine_sources::Table| Table {
        name: table.name.to_owned(),
        columns: table.all_columns().map(column).collect(),
    };
    eksamine_sources::tables().map(table).collect()
}

/// Translates a query without asking it.
pub fn translate(query: &str, settings: &Settings) -> Result<Translation, Error> {
    eksamine_insights::translate(query, &tables(), settings).map_err(|error| {
        let wrong = Wrong::of(&error, query);
        Error::Query { message: wrong.message, place: wrong.place, hint: wrong.hint, query: wrong.query }
    })
}

/// A query that could not be translated, on its way through the engine.
#[derive(Clone, Debug)]
pub(crate) struct Wrong {
    pub message: String,
    pub place: Option<Place>,
    pub hint: Option<String>,
    pub query: String,
}

impl Wrong {
    fn of(error: &eksamine_insights::Error, query: &str) -> Self {
        let place = Place::of_bytes(query, error.span.start, error.span.end);
        Self { message: error.message.clone(), place, hint: error.hint.clone(), query: query.to_owned() }
    }
}

impl fmt::Display for Wrong {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for Wrong {}

impl Session {
    /// Asks a query in Logs Insights. The tables of [`Session::add_lookup`] are there besides those of the settings.
    pub async fn insights(&self, query: &str, settings: &Settings) -> Result<(Answer, Translation), Error> {
        let mut settings = settings.clone();
        settings.lookups.extend(self.defaults.get().lookups);
        self.defaults.check_clusters(&settings)?;
        let translation = translate(query, &settings)?;
        let answer = self.sql(&translation.sql, Vec::new()).await?;
        Ok((answer, translation))
    }

    /// What `insights('…')` in SQL takes for granted: when it is asked, from when to when, and what a missing field
    /// does.
    pub fn set_insights(&self, settings: Settings) {
        let lookups = self.defaults.get().lookups;
        self.defaults.set(Settings { lookups, ..settings });
    }

    /// Adds a table for `lookup` from the text of a CSV file whose first record names the columns.
    pub fn add_lookup(&self, name: &str, csv: &str) -> Result<(), Error> {
        if self.names().iter().any(|(table, _)| table == name) {
            let message = format!("there is a table `{name}` already");
            return Err(wrong_lookup(message, "give the lookup another name"));
        }
        let Lookup { columns, .. } = lookup(name, csv)?;
        let rows: Vec<Vec<String>> = records::csv(csv).into_iter().skip(1).collect();
        let fields: Vec<Field> = columns.iter().map(|name| Field::new(name, DataType::Utf8View, true)).collect();
        let schema = Arc::new(Schema::new(fields));
        let array = |at: usize| Arc::new(rows.iter().map(|row| row.get(at)).collect::<StringViewArray>()) as ArrayRef;
        let arrays = (0..columns.len()).map(array).collect();
        let failed = |error: DataFusionError| Error::of(error, "", Names::default());
        let batch = RecordBatch::try_new(Arc::clone(&schema), arrays).map_err(|error| failed(error.into()))?;
        let table = MemTable::try_new(schema, vec![vec![batch]]).map_err(failed)?;
        self.context().register_table(name, Arc::new(table)).map_err(failed)?;
        let mut settings = self.defaults.get();
        settings.lookups.push(Lookup { name: name.to_owned(), columns });
        self.defaults.set(settings);
        Ok(())
    }
}

/// What a lookup will be, by the text of its CSV file: a query that names it can be translated without a lake.
pub fn lookup(name: &str, csv: &str) -> Result<Lookup, Error> {
    let columns = records::csv(csv).into_iter().next().unwrap_or_default();
    if columns.iter().all(String::is_empty) {
        return Err(wrong_lookup(format!("the lookup `{name}` has no header"), "its first line names the columns"));
    }
    Ok(Lookup { name: name.to_owned(), columns })
}

fn wrong_lookup(message: String, hint: &str) -> Error {
    Error::Query { message, place: None, hint: Some(hint.to_owned()), query: String::new() }
}

/// The cluster that a log group of EKS is of.
fn cluster_of_group(log_group: &str) -> Option<&str> {
    let cluster = log_group.trim().strip_prefix("/aws/eks/")?.strip_suffix("/cluster")?;
    (!cluster.is_empty() && cluster != "*").then_some(cluster)
}

/// What the table function takes for granted, shared between it and the session.
#[derive(Clone, Debug)]
pub(crate) struct Defaults {
    settings: Arc<RwLock<Settings>>,
    /// The folder of the lake, whose manifest knows the clusters.
    root: PathBuf,
}

impl Defaults {
    pub(crate) fn of(root: &Path) -> Self {
        Self { settings: Arc::default(), root: root.to_path_buf() }
    }

    fn get(&self) -> Settings {
        self.settings.read().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }

    fn set(&self, settings: Settings) {
        *self.settings.write().unwrap_or_else(std::sync::PoisonError::into_inner) = settings;
    }

    /// An error if no part of the lake is of a cluster that is asked for: its answer would be empty, and look like one.
    fn check_clusters(&self, settings: &Settings) -> Result<(), Error> {
        let of_group = settings.log_group.as_deref().and_then(cluster_of_group);
        let asked: Vec<&str> = settings.cluster.as_deref().into_iter().chain(of_group).collect();
        if asked.is_empty() {
            return Ok(());
        }
        let parts = Lake::open(&self.root)?.manifest().parts()?;
        // Parts of sightings name what they speak of, which is a table too.
        let logs = parts.iter().filter(|part| part.partition.table != SIGHTINGS);
        let known: BTreeSet<&str> = logs.filter_map(|part| part.partition.cluster.as_deref()).collect();
        match asked.into_iter().find(|name| !known.contains(name)) {
            Some(name) => Err(no_such_cluster(name, &known.into_iter().map(str::to_owned).collect::<Vec<_>>())),
            None => Ok(()),
        }
    }
}

/// `insights(query [, log group [, cluster]])`: the rows of a Logs Insights query as a table.
#[derive(Debug)]
pub(crate) struct InsightsFunction {
    pub defaults: Defaults,
}

impl TableFunctionImpl for InsightsFunction {
    fn call_with_args(&self, arguments: TableFunctionArgs<'_, '_>) -> EngineResult<Arc<dyn TableProvider>> {
        let texts: Option<Vec<&str>> = arguments.exprs().iter().map(text).collect();
        let Some(([query], others)) = texts.as_deref().and_then(|texts| texts.split_first_chunk()) else {
            return plan_err!("`insights` is called as `insights('query' [, 'log group' [, 'cluster']])`");
        };
        let Some(state) = arguments.session().as_any().downcast_ref::<SessionState>() else {
            return plan_err!("`insights` can't be asked here");
        };
        let mut settings = self.defaults.get();
        let mut others = others.iter().map(|text| (*text).to_owned());
        settings.log_group = others.next().or(settings.log_group);
        settings.cluster = others.next().or(settings.cluster);
        let failed = |wrong: Wrong| DataFusionError::External(Box::new(wrong));
        self.defaults.check_clusters(&settings).map_err(|error| {
            let (message, hint) = (error.to_string(), error.hint());
            failed(Wrong { message, place: None, hint, query: (*query).to_owned() })
        })?;
        let translation = eksamine_insights::translate(query, &tables(), &settings)
            .map_err(|error| failed(Wrong::of(&error, query)))?;
        // Every table of a session is at hand, so planning never waits.
        let plan = state.create_logical_plan(&translation.sql).now_or_never();
        let Some(plan) = plan else { return plan_err!("`insights` can't be asked here") };
        Ok(Arc::new(ViewTable::new(plan?, Some(translation.sql))))
    }
}

fn text(expression: &Expr) -> Option<&str> {
    match expression {
        Expr::Literal(ScalarValue::Utf8(Some(text)) | ScalarValue::Utf8View(Some(text)), _) => Some(text),
        _ => None,
    }
}

//! Logs Insights over a lake: translates a query with the crate `eksamine-insights` and asks the SQL it gives; and the
//! table function `insights('…')`, with which SQL asks in the other language.
//!
//! What the language means is that crate's business. Here are the lake's tables as it wants them, its errors as ours,
//! and tables for `lookup`.

use std::fmt;
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
use eksamine_insights::schema::{Column, Kind, Lookup, Table};
pub use eksamine_insights::{BinCap, Missing, Note, OutputColumn, Settings, Translation};
use futures::FutureExt;

use crate::error::{Error, Names, Place, nearest};
use crate::session::{Answer, Session};

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
        let of_group = settings.log_group.as_deref().and_then(cluster_of_group);
        for cluster in settings.cluster.as_deref().into_iter().chain(of_group) {
            self.check_cluster(cluster).await?;
        }
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
        let wrong = |message: String, hint: &str| Error::Query {
            message,
            place: None,
            hint: Some(hint.to_owned()),
            query: String::new(),
        };
        if self.names().iter().any(|(table, _)| table == name) {
            return Err(wrong(format!("there is a table `{name}` already"), "give the lookup another name"));
        }
        let mut rows = records::csv(csv).into_iter();
        let columns = rows.next().unwrap_or_default();
        if columns.iter().all(String::is_empty) {
            return Err(wrong(format!("the lookup `{name}` has no header"), "its first line names the columns"));
        }
        let rows: Vec<Vec<String>> = rows.collect();
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

    /// An error if no part of the lake is of a cluster.
    async fn check_cluster(&self, name: &str) -> Result<(), Error> {
        use datafusion::arrow::array::AsArray;
        use futures::TryStreamExt;

        let sql =
            "SELECT DISTINCT arrow_cast(parts.cluster, 'Utf8') FROM parts WHERE parts.cluster IS NOT NULL ORDER BY 1";
        let answer = self.sql(sql, Vec::new()).await?;
        let batches: Vec<RecordBatch> = answer.rows.try_collect().await.map_err(Error::of_rows)?;
        let known: Vec<&str> =
            batches.iter().flat_map(|batch| batch.column(0).as_string::<i32>().iter().flatten()).collect();
        if known.contains(&name) {
            return Ok(());
        }
        let list = known.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        let hint = match nearest(name, known.iter().copied()) {
            _ if known.is_empty() => "no log of this lake names a cluster".to_owned(),
            Some(near) => format!("did you mean `{near}`? the clusters are {list}"),
            None => format!("the clusters are {list}"),
        };
        Err(Error::NoSuchCluster { name: name.to_owned(), hint: Some(hint) })
    }
}

/// The cluster that a log group of EKS is of.
fn cluster_of_group(log_group: &str) -> Option<&str> {
    let cluster = log_group.trim().strip_prefix("/aws/eks/")?.strip_suffix("/cluster")?;
    (!cluster.is_empty() && cluster != "*").then_some(cluster)
}

/// What the table function takes for granted, shared between it and the session.
#[derive(Clone, Debug, Default)]
pub(crate) struct Defaults {
    settings: Arc<RwLock<Settings>>,
}

impl Defaults {
    fn get(&self) -> Settings {
        self.settings.read().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }

    fn set(&self, settings: Settings) {
        *self.settings.write().unwrap_or_else(std::sync::PoisonError::into_inner) = settings;
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
        let translation = eksamine_insights::translate(query, &tables(), &settings)
            .map_err(|error| DataFusionError::External(Box::new(Wrong::of(&error, query))))?;
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

//! Answers as text, for snapshots and comparisons.

use std::fmt::Write;

use datafusion::arrow::array::{Array, RecordBatch};
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::scalar::ScalarValue;
use eksamine_query::{Answer, Error, Session};
use futures::TryStreamExt;

/// The rows of an answer as text; none for null.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rows {
    pub columns: Vec<String>,
    pub rows: Vec<Vec<Option<String>>>,
}

impl Rows {
    pub async fn of(answer: Answer) -> Self {
        Self::try_of(answer).await.unwrap()
    }

    pub async fn try_of(answer: Answer) -> Result<Self, Error> {
        let columns = answer.schema.fields().iter().map(|field| field.name().clone()).collect();
        let batches: Vec<RecordBatch> = answer.rows.try_collect().await.map_err(Error::of_rows)?;
        let rows = batches.iter().flat_map(rows_of).collect();
        Ok(Self { columns, rows })
    }

    pub fn column(&self, name: &str) -> Vec<Option<&str>> {
        let at = self.columns.iter().position(|column| column == name).unwrap();
        self.rows.iter().map(|row| row[at].as_deref()).collect()
    }

    /// The columns of these names, in their order.
    pub fn only(&self, names: &[&str]) -> Self {
        let at: Vec<usize> =
            names.iter().map(|name| self.columns.iter().position(|column| column == name).unwrap()).collect();
        let rows = self.rows.iter().map(|row| at.iter().map(|at| row[*at].clone()).collect()).collect();
        Self { columns: names.iter().map(|name| (*name).to_owned()).collect(), rows }
    }

    /// One line a row.
    pub fn lines(&self) -> String {
        let line = |row: &[Option<String>]| row.iter().map(|value| shown(value.as_deref())).collect::<Vec<_>>();
        let header = self.columns.join(" | ");
        let lines = self.rows.iter().map(|row| line(row).join(" | "));
        std::iter::once(header).chain(lines).collect::<Vec<_>>().join("\n")
    }

    /// One line a value, without nulls: for wide rows.
    pub fn records(&self) -> String {
        let mut text = format!("{} rows of {}\n", self.rows.len(), self.columns.join(", "));
        for row in &self.rows {
            text += "\n";
            for (name, value) in self.columns.iter().zip(row).filter(|(_, value)| value.is_some()) {
                let _ = writeln!(text, "{name}: {}", shown(value.as_deref()));
            }
        }
        text
    }
}

pub async fn ask(session: &Session, sql: &str) -> Rows {
    Rows::of(session.sql(sql, Vec::new()).await.unwrap_or_else(|error| panic!("{sql}: {error}"))).await
}

/// The only value of an answer.
pub async fn ask_one(session: &Session, sql: &str) -> Option<String> {
    let answer = ask(session, sql).await;
    assert_eq!((answer.rows.len(), answer.columns.len()), (1, 1), "{sql}");
    answer.rows.into_iter().next().unwrap().into_iter().next().unwrap()
}

pub async fn ask_number(session: &Session, sql: &str) -> u64 {
    ask_one(session, sql).await.unwrap().parse().unwrap()
}

/// The answer or error of a statement that may fail while it is planned or while it runs.
pub async fn attempt(session: &Session, sql: &str, parameters: Vec<(String, ScalarValue)>) -> Result<Rows, Error> {
    Rows::try_of(session.sql(sql, parameters).await?).await
}

fn shown(value: Option<&str>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| value.replace('\n', "\\n"))
}

fn rows_of(batch: &RecordBatch) -> Vec<Vec<Option<String>>> {
    let options = FormatOptions::default();
    let columns: Vec<(&dyn Array, ArrayFormatter<'_>)> = batch
        .columns()
        .iter()
        .map(|column| (column.as_ref(), ArrayFormatter::try_new(column.as_ref(), &options).unwrap()))
        .collect();
    let value = |row: usize, (array, formatter): &(&dyn Array, ArrayFormatter<'_>)| {
        (!array.is_null(row)).then(|| formatter.value(row).to_string())
    };
    (0..batch.num_rows()).map(|row| columns.iter().map(|column| value(row, column)).collect()).collect()
}

//! The `.slt` files: SQL over the story with the rows it must give. The numbers of the story are variables, so that
//! the files hold whatever the story becomes.

use std::path::PathBuf;

use datafusion::arrow::datatypes::DataType;
use eksamine_query::Error;
use eksamine_testkit::story;
use sqllogictest::{AsyncDB, DBOutput, DefaultColumnType, Runner, strict_column_validator};

use crate::lakes::{self, TestSession};
use crate::reading::Rows;

struct Database(TestSession);

#[async_trait::async_trait]
impl AsyncDB for Database {
    type Error = Error;
    type ColumnType = DefaultColumnType;

    async fn run(&mut self, sql: &str) -> Result<DBOutput<DefaultColumnType>, Error> {
        let answer = self.0.sql(sql, Vec::new()).await?;
        let types = answer.schema.fields().iter().map(|field| kind(field.data_type())).collect();
        let value = |value: Option<String>| match value {
            None => "NULL".to_owned(),
            Some(text) if text.is_empty() => "(empty)".to_owned(),
            Some(text) => text,
        };
        let rows = Rows::of(answer).await.rows;
        let rows = rows.into_iter().map(|row| row.into_iter().map(value).collect()).collect();
        Ok(DBOutput::Rows { types, rows })
    }

    async fn shutdown(&mut self) {}

    fn engine_name(&self) -> &'static str {
        "eksamine"
    }
}

fn kind(data_type: &DataType) -> DefaultColumnType {
    match data_type {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => DefaultColumnType::Text,
        data_type if data_type.is_integer() => DefaultColumnType::Integer,
        data_type if data_type.is_floating() => DefaultColumnType::FloatingPoint,
        _ => DefaultColumnType::Any,
    }
}

#[tokio::test]
async fn every_file_gives_what_it_says() {
    let lake = lakes::story();
    let truth = story::truth();
    let numbers = [
        ("cloudtrail_events", truth.cloudtrail_events),
        ("demo_events", truth.demo_audit_events),
        ("staging_events", truth.staging_audit_events),
        ("all_events", truth.distinct_events()),
        ("objects", truth.objects.len()),
        ("whole_records", truth.records()),
        ("unreadable_records", truth.unreadable_records()),
        ("control_messages", truth.objects.iter().map(|object| object.control_messages).sum()),
    ];
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/query/slt");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "slt"));
    files.sort();
    assert!(files.len() >= 8, "{files:?}");
    let mut wrong = Vec::new();
    for file in files {
        let mut runner = Runner::new(|| async { Ok(Database(lake.session())) });
        runner.with_column_validator(strict_column_validator);
        for (name, number) in numbers {
            runner.set_var(name.to_owned(), number.to_string());
        }
        if let Err(error) = runner.run_file_async(&file).await {
            wrong.push(error.display(false).to_string());
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

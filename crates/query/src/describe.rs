//! What tables there are, and what their columns mean, for `eksamine tables` and the shell.

use eksamine_sources::tables;

use crate::catalog::MANIFEST_TABLES;
use crate::error::{Error, nearest};
use crate::identity;
use crate::timeline::addresses;
use crate::timeline::inventory::view;

/// A table as people ask about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableDescription {
    pub name: &'static str,
    pub about: &'static str,
    /// The upstream document the columns follow, for tables of logs.
    pub upstream: Option<&'static str>,
    pub columns: Vec<ColumnDescription>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnDescription {
    pub name: &'static str,
    pub kind: &'static str,
    /// Path in the upstream record; empty for computed columns.
    pub path: String,
    pub about: &'static str,
}

/// Every table and view.
pub fn all() -> Vec<TableDescription> {
    let logs = tables().map(|table| TableDescription {
        name: table.name,
        about: table.about,
        upstream: Some(table.upstream).filter(|upstream| !upstream.is_empty()),
        columns: table
            .all_columns()
            .map(|column| ColumnDescription {
                name: column.name,
                kind: column.kind.name(),
                path: column.upstream(),
                about: column.about,
            })
            .collect(),
    });
    let manifest = MANIFEST_TABLES.iter().map(|table| TableDescription {
        name: table.name,
        about: table.about,
        upstream: None,
        columns: table
            .columns
            .iter()
            .map(|(name, about)| ColumnDescription { name, kind: "", path: String::new(), about })
            .collect(),
    });
    let worked_out = [
        ("timeline", "the events of all planes in one shape (a view)", &TIMELINE[..]),
        (identity::TABLE, identity::ABOUT, &identity::COLUMNS[..]),
        (view::TABLE, view::ABOUT, &view::COLUMNS[..]),
        (addresses::TABLE, addresses::ABOUT, &addresses::COLUMNS[..]),
    ];
    let worked_out = worked_out.map(|(name, about, columns)| TableDescription {
        name,
        about,
        upstream: None,
        columns: columns
            .iter()
            .map(|(name, about)| ColumnDescription { name, kind: "", path: String::new(), about })
            .collect(),
    });
    logs.chain(worked_out).chain(manifest).collect()
}

pub fn table(name: &str) -> Result<TableDescription, Error> {
    let all = all();
    if let Some(found) = all.iter().find(|table| table.name == name) {
        return Ok(found.clone());
    }
    let names: Vec<&str> = all.iter().map(|table| table.name).collect();
    let hint = nearest(name, names.iter().copied())
        .map_or_else(|| format!("the tables are {}", names.join(", ")), |near| format!("did you mean `{near}`?"));
    Err(Error::NoSuchTable { name: name.to_owned(), hint: Some(hint) })
}

const TIMELINE: [(&str, &str); 27] = [
    ("time", "when it happened; of a flow when it began"),
    ("plane", "`aws`, `kubernetes`, `authenticator`, `network` or `finding`"),
    ("cluster", "the cluster an event names; null for calls and flows that name none"),
    ("actor", "short name of whom the event names, the same on both planes for IAM identities"),
    ("actor_kind", "what that is: `person`, `role`, `service_account`, `node`, `aws_service`, …"),
    ("acting_as", "the Kubernetes user impersonated, if any"),
    ("action", "`service:EventName`, verb and resource, or what kind of line, flow or finding it is"),
    ("target", "what it was done to"),
    ("namespace", "Kubernetes namespace"),
    ("outcome", "`done`, `denied`, `failed` or `pending`"),
    ("address", "address of the caller or of the sender, or the name of an AWS service"),
    ("user_agent", "the client program, as it calls itself"),
    ("severity", "`informational`, `low`, `medium`, `high` or `critical`"),
    ("category", "what it is about, of a closed list"),
    ("technique", "MITRE ATT&CK technique that it can be a part of"),
    ("summary", "what was done, to what, and whether it worked, in words"),
    ("user_arn", "ARN of the identity"),
    ("access_key_id", "AWS access key used, on both planes"),
    ("minted_access_key_id", "AWS access key that the call handed out"),
    ("identity", "key of the identity in the table `identities`, which has its origin"),
    ("account_id", "AWS account"),
    ("region", "AWS region"),
    ("event_id", "CloudTrail event id, Kubernetes audit id or id of the finding"),
    ("stage", "stage of a Kubernetes audit event"),
    ("source_uri", "the object the record was read from"),
    ("source_record", "position of the record in its object"),
    ("raw", "the record's original bytes"),
];

/// A function of our own, as people ask about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionDescription {
    pub name: &'static str,
    pub arguments: &'static [&'static str],
    pub about: &'static str,
}

/// A function that translated Logs Insights queries call, as people ask about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InsightsFunctionDescription {
    pub name: &'static str,
    /// How it is called: `insights_trim(text[, characters])`.
    pub usage: String,
    /// How many arguments must be given.
    pub required: usize,
    pub about: &'static str,
}

/// The functions that translated Logs Insights queries call, without aggregates.
pub fn insights_functions() -> Vec<InsightsFunctionDescription> {
    let describe = |function: &crate::udf::insights::Function| InsightsFunctionDescription {
        name: function.name,
        usage: function.usage(),
        required: function.required,
        about: function.about,
    };
    crate::udf::insights::functions().map(describe).collect()
}

/// The functions of the timeline, which SQL has here beyond those of DataFusion and its JSON functions.
pub fn functions() -> Vec<FunctionDescription> {
    let describe = |function: &crate::udf::TextFunction| FunctionDescription {
        name: function.name,
        arguments: function.arguments,
        about: function.about,
    };
    crate::udf::FUNCTIONS.iter().map(describe).collect()
}

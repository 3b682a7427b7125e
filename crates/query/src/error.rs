//! Errors of questions: what is wrong, where in the text, and what was probably meant.

mod message;
mod place;

use datafusion::error::DataFusionError;

use crate::insights::Wrong;
pub(crate) use message::Names;
use message::Told;
pub use place::Place;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Lake(#[from] eksamine_lake::Error),
    /// The query is wrong.
    #[error("{message}")]
    Query { message: String, place: Option<Place>, hint: Option<String>, query: String },
    /// The query is right, but answering it failed.
    #[error("{message}")]
    Engine { message: String, hint: Option<String> },
    #[error("there is no curated query `{name}`")]
    NoSuchQuery { name: String, hint: Option<String> },
    /// Nothing in the list is as asked for.
    #[error("no curated query {what}")]
    NoQueryFound { what: String, hint: Option<String> },
    #[error("parameter `{name}`: {message}")]
    Parameter { name: String, message: String, hint: Option<String> },
    #[error("there is no cluster `{name}` in this lake")]
    NoSuchCluster { name: String, hint: Option<String> },
    /// Whose flows are asked for is nowhere in the lake.
    #[error("no pod, node, address or event `{name}` is known whose flows could be shown")]
    NoSuchPlace { name: String },
    #[error("nothing in this lake is known as `{id}`")]
    NoSuchIdentity { id: String, hint: Option<String> },
    #[error("there is no event `{id}` in this lake")]
    NoSuchEvent { id: String },
    /// Nothing in the lake is as asked for.
    #[error("nothing in this lake is as asked for, so there is nothing to export")]
    NothingChosen { hint: String },
    #[error("there is no table `{name}`")]
    NoSuchTable { name: String, hint: Option<String> },
}

/// What to do about a part that is not where the manifest says.
const VANISHED: &str = "if an ingest changed the lake while the query ran, run the query again; if it fails again, the \
                        file is lost: ingest the archive into a new folder";

/// What to do about a part that is there and can't be read.
const UNREADABLE: &str =
    "the lake is damaged: ingest the archive again into a new folder; the archive itself is untouched";

impl Error {
    /// Translates an error of the engine. `names` is what there is to ask.
    pub(crate) fn of(error: DataFusionError, query: &str, names: Names<'_>) -> Self {
        let given = error.diagnostic().and_then(|diagnostic| diagnostic.span).map(|span| {
            let (start, end) = (span.start, span.end);
            let length = if start.line == end.line { end.column.saturating_sub(start.column).max(1) } else { 1 };
            Place { line: start.line as usize, column: start.column as usize, length: length as usize }
        });
        if let DataFusionError::External(inner) = error.find_root()
            && let Some(wrong) = inner.downcast_ref::<Wrong>()
        {
            let Wrong { message, place, hint, query } = wrong.clone();
            return Self::Query { message, place, hint, query };
        }
        let told = match error.find_root() {
            DataFusionError::SchemaError(schema, _) => message::schema(schema, query, names),
            DataFusionError::SQL(parser, _) => message::parser(&parser.to_string(), query),
            DataFusionError::Plan(text) => message::plan(text, query, names),
            DataFusionError::NotImplemented(text) if text.contains("single SQL statement") => {
                Told { message: "only one query can be asked at a time".to_owned(), ..Told::default() }
            }
            DataFusionError::NotImplemented(text) => {
                Told { message: format!("not supported: {text}"), ..Told::default() }
            }
            DataFusionError::ResourcesExhausted(text) => {
                let mut message = format!("the query needs more memory than it may use: {text}");
                message.truncate(message.find('\n').unwrap_or(message.len()));
                let hint = "narrow the query, or give it less to sort and group at a time".to_owned();
                return Self::Engine { message, hint: Some(hint) };
            }
            other => match message::value(&other.strip_backtrace(), query) {
                Some(told) => told,
                None => return Self::engine(other.strip_backtrace()),
            },
        };
        Self::Query { message: told.message, place: given.or(told.place), hint: told.hint, query: query.to_owned() }
    }

    /// More than there is room for.
    pub(crate) fn too_much(what: &str) -> Self {
        Self::Engine { message: what.to_owned(), hint: None }
    }

    /// A failure while rows are read.
    fn engine(message: String) -> Self {
        // Names of parts are made by the lake, and no text of a log comes into an error of reading one.
        let is_of_part = message.contains("/part-") && message.contains(".parquet");
        let hint = match is_of_part {
            true if message.contains("not found") => VANISHED,
            true => UNREADABLE,
            false => return Self::Engine { message, hint: None },
        };
        Self::Engine { message: format!("can't read a file of the lake: {message}"), hint: Some(hint.to_owned()) }
    }

    /// An error that comes with the rows of an answer.
    pub fn of_rows(error: DataFusionError) -> Self {
        Self::of(error, "", Names::default())
    }

    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Lake(error) => error.hint(),
            Self::NoSuchPlace { .. } => {
                Some("give a pod as `NAMESPACE/NAME`, a node by its name, an address, or the id of an event".to_owned())
            }
            Self::NoSuchEvent { .. } => Some(
                "give the `eventID` of a CloudTrail event, the `auditID` of an audit event, or the id of a finding"
                    .to_owned(),
            ),
            Self::NothingChosen { hint } => Some(hint.clone()),
            Self::Query { hint, .. }
            | Self::NoSuchQuery { hint, .. }
            | Self::NoQueryFound { hint, .. }
            | Self::Parameter { hint, .. }
            | Self::NoSuchCluster { hint, .. }
            | Self::NoSuchIdentity { hint, .. }
            | Self::NoSuchTable { hint, .. }
            | Self::Engine { hint, .. } => hint.clone(),
        }
    }

    /// The line of the query with the place underlined, if the place is known.
    pub fn excerpt(&self) -> Option<String> {
        let Self::Query { place: Some(place), query, .. } = self else { return None };
        place.excerpt(query)
    }
}

/// The name that differs least from what was written, if it is near at all.
pub(crate) fn nearest<'a>(written: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let written = written.to_lowercase();
    let plain = |text: &str| text.to_lowercase().replace('_', "");
    let scored = names.map(|name| {
        let same = plain(name) == plain(&written);
        let score = if same { 1.0 } else { strsim::jaro_winkler(&written, &name.to_lowercase()) };
        (score, name)
    });
    let best = scored.max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| b.1.cmp(a.1)));
    best.filter(|(score, _)| *score >= 0.82).map(|(_, name)| name)
}

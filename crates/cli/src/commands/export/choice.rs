//! What was asked for: as rows to choose, as words for people, and as JSON for the manifest.

use anyhow::bail;
use eksamine_custody::bundle::Redaction;
use eksamine_query::evidence::{self, Chosen, Places, Wanted};
use eksamine_query::{Answer, Session, curated};
use futures::StreamExt;
use serde_json::{Value, json};

use super::answer::SetAside;
use super::{Command, words};
use crate::times::{self, Span};

/// What was asked for.
pub struct Asked {
    pub wanted: Wanted,
    /// The query whose answer leads to the rows.
    pub sql: Option<String>,
    /// A curated query, and the parameters that were given.
    curated: Option<(curated::Query, Vec<(String, String)>)>,
}

impl Asked {
    pub fn of(command: &Command) -> anyhow::Result<Self> {
        let Span { since, until } =
            times::span(command.since, command.until, times::now()).unwrap_or_else(|error| error.exit());
        let wanted = Wanted {
            cluster: command.name.clone(),
            since,
            until,
            actor: command.actor.clone(),
            events: command.events.clone(),
        };
        let curated = match &command.query {
            Some(name) => Some((curated::find(name)?, command.parameters.clone())),
            None => None,
        };
        let sql = curated.as_ref().map(|(query, _)| query.sql.clone()).or_else(|| command.sql.clone());
        Ok(Self { wanted, sql, curated })
    }

    /// Chooses the rows. The answer of a query is set aside as it comes, so that the answer in the bundle and the rows it
    /// leads to are of one run.
    pub async fn choose(&self, session: &Session, redaction: Redaction) -> anyhow::Result<(Chosen, Option<SetAside>)> {
        let Some(answer) = self.answer(session).await? else {
            return Ok((evidence::choose(session, &self.wanted).await?, None));
        };
        if !Places::are_in(&answer.schema) {
            bail!(
                "the answer of the query leads to no events: it has neither `source_uri` and `source_record` nor \
                 `event_id`; add them to its columns"
            );
        }
        let mut aside = SetAside::create(&answer.schema, redaction)?;
        let mut places = Places::default();
        let mut rows = answer.rows;
        while let Some(batch) = rows.next().await {
            let batch = batch.map_err(eksamine_query::Error::of_rows)?;
            places.add(&batch)?;
            aside.add(&batch)?;
        }
        Ok((evidence::of_answer(session, places).await?, Some(aside)))
    }

    async fn answer(&self, session: &Session) -> Result<Option<Answer>, eksamine_query::Error> {
        match (&self.curated, &self.sql) {
            (Some((query, given)), _) => curated::run(session, query, given).await.map(Some),
            (None, Some(sql)) => session.sql(sql, Vec::new()).await.map(Some),
            (None, None) => Ok(None),
        }
    }

    /// Whether the rows are all those of a cut of the timeline, so that its report needs no more than the cut.
    pub fn is_a_cut(&self) -> bool {
        self.sql.is_none() && self.wanted.events.is_empty()
    }

    /// What was selected, one condition a line.
    pub fn in_words(&self) -> Vec<String> {
        let wanted = &self.wanted;
        let mut lines = Vec::new();
        if let Some((query, given)) = &self.curated {
            lines.push(format!("rows that the curated query “{}” leads to: {}", query.name, query.answers));
            lines.extend(given.iter().map(|(name, value)| format!("with its parameter {name} = {value}")));
        } else if self.sql.is_some() {
            lines.push("rows that this SQL query leads to".to_owned());
        }
        if let Some(cluster) = &wanted.cluster {
            lines.push(format!(
                "events that concern the EKS cluster “{cluster}”: its own logs, and calls, flows and findings that \
                 something of the cluster ties to it"
            ));
        }
        if let Some(since) = wanted.since {
            lines.push(format!("from {} on", words::moment(since)));
        }
        if let Some(until) = wanted.until {
            lines.push(format!("before {}", words::moment(until)));
        }
        if let Some(actor) = &wanted.actor {
            lines.push(format!("done by an actor whose name or ARN contains “{actor}”, or whose access key it is"));
        }
        if !wanted.events.is_empty() {
            lines.push(format!("events with these ids: {}", wanted.events.join(", ")));
        }
        lines
    }

    pub fn as_json(&self) -> Value {
        let wanted = &self.wanted;
        let query = self.curated.as_ref().map(|(query, given)| {
            let given: serde_json::Map<String, Value> =
                given.iter().map(|(name, value)| (name.clone(), Value::from(value.as_str()))).collect();
            json!({"name": query.name, "parameters": given})
        });
        json!({
            "cluster": wanted.cluster,
            "since": wanted.since.map(times::instant),
            "until": wanted.until.map(times::instant),
            "actor": wanted.actor,
            "events": wanted.events,
            "curated_query": query,
        })
    }
}

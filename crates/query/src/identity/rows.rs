//! Identities as rows of the table.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, Int64Array, RecordBatch, StringViewArray, TimestampMicrosecondArray};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use datafusion::common::Result;
use eksamine_identity::{Facts, Identity, Step};

use crate::catalog::JSON_MARK;
use crate::derived::Take;

/// The columns, with what they mean.
pub const COLUMNS: [(&str, &str); 15] = [
    ("identity", "key of the credential; `aws_identity(…)` and `kubernetes_identity(…)` give it for an event"),
    ("plane", "`aws` or `kubernetes`"),
    ("cluster", "the cluster, for credentials of Kubernetes"),
    ("credential", "what a person would call it: an access key, a session, a Kubernetes user"),
    ("arn", "the IAM identity it acts as, where it is one"),
    ("actor", "the origin: person, pipeline, service account, node, service, IAM user"),
    (
        "actor_kind",
        "`person`, `pipeline`, `service_account`, `node`, `instance`, `function`, `task`, `certificate`, \
         `cognito_identity`, `aws_service`, `iam_user`, `root`, `kubernetes_component`, `anonymous`, `role` (the logs \
         do not show who took it), `unknown`",
    ),
    ("via", "the way from actor to credential in one line; null where they are the same"),
    (
        "confidence",
        "`certain` (an id that both ends share proves every step), `likely` (a step rests on names and times that only \
         one candidate fits), `ambiguous` (several fit; the actor is the last certain step), `unresolved`",
    ),
    ("candidates", "where ambiguous: each origin that fits, with what speaks for it (JSON)"),
    ("chain", "the steps from actor to credential, each with the event that shows it (JSON)"),
    (
        "related",
        "no proof: opportunity (who went into the pod that holds the token, who made it), and configuration that allowed \
         it, `configured` (access entry, `aws-auth`, Pod Identity association) (JSON)",
    ),
    ("first_seen", "first event made with it"),
    ("last_seen", "last event made with it"),
    ("events", "how many events were made with it"),
];

/// The columns that hold JSON text.
const JSON: [&str; 3] = ["candidates", "chain", "related"];

/// Columns that are null in some rows.
const NULLABLE: [&str; 7] = ["cluster", "arn", "via", "candidates", "related", "first_seen", "last_seen"];

pub fn schema() -> SchemaRef {
    let fields = COLUMNS.iter().map(|(name, _)| {
        let kind = match *name {
            "first_seen" | "last_seen" => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
            "events" => DataType::Int64,
            _ => DataType::Utf8View,
        };
        let field = Field::new(*name, kind, NULLABLE.contains(name));
        if JSON.contains(name) {
            field.with_metadata([(JSON_MARK.to_owned(), "true".to_owned())].into())
        } else {
            field
        }
    });
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

/// Rows are made of so many identities at a time, and these are let go of: a lake can have hundreds of thousands.
const PIECE: usize = 4_096;

/// The rows of every identity that the facts show.
pub fn of_facts(facts: Facts, take: Take<'_>) -> Result<()> {
    let (schema, mut waiting) = (schema(), Vec::with_capacity(PIECE));
    eksamine_identity::resolve_each(facts, |identity| {
        waiting.push(identity);
        if waiting.len() < PIECE {
            return Ok(());
        }
        let piece = piece_of(&schema, &waiting)?;
        waiting.clear();
        take(piece)
    })?;
    if waiting.is_empty() { Ok(()) } else { take(piece_of(&schema, &waiting)?) }
}

fn piece_of(schema: &SchemaRef, identities: &[Identity]) -> Result<RecordBatch> {
    let text = |of: &dyn Fn(&Identity) -> Option<String>| -> ArrayRef {
        Arc::new(identities.iter().map(of).collect::<StringViewArray>())
    };
    let time = |of: &dyn Fn(&Identity) -> Option<i64>| -> ArrayRef {
        Arc::new(identities.iter().map(of).collect::<TimestampMicrosecondArray>().with_timezone("UTC"))
    };
    let events: Int64Array =
        identities.iter().map(|one| Some(i64::try_from(one.span.events).unwrap_or(i64::MAX))).collect();
    let columns = vec![
        text(&|one| Some(one.identity.clone())),
        text(&|one| Some(one.plane.name().to_owned())),
        text(&|one| one.cluster.clone()),
        text(&|one| Some(one.credential.clone())),
        text(&|one| one.arn.clone()),
        text(&|one| Some(one.actor.clone())),
        text(&|one| Some(one.actor_kind.name().to_owned())),
        text(&|one| one.via.clone()),
        text(&|one| Some(one.confidence.name().to_owned())),
        text(&|one| json(&one.candidates).filter(|_| !one.candidates.is_empty())),
        text(&|one| steps(&one.chain)),
        text(&|one| steps(&one.related).filter(|_| !one.related.is_empty())),
        time(&|one| one.span.first),
        time(&|one| one.span.last),
        Arc::new(events),
    ];
    Ok(RecordBatch::try_new(Arc::clone(schema), columns)?)
}

fn steps(steps: &[Step]) -> Option<String> {
    json(&steps)
}

fn json(value: &impl serde::Serialize) -> Option<String> {
    // Texts and numbers only: this can't fail.
    serde_json::to_string(value).ok()
}

//! Changes made by hand: by people, where pipelines normally act.
//!
//! Where a pipeline normally acts is what it changes anywhere in the lake: in a cluster a kind of object in a
//! namespace, in AWS a service in an account.

use datafusion::scalar::ScalarValue;

use super::cut::Cut;
use crate::error::{Error, Names};
use crate::session::Session;

/// What is a change: not reading, not taking a session, not what machines repeat.
const CHANGES: &str = "outcome = 'done' AND plane IN ('aws', 'kubernetes') AND action_changes(plane, action) = 'yes' \
     AND category NOT IN ('login', 'discovery', 'routine')";

/// Who is no machine. A role of which it is not known who took it is not known to be one.
const PEOPLE: &str = "actor_kind IN ('person', 'iam_user', 'root', 'role', 'unknown', 'anonymous', \
     'certificate', 'cognito_identity')";

const PLACES_IN_KUBERNETES: &str = "SELECT DISTINCT object_resource AS place, coalesce(object_namespace, '') AS within \
     FROM k8s_audit WHERE verb IN ('create', 'update', 'patch', 'delete', 'deletecollection') AND response_code < 300 \
     AND object_resource IS NOT NULL AND ($cluster IS NULL OR k8s_audit.cluster = $cluster) \
     AND (user_arn LIKE '%:assumed-role/' || $pipeline || '/%' OR user_name LIKE $pipeline)";

const PLACES_IN_AWS: &str = "SELECT DISTINCT replace(event_source, '.amazonaws.com', '') AS place, \
     coalesce(recipient_account_id, '') AS within FROM cloudtrail \
     WHERE read_only IS NOT TRUE AND error_code IS NULL AND user_arn LIKE '%:assumed-role/' || $pipeline || '/%' \
     AND action_changes('aws', ':' || event_name) = 'yes'";

/// The conditions that leave what was changed by hand.
pub async fn conditions(session: &Session, cut: &Cut, pipelines: &[String]) -> Result<Vec<String>, Error> {
    let mut conditions = vec![CHANGES.to_owned(), PEOPLE.to_owned()];
    if pipelines.is_empty() {
        return Ok(conditions);
    }
    let mut places = Vec::new();
    for pipeline in pipelines {
        let pattern = like(pipeline);
        // A pipeline's own session whose minting is not in the logs is still the pipeline.
        let named = text(&format!("{pattern}/%"));
        conditions.push(format!("NOT (actor_kind = 'role' AND coalesce(named_actor, '') LIKE {named})"));
        for (plane, sql) in [("kubernetes", PLACES_IN_KUBERNETES), ("aws", PLACES_IN_AWS)] {
            for (place, within) in found(session, sql, &pattern, cut.cluster.as_deref()).await? {
                let (place, within) = (text(&place), text(&within));
                places.push(if plane == "aws" {
                    format!(
                        "plane = 'aws' AND split_part(action, ':', 1) = {place} AND coalesce(account_id, '') = {within}"
                    )
                } else {
                    format!(
                        "plane = 'kubernetes' AND split_part(split_part(action, ' ', 2), '/', 1) = {place} \
                         AND coalesce(namespace, '') = {within}"
                    )
                });
            }
        }
    }
    places.sort();
    places.dedup();
    conditions.push(if places.is_empty() { "false".to_owned() } else { places.join(" OR ") });
    Ok(conditions)
}

async fn found(
    session: &Session,
    sql: &str,
    pattern: &str,
    cluster: Option<&str>,
) -> Result<Vec<(String, String)>, Error> {
    use futures::TryStreamExt;

    let mut parameters = vec![("pipeline".to_owned(), ScalarValue::from(pattern))];
    if sql.contains("$cluster") {
        parameters.push(("cluster".to_owned(), ScalarValue::Utf8(cluster.map(str::to_owned))));
    }
    let answer = session.sql(sql, parameters).await?;
    let batches: Vec<_> = answer.rows.try_collect().await.map_err(|error| Error::of(error, sql, Names::default()))?;
    let mut all = Vec::new();
    for batch in batches {
        let columns = crate::identity::columns::Columns(&batch);
        let failed = |error| Error::of(error, sql, Names::default());
        let (place, within) = (columns.texts("place").map_err(failed)?, columns.texts("within").map_err(failed)?);
        for row in 0..batch.num_rows() {
            all.push((place.get(row).unwrap_or_default(), within.get(row).unwrap_or_default()));
        }
    }
    Ok(all)
}

/// A pattern with `*` as LIKE has it.
fn like(pattern: &str) -> String {
    pattern.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_").replace('*', "%")
}

fn text(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

//! What is known of one identity, by whatever people have of it: an access key, a session, a user, a service account, a
//! pod, an event or an address; up to its origin and down to what was done with it.
//!
//! Not responsible for how it is printed.

use std::net::IpAddr;

use datafusion::arrow::array::RecordBatch;
use datafusion::scalar::ScalarValue;
use eksamine_identity::arn;
use futures::TryStreamExt;
use serde_json::Value;

use super::columns::Columns;
use crate::error::{Error, Names, nearest};
use crate::session::{Answer, Session};

/// Names that are looked at for a hint, at most.
const MOST_NAMES: usize = 100_000;

/// Holders of an address that are named, at most.
const MOST_HOLDERS: usize = 8;

/// What was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// In words: `the access key ASIA…`, `who made the event …`.
    pub what: String,
    /// Keys of the table, in order. Empty where the events found tell nothing of who made them.
    pub identities: Vec<String>,
}

/// An identity of the table.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Portrait {
    pub identity: String,
    pub plane: String,
    pub cluster: Option<String>,
    pub credential: String,
    pub arn: Option<String>,
    pub actor: String,
    pub actor_kind: String,
    pub via: Option<String>,
    pub confidence: String,
    pub candidates: Vec<Value>,
    pub chain: Vec<Value>,
    pub related: Vec<Value>,
    /// Microseconds since 1970.
    pub first_seen: Option<i64>,
    pub last_seen: Option<i64>,
    pub events: i64,
}

/// What was done with an identity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deed {
    pub action: String,
    pub outcome: String,
    pub events: i64,
}

/// Looks an ID up.
pub async fn find(session: &Session, id: &str) -> Result<Found, Error> {
    let id = id.trim();
    if id.is_empty() {
        return Err(unknown(id, Some(FORMS.to_owned())));
    }
    if let Ok(address) = id.parse::<IpAddr>() {
        let identities = keys(session, OF_ADDRESS, id).await?;
        let mut held = crate::timeline::held(session, id).await?;
        if held.len() > MOST_HOLDERS {
            let more = held.len() - MOST_HOLDERS;
            held.truncate(MOST_HOLDERS);
            held.push(format!("{more} more"));
        }
        let held = held.join("; ");
        return match (identities.is_empty(), held.is_empty()) {
            (true, true) => Err(unknown(id, Some("no event of the lake comes from this address".to_owned()))),
            (true, false) => {
                let hint = format!("no event of the lake comes from this address, which was that of {held}");
                Err(unknown(id, Some(hint)))
            }
            (false, true) => Ok(Found { what: format!("who called from {address}"), identities }),
            (false, false) => {
                Ok(Found { what: format!("who called from {address}, which was that of {held}"), identities })
            }
        };
    }
    for (what, condition) in QUESTIONS {
        let identities = keys(session, &format!("SELECT identity FROM identities WHERE {condition}"), id).await?;
        if !identities.is_empty() {
            return Ok(Found { what: what.replace("{}", id), identities });
        }
    }
    if let (Some(role), Some(parsed)) = (arn::role(id), arn::Arn::parse(id)) {
        let sessions = format!(":sts::{}:assumed-role/{role}/", parsed.account);
        let sql = "SELECT identity FROM identities WHERE strpos(arn, $id) > 0";
        let identities = keys(session, sql, &sessions).await?;
        if !identities.is_empty() {
            return Ok(Found { what: format!("sessions of the role {id}"), identities });
        }
    }
    let events = count(session, EVENTS, id).await?;
    if events > 0 {
        return Ok(Found { what: format!("who made the event {id}"), identities: keys(session, OF_EVENT, id).await? });
    }
    let handed_out = keys(session, HANDED_OUT, id).await?;
    if !handed_out.is_empty() {
        let what = format!("who was given the access key {id}, which no event of the lake was made with");
        return Ok(Found { what, identities: handed_out });
    }
    let known = names(session).await?;
    let near = nearest(id, known.iter().map(String::as_str)).map(|near| format!("did you mean `{near}`?"));
    Err(unknown(id, near.or_else(|| Some(FORMS.to_owned()))))
}

const FORMS: &str = "an ID is an access key, a session (an ARN or ROLE/SESSION), a user or a role, a Kubernetes user, a \
                     service account (NAMESPACE:NAME), a pod (NAMESPACE/NAME), an event id or an address";

/// What an ID can be, in the order in which it is tried: in words, and as a condition on the table.
static QUESTIONS: [(&str, &str); 5] = [
    ("the access key {}", "identity = 'aws:key:' || $id"),
    (
        "{}",
        "identity = $id OR credential = $id OR arn = $id OR credential = 'system:serviceaccount:' || $id
        OR actor = 'system:serviceaccount:' || $id OR actor = $id",
    ),
    (
        "the pod {}",
        "strpos($id, '/') > 0 AND (strpos(chain, ' pod ' || $id || '\"') > 0 \
         OR strpos(chain, '\"pod ' || $id || '\"') > 0 OR strpos(related, '\"pod ' || $id || '\"') > 0)",
    ),
    ("the session {}", "strpos($id, '/') > 0 AND ends_with(arn, ':assumed-role/' || $id)"),
    (
        "{}",
        "strpos(arn, ':assumed-role/' || $id || '/') > 0 OR ends_with(arn, ':user/' || $id)
         OR lower(credential) = lower($id) OR lower(actor) = lower($id)
         OR ends_with(lower(arn), '/' || lower($id)) OR starts_with(actor, $id || ' (')",
    ),
];

const OF_ADDRESS: &str = "SELECT DISTINCT identity FROM (
    SELECT aws_identity(access_key_id, user_type, user_arn, user_principal_id, user_invoked_by, user_name, \
        user_account_id, session_created) AS identity FROM cloudtrail WHERE source_ip_address = $id
    UNION ALL
    SELECT kubernetes_identity(k8s_audit.cluster, user_name, user_access_key_id, user_arn, user_session_name, \
        user_extra) AS identity FROM k8s_audit WHERE source_ip = $id) WHERE identity IS NOT NULL";

const OF_EVENT: &str = "SELECT DISTINCT identity FROM (
    SELECT aws_identity(access_key_id, user_type, user_arn, user_principal_id, user_invoked_by, user_name, \
        user_account_id, session_created) AS identity FROM cloudtrail WHERE event_id = $id
    UNION ALL
    SELECT kubernetes_identity(k8s_audit.cluster, user_name, user_access_key_id, user_arn, user_session_name, \
        user_extra) AS identity FROM k8s_audit WHERE audit_id = $id) WHERE identity IS NOT NULL";

const EVENTS: &str = "SELECT sum(events) AS events FROM (
    SELECT count(*) AS events FROM cloudtrail WHERE event_id = $id
    UNION ALL SELECT count(*) AS events FROM k8s_audit WHERE audit_id = $id)";

const HANDED_OUT: &str = "SELECT DISTINCT aws_identity(access_key_id, user_type, user_arn, user_principal_id, \
        user_invoked_by, user_name, user_account_id, session_created) AS identity FROM cloudtrail
    WHERE event_source IN ('sts.amazonaws.com', 'eks-auth.amazonaws.com', 'rolesanywhere.amazonaws.com', \
        'cognito-identity.amazonaws.com') AND coalesce(json_as_text(response_elements, 'credentials', 'accessKeyId'), \
        json_as_text(response_elements, 'credentialSet', 0, 'credentials', 'accessKeyId')) = $id";

/// The forms in which people have identities: credentials, actors, sessions and users without what is before them, and
/// pods.
const NAMES: &str = r#"SELECT credential AS identity FROM identities
    UNION SELECT actor AS identity FROM identities
    UNION SELECT regexp_match(arn, ':(?:assumed-role|user)/(.+)$')[1] AS identity FROM identities
    UNION SELECT regexp_match(chain, '[ "]pod ([^" ]+)"')[1] AS identity FROM identities
    UNION SELECT regexp_match(related, '[ "]pod ([^" ]+)"')[1] AS identity FROM identities"#;

/// The rows of the table for these keys, all columns, the oldest first.
pub async fn rows(session: &Session, identities: &[String]) -> Result<Answer, Error> {
    let (condition, parameters) = one_of(identities);
    let sql = format!("SELECT * FROM identities WHERE {condition} ORDER BY first_seen NULLS LAST, plane, identity");
    session.sql(&sql, parameters).await
}

/// The identities of these keys, the oldest first.
pub async fn portraits(session: &Session, identities: &[String]) -> Result<Vec<Portrait>, Error> {
    read(rows(session, identities).await?).await
}

/// The identities that come from this one, at whatever distance, the oldest first.
pub async fn downward(session: &Session, identity: &str) -> Result<Vec<Portrait>, Error> {
    led_by(session, "chain", identity).await
}

/// The identities that this one had an opportunity to come by, the oldest first.
pub async fn opportunities(session: &Session, identity: &str) -> Result<Vec<Portrait>, Error> {
    led_by(session, "related", identity).await
}

async fn led_by(session: &Session, column: &str, identity: &str) -> Result<Vec<Portrait>, Error> {
    let needle = format!("\"from_identity\":{}", Value::from(identity));
    let sql = format!(
        "SELECT * FROM identities WHERE strpos({column}, $needle) > 0 ORDER BY first_seen NULLS LAST, plane, identity"
    );
    read(session.sql(&sql, vec![("needle".to_owned(), ScalarValue::from(needle.as_str()))]).await?).await
}

/// What was done with an identity, the most frequent first.
pub async fn deeds(session: &Session, portrait: &Portrait) -> Result<Vec<Deed>, Error> {
    let of_aws = "SELECT replace(event_source, '.amazonaws.com', '') || ':' || event_name AS action, \
         aws_outcome(error_code) AS outcome, count(*) AS events FROM cloudtrail \
         WHERE aws_identity(access_key_id, user_type, user_arn, user_principal_id, user_invoked_by, user_name, \
             user_account_id, session_created) = $id";
    let of_kubernetes = "SELECT verb || ' ' || coalesce(object_resource || coalesce('/' || object_subresource, ''), \
             request_uri) AS action, \
         kubernetes_outcome(arrow_cast(response_code, 'Utf8View'), stage) AS outcome, \
         count(DISTINCT audit_id) AS events FROM k8s_audit \
         WHERE kubernetes_identity(k8s_audit.cluster, user_name, user_access_key_id, user_arn, user_session_name, \
             user_extra) = $id";
    let mut parameters = vec![("id".to_owned(), ScalarValue::from(portrait.identity.as_str()))];
    let mut sql = if portrait.plane == "aws" { of_aws } else { of_kubernetes }.to_owned();
    // What the key says is said again in columns that a scan can be narrowed by.
    if let Some(key) = portrait.identity.strip_prefix("aws:key:") {
        sql += " AND access_key_id = $key";
        parameters.push(("key".to_owned(), ScalarValue::from(key)));
    }
    if let Some(cluster) = &portrait.cluster {
        sql += " AND k8s_audit.cluster = $cluster AND user_name = $user";
        parameters.push(("cluster".to_owned(), ScalarValue::from(cluster.as_str())));
        parameters.push(("user".to_owned(), ScalarValue::from(portrait.credential.as_str())));
    }
    let instant = |micros| ScalarValue::TimestampMicrosecond(Some(micros), Some("UTC".into()));
    if let (Some(first), Some(last)) = (portrait.first_seen, portrait.last_seen) {
        sql += " AND (event_time >= $first AND event_time <= $last OR event_time IS NULL)";
        parameters.push(("first".to_owned(), instant(first)));
        parameters.push(("last".to_owned(), instant(last)));
    }
    sql += " GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2";
    let batches = collect(session.sql(&sql, parameters).await?).await?;
    let mut deeds = Vec::new();
    for batch in &batches {
        let columns = Columns(batch);
        let failed = |error| Error::of(error, "", Names::default());
        let (actions, outcomes) = (columns.texts("action").map_err(failed)?, columns.texts("outcome").map_err(failed)?);
        let events = columns.numbers("events").map_err(failed)?;
        deeds.extend((0..batch.num_rows()).map(|row| Deed {
            action: actions.get(row).unwrap_or_default(),
            outcome: outcomes.get(row).unwrap_or_default(),
            events: events.get(row),
        }));
    }
    Ok(deeds)
}

fn unknown(id: &str, hint: Option<String>) -> Error {
    Error::NoSuchIdentity { id: id.to_owned(), hint }
}

fn one_of(identities: &[String]) -> (String, Vec<(String, ScalarValue)>) {
    let names: Vec<String> = (0..identities.len()).map(|at| format!("$identity{at}")).collect();
    let parameters = identities.iter().enumerate();
    let parameters = parameters.map(|(at, one)| (format!("identity{at}"), ScalarValue::from(one.as_str())));
    let condition = if names.is_empty() { "false".to_owned() } else { format!("identity IN ({})", names.join(", ")) };
    (condition, parameters.collect())
}

async fn collect(answer: Answer) -> Result<Vec<RecordBatch>, Error> {
    answer.rows.try_collect().await.map_err(|error| Error::of(error, "", Names::default()))
}

async fn asked(session: &Session, sql: &str, id: &str) -> Result<Vec<RecordBatch>, Error> {
    collect(session.sql(sql, vec![("id".to_owned(), ScalarValue::from(id))]).await?).await
}

async fn keys(session: &Session, sql: &str, id: &str) -> Result<Vec<String>, Error> {
    let mut keys = Vec::new();
    for batch in asked(session, sql, id).await? {
        let texts = Columns(&batch).texts("identity").map_err(|error| Error::of(error, sql, Names::default()))?;
        keys.extend((0..batch.num_rows()).filter_map(|row| texts.get(row)));
    }
    keys.sort();
    keys.dedup();
    Ok(keys)
}

async fn count(session: &Session, sql: &str, id: &str) -> Result<i64, Error> {
    let mut sum = 0;
    for batch in asked(session, sql, id).await? {
        let events = Columns(&batch).numbers("events").map_err(|error| Error::of(error, sql, Names::default()))?;
        sum += (0..batch.num_rows()).map(|row| events.get(row)).sum::<i64>();
    }
    Ok(sum)
}

/// What people may have meant.
async fn names(session: &Session) -> Result<Vec<String>, Error> {
    keys(session, &format!("{NAMES} LIMIT {MOST_NAMES}"), "").await
}

async fn read(answer: Answer) -> Result<Vec<Portrait>, Error> {
    let mut portraits = Vec::new();
    for batch in collect(answer).await? {
        portraits_of(&batch, &mut portraits).map_err(|error| Error::of(error, "", Names::default()))?;
    }
    Ok(portraits)
}

fn portraits_of(batch: &RecordBatch, portraits: &mut Vec<Portrait>) -> datafusion::common::Result<()> {
    let columns = Columns(batch);
    let texts =
        ["identity", "plane", "credential", "actor", "actor_kind", "confidence"].map(|name| columns.texts(name));
    let [identity, plane, credential, actor, actor_kind, confidence] = texts;
    let (identity, plane, credential) = (identity?, plane?, credential?);
    let (actor, actor_kind, confidence) = (actor?, actor_kind?, confidence?);
    let (cluster, arn, via) = (columns.texts("cluster")?, columns.texts("arn")?, columns.texts("via")?);
    let (chain, candidates) = (columns.texts("chain")?, columns.texts("candidates")?);
    let related = columns.texts("related")?;
    let (first_seen, last_seen) = (columns.times("first_seen")?, columns.times("last_seen")?);
    let events = columns.numbers("events")?;
    let list = |text: Option<&str>| -> Vec<Value> {
        text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
    };
    portraits.extend((0..batch.num_rows()).map(|row| Portrait {
        identity: identity.get(row).unwrap_or_default(),
        plane: plane.get(row).unwrap_or_default(),
        cluster: cluster.get(row),
        credential: credential.get(row).unwrap_or_default(),
        arn: arn.get(row),
        actor: actor.get(row).unwrap_or_default(),
        actor_kind: actor_kind.get(row).unwrap_or_default(),
        via: via.get(row),
        confidence: confidence.get(row).unwrap_or_default(),
        candidates: list(candidates.text(row)),
        chain: list(chain.text(row)),
        related: list(related.text(row)),
        first_seen: first_seen.get(row),
        last_seen: last_seen.get(row),
        events: events.get(row),
    }));
    Ok(())
}

//! A row of the timeline as the report takes it, and the list of its text columns.
//!
//! Responsible for which fields there are and what the page calls them: a field is a line in [`Event`] and one in
//! [`TEXT_COLUMNS`]. Not responsible for their meaning, which the timeline documents.

/// One row of the timeline. Every field may be absent; an absent field is shown as absent, never as empty.
///
/// Names and values are those of the columns of `eksamine timeline`.
#[derive(Debug, Clone, Copy, Default)]
pub struct Event<'a> {
    /// Microseconds since 1970-01-01T00:00:00Z. Rows come in this order, those without a time last.
    pub time_micros: Option<i64>,
    /// Of a folded row: the time of the last event that it stands for.
    pub last_time_micros: Option<i64>,
    /// How many events the row stands for; none is one.
    pub count: Option<u64>,
    /// `aws`, `kubernetes`, `authenticator`, `network`, `finding`.
    pub plane: Option<&'a str>,
    pub cluster: Option<&'a str>,
    pub actor: Option<&'a str>,
    pub actor_kind: Option<&'a str>,
    /// The chain from the actor to the credential in one line.
    pub via: Option<&'a str>,
    /// `certain`, `likely`, `ambiguous`, `unresolved`: how sure the actor is.
    pub confidence: Option<&'a str>,
    pub action: Option<&'a str>,
    pub target: Option<&'a str>,
    pub namespace: Option<&'a str>,
    /// `done`, `denied`, `failed`, `pending`.
    pub outcome: Option<&'a str>,
    pub address: Option<&'a str>,
    pub user_agent: Option<&'a str>,
    /// `informational`, `low`, `medium`, `high`, `critical`; other words are shown and count as unrated.
    pub severity: Option<&'a str>,
    pub category: Option<&'a str>,
    /// An ATT&CK technique, such as `T1609`.
    pub technique: Option<&'a str>,
    pub summary: Option<&'a str>,
    /// Why the row is in this timeline, and how sure that is.
    pub reason: Option<&'a str>,
    pub reason_confidence: Option<&'a str>,
    /// A JSON list of what was never seen before this event.
    pub first_seen: Option<&'a str>,
    pub access_key_id: Option<&'a str>,
    pub identity: Option<&'a str>,
    pub account_id: Option<&'a str>,
    pub region: Option<&'a str>,
    pub event_id: Option<&'a str>,
    pub stage: Option<&'a str>,
    /// The object in the archive, and the position of the record in it.
    pub source_uri: Option<&'a str>,
    pub source_record: Option<i64>,
    /// JSON arrays of the table `identities`: the steps from the actor to the credential, who else it may have been,
    /// and who had the opportunity.
    pub chain: Option<&'a str>,
    pub candidates: Option<&'a str>,
    pub related: Option<&'a str>,
    /// The record's own bytes, where they are at hand; they can be handed in later (`ReportWriter::record`). Included as
    /// far as the budget reaches, most severe first, and rows before the events that are folded into them.
    pub raw: Option<&'a str>,
}

/// A column of texts: its name in the data, which is also that of the timeline's column, what the page calls it, and
/// where it is in an event.
pub struct TextColumn {
    pub name: &'static str,
    pub label: &'static str,
    pub of: for<'a> fn(&Event<'a>) -> Option<&'a str>,
    pub set: for<'a> fn(&mut Event<'a>, &'a str),
}

macro_rules! text_columns {
    ($($field:ident $label:literal,)+) => {
        /// All columns of texts, in the order in which they are written and searched.
        pub const TEXT_COLUMNS: &[TextColumn] = &[$(TextColumn {
            name: stringify!($field),
            label: $label,
            of: |event| event.$field,
            set: |event, text| event.$field = Some(text),
        },)+];
    };
}

text_columns! {
    plane "plane",
    cluster "cluster",
    actor "actor",
    actor_kind "kind of actor",
    via "via",
    confidence "confidence",
    action "action",
    target "target",
    namespace "namespace",
    outcome "outcome",
    address "address",
    user_agent "user agent",
    severity "severity",
    category "category",
    technique "technique",
    summary "summary",
    reason "why it is here",
    reason_confidence "how sure that is",
    first_seen "first seen here",
    access_key_id "access key",
    identity "identity",
    account_id "account",
    region "region",
    event_id "event id",
    stage "stage",
    source_uri "object",
    chain "chain",
    candidates "candidates",
    related "related",
}

/// The severities in rising order, as the page ranks them.
pub const SEVERITIES: [&str; 5] = ["informational", "low", "medium", "high", "critical"];

/// Where a severity stands: 0 for none or an unknown word, 1 for `informational`, 5 for `critical`.
pub fn severity_rank(severity: Option<&str>) -> usize {
    SEVERITIES.iter().position(|name| Some(*name) == severity).map_or(0, |position| position + 1)
}

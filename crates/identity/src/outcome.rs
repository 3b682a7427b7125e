//! What `resolve` gives: identities with their origin, the steps from there, and how sure that is.

use serde::Serialize;

use crate::{ActorKind, Plane, Span};

/// How sure an origin is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Confidence {
    /// The chain ends before an origin.
    Unresolved,
    /// Several origins fit. The actor is the last step that is certain.
    Ambiguous,
    /// A step rests on names and times that only one candidate fits.
    Likely,
    /// An id that both ends share proves every step.
    Certain,
}

impl Confidence {
    pub fn name(self) -> &'static str {
        match self {
            Self::Unresolved => "unresolved",
            Self::Ambiguous => "ambiguous",
            Self::Likely => "likely",
            Self::Certain => "certain",
        }
    }
}

/// One step of a chain: who took which credential, and the event that shows it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Step {
    /// The call or the way: `AssumeRole`, `EKS login`, `exec`.
    pub step: String,
    pub from: String,
    pub to: String,
    /// Key of the credential that took the step, where it is one of the table.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from_identity: Option<String>,
    /// The access key or token that the step gave, where it has an id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credential: Option<String>,
    /// RFC 3339, UTC.
    pub time: Option<String>,
    pub plane: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cluster: Option<String>,
    pub event_id: Option<String>,
    pub source_uri: Option<String>,
    pub source_record: Option<i64>,
    /// `certain`, `likely`, …; of what is only an opportunity, `possible`.
    pub confidence: &'static str,
    /// What is odd about it, or what it rests on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// One of several origins that fit.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Candidate {
    pub actor: String,
    pub actor_kind: &'static str,
    /// What speaks for it.
    pub evidence: String,
    pub chain: Vec<Step>,
}

/// A credential with its origin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    pub identity: String,
    pub plane: Plane,
    pub cluster: Option<String>,
    /// What a person would call it.
    pub credential: String,
    /// The IAM identity it acts as.
    pub arn: Option<String>,
    pub actor: String,
    pub actor_kind: ActorKind,
    /// The chain in one line; none where actor and credential are the same.
    pub via: Option<String>,
    pub confidence: Confidence,
    pub candidates: Vec<Candidate>,
    pub chain: Vec<Step>,
    /// No proof of an origin, but an opportunity.
    pub related: Vec<Step>,
    pub span: Span,
}

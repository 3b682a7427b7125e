//! Who is behind a credential: from what the logs of both planes say of sessions, tokens and logins to the person,
//! pipeline, service account, node or service that they come from.
//!
//! Facts in, identities out. Responsible for the rules by which a credential leads to another, and for saying how sure
//! that is; not for reading logs or keeping results (`query` does both).
//!
//! Invariants: `resolve` is total (no facts make it fail), gives the same for the same facts in whatever order, and
//! says [`Confidence::Certain`] only where an id that both ends share proves every step.

pub mod arn;
mod extra;
mod facts;
pub mod key;
mod kind;
mod outcome;
mod resolve;

pub use extra::Extra;
pub use facts::{
    AwsCredential, AwsUse, ClusterIssuer, Evidence, Facts, KubernetesUse, LoginLine, Mint, NodeInstance, Plane,
    PodCreation, PodEntry, PodTags, ServiceAccountOfPod, Span, Subject, TokenRequest,
};
pub use kind::ActorKind;
pub use outcome::{Candidate, Confidence, Identity, Step};
pub use resolve::resolve;

/// The version of the rules. It changes with every change of what `resolve` gives, so that nothing kept is read after
/// it is out of date.
pub const RULES: u32 = 5;

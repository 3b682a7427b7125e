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
pub mod mapping;
mod outcome;
mod resolve;

pub use extra::Extra;
pub use facts::{
    Access, AccessKind, AwsCredential, AwsUse, Change, ClusterIssuer, Evidence, Facts, KubernetesUse, LoginLine, Mint,
    NodeInstance, Plane, PodAssociation, PodCreation, PodEntry, PodTags, RoleAnnotation, ServiceAccountOfPod, Span,
    Subject, TokenRequest,
};
pub use kind::ActorKind;
pub use outcome::{Candidate, Confidence, Identity, Step};
pub use resolve::{resolve, resolve_each};

/// The version of the rules. It changes with every change of what `resolve` gives, so that nothing kept is read after
/// it is out of date.
pub const RULES: u32 = 8;

/// How far the moment in which a session says that it was made may lie from the call that made it: the one has whole
/// seconds, and the other is logged within one of them.
pub const CREATED_MICROS: i64 = 2_000_000;

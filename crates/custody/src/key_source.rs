//! Where public keys can be asked for that were not given. Who is asked, and over which network, is for the caller: this
//! crate has no network of its own, and asks nobody unless it is given somebody to ask.

use std::fmt::Debug;

use futures::future::BoxFuture;

use crate::error::Error;
use crate::keys::KeySet;

/// Keys that are lacking, of one region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeySpan {
    /// The region that the digests are of: it alone knows their keys.
    pub region: String,
    /// When they were used; microseconds since 1970.
    pub first_micros: i64,
    pub last_micros: i64,
    pub fingerprints: Vec<String>,
}

/// Somebody who knows public keys of CloudTrail.
pub trait KeySource: Debug + Send + Sync {
    /// Gives the keys it knows of these regions and times: all, some or none of those that are lacking.
    fn keys<'a>(&'a self, spans: &'a [KeySpan]) -> BoxFuture<'a, Result<KeySet, Error>>;
}

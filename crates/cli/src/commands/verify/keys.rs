//! Where `verify` has its public keys from: files, and CloudTrail itself where the user says so.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use eksamine_archive::S3Settings;
use eksamine_custody::Error;
use eksamine_custody::key_source::{KeySource, KeySpan};
use eksamine_custody::keys::KeySet;
use futures::FutureExt;
use futures::future::BoxFuture;

use crate::arguments::S3Options;

/// The keys of files that hold answers of `list-public-keys`.
pub fn of_files(files: &[PathBuf]) -> anyhow::Result<KeySet> {
    let mut keys = KeySet::default();
    for file in files {
        let json = std::fs::read(file).with_context(|| unreadable(file))?;
        keys.add_json(&json).with_context(|| unreadable(file))?;
    }
    Ok(keys)
}

fn unreadable(file: &Path) -> String {
    format!("can't read the keys in `{}`", file.display())
}

/// CloudTrail as the one to ask.
pub fn of_aws(options: &S3Options) -> Arc<dyn KeySource> {
    Arc::new(CloudTrail { settings: options.settings() })
}

/// CloudTrail, reached with the credentials with which the archive is reached.
#[derive(Debug)]
struct CloudTrail {
    settings: S3Settings,
}

impl KeySource for CloudTrail {
    fn keys<'a>(&'a self, spans: &'a [KeySpan]) -> BoxFuture<'a, Result<KeySet, Error>> {
        async move {
            let mut keys = KeySet::default();
            for span in spans {
                let time = (span.first_micros, span.last_micros);
                let listed = Box::pin(eksamine_archive::list_public_keys(&self.settings, &span.region, time)).await?;
                for key in listed {
                    keys.add_base64(&key.fingerprint, &key.value_base64)?;
                }
            }
            Ok(keys)
        }
        .boxed()
    }
}

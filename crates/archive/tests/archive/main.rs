//! The archive as its user meets it: an S3 over real HTTP on loopback, and folders on disk.
#![allow(clippy::unwrap_used)]
#![allow(clippy::disallowed_methods, reason = "`tokio::test` owns the runtime of its test")]

mod faults;
mod local;
mod public_keys;
mod s3;

use std::sync::Arc;

use eksamine_archive::{Archive, Depth, Error, ObjectMeta, Page, S3Settings};
use eksamine_testkit::s3::S3Server;
use tokio::sync::mpsc;

/// Reads anonymously from the server, whatever the environment of the developer says.
fn anonymous(server: &S3Server) -> S3Settings {
    S3Settings {
        endpoint_url: Some(server.endpoint()),
        region: Some("us-east-1".to_owned()),
        no_sign_request: true,
        ..S3Settings::default()
    }
}

async fn open(source: &str, settings: &S3Settings) -> Arc<dyn Archive> {
    eksamine_archive::open(source, settings).await.unwrap()
}

/// All pages, and how the listing ended.
async fn pages(archive: &dyn Archive, prefix: &str, depth: Depth) -> (Vec<Page>, Result<(), Error>) {
    let (sender, mut receiver) = mpsc::channel(1);
    let receive = async {
        let mut pages = Vec::new();
        while let Some(page) = receiver.recv().await {
            pages.push(page);
        }
        pages
    };
    let (end, pages) = tokio::join!(archive.list(prefix, depth, sender), receive);
    (pages, end)
}

/// All objects below a prefix.
async fn objects(archive: &dyn Archive, prefix: &str) -> Vec<ObjectMeta> {
    let (pages, end) = pages(archive, prefix, Depth::All).await;
    end.unwrap();
    pages.into_iter().flat_map(|page| page.objects).collect()
}

async fn object(archive: &dyn Archive, key: &str) -> ObjectMeta {
    objects(archive, key).await.into_iter().find(|object| object.key == key).unwrap()
}

async fn list_error(archive: &dyn Archive, prefix: &str) -> Error {
    pages(archive, prefix, Depth::All).await.1.unwrap_err()
}

fn keys(objects: &[ObjectMeta]) -> Vec<&str> {
    objects.iter().map(|object| object.key.as_str()).collect()
}

/// The error and its causes, as they would be printed.
fn chain(error: &Error) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text.push_str("\ncaused by: ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

//! What any S3 must be good for: these cases know nothing of the server, and run over the one in process and over moto,
//! which is not ours. Faults that only ours can be made to show are told elsewhere.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use eksamine_archive::S3Settings;
use eksamine_ingest::{Error, Event, Progress};
use eksamine_lake::ObjectStatus;
use eksamine_testkit::generate::{Generator, Planes, Settings};
use eksamine_testkit::story;

use crate::lake::{self, Row};
use crate::{Ingest, NEVER, settings};

/// A bucket on some S3, empty at first.
pub trait Bucket: Send + Sync {
    fn name(&self) -> &str;
    /// How to reach it.
    fn s3(&self) -> S3Settings;
    fn put(&self, key: &str, bytes: &[u8], storage_class: &str);
    fn remove(&self, key: &str);
    /// Makes an archived object readable, at once.
    fn restore(&self, key: &str);
}

/// The cases as tests, each in a bucket that `$bucket` makes.
macro_rules! cases {
    ($bucket:expr) => {
        $crate::network::ordinary::cases! { $bucket;
            the_story_gives_the_rows_of_the_folder
            more_keys_than_a_page_holds_are_read_once_each
            keys_that_are_often_mangled_are_read_as_they_are
            what_lies_beside_the_prefix_is_not_read
            an_object_replaced_after_the_listing_is_named_and_read_by_the_next_run
            an_object_removed_after_the_listing_is_named
            archived_objects_are_named_and_read_when_they_are_restored
            a_bucket_that_is_not_there_is_an_error
        }
    };
    ($bucket:expr; $($case:ident)*) => { $(
        #[test]
        fn $case() {
            $crate::network::ordinary::$case(&$bucket());
        }
    )* };
}
pub(crate) use cases;

const STANDARD: &str = "STANDARD";

fn ingest<'a>(bucket: &dyn Bucket, prefix: &str) -> Ingest<'a> {
    let source = format!("s3://{}/{prefix}", bucket.name());
    Ingest { source, s3: bucket.s3(), settings: settings(), progress: &eksamine_ingest::Silent, stop: &NEVER }
}

/// Does something to the archive when it is listed and nothing of it is fetched yet.
struct OnceListed<F>(F);

impl<F: Fn() + Send + Sync> Progress for OnceListed<F> {
    fn event(&self, event: Event) {
        if let Event::Planned { .. } = event {
            self.0();
        }
    }
}

/// A CloudTrail event that is told from others by its number.
fn event(number: usize) -> String {
    format!(
        r#"{{"eventVersion":"1.08","eventTime":"2025-03-03T12:00:00Z","eventSource":"eks.amazonaws.com","eventName":"DescribeCluster","eventID":"00000000-0000-4000-8000-{number:012}"}}"#
    )
}

/// The events in a lake of such, with the object each was read from.
fn events(lake: &Path) -> BTreeMap<String, String> {
    let event = |row: &Row| (row.text("event_id").to_owned(), row.text("source_uri").to_owned());
    lake::rows(lake).iter().filter(|row| row.table == "cloudtrail").map(event).collect()
}

fn uri(bucket: &dyn Bucket, key: &str) -> String {
    format!("s3://{}/{key}", bucket.name())
}

pub fn the_story_gives_the_rows_of_the_folder(bucket: &dyn Bucket) {
    for object in story::objects() {
        bucket.put(&object.key, &object.bytes, STANDARD);
    }
    let (of_folder, of_bucket) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let story = story::bucket_folder().canonicalize().unwrap();
    Ingest::of_folder(&story).run(of_folder.path());
    let report = ingest(bucket, "").run(of_bucket.path());
    assert_eq!((report.wanted, report.failed), (story::objects().len() as u64, 0));

    let folder_uri = format!("file://{}/", story.display());
    let sorted = |mut rows: Vec<Row>| {
        rows.sort_by_key(|row| (row.text("source_uri").to_owned(), row.text("source_record").parse::<u64>().unwrap()));
        rows
    };
    let moved = lake::rows(of_folder.path()).into_iter().map(|row| row.moved(&folder_uri, &uri(bucket, "")));
    let (of_folder_moved, of_bucket_rows) = (sorted(moved.collect()), sorted(lake::rows(of_bucket.path())));
    for (folder, bucket) in of_folder_moved.iter().zip(&of_bucket_rows) {
        assert_eq!(folder, bucket);
    }
    assert_eq!(of_folder_moved.len(), of_bucket_rows.len());
    for (folder, bucket) in lake::objects(of_folder.path()).iter().zip(lake::objects(of_bucket.path())) {
        assert_eq!(folder.uri.rsplit('/').next(), bucket.uri.rsplit('/').next());
        assert_eq!((folder.status, &folder.detail, &folder.sha256), (bucket.status, &bucket.detail, &bucket.sha256));
        assert_eq!(folder.size_bytes, bucket.size_bytes, "{}", bucket.uri);
        assert_eq!(bucket.version, format!("etag:{}:{}", bucket.etag.as_deref().unwrap(), bucket.size_bytes));
        assert!(bucket.last_modified.is_some(), "{}", bucket.uri);
    }

    let again = ingest(bucket, "").run(of_bucket.path());
    assert_eq!((again.wanted, again.known), (0, story::objects().len() as u64), "what was read is known again");
}

pub fn more_keys_than_a_page_holds_are_read_once_each(bucket: &dyn Bucket) {
    let settings = Settings {
        json_bytes: 1_300_000,
        objects: 1_040,
        clusters: 1,
        planes: Planes::Kubernetes,
        ..Settings::default()
    };
    let generator = Generator::new(&settings).unwrap();
    let (mut records, mut distinct) = (0, 0);
    for index in 0..generator.object_count() {
        let object = generator.object(index).unwrap();
        bucket.put(&object.key, &object.bytes, STANDARD);
        records += object.truth.records();
        distinct += crate::rows_of(&object.truth);
    }
    let folder = tempfile::tempdir().unwrap();
    let report = ingest(bucket, "").run(folder.path());
    assert!(report.is_complete(), "{:?}", report.failures);
    assert_eq!((report.listed, report.read), (1_040, 1_040));
    assert_eq!((report.records, report.rows), (records, distinct));
    let read: BTreeSet<String> = lake::objects(folder.path()).into_iter().map(|object| object.uri).collect();
    assert_eq!(read, generator.keys().map(|key| uri(bucket, key)).collect());
}

/// One event under each key, and each row with the key as it is.
pub fn keys_that_are_often_mangled_are_read_as_they_are(bucket: &dyn Bucket) {
    let keys = [
        "odd/a b.json",
        "odd/a+b.json",
        "odd/a%2Bb.json",
        "odd/100%.json",
        "odd/\u{fc}ml\u{e4}ut.json",
        "odd/\u{65e5}\u{672c}\u{8a9e}.json",
        "odd/\u{1f980}.json",
        "odd/q?x=1&y=2#z.json",
        "odd/<tag>\"'.json",
        "odd/a=b,c;d:e@f.json",
    ];
    for (number, key) in keys.iter().enumerate() {
        bucket.put(key, event(number).as_bytes(), STANDARD);
    }
    let folder = tempfile::tempdir().unwrap();
    let report = ingest(bucket, "odd/").run(folder.path());
    assert!(report.is_complete(), "{:?}", report.failures);
    let expected = keys.iter().enumerate();
    let expected = expected.map(|(number, key)| (format!("00000000-0000-4000-8000-{number:012}"), uri(bucket, key)));
    assert_eq!(events(folder.path()), expected.collect());
}

pub fn what_lies_beside_the_prefix_is_not_read(bucket: &dyn Bucket) {
    for (number, key) in ["logs/a.json", "logs/b/c.json", "logs-old/a.json", "other.json"].iter().enumerate() {
        bucket.put(key, event(number).as_bytes(), STANDARD);
    }
    bucket.put("logs/b/", b"", STANDARD);
    bucket.put("logs/empty.json.gz", b"", STANDARD);
    let folder = tempfile::tempdir().unwrap();
    let report = ingest(bucket, "logs/").run(folder.path());
    assert!(report.is_complete(), "{:?}", report.failures);
    let read: Vec<String> = lake::objects(folder.path()).into_iter().map(|object| object.uri).collect();
    assert_eq!(read, ["logs/a.json", "logs/b/c.json", "logs/empty.json.gz"].map(|key| uri(bucket, key)));
    assert_eq!(events(folder.path()).len(), 2);
}

pub fn an_object_replaced_after_the_listing_is_named_and_read_by_the_next_run(bucket: &dyn Bucket) {
    bucket.put("a.json", event(1).as_bytes(), STANDARD);
    bucket.put("b.json", event(2).as_bytes(), STANDARD);
    let folder = tempfile::tempdir().unwrap();
    let replace = OnceListed(|| bucket.put("a.json", event(3).as_bytes(), STANDARD));
    let report = ingest(bucket, "").telling(&replace).run(folder.path());
    assert_eq!((report.read, report.failed, report.is_complete()), (1, 1, false));
    let entry = lake::object(folder.path(), "/a.json");
    let changed = format!("object `{}` has changed since it was listed: ", uri(bucket, "a.json"));
    assert_eq!(entry.status, ObjectStatus::Failed);
    assert!(entry.detail.as_deref().unwrap().starts_with(&changed), "{entry:?}");
    assert_eq!(events(folder.path()).len(), 1, "nothing of either version");

    let report = ingest(bucket, "").run(folder.path());
    assert!(report.is_complete());
    assert_eq!((report.known, report.read), (1, 1));
    assert_eq!(lake::object(folder.path(), "/a.json").status, ObjectStatus::Read, "and no other entry");
    let ids: Vec<String> = events(folder.path()).into_keys().collect();
    assert_eq!(ids, ["00000000-0000-4000-8000-000000000002", "00000000-0000-4000-8000-000000000003"]);
}

pub fn an_object_removed_after_the_listing_is_named(bucket: &dyn Bucket) {
    bucket.put("a.json", event(1).as_bytes(), STANDARD);
    bucket.put("b.json", event(2).as_bytes(), STANDARD);
    let folder = tempfile::tempdir().unwrap();
    let remove = OnceListed(|| bucket.remove("a.json"));
    let report = ingest(bucket, "").telling(&remove).run(folder.path());
    assert_eq!((report.read, report.failed, report.is_complete()), (1, 1, false));
    let entry = lake::object(folder.path(), "/a.json");
    let vanished = format!("object `{}` has vanished since it was listed: ", uri(bucket, "a.json"));
    assert_eq!(entry.status, ObjectStatus::Failed);
    assert!(entry.detail.as_deref().unwrap().starts_with(&vanished), "{entry:?}");

    // It is not listed any more, so nothing is left to read; that it was there once stays on record.
    let report = ingest(bucket, "").run(folder.path());
    assert!(report.is_complete());
    assert_eq!((report.listed, report.wanted), (1, 0));
    assert_eq!(lake::object(folder.path(), "/a.json").status, ObjectStatus::Failed);
}

pub fn archived_objects_are_named_and_read_when_they_are_restored(bucket: &dyn Bucket) {
    let classes = ["GLACIER", "DEEP_ARCHIVE"];
    for (number, class) in classes.iter().enumerate() {
        bucket.put(&format!("{class}.json"), event(number).as_bytes(), class);
    }
    // These can be read at once, whatever their name suggests.
    for (number, class) in ["STANDARD_IA", "GLACIER_IR", "INTELLIGENT_TIERING"].iter().enumerate() {
        bucket.put(&format!("{class}.json"), event(number + 2).as_bytes(), class);
    }
    let folder = tempfile::tempdir().unwrap();
    for _ in 0..2 {
        let report = ingest(bucket, "").run(folder.path());
        assert_eq!((report.failed, report.is_complete()), (2, false), "nothing was restored unasked");
        assert_eq!(events(folder.path()).len(), 3);
        for class in classes {
            let entry = lake::object(folder.path(), &format!("/{class}.json"));
            let object = uri(bucket, &format!("{class}.json"));
            let told =
                format!("object `{object}` has to be restored before it can be read (storage class `{class}`): ");
            assert_eq!(entry.status, ObjectStatus::Failed);
            assert!(entry.detail.as_deref().unwrap().starts_with(&told), "{entry:?}");
        }
    }
    for class in classes {
        bucket.restore(&format!("{class}.json"));
    }
    let report = ingest(bucket, "").run(folder.path());
    assert!(report.is_complete(), "{:?}", report.failures);
    assert_eq!((report.known, report.read), (3, 2));
    assert_eq!(events(folder.path()).len(), 5);
}

pub fn a_bucket_that_is_not_there_is_an_error(bucket: &dyn Bucket) {
    let folder = tempfile::tempdir().unwrap();
    let elsewhere = Ingest { source: format!("s3://{}-elsewhere", bucket.name()), ..ingest(bucket, "") };
    let error = elsewhere.try_run(folder.path()).unwrap_err();
    let Error::Archive(eksamine_archive::Error::NoSuchSource { uri, .. }) = &error else { panic!("{error:?}") };
    assert_eq!(uri, &elsewhere.source);
    assert!(lake::objects(folder.path()).is_empty());
}

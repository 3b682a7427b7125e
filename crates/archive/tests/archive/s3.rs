//! A bucket that behaves.

use eksamine_archive::{Depth, Error, S3Credentials, S3Settings};
use eksamine_testkit::s3::{ACCESS_KEY_ID, Fault, OperationKind, S3Server, SECRET_ACCESS_KEY};

use super::{anonymous, keys, object, objects, open, pages};

/// Keys that a naive client or server mangles.
const ODD_KEYS: [&str; 12] = [
    "odd/a b.gz",
    "odd/a+b.gz",
    "odd/a%2Bb.gz",
    "odd/100%.gz",
    "odd/a//b.gz",
    "odd/\u{fc}ml\u{e4}ut.gz",
    "odd/\u{65e5}\u{672c}\u{8a9e}.gz",
    "odd/\u{1f980}.gz",
    "odd/q?x=1&y=2#z.gz",
    "odd/<tag>\"'.gz",
    "odd/line\nbreak\u{1}.gz",
    "odd/../up.gz",
];

fn many() -> S3Server {
    let server = S3Server::start(["logs"]);
    for number in 0..2500 {
        server.put("logs", &format!("AWSLogs/111122223333/day{:02}/{number:05}.json.gz", number % 25), "x");
    }
    server.put("logs", "other/1.gz", "x");
    server.clear_log();
    server
}

#[tokio::test]
async fn a_listing_of_2500_keys_comes_in_pages_and_in_order() {
    let server = many();
    let archive = open("s3://logs/AWSLogs/", &anonymous(&server)).await;
    assert_eq!(archive.root(), "s3://logs/AWSLogs/");
    assert_eq!(archive.prefix(), "AWSLogs/");
    let (pages, end) = pages(&*archive, archive.prefix(), Depth::All).await;
    end.unwrap();
    let sizes: Vec<usize> = pages.iter().map(|page| page.objects.len()).collect();
    assert_eq!(sizes, [1000, 1000, 500]);
    assert!(pages.iter().all(|page| page.prefixes.is_empty()));
    let listed: Vec<_> = pages.into_iter().flat_map(|page| page.objects).collect();
    assert!(listed.is_sorted_by(|one, other| one.key < other.key));
    assert_eq!(listed[0].uri, "s3://logs/AWSLogs/111122223333/day00/00000.json.gz");
    assert_eq!(server.log().lists(), 3);
    assert_eq!(server.log().gets(), 0, "a listing fetches nothing");
}

#[tokio::test]
async fn a_level_is_listed_without_what_lies_below() {
    let server = many();
    server.set_page_size(10);
    server.put("logs", "AWSLogs/111122223333/index.json", "x");
    let archive = open("s3://logs", &anonymous(&server)).await;
    assert_eq!((archive.root(), archive.prefix()), ("s3://logs", ""));
    let (top, end) = pages(&*archive, "", Depth::Level).await;
    end.unwrap();
    assert_eq!(top.len(), 1);
    assert_eq!(top[0].prefixes, ["AWSLogs/", "other/"]);
    server.clear_log();
    let (days, end) = pages(&*archive, "AWSLogs/111122223333/", Depth::Level).await;
    end.unwrap();
    let prefixes: Vec<_> = days.iter().flat_map(|page| &page.prefixes).collect();
    assert_eq!(prefixes.len(), 25);
    assert_eq!(prefixes[24], "AWSLogs/111122223333/day24/");
    let objects: Vec<_> = days.iter().flat_map(|page| &page.objects).collect();
    assert_eq!(objects.len(), 1);
    assert_eq!(objects[0].key, "AWSLogs/111122223333/index.json");
    assert_eq!(server.log().lists(), 3, "26 entries in pages of 10");
}

#[tokio::test]
async fn an_object_comes_with_all_that_the_listing_knows() {
    let server = S3Server::start(["logs"]);
    server.put("logs", "a.json", "hello");
    let archive = open("s3://logs/", &anonymous(&server)).await;
    let meta = object(&*archive, "a.json").await;
    assert_eq!(meta.size_bytes, 5);
    assert_eq!(meta.etag.as_deref(), Some("5d41402abc4b2a76b9719d911017c592"));
    assert_eq!(meta.last_modified_micros, Some(1_772_323_200_000_000));
    assert_eq!(meta.storage_class.as_deref(), Some("STANDARD"));
    let fetched = archive.get(&meta).await.unwrap();
    assert_eq!(&fetched.bytes[..], b"hello");
    assert_eq!(fetched.etag, meta.etag);
}

#[tokio::test]
async fn placeholders_of_folders_are_left_out_and_empty_objects_are_not() {
    let server = S3Server::start(["logs"]);
    server.put("logs", "folder/", "");
    server.put("logs", "folder/empty.gz", "");
    server.put("logs", "strange/", "not empty");
    let archive = open("s3://logs", &anonymous(&server)).await;
    let listed = objects(&*archive, "").await;
    assert_eq!(keys(&listed), ["folder/empty.gz", "strange/"]);
    let fetched = archive.get(&listed[0]).await.unwrap();
    assert!(fetched.bytes.is_empty());
}

#[tokio::test]
async fn odd_keys_survive_the_listing_and_the_fetch() {
    let server = S3Server::start(["logs"]);
    for key in ODD_KEYS {
        server.put("logs", key, key.to_owned());
    }
    let archive = open("s3://logs", &anonymous(&server)).await;
    let listed = objects(&*archive, "odd/").await;
    let mut expected = ODD_KEYS;
    expected.sort_unstable();
    assert_eq!(keys(&listed), expected);
    for meta in &listed {
        let fetched = archive.get(meta).await.unwrap();
        assert_eq!(&fetched.bytes[..], meta.key.as_bytes(), "{}", meta.uri);
    }
    let (level, end) = pages(&*archive, "odd/a", Depth::Level).await;
    end.unwrap();
    assert_eq!(level[0].prefixes, ["odd/a/"]);
}

#[tokio::test]
async fn a_large_object_arrives_whole() {
    let bytes: Vec<u8> = (0..5_000_000_u32).map(|number| (number % 251) as u8).collect();
    let server = S3Server::start(["logs"]);
    server.put("logs", "large", bytes.clone());
    let archive = open("s3://logs", &anonymous(&server)).await;
    let meta = object(&*archive, "large").await;
    assert_eq!(archive.get(&meta).await.unwrap().bytes, bytes);
}

#[tokio::test]
async fn an_empty_bucket_has_no_pages() {
    let server = S3Server::start(["logs"]);
    let archive = open("s3://logs", &anonymous(&server)).await;
    let (pages, end) = pages(&*archive, "", Depth::All).await;
    end.unwrap();
    assert!(pages.is_empty());
}

#[tokio::test]
async fn a_listing_that_nobody_receives_ends_early_and_quietly() {
    let server = many();
    let archive = open("s3://logs", &anonymous(&server)).await;
    let (sender, receiver) = tokio::sync::mpsc::channel(1);
    drop(receiver);
    archive.list("", Depth::All, sender).await.unwrap();
    assert_eq!(server.log().lists(), 1);
}

#[tokio::test]
async fn requests_are_signed_with_the_given_credentials() {
    let server = S3Server::start(["logs"]);
    server.put("logs", "a b+c.gz", "x");
    let archive = open("s3://logs", &signed(&server, SECRET_ACCESS_KEY)).await;
    let meta = object(&*archive, "a b+c.gz").await;
    archive.get(&meta).await.unwrap();
    let log = server.log();
    assert!(log.operations.iter().all(|operation| operation.access_key_id.as_deref() == Some(ACCESS_KEY_ID)));
    assert_eq!(log.keys_got(), ["a b+c.gz"]);

    let archive = open("s3://logs", &signed(&server, "wrong")).await;
    let error = super::list_error(&*archive, "").await;
    assert!(matches!(&error, Error::Denied { .. }), "{error:?}");
    assert!(error.hint().unwrap().contains("--profile"), "{error:?}");
    let shown = format!("{:?}", signed(&server, "not for the log"));
    assert!(!shown.contains("not for the log"), "{shown}");
}

#[tokio::test]
async fn the_requester_pays_only_when_told_to() {
    let server = S3Server::start(["logs"]);
    server.put("logs", "a", "x");
    server.on_request(|operation| (!operation.request_payer).then_some(Fault::Denied));
    let archive = open("s3://logs", &anonymous(&server)).await;
    assert!(matches!(super::list_error(&*archive, "").await, Error::Denied { .. }));
    let settings = S3Settings { request_payer: true, ..anonymous(&server) };
    let archive = open("s3://logs", &settings).await;
    let meta = object(&*archive, "a").await;
    archive.get(&meta).await.unwrap();
}

#[tokio::test]
async fn the_region_s3_names_is_followed_unless_one_is_prescribed() {
    let server = S3Server::start(["logs"]);
    server.put("logs", "a", "x");
    server.on_request(|operation| {
        let is_right = operation.region.as_deref() == Some("eu-west-3");
        (!is_right).then(|| Fault::WrongRegion { region: "eu-west-3".to_owned() })
    });
    let follows = S3Settings { region: None, ..signed(&server, SECRET_ACCESS_KEY) };
    let archive = open("s3://logs", &follows).await;
    let meta = object(&*archive, "a").await;
    archive.get(&meta).await.unwrap();

    let archive = open("s3://logs", &signed(&server, SECRET_ACCESS_KEY)).await;
    let error = super::list_error(&*archive, "").await;
    assert!(error.hint().unwrap().contains("--region eu-west-3"), "{error:?}");
    assert!(server.log().operations.iter().all(|operation| operation.kind != OperationKind::Head));
}

#[tokio::test]
async fn what_is_no_bucket_is_refused_before_anything_is_asked() {
    let settings = S3Settings::default();
    for source in
        ["s3://", "s3:///key", "s3://a", "s3://two words/x", "gs://bucket/x", "https://example.com/x", "file://host/x"]
    {
        let error = eksamine_archive::open(source, &settings).await.err().unwrap();
        assert!(matches!(&error, Error::BadSource { .. }), "{source}: {error:?}");
        assert_eq!(error.uri(), source);
        assert!(error.hint().is_some());
    }
    let settings = S3Settings { endpoint_url: Some("localhost:9000".to_owned()), ..S3Settings::default() };
    let error = eksamine_archive::open("s3://logs", &settings).await.err().unwrap();
    assert!(error.hint().unwrap().contains("--endpoint-url"));
}

fn signed(server: &S3Server, secret_access_key: &str) -> S3Settings {
    let credentials = S3Credentials {
        access_key_id: ACCESS_KEY_ID.to_owned(),
        secret_access_key: secret_access_key.to_owned(),
        session_token: None,
    };
    S3Settings { no_sign_request: false, credentials: Some(credentials), ..anonymous(server) }
}

#[tokio::test]
async fn what_is_said_of_an_object_comes_with_it() {
    let server = S3Server::start(["logs"]);
    let said = [("signature".to_owned(), "00ff".to_owned()), ("signature-algorithm".to_owned(), "x y".to_owned())];
    server.put_with_metadata("logs", "digest.json.gz", "x", said.clone());
    server.put("logs", "plain.json.gz", "x");
    let archive = open("s3://logs", &anonymous(&server)).await;
    let fetched = archive.get(&object(&*archive, "digest.json.gz").await).await.unwrap();
    assert_eq!(fetched.metadata.into_iter().collect::<Vec<_>>(), said);
    let fetched = archive.get(&object(&*archive, "plain.json.gz").await).await.unwrap();
    assert!(fetched.metadata.is_empty());
}

//! A bucket, a server and a network that do not behave.

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use eksamine_archive::{Archive, Depth, Error, Patience, S3Settings};
use eksamine_testkit::s3::{Fault, OperationKind, S3Server, deny_prefix, first};

use super::{anonymous, chain, list_error, object, objects, open, pages};

async fn one_object() -> (S3Server, Arc<dyn Archive>) {
    let server = S3Server::start(["logs"]);
    server.put("logs", "a/1.gz", "the first version");
    let archive = open("s3://logs", &anonymous(&server)).await;
    (server, archive)
}

/// The same with a reader that soon loses patience.
async fn one_object_in_a_hurry() -> (S3Server, Arc<dyn Archive>) {
    let server = S3Server::start(["logs"]);
    server.put("logs", "a/1.gz", "the first version");
    let patience = Patience {
        connection: Duration::from_secs(4),
        answer: Duration::from_millis(250),
        silence: Duration::from_millis(50),
        pause: Duration::from_millis(1),
    };
    let archive = open("s3://logs", &S3Settings { patience, ..anonymous(&server) }).await;
    (server, archive)
}

async fn get_error(archive: &dyn Archive, server: &S3Server, fault: Fault) -> Error {
    let meta = object(archive, "a/1.gz").await;
    server.on_request(move |operation| (operation.kind == OperationKind::Get).then(|| fault.clone()));
    archive.get(&meta).await.unwrap_err()
}

#[tokio::test]
async fn an_object_overwritten_after_the_listing_has_changed() {
    let (server, archive) = one_object().await;
    let meta = object(&*archive, "a/1.gz").await;
    server.put("logs", "a/1.gz", "another version");
    let error = archive.get(&meta).await.unwrap_err();
    assert!(matches!(&error, Error::Changed { uri, .. } if uri == "s3://logs/a/1.gz"), "{error:?}");
    assert_eq!(server.log().gets(), 1, "asking again would not help");
    let meta = object(&*archive, "a/1.gz").await;
    assert_eq!(archive.get(&meta).await.unwrap().bytes, "another version");
}

#[tokio::test]
async fn an_object_deleted_after_the_listing_is_not_found() {
    let (server, archive) = one_object().await;
    let meta = object(&*archive, "a/1.gz").await;
    server.remove("logs", "a/1.gz");
    let error = archive.get(&meta).await.unwrap_err();
    assert!(matches!(error, Error::NotFound { .. }), "{error:?}");
}

#[tokio::test]
async fn an_object_in_glacier_needs_a_restore() {
    let (server, archive) = one_object().await;
    server.put_in_class("logs", "a/2.gz", "cold", "DEEP_ARCHIVE");
    let meta = object(&*archive, "a/2.gz").await;
    assert_eq!(meta.storage_class.as_deref(), Some("DEEP_ARCHIVE"));
    let error = archive.get(&meta).await.unwrap_err();
    assert!(
        matches!(&error, Error::NeedsRestore { storage_class, .. } if storage_class == "DEEP_ARCHIVE"),
        "{error:?}"
    );
    assert!(error.hint().unwrap().contains("restore"));
}

#[tokio::test]
async fn a_denied_prefix_is_denied_and_its_neighbour_is_not() {
    let (server, archive) = one_object().await;
    server.put("logs", "b/1.gz", "x");
    server.on_request(deny_prefix("a/"));
    let error = list_error(&*archive, "a/").await;
    assert!(matches!(&error, Error::Denied { uri, .. } if uri == "s3://logs/a/"), "{error:?}");
    assert!(chain(&error).contains("answered 403 `AccessDenied`: Access Denied"), "{}", chain(&error));
    assert!(error.hint().unwrap().contains("--no-sign-request"), "anonymous, so that is what to change");
    assert_eq!(server.log().lists(), 1, "a denial is not tried again");
    assert_eq!(objects(&*archive, "b/").await.len(), 1);
    let listed = objects(&*archive, "").await;
    assert!(matches!(archive.get(&listed[0]).await, Err(Error::Denied { .. })));
}

#[tokio::test]
async fn a_missing_bucket_is_no_such_source() {
    let server = S3Server::start(["logs"]);
    let archive = open("s3://lgos/AWSLogs/", &anonymous(&server)).await;
    let error = list_error(&*archive, archive.prefix()).await;
    assert!(matches!(&error, Error::NoSuchSource { uri, .. } if uri == "s3://lgos"), "{error:?}");
    assert!(error.hint().unwrap().contains("spelling"));
    assert_eq!(error.to_string(), "there is no `s3://lgos`");
}

#[tokio::test]
async fn a_dead_endpoint_is_unreachable_and_says_where() {
    // A port that was free a moment ago, and on which nobody listens.
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let settings = S3Settings {
        endpoint_url: Some(endpoint.clone()),
        region: Some("us-east-1".to_owned()),
        no_sign_request: true,
        ..S3Settings::default()
    };
    let archive = open("s3://logs", &settings).await;
    let error = list_error(&*archive, "").await;
    assert!(matches!(&error, Error::Unreachable { endpoint: tried, .. } if *tried == endpoint), "{error:?}");
    assert!(chain(&error).contains("refused"), "{}", chain(&error));
    assert!(error.hint().unwrap().contains("--endpoint-url"));
}

#[tokio::test]
async fn a_profile_that_is_not_there_is_explained() {
    let server = S3Server::start(["logs"]);
    let settings = S3Settings {
        profile: Some("eksamine-test-no-such-profile".to_owned()),
        no_sign_request: false,
        ..anonymous(&server)
    };
    let archive = open("s3://logs", &settings).await;
    let error = list_error(&*archive, "").await;
    assert!(matches!(error, Error::Denied { .. }), "{error:?}");
    assert!(error.hint().unwrap().contains("--profile"));
    assert!(chain(&error).contains("no credentials were found"), "{}", chain(&error));
    assert!(server.log().operations.is_empty(), "nothing can be sent unsigned");
}

#[tokio::test]
async fn bursts_of_slow_down_are_survived() {
    let (server, archive) = one_object().await;
    server.on_request(first(2, OperationKind::List, Fault::SlowDown));
    let meta = object(&*archive, "a/1.gz").await;
    server.on_request(first(4, OperationKind::Get, Fault::SlowDown));
    server.clear_log();
    assert_eq!(archive.get(&meta).await.unwrap().bytes, "the first version");
    assert_eq!(server.log().gets(), 5);
}

#[tokio::test]
async fn a_hundred_readers_told_to_slow_down_all_arrive() {
    let server = S3Server::start(["logs"]);
    for number in 0..100 {
        server.put("logs", &format!("{number:03}"), format!("body {number}"));
    }
    let archive = open("s3://logs", &anonymous(&server)).await;
    let listed = objects(&*archive, "").await;
    server.on_request(first(300, OperationKind::Get, Fault::SlowDown));
    let fetched = futures::future::join_all(listed.iter().map(|meta| archive.get(meta))).await;
    for (number, fetched) in fetched.into_iter().enumerate() {
        assert_eq!(fetched.unwrap().bytes, format!("body {number}"));
    }
}

#[tokio::test]
async fn a_server_in_trouble_is_tried_again() {
    let (server, archive) = one_object().await;
    let meta = object(&*archive, "a/1.gz").await;
    server.on_request(first(3, OperationKind::Get, Fault::InternalError));
    assert_eq!(archive.get(&meta).await.unwrap().bytes, "the first version");
}

#[tokio::test]
async fn a_body_that_breaks_off_is_fetched_again() {
    let (server, archive) = one_object().await;
    let meta = object(&*archive, "a/1.gz").await;
    server.on_request(first(2, OperationKind::Get, Fault::Cut { after_bytes: 7 }));
    assert_eq!(archive.get(&meta).await.unwrap().bytes, "the first version");
    assert_eq!(server.log().gets(), 3);
}

#[tokio::test]
async fn a_body_that_always_breaks_off_is_an_error_that_says_so() {
    let (server, archive) = one_object().await;
    let error = get_error(&*archive, &server, Fault::Cut { after_bytes: 7 }).await;
    assert!(matches!(error, Error::Unreachable { .. }), "{error:?}");
    assert!(chain(&error).contains("of 17 bytes"), "{}", chain(&error));
    assert!(error.hint().unwrap().contains("run again"), "the address was right");
}

#[tokio::test]
async fn a_connection_that_closes_without_an_answer_is_tried_again() {
    let (server, archive) = one_object().await;
    let meta = object(&*archive, "a/1.gz").await;
    server.on_request(first(2, OperationKind::Get, Fault::HangUp));
    assert_eq!(archive.get(&meta).await.unwrap().bytes, "the first version");
}

#[tokio::test]
async fn a_short_body_with_a_success_status_is_short() {
    let (server, archive) = one_object().await;
    let meta = object(&*archive, "a/1.gz").await;
    server.on_request(first(1, OperationKind::Get, Fault::Short { bytes: 3 }));
    assert_eq!(archive.get(&meta).await.unwrap().bytes, "the first version", "once is survived");
    let error = get_error(&*archive, &server, Fault::Short { bytes: 3 }).await;
    assert!(matches!(error, Error::Short { expected_bytes: 17, received_bytes: 3, .. }), "{error:?}");
}

#[tokio::test]
async fn a_listing_that_fails_half_way_is_an_error_after_its_pages() {
    let server = S3Server::start(["logs"]);
    for number in 0..30 {
        server.put("logs", &format!("{number:03}"), "x");
    }
    server.set_page_size(10);
    let answered = AtomicUsize::new(0);
    server.on_request(move |_| (answered.fetch_add(1, Ordering::Relaxed) == 2).then_some(Fault::Denied));
    let archive = open("s3://logs", &anonymous(&server)).await;
    let (pages, end) = pages(&*archive, "", Depth::All).await;
    assert_eq!(pages.iter().map(|page| page.objects.len()).sum::<usize>(), 20);
    assert!(matches!(end, Err(Error::Denied { .. })));
}

#[tokio::test]
async fn a_listing_that_does_not_say_where_it_goes_on_is_an_error_after_its_pages() {
    let (server, archive) = one_object().await;
    server.put("logs", "a/2.gz", "x");
    server.set_page_size(1);
    server.on_request(first(1, OperationKind::List, Fault::LostPlace));
    let (pages, end) = pages(&*archive, "a/", Depth::All).await;
    assert_eq!(pages.len(), 1);
    let error = end.unwrap_err();
    assert_eq!(error.uri(), "s3://logs/a/");
    assert!(chain(&error).contains("cut the listing short without saying where it goes on"), "{}", chain(&error));
}

#[tokio::test]
async fn a_connection_that_is_reset_is_tried_again_and_named_when_it_always_is() {
    let (server, archive) = one_object().await;
    let meta = object(&*archive, "a/1.gz").await;
    server.on_request(first(2, OperationKind::Get, Fault::Reset { after_bytes: 7 }));
    assert_eq!(archive.get(&meta).await.unwrap().bytes, "the first version");
    assert_eq!(server.log().gets(), 3);
    let error = get_error(&*archive, &server, Fault::Reset { after_bytes: 7 }).await;
    assert!(matches!(error, Error::Unreachable { .. }), "{error:?}");
    assert!(chain(&error).contains("reset by peer"), "{}", chain(&error));
}

#[tokio::test]
async fn a_body_that_stalls_is_given_up_and_fetched_again() {
    let (server, archive) = one_object_in_a_hurry().await;
    let meta = object(&*archive, "a/1.gz").await;
    server.on_request(first(1, OperationKind::Get, Fault::Stall { after_bytes: 7 }));
    assert_eq!(archive.get(&meta).await.unwrap().bytes, "the first version");
    assert_eq!(server.log().gets(), 2);
}

#[tokio::test]
async fn an_answer_that_does_not_come_is_asked_for_again() {
    let (server, archive) = one_object_in_a_hurry().await;
    server.on_request(first(1, OperationKind::List, Fault::Silence));
    let meta = object(&*archive, "a/1.gz").await;
    server.on_request(first(2, OperationKind::Get, Fault::Silence));
    assert_eq!(archive.get(&meta).await.unwrap().bytes, "the first version");
    assert_eq!(server.log().gets(), 3);
}

#[tokio::test]
async fn an_object_that_was_replaced_is_noticed_where_conditions_are_ignored() {
    let (server, archive) = one_object().await;
    let meta = object(&*archive, "a/1.gz").await;
    server.put("logs", "a/1.gz", "another version");
    server.on_request(|_| Some(Fault::Unconditional));
    let error = archive.get(&meta).await.unwrap_err();
    assert!(matches!(error, Error::Changed { .. }), "{error:?}");
    assert!(chain(&error).contains("its ETag was `"), "{}", chain(&error));
}

#[tokio::test]
async fn an_object_that_was_restored_can_be_read() {
    let (server, archive) = one_object().await;
    server.put_in_class("logs", "a/2.gz", "cold", "GLACIER");
    let meta = object(&*archive, "a/2.gz").await;
    assert!(matches!(archive.get(&meta).await, Err(Error::NeedsRestore { .. })));
    server.restore("logs", "a/2.gz");
    assert_eq!(archive.get(&meta).await.unwrap().bytes, "cold");
}

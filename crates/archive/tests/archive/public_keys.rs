//! CloudTrail asked for its public keys over HTTP: signed, page by page, and what is said when it will not answer.

use std::time::Duration;

use eksamine_archive::{Error, Patience, S3Credentials, S3Settings, list_public_keys};
use eksamine_testkit::cloudtrail::{Asked, CloudTrailServer};
use eksamine_testkit::s3::{ACCESS_KEY_ID, SECRET_ACCESS_KEY};
use eksamine_testkit::trail::Signer;

use super::chain;

const REGION: &str = "eu-west-1";
/// 14 May 2024, an hour of it; the end is half a second past.
const HOUR: (i64, i64) = (1_715_648_400_000_000, 1_715_652_000_500_000);

fn credentials(access_key_id: &str) -> S3Credentials {
    S3Credentials {
        access_key_id: access_key_id.to_owned(),
        secret_access_key: SECRET_ACCESS_KEY.to_owned(),
        session_token: None,
    }
}

fn settings(endpoint: String) -> S3Settings {
    let patience = Patience { pause: Duration::from_millis(1), ..Patience::default() };
    S3Settings {
        endpoint_url: Some(endpoint),
        // Of the bucket. Keys are those of the region of the digests.
        region: Some("us-east-1".to_owned()),
        credentials: Some(credentials(ACCESS_KEY_ID)),
        patience,
        ..S3Settings::default()
    }
}

async fn failure(settings: &S3Settings) -> Error {
    list_public_keys(settings, REGION, HOUR).await.unwrap_err()
}

#[tokio::test]
async fn all_pages_of_keys_are_read_of_the_region_asked_for() {
    let server = CloudTrailServer::start();
    let (first, second) = (Signer::first(), Signer::second());
    server.add(REGION, &first);
    server.add(REGION, &second);
    server.add("us-east-1", &first);
    let settings = settings(server.endpoint());
    let keys = list_public_keys(&settings, REGION, HOUR).await.unwrap();
    let fingerprints: Vec<&str> = keys.iter().map(|key| key.fingerprint.as_str()).collect();
    assert_eq!(fingerprints, [first.fingerprint, second.fingerprint]);
    assert_eq!(list_public_keys(&settings, "eu-central-1", HOUR).await.unwrap(), []);
    let asked = |region: &str| Asked { region: region.to_owned(), start: 1_715_648_400, end: 1_715_652_001 };
    assert_eq!(server.asked(), [asked(REGION), asked("eu-central-1")]);
}

#[tokio::test]
async fn what_passes_is_asked_again() {
    let server = CloudTrailServer::start();
    server.add(REGION, &Signer::first());
    server.fail(400, "ThrottlingException");
    server.fail(503, "ServiceUnavailable");
    assert_eq!(list_public_keys(&settings(server.endpoint()), REGION, HOUR).await.unwrap().len(), 1);
}

#[tokio::test]
async fn who_may_not_ask_is_told_what_it_takes() {
    let server = CloudTrailServer::start();
    server.fail(400, "AccessDeniedException");
    let error = failure(&settings(server.endpoint())).await;
    assert!(matches!(error, Error::Denied { .. }), "{error:?}");
    assert_eq!(
        chain(&error),
        format!(
            "no access to `the public keys of CloudTrail in eu-west-1`\ncaused by: `{}` answered 400 \
             `AccessDeniedException`: as the test says",
            server.endpoint()
        )
    );
    assert!(error.hint().unwrap().contains("cloudtrail:ListPublicKeys"));
    let stranger = S3Settings { credentials: Some(credentials("stranger")), ..settings(server.endpoint()) };
    assert!(chain(&failure(&stranger).await).contains("InvalidSignatureException"));
    let anonymous = S3Settings { credentials: None, no_sign_request: true, ..settings(server.endpoint()) };
    assert!(chain(&failure(&anonymous).await).contains("has to be signed"));
    assert_eq!(server.asked(), []);
}

#[tokio::test]
async fn troubles_that_last_are_errors_with_their_words() {
    let server = CloudTrailServer::start();
    server.fail(400, "InvalidTimeRangeException");
    let error = failure(&settings(server.endpoint())).await;
    assert!(chain(&error).contains("answered 400 `InvalidTimeRangeException`"), "{error:?}");
    for _ in 0..4 {
        server.fail(500, "InternalFailure");
    }
    assert!(matches!(failure(&settings(server.endpoint())).await, Error::Unreachable { .. }));
    let endpoint = server.endpoint();
    drop(server);
    let error = failure(&settings(endpoint)).await;
    assert!(matches!(&error, Error::Unreachable { .. }), "{error:?}");
    assert!(error.hint().unwrap().contains("--keys FILE"));
}

#[tokio::test]
async fn what_is_no_region_is_not_made_part_of_a_host() {
    let server = CloudTrailServer::start();
    for region in ["", "eu-west-1.example.com/", "EU-WEST-1", "x@y"] {
        let error = list_public_keys(&settings(server.endpoint()), region, HOUR).await.unwrap_err();
        assert!(matches!(error, Error::BadSource { .. }), "{region}: {error:?}");
    }
    assert_eq!(server.asked(), []);
}

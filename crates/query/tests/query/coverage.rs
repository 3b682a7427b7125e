//! What the archive can't tell: gaps that are there are found, and no others.

use eksamine_lake::Lake;
use eksamine_query::coverage::{Coverage, Finding, HOUR_MICROS, Scope, coverage, coverage_of_rows, hours};
use eksamine_query::verdicts::{ObjectVerdict, Verdicts};
use eksamine_testkit::trail::{Objects, Signer, Trail, Writer};

use crate::lakes::{self, TestLake};
use crate::reading::Rows;

const DAY: &str = "2026-03-02";
/// 2026-03-02T00:00:00Z.
const MIDNIGHT: i64 = 1_772_409_600_000_000;

fn audit(hour: u32, fields: &str) -> String {
    format!(
        r#"{{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Metadata","auditID":"a-{hour}-{}","stage":"ResponseComplete","requestURI":"/x","verb":"get","user":{{"username":"u"}},"requestReceivedTimestamp":"{DAY}T{hour:02}:10:00.000000Z","stageTimestamp":"{DAY}T{hour:02}:10:01.000000Z"{fields}}}"#,
        fields.len()
    )
}

fn call(hour: u32, source: &str, name: &str, parameters: &str) -> String {
    let id = format!("e-{hour}-{name}-{}", parameters.len());
    format!(
        r#"{{"eventVersion":"1.08","eventTime":"{DAY}T{hour:02}:20:00Z","eventSource":"{source}.amazonaws.com","eventName":"{name}","awsRegion":"eu-west-1","eventID":"{id}","recipientAccountId":"111122223333","userIdentity":{{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/ops"}},"requestParameters":{parameters}}}"#
    )
}

/// A lake with an audit log of `demo` in these hours, and these AWS calls.
fn lake(audit_hours: &[u32], calls: &[String]) -> TestLake {
    let events: Vec<String> = audit_hours.iter().map(|hour| audit(*hour, "")).collect();
    let mut files = vec![("k8s/demo/audit.log", events.join("\n"))];
    let records = format!(r#"{{"Records":[{}]}}"#, calls.join(","));
    if !calls.is_empty() {
        files.push(("AWSLogs/111122223333/CloudTrail/eu-west-1/2026/03/02/a.json", records));
    }
    lakes::of_files(&files, &[("demo", "k8s/demo/")])
}

/// A span in minutes since midnight.
fn minutes(since: i64, until: i64) -> Scope {
    let instant = |minute| Some(MIDNIGHT + minute * HOUR_MICROS / 60);
    Scope { since: instant(since), until: instant(until), cluster: None }
}

async fn ask(lake: &TestLake, scope: &Scope) -> Coverage {
    let session = lake.session();
    coverage(&session, scope).await.unwrap()
}

fn of<'a>(found: &'a Coverage, check: &str) -> Vec<&'a Finding> {
    found.findings.iter().filter(|finding| finding.check == check).collect()
}

#[tokio::test]
async fn silence_in_an_audit_log_is_found_to_the_hour() {
    let found = ask(&lake(&[0, 1, 2, 6, 7], &[]), &Scope::default()).await;
    let gaps = of(&found, "silence");
    assert_eq!(gaps.len(), 1, "{gaps:#?}");
    assert_eq!(gaps[0].cluster.as_deref(), Some("demo"));
    assert_eq!((gaps[0].since, gaps[0].until), (Some(MIDNIGHT + 3 * HOUR_MICROS), Some(MIDNIGHT + 6 * HOUR_MICROS)));
    assert_eq!(gaps[0].what, "no event for 3 hours");
    let audit = &found.streams[0];
    assert_eq!((audit.events(), audit.silent_hours()), (5, 3));
}

#[tokio::test]
async fn a_region_without_calls_for_some_hours_is_no_gap() {
    let calls = [call(0, "eks", "ListClusters", "{}"), call(20, "eks", "ListClusters", "{}")];
    let found = ask(&lake(&(0..=20).collect::<Vec<_>>(), &calls), &Scope::default()).await;
    for check in ["silence", "begins_late", "ends_early"] {
        assert_eq!(of(&found, check), Vec::<&Finding>::new(), "{check}");
    }
}

#[tokio::test]
async fn what_is_asked_for_is_compared_with_what_is_there() {
    let scope = Scope { since: Some(MIDNIGHT), until: Some(MIDNIGHT + 10 * HOUR_MICROS), cluster: None };
    let found = ask(&lake(&[3, 4, 5, 6], &[]), &scope).await;
    let late = of(&found, "begins_late");
    assert_eq!((late[0].since, late[0].until), (Some(MIDNIGHT), Some(MIDNIGHT + 3 * HOUR_MICROS)));
    let early = of(&found, "ends_early");
    assert_eq!((early[0].since, early[0].until), (Some(MIDNIGHT + 7 * HOUR_MICROS), scope.until));
    assert_eq!(of(&found, "silence"), Vec::<&Finding>::new());
}

#[tokio::test]
async fn a_stopped_trail_is_a_gap_until_it_is_started_again() {
    let trail = r#"{"name":"arn:aws:cloudtrail:eu-west-1:111122223333:trail/main"}"#;
    let other = r#"{"name":"other"}"#;
    let calls = [
        call(1, "cloudtrail", "StopLogging", trail),
        call(2, "cloudtrail", "StartLogging", other),
        call(4, "cloudtrail", "StartLogging", r#"{"name":"main"}"#),
        call(5, "cloudtrail", "StopLogging", other),
    ];
    let found = ask(&lake(&[0, 1, 2, 3, 4, 5], &calls), &Scope::default()).await;
    let changes = of(&found, "trail_changed");
    assert_eq!(changes.len(), 2, "{changes:#?}");
    assert!(changes[0].what.starts_with("trail main was stopped by "), "{}", changes[0].what);
    assert_eq!(changes[0].until.map(|until| until - MIDNIGHT), Some(4 * HOUR_MICROS + HOUR_MICROS / 3));
    assert!(changes[1].what.ends_with("nothing shows that it was started again"), "{}", changes[1].what);
    assert_eq!(changes[1].until, None);
    // A gap that began before the time asked for and lasts into it is told; one that was over is not.
    let later = Scope { since: Some(MIDNIGHT + 4 * HOUR_MICROS + HOUR_MICROS / 2), ..Scope::default() };
    let found = ask(&lake(&[0, 1, 2, 3, 4, 5], &calls), &later).await;
    assert_eq!(of(&found, "trail_changed").len(), 1);
}

#[tokio::test]
async fn logs_switched_off_and_removed_are_told_with_their_cluster() {
    let off = r#"{"name":"demo","logging":{"clusterLogging":[{"types":["audit"],"enabled":false}]}}"#;
    let on = r#"{"name":"demo","logging":{"clusterLogging":[{"types":["audit"],"enabled":true}]}}"#;
    let calls = [
        call(1, "eks", "UpdateClusterConfig", off),
        call(3, "eks", "UpdateClusterConfig", on),
        call(4, "logs", "DeleteLogGroup", r#"{"logGroupName":"/aws/eks/demo/cluster"}"#),
        call(4, "logs", "DeleteLogGroup", r#"{"logGroupName":"/app/web"}"#),
    ];
    let found = ask(&lake(&[0, 1, 2, 3, 4], &calls), &Scope::default()).await;
    let off = of(&found, "cluster_logging");
    assert_eq!(off.len(), 1);
    assert_eq!((off[0].cluster.as_deref(), off[0].until.is_some()), (Some("demo"), true));
    let removed = of(&found, "logs_removed");
    assert_eq!(removed.len(), 1, "{removed:#?}");
    assert_eq!(removed[0].cluster.as_deref(), Some("demo"));
}

#[tokio::test]
async fn clusters_with_one_plane_only_are_named() {
    let calls = [call(1, "eks", "DescribeCluster", r#"{"name":"hidden"}"#)];
    let found = ask(&lake(&[0, 1], &calls), &Scope::default()).await;
    let no_audit = of(&found, "no_audit_log");
    assert_eq!(no_audit[0].cluster.as_deref(), Some("hidden"));
    let no_trail = of(&found, "no_trail");
    assert_eq!(no_trail[0].cluster.as_deref(), Some("demo"));
    // Asked for one cluster, nothing of another is told.
    let found = ask(&lake(&[0, 1], &calls), &Scope { cluster: Some("hidden".to_owned()), ..Scope::default() }).await;
    assert!(found.findings.iter().all(|finding| finding.cluster.as_deref() != Some("demo")));
    let session = lake(&[0], &calls).session();
    let error = coverage(&session, &Scope { cluster: Some("hiden".to_owned()), ..Scope::default() }).await.unwrap_err();
    assert!(error.to_string().contains("hiden"), "{error}");
}

#[tokio::test]
async fn calls_that_name_no_cluster_are_no_cluster_without_a_trail() {
    let calls = lake(&[], &[call(1, "ec2", "DescribeInstances", "{}")]);
    let found = ask(&calls, &Scope::default()).await;
    assert_eq!(of(&found, "no_trail"), Vec::<&Finding>::new());
    assert_eq!(found.clusters, []);
}

#[tokio::test]
async fn events_without_a_time_are_told_whatever_the_span() {
    let timeless = call(1, "ec2", "RunInstances", "{}").replace(&format!("{DAY}T01:20:00Z"), "yesterday");
    let lake = lake(&[1], &[timeless, call(2, "ec2", "DescribeInstances", "{}")]);
    for scope in [Scope::default(), minutes(60, 180)] {
        let found = ask(&lake, &scope).await;
        let undated = of(&found, "undated");
        assert_eq!(undated.len(), 1, "{found:#?}");
        assert_eq!((undated[0].source.as_deref(), undated[0].events), (Some("cloudtrail"), Some(1)));
        assert_eq!(undated[0].what, "an event has no readable time: it is in no span of time that is asked for");
    }
}

#[tokio::test]
async fn an_unknown_cluster_is_told_each_cluster_once() {
    let both = lake(&[1], &[call(1, "eks", "DescribeCluster", r#"{"name":"demo"}"#)]);
    let asked = Scope { cluster: Some("nope".to_owned()), ..Scope::default() };
    let error = coverage(&both.session(), &asked).await.unwrap_err();
    assert_eq!(error.hint().unwrap(), "the clusters are `demo`");
}

#[tokio::test]
async fn secrets_without_bodies_are_a_question_that_can_not_be_answered() {
    let secret = r#","objectRef":{"resource":"secrets","namespace":"shop","name":"db"}"#;
    let map = r#","objectRef":{"resource":"configmaps","namespace":"shop","name":"m"}"#;
    let mut with_body = audit(2, map).replace(r#""verb":"get""#, r#""verb":"update""#);
    with_body = with_body.replace("Metadata", "RequestResponse");
    let events = [audit(1, secret), with_body].join("\n");
    let lake = lakes::of_files(&[("k8s/demo/audit.log", events)], &[("demo", "k8s/demo/")]);
    let found = ask(&lake, &Scope::default()).await;
    let levels: Vec<&str> = of(&found, "audit_level").iter().map(|finding| finding.what.as_str()).collect();
    assert_eq!(levels, ["secrets: none of 1 event holds a body: who did it is known, what was in it is not"]);
}

#[tokio::test]
async fn a_trail_of_all_regions_that_signs_covers_its_clusters() {
    let made = r#"{"name":"main"},"responseElements":{"name":"main","trailARN":"arn:aws:cloudtrail:eu-west-1:111122223333:trail/main","isMultiRegionTrail":true,"logFileValidationEnabled":true}"#;
    let calls = [call(0, "cloudtrail", "CreateTrail", made), call(1, "eks", "DescribeCluster", r#"{"name":"demo"}"#)];
    let found = ask(&lake(&[0, 1], &calls), &Scope::default()).await;
    assert_eq!(
        found.indicator(),
        "1 of 1 cluster is shown to be covered by a multi-region trail with log file validation (100 %)"
    );
    let stopped = [&calls[..], &[call(1, "cloudtrail", "StopLogging", r#"{"name":"main"}"#)]].concat();
    let found = ask(&lake(&[0, 1], &stopped), &Scope::default()).await;
    assert!(found.indicator().ends_with("(0 %); not: demo"), "{}", found.indicator());
}

/// What is said of an object, by its URI.
type Verdict<'a> = &'a dyn Fn(&str) -> Option<&'static str>;

/// A lake of a cluster and of a trail with digests in two regions, and with these verdicts on its objects.
fn lake_of_digests(verdict: impl Fn(&str) -> Option<&'static str>) -> TestLake {
    let (signer, mut objects) = (Signer::first(), Objects::new());
    for region in ["eu-west-1", "us-east-1"] {
        let trail = Trail { region: region.to_owned(), ..Trail::default() };
        let mut writer = Writer::new(trail, &signer);
        let record = call(1, "eks", "DescribeCluster", r#"{"name":"demo"}"#);
        writer.log(&mut objects, &format!("{DAY}T01:30:00Z"), &format!(r#"{{"Records":[{record}]}}"#));
        writer.digest(&mut objects, &format!("{DAY}T01:00:00Z"), &format!("{DAY}T02:00:00Z"));
    }
    let objects: Vec<(&str, &[u8])> =
        objects.iter().map(|(key, stored)| (key.as_str(), stored.bytes.as_slice())).collect();
    let lake = lakes::of_objects(&objects);
    let mut verdicts = Verdicts::default();
    for object in Lake::open(&lake.path()).unwrap().manifest().objects().unwrap() {
        if let Some(verdict) = verdict(&object.uri) {
            let (uri, sha256) = (object.uri, object.sha256.unwrap());
            verdicts.add(ObjectVerdict { uri, sha256, verdict: verdict.to_owned() });
        }
    }
    verdicts.keep(&lake.path()).unwrap();
    lake
}

#[tokio::test]
async fn a_trail_covers_as_far_as_its_digests_were_found_valid() {
    let is_digest = |uri: &str| uri.contains("/CloudTrail-Digest/");
    let is_here = |uri: &str| uri.contains("/eu-west-1/");
    let all = |_: &str| Some("valid");
    let none = |_: &str| None;
    let half = |uri: &str| (is_digest(uri) && uri.contains("_us-east-1_main")).then_some("valid");
    let forged = |uri: &str| Some(if is_digest(uri) && is_here(uri) { "altered" } else { "valid" });
    let altered = |uri: &str| Some(if is_here(uri) && !is_digest(uri) { "altered" } else { "valid" });
    let elsewhere = |uri: &str| Some(if is_here(uri) { "valid" } else { "altered" });
    let by = "trail main records all regions and signs its files: its digests are";
    let cases: [(Verdict<'_>, bool, String); 6] = [
        (&all, true, format!("{by} valid")),
        (&none, true, format!("{by} in the archive")),
        (&half, true, format!("{by} in the archive")),
        (&forged, false, "digests of trail main in eu-west-1 that are not proved: 1 of 1".to_owned()),
        (&altered, false, "log files of 111122223333 in eu-west-1 were altered: 1".to_owned()),
        (&elsewhere, true, format!("{by} valid")),
    ];
    for (verdict, is_covered, what) in cases {
        let found = ask(&lake_of_digests(verdict), &Scope::default()).await;
        let covers: Vec<_> = found.clusters.iter().map(|cover| (cover.is_covered, cover.what.clone())).collect();
        assert_eq!(covers, [(is_covered, what)]);
    }
}

#[tokio::test]
async fn the_story_tells_what_it_hides() {
    let session = lakes::story().session();
    let found = coverage(&session, &Scope::default()).await.unwrap();
    let lines: Vec<String> = found
        .findings
        .iter()
        .map(|finding| {
            let names = [&finding.source, &finding.account_id, &finding.region, &finding.cluster];
            let names: Vec<&str> = names.into_iter().map(|name| name.as_deref().unwrap_or("-")).collect();
            format!("{} [{}] {}", finding.check, names.join(" "), finding.what)
        })
        .collect();
    insta::assert_snapshot!(format!("{}\n\n{}", lines.join("\n"), found.indicator()));
    assert!(!of(&found, "trail_changed").is_empty() && !of(&found, "cluster_logging").is_empty());
}

#[tokio::test]
async fn an_empty_lake_is_told_as_empty() {
    let found = ask(&lakes::empty(), &Scope::default()).await;
    assert_eq!((found.streams.len(), found.findings.len()), (0, 0));
    assert_eq!(found.indicator(), "no cluster is named in this archive");
}

#[tokio::test]
async fn hours_add_up_to_the_events_of_the_tables() {
    let session = lakes::story().session();
    let counted = Rows::of(hours(&session, &Scope::default()).await.unwrap()).await;
    let of_hours: i64 = counted.rows.iter().map(|row| row[5].as_deref().unwrap().parse::<i64>().unwrap()).sum();
    let tables =
        ["cloudtrail", "cloudtrail_insight", "k8s_audit", "authenticator", "control_plane", "vpc_flow", "guardduty"];
    let mut of_tables = 0;
    for table in tables {
        let rows = Rows::of(session.sql(&format!("SELECT count(*) FROM {table}"), Vec::new()).await.unwrap()).await;
        of_tables += rows.rows[0][0].as_deref().unwrap().parse::<i64>().unwrap();
    }
    assert_eq!(of_hours, of_tables);
}

/// The files of a lake's derived data.
fn derived(lake: &std::path::Path) -> Vec<std::path::PathBuf> {
    let files = std::fs::read_dir(lake.join("derived")).into_iter().flatten();
    let mut files: Vec<_> = files.map(|file| file.unwrap().path()).collect();
    files.sort();
    files
}

#[tokio::test]
async fn checks_say_the_same_of_what_is_kept_and_of_the_rows() {
    let copy = lakes::own_story();
    let minute = HOUR_MICROS / 60;
    // The story's day: whole hours, hours cut on one side or both, within one hour, across one, before and after all.
    let start = 1_715_644_800_000_000;
    let spans = [
        (None, None),
        (Some(0), Some(24 * 60)),
        (Some(13 * 60 + 37), Some(14 * 60 + 22)),
        (Some(14 * 60 + 8), Some(14 * 60 + 9)),
        (Some(12 * 60 + 1), None),
        (None, Some(14 * 60 + 31)),
        (Some(30 * 60), Some(40 * 60)),
    ];
    let at = |minutes: Option<i64>| minutes.map(|minutes| start + minutes * minute);
    let mut found = 0;
    for (since, until) in spans {
        let scope = Scope { since: at(since), until: at(until), cluster: Some("demo".to_owned()) };
        let of_rows = coverage_of_rows(&copy.session(), &scope).await.unwrap();
        // The first that asks keeps, the others read what was kept.
        let kept = coverage(&copy.session(), &scope).await.unwrap();
        assert_eq!(kept.findings, of_rows.findings, "{scope:?}");
        assert_eq!(kept.streams, of_rows.streams, "{scope:?}");
        assert_eq!(kept.clusters, of_rows.clusters, "{scope:?}");
        found += of_rows.findings.len();
    }
    assert!(found > 50, "{found}");
    assert_eq!(derived(&copy.path()).len(), 5);
}

#[tokio::test]
async fn what_was_kept_and_is_damaged_is_gathered_again() {
    let copy = lakes::own_story();
    let first = coverage(&copy.session(), &Scope::default()).await.unwrap();
    let files = derived(&copy.path());
    assert_eq!(files.len(), 5);
    for (number, file) in files.iter().enumerate() {
        let bytes = std::fs::read(file).unwrap();
        std::fs::write(file, &bytes[..bytes.len() * number / 5]).unwrap();
    }
    let again = coverage(&copy.session(), &Scope::default()).await.unwrap();
    assert_eq!((again.findings, again.streams), (first.findings, first.streams));
}

#[tokio::test]
async fn a_lake_that_can_not_be_written_is_answered_from_its_rows() {
    let copy = lakes::own_story();
    // A file stands where the folder would be.
    std::fs::write(copy.path().join("derived"), "").unwrap();
    let found = coverage(&copy.session(), &Scope::default()).await.unwrap();
    let of_rows = coverage_of_rows(&copy.session(), &Scope::default()).await.unwrap();
    assert_eq!((found.findings, found.streams), (of_rows.findings, of_rows.streams));
}

#[tokio::test]
async fn a_log_that_is_silent_all_the_time_asked_for_is_told() {
    let calls = [call(2, "eks", "ListClusters", "{}"), call(9, "eks", "ListClusters", "{}")];
    let lake = lake(&[0, 1, 2, 9], &calls);
    let found = ask(&lake, &minutes(3 * 60, 9 * 60)).await;
    let absent = of(&found, "absent");
    assert_eq!(absent.len(), 1, "a region without calls for some hours is no gap: {absent:#?}");
    assert_eq!((absent[0].source.as_deref(), absent[0].cluster.as_deref()), (Some("k8s_audit"), Some("demo")));
    assert_eq!((absent[0].since, absent[0].until), (minutes(3 * 60, 0).since, minutes(0, 9 * 60).until));
    assert_eq!(absent[0].what, "no event in all this time; of other times there are 4");
    // The cluster is known, though nothing of it lies in this time.
    let scope = Scope { cluster: Some("demo".to_owned()), ..minutes(3 * 60, 9 * 60) };
    assert_eq!(of(&ask(&lake, &scope).await, "absent").len(), 1);
    // One event is enough to be there, and shows its own gaps.
    assert_eq!(of(&ask(&lake, &minutes(2 * 60, 9 * 60)).await, "absent").len(), 0);
    assert_eq!(of(&ask(&lake, &Scope::default()).await, "absent").len(), 0);
}

//! Each step from an origin to an event has its proof in the logs, and where the story wants none there is none.

use serde_json::Value;

use super::all_records;

/// The one record that fits.
fn only(records: &[Value], what: &str, fits: impl Fn(&Value) -> bool) -> Value {
    let found: Vec<&Value> = records.iter().filter(|record| fits(record)).collect();
    assert_eq!(found.len(), 1, "{what}: {found:#?}");
    found[0].clone()
}

fn lines(records: &[Value]) -> Vec<&str> {
    records.iter().filter_map(Value::as_str).collect()
}

fn key_of(record: &Value) -> &Value {
    &record["userIdentity"]["accessKeyId"]
}

#[test]
fn the_shortcut_leads_from_a_person_to_an_object() {
    let records = all_records();
    let minted = |event: &str, session: &str| {
        only(&records, event, |record| {
            let ends = record["responseElements"]["assumedRoleUser"]["arn"].as_str();
            record["eventName"] == event && ends.is_some_and(|arn| arn.ends_with(session))
        })
    };
    let signed_in = minted("AssumeRoleWithSAML", "/sam@example.com");
    let by_hand = minted("AssumeRole", "payments-release/sam-hotfix");
    assert_eq!(key_of(&by_hand), &signed_in["responseElements"]["credentials"]["accessKeyId"]);
    assert_eq!(by_hand["responseElements"]["sourceIdentity"], "sam@example.com");

    let key = &by_hand["responseElements"]["credentials"]["accessKeyId"];
    let entered = only(&records, "exec", |record| {
        record["objectRef"]["subresource"] == "exec"
            && record["user"]["extra"]["accessKeyId"][0] == *key
            && record["stage"] == "ResponseStarted"
    });
    assert_eq!(entered["objectRef"]["name"], "ledger-export-5f8b-tq6wz");
    let by_pod = minted("AssumeRoleWithWebIdentity", "ledger-export-irsa/botocore-session-1715694965");
    assert_eq!(by_pod["userIdentity"]["userName"], "system:serviceaccount:payments:ledger-export");
    let read =
        only(&records, "read", |record| *key_of(record) == by_pod["responseElements"]["credentials"]["accessKeyId"]);
    assert_eq!(read["requestParameters"]["key"], "disputes/2024-05.csv");
    let seconds = |record: &Value, field: &str| record[field].as_str().map(|time| time[..19].to_owned());
    assert!(seconds(&entered, "requestReceivedTimestamp") < seconds(&by_pod, "eventTime"));
    assert!(seconds(&by_pod, "eventTime") < seconds(&read, "eventTime"));
}

#[test]
fn which_of_the_two_on_call_it_was_is_in_no_log() {
    let records = all_records();
    let mints = records.iter().filter(|record| {
        record["responseElements"]["assumedRoleUser"]["arn"]
            == "arn:aws:sts::111122223333:assumed-role/ops-shared/oncall"
    });
    let people: Vec<&str> = mints.filter_map(|mint| mint["userIdentity"]["arn"].as_str()?.rsplit('/').next()).collect();
    assert_eq!(people.len(), 2);
    assert!(people.contains(&"kim@example.com") && people.contains(&"alex@example.com"), "{people:?}");
    let requests: Vec<&Value> = records.iter().filter(|record| record["user"]["username"] == "ops-oncall").collect();
    assert!(requests.len() >= 3);
    for request in requests {
        assert!(request["user"]["extra"].is_null());
        assert!(
            !request["sourceIPs"][0].as_str().is_some_and(|address| ["192.0.2.47", "192.0.2.48"].contains(&address))
        );
    }
    let of_role: Vec<&str> = lines(&records).into_iter().filter(|line| line.contains("/ops-shared/oncall")).collect();
    assert!(!of_role.is_empty() && of_role.iter().all(|line| !line.contains("accesskeyid=")), "{of_role:?}");
}

#[test]
fn a_user_without_extra_is_named_by_the_authenticator_alone() {
    let records = all_records();
    let session = only(&records, "GetSessionToken", |record| record["eventName"] == "GetSessionToken");
    let key = session["responseElements"]["credentials"]["accessKeyId"].as_str().expect("STS answers with a key");
    let requests = records.iter().filter(|record| record["user"]["username"] == "legacy-backup");
    assert!(requests.clone().count() > 1 && requests.clone().all(|request| request["user"]["extra"].is_null()));
    let all = lines(&records);
    let answer = all.iter().find(|line| line.contains(&format!("accesskeyid={key}"))).expect("the key is logged");
    let client = answer.split(' ').find(|word| word.starts_with("client=")).expect("lines name their client");
    let granted = all.iter().find(|line| line.contains("access granted") && line.contains(client)).expect("granted");
    assert!(granted.ends_with("username=legacy-backup"), "{granted}");
}

#[test]
fn a_federated_user_and_a_job_at_gitlab_are_used_as_they_were_given() {
    let records = all_records();
    for (call, actor) in
        [("GetFederationToken", "federated-user/backup-report"), ("AssumeRoleWithWebIdentity", "infra-plan")]
    {
        let mint = only(&records, call, |record| {
            record["eventName"] == call && record["responseElements"].to_string().contains(actor)
        });
        let key = &mint["responseElements"]["credentials"]["accessKeyId"];
        let used = only(&records, call, |record| record["userIdentity"]["accessKeyId"] == *key);
        assert!(used["userIdentity"]["arn"].as_str().is_some_and(|arn| arn.contains(actor)), "{used}");
        assert!(mint["eventTime"].as_str() < used["eventTime"].as_str());
    }
}

#[test]
fn tokens_are_used_after_they_were_issued() {
    let records = all_records();
    let mut used = 0;
    for request in &records {
        let credential = &request["user"]["extra"]["authentication.kubernetes.io/credential-id"][0];
        if credential.is_null() {
            continue;
        }
        used += 1;
        let issued = only(&records, "token", |record| {
            record["annotations"]["authentication.kubernetes.io/issued-credential-id"] == *credential
        });
        let (issued_at, used_at) = (&issued["stageTimestamp"], &request["requestReceivedTimestamp"]);
        assert!(issued_at.as_str() < used_at.as_str(), "{issued_at} {used_at}");
        let account = format!(
            "system:serviceaccount:{}:{}",
            issued["objectRef"]["namespace"].as_str().unwrap_or_default(),
            issued["objectRef"]["name"].as_str().unwrap_or_default()
        );
        assert_eq!(request["user"]["username"], account);
        let bound = &issued["requestObject"]["spec"]["boundObjectRef"];
        let pod = &request["user"]["extra"]["authentication.kubernetes.io/pod-uid"][0];
        assert_eq!(&bound["uid"], pod, "a token is bound to a pod or to none");
    }
    assert!(used >= 4, "{used}");
}

#[test]
fn every_identity_of_the_cluster_logged_in_before() {
    let records = all_records();
    let grants: Vec<&str> =
        lines(&records).into_iter().filter(|line| line.contains("msg=\"access granted\"")).collect();
    let mut users = 0;
    for request in records.iter().filter(|record| record["user"]["extra"]["accessKeyId"].is_array()) {
        let name = request["user"]["username"].as_str().expect("users have names");
        let time = &request["requestReceivedTimestamp"].as_str().expect("requests have times")[..19];
        let has_grant = grants.iter().any(|line| {
            let granted = line.split('"').nth(1).unwrap_or_default();
            line.contains(name) && &granted[..19.min(granted.len())] <= time
        });
        assert!(has_grant, "{name} at {time}");
        users += 1;
    }
    assert!(users > 30, "{users}");
}

#[test]
fn a_pod_that_pod_identity_names_is_one_that_was_made() {
    let records = all_records();
    let session = only(&records, "session", |record| record["userIdentity"]["invokedBy"] == "pods.eks.amazonaws.com");
    let tags = session["requestParameters"]["tags"].as_array().expect("sessions have tags");
    let tag = |key: &str| tags.iter().find(|tag| tag["key"] == key).map(|tag| tag["value"].clone());
    let made = only(&records, "pod", |record| {
        record["verb"] == "create"
            && record["objectRef"]["subresource"].is_null()
            && Some(&record["requestObject"]["metadata"]["uid"]) == tag("kubernetes-pod-uid").as_ref()
    });
    assert_eq!(Some(made["objectRef"]["name"].clone()), tag("kubernetes-pod-name"));
    assert_eq!(made["requestObject"]["metadata"]["ownerReferences"][0]["name"], "storefront-6d5f");
    let asked = only(&records, "agent", |record| record["eventName"] == "AssumeRoleForPodIdentity");
    let arn = |record: &Value| record["responseElements"]["assumedRoleUser"]["arn"].clone();
    assert_eq!(arn(&asked), arn(&session));
}

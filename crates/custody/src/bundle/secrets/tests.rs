//! What is a secret and what is none; and that nothing which is found is left.

use eksamine_sources::SOURCES;
use proptest::prelude::*;

use super::*;

fn table(name: &str) -> &'static Table {
    SOURCES.iter().map(|source| source.table()).find(|table| table.name == name).unwrap()
}

/// Kind and place of what is found.
fn told(name: &str, raw: &str) -> Vec<(&'static str, String)> {
    find(table(name), raw).into_iter().map(|secret| (secret.kind.word(), secret.place)).collect()
}

#[track_caller]
fn is_one(name: &str, raw: &str, kind: &str, place: &str) {
    assert_eq!(told(name, raw), [(kind, place.to_owned())].map(|(kind, place)| (word(kind), place)), "{raw}");
    assert_eq!(told(name, &redact(table(name), raw)), [], "{raw}");
}

/// The word with the life of a constant.
fn word(kind: &str) -> &'static str {
    KINDS.iter().find(|known| known.word() == kind).unwrap().word()
}

const KINDS: [SecretKind; 13] = [
    SecretKind::KubernetesSecret,
    SecretKind::KubernetesToken,
    SecretKind::EksToken,
    SecretKind::AwsSessionToken,
    SecretKind::AwsSecretKey,
    SecretKind::Password,
    SecretKind::BasicAuth,
    SecretKind::Authorization,
    SecretKind::PrivateKey,
    SecretKind::Jwt,
    SecretKind::ApiToken,
    SecretKind::EnvironmentValue,
    SecretKind::UserData,
];

#[test]
fn data_of_kubernetes_secrets_is_found_wherever_it_stands() {
    let about = r#""objectRef":{"resource":"secrets"}"#;
    let cases = [
        (format!(r#"{{{about},"requestObject":{{"data":{{"a":"MQ=="}}}}}}"#), "/requestObject/data/a"),
        (format!(r#"{{"requestObject":{{"stringData":{{"a":"x"}}}},{about}}}"#), "/requestObject/stringData/a"),
        (
            format!(r#"{{{about},"responseObject":{{"items":[{{"data":{{"a":"MQ=="}}}}]}}}}"#),
            "/responseObject/items/0/data/a",
        ),
        (
            format!(r#"{{{about},"requestObject":[{{"op":"replace","path":"/data/a","value":"MQ=="}}]}}"#),
            "/requestObject/0/value",
        ),
        (r#"{"responseObject":{"data":{"a":"MQ=="},"kind":"Secret"}}"#.to_owned(), "/responseObject/data/a"),
        (
            r#"{"responseObject":{"items":[{"kind":"Secret","data":{"a/b":"MQ=="}}]}}"#.to_owned(),
            "/responseObject/items/0/data/a~1b",
        ),
        (
            r#"{"requestObject":{"kind":"Secret","data":{"a":{"deep":["x"]}}}}"#.to_owned(),
            "/requestObject/data/a/deep/0",
        ),
        // The name of the key is written with an escape.
        (format!(r#"{{{about},"requestObject":{{"data":{{"\u0061":"MQ=="}}}}}}"#), r"/requestObject/data/\u0061"),
    ];
    for (raw, place) in cases {
        is_one("k8s_audit", &raw, "kubernetes_secret", place);
    }
}

#[test]
fn tokens_of_service_accounts_are_found() {
    let raw = r#"{"responseObject":{"kind":"TokenRequest","status":{"token":"opaque-token-of-an-issuer"}}}"#;
    is_one("k8s_audit", raw, "kubernetes_token", "/responseObject/status/token");
    let raw = r#"{"requestObject":{"kind":"TokenReview","spec":{"token":"opaque-token-of-an-issuer"}}}"#;
    is_one("k8s_audit", raw, "kubernetes_token", "/requestObject/spec/token");
}

#[test]
fn credentials_of_aws_are_found_by_name() {
    for (name, kind) in [
        ("sessionToken", "aws_session_token"),
        ("secretAccessKey", "aws_secret_key"),
        ("SecretAccessKey", "aws_secret_key"),
        ("secret_access_key", "aws_secret_key"),
        ("password", "password"),
        ("masterUserPassword", "password"),
        ("clientSecret", "password"),
        ("privateKey", "private_key"),
        ("certificatePrivateKey", "private_key"),
        ("authToken", "api_token"),
        ("userData", "user_data"),
        ("Authorization", "authorization"),
    ] {
        let raw = format!(r#"{{"responseElements":{{"credentials":{{"{name}":"some value"}}}}}}"#);
        is_one("cloudtrail", &raw, kind, &format!("/responseElements/credentials/{name}"));
    }
    is_one("cloudtrail", r#"{"requestParameters":{"password":123456}}"#, "password", "/requestParameters/password");
}

#[test]
fn variables_are_found_by_their_name() {
    let raw = r#"{"requestObject":{"spec":{"containers":[{"env":[{"name":"MODE","value":"x"},{"value":"y","name":"API_KEY"}]}]}}}"#;
    is_one("k8s_audit", raw, "environment_value", "/requestObject/spec/containers/0/env/1/value");
    let raw =
        r#"{"requestParameters":{"containerDefinitions":[{"environment":[{"name":"DB_PASSWORD","value":"x"}]}]}}"#;
    is_one("cloudtrail", raw, "environment_value", "/requestParameters/containerDefinitions/0/environment/0/value");
    let raw = r#"{"requestParameters":{"environment":{"variables":{"GITHUB_TOKEN":"x","MODE":"y"}}}}"#;
    is_one("cloudtrail", raw, "environment_value", "/requestParameters/environment/variables/GITHUB_TOKEN");
}

#[test]
fn shapes_are_found_in_any_text() {
    let jwt = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhYmMifQ.c2ln";
    let pem = "-----BEGIN EC PRIVATE KEY-----\\nMHcCAQ\\n-----END EC PRIVATE KEY-----\\n";
    let cases = [
        (format!("see {jwt} there"), "jwt"),
        (format!("escaped \\\" {jwt}"), "jwt"),
        (pem.to_owned(), "private_key"),
        ("-----BEGIN PRIVATE KEY-----MC4CAQAwBQYDK2Vw".to_owned(), "private_key"),
        ("LS0tLS1CRUdJTiBSU0EgUFJJVkFURSBLRVktLS0tLQpNSUlFb3dJQkFBS0NBUUVB".to_owned(), "private_key"),
        ("k8s-aws-v1.aHR0cHM6Ly9zdHMuZXhhbXBsZS5jb20".to_owned(), "eks_token"),
        ("/?X-Amz-Security-Token=FwoGZXIvYXdzEXAMPLE%2F&x=1".to_owned(), "aws_session_token"),
        ("Authorization: Bearer abcdefghijklmnop".to_owned(), "authorization"),
        ("Authorization: Basic YW5hOmFuYQ==".to_owned(), "basic_auth"),
        ("https://ana:pw@git.example.com/x".to_owned(), "basic_auth"),
        ("ghp_0123456789abcdefghijABCDEFGHIJ0123456789".to_owned(), "api_token"),
    ];
    for (text, kind) in cases {
        is_one("cloudtrail", &format!(r#"{{"errorMessage":"{text}"}}"#), kind, "/errorMessage");
        let found = told("k8s_audit", &format!(r#"{{"annotations":{{"{text}":"x"}}}}"#));
        assert_eq!(found.len(), 1, "as a key: {text}");
        let line = text.replace("\\n", "\n").replace("\\\"", "\"");
        let found = find(table("control_plane"), &line);
        assert_eq!(found.iter().map(|secret| secret.kind.word()).collect::<Vec<_>>(), [kind], "{line}");
        assert!(matches!(redact_text(&line), Cow::Owned(_)), "{line}");
    }
}

#[test]
fn json_within_a_text_is_looked_into() {
    let raw =
        r#"{"requestObject":{"metadata":{"annotations":{"last":"{\"kind\":\"Secret\",\"data\":{\"a\":\"MQ==\"}}"}}}}"#;
    is_one("k8s_audit", raw, "kubernetes_secret", "/requestObject/metadata/annotations/last");
    let raw = r#"{"requestParameters":{"body":"[{\"inner\":\"{\\\"password\\\":\\\"x\\\"}\"}]"}}"#;
    is_one("cloudtrail", raw, "password", "/requestParameters/body");
}

#[test]
fn what_is_no_secret_is_left_alone() {
    for raw in [
        r#"{"requestParameters":{"clientToken":"0c9ad4b5-5b9f-4a7a-8d0e-3d6f2f0a1b2c","nextToken":"abcdefghijklmnopqrst"}}"#,
        r#"{"requestParameters":{"password":"HIDDEN_DUE_TO_SECURITY_REASONS","userData":"<sensitiveDataRemoved>","secretString":"***"}}"#,
        r#"{"requestParameters":{"password":"","manageMasterUserPassword":true,"masterUserPassword":null}}"#,
        r#"{"requestParameters":{"httpTokens":"required","secretName":"db","passwordPolicy":{"minimumPasswordLength":8}}}"#,
        r#"{"responseElements":{"certificate":"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----"}}"#,
        r#"{"responseElements":{"caData":"LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1JSUJJakFOQmdrcWhraUc5dzBC"}}"#,
        r#"{"requestObject":{"kind":"ConfigMap","data":{"a":"plain"}},"objectRef":{"resource":"configmaps"}}"#,
        r#"{"requestObject":{"spec":{"automountServiceAccountToken":true,"secrets":[{"name":"web-token"}],"token":"short"}}}"#,
        r#"{"requestURI":"https://example.com:443/a@b","user":{"username":"ana@example.com"}}"#,
        r#"{"x":"[redacted sha256:0000000000000000000000000000000000000000000000000000000000000000]"}"#,
    ] {
        for name in ["cloudtrail", "k8s_audit"] {
            assert_eq!(told(name, raw), [], "{raw}");
            assert!(matches!(redact(table(name), raw), Cow::Borrowed(_)));
        }
    }
}

#[test]
fn a_value_is_taken_out_wherever_its_record_repeats_it() {
    let raw = r#"{"requestParameters":{"password":"long-enough-value"},"errorMessage":"long-enough-value is wrong","n":"\u006cong-enough-value"}"#;
    let redacted = redact(table("cloudtrail"), raw);
    assert!(!redacted.contains("enough-value"), "{redacted}");
    assert!(redacted.contains(" is wrong"), "{redacted}");
    // A short one may stand elsewhere and mean nothing.
    let raw = r#"{"requestParameters":{"password":"admin","user":"admin"}}"#;
    let redacted = redact(table("cloudtrail"), raw);
    assert!(redacted.contains(r#""user":"admin""#) && !redacted.contains(r#""password":"admin""#), "{redacted}");
}

#[test]
fn a_short_secret_leaves_only_the_column_it_stands_in() {
    let raw = r#"{"requestParameters":{"password":"admin","user":"admin"},"userIdentity":{"userName":"admin"}}"#;
    let secrets = find(table("cloudtrail"), raw);
    let cell = |name: &str, cell: &str| {
        let column = table("cloudtrail").all_columns().find(|column| column.name == name).unwrap();
        redact_row(column, cell, &secrets).into_owned()
    };
    assert_eq!(cell("user_name", "admin"), "admin");
    let parameters = cell("request_parameters", r#"{"password":"admin","user":"admin"}"#);
    assert!(parameters.contains(r#""user":"admin""#) && !parameters.contains(r#""password":"admin""#), "{parameters}");
}

#[test]
fn a_name_that_is_a_secret_is_not_told_in_a_place() {
    let raw = r#"{"a":{"long-enough-value":{"password":"long-enough-value","pin":{"password":"x"}}}}"#;
    let mark = format!("[redacted sha256:{}]", hex(&Sha256::digest("long-enough-value")));
    let places: Vec<String> = find(table("cloudtrail"), raw).into_iter().map(|secret| secret.place).collect();
    let expected = ["", "/password", "/pin/password"].map(|rest| format!("/a/{mark}{rest}"));
    assert_eq!(places, expected);
    assert!(!redact(table("cloudtrail"), raw).contains("enough"));
    let column = table("cloudtrail").all_columns().find(|column| column.name == "request_parameters").unwrap();
    let raw = raw.replace(r#"{"a":"#, r#"{"requestParameters":"#);
    let cell = raw.strip_prefix(r#"{"requestParameters":"#).unwrap().strip_suffix('}').unwrap();
    let cell = redact_row(column, cell, &find(table("cloudtrail"), &raw)).into_owned();
    assert!(!cell.contains("enough") && !cell.contains(r#""x""#), "{cell}");
}

#[test]
fn the_mark_holds_the_hash_of_what_stood_there() {
    let redacted = redact(table("cloudtrail"), r#"{"a":{"password":"x\"y"}}"#);
    let hash = hex(&Sha256::digest(r#"x\"y"#));
    assert_eq!(redacted, format!(r#"{{"a":{{"password":"[redacted sha256:{hash}]"}}}}"#));
}

#[test]
fn a_record_that_was_cut_is_searched_to_its_end() {
    let raw =
        r#"{"objectRef":{"resource":"secrets"},"requestObject":{"data":{"a":"MQ==","b":"c3VwZXItc2[Truncated...]"#;
    assert_eq!(told("k8s_audit", raw).len(), 2);
    let redacted = redact(table("k8s_audit"), raw);
    assert!(!redacted.contains("MQ==") && !redacted.contains("c3Vw"), "{redacted}");
}

/// Values of JSON with secrets under all kinds of names.
fn json() -> impl Strategy<Value = serde_json::Value> {
    let text = prop_oneof![
        "[a-zA-Z0-9 \"\\\\/{}:,\\n-]{0,24}",
        Just("eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhYmMifQ.c2ln".to_owned()),
        Just("x eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhYmMifQ.c2lneyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhYmMifQ".to_owned()),
        Just("-----BEGIN PRIVATE KEY-----\nMC4\n-----END PRIVATE KEY-----".to_owned()),
        Just("https://a:b@c https://d:eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhYmMifQ@f".to_owned()),
        Just("Authorization: Bearer eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhYmMifQ".to_owned()),
        Just(r#"{"kind":"Secret","data":{"a":"b"}}"#.to_owned()),
        Just("Secret".to_owned()),
        Just("secrets".to_owned()),
    ];
    let leaf = prop_oneof![
        4 => text.prop_map(serde_json::Value::from),
        1 => any::<i64>().prop_map(serde_json::Value::from),
        1 => Just(serde_json::Value::Null),
        1 => any::<bool>().prop_map(serde_json::Value::from),
    ];
    let name = prop_oneof![
        Just("password".to_owned()),
        Just("data".to_owned()),
        Just("stringData".to_owned()),
        Just("kind".to_owned()),
        Just("env".to_owned()),
        Just("name".to_owned()),
        Just("value".to_owned()),
        Just("token".to_owned()),
        Just("requestObject".to_owned()),
        Just("objectRef".to_owned()),
        Just("resource".to_owned()),
        Just("sessionToken".to_owned()),
        "[a-z/~\"]{1,4}",
    ];
    leaf.prop_recursive(5, 40, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(serde_json::Value::from),
            prop::collection::vec((name.clone(), inner), 0..6)
                .prop_map(|members| serde_json::Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn nothing_that_is_found_remains_and_json_stays_json(value in json()) {
        let raw = value.to_string();
        for name in ["k8s_audit", "cloudtrail"] {
            let table = table(name);
            let found = find(table, &raw);
            let redacted = redact(table, &raw);
            prop_assert_eq!(find(table, &redacted), vec![]);
            prop_assert!(serde_json::from_str::<serde_json::Value>(&redacted).is_ok(), "{}", redacted);
            for secret in found.iter().filter(|secret| secret.value.len() >= LEAST_COPIED_BYTES) {
                prop_assert!(!redacted.contains(&secret.escaped), "{} in {}", secret.escaped, redacted);
            }
        }
    }

    #[test]
    fn the_columns_of_a_record_lose_what_the_record_loses(value in json()) {
        let inner = value.to_string();
        let raw = format!(r#"{{"requestObject":{inner},"responseStatus":{{"message":"x"}}}}"#);
        let table = table("k8s_audit");
        let secrets = find(table, &raw);
        let column = table.all_columns().find(|column| column.name == "request_object").unwrap();
        let cell = redact_row(column, &inner, &secrets);
        prop_assert!(serde_json::from_str::<serde_json::Value>(&cell).is_ok(), "{}", cell);
        let whole = redact(table, &raw);
        for secret in &secrets {
            let is_gone = secret.value.len() < LEAST_COPIED_BYTES || !cell.contains(&secret.escaped);
            prop_assert!(is_gone, "{} in {}", secret.escaped, cell);
        }
        // What remains of the record and what remains of its column are the same text.
        prop_assert!(whole.contains(&*cell), "{}\n{}", whole, cell);
    }

    #[test]
    fn any_text_at_all_is_searched_without_harm(text in "\\PC{0,200}", cut in 0_usize..200) {
        let raw: String = format!("{{\"a\":{text}").chars().take(cut).collect();
        for name in ["k8s_audit", "control_plane"] {
            let redacted = redact(table(name), &raw);
            prop_assert_eq!(find(table(name), &redacted), vec![]);
        }
    }
}

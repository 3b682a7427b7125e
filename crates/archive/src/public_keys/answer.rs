//! What is written to CloudTrail and what it answers: JSON, and how errors are told in it.

use aws_sdk_s3::primitives::{ByteStream, SdkBody};
use serde::{Deserialize, Serialize};

use super::PublicKey;

pub const CONTENT_TYPE: &str = "application/x-amz-json-1.1";
/// No list of keys is longer.
const MOST_BYTES: usize = 64 << 20;

/// A page of keys.
#[derive(Debug, PartialEq, Eq)]
pub struct Answer {
    pub keys: Vec<PublicKey>,
    /// Where it goes on.
    pub next: Option<String>,
}

/// What was answered instead, in words.
#[derive(Debug, PartialEq, Eq)]
pub enum Fault {
    Denied(String),
    /// Asking again may help.
    Passing(String),
    Lasting(String),
}

/// The body of a request. Times are in seconds since 1970.
pub fn request(start_seconds: i64, end_seconds: i64, next: Option<&str>) -> String {
    let request = Request { start_time: start_seconds, end_time: end_seconds, next_token: next };
    // Numbers and text can always be written.
    serde_json::to_string(&request).unwrap_or_default()
}

/// The body of an answer, all of it.
pub async fn read(body: SdkBody) -> Result<Vec<u8>, String> {
    let mut stream = ByteStream::new(body);
    let mut bytes = Vec::new();
    while let Some(chunk) = stream.next().await {
        bytes.extend_from_slice(&chunk.map_err(|error| error.to_string())?);
        if bytes.len() > MOST_BYTES {
            return Err(format!("it is longer than {MOST_BYTES} bytes"));
        }
    }
    Ok(bytes)
}

/// What an answer says.
pub fn of(status: u16, body: &[u8]) -> Result<Answer, Fault> {
    if status == 200 {
        let page: Page = serde_json::from_slice(body)
            .map_err(|error| Fault::Lasting(format!("answered what is no list of keys: {error}")))?;
        let key = |item: Item| PublicKey { fingerprint: item.fingerprint, value_base64: item.value };
        return Ok(Answer { keys: page.public_key_list.into_iter().map(key).collect(), next: page.next_token });
    }
    let trouble: Trouble = serde_json::from_slice(body).unwrap_or_default();
    // `com.amazonaws…#AccessDeniedException`
    let code = trouble.code.rsplit('#').next().unwrap_or_default();
    let words = match (code, trouble.message.as_str()) {
        ("", _) => format!("answered {status} without saying why"),
        (code, "") => format!("answered {status} `{code}`"),
        (code, message) => format!("answered {status} `{code}`: {message}"),
    };
    let is_throttled = code.contains("Throttl") || code.contains("TooManyRequests") || code == "RequestLimitExceeded";
    Err(match status {
        _ if is_throttled => Fault::Passing(words),
        429 | 500.. => Fault::Passing(words),
        401 | 403 => Fault::Denied(words),
        _ if DENIALS.iter().any(|denial| code.contains(denial)) => Fault::Denied(words),
        _ => Fault::Lasting(words),
    })
}

/// Parts of the codes that say who asks is not known or not allowed; they come with status 400.
const DENIALS: [&str; 6] = [
    "AccessDenied",
    "UnrecognizedClient",
    "InvalidClientToken",
    "ExpiredToken",
    "InvalidSignature",
    "IncompleteSignature",
];

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Request<'a> {
    start_time: i64,
    end_time: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<&'a str>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Page {
    #[serde(default)]
    public_key_list: Vec<Item>,
    next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Item {
    value: String,
    fingerprint: String,
}

#[derive(Default, Deserialize)]
struct Trouble {
    #[serde(rename = "__type", default)]
    code: String,
    #[serde(alias = "Message", default)]
    message: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_says_the_time_and_where_to_go_on() {
        assert_eq!(request(1, 2, None), r#"{"StartTime":1,"EndTime":2}"#);
        assert_eq!(request(1, 2, Some("x")), r#"{"StartTime":1,"EndTime":2,"NextToken":"x"}"#);
    }

    #[test]
    fn keys_are_read_and_the_rest_passed_over() {
        let body = br#"{"PublicKeyList":[{"Fingerprint":"0a","Value":"AA==","ValidityStartTime":1.5E9}],"Other":1}"#;
        let key = PublicKey { fingerprint: "0a".to_owned(), value_base64: "AA==".to_owned() };
        assert_eq!(of(200, body), Ok(Answer { keys: vec![key], next: None }));
        assert_eq!(of(200, br#"{"NextToken":"x"}"#), Ok(Answer { keys: Vec::new(), next: Some("x".to_owned()) }));
        assert!(matches!(of(200, b"<html>"), Err(Fault::Lasting(_))));
    }

    #[test]
    fn troubles_are_told_apart_by_what_can_be_done() {
        let code = |status, code: &str| of(status, format!(r#"{{"__type":"a.b#{code}","Message":"m"}}"#).as_bytes());
        let said = |status, code: &str| format!("answered {status} `{code}`: m");
        for denied in ["AccessDeniedException", "UnrecognizedClientException", "ExpiredTokenException"] {
            assert_eq!(code(400, denied), Err(Fault::Denied(said(400, denied))));
        }
        assert_eq!(code(400, "ThrottlingException"), Err(Fault::Passing(said(400, "ThrottlingException"))));
        assert_eq!(code(503, "X"), Err(Fault::Passing(said(503, "X"))));
        assert_eq!(code(400, "InvalidTimeRangeException"), Err(Fault::Lasting(said(400, "InvalidTimeRangeException"))));
        assert_eq!(of(403, b""), Err(Fault::Denied("answered 403 without saying why".to_owned())));
    }
}

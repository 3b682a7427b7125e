//! Secrets that are known by their shape, wherever they stand.

use std::ops::Range;
use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use regex::Regex;

use super::SecretKind;

/// Each shape with the group that is the secret itself. A mark matches none of them.
const SHAPES: [(&str, SecretKind, &str); 9] = [
    // RFC 7519; also without its signature.
    ("jwt", SecretKind::Jwt, r"(?P<jwt>eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)?)"),
    // RFC 7468, to its end or to that of the text.
    (
        "pem",
        SecretKind::PrivateKey,
        r"(?P<pem>-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----(?s:.*?)(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY-----|\z))",
    ),
    // The same in base64, as in a kubeconfig; looked into before it is believed.
    ("base64_pem", SecretKind::PrivateKey, r"(?P<base64_pem>LS0tLS1CRUdJTi[A-Za-z0-9+/_-]{16,}={0,2})"),
    // https://github.com/kubernetes-sigs/aws-iam-authenticator: a signed URL that logs in to a cluster.
    ("eks", SecretKind::EksToken, r"(?P<eks>k8s-aws-v1\.[A-Za-z0-9_%=-]{16,})"),
    ("sts", SecretKind::AwsSessionToken, r#"X-Amz-Security-Token=(?P<sts>[^&\s"'\\]{16,})"#),
    ("bearer", SecretKind::Authorization, r"(?i:bearer)(?:\s|%20|\+)+(?P<bearer>[A-Za-z0-9._~+/=-]{16,})"),
    ("basic", SecretKind::BasicAuth, r#"(?i:authorization)["':=\s]{1,6}(?i:basic)\s+(?P<basic>[A-Za-z0-9+/]{4,}=*)"#),
    (
        "issued",
        SecretKind::ApiToken,
        r"(?P<issued>gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{22,}|glpat-[A-Za-z0-9_-]{20,}|xox[abprs]-[A-Za-z0-9-]{20,}|sk_live_[A-Za-z0-9]{20,})",
    ),
    ("age", SecretKind::PrivateKey, r"(?P<age>AGE-SECRET-KEY-1[A-Z0-9]{50,})"),
];

static KNOWN: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let shapes: Vec<&str> = SHAPES.iter().map(|(_, _, shape)| *shape).collect();
    Regex::new(&shapes.join("|")).ok()
});

/// A password in a URL. It has no word to begin with, so it is only looked for where a URL is.
static USERINFO: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"://[^\s/:@"'\\?#]{0,256}:(?P<password>[^\s/@"'\\]{1,256})@"#).ok());

/// The secrets in a text, in order; those in URLs after the others.
pub fn find(text: &str) -> Vec<(SecretKind, Range<usize>)> {
    let mut found = Vec::new();
    if text.len() < 8 {
        return found;
    }
    for captures in KNOWN.iter().flat_map(|known| known.captures_iter(text)) {
        let shape = SHAPES.iter().find_map(|(name, kind, _)| Some((*name, *kind, captures.name(name)?)));
        if let Some((name, kind, matched)) = shape
            && (name != "base64_pem" || holds_private_key(matched.as_str()))
        {
            found.push((kind, matched.range()));
        }
    }
    if text.contains("://") && text.contains('@') {
        let urls = USERINFO.iter().flat_map(|userinfo| userinfo.captures_iter(text));
        found.extend(urls.filter_map(|url| Some((SecretKind::BasicAuth, url.name("password")?.range()))));
    }
    found
}

/// Whether a text in base64 begins with the head of a private key, and not of a certificate.
fn holds_private_key(base64: &str) -> bool {
    let head = base64.trim_end_matches('=');
    let head = head.get(..head.len().min(64) / 4 * 4).unwrap_or_default();
    STANDARD_NO_PAD.decode(head).is_ok_and(|head| head.windows(11).any(|part| part == b"PRIVATE KEY"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_shapes_are_regular_expressions() {
        assert!(KNOWN.is_some());
        assert!(USERINFO.is_some());
    }
}

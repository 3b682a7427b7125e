//! What in a record looks like a secret, and how it is taken out.
//!
//! Logs are evidence and hold what should have stayed at home: the data of Kubernetes secrets in request bodies, tokens,
//! passwords, private keys. [`find`] names them before a bundle leaves; [`redact`] puts in their place a mark that holds
//! the SHA-256 of what stood there, so that whoever has the original can show that it is the same.
//!
//! Found is what rules know: places (`rules`), names and shapes (`patterns`). A password under a name of its own is not
//! found, and the hash of a short password can be guessed by trying. Redaction keeps the JSON of a record well-formed,
//! and after it [`find`] finds nothing.

mod cells;
mod json;
mod patterns;
mod rules;

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use aho_corasick::{AhoCorasick, MatchKind};
use eksamine_sources::Table;
use serde::de::IgnoredAny;
use sha2::{Digest, Sha256};

pub use cells::{Redactor, redact_row};

use crate::digest::hex;
use json::Token;

/// What kind of secret it looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SecretKind {
    KubernetesSecret,
    KubernetesToken,
    EksToken,
    AwsSessionToken,
    AwsSecretKey,
    Password,
    BasicAuth,
    Authorization,
    PrivateKey,
    Jwt,
    ApiToken,
    EnvironmentValue,
    UserData,
}

impl SecretKind {
    /// The word in `secrets.csv` and in the manifest.
    pub fn word(self) -> &'static str {
        match self {
            Self::KubernetesSecret => "kubernetes_secret",
            Self::KubernetesToken => "kubernetes_token",
            Self::EksToken => "eks_token",
            Self::AwsSessionToken => "aws_session_token",
            Self::AwsSecretKey => "aws_secret_key",
            Self::Password => "password",
            Self::BasicAuth => "basic_auth",
            Self::Authorization => "authorization",
            Self::PrivateKey => "private_key",
            Self::Jwt => "jwt",
            Self::ApiToken => "api_token",
            Self::EnvironmentValue => "environment_value",
            Self::UserData => "user_data",
        }
    }
}

/// Something in a text that looks like a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Secret {
    pub kind: SecretKind,
    /// Where in a JSON record, as a JSON pointer (RFC 6901); in a text `byte N`. A name on the way that is a secret
    /// itself is not told.
    pub place: String,
    /// The bytes it takes, without quotes.
    pub span: Range<usize>,
    /// Hex SHA-256 of these bytes.
    pub sha256: String,
    /// The bytes as they stand in the record, with its escapes.
    escaped: String,
    /// What they mean.
    value: String,
    /// The place with all names on the way.
    pointer: String,
    /// What it stands in. To a JSON number the mark has to bring its own quotes.
    token: Token,
}

impl Secret {
    fn mark(&self) -> String {
        format!("{MARK}{}]", self.sha256)
    }
}

/// How a mark begins. A hash follows, and `]`.
pub const MARK: &str = "[redacted sha256:";

/// A value shorter than this is only taken out where it was found, since it may stand elsewhere and mean nothing.
const LEAST_COPIED_BYTES: usize = 8;
/// Texts within texts that are looked into.
const MOST_LAYERS: usize = 3;

/// What looks like a secret in a record of a table, in the order of its place.
pub fn find(table: &Table, raw: &str) -> Vec<Secret> {
    find_in(raw, table.name == "k8s_audit", 0)
}

/// The record without its secrets.
pub fn redact<'a>(table: &Table, raw: &'a str) -> Cow<'a, str> {
    redacted(raw, table.name == "k8s_audit")
}

/// A text of unknown kind without its secrets: a cell of an answer, a note.
pub fn redact_text(text: &str) -> Cow<'_, str> {
    redacted(text, false)
}

/// A record without the secrets that were found in it, and without what only shows once they are gone.
fn redacted(text: &str, is_audit: bool) -> Cow<'_, str> {
    let mut done = Cow::Borrowed(text);
    // Once is enough but for texts that are made to be found twice.
    for _ in 0..MOST_LAYERS {
        let secrets = find_in(&done, is_audit, 0);
        if secrets.is_empty() {
            break;
        }
        done = Cow::Owned(replaced(&done, &secrets));
    }
    done
}

fn replaced(text: &str, secrets: &[Secret]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    for secret in secrets {
        out.push_str(text.get(from..secret.span.start).unwrap_or_default());
        let quote = if secret.token == Token::Bare { "\"" } else { "" };
        out.push_str(&format!("{quote}{}{quote}", secret.mark()));
        from = secret.span.end;
    }
    out.push_str(text.get(from..).unwrap_or_default());
    out
}

fn find_in(text: &str, is_audit: bool, layer: usize) -> Vec<Secret> {
    let mut found = Vec::new();
    let is_json = looks_like_json(text);
    if is_json {
        let facts = rules::Facts::of(text, is_audit);
        json::scan(text, &mut |path, token, span| {
            let Some(inside) = text.get(span.clone()) else { return };
            let decoded = json::decoded(token, inside);
            let kind = match token {
                Token::Key => None,
                Token::Text | Token::Bare => facts.kind(path, token, &decoded),
            };
            let kind = kind.or_else(|| nested(&decoded, token, layer));
            match kind {
                Some(kind) => found.push(secret(text, kind, path.pointer(), span, &decoded, token)),
                None => of_patterns(text, &path.pointer_later(), span, &decoded, token, &mut found),
            }
        });
    }
    let is_whole = is_json && serde_json::from_str::<IgnoredAny>(text).is_ok();
    if !is_whole {
        for (kind, range) in patterns::find(text) {
            let value = text.get(range.clone()).unwrap_or_default();
            found.push(secret(text, kind, format!("byte {}", range.start), range.clone(), value, Token::Text));
        }
    }
    if is_json && !found.is_empty() {
        copies(text, &mut found);
    }
    let mut found = disjoint(text, found);
    if is_json {
        hide_names(text, &mut found);
    }
    found
}

fn looks_like_json(text: &str) -> bool {
    text.trim_start().starts_with(['{', '['])
}

/// Whether a text is itself JSON that holds secrets: then all of it is one.
fn nested(decoded: &str, token: Token, layer: usize) -> Option<SecretKind> {
    if token != Token::Text || layer >= MOST_LAYERS || decoded.len() < 2 || !looks_like_json(decoded) {
        return None;
    }
    find_in(decoded, false, layer + 1).first().map(|secret| secret.kind)
}

fn of_patterns(
    text: &str,
    pointer: &dyn Fn() -> String,
    span: Range<usize>,
    decoded: &str,
    token: Token,
    found: &mut Vec<Secret>,
) {
    let has_escapes = text.get(span.clone()).is_some_and(|inside| inside != decoded);
    for (kind, range) in patterns::find(decoded) {
        if has_escapes {
            found.push(secret(text, kind, pointer(), span, decoded, token));
            return;
        }
        let range = span.start + range.start..span.start + range.end;
        let value = text.get(range.clone()).unwrap_or_default();
        found.push(secret(text, kind, pointer(), range, value, part_of(token)));
    }
}

/// Adds the other places of a record where a value that was found stands too.
fn copies(text: &str, found: &mut Vec<Secret>) {
    let long = found.iter().filter(|secret| secret.value.len() >= LEAST_COPIED_BYTES);
    let values: BTreeMap<String, SecretKind> = long.map(|secret| (secret.value.clone(), secret.kind)).collect();
    let kinds: Vec<SecretKind> = values.values().copied().collect();
    let all = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(values.keys());
    let Some(all) = all.ok().filter(|_| !kinds.is_empty()) else { return };
    json::scan(text, &mut |path, token, span| {
        let Some(inside) = text.get(span.clone()) else { return };
        let decoded = json::decoded(token, inside);
        let is_plain = inside == decoded && token != Token::Bare;
        for one in all.find_iter(&*decoded) {
            let Some(kind) = kinds.get(one.pattern().as_usize()) else { continue };
            if !is_plain {
                // Within escapes a piece has no place of its own.
                found.push(secret(text, *kind, path.pointer(), span, &decoded, token));
                return;
            }
            let range = span.start + one.start()..span.start + one.end();
            let value = decoded.get(one.range()).unwrap_or_default();
            found.push(secret(text, *kind, path.pointer(), range, value, part_of(token)));
        }
    });
}

/// What a piece stands in. A piece of something bare is within what is no JSON, and needs no quotes.
fn part_of(token: Token) -> Token {
    if token == Token::Key { Token::Key } else { Token::Text }
}

/// Takes names that are secrets out of the places of all that stands below them.
fn hide_names(text: &str, found: &mut [Secret]) {
    if !found.iter().any(|secret| secret.token == Token::Key) {
        return;
    }
    let mut hidden: HashMap<&str, String> = HashMap::new();
    json::scan(text, &mut |path, token, span| {
        let from = found.partition_point(|secret| secret.span.start < span.start);
        let to = found.partition_point(|secret| secret.span.start < span.end);
        let Some(within) = found.get_mut(from..to).filter(|within| !within.is_empty()) else { return };
        if token == Token::Key {
            let mut name = String::new();
            let mut at = span.start;
            for secret in within.iter() {
                name.push_str(text.get(at..secret.span.start).unwrap_or_default());
                name.push_str(&secret.mark());
                at = secret.span.end;
            }
            name.push_str(text.get(at..span.end).unwrap_or_default());
            hidden.insert(path.name(), name);
        }
        for secret in within {
            secret.place = path.pointer_with(&hidden);
        }
    });
}

fn secret(text: &str, kind: SecretKind, place: String, span: Range<usize>, decoded: &str, token: Token) -> Secret {
    let escaped = text.get(span.clone()).unwrap_or_default().to_owned();
    Secret {
        kind,
        pointer: place.clone(),
        place,
        sha256: hex(&Sha256::digest(&escaped)),
        value: decoded.to_owned(),
        token,
        escaped,
        span,
    }
}

/// In the order of their places, none within or over another: of two that meet, the one that begins first grows.
fn disjoint(text: &str, mut found: Vec<Secret>) -> Vec<Secret> {
    found.retain(|secret| !secret.span.is_empty());
    found.sort_by(|a, b| (a.span.start, b.span.end).cmp(&(b.span.start, a.span.end)));
    let mut kept: Vec<Secret> = Vec::with_capacity(found.len());
    for next in found {
        match kept.last_mut() {
            Some(last) if next.span.start < last.span.end => {
                if next.span.end > last.span.end {
                    last.span.end = next.span.end;
                    text.get(last.span.clone()).unwrap_or_default().clone_into(&mut last.escaped);
                    last.sha256 = hex(&Sha256::digest(&last.escaped));
                    last.value.clone_from(&last.escaped);
                }
            }
            _ => kept.push(next),
        }
    }
    kept
}

#[cfg(test)]
mod tests;

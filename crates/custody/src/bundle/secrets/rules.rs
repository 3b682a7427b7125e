//! Secrets that are known by their place or their name.
//!
//! Kubernetes: bodies of Secrets (<https://kubernetes.io/docs/reference/kubernetes-api/config-and-storage-resources/secret-v1/>),
//! `token` of TokenRequest and TokenReview, values of environment variables. AWS: the names that APIs use for
//! credentials; CloudTrail leaves most of them out, and says so by a word that is no secret.

use std::borrow::Cow;
use std::collections::HashSet;

use super::SecretKind;
use super::json::{self, Path, Step, Token};

/// What has to be known of a record before its values can be judged.
#[derive(Default)]
pub struct Facts {
    is_audit: bool,
    /// Whether the request was about secrets.
    is_about_secrets: bool,
    /// Objects whose `kind` is Secret.
    secrets: HashSet<u64>,
    /// Elements of lists of variables whose `name` says that the value is one.
    variables: HashSet<u64>,
}

/// The members of a Secret that hold what is secret.
const DATA: [&str; 2] = ["data", "stringData"];
/// Lists of `{name, value}`, in pods and in task definitions, and maps of variables.
const VARIABLES: [&str; 5] = ["env", "environment", "environmentVariables", "variables", "Variables"];
/// Parts of a variable's name that say that its value is a secret.
const TELLING: [&str; 7] = ["password", "passwd", "pwd", "secret", "token", "key", "credential"];

/// Ends of names, in small letters and without separators, and what they name.
const NAMES: [(&str, SecretKind); 25] = [
    ("password", SecretKind::Password),
    ("passwd", SecretKind::Password),
    ("passphrase", SecretKind::Password),
    ("passworddata", SecretKind::Password),
    ("secretstring", SecretKind::Password),
    ("secretbinary", SecretKind::Password),
    ("clientsecret", SecretKind::Password),
    ("sharedsecret", SecretKind::Password),
    ("webhooksecret", SecretKind::Password),
    ("presharedkey", SecretKind::Password),
    ("plaintext", SecretKind::Password),
    ("sessiontoken", SecretKind::AwsSessionToken),
    ("securitytoken", SecretKind::AwsSessionToken),
    ("secretaccesskey", SecretKind::AwsSecretKey),
    ("secretkey", SecretKind::AwsSecretKey),
    ("privatekey", SecretKind::PrivateKey),
    ("keymaterial", SecretKind::PrivateKey),
    ("authtoken", SecretKind::ApiToken),
    ("accesstoken", SecretKind::ApiToken),
    ("refreshtoken", SecretKind::ApiToken),
    ("idtoken", SecretKind::ApiToken),
    ("bearertoken", SecretKind::ApiToken),
    ("authorizationtoken", SecretKind::ApiToken),
    ("authorization", SecretKind::Authorization),
    ("userdata", SecretKind::UserData),
];

/// Names that end like those above and hold none.
const HARMLESS: [&str; 4] =
    ["managemasteruserpassword", "requirepassword", "allowuserstochangepassword", "hasuserdata"];

/// What stands where a secret was left out.
const LEFT_OUT: [&str; 8] = [
    "HIDDEN_DUE_TO_SECURITY_REASONS",
    "<sensitiveDataRemoved>",
    "<SENSITIVE_DATA_REMOVED>",
    "Value Redacted",
    "REDACTED",
    "redacted",
    "true",
    "false",
];

/// Shortest value of a member named `token` that is taken for one.
const LEAST_TOKEN_BYTES: usize = 16;

impl Facts {
    /// Reads a record for what stands beside its values.
    pub fn of(text: &str, is_audit: bool) -> Self {
        let mut facts = Self { is_audit, ..Self::default() };
        if !["Secret", "secrets", "nv"].iter().any(|word| text.contains(word)) && !text.contains("ariables") {
            return facts;
        }
        json::scan(text, &mut |path, token, span| {
            if token != Token::Text {
                return;
            }
            let value = text.get(span).unwrap_or_default();
            match path.key_from_end(0) {
                Some("kind") if matches!(value, "Secret" | "SecretList") => {
                    facts.secrets.insert(path.holder());
                }
                Some("resource") if value == "secrets" && path.key(0) == Some("objectRef") => {
                    facts.is_about_secrets = path.steps.len() == 2;
                }
                Some("name" | "Name") if path.key_from_end(2).is_some_and(is_variables) && is_telling(value) => {
                    facts.variables.insert(path.holder());
                }
                _ => {}
            }
        });
        facts
    }

    /// What a value looks like by where it stands.
    pub fn kind(&self, path: &Path<'_, '_>, token: Token, value: &str) -> Option<SecretKind> {
        if value.is_empty() || value.starts_with(super::MARK) || is_left_out(value) || path.steps.is_empty() {
            return None;
        }
        if self.is_in_secret(path) && value != "null" {
            return Some(SecretKind::KubernetesSecret);
        }
        let is_number = token == Token::Bare && value.bytes().next().is_some_and(|byte| byte.is_ascii_digit());
        if token != Token::Text && !is_number {
            return None;
        }
        if self.is_variable(path) {
            return Some(SecretKind::EnvironmentValue);
        }
        let name = small(path.name());
        if name == "token" && self.is_in_body(path) && value.len() >= LEAST_TOKEN_BYTES {
            return Some(SecretKind::KubernetesToken);
        }
        if HARMLESS.contains(&&*name) {
            return None;
        }
        NAMES.iter().find(|(end, _)| name.ends_with(end)).map(|(_, kind)| *kind)
    }

    fn is_in_body(&self, path: &Path<'_, '_>) -> bool {
        self.is_audit && matches!(path.key(0), Some("requestObject" | "responseObject"))
    }

    fn is_in_secret(&self, path: &Path<'_, '_>) -> bool {
        if self.is_about_secrets && self.is_in_body(path) {
            let is_data = path.steps.iter().skip(1).any(|step| matches!(step, Step::Key(key) if DATA.contains(key)));
            // A JSON patch names its place in `path` and has what it puts there in `value`.
            let is_patch = matches!(path.steps, [_, Step::Index(_), Step::Key("value"), ..]);
            return is_data || is_patch;
        }
        // The members of an object lie at the places one step after its own.
        let mut places = path.places().zip(path.steps);
        places
            .any(|(place, step)| matches!(step, Step::Key(key) if DATA.contains(key)) && self.secrets.contains(&place))
    }

    fn is_variable(&self, path: &Path<'_, '_>) -> bool {
        let Some(name) = path.key_from_end(0) else { return false };
        if matches!(name, "value" | "Value") && self.variables.contains(&path.holder()) {
            return true;
        }
        path.key_from_end(1).is_some_and(is_variables) && is_telling(name)
    }
}

fn is_variables(name: &str) -> bool {
    VARIABLES.contains(&name)
}

fn is_telling(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    TELLING.iter().any(|part| name.contains(part))
}

fn is_left_out(value: &str) -> bool {
    LEFT_OUT.contains(&value) || value.bytes().all(|byte| byte == b'*')
}

/// A name in small letters and without what separates its words.
fn small(name: &str) -> Cow<'_, str> {
    if name.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return Cow::Borrowed(name);
    }
    let letters = name.chars().filter(|character| character.is_alphanumeric());
    Cow::Owned(letters.map(|character| character.to_ascii_lowercase()).collect())
}

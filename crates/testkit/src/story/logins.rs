//! The lines of aws-iam-authenticator: one login for each identity that the audit log of `demo` shows, and those that
//! failed.
//!
//! Their form is that of `pkg/server/server.go` of aws-iam-authenticator: logrus text, fields in the order of the
//! alphabet, quoted where they need it. `client` is the API server's own loopback port; it and the second are all that
//! joins `STS response` to the line after it.

use super::Event;
use super::cast::{ACCOUNT, BACKUP, OPS_BY_KIM, PAYMENTS_OUTSIDE};
use super::json::Json;
use super::kubernetes::{AuditEvent, Cluster, Server};
use super::lines::{LogLine, Writer};
use super::moment::{Moment, ids, today};
use super::oncall::OPS_USER;

/// The API server remembers an answer of the webhook for so long.
const REMEMBERED_MILLIS: i64 = 600_000;

/// Who logs in: the identity as STS tells it, and as the cluster names it.
struct Login {
    username: String,
    groups: Vec<String>,
    session_arn: String,
    /// The role or user the mapping is about.
    mapped_arn: String,
    principal_id: String,
    session_name: String,
    access_key_id: String,
}

/// The logins that the requests of `events` stand on.
pub(crate) fn logins(events: &[Event]) -> Vec<Event> {
    let mut requests: Vec<&AuditEvent> = events
        .iter()
        .filter_map(|event| match event {
            Event::Kubernetes(audit) if audit.cluster == Cluster::Demo => Some(audit.as_ref()),
            _ => None,
        })
        .collect();
    requests.sort_by_key(|audit| audit.received);
    let mut known: Vec<(String, Server, Moment)> = Vec::new();
    let mut lines = Vec::new();
    for request in requests {
        let Some(login) = login(request.user()) else { continue };
        let server = request.server();
        let who = format!("{} {}", login.access_key_id, login.username);
        let is_known = known.iter().any(|(name, of, since)| {
            *name == who && *of == server && request.received < since.plus_millis(REMEMBERED_MILLIS)
        });
        if is_known {
            continue;
        }
        known.push((who, server, request.received));
        let asked = request.received.plus_millis(-90 - ids::number(&request.audit_id(), 60));
        lines.extend(granted(&login, server, asked));
    }
    lines.into_iter().chain(refusals()).map(Event::from).collect()
}

fn login(user: &Json) -> Option<Login> {
    let username = user.field("username")?.text()?.to_owned();
    let groups = match user.field("groups") {
        Some(Json::List(groups)) => groups.iter().filter_map(Json::text).map(str::to_owned).collect(),
        _ => Vec::new(),
    };
    let groups: Vec<String> = groups;
    let groups = groups.into_iter().filter(|group| group != "system:authenticated").collect();
    if let Some(extra) = user.field("extra").filter(|extra| extra.field("accessKeyId").is_some()) {
        let text = |key: &str| extra.field(key).and_then(Json::text).unwrap_or_default().to_owned();
        return Some(Login {
            username,
            groups,
            session_arn: text("arn"),
            mapped_arn: text("canonicalArn"),
            principal_id: text("principalId"),
            session_name: text("sessionName"),
            access_key_id: text("accessKeyId"),
        });
    }
    // Which of the two on call it is stands nowhere: the authenticator beside the second API server logs no keys.
    match username.as_str() {
        OPS_USER => Some(Login {
            username,
            groups,
            session_arn: OPS_BY_KIM.arn(),
            mapped_arn: OPS_BY_KIM.canonical_arn(),
            principal_id: OPS_BY_KIM.role_id().to_owned(),
            session_name: OPS_BY_KIM.name.to_owned(),
            access_key_id: OPS_BY_KIM.access_key_id.to_owned(),
        }),
        name if name == BACKUP.name => Some(Login {
            username,
            groups,
            session_arn: BACKUP.arn(),
            mapped_arn: BACKUP.arn(),
            principal_id: BACKUP.id.to_owned(),
            session_name: String::new(),
            access_key_id: BACKUP.session_key_id.to_owned(),
        }),
        _ => None,
    }
}

fn granted(login: &Login, server: Server, asked: Moment) -> [LogLine; 2] {
    let client = client(&format!("{}/{}", login.session_arn, asked.micros()));
    let groups = format!("[{}]", login.groups.join(" "));
    let uid = format!("aws-iam-authenticator:{ACCOUNT}:{}", login.principal_id);
    [
        sts_response(login, server, asked, &client),
        line(
            asked.plus_millis(38),
            server,
            "info",
            "access granted",
            &[
                ("arn", &login.mapped_arn),
                ("client", &client),
                ("groups", &groups),
                ("method", "POST"),
                ("path", "/authenticate"),
                ("stsendpoint", STS),
                ("uid", &uid),
                ("username", &login.username),
            ],
        ),
    ]
}

fn sts_response(login: &Login, server: Server, asked: Moment, client: &str) -> LogLine {
    let mut fields: Vec<(&str, &str)> = vec![
        ("accesskeyid", &login.access_key_id),
        ("accountid", ACCOUNT),
        ("arn", &login.session_arn),
        ("client", client),
        ("method", "POST"),
        ("path", "/authenticate"),
        ("session", &login.session_name),
        ("stsendpoint", STS),
        ("userid", &login.principal_id),
    ];
    if server == Server::Second {
        fields.remove(0);
    }
    line(asked, server, "info", "STS response", &fields)
}

/// A token too old, a role without a name in the cluster, and a scanner that made its token up.
fn refusals() -> Vec<LogLine> {
    let server = Server::First;
    let client_of = |clock: &str| client(&format!("refused/{clock}"));
    let denied = |clock: &str, fields: &[(&str, &str)]| {
        let client = client_of(clock);
        let mut all = vec![("client", client.as_str()), ("method", "POST"), ("path", "/authenticate")];
        all.extend_from_slice(fields);
        all.sort_unstable();
        line(today(clock), server, "warning", "access denied", &all)
    };
    let outside = PAYMENTS_OUTSIDE;
    let unmapped = Login {
        username: String::new(),
        groups: Vec::new(),
        session_arn: outside.arn(),
        mapped_arn: outside.canonical_arn(),
        principal_id: outside.role_id().to_owned(),
        session_name: outside.name.to_owned(),
        access_key_id: outside.access_key_id.to_owned(),
    };
    let not_mapped = format!("ARN is not mapped: {}", unmapped.mapped_arn);
    vec![
        denied(
            "14:05:48.210",
            &[(
                "error",
                "input token was not properly formatted: X-Amz-Date parameter is expired (15 minute expiration) \
             2024-05-14 13:41:31 +0000 UTC",
            )],
        ),
        denied(
            "14:07:13.702",
            &[
                (
                    "error",
                    "sts getCallerIdentity failed: error from AWS (expected 200, got 403). Body: \
                 {\"Error\":{\"Code\":\"InvalidClientTokenId\",\"Message\":\"The security token included in the request is \
                 invalid.\",\"Type\":\"Sender\"},\"RequestId\":\"5f0c1d2e-3a4b-4c5d-8e6f-708192a3b4c5\"}",
                ),
                ("stsendpoint", STS),
            ],
        ),
        sts_response(&unmapped, server, today("14:21:40.520"), &client_of("14:21:40.561")),
        denied("14:21:40.561", &[("arn", &unmapped.mapped_arn), ("error", &not_mapped), ("stsendpoint", STS)]),
    ]
}

const STS: &str = "sts.us-east-1.amazonaws.com";

fn client(label: &str) -> String {
    format!("127.0.0.1:{}", 34_000 + ids::number(label, 26_000))
}

fn line(at: Moment, server: Server, level: &str, message: &str, fields: &[(&str, &str)]) -> LogLine {
    let mut text = format!("time=\"{}\" level={level} msg=\"{message}\"", at.seconds());
    for (key, value) in fields {
        text.push_str(&format!(" {key}={}", quoted(value)));
    }
    LogLine { at, writer: Writer::Authenticator(server), text }
}

/// logrus leaves a value bare that is made of letters, digits and a few signs; an empty one too.
fn quoted(value: &str) -> String {
    let is_bare = |byte: u8| byte.is_ascii_alphanumeric() || b"-._/@^+".contains(&byte);
    if value.bytes().all(is_bare) {
        return value.to_owned();
    }
    format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
}

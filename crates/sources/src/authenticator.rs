//! Lines of aws-iam-authenticator, the webhook that tells the API server which Kubernetes user an AWS identity is.
//!
//! The program writes logrus's text format, and its fields have drifted: no endpoint, then `sts`, then `stsendpoint`;
//! a `uid` that begins with `heptio-authenticator-aws:`, then with `aws-iam-authenticator:`; an access key in newer
//! versions only. What a key means follows `pkg/server/server.go` upstream. Whatever else stands in its log stream
//! (lines of klog by the libraries it uses, panics) is a row too, with its text as the message.

use std::borrow::Cow;

use crate::column::{CLUSTER, CLUSTER_ASSUMED, Column, LOG_ACCOUNT_ID, LOG_GROUP, LOG_STREAM, LOG_TIME, Table};
use crate::extract::{Slot, Slots, unquote};
use crate::fields::{self, Fields, quote, slot};
use crate::logfmt::Pairs;
use crate::source::{Claim, Form, RecordContext, Source};
use crate::{cri, klog, time, truncated};

pub static TABLE: Table = Table {
    name: "authenticator",
    about: "logins of AWS identities to the Kubernetes API, and what else aws-iam-authenticator logged",
    upstream: "https://github.com/kubernetes-sigs/aws-iam-authenticator",
    identity: &[],
    apart: &[],
    by_cluster: true,
    columns: &[
        Column::time(
            "event_time",
            &["time"],
            "when the line was written, to the second; if unknown, when CloudWatch got it",
        ),
        CLUSTER,
        CLUSTER_ASSUMED,
        Column::text(
            "level",
            &["level"],
            "info, warning, error, fatal, …; of a line of klog its severity in the same words",
        ),
        Column::text(
            "message",
            &["msg"],
            "`access granted`, `access denied`, `STS response`, …; the whole text of a line that has no fields",
        ),
        Column::text(
            "arn",
            &["arn"],
            "IAM ARN: of `STS response` the session's (assumed-role), of `access granted` and `access denied` that of the role or user behind it",
        ),
        Column::text("username", &["username"], "Kubernetes user name the identity was given"),
        Column::text("uid", &["uid"], "Kubernetes uid the identity was given: program, account and principal id"),
        Column::text("user_principal_id", &["userid"], "IAM principal id (`AROA…`, `AIDA…`), from `userid` or `uid`")
            .lookup(),
        Column::text("account_id", &["accountid"], "account of the identity, from `accountid`, `uid` or the ARN"),
        Column::text(
            "access_key_id",
            &["accesskeyid"],
            "AWS access key of the login, in `STS response` of newer versions; joins `cloudtrail.access_key_id`",
        )
        .lookup(),
        Column::text("session_name", &["session"], "IAM role session name; null where the line leaves it empty"),
        Column::json(
            "groups",
            &["groups"],
            "Kubernetes groups the identity was given; the log parts them by blanks, so one that holds a blank is parted too",
        ),
        Column::text("error", &["error"], "why access was denied or something failed"),
        Column::text("method", &["method"], "HTTP method of the API server's request to the webhook"),
        Column::text("path", &["path"], "path of the API server's request to the webhook"),
        Column::text(
            "client",
            &["client"],
            "address of the API server as the webhook sees it: always loopback, never the caller's",
        ),
        Column::text("sts_endpoint", &["stsendpoint"], "the STS endpoint that was asked; `sts` in older versions"),
        Column::json("fields", &[], "everything else the line says"),
        Column::bool("truncated", &[], "true where CloudWatch cut the line at its size limit"),
        LOG_GROUP,
        LOG_STREAM,
        LOG_TIME,
        LOG_ACCOUNT_ID,
    ],
};

/// The aws-iam-authenticator source.
pub struct Authenticator;

impl Source for Authenticator {
    fn table(&self) -> &'static Table {
        &TABLE
    }

    fn form(&self) -> Form {
        Form::Text
    }

    fn claims(&self, slots: &Slots<'_>) -> Claim {
        if is_login(slots.record().as_bytes()) { Claim::Yes } else { Claim::No }
    }

    fn complete<'a>(&self, slots: &mut Slots<'a>, context: &RecordContext<'a>) -> Result<(), String> {
        cri::fill(slots, context, fill);
        Ok(())
    }
}

/// Whether a line has the shape of logrus's text format. Many programs write it, so the shape alone proves nothing.
pub fn is_logrus(line: &[u8]) -> bool {
    let has = |needle: &[u8]| memchr::memmem::find(line, needle).is_some();
    let begins = (line.starts_with(b"time=") && has(b" level=")) || line.starts_with(b"level=");
    begins && has(b" msg=")
}

/// Whether a line speaks of a login in the words of aws-iam-authenticator alone.
pub fn is_login(line: &[u8]) -> bool {
    let has = |needle: &[u8]| memchr::memmem::find(line, needle).is_some();
    is_logrus(line) && (has(b" path=/authenticate") || LOGINS.iter().any(|login| has(login)))
}

const LOGINS: [&[u8]; 3] = [b" msg=\"access granted\"", b" msg=\"access denied\"", b" msg=\"STS response\""];

fn fill<'t>(slots: &mut Slots<'t>, context: &RecordContext<'t>) {
    let text = slots.record();
    read(slots, text);
    if !slots.is_present("message") {
        slots.set("message", slot(Cow::Borrowed(text)));
    }
    let uid = slots.text("uid");
    let parts = uid.as_deref().and_then(parts_of_uid).map(|(account, id)| (account.to_owned(), id.to_owned()));
    let (account, principal) = parts.unzip();
    let of_arn = || slots.text("arn").as_deref().and_then(account_of_arn).map(str::to_owned);
    if !slots.is_present("account_id")
        && let Some(account) = account.or_else(of_arn)
    {
        slots.set("account_id", Slot::Owned(account));
    }
    if !slots.is_present("user_principal_id")
        && let Some(principal) = principal
    {
        slots.set("user_principal_id", Slot::Owned(principal));
    }
    if slots.time("event_time").is_none() {
        slots.set_time("event_time", context.log_time_micros);
    }
    slots.set_cluster(context);
    slots.set("truncated", Slot::Bool(truncated::is_cut(text)));
    if let Some(header) = klog::header(text) {
        slots.set_time("event_time", klog::time_of(&header, context).or(context.log_time_micros));
    }
}

/// Reads a line of whichever syntax it has.
fn read<'t>(slots: &mut Slots<'t>, text: &'t str) {
    let mut fields = Fields::default();
    if let Some(members) = text.starts_with('{').then(|| fields::members(text)).flatten() {
        for (key, json) in members {
            match (json.as_bytes().first(), key.as_ref()) {
                (Some(b'"'), key) => take(slots, &mut fields, key, unquote(json)),
                (_, "groups") => slots.set("groups", Slot::Json(json)),
                (_, key) => fields.push_json(key, json),
            }
        }
    } else if let Some(header) = klog::header(text) {
        let body = klog::body(header.body);
        slots.set("level", Slot::Text(header.severity));
        slots.set("message", slot(body.message));
        for (key, value) in body.pairs {
            match value {
                Some(error) if key == "err" => slots.set("error", slot(error)),
                value => fields.push(key, value.as_deref()),
            }
        }
    } else if is_logrus(text.as_bytes()) {
        let mut pairs = Pairs::of(text);
        for pair in pairs.by_ref() {
            match pair.value {
                Some(value) => take(slots, &mut fields, pair.key, value),
                None => fields.push(pair.key, None),
            }
        }
        let lines = pairs.rest();
        if !lines.is_empty() {
            let message = slots.text("message").unwrap_or_default();
            slots.set("message", Slot::Owned(format!("{message}\n{lines}")));
        }
    }
    if let Some(fields) = fields.finish() {
        slots.set("fields", Slot::Owned(fields));
    }
}

/// Puts a value into its column, or with the rest where it has none.
fn take<'t>(slots: &mut Slots<'t>, fields: &mut Fields, key: &str, value: Cow<'t, str>) {
    let column = match key {
        "msg" => "message",
        "arn" => "arn",
        "username" => "username",
        "uid" => "uid",
        "error" => "error",
        "method" => "method",
        "path" => "path",
        "client" => "client",
        "accountid" => "account_id",
        "accesskeyid" => "access_key_id",
        "session" => "session_name",
        "sts" | "stsendpoint" => "sts_endpoint",
        "userid" => {
            // Of a session it could be `AROA…:name`; the id is what stands before.
            let id = value.split(':').next().unwrap_or("");
            return slots.set("user_principal_id", slot(Cow::Owned(id.to_owned())));
        }
        "level" => return slots.set("level", level(value)),
        "groups" => return slots.set("groups", Slot::Owned(groups(&value))),
        "time" => match time::from_text(&value) {
            Some(micros) => return slots.set_time("event_time", Some(micros)),
            None => return fields.push(key, Some(&value)),
        },
        _ => return fields.push(key, Some(&value)),
    };
    slots.set(column, slot(value));
}

/// logrus's words for its levels, in lower case; `warn` is `warning` in its text format.
fn level(value: Cow<'_, str>) -> Slot<'_> {
    match value.to_ascii_lowercase().as_str() {
        "warn" => Slot::Text("warning"),
        lower if lower == value => slot(value),
        lower => Slot::Owned(lower.to_owned()),
    }
}

/// A slice as Go prints it, `[a b]`, as a JSON array; any other text as a JSON string.
fn groups(value: &str) -> String {
    let Some(inner) = value.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) else { return quote(value) };
    let names: Vec<String> = inner.split(' ').filter(|name| !name.is_empty()).map(quote).collect();
    format!("[{}]", names.join(","))
}

/// Account and principal id of `aws-iam-authenticator:ACCOUNT:PRINCIPAL`.
fn parts_of_uid(uid: &str) -> Option<(&str, &str)> {
    let rest = UID_PREFIXES.iter().find_map(|prefix| uid.strip_prefix(prefix))?;
    rest.split_once(':').filter(|(account, id)| !account.is_empty() && !id.is_empty())
}

const UID_PREFIXES: [&str; 2] = ["aws-iam-authenticator:", "heptio-authenticator-aws:"];

/// The fifth part of `arn:aws:iam::ACCOUNT:role/name`.
fn account_of_arn(arn: &str) -> Option<&str> {
    arn.strip_prefix("arn:")?.split(':').nth(3).filter(|account| !account.is_empty())
}

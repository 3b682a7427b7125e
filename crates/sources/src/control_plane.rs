//! Lines of the Kubernetes control plane: kube-apiserver, kube-controller-manager, kube-scheduler and
//! cloud-controller-manager.
//!
//! They write klog's text format, or with `--logging-format=json` one JSON object a line; the members of the latter
//! follow `k8s.io/component-base/logs/json`. Lines of neither kind (stack traces, `Trace[…]` lines, which CloudWatch
//! holds as events of their own) are rows with their text as the message. Audit events share a log stream's beginning
//! with kube-apiserver, but not this source.

use std::borrow::Cow;

use crate::column::{CLUSTER, CLUSTER_ASSUMED, Column, LOG_ACCOUNT_ID, LOG_GROUP, LOG_STREAM, LOG_TIME, Table};
use crate::extract::{Slot, Slots, unquote};
use crate::fields::{self, Fields, slot};
use crate::source::{Claim, Form, RecordContext, Source};
use crate::{cri, klog, time, truncated};

pub static TABLE: Table = Table {
    name: "control_plane",
    about: "lines of the API server, the controller managers and the scheduler",
    upstream: "https://kubernetes.io/docs/concepts/cluster-administration/system-logs/",
    identity: &[],
    apart: &[],
    by_cluster: true,
    columns: &[
        Column::time(
            "event_time",
            &[],
            "when the line was written: its day and time with the year nearest to what is known of it; if unknown, when CloudWatch got it",
        ),
        CLUSTER,
        CLUSTER_ASSUMED,
        Column::text(
            "component",
            &[],
            "kube-apiserver, kube-controller-manager, kube-scheduler or cloud-controller-manager, where the log stream or the key says so",
        ),
        Column::text("severity", &[], "info, warning, error or fatal; null for a line without a header"),
        Column::int("thread_id", &[], "thread or process that wrote the line, as klog says; often just 1"),
        Column::text("source_file", &[], "source file of the program that wrote the line"),
        Column::int("source_line", &[], "line in that file"),
        Column::text(
            "message",
            &["msg"],
            "the message, with lines that belong to it; the whole text of a line without a header",
        ),
        Column::text("error", &["err"], "the error given with the message"),
        Column::json("fields", &[], "the other values given with the message"),
        Column::bool("truncated", &[], "true where CloudWatch cut the line at its size limit"),
        LOG_GROUP,
        LOG_STREAM,
        LOG_TIME,
        LOG_ACCOUNT_ID,
    ],
};

/// The source of the control plane's own logs.
pub struct ControlPlane;

impl Source for ControlPlane {
    fn table(&self) -> &'static Table {
        &TABLE
    }

    fn form(&self) -> Form {
        Form::Text
    }

    fn claims(&self, slots: &Slots<'_>) -> Claim {
        if klog::begins(slots.record().as_bytes()) { Claim::Yes } else { Claim::No }
    }

    fn complete<'a>(&self, slots: &mut Slots<'a>, context: &RecordContext<'a>) -> Result<(), String> {
        cri::fill(slots, context, fill);
        Ok(())
    }
}

/// Whether a line begins like the objects of `--logging-format=json`: with milliseconds since 1970 and no level, as
/// other programs that log through zap do not.
pub fn is_json_log(line: &[u8]) -> bool {
    let millis = line.strip_prefix(b"{\"ts\":").and_then(|rest| rest.get(..13));
    let counted = millis.is_some_and(|digits| digits.iter().all(u8::is_ascii_digit));
    counted && memchr::memmem::find(line, b",\"msg\":").is_some()
}

fn fill<'t>(slots: &mut Slots<'t>, context: &RecordContext<'t>) {
    let text = slots.record();
    if let Some(header) = klog::header(text) {
        read_klog(slots, &header, context);
    } else if let Some((members, lines)) = json_log(text) {
        read_json(slots, members, lines);
    } else {
        slots.set_time("event_time", klog::file_time(text));
    }
    if !slots.is_present("message") {
        slots.set("message", slot(Cow::Borrowed(text)));
    }
    if slots.time("event_time").is_none() {
        slots.set_time("event_time", context.log_time_micros);
    }
    slots.set_cluster(context);
    slots.set("truncated", Slot::Bool(truncated::is_cut(text)));
    if let Some(component) = component(context) {
        slots.set("component", Slot::Text(component));
    }
}

fn read_klog<'t>(slots: &mut Slots<'t>, header: &klog::Header<'t>, context: &RecordContext<'_>) {
    slots.set_time("event_time", klog::time_of(header, context));
    slots.set("severity", Slot::Text(header.severity));
    slots.set("thread_id", Slot::Text(header.thread_id));
    slots.set("source_file", Slot::Text(header.file));
    slots.set("source_line", Slot::Text(header.line));
    let body = klog::body(header.body);
    slots.set("message", slot(body.message));
    let mut fields = Fields::default();
    for (key, value) in body.pairs {
        match value {
            Some(error) if key == "err" => slots.set("error", slot(error)),
            value => fields.push(key, value.as_deref()),
        }
    }
    if let Some(fields) = fields.finish() {
        slots.set("fields", Slot::Owned(fields));
    }
}

/// The members of a line of JSON, and the lines after it.
type JsonLog<'t> = (Vec<(Cow<'t, str>, &'t str)>, &'t str);

fn json_log(text: &str) -> Option<JsonLog<'_>> {
    let (line, lines) = text.split_once('\n').unwrap_or((text, ""));
    line.starts_with('{').then(|| fields::members(line))?.map(|members| (members, lines))
}

/// `{"ts":1715695331123.4567,"caller":"app/server.go:12","msg":"…","v":0}`; an error has no `v`, and `err` if one was
/// given.
fn read_json<'t>(slots: &mut Slots<'t>, members: Vec<(Cow<'t, str>, &'t str)>, lines: &str) {
    let has = |name: &str| members.iter().any(|(key, _)| key == name);
    if has("msg") && has("v") {
        slots.set("severity", Slot::Text("info"));
    } else if has("msg") && has("err") {
        slots.set("severity", Slot::Text("error"));
    }
    let mut fields = Fields::default();
    for (key, json) in members {
        match key.as_ref() {
            "msg" => slots.set("message", slot(unquote(json))),
            "err" => slots.set("error", slot(unquote(json))),
            "ts" if time::from_json(json).is_some() => slots.set_time("event_time", time::from_json(json)),
            "caller" => match unquote(json) {
                Cow::Borrowed(place) if place.contains(':') => {
                    let (file, line) = place.rsplit_once(':').unwrap_or((place, ""));
                    slots.set("source_file", slot(Cow::Borrowed(file)));
                    slots.set("source_line", slot(Cow::Borrowed(line)));
                }
                place => slots.set("source_file", slot(place)),
            },
            key => fields.push_json(key, json),
        }
    }
    if !lines.is_empty() {
        let message = slots.text("message").unwrap_or_default();
        slots.set("message", Slot::Owned(format!("{message}\n{lines}")));
    }
    if let Some(fields) = fields.finish() {
        slots.set("fields", Slot::Owned(fields));
    }
}

const COMPONENTS: [&str; 4] =
    ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "cloud-controller-manager"];

/// The component whose log this is, by the name of its stream, else of a folder or file in the key.
fn component(context: &RecordContext<'_>) -> Option<&'static str> {
    let named = |name: &str| {
        let of = |component: &&&str| {
            name.strip_prefix(**component).is_some_and(|rest| rest.is_empty() || rest.starts_with(['-', '.']))
        };
        COMPONENTS.iter().find(of).copied()
    };
    let stream = context.stream.map(|stream| stream.log_stream.as_str()).filter(|name| !name.is_empty());
    match stream {
        Some(stream) => named(stream),
        None => context.key.rsplit('/').find_map(named),
    }
}

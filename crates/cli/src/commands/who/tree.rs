//! An identity as a tree for people: from its origin, with the event behind each step, and down to what came of it.
//!
//! Invariant: nothing of a log reaches the terminal before `sanitise` has seen it.

use eksamine_query::identity::who::{Deed, Found, Portrait};
use serde_json::Value;

use crate::numbers::counted;
use crate::terminal::sanitise;

/// Lines of one part, at most. What is left out is counted.
const MOST_LINES: usize = 20;

/// One identity with everything around it.
pub fn whole(found: &Found, portrait: &Portrait, down: &[Portrait], chances: &[Portrait], deeds: &[Deed]) -> String {
    let mut page = Page::default();
    page.line(0, &heading(found, portrait));
    page.line(2, &format!("{} ({}), {}", portrait.actor, kind(&portrait.actor_kind), confidence(portrait)));
    page.line(2, &seen(portrait));
    if !portrait.chain.is_empty() {
        page.part("from");
        page.chain(&portrait.chain, 2);
    }
    if !portrait.candidates.is_empty() {
        page.part("one of these");
        for candidate in page.cut(&portrait.candidates) {
            page.line(
                2,
                &format!(
                    "{} ({}): {}",
                    text(candidate, "actor"),
                    kind(text(candidate, "actor_kind")),
                    text(candidate, "evidence")
                ),
            );
            if let Some(chain) = candidate.get("chain").and_then(Value::as_array) {
                page.chain(chain, 4);
            }
        }
    }
    let (configured, possible): (Vec<Value>, Vec<Value>) =
        portrait.related.iter().cloned().partition(|step| text(step, "confidence") == "configured");
    for (title, steps) in [
        ("allowed by configuration, which proves no use", configured),
        ("had an opportunity, which proves nothing", possible),
    ] {
        if !steps.is_empty() {
            page.part(title);
            for step in page.cut(&steps) {
                page.step(step, 2);
            }
        }
    }
    if !down.is_empty() {
        page.part("gave");
        page.children(portrait, down, 2, 0);
    }
    if !chances.is_empty() {
        page.part("had an opportunity to come by");
        for other in page.cut(chances) {
            page.line(2, &short(other));
        }
    }
    if !deeds.is_empty() {
        page.part("done with it");
        for deed in page.cut(deeds) {
            let outcome = if deed.outcome == "done" { String::new() } else { format!(", {}", deed.outcome) };
            page.line(2, &format!("{:>7}  {}{outcome}", deed.events, deed.action));
        }
    }
    page.text
}

/// Several identities, a few lines each.
pub fn several(found: &Found, portraits: &[Portrait]) -> String {
    let mut page = Page::default();
    page.line(0, &format!("{}: {} identities", found.what, portraits.len()));
    let shown = page.cut(portraits);
    for portrait in shown {
        page.line(0, "");
        page.line(2, &named(portrait));
        page.line(4, &format!("{} ({}), {}", portrait.actor, kind(&portrait.actor_kind), confidence(portrait)));
        if let Some(via) = &portrait.via {
            page.line(4, via);
        }
        page.line(4, &seen(portrait));
    }
    page.leave_out();
    page.line(0, "");
    page.line(0, "`eksamine who` with one of their names or keys shows more; `--format` gives the rows");
    page.text
}

/// Events that tell nothing of who made them.
pub fn nobody(found: &Found) -> String {
    format!("{}: the event names nobody\n", sanitise(&found.what))
}

fn heading(found: &Found, portrait: &Portrait) -> String {
    let name = named(portrait);
    if found.what.contains(&portrait.credential) { name } else { format!("{}: {name}", found.what) }
}

/// The credential as people call it.
fn named(portrait: &Portrait) -> String {
    let acting = portrait.arn.as_ref().filter(|arn| **arn != portrait.credential);
    let acting = acting.map(|arn| format!(", acting as {arn}")).unwrap_or_default();
    match &portrait.cluster {
        Some(cluster) => format!("Kubernetes user {} of {cluster}{acting}", portrait.credential),
        None => format!("{}{acting}", portrait.credential),
    }
}

fn short(portrait: &Portrait) -> String {
    let events = counted(u64::try_from(portrait.events).unwrap_or(0), "event");
    format!("{}, {events}", named(portrait))
}

fn kind(kind: &str) -> String {
    match kind {
        "iam_user" => "IAM user".to_owned(),
        "aws_service" => "AWS service".to_owned(),
        "kubernetes_component" => "Kubernetes component".to_owned(),
        "role" => "role; who took it is not in the logs".to_owned(),
        other => other.replace('_', " "),
    }
}

fn confidence(portrait: &Portrait) -> &str {
    match portrait.confidence.as_str() {
        "ambiguous" => "ambiguous: several origins fit",
        "unresolved" => "unresolved: the logs do not show more",
        other => other,
    }
}

fn seen(portrait: &Portrait) -> String {
    let events = counted(u64::try_from(portrait.events).unwrap_or(0), "event");
    let instant = |micros: Option<i64>| {
        let time = micros.and_then(|micros| jiff::Timestamp::from_microsecond(micros).ok());
        time.map(|time| time.to_string()).unwrap_or_default()
    };
    match (portrait.first_seen, portrait.last_seen) {
        (None, _) | (_, None) => events,
        (first, last) if first == last => format!("{events}, {}", instant(first)),
        (first, last) => format!("{events}, {} to {}", instant(first), instant(last)),
    }
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

#[derive(Default)]
struct Page {
    text: String,
    left_out: usize,
}

impl Page {
    fn line(&mut self, indent: usize, line: &str) {
        if !line.is_empty() {
            self.text.extend(std::iter::repeat_n(' ', indent));
            self.text += &sanitise(line);
        }
        self.text.push('\n');
    }

    fn part(&mut self, name: &str) {
        self.leave_out();
        self.text.push('\n');
        self.line(0, name);
    }

    /// The first of many; what is left out is told at the end of the part.
    fn cut<'a, T>(&mut self, all: &'a [T]) -> &'a [T] {
        self.left_out = all.len().saturating_sub(MOST_LINES);
        all.get(..MOST_LINES).unwrap_or(all)
    }

    fn leave_out(&mut self) {
        if self.left_out > 0 {
            let line = format!("and {} more", self.left_out);
            self.line(2, &line);
            self.left_out = 0;
        }
    }

    /// A chain from its origin, each step under the one before.
    fn chain(&mut self, chain: &[Value], indent: usize) {
        if let Some(first) = chain.first() {
            self.line(indent, text(first, "from"));
        }
        for (depth, step) in chain.iter().enumerate() {
            let indent = indent + 3 * depth;
            self.line(indent, &format!("└─ {}  by {}{}", text(step, "to"), text(step, "step"), doubt(step)));
            for line in proof(step) {
                self.line(indent + 3, &format!("   {line}"));
            }
        }
    }

    /// A step by itself.
    fn step(&mut self, step: &Value, indent: usize) {
        self.line(indent, &format!("{}  {}  {}", text(step, "from"), text(step, "step"), text(step, "to")));
        for line in proof(step) {
            self.line(indent + 3, &line);
        }
    }

    /// What came of an identity, each under what it came from.
    fn children(&mut self, parent: &Portrait, all: &[Portrait], indent: usize, depth: usize) {
        let own = |child: &&Portrait| {
            let last = child.chain.last();
            last.is_some_and(|step| text(step, "from_identity") == parent.identity)
        };
        let children: Vec<&Portrait> = all.iter().filter(own).collect();
        for child in children.iter().take(MOST_LINES) {
            let by = child.chain.last().map(|step| text(step, "step")).unwrap_or_default();
            self.line(indent, &format!("└─ {}  by {by}", short(child)));
            if depth < MOST_LINES {
                self.children(child, all, indent + 3, depth + 1);
            }
        }
        if children.len() > MOST_LINES {
            self.line(indent, &format!("and {} more", children.len() - MOST_LINES));
        }
    }
}

fn doubt(step: &Value) -> String {
    match text(step, "confidence") {
        "certain" | "possible" | "" => String::new(),
        other => format!(" ({other})"),
    }
}

/// The event behind a step, and what is to be said of it.
fn proof(step: &Value) -> Vec<String> {
    let mut lines = Vec::new();
    let mut event: Vec<String> = Vec::new();
    if let Some(time) = step.get("time").and_then(Value::as_str) {
        event.push(time.to_owned());
    }
    match step.get("event_id").and_then(Value::as_str) {
        Some(id) => event.push(format!("event {id}")),
        None if text(step, "plane") == "authenticator" => event.push("authenticator".to_owned()),
        None => {}
    }
    if let Some(cluster) = step.get("cluster").and_then(Value::as_str) {
        event.push(format!("cluster {cluster}"));
    }
    if !event.is_empty() {
        lines.push(event.join(", "));
    }
    if let (Some(uri), Some(record)) =
        (step.get("source_uri").and_then(Value::as_str), step.get("source_record").and_then(Value::as_i64))
    {
        lines.push(format!("{uri}, record {record}"));
    }
    if let Some(note) = step.get("note").and_then(Value::as_str) {
        lines.push(note.to_owned());
    }
    lines
}

//! JSON lines as Timesketch imports them, of the rows of a timeline.
//!
//! Every line has `message`, `datetime`, `timestamp` (microseconds), `timestamp_desc` and `data_type`, and the columns
//! that are not null as attributes of the same names, with severity and technique as tags too. Timesketch indexes texts
//! as keywords, which OpenSearch refuses beyond 32,766 bytes, so longer ones are cut and the cut is counted. An event
//! without a time can't be imported: it is left out and counted. See
//! <https://timesketch.org/guides/user/import-from-json-csv/>.
//! Not responsible for which rows there are.

use std::io;

use arrow::array::RecordBatch;
use arrow::datatypes::{Schema, SchemaRef};
use jiff::Timestamp;

use super::cell::{self, IsJson, Value};
use super::sink::Sink;
use super::{Options, Output, RowWriter, Summary, json_text};

/// Most bytes of a text. Lucene's limit for a term is 32,766.
const LONGEST_TEXT_BYTES: usize = 32_000;

/// What cut text ends in.
const CUT: &str = "…";

/// What the time of an event is, and what kind of event it is, by plane and by whether it has an id.
const KINDS: [(&str, bool, &str, &str); 6] = [
    ("aws", true, "Event Time", "aws:cloudtrail:entry"),
    ("kubernetes", true, "Request Received", "aws:eks:audit"),
    ("kubernetes", false, "Line Written", "aws:eks:control_plane"),
    ("authenticator", false, "Authentication", "aws:eks:authenticator"),
    ("network", false, "Flow Start", "aws:vpc:flow"),
    ("finding", true, "Finding Updated", "aws:guardduty:finding"),
];

/// Columns that stand in fields of their own.
const SET_APART: [&str; 2] = ["time", "last_time"];

struct TimesketchWriter {
    names: Vec<String>,
    json_marks: Vec<IsJson>,
    sink: Sink,
    rows: u64,
    timeless: u64,
    cut: u64,
}

/// Opens a writer. Fails with `InvalidInput` for rows that are no timeline.
pub fn open(schema: SchemaRef, output: Output, _: Options) -> io::Result<Box<dyn RowWriter>> {
    let needed = ["time", "plane", "summary"];
    if let Some(missing) = needed.iter().find(|name| schema.index_of(name).is_err()) {
        let message = format!("Timesketch takes timelines, and these rows have no column `{missing}`");
        return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
    }
    let writer = TimesketchWriter {
        names: names(&schema),
        json_marks: cell::json_marks(schema.fields()),
        sink: Sink::new(output),
        rows: 0,
        timeless: 0,
        cut: 0,
    };
    Ok(Box::new(writer))
}

/// Names of attributes. Timesketch has a meaning of its own for some.
fn names(schema: &Schema) -> Vec<String> {
    const TAKEN: [&str; 6] = ["message", "datetime", "timestamp", "timestamp_desc", "data_type", "tag"];
    let own = |name: String| if TAKEN.contains(&name.as_str()) { format!("event_{name}") } else { name };
    cell::unique_names(schema).into_iter().map(own).collect()
}

impl TimesketchWriter {
    fn write(&mut self, batch: &RecordBatch, row: usize) {
        let value = |name: &str| {
            let at = self.names.iter().position(|own| own == name)?;
            match cell::value(batch.column(at).as_ref(), row, self.json_marks[at]) {
                Value::Null => None,
                value => {
                    let mut text = String::new();
                    value.write_text(&mut text);
                    Some(text).filter(|text| !text.is_empty())
                }
            }
        };
        let Some(time) = value("time").and_then(|text| text.parse::<Timestamp>().ok()) else {
            self.timeless += 1;
            return;
        };
        let plane = value("plane").unwrap_or_default();
        let has_id = value("event_id").is_some();
        let kind = KINDS.iter().find(|(of, id, ..)| *of == plane && *id == has_id);
        let kind = kind.or_else(|| KINDS.iter().find(|(of, ..)| *of == plane));
        let (description, data_type) =
            kind.map_or(("Event Time", "aws:eks:event"), |(.., description, data_type)| (*description, *data_type));
        let mut message = value("actor").map_or_else(String::new, |actor| format!("{actor}: "));
        message += &value("summary").unwrap_or_default();
        if let Some(address) = value("address").filter(|_| plane != "network") {
            message += &format!(" from {address}");
        }
        let tags: Vec<String> = [("severity:", value("severity")), ("", value("technique"))]
            .into_iter()
            .filter_map(|(start, value)| value.map(|value| format!("{start}{value}")))
            .collect();
        let mut line = String::from("{\"message\":");
        let mut cut = 0;
        text(&message, &mut line, &mut cut);
        line += &format!(",\"datetime\":\"{}\"", time.strftime("%Y-%m-%dT%H:%M:%S%.6f+00:00"));
        line += &format!(",\"timestamp\":{}", time.as_microsecond());
        line += &format!(",\"timestamp_desc\":\"{description}\",\"data_type\":\"{data_type}\",\"tag\":[");
        for (index, tag) in tags.iter().enumerate() {
            line += if index > 0 { "," } else { "" };
            text(tag, &mut line, &mut cut);
        }
        line.push(']');
        for (at, name) in self.names.iter().enumerate().filter(|(_, name)| !SET_APART.contains(&name.as_str())) {
            let value = cell::value(batch.column(at).as_ref(), row, self.json_marks[at]);
            let mut own = String::new();
            match &value {
                Value::Null => continue,
                Value::Number(_) | Value::Boolean(_) => value.write_json(&mut own),
                // JSON stays text: an attribute that is here an object and there a list can't be indexed.
                _ => {
                    let mut plain = String::new();
                    value.write_text(&mut plain);
                    text(&plain, &mut own, &mut cut);
                }
            }
            line.push(',');
            json_text::write_string(name, &mut line);
            line.push(':');
            line += &own;
        }
        line += "}\n";
        self.cut += cut;
        self.rows += 1;
        self.sink.text += &line;
    }
}

/// Appends a text, cut where it is too long for a keyword.
fn text(text: &str, out: &mut String, cut: &mut u64) {
    if text.len() <= LONGEST_TEXT_BYTES {
        json_text::write_string(text, out);
        return;
    }
    let mut end = LONGEST_TEXT_BYTES;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    *cut += 1;
    json_text::write_string(&format!("{}{CUT}", &text[..end]), out);
}

impl RowWriter for TimesketchWriter {
    fn batch(&mut self, batch: &RecordBatch) -> io::Result<()> {
        for row in 0..batch.num_rows() {
            self.write(batch, row);
            self.sink.row_done()?;
        }
        self.sink.pass_on()
    }

    fn finish(&mut self) -> io::Result<Summary> {
        self.sink.finish()?;
        let mut notices = Vec::new();
        if self.timeless > 0 {
            notices
                .push(format!("{} events without a readable time are left out: Timesketch needs one", self.timeless));
        }
        if self.cut > 0 {
            notices.push(format!(
                "{} texts were cut to {LONGEST_TEXT_BYTES} bytes, which is what Timesketch can hold",
                self.cut
            ));
        }
        Ok(Summary { rows: self.rows, notices })
    }
}

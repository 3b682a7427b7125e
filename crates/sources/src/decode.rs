//! One object from bytes to rows and rejects: inflate, frame, recognise, type. The accounting begins here: every
//! record seen ends as a row or as a reject, and the outcome says how many of each.

use std::sync::Arc;

use crate::builder::{Provenance, TableBuilder};
use crate::cluster::{self, Cluster, ClusterMap};
use crate::envelope::{self, Frame, Piece, carrier};
use crate::extract::{PathTree, Slots};
use crate::gunzip::{self, Inflated, Limits};
use crate::reject::{Reason, Reject};
use crate::rows::{Carrier, Rows};
use crate::source::{Claim, Form, RecordContext, SOURCES, Source, Stream, has_log_streams, of_log_stream};
use crate::{extract::Slot, truncated};

/// One object to decode.
#[derive(Clone, Copy)]
pub struct Object<'a> {
    pub uri: &'a str,
    pub key: &'a str,
    /// Hex SHA-256 of `bytes`.
    pub sha256: &'a str,
    pub bytes: &'a [u8],
    pub clusters: &'a ClusterMap,
    pub limits: &'a Limits,
}

/// What became of an object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// The framing found; none if nobody knows it, and then nothing was read.
    pub envelope: Option<&'static str>,
    /// Records seen: rows and rejects.
    pub records: u64,
    /// Rows by table, in the order of [`SOURCES`].
    pub rows: [u64; SOURCES.len()],
    pub rejects: Vec<Reject>,
    /// Messages of the transport itself; no records.
    pub control: u64,
    pub members: u64,
    pub inflated_bytes: u64,
}

impl Outcome {
    pub fn total_rows(&self) -> u64 {
        self.rows.iter().sum()
    }
}

/// Decodes objects one after another into shared builders, so that small objects make no small batches.
pub struct Decoder {
    tables: Vec<TableState>,
}

struct TableState {
    source: &'static dyn Source,
    paths: PathTree,
    builder: TableBuilder,
}

impl Default for Decoder {
    fn default() -> Self {
        let state = |source: &&'static dyn Source| TableState {
            source: *source,
            paths: PathTree::of(source.table()),
            builder: TableBuilder::new(source.table()),
        };
        Self { tables: SOURCES.iter().map(state).collect() }
    }
}

/// Objects that S3 and CloudWatch put beside logs and that hold none.
const WRITE_TEST: &str = "aws-logs-write-test";

impl Decoder {
    /// Bytes of rows that wait in the builders.
    pub fn buffered_bytes(&self) -> usize {
        self.tables.iter().map(|state| state.builder.size_bytes()).sum()
    }

    /// Hands out the rows that wait.
    pub fn take(&mut self) -> Vec<Rows> {
        self.tables.iter_mut().filter(|state| state.builder.rows() > 0).map(|state| state.builder.take()).collect()
    }

    /// Takes back rows that were handed out and are needed no more, for their memory: to touch new memory costs more.
    pub fn reuse(&mut self, rows: Rows) {
        let table = rows.table().name;
        if let Some(state) = self.tables.iter_mut().find(|state| state.source.table().name == table) {
            state.builder.reuse(rows);
        }
    }

    /// Reads one object. `spill` is called after each record with the bytes that wait, so that even an object larger
    /// than memory allows can be handed on in parts.
    pub fn decode(&mut self, object: &Object<'_>, spill: &mut dyn FnMut(&mut Self)) -> Outcome {
        self.decode_inflated(object, gunzip::inflate(object.bytes, object.limits), spill)
    }

    /// The same of an object that was inflated before, with all its layers.
    pub fn decode_inflated(
        &mut self,
        object: &Object<'_>,
        inflated: Inflated<'_>,
        spill: &mut dyn FnMut(&mut Self),
    ) -> Outcome {
        let mut outcome = Outcome::default();
        if object.key.rsplit('/').next() == Some(WRITE_TEST) {
            outcome.envelope = Some("write_test");
            outcome.control = 1;
            return outcome;
        }
        outcome.members = inflated.members;
        outcome.inflated_bytes = inflated.bytes.len() as u64;

        let envelope = envelope::detect(&inflated.bytes);
        outcome.envelope = envelope.map(|envelope| envelope.name);
        if let Some(envelope) = envelope {
            let mut run = Run::new(self, object, outcome);
            (envelope.split)(&inflated.bytes, object.key, &mut |piece| {
                run.piece(piece);
                spill(run.decoder);
            });
            outcome = run.outcome;
        }
        for fault in inflated.faults {
            let record = outcome.records;
            outcome.records += 1;
            outcome.rejects.push(Reject {
                record,
                offset_bytes: fault.offset_bytes as u64,
                reason: fault.reason,
                detail: fault.detail,
                bytes: fault.bytes,
            });
        }
        outcome
    }
}

/// The state of one object's decoding.
struct Run<'d, 'o> {
    decoder: &'d mut Decoder,
    object: &'o Object<'o>,
    carrier: Arc<Carrier>,
    outcome: Outcome,
    /// The source of the record before: its neighbours are mostly of the same kind.
    likely: usize,
    /// The log group asked for last and its cluster.
    cluster: (Option<String>, Cluster),
}

impl<'d, 'o> Run<'d, 'o> {
    fn new(decoder: &'d mut Decoder, object: &'o Object<'o>, outcome: Outcome) -> Self {
        let cluster = cluster::resolve(None, object.clusters, object.key);
        let carrier = Arc::new(Carrier { uri: object.uri.to_owned(), sha256: object.sha256.to_owned() });
        Self { decoder, object, carrier, outcome, likely: 0, cluster: (None, cluster) }
    }

    fn piece(&mut self, piece: Piece<'_>) {
        match piece {
            Piece::Control => self.outcome.control += 1,
            Piece::Begin(begin) => begin.length.set(self.read_first(begin.text)),
            Piece::Reject { reason, offset_bytes, detail, bytes } => self.reject(reason, offset_bytes, detail, bytes),
            Piece::Record(frame) if frame.bytes.len() > self.object.limits.record_bytes => {
                let detail = format!("a record of {} bytes", frame.bytes.len());
                self.reject(Reason::TooLarge, frame.offset_bytes, detail, frame.bytes);
            }
            Piece::Record(frame) => match self.record(&frame) {
                Ok(table) => self.count_row(table),
                Err((reason, detail)) => self.reject(reason, frame.offset_bytes, detail, frame.bytes),
            },
        }
    }

    /// Reads the record that a text begins with if it is a usual one of the likely source, and returns its length. Of any
    /// other nothing is said here: it is framed, and then judged by all.
    fn read_first(&mut self, text: &str) -> Option<usize> {
        self.resolve_cluster(None);
        let state = self.decoder.tables.get_mut(self.likely).filter(|state| state.source.form() == Form::Json)?;
        let mut slots = Slots::read_first(&state.paths, text)?;
        let record = slots.record();
        if record.len() > self.object.limits.record_bytes || state.source.claims(&slots) == Claim::No {
            return None;
        }
        let context = RecordContext {
            cluster: &self.cluster.1,
            stream: None,
            log_time_micros: None,
            header: None,
            key: self.object.key,
        };
        state.source.complete(&mut slots, &context).ok()?;
        let provenance = Provenance { carrier: &self.carrier, record: self.outcome.records };
        state.builder.append(&slots, record, &provenance);
        let length = record.len();
        self.count_row(self.likely);
        Some(length)
    }

    /// Counts a record that became a row of a table, by the position of its source.
    fn count_row(&mut self, table: usize) {
        self.outcome.records += 1;
        if let Some(rows) = self.outcome.rows.get_mut(table) {
            *rows += 1;
        }
    }

    fn reject(&mut self, reason: Reason, offset_bytes: usize, detail: String, bytes: &[u8]) {
        if let Some(gathered) = self.outcome.rejects.get_mut(self.object.limits.rejects) {
            gathered.bytes.push(b'\n');
            gathered.bytes.extend_from_slice(bytes);
            return;
        }
        let (reason, detail) = if self.outcome.rejects.len() == self.object.limits.rejects {
            (Reason::TooLarge, "too many rejects: this and those after it, a line break before each".to_owned())
        } else {
            (reason, shortened(detail))
        };
        let record = self.outcome.records;
        self.outcome.records += 1;
        let offset_bytes = offset_bytes as u64;
        self.outcome.rejects.push(Reject { record, offset_bytes, reason, detail, bytes: bytes.to_vec() });
    }

    /// Appends a record to the table of its source and returns the source's position.
    fn record(&mut self, frame: &Frame<'_>) -> Result<usize, (Reason, String)> {
        let text = simdutf8::basic::from_utf8(frame.bytes).or_else(|_| std::str::from_utf8(frame.bytes));
        let text = text.map_err(|error| (Reason::InvalidUtf8, error.to_string()))?;
        let known = self.append(text, frame)?;
        let carried = || {
            let carried = carrier::open(text)?;
            let stream = carried.stream.as_ref().or(frame.stream);
            let log_time_micros = carried.log_time_micros.or(frame.log_time_micros);
            self.append(&carried.text, &Frame { stream, log_time_micros, ..*frame }).ok()?
        };
        let unknown = || (Reason::UnknownRecord, "no source knows this kind of record".to_owned());
        known.or_else(carried).ok_or_else(unknown)
    }

    /// Appends a record, if a source knows it. `frame` says what surrounds it.
    fn append(&mut self, text: &str, frame: &Frame<'_>) -> Result<Option<usize>, (Reason, String)> {
        let repaired = truncated::repair(text);
        self.resolve_cluster(frame.stream);
        let provenance = Provenance { carrier: &self.carrier, record: self.outcome.records };
        let candidates = Candidates::of(text, frame);
        let order = [self.likely].into_iter().chain((0..SOURCES.len()).filter(|index| *index != self.likely));
        for index in order {
            let Some(state) = self.decoder.tables.get_mut(index).filter(|state| candidates.include(state.source))
            else {
                continue;
            };
            let mut slots = match state.source.form() {
                Form::Json => Slots::read(&state.paths, repaired.as_deref().unwrap_or(text))
                    .map_err(|error| (Reason::InvalidJson, error.to_string()))?,
                Form::Text => Slots::empty(&state.paths, text),
            };
            if !matches!(candidates, Candidates::Named(_)) && state.source.claims(&slots) == Claim::No {
                continue;
            }
            let context = RecordContext {
                cluster: &self.cluster.1,
                stream: frame.stream,
                log_time_micros: frame.log_time_micros,
                header: frame.header,
                key: self.object.key,
            };
            state.source.complete(&mut slots, &context).map_err(|detail| (Reason::InvalidRecord, detail))?;
            if repaired.is_some() {
                slots.set("truncated", Slot::Bool(true));
            }
            state.builder.append(&slots, text, &provenance);
            self.likely = index;
            return Ok(Some(index));
        }
        Ok(None)
    }

    fn resolve_cluster(&mut self, stream: Option<&Stream>) {
        let log_group = stream.map(|stream| stream.log_group.as_str()).filter(|group| !group.is_empty());
        if self.cluster.0.as_deref() == log_group {
            return;
        }
        let cluster = cluster::resolve(log_group, self.object.clusters, self.object.key);
        self.cluster = (log_group.map(str::to_owned), cluster);
    }
}

/// Longest words about a reject, in bytes. A parser may repeat all the text that it complains about.
const LONGEST_DETAIL_BYTES: usize = 500;

fn shortened(mut detail: String) -> String {
    if detail.len() > LONGEST_DETAIL_BYTES {
        detail.truncate(detail.floor_char_boundary(LONGEST_DETAIL_BYTES));
        detail.push('…');
        detail.shrink_to_fit();
    }
    detail
}

/// Which sources a record may be of.
enum Candidates {
    /// The one whose log stream carries it: a stream's name is a surer sign than content.
    Named(&'static str),
    Form(Form),
    /// A text that came through a log stream of no cluster.
    Elsewhere,
}

impl Candidates {
    fn of(text: &str, frame: &Frame<'_>) -> Self {
        let log_stream = frame.stream.map_or("", |stream| stream.log_stream.as_str());
        let named = of_log_stream(log_stream).or(frame.table);
        let is_text = |name: &&str| SOURCES.iter().any(|s| s.table().name == *name && s.form() == Form::Text);
        match named {
            Some(name) if is_text(&name) => Self::Named(name),
            // An audit stream holds JSON alone; the tail of an event that was cut is broken JSON and nothing else.
            Some(_) => Self::Form(Form::Json),
            None if text.trim_start().starts_with(['{', '[']) => Self::Form(Form::Json),
            None if !log_stream.is_empty() => Self::Elsewhere,
            None => Self::Form(Form::Text),
        }
    }

    fn include(&self, source: &dyn Source) -> bool {
        match self {
            Self::Named(name) => source.table().name == *name,
            Self::Form(form) => source.form() == *form,
            Self::Elsewhere => source.form() == Form::Text && !has_log_streams(source.table().name),
        }
    }
}

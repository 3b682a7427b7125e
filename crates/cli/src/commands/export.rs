//! `eksamine export`: an evidence bundle that a stranger can check. Here is the order in which it is made; what lies in
//! a bundle and how it is signed is in `eksamine-custody`, which rows it gets in `eksamine-query`.
//!
//! Invariants: nothing half-made has the bundle's name, also after Ctrl-C; no path of this machine and no secret key
//! gets into it; but for the time of the export the same lake and options give the same bytes.

mod answer;
mod choice;
mod facts;
mod key;
mod objects;
mod page;
mod preview;
mod redaction;
mod report;
mod rows;
mod words;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::builder::{PathBufValueParser, TypedValueParser};
use clap::{ArgGroup, Args};
use eksamine_custody::bundle::{Finished, Form, Redaction, SigningKey, Statement, Tool, Writer};
use eksamine_lake::Lake;
use eksamine_query::evidence;

use crate::arguments::Reading;
use crate::commands::coverage::json;
use crate::numbers::{bytes, counted};
use crate::printing::{print_text, tell};
use crate::progress::Spinner;
use crate::terminal::sanitise;
use crate::times::{self, Time};
use crate::{failure, lake, summary};

use answer::SetAside;
use preview::Preview;

#[derive(Args)]
#[command(
    override_usage = "eksamine export [OPTIONS] -o <FILE.zip|FOLDER> [CLUSTER]\n       eksamine export --new-key <FILE>"
)]
#[command(group = ArgGroup::new("what").multiple(true).required(true)
    .args(["name", "since", "until", "actor", "events", "sql", "query", "new_key"]))]
#[command(after_help = "A name that ends in `.zip` gives one file, any other a folder with the same files. Without \
                        `--key` the bundle is not signed. `eksamine check` verifies it.")]
pub struct Command {
    /// The cluster whose events are exported, of all planes, as `timeline` shows them
    #[arg(value_name = "CLUSTER")]
    name: Option<String>,
    /// The bundle to make: a new folder, or FILE.zip
    #[arg(long, short, value_name = "FILE.zip|FOLDER", required_unless_present_any = ["new_key", "dry_run"],
        value_parser = PathBufValueParser::new().try_map(target))]
    output: Option<PathBuf>,
    /// From this time on
    #[arg(long, value_name = "TIME", value_parser = times::parse, allow_hyphen_values = true)]
    since: Option<Time>,
    /// Up to this time; a date is meant whole
    #[arg(long, value_name = "TIME", value_parser = times::parse, allow_hyphen_values = true)]
    until: Option<Time>,
    /// Only actors whose name or ARN contains this, or whose access key this is
    #[arg(long, value_name = "TEXT")]
    actor: Option<String>,
    /// Only the event of this id (repeatable)
    #[arg(long = "event", value_name = "ID")]
    events: Vec<String>,
    /// The rows that this SQL query leads to, by `source_uri` and `source_record` or by `event_id`; and its answer
    #[arg(long, value_name = "QUERY", conflicts_with_all = ["name", "since", "until", "actor", "events", "query"])]
    sql: Option<String>,
    /// The rows that this curated query leads to, and its answer
    #[arg(long, value_name = "NAME", conflicts_with_all = ["name", "since", "until", "actor", "events"])]
    query: Option<String>,
    /// Value of a parameter of the curated query (repeatable)
    #[arg(long = "param", value_name = "NAME=VALUE", value_parser = super::query::parameter, requires = "query")]
    parameters: Vec<(String, String)>,
    /// Put the source objects in too, fetched from this archive, so that each row can be derived anew
    #[arg(long, value_name = "SOURCE", conflicts_with = "redact")]
    with_objects: Option<String>,
    /// Replace what looks like a secret by a mark with its hash
    #[arg(long)]
    redact: bool,
    /// Sign with this secret key
    #[arg(long, value_name = "SECRET.pem")]
    key: Option<PathBuf>,
    /// Case number, for the chain-of-custody page
    #[arg(long, value_name = "NUMBER")]
    case: Option<String>,
    /// Who exports, for the chain-of-custody page
    #[arg(long, value_name = "NAME")]
    exporter: Option<String>,
    /// A note, for the chain-of-custody page (repeatable)
    #[arg(long = "note", value_name = "TEXT")]
    notes: Vec<String>,
    /// State this as the time of the export instead of now; the same export then gives the same bytes
    #[arg(long, value_name = "TIME", value_parser = times::parse, allow_hyphen_values = true)]
    exported_at: Option<Time>,
    /// Say what the bundle would hold, and make none
    #[arg(long)]
    dry_run: bool,
    /// Make a key instead of a bundle: the secret one in FILE, the public one in FILE.pub
    #[arg(long, value_name = "FILE", exclusive = true)]
    new_key: Option<PathBuf>,
    #[command(flatten)]
    reading: Reading,
}

/// Endings of archives that no bundle is packed into. A folder of such a name would be taken for one.
const OTHER_ARCHIVES: [&str; 20] = [
    "7z", "br", "bz2", "cab", "cpio", "gz", "iso", "jar", "lz", "lz4", "lzma", "rar", "tar", "tbz2", "tgz", "txz",
    "xz", "zipx", "zst", "zstd",
];

/// Where a bundle can go: a name that ends in `.zip`, or one of a folder.
fn target(path: PathBuf) -> Result<PathBuf, String> {
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase()).unwrap_or_default();
    if OTHER_ARCHIVES.contains(&ending.as_str()) {
        return Err(format!("no `.{ending}` is written: a bundle is a folder, or a zip if its name ends in `.zip`"));
    }
    Ok(path)
}

impl Command {
    fn redaction(&self) -> Redaction {
        if self.redact { Redaction::Redact } else { Redaction::Keep }
    }
}

pub async fn run(command: Command) -> anyhow::Result<ExitCode> {
    if let Some(file) = &command.new_key {
        return key::make(file);
    }
    // What can't work is told before anything is read for it, and wrong usage before anything is begun.
    let asked = choice::Asked::of(&command)?;
    let key = command.key.as_deref().map(key::read).transpose()?;
    let writer = match &command.output {
        Some(path) if !command.dry_run => Some(Writer::create(path, Form::of(path))?),
        _ => None,
    };
    let opened = lake::open(&command.reading).await?;
    let spinner = Spinner::new();
    spinner.say(|| "choosing rows".to_owned());
    let (chosen, answer) = asked.choose(&opened.session, command.redaction()).await?;
    let facts = facts::Facts::of(&Lake::open(opened.root())?)?;
    let preview = Preview::of(&opened.session, &chosen, command.redaction(), &spinner).await?;
    drop(spinner);
    if preview.rows() == 0 {
        return Err(evidence::nothing_chosen(&opened.session).await?.into());
    }
    preview.tell(&command);
    let Some(writer) = writer else { return Ok(opened.status()) };
    let bundle = Bundle { command: &command, opened: &opened, asked, chosen, facts, preview };
    bundle.write(writer, answer, key).await
}

/// A bundle on its way, with all that is known before its rows are written.
struct Bundle<'a> {
    command: &'a Command,
    opened: &'a lake::Opened,
    asked: choice::Asked,
    chosen: evidence::Chosen,
    facts: facts::Facts,
    preview: Preview,
}

impl Bundle<'_> {
    async fn write(
        self,
        writer: Writer,
        answer: Option<SetAside>,
        key: Option<SigningKey>,
    ) -> anyhow::Result<ExitCode> {
        let spinner = Spinner::new();
        let exported = times::now();
        let exported = self.command.exported_at.map_or(exported, |time| time.begin(exported));
        let exported = exported.round(jiff::Unit::Second).unwrap_or(exported);
        if let Some(answer) = answer {
            answer.write(&writer, self.command.redaction(), &self.preview.secret_values)?;
        }
        let (evidence, missing) = rows::write(&self, &writer, &spinner).await?;
        spinner.say(|| "writing coverage and timeline".to_owned());
        let coverage = report::coverage(&self).await?;
        report::write_timeline(&self, &writer, &coverage).await?;
        writer.text("coverage.json", &facts::pretty(&json::of(&coverage)))?;
        writer.text("accounting.json", &facts::pretty(&self.facts.accounting))?;
        if let Some(sql) = &self.asked.sql {
            writer.text("query.sql", &redaction::text(self.command.redaction(), sql))?;
        }
        let custody = page::custody(&self, &writer, key.as_ref(), exported, &coverage, &evidence);
        let mut file = writer.file("custody.html")?;
        custody.write(&mut file).context("can't write the chain-of-custody page")?;
        file.finish()?;
        let redact = |text: &String| redaction::text(self.command.redaction(), text).into_owned();
        let statement = Statement {
            tool: Tool::default(),
            exported_at: exported.to_string(),
            exporter: self.command.exporter.clone(),
            case_number: self.command.case.clone(),
            notes: self.command.notes.iter().map(redact).collect(),
            selection: redaction::json(self.command.redaction(), self.asked.as_json()),
            settings: facts::settings(self.command),
            query: self.asked.sql.as_ref().map(redact),
            lake: self.facts.lake.clone(),
            accounting: self.facts.accounting.clone(),
            coverage: facts::coverage_summary(&coverage),
            digests: self.preview.verdicts_as_json(),
            evidence,
        };
        spinner.say(|| "packing and signing".to_owned());
        let finished = writer.finish(statement, key.as_ref())?;
        drop(spinner);
        print_text(&self.ending(&finished))?;
        for line in &missing {
            tell(line);
        }
        if missing.is_empty() { Ok(self.opened.status()) } else { Ok(ExitCode::from(failure::INCOMPLETE)) }
    }

    /// What is said when the bundle is there: what it is, the one hash that stands for all of it, and how to check it.
    fn ending(&self, finished: &Finished) -> String {
        let path = self.command.output.as_ref().map(|path| path.display().to_string()).unwrap_or_default();
        let (shown, quoted) = (sanitise(&path), summary::in_shell(&path));
        let held = format!(
            "{}, {} ({})",
            counted(self.preview.rows(), "row"),
            counted(finished.files, "file"),
            bytes(finished.bytes)
        );
        let (seal, check) = match (&finished.key, &self.command.key) {
            (Some(fingerprint), Some(key)) => {
                let public = summary::in_shell(&format!("{}.pub", key.display()));
                (format!("signed with the key {fingerprint}"), format!("eksamine check {quoted} --key {public}"))
            }
            _ => (
                "not signed: keep the hash of the manifest where nobody can change it".to_owned(),
                format!("eksamine check {quoted}"),
            ),
        };
        format!(
            "`{shown}`: {held}\nSHA-256 of manifest.json: {}\n{seal}\nto check it: {}\n",
            finished.manifest_sha256,
            sanitise(&check)
        )
    }
}

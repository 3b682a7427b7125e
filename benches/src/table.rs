//! The results as aligned text. Times are medians with the least and the greatest.

use crate::bench::{INFLATE, INGEST, Schedule};
use crate::clock;
use crate::dataset::Dataset;
use crate::failure::Failure;
use crate::rounds::Measured;
use crate::sample::{Sample, Spread};

/// What is measured, and where.
pub fn heading(dataset: &Dataset, runs: usize) -> Result<String, Failure> {
    let facts = &dataset.facts;
    let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    Ok(format!(
        "archive: {} objects, {:.1} MB of JSON, {:.1} MB gzipped, {} records, {} of them different\n\
         machine: {processors} processors, load {:.2} before; {runs} runs, median (least-most)\n\n",
        facts.objects,
        megabytes(facts.json_bytes),
        megabytes(facts.gzip_bytes),
        facts.records,
        facts.rows(),
        clock::load()?,
    ))
}

pub fn results(dataset: &Dataset, measured: &[Measured]) -> String {
    let empty = Vec::new();
    let inflate = measured.iter().find(|one| one.bench.name == INFLATE).map_or(&empty, |one| &one.samples);
    let mut text = aligned(&rounds(dataset, measured, inflate));
    let ingest = measured.iter().find(|one| one.bench.name == INGEST).and_then(|one| one.samples.last());
    if let Some(sample) = ingest {
        let gzip_bytes = dataset.facts.gzip_bytes;
        let share = sample.output_bytes as f64 / gzip_bytes as f64;
        text += &format!("\nlake: {:.1} MB, {share:.2} of the gzipped archive\n", megabytes(sample.output_bytes));
    }
    for one in measured.iter().filter(|one| one.samples.is_empty()) {
        let why = if one.failed { "failed, see above" } else { "can't be measured here" };
        text += &format!("\n{}: {why}\n", one.bench.name);
    }
    let questions = questions(measured, inflate);
    if questions.len() > 1 {
        text += &format!("\n{}", aligned(&questions));
    }
    text
}

fn rounds(dataset: &Dataset, measured: &[Measured], inflate: &[Sample]) -> Vec<Vec<String>> {
    let heads = ["bench", "wall s", "CPU s", "system s", "MB/s per core", "x inflate", "peak MiB", "rows"];
    let mut lines = vec![heads.map(str::to_owned).to_vec()];
    let json_megabytes = megabytes(dataset.facts.json_bytes);
    for Measured { bench, samples, .. } in measured.iter().filter(|one| one.bench.schedule == Schedule::EachRound) {
        let Some(last) = samples.last() else { continue };
        // A round's figures are compared with the same round's inflater.
        let ratios = samples.iter().zip(inflate).map(|(own, inflate)| own.cpu_seconds / inflate.cpu_seconds);
        let ratio = Spread::of(ratios.filter(|ratio| ratio.is_finite()));
        let rate = Spread::of(samples.iter().map(|sample| json_megabytes / sample.cpu_seconds));
        let peak = samples.iter().map(|sample| sample.peak_bytes).max().unwrap_or(0);
        let reads = !bench.name.ends_with("-again");
        lines.push(vec![
            bench.name.to_owned(),
            spread(Spread::of(samples.iter().map(|sample| sample.wall_seconds)), 1.0, 2),
            spread(Spread::of(samples.iter().map(|sample| sample.cpu_seconds)), 1.0, 2),
            Spread::of(samples.iter().map(|sample| sample.system_seconds))
                .map_or_else(none, |system| format!("{:.2}", system.median)),
            rate.filter(|rate| reads && rate.median.is_finite())
                .map_or_else(none, |rate| format!("{:.1}", rate.median)),
            ratio.map_or_else(none, |ratio| format!("{:.2}", ratio.median)),
            if peak > 0 { format!("{:.0}", peak as f64 / f64::from(1 << 20)) } else { none() },
            if last.rows > 0 { last.rows.to_string() } else { none() },
        ]);
    }
    lines
}

fn questions(measured: &[Measured], inflate: &[Sample]) -> Vec<Vec<String>> {
    let mut lines = vec![["question", "wall ms", "CPU ms", "x inflate", "rows"].map(str::to_owned).to_vec()];
    let inflate = Spread::of(inflate.iter().map(|sample| sample.cpu_seconds));
    for Measured { samples, .. } in measured.iter().filter(|one| one.bench.schedule == Schedule::AtTheEnd) {
        for of_label in samples.chunk_by(|a, b| a.label == b.label) {
            let Some(last) = of_label.last() else { continue };
            let cpu = Spread::of(of_label.iter().map(|sample| sample.cpu_seconds));
            let ratio = cpu.zip(inflate).map(|(cpu, inflate)| cpu.median / inflate.median);
            lines.push(vec![
                last.label.clone(),
                spread(Spread::of(of_label.iter().map(|sample| sample.wall_seconds)), 1e3, 1),
                spread(cpu, 1e3, 1),
                ratio.filter(|ratio| ratio.is_finite()).map_or_else(none, |ratio| format!("{ratio:.4}")),
                last.rows.to_string(),
            ]);
        }
    }
    lines
}

fn spread(spread: Option<Spread>, factor: f64, digits: usize) -> String {
    spread.map_or_else(none, |Spread { median, least, most }| {
        let shown = |value: f64| format!("{:.digits$}", value * factor);
        format!("{} ({}-{})", shown(median), shown(least), shown(most))
    })
}

/// The first column to the left, the others to the right.
fn aligned(lines: &[Vec<String>]) -> String {
    let columns = lines.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| lines.iter().filter_map(|line| line.get(column)).map(String::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::new();
    for line in lines {
        for (column, (cell, width)) in line.iter().zip(&widths).enumerate() {
            text += &if column == 0 { format!("{cell:<width$}") } else { format!("  {cell:>width$}") };
        }
        text.push('\n');
    }
    text
}

fn none() -> String {
    "-".to_owned()
}

fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_one_under_the_other() {
        let lines = [vec!["a".to_owned(), "12".to_owned()], vec!["bcd".to_owned(), "3".to_owned()]];
        assert_eq!(aligned(&lines), "a    12\nbcd   3\n");
    }

    #[test]
    fn a_spread_shows_its_ends() {
        let values = Some(Spread { median: 0.0021, least: 0.002, most: 0.0034 });
        assert_eq!(spread(values, 1e3, 1), "2.1 (2.0-3.4)");
        assert_eq!(spread(None, 1.0, 1), "-");
    }
}

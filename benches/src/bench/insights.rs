//! Logs Insights: how long a translation takes, and each curated query beside the Logs Insights query it stands for.

use eksamine_lake::Lake;
use eksamine_query::insights::{Settings, translate};
use eksamine_query::{Session, curated};

use super::question::{in_runtime, measure};
use crate::bench::Task;
use crate::clock::{Clock, Whose};
use crate::failure::Failure;
use crate::sample::Sample;

/// Queries as they are published, each with the log group it is asked of.
const PUBLISHED: &str = include_str!("../../../testdata/insights/published.txt");
/// Translations of each query, since one alone is too short for the clock: what is told in milliseconds of all of them is
/// microseconds of one.
const REPETITIONS: usize = 1000;

/// What a query is translated for: log group, name, text.
fn queries() -> Vec<(String, String, String)> {
    let head = |query: &str| {
        let (group, title) = query.strip_prefix("# ")?.lines().next()?.split_once(": ")?;
        Some((group.to_owned(), title.to_owned(), query.to_owned()))
    };
    let published = PUBLISHED.split("\n\n").skip(1).filter_map(head);
    let curated = curated::queries().into_iter();
    let originals = curated.filter_map(|query| Some((query.table.to_owned(), query.name.to_owned(), query.insights?)));
    published.chain(originals).collect()
}

fn settings(group: &str) -> Settings {
    let group = if group == "eks" { "/aws/eks/demo/cluster" } else { group };
    Settings { log_group: Some(group.to_owned()), ..Settings::default() }
}

/// So many translations of a query: of all queries on average, and of the slowest.
pub fn translations(task: &Task<'_>) -> Result<Vec<Sample>, Failure> {
    let queries = queries();
    let mut samples = Vec::new();
    let mut slowest: Option<Sample> = None;
    for _ in 0..task.runs {
        let whole = Clock::start(Whose::Own)?;
        for (group, name, text) in &queries {
            let settings = settings(group);
            let clock = Clock::start(Whose::Own)?;
            for _ in 0..REPETITIONS {
                translate(text, &settings)?;
            }
            let sample = Sample::new(&format!("{REPETITIONS} of the slowest: {name}"), clock.elapsed()?, 0)?;
            if slowest.as_ref().is_none_or(|known| sample.wall_seconds > known.wall_seconds) {
                slowest = Some(sample);
            }
        }
        let each = whole.elapsed()?.divided(queries.len().max(1));
        samples.push(Sample::new(&format!("{REPETITIONS} translations, on average"), each, queries.len() as u64)?);
    }
    samples.extend(slowest);
    Ok(samples)
}

/// Pairs of the hand-written SQL and the translation of its original.
pub fn originals(task: &Task<'_>) -> Result<Vec<Sample>, Failure> {
    let (lake, runs) = (Lake::open(&task.dataset.lake())?, task.runs);
    in_runtime(async move || {
        let session = Session::open(lake, &eksamine_query::Settings::default())?;
        let mut samples = Vec::new();
        for query in curated::queries() {
            let Some(text) = &query.insights else { continue };
            let sql = async || Ok(curated::run(&session, &query, &[]).await?);
            samples.extend(measure(query.name, runs, sql).await?);
            let translation = translate(text, &settings(query.table))?;
            let translated = async || Ok(session.sql(&translation.sql, Vec::new()).await?);
            samples.extend(measure(&format!("{}, Logs Insights", query.name), runs, translated).await?);
        }
        Ok(samples)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_query_of_the_bench_is_translated() {
        let queries = queries();
        assert!(queries.len() > 35, "{}", queries.len());
        for (group, name, text) in &queries {
            assert!(translate(text, &settings(group)).is_ok(), "{name}");
        }
    }
}

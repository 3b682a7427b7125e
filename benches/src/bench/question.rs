//! Questions to the lake: the curated queries, some that an analyst would type, and timelines. Each is asked once
//! before it is measured; the answer is taken in whole and thrown away.

use arrow::array::RecordBatch;
use arrow::util::display::array_value_to_string;
use eksamine_lake::Lake;
use eksamine_query::timeline::{self, Cut};
use eksamine_query::{Answer, Session, Settings, curated};
use futures::TryStreamExt;

use crate::bench::Task;
use crate::clock::{Clock, Whose};
use crate::failure::Failure;
use crate::sample::Sample;

/// Questions an analyst would type, with the names they are shown by. `$EVENT` stands for an event id of the lake.
const TYPED: [(&str, &str); 7] = [
    ("count", "SELECT count(*) FROM cloudtrail"),
    ("count-refused", "SELECT count(*) FROM k8s_audit WHERE response_code >= 400"),
    ("group-by-name", "SELECT event_name, count(*) AS calls FROM cloudtrail GROUP BY event_name ORDER BY calls DESC"),
    (
        "group-by-verb-and-user",
        "SELECT user_name, verb, count(*) AS requests FROM k8s_audit GROUP BY user_name, verb ORDER BY requests DESC",
    ),
    (
        "json-extraction",
        "SELECT request_parameters->>'name' AS name, count(*) AS calls FROM cloudtrail GROUP BY 1 ORDER BY calls DESC",
    ),
    ("search-in-raw", "SELECT count(*) FROM k8s_audit WHERE strpos(raw, 'kube-system') > 0"),
    ("lookup-by-event-id", "SELECT * FROM cloudtrail WHERE event_id = '$EVENT'"),
];

/// Planning a deeply nested query recurses deeply, so the program gives its threads this much too.
const STACK_BYTES: usize = 16 << 20;
/// Short questions are repeated until the clock has something to show.
const LEAST_SECONDS: f64 = 0.1;

pub fn queries(task: &Task<'_>) -> Result<Vec<Sample>, Failure> {
    let (lake, runs, facts) = (Lake::open(&task.dataset.lake())?, task.runs, task.dataset.facts.clone());
    in_runtime(async move || {
        let session = Session::open(lake, &Settings::default())?;
        for (table, rows) in [("cloudtrail", facts.cloudtrail_rows), ("k8s_audit", facts.k8s_audit_rows)] {
            let count = value(&session, &format!("SELECT count(*) FROM {table}")).await?;
            Failure::unless_equal(&format!("rows of `{table}`"), count.parse().unwrap_or_default(), rows)?;
        }
        let event = value(&session, "SELECT event_id FROM cloudtrail ORDER BY event_time DESC LIMIT 1").await?;
        let mut samples = Vec::new();
        for (name, sql) in TYPED {
            let sql = sql.replace("$EVENT", &event);
            samples.extend(measure(name, runs, async || Ok(session.sql(&sql, Vec::new()).await?)).await?);
        }
        for query in curated::queries() {
            let ask = async || Ok(curated::run(&session, &query, &[]).await?);
            samples.extend(measure(query.name, runs, ask).await?);
        }
        Ok(samples)
    })
}

pub fn timelines(task: &Task<'_>) -> Result<Vec<Sample>, Failure> {
    let (lake, runs, facts) = (Lake::open(&task.dataset.lake())?, task.runs, task.dataset.facts.clone());
    in_runtime(async move || {
        let session = Session::open(lake, &Settings::default())?;
        let midnight = eksamine_sources::time::from_text(&format!("{}T00:00:00Z", facts.day));
        let whole = Cut { cluster: Some(facts.cluster.clone()), ..Cut::default() };
        let until = midnight.map(|micros| micros + 86_400_000_000);
        let day = Cut { since: midnight, until, ..whole.clone() };
        let mut samples = Vec::new();
        for (name, cut) in [("timeline-day", day), ("timeline-whole", whole)] {
            let ask = async || Ok(timeline::timeline(&session, &cut).await?);
            samples.extend(measure(name, runs, ask).await?);
        }
        // The whole has every audit event of the cluster, and the AWS calls that concern it.
        let rows = samples.last().map_or(0, |sample: &Sample| sample.rows);
        if rows < facts.cluster_rows {
            let what = format!("rows of the timeline of `{}`", facts.cluster);
            return Err(Failure::Wrong { what, found: rows, expected: facts.cluster_rows });
        }
        Ok(samples)
    })
}

/// Asks once to warm up, then measures so many times.
pub(super) async fn measure(
    name: &str,
    runs: usize,
    ask: impl AsyncFn() -> Result<Answer, Failure>,
) -> Result<Vec<Sample>, Failure> {
    let clock = Clock::start(Whose::Own)?;
    let rows = drain(name, ask().await?).await?;
    let warm_up = clock.elapsed()?.wall_seconds;
    let repetitions = (LEAST_SECONDS / warm_up.max(0.001)).ceil().clamp(1.0, 100.0) as usize;
    let mut samples = Vec::new();
    for _ in 0..runs {
        let clock = Clock::start(Whose::Own)?;
        for _ in 0..repetitions {
            Failure::unless_equal(name, drain(name, ask().await?).await?, rows)?;
        }
        samples.push(Sample::new(name, clock.elapsed()?.divided(repetitions), rows)?);
    }
    Ok(samples)
}

/// Takes an answer in and counts its rows.
async fn drain(question: &str, answer: Answer) -> Result<u64, Failure> {
    let mut rows = answer.rows;
    let mut count = 0;
    while let Some(batch) = rows.try_next().await.map_err(|error| unanswered(question, &error))? {
        count += batch.num_rows() as u64;
    }
    Ok(count)
}

/// The first value of an answer.
async fn value(session: &Session, sql: &str) -> Result<String, Failure> {
    let answer = session.sql(sql, Vec::new()).await?;
    let batches: Vec<RecordBatch> = answer.rows.try_collect().await.map_err(|error| unanswered(sql, &error))?;
    let batch = batches.iter().find(|batch| batch.num_rows() > 0);
    let batch = batch.ok_or_else(|| unanswered(sql, &"it has no rows"))?;
    Ok(array_value_to_string(batch.column(0), 0)?)
}

fn unanswered(question: &str, problem: &dyn std::fmt::Display) -> Failure {
    Failure::Answer { question: question.to_owned(), problem: problem.to_string() }
}

/// Runs beside a runtime like the program's, with a stack as large.
pub(super) fn in_runtime(
    work: impl AsyncFnOnce() -> Result<Vec<Sample>, Failure> + Send,
) -> Result<Vec<Sample>, Failure> {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    let runtime = builder.enable_all().thread_stack_size(STACK_BYTES).build();
    let runtime = runtime.map_err(Failure::io("start", "the runtime"))?;
    #[expect(clippy::disallowed_methods, reason = "the program's own runtime")]
    let run = || runtime.block_on(work());
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(STACK_BYTES).spawn_scoped(scope, run);
        let done = thread.map_err(Failure::io("start", "a thread"))?.join();
        done.unwrap_or_else(|_| Err(unanswered("the questions", &"a thread panicked")))
    })
}

//! What a curated query is, for people: its question, how to read the answer, its parameters, its original and its SQL.

use std::fmt::Write as _;

use eksamine_query::curated::Query;

use crate::prose::fitted;

pub fn text(query: &Query) -> String {
    let reading = fitted(&format!("how to read it: {}", query.reading), 0);
    let mut text = format!("{}\n\n{}\n\n{reading}\n\n", query.title, fitted(&query.answers, 0));
    let _ = writeln!(text, "table: {}", query.table);
    let _ = writeln!(text, "{}", fitted(&format!("source: {}", query.source), 2));
    if let Some(technique) = &query.technique {
        let line = format!("MITRE ATT&CK: {} {} <{}>", technique.id, technique.name, technique.link());
        let _ = writeln!(text, "{}", fitted(&line, 2));
    }
    if !query.parameters.is_empty() {
        text += "\nparameters, with their defaults:\n";
    }
    let shown = |name: &str, default: &str| format!("  --param {name}={default}");
    let lengths = query.parameters.iter().map(|parameter| shown(&parameter.name, &parameter.default).len());
    let width = lengths.max().unwrap_or(0);
    for parameter in &query.parameters {
        let option = shown(&parameter.name, &parameter.default);
        let line = format!("{option:width$}  {} ({})", parameter.about, parameter.kind.name());
        let _ = writeln!(text, "{}", fitted(&line, width + 2));
    }
    if let Some(insights) = &query.insights {
        let _ = writeln!(text, "\nCloudWatch Logs Insights:\n{insights}");
    }
    let _ = writeln!(text, "\nSQL:\n{}", query.sql);
    text
}

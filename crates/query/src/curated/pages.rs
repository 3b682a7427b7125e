//! Pages made of the curated queries: the reference, and the table in `queries/README.md`.

use std::fmt::Write;

use super::{Query, queries};

/// Where the table begins and ends in `queries/README.md`.
pub const TABLE_BEGIN: &str =
    "<!-- Made from the files; `UPDATE_REFERENCE=1 cargo test --workspace --lib reference` makes it anew. -->\n";
pub const TABLE_END: &str = "<!-- end -->";

/// The body of `docs/reference/queries.md`.
pub fn reference() -> String {
    let mut page = format!(
        "# Curated queries\n\n{} queries. `eksamine query NAME` runs one, `eksamine query NAME --explain` prints what stands here and its SQL, `eksamine query --search WORDS` finds one, and `eksamine query --mitre` lists them by technique.\n",
        queries().len()
    );
    let mut table = "";
    for query in queries() {
        if query.table != table {
            table = query.table;
            let _ = writeln!(page, "\n## {table}");
        }
        page += &section(&query);
    }
    page
}

fn section(query: &Query) -> String {
    let mut text = format!(
        "\n### {}\n\n{}: {}\n\n{}\n\nSource: {}.\n",
        query.name,
        query.title,
        query.answers,
        query.reading,
        query.source.trim_end_matches('.')
    );
    if let Some(technique) = &query.technique {
        let _ = writeln!(text, "MITRE ATT&CK: [{}]({}) {}.", technique.id, technique.link(), technique.name);
    }
    for parameter in &query.parameters {
        let _ = write!(text, "\n- `--param {}={}`: {}", parameter.name, parameter.default, parameter.about);
    }
    if !query.parameters.is_empty() {
        text += "\n";
    }
    if let Some(insights) = &query.insights {
        let _ = writeln!(text, "\nThe Logs Insights query it stands for:\n\n```\n{insights}\n```");
    }
    text
}

/// The queries with what each answers, one a line.
pub fn table() -> String {
    let mut text = "| table | query | answers |\n|---|---|---|\n".to_owned();
    for query in queries() {
        let _ = writeln!(text, "| `{}` | `{}` | {} |", query.table, query.name, query.answers.replace('|', "\\|"));
    }
    text
}

/// A page with its table made anew; as it was if it has no place for one.
pub fn with_table(page: &str) -> String {
    let divided = page.split_once(TABLE_BEGIN).and_then(|(before, rest)| {
        let (_, after) = rest.split_once(TABLE_END)?;
        Some(format!("{before}{TABLE_BEGIN}{}{TABLE_END}{after}", table()))
    });
    divided.unwrap_or_else(|| page.to_owned())
}

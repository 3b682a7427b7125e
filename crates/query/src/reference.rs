//! The reference pages under `docs/reference/`, made from the same lists that the program works by. Tests hold that the
//! pages are what these functions give.

use std::fmt::Write;

use crate::curated;
use crate::describe;

/// A page: its file name and how it is made.
pub struct Page {
    pub file: &'static str,
    pub text: fn() -> String,
}

/// Every generated page.
pub static PAGES: [Page; 3] = [
    Page { file: "tables.md", text: tables },
    Page { file: "functions.md", text: functions },
    Page { file: "queries.md", text: queries },
];

const NOTICE: &str =
    "<!-- Made from the code; `UPDATE_REFERENCE=1 cargo test -p eksamine-query reference` makes it anew. -->";

fn tables() -> String {
    let mut page = format!(
        "{NOTICE}\n\n# Tables\n\nTimes are timestamps in microseconds, UTC. Columns of kind json hold JSON text as it stood in the record; `->` and `->>` work on them.\n"
    );
    for table in describe::all() {
        let _ = writeln!(page, "\n## {}\n\n{}.", table.name, capitalised(table.about));
        if let Some(upstream) = table.upstream {
            let _ = writeln!(page, "The upstream document is <{upstream}>.");
        }
        page += "\n| column | kind | upstream path | meaning |\n|---|---|---|---|\n";
        for column in &table.columns {
            let path =
                if column.path.is_empty() { String::new() } else { format!("`{}`", column.path.replace('`', "")) };
            let _ = writeln!(page, "| `{}` | {} | {path} | {} |", column.name, column.kind, cell(column.about));
        }
    }
    page
}

fn functions() -> String {
    let mut page = format!(
        "{NOTICE}\n\n# Functions\n\nSQL is that of DataFusion 55 with the JSON functions of datafusion-functions-json. eksamine adds these; all take and give text.\n\n| function | gives |\n|---|---|\n"
    );
    for function in describe::functions() {
        let _ = writeln!(page, "| `{}({})` | {} |", function.name, function.arguments.join(", "), cell(function.about));
    }
    page += "\nTranslated Logs Insights queries call these. They can be called by hand; an argument that is null gives null, or false where the answer is a boolean, unless it says otherwise.\n";
    for (group, functions) in crate::udf::insights::GROUPS {
        let _ = writeln!(page, "\n## Logs Insights: {group}\n\n| function | gives |\n|---|---|");
        for function in functions {
            let _ = writeln!(page, "| `{}` | {} |", function.usage(), cell(function.about));
        }
    }
    page += "\n## Logs Insights: aggregates\n\n| function | gives |\n|---|---|\n";
    for (usage, about) in crate::udf::insights::AGGREGATES {
        let _ = writeln!(page, "| `{usage}` | {} |", cell(about));
    }
    page
}

fn queries() -> String {
    format!("{NOTICE}\n\n{}", curated::pages::reference())
}

fn capitalised(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}

/// Text that stays in its cell.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::{env, fs};

    use super::*;

    #[test]
    fn the_reference_pages_are_what_the_code_says() {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference");
        for page in &PAGES {
            let path = folder.join(page.file);
            let text = (page.text)();
            if env::var_os("UPDATE_REFERENCE").is_some() {
                fs::create_dir_all(&folder).unwrap();
                fs::write(&path, &text).unwrap();
            }
            let found = fs::read_to_string(&path).unwrap_or_default();
            assert!(found == text, "{} is out of date: run with UPDATE_REFERENCE=1", path.display());
        }
    }

    #[test]
    fn the_table_of_queries_is_what_the_code_says() {
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../queries/README.md");
        let page = fs::read_to_string(&path).unwrap();
        let text = curated::pages::with_table(&page);
        assert!(text.contains(&curated::pages::table()), "{} has no place for the table", path.display());
        if env::var_os("UPDATE_REFERENCE").is_some() {
            fs::write(&path, &text).unwrap();
        } else {
            assert!(page == text, "{} is out of date: run with UPDATE_REFERENCE=1", path.display());
        }
    }
}

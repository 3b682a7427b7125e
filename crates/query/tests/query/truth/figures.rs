//! Tables of figures as text, each row one join or reason.

use std::collections::BTreeMap;

/// A column worked out of the counts of a row, which are asked for by name.
type WorkedOut<'a> = (&'a str, &'a dyn Fn(&dyn Fn(&str) -> usize) -> String);

/// Rows by name in the order of their first key; columns in the order they were named.
pub struct Figures {
    head: &'static str,
    columns: &'static [&'static str],
    rows: BTreeMap<(usize, String), Vec<usize>>,
}

impl Figures {
    pub fn new(head: &'static str, columns: &'static [&'static str]) -> Self {
        Self { head, columns, rows: BTreeMap::new() }
    }

    /// One more in a column of a row; `order` places the row.
    pub fn count(&mut self, row: &(usize, String), column: &str) {
        let at = self.columns.iter().position(|name| *name == column).unwrap();
        let zeros = || vec![0; self.columns.len()];
        self.rows.entry(row.clone()).or_insert_with(zeros)[at] += 1;
    }

    /// A Markdown table, with `more` columns worked out of the counts of a row, and a line for all.
    pub fn table(&self, more: &[WorkedOut<'_>]) -> String {
        let names = self.columns.iter().copied().chain(more.iter().map(|(name, _)| *name));
        let mut text = format!("| {} | {} |\n|---|", self.head, names.collect::<Vec<_>>().join(" | "));
        text += &"--:|".repeat(self.columns.len() + more.len());
        let mut sum = vec![0; self.columns.len()];
        let mut line = |name: &str, counts: &[usize]| {
            let of = |column: &str| counts[self.columns.iter().position(|name| *name == column).unwrap()];
            let cells = counts.iter().map(ToString::to_string).chain(more.iter().map(|(_, work_out)| work_out(&of)));
            text += &format!("\n| {name} | {} |", cells.collect::<Vec<_>>().join(" | "));
        };
        for ((_, name), counts) in &self.rows {
            line(name, counts);
            sum.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
        }
        line("all", &sum);
        text + "\n"
    }
}

/// `0.987`, or a dash where there is nothing to divide by.
pub fn share(part: usize, whole: usize) -> String {
    if whole == 0 { "-".to_owned() } else { format!("{:.3}", part as f64 / whole as f64) }
}

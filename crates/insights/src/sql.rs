//! Writing SQL: the only place that quotes.

/// A text as an SQL literal.
pub fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// A name in double quotes.
pub fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Words that mean something in SQL where a name may stand.
const RESERVED: [&str; 42] = [
    "action",
    "all",
    "and",
    "as",
    "asc",
    "by",
    "case",
    "cluster",
    "count",
    "current",
    "desc",
    "distinct",
    "domain",
    "else",
    "end",
    "error",
    "exists",
    "false",
    "fields",
    "from",
    "group",
    "groups",
    "having",
    "in",
    "join",
    "like",
    "limit",
    "method",
    "not",
    "null",
    "on",
    "or",
    "order",
    "partition",
    "path",
    "region",
    "select",
    "start",
    "table",
    "time",
    "true",
    "type",
];

/// A name of our own making, in quotes only where it needs them.
pub fn name(name: &str) -> String {
    let plain = name.starts_with(|first: char| first.is_ascii_lowercase() || first == '_')
        && name.chars().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_');
    if plain && !RESERVED.contains(&name) { name.to_owned() } else { quoted(name) }
}

/// A number as SQL, so that it has the type of a double.
pub fn double(number: f64) -> String {
    let text = format!("{number:?}");
    // A number in SQL has no sign of its own, and one in brackets can follow any operator.
    if number < 0.0 { format!("({text})") } else { text }
}

/// An instant as SQL, microseconds UTC.
pub fn instant(micros: i64) -> String {
    let time = chrono::DateTime::from_timestamp_micros(micros);
    match time {
        Some(time) => format!("TIMESTAMP '{}'", time.format("%Y-%m-%dT%H:%M:%S%.6fZ")),
        None => format!("to_timestamp_micros({micros})"),
    }
}

/// Whether SQL names a column, outside of quotes.
pub fn names(sql: &str, column: &str) -> bool {
    let is_word = |letter: char| letter.is_alphanumeric() || letter == '_';
    let mut open = None;
    let mut word = String::new();
    for letter in sql.chars().chain([' ']) {
        match open {
            Some(quote) if quote == letter => open = None,
            Some(_) => {}
            None if is_word(letter) => word.push(letter),
            None => {
                if word == column {
                    return true;
                }
                word.clear();
                open = Some(letter).filter(|letter| matches!(letter, '\'' | '"'));
            }
        }
    }
    false
}

/// A segment of a field's name as Logs Insights writes it.
pub fn segment(text: &str) -> String {
    let plain = !text.is_empty() && text.chars().all(|letter| letter.is_alphanumeric() || matches!(letter, '_' | '@'));
    if plain { text.to_owned() } else { format!("`{}`", text.replace('`', "``")) }
}

/// Items of a clause, each on a line of its own and indented.
pub fn lines(items: &[String]) -> String {
    items.iter().map(|item| indented(item)).collect::<Vec<_>>().join(",\n")
}

/// A piece of SQL indented to stand in another. A line break within quotes is part of a text and stays as it is.
pub fn indented(sql: &str) -> String {
    let mut text = String::with_capacity(sql.len() + 64);
    let mut open = None;
    let mut begins = true;
    for letter in sql.chars() {
        if begins && open.is_none() && letter != '\n' {
            text.push_str("    ");
        }
        text.push(letter);
        begins = letter == '\n';
        match open {
            None if letter == '\'' || letter == '"' => open = Some(letter),
            Some(quote) if quote == letter => open = None,
            _ => {}
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_stay_inside() {
        assert_eq!(literal("it's; --"), "'it''s; --'");
        assert_eq!(quoted(r#"a"b"#), r#""a""b""#);
        assert_eq!(name("verb"), "verb");
        assert_eq!(name("cluster"), "\"cluster\"");
        assert_eq!(name("Verb"), "\"Verb\"");
    }

    #[test]
    fn a_column_is_named_outside_of_quotes_only() {
        for (sql, expected) in [
            ("raw", true),
            ("insights_field(raw, 'a')", true),
            ("x = 'raw' OR \"raw\" = raw", true),
            ("x = 'it''s raw'", false),
            ("\"raw\" = raw_2 + draw", false),
        ] {
            assert_eq!(names(sql, "raw"), expected, "{sql}");
        }
    }

    #[test]
    fn a_line_break_in_a_text_is_not_indented() {
        assert_eq!(indented("SELECT 'a\nb',\n1"), "    SELECT 'a\nb',\n    1");
        assert_eq!(indented("'a\"b\nc'"), "    'a\"b\nc'");
    }
}
